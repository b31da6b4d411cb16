"""Reliability has one fixed point, is drawn to it by three quarters a round, and stays in its ranges."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from community.standing.reliability import CONTRACTION, _agreement, _members, reliability
from community.standing.trust import Ratings

MODEST = settings(max_examples=60, deadline=None)
N = 7


def ratings_of(rows):
    rater, ratee, rating = (np.array([row[i] for row in rows]) for i in range(3))
    return Ratings(rater.astype(int), ratee.astype(int), rating.astype(float), np.zeros(len(rows)))


NODE = st.integers(0, N - 1)
GIVEN = st.lists(
    st.tuples(NODE, NODE, st.floats(-1, 1)).filter(lambda row: row[0] != row[1]),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[:2],
).map(ratings_of)
STARTS = st.tuples(
    arrays.arrays(float, N, elements=st.floats(0, 1)),
    arrays.arrays(float, N, elements=st.floats(-1, 1)),
)


@MODEST
@given(GIVEN, STARTS)
def test_all_stays_in_its_range(ratings, start):
    told = reliability(N, ratings, start=start)
    assert ((told.fairness >= 0) & (told.fairness <= 1)).all()
    assert ((told.reliability >= 0) & (told.reliability <= 1)).all()
    assert (np.abs(told.goodness) <= 1).all()


@MODEST
@given(GIVEN, STARTS)
def test_every_start_ends_at_the_same_point_within_the_bound(ratings, start):
    exact = reliability(N, ratings, tolerance=1e-12)
    told = reliability(N, ratings, start=start)
    assert told.bound <= 1e-6
    for name in ("reliability", "fairness", "goodness"):
        assert np.abs(getattr(told, name) - getattr(exact, name)).max() <= told.bound + 1e-11


@MODEST
@given(GIVEN, STARTS)
def test_each_round_draws_every_reliability_nearer_by_a_quarter(ratings, start):
    fixed = reliability(N, ratings, tolerance=1e-14).reliability
    told = _agreement(ratings, *start)
    for _ in range(12):
        before = np.abs(told - fixed).max()
        told = _agreement(ratings, *_members(N, ratings, told))
        assert np.abs(told - fixed).max() <= CONTRACTION * before + 1e-12


@MODEST
@given(GIVEN, STARTS)
def test_the_bound_is_three_times_the_last_change(ratings, start):
    first = _agreement(ratings, *start)
    second = _agreement(ratings, *_members(N, ratings, first))
    told = reliability(N, ratings, tolerance=10.0, start=start)
    assert told.rounds == 1
    assert told.reliability.tolist() == second.tolist()
    assert told.bound == pytest.approx(3 * np.abs(second - first).max())
    fairness, goodness = _members(N, ratings, second)
    assert told.fairness.tolist() == fairness.tolist()
    assert told.goodness.tolist() == goodness.tolist()


@MODEST
@given(GIVEN)
def test_it_is_a_fixed_point_of_the_formulas(ratings):
    told = reliability(N, ratings, tolerance=1e-13)
    for member in range(N):
        gave, got = ratings.rater == member, ratings.ratee == member
        fairness = (2 + told.reliability[gave].sum()) / (2 + gave.sum())
        goodness = (told.reliability * ratings.rating)[got].sum() / (2 + got.sum())
        assert told.fairness[member] == pytest.approx(fairness, abs=1e-12)
        assert told.goodness[member] == pytest.approx(goodness, abs=1e-12)
    near = 1 - np.abs(ratings.rating - told.goodness[ratings.ratee]) / 2
    assert told.reliability == pytest.approx((told.fairness[ratings.rater] + near) / 2, abs=1e-12)


@MODEST
@given(GIVEN)
def test_the_rating_nearest_the_goodness_is_the_most_reliable_of_its_rater(ratings):
    told = reliability(N, ratings)
    distance = np.abs(ratings.rating - told.goodness[ratings.ratee])
    for rater in np.unique(ratings.rater):
        rows = np.flatnonzero(ratings.rater == rater)
        nearest = rows[np.argmin(distance[rows])]
        assert told.reliability[nearest] == pytest.approx(told.reliability[rows].max())


@MODEST
@given(GIVEN, st.permutations(range(N)), st.randoms(use_true_random=False))
def test_names_and_order_of_rows_do_not_matter(ratings, rename, random):
    order, rename = list(range(len(ratings))), np.array(rename)
    random.shuffle(order)
    other = ratings.take(np.array(order))
    other = replace(other, rater=rename[other.rater], ratee=rename[other.ratee])
    first, second = reliability(N, ratings), reliability(N, other)
    assert second.reliability == pytest.approx(first.reliability[order], abs=1e-6)
    assert second.goodness[rename] == pytest.approx(first.goodness, abs=1e-6)


def test_rounds_are_bounded_and_a_warm_start_saves_most():
    random = np.random.default_rng(2)
    rater, step = np.repeat(np.arange(300), 20), random.integers(1, 300, 6000)
    ratings = Ratings(rater, (rater + step) % 300, random.uniform(-1, 1, 6000), np.zeros(6000))
    cold = reliability(300, ratings, tolerance=1e-6)
    assert cold.rounds <= np.ceil(np.log(1e-6 / 3) / np.log(CONTRACTION)) + 1
    warm = reliability(300, ratings, tolerance=1e-6, start=(cold.fairness, cold.goodness))
    assert warm.rounds <= 2 < cold.rounds


def test_who_disagrees_with_all_is_less_fair():
    rows = [(rater, ratee, 1.0) for rater in range(4) for ratee in (5, 6)]
    told = reliability(N, ratings_of([*rows, (4, 5, -1.0), (4, 6, -1.0)]))
    assert told.fairness[4] < told.fairness[:4].min()
    assert told.fairness[5] == 1.0, "who rated nobody"
    assert told.goodness[0] == 0.0, "whom nobody rated"


def test_without_ratings_all_is_as_it_began():
    none = np.zeros(0, np.int64)
    told = reliability(2, Ratings(none, none, np.zeros(0), np.zeros(0)))
    assert (told.fairness.tolist(), told.goodness.tolist(), told.rounds) == ([1, 1], [0, 0], 1)


@given(GIVEN)
@settings(max_examples=5, deadline=None)
def test_what_can_not_count_is_refused(ratings):
    assume(len(ratings))
    with pytest.raises(ValueError, match="of oneself"):
        reliability(N, replace(ratings, ratee=ratings.rater))
