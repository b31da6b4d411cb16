from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from community.kit.db import connection, db
from community.kit.refusal import Refused
from community.ledger.models import Event, Fact, Voiding
from community.ledger.record import (
    declare_many,
    declare_rows,
    record,
    record_many,
    void,
    void_many,
    why_not_void,
)
from tests.conftest import NOON
from tests.ledger.test_columns import happens


def many(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_an_event_keeps_what_it_was_told(app, now):
    ada, ben = SimpleNamespace(id=2**40), SimpleNamespace(id=8)
    event = record("thanks.given", ada, ben, ("topic", 5), value=-1, circle=3)
    db.session.refresh(event)
    assert (event.actor, event.other, event.subject_type, event.subject_id) == (
        2**40,
        8,
        "topic",
        5,
    )
    assert (event.value, event.circle, event.happened_at) == (-1, 3, now.at)
    assert (event.voided_at, event.source, event.external_id) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "subject"), [("moon.landed", None), ("", None), ("topic.opened", ("moon", 1))]
)
def test_unknown_kinds_and_subjects_are_mistakes(app, kind, subject):
    with pytest.raises(ValueError):
        record(kind, 1, subject=subject)
    assert many(Event) == 0


def test_nothing_is_kept_until_the_frame_does(app):
    record("search.made", 1)
    db.session.rollback()
    assert many(Event) == 0


def test_one_external_id_is_one_event(app):
    record("search.made", 1, source="there", external_id="1")
    with pytest.raises(IntegrityError):
        record("search.made", 2, source="there", external_id="1")
    db.session.rollback()
    record("search.made", 1, source="there", external_id="1")
    record("search.made", 1, source="elsewhere", external_id="1")
    record("search.made", 1)
    record("search.made", 1)
    assert many(Event) == 4


def test_taking_back_is_done_once_and_says_why(app, now):
    event = record("search.made", 1)
    void(event, "a mistake", by=SimpleNamespace(id=9))
    at = now.at
    assert (event.voided_at, event.void_reason) == (at, "a mistake")
    voiding = db.session.query(Voiding).one()
    assert (voiding.event_id, voiding.voided_at, voiding.by) == (event.id, at, 9)
    now.passes(days=1)
    with pytest.raises(Refused, match="already taken back"):
        void(event, "again")
    assert event.voided_at == at


@pytest.mark.parametrize(
    ("voided_at", "reason", "why"),
    [(None, "a mistake", None), (None, " \n", "Say why"), (NOON, "a mistake", "already")],
)
def test_who_may_be_taken_back(voided_at, reason, why):
    for event in ({"voided_at": voided_at}, Event(voided_at=voided_at)):
        refusal = why_not_void(event, reason)
        assert refusal is None if why is None else why in str(refusal)


def test_a_race_to_take_back_is_lost_by_the_second(app):
    event = record("search.made", 1)
    db.session.commit()
    stale = db.session.get(Event, event.id)
    db.session.expunge(stale)
    db.session.rollback()
    with db.engine.begin() as other:
        assert void_many(other, [stale.id], "first", NOON) == 1
    db.session.add(stale)
    with pytest.raises(IntegrityError):
        void(stale, "second")
    db.session.rollback()
    assert db.session.query(Voiding).one().reason == "first"


def test_taking_many_back_passes_over_those_that_were(app):
    record_many(connection(), [happens(number) for number in range(6)])
    ids = list(db.session.scalars(select(Event.id).order_by(Event.id)))
    assert void_many(connection(), ids[:3], "a", NOON) == 3
    later = NOON + timedelta(days=1)
    assert void_many(connection(), [*ids, *ids, 10**9], "b", later) == 3
    told = {v.event_id: (v.voided_at, v.reason) for v in db.session.query(Voiding)}
    assert told == {id: (NOON, "a") if id in ids[:3] else (later, "b") for id in ids}
    assert {e.id: e.voided_at for e in db.session.query(Event)} == {
        id: at for id, (at, _) in told.items()
    }


def test_figures_are_declared_once_a_date(app):
    fact = {
        "about": "member",
        "about_id": 2**60,
        "name": "rating",
        "value": 4_830_000,
        "declared_at": NOON,
        "source": "there",
    }
    later = fact | {"declared_at": NOON + timedelta(days=1), "value": 4_700_000}
    assert declare_many(connection(), [fact, fact]) == 1
    assert declare_many(connection(), [fact, later]) == 1
    row = tuple(
        (fact | {"declared_at": 5})[name]
        for name in ("about", "about_id", "name", "value", "declared_at", "source")
    )
    assert declare_rows(connection(), [row]) == 1
    assert declare_rows(connection(), [row]) == 0
    assert many(Fact) == 3
