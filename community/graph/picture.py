"""Where the faces of a member's picture stand: they in the middle, the closest people nearest, in rings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from community.graph.looking import closest_first

FACE = 22.0
"""The radius of a face, in the units of the picture."""
GAP = 10.0
"""The least space between two faces."""
RINGS = (6, 10, 14)
"""How many faces stand in each ring."""
MOST = sum(RINGS)
FIRST_RING = 76.0
BETWEEN_RINGS = 62.0
HALF = 2.0
"""The strength of a tie that is drawn half as thick as one without end."""


@dataclass(frozen=True)
class Seat:
    """Where someone's face stands: its middle, its ring, and how close they are from 0 to 1.

    The member whose picture it is sits in ring 0.
    """

    member: int
    x: float
    y: float
    ring: int
    strength: float


@dataclass(frozen=True)
class Line:
    """A tie between two who are seated, with its strength from 0 to 1."""

    one: Seat
    other: Seat
    strength: float


@dataclass(frozen=True)
class Picture:
    """Seats and lines in a square of side ``size`` whose middle is 0, 0; weaker lines come first."""

    size: float
    seats: list[Seat]
    lines: list[Line]


def picture(near: "nx.Graph[int]", member: int, circle: Mapping[int, int]) -> Picture:
    """The picture of those around a member, as ``looking.around`` gives them; at most 30 faces.

    The closest sit in the inner ring. Within a ring people of the same circle sit beside each
    other, the closest of them first, and circles come in the same order in every ring. The
    same people always sit in the same places.
    """
    others = [id for id in closest_first(near) if id != member][:MOST]
    seats = [Seat(member, 0.0, 0.0, 0, 1.0)]
    for ring, people in enumerate(_rings(others), 1):
        # Sorting keeps the order of those of the same circle: the closest first.
        ordered = sorted(people, key=lambda id: circle.get(id, -1))
        seats += _ring(near, ordered, ring)
    by_member = {seat.member: seat for seat in seats}
    lines = [
        Line(by_member[min(a, b)], by_member[max(a, b)], share(strength))
        for a, b, strength in near.edges(data="strength")
        if a in by_member and b in by_member
    ]
    lines.sort(key=lambda line: (line.strength, line.one.member, line.other.member))
    return Picture(2 * (_radius(seats[-1].ring) + FACE + GAP), seats, lines)


def share(strength: float) -> float:
    """A strength as a share that nears 1, so that one strong tie does not make all others thin."""
    return round(strength / (strength + HALF), 4)


def _rings(others: list[int]) -> list[list[int]]:
    """Those of each ring, the closest in the inner one."""
    rings, first = [], 0
    for room in RINGS:
        if first < len(others):
            rings.append(others[first : first + room])
        first += room
    return rings


def _ring(near: "nx.Graph[int]", people: list[int], ring: int) -> list[Seat]:
    """Seats at equal angles, from the top on; every other ring is turned by half a seat."""
    step = 2 * math.pi / len(people)
    turned = step / 2 if ring % 2 == 0 else 0.0
    return [
        Seat(
            member,
            round(_radius(ring) * math.sin(turned + place * step), 2),
            round(-_radius(ring) * math.cos(turned + place * step), 2),
            ring,
            share(near.nodes[member]["closeness"]),
        )
        for place, member in enumerate(people)
    ]


def _radius(ring: int) -> float:
    return FIRST_RING + (ring - 1) * BETWEEN_RINGS if ring else 0.0
