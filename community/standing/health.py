"""A member's health: how likely they are to do anything in the next 90 days, as 0 to 100, and what state that is.

Standing, badges and reviews are beside it and not in it: they answer another question.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from community.standing.health_features import Features, Floats, Mask

Codes = NDArray[np.int64]
State = Literal["new", "away", "drifting", "steady", "thriving"]

STATES: tuple[State, ...] = ("new", "away", "drifting", "steady", "thriving")
"""By their codes. Who is new has no score yet."""
NEW, AWAY, DRIFTING, STEADY, THRIVING = range(5)
ENTER = (0.15, 0.40, 0.70)
"""The chance from which on a member is drifting, steady, thriving."""
LEAVE = (0.10, 0.35, 0.65)
"""The chance below which one who was so is so no longer: 5 points less."""
SETTLED = 30
"""Days of tenure below which a member is new."""
FALL = 20
"""Points lost in 28 days that somebody should look at."""
FALL_DAYS = 28
NINETY_PERCENT = 1.6448536269514722
"""Standard deviations to each side within which nine tenths of a normal distribution lie."""
PSEUDO_ROWS = 200
"""How many outcomes of one's own weigh as much as the shipped coefficients."""

ROW = (
    (0.1058, 0.3445, 0.1302, 0.5032, 0.0848),
    (0.3445, 1.2226, 0.4216, 1.6861, 0.2664),
    (0.1302, 0.4216, 0.1986, 0.6775, 0.1212),
    (0.5032, 1.6861, 0.6775, 2.6459, 0.4231),
    (0.0848, 0.2664, 0.1212, 0.4231, 0.1030),
)
"""What one outcome tells of the coefficients: the mean of p (1 - p) z z' with z = (1, ln(1 + x)), over
15,873 outcomes on travel.stackexchange.com from 2013-07 to 2016-03, with p of the shipped ones."""


@dataclass(frozen=True)
class Coefficients:
    """What ln(1 + x) of each number adds to the log-odds of a return, and how sure that is.

    ``covariance`` is that of ``base`` and the four, in their order.
    """

    version: str
    base: float
    recency: float
    weeks: float
    tenure: float
    peers: float
    covariance: tuple[tuple[float, ...], ...]

    @property
    def slopes(self) -> Floats:
        """The four without the base."""
        return np.array([self.recency, self.weeks, self.tenure, self.peers])

    def log_odds(self, logs: Floats) -> Floats:
        """The log-odds of a return for rows of ln(1 + x)."""
        odds: Floats = self.base + logs @ self.slopes
        return odds


DEFAULT = Coefficients(
    version="shipped 1",
    base=-2.946,
    recency=-0.477,
    weeks=1.300,
    tenure=0.236,
    peers=0.826,
    covariance=tuple(map(tuple, np.linalg.inv(PSEUDO_ROWS * np.array(ROW)).tolist())),
)
"""Learned from travel.stackexchange.com; unchanged it foretold four communities never seen with AUC .76 to .86."""


@dataclass(frozen=True)
class Health:
    """What is said of each member: a chance, 0 to 100 points, the 90 % interval of both, a state.

    Chance, score and interval are NaN for who is new; ``state`` holds codes of ``STATES``.
    """

    p: Floats
    score: Floats
    low: Floats
    high: Floats
    state: Codes


def assess(
    features: Features, coefficients: Coefficients = DEFAULT, previous: Codes | None = None
) -> Health:
    """The health of members, given the states that they had when last looked at."""
    p = probability(features, coefficients)
    low, high = interval(features, coefficients)
    state = states(p, features.tenure, previous)
    p, points, low, high = np.where(state == NEW, np.nan, (p, score(p), low, high))
    return Health(p, points, low, high, state)


def probability(features: Features, coefficients: Coefficients = DEFAULT) -> Floats:
    """The chance that each member does anything in the next 90 days."""
    return logistic(coefficients.log_odds(features.logs()))


def score(p: Floats) -> Floats:
    """A chance in whole points of 100, halves upwards."""
    return np.floor(100 * p + 0.5)


def interval(features: Features, coefficients: Coefficients = DEFAULT) -> tuple[Floats, Floats]:
    """Where nine tenths of the chances lie that the coefficients' uncertainty allows.

    By the delta method: the variance of log-odds is z' V z with z = (1, ln(1 + x)).
    """
    z = with_base(features.logs())
    odds = coefficients.log_odds(z[:, 1:])
    spread = NINETY_PERCENT * np.sqrt(((z @ np.array(coefficients.covariance)) * z).sum(axis=1))
    return logistic(odds - spread), logistic(odds + spread)


def states(p: Floats, tenure: Floats, previous: Codes | None = None) -> Codes:
    """The state of each member as a code of ``STATES``, given the one before where there was one.

    A better state is entered at its bar and left 5 points below, so that nobody flickers.
    """
    entered = DRIFTING - 1 + np.searchsorted(ENTER, p, side="right")
    kept = DRIFTING - 1 + np.searchsorted(LEAVE, p, side="right")
    before = entered if previous is None else np.where(previous == NEW, entered, previous)
    # Comparing so makes who is not known to have come new as well.
    return np.where(tenure >= SETTLED, np.clip(before, entered, kept), NEW)


def alerts(now: Health, then: Health, previous: Codes, is_high: Mask) -> tuple[Mask, Mask]:
    """Whom somebody should look after: who fell, and who began to drift.

    A fall is one of 20 points since ``then``, 28 days ago. Beginning to drift is coming down
    from a better state, ``previous``; it counts where standing ``is_high``.
    """
    has_fallen: Mask = then.score - now.score >= FALL
    has_drifted: Mask = (previous >= STEADY) & (now.state <= DRIFTING) & (now.state != NEW)
    return has_fallen, has_drifted & is_high


def logistic(odds: Floats) -> Floats:
    """Log-odds as a chance, always strictly between 0 and 1."""
    return 1 / (1 + np.exp(-np.clip(odds, -36, 36)))


def with_base(logs: Floats) -> Floats:
    """Rows of ln(1 + x) with a one before each, for the base."""
    return np.column_stack((np.ones(len(logs)), logs))
