"""Of those who keep watch one runs the jobs, and what was missed is made up for."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from community.kit import clock, locks
from community.kit.catalog import catalog
from community.kit.db import db
from community.kit.runs import JobRun, Lease
from community.kit.words import N_
from jobs import watch
from jobs.schedule import JOBS, Job
from jobs.watch import Watch


@pytest.fixture
def done(monkeypatch):
    """A catalog of one job that is due each second; when it ran."""
    times = []
    job = Job("count", N_("Count"), lambda: times.append(1), {"second": "*"})
    monkeypatch.setattr(watch, "JOBS", catalog(job))
    monkeypatch.setattr(locks, "BEAT", 0.1)
    return times


class Kept:
    """Somebody who keeps watch in a thread."""

    def __init__(self, app):
        self.watch = Watch(app)
        self.thread = threading.Thread(target=self.watch.keep)
        self.thread.start()

    def stop(self):
        self.watch.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()


def until(is_so, seconds=10):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_every_job_has_a_time(app):
    for job in JOBS.values():
        due = watch._trigger(job).get_next_fire_time(None, clock.now())
        assert due - clock.now() <= timedelta(days=31)


def test_one_of_two_runs_the_jobs_and_the_other_when_it_ends(app, done):
    db.session.commit()
    first = Kept(app)
    until(lambda: first.watch.is_ours)
    second = Kept(app)
    until(lambda: done)
    time.sleep(0.5)
    assert not second.watch.is_ours
    first.stop()
    until(lambda: second.watch.is_ours)
    count = len(done)
    until(lambda: len(done) > count)
    second.stop()
    assert db.session.scalars(select(Lease)).all() == []


def test_who_lost_the_duty_runs_nothing(app, done):
    db.session.commit()
    kept = Kept(app)
    until(lambda: done)
    with app.app_context():
        lease = db.session.get(Lease, watch.DUTY, with_for_update=True)
        lease.owner, lease.until = "another", clock.now() + locks.LASTS
        db.session.commit()
    until(lambda: not kept.watch.is_ours)
    count = len(done)
    time.sleep(1.5)
    assert len(done) == count
    kept.stop()


@pytest.mark.parametrize(
    ("when", "ago", "is_overdue"),
    [
        (None, None, True),
        ({"minute": "*"}, timedelta(minutes=2), True),
        ({"minute": "*"}, timedelta(0), False),
        ({"hour": 3}, timedelta(hours=25), True),
        ({"hour": 3}, timedelta(hours=3), False),
    ],
)
def test_what_was_missed_while_nobody_watched(app, monkeypatch, when, ago, is_overdue):
    noon = clock.now().replace(hour=12, minute=0, second=30)
    monkeypatch.setattr(clock, "now", lambda: noon)
    job = Job("count", N_("Count"), lambda: 0, when or {"hour": 3})
    monkeypatch.setattr(watch, "JOBS", catalog(job))
    if ago is not None:
        db.session.add(JobRun(job="count", started_at=noon - ago, ended_at=noon))
        db.session.flush()
    assert watch._overdue() == (["count"] if is_overdue else [])
