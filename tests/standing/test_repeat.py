"""Purchases foretell purchases as published, and as customers drawn from the model do."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from benchmarks import repeat as bench
from community.standing import repeat
from community.standing.repeat import Model, Purchases, expected, fit, p_any, purchases

DATA = Path(os.environ.get("KITH_DATA", Path(__file__).parents[3] / "shared" / "data"))
positive = st.floats(0.05, 20)
models = st.builds(Model, positive, positive, positive, positive, st.just(0.0))
customers = st.lists(
    st.tuples(st.integers(0, 30), st.floats(0.01, 1), st.floats(0.1, 100)), min_size=1, max_size=8
)


def of(rows):
    x, share, age = np.array(rows, float).T
    return Purchases(x, np.where(x > 0, share * age, 0.0), age)


def drawn(model, many, until, seed=1):
    """Days of purchases of customers who follow a model, each from day 0 on."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, many)
    leaving = rng.beta(model.a, model.b, many)
    customer, day = [np.arange(many)], [np.zeros(many)]
    is_here, at = np.ones(many, bool), np.zeros(many)
    while is_here.any():
        at = at + rng.exponential(1 / np.maximum(rate, 1e-12))
        is_here &= at <= until
        customer.append(np.flatnonzero(is_here))
        day.append(at[is_here])
        is_here &= rng.random(many) >= leaving
    return np.concatenate(customer), np.concatenate(day)


def test_cdnow_has_the_published_parameters():
    if not (DATA / "cdnow").exists():
        pytest.skip(f"{DATA / 'cdnow'} is not there")
    told, later = bench.cdnow("sample", DATA)
    model, published = fit(told), bench.PUBLISHED["sample"]
    for name in ("r", "alpha", "a", "b"):
        assert getattr(model, name) == pytest.approx(getattr(published, name), rel=0.005)
    assert model.log_likelihood >= -9582.44
    assert expected(model, told, 39).sum() == pytest.approx(1653, abs=1)
    assert later.sum() == 1882


@settings(max_examples=60, deadline=None)
@given(models, customers)
def test_the_slope_of_the_likelihood_is_its_slope(model, rows):
    told = of(rows)
    at = np.array([model.r, model.alpha, model.a, model.b])

    def value(parameters):
        return repeat._log_likelihood(parameters, told.repeats, told.last, told.age)[0].sum()

    slope = repeat._log_likelihood(at, told.repeats, told.last, told.age)[1].sum(axis=1)
    near = optimize.approx_fprime(at, value, 1e-7)
    np.testing.assert_allclose(slope, near, rtol=1e-3, atol=1e-2)


@settings(max_examples=100, deadline=None)
@given(models, customers, st.floats(0.1, 200), st.floats(0.1, 200))
def test_a_chance_is_one_and_more_time_brings_more(model, rows, weeks, more):
    told = of(rows)
    p, many = p_any(model, told, weeks), expected(model, told, weeks)
    assert ((p > 0) & (p <= 1)).all()
    assert (p_any(model, told, weeks + more) >= p).all()
    # The mean of a number is at least the chance that it isn't 0.
    assert (many >= p * (1 - 1e-6) - 1e-9).all()
    assert (expected(model, told, weeks + more) >= many * (1 - 1e-6)).all()


@pytest.mark.parametrize("a", [0.8, 1.0, 1.7])
def test_customers_of_the_model_do_what_it_foretells(a):
    truth = Model(0.7, 5.0, a, 2.5, 0.0)
    customer, week = drawn(truth, 200_000, 80)
    known = week <= 40
    count = np.bincount(customer[known], minlength=200_000) - 1.0
    last = np.zeros(200_000)
    np.maximum.at(last, customer[known], week[known])
    told = Purchases(count, last, np.full(200_000, 40.0))
    later = np.bincount(customer[~known], minlength=200_000)
    p, many = p_any(truth, told, 40), expected(truth, told, 40)
    for group in (count == 0, count == 1, (count > 1) & (last > 30), (count > 1) & (last <= 30)):
        spread = 4 / np.sqrt(group.sum())
        assert p[group].mean() == pytest.approx((later[group] > 0).mean(), abs=spread / 2)
        assert many[group].mean() == pytest.approx(
            later[group].mean(), abs=spread * later[group].std()
        )


def test_the_parameters_of_drawn_customers_are_found_again():
    truth = Model(0.5, 6.0, 0.8, 2.4, 0.0)
    customer, week = drawn(truth, 30_000, 52, seed=4)
    count = np.bincount(customer, minlength=30_000) - 1.0
    last = np.zeros(30_000)
    np.maximum.at(last, customer, week)
    found = fit(Purchases(count, last, np.full(30_000, 52.0)))
    assert (found.r, found.alpha) == pytest.approx((0.5, 6.0), rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.25, rel=0.1)


def test_neither_order_nor_names_nor_rows_of_one_day_matter():
    rng = np.random.default_rng(3)
    customer = np.concatenate((np.arange(300), rng.integers(0, 300, 900)))
    day = np.concatenate((rng.integers(0, 60, 300), rng.integers(60, 280, 900)))
    plain = fit(purchases(customer, day, 280, 300))
    order, named = rng.permutation(1200), rng.permutation(300)
    again = np.concatenate((order, order[:200]))
    assert fit(purchases(named[customer[again]], day[again], 280, 300)) == plain


def test_purchases_are_days_up_to_the_cutoff_in_weeks():
    customer = np.array([0, 0, 0, 0, 1, 0])
    day = np.array([100, 114, 114, 142, 128, 143])
    told = purchases(customer, day, 142, 2)
    assert (told.repeats.tolist(), told.last.tolist(), told.age.tolist()) == (
        [2, 0],
        [6, 0],
        [6, 2],
    )
    assert len(told) == 2


def test_without_a_repeat_there_is_nothing_to_learn():
    with pytest.raises(ValueError, match="nobody bought again"):
        fit(purchases(np.array([0, 1, 1]), np.array([1, 2, 2]), 50, 2))


def test_the_chance_of_still_being_a_customer_is_not_told():
    assert not [name for name in vars(repeat) if "alive" in name and not name.startswith("_")]
