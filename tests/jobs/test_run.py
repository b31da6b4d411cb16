"""A job runs once however many ask, is written down, and is kept whole or not at all."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.kit import clock, locks, runs
from community.kit.db import db
from community.kit.runs import JobRun, Lease
from community.kit.words import N_
from community.ledger.models import Event
from community.ledger.record import record
from jobs import run as running
from jobs.run import Busy, run
from jobs.schedule import Job


def a_job(do, name="work"):
    return Job(name, N_("Work"), do, {"minute": 0})


def events():
    return db.session.scalar(select(func.count(Event.id)))


def the_run():
    return db.session.scalars(select(JobRun)).one()


@pytest.mark.parametrize(("answer", "rows"), [(3, 3), (0, 0), (None, 0)])
def test_a_run_is_written_down(app, answer, rows):
    assert run(app, a_job(lambda: answer)) == (rows, None)
    written = the_run()
    assert (written.job, written.rows, written.error) == ("work", rows, None)
    assert written.ended_at >= written.started_at
    assert db.session.scalars(select(Lease)).all() == []


def test_what_a_job_wrote_is_kept(app):
    run(app, a_job(lambda: record("search.made", None).id))
    assert events() == 1


def test_a_job_that_fails_keeps_nothing_and_says_why(app):
    def fails():
        record("search.made", None)
        raise KeyError("oh")

    assert run(app, a_job(fails)) == (0, "KeyError: 'oh'")
    assert events() == 0
    assert the_run().error == "KeyError: 'oh'"
    assert db.session.scalars(select(Lease)).all() == []


def test_batches_before_a_failure_are_kept(app):
    def fails_late():
        for number in range(4):
            record("search.made", None)
            if number == 3:
                raise KeyError("oh")
            yield 1

    assert run(app, a_job(fails_late)) == (3, "KeyError: 'oh'")
    assert events() == 3


def test_what_follows_the_last_batch_is_kept(app):
    def work():
        yield 1
        record("search.made", None)

    assert run(app, a_job(work)) == (1, None)
    assert events() == 1


def test_told_to_stop_a_job_ends_after_its_batch_and_may_clear_up(app):
    stop, cleared = threading.Event(), []

    def work():
        try:
            for _ in range(10):
                record("search.made", None)
                yield 1
                stop.set()
        finally:
            cleared.append(True)

    assert run(app, a_job(work), stop) == (2, None)
    assert events() == 2
    assert cleared == [True]


def test_two_at_once_run_it_once(app):
    inside, gone_on, refused = threading.Event(), threading.Event(), []

    def work():
        inside.set()
        gone_on.wait(10)
        return 1

    job = a_job(work)
    first = threading.Thread(target=run, args=(app, job))
    first.start()
    inside.wait(10)
    try:
        run(app, job)
    except Busy:
        refused.append(True)
    gone_on.set()
    first.join()
    assert refused == [True]
    assert the_run().rows == 1


def test_a_job_that_was_taken_over_keeps_nothing_more(app, monkeypatch):
    """As when a machine slept for a minute: what it still had in hand is dropped."""
    monkeypatch.setattr(locks, "BEAT", 60)

    def taken_while_waiting():
        yield 1
        with app.app_context():
            db.session.get(Lease, "job:work").owner = "another"
            db.session.commit()
        record("search.made", None)
        yield 1

    _, error = run(app, a_job(taken_while_waiting))
    assert error.startswith("Lost")
    assert events() == 0
    assert the_run().ended_at is None
    assert db.session.get(Lease, "job:work").owner == "another"


def test_a_run_that_was_cut_off_is_known_as_that(app, monkeypatch):
    class Killed(BaseException):
        pass

    def dies():
        record("search.made", None)
        raise Killed

    with pytest.raises(Killed):
        run(app, a_job(dies))
    assert events() == 0
    assert the_run().ended_at is None
    db.session.rollback()
    now = clock.now()
    with pytest.raises(Busy):
        run(app, a_job(lambda: 1))
    db.session.rollback()
    monkeypatch.setattr(clock, "now", lambda: now + locks.LASTS + timedelta(seconds=1))
    assert run(app, a_job(lambda: 1)) == (1, None)
    db.session.rollback()
    cut_off, ended = db.session.scalars(select(JobRun).order_by(JobRun.id))
    assert cut_off.error == runs.CUT_OFF
    assert ended.error is None


def test_runs_that_find_nothing_to_do_take_one_row(app):
    answers = iter([0, 0, 0, 2, 0, 0])
    for _ in range(6):
        run(app, a_job(lambda: next(answers)))
    assert list(db.session.scalars(select(JobRun.rows).order_by(JobRun.id))) == [0 + 2, 0]


def test_a_long_job_gives_signs_of_life(app, monkeypatch):
    beats, enough = [], threading.Event()

    def beat(*told):
        beats.append(told)
        if len(beats) == 3:
            enough.set()

    monkeypatch.setattr(running, "_beat", beat)
    heart = locks.Heart
    monkeypatch.setattr(locks, "Heart", lambda do: heart(do, 0.01))
    run(app, a_job(lambda: int(enough.wait(10))))
    assert the_run().rows == 1
    assert len(beats) >= 3


def test_a_beat_moves_the_end_of_the_duty(app):
    locks.take("job:work", "me")
    until = db.session.get(Lease, "job:work").until
    db.session.commit()
    running._beat(app, a_job(lambda: 0), "me")
    db.session.expire_all()
    assert db.session.get(Lease, "job:work").until > until


def test_old_runs_are_forgotten(app, monkeypatch):
    run(app, a_job(lambda: 1))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + runs.KEPT_FOR + timedelta(days=1))
    assert runs.clear() == 1
