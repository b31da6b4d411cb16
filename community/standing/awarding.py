"""Assessing badges: who holds what is read, judged, and kept as awards with the decisions behind them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice, repeat

import numpy as np
from sqlalchemy import (
    select,
)

from community.kit import additions, clock
from community.kit.arrays import Whole
from community.kit.db import db
from community.standing import awards
from community.standing.apart import Apart
from community.standing.badges import NOT_HELD, Assessed, Badge, assess
from community.standing.decisions import Decision, decide
from community.standing.metrics import METRICS, facts_of
from community.standing.models import Assessment
from community.standing.needs import Asking, top_bars
from community.standing.past import Context, Past
from community.standing.windows import A_MOMENT, Cadence

MONTHLY = Cadence("month")
NAMED = timedelta(days=35)
"""How old an assessment may be for its decisions to name the events that they rest on."""
NEWS = timedelta(days=3)
"""How old an assessment may be for members to be told what it decided."""
DECIDED = "badge was decided"
"""Where rooms further up add how a member is told: a function of badge, member, verdict, tier."""
CORRECTED = "badge was corrected"
"""The same where a correction gave or took a badge: of badge, member, verdict, tier, and the assessment's day.

The verdict is gain or lose, and the tier the one that was gained or lost.
"""
A_BATCH = 2000
EXPLAINED, EXPLAINED_OF = 500, 200
"""Up to how many awards that one assessment touches are kept with the decisions behind them.

In a large community it is one in so many members, so that the time that a night takes stays in
proportion to its size.
"""
FACTS = facts_of(METRICS)

ContextAt = Callable[[datetime], Context]
"""What is known of the whole community as of a moment."""
ContextsOf = Callable[[Badge], ContextAt]
"""The same, as far as a badge asks for it."""


def due(badge: Badge, now: datetime, since: datetime | None = None) -> list[datetime]:
    """The assessments of a badge that are to be done: those after the last, or the latest alone.

    With ``since`` a badge that was never assessed is given its history from then on.
    """
    if badge.is_manual:
        return []
    # What is made public later is decided later, as of its day.
    now = now if badge.lag is None else badge.lag.before(now)
    last = db.session.scalar(select(Assessment.as_of).where(Assessment.badge == badge.name))
    if last is not None:
        return badge.cadence.between(last, now)
    return [badge.cadence.last(now)] if since is None else days_of(badge, since, now)


def days_of(badge: Badge, since: datetime, now: datetime) -> list[datetime]:
    """The days of assessment of a time: its own, or the first of each month where those would be more.

    The latest is always among them.
    """
    latest = badge.cadence.last(now)
    months, days = MONTHLY.between(since, now), badge.cadence.between(since, now)
    few = months if len(days) > len(months) else days
    return [*(day for day in few if day < latest), latest]


def assess_all(badge: Badge, past: Past, as_of: datetime, context_at: ContextAt) -> Iterator[int]:
    """Assess a badge for everyone on one of its days; yields, batch by batch, how many awards it touched.

    Decisions are kept where an award begins, ends, or is held by grace, unless the whole
    community comes in at once: any can be worked out again for any day. Done again for the
    same day it changes nothing.
    """
    before = awards.held_by(past, badge.name, as_of)
    yield 0
    past.context = context_at(as_of)
    ask = Asking(past, METRICS)
    bars = top_bars(badge.needs(), ask, as_of)
    assessed = assess(badge, ask, as_of, before)
    touched = _touched(badge, assessed, past)
    done = awards.done_on(badge, past, as_of)
    is_news = as_of > clock.now() - NEWS and db.session.get(Assessment, badge.name) is not None
    is_explained = touched.size <= max(EXPLAINED, len(past) // EXPLAINED_OF)
    # Of late decisions name the events that they rest on, which only the past of one alone does.
    is_late = as_of > clock.now() - NAMED
    alone = Apart(past, touched, as_of).pasts() if is_explained and is_late else repeat(None)
    for start in range(0, touched.size, A_BATCH):
        part = touched[start : start + A_BATCH]
        if is_explained:
            awards.keep_decisions(
                [
                    decide(badge, assessed, past, METRICS, place, alone=own, with_evidence=is_late)
                    for place, own in zip(part.tolist(), islice(alone, part.size), strict=True)
                ]
            )
        awards.keep_awards(badge, assessed, past, part, done)
        if is_news:
            _tell(badge, assessed, past, part)
        yield part.size
    _note(badge, as_of, bars)
    yield 0


def assess_again(
    badge: Badge, past: Past, as_of: datetime, bars: Mapping[str, float], *, is_told: bool = False
) -> Iterator[int]:
    """Assess a badge once more for the members of a past, in which something was corrected.

    What follows takes the place of what was kept of that assessment, and with ``is_told`` those
    are told for whom a badge begins or ends by it. Yields, batch by batch, for how many it is
    something else.
    """
    assessed = assess(
        badge, Asking(past, METRICS, bars), as_of, awards.held_by(past, badge.name, as_of)
    )
    touched = _touched(badge, assessed, past)
    done = awards.done_on(badge, past, as_of) if touched.size else {}
    before = awards.held_by(past, badge.name, as_of + A_MOMENT).tier if touched.size else touched
    alone = Apart(past, touched, as_of).pasts() if touched.size else iter(())
    for start in range(0, touched.size, A_BATCH):
        part = touched[start : start + A_BATCH]
        awards.keep_awards(badge, assessed, past, part, done)
        awards.keep_decisions(
            [
                decide(badge, assessed, past, METRICS, place, alone=own)
                for place, own in zip(part.tolist(), islice(alone, part.size), strict=True)
            ]
        )
        if is_told:
            _tell_corrected(badge, assessed, past, part, before)
        yield part.size


def decided(
    badge: Badge,
    past: Past,
    as_of: datetime,
    *,
    tier: int | None = None,
    bars: Mapping[str, float] | None = None,
) -> Decision:
    """What an assessment as of a moment says of the one member of a past; nothing is kept.

    ``bars`` are those of the whole community; without them those of the last assessment are taken.
    """
    known = bars_of(badge) if bars is None else bars
    before = awards.held_by(past, badge.name, as_of)
    assessed = assess(badge, Asking(past, METRICS, known), as_of, before)
    return decide(badge, assessed, past, METRICS, tier=tier)


def bars_of(badge: Badge) -> dict[str, float]:
    """The numbers that shares of the community reached when a badge was last assessed."""
    if not any(need.op == "top" for need in badge.needs()):
        return {}
    last = db.session.get(Assessment, badge.name)
    return dict(last.bars) if last is not None else {}


def _touched(badge: Badge, assessed: Assessed, past: Past) -> Whole:
    """The places of those of whom an assessment says something else than is kept.

    What was given or taken by hand since stands, and of who is no more nothing is kept.
    """
    present = awards.held_by(past, badge.name, assessed.as_of + A_MOMENT)
    after = assessed.after
    is_held = after.tier > NOT_HELD
    is_other = (after.since != present.since) | (after.failed != present.failed)
    is_other |= (after.failed > 0) & (after.failed_at != present.failed_at)
    touched = (after.tier != present.tier) | (is_held & is_other)
    touched[awards.left_alone(badge.name, past, assessed.as_of)] = False
    return np.flatnonzero(touched)


def _tell(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """Let those further up tell members what began and what ended."""
    for place in places.tolist():
        verdict = assessed.verdict(place)
        if verdict in ("gain", "lose"):
            for tell in additions.at(DECIDED):
                tell(badge, int(past.members[place]), verdict, int(assessed.after.tier[place]))


def _tell_corrected(
    badge: Badge, assessed: Assessed, past: Past, places: Whole, before: Whole
) -> None:
    """Let those further up tell members what they hold now, or hold no more, by a correction."""
    for place in places.tolist():
        was, is_now = int(before[place]), int(assessed.after.tier[place])
        verdict = "gain" if is_now > was else "lose"
        for tell in additions.at(CORRECTED) if is_now != was else ():
            tell(badge, int(past.members[place]), verdict, max(was, is_now), assessed.as_of)


def _note(badge: Badge, as_of: datetime, bars: Mapping[str, float]) -> None:
    row = db.session.get(Assessment, badge.name)
    if row is None:
        row = Assessment(badge=badge.name)
        db.session.add(row)
    # Of what was taken back since that day, even before this run, it knows nothing yet.
    row.as_of, row.digest, row.bars, row.voiding = as_of, badge.digest, dict(bars), 0
    db.session.flush()
