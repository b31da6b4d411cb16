"""The rating on show keeps to its scale, to its prior and to time, and foretells without looking ahead."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.trust import OTC, otc
from community.standing.judging import rmse
from community.standing.priors import SETTLED, STRENGTHS, Prior
from community.standing.reputation import HALF_LIFE, Reputations, foretold, reverse, why
from community.standing.trust import Ratings

MODEST = settings(max_examples=50, deadline=None)
DAY = 86_400.0
N = 6
VALUES = st.sampled_from([-1.0, -0.3, 0.0, 0.4, 1.0])


@st.composite
def histories(draw, most=30, is_each_moment_its_own=False):
    """Ratings among a few members, in any order of time."""
    node = st.integers(0, N - 1)
    row = st.tuples(node, node, VALUES, st.integers(0, 400)).filter(lambda r: r[0] != r[1])
    unique = (lambda r: r[3]) if is_each_moment_its_own else None
    rows = draw(st.lists(row, max_size=most, unique_by=unique))
    return ratings_of([(a, b, w, t * DAY) for a, b, w, t in rows])


def ratings_of(rows):
    columns = [[row[i] for row in rows] for i in range(4)]
    kinds = (np.int64, np.int64, np.float64, np.float64)
    return Ratings(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


def heard(ratings, **options):
    kept = Reputations(N, **options)
    kept.heed(ratings)
    return kept


def in_time(ratings):
    return ratings.take(np.argsort(ratings.time, kind="stable"))


@MODEST
@given(histories(), st.integers(0, 30), st.integers(400, 2000))
def test_at_once_is_one_by_one(ratings, cut, day):
    ratings = in_time(ratings)
    whole, parts = Reputations(N), Reputations(N)
    at_once = whole.heed(ratings)
    first, rest = ratings.take(np.arange(len(ratings)) < cut), ratings.take(np.arange(len(ratings)) >= cut)  # fmt: skip
    told = [parts.heed(first)]
    told += [parts.heed(rest.take(np.array([row]))) for row in range(len(rest))]
    assert np.concatenate([each.foretold for each in told]).tolist() == at_once.foretold.tolist()
    for name in ("signed", "weight", "last", "surprise", "given"):
        assert getattr(whole, name).tolist() == getattr(parts, name).tolist()
    assert whole.prior == parts.prior
    assert whole.shown(day * DAY).low.tolist() == parts.shown(day * DAY).low.tolist()


@MODEST
@given(histories(), st.integers(400, 2000))
def test_the_sums_are_those_of_all_ratings_faded(ratings, day):
    kept = Reputations(N)
    corrected = kept.heed(ratings).corrected
    fading = 0.5 ** ((day * DAY - ratings.time) / HALF_LIFE)
    signed, weight = np.bincount(ratings.ratee, fading * corrected, N), np.bincount(ratings.ratee, fading, N)  # fmt: skip
    k, m = kept.prior.strength, kept.prior.mean
    shown = kept.shown(day * DAY)
    assert shown.value == pytest.approx((k * m + signed) / (k + weight), abs=1e-12)
    assert shown.weight == pytest.approx(weight, abs=1e-12)


@MODEST
@given(histories(), st.integers(400, 2000))
def test_all_stays_on_the_scale(ratings, day):
    kept = Reputations(N)
    told = kept.heed(ratings)
    shown = kept.shown(day * DAY)
    for values in (told.foretold, told.corrected, shown.value, shown.low, shown.high):
        assert (np.abs(values) <= 1).all()
    assert (shown.low <= shown.value).all()
    assert (shown.value <= shown.high).all()


@MODEST
@given(histories(), st.sampled_from([None, Prior(0.7, 5.0)]))
def test_who_was_never_rated_shows_the_mean(ratings, prior):
    kept = heard(ratings, prior=prior)
    unrated = ~np.isin(np.arange(N), ratings.ratee)
    mean = prior.mean if prior else (ratings.rating.mean() if len(ratings) else 0.0)
    assert kept.shown(401 * DAY).value[unrated] == pytest.approx(mean)


@MODEST
@given(histories(is_each_moment_its_own=True), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_up_to_time(ratings, random):
    order = list(range(len(ratings)))
    random.shuffle(order)
    for is_reverse_used in (False, True):
        straight = foretold(ratings, is_reverse_used=is_reverse_used)
        shuffled = foretold(
            ratings.take(np.array(order, np.int64)), is_reverse_used=is_reverse_used
        )
        assert shuffled == pytest.approx(straight[order], abs=1e-12)


def test_ratings_that_come_late_are_as_faded_as_the_others():
    rows = [(0, 1, 1.0, 0.0), (2, 1, -1.0, 100 * DAY), (3, 1, 0.5, 300 * DAY)]
    prior = Prior(0.0, 2.0)
    straight = heard(ratings_of(rows), prior=prior)
    late = heard(ratings_of(rows[1:]), prior=prior)
    late.heed(ratings_of(rows[:1]))
    assert late.shown(400 * DAY).value == pytest.approx(straight.shown(400 * DAY).value)
    assert late.last[1] == 300 * DAY


@MODEST
@given(histories(), st.floats(0, 2))
def test_raising_the_newest_rating_lowers_nobody(ratings, by):
    assume(len(ratings))
    ratings = in_time(ratings)
    higher = ratings.rating.copy()
    higher[-1] = min(higher[-1] + by, 1.0)
    before = heard(ratings, prior=Prior(0.2, 3.0)).shown(401 * DAY)
    after = heard(replace(ratings, rating=higher), prior=Prior(0.2, 3.0)).shown(401 * DAY)
    assert (after.value >= before.value - 1e-12).all()


@MODEST
@given(st.lists(VALUES, min_size=1, max_size=20), st.floats(0.1, 20), st.floats(-1, 1))
def test_without_fading_it_is_the_plain_bayesian_mean_and_the_prior_pulls_as_k_of_k_plus_n(
    values, k, m
):
    rows = [(1 + i, 0, w, i * 50 * DAY) for i, w in enumerate(values)]
    kept = Reputations(len(rows) + 1, half_life=math.inf, prior=Prior(m, k))
    ratings = ratings_of(rows)
    corrected = kept.heed(ratings).corrected
    n = len(values)
    assert kept.shown(1e12).value[0] == pytest.approx((k * m + sum(values)) / (k + n))
    pull = why(kept, ratings, corrected, 0, 1e12)[0]
    assert pull.share == pytest.approx(k / (k + n))


@MODEST
@given(histories(), st.integers(0, 5), st.integers(400, 900))
def test_the_parts_sum_to_the_value(ratings, most, day):
    kept = Reputations(N)
    corrected = kept.heed(ratings).corrected
    shown = kept.shown(day * DAY)
    for member in range(N):
        parts = why(kept, ratings, corrected, member, day * DAY, most)
        assert sum(part.amount for part in parts) == pytest.approx(shown.value[member], abs=1e-12)
        assert sum(part.share for part in parts) == pytest.approx(1)
        told = [part for part in parts if part.rater is not None]
        assert len(told) == min(most, (ratings.ratee == member).sum())
        sizes = [abs(part.amount) for part in told]
        assert sizes == sorted(sizes, reverse=True)


def test_a_rating_weighs_half_after_ninety_days():
    kept = heard(ratings_of([(0, 1, 1.0, 0.0)]), prior=Prior(0.0, 1.0))
    shown = [kept.shown(day * DAY) for day in (0, 90, 180)]
    assert [s.weight[1] for s in shown] == pytest.approx([1, 0.5, 0.25])
    assert [s.value[1] for s in shown] == pytest.approx([1 / 2, 0.5 / 1.5, 0.25 / 1.25])
    widths = [s.high[1] - s.low[1] for s in shown]
    assert widths == sorted(widths)


def test_a_harsh_rater_is_read_less_harshly_once_that_is_known():
    rows = [(0, ratee, -1.0, ratee * DAY) for ratee in range(1, 5)]
    kept = Reputations(N, prior=Prior(0.0, 3.0))
    corrected = kept.heed(ratings_of(rows)).corrected
    assert corrected == pytest.approx([-1, -1 + 1 / 3, -1 + 2 / 4, -1 + 3 / 5])


def reverse_by_hand(ratings):
    rows = list(zip(ratings.rater.tolist(), ratings.ratee.tolist(), ratings.rating.tolist(), strict=True))  # fmt: skip
    given, found = {}, {}
    for row in np.argsort(ratings.time, kind="stable").tolist():
        rater, ratee, rating = rows[row]
        found[row] = given.get((ratee, rater), math.nan)
        given[rater, ratee] = rating
    return [found[row] for row in range(len(rows))]


@MODEST
@given(histories())
def test_the_reverse_rating_is_the_latest_earlier_one(ratings):
    assert reverse(N, ratings) == pytest.approx(reverse_by_hand(ratings), nan_ok=True)


@MODEST
@given(histories(), st.integers(0, 29), st.booleans())
def test_nothing_is_foretold_from_later_rows(ratings, row, is_reverse_used):
    assume(row < len(ratings))
    told = foretold(ratings, is_reverse_used=is_reverse_used)
    rank = np.empty(len(ratings))
    rank[np.argsort(ratings.time, kind="stable")] = np.arange(len(ratings))
    rating = np.where(rank >= rank[row], -ratings.rating, ratings.rating)
    other = foretold(replace(ratings, rating=rating), is_reverse_used=is_reverse_used)
    earlier = rank <= rank[row]
    assert other[earlier].tolist() == told[earlier].tolist()


def test_the_interval_holds_nine_of_ten_members():
    random = np.random.default_rng(3)
    members, each = 400, 12
    true = np.clip(random.normal(0.4, 0.25, members), -1, 1)
    ratee = np.tile(np.arange(members), each)
    given = np.clip(random.normal(true[ratee], 0.3), -1, 1)
    rater = members + np.arange(ratee.size)
    kept = Reputations(members + ratee.size, half_life=math.inf)
    kept.heed(Ratings(rater, ratee, given, np.arange(float(ratee.size))))
    shown = kept.shown(float(ratee.size))
    low, high, value = (numbers[:members] for numbers in (shown.low, shown.high, shown.value))
    assert 0.86 <= ((low <= true) & (true <= high)).mean() <= 0.96
    plain = np.bincount(ratee, given) / each
    assert rmse(value, true) < rmse(plain, true)
    assert kept.prior.strength in STRENGTHS
    assert kept.prior.count > SETTLED


def test_any_moment_will_do():
    kept = heard(ratings_of([(0, 1, 1.0, -1e13), (2, 1, 1.0, 1e13)]), prior=Prior(0.0, 1.0))
    assert kept.shown(1e13).value[1] == pytest.approx(0.5)


def test_what_can_not_count_is_refused():
    with pytest.raises(ValueError, match="rating 0 is of oneself"):
        Reputations(N).heed(ratings_of([(1, 1, 0.5, 0.0)]))


def test_it_foretells_bitcoin_otc_as_well_as_was_measured():
    if not OTC.exists():
        pytest.skip(f"{OTC} is not there")
    _, ratings = otc()
    after = len(ratings) // 5
    for is_reverse_used, most in ((False, 0.310), (True, 0.295)):
        told = foretold(ratings, is_reverse_used=is_reverse_used)
        assert rmse(told[after:], ratings.rating[after:]) <= most
