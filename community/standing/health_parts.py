"""Why a member's health is what it is, and why it changed: four bars in points that add up exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.kit.words import N_, Words
from community.standing.health import DEFAULT, Coefficients, logistic, probability, score
from community.standing.health_features import SEASON, Features, Floats

Wholes = NDArray[np.int64]


@dataclass(frozen=True)
class Bar:
    """One part of health: its name, what members call it, and the number that it speaks of."""

    name: str
    label: Words
    says: Words


BARS = (
    Bar("recent", N_("Recent"), N_("Days since the last act")),
    Bar("regular", N_("Regular"), N_("Weeks with an act, of the last 52")),
    Bar("rooted", N_("Rooted"), N_("Days since joining")),
    Bar("connected", N_("Connected"), N_("People met in the last 90 days")),
)
"""In the order of the features."""


@dataclass(frozen=True)
class Parts:
    """What a difference of health is made of, a row a member.

    ``points`` are exact and sum to 100 times the difference of the chances; ``shown`` are whole
    and sum to the difference of the scores. Of who is not known to have come they are NaN and 0.
    There is a column for each of ``BARS``; a change has one more, for the coefficients having
    been learned anew.
    """

    points: Floats
    shown: Wholes


def centre(features: Features) -> Floats:
    """The community's mean of ln(1 + x): of those who did something in the last 90 days.

    They are those whose return is foretold and learned from. Without any, the mean of all who
    are known to have come; zeros when nobody is.
    """
    is_here = features.recency <= SEASON
    if not is_here.any():
        is_here = ~np.isnan(features.recency)
    if not is_here.any():
        return np.zeros(len(BARS))
    mean: Floats = features.take(is_here).logs().mean(axis=0)
    return mean


def bars(features: Features, middle: Floats, coefficients: Coefficients = DEFAULT) -> Parts:
    """How far each member is above or below the member in the middle, and through what.

    In log-odds a bar is b (ln(1 + x) - mean), its exact Shapley value in a linear model; the
    points between the two chances are split in proportion.
    """
    points = _points(features.logs(), middle, coefficients)
    total = score(probability(features, coefficients)) - middle_score(middle, coefficients)
    return Parts(points, whole(points, total))


def middle_score(middle: Floats, coefficients: Coefficients = DEFAULT) -> float:
    """The score of the member in the middle, which the bars add to."""
    return float(score(logistic(coefficients.log_odds(middle))))


def change(
    now: Features,
    then: Features,
    coefficients: Coefficients = DEFAULT,
    former: Coefficients | None = None,
) -> Parts:
    """Why each member's health is not what it was, ``former`` being what it was reckoned with then."""
    former = coefficients if former is None else former
    moved = _points(now.logs(), then.logs(), coefficients)
    was, would_be = probability(then, former), probability(then, coefficients)
    points = np.column_stack((moved, 100 * (would_be - was)))
    return Parts(points, whole(points, score(probability(now, coefficients)) - score(was)))


def whole(points: Floats, total: Floats) -> Wholes:
    """Whole numbers near the points of each row that sum to its total, by largest remainders.

    The first of equal remainders comes first. Where nothing is known they are all 0.
    """
    points, total = np.nan_to_num(points), np.nan_to_num(total)
    down = np.floor(points)
    left = total - down.sum(axis=1)
    rank = np.argsort(np.argsort(down - points, axis=1, kind="stable"), axis=1)
    every, some = np.divmod(left, points.shape[1])
    found: Wholes = (down + every[:, None] + (rank < some[:, None])).astype(np.int64)
    return found


def _points(logs: Floats, others: Floats, coefficients: Coefficients) -> Floats:
    """The points between two rows, split by what each column adds to the log-odds."""
    added = (logs - others) * coefficients.slopes
    odds, other_odds = coefficients.log_odds(logs), coefficients.log_odds(others)
    # The slope of the chord between both chances: sinh(d/2) / (d/2) over 4 cosh cosh, which
    # unlike their difference over d is exact where they lie close.
    half = added.sum(axis=1) / 2
    is_apart = np.abs(half) > 1e-4
    rise = np.where(is_apart, np.sinh(half) / np.where(is_apart, half, 1.0), 1 + half**2 / 6)
    chord = rise / (4 * np.cosh(odds / 2) * np.cosh(other_odds / 2))
    points: Floats = 100 * chord[:, None] * added
    return points
