"""Priors are learnt from ratings, and found again where they are known."""

import numpy as np
import pytest

from community.standing.priors import SETTLED, START, UNKNOWN, Fit, fitted_beta


def test_a_known_beta_is_found_again():
    random = np.random.default_rng(7)
    chance, total = random.beta(14.0, 3.0, 3000), random.integers(1, 60, 3000)
    found = fitted_beta(random.binomial(total, chance).astype(float), total.astype(float))
    assert found.mean == pytest.approx(2 * 14 / 17 - 1, abs=0.01)
    assert found.strength == pytest.approx(17, rel=0.1)


def test_without_ratings_a_beta_still_has_a_mean():
    assert fitted_beta(np.zeros(0), np.zeros(0)).mean == pytest.approx(0)


def test_it_starts_careful_and_settles_on_what_foretells_best():
    fit = Fit()
    assert (fit.mean, fit.strength, fit.variance) == (0.0, START, pytest.approx(UNKNOWN))
    for _ in range(SETTLED - 1):
        fit.learn(0.5, 0.5, 4.5, 5.0)
    assert (fit.strength, fit.mean) == (START, 0.5)
    fit.learn(0.5, 0.5, 4.5, 5.0)
    assert fit.strength == 30.0, "members gave no hint, the mean did"
    for _ in range(SETTLED):
        fit.learn(-0.9, -0.9, -4.5, 5.0)
    assert fit.strength == 1.0, "members went their own way"


def test_a_held_prior_learns_only_how_widely_ratings_scatter():
    fit = Fit(0.0, 1.0, is_held=True)
    for _ in range(1000):
        fit.learn(0.4, 0.4, 0.0, 0.0)
    assert (fit.mean, fit.strength) == (0.0, 1.0)
    # What was foretold rests on one rating's worth, so half of the error is its own.
    assert fit.variance == pytest.approx(0.4**2 / 2, abs=0.005)
