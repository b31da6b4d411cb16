"""The number on show of what has reviews: their mean, drawn towards what is usual, with its band."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SURE = 1.6449
"""Standard deviations on either side that hold nine of ten cases."""
LOWEST, HIGHEST = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What is thought before anything is known: so many stars, as if so many reviews had said it.

    ``variance`` is how widely reviews of the same scatter, in stars squared.
    """

    mean: float = 3.0
    weight: float = 3.0
    variance: float = 4 / 3


UNKNOWN = Usual()
"""What holds in a place of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class OnShow:
    """A rating in stars with the ends of its band; ``mean`` is the plain one of the ``rated`` reviews."""

    value: float
    low: float
    high: float
    rated: int
    mean: float
    usual: Usual


def usual_of(told: Mapping[str, Any] | None) -> Usual:
    """What is usual as it was kept; what holds of any place where nothing is kept."""
    return Usual(**told) if told else UNKNOWN


def on_show(by_stars: Iterable[tuple[int, int]], usual: Usual) -> OnShow | None:
    """The rating of so many reviews with so many stars each; None without any.

    It is (weight x usual mean + sum of stars) / (weight + reviews), so that few change little;
    its band holds the truth in nine of ten cases.
    """
    pairs = tuple(by_stars)
    rated = sum(many for _, many in pairs)
    if not rated:
        return None
    total = sum(stars * many for stars, many in pairs)
    weight = usual.weight + rated
    value = (usual.weight * usual.mean + total) / weight
    reach = SURE * math.sqrt(usual.variance / weight)
    low, high = max(value - reach, LOWEST), min(value + reach, HIGHEST)
    return OnShow(value, low, high, rated, total / rated, usual)
