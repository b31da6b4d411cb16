"""Where many people stand in a picture that one explores: the close near, circles beside each other."""

import math
from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from community.graph.arrays import Whole
from community.graph.looking import closest_first
from community.graph.picture import share

EACH = 3
"""Ties of each person that are drawn: their strongest."""
ROUNDS = 80
GOLDEN = math.pi * (3 - math.sqrt(5))
HALF_SIZE = 100.0
"""From the middle to the farthest person."""
PULL, HOLD, GATHER = 0.3, 0.16, 0.16
"""How strongly a tie pulls, the middle holds everyone, and a circle keeps together."""
EVEN = 0.7
"""How far distances follow how many are nearer, rather than the forces alone."""

ROOM = 6.0
"""How much room the member's own face takes; a small one takes 1."""

Spots = NDArray[np.float32]


def lines(near: "nx.Graph[int]", member: int) -> list[tuple[int, int, float]]:
    """The ties that are drawn, with their strength from 0 to 1, the weaker first.

    Those are all ties of the member, and the strongest few of everybody else: more would
    hide each other.
    """
    chosen = {_pair(member, other): near[member][other]["strength"] for other in near[member]}
    for id in near:
        ties = sorted((-told["strength"], other) for other, told in near[id].items())
        chosen |= {_pair(id, other): -strength for strength, other in ties[:EACH]}
    drawn = [(a, b, share(strength)) for (a, b), strength in chosen.items()]
    return sorted(drawn, key=lambda line: (line[2], line))


def layout(
    near: "nx.Graph[int]",
    member: int,
    circle: Mapping[int, int],
    drawn: list[tuple[int, int, float]],
) -> dict[int, tuple[float, float]]:
    """Where everyone stands, the member at 0, 0 and nobody farther than 100 from there.

    All push each other away, drawn ties pull, and so does the middle of one's circle. The same
    people with the same ties always stand in the same places.
    """
    ids = closest_first(near)
    if len(ids) == 1:
        return {member: (0.0, 0.0)}
    place = {id: at for at, id in enumerate(ids)}
    room = np.array([_room(near.nodes[id]) for id in ids], np.float32)
    groups = _groups([circle.get(id, -1) for id in ids])
    spots = _begin(groups)
    one = np.array([place[a] for a, _, _ in drawn], np.int64)
    other = np.array([place[b] for _, b, _ in drawn], np.int64)
    pull = np.array([PULL * much for _, _, much in drawn], np.float32)[:, None]
    for heat in np.geomspace(1.0, 0.03, ROUNDS, dtype=np.float32):
        moved = _push(spots, room) + _gather(spots, groups) - HOLD * spots
        along = (spots[other] - spots[one]) * pull
        np.add.at(moved, one, along)
        np.subtract.at(moved, other, along)
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        spots += moved * (heat / np.maximum(length, heat))
        spots -= spots[0]
    spots = _evened(spots, room)
    return {
        id: (round(float(x), 1), round(float(y), 1)) for id, (x, y) in zip(ids, spots, strict=True)
    }


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _room(node: Mapping[str, Any]) -> float:
    """How much room a face takes: those of close people are larger."""
    if node["step"] > 1:
        return 1.0
    return 1.0 + 3.0 * share(node["closeness"]) if node["step"] else ROOM


def _groups(labels: list[int]) -> Whole:
    """A number from 0 for the circle of each."""
    groups: Whole = np.unique(labels, return_inverse=True)[1]
    return groups


def _begin(groups: Whole) -> Spots:
    """The closest nearest the middle, each circle on a side of its own."""
    n = groups.size
    order = np.argsort(groups, kind="stable")
    turn = np.empty(n)
    turn[order] = 2 * math.pi * np.arange(n) / n
    far = 0.7 * np.sqrt(np.arange(n))
    turn += 0.3 * np.sin(GOLDEN * np.arange(n))
    return np.stack([far * np.sin(turn), -far * np.cos(turn)], axis=1).astype(np.float32)


def _push(spots: Spots, room: Spots) -> Spots:
    """Away from everybody, the more the nearer they are and the more room they take."""
    square = (spots**2).sum(1)
    apart = spots @ spots.T
    apart *= -2
    apart += square[:, None]
    apart += square[None, :]
    np.maximum(apart, 0.05, out=apart)
    np.divide(room[None, :], apart, out=apart)
    pushed: Spots = spots * apart.sum(1)[:, None] - apart @ spots
    return pushed


def _gather(spots: Spots, groups: Whole) -> Spots:
    """Towards the middle of one's circle."""
    size = np.bincount(groups)
    middles = np.stack([np.bincount(groups, spots[:, axis]) / size for axis in (0, 1)], axis=1)
    gathered: Spots = (GATHER * (middles[groups] - spots)).astype(np.float32)
    return gathered


def _evened(spots: Spots, room: Spots) -> Spots:
    """The same directions from the middle, with distances that leave nobody crowded nor far out."""
    far = np.linalg.norm(spots, axis=1)
    order = np.argsort(far, kind="stable")
    even = np.empty_like(far)
    even[order] = np.sqrt((np.cumsum(room[order]) - room[order] / 2) / room.sum())
    wanted = HALF_SIZE * (EVEN * even + (1 - EVEN) * far / max(float(far.max()), 0.01))
    evened: Spots = spots * (wanted / np.maximum(far, 0.01))[:, None]
    return evened
