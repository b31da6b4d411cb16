"""Wherever two or three wander to, no exchange comes where the table does not lead, and nothing is given twice.

``KITH_WALKS`` says how many walks there are on each database; the races take a fiftieth of it.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from community.activity.exchanges.deals import actions, clockwork, rules
from community.activity.exchanges.deals import terms as what
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Hold, Message
from community.kit.db import db
from community.kit.refusal import Refused
from community.ledger.models import Event
from tests.activity.exchanges.deals.conftest import FIRST, days
from tests.conftest import NOON

WALKS = int(os.environ.get("KITH_WALKS", "100"))
RACES = max(12, WALKS // 50)
STEPS = 24
NAMES = sorted({move.name for move in rules.MOVES})
LINES = {(before, move.name, move.after): move for move in rules.MOVES for before in move.before}
WEIGHTS = {"accept": 8, "confirm": 12, "agree": 4, "counter": 2, "finish": 4}
WAITS = (timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=2), timedelta(days=16))  # fmt: skip


def some_terms(dice, offer):
    if offer.title == "A saw":
        return what.Terms()
    if offer.title == "Portuguese to talk":
        return what.Terms(units=dice.randint(1, 3))
    first = FIRST + timedelta(days=dice.randint(-8, 6))
    return days(first, dice.randint(1, 3), offer.time_zone)


def one_step(dice, offers, people, known, traveller):
    """One random thing that somebody does, or time that passes; the id of what was asked for, if any."""
    luck = dice.random()
    if not known or (luck < 0.1 and len(known) < 4):
        offer = dice.choice(list(offers.values()))
        return actions.ask(offer.id, dice.choice(people), some_terms(dice, offer)).id
    if luck < 0.3 and traveller is not None:
        traveller.shift(dice.choice(WAITS))
        if dice.random() < 0.6:
            for _ in clockwork.move_due():
                pass
        return None
    id, by = dice.choice(known), dice.choice(people)
    if luck < 0.36:
        actions.say(id, by, "Hello", dice.choice((None, "a key")))
        return None
    one_move(dice, offers[db.session.get(Exchange, id).offer_id], id, by)
    return None


def one_move(dice, offer, id, by):
    """A random move: most often one that fits, by whom it fits; else any, by anybody."""
    exchange = db.session.get(Exchange, id)
    name = dice.choice(NAMES)
    fitting = [m for m in rules.MOVES if exchange.state in m.before and m.by != "clock"]
    if fitting and dice.random() < 0.8:
        line = dice.choices(fitting, [WEIGHTS.get(each.name, 1) for each in fitting])[0]
        either = [s for s in (exchange.asker_id, exchange.owner_id) if s != exchange.done_by]
        sides = {"asker": [exchange.asker_id], "owner": [exchange.owner_id]}
        name = line.name
        by = dice.choice(sides.get(line.by, either)) if dice.random() < 0.8 else by
    reasons = [r.name for r in rules.REASONS.values() if name in r.moves]
    actions.move(
        id,
        name,
        by,
        seen=dice.choice((None, None, exchange.moves, exchange.moves - 1)),
        reason=dice.choice(reasons) if reasons and dice.random() < 0.9 else None,
        terms=some_terms(dice, offer) if name in ("counter", "ask_again") else None,
    )


def check(offers):
    """That all is as the table says; how many exchanges stand in which state."""
    db.session.flush()
    exchanges = db.session.scalars(select(Exchange).execution_options(populate_existing=True)).all()
    moves, events = {}, {}
    for row in db.session.scalars(select(ExchangeMove).order_by(ExchangeMove.n)):
        moves.setdefault(row.exchange_id, []).append(row)
    for event in db.session.execute(
        select(Event.kind, Event.subject_id, Event.actor, Event.other, Event.value)
    ):
        events.setdefault(event.subject_id, []).append(event)
    for exchange in exchanges:
        check_moves(exchange, moves[exchange.id])
        check_events(exchange, events[exchange.subject_id])
    check_holds(offers, exchanges)
    return Counter(exchange.state for exchange in exchanges)


def check_moves(exchange, rows):
    assert [row.n for row in rows] == list(range(1, exchange.moves + 1))
    first, *others = rows
    assert (first.move, first.before, first.after) == ("ask", None, "requested")
    state, at, done_by = "requested", first.at, None
    for row in others:
        line = LINES[(row.before, row.move, row.after)]
        assert row.before == state
        assert row.at >= at
        assert (row.by is None) == (line.by == "clock")
        if row.by is not None:
            assert row.by in (exchange.asker_id, exchange.owner_id)
        assert line.by != "asker" or row.by == exchange.asker_id
        assert line.by != "owner" or row.by == exchange.owner_id
        assert line.by != "other" or row.by != done_by
        assert (row.reason in rules.REASONS) == line.has_reason
        state, at = row.after, row.at
        done_by = row.by if row.after == "half_done" else done_by
    assert exchange.state == state
    is_end = rules.STATES[state].is_end
    assert (exchange.ended_at is not None) == is_end
    assert (exchange.due_at is None) == is_end
    is_reviewed = rules.is_reviewable(state, is_late=exchange.is_late)
    assert (exchange.review_until is not None) == is_reviewed


def check_events(exchange, rows):
    found = Counter(row.kind for row in rows)
    assert found.pop("enquiry.made") == 1
    assert found.pop("enquiry.answered", 0) == (exchange.answered_at is not None)
    assert found.pop("exchange.started", 0) == (exchange.confirmed_at is not None)
    assert found.pop("exchange.completed", 0) == (exchange.state == "completed")
    was_bound = exchange.state == "cancelled" and exchange.confirmed_at is not None
    assert found.pop("exchange.cancelled", 0) == was_bound
    assert not found


def check_holds(offers, exchanges):
    held = {}
    for row in db.session.execute(select(Hold.exchange_id, Hold.slot, Hold.place, Hold.offer_id)):
        assert row.place < offers[row.offer_id].quantity
        held.setdefault(row.exchange_id, []).append(row.slot)
    for exchange in exchanges:
        needed = what.slots(offers[exchange.offer_id].grain, actions.terms_of(exchange))
        wanted = list(needed) if rules.STATES[exchange.state].holds else []
        assert sorted(held.get(exchange.id, [])) == wanted, (exchange.id, exchange.state)


@pytest.fixture
def plot(market):
    """What is wandered over: two rooms of one kind in which there is place for two."""
    market.room.quantity = 2
    for person in (market.ada, market.ben, market.cy):
        person.letters = 0
    db.session.commit()
    grains = {"room": "day", "wish": "day", "saw": "once", "chat": "open"}
    market.by_id = {
        (offer := getattr(market, name)).id: Wanted(
            offer.id, offer.title, offer.time_zone, offer.quantity, grain
        )
        for name, grain in grains.items()
    }
    market.people = [market.ada.id, market.ben.id, market.cy.id]
    return market


@dataclass(frozen=True)
class Wanted:
    """An offer, without a session behind it: threads share it."""

    id: int
    title: str
    time_zone: str
    quantity: int
    grain: str


@pytest.mark.timeout(7200)
def test_no_walk_leaves_the_table(plot):
    seen = Counter()
    for number in range(WALKS):
        dice = random.Random(number)
        plot.clock.move_to(NOON)
        known = []
        offers = dict(dice.sample(sorted(plot.by_id.items()), 2))
        try:
            for _ in range(STEPS):
                savepoint = db.session.begin_nested()
                try:
                    asked = one_step(dice, offers, plot.people, known, plot.clock)
                    savepoint.commit()
                    known += [asked] if asked else []
                except Refused:
                    savepoint.rollback()
            seen += check(plot.by_id)
        except AssertionError as error:
            raise AssertionError(f"walk {number}") from error
        finally:
            db.session.rollback()
    if WALKS >= 300:
        assert set(seen) == set(rules.STATES), seen


def race(app, doings):
    """Let each do their thing at the same moment, each in a transaction of their own; what came of it."""
    gate, found = Barrier(len(doings)), [None] * len(doings)

    def run(place, do):
        with app.app_context():
            gate.wait()
            try:
                do()
                db.session.commit()
                found[place] = "done"
            except Refused as refused:
                found[place] = str(refused)
            except Exception as error:  # what it was is what the test asks
                found[place] = f"{type(error).__name__}: {error}"
            finally:
                db.session.rollback()
                db.session.remove()

    db.session.rollback()
    threads = [Thread(target=run, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    return found


def request(market, who="ben", **more):
    exchange = actions.ask(
        market.room.id, getattr(market, who).id, days(tz="Europe/Lisbon", **more), "Hello"
    )
    db.session.commit()
    return exchange.id


def test_two_clicks_at_once_accept_once(app, market):
    id, ada = request(market), market.ada.id
    found = race(app, [lambda: actions.move(id, "accept", ada, seen=1)] * 3)
    assert found == ["done"] * 3
    assert db.session.get(Exchange, id).moves == 2


def test_two_who_are_accepted_at_once_do_not_both_get_the_days(app, market):
    ids, ada = [request(market, who) for who in ("ben", "cy", "mia")], market.ada.id
    found = race(app, [lambda id=id: actions.move(id, "accept", ada) for id in ids])
    assert sorted(found)[1:] == ["done"] or sorted(found).count("done") == 1
    assert sum("quicker" in each for each in found) == 2
    states = Counter(db.session.scalars(select(Exchange.state)))
    assert states == {"accepted": 1, "requested": 2}


def test_to_cancel_and_to_confirm_at_once_leaves_one_end(app, market):
    id, ada, ben = request(market), market.ada.id, market.ben.id
    actions.move(id, "accept", ada)
    db.session.commit()
    found = race(
        app,
        [
            lambda: actions.move(id, "cancel", ada, reason="plans_changed", seen=2),
            lambda: actions.move(id, "confirm", ben, seen=2),
        ],
    )
    assert found.count("done") == 1
    assert db.session.get(Exchange, id).state in ("cancelled", "confirmed")


def test_the_same_request_and_message_at_once_are_one(app, market):
    room, ben = market.room.id, market.ben.id
    found = race(app, [lambda: actions.ask(room, ben, days(tz="Europe/Lisbon"), "Hi", "k")] * 3)
    assert found == ["done"] * 3
    (id,) = db.session.scalars(select(Exchange.id))
    assert race(app, [lambda: actions.say(id, ben, "Hello", "k")] * 3) == ["done"] * 3
    assert len(db.session.scalars(select(Message)).all()) == 2


def test_requests_at_once_are_no_more_than_may_wait(app, market):
    asked = partial(actions.ask, market.room.id, market.ben.id, days(tz="Europe/Lisbon"))
    found = race(app, [asked] * (rules.MOST_OPEN_A_PAIR + 3))
    assert found.count("done") == rules.MOST_OPEN_A_PAIR
    assert len(db.session.scalars(select(Exchange.id)).all()) == rules.MOST_OPEN_A_PAIR


@pytest.mark.timeout(7200)
def test_whoever_races_nothing_is_given_twice(app, plot):
    people, offers = plot.people, plot.by_id
    known = []
    for number in range(RACES):
        dice = random.Random(number)
        if number % 10 == 0:
            plot.clock.shift(timedelta(days=1))

        walkers = [(random.Random(dice.random()), list(known)) for _ in range(3)]
        found = race(
            app, [partial(one_step, own, offers, people, ids, None) for own, ids in walkers]
        )
        known = list(
            db.session.scalars(
                select(Exchange.id).where(Exchange.due_at.is_not(None)).order_by(Exchange.id)
            )
        )
        if dice.random() < 0.3:
            for _ in clockwork.move_due():
                db.session.commit()
        assert not [each for each in found if "Error" in each], found
        if number % 5 == 0 or number == RACES - 1:
            check(plot.by_id)
