"""Needs and their trees: every operator at its bar, what is missing, small samples, and laws that hold for all."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community.kit.words import N_
from community.standing.categories import NO_CATEGORY, Category
from community.standing.grammar import read_rule
from community.standing.metrics import METRICS
from community.standing.needs import (
    AllOf,
    AnyOf,
    Asking,
    AtLeast,
    BadRule,
    Need,
    Spread,
    judge,
    needs_of,
    spread_over,
    top_bars,
    top_name,
)
from community.standing.windows import Length, Window
from tests.standing.pasts import ADA, BEN, CY, HERS, NOW, ROOM, act, alone, given, past, people

NONE = float("nan")
MODEST = settings(max_examples=60, deadline=None)


def judged(node, *metrics, bars=None, as_of=NOW):
    """Who meets a rule by the bars to gain and to keep, of members whose numbers are given."""
    many = len(metrics[0].fold.numbers)
    ask = Asking(people(many), {metric.name: metric for metric in metrics}, bars)
    found = judge(node, ask, as_of)
    return found.gain.tolist(), found.keep.tolist()


def grouped(need, numbers, groups, bars=None):
    """The leaf of a need about members whose numbers and groups are given."""
    group = Category("group", N_("those alike"), lambda past, as_of: np.array(groups, np.int64))
    metrics = {"x": given("x", *numbers)}
    ask = Asking(people(len(numbers)), metrics, bars, {"group": group})
    (leaf,) = judge(need, ask, NOW).leaves
    return leaf, top_bars([need], ask, NOW)


def gains(need, *numbers, **more):
    return judged(need, given("x", *numbers, **more))[0]


@pytest.mark.parametrize(
    ("op", "met"),
    [
        ("at_least", [False, True, True]),
        ("more_than", [False, False, True]),
        ("at_most", [True, True, False]),
        ("less_than", [True, False, False]),
        ("exactly", [False, True, False]),
    ],
)
def test_each_operator_at_its_bar(op, met):
    assert gains(Need("x", op, 5), 4, 5, 6) == met


@pytest.mark.parametrize("if_none", [True, False])
@pytest.mark.parametrize("op", ["at_least", "more_than", "at_most", "less_than", "exactly", "top"])
def test_no_number_meets_or_fails_as_the_rule_says(op, if_none):
    assert gains(Need("x", op, 0.5, if_none=if_none), NONE, 1)[0] is if_none


@pytest.mark.parametrize(
    ("op", "if_none", "met"),
    [
        ("at_least", False, [False, False, True]),
        ("at_least", True, [True, True, True]),
        ("at_most", True, [True, True, False]),
        ("at_most", False, [False, False, False]),
    ],
)
def test_a_small_sample_is_no_number(op, if_none, met):
    need = Need("x", op, 4, least_n=5, if_none=if_none)
    assert gains(need, 4.9, 2, 4.5, samples=(0, 4, 5)) == met


def test_holders_have_a_gentler_bar():
    rate = given("x", 4.69, 4.7, 4.8, shown_as="stars")
    assert judged(Need("x", "at_least", 4.8, keep=4.7), rate) == (
        [False, False, True],
        [False, True, True],
    )
    assert judged(Need("x", "at_least", 4.8), rate)[1] == [False, False, True]


def test_one_mishap_of_few_costs_nothing():
    """A share passes by its number of cases, too (eBay's floor beside the percentage)."""
    acts = [act("exchange.completed", BEN, ADA, days, about=ROOM) for days in range(1, 10)]
    acts.append(act("exchange.cancelled", ADA, BEN, 5, about=ROOM))
    one = past(*acts)
    two = past(*acts, act("exchange.cancelled", ADA, CY, 4, about=ROOM))
    strict = Need("cancellation_rate", "at_most", 0.01, if_none=True)
    mild = Need("cancellation_rate", "at_most", 0.01, if_none=True, or_count_max=1)
    assert not judge(strict, Asking(one, METRICS), NOW).gain[0]
    assert judge(mild, Asking(one, METRICS), NOW).gain[0]
    assert not judge(mild, Asking(two, METRICS), NOW).gain[0]


def test_thanks_must_come_from_many_on_many_days():
    def met(*thanks, keep=None):
        need = Need("thanks_received", "at_least", 4, keep, spread=Spread(people=0.5, days=0.75))
        leaf = judge(need, Asking(past(*thanks), METRICS), NOW)
        return bool(leaf.gain[0]), bool(leaf.keep[0])

    def thanks(*told):
        return [act("thanks.given", who, ADA, days) for who, days in told]

    spread = thanks((BEN, 1), (BEN, 2), (CY, 3), (CY, 3))
    assert met(*spread) == (True, True)
    assert met(*thanks((BEN, 1), (BEN, 2), (BEN, 3), (BEN, 4))) == (False, False)
    assert met(*thanks((BEN, 1), (CY, 1), (BEN, 2), (CY, 2))) == (False, False)
    # Two thirds of the days are enough for a bar of two.
    assert met(*thanks((BEN, 1), (CY, 2)), keep=2) == (False, True)


@pytest.mark.parametrize(
    ("share", "bar", "many"),
    [
        (0.2, 20, 4),
        (0.25, 20, 5),
        (0.2, 15, 3),
        (0.07, 100, 7),
        (0.2, 18, 4),
        (0.2, 4.5, 1),
        (0, 9, 0),
    ],
)
def test_a_share_of_a_bar_is_a_whole_number(share, bar, many):
    assert spread_over(share, bar) == many


def test_only_counts_are_spread():
    need = Need("partners", "at_least", 4, spread=Spread(people=0.5))
    with pytest.raises(BadRule, match="no count"):
        judge(need, Asking(past(), METRICS), NOW)


@pytest.mark.parametrize(
    ("numbers", "share", "met"),
    [
        (range(1, 11), 0.1, [10]),
        (range(1, 11), 0.25, [9, 10]),
        (range(1, 91), 0.1, list(range(82, 91))),
        ([7], 0.1, [7]),
        ([3, 9, 9, 9, 1, 1, 1, 1, 1, 1], 0.2, [9, 9, 9]),  # Equals stand together.
        ([0] * 19 + [5], 0.5, [5]),  # Nobody is among the first with nothing.
        ([0, 0], 0.5, []),
    ],
)
def test_the_first_of_a_community(numbers, share, met):
    numbers = list(numbers)
    found = gains(Need("x", "top", share), *numbers)
    assert [n for n, is_met in zip(numbers, found, strict=True) if is_met] == met


def test_a_small_sample_does_not_compete():
    need = Need("x", "top", 0.5, least_n=5)
    assert gains(need, 5, 4, 3, samples=(1, 5, 5)) == [False, True, False]


def test_one_member_is_judged_by_the_bars_of_all():
    need = Need("x", "top", 0.25, keep=0.5)
    every = given("x", *range(1, 21))
    bars = top_bars([need], Asking(people(20), {"x": every}), NOW)
    assert judged(need, given("x", 16), bars=bars) == ([True], [True])
    assert judged(need, given("x", 15), bars=bars) == ([False], [True])
    assert judged(need, given("x", 10), bars=bars) == ([False], [False])
    assert judged(need, given("x", 99), bars={}) == ([False], [False])


@pytest.mark.parametrize(
    ("numbers", "groups", "share", "met"),
    [
        ([1, 2, 3, 4, 10, 20], [0, 0, 0, 0, 1, 1], 0.5, [3, 4, 20]),
        ([1, 20, 2, 10], [0, 1, 0, 1], 0.1, [20, 2]),
        ([9, 1, 2], [5, 0, 0], 0.1, [9, 2]),  # Who is alone is the first.
        ([], [], 0.5, []),
        ([4, 5], [NO_CATEGORY, NO_CATEGORY], 0.5, []),
        ([99, 1, 2], [NO_CATEGORY, 0, 0], 0.5, [2]),  # Who is of none neither competes nor counts.
        ([0, 0, 3], [0, 0, 1], 0.5, [3]),  # Where all have nothing nobody is the first.
        ([NONE, 7, 3], [0, 1, 1], 0.5, [7]),
        ([5, 5, 1, 7, 6], [0, 0, 0, 1, 1], 0.3, [5, 5, 7]),  # Equals stand together.
        ([5, 1, 5, 4], [0, 0, 1, 1], 0.5, [5, 5]),
    ],
)
def test_the_first_within_a_category(numbers, groups, share, met):
    leaf, _ = grouped(Need("x", "top", share, within="group"), numbers, groups)
    assert [n for n, is_met in zip(numbers, leaf.gain, strict=True) if is_met] == met


def test_each_is_held_to_the_bars_of_their_own_category():
    need = Need("x", "top", 0.25, keep=0.5, within="group")
    numbers, groups = [1, 2, 3, 4, 60, 70, 80, 90, 5], [0] * 4 + [1] * 4 + [NO_CATEGORY]
    leaf, bars = grouped(need, numbers, groups)
    assert leaf.gain.tolist() == [n in (4, 90) for n in numbers]
    assert leaf.keep.tolist() == [n in (3, 4, 80, 90) for n in numbers]
    assert [leaf.bar_for(n, is_held=False) for n in (0, 4, 8)] == [4, 90, math.inf]
    assert [leaf.bar_for(n, is_held=True) for n in (0, 4, 8)] == [3, 80, math.inf]
    assert leaf.category.tolist() == groups
    assert bars == {
        "x:0.25:::::1:group:0": 4,
        "x:0.25:::::1:group:1": 90,
        "x:0.5:::::1:group:0": 3,
        "x:0.5:::::1:group:1": 80,
    }


@pytest.mark.parametrize(
    ("number", "group", "gain", "keep"),
    [
        (4, 0, True, True),
        (3, 0, False, True),
        (4, 1, False, False),
        (90, 1, True, True),
        (99, 2, False, False),  # Nobody of that category had been there to set a bar.
        (99, NO_CATEGORY, False, False),
        (math.inf, NO_CATEGORY, False, False),
    ],
)
def test_one_alone_is_judged_by_the_bars_of_their_category(number, group, gain, keep):
    need = Need("x", "top", 0.25, keep=0.5, within="group")
    _, bars = grouped(need, [1, 2, 3, 4, 60, 70, 80, 90], [0] * 4 + [1] * 4)
    leaf, _ = grouped(need, [number], [group], bars)
    assert (bool(leaf.gain[0]), bool(leaf.keep[0])) == (gain, keep)


@pytest.mark.parametrize(("group", "is_met"), [(0, True), (NO_CATEGORY, False)])
def test_having_none_yet_is_not_enough_for_whoever_is_of_no_category(group, is_met):
    need = Need("x", "top", 0.5, if_none=True, within="group")
    leaf, _ = grouped(need, [NONE], [group])
    assert (bool(leaf.gain[0]), bool(leaf.keep[0])) == (is_met, is_met)


def test_categories_are_asked_for_once_and_forgotten():
    asked = []
    group = Category(
        "group", N_("those alike"), lambda past, as_of: asked.append(as_of) or np.zeros(2, int)
    )
    ask = Asking(people(2), {"x": given("x", 1, 2)}, None, {"group": group})
    need = Need("x", "top", 0.5, keep=0.6, within="group")
    judge(need, ask, NOW)
    judge(need, ask, NOW)
    ask.forget()
    judge(need, ask, NOW)
    assert asked == [NOW, NOW]


def test_a_bar_keeps_its_name():
    """Those that are kept since before there were categories are found again."""
    year = Window(Length(months=12))
    assert top_name(Need("trust", "top", 0.1), 0.1) == "trust:0.1:::::1"
    asked = Need("x", "top", 0.1, window=year, each=3, least_n=5)
    assert top_name(asked, 0.2) == "x:0.2:P12M:::3:5"


def test_where_nobody_competes_no_bar_is_kept():
    assert grouped(Need("x", "top", 0.1), [0, NONE], [0, 0])[1] == {}
    assert grouped(Need("x", "top", 0.1, within="group"), [0, NONE], [0, 0])[1] == {}


def test_bars_of_different_questions_are_kept_apart():
    year, month = Window(Length(months=12)), Window(Length(months=1))
    asked = [
        Need("x", "top", 0.1),
        Need("x", "top", 0.1, window=year),
        Need("x", "top", 0.1, window=month),
        Need("x", "top", 0.1, window=Window(until="month")),
        Need("x", "top", 0.1, window=Window(of="month")),
        Need("x", "top", 0.1, each=3),
        Need("x", "top", 0.1, least_n=5),
        Need("y", "top", 0.1),
        Need("x", "top", 0.2),
        Need("x", "top", 0.1, within="cohort"),
        Need("x", "top", 0.1, within="dealing"),
    ]
    assert len({top_name(need, need.gain) for need in asked}) == len(asked)


def test_trees_need_all_or_one_of_their_parts():
    low, high = given("a", 1, 9, 9), given("b", 9, 1, 9)
    parts = (Need("a", "at_least", 5), Need("b", "at_least", 5))
    assert judged(AllOf(parts), low, high)[0] == [False, False, True]
    assert judged(AnyOf(parts), low, high)[0] == [True, True, True]
    assert judged(AllOf((AnyOf(parts), Need("a", "at_most", 1))), low, high)[0] == [
        True,
        False,
        False,
    ]


def test_leaves_say_where_they_stand():
    parts = (Need("a", "at_least", 5), AnyOf((Need("b", "at_least", 5), Need("a", "at_most", 1))))
    ask = Asking(people(1), {"a": given("a", 1), "b": given("b", 2)})
    assert [leaf.path for leaf in judge(AllOf(parts), ask, NOW).leaves] == ["0", "1.0", "1.1"]
    tier = judge(AllOf(parts), ask, NOW, "gold").leaves
    assert [leaf.path for leaf in tier] == ["gold.0", "gold.1.0", "gold.1.1"]
    assert [leaf.path for leaf in judge(parts[0], ask, NOW, "gold").leaves] == ["gold"]


def weeks(*active, member=ADA):
    """One thank-you in each of so many weeks ago."""
    return [act("thanks.given", member, BEN, 7 * week + 3) for week in active]


@pytest.mark.parametrize(
    ("active", "is_met"),
    [
        (range(16), True),
        (range(13), True),
        (range(12), False),
        ([*range(12), 15], True),
        ([*range(12), 16], False),  # The seventeenth week lies too far back.
        ([0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15], True),
    ],
)
def test_so_many_of_the_last_weeks(active, is_met):
    """Upwork's thirteen of sixteen."""
    need = Need("thanks_given", "at_least", 1, window=Window(Length(days=7)))
    node = AtLeast(13, 16, "week", need)
    found = judge(node, Asking(past(*weeks(*active)), METRICS), NOW)
    assert bool(found.gain[0]) is is_met
    assert [leaf.path for leaf in found.leaves] == [str(n) for n in range(16)]
    assert found.leaves[15].as_of == NOW - timedelta(weeks=15)


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_units_go_back_by_the_calendar(unit):
    day = datetime(2026, 5, 31, 12, tzinfo=UTC)
    node = AtLeast(1, 2, unit, Need("thanks_given", "at_least", 1))
    before = judge(node, Asking(past(), METRICS), day).leaves[1].as_of
    expected = {"day": (2026, 5, 30), "week": (2026, 5, 24), "month": (2026, 4, 30),
                "quarter": (2026, 2, 28), "year": (2025, 5, 31)}[unit]  # fmt: skip
    assert (before.year, before.month, before.day) == expected


def test_a_window_is_what_the_rule_says_or_else_the_metric():
    acts = [act("thanks.given", BEN, ADA, days) for days in (10, 50, 400)]
    ask = Asking(past(*acts), METRICS)
    for window, many in ((None, 2), (Window(Length(days=30)), 1), (Window(), 3)):
        assert ask(Need("thanks_received", "at_least", 1, window=window), NOW).value[0] == many


def test_questions_are_asked_once_and_forgotten():
    ask = Asking(past(act("thanks.given", BEN, ADA)), METRICS)
    need = Need("thanks_received", "at_least", 1)
    assert ask(need, NOW) is ask(need, NOW)
    kept = ask(need, NOW)
    ask.forget()
    assert ask(need, NOW) is not kept


def test_all_needs_of_a_tree_are_found():
    a, b, c = (Need(name, "at_least", 1) for name in "abc")
    assert list(needs_of(AllOf((a, AnyOf((b, AtLeast(1, 2, "week", c))))))) == [a, b, c]


# Laws that hold for any rule.

RISING = st.sampled_from(["at_least", "more_than"])
SMALL = st.integers(0, 12)


@st.composite
def rising_needs(draw):
    gain = draw(SMALL)
    return Need(
        draw(st.sampled_from("ab")),
        draw(RISING),
        gain,
        keep=draw(st.none() | st.integers(0, gain)),
        least_n=draw(st.integers(0, 3)),
    )


TREES = st.recursive(
    rising_needs(),
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([AllOf, AnyOf]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@MODEST
@for_all(TREES, SMALL, SMALL, SMALL, SMALL)
def test_a_better_number_never_loses(tree, a, b, more_a, more_b):
    found = judged(tree, given("a", a, a + more_a), given("b", b, b + more_b))
    for had, has in found:
        assert has or not had


@MODEST
@for_all(TREES, SMALL, SMALL)
def test_keeping_is_never_harder_than_gaining(tree, a, b):
    (gain,), (keep,) = judged(tree, given("a", a), given("b", b))
    assert keep or not gain


@MODEST
@for_all(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.floats(0.01, 0.99), SMALL)
def test_who_rises_stays_among_the_first(numbers, share, more):
    need = Need("x", "top", share)
    before = gains(need, *numbers)
    after = gains(need, numbers[0] + more, *numbers[1:])
    assert after[0] or not before[0]
    has_any = [number for number in numbers if number]
    first = sorted(has_any)[-max(math.floor(share * len(has_any) + 1e-9), 1) :] if has_any else []
    assert sum(before) >= len(first)
    assert sum(n > min(first, default=0) for n in numbers) < max(len(first), 1)


@MODEST
@for_all(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 3)), max_size=25), st.floats(0.01, 0.99)
)
def test_within_a_category_one_is_judged_as_if_there_were_no_others(people, share):
    numbers, groups = [n for n, _ in people], [group for _, group in people]
    leaf, _ = grouped(Need("x", "top", share, within="group"), numbers, groups)
    for group in set(groups):
        found = [bool(met) for met, own in zip(leaf.gain, groups, strict=True) if own == group]
        same = [n for n, own in people if own == group]
        alike = gains(Need("x", "top", share), *same)
        assert found == (alike if group != NO_CATEGORY else [False] * len(same))


KINDS = ("exchange.completed", "exchange.cancelled", "review.published", "thanks.given",
         "enquiry.made", "enquiry.answered", "flag.upheld")  # fmt: skip
ACTS = st.lists(
    st.builds(
        lambda kind, pair, days, value, about: act(kind, *pair, days, value, about),
        st.sampled_from(KINDS),
        st.permutations([ADA, BEN, CY]).map(lambda order: order[:2]),
        st.floats(0, 500),
        st.sampled_from([None, 1, 3, 5]),
        st.sampled_from([None, ROOM, HERS]),
    ),
    max_size=25,
)
RULE = read_rule(
    {"all": [
        {"any": [{"metric": "exchanges_hosted", "at_least": 2, "keep": 1},
                 {"metric": "thanks_received", "at_least": 2, "spread": {"people": 0.5}}]},
        {"metric": "rating_weighed", "at_least": 4.4, "keep": 4.0, "if_none": "pass"},
        {"metric": "response_rate", "at_least": 0.5, "min_n": 2, "if_none": "pass"},
        {"metric": "cancellation_rate", "at_most": 0.2, "or_count_max": 1},
        {"at_least_of": {"k": 1, "of": 3, "unit": "month",
                         "need": {"metric": "days_active", "at_least": 1, "window": "P1M"}}},
    ]},
    METRICS,
)  # fmt: skip


@MODEST
@for_all(ACTS)
def test_one_member_alone_is_judged_as_within_the_crowd(acts):
    whole = past(*acts)
    crowd = judge(RULE, Asking(whole, METRICS), NOW)
    for place, member in enumerate((ADA, BEN, CY)):
        only = judge(RULE, Asking(alone(whole, member), METRICS), NOW)
        assert (only.gain[0], only.keep[0]) == (crowd.gain[place], crowd.keep[place])


@MODEST
@for_all(ACTS, st.permutations([0, 1, 2]))
def test_who_comes_first_does_not_matter(acts, order):
    """The same past under other names for the three gives the same verdicts under those names."""
    names = dict(zip((ADA, BEN, CY), (np.array([ADA, BEN, CY])[order]).tolist(), strict=True))
    whole = past(*acts)
    renamed = [
        {**one, **{side: names.get(one[side], one[side]) for side in ("actor", "other")}}
        for one in acts
    ]
    other = past(*renamed)
    other.items.owner[:] = [names.get(owner, owner) for owner in whole.items.owner.tolist()]
    had, now = (judge(RULE, Asking(each, METRICS), NOW) for each in (whole, other))
    places = [names[member] - 1 for member in (ADA, BEN, CY)]
    assert now.gain[places].tolist() == had.gain.tolist()
    assert now.keep[places].tolist() == had.keep.tolist()
