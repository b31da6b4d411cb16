"""Shares are what their definitions say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph.shares import absence_factor, gini, top_share
from tests.graph.drawing import MODEST

AMOUNTS = st.lists(st.integers(0, 50), max_size=30).map(lambda told: np.array(told, np.int64))


@MODEST
@given(AMOUNTS)
def test_gini_is_half_the_relative_mean_difference(amounts):
    if not amounts.sum():
        assert gini(amounts) == 0
        return
    differences = np.abs(amounts[:, None] - amounts).mean()
    assert gini(amounts) == pytest.approx(differences / (2 * amounts.mean()), abs=1e-12)


def test_gini_of_all_the_same_and_of_all_with_one():
    assert gini(np.full(7, 3)) == pytest.approx(0, abs=1e-12)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)


@MODEST
@given(AMOUNTS, st.integers(0, 40))
def test_the_top_have_their_share(amounts, k):
    total = sum(amounts.tolist())
    sought = sum(sorted(amounts.tolist(), reverse=True)[:k]) / total if total else 0
    assert top_share(amounts, k) == pytest.approx(sought)


@pytest.mark.parametrize(
    ("amounts", "share", "people"),
    [
        ([1000, 202, 90, 33, 332, 343, 42, 433], 0.5, 2),
        ([1000, 202, 90, 33, 332, 343, 42, 433], 0.8, 4),
        ([1, 1], 0.5, 1),
        ([1, 1, 1], 0.5, 2),
        ([0.3] * 6, 0.5, 3),
        ([5], 0.5, 1),
        ([0, 0], 0.5, 0),
        ([], 0.5, 0),
    ],
)
def test_on_how_many_it_hangs(amounts, share, people):
    assert absence_factor(np.array(amounts), share) == people


@MODEST
@given(AMOUNTS, st.sampled_from([0.25, 0.5, 0.8]))
def test_one_fewer_would_not_give_that_share(amounts, share):
    people, total = absence_factor(amounts, share), amounts.sum()
    ordered = sorted(amounts.tolist(), reverse=True)
    if total:
        assert math.fsum(ordered[:people]) >= share * total * (1 - 1e-9)
        assert math.fsum(ordered[: people - 1]) < share * total
