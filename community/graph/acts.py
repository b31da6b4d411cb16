"""What single events add to ties: by their kind, its direction, its sign, and how long ago they were."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from community.graph.arrays import Real, Whole
from community.kit import clock
from community.ledger.kinds import KINDS
from community.ledger.segments import NOTHING, VOIDED, Array

READ = ("happened_at", "kind", "actor", "other", "value", VOIDED)
"""The columns that ties are made from."""
BEST = 10
"""The best value of a signed kind; the worst is its negative."""
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.code: kind for kind in KINDS.values()}
_EVERY = [_KINDS.get(code) for code in range(max(_KINDS) + 1)]
_TIE = np.array([kind.tie if kind else 0.0 for kind in _EVERY])
_IS_BOTH = np.array([kind is not None and kind.direction == "both" for kind in _EVERY])
_IS_SIGNED = np.array([kind is not None and kind.signed for kind in _EVERY])


class Acts(NamedTuple):
    """What events add to the tie from one id to another, faded, and when in microseconds they happened."""

    source: Whole
    target: Whole
    weight: Real
    at: Whole


def acts(
    events: Mapping[str, Array], as_of: datetime, half_life: timedelta, since: datetime | None
) -> Acts:
    """What the events that count as of a moment add: one act, or two where both sides feel it."""
    events = _counted(events, as_of, since)
    kind, at = events["kind"], events["happened_at"]
    value = np.where(_IS_SIGNED[kind], events["value"].clip(-BEST, BEST) / BEST, 1.0)
    age = (clock.to_micros(as_of) - at) / (half_life / _MICROSECOND)
    weight = _TIE[kind] * value * np.exp2(-age)
    back = np.flatnonzero(_IS_BOTH[kind])
    return Acts(
        np.concatenate([events["actor"], events["other"][back]]),
        np.concatenate([events["other"], events["actor"][back]]),
        np.concatenate([weight, weight[back]]),
        np.concatenate([at, at[back]]),
    )


def _counted(
    events: Mapping[str, Array], as_of: datetime, since: datetime | None
) -> dict[str, Array]:
    now, kind = clock.to_micros(as_of), events["kind"]
    actor, other, at = events["actor"], events["other"], events["happened_at"]
    counts = (_TIE[kind] != 0) & (at <= now) & (events[VOIDED] > now)
    if since is not None:
        counts &= at >= clock.to_micros(since)
    counts &= (actor != other) & (actor != NOTHING) & (other != NOTHING)
    counts &= ~(_IS_SIGNED[kind] & (events["value"] == NOTHING))
    rows = np.flatnonzero(counts)
    return {name: events[name][rows] for name in READ}
