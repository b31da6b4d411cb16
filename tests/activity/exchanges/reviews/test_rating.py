"""The number on show of what has reviews: drawn towards what is usual, with a band, never a bare mean."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges.reviews.rating import (
    HIGHEST,
    LOWEST,
    UNKNOWN,
    Usual,
    on_show,
    usual_of,
)
from community.standing.priors import Prior
from community.standing.reputation import Reputations
from community.standing.stars import MIDDLE, REACH
from community.standing.trust import Ratings

SPREADS = st.lists(st.integers(0, 40), min_size=5, max_size=5).map(
    lambda many: tuple(zip(range(5, 0, -1), many, strict=True))
)
USUALS = st.builds(
    Usual, st.floats(1, 5), st.sampled_from([1.0, 3.0, 10.0, 30.0]), st.floats(0.05, 4)
)


@pytest.mark.parametrize(
    ("by_stars", "usual", "value"),
    [
        ([(5, 1)], UNKNOWN, 3.5),
        ([(5, 3)], UNKNOWN, 4.0),
        ([(5, 1)], Usual(4.6, 3.0, 0.8), 4.7),
        ([(1, 1)], Usual(4.6, 3.0, 0.8), 3.7),
        ([(5, 10), (4, 10)], Usual(4.5, 30.0, 0.8), 4.5),
    ],
)
def test_a_few_change_little(by_stars, usual, value):
    assert on_show(by_stars, usual).value == pytest.approx(value)


def test_without_stars_there_is_no_number():
    assert on_show([], UNKNOWN) is None
    assert on_show([(5, 0), (4, 0)], UNKNOWN) is None


@given(SPREADS, USUALS)
def test_it_lies_in_its_band_and_on_the_scale(by_stars, usual):
    shown = on_show(by_stars, usual)
    if shown is None:
        assert not any(many for _, many in by_stars)
        return
    assert LOWEST <= shown.low <= shown.value + 1e-9
    assert shown.value - 1e-9 <= shown.high <= HIGHEST
    near, far = sorted((usual.mean, shown.mean))
    assert near - 1e-9 <= shown.value <= far + 1e-9


@given(SPREADS, USUALS, st.integers(1, 4))
def test_a_higher_one_never_lowers_it(by_stars, usual, stars):
    lower, higher = (on_show([*by_stars, (each, 1)], usual) for each in (stars, stars + 1))
    assert lower.value < higher.value


def test_the_more_there_are_the_narrower_is_the_band():
    bands = [on_show([(3, many)], UNKNOWN) for many in (1, 10, 100)]
    reaches = [shown.high - shown.low for shown in bands]
    assert reaches == sorted(reaches, reverse=True)
    assert len(set(reaches)) == 3


@pytest.mark.parametrize("said", [[5], [5, 4, 1], [1, 1], [5] * 12])
def test_it_is_the_reputation_of_fresh_ratings_by_people_without_habits(said):
    """Beside a member the same number stands, but for the habits of raters and for age."""
    kept = Reputations(1 + len(said), half_life=math.inf, prior=Prior(0.8, 3.0))
    ratings = [(stars - MIDDLE) / REACH for stars in said]
    raters = np.arange(1, 1 + len(said))
    kept.heed(Ratings(raters, np.zeros(len(said), int), np.array(ratings), np.arange(len(said)) * 1.0))  # fmt: skip
    told = kept.shown(float(len(said)))
    usual = Usual(MIDDLE + REACH * 0.8, 3.0, REACH * REACH * kept.prior.variance)
    shown = on_show([(stars, 1) for stars in said], usual)
    for mine, theirs in ((shown.value, told.value), (shown.low, told.low), (shown.high, told.high)):
        assert mine == pytest.approx(MIDDLE + REACH * theirs[0])


def test_what_is_kept_is_read_and_nothing_is_unknown():
    assert usual_of(None) == UNKNOWN
    assert usual_of({"mean": 4.5, "weight": 10.0, "variance": 0.5}) == Usual(4.5, 10.0, 0.5)
