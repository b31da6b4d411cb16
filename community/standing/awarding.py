"""Assessing badges: who holds what is read, judged, and kept as awards with the decisions behind them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, repeat
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from community.kit import additions, arrays, clock, dialects
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.standing import queries
from community.standing.apart import Apart
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
_begun_at, _ended_at = (
    type_coerce(AWARDS.c[name], BigInteger) for name in ("begun_at", "ended_at")
)
MONTHLY = Cadence("month")
NAMED = timedelta(days=35)
"""How old an assessment may be for its decisions to name the events that they rest on."""
NEWS = timedelta(days=3)
"""How old an assessment may be for members to be told what it decided."""
DECIDED = "badge was decided"
"""Where rooms further up add how a member is told: a function of badge, member, verdict, tier."""
A_BATCH = 2000
EXPLAINED, EXPLAINED_OF = 500, 200
"""Up to how many awards that one assessment touches are kept with the decisions behind them.

In a large community it is one in so many members, so that the time that a night takes stays in
proportion to its size.
"""
FACTS = facts_of(METRICS)
LONGEST_PASSES = 200

AWARD_ROW = ("member_id", "badge", "tier", "begun_at", "failed", "digest")

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
    before = held_by(past, badge.name, as_of)
    yield 0
    past.context = context_at(as_of)
    ask = Asking(past, METRICS)
    bars = top_bars(badge.needs(), ask, as_of)
    assessed = assess(badge, ask, as_of, before)
    touched = _touched(badge, assessed, past)
    done = _done_on(badge, past, as_of)
    is_news = as_of > clock.now() - NEWS and db.session.get(Assessment, badge.name) is not None
    is_explained = touched.size <= max(EXPLAINED, len(past) // EXPLAINED_OF)
    # Of late decisions name the events that they rest on, which only the past of one alone does.
    is_late = as_of > clock.now() - NAMED
    alone = Apart(past, touched, as_of).pasts() if is_explained and is_late else repeat(None)
    for start in range(0, touched.size, A_BATCH):
        part = touched[start : start + A_BATCH]
        if is_explained:
            keep_decisions(
                [
                    decide(badge, assessed, past, METRICS, place, alone=own, with_evidence=is_late)
                    for place, own in zip(part.tolist(), islice(alone, part.size), strict=True)
                ]
            )
        _keep_awards(badge, assessed, past, part, done)
        if is_news:
            _tell(badge, assessed, past, part)
        yield part.size
    _note(badge, as_of, bars)
    yield 0


def assess_again(
    badge: Badge, past: Past, as_of: datetime, bars: Mapping[str, float]
) -> Iterator[int]:
    """Assess a badge once more for the members of a past, in which something was corrected.

    What follows takes the place of what was kept of that assessment. Yields, batch by batch, for
    how many it is something else.
    """
    assessed = assess(badge, Asking(past, METRICS, bars), as_of, held_by(past, badge.name, as_of))
    touched = _touched(badge, assessed, past)
    done = _done_on(badge, past, as_of) if touched.size else {}
    alone = Apart(past, touched, as_of).pasts() if touched.size else iter(())
    for start in range(0, touched.size, A_BATCH):
        part = touched[start : start + A_BATCH]
        _keep_awards(badge, assessed, past, part, done)
        keep_decisions(
            [
                decide(badge, assessed, past, METRICS, place, alone=own)
                for place, own in zip(part.tolist(), islice(alone, part.size), strict=True)
            ]
        )
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
    award, at = AWARDS.c, clock.to_micros(as_of)
    asked = select(
        award.member_id.label("member"),
        award.tier.label("tier"),
        award.failed.label("failed"),
        _begun_at.label("since"),
        func.coalesce(type_coerce(award.failed_at, BigInteger), 0).label("failed_at"),
    ).where(award.badge == name, _begun_at < at, or_(_ended_at.is_(None), _ended_at >= at))
    told = arrays.read(connection(), _among(asked, past))
    place = past.number(told.pop("member"))
    known = place != NOBODY
    held = Holding.nobody(len(past))
    was_then = told["failed_at"] <= at
    for column in ("failed", "failed_at"):
        told[column] = np.where(was_then, told[column], 0)
    for column, values in told.items():
        getattr(held, column)[place[known]] = values[known]
    return held


def _among(asked: Select[Any], past: Past) -> Select[Any]:
    """Only what is of the members of a past: where it holds one alone, of that one."""
    return asked.where(AWARDS.c.member_id == int(past.members[0])) if len(past) == 1 else asked


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


def _keep_awards(
    badge: Badge, assessed: Assessed, past: Past, touched: Whole, done: Mapping[str, Whole]
) -> None:
    """Let the awards of some members be what an assessment says: from its day on, whatever was kept of that day.

    An award of that day that does not hold after all ends when it began; it is never deleted,
    for its credential may have been shown to others.
    """
    at, members = assessed.as_of, past.members[touched]
    made = _take_back(done, members, at)
    present, after = assessed.before.take(touched), assessed.after.take(touched)
    is_other = (present.tier != after.tier) | (present.since != after.since)
    is_held = after.tier > NOT_HELD
    ends, begins = is_other & (present.tier > NOT_HELD), is_other & is_held
    stays = is_held & ~begins
    open_of = update(AWARDS).where(
        AWARDS.c.member_id == bindparam("of"),
        AWARDS.c.badge == badge.name,
        AWARDS.c.ended_at.is_(None),
    )
    reopened = update(AWARDS).where(AWARDS.c.id == bindparam("award"))
    begun = list(zip(members[begins].tolist(), after.tier[begins].tolist(), strict=True))
    kept = (members[stays], after.failed[stays], after.failed_at[stays])
    for statement, rows in (
        (
            open_of.values(ended_at=bindparam("at")),
            [{"of": member, "at": at} for member in members[ends].tolist()],
        ),
        (
            open_of.values(failed=bindparam("times"), failed_at=bindparam("when")),
            [
                {"of": member, "times": times, "when": clock.from_micros(when) if times else None}
                for member, times, when in zip(*(column.tolist() for column in kept), strict=True)
            ],
        ),
        (
            reopened.values(ended_at=None, digest=badge.digest),
            [{"award": made[award]} for award in begun if award in made],
        ),
    ):
        if rows:
            connection().execute(statement, rows)
    new = [
        (member, badge.name, tier, clock.to_micros(at), 0, badge.digest)
        for member, tier in begun
        if (member, tier) not in made
    ]
    dialects.insert_rows(connection(), AWARDS, AWARD_ROW, new, may_exist=False)


def _tell(badge: Badge, assessed: Assessed, past: Past, places: Whole) -> None:
    """Let those further up tell members what began and what ended."""
    for place in places.tolist():
        verdict = assessed.verdict(place)
        if verdict in ("gain", "lose"):
            for tell in additions.at(DECIDED):
                tell(badge, int(past.members[place]), verdict, int(assessed.after.tier[place]))


def _done_on(badge: Badge, past: Past, as_of: datetime) -> dict[str, Whole]:
    """The awards that an assessment on this day began or ended, should it have been made."""
    award, at = AWARDS.c, clock.to_micros(as_of)
    begun = and_(award.given_by.is_(None), _begun_at == at)
    asked = select(
        award.id.label("id"),
        award.member_id.label("member"),
        award.tier.label("tier"),
        case((begun, 1), else_=0).label("is_begun"),
    ).where(award.badge == badge.name, or_(begun, and_(_begun_at < at, _ended_at == at)))
    return arrays.read(connection(), _among(asked, past))


def _take_back(
    done: Mapping[str, Whole], members: Whole, at: datetime
) -> dict[tuple[int, int], int]:
    """Undo what was done to the awards of some members.

    Answers the awards that were begun, by member and tier; they are ended for now.
    """
    rows = np.flatnonzero(np.isin(done["member"], members))
    if not rows.size:
        return {}
    is_begun = done["is_begun"][rows] == 1
    for some, ended_at in ((rows[is_begun], at), (rows[~is_begun], None)):
        those = update(AWARDS).where(AWARDS.c.id.in_(done["id"][some].tolist()))
        connection().execute(those.values(ended_at=ended_at))
    begun = (done[name][rows[is_begun]].tolist() for name in ("member", "tier", "id"))
    return {(member, tier): id for member, tier, id in zip(*begun, strict=True)}


def end_all(name: str, at: datetime) -> int:
    """End every award of a badge that is no more; how many."""
    ended = update(AWARDS).where(AWARDS.c.badge == name, AWARDS.c.ended_at.is_(None))
    return connection().execute(ended.values(ended_at=at)).rowcount


def keep_decisions(decisions: Sequence[Decision]) -> None:
    """Keep decisions of one assessment, each in place of one of the same member, day and version."""
    if not decisions:
        return
    kept, one = DECISIONS.c, decisions[0]
    key = {"badge": one.badge, "as_of": one.as_of, "digest": one.digest}
    asked = select(kept.member_id, kept.id).where(
        *(kept[name] == value for name, value in key.items()),
        kept.member_id.in_([decision.member for decision in decisions]),
    )
    known: dict[int, int] = {row.member_id: row.id for row in connection().execute(asked)}
    now = clock.now()
    new, again = [], []
    for decision in decisions:
        row = {
            "verdict": decision.verdict,
            "tier": decision.after,
            "passes": "".join("01"[is_met] for is_met in decision.passes)[:LONGEST_PASSES],
            "told": decision.plain(),
            "made_at": now,
        }
        if decision.member in known:
            again.append({**row, "of": known[decision.member]})
        else:
            new.append({**row, **key, "member_id": decision.member})
    if again:
        put = update(DECISIONS).where(kept.id == bindparam("of"))
        connection().execute(put, again)
    if new:
        connection().execute(insert(DECISIONS), new)


def _note(badge: Badge, as_of: datetime, bars: Mapping[str, float]) -> None:
    row = db.session.get(Assessment, badge.name)
    if row is None:
        row = Assessment(badge=badge.name)
        db.session.add(row)
    # Of what was taken back since that day, even before this run, it knows nothing yet.
    row.as_of, row.digest, row.bars, row.voiding = as_of, badge.digest, dict(bars), 0
    db.session.flush()
