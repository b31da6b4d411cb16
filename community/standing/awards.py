"""What is kept of who holds which badge: awards from when to when, and the decisions behind them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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

from community.kit import arrays, clock, dialects
from community.kit.arrays import Whole
from community.kit.db import connection
from community.standing import queries
from community.standing.badges import NOT_HELD, Assessed, Badge, Holding
from community.standing.decisions import Decision
from community.standing.models import Award
from community.standing.models import Decision as Kept
from community.standing.past import NOBODY, Past

AWARDS: Table = Award.__table__  # type: ignore[assignment]
DECISIONS: Table = Kept.__table__  # type: ignore[assignment]
_begun_at, _ended_at = (
    type_coerce(AWARDS.c[name], BigInteger) for name in ("begun_at", "ended_at")
)
LONGEST_PASSES = 200
AWARD_ROW = ("member_id", "badge", "tier", "begun_at", "failed", "digest")


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


def left_alone(name: str, past: Past, as_of: datetime) -> Whole:
    """The places of whoever is no more, or whose award was begun or ended after a moment: by hand, then."""
    award = AWARDS.c
    later = select(award.member_id).where(
        award.badge == name, or_(award.begun_at > as_of, award.ended_at > as_of)
    )
    decided_by_hand = np.array(connection().scalars(later).all(), np.int64)
    place = past.number(np.concatenate([decided_by_hand, queries.gone()]))
    found: Whole = place[place != NOBODY]
    return found


def keep_awards(
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


def done_on(badge: Badge, past: Past, as_of: datetime) -> dict[str, Whole]:
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


def _among(asked: Select[Any], past: Past) -> Select[Any]:
    """Only what is of the members of a past: where it holds one alone, of that one."""
    return asked.where(AWARDS.c.member_id == int(past.members[0])) if len(past) == 1 else asked


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
