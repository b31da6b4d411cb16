"""How far a member can be trusted: what others say of them, each as heavy as a walk from the seeds makes them."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from community.graph.walk import Walk, walk

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

FORTNIGHT = 14 * 86_400.0
"""Seconds within which praise given back counts half."""
PRIOR = 1.0
"""Evidence of nothing that everybody begins with."""
BANDS = ("little", "some", "much")
BARS = (2.0, 8.0)
"""From which evidence on it is some, and much."""
ENOUGH = 1.0
"""Below this evidence a member is new: neither trusted nor distrusted."""
DEPTH, OWN = 0.75, 0.1
"""Of the ranking: the power of evidence that is divided by, and the weight of one's own authority."""


@dataclass(frozen=True)
class Ratings:
    """Ratings by row: members as numbers from 0, values from -1 to 1, times in seconds."""

    rater: Wholes
    ratee: Wholes
    rating: Floats
    time: Floats

    def __len__(self) -> int:
        return self.rater.size

    def take(self, rows: Wholes | NDArray[np.bool_] | slice) -> "Ratings":
        """These rows of them, in this order."""
        return Ratings(self.rater[rows], self.ratee[rows], self.rating[rows], self.time[rows])


@dataclass(frozen=True)
class Trust:
    """What is known of each member, one value a member.

    ``authority`` is ln(1 + N p); ``evidence`` W the sum of what their raters' authority weighs
    and ``signed`` E the same times the rating; ``mean`` is E / (W + 1), ``shown`` that as 0 to
    100, and ``ranking`` what to sort by. ``counted`` are the ratings that count, in order of
    ratee and rater, and ``weight`` what each weighs.
    """

    walk: Walk
    authority: Floats
    evidence: Floats
    signed: Floats
    counted: Ratings
    weight: Floats

    def without_ratings(self) -> "Trust":
        """The same without the ratings that it rests on, of which there may be millions."""
        none = slice(0)
        return replace(self, counted=self.counted.take(none), weight=self.weight[none])

    @property
    def mean(self) -> Floats:
        """The signed evidence, shrunk towards 0; within -1 and 1."""
        return self.signed / (self.evidence + PRIOR)

    @property
    def shown(self) -> Floats:
        """The mean as 0 to 100; 50 says nothing either way."""
        return 50.0 * (1.0 + self.mean)

    @property
    def ranking(self) -> Floats:
        """What members are sorted by: signed evidence with less shrinkage, and a little of their own authority."""
        return self.signed / (self.evidence + PRIOR) ** DEPTH + OWN * self.authority

    @property
    def band(self) -> Wholes:
        """How much evidence there is, as a place in ``BANDS``."""
        return np.searchsorted(BARS, self.evidence, side="right")

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Who has too little evidence to be called trusted or distrusted."""
        return self.evidence < ENOUGH


@dataclass(frozen=True)
class Part:
    """What one rating adds: ``amount`` to the signed evidence, ``points`` to the value shown.

    ``share`` is its part of all that is said, praise and blame alike. ``rater`` and ``rating``
    are None for all the others together.
    """

    rater: int | None
    rating: float | None
    amount: float
    share: float
    points: float


def trusted(
    n: int,
    ratings: Ratings,
    seeds: Wholes | None,
    *,
    base: int | None = None,
    start: Floats | None = None,
) -> Trust:
    """The trust in each of ``n`` members from ratings out of completed dealings.

    Of a pair the latest rating counts. ``seeds`` are members who are trusted beforehand; with
    None everybody is a little, which a crowd of made-up accounts can use. ``base`` is the number of
    verified members, which such accounts can't move; without it, it is how many the walk
    reaches. ``start`` is the last walk's ``p``. Raises ValueError for a rating that is refused.
    """
    refuse_odd(ratings)
    counted = ratings.take(latest(n, ratings))
    solved = walk(n, counted.rater, counted.ratee, counted.rating, seeds, start=start)
    authority = np.log1p((base if base is not None else np.count_nonzero(solved.p)) * solved.p)
    weight = authority[counted.rater] * np.where(is_given_back(n, counted), 0.5, 1.0)
    evidence = _received_by(n, counted.ratee, weight)
    signed = _received_by(n, counted.ratee, weight * counted.rating)
    return Trust(solved, authority, evidence, signed, counted, weight)


def why_not_count(ratings: Ratings) -> tuple[int, str] | None:
    """The first row that can't count, and why; None when all can."""
    is_outside = ~(np.abs(ratings.rating) <= 1)
    is_own = ratings.rater == ratings.ratee
    rows = np.flatnonzero(is_outside | is_own)
    if not rows.size:
        return None
    row = int(rows[0])
    return row, "is of oneself" if is_own[row] else f"is not within -1 and 1: {ratings.rating[row]}"


def refuse_odd(ratings: Ratings) -> None:
    """Raise ValueError with the row and the reason when a rating can't count."""
    refused = why_not_count(ratings)
    if refused is not None:
        raise ValueError(f"rating {refused[0]} {refused[1]}")


def latest(n: int, ratings: Ratings) -> Wholes:
    """The rows that count: the latest of each rater and ratee, in order of ratee and rater.

    Of two at the same moment the lower counts, so that the order of rows never matters.
    """
    pair = ratings.ratee * n + ratings.rater
    order = np.lexsort((-ratings.rating, ratings.time, pair))
    is_last = np.ones(order.size, dtype=bool)
    is_last[:-1] = pair[order][1:] != pair[order][:-1]
    return order[is_last]


def is_given_back(n: int, counted: Ratings) -> NDArray[np.bool_]:
    """Which ratings are praise that the ratee returned with praise within a fortnight.

    Blame is never halved, or whoever is blamed could halve it by an answer.
    """
    pair = counted.ratee * n + counted.rater
    back = counted.rater * n + counted.ratee
    # What is looked up in order is found several times as fast.
    order = np.argsort(back)
    place = np.empty_like(order)
    place[order] = np.searchsorted(pair, back[order])
    place = np.minimum(place, max(pair.size - 1, 0))
    is_back = pair[place] == back
    is_praise = (counted.rating > 0) & (counted.rating[place] > 0)
    is_soon = np.abs(counted.time - counted.time[place]) <= FORTNIGHT
    is_given: NDArray[np.bool_] = is_back & is_praise & is_soon
    return is_given


def why(trust: Trust, member: int, most: int = 5) -> list[Part]:
    """The ratings that weigh most, largest first, and the others together.

    Their amounts sum to the signed evidence and their points to ``shown - 50``. Taking a
    rating away changes the signed evidence by exactly its amount while authority stays.
    """
    rows = _received(trust, member)
    raters, ratings = trust.counted.rater[rows], trust.counted.rating[rows]
    return _parts(raters, ratings, trust.weight[rows], most)


def why_alone(ratings: Ratings, ratee: int, authority: Floats, most: int = 5) -> list[Part]:
    """The same of one member, from the ratings by and of them and the authority of those who gave them."""
    n = authority.size
    counted = ratings.take(latest(n, ratings))
    halved = np.where(is_given_back(n, counted), 0.5, 1.0)
    mine = counted.ratee == ratee
    weight = (authority[counted.rater] * halved)[mine]
    return _parts(counted.rater[mine], counted.rating[mine], weight, most)


def _parts(raters: Wholes, ratings: Floats, weight: Floats, most: int) -> list[Part]:
    amounts = weight * ratings
    order = np.lexsort((raters, -np.abs(amounts)))
    total = math.fsum(np.abs(amounts)) or 1.0
    worth = 50.0 / (float(weight.sum()) + PRIOR)
    parts = [
        Part(
            int(raters[i]),
            float(ratings[i]),
            float(amounts[i]),
            _share(amounts[[i]], total),
            worth * float(amounts[i]),
        )
        for i in order[:most]
    ]
    others = amounts[order[most:]]
    if others.size:
        amount = math.fsum(others)
        parts.append(Part(None, None, amount, _share(others, total), worth * amount))
    return parts


def why_changed(before: Trust, after: Trust, member: int) -> dict[int, float]:
    """What each rater changed of the value shown, largest first; the points sum to the change."""
    points: dict[int, float] = {}
    for trust, sign in ((before, -1.0), (after, 1.0)):
        rows, worth = _received(trust, member), sign * _worth(trust, member)
        amounts = (trust.weight[rows] * trust.counted.rating[rows]).tolist()
        for rater, amount in zip(trust.counted.rater[rows].tolist(), amounts, strict=True):
            points[rater] = points.get(rater, 0.0) + worth * amount
    largest = sorted(points.items(), key=lambda told: (-abs(told[1]), told[0]))
    return {rater: change for rater, change in largest if change}


def _received_by(n: int, ratee: Wholes, amount: Floats) -> Floats:
    return np.bincount(ratee, amount, n).astype(np.float64)


def _received(trust: Trust, member: int) -> slice:
    first, last = np.searchsorted(trust.counted.ratee, [member, member + 1])
    return slice(int(first), int(last))


def _worth(trust: Trust, member: int) -> float:
    """The points of the value shown that one unit of signed evidence is worth to a member."""
    return 50.0 / (float(trust.evidence[member]) + PRIOR)


def _share(amounts: Floats, total: float) -> float:
    return math.fsum(np.abs(amounts)) / total
