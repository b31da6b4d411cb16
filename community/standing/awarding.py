"""Assessing badges: who holds what is read, judged, and kept as awards with the decisions behind them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    bindparam,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from community.kit import clock
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.standing import reading
from community.standing.badges import NOT_HELD, Assessed, Badge, Holding, assess
from community.standing.decisions import Decision, decide
from community.standing.metrics import METRICS, facts_of
from community.standing.models import Assessment, Award
from community.standing.models import Decision as Kept
from community.standing.needs import Asking
from community.standing.past import NOBODY, Context, Past
from community.standing.windows import Cadence

AWARDS: Table = Award.__table__  # type: ignore[assignment]
DECISIONS: Table = Kept.__table__  # type: ignore[assignment]
MONTHLY = Cadence("month")
NAMED = timedelta(days=35)
"""How old an assessment may be for its decisions to name the events that they rest on."""
A_BATCH = 500
MOST_EXPLAINED = 5000
"""Up to how many awards that one assessment touches are kept with the decisions behind them."""
FACTS = facts_of(METRICS)
LONGEST_PASSES = 200

ContextAt = Callable[[datetime], Context]
"""What is known of the whole community as of a moment."""


def due(badge: Badge, now: datetime, since: datetime | None = None) -> list[datetime]:
    """The assessments of a badge that are to be done: those after the last, or the latest alone.

    With ``since`` a badge that was never assessed is given its history from then on: its own
    days, or the first of each month and the latest where those would be more.
    """
    if badge.is_manual:
        return []
    last = db.session.scalar(select(Assessment.as_of).where(Assessment.badge == badge.name))
    if last is not None:
        return badge.cadence.between(last, now)
    latest = badge.cadence.last(now)
    months = [] if since is None else MONTHLY.between(since, now)
    days = [] if since is None else badge.cadence.between(since, now)
    few = months if len(days) > len(months) else days
    return [*(day for day in few if day < latest), latest]


def assess_all(badge: Badge, past: Past, as_of: datetime, context_at: ContextAt) -> Iterator[int]:
    """Assess a badge for everyone on one of its days; yields, batch by batch, how many awards it touched.

    Decisions are kept where an award begins, ends, or is held by grace, unless the whole
    community comes in at once: any can be worked out again for any day. Done again for the
    same day it changes nothing.
    """
    past.context = context_at(as_of)
    assessed = assess(badge, Asking(past, METRICS), as_of, held_by(past, badge.name, as_of))
    is_touched = assessed.gained | assessed.lost
    is_touched |= assessed.after.failed != assessed.before.failed
    places = np.flatnonzero(is_touched)
    for start in range(0, places.size, A_BATCH):
        part = places[start : start + A_BATCH]
        if places.size <= MOST_EXPLAINED:
            _keep_decisions(badge, assessed, past, part)
        _keep_awards(badge, assessed, past, part)
        yield part.size
    _note(badge, as_of)
    yield 0


def decided(badge: Badge, past: Past, as_of: datetime, *, tier: int | None = None) -> Decision:
    """What an assessment as of a moment says of the one member of a past; nothing is kept."""
    assessed = assess(badge, Asking(past, METRICS), as_of, held_by(past, badge.name, as_of))
    return decide(badge, assessed, past, METRICS, tier=tier)


def held_by(past: Past, name: str, as_of: datetime) -> Holding:
    """Who of the members of a past held a badge just before a moment, in which tier and since when."""
    award = AWARDS.c
    asked = select(
        award.member_id,
        award.tier,
        award.failed,
        type_coerce(award.begun_at, BigInteger).label("since"),
    ).where(award.badge == name, award.begun_at < as_of, _is_open_at(as_of))
    if len(past) == 1:
        asked = asked.where(award.member_id == int(past.members[0]))
    rows = connection().execute(asked).all()
    held = Holding.nobody(len(past))
    if rows:
        told = np.array([tuple(row) for row in rows], np.int64)
        place = past.number(told[:, 0])
        known = place != NOBODY
        held.tier[place[known]] = told[known, 1]
        held.failed[place[known]] = told[known, 2]
        held.since[place[known]] = told[known, 3]
    return held


def _is_open_at(as_of: datetime) -> ColumnElement[bool]:
    return or_(AWARDS.c.ended_at.is_(None), AWARDS.c.ended_at >= as_of)


def _keep_decisions(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """Keep what was decided of each; of late from their own past, so that it names its events."""
    is_late = assessed.as_of > clock.now() - NAMED
    for place in places.tolist():
        if is_late:
            context = past.context.of(place)
            member = int(past.members[place])
            alone = reading.one(connection(), member, assessed.as_of, FACTS, context)
            keep_decision(decided(badge, alone, assessed.as_of))
        else:
            keep_decision(decide(badge, assessed, past, METRICS, place, with_evidence=False))


def _keep_awards(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """End, begin, or carry on by grace the awards of some members."""
    before, after = assessed.before.tier[places], assessed.after.tier[places]
    members, failed = past.members[places], assessed.after.failed[places]
    ends = (before > NOT_HELD) & (before != after)
    begins = (after > NOT_HELD) & (before != after)
    stays = (before > NOT_HELD) & (before == after)
    open_of = update(AWARDS).where(
        AWARDS.c.member_id == bindparam("of"),
        AWARDS.c.badge == badge.name,
        AWARDS.c.ended_at.is_(None),
    )
    if ends.any():
        ended = [{"of": member, "at": assessed.as_of} for member in members[ends].tolist()]
        connection().execute(open_of.values(ended_at=bindparam("at")), ended)
    if stays.any():
        told = zip(members[stays].tolist(), failed[stays].tolist(), strict=True)
        carried = [{"of": member, "times": times} for member, times in told]
        connection().execute(open_of.values(failed=bindparam("times")), carried)
    if begins.any():
        given = {"badge": badge.name, "begun_at": assessed.as_of, "digest": badge.digest}
        told = zip(members[begins].tolist(), after[begins].tolist(), strict=True)
        rows = [{**given, "member_id": m, "tier": tier, "failed": 0} for m, tier in told]
        connection().execute(insert(AWARDS), rows)


def keep_decision(decision: Decision) -> int:
    """Keep a decision, in place of one of the same member, badge, day and version; its id."""
    kept = DECISIONS.c
    row = {
        "verdict": decision.verdict,
        "tier": decision.after,
        "passes": "".join("01"[is_met] for is_met in decision.passes)[:LONGEST_PASSES],
        "told": decision.plain(),
        "made_at": clock.now(),
    }
    key = {
        "member_id": decision.member,
        "badge": decision.badge,
        "as_of": decision.as_of,
        "digest": decision.digest,
    }
    found = connection().scalar(
        select(kept.id).where(*(kept[name] == value for name, value in key.items()))
    )
    if found is not None:
        connection().execute(update(DECISIONS).where(kept.id == found).values(**row))
        return int(found)
    new = insert(DECISIONS).values(**key, **row).returning(kept.id)
    return int(connection().execute(new).scalar_one())


def _note(badge: Badge, as_of: datetime) -> None:
    row = db.session.get(Assessment, badge.name)
    if row is None:
        row = Assessment(badge=badge.name, voiding=0)
        db.session.add(row)
    row.as_of, row.digest = as_of, badge.digest
    db.session.flush()
