from datetime import timedelta

import pytest
from sqlalchemy import event, select

from community.kit import dialects
from community.kit.db import connection, db
from community.ledger import queries
from community.ledger.models import Subject
from community.ledger.record import record, void
from tests.conftest import NOON

VISITOR = frozenset({"everyone"})
SELF = frozenset({"everyone", "sides"})
STAFF = frozenset({"everyone", "sides", "staff"})


def told(member, **more):
    more.setdefault("sees", VISITOR)
    return db.session.execute(queries.timeline(member.id, **more)).all()


def kinds(rows):
    return [row.kind for row in rows]


@pytest.fixture
def week(village):
    """Six things that happened to Ada, a day apart, and one that did not concern her."""
    topic = Subject(type="topic", owner=village.ada.id, made_at=NOON, title="Where to swim?")
    db.session.add(topic)
    db.session.flush()
    days = iter(range(100))

    def happens(kind, actor, other=None, subject=None):
        at = NOON + timedelta(days=next(days))
        return record(kind, actor, other, subject, happened_at=at)

    happens("member.joined", village.ada)
    happens("topic.opened", village.ada, subject=("topic", topic.id))
    happens("answer.posted", village.ben, village.ada, ("topic", topic.id))
    happens("message.sent", village.ben, village.ada)
    happens("vote.cast", village.cy, village.ada)
    happens("thanks.given", village.ada, village.ada)
    happens("member.joined", village.ben)
    return village


@pytest.mark.parametrize(
    ("sees", "seen"),
    [
        (VISITOR, ["thanks.given", "answer.posted", "topic.opened", "member.joined"]),
        (
            SELF,
            ["thanks.given", "message.sent", "answer.posted", "topic.opened", "member.joined"],
        ),
        (
            STAFF,
            [
                "thanks.given",
                "vote.cast",
                "message.sent",
                "answer.posted",
                "topic.opened",
                "member.joined",
            ],
        ),
        (frozenset(), []),
    ],
)
def test_the_reader_sees_newest_first_what_is_for_them(week, sees, seen):
    assert kinds(told(week.ada, sees=sees)) == seen


def test_a_side_sees_what_is_between_the_two(week):
    assert "message.sent" in kinds(told(week.ada, reader=week.ben.id))
    assert "message.sent" not in kinds(told(week.ada, reader=week.cy.id))
    assert "vote.cast" not in kinds(told(week.ada, reader=week.cy.id))


def test_rows_carry_the_event_and_the_title_of_its_subject(week):
    row = told(week.ada)[2]
    assert (row.kind, row.actor, row.other) == ("topic.opened", week.ada.id, None)
    assert (row.happened_at, row.subject_title) == (NOON + timedelta(days=1), "Where to swim?")


def test_an_id_of_another_type_gives_no_title(village):
    db.session.add(Subject(id=5, type="topic", made_at=NOON, title="Not this"))
    record("exchange.completed", village.ada, village.ben, ("exchange", 5))
    assert told(village.ada)[0].subject_title is None


def test_what_was_taken_back_is_left_out(village):
    event = record("thanks.given", village.ben, village.ada)
    assert kinds(told(village.ada)) == ["thanks.given"]
    void(event, "a mistake")
    assert told(village.ada) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_hang_together_even_within_one_moment(village, size):
    events = [
        record("thanks.given", *sides, happened_at=NOON + timedelta(microseconds=n // 3))
        for n in range(10)
        for sides in ((village.ada, village.ben), (village.ben, village.ada))
    ]
    want = [e.id for e in sorted(events, key=lambda e: (e.happened_at, e.id), reverse=True)]
    got, before = [], None
    while rows := told(village.ada, before=before, limit=size):
        got += [row.id for row in rows]
        before = rows[-1].happened_at, rows[-1].id
    assert got == want


def plan_of(statement):
    sent = []

    def hear(connection, cursor, sql, parameters, context, executemany):
        sent.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        db.session.execute(statement)
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    return dialects.query_plan(connection(), *sent[-1])


@pytest.mark.parametrize("before", [None, (NOON, 7)])
def test_the_timeline_reads_only_ends_of_indexes(village, before):
    statement = queries.timeline(village.ada.id, sees=SELF, before=before, reader=village.ben.id)
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the plan is asked of SQLite")
    plan = "\n".join(plan_of(statement))
    assert "SCAN event" not in plan
    assert "SCAN subject" not in plan
    key = " AND happened_at<?" if before else ""
    # Nothing is sorted between the index and the limit of each half.
    assert f"event_by_actor (actor=?{key})\nSCAN did" in plan
    assert f"event_by_other (other=?{key})\nSCAN met" in plan


def test_what_counts_as_of_a_moment(village):
    first = record("thanks.given", village.ada, village.ben, happened_at=NOON)
    record("thanks.given", village.ada, village.cy, happened_at=NOON + timedelta(days=1))
    record("thanks.given", village.ada, village.cy, happened_at=NOON + timedelta(days=2))
    void(first, "a mistake")
    voided = first.voided_at
    tick = timedelta(microseconds=1)

    def asked(as_of):
        answers = (queries.counts_by_kind, queries.others_by_kind, queries.last_by_kind)
        return [f(connection(), village.ada.id, as_of).get("thanks.given") for f in answers]

    assert asked(NOON - tick) == [None, None, None]
    assert asked(NOON) == [1, 1, NOON]
    last = NOON + timedelta(days=2)
    if voided > last:
        assert asked(voided - tick) == [3, 2, last]
        assert asked(voided) == [2, 1, last]


def test_the_statement_can_be_wrapped_and_kept(week):
    rows = queries.timeline_rows(VISITOR, is_continued=True).subquery()
    wrapped = select(rows.c.kind).order_by(rows.c.happened_at.desc(), rows.c.id.desc())
    before = (NOON + timedelta(days=2), 0)
    for member, seen in ((week.ada, ["topic.opened", "member.joined"]), (week.ben, [])):
        given = queries.timeline_parameters(member.id, before)
        assert db.session.scalars(wrapped, given).all() == seen


def test_what_timeline_answers_can_be_wrapped(week):
    rows = queries.timeline(week.ada.id, sees=VISITOR, limit=2).subquery()
    wrapped = select(rows.c.kind).order_by(rows.c.happened_at)
    assert db.session.scalars(wrapped).all() == ["answer.posted", "thanks.given"]
