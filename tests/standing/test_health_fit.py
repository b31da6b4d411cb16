"""Coefficients are learned from what was over in time, drawn to the shipped ones, and adopted only if better."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.standing import health_fit
from community.standing.health import DEFAULT, ROW, Coefficients, probability
from community.standing.health_features import Acts, Features, features
from community.standing.health_fit import (
    BackTest,
    Fit,
    Outcomes,
    adopted,
    back_test,
    cutoffs,
    labelled,
    refit,
    together,
    why_not_adopt,
)
from community.standing.past import NOBODY

DATA = Path(os.environ.get("KITH_DATA", Path(__file__).parents[3] / "shared" / "data"))
TRUE = Coefficients("true", -1.5, -0.9, 1.6, 0.1, 0.3, DEFAULT.covariance)
NAMES = ("base", "recency", "weeks", "tenure", "peers")


def told(coefficients):
    return np.array([getattr(coefficients, name) for name in NAMES])


def drawn(many, seed=1, by=TRUE, cutoff=(18_000.0,)):
    """Outcomes that follow some coefficients."""
    rng = np.random.default_rng(seed)
    tenure = rng.integers(0, 2000, many)
    found = Features(
        np.floor(tenure * rng.random(many) ** 3).clip(0, 90),
        rng.integers(1, 30, many).astype(float),
        tenure.astype(float),
        rng.integers(0, 12, many).astype(float),
    )
    return Outcomes(
        found,
        np.arange(many),
        np.resize(np.array(cutoff), many),
        rng.random(many) < probability(found, by),
        rng.random(many) < 0.3,
    )


NEWEST = drawn(400, seed=9, cutoff=(18_090.0,))


def test_without_outcomes_it_is_the_default_and_with_many_the_truth():
    nothing = refit(together([drawn(0), NEWEST]))
    np.testing.assert_allclose(told(nothing.coefficients), told(DEFAULT), atol=1e-6)
    np.testing.assert_allclose(nothing.coefficients.covariance, DEFAULT.covariance, atol=1e-6)
    much = refit(together([drawn(40_000), NEWEST]), strength=1e-6)
    np.testing.assert_allclose(told(much.coefficients), told(TRUE), atol=0.12)


def test_it_is_where_the_slope_of_the_penalised_likelihood_is_none():
    rows = drawn(300)
    b = told(refit(together([rows, NEWEST])).coefficients)
    z = np.column_stack((np.ones(300), rows.features.logs()))
    slope = z.T @ (rows.has_returned - 1 / (1 + np.exp(-z @ b)))
    np.testing.assert_allclose(slope, 200 * np.array(ROW) @ (b - told(DEFAULT)), atol=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_more_strength_draws_it_nearer_and_order_does_not_matter(seed):
    rows = together([drawn(150, seed), NEWEST])
    precision = np.array(ROW)

    def away(strength):
        off = told(refit(rows, strength=strength).coefficients) - told(DEFAULT)
        return off @ precision @ off

    assert away(50) >= away(200) - 1e-9 >= away(2000) - 2e-9
    shuffled = rows.take(np.random.default_rng(seed).permutation(len(rows)))
    assert refit(shuffled) == refit(rows)


def test_it_stops_at_the_latest_after_so_many_steps(monkeypatch):
    rows = together([drawn(300), NEWEST])
    found = told(refit(rows).coefficients)
    monkeypatch.setattr(health_fit, "MOST_STEPS", 1)
    early = told(refit(rows).coefficients)
    assert 0 < np.abs(early - found).max() < 1


def test_no_number_counts_against_its_sign():
    against = Coefficients("odd", -1.0, 0.8, 1.0, -0.5, 0.2, DEFAULT.covariance)
    found = refit(together([drawn(5000, by=against), NEWEST])).coefficients
    assert found.recency == 0
    assert found.tenure == 0
    assert found.weeks > 0 < found.peers
    assert (np.diag(found.covariance) > 0).all()


def test_only_outcomes_over_by_the_newest_cutoff_are_learned_from():
    early, late = drawn(300, 1, cutoff=(18_000.0,)), drawn(300, 2, cutoff=(18_001.0,))
    alone = refit(together([early, NEWEST]))
    assert refit(together([early, late, NEWEST])) == alone
    assert alone.outcomes == 300
    assert alone.test == back_test(NEWEST, alone.coefficients)
    assert alone.coefficients.version.startswith("2019-07-13 ")
    assert (
        refit(together([early.take(np.arange(299)), NEWEST])).coefficients.version
        != alone.coefficients.version
    )


def test_it_is_adopted_only_if_it_foretells_the_newest_season_better():
    newest = drawn(3000, seed=5, cutoff=(18_090.0,))
    good = refit(together([drawn(2000), newest]))
    assert why_not_adopt(good, DEFAULT, newest) is None
    assert adopted(good, DEFAULT, newest) is good.coefficients
    assert "no better" in why_not_adopt(good, TRUE, newest)
    assert adopted(good, TRUE, newest) is TRUE
    assert "no better" in why_not_adopt(good, good.coefficients, newest)
    few = refit(together([drawn(199), newest]))
    assert "199 outcomes; 200" in why_not_adopt(few, DEFAULT, newest)
    assert why_not_adopt(refit(together([drawn(200), newest])), DEFAULT, newest) is None
    assert "nothing newer" in why_not_adopt(good, DEFAULT, newest.take(np.arange(0)))


def test_nothing_to_learn_from_leaves_the_default():
    found = refit(NEWEST.take(np.arange(0)))
    assert isinstance(found, Fit)
    assert found.coefficients is DEFAULT
    assert found.test.rows == 0
    assert np.isnan(found.test.brier)
    assert "0 outcomes" in why_not_adopt(found, DEFAULT, NEWEST)


def test_a_back_test_says_what_happened():
    rows = Outcomes(
        Features(*np.array([[0, 20, 900, 9], [50, 1, 60, 0], [5, 20, 900, 4], [9, 3, 90, 1.0]]).T),
        np.arange(4),
        np.full(4, 18_000.0),
        np.array([True, False, False, True]),
        np.array([True, False, True, False]),
    )
    p = probability(rows.features)
    assert p[0] > p[2] > p[3] > p[1]
    found = back_test(rows, DEFAULT)
    assert (found.rows, found.returned, found.regulars, found.leavers) == (4, 2, 2, 1)
    assert found.foretold == pytest.approx(p.sum())
    assert found.auc == 0.75
    assert found.early_warning == 1
    assert found.brier == pytest.approx(np.mean((p - rows.has_returned) ** 2))
    nobody_left = back_test(replace(rows, has_returned=np.full(4, True)), DEFAULT)
    assert isinstance(nobody_left, BackTest)
    assert np.isnan(nobody_left.auc)
    assert np.isnan(nobody_left.early_warning)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(17_700, 18_190), st.integers(NOBODY, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_rows_are_who_was_there_and_whether_they_came_back(rows):
    acts = Acts(*(np.array(column) for column in zip(*rows, strict=True)))
    at = [18_000.0, 18_090.0]
    found = labelled(acts, at, 4)
    expected = []
    for cutoff in at:
        for member in range(4):
            days = [day for who, day, _ in rows if who == member]
            season = [day for day in days if cutoff - 90 < day <= cutoff]
            if season:
                returned = any(cutoff < day <= cutoff + 90 for day in days)
                often = len({day // 1 for day in season}) >= 5
                regular = often and cutoff - max(season) // 1 <= 14
                expected.append((cutoff, member, returned, regular))
    told = zip(found.cutoff, found.member, found.has_returned, found.is_regular, strict=True)
    assert [tuple(row) for row in told] == expected
    for cutoff in at:
        here = found.take(found.cutoff == cutoff)
        np.testing.assert_array_equal(
            here.features.logs(), features([acts], cutoff, 4).take(here.member).logs()
        )


@pytest.mark.parametrize(
    ("days", "is_regular"),
    [([17_950, 17_960, 17_970, 17_980, 17_986], True), ([17_950, 17_960, 17_970, 17_986], False),
     ([17_950, 17_960, 17_960.5, 17_970, 17_986], False), ([17_950, 17_960, 17_970, 17_980, 17_985.9], False),
     ([17_909, 17_960, 17_970, 17_980, 17_990], False)],
)  # fmt: skip
def test_regulars_were_seen_in_a_fortnight_and_on_five_days_of_ninety(days, is_regular):
    acts = Acts(np.zeros(len(days), np.int64), np.array(days), np.full(len(days), NOBODY))
    assert labelled(acts, [18_000.0], 1).is_regular.tolist() == [is_regular]


def test_cutoffs_are_seasons_back_from_the_last_whose_outcome_is_known():
    assert cutoffs(18_000, 18_365) == [18_095, 18_185, 18_275]
    assert cutoffs(18_000, 18_180) == [18_090]
    assert cutoffs(18_000, 18_179) == []
    assert cutoffs(18_000, 18_000) == []
    assert len(labelled(Acts(*np.empty((3, 0))), [], 4)) == 0


def test_travel_is_foretold_as_published():
    if not (DATA / "stackexchange-travel").exists():
        pytest.skip(f"{DATA / 'stackexchange-travel'} is not there")
    from benchmarks import health as bench

    travel = bench.Travel(DATA)
    judged = labelled(travel.acts(), bench.JUDGE, travel.id.size)
    assert (len(travel.acts()), len(judged)) == (188_584, 12_105)
    assert bench.mean_auc(judged, DEFAULT) >= 0.890
    assert back_test(judged, DEFAULT).ece <= 0.04
