"""What is thought of a member before much is known of them, learnt from the community's own ratings."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]

STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""What the prior may weigh, in ratings: the one that would have foretold best so far does."""
START, SETTLED = 3.0, 50
"""What it weighs before so many ratings came."""
UNKNOWN, UNKNOWN_COUNT = 1 / 3, 10
"""The variance of a rating of which nothing is known, and how many ratings that counts as."""


@dataclass(frozen=True)
class Prior:
    """The mean of members without ratings, and how many ratings that weighs."""

    mean: float
    strength: float


@dataclass
class Fit:
    """A prior that follows the ratings one by one; ``mean`` is theirs so far.

    ``errors`` are the squared errors that forecasts under each of ``STRENGTHS`` would have
    made. The least of them is the empirical choice, since what a prior makes of all ratings
    is the product of what it makes of each given the earlier ones. One that ``is_held``
    stays as it was given, and only learns how widely ratings scatter.
    """

    mean: float = 0.0
    strength: float = START
    is_held: bool = False
    count: int = 0
    total: float = 0.0
    scatter: float = UNKNOWN * UNKNOWN_COUNT
    errors: list[float] = field(default_factory=lambda: [0.0] * len(STRENGTHS))

    @property
    def variance(self) -> float:
        """How widely ratings of one member scatter, once the raters' bias is taken off."""
        return self.scatter / (self.count + UNKNOWN_COUNT)

    def learn(self, rating: float, corrected: float, signed: float, weight: float) -> None:
        """Take in a rating, what it is without bias, and the two sums that its ratee had before."""
        known = self.strength + weight
        error = corrected - (self.strength * self.mean + signed) / known
        # The forecast is uncertain too: errors are wider than the scatter by (known + 1) / known.
        self.scatter += error * error * known / (known + 1)
        self.count += 1
        if not self.is_held:
            self._choose(rating, corrected, signed, weight)

    def _choose(self, rating: float, corrected: float, signed: float, weight: float) -> None:
        errors, mean = self.errors, self.mean
        for place, strength in enumerate(STRENGTHS):
            error = corrected - (strength * mean + signed) / (strength + weight)
            errors[place] += error * error
        self.total += rating
        self.mean = self.total / self.count
        if self.count >= SETTLED:
            self.strength = STRENGTHS[errors.index(min(errors))]


def fitted_beta(positive: Floats, total: Floats) -> Prior:
    """The prior of shares, such as stars as (stars - 1) / 4: the likeliest Beta distribution.

    ``positive`` and ``total`` are the sum of shares and the number of ratings of each member.
    The answer's mean is on the scale from -1 to 1.
    """

    def unlikeliness(logs: Floats) -> float:
        a, b = np.exp(logs)
        each = special.betaln(a + positive, b + total - positive) - special.betaln(a, b)
        return -float(each.sum())

    middle = np.clip((positive.sum() + 1) / (total.sum() + 2), 0.01, 0.99)
    start = np.log([START * middle, START * (1 - middle)])
    found = optimize.minimize(unlikeliness, start, method="L-BFGS-B", bounds=[(-7.0, 12.0)] * 2)
    a, b = np.exp(found.x)
    return Prior(float(2 * a / (a + b) - 1), float(a + b))
