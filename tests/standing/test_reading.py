"""The past is read whole or of one member, in few questions, however many things there are."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from community.kit.db import connection, db
from community.ledger import columns
from community.ledger.models import Event, Fact, Subject
from community.ledger.record import void
from community.standing import reading
from community.standing.categories import CATEGORIES
from community.standing.metrics import METRICS
from community.standing.past import EVENT_COLUMNS
from tests.standing.conftest import FIRST, month

NAMES = ("rating", "score")


@pytest.fixture
def busy(house):
    """Ada has a dozen offers with exchanges about them, answers beside others', and declared figures."""
    ada, ben = house.member("ada"), house.member("ben")

    def thing(type, owner, parent=None):
        made = Subject(type=type, owner=owner, parent=parent, made_at=FIRST)
        db.session.add(made)
        db.session.flush()
        return made.id

    for number in range(12):
        offer = thing("offer", ada)
        exchange = thing("exchange", ben, offer)
        topic = thing("topic", ben)
        mine, theirs = thing("answer", ada, topic), thing("answer", ben, topic)
        at = month(1) + timedelta(days=number)
        house.happens("exchange.completed", "ben", "ada", at, subject=("exchange", exchange))
        house.happens("excuse.granted", "mia", None, at, subject=("exchange", exchange))
        house.happens("answer.posted", "ada", "ben", at, subject=("answer", mine))
        house.happens("answer.accepted", "ben", None, at, subject=("answer", theirs))
        house.happens("thanks.given", "cy", "ben", at)
        for name in NAMES:
            db.session.add(
                Fact(
                    about="offer",
                    about_id=offer,
                    name=name,
                    value=number,
                    declared_at=at,
                    source="x",
                )
            )
    db.session.add(
        Fact(about="member", about_id=ada, name="rating", value=5, declared_at=FIRST, source="x")
    )
    db.session.commit()
    return house


def sets(past):
    """What a past holds, whatever the order."""
    events = set(zip(*(past.events[name].tolist() for name in EVENT_COLUMNS), strict=True))
    facts = {
        name: sorted(zip(r.about.tolist(), r.value.tolist(), r.at.tolist(), strict=True))
        for name, r in past.facts.items()
    }
    return events, past.items.id.tolist(), facts


def test_of_one_member_is_read_what_concerns_them(busy):
    ada, as_of = busy.ids["ada"], month(6)
    one = reading.one(connection(), ada, as_of, NAMES)
    assert one.members.tolist() == [ada]
    assert busy.ids["cy"] not in one.events["actor"]
    # Her offers and answers, the exchanges and topics, and what stands beside her answers.
    assert one.items.id.size == 12 * 5
    assert {name: rows.about.size for name, rows in one.facts.items()} == {
        "rating": 13,
        "score": 12,
    }
    whole = busy.past()
    place = whole.number(np.array([ada]))[0]
    for metric in METRICS.values():
        live, bulk = metric.of(one, as_of).value[0], metric.of(whole, as_of).value[place]
        if metric.name not in ("trust", "depth"):
            assert live == pytest.approx(bulk, nan_ok=True), metric.name
    for category in CATEGORIES.values():
        assert category.of(one, as_of)[0] == category.of(whole, as_of)[place], category.name


@pytest.mark.parametrize("follow", ["nothing", "events", "voidings", "both"])
def test_of_somebody_with_many_events_they_are_looked_for_in_the_columns(
    busy, monkeypatch, statements, follow
):
    """The same as from the database, also of what came after the files were written."""
    store, ada = columns.here(), busy.ids["ada"]
    store.extend()
    if follow in ("events", "both"):
        busy.happens("thanks.given", "ada", "ben", month(5))
        busy.happens("thanks.given", "ben", "ada", month(5))
        later = Subject(type="exchange", owner=busy.ids["ben"], made_at=FIRST)
        db.session.add(later)
        db.session.flush()
        about = ("exchange", later.id)
        busy.happens("exchange.completed", "ben", "ada", month(5), subject=about)
        busy.happens("excuse.granted", "mia", None, month(5), subject=about)
    if follow in ("voidings", "both"):
        for kind in ("exchange.completed", "excuse.granted"):
            for event in db.session.scalars(select(Event).where(Event.kind == kind).limit(2)):
                void(event, "a test")
    db.session.commit()
    whole = sets(reading.one(connection(), ada, month(6), NAMES))
    monkeypatch.setattr(reading, "MANY", 3)
    statements.clear()
    assert sets(reading.one(connection(), ada, month(6), NAMES, columns=store)) == whole
    assert not [said for said, _ in statements if "subject_type =" in said and "event" in said]
    assert sum(each[-1] != columns.NEVER for each in whole[0]) == (
        4 if follow in ("voidings", "both") else 0
    )


def test_without_columns_that_can_be_trusted_they_are_read_from_the_database(
    busy, monkeypatch, tmp_path
):
    ada = busy.ids["ada"]
    whole = sets(reading.one(connection(), ada, month(6), NAMES))
    monkeypatch.setattr(reading, "MANY", 3)
    never_built = columns.Columns(tmp_path / "columns")
    assert sets(reading.one(connection(), ada, month(6), NAMES, columns=never_built)) == whole
    store = columns.here()
    store.extend()
    monkeypatch.setattr(columns, "codes", lambda: "another catalog")
    assert sets(reading.one(connection(), ada, month(6), NAMES, columns=store)) == whole


def test_it_takes_few_questions(busy, statements):
    reading.one(connection(), busy.ids["ada"], month(6), NAMES)
    assert len([said for said, _ in statements if said.startswith("SELECT")]) <= 20


def test_each_event_is_read_once(busy):
    """Also what one does with oneself."""
    busy.happens("thanks.given", "ada", "ada")
    one = reading.one(connection(), busy.ids["ada"], month(6), ())
    assert np.unique(one.events["id"]).size == one.events["id"].size
    assert one.facts == {}


def test_of_somebody_new_nothing_is_known(house):
    one = reading.one(connection(), house.member("zoe"), month(1), NAMES)
    assert (one.events["id"].size, one.items.id.size, one.facts) == (0, 0, {})
    assert len(one) == 1


def test_of_everyone_only_the_figures_that_are_asked_for_are_read(busy):
    store = columns.here()
    store.extend()
    whole = reading.everyone(connection(), store, ["score"])
    assert set(whole.facts) == {"score"}
    assert whole.items.id.size == 12 * 5
