"""The bars and the reasons for a change add up, exactly and as they are shown."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from community.standing.health import DEFAULT, Coefficients, probability, score
from community.standing.health_features import Features
from community.standing.health_parts import BARS, bars, centre, change, middle_score, whole

quick = settings(max_examples=100, deadline=None)
row = st.tuples(
    st.integers(0, 4000), st.integers(0, 52), st.integers(0, 4000), st.integers(0, 5000)
)
table = st.lists(row, min_size=1, max_size=12)
numbers = st.floats(0.01, 3)


def of(rows):
    return Features(*np.array(rows, float).reshape(-1, 4).T)


def other_coefficients(base, recency, weeks, tenure, peers):
    return Coefficients("other", base, -recency, weeks, tenure, peers, DEFAULT.covariance)


some_coefficients = st.builds(
    other_coefficients, st.floats(-6, 2), numbers, numbers, numbers, numbers
)


@quick
@given(table, some_coefficients)
def test_bars_add_up_to_the_distance_from_the_middle(rows, coefficients):
    features = of(rows)
    middle = centre(features)
    found = bars(features, middle, coefficients)
    apart = 100 * (probability(features, coefficients) - _p(middle, coefficients))
    np.testing.assert_allclose(found.points.sum(axis=1), apart, rtol=0, atol=1e-9)
    shown = score(probability(features, coefficients)) - middle_score(middle, coefficients)
    assert (found.shown.sum(axis=1) == shown).all()
    assert (np.abs(found.shown - found.points) < 1 + 1e-9).all()


@quick
@given(table)
def test_a_bar_is_in_proportion_to_its_log_odds(rows):
    features = of(rows)
    middle = centre(features)
    found = bars(features, middle).points
    odds = (features.logs() - middle) * DEFAULT.slopes
    rest = odds.sum(axis=1)
    np.testing.assert_allclose(found * rest[:, None], odds * found.sum(axis=1)[:, None], atol=1e-7)
    assert (np.sign(found) == np.sign(odds)).all()
    assert found.shape[1] == len(BARS)


@quick
@given(row, st.integers(0, 3), st.floats(-1e-3, 1e-3))
def test_bars_stay_in_proportion_where_the_difference_vanishes(at, which, nudge):
    here = of([at]).logs()[0]
    middle = here.copy()
    middle[which] += 1.0
    # What one bar takes the next gives back, but for a nudge.
    back = (which + 1) % 4
    middle[back] -= (DEFAULT.slopes[which] + nudge) / DEFAULT.slopes[back]
    found = bars(of([at]), middle).points[0]
    p = float(probability(of([at]))[0])
    steepest = 100 * p * (1 - p) * np.abs(DEFAULT.slopes[which])
    assert abs(abs(found[which]) - steepest) <= steepest * 0.01 + 1e-12


@quick
@given(row, st.lists(st.floats(-1e-4, 1e-4), min_size=4, max_size=4), some_coefficients)
def test_bars_add_up_where_the_middle_is_near(at, nudges, coefficients):
    here = of([at])
    middle = here.logs()[0] - nudges
    found = bars(here, middle, coefficients).points.sum()
    apart = 100 * (probability(here, coefficients)[0] - _p(middle, coefficients))
    assert abs(found - apart) < 1e-11


@quick
@given(table, table, some_coefficients)
def test_a_change_adds_up_even_when_learned_anew(before, after, former):
    many = min(len(before), len(after))
    then, now = of(before[:many]), of(after[:many])
    found = change(now, then, DEFAULT, former)
    moved = 100 * (probability(now) - probability(then, former))
    np.testing.assert_allclose(found.points.sum(axis=1), moved, rtol=0, atol=1e-9)
    shown = score(probability(now)) - score(probability(then, former))
    assert (found.shown.sum(axis=1) == shown).all()


@quick
@given(table, some_coefficients)
def test_where_nothing_changed_nothing_is_said(rows, coefficients):
    found = change(of(rows), of(rows), coefficients)
    assert not found.points.any()
    assert not found.shown.any()


@quick
@given(
    st.lists(st.lists(st.floats(-60, 60), min_size=4, max_size=4), min_size=1, max_size=8),
    st.integers(-9, 9),
)
def test_whole_parts_sum_to_the_total_and_lie_near(rows, off):
    points = np.array(rows)
    total = np.floor(points.sum(axis=1) + 0.5) + off
    found = whole(points, total)
    assert (found.sum(axis=1) == total).all()
    assert (np.abs(found - points) <= 1 + 3).all()


def test_the_largest_remainders_are_rounded_up_and_the_first_of_equals():
    points = np.array([[1.2, 2.7, -0.5, 0.6], [0.5, 0.5, 0.5, 0.5], [-1.4, 0.0, 0.0, 0.0]])
    found = whole(points, np.array([4.0, 2.0, -1.0]))
    assert found.tolist() == [[1, 3, -1, 1], [1, 1, 0, 0], [-1, 0, 0, 0]]


def test_of_who_never_came_nothing_is_said():
    features = of([(10, 4, 300, 2), (np.nan, 0, np.nan, 0)])
    found = bars(features, centre(of([(3, 9, 400, 5)])))
    assert np.isnan(found.points).all(axis=1).tolist() == [False, True]
    assert found.shown[1].tolist() == [0, 0, 0, 0]


def test_the_middle_is_of_those_who_were_here_lately():
    here, gone, unknown = (10, 4, 300, 2), (91, 1, 400, 0), (np.nan, 0, np.nan, 0)
    both = centre(of([here, gone, unknown]))
    np.testing.assert_allclose(both, np.log1p(here))
    np.testing.assert_allclose(centre(of([gone, unknown])), np.log1p(gone))
    assert centre(of([unknown])).tolist() == [0, 0, 0, 0]
    twice = centre(of([here, (90, 8, 900, 0)]))
    np.testing.assert_allclose(twice, (np.log1p(here) + np.log1p((90, 8, 900, 0))) / 2)


def _p(middle, coefficients):
    return 1 / (1 + np.exp(-coefficients.log_odds(middle)))
