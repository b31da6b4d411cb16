from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import func, insert, select, text

from community.kit import dialects
from community.kit.db import connection, db
from community.ledger.models import Event
from community.ledger.record import EVENT_ROW, EVENTS, record, record_many, record_rows, void
from tests.conftest import NOON

ROW = {
    "happened_at": NOON,
    "kind": "search.made",
    "actor": 1,
    "other": None,
    "subject_type": None,
    "subject_id": None,
    "circle": None,
    "value": None,
    "source": None,
    "external_id": None,
}


@pytest.fixture
def writers(app):
    """Connections of their own, each in a transaction; on PostgreSQL only."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(db.engine.connect())


def append(writer, many=1):
    """Write events in a writer's open transaction; answer the last one's id."""
    dialects.about_to_append(writer)
    for _ in range(many):
        id = writer.execute(insert(EVENTS).values(ROW)).inserted_primary_key.id
    return id


class Reader:
    """Whoever reads the tail, with or without asking how far ids are settled."""

    def __init__(self, reader, *, minds):
        self.reader, self.minds = reader, minds
        self.last, self.seen = 0, []

    def look(self):
        settled = dialects.settled_id(self.reader) if self.minds else 2**62
        found = self.reader.scalars(
            select(EVENTS.c.id).where(EVENTS.c.id > self.last, EVENTS.c.id <= settled)
        ).all()
        self.reader.rollback()
        self.seen += sorted(found)
        self.last = max([self.last, *found])
        return sorted(found)


def test_on_sqlite_every_id_is_settled(app):
    if db.engine.dialect.name == "sqlite":
        dialects.about_to_append(connection())
        assert dialects.settled_id(connection()) is None


@pytest.mark.parametrize(("minds", "lost"), [(True, []), (False, [1])])
def test_a_smaller_id_kept_later_is_not_stepped_past(writers, minds, lost):
    slow, quick, reader = writers(), writers(), Reader(writers(), minds=minds)
    first = append(slow)
    append(quick, 2)
    quick.commit()
    reader.look()
    slow.commit()
    reader.look()
    assert [id for id in (first, first + 1, first + 2) if id not in reader.seen] == lost


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        # Who keeps when, of three writers that drew ids 1, 2 and 3; what is seen after each.
        ("abc", [[1], [2], [3]]),
        ("acb", [[1], [], [2, 3]]),
        ("bac", [[], [1, 2], [3]]),
        ("bca", [[], [], [1, 2, 3]]),
        ("cab", [[], [1], [2, 3]]),
        ("cba", [[], [], [1, 2, 3]]),
    ],
)
def test_three_writers_in_any_order(writers, order, seen):
    by_name = {name: writers() for name in "abc"}
    reader = Reader(writers(), minds=True)
    for writer in by_name.values():
        append(writer)
    for name, found in zip(order, seen, strict=True):
        by_name[name].commit()
        assert reader.look() == found


def test_what_a_writer_dropped_holds_nobody_up(writers):
    gone, kept, reader = writers(), writers(), Reader(writers(), minds=True)
    append(gone)
    append(kept)
    kept.commit()
    assert reader.look() == []
    gone.rollback()
    assert reader.look() == [2]


def test_a_writer_that_draws_late_is_waited_for_too(writers):
    slow, quick, reader = writers(), writers(), Reader(writers(), minds=True)
    dialects.about_to_append(slow)
    append(quick)
    quick.commit()
    assert reader.look() == [], "the slow one may still draw what comes next"
    append(slow)
    slow.commit()
    assert reader.look() == [1, 2]


@pytest.mark.parametrize("minds_again", [True, False])
def test_a_lock_taken_in_a_savepoint_is_taken_again(writers, minds_again, monkeypatch):
    slow, quick, reader = writers(), writers(), Reader(writers(), minds=True)
    slow.begin()
    savepoint = slow.begin_nested()
    append(slow)
    savepoint.rollback()
    if not minds_again:
        slow.info["appends"] = (slow.get_transaction(), {"event"})
    first = append(slow)
    append(quick)
    quick.commit()
    reader.look()
    slow.commit()
    reader.look()
    assert (first in reader.seen) is minds_again


def test_each_growing_table_has_its_own_horizon(writers):
    writer, reader = writers(), writers()
    dialects.about_to_append(writer, "voiding")
    other = writers()
    append(other)
    other.commit()
    assert dialects.settled_id(reader, "event") == 1
    assert dialects.settled_id(reader, "voiding") == 0
    with pytest.raises(ValueError):
        dialects.about_to_append(writer, "member")


def test_recording_and_voiding_announce_themselves(app, writers):
    event = record("search.made", 1)
    reader = writers()
    assert dialects.settled_id(reader, "event") == event.id - 1
    db.session.commit()
    reader.rollback()
    assert dialects.settled_id(reader, "event") == event.id
    voiding = void(event, "a mistake")
    assert dialects.settled_id(reader, "voiding") == voiding.id - 1
    db.session.commit()


def test_nothing_is_stepped_past_under_real_concurrency(writers):
    reader = Reader(writers(), minds=True)
    lanes = [writers() for _ in range(3)]

    def work(writer):
        for turn in range(40):
            append(writer, 1 + turn % 3)
            writer.rollback() if turn % 7 == 0 else writer.commit()

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(work, lane) for lane in lanes]
        while not all(job.done() for job in running):
            reader.look()
        for job in running:
            job.result()
    reader.look()
    assert reader.seen == db.session.scalars(select(Event.id).order_by(Event.id)).all()


def test_insert_new_passes_over_what_is_known(app):
    rows = [ROW | {"source": "there", "external_id": str(n)} for n in range(3)]
    assert record_many(connection(), rows[:2]) == 2
    assert record_many(connection(), rows) == 1
    assert record_many(connection(), rows) == 0
    assert record_many(connection(), []) == 0


def test_insert_rows_does_too(app):
    def rows(ids):
        given = ROW | {"happened_at": 0, "source": "there"}
        return [tuple((given | {"external_id": id})[name] for name in EVENT_ROW) for id in ids]

    assert record_rows(connection(), rows("ab")) == 2
    assert record_rows(connection(), rows("abc")) == 1
    assert record_rows(connection(), rows("abc")) == 0
    assert record_rows(connection(), []) == 0


def test_a_writing_transaction_takes_the_write_lock_at_once(app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    with db.engine.connect() as first, db.engine.connect() as second:
        first.execute(text("SELECT 1"))
        driver = second.connection.dbapi_connection
        driver.execute("PRAGMA busy_timeout=1")
        with pytest.raises(Exception, match="locked"):
            driver.execute("BEGIN IMMEDIATE")
        driver.execute("PRAGMA busy_timeout=30000")


def test_reading_sees_what_was_kept_since_it_began_whatever_the_server_prefers(writers):
    reader, writer = writers(), writers()
    prefer = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
    reader.exec_driver_sql(f"{prefer} REPEATABLE READ")
    reader.commit()
    assert reader.scalar(select(func.count()).select_from(EVENTS)) == 0
    append(writer)
    writer.commit()
    assert reader.scalar(select(func.count()).select_from(EVENTS)) == 1
    reader.exec_driver_sql(f"{prefer} READ COMMITTED")
    reader.commit()


@pytest.mark.parametrize("ids", [[], [2], [1, 3, 99, -5], list(range(200_000))])
def test_among_any_number_of_ids(app, village, ids):
    for _ in range(5):
        record("search.made", village.ada)
    known = set(db.session.scalars(select(Event.id)))
    asked = select(EVENTS.c.id).where(dialects.among(connection(), EVENTS.c.id, ids))
    assert set(db.session.scalars(asked)) == known & set(ids)


def test_among_is_looked_up_in_the_index(app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the plan of SQLite")
    event = EVENTS.c
    asked = select(event.id).where(
        event.subject_type == "offer", dialects.among(connection(), event.subject_id, [1, 2, 3])
    )
    said = asked.compile(dialect=db.engine.dialect)
    plan = dialects.query_plan(
        connection(), str(said), tuple(said.params[name] for name in said.positiontup)
    )
    assert any("SEARCH event USING" in line and "event_by_subject" in line for line in plan), plan
