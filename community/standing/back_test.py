"""What a rule would have done: a badge replayed over the last two years of the ledger.

It begins with nobody and assesses everyone on the badge's days, as they were known then. What
it says of each quarter, of newcomers, and of who would change tomorrow comes before a rule is
published.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.awarding import ContextAt, days_of
from community.standing.badges import NOT_HELD, Badge, Holding, assess
from community.standing.folds import A_DAY
from community.standing.metrics import METRICS
from community.standing.needs import Asking
from community.standing.past import Mask, Past
from community.standing.windows import began, moved

MONTHS = 24
SOON = timedelta(days=183)
"""Within which time after joining a newcomer's chance is counted."""
MOST_NAMED = 200
LONG_AGO = 1e6
"""Days."""


@dataclass(frozen=True)
class Quarter:
    """One quarter of a replay.

    ``holders`` hold it at its end; ``churn`` is the share of those who held it at its
    beginning and lost it. ``newcomers`` joined in it, ``soon`` of them came to hold it within
    half a year; None while that is not over.
    """

    begins: datetime
    holders: int
    gained: int
    lost: int
    churn: float | None
    newcomers: int
    soon: int | None


@dataclass(frozen=True)
class BackTest:
    """What a version of a badge would have done, and whom publishing it would change tomorrow."""

    digest: str
    made_at: datetime
    since: datetime
    assessments: int
    members: int
    quarters: tuple[Quarter, ...]
    gain: tuple[int, ...]
    lose: tuple[int, ...]
    many_gain: int
    many_lose: int
    hold_now: int

    def plain(self) -> dict[str, Any]:
        """The same as plain data, its moments as microseconds."""
        told = asdict(self)
        told |= {name: clock.to_micros(told[name]) for name in ("made_at", "since")}
        told["quarters"] = [{**q, "begins": clock.to_micros(q["begins"])} for q in told["quarters"]]
        return told


@dataclass(frozen=True)
class _Day:
    """How an assessment of the replay ended: when, who holds it, who gained and who lost it."""

    at: datetime
    holds: Mask
    gained: Mask
    lost: Mask


def back_test(
    badge: Badge, past: Past, now: datetime, context_at: ContextAt, held: Holding
) -> BackTest:
    """Replay a badge for everyone; ``held`` is what they hold today, by whatever version."""
    since = moved(now, -MONTHS)
    days = _replayed(badge, past, days_of(badge, since, now), context_at)
    after = _tomorrow(badge, past, now, context_at, held)
    gain = past.members[after.tier > held.tier]
    lose = past.members[after.tier < held.tier]
    return BackTest(
        badge.digest,
        now,
        since,
        len(days),
        len(past),
        tuple(_quarters(days, _joined(past, now), since, now)),
        tuple(gain[:MOST_NAMED].tolist()),
        tuple(lose[:MOST_NAMED].tolist()),
        gain.size,
        lose.size,
        int((held.tier > NOT_HELD).sum()),
    )


def _replayed(
    badge: Badge, past: Past, days: Sequence[datetime], context_at: ContextAt
) -> list[_Day]:
    told, held = [], Holding.nobody(len(past))
    for day in days:
        past.context = context_at(day)
        assessed = assess(badge, Asking(past, METRICS), day, held)
        held = assessed.after
        had, has = assessed.before.tier > NOT_HELD, held.tier > NOT_HELD
        told.append(_Day(day, has, has & ~had, had & ~has))
    return told


def _tomorrow(
    badge: Badge, past: Past, now: datetime, context_at: ContextAt, held: Holding
) -> Holding:
    """Who would hold it if it were assessed now, without the grace that a new rule has not given yet."""
    past.context = context_at(now)
    return assess(replace(badge, grace=0), Asking(past, METRICS), now, held).after


def _quarters(days: Sequence[_Day], joined: Whole, since: datetime, now: datetime) -> list[Quarter]:
    first_held = _first_held(days, joined.size)
    begins = began(since, "quarter")
    found, held = [], np.zeros(joined.size, bool)
    while begins <= now:
        ends = moved(begins, 3)
        here = [day for day in days if begins <= day.at < ends]
        holds = here[-1].holds if here else held
        lost = [day.lost for day in here]
        first, last = clock.to_micros(begins), clock.to_micros(ends)
        is_new = (joined >= first) & (joined < last)
        within = first_held - joined <= SOON // timedelta(microseconds=1)
        found.append(
            Quarter(
                begins,
                int(holds.sum()),
                sum(int(day.gained.sum()) for day in here),
                sum(int(each.sum()) for each in lost),
                _churn(held, lost),
                int(is_new.sum()),
                int((is_new & within).sum()) if ends + SOON <= now else None,
            )
        )
        begins, held = ends, holds
    return found


def _churn(held: Mask, lost: Sequence[Mask]) -> float | None:
    """The share of the holders that lost it, were it only for a while; None without holders."""
    if not held.any():
        return None
    gone = held & np.logical_or.reduce([np.zeros(held.size, bool), *lost])
    return float(gone.sum() / held.sum())


def _first_held(days: Sequence[_Day], many: int) -> Whole:
    """When each first came to hold it; long after everything for those who never did."""
    first = np.full(many, np.iinfo(np.int64).max // 2)
    for day in reversed(days):
        first[day.gained] = clock.to_micros(day.at)
    return first


def _joined(past: Past, now: datetime) -> Whole:
    """When each joined, in microseconds; long before everything where that is not known."""
    age = METRICS["account_age"].asked().over(past, now, METRICS["account_age"].window).value
    ago = np.nan_to_num(age, nan=LONG_AGO).astype(np.int64) * A_DAY
    return np.asarray(clock.to_micros(now) - ago, np.int64)
