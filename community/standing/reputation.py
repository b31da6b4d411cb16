"""The rating on show: what others gave a member, without the givers' bias, faded by age, shrunk by how little it is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from community.standing.priors import Fit, Prior
from community.standing.trust import Ratings, refuse_odd

Floats = NDArray[np.float64]

HALF_LIFE = 90 * 86_400.0
"""Seconds after which a rating weighs half."""
CALM = 2
"""Surprises of size 0 that every rater begins with, so that few of them are no bias yet."""
SURE = 1.6449
"""Standard deviations on either side that hold 90 % of a normal distribution, and 95 % from one side."""
LOW, HIGH = -1.0, 1.0


@dataclass(frozen=True)
class Heard:
    """Of each rating, in the order given: what was foretold of it, and what it is without bias.

    Its rater's bias is known from his earlier ratings only; without it a rating is still
    within the scale.
    """

    foretold: Floats
    corrected: Floats


@dataclass(frozen=True)
class Shown:
    """One value a member: the rating on show, its 90 % interval, and how many fresh ratings it rests on.

    ``low`` is what to sort by: the value that is exceeded with 95 % certainty.
    """

    value: Floats
    low: Floats
    high: Floats
    weight: Floats


@dataclass(frozen=True)
class Part:
    """What one rating adds to the value shown: its ``share`` of the weight, and the ``amount``.

    The amount is share times rating without bias. ``rater`` and ``rating`` are None for the
    prior and for the others together.
    """

    rater: int | None
    rating: float | None
    share: float
    amount: float


class Reputations:
    """The ratings of a community, kept as three numbers a member and two a rater.

    ``signed`` S and ``weight`` C are the sums of f (w - bias) and of f at the moment ``last``,
    with f = 2^(-age / half-life); ``surprise`` and ``given`` are the sum and the number of how
    far each rater's ratings lay above what was known of the ratee. A rating costs the same
    however many came before it, and what is shown is (k m + S) / (k + C).
    """

    def __init__(self, n: int, *, half_life: float = HALF_LIFE, prior: Prior | None = None) -> None:
        """Nobody rated yet. ``half_life`` in seconds, ``math.inf`` for none; a ``prior`` is kept to."""
        self.half_life = half_life
        self.signed, self.weight, self.last = np.zeros(n), np.zeros(n), np.zeros(n)
        self.surprise, self.given = np.zeros(n), np.zeros(n)
        self.prior = Fit() if prior is None else Fit(prior.mean, prior.strength, is_held=True)

    def heed(self, ratings: Ratings) -> Heard:
        """Take ratings in, in order of time and at one moment in the order given.

        What is foretold of each rests on those before it alone. It's the same whether they
        come at once or one by one. Raises ValueError for a rating that is refused.
        """
        refuse_odd(ratings)
        everybody = np.concatenate([ratings.rater, ratings.ratee])
        members, place = np.unique(everybody, return_inverse=True)
        order = np.argsort(ratings.time, kind="stable")
        columns = (
            place[order],
            place[order + len(ratings)],
            ratings.rating[order],
            ratings.time[order],
        )
        few = _Few(self, members)
        told = [few.take(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
        few.write_back()
        heard = np.empty((len(ratings), 2))
        heard[order] = np.array(told).reshape(-1, 2)
        return Heard(heard[:, 0], heard[:, 1])

    def shown(self, as_of: float) -> Shown:
        """The rating on show of each member at a moment not before the last rating."""
        fading = _fading(as_of - self.last, self.half_life)
        prior, weight = self.prior, self.weight * fading
        value = (prior.strength * prior.mean + self.signed * fading) / (prior.strength + weight)
        reach = SURE * np.sqrt(prior.variance / (prior.strength + weight))
        low, high = np.maximum(value - reach, LOW), np.minimum(value + reach, HIGH)
        return Shown(value, low, high, weight)


def why(
    kept: Reputations, ratings: Ratings, corrected: Floats, member: int, as_of: float, most: int = 5
) -> list[Part]:
    """What the prior and each rating add to the value shown; the amounts sum to it.

    ``ratings`` are those that were heard up to ``as_of``, and ``corrected`` what each was without
    bias. The prior comes first, then the ratings that weigh most, then the others together.
    """
    rows = np.flatnonzero(ratings.ratee == member)
    fading = _fading(as_of - ratings.time[rows], kept.half_life)
    prior = kept.prior
    whole = prior.strength + math.fsum(fading)
    amounts = fading * corrected[rows] / whole
    order = np.lexsort((ratings.rater[rows], -np.abs(amounts)))
    parts = [Part(None, None, prior.strength / whole, prior.strength * prior.mean / whole)]
    parts += [
        Part(
            int(ratings.rater[rows[i]]),
            float(ratings.rating[rows[i]]),
            float(fading[i] / whole),
            float(amounts[i]),
        )
        for i in order[:most]
    ]
    others = order[most:]
    if others.size:
        parts.append(
            Part(None, None, math.fsum(fading[others]) / whole, math.fsum(amounts[others]))
        )
    return parts


def foretold(ratings: Ratings, *, is_reverse_used: bool = False) -> Floats:
    """What would have been foretold of each rating from those before it, in the order given.

    With ``is_reverse_used`` the ratee's latest earlier rating of the rater counts half. That
    is for forecasts only: shown to people it would teach them to pay back.
    """
    n = int(max(ratings.rater.max(), ratings.ratee.max())) + 1 if len(ratings) else 0
    told = Reputations(n).heed(ratings).foretold
    if not is_reverse_used:
        return told
    given = reverse(n, ratings)
    return np.where(np.isnan(given), told, (told + given) / 2)


def reverse(n: int, ratings: Ratings) -> Floats:
    """Of each rating the latest one before it that its ratee gave its rater; NaN where there is none."""
    lower = np.minimum(ratings.rater, ratings.ratee)
    pair = lower * n + np.maximum(ratings.rater, ratings.ratee)
    order = np.lexsort((ratings.time, pair))
    pair = pair[order]
    is_upward = (ratings.rater < ratings.ratee)[order]
    here = np.arange(order.size)
    # The last place so far of either direction; it counts when it lies within the same pair.
    upward = np.maximum.accumulate(np.where(is_upward, here, -1))
    downward = np.maximum.accumulate(np.where(is_upward, -1, here))
    place = np.where(is_upward, downward, upward)
    is_there = (place >= 0) & (pair[place] == pair)
    given = np.full(order.size, np.nan)
    given[order[is_there]] = ratings.rating[order][place[is_there]]
    return given


_KEPT = ("signed", "weight", "last", "surprise", "given")


class _Few:
    """The numbers of a few members, as plain ones, which are quicker one at a time."""

    def __init__(self, whole: Reputations, members: NDArray[np.int64]) -> None:
        self._whole, self._members = whole, members
        self.signed, self.weight, self.last, self.surprise, self.given = (
            getattr(whole, name)[members].tolist() for name in _KEPT
        )

    def take(self, rater: int, ratee: int, rating: float, time: float) -> tuple[float, float]:
        """Take one rating in; answers what was foretold of it, and what it is without bias."""
        prior, half_life = self._whole.prior, self._whole.half_life
        signed, weight, last = self.signed[ratee], self.weight[ratee], self.last[ratee]
        fading = 1.0
        if weight and time < last:
            # One that comes late is as faded as the others were by then.
            fading = 2.0 ** ((time - last) / half_life)
        else:
            faded = 2.0 ** ((last - time) / half_life) if weight else 0.0
            signed, weight, last = signed * faded, weight * faded, time
        mean = (prior.strength * prior.mean + signed) / (prior.strength + weight)
        bias = self.surprise[rater] / (self.given[rater] + CALM)
        corrected = min(max(rating - bias, LOW), HIGH)
        prior.learn(rating, corrected, signed, weight)
        self.signed[ratee] = signed + fading * corrected
        self.weight[ratee] = weight + fading
        self.last[ratee] = last
        self.surprise[rater] += rating - mean
        self.given[rater] += 1
        return min(max(mean + bias, LOW), HIGH), corrected

    def write_back(self) -> None:
        """Put the numbers back where they belong."""
        for name in _KEPT:
            getattr(self._whole, name)[self._members] = getattr(self, name)


def _fading(age: Floats, half_life: float) -> Floats:
    """The share of its weight that a rating of this age still has."""
    fading: Floats = np.exp2(-np.maximum(age, 0.0) / half_life)
    return fading
