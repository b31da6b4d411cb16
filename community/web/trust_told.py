"""A member's trust told in parts: whose word adds how much, and what changed since a month began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select

from community.activity.members.models import Member
from community.activity.members.rules import audience
from community.kit.db import connection
from community.kit.languages import day, number, translate
from community.kit.words import N_
from community.standing import evidence, trust
from community.standing.health_parts import whole
from community.standing.models import Community, Standing, StandingMark
from community.standing.past import Past
from community.standing.queries import Seen
from community.standing.saying import many_said
from community.web.recognised import PERSON, Face

MIDDLE = 50.0
"""What says nothing either way."""
MOST_PARTS, MOST_CHANGES = 5, 3
EVERY = 1_000_000
TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's word in somebody's trust."""

    person: Face | None
    label: str
    fact: str


@dataclass(frozen=True, slots=True)
class Moved:
    """How a number moved since a moment, and through what."""

    way: str
    text: str
    parts: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, change: float, before: str, at: datetime, parts: Sequence[tuple[str, str]]
    ) -> "Moved":
        """A move from what was said at a moment."""
        way = "up" if change > 0 else "down" if change < 0 else "same"
        words = N_("%(before)s on %(day)s", before=before, day=day(at))
        return cls(way, translate(words), tuple(parts))


def trust_told(
    past: Past, seen: Seen, community: Community, marks: Sequence[StandingMark], viewer: Any
) -> dict[str, Any] | None:
    """What a member's trust is made of, as of the last whole refresh; None while there is none.

    The points of all parts sum to what is shown above or below the middle, to the tenth.
    """
    if seen.trust is None:
        return None
    people, ratings = evidence.about(past, community.as_of)
    authority = _authority(people)
    ratee = int(np.searchsorted(people, past.members[0]))
    parts = trust.why_alone(ratings, ratee, authority, MOST_PARTS)
    total = seen.trust - MIDDLE
    # Of what was voided or erased meanwhile nothing is known any more.
    rest = total - sum(part.points for part in parts)
    *shown, rest = _tenths([*(part.points for part in parts), rest], total)
    # Whoever thinks little of somebody is named to those alone who look after the place.
    named = [
        int(people[part.rater])
        for part in parts
        if part.rater is not None and ((part.rating or 0) > 0 or viewer.is_staff)
    ]
    faces = _faces(named, viewer)
    many = len(set(ratings.rater[ratings.ratee == ratee].tolist())) - MOST_PARTS
    told = [
        _part(part, people, faces, many, points) for part, points in zip(parts, shown, strict=True)
    ]
    if rest:
        told.append(Part(None, translate(N_("What is there no more")), signed(rest)))
    return {
        "parts": told,
        "total": signed(_tenths([total], total)[0]),
        "moved": _moved(past, people, authority, seen, community, marks),
    }


def signed(points: float) -> str:
    """Points with their sign."""
    return f"+{number(points)}" if points > 0 else f"−{number(-points)}" if points < 0 else "0"


def _part(part: trust.Part, people: Any, faces: dict[int, Face], many: int, points: float) -> Part:
    if part.rater is None:
        label = translate(many_said(many, N_("%(n)s other"), N_("%(n)s others")))
        return Part(None, label, signed(points))
    said = N_("neither good nor bad")
    if part.rating:
        said = N_("a good word") if part.rating > 0 else N_("a bad word")
    fact = translate(N_("%(points)s: %(good)s", points=signed(points), good=said))
    return Part(faces.get(int(people[part.rater])), translate(N_("Somebody")), fact)


def _moved(
    past: Past,
    people: Any,
    authority: Any,
    seen: Seen,
    community: Community,
    marks: Sequence[StandingMark],
) -> Moved | None:
    """What was said since a month began, and how far those who said it are trusted otherwise now."""
    mark = next((each for each in marks if each.trust is not None), None)
    if mark is None or mark.trust is None or seen.trust is None:
        return None
    now, then = (_points(past, at, people, authority) for at in (community.as_of, mark.at))
    change = seen.trust - mark.trust
    said = sum(now.values()) - sum(then.values())
    new = sum(points for rater, points in now.items() if rater not in then)
    rest = change - said
    told = _tenths([new, said - new, rest], change)
    labels = (
        N_("What others said since"),
        N_("What was said before, beside it"),
        N_("How far they are trusted themselves"),
    )
    parts = [
        (translate(label), signed(points))
        for label, points in zip(labels, told, strict=True)
        if points
    ]
    return Moved.of(change, number(round(mark.trust, 1)), mark.at, parts)


def _points(past: Past, at: datetime, people: Any, authority: Any) -> dict[int, float]:
    """The points of everyone's word as of a moment, with the authority of now."""
    known, ratings = evidence.about(past, at)
    ratee = int(np.searchsorted(known, past.members[0]))
    parts = trust.why_alone(ratings, ratee, authority[np.searchsorted(people, known)], EVERY)
    return {int(known[part.rater]): part.points for part in parts if part.rater is not None}


def _tenths(points: Sequence[float], total: float) -> list[float]:
    """Points to the tenth that sum to the total to the tenth."""
    steps = whole(np.array([points]) / TENTH, np.array([np.rint(total / TENTH)]))
    return [round(step * TENTH, 1) for step in steps[0].tolist()]


def _authority(people: Any) -> Any:
    """What the last whole refresh found of the authority of some members, in their order."""
    asked = select(Standing.member_id, Standing.authority).where(
        Standing.member_id.in_(people.tolist())
    )
    known = {row.member_id: row.authority for row in connection().execute(asked)}
    return np.array([known.get(id, 0.0) for id in people.tolist()])


def _faces(ids: Sequence[int], viewer: Any) -> dict[int, Face]:
    rows = connection().execute(
        select(*PERSON).where(
            Member.id.in_(ids), Member.erased_at.is_(None), Member.sees_profile <= audience(viewer)
        )
    )
    return {row.member_id: Face.of(row) for row in rows}
