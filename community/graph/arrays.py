"""Exact measures of whole graphs as short kernels on arrays: components, cores, triangles, reciprocity."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Mask = NDArray[np.bool_]

WEDGES = 4_000_000
"""Paths of two links that are looked at at a time when triangles are counted."""
PEELED = -1
SPARSE = 8
"""How many times more numbers than ids there may be for a table of them to be worth it."""


class Edges(NamedTuple):
    """Weighted links among ``n`` nodes: the i-th leads from ``source[i]`` to ``target[i]``.

    Nodes are numbered from 0. It unpacks to what the kernels and ``walk`` take.
    """

    n: int
    source: Whole
    target: Whole
    weight: Real

    def where(self, chosen: Mask) -> "Edges":
        """The chosen links alone, among the same nodes."""
        return Edges(self.n, self.source[chosen], self.target[chosen], self.weight[chosen])


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who is linked with whom, whatever the direction: each once, in order, nobody with themselves.

    The neighbours of node i are ``node[start[i]:start[i + 1]]``.
    """

    start: Whole
    node: NDArray[np.int32]

    @property
    def n(self) -> int:
        """How many nodes there are."""
        return self.start.size - 1

    @cached_property
    def degree(self) -> Whole:
        """How many neighbours each node has."""
        return np.diff(self.start)

    def of(self, nodes: Whole) -> Whole:
        """The neighbours of some nodes, one list after the other."""
        many = self.degree[nodes]
        places = np.repeat(self.start[nodes], many) + _counted_up(many)
        found: Whole = self.node[places].astype(np.int64)
        return found

    def matrix(self) -> Any:
        """The symmetric matrix with a one for each pair of neighbours."""
        ones = np.ones(self.node.size)
        return sparse.csr_array((ones, self.node, self.start), shape=(self.n, self.n))


def distinct(values: Whole) -> Whole:
    """The values in order, each once."""
    # np.unique hashes, which takes twenty times as long for millions of different ones.
    ordered = np.sort(values)
    return ordered[_begins(ordered)]


def numbered(ids: Whole) -> tuple[Whole, Whole]:
    """The ids in order, each once, and the place of each among them."""
    lowest, span = int(ids.min()), int(ids.max()) - int(ids.min()) + 1
    if span > SPARSE * ids.size:
        known, place = np.unique(ids, return_inverse=True)
        return known, place
    # Ids that lie close to each other are looked up, which is ten times quicker than sorted.
    is_there = np.zeros(span, bool)
    is_there[ids - lowest] = True
    return np.flatnonzero(is_there) + lowest, (np.cumsum(is_there) - 1)[ids - lowest]


def neighbours(edges: Edges) -> Neighbours:
    """The simple undirected graph of some links; their weights don't matter."""
    n = edges.n
    low, high = np.minimum(edges.source, edges.target), np.maximum(edges.source, edges.target)
    pairs = distinct((low * n + high)[low != high])
    low, high = _parted(pairs, n)
    # Pairs come in order and the conversion keeps it, so the columns of each row are in order.
    cells = (np.concatenate([high, low]), np.concatenate([low, high]))
    found = sparse.coo_array((np.ones(2 * pairs.size, np.int8), cells), shape=(n, n)).tocsr()
    return Neighbours(found.indptr.astype(np.int64), found.indices.astype(np.int32))


def undirected(edges: Edges) -> Edges:
    """The good links as pairs: each pair once, the smaller node first, weights of both ways added.

    Only links of positive weight count, and no loops.
    """
    good = edges.where((edges.weight > 0) & (edges.source != edges.target))
    key = np.minimum(good.source, good.target) * edges.n + np.maximum(good.source, good.target)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(_begins(key[order]))
    low, high = _parted(key[order][first], edges.n)
    total = np.add.reduceat(good.weight[order], first) if first.size else good.weight
    return Edges(edges.n, low, high, total)


def components(edges: Edges) -> Whole:
    """The number of each node's connected part, whatever the direction and weight of links.

    Parts are numbered by their first node.
    """
    n = edges.n
    if n == 0:
        return np.zeros(0, np.int64)
    # SciPy works with 32-bit indexes and 64-bit values here; of others it makes copies.
    cells = (edges.source.astype(np.int32), edges.target.astype(np.int32))
    links = sparse.csr_array((np.ones(edges.source.size), cells), shape=(n, n))
    return by_first(csgraph.connected_components(links, connection="weak")[1])


def by_first(label: NDArray[Any]) -> Whole:
    """Labels, from 0, numbered anew in the order in which they first come."""
    first = np.full(int(label.max(initial=-1)) + 1, label.size)
    np.minimum.at(first, label, np.arange(label.size))
    number = np.empty(first.size, np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    found: Whole = number[label]
    return found


def cores(near: Neighbours) -> Whole:
    """The core number of each node: the largest k for which it is in the k-core.

    The k-core is what is left when everyone with fewer than k neighbours has gone, again and
    again (Seidman 1983); here all who have to go are taken away at once.
    """
    degree, core = near.degree.copy(), np.zeros(near.n, np.int64)
    left, k = np.flatnonzero(degree), 0
    while left.size:
        k = max(k, int(degree[left].min()))
        going = left[degree[left] <= k]
        while going.size:
            core[going] = k
            degree[going] = PEELED
            going = _freed(near.of(going), degree, k)
        left = left[degree[left] > k]
    return core


def triangles(near: Neighbours) -> Whole:
    """In how many triangles each node is.

    Links are turned towards the node with more neighbours, so that few lead away from any;
    of each two that lead away from one it is looked up whether their ends are linked too
    (Chiba and Nishizeki 1985).
    """
    n, rank = near.n, np.empty(near.n, np.int64)
    rank[np.argsort(near.degree, kind="stable")] = np.arange(n)
    source, target = rank[np.repeat(np.arange(n), near.degree)], rank[near.node]
    links = np.sort((source * n + target)[source < target])
    source, target = _parted(links, n)
    later = np.cumsum(np.bincount(source, minlength=n))[source] - np.arange(1, links.size + 1)
    found = np.zeros(n, np.int64)
    for start, end in _blocks(later):
        one = np.repeat(np.arange(start, end), later[start:end])
        other = one + 1 + _counted_up(later[start:end])
        sought = target[one] * n + target[other]
        is_closed = links.take(np.searchsorted(links, sought), mode="clip") == sought
        one, other = one[is_closed], other[is_closed]
        for corner in (source[one], target[one], target[other]):
            np.add.at(found, corner, 1)
    return found[rank]


def transitivity(near: Neighbours, triangle: Whole) -> float:
    """The share of paths of two links whose ends are linked too; 0 where there are none."""
    paths = int((near.degree * (near.degree - 1)).sum())
    return 2 * int(triangle.sum()) / paths if paths else 0.0


class Reciprocity(NamedTuple):
    """The share of links that are returned: of all, and of those from or to each node.

    NaN where there are no links.
    """

    overall: float
    each: Real


def reciprocity(edges: Edges) -> Reciprocity:
    """How much is mutual. Links named twice count once, loops not at all; weights don't matter."""
    n, is_back = edges.n, edges.source > edges.target
    low, high = np.minimum(edges.source, edges.target), np.maximum(edges.source, edges.target)
    links = distinct((2 * (low * n + high) + is_back)[low != high])
    pairs = links // 2
    is_first = _begins(pairs)
    is_mutual = ~is_first
    is_mutual[:-1] |= ~is_first[1:]
    low, high = _parted(pairs, n)
    links_of = np.bincount(low, minlength=n) + np.bincount(high, minlength=n)
    mutual_of = np.bincount(low, is_mutual, n) + np.bincount(high, is_mutual, n)
    each = np.divide(mutual_of, links_of, out=np.full(n, np.nan), where=links_of > 0)
    return Reciprocity(float(is_mutual.mean()) if links.size else np.nan, each)


def strength(edges: Edges) -> tuple[Real, Real]:
    """The summed weight of the links from each node, and of those to it."""
    # Without a single link NumPy answers whole numbers.
    return (
        np.bincount(edges.source, edges.weight, edges.n).astype(np.float64),
        np.bincount(edges.target, edges.weight, edges.n).astype(np.float64),
    )


def degrees(edges: Edges) -> tuple[Whole, Whole]:
    """How many links lead from each node, and how many to it."""
    return (
        np.bincount(edges.source, minlength=edges.n),
        np.bincount(edges.target, minlength=edges.n),
    )


def _begins(ordered: Whole) -> Mask:
    """Where a value comes for the first time in an ordered array."""
    is_first = np.ones(ordered.size, bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return is_first


def _parted(pairs: Whole, n: int) -> tuple[Whole, Whole]:
    low = pairs // max(n, 1)
    return low, pairs - low * n


def _freed(touched: Whole, degree: Whole, k: int) -> Whole:
    """Who is left with at most ``k`` neighbours when those that touched them have gone."""
    touched = touched[degree[touched] > k]
    np.subtract.at(degree, touched, 1)
    return distinct(touched[degree[touched] <= k])


def _blocks(paths: Whole) -> list[tuple[int, int]]:
    """Where to cut, so that no block has many more than ``WEDGES`` paths."""
    upto = np.cumsum(paths)
    whole = int(upto[-1]) if upto.size else 0
    cuts = np.searchsorted(upto, np.arange(WEDGES, whole, WEDGES), side="right")
    ends = distinct(np.concatenate([[0], cuts, [paths.size]]))
    return list(itertools.pairwise(ends.tolist()))


def _counted_up(many: Whole) -> Whole:
    """0, 1, … up to each number, one count after the other."""
    ends = np.cumsum(many)
    return np.arange(int(many.sum())) - np.repeat(ends - many, many)
