"""Health is a chance that falls with silence and rises with the rest, and no state flickers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.standing.health import (
    AWAY,
    DEFAULT,
    DRIFTING,
    NEW,
    PSEUDO_ROWS,
    ROW,
    STATES,
    STEADY,
    THRIVING,
    Health,
    alerts,
    assess,
    interval,
    probability,
    score,
    states,
)
from community.standing.health_features import Acts, Features, features
from community.standing.past import NOBODY

quick = settings(max_examples=100, deadline=None)
days = st.integers(0, 6000)
rows = st.tuples(days, st.integers(0, 52), days, st.integers(0, 100_000)).map(
    lambda row: (min(row[0], row[2]), row[1], row[2], row[3])
)
acts = st.lists(
    st.tuples(st.floats(16_000, 17_000), st.integers(NOBODY, 6)), min_size=1, max_size=25
)


def of(*told):
    return Features(*np.array(told, float).reshape(-1, 4).T)


def p(*told):
    return float(probability(of(told))[0])


def at(found, as_of):
    return features(
        [Acts(np.zeros(len(found), int), *map(np.array, zip(*found, strict=True)))], as_of, 1
    )


def log_odds(found, as_of):
    return float(DEFAULT.log_odds(at(found, as_of).logs())[0])


def test_the_shipped_coefficients_are_the_recommended_ones():
    assert (DEFAULT.base, *DEFAULT.slopes) == (-2.946, -0.477, 1.300, 0.236, 0.826)
    odds = -2.946 - 0.477 * math.log(4) + 1.3 * math.log(11) + 0.236 * math.log(401)
    odds += 0.826 * math.log(6)
    assert p(3, 10, 400, 5) == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-12)


@quick
@given(rows, st.integers(0, 3), st.integers(1, 500))
def test_it_is_a_chance_that_falls_with_silence_and_rises_with_the_rest(row, which, more):
    changed = list(row)
    changed[which] += more
    here, there = p(*row), p(*changed)
    assert 0 < here < 1
    assert there < here if which == 0 else there > here


@quick
@given(acts, st.integers(0, 400))
def test_a_day_of_silence_alone_moves_it_a_little(found, later):
    today = 17_000.5 + later
    now, then = at(found, today), at(found, today + 1)
    moved = float((probability(now) - probability(then))[0])
    if now.weeks[0] == then.weeks[0] and now.peers[0] == then.peers[0]:
        r = now.recency[0]
        assert moved <= 0.477 * math.log((r + 2) / (r + 1)) / 4 <= 0.083
        # Tenure grows by the same day, but never by more than silence takes.
        assert moved > 0


@quick
@given(acts, st.integers(0, 400), st.integers(NOBODY, 9))
def test_an_act_more_never_lowers_it_and_raises_it_within_its_bound(found, later, other):
    today = 17_000.5 + later
    before, now = at(found, today), [*found, (today, other)]
    w, k, r = before.weeks[0], before.peers[0], before.recency[0]
    most = 1.3 * math.log((w + 2) / (w + 1)) + 0.826 * math.log((k + 2) / (k + 1))
    most += 0.477 * math.log(1 + r)
    gained = log_odds(now, today) - log_odds(found, today)
    assert 0 <= gained <= most + 1e-12
    assert log_odds([*now, (today - 0.2, other)], today) == log_odds(now, today)


@quick
@given(rows, rows)
def test_points_move_by_at_most_25_a_unit_of_log_odds(here, there):
    odds = DEFAULT.log_odds(of(here, there).logs())
    assert 100 * abs(p(*here) - p(*there)) <= 25 * abs(odds[0] - odds[1]) + 1e-9


@quick
@given(rows)
def test_the_interval_holds_the_chance_and_narrows_with_what_is_known(row):
    low, high = interval(of(row))
    assert 0 < low[0] < p(*row) < high[0] < 1
    z = np.array([1, *np.log1p(row)])
    variance = z @ np.linalg.inv(PSEUDO_ROWS * np.array(ROW)) @ z
    shown = [math.log(end / (1 - end)) for end in (low[0], high[0])]
    assert (shown[1] - shown[0]) / 2 == pytest.approx(1.6449 * math.sqrt(variance), rel=1e-3)


def test_points_are_rounded_half_upwards():
    assert score(np.array([0.125, 0.375, 0.0049, 0.995])).tolist() == [13, 38, 0, 100]


@pytest.mark.parametrize(
    ("previous", "chance", "expected"),
    [
        (None, 0.70, THRIVING), (None, 0.6999, STEADY), (None, 0.40, STEADY), (None, 0.3999, DRIFTING),
        (None, 0.15, DRIFTING), (None, 0.1499, AWAY),
        (THRIVING, 0.65, THRIVING), (THRIVING, 0.6499, STEADY), (STEADY, 0.6999, STEADY),
        (STEADY, 0.35, STEADY), (STEADY, 0.3499, DRIFTING), (DRIFTING, 0.3999, DRIFTING),
        (DRIFTING, 0.10, DRIFTING), (DRIFTING, 0.0999, AWAY), (AWAY, 0.1499, AWAY), (AWAY, 0.15, DRIFTING),
        (THRIVING, 0.05, AWAY), (AWAY, 0.95, THRIVING), (NEW, 0.65, STEADY),
    ],
)  # fmt: skip
def test_a_better_state_is_entered_at_its_bar_and_left_five_points_below(
    previous, chance, expected
):
    before = None if previous is None else np.array([previous])
    assert states(np.array([chance]), np.array([30.0]), before).tolist() == [expected]
    assert states(np.array([chance]), np.array([29.0]), before).tolist() == [NEW]


@quick
@given(st.floats(0, 1), st.integers(0, 4))
def test_a_state_stays_when_nothing_changes(chance, previous):
    chance, tenure = np.array([chance]), np.array([99.0])
    once = states(chance, tenure, np.array([previous]))
    assert states(chance, tenure, once) == once
    assert NEW < once < len(STATES)


def test_who_is_new_has_a_state_and_no_score():
    found = assess(of((0, 1, 29, 3), (0, 1, 30, 3), (np.nan, 0, np.nan, 0)))
    assert [STATES[code] for code in found.state] == ["new", "steady", "new"]
    for told in (found.p, found.score, found.low, found.high):
        assert np.isnan(told).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("then", "now", "previous", "state", "is_high", "fell", "drifted"),
    [
        (80, 60, THRIVING, STEADY, True, True, False),
        (80, 61, THRIVING, STEADY, True, False, False),
        (45, 34, STEADY, DRIFTING, True, False, True),
        (45, 34, STEADY, DRIFTING, False, False, False),
        (45, 9, STEADY, AWAY, True, True, True),
        (12, 16, AWAY, DRIFTING, True, False, False),
        (36, 34, DRIFTING, DRIFTING, True, False, False),
        (np.nan, 34, NEW, DRIFTING, True, False, False),
        (50, np.nan, STEADY, NEW, True, False, False),
    ],
)
def test_a_fall_and_a_beginning_drift_raise_an_alert(
    then, now, previous, state, is_high, fell, drifted
):
    def health(points, code):
        none = np.array([np.nan])
        return Health(none, np.array([float(points)]), none, none, np.array([code]))

    told = alerts(
        health(now, state), health(then, previous), np.array([previous]), np.array([is_high])
    )
    assert [mask.tolist() for mask in told] == [[fell], [drifted]]
