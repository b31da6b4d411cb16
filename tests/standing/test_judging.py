"""Measures of quality agree with their definitions, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from community.standing.judging import auc, average_precision, brier, ece, rmse

MODEST = settings(max_examples=60, deadline=None)
JUDGED = st.integers(2, 25).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.float64, n, elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])),
        arrays.arrays(np.bool_, n).filter(lambda y: y.any() and not y.all()),
    )
)


@MODEST
@given(JUDGED)
def test_auc_is_the_share_of_pairs_in_order(judged):
    scores, labels = judged
    good, bad = scores[labels][:, None], scores[~labels][None, :]
    assert auc(scores, labels) == pytest.approx(np.mean((good > bad) + 0.5 * (good == bad)))


@MODEST
@given(JUDGED)
def test_average_precision_sums_precision_over_recall_gained(judged):
    scores, labels = judged
    total, recall = 0.0, 0.0
    for bar in sorted(set(scores), reverse=True):
        taken = labels[scores >= bar]
        total += taken.mean() * (taken.sum() / labels.sum() - recall)
        recall = taken.sum() / labels.sum()
    assert average_precision(scores, labels) == pytest.approx(total)


def test_known_values():
    scores, labels = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    assert auc(scores, labels) == 0.75
    assert average_precision(scores, labels) == pytest.approx(0.8333333333)
    p, happened = np.array([0.05, 0.05, 1.0, 0.72, 0.78]), np.array([0, 1, 1, 1, 0])
    assert brier(p, happened) == pytest.approx((0.05**2 + 0.95**2 + 0.28**2 + 0.78**2) / 5)
    assert ece(p, happened) == pytest.approx((0.9 + 0.0 + 0.5) / 5)
    assert rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0])) == pytest.approx(2**0.5)


def test_a_perfect_forecast_has_no_error():
    happened = np.array([0, 1, 1, 0])
    assert (brier(happened * 1.0, happened), ece(happened * 1.0, happened)) == (0, 0)


@pytest.mark.parametrize(
    ("measure", "labels", "says"),
    [
        (auc, [True, True], "every label"),
        (auc, [False, False], "no label"),
        (average_precision, [False, False], "no label"),
        (auc, [True], "as many"),
    ],
)
def test_what_can_not_be_judged_is_refused(measure, labels, says):
    with pytest.raises(ValueError, match=says):
        measure(np.array([0.0, 1.0]), np.array(labels))
