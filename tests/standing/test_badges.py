"""How one comes to hold a badge and to lose it: bars, tiers, grace, hold, expiry, milestones, by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community.kit import clock
from community.standing.badge_grammar import read_badge
from community.standing.badges import Holding, assess
from community.standing.metrics import METRICS
from community.standing.needs import Asking
from tests.standing.pasts import ADA, BEN, NOW, act, alone, given, past, people

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SAID = {"name": "some", "label": "Some", "says": "Does some."}
TEN = {"metric": "x", "at_least": 10, "keep": 8}
SOME = SAID | {"rule": TEN}
NAMES = ("bronze", "silver", "gold")
TIERS = [
    {"name": name, "label": name, "rule": {"metric": "x", "at_least": bar, "keep": bar - 2}}
    for name, bar in zip(NAMES, (10, 20, 30), strict=True)
]
TIERED = SAID | {"tiers": TIERS}


def badge_of(told):
    return read_badge(told, {"x": given("x"), "y": given("y")})


def step(badge, numbers, day, before=None):
    """One assessment of members whose numbers are given."""
    ask = Asking(people(len(numbers)), {"x": given("x", *numbers), "y": given("y", *numbers)})
    return assess(badge, ask, day, before)


def course(told, *numbers, days=1):
    """What becomes of one member whose number is another one at each assessment: tier and verdict."""
    badge, held, found = badge_of(told), None, []
    for n, number in enumerate(numbers):
        assessed = step(badge, [number], FIRST + timedelta(days=days * n), held)
        held = assessed.after
        found.append((int(held.tier[0]), assessed.verdict(0)))
    return found


def tiers(told, *numbers, days=1):
    return [tier for tier, _ in course(told, *numbers, days=days)]


def test_it_is_gained_kept_by_the_gentler_bar_and_lost():
    assert course(SOME, 9, 10, 8, 7, 9, 10) == [
        (0, "none"), (1, "gain"), (1, "keep"), (0, "lose"), (0, "none"), (1, "gain"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("grace", "held"),
    [
        (0, [1, 0, 0, 0]),
        (1, [1, 1, 0, 0]),
        (2, [1, 1, 1, 0]),
    ],
)
def test_grace_lets_so_many_assessments_fail(grace, held):
    assert tiers(SOME | {"grace": grace}, 10, 7, 7, 7) == held


def test_grace_begins_anew_once_the_bar_is_met():
    assert tiers(SOME | {"grace": 1}, 10, 7, 8, 7, 8, 7, 7) == [1, 1, 1, 1, 1, 1, 0]


def test_grace_is_said():
    badge = badge_of(SOME | {"grace": 1})
    first = step(badge, [10], FIRST)
    second = step(badge, [7], FIRST + timedelta(days=1), first.after)
    assert second.is_in_grace.tolist() == [True]
    assert second.verdict(0) == "keep"
    third = step(badge, [7], FIRST + timedelta(days=2), second.after)
    assert third.is_in_grace.tolist() == [False]


def test_tiers_rise_at_once_and_fall_to_where_the_numbers_are():
    assert tiers(TIERED, 10, 30, 28, 27, 18, 17, 8, 7) == [1, 3, 3, 2, 2, 1, 1, 0]
    assert tiers(TIERED, 30, 7) == [3, 0]


def test_with_grace_one_goes_down_a_tier_at_a_time():
    assert tiers(TIERED | {"grace": 1}, 30, 0, 0, 0, 0, 0, 0) == [3, 3, 2, 2, 1, 1, 0]
    # Back up at once, and grace begins anew.
    assert tiers(TIERED | {"grace": 1}, 30, 0, 0, 30, 0, 0) == [3, 3, 2, 3, 3, 2]


def test_without_a_bar_to_keep_by_that_to_gain_by_holds():
    told = SAID | {"rule": {"metric": "x", "at_least": 10}}
    assert tiers(told, 10, 9, 10) == [1, 0, 1]


def test_higher_tiers_ask_for_the_rule_too():
    told = SAID | {"rule": {"metric": "y", "at_most": 25}, "tiers": TIERS}
    assert tiers(told, 10, 25, 30) == [1, 2, 0]


def test_tiers_need_not_ask_for_each_other():
    """Whoever falls from a tier stands where their numbers are, whatever those between say."""
    up = [{"name": "low", "label": "low", "rule": {"metric": "x", "at_least": 5}},
          {"name": "odd", "label": "odd", "rule": {"metric": "x", "exactly": 50}},
          {"name": "high", "label": "high", "rule": {"metric": "x", "at_least": 60, "keep": 55}}]  # fmt: skip
    assert tiers(SAID | {"tiers": up}, 60, 55, 54, 50, 52, 4) == [3, 3, 1, 2, 1, 0]
    # The bar to keep a higher tier by does not keep a lower one.
    assert tiers(SAID | {"tiers": up}, 50, 57) == [2, 1]


def test_a_hold_keeps_it_for_a_while_after_it_was_gained():
    assert tiers(SOME | {"hold": "P3D"}, 10, 0, 0, 0, 0) == [1, 1, 1, 0, 0]
    assert tiers(SOME | {"hold": "P3D", "grace": 1}, 10, 0, 0, 0, 0) == [1, 1, 1, 1, 0]
    # A tier that was fallen to is held as long.
    assert tiers(TIERED | {"hold": "P2D"}, 30, 0, 10, 0, 0, 0) == [3, 3, 1, 1, 0, 0]


def test_what_can_not_be_lost_is_kept_until_it_expires():
    assert tiers(SOME | {"losable": False}, 10, 0, 0) == [1, 1, 1]
    assert tiers(TIERED | {"losable": False}, 10, 20, 0) == [1, 2, 2]
    expires = SOME | {"losable": False, "expires": "P3D"}
    assert course(expires, 10, 0, 0, 0, 0, 10) == [
        (1, "gain"), (1, "keep"), (1, "keep"), (0, "lose"), (0, "none"), (1, "gain"),
    ]  # fmt: skip


def test_whoever_reaches_it_on_the_day_it_expires_holds_it_anew():
    expires = SOME | {"losable": False, "expires": "P3D"}
    assert course(expires, 10, 0, 0, 10, 0, 0, 0) == [
        (1, "gain"), (1, "keep"), (1, "keep"), (1, "keep"), (1, "keep"), (1, "keep"), (0, "lose"),
    ]  # fmt: skip
    assert tiers(TIERED | {"expires": "P3D", "losable": False}, 30, 0, 0, 10) == [3, 3, 3, 1]


def test_a_milestone_is_never_fallen_below():
    milestones = [dict(tier, milestone=tier["name"] == "silver") for tier in TIERS]
    told = SAID | {"tiers": milestones}
    assert tiers(told, 10, 0, 20, 0, 30, 0) == [1, 0, 2, 2, 3, 2]
    assert tiers(told | {"grace": 1}, 30, 0, 0, 0, 0, 0) == [3, 3, 2, 2, 2, 2]


def test_what_is_given_by_hand_is_kept_until_it_is_taken_back():
    badge = badge_of(SAID | {"manual": True})
    given_by_hand = Holding(*(np.array([n]) for n in (1, clock.to_micros(FIRST), 0, 0)))
    assessed = step(badge, [0], FIRST + timedelta(days=400), given_by_hand)
    assert (assessed.after.tier[0], assessed.verdict(0)) == (1, "keep")
    assert step(badge, [99], FIRST).verdict(0) == "none"


def test_a_tier_without_a_rule_is_given_by_hand():
    badge = badge_of(SAID | {"tiers": [*TIERS, {"name": "lead", "label": "Leads"}]})
    lead = Holding(*(np.array([n]) for n in (4, clock.to_micros(FIRST), 0, 0)))
    assert step(badge, [0], FIRST + timedelta(days=9), lead).after.tier[0] == 4
    # Without it, somebody with the highest numbers reaches the tier below.
    assert step(badge, [99], FIRST).after.tier[0] == 3
    # And who holds another tier is not kept in it by what is given by hand.
    held = Holding(*(np.array([n]) for n in (2, clock.to_micros(FIRST), 0, 0)))
    assert step(badge, [0], FIRST + timedelta(days=9), held).after.tier[0] == 0


def test_a_rule_that_lost_its_upper_tiers_takes_their_holders_in():
    badge = badge_of(SAID | {"tiers": TIERS[:1]})
    held = Holding(*(np.array([n]) for n in (3, clock.to_micros(FIRST), 0, 0)))
    assessed = step(badge, [10], FIRST + timedelta(days=1), held)
    assert (assessed.after.tier[0], assessed.verdict(0)) == (1, "lose")


def test_a_ladder_has_a_step_for_each_number():
    told = SAID | {"losable": False, "ladder": {"metric": "x", "steps": [10, 50, 100]}}
    badge = badge_of(told)
    assert [tier.name for tier in badge.tiers] == ["step-10", "step-50", "step-100"]
    assert [tier.label["en"] for tier in badge.tiers] == ["10", "50", "100"]
    assert tiers(told, 9, 10, 49, 50, 1000, 0) == [0, 1, 1, 2, 3, 3]


def test_it_is_known_since_when():
    badge = badge_of(TIERED)
    since = []
    held = None
    for n, number in enumerate((10, 10, 20, 10, 0)):
        held = step(badge, [number], FIRST + timedelta(days=n), held).after
        since.append(int(held.since[0]))
    days = [clock.to_micros(FIRST + timedelta(days=n)) for n in range(5)]
    assert since == [days[0], days[0], days[2], days[3], 0]


def test_a_rolling_badge_lapses_by_itself():
    """Whoever stops acting is assessed all the same (golden test 7 of the marketplace reference)."""
    told = SAID | {"rule": {"metric": "thanks_received", "at_least": 2, "window": "P30D"}}
    badge = read_badge(told, METRICS)
    ask = Asking(past(*[act("thanks.given", BEN, ADA, days) for days in (1, 2)]), METRICS)
    first = assess(badge, ask, NOW)
    later = assess(badge, ask, NOW + timedelta(days=40), first.after)
    assert (first.verdict(0), later.verdict(0)) == ("gain", "lose")


# Laws that hold for any badge.

NUMBERS = st.integers(0, 35)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "grace": st.integers(0, 3),
        "hold": st.sampled_from(["P1D", "P3D"]),
        "expires": st.sampled_from(["P2D", "P5D"]),
        "losable": st.booleans(),
    },
)
BADGES = st.builds(
    lambda base, more, milestone: (
        {**base, **more} if "rule" in base else
        {**base, **more, "tiers": [dict(t, milestone=t["name"] == milestone) for t in TIERS]}
    ),
    st.sampled_from([SOME, TIERED]), RULES, st.sampled_from([*NAMES, ""]),
)  # fmt: skip
MODEST = settings(max_examples=60, deadline=None)


@MODEST
@for_all(BADGES, st.lists(NUMBERS, min_size=1, max_size=8))
def test_assessing_twice_on_a_day_changes_nothing(told, numbers):
    badge, held = badge_of(told), None
    for n, number in enumerate(numbers):
        day = FIRST + timedelta(days=n)
        once = step(badge, [number], day, held).after
        twice = step(badge, [number], day, once).after
        for name in ("tier", "since", "failed", "failed_at"):
            assert getattr(once, name).tolist() == getattr(twice, name).tolist(), name
        held = once


@MODEST
@for_all(BADGES, st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_each_is_assessed_by_themselves(told, days):
    badge = badge_of(told)
    crowd, ones = None, [None] * 3
    for n, numbers in enumerate(days):
        day = FIRST + timedelta(days=n)
        crowd = step(badge, numbers, day, crowd).after
        ones = [step(badge, [numbers[m]], day, ones[m]).after for m in range(3)]
        assert crowd.tier.tolist() == [int(one.tier[0]) for one in ones]
        assert crowd.since.tolist() == [int(one.since[0]) for one in ones]


@MODEST
@for_all(BADGES, st.lists(st.tuples(NUMBERS, st.integers(0, 9)), min_size=1, max_size=8))
def test_better_numbers_never_lead_lower(told, days):
    lower = tiers(told, *(number for number, _ in days))
    higher = tiers(told, *(number + more for number, more in days))
    # Where a tier is held or runs out, a later rise begins anew: then only what was reached counts.
    if not {"hold", "expires"} & set(told):
        assert all(low <= high for low, high in zip(lower, higher, strict=True))
    assert lower[0] <= higher[0]


@MODEST
@for_all(BADGES, st.lists(NUMBERS, min_size=2, max_size=8))
def test_verdicts_say_what_changed(told, numbers):
    before = 0
    for tier, verdict in course(told, *numbers):
        assert verdict == (
            "gain" if tier > before else "lose" if tier < before else "keep" if tier else "none"
        )
        before = tier


def test_one_member_alone_holds_what_they_hold_in_the_crowd():
    told = SAID | {"rule": {"metric": "thanks_received", "at_least": 1, "window": "P30D"}}
    badge = read_badge(told, METRICS)
    whole = past(act("thanks.given", BEN, ADA, 3), act("thanks.given", ADA, BEN, 300))
    crowd = assess(badge, Asking(whole, METRICS), NOW)
    for place, member in enumerate(whole.members.tolist()):
        one = assess(badge, Asking(alone(whole, member), METRICS), NOW)
        assert one.verdict(0) == crowd.verdict(place)
