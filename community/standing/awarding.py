"""Assessing badges: who holds what is read, judged, and kept as awards with the decisions behind them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from community.kit import additions, clock
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.standing import queries, reading
from community.standing.badges import NOT_HELD, Assessed, Badge, Holding, assess
from community.standing.decisions import Decision, decide
from community.standing.metrics import METRICS, facts_of
from community.standing.models import Assessment, Award
from community.standing.models import Decision as Kept
from community.standing.needs import Asking, top_bars
from community.standing.past import NOBODY, Context, Past
from community.standing.windows import A_MOMENT, Cadence

AWARDS: Table = Award.__table__  # type: ignore[assignment]
DECISIONS: Table = Kept.__table__  # type: ignore[assignment]
MONTHLY = Cadence("month")
NAMED = timedelta(days=35)
"""How old an assessment may be for its decisions to name the events that they rest on."""
NEWS = timedelta(days=3)
"""How old an assessment may be for members to be told what it decided."""
DECIDED = "badge was decided"
"""Where rooms further up add how a member is told: a function of badge, member, verdict, tier."""
A_BATCH = 500
MOST_EXPLAINED = 5000
"""Up to how many awards that one assessment touches are kept with the decisions behind them."""
FACTS = facts_of(METRICS)
LONGEST_PASSES = 200

ContextAt = Callable[[datetime], Context]
"""What is known of the whole community as of a moment."""


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
    past.context = context_at(as_of)
    ask = Asking(past, METRICS)
    bars = top_bars(badge.needs(), ask, as_of)
    assessed = assess(badge, ask, as_of, held_by(past, badge.name, as_of))
    places = _touched(badge, assessed, past)
    is_news = as_of > clock.now() - NEWS and db.session.get(Assessment, badge.name) is not None
    for start in range(0, places.size, A_BATCH):
        part = places[start : start + A_BATCH]
        if places.size <= MOST_EXPLAINED:
            _keep_decisions(badge, assessed, past, part, bars)
        _keep_awards(badge, assessed, past, part)
        if is_news:
            _tell(badge, assessed, past, part)
        yield part.size
    _note(badge, as_of, bars)
    yield 0


def assess_again(badge: Badge, past: Past, as_of: datetime, bars: Mapping[str, float]) -> bool:
    """Assess a badge once more for the one member of a past, in which something was corrected.

    What follows takes the place of what was kept of that assessment. Returns whether it differs.
    """
    assessed = assess(badge, Asking(past, METRICS, bars), as_of, held_by(past, badge.name, as_of))
    places = _touched(badge, assessed, past)
    if places.size:
        _keep_awards(badge, assessed, past, places)
        keep_decision(decide(badge, assessed, past, METRICS))
    return bool(places.size)


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
    before = held_by(past, badge.name, as_of)
    assessed = assess(badge, Asking(past, METRICS, known), as_of, before)
    return decide(badge, assessed, past, METRICS, tier=tier)


def bars_of(badge: Badge) -> dict[str, float]:
    """The numbers that shares of the community reached when a badge was last assessed."""
    if not any(need.op == "top" for need in badge.needs()):
        return {}
    last = db.session.get(Assessment, badge.name)
    return dict(last.bars) if last is not None else {}


def held_by(past: Past, name: str, as_of: datetime) -> Holding:
    """Who of the members of a past held a badge just before a moment, in which tier and since when.

    Assessments failed later are not counted; of those before them nothing is known any more
    than that they were kept.
    """
    award = AWARDS.c
    asked = select(
        award.member_id,
        award.tier,
        award.failed,
        type_coerce(award.begun_at, BigInteger).label("since"),
        func.coalesce(type_coerce(award.failed_at, BigInteger), 0).label("failed_at"),
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
        held.since[place[known]] = told[known, 3]
        was_then = told[:, 4] <= clock.to_micros(as_of)
        held.failed[place[known]] = np.where(was_then, told[:, 2], 0)[known]
        held.failed_at[place[known]] = np.where(was_then, told[:, 4], 0)[known]
    return held


def _is_open_at(as_of: datetime) -> ColumnElement[bool]:
    return or_(AWARDS.c.ended_at.is_(None), AWARDS.c.ended_at >= as_of)


def _touched(badge: Badge, assessed: Assessed, past: Past) -> Whole:
    """The places of those of whom an assessment says something else than is kept.

    What was given or taken by hand since stands, and of who is no more nothing is kept.
    """
    present = held_by(past, badge.name, assessed.as_of + A_MOMENT)
    after = assessed.after
    is_held = after.tier > NOT_HELD
    is_other = (after.since != present.since) | (after.failed != present.failed)
    is_other |= (after.failed > 0) & (after.failed_at != present.failed_at)
    touched = (after.tier != present.tier) | (is_held & is_other)
    touched[_left_alone(badge.name, past, assessed.as_of)] = False
    return np.flatnonzero(touched)


def _left_alone(name: str, past: Past, as_of: datetime) -> Whole:
    """The places of whoever is no more, or whose award was begun or ended after a moment: by hand, then."""
    award = AWARDS.c
    later = select(award.member_id).where(
        award.badge == name, or_(award.begun_at > as_of, award.ended_at > as_of)
    )
    decided_by_hand = np.array(connection().scalars(later).all(), np.int64)
    place = past.number(np.concatenate([decided_by_hand, queries.gone()]))
    found: Whole = place[place != NOBODY]
    return found


def _keep_decisions(
    badge: Badge, assessed: Assessed, past: Past, places: Whole, bars: Mapping[str, float]
) -> None:
    """Keep what was decided of each; of late from their own past, so that it names its events."""
    is_late = assessed.as_of > clock.now() - NAMED
    for place in places.tolist():
        if is_late:
            context = past.context.of(place)
            member = int(past.members[place])
            alone = reading.one(connection(), member, assessed.as_of, FACTS, context)
            keep_decision(decided(badge, alone, assessed.as_of, bars=bars))
        else:
            keep_decision(decide(badge, assessed, past, METRICS, place, with_evidence=False))


def _keep_awards(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """Let the awards of some members be what an assessment says: from its day on, whatever was kept of that day.

    An award of that day that does not hold after all ends when it began; it is never deleted,
    for its credential may have been shown to others.
    """
    at, after = assessed.as_of, assessed.after
    members = past.members[places].tolist()
    made = _take_back(badge.name, members, at)
    present = held_by(past, badge.name, at)
    ends, begins, again, stays = [], [], [], []
    for member, place in zip(members, places.tolist(), strict=True):
        held, tier = int(present.tier[place]), int(after.tier[place])
        is_anew = tier > NOT_HELD and (held != tier or present.since[place] != after.since[place])
        if held > NOT_HELD and (held != tier or is_anew):
            ends.append({"of": member, "at": at})
        if is_anew and (member, tier) in made:
            again.append({"award": made[member, tier]})
        elif is_anew:
            begins.append({**_begun(badge, at), "member_id": member, "tier": tier})
        elif tier > NOT_HELD:
            failed_at = (
                clock.from_micros(int(after.failed_at[place])) if after.failed[place] else None
            )
            stays.append({"of": member, "times": int(after.failed[place]), "when": failed_at})
    open_of = update(AWARDS).where(
        AWARDS.c.member_id == bindparam("of"),
        AWARDS.c.badge == badge.name,
        AWARDS.c.ended_at.is_(None),
    )
    reopened = update(AWARDS).where(AWARDS.c.id == bindparam("award"))
    for statement, rows in (
        (open_of.values(ended_at=bindparam("at")), ends),
        (open_of.values(failed=bindparam("times"), failed_at=bindparam("when")), stays),
        (reopened.values(ended_at=None, digest=badge.digest), again),
        (insert(AWARDS), begins),
    ):
        if rows:
            connection().execute(statement, rows)


def _tell(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """Let those further up tell members what began and what ended."""
    for place in places.tolist():
        verdict = assessed.verdict(place)
        if verdict in ("gain", "lose"):
            for tell in additions.at(DECIDED):
                tell(badge, int(past.members[place]), verdict, int(assessed.after.tier[place]))


def _take_back(name: str, members: Sequence[int], at: datetime) -> dict[tuple[int, int], int]:
    """Undo what an assessment on this day did to the awards of some members, should it have been made.

    Answers the awards that it began, by member and tier; they are ended for now.
    """
    of_them = AWARDS.c.badge == name, AWARDS.c.member_id.in_(members)
    began = *of_them, AWARDS.c.begun_at == at, AWARDS.c.given_by.is_(None)
    connection().execute(update(AWARDS).where(*began).values(ended_at=at))
    ended = *of_them, AWARDS.c.begun_at < at, AWARDS.c.ended_at == at
    connection().execute(update(AWARDS).where(*ended).values(ended_at=None))
    made = select(AWARDS.c.id, AWARDS.c.member_id, AWARDS.c.tier).where(*began)
    return {(row.member_id, row.tier): row.id for row in connection().execute(made)}


def _begun(badge: Badge, at: datetime) -> dict[str, Any]:
    return {"badge": badge.name, "begun_at": at, "digest": badge.digest, "failed": 0}


def end_all(name: str, at: datetime) -> int:
    """End every award of a badge that is no more; how many."""
    ended = update(AWARDS).where(AWARDS.c.badge == name, AWARDS.c.ended_at.is_(None))
    return connection().execute(ended.values(ended_at=at)).rowcount


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


def _note(badge: Badge, as_of: datetime, bars: Mapping[str, float]) -> None:
    row = db.session.get(Assessment, badge.name)
    if row is None:
        row = Assessment(badge=badge.name)
        db.session.add(row)
    # Of what was taken back since that day, even before this run, it knows nothing yet.
    row.as_of, row.digest, row.bars, row.voiding = as_of, badge.digest, dict(bars), 0
    db.session.flush()
