"""What an assessment said of one member: whole, plain, with its evidence, and how far it is to the bar."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community.kit import clock
from community.standing.badge_grammar import read_badge
from community.standing.badges import Holding, assess
from community.standing.decisions import Missing, decide, progress
from community.standing.metrics import METRICS
from community.standing.needs import Asking
from tests.standing.pasts import ADA, BEN, CY, NOW, ROOM, act, alone, given, past, people

SAID = {"name": "some", "label": "Some", "says": "Does some."}
HOSTED = {"metric": "exchanges_hosted", "at_least": 3, "keep": 2}
STAYS = [act("exchange.completed", who, ADA, days, about=ROOM) for who, days in ((BEN, 9), (CY, 5), (BEN, 2))]  # fmt: skip


def held(tier, days=100):
    return Holding(
        *(np.array([n]) for n in (tier, clock.to_micros(NOW - timedelta(days=days)), 0, 0))
    )


def decided(rule, *acts, before=None, tier=None, as_of=NOW, more=None, **of_past):
    """The decision about Ada."""
    told = SAID | ({"rule": rule} if rule else {}) | (more or {})
    badge = read_badge(told, METRICS)
    whole = alone(past(*acts, **of_past))
    assessed = assess(badge, Asking(whole, METRICS), as_of, before)
    return decide(badge, assessed, whole, METRICS, tier=tier)


def test_it_says_who_what_when_by_which_version():
    badge = read_badge(SAID | {"rule": HOSTED}, METRICS)
    found = decided(HOSTED, *STAYS)
    assert (found.badge, found.digest, found.member, found.as_of) == (
        "some",
        badge.digest,
        ADA,
        NOW,
    )
    assert (found.verdict, found.before, found.after, found.tier) == ("gain", 0, 1, 1)
    assert found.next == datetime(2026, 7, 1, tzinfo=UTC)
    assert (found.is_held, found.is_in_grace, found.passes, found.missing) == (
        True,
        False,
        (True,),
        (),
    )


def test_each_need_comes_with_its_numbers_and_evidence():
    rate = {"metric": "cancellation_rate", "at_most": 0.5}
    cancelled = act("exchange.cancelled", ADA, BEN, 4, about=ROOM)
    first, second = decided({"all": [HOSTED, rate]}, *STAYS, cancelled).findings
    assert (first.path, first.metric, first.op, first.bar, first.band) == (
        "0", "exchanges_hosted", "at_least", 3, "gain",
    )  # fmt: skip
    assert (first.value, first.num, first.den, first.is_met) == (3, 3, 3, True)
    assert first.window == (
        NOW.replace(year=2025) + timedelta(microseconds=1),
        NOW + timedelta(microseconds=1),
    )
    assert first.evidence == (3, 2, 1)
    assert (second.path, second.value, second.num, second.den) == ("1", 0.25, 1, 4)
    assert second.evidence == (4,)
    assert (first.missing, second.missing) == (None, None)


def test_holders_are_judged_by_the_bar_to_keep_by():
    found = decided(HOSTED, *STAYS[1:], before=held(1))
    assert (found.verdict, found.findings[0].bar, found.findings[0].band) == ("keep", 2, "keep")
    lost = decided(HOSTED, *STAYS[2:], before=held(1))
    assert (lost.verdict, lost.tier, lost.after) == ("lose", 1, 0)
    assert lost.missing[0].missing.many == 1
    newcomer = decided(HOSTED, *STAYS[2:])
    assert newcomer.missing[0].missing.many == 2


def test_grace_is_told():
    found = decided(HOSTED, before=held(1), more={"grace": 1})
    assert (found.verdict, found.is_in_grace, found.passes) == ("keep", True, (False,))


TIERS = {"tiers": [
    {"name": "low", "label": "Low", "rule": {"metric": "exchanges_hosted", "at_least": 1}},
    {"name": "high", "label": "High", "rule": {"metric": "exchanges_hosted", "at_least": 3}},
    {"name": "lead", "label": "Leads"},
]}  # fmt: skip


def test_it_is_about_the_tier_that_changed_or_that_is_asked_about():
    assert decided(None, *STAYS, more=TIERS).tier == 2
    assert decided(None, *STAYS[:1], more=TIERS).tier == 1
    assert decided(None, more=TIERS).tier == 1
    lost = decided(None, *STAYS[:1], before=held(2), more=TIERS)
    assert (lost.verdict, lost.tier, lost.findings[0].path) == ("lose", 2, "high")
    asked = decided(None, *STAYS[:1], tier=2, more=TIERS)
    assert (asked.tier, asked.passes) == (2, (False,))
    by_hand = decided(None, before=held(3), more=TIERS)
    assert (by_hand.verdict, by_hand.tier, by_hand.findings) == ("keep", 3, ())
    # A rule that has fewer tiers now is decided by its highest.
    assert decided(HOSTED, *STAYS, before=held(3)).tier == 1


def test_excuses_are_named_where_they_took_something_out():
    items = [(n, "exchange", BEN, 10) for n in (20, 21, 22)]
    acts = [
        act("exchange.cancelled", ADA, BEN, 5, about=("exchange", 20)),
        act("exchange.completed", BEN, ADA, 5, about=("exchange", 21)),
        act("excuse.granted", CY, None, 2, about=("exchange", 20)),
        act("excuse.granted", CY, None, 2, about=("exchange", 99)),
    ]
    rule = {"all": [{"metric": "cancellation_rate", "at_most": 0.01}, HOSTED]}
    rate, count = decided(rule, *acts, items=items).findings
    assert (rate.num, rate.den, rate.excused) == (0, 1, (3,))
    assert count.excused == ()


def test_without_evidence_only_the_numbers_are_told():
    badge = read_badge(
        SAID | {"rule": {"metric": "flags_upheld", "at_most": 0, "window": "P30D"}}, METRICS
    )
    whole = past(act("flag.upheld", CY, BEN, 5))
    assessed = assess(badge, Asking(whole, METRICS), NOW)
    found = decide(badge, assessed, whole, METRICS, 1, with_evidence=False)
    assert (found.member, found.findings[0].evidence) == (BEN, ())
    assert found.missing[0].missing.on is None
    only = decided(
        {"metric": "flags_upheld", "at_most": 0, "window": "P30D"}, act("flag.upheld", CY, ADA, 5)
    )
    assert only.missing[0].missing.on == NOW + timedelta(days=25)


def test_weeks_that_are_over_can_not_be_made_good():
    need = {"metric": "thanks_given", "at_least": 1, "window": "P7D"}
    rule = {"at_least_of": {"k": 2, "of": 3, "unit": "week", "need": need}}
    found = decided(rule, act("thanks.given", ADA, BEN, 10))
    assert found.passes == (False, True, False)
    assert [f.missing.many if f.missing else None for f in found.findings] == [1, None, None]


def test_a_spread_is_told_with_its_people_and_days():
    rule = {"metric": "thanks_received", "at_least": 2, "spread": {"people": 1}}
    found = decided(rule, *[act("thanks.given", BEN, ADA, days) for days in (1, 2)]).findings[0]
    assert (found.value, found.people, found.days, found.is_met) == (2, 1, 2, False)
    assert found.missing.many == 1


RULES = [
    HOSTED,
    {"all": [HOSTED, {"metric": "rating_received", "at_least": 4.8}]},
    {"any": [{"metric": "trust", "top": 0.1}, {"metric": "response_wait", "at_most": 4, "if_none": "fail"}]},
    {"metric": "cancellation_rate", "at_most": 0, "or_count_max": 0},
    {"metric": "thanks_received", "top": 0.1, "within": "cohort"},
    {"metric": "account_age", "top": 0.1, "within": "dealing"},
    {"at_least_of": {"k": 1, "of": 2, "unit": "month", "need": {"metric": "days_active", "at_least": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_it_can_be_kept_as_plain_data(rule):
    open_enquiry = act("enquiry.made", BEN, ADA, 9, about=ROOM)
    cancelled = act("exchange.cancelled", ADA, BEN, 4, about=ROOM)
    found = decided(rule, *STAYS[:1], open_enquiry, cancelled).plain()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["as_of"] == clock.to_micros(NOW)


def test_it_says_the_bar_and_the_category_that_a_member_was_held_to():
    rule = {
        "metric": "thanks_received",
        "top": 0.1,
        "keep": 0.5,
        "within": "cohort",
        "window": "ever",
    }
    badge = read_badge(SAID | {"rule": rule}, METRICS)
    old = [act("member.joined", who, None, 700) for who in (ADA, BEN)]
    thanks = [act("thanks.given", 10, who, 9) for who in (ADA, BEN, ADA, ADA, CY)]
    whole = past(*old, *thanks)
    assessed = assess(badge, Asking(whole, METRICS), NOW)
    found = [decide(badge, assessed, whole, METRICS, n).findings[0] for n in range(3)]
    assert [(f.category, f.value, f.bar, f.is_met) for f in found] == [
        (2024, 3, 3, True),
        (2024, 1, 3, False),
        (2026, 1, 1, True),
    ]
    assert found[1].missing.many == 2
    holding = assess(badge, Asking(whole, METRICS), NOW, Holding.nobody(3))
    assert progress(badge, decide(badge, holding, whole, METRICS, 1)) == pytest.approx(1 / 3)


def test_whoever_is_of_no_category_lacks_nothing_that_can_be_counted():
    for metric in ("thanks_received", "account_age"):
        found = decided({"metric": metric, "top": 0.1, "within": "dealing"}).findings[0]
        assert (found.category, found.is_met, found.missing) == (-1, False, Missing())


def shares(told, *numbers, before=None):
    """How far each of some members is on the way, whose numbers are given."""
    catalog = {"x": given("x", *numbers), "y": given("y", *numbers)}
    badge, whole = read_badge(told, catalog), people(len(numbers))
    assessed = assess(badge, Asking(whole, catalog), NOW, before)
    places = range(len(numbers))
    found = [decide(badge, assessed, whole, catalog, place, tier=1) for place in places]
    return [progress(badge, decision) for decision in found], assessed


@pytest.mark.parametrize(
    ("rule", "numbers", "far"),
    [
        ({"metric": "x", "at_least": 10}, [0, 5, 9, 10, 99], [0, 0.5, 0.9, 1, 1]),
        ({"metric": "x", "more_than": 10}, [5, 10, 11], [0.5, 0.99, 1]),
        ({"metric": "x", "at_most": 5}, [5, 6], [1, 0]),
        ({"metric": "x", "exactly": 3}, [2, 3], [0, 1]),
        ({"metric": "x", "at_least": 0, "min_n": 1}, [0, 1], [0, 1]),
        ({"metric": "x", "at_least": -5}, [-9, -5], [0, 1]),
        ({"all": [{"metric": "x", "at_least": 10}, {"metric": "y", "at_least": 20}]}, [10, 20], [0.5, 1]),
        ({"any": [{"metric": "x", "at_least": 10}, {"metric": "y", "at_least": 20}]}, [5, 10], [0.5, 1]),
        ({"metric": "x", "top": 0.5}, [1, 2, 4], [0.25, 0.5, 1]),
    ],
)  # fmt: skip
def test_progress_is_the_share_of_the_way(rule, numbers, far):
    assert shares(SAID | {"rule": rule}, *numbers)[0] == pytest.approx(far)


def test_progress_over_weeks_is_how_many_of_them_count():
    need = {"metric": "thanks_given", "at_least": 1, "window": "P7D"}
    rule = {"at_least_of": {"k": 4, "of": 6, "unit": "week", "need": need}}
    badge = read_badge(SAID | {"rule": rule}, METRICS)
    for many, far in ((0, 0), (1, 0.25), (3, 0.75), (4, 1), (6, 1)):
        acts = [act("thanks.given", ADA, BEN, 7 * week + 1) for week in range(many)]
        assert progress(badge, decided(rule, *acts)) == far


def test_what_is_given_by_hand_is_reached_when_it_is_held():
    badge = read_badge(SAID | {"manual": True}, METRICS)
    assert progress(badge, decided(None, more={"manual": True})) == 0
    assert progress(badge, decided(None, more={"manual": True}, before=held(1))) == 1


NUMBERS = st.integers(0, 12)
LEAF = st.builds(
    lambda metric, op, bar, least_n: {"metric": metric, op: bar, "min_n": least_n},
    st.sampled_from("xy"),
    st.sampled_from(["at_least", "more_than", "at_most", "less_than", "exactly"]),
    NUMBERS,
    st.integers(0, 2),
)
TREES = st.recursive(
    LEAF,
    lambda inner: st.builds(
        lambda branch, parts: {branch: parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@for_all(TREES, st.lists(NUMBERS, min_size=1, max_size=5))
def test_progress_is_whole_exactly_when_the_bars_are_reached(rule, numbers):
    far, assessed = shares(SAID | {"rule": rule}, *numbers)
    assert all(0 <= share <= 1 for share in far)
    assert [share == 1 for share in far] == (assessed.reaches == 1).tolist()


RISING = st.recursive(
    st.builds(
        lambda metric, op, bar: {"metric": metric, op: bar},
        st.sampled_from("xy"), st.sampled_from(["at_least", "more_than"]), NUMBERS,
    ),
    lambda inner: st.builds(
        lambda branch, parts: {branch: parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@for_all(RISING, NUMBERS, NUMBERS)
def test_progress_never_falls_while_numbers_rise(rule, number, more):
    (before,), _ = shares(SAID | {"rule": rule}, number)
    (after,), _ = shares(SAID | {"rule": rule}, number + more)
    assert after >= before


@settings(max_examples=40, deadline=None)
@for_all(TREES, NUMBERS)
def test_a_holder_is_there_when_they_meet_the_bars_to_keep_by(rule, number):
    (far,), assessed = shares(SAID | {"rule": rule}, number, before=held(1))
    assert (far == 1) == (assessed.keeps[0] == 1)
