"""What is missing is exactly what is missing: so many more are enough, one fewer is not; and then, not before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from community.standing.metrics import METRICS
from community.standing.missing import Ahead, Missing, missing
from community.standing.needs import Asking, Need, Spread, judge
from community.standing.past import Context
from community.standing.windows import Length, Window
from tests.standing.pasts import ADA, BEN, CY, NOW, ROOM, act, alone, given, past, people

MODEST = settings(max_examples=40, deadline=None)
A_SECOND = timedelta(seconds=1)


def lacks(need, *acts, as_of=NOW, **more):
    """Whether Ada meets a need, and what she lacks."""
    whole = alone(past(*acts, **more))
    leaf = judge(need, Asking(whole, METRICS), as_of).leaves[0]
    ahead = Ahead(whole, METRICS, as_of)
    found = missing(leaf, METRICS[need.metric], 0, leaf.bar_gain, ahead)
    return bool(leaf.gain[0]), found


def met_at(need, *acts):
    """A question whether Ada meets a need at some moment."""
    whole = alone(past(*acts))
    return lambda moment: bool(judge(need, Asking(whole, METRICS), moment).gain[0])


def stars(*told, first=10):
    """Reviews of Ada, each by another person, so many stars each."""
    return [act("review.published", first + n, ADA, 1, value) for n, value in enumerate(told)]


def answered(n, *, is_in_time=True):
    """Enquiries of different people that Ada answered, in time or not."""
    first = 100 if is_in_time else 500
    return [
        one
        for who in range(first, first + n)
        for one in (
            act("enquiry.made", who, ADA, 5, about=ROOM),
            act("enquiry.answered", ADA, who, 4.5 if is_in_time else 3, about=ROOM),
        )
    ]


def hosted(n, days=1.0):
    return [act("exchange.completed", 200 + k, ADA, days, about=ROOM) for k in range(n)]


def cancelled(n, days=1.0):
    return [act("exchange.cancelled", ADA, 300 + k, days, about=ROOM) for k in range(n)]


def reviewed(n):
    return [
        one
        for who in range(400, 400 + n)
        for one in (
            act("exchange.completed", who, ADA, 30),
            act("review.published", ADA, who, 29, 4),
        )
    ]


BARS = st.sampled_from([4, 4.2, 4.5, 4.75, 4.8, 4.9, 4.95])
RISING = st.sampled_from(["at_least", "more_than"])


@MODEST
@for_all(st.lists(st.integers(1, 5), max_size=12), BARS, RISING, st.integers(0, 8))
def test_so_many_five_star_reviews_are_enough(had, bar, op, least_n):
    need = Need("rating_received", op, bar, least_n=least_n)
    is_met, found = lacks(need, *stars(*had))
    assume(not is_met and found.many is not None)
    assert found.many >= 1
    assert lacks(need, *stars(*had, *[5] * found.many))[0]
    assert not lacks(need, *stars(*had, *[5] * (found.many - 1)))[0]


@MODEST
@for_all(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.floats(3.5, 4.9), BARS)
def test_so_many_trusted_five_star_reviews_are_enough(had, mean, bar):
    need, context = Need("rating_weighed", "at_least", bar), Context(mean_rating=mean)
    is_met, found = lacks(need, *stars(*had), context=context)
    assume(not is_met and found.many is not None)
    assert lacks(need, *stars(*had, *[5] * found.many), context=context)[0]
    assert not lacks(need, *stars(*had, *[5] * (found.many - 1)), context=context)[0]


@pytest.mark.parametrize(
    ("metric", "bad", "good"),
    [
        ("response_rate", lambda n: answered(n, is_in_time=False), answered),
        ("positive_share", lambda n: stars(*[2] * n), lambda n: stars(*[4] * n, first=60)),
        ("review_share", lambda n: hosted(n, 30), reviewed),
    ],
)
@MODEST
@for_all(
    st.integers(0, 6), st.integers(0, 8), st.sampled_from([0.5, 0.8, 0.9, 0.96]), st.integers(0, 9)
)
def test_so_many_good_ones_bring_a_share_up(metric, bad, good, bads, goods, bar, least_n):
    def acts(more=0):
        return [*bad(bads), *good(goods + more)]

    need = Need(metric, "at_least", bar, least_n=least_n)
    is_met, found = lacks(need, *acts())
    assume(not is_met)
    assert lacks(need, *acts(found.many))[0]
    assert not lacks(need, *acts(found.many - 1))[0]


@MODEST
@for_all(
    st.integers(1, 3),
    st.integers(0, 40),
    st.sampled_from([0.01, 0.05, 0.1]),
    st.sampled_from(["at_most", "less_than"]),
)
def test_so_many_that_go_well_bring_a_share_down(bads, goods, bar, op):
    need = Need("cancellation_rate", op, bar)
    is_met, found = lacks(need, *cancelled(bads), *hosted(goods))
    assume(not is_met)
    assert lacks(need, *cancelled(bads), *hosted(goods + found.many))[0]
    assert not lacks(need, *cancelled(bads), *hosted(goods + found.many - 1))[0]


@MODEST
@for_all(st.integers(0, 9), st.integers(1, 9), RISING, st.sampled_from([0, 0.1, 0.5, 0.9, 1]))
def test_so_many_more_are_enough(had, bar, op, below):
    need = Need("exchanges_hosted", op, bar - below)
    is_met, found = lacks(need, *hosted(had))
    assume(not is_met)
    assert lacks(need, *hosted(had + found.many))[0]
    assert not lacks(need, *hosted(had + found.many - 1))[0]


@pytest.mark.parametrize(
    ("need", "acts", "lacking"),
    [
        # Nothing brings a mean to five stars, once there was another; the first one alone does.
        (Need("rating_received", "at_least", 5), stars(5, 4), Missing()),
        (Need("rating_received", "at_least", 5), [], Missing(1)),
        (Need("rating_received", "at_least", 4, least_n=3), [], Missing(3)),
        (Need("response_rate", "at_least", 1), answered(1, is_in_time=False), Missing()),
        (Need("rating_least", "at_least", 4), [], Missing(1)),
        (Need("exchange_age", "at_least", 90), [], Missing(1)),
        (Need("account_age", "at_most", 90), [act("member.joined", ADA, days=100)], Missing()),
        (Need("guide_age", "at_most", 90), [act("guide.published", ADA, days=100)], Missing(1)),
        (Need("guide_age", "at_most", 90), [], Missing(1)),
        (Need("guide_age", "less_than", 0), [act("guide.published", ADA, days=1)], Missing()),
        (Need("reputation_declared", "at_least", 200), [], Missing()),
        (Need("profile_told", "at_least", 75), [act("profile.told", ADA, value=50)], Missing()),
        (Need("trust", "top", 0.1), [], Missing()),
        (Need("exchanges_hosted", "exactly", 3), hosted(1), Missing(2)),
        (Need("cancellation_rate", "at_most", 0.1, if_none=False), [], Missing(1)),
        (Need("cancellation_rate", "at_most", 0.1, least_n=4), hosted(1), Missing(3)),
        (Need("forum_points", "at_least", 11), [], Missing(10)),
        # Four thank-yous of one person, where two people are to be heard.
        (
            Need("thanks_received", "at_least", 4, spread=Spread(people=0.5)),
            [act("thanks.given", BEN, ADA, days) for days in range(4)],
            Missing(1),
        ),
        (
            Need("thanks_received", "at_least", 8, spread=Spread(days=1)),
            [act("thanks.given", BEN, ADA, 1)] * 7,
            Missing(7),
        ),
    ],
)  # fmt: skip
def test_what_can_help(need, acts, lacking):
    is_met, found = lacks(need, *acts)
    assert not is_met or need.spread or need.if_none is False
    assert found.many == lacking.many


def test_an_age_is_reached_on_its_day():
    joined = NOW - timedelta(days=80, hours=5)
    is_met, found = lacks(
        Need("account_age", "at_least", 90), act("member.joined", ADA, days=80 + 5 / 24)
    )
    assert not is_met
    assert abs(found.on - (joined + timedelta(days=90))) <= timedelta(milliseconds=1)
    _, beyond = lacks(
        Need("account_age", "more_than", 90), act("member.joined", ADA, days=80 + 5 / 24)
    )
    assert beyond.on - found.on == timedelta(days=1)
    far = Need("account_age", "at_least", 1e9)
    assert lacks(far, act("member.joined", ADA)) == (False, Missing())


WINDOWS = st.sampled_from(
    [Window(Length(days=30)), Window(Length(months=6)), Window(Length(months=12)),
     Window(Length(days=60), "month"), Window(of="quarter")]
)  # fmt: skip
DAYS = st.lists(st.integers(0, 200).map(lambda n: n + 0.37), min_size=1, max_size=6)


@MODEST
@for_all(WINDOWS, DAYS, DAYS, st.sampled_from([0.0, 0.1, 0.3]))
def test_a_need_is_met_on_the_day_that_is_said_and_not_before(window, bad, good, bar):
    acts = [one for days in bad for one in cancelled(1, days)]
    acts += [one for days in good for one in hosted(1, days)]
    need = Need("cancellation_rate", "at_most", bar, window=window, if_none=True)
    is_met, found = lacks(need, *acts)
    assume(not is_met)
    is_met_at = met_at(need, *acts)
    assert is_met_at(found.on)
    assert not is_met_at(found.on - A_SECOND)
    for day in range(0, (found.on - NOW).days, 3):
        assert not is_met_at(NOW + timedelta(days=day))


@MODEST
@for_all(st.lists(st.tuples(st.integers(1, 360), st.integers(1, 5)), min_size=1, max_size=8))
def test_an_old_bad_review_ceases_to_count(told):
    acts = [act("review.published", 10 + n, ADA, days, v) for n, (days, v) in enumerate(told)]
    need = Need("rating_received", "at_least", 4.8)
    is_met, found = lacks(need, *acts)
    assume(not is_met)
    is_met_at = met_at(need, *acts)
    leaves = sorted(NOW + timedelta(days=365 - days) for days, _ in told)
    assert found.on == next(filter(is_met_at, leaves), None)


def test_reviews_since_the_quarter_began_count_from_the_next():
    """A window up to the last quarter day holds at the next what happened since."""
    need = Need("exchanges_hosted", "at_least", 2, window=Window(Length(days=365), "quarter"))
    is_met, found = lacks(need, *hosted(2, 10))
    assert not is_met
    assert found == Missing(2, datetime(2026, 7, 1, tzinfo=UTC))


def test_what_happens_later_is_not_foreseen():
    """As of a past day nothing is known of what came after: neither acts nor what was taken back."""
    need = Need("cancellation_rate", "at_most", 0.1, window=Window(Length(days=100)))
    acts = [*cancelled(1, 90), *hosted(1, 80), *cancelled(9, 20)]
    voided = [act("exchange.cancelled", ADA, 300, 90, about=ROOM, voided=40), *hosted(1, 80)]
    as_of = NOW - timedelta(days=60)
    for told in (acts, voided):
        is_met, found = lacks(need, *told, as_of=as_of)
        assert not is_met
        assert found.on == NOW + timedelta(days=10)


def test_waiting_alone_does_not_help_what_is_to_grow():
    for need in (
        Need("exchanges_hosted", "at_least", 3),
        Need("flags_upheld", "at_most", 0, window=Window()),
        Need("days_active", "at_least", 9, spread=Spread(people=1)),
    ):
        acts = [*hosted(1), act("flag.upheld", CY, ADA, 5)]
        whole = alone(past(*acts))
        assert Ahead(whole, METRICS, NOW).met_on(need, need.gain) is None


def test_a_month_that_is_too_short_ends_on_its_last_day():
    need = Need("flags_upheld", "at_most", 0, window=Window(Length(months=1)))
    at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    now = datetime(2026, 4, 2, tzinfo=UTC)
    acts = [act("flag.upheld", CY, ADA, (NOW - at).total_seconds() / 86400)]
    _, found = lacks(need, *acts, as_of=now)
    assert lacks(need, *acts, as_of=found.on)[0]
    assert not lacks(need, *acts, as_of=found.on - timedelta(hours=1))[0]


def test_of_a_crowd_only_how_many_is_said():
    need = Need("x", "at_least", 5)
    metric = given("x", 2)
    leaf = judge(need, Asking(people(1), {"x": metric}), NOW).leaves[0]
    assert missing(leaf, metric, 0, 5.0) == Missing()


def test_where_nobody_set_a_bar_nothing_is_missing():
    whole = alone(past(act("member.joined", ADA, days=9)))
    (leaf,) = judge(Need("account_age", "top", 0.1), Asking(whole, METRICS, {}), NOW).leaves
    assert leaf.values.value[0] == 9
    assert missing(leaf, METRICS["account_age"], 0, leaf.bar_gain) == Missing()
