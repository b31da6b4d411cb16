"""A trial gives half of the members a change, and says what it did when it is over, not before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.standing.trials import Trial, effect

END = datetime(2026, 5, 1, tzinfo=UTC)
GREETING = Trial("greeting", END)


def test_half_are_given_it_and_another_trial_draws_anew():
    other = Trial("guide", END)
    given_it = [GREETING.has(member) for member in range(4000)]
    also = [other.has(member) for member in range(4000)]
    assert 1850 < sum(given_it) < 2150
    assert 900 < sum(a and b for a, b in zip(given_it, also, strict=True)) < 1100
    assert given_it == [Trial("greeting", END).has(member) for member in range(4000)]


def test_it_is_not_read_before_its_end():
    assert "2026-05-01" in GREETING.why_not_read(END - timedelta(seconds=1))
    assert GREETING.why_not_read(END) is None


def test_the_interval_is_that_of_newcombe():
    # His example: 56 of 70 against 48 of 80.
    found = effect(56, 70, 48, 80)
    assert found.difference == pytest.approx(0.2)
    assert (found.lo, found.hi) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.is_certain


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_it_lies_in_its_interval_and_turns_with_its_sides(of, without, data):
    stayed, others = data.draw(st.integers(0, of)), data.draw(st.integers(0, without))
    found, turned = effect(stayed, of, others, without), effect(others, without, stayed, of)
    assert -1 <= found.lo <= found.difference <= found.hi <= 1
    assert (turned.lo, turned.hi) == pytest.approx((-found.hi, -found.lo))


def test_the_effect_is_of_those_who_were_given_it():
    outcomes = [(member, GREETING.has(member) or member % 2 == 0) for member in range(400)]
    found = GREETING.effect(outcomes)
    assert found.difference == pytest.approx(0.5, abs=0.1)
    assert found.is_certain
    assert not effect(10, 20, 10, 20).is_certain
    with pytest.raises(ValueError, match="with it and without"):
        GREETING.effect([(1, True)])
