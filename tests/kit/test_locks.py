"""A duty has one holder; it passes on when the holder gives it back or falls silent."""

import threading
import time
from datetime import timedelta

import pytest

from community.kit import clock, locks
from community.kit.db import db
from community.kit.runs import Lease


@pytest.fixture
def at(monkeypatch):
    """Move the clock to so many seconds after the beginning."""
    began = clock.now()

    def move(seconds):
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=seconds))

    move(0)
    return move


@pytest.mark.parametrize(
    ("seconds", "who", "is_theirs"),
    [
        (0, "first", True),
        (0, "second", False),
        (19.9, "second", False),
        (20, "second", True),
        (3600, "second", True),
        (-3600, "second", True),
        (-3600, "first", True),
    ],
)
def test_who_may_take_a_duty_when_first_took_it_at_0(app, at, seconds, who, is_theirs):
    assert locks.take("jobs", "first")
    db.session.commit()
    at(seconds)
    assert locks.take("jobs", who) is is_theirs
    db.session.commit()
    assert (locks.holder("jobs") == who) is is_theirs


def test_a_sign_of_life_keeps_it(app, at):
    locks.take("jobs", "first")
    at(15)
    assert locks.hold("jobs", "first")
    at(30)
    assert not locks.take("jobs", "second")
    at(36)
    assert locks.holder("jobs") is None
    assert locks.take("jobs", "second")
    assert not locks.hold("jobs", "first")
    assert not locks.give("jobs", "first")
    assert locks.give("jobs", "second")
    assert locks.holder("jobs") is None


def test_duties_of_other_names_are_free(app):
    assert locks.take("jobs", "first")
    assert locks.take("letters", "second")


def test_of_many_at_once_one_has_it(app):
    db.session.commit()
    won, gate = [], threading.Barrier(8)

    def work():
        with app.app_context():
            owner = locks.an_owner()
            gate.wait()
            if locks.take("jobs", owner):
                won.append(owner)
            db.session.commit()

    crew = [threading.Thread(target=work) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert len(won) == 1
    assert db.session.get(Lease, "jobs").owner == won[0]


def test_a_heart_beats_until_the_work_is_done():
    beats = []
    with locks.Heart(lambda: beats.append(1), seconds=0.01):
        time.sleep(0.1)
    counted = len(beats)
    assert counted >= 2
    time.sleep(0.05)
    assert len(beats) == counted


def test_one_sets_up_and_the_other_waits(app, tmp_path):
    db.session.commit()
    inside, most = [0], []

    def work():
        with app.app_context(), locks.setting_up(db.engine, tmp_path):
            inside[0] += 1
            most.append(inside[0])
            time.sleep(0.05)
            inside[0] -= 1

    crew = [threading.Thread(target=work) for _ in range(4)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert most == [1, 1, 1, 1]
