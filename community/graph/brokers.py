"""Who stands between others: betweenness from sampled pivots, and Burt's constraint."""

from typing import Any

import numpy as np
from scipy import sparse

from community.graph.arrays import Edges, Neighbours, Real, Whole

PIVOTS = 200
SEED = 20_230_101
AT_A_TIME = 16
"""Pivots that are worked on together."""


def pivots(near: Neighbours, many: int = PIVOTS) -> Whole:
    """So many nodes that have neighbours, drawn with a fixed seed; all of them where they are fewer."""
    linked = np.flatnonzero(near.degree)
    if linked.size <= many:
        return linked
    drawn: Whole = np.random.default_rng(SEED).choice(linked, many, replace=False)
    return np.sort(drawn)


def betweenness(near: Neighbours, pivots: Whole) -> Real:
    """How many shortest paths lead over each node, estimated from those that begin at the pivots.

    Brandes (2001), for many pivots at a time. Each pair counts once, ends not at all; a node
    with pivots on all sides has the exact number. Two samples agree on the few at the top
    only: for orientation, never for a score.
    """
    links, found = near.matrix(), np.zeros(near.n)
    for first in range(0, pivots.size, AT_A_TIME):
        found += _dependencies(links, pivots[first : first + AT_A_TIME])
    others = np.full(near.n, pivots.size)
    others[pivots] -= 1
    # A pivot's own paths end at it, so one begins fewer for it than for the others.
    scale = np.divide(near.n - 1, 2 * others, out=np.zeros(near.n), where=others > 0)
    between: Real = found * scale
    return between


def constraint(edges: Edges, nodes: Whole) -> Real:
    """How far the contacts of some nodes are one clique (Burt 1992); low for those who bridge.

    For each contact v of u, the square of the share of u's weight that leads to v straight or
    over one other. Weights of both directions add up and must not be negative; NaN without contacts.
    """
    shares = _shares(edges)
    own = shares[nodes]
    reach = own + (own @ shares).multiply(own != 0)
    squares = np.asarray(reach.multiply(reach).sum(axis=1), np.float64).ravel()
    return np.where(np.diff(own.indptr) > 0, squares, np.nan)


def _dependencies(links: Any, pivots: Whole) -> Real:
    """For each node, the shares of the pivots' shortest paths that lead over it, added up."""
    shape = (links.shape[0], pivots.size)
    columns = np.arange(pivots.size)
    paths, step = np.zeros(shape), np.full(shape, -1, np.int32)
    paths[pivots, columns], step[pivots, columns] = 1, 0
    front, distance = paths, 0
    while front.any():
        distance += 1
        front = links @ front
        front[step >= 0] = 0
        step[front > 0] = distance
        paths = paths + front
    over = np.zeros(shape)
    for back in range(distance - 1, 1, -1):
        ends = np.divide(1 + over, paths, out=np.zeros(shape), where=step == back)
        over += np.where(step == back - 1, paths * (links @ ends), 0.0)
    total: Real = over.sum(axis=1)
    return total


def _shares(edges: Edges) -> Any:
    """The share of each node's weight, both ways together, that each of its contacts has."""
    n, source, target, weight = edges.where(edges.source != edges.target)
    cells = (np.concatenate([source, target]), np.concatenate([target, source]))
    mutual = sparse.csr_array((np.concatenate([weight, weight]), cells), shape=(n, n))
    mutual.eliminate_zeros()
    total = mutual.sum(axis=1)
    return sparse.diags_array(np.divide(1, total, out=np.zeros(n), where=total > 0)) @ mutual
