"""What is looked at: the whole as networkx has it, those around a member, paths, bridges, and who would be missed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx
import numpy as np

from community.graph.arrays import (
    Mask,
    Neighbours,
    Real,
    Whole,
    components,
    distinct,
    neighbours,
    undirected,
)
from community.graph.brokers import betweenness, constraint, pivots
from community.graph.ties import Ties

MOST_TIES = 100_000
"""Ties that are turned into a networkx graph at most: each costs it about a kilobyte."""
MOST_STEPS = 6
FEWEST_CIRCLES = 3
TOP = 0.95
"""A bridge has more betweenness than this share of the members."""


class TooMany(Exception):
    """More ties than are looked at as a whole; says how many."""


@dataclass(frozen=True)
class Bridge:
    """Someone who stands between circles.

    ``circles`` have contacts of theirs; ``betweenness`` is the estimated number of pairs whose
    shortest path leads over them; ``brokerage`` is 1 over Burt's constraint on their ties
    between circles: about the number of contacts there who don't know each other.
    """

    member: int
    circles: int
    betweenness: float
    brokerage: float


@dataclass(frozen=True)
class Loss:
    """What is lost when some members leave.

    ``interactions`` is the share of all interactions that had one of them on a side. A part is
    a group of connected members, ``largest`` the members of the largest one. ``isolates`` are
    those left without a single tie.
    """

    interactions: float
    parts_before: int
    parts_after: int
    largest_before: int
    largest_after: int
    isolates: int


def whole(ties: Ties) -> "nx.DiGraph[int]":
    """All ties as a directed graph of member ids, with ``weight``, ``last`` and ``count``.

    Raises TooMany above 100,000 ties: take a part, such as ``around``, or the arrays.
    """
    if len(ties) > MOST_TIES:
        raise TooMany(
            f"{len(ties):,} ties are too many to be looked at as a whole, at most {MOST_TIES:,}"
        )
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(ties.members.tolist())
    columns = (ties.members[ties.source], ties.members[ties.target], ties.weight, ties.last)
    for a, b, weight, last, count in zip(
        *(column.tolist() for column in (*columns, ties.count)), strict=True
    ):
        graph.add_edge(a, b, weight=weight, last=last, count=count)
    return graph


def around(ties: Ties, member: int, most: int = 30, steps: int = 2) -> "nx.Graph[int]":
    """A member and at most so many others: first their own strongest ties, then those of these.

    Only trusted ties count, those of both ways together as ``strength``. Each node has its
    ``step`` from the member and its ``closeness``: the strength of the weakest tie on the way.
    """
    graph: nx.Graph[int] = nx.Graph()
    graph.add_node(member, step=0, closeness=np.inf)
    start = ties.places(np.array([member]))
    if start[0] < 0:
        return graph
    trusted, closeness, front = _trusted(ties), np.zeros(ties.members.size), start
    closeness[start] = np.inf
    for step in range(1, steps + 1):
        front = _closest(_reach(ties, trusted, front), closeness, most + 1 - len(graph))
        for place in front.tolist():
            graph.add_node(int(ties.members[place]), step=step, closeness=float(closeness[place]))
    _link(graph, ties, trusted, np.flatnonzero(closeness))
    return graph


def closest_first(near: "nx.Graph[int]") -> list[int]:
    """Those whom ``around`` found: the member, then who is fewest steps away, then the closest."""
    nodes = near.nodes
    return sorted(near, key=lambda id: (nodes[id]["step"], -nodes[id]["closeness"], id))


def path_between(
    ties: Ties,
    one: int,
    other: int,
    unseen: Collection[int] = (),
    most_steps: int = MOST_STEPS,
) -> list[int] | None:
    """How one member knows another: the members on the way, both included; None without a way.

    Only trusted ties lead on, either way, and never over members that may not be seen. It is
    the path with the fewest steps; of those, the one whose weakest tie is the strongest.
    """
    start, end = ties.places(np.array([one, other])).tolist()
    if min(start, end) < 0:
        return None
    hidden = ties.places(np.array(sorted(unseen), np.int64))
    closeness, before = np.zeros(ties.members.size), np.full(ties.members.size, -1)
    closeness[hidden[hidden >= 0]] = -np.inf
    closeness[end], closeness[start] = 0, np.inf
    trusted, front = _trusted(ties), np.array([start])
    for _ in range(most_steps):
        if closeness[end] or not front.size:
            break
        front = _closest(_reach(ties, trusted, front), closeness, None, before)
    if not closeness[end]:
        return None
    way = [end]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    path: list[int] = ties.members[way[::-1]].tolist()
    return path


def bridges(ties: Ties, circle: Whole, most: int = 20) -> list[Bridge]:
    """Who bridges circles, at most so many: contacts in three or more, and high betweenness.

    ``circle`` is the circle of each of ``ties.members``, -1 for who is in none. Only good ties count. Betweenness is
    sampled with a fixed seed: for a list to look at, not for a score.
    """
    pairs = undirected(ties.edges)
    near = neighbours(pairs)
    between, many = betweenness(near, pivots(near)), _circles_reached(near, circle)
    bar = np.quantile(between, TOP) if between.size else 0
    found = np.flatnonzero((many >= FEWEST_CIRCLES) & (between >= bar) & (between > 0))
    found = found[np.lexsort((found, -between[found]))][:most]
    is_across = circle[pairs.source] != circle[pairs.target]
    brokerage = 1 / constraint(pairs.where(is_across), found)
    columns = (ties.members[found], many[found], between[found], brokerage)
    return [Bridge(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def without(ties: Ties, members: Collection[int]) -> Loss:
    """What the community loses when some members leave, by taking them away."""
    places = ties.places(np.array(sorted(members), np.int64))
    is_gone = np.zeros(ties.members.size, bool)
    is_gone[places[places >= 0]] = True
    is_lost = is_gone[ties.source] | is_gone[ties.target]
    left = ties.edges.where(~is_lost)
    sizes_before = np.bincount(components(ties.edges))
    sizes_after = np.bincount(components(left)[~is_gone])
    total = int(ties.count.sum())
    return Loss(
        interactions=int(ties.count[is_lost].sum()) / total if total else 0.0,
        parts_before=sizes_before.size,
        parts_after=int((sizes_after > 0).sum()),
        largest_before=int(sizes_before.max(initial=0)),
        largest_after=int(sizes_after.max(initial=0)),
        isolates=int((sizes_after == 1).sum()),
    )


class _Reach(NamedTuple):
    """Trusted ties of both ways together, from some nodes that were asked about to all others."""

    near: Whole
    far: Whole
    strength: Real


def _trusted(ties: Ties) -> Mask:
    """Which ties are good and not contradicted by a bad one the other way."""
    trusted = ties.weight > 0
    bad = np.flatnonzero(ties.weight < 0)
    if bad.size:
        back = ties.target[bad] * ties.members.size + ties.source[bad]
        found = np.searchsorted(ties.key, back)
        is_there = ties.key.take(found, mode="clip") == back
        trusted[found[is_there]] = False
    return trusted


def _reach(ties: Ties, trusted: Mask, nodes: Whole) -> _Reach:
    is_asked = np.zeros(ties.members.size, bool)
    is_asked[nodes] = True
    out = np.flatnonzero(trusted & is_asked[ties.source])
    back = np.flatnonzero(trusted & is_asked[ties.target])
    near = np.concatenate([ties.source[out], ties.target[back]])
    far = np.concatenate([ties.target[out], ties.source[back]])
    weight = np.concatenate([ties.weight[out], ties.weight[back]])
    pairs, place = np.unique(near * ties.members.size + far, return_inverse=True)
    strength = np.bincount(place, weight, pairs.size).astype(np.float64)
    return _Reach(pairs // ties.members.size, pairs % ties.members.size, strength)


def _closest(
    reach: _Reach, closeness: Real, most: int | None, before: Whole | None = None
) -> Whole:
    """Those newly reached, closest first and at most so many.

    Notes how close each is: as the weakest tie of the way, of which it takes the best; and
    with ``before`` over whom.
    """
    is_new = closeness[reach.far] == 0
    near, far, strength = (part[is_new] for part in reach)
    width = np.minimum(closeness[near], strength)
    order = np.lexsort((near, -width, far))
    near, far, width = near[order], far[order], width[order]
    is_best = np.diff(far, prepend=-1) != 0
    near, far, width = near[is_best], far[is_best], width[is_best]
    chosen = np.lexsort((far, -width))[:most]
    reached: Whole = far[chosen]
    closeness[reached] = width[chosen]
    if before is not None:
        before[reached] = near[chosen]
    return reached


def _link(graph: "nx.Graph[int]", ties: Ties, trusted: Mask, shown: Whole) -> None:
    """The ties among those who are shown."""
    near, far, strength = _reach(ties, trusted, shown)
    chosen = np.isin(far, shown)
    columns = (ties.members[near[chosen]], ties.members[far[chosen]], strength[chosen])
    for a, b, much in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_edge(a, b, strength=much)


def _circles_reached(near: Neighbours, circle: Whole) -> Whole:
    """In how many circles each node has neighbours."""
    source, labels = np.repeat(np.arange(near.n), near.degree), int(circle.max(initial=0)) + 1
    is_in_one = circle[near.node] >= 0
    reached = distinct(source[is_in_one] * labels + circle[near.node][is_in_one])
    return np.bincount(reached // labels, minlength=near.n)
