"""What the ledger says of trust: who praised or blamed whom, out of dealings that took place."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.ledger.segments import NOTHING
from community.standing.acts import Acts, choose
from community.standing.past import NOBODY, Mask, Numbers, Past
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
    return whole.take(np.lexsort((whole.ratee, whole.rater, whole.time)))


def seeds(past: Past, as_of: datetime) -> Whole:
    """The numbers of those whom staff vouched for; empty where nobody was."""
    return np.unique(choose(past, Acts((VOUCHED,), of="other"), as_of, EVER).member)


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
    middle, reach = scale if isinstance(scale, tuple) else (0.0, 1.0)
    value: Numbers = (
        rows.value[counts] if isinstance(scale, tuple) else np.full(int(counts.sum()), scale)
    )
    rating = np.clip((value - middle) / reach, -1.0, 1.0)
    return Ratings(rater[counts], ratee[counts], rating, rows.at[counts] / 1_000_000)


def moment(as_of: datetime) -> float:
    """A moment in the seconds that ratings are told in."""
    return clock.to_micros(as_of) / 1_000_000


def received(past: Past, as_of: datetime) -> list[tuple[int, float, float]]:
    """Every judgement of the one member of a past: by whom, from -1 to 1, at which second."""
    found: list[tuple[int, float, float]] = []
    for kind in (*SCALES, *PRAISE):
        rows = past.rows([kind]).as_of(as_of)
        mine = (
            (rows.other == past.members[0]) & (rows.actor != NOTHING) & (rows.actor != rows.other)
        )
        if kind in SCALES:
            mine &= rows.value != NOTHING
        middle, reach = SCALES.get(kind, (0.0, 1.0))
        value = rows.value[mine] if kind in SCALES else np.full(int(mine.sum()), PRAISE[kind])
        rating = np.clip((value - middle) / reach, -1.0, 1.0)
        found += zip(
            rows.actor[mine].tolist(),
            rating.tolist(),
            (rows.at[mine] / 1_000_000).tolist(),
            strict=True,
        )
    return found
