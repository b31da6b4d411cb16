"""How reliable each rating is and how fair each rater: for moderators only, never a score of a person.

REV2 (Kumar and others, 2018) with fixed priors and denominators that count ratings: what
agrees with the others is reliable, and who rates reliably is fair. It says little about who
can be trusted; that is what trust is for.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.standing.trust import Ratings, refuse_odd

Floats = NDArray[np.float64]

FAIR_PRIOR, GOOD_PRIOR = 2.0, 2.0
"""How many ratings everybody begins with, fair ones (1) given and middling ones (0) received."""
CONTRACTION = 0.75
"""Each round at least brings every reliability so much nearer to where it ends."""


@dataclass(frozen=True)
class Reliability:
    """What agrees with what.

    ``fairness`` of each member as a rater, 0 to 1; ``goodness`` of each as a ratee, -1 to 1;
    ``reliability`` of each rating, 0 to 1, in the order given. None is further than
    ``bound`` from the fixed point, which is the same from any start.
    """

    fairness: Floats
    goodness: Floats
    reliability: Floats
    rounds: int
    bound: float


def reliability(
    n: int,
    ratings: Ratings,
    *,
    tolerance: float = 1e-6,
    start: tuple[Floats, Floats] | None = None,
) -> Reliability:
    """The fixed point of fairness, goodness and reliability, to within ``tolerance``.

    Of a pair, ratings given should be the latest only. ``start`` are fairness and goodness
    of the last time, which saves rounds. Raises ValueError for a rating that is refused.
    """
    refuse_odd(ratings)
    fairness, goodness = start if start is not None else (np.ones(n), np.zeros(n))
    reliable = _agreement(ratings, fairness, goodness)
    rounds, bound = 0, math.inf
    while bound > tolerance:
        fairness, goodness = _members(n, ratings, reliable)
        fresh = _agreement(ratings, fairness, goodness)
        change = float(np.abs(fresh - reliable).max(initial=0.0))
        reliable, rounds = fresh, rounds + 1
        bound = change * CONTRACTION / (1 - CONTRACTION)
    return Reliability(*_members(n, ratings, reliable), reliable, rounds, bound)


def _agreement(ratings: Ratings, fairness: Floats, goodness: Floats) -> Floats:
    """The reliability of each rating: half its rater's fairness, half how near it is to the goodness."""
    near = 1.0 - np.abs(ratings.rating - goodness[ratings.ratee]) / 2
    agreement: Floats = (fairness[ratings.rater] + near) / 2
    return agreement


def _members(n: int, ratings: Ratings, reliable: Floats) -> tuple[Floats, Floats]:
    given = np.bincount(ratings.rater, reliable, n)
    received = np.bincount(ratings.ratee, reliable * ratings.rating, n)
    fairness = (FAIR_PRIOR + given) / (FAIR_PRIOR + np.bincount(ratings.rater, minlength=n))
    goodness = received / (GOOD_PRIOR + np.bincount(ratings.ratee, minlength=n))
    return fairness, goodness
