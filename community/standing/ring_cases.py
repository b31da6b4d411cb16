"""Which case a ring is that was found: one that is open, one that somebody looked at, or a new one."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from community.kit import clock
from community.kit.db import db
from community.standing.cases import RING
from community.standing.models import Case

SAME = 0.5
"""From which share on two groups are the same ring: those who are in both, of all who are in one of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a case is about, and whether it is still looked at."""

    members: frozenset[int]
    is_open: bool


def alike(one: Collection[int], other: Collection[int]) -> float:
    """The share of those who are in both groups, of all who are in one of them (Jaccard)."""
    either = {*one, *other}
    return len({*one} & {*other}) / len(either) if either else 0.0


def which(found: Sequence[Collection[int]], known: Sequence[Known]) -> list[int | None]:
    """For each group that was found the place of the case that it is; None where it is a new one.

    The most alike come first, of equals an open case, and then the one that stands first. An open case is
    one group only; a closed one may be any number of them: whoever closed it looked at them.
    """
    likenesses = sorted(
        (-likeness, not case.is_open, place, group)
        for group, members in enumerate(found)
        for place, case in enumerate(known)
        if (likeness := alike(members, case.members)) >= SAME
    )
    chosen: list[int | None] = [None] * len(found)
    taken: set[int] = set()
    for _, is_closed, place, group in likenesses:
        if chosen[group] is None and (is_closed or place not in taken):
            chosen[group] = place
            taken.add(place)
    return chosen


def changed(
    told: Mapping[str, Any], before: Collection[int], after: Collection[int], now: datetime
) -> dict[str, Any]:
    """What a case tells once its members are others: who joined and who left since, and when that was seen."""
    joined, left = sorted({*after} - {*before}), sorted({*before} - {*after})
    if not joined and not left:
        return dict(told)
    step = {"at": clock.to_micros(now), "joined": joined, "left": left}
    return {**told, "history": [*told.get("history", ()), step]}


def keep(found: Sequence[tuple[list[int], dict[str, Any]]], now: datetime) -> int:
    """Keep rings that were found, each its members and what is told of it; how many cases were opened."""
    asked = select(Case).where(Case.kind == RING).order_by(Case.id.desc())
    cases = db.session.scalars(asked.with_for_update()).all()
    known = [Known(frozenset(case.members), case.closed_at is None) for case in cases]
    opened = 0
    for (members, told), place in zip(found, which([m for m, _ in found], known), strict=True):
        case = None if place is None else cases[place]
        if case is None:
            db.session.add(
                Case(kind=RING, found_at=now, key=_key(members, now), members=members, told=told)
            )
            opened += 1
        elif case.closed_at is None:
            case.told = {**changed(case.told, case.members, members, now), **told}
            case.members = members
    db.session.flush()
    return opened


def _key(members: Collection[int], now: datetime) -> str:
    # The same people can be a new case when an older one went on with others.
    named = repr((sorted(members), clock.to_micros(now)))
    return hashlib.sha256(named.encode()).hexdigest()
