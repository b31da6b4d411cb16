"""What may be offered, published, closed: tables of cases, and properties of days and amounts."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges.offers import kinds, rules
from community.activity.members.models import EVERYONE, MEMBERS, NOBODY
from tests.activity.exchanges.offers.conftest import ROOM

ADA, BEN = 1, 2
TODAY = date(2026, 6, 1)


def offer(state="draft", *, published_at=None, is_closed_by_staff=False):
    return SimpleNamespace(
        owner_id=ADA, state=state, published_at=published_at, is_closed_by_staff=is_closed_by_staff
    )


@pytest.mark.parametrize(
    ("given", "verdict", "ground", "words", "said"),
    [
        (offer("published", published_at=TODAY), "close", "unsafe", "Why.", None),
        (offer("archived", published_at=TODAY), "close", "else", "Why.", None),
        (offer(), "close", "unsafe", "Why.", "never published"),
        (offer("published", published_at=TODAY), "close", "unsafe", "  ", "Say why"),
        (offer("published", published_at=TODAY), "close", "unsafe", "x" * 2001, "at most"),
        (offer("published", published_at=TODAY), "close", "mended", "Why.", "no ground"),
        (offer("published", published_at=TODAY), "close", "nothing", "Why.", "no ground"),
        (offer("published", published_at=TODAY), "shut", "unsafe", "Why.", "Choose what"),
        (offer("published", published_at=TODAY), "reopen", "mended", "Why.", "not closed"),
        (offer("paused", published_at=TODAY, is_closed_by_staff=True), "reopen", "mended", "Why.", None),
        (offer("paused", published_at=TODAY, is_closed_by_staff=True), "keep", "unsafe", "Why.", None),
        (offer("paused", published_at=TODAY, is_closed_by_staff=True), "reopen", "unsafe", "Why.", "no ground"),
        (offer("paused", published_at=TODAY, is_closed_by_staff=True), "close", "unsafe", "Why.", "closed already"),
    ],
)  # fmt: skip
def test_what_can_be_decided_about_an_offer(given, verdict, ground, words, said):
    reason = rules.why_not_decide(given, verdict, ground, words)
    assert (reason is None) if said is None else said in str(reason)


def test_nobody_decides_about_what_is_their_own():
    assert rules.why_not_judge(offer(), BEN, decided_by=None, has_other=True) is None
    assert "themselves" in str(rules.why_not_judge(offer(), ADA, decided_by=None, has_other=False))
    appealed = {"decided_by": BEN}
    assert "Somebody else" in str(rules.why_not_judge(offer(), BEN, **appealed, has_other=True))
    assert rules.why_not_judge(offer(), BEN, **appealed, has_other=False) is None


def kind(retired_at=None, needed=()):
    fields = [{"name": each, "label": each, "is_needed": True} for each in needed]
    return SimpleNamespace(retired_at=retired_at, fields=fields)


@pytest.mark.parametrize(
    ("rule", "by", "may"),
    [
        (rules.why_not_edit, ADA, {"draft", "published", "paused"}),
        (rules.why_not_pause, ADA, {"published"}),
        (rules.why_not_archive, ADA, {"draft", "published", "paused"}),
        (rules.why_not_restore, ADA, {"archived"}),
        (rules.why_not_edit, BEN, set()),
        (rules.why_not_pause, BEN, set()),
        (rules.why_not_archive, BEN, set()),
        (rules.why_not_restore, BEN, set()),
    ],
)
@pytest.mark.parametrize("state", rules.STATES)
def test_from_which_state_an_offer_can_be_moved_and_by_whom(rule, by, may, state):
    assert (rule(offer(state), by) is None) == (state in may)


@pytest.mark.parametrize(
    ("given", "terms", "of", "by", "sees", "said"),
    [
        (offer(), ROOM, kind(), ADA, EVERYONE, None),
        (offer("paused"), ROOM, kind(), ADA, MEMBERS, None),
        (offer(), ROOM, kind(), BEN, EVERYONE, "not yours"),
        (offer("published"), ROOM, kind(), ADA, EVERYONE, "already"),
        (offer("archived"), ROOM, kind(), ADA, EVERYONE, "Restore"),
        (offer(is_closed_by_staff=True), ROOM, kind(), ADA, EVERYONE, "closed it"),
        (offer(), ROOM, kind(retired_at=1), ADA, EVERYONE, "any more"),
        (offer(), ROOM, kind(), ADA, NOBODY, "Nobody sees your page"),
        (offer(), replace(ROOM, title="Room"), kind(), ADA, EVERYONE, "title of at least 5"),
        (offer(), replace(ROOM, text="   short    "), kind(), ADA, EVERYONE, "at least 20"),
        (offer(), ROOM, kind(needed=["space"]), ADA, EVERYONE, None),
        (offer(), ROOM, kind(needed=["view"]), ADA, EVERYONE, "Fill in “view”"),
    ],
)
def test_what_can_be_published(given, terms, of, by, sees, said):
    reason = rules.why_not_publish(given, terms, of, by, sees_profile=sees)
    assert (reason is None) if said is None else said in str(reason)


@pytest.mark.parametrize(
    ("state", "by", "kept", "may"),
    [("published", BEN, 0, True), ("published", ADA, 0, False), ("paused", BEN, 0, False),
     ("draft", BEN, 0, False), ("published", BEN, rules.MOST_KEPT, False)],
)  # fmt: skip
def test_what_can_be_kept(state, by, kept, may):
    assert (rules.why_not_keep(offer(state), by, kept) is None) == may


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [("12", "EUR", 1_200), ("12.5", "EUR", 1_250), ("12,50", "EUR", 1_250), ("1 200", "JPY", 1_200), ("0.01", "USD", 1),
     ("12.505", "EUR", None), ("12.5", "JPY", None), ("-3", "EUR", None), ("", "EUR", None), ("1e3", "EUR", None),
     ("12", "XXX", None), ("٣", "EUR", 300)],
)  # fmt: skip
def test_amounts_are_read_as_typed(typed, currency, amount):
    assert rules.amount_of(typed, currency) == amount


@given(st.integers(0, rules.LARGEST_AMOUNT), st.sampled_from(list(rules.PRECISIONS)))
def test_an_amount_comes_back_from_what_is_typed(amount, currency):
    assert rules.amount_of(rules.typed_amount(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("grain", "shortest", "longest", "may"),
    [("day", 1, None, True), ("day", 3, 3, True), ("day", 3, 2, False), ("hour", 1, 24, True), ("hour", 25, None, False),
     ("hour", 1, 25, False)],
)  # fmt: skip
def test_how_long_it_may_last(grain, shortest, longest, may):
    assert (rules.why_not_lengths(grain, shortest, longest) is None) == may


@pytest.mark.parametrize(
    ("first", "last", "booked", "closures", "may"),
    [(0, 0, (), 0, True), (1, 5, (6,), 0, True), (1, 5, (3,), 0, False), (-1, 2, (), 0, False), (3, 2, (), 0, False),
     (1, 731, (), 0, False), (1, 2, (), rules.MOST_CLOSURES, False)],
)  # fmt: skip
def test_which_days_can_be_closed(first, last, booked, closures, may):
    days = [TODAY + timedelta(days=n) for n in (first, last)]
    taken = {TODAY + timedelta(days=n) for n in booked}
    assert (rules.why_not_close(*days, TODAY, taken, closures) is None) == may


DAYS = st.integers(0, 40).map(lambda n: TODAY + timedelta(days=n))
SPANS = st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair)))
FAR = TODAY + timedelta(days=60)


@given(st.lists(st.tuples(st.booleans(), SPANS), max_size=12))
def test_closing_and_reopening_is_what_it_is_with_sets_of_days(steps):
    closures, expected = [], set()
    for is_closing, (first, last) in steps:
        closures = (rules.with_closed if is_closing else rules.with_open)(closures, first, last)
        days = rules.days_of([(first, last)], TODAY, FAR)
        expected = expected | days if is_closing else expected - days
        assert rules.days_of(closures, TODAY, FAR) == expected
        assert closures == sorted(closures)
        assert all(end < begin for (_, end), (begin, _) in pairwise(closures))


@given(st.lists(st.sampled_from(["free", "taken", "closed"]), max_size=40))
def test_stretches_hold_every_day_once(states):
    days = [(TODAY + timedelta(days=n), state) for n, state in enumerate(states)]
    found = rules.stretches(days)
    again = [
        (first + timedelta(days=n), state)
        for first, last, state in found
        for n in range((last - first).days + 1)
    ]
    assert again == days
    assert all(one[2] != other[2] for one, other in pairwise(found))


TERMS = st.builds(
    rules.Terms,
    title=st.text(max_size=10),
    text=st.text(max_size=10),
    details=st.dictionaries(
        st.sampled_from("abc"), st.one_of(st.integers(), st.booleans(), st.text(max_size=5))
    ),
    is_free=st.booleans(),
    amount=st.none() | st.integers(0, 99),
    longest=st.none() | st.integers(1, 9),
)


@given(TERMS, TERMS)
def test_the_mark_changes_exactly_when_a_promise_does(one, other):
    assert (one.mark == other.mark) == (one.differs_in(other) == []) or one.details == other.details


@given(TERMS)
def test_a_promise_comes_back_from_what_is_kept(terms):
    told = {**terms.__dict__, "kind": "x", "unit": "y", "labels": {}}
    assert rules.terms_told(told) == terms


@pytest.mark.parametrize(
    ("before", "after", "has_offers", "may"),
    [("day", "day", True, True), ("day", "hour", False, True), ("day", "hour", True, False), ("day", "year", False, False)],
)  # fmt: skip
def test_when_the_grain_of_a_kind_can_change(before, after, has_offers, may):
    assert (rules.why_not_grain(before, after, has_offers=has_offers) is None) == may


@pytest.mark.parametrize(
    ("name", "may"),
    [("boat", True), ("boat-2", True), ("stay", False), ("Boat", False), ("2boats", False), ("b", False), ("a/b", False), ("", False)],
)  # fmt: skip
def test_names_of_kinds(name, may):
    assert (rules.why_not_kind_name(name, ["stay"]) is None) == may


def test_kinds_that_come_with_kith_are_whole():
    for each in kinds.SHIPPED.values():
        assert each.grain in kinds.GRAINS
        assert each.scores
        assert all(f.input in kinds.INPUTS for f in each.fields)
        assert all(bool(f.choices) == (f.input == "choice") for f in each.fields)
        names = [f.name for f in each.fields]
        assert len(set(names)) == len(names) <= rules.MOST_FIELDS
        assert len(each.scores) <= rules.MOST_ASPECTS
        assert len(each.unit.text) <= 40
        assert len(each.label.text) <= 60
