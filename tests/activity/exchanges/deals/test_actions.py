"""Asking, moving on, writing: what stays of it in rows, holds and the ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from community.activity.exchanges.deals import actions, clockwork, rules
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Hold, Message
from community.activity.settings import actions as settings
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.models import Event, Subject
from tests.activity.exchanges.deals.conftest import FIRST, days
from tests.conftest import NOON


def ask(market, who="ben", offer="room", **more):
    terms = more.pop("terms", None) or days(tz="Europe/Lisbon")
    exchange = actions.ask(getattr(market, offer).id, getattr(market, who).id, terms, **more)
    db.session.commit()
    return exchange


def move(market, exchange, name, who, **more):
    done = actions.move(exchange.id, name, getattr(market, who).id, **more)
    db.session.commit()
    return done


def events():
    rows = db.session.scalars(select(Event).order_by(Event.id))
    return [(e.kind, e.actor, e.other, e.value) for e in rows]


def slots_held(exchange):
    return sorted(db.session.scalars(select(Hold.slot).where(Hold.exchange_id == exchange.id)))


def run_clock():
    done = sum(clockwork.move_due())
    db.session.commit()
    return done


def test_an_exchange_from_its_request_to_its_end(market):
    ada, ben = market.ada.id, market.ben.id
    exchange = ask(market, words="Two nights on the way south?")
    assert (exchange.state, exchange.moves, exchange.provider_id) == ("requested", 1, ada)
    subject = db.session.get(Subject, exchange.subject_id)
    assert (subject.owner, subject.parent) == (ben, market.room.subject_id)
    assert slots_held(exchange) == []
    move(market, exchange, "accept", "ada")
    assert slots_held(exchange) == [FIRST.toordinal(), FIRST.toordinal() + 1]
    move(market, exchange, "confirm", "ben")
    market.clock.move_to(datetime(2026, 6, 10, 0, tzinfo=UTC))
    assert run_clock() == 1
    assert db.session.get(Exchange, exchange.id).state == "under_way"
    market.clock.move_to(datetime(2026, 6, 12, 9, tzinfo=UTC))
    move(market, exchange, "finish", "ben")
    done = move(market, exchange, "finish", "ada")
    assert (done.state, done.ended_by) == ("completed", ada)
    assert done.review_until == datetime(2026, 6, 26, 9, tzinfo=UTC)
    assert events() == [
        ("enquiry.made", ben, ada, None),
        ("enquiry.answered", ada, ben, None),
        ("exchange.started", ben, ada, None),
        ("exchange.completed", ben, ada, 2),
    ]
    rows = db.session.scalars(select(ExchangeMove).order_by(ExchangeMove.n)).all()
    assert [(r.n, r.move, r.before, r.after) for r in rows] == [
        (1, "ask", None, "requested"),
        (2, "accept", "requested", "accepted"),
        (3, "confirm", "accepted", "confirmed"),
        (4, "begin", "confirmed", "under_way"),
        (5, "finish", "under_way", "half_done"),
        (6, "finish", "half_done", "completed"),
    ]


def test_a_wish_turns_the_sides(market):
    exchange = ask(market, "ada", "wish", terms=days())
    assert (exchange.provider_id, exchange.receiver_id) == (market.ada.id, market.ben.id)
    assert db.session.get(Subject, exchange.subject_id).owner == market.ada.id
    move(market, exchange, "accept", "ben")
    move(market, exchange, "confirm", "ada")
    market.clock.move_to(NOON + timedelta(days=12))
    move(market, exchange, "finish", "ada")
    move(market, exchange, "finish", "ben")
    assert events()[-1] == ("exchange.completed", market.ben.id, market.ada.id, 2)


def test_the_same_request_twice_is_one(market):
    first = ask(market, key="k", words="Hello")
    assert ask(market, key="k", words="Hello").id == first.id
    assert ask(market, "cy", key="k").id != first.id
    assert len(db.session.scalars(select(Message)).all()) == 1


def test_the_same_move_twice_changes_nothing(market):
    exchange = ask(market)
    move(market, exchange, "accept", "ada", seen=1)
    again = move(market, exchange, "accept", "ada", seen=1)
    assert (again.state, again.moves) == ("accepted", 2)
    move(market, exchange, "confirm", "ben", seen=2)
    late = move(market, exchange, "accept", "ada", seen=1)
    assert (late.state, late.moves) == ("confirmed", 3)


def test_nobody_agrees_to_what_changed_meanwhile(market):
    exchange = ask(market)
    other = days(FIRST + timedelta(days=30), tz="Europe/Lisbon")
    move(market, exchange, "counter", "ada", terms=other, seen=1)
    move(market, exchange, "ask_again", "ben", terms=days(nights=3, tz="Europe/Lisbon"), seen=2)
    with pytest.raises(Refused, match="changed since"):
        actions.move(exchange.id, "accept", market.ada.id, seen=1)
    db.session.rollback()
    assert move(market, exchange, "accept", "ada", seen=3).units == 3


def test_two_can_not_have_the_same_days(market):
    first, second = ask(market), ask(market, "cy")
    move(market, first, "accept", "ada")
    with pytest.raises(Refused, match="quicker"):
        actions.move(second.id, "accept", market.ada.id)
    db.session.rollback()
    move(market, first, "withdraw", "ben")
    assert slots_held(first) == []
    move(market, second, "accept", "ada")
    assert len(slots_held(second)) == 2


def test_as_many_as_there_are_can_have_it(market):
    market.room.quantity = 2
    db.session.commit()
    exchanges = [ask(market, who) for who in ("ben", "cy", "mia")]
    for exchange in exchanges[:2]:
        move(market, exchange, "accept", "ada")
    with pytest.raises(Refused, match="quicker"):
        actions.move(exchanges[2].id, "accept", market.ada.id)
    db.session.rollback()
    places = db.session.scalars(select(Hold.place).where(Hold.exchange_id == exchanges[1].id))
    assert set(places) == {1}


def test_what_is_had_once_is_gone(market):
    first = ask(market, offer="saw", terms=actions.Terms())
    move(market, first, "accept", "ada")
    with pytest.raises(Refused, match="Somebody has it"):
        ask(market, "cy", "saw", terms=actions.Terms())
    db.session.rollback()
    move(market, first, "cancel", "ada", reason="plans_changed")
    assert ask(market, "cy", "saw", terms=actions.Terms()).state == "requested"
    assert [e[0] for e in events()].count("exchange.cancelled") == 0


def test_to_cancel_late_is_reviewable_and_gives_the_time_back(market):
    exchange = ask(market)
    move(market, exchange, "accept", "ada")
    move(market, exchange, "confirm", "ben")
    market.clock.move_to(datetime(2026, 6, 10, 8, tzinfo=UTC))
    done = move(market, exchange, "cancel", "ada", reason="fell_ill", words="Flu.")
    assert (done.state, done.is_late, done.reason) == ("cancelled", True, "fell_ill")
    assert done.review_until == datetime(2026, 6, 24, 8, tzinfo=UTC)
    assert slots_held(exchange) == []
    assert events()[-1][:3] == ("exchange.cancelled", market.ada.id, market.ben.id)


def test_the_clock_goes_through_all_that_was_due_while_nothing_ran(market):
    asked, agreed, half = ask(market), ask(market, "cy", "chat", terms=actions.Terms()), None
    half = ask(market, "mia", "chat", terms=actions.Terms())
    for exchange, who in ((agreed, "cy"), (half, "mia")):
        move(market, exchange, "accept", "ada")
        move(market, exchange, "confirm", who)
    move(market, half, "finish", "mia")
    market.clock.move_to(NOON + timedelta(days=80))
    run_clock()
    moments = {
        (row.exchange_id, row.move): row.at
        for row in db.session.scalars(select(ExchangeMove).where(ExchangeMove.by.is_(None)))
    }
    assert moments == {
        (asked.id, "expire"): NOON + rules.ANSWER_WITHIN,
        (agreed.id, "begin"): NOON,
        (agreed.id, "lapse"): NOON + rules.OPEN_FOR + rules.LAPSES_AFTER,
        (half.id, "begin"): NOON,
        (half.id, "fall_silent"): NOON + rules.SILENT_FOR,
    }
    done = db.session.get(Exchange, half.id)
    assert done.ended_at == NOON + rules.SILENT_FOR
    assert done.review_until == NOON + timedelta(days=94), "no days are lost"
    assert run_clock() == 0


def test_what_ran_out_can_not_be_answered_though_no_job_ran(market):
    exchange = ask(market)
    market.clock.move_to(NOON + timedelta(days=4))
    with pytest.raises(Refused, match="has ended"):
        actions.move(exchange.id, "accept", market.ada.id)
    db.session.rollback()
    assert db.session.get(Exchange, exchange.id).state == "requested"


def test_a_message_is_an_answer_and_comes_once(market):
    exchange = ask(market, words="Hello")
    actions.say(exchange.id, market.ada.id, "Which train?", "k")
    actions.say(exchange.id, market.ada.id, "Which train?", "k")
    actions.say(exchange.id, market.ben.id, "The one at ten", "k")
    db.session.commit()
    assert len(db.session.scalars(select(Message)).all()) == 3
    assert [e[0] for e in events()] == ["enquiry.made", "enquiry.answered"]
    move(market, exchange, "accept", "ada")
    assert [e[0] for e in events()] == ["enquiry.made", "enquiry.answered"]
    actions.mark_seen(exchange.id, market.ben.id)
    seen = {m.text: m.seen_at for m in db.session.scalars(select(Message))}
    assert seen["Which train?"] == NOON
    assert seen["The one at ten"] is None


@pytest.mark.parametrize("text", ["", "  ", "x" * (rules.LONGEST_MESSAGE + 1)])
def test_what_is_no_message(market, text):
    exchange = ask(market)
    with pytest.raises(Refused):
        actions.say(exchange.id, market.ben.id, text)


def test_whose_turn_it_is_stands_in_their_list(market):
    """The question to the database and the rule say the same of every state."""
    from community.activity.exchanges.deals import queries

    asked = ask(market)
    states = [(asked, "accept", "ada"), (asked, "confirm", "ben")]
    for step in (None, *states):
        if step:
            move(market, *step)
        for who in (market.ada.id, market.ben.id):
            lines = queries.waits_for(who, NOON)
            assert bool(lines) == (who in rules.whose_turn(asked, NOON)), asked.state
    market.clock.move_to(NOON + timedelta(days=13))
    run_clock()
    move(market, asked, "finish", "ada")
    now = NOON + timedelta(days=13)
    assert [line.id for line in queries.waits_for(market.ben.id, now)] == [asked.id]
    assert queries.waits_for(market.ada.id, now) == ()


def test_whoever_leaves_leaves_nobody_waiting(market):
    asked, got = ask(market), ask(market, "ada", "wish", terms=days())
    agreed = ask(market, "ben", "chat", terms=actions.Terms())
    move(market, agreed, "accept", "ada")
    move(market, agreed, "confirm", "ben")
    settings.leave(market.ben.id)
    db.session.commit()
    states = {e.id: e.state for e in db.session.scalars(select(Exchange))}
    assert states == {asked.id: "withdrawn", got.id: "declined", agreed.id: "cancelled"}
    told = db.session.scalars(select(Mail.subject).where(Mail.address == "ada@village.example"))
    left = [subject for subject in told if "they left this place" in subject]
    assert len(left) == 3
    assert not any("Ben" in subject for subject in left)
