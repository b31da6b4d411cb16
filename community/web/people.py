"""Those around a member whom a reader may see, with a word for how close they are and their circle."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
from flask import current_app
from sqlalchemy import ColumnElement, select

from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import audience
from community.graph import kept, looking
from community.graph.picture import share
from community.graph.ties import Ties
from community.kit.db import connection
from community.kit.faces import Pictured
from community.kit.languages import gettext, ngettext
from community.kit.words import N_
from community.standing.models import Standing

M, S = Member.__table__.c, Standing.__table__.c
STEPS = 2
CLOSE = (
    (6.0, N_("very close")),
    (3.0, N_("close")),
    (1.0, N_("in touch")),
    (0.0, N_("met")),
)
"""From which strength of a tie on it is called so."""
COLOURS = 8
"""Circles that have a colour of their own in a picture; the rest share one."""
FEWEST = 3
"""A circle of fewer in a picture is not told of."""


@dataclass(frozen=True, slots=True)
class Face(Pictured):
    """Somebody in a picture, as far as the reader may know them."""

    id: int
    handle: str
    name: str
    photo: str | None
    circle: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody in the list: a word for the tie, and the number of their circle in this picture.

    ``closeness`` goes from 0 to 1. The member, who is the first, has 1 and no words.
    """

    face: Face
    step: int
    closeness: float
    words: str
    circle: int | None


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle as far as it is in a picture: who is closest of it, and how many of it are there."""

    words: str
    count: int


@dataclass(frozen=True)
class People:
    """A member and those near them, all of whom the reader may see.

    ``near`` is what ``looking.around`` gives of them, ``faces`` are they by id, ``rows`` all of
    them, the member first and then the closest, and ``circles`` those that have a colour, the
    largest first.
    """

    near: "nx.Graph[int]"
    faces: Mapping[int, Face]
    rows: list[Row]
    circles: list[Circle]

    @property
    def others(self) -> list[Row]:
        """Everyone but the member."""
        return self.rows[1:]

    @property
    def circle_of(self) -> dict[int, int]:
        """The circle of everybody who has one."""
        return {id: face.circle for id, face in self.faces.items() if face.circle is not None}


def ties_now() -> Ties | None:
    """The ties of this site as they were last worked out."""
    return kept.kept(current_app.config["DATA_DIR"] / kept.FOLDER)


def people_of(ties: Ties | None, member_id: int, viewer: Viewer | None, most: int) -> People:
    """Those around a member whom a reader may see, at most so many, closest first.

    Who is only reached over somebody hidden is left out with them. The reader must be one who
    may see the member.
    """
    near: nx.Graph[int] = nx.Graph()
    near.add_node(member_id, step=0, closeness=0.0)
    if ties is not None:
        near = looking.around(ties, member_id, most, STEPS)
    faces = _faces([*near], viewer)
    near.remove_nodes_from([id for id in near if id not in faces])
    reached = nx.single_source_shortest_path_length(near, member_id, cutoff=STEPS)
    near.remove_nodes_from([id for id in near if id not in reached])
    order = looking.closest_first(near)
    faces = {id: faces[id] for id in order}
    numbers, circles = _circles([*faces.values()])
    rows = [_row(faces[id], near.nodes[id], numbers) for id in order]
    return People(near, faces, rows, circles)


def hidden_from(viewer: Viewer | None) -> ColumnElement[bool]:
    """Who may not stand in a picture: erased, or of whom the reader sees no page or no timeline."""
    widest = audience(viewer)
    return M.erased_at.is_not(None) | ((M.sees_timeline > widest) | (M.sees_profile > widest)) & (
        M.id != (viewer.id if viewer else 0)
    )


def _faces(ids: list[int], viewer: Viewer | None) -> dict[int, Face]:
    asked = (
        select(M.id, M.handle, M.name, M.photo, S.circle)
        .outerjoin(Standing.__table__, S.member_id == M.id)
        .where(M.id.in_([int(id) for id in ids]), ~hidden_from(viewer))
    )
    return {row.id: Face(*row) for row in connection().execute(asked)}


def _circles(faces: list[Face]) -> tuple[dict[Any, int], list[Circle]]:
    """The number of each circle that is told of, and what is told; faces come the closest first."""
    counts = Counter(face.circle for face in faces if face.circle is not None)
    told = [(circle, many) for circle, many in counts.most_common(COLOURS) if many >= FEWEST]
    circles = []
    for circle, many in told:
        one, two = [face.name for face in faces if face.circle == circle][:2]
        words = ngettext(
            "%(one)s, %(two)s and %(num)d other",
            "%(one)s, %(two)s and %(num)d others",
            many - 2,
        )
        circles.append(Circle(words % {"one": one, "two": two, "num": many - 2}, many))
    return {circle: number for number, (circle, _) in enumerate(told)}, circles


def _row(face: Face, node: Mapping[str, Any], numbers: Mapping[Any, int]) -> Row:
    circle, step, strength = numbers.get(face.circle), node["step"], node["closeness"]
    if step == 0:
        return Row(face, step, 1.0, "", circle)
    if step > 1:
        return Row(face, step, share(strength), gettext("through others"), circle)
    words = next(words for bar, words in CLOSE if strength >= bar)
    return Row(face, step, share(strength), gettext(words.text), circle)
