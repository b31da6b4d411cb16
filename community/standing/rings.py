"""Rings: small groups that praise each other quickly and whom nobody of weight vouches for. Each is a case for a person."""

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from community.graph.arrays import distinct
from community.standing.trust import Ratings, Trust, is_given_back

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

MOST, SMALLEST = 5, 3
"""How many blocks are told of, and how many members one has at least."""
LOOKS = 50
"""How many blocks are looked at; those of two members are passed over."""
FLOOR = 0.1
"""Added to the authority of a pair, so that a pair without any is heavy but not infinitely so."""
EQUAL = 1e-9
"""Sums that differ by less than this part are the same: only the order of adding differs."""


@dataclass(frozen=True)
class Block:
    """Members who praised each other, and what a person should know before thinking ill of them.

    ``density`` is what their ``pairs`` weigh, a member; ``first`` and ``last`` are when they
    praised each other, in seconds, None when they only share something; ``inside`` is the
    share of all their ratings that stay among them.
    """

    members: Wholes
    density: float
    pairs: int
    first: float | None
    last: float | None
    inside: float


@dataclass(frozen=True)
class Pairs:
    """Pairs of members, the lower number first, each once, and what they weigh."""

    low: Wholes
    high: Wholes
    weight: Floats

    def take(self, rows: NDArray[np.bool_]) -> "Pairs":
        """These of them."""
        return Pairs(self.low[rows], self.high[rows], self.weight[rows])

    def within(self, is_member: NDArray[np.bool_]) -> "Pairs":
        """Those of two such members."""
        return self.take(is_member[self.low] & is_member[self.high])

    def degrees(self, n: int) -> Floats:
        """What the pairs of each member weigh."""
        low, high = (np.bincount(side, self.weight, n) for side in (self.low, self.high))
        return np.asarray(low + high, np.float64)


def rings(
    trust: Trust, *, shared: tuple[Wholes, Wholes] | None = None, most: int = MOST
) -> list[Block]:
    """Up to ``most`` disjoint blocks of three or more members, the densest first.

    A pair is in question when both praised the other within a fortnight, or when they share
    something, such as a device (``shared``: one side and the other of such pairs). The less
    authority both have, the more it weighs. Ratings that were not returned are no part of it,
    so camouflage hides nothing.
    """
    n, counted = trust.authority.size, trust.counted
    praise = counted.take(is_given_back(n, counted))
    pairs = _pairs(n, praise, trust.authority, shared)
    found: list[Block] = []
    for _ in range(LOOKS):
        if not pairs.weight.size or len(found) == most:
            break
        members = densest(n, pairs)
        if members.size >= SMALLEST:
            found.append(_told(members, pairs, praise, counted, n))
        is_left = np.ones(n, dtype=bool)
        is_left[members] = False
        pairs = pairs.within(is_left)
    return sorted(found, key=lambda block: -block.density)


def densest(n: int, pairs: Pairs) -> Wholes:
    """The members of a block at least half as dense as the densest: pairs' weight a member.

    Charikar's greedy peeling (2000): the member with the least to its name goes first, and the
    densest state on the way is kept. Equals go together, so that names don't decide; of the
    parts of that state which are not connected, the densest is answered.
    """
    core = _core(n, pairs)
    members, low, high = _numbered(core)
    state = _Peeling(members.size, low, high, core.weight).densest()
    is_in = np.zeros(n, dtype=bool)
    is_in[members[state]] = True
    return _part(core.within(is_in))


def _pairs(
    n: int, praise: Ratings, authority: Floats, shared: tuple[Wholes, Wholes] | None
) -> Pairs:
    low, high = praise.rater, praise.ratee
    if shared is not None:
        low, high = np.concatenate([low, shared[0]]), np.concatenate([high, shared[1]])
    is_pair = low != high
    low, high = np.minimum(low, high)[is_pair], np.maximum(low, high)[is_pair]
    once = distinct(low * n + high)
    low, high = once // n, once % n
    return Pairs(low, high, 1.0 / (FLOOR + authority[low] + authority[high]))


def _core(n: int, pairs: Pairs) -> Pairs:
    """What is left when all go who can't be in the densest state: it is quicker to peel.

    In that state everyone's pairs weigh at least its density, which is at least that of any
    state before; otherwise it would be denser without them.
    """
    while True:
        degree = pairs.degrees(n)
        is_in = degree > 0
        density = pairs.weight.sum() / np.count_nonzero(is_in)
        is_kept = degree >= density * (1 - EQUAL)
        if is_kept[is_in].all():
            return pairs
        pairs = pairs.within(is_kept)


def _numbered(pairs: Pairs) -> tuple[Wholes, Wholes, Wholes]:
    members, place = np.unique(np.concatenate([pairs.low, pairs.high]), return_inverse=True)
    return members, place[: pairs.low.size], place[pairs.low.size :]


class _Peeling:
    """A graph from which those go, round after round, whose pairs weigh least."""

    def __init__(self, n: int, low: Wholes, high: Wholes, weight: Floats) -> None:
        graph = sparse.csr_array((weight, (low, high)), shape=(n, n))
        graph = (graph + graph.T).tocsr()
        self._first = graph.indptr.tolist()
        self._others, self._weights = graph.indices.tolist(), graph.data.tolist()
        self._degree = np.asarray(graph.sum(axis=1)).tolist()
        self._heap = [(degree, node) for node, degree in enumerate(self._degree)]
        heapq.heapify(self._heap)
        self._total, self._left = float(weight.sum()), n
        self._gone = [0] * n
        """In which round each went, counted from 1; 0 for who is there."""

    def densest(self) -> NDArray[np.bool_]:
        """Peel all; answers who was there when it was densest."""
        best, best_round, now = 0.0, 0, 0
        while self._left:
            now += 1
            density = self._total / self._left
            if density > best * (1 + EQUAL):
                best, best_round = density, now
            for node in self._least(EQUAL * best):
                self._drop(node, now)
        return np.array(self._gone) >= best_round

    def _least(self, slack: float) -> list[int]:
        equals: list[int] = []
        bar = math.inf
        while self._heap and self._heap[0][0] <= bar:
            degree, node = heapq.heappop(self._heap)
            # What a member had before others went is still in the heap; it holds no longer.
            if not self._gone[node] and degree == self._degree[node]:
                equals.append(node)
                bar = min(bar, degree + slack)
        return equals

    def _drop(self, node: int, now: int) -> None:
        self._gone[node] = now
        self._left -= 1
        for place in range(self._first[node], self._first[node + 1]):
            other = self._others[place]
            if not self._gone[other]:
                self._total -= self._weights[place]
                self._degree[other] -= self._weights[place]
                heapq.heappush(self._heap, (self._degree[other], other))


def _part(pairs: Pairs) -> Wholes:
    """The members of the densest connected part; of equals the largest, then the lowest number."""
    members, low, high = _numbered(pairs)
    graph = sparse.csr_array((pairs.weight, (low, high)), shape=(members.size, members.size))
    part: Wholes = csgraph.connected_components(graph, directed=False)[1]
    sizes = np.bincount(part)
    density: Floats = np.bincount(part[low], pairs.weight) / sizes
    equals = np.flatnonzero(density >= density.max() * (1 - EQUAL))
    chosen: Wholes = members[part == equals[np.argmax(sizes[equals])]]
    return chosen


def _told(members: Wholes, pairs: Pairs, praise: Ratings, counted: Ratings, n: int) -> Block:
    is_member = np.zeros(n, dtype=bool)
    is_member[members] = True
    inside = pairs.within(is_member)
    when = praise.time[is_member[praise.rater] & is_member[praise.ratee]]
    stays = is_member[counted.ratee[is_member[counted.rater]]]
    return Block(
        members,
        float(inside.weight.sum() / members.size),
        inside.weight.size,
        float(when.min()) if when.size else None,
        float(when.max()) if when.size else None,
        float(stays.mean()) if stays.size else 0.0,
    )
