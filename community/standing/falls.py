"""Falls in health: who lost much within four weeks, or began to drift while much is thought of them.

Each is a case for a person. It is opened once, and closes by itself when the member is back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import and_, insert, or_, select, update

from community.kit import clock
from community.kit.arrays import Whole
from community.kit.db import db
from community.standing import health, whole
from community.standing.cases import FALL as FALLEN
from community.standing.health import (
    FALL,
    FALL_DAYS,
    NEW,
    STATES,
    STEADY,
    Codes,
    Coefficients,
    Health,
    alerts,
)
from community.standing.health_features import Features, Floats
from community.standing.models import Case
from community.standing.past import NOBODY, Mask, Past
from community.standing.whole import Found

HIGH = 70.0
"""From which trust on somebody who begins to drift is looked after, whatever points they lost."""
NEAR = FALL // 2
"""Points below what a member had before within which they are back."""
A_BATCH = 2000


@dataclass(frozen=True)
class Falls:
    """Whose health fell, as places in a past: from what to what, each array of all members.

    ``trust`` is that of now, NaN for whoever has too little evidence.
    """

    before: Health
    numbers: Features
    trust: Floats
    previous: Codes
    has_fallen: Mask
    has_drifted: Mask

    @property
    def places(self) -> Whole:
        """Where those stand who fell or drifted."""
        return np.flatnonzero(self.has_fallen | self.has_drifted)


def falls(past: Past, found: Found, coefficients: Coefficients, states: Codes) -> Falls:
    """Who fell in the last 28 days, or came down to drifting, given the states kept last.

    What they had 28 days ago is worked out from the ledger, with the coefficients of now: so a
    month in which those were learned anew makes nobody fall.
    """
    then = found.as_of - timedelta(days=FALL_DAYS)
    numbers = whole.features_of(past, then, found.trust, found.has_seeds)
    before = health.assess(numbers, coefficients)
    previous = np.maximum(states, before.state)
    trust = np.where(found.trust.is_new, np.nan, found.trust.shown)
    told = alerts(found.health, before, previous, trust >= HIGH)
    return Falls(before, numbers, trust, previous, *told)


def look(
    past: Past, found: Found, coefficients: Coefficients, states: Codes, gone: Whole
) -> Iterator[int]:
    """Open a case for each new fall, close those whose member is back; yields how many of both.

    ``gone`` are the ids of members who are no more: nobody is to look after them.
    """
    seen = falls(past, found, coefficients, states)
    yield _close(past, found)
    known = _known(found.as_of - timedelta(days=FALL_DAYS)) | set(gone.tolist())
    fresh = [place for place in seen.places.tolist() if int(past.members[place]) not in known]
    for start in range(0, len(fresh), A_BATCH):
        rows = [_row(past, found, seen, place) for place in fresh[start : start + A_BATCH]]
        db.session.execute(insert(Case), rows)
        yield len(rows)


def is_back(told: Mapping[str, Any], score: float, state: int) -> bool:
    """Whether a member whose fall this was is back: near what they had, and no longer drifting."""
    has_risen = told["before"] is None or score >= told["before"] - NEAR
    return bool(has_risen and (state >= STEADY or not told["has_drifted"]))


def _close(past: Past, found: Found) -> int:
    open_ones = db.session.execute(
        select(Case.id, Case.members, Case.told).where(
            Case.kind == FALLEN, Case.closed_at.is_(None)
        )
    ).all()
    members = np.array([case.members[0] for case in open_ones], np.int64)
    at = past.number(members).tolist() if open_ones else []
    back = [
        case.id
        for case, place in zip(open_ones, at, strict=True)
        if place != NOBODY
        and is_back(case.told, float(found.health.score[place]), int(found.health.state[place]))
    ]
    for start in range(0, len(back), A_BATCH):
        some = back[start : start + A_BATCH]
        still_open = update(Case).where(Case.id.in_(some), Case.closed_at.is_(None))
        db.session.execute(still_open.values(closed_at=found.as_of, closed_by=None))
    return len(back)


def _known(since: datetime) -> set[int]:
    """Those whose fall is looked at, or was closed by a person in the last four weeks."""
    by_a_person = and_(Case.found_at > since, Case.closed_by.is_not(None))
    asked = select(Case.members).where(
        Case.kind == FALLEN, or_(Case.closed_at.is_(None), by_a_person)
    )
    return {members[0] for members in db.session.scalars(asked)}


def _row(past: Past, found: Found, seen: Falls, place: int) -> dict[str, Any]:
    member = int(past.members[place])
    was = int(seen.previous[place])
    told = {
        "before": _points(seen.before, place),
        "after": _points(found.health, place),
        "was": STATES[was] if was != NEW else None,
        "is": STATES[int(found.health.state[place])],
        "has_drifted": bool(seen.has_drifted[place]),
        "trust": None if np.isnan(seen.trust[place]) else round(float(seen.trust[place]), 2),
        "numbers_before": _numbers(seen.numbers, place),
        "numbers": _numbers(found.features, place),
    }
    return {
        "kind": FALLEN,
        "found_at": found.as_of,
        "key": f"{FALLEN}:{member}:{clock.to_micros(found.as_of)}",
        "members": [member],
        "told": told,
    }


def _points(told: Health, place: int) -> int | None:
    return None if np.isnan(told.score[place]) else int(told.score[place])


def _numbers(told: Features, place: int) -> list[int | None]:
    four = (told.recency, told.weeks, told.tenure, told.peers)
    return [None if np.isnan(part[place]) else int(part[place]) for part in four]
