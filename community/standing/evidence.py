"""What the ledger says of trust: who praised or blamed whom, out of dealings that took place."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from community.graph.arrays import distinct
from community.kit import clock
from community.kit.arrays import Whole
from community.ledger.segments import NOTHING
from community.standing.acts import Acts, choose
from community.standing.past import NOBODY, Mask, Numbers, Past, Rows
from community.standing.trust import Ratings
from community.standing.windows import EVER

SCALES: dict[str, tuple[float, float]] = {
    "review.published": (3.0, 2.0),
    "rating.given": (0.0, 10.0),
}
"""The kinds whose value is a judgement: what stands for neither good nor bad, and the reach from there."""
PRAISE: dict[str, float] = {"answer.accepted": 1.0, "thanks.given": 0.5}
"""The kinds that praise by themselves, and how much."""
VOUCHED = "member.verified"
"""The event by which staff say that they know somebody: the seeds of trust."""
CONFIRMED = ("contact.confirmed", "member.claimed", VOUCHED)
"""Events without which an account is not counted among the verified."""


def ratings(past: Past, as_of: datetime) -> Ratings:
    """Every judgement of a member by another as of a moment, between -1 and 1, in order of time."""
    return _together(past, as_of, {**SCALES, **PRAISE})


def reviews(past: Past, as_of: datetime) -> Ratings:
    """As ``ratings``, but only what was said with a value, which could have been bad as well."""
    return _together(past, as_of, SCALES)


def _together(
    past: Past, as_of: datetime, kinds: Mapping[str, tuple[float, float] | float]
) -> Ratings:
    parts = [_of(past, as_of, kind, scale) for kind, scale in kinds.items()]
    whole = Ratings(*(np.concatenate([getattr(p, name) for p in parts]) for name in FIELDS))
    # Each kind comes in order of time, so that little is left to sort.
    return whole.take(np.argsort(whole.time, kind="stable"))


def seeds(past: Past, as_of: datetime) -> Whole:
    """The numbers of those whom staff vouched for; empty where nobody was."""
    return distinct(choose(past, Acts((VOUCHED,), of="other"), as_of, EVER).member)


def verified(past: Past, as_of: datetime) -> Mask:
    """Who confirmed an address, moved in, or was vouched for."""
    found = np.zeros(len(past), bool)
    for side, kinds in (("actor", CONFIRMED[:2]), ("other", (VOUCHED,))):
        found[choose(past, Acts(kinds, of=side, apart=False), as_of, EVER).member] = True  # type: ignore[arg-type]
    return found


FIELDS = ("rater", "ratee", "rating", "time")


def _of(past: Past, as_of: datetime, kind: str, scale: tuple[float, float] | float) -> Ratings:
    rows = past.rows([kind]).as_of(as_of)
    rater, ratee = past.number(rows.actor), past.number(rows.other)
    counts = (rater != NOBODY) & (ratee != NOBODY) & (rater != ratee)
    if isinstance(scale, tuple):
        counts &= rows.value != NOTHING
    rows = rows.where(counts)
    return Ratings(rater[counts], ratee[counts], _between(rows, scale), rows.at / 1_000_000)


def moment(as_of: datetime) -> float:
    """A moment in the seconds that ratings are told in."""
    return clock.to_micros(as_of) / 1_000_000


def about(past: Past, as_of: datetime) -> tuple[Whole, Ratings]:
    """Every judgement by and of the one member of a past: whom it names, and by their places there."""
    member = past.members[0]
    found = []
    for kind in (*SCALES, *PRAISE):
        rows = past.rows([kind]).as_of(as_of)
        mine = (rows.other == member) | (rows.actor == member)
        mine &= (rows.actor != NOTHING) & (rows.other != NOTHING) & (rows.actor != rows.other)
        if kind in SCALES:
            mine &= rows.value != NOTHING
        found.append((rows.where(mine), SCALES.get(kind, PRAISE.get(kind, 0.0))))
    people = distinct(np.concatenate([[member], *(np.append(r.actor, r.other) for r, _ in found)]))
    parts = [_judged(rows, scale, people) for rows, scale in found]
    whole = Ratings(*(np.concatenate([getattr(p, name) for p in parts]) for name in FIELDS))
    return people, whole


def _judged(rows: Rows, scale: tuple[float, float] | float, people: Whole) -> Ratings:
    """Judgements by the places of those whom they name, all of whom are among some people."""
    return Ratings(
        np.searchsorted(people, rows.actor),
        np.searchsorted(people, rows.other),
        _between(rows, scale),
        rows.at / 1_000_000,
    )


def _between(rows: Rows, scale: tuple[float, float] | float) -> Numbers:
    """What judgements say, between -1 and 1."""
    if not isinstance(scale, tuple):
        return np.full(len(rows), scale)
    middle, reach = scale
    clipped: Numbers = np.clip((rows.value - middle) / reach, -1.0, 1.0)
    return clipped
