"""The database loses nothing that was acknowledged, and lets writers wait rather than fail."""

import sqlite3
import threading

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from community.kit import dialects
from community.kit.db import db, only_reading
from community.kit.runs import JobRun
from tests.conftest import NOON


@pytest.fixture
def sqlite_only(database):
    if database.name != "sqlite":
        pytest.skip("SQLite's own settings")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30000)],
)
def test_sqlite_is_set_so_that_nothing_is_lost(app, sqlite_only, pragma, value):
    assert db.session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def increments(engine, threads=8, each=25):
    """Let threads read a figure and write it back one higher; answer the figure and the failures."""
    failures = []

    def work():
        for _ in range(each):
            try:
                with engine.begin() as connection:
                    figure = connection.execute(text("SELECT n FROM figure")).scalar_one()
                    connection.execute(text("UPDATE figure SET n = :n"), {"n": figure + 1})
            except DBAPIError as error:
                failures.append(str(error.orig))

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE figure (n INTEGER)"))
        connection.execute(text("INSERT INTO figure VALUES (0)"))
    crew = [threading.Thread(target=work) for _ in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    with engine.connect() as connection:
        return connection.execute(text("SELECT n FROM figure")).scalar_one(), failures


def test_writers_at_once_all_succeed(tmp_path):
    url = f"sqlite:///{tmp_path}/kith.db"
    engine = create_engine(url, **dialects.engine_options(url, 8))
    assert increments(engine) == (200, [])
    engine.dispose()


def test_without_our_begin_they_would_fail(tmp_path, monkeypatch):
    """The proof that the listener is what makes the difference."""
    monkeypatch.setattr(dialects, "begin", lambda connection, *, only_reading: None)
    engine = create_engine(f"sqlite:///{tmp_path}/kith.db", pool_size=8)

    @event.listens_for(engine, "begin")
    def _deferred(connection):
        connection.connection.dbapi_connection.execute("BEGIN")

    figure, failures = increments(engine)
    engine.dispose()
    assert failures
    assert figure + len(failures) == 200


def test_a_reading_request_cannot_write(app):
    with app.app_context():
        only_reading()
        db.session.add(JobRun(job="x", started_at=NOON))
        with pytest.raises(DBAPIError):
            db.session.flush()
        db.session.rollback()
    assert db.session.scalars(select(JobRun)).all() == []


def test_a_reader_does_not_wait_for_a_writer(app):
    db.session.add(JobRun(job="x", started_at=NOON))
    db.session.flush()
    with app.app_context():
        only_reading()
        assert db.session.scalars(select(JobRun)).all() == []


def test_a_writer_that_waited_too_long_is_told_that_the_site_is_busy(app, sqlite_only, monkeypatch):
    monkeypatch.setattr(dialects, "PATIENCE", 0.1)
    db.session.add(JobRun(job="x", started_at=NOON))
    db.session.flush()
    with app.app_context(), pytest.raises(OperationalError) as told:
        db.session.execute(text("SELECT 1"))
    assert dialects.is_busy(told.value)
    # Connections that were made without patience would stay so for the tests that follow.
    db.session.rollback()
    db.engine.dispose()


def test_who_holds_the_lock_from_outside_only_makes_us_wait(app, sqlite_only, database):
    """Another program, which knows nothing of turns."""
    other = sqlite3.connect(
        database.folder / "kith.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, other.execute, ("ROLLBACK",))
    timer.start()
    db.session.add(JobRun(job="x", started_at=NOON))
    db.session.commit()
    timer.join()
    other.close()
    assert db.session.scalars(select(JobRun.job)).all() == ["x"]


def test_errors_of_the_database_tell_nobodys_data(app):
    with pytest.raises(DBAPIError) as told:
        db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": "ada@village.example"})
    assert "ada@" not in str(told.value)


def test_the_database_finds_nothing_wrong_with_itself(app):
    assert dialects.problems(db.session.connection()) == []


def test_a_row_that_points_nowhere_is_found(app, sqlite_only):
    driver = db.engine.raw_connection()
    # A connection that only read before stays so until its next transaction, which this is none of.
    driver.execute("PRAGMA query_only=OFF")
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("INSERT INTO voiding (event_id, voided_at, reason) VALUES (404, 0, 'x')")
    driver.execute("PRAGMA foreign_keys=ON")
    driver.close()
    [problem] = dialects.problems(db.session.connection())
    assert "voiding" in problem
