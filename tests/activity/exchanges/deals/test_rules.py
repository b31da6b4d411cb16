"""The table of moves, and every rule as a table of cases."""

import ast
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from community.activity.exchanges.deals import rules, terms
from community.activity.exchanges.deals.rules import MOVES, STATES
from scripts import states
from tests.conftest import NOON

ASKER, OWNER, STRANGER = 1, 2, 3
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Deal:
    state: str = "requested"
    asker_id: int = ASKER
    owner_id: int = OWNER
    done_by: int | None = None
    starts_at: datetime | None = NOON
    ends_at: datetime | None = NOON + 2 * DAY
    late_at: datetime | None = NOON
    confirmed_at: datetime | None = NOON - 5 * DAY
    ended_at: datetime | None = None


@dataclass
class Offer:
    owner_id: int = OWNER
    grain: str = "day"
    state: str = "published"
    is_closed_by_staff: bool = False
    is_owner_here: bool = True
    time_zone: str = "UTC"
    quantity: int = 1
    shortest: int = 1
    longest: int | None = None


def test_the_table_is_sound():
    assert all(b in STATES and not STATES[b].is_end for m in MOVES for b in m.before)
    assert all(m.after in STATES for m in MOVES)
    lines = [(m.name, b) for m in MOVES for b in m.before]
    assert len(lines) == len(set(lines)), "a move out of a state leads to one place"
    reached, waiting = set(), [rules.FIRST]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting += [m.after for m in MOVES if state in m.before and m.after not in reached]
    assert reached == set(STATES)
    for state in STATES.values():
        out = [m for m in MOVES if state.name in m.before]
        assert bool(out) != state.is_end
        assert state.is_end or any(m.by == "clock" for m in out), "nothing stands for ever"
    for reason in rules.REASONS.values():
        assert all(rules.move_named(name).has_reason for name in reason.moves)


@pytest.mark.parametrize(
    ("reason", "name", "is_owner", "goes"),
    [
        ("against_rules", "cancel", True, True),
        ("against_rules", "cancel", False, False),
        ("against_rules", "decline", True, True),
        ("plans_changed", "cancel", False, True),
        ("plans_changed", "decline", True, False),
        ("", "cancel", True, False),
        ("", "accept", True, True),
    ],
)
def test_a_reason_fits_the_move_and_the_side(reason, name, is_owner, goes):
    line = rules.move_named(name)
    assert (rules.why_not_reason(reason, line, is_owner=is_owner) is None) == goes


ALLOWED = {
    "requested": {ASKER: "withdraw", OWNER: "accept counter decline"},
    "countered": {ASKER: "agree ask_again withdraw", OWNER: "decline"},
    "accepted": {ASKER: "confirm withdraw", OWNER: "cancel"},
    "confirmed": {ASKER: "cancel", OWNER: "cancel"},
    "under_way": {ASKER: "cancel complain miss", OWNER: "cancel complain miss"},
}


@pytest.mark.parametrize("state", list(STATES))
def test_what_each_side_can_do(state):
    now = NOON - HOUR if state in rules.OPEN or state == "confirmed" else NOON + HOUR
    for who in (ASKER, OWNER, STRANGER):
        can = sorted(m.name for m in rules.moves_of(Deal(state), who, now))
        expected = ALLOWED.get(state, {}).get(who, "").split()
        if state == "half_done" and who != STRANGER:
            expected = ["complain", "miss"]
        assert can == expected, (state, who)


@pytest.mark.parametrize(
    ("state", "move", "at", "says"),
    [
        ("requested", "accept", NOON, "Its time has come"),
        ("accepted", "confirm", NOON, "Its time has come"),
        ("countered", "agree", NOON, "Its time has come"),
        ("under_way", "finish", NOON + DAY - HOUR, "It is not over yet."),
        ("under_way", "finish", NOON + DAY, None),
        ("under_way", "cancel", NOON + 2 * DAY - HOUR, None),
        ("under_way", "cancel", NOON + 2 * DAY, "It is over already."),
        ("under_way", "miss", NOON + 9 * DAY, None),
        ("completed", "cancel", NOON, "has ended"),
        ("requested", "confirm", NOON - HOUR, "stands at"),
        ("requested", "expire", NOON, "by hand"),
    ],
)
def test_when_a_move_can_be_made(state, move, at, says):
    line = rules.move_from(state, move)
    by = OWNER if line is None or line.by in ("owner", "either") else ASKER
    why_not = rules.why_not_move(Deal(state), move, by, at)
    assert (why_not is None) if says is None else says in str(why_not)


def test_who_said_it_is_done_does_not_say_it_twice():
    deal = Deal("half_done", done_by=ASKER)
    assert "You said so already" in str(rules.why_not_move(deal, "finish", ASKER, NOON + 3 * DAY))
    assert rules.why_not_move(deal, "finish", OWNER, NOON + 3 * DAY) is None


@pytest.mark.parametrize(
    ("deal", "now", "due", "move"),
    [
        (Deal("requested"), NOON - 9 * DAY, NOON - 6 * DAY, "expire"),
        (Deal("requested"), NOON - DAY, NOON, "expire"),
        (Deal("requested", starts_at=None, ends_at=None), NOON, NOON + 3 * DAY, "expire"),
        (Deal("countered"), NOON - 2 * DAY, NOON, "expire"),
        (Deal("accepted"), NOON - 9 * DAY, NOON - 7 * DAY, "expire"),
        (Deal("confirmed"), NOON - 9 * DAY, NOON, "begin"),
        (Deal("confirmed", starts_at=None, ends_at=None), NOON, NOON, "begin"),
        (Deal("under_way"), NOON, NOON + 2 * DAY, None),
        (Deal("under_way"), NOON + 2 * DAY, NOON + 16 * DAY, "lapse"),
        (Deal("under_way", starts_at=None, ends_at=None), NOON, NOON + 55 * DAY, None),
        (Deal("half_done"), NOON + 3 * DAY, NOON + 6 * DAY, "fall_silent"),
        (Deal("half_done"), NOON + DAY, NOON + 5 * DAY, "fall_silent"),
        (Deal("completed"), NOON, None, None),
        (Deal("cancelled"), NOON, None, None),
    ],
)
def test_what_the_clock_does_and_when(deal, now, due, move):
    assert rules.due(deal, now) == due
    if due is not None:
        assert rules.clock_move(deal, due) == move


@pytest.mark.parametrize(
    ("state", "at", "is_late"),
    [
        ("confirmed", NOON - HOUR, False),
        ("confirmed", NOON, True),
        ("under_way", NOON + HOUR, True),
        ("accepted", NOON + HOUR, False),
    ],
)
def test_when_it_is_late_to_cancel(state, at, is_late):
    assert rules.is_late(Deal(state), at) is is_late
    evening = Deal(state, starts_at=NOON + 8 * HOUR)
    assert rules.is_late(evening, at) is is_late, "late from the morning on"
    assert not rules.is_late(Deal(state, starts_at=None, late_at=None), at)


TERMS = terms.of_days(date(2026, 6, 10), date(2026, 6, 12), terms.ZoneInfo("UTC"))


def whole(**more):
    return terms.Terms(**more)


@pytest.mark.parametrize(
    ("offer", "asked", "more", "says"),
    [
        (Offer(), TERMS, {}, None),
        (Offer(owner_id=ASKER), TERMS, {}, "This is your own."),
        (Offer(state="draft"), TERMS, {}, "not offered any more"),
        (Offer(state="archived"), TERMS, {}, "not offered any more"),
        (Offer(state="paused"), TERMS, {}, "It is paused"),
        (Offer(is_closed_by_staff=True), TERMS, {}, "not offered any more"),
        (Offer(is_owner_here=False), TERMS, {}, "not moved in yet"),
        (Offer(), whole(), {}, "Say from when to when."),
        (Offer(shortest=4), TERMS, {}, "too short: at least 4"),
        (Offer(longest=2), TERMS, {}, "too long: at most 2"),
        (Offer(), TERMS, {"closed": [(date(2026, 6, 12), date(2026, 7, 1))]}, "2026-06-12"),
        (Offer(), TERMS, {"closed": [(date(2026, 6, 13), date(2026, 7, 1))]}, None),
        (Offer(), TERMS, {"full": {date(2026, 6, 11).toordinal()}}, "taken on 2026-06-11"),
        (Offer(), TERMS, {"full": {date(2026, 6, 13).toordinal()}}, None),
        (Offer(), TERMS, {"waiting": 20}, "20 of your requests are open"),
        (Offer(), TERMS, {"waiting": 5, "waiting_with_owner": 5}, "wait with them already"),
        (Offer(grain="once"), whole(), {}, None),
        (Offer(grain="once"), whole(), {"full": {0}}, "Somebody has it"),
        (Offer(grain="once"), whole(units=2), {}, "more than can be agreed"),
        (Offer(grain="open"), whole(units=0), {}, "at least one"),
        (Offer(grain="open"), whole(units=3), {}, None),
        (Offer(grain="open"), whole(amount=-1), {}, "no amount"),
        (Offer(), terms.of_days(date(2026, 6, 1), date(2026, 6, 2), terms.ZoneInfo("UTC")), {}, "tomorrow at the earliest"),
        (Offer(), terms.of_days(date(2026, 5, 1), date(2026, 5, 2), terms.ZoneInfo("UTC")), {}, "over already"),
        (Offer(), terms.of_days(date(2028, 6, 10), date(2028, 6, 12), terms.ZoneInfo("UTC")), {}, "too far ahead"),
        (Offer(), terms.of_days(date(2026, 6, 10), date(2027, 6, 12), terms.ZoneInfo("UTC")), {}, "more than can be agreed"),
    ],
)  # fmt: skip
def test_who_can_ask_for_what(offer, asked, more, says):
    given = {"closed": (), "full": (), "waiting": 0, "waiting_with_owner": 0, **more}
    why_not = rules.why_not_ask(offer, ASKER, asked, NOON, given.pop("closed"), given.pop("full"), **given)  # fmt: skip
    assert (why_not is None) if says is None else says in str(why_not)


@pytest.mark.parametrize(
    ("by", "text", "ended", "says"),
    [
        (ASKER, "Hello", None, None),
        (STRANGER, "Hello", None, "between others"),
        (OWNER, "  ", None, "Write something"),
        (OWNER, "x" * 4001, None, "at most 4000"),
        (OWNER, "Your scarf is here", NOON - 89 * DAY, None),
        (OWNER, "Your scarf is here", NOON - 91 * DAY, "ended long ago"),
    ],
)
def test_who_can_write(by, text, ended, says):
    why_not = rules.why_not_say(Deal(ended_at=ended), by, text, NOON)
    assert (why_not is None) if says is None else says in str(why_not)


@pytest.mark.parametrize(
    ("state", "who", "now", "out"),
    [
        ("requested", ASKER, NOON - DAY, "withdraw"),
        ("countered", OWNER, NOON - DAY, "decline"),
        ("accepted", OWNER, NOON - DAY, "cancel"),
        ("confirmed", ASKER, NOON - DAY, "cancel"),
        ("under_way", OWNER, NOON + DAY, "cancel"),
        ("under_way", OWNER, NOON + 3 * DAY, None),
        ("half_done", OWNER, NOON + 3 * DAY, None),
    ],
)
def test_how_somebody_who_goes_leaves_an_exchange(state, who, now, out):
    line = rules.way_out(Deal(state), who, now)
    assert (line and line.name) == out


def test_docs_say_what_the_table_says():
    page = states.PAGE.read_text()
    assert page == states.put(page), "run scripts/states.py"


def test_rules_and_terms_know_neither_pages_nor_tables():
    for module in (rules, terms):
        tree = ast.parse(Path(module.__file__).read_text())
        names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not [name for name in names if name.split(".")[0] in ("flask", "sqlalchemy")]
