"""What pages read of standing: one member's, a badge's holders, cases for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Select,
    bindparam,
    column,
    delete,
    func,
    literal,
    select,
    table,
    tuple_,
    update,
)
from sqlalchemy import (
    case as when,
)

from community.kit import clock
from community.kit.arrays import Whole
from community.kit.cache import cache
from community.kit.db import BigId, Instant, connection, db
from community.kit.marks import Mark
from community.standing import cases, rulebook
from community.standing.badges import Badge
from community.standing.models import (
    Award,
    BadgeRule,
    Case,
    Decision,
    Fit,
    Standing,
    StandingMark,
)

S, A, R = Standing.__table__.c, Award.__table__.c, BadgeRule.__table__.c
MEMBER = table("member", column("id", BigInteger), column("erased_at", BigInteger)).c
"""As much of members as standing has to know: that some are no more."""
PROGRAMMES = ("stage", "level")
"""What is kept as awards and is no badge."""


@dataclass(frozen=True, slots=True)
class Held:
    """A badge that somebody holds: its award, name and tier, since when, and its rule that holds now.

    There is no rule where the badge was retired.
    """

    id: int
    badge: str
    tier: int
    begun_at: datetime
    rule: Badge | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A member's standing as a page reads it; ``told`` as it was kept."""

    as_of: datetime
    health: int | None
    state: str | None
    trust: float | None
    band: str | None
    stage: int
    level: int
    told: Any
    stars: Any
    held: tuple[Held, ...]

    def number(self, name: str) -> tuple[float, float, float] | None:
        """A number that stands on the member's page: value, numerator, denominator."""
        told = self.told.get("shown", {}).get(name)
        return tuple(told) if told else None


def of_member(member_id: int) -> Seen | None:
    """A member's standing and the badges that they hold, in one question; None before any."""
    rows = connection().execute(_of_member(), {"member": member_id, "now": clock.now()}).all()
    if not rows:
        return None
    held = [
        Held(row.id, row.badge, row.tier, row.begun_at, _rule(row.rule))
        for row in rows
        if row.badge is not None and row.badge not in PROGRAMMES
    ]
    badges = sorted(held, key=lambda each: (each.begun_at, each.badge))
    first = rows[0]
    told = {name: getattr(first, name) for name in Seen.__dataclass_fields__ if name != "held"}
    return Seen(**told, held=tuple(badges))


def marks_of(member_id: int, most: int = 24) -> Sequence[StandingMark]:
    """What was said of a member at the beginning of each of the last months, the newest first."""
    asked = select(StandingMark).where(StandingMark.member_id == member_id)
    return db.session.scalars(asked.order_by(StandingMark.at.desc()).limit(most)).all()


@cache.cached(timeout=60, key_prefix="holders")  # type: ignore[untyped-decorator]
def holders_by_badge() -> dict[str, int]:
    """How many hold each badge, as of the last minute."""
    asked = (
        select(A.badge, func.count().label("many"))
        .where(A.badge.in_(select(R.name)), A.ended_at.is_(None))
        .group_by(A.badge)
    )
    return {row.badge: row.many for row in db.session.execute(asked)}


def awards_of(member_id: int) -> Sequence[Award]:
    """Every award of a member but stages and levels, those that ended among them, the newest first."""
    asked = select(Award).where(Award.member_id == member_id, Award.badge.not_in(PROGRAMMES))
    return db.session.scalars(asked.order_by(Award.begun_at.desc(), Award.id.desc())).all()


def decisions_of(member_id: int, badge: str, most: int = 20) -> Sequence[Decision]:
    """The decisions that were kept of a member about a badge, the newest first."""
    asked = select(Decision).where(Decision.member_id == member_id, Decision.badge == badge)
    return db.session.scalars(asked.order_by(Decision.as_of.desc()).limit(most)).all()


def open_cases(
    kind: str | None = None,
    most: int = 100,
    *,
    before: Mark | None = None,
    are_closed: bool = False,
) -> Sequence[Case]:
    """Cases that nobody has closed, or those that are closed, the newest first.

    ``before`` are moment and id of the last case of the page before.
    """
    asked = select(Case).where(
        Case.kind.in_(cases.KINDS),
        Case.closed_at.is_not(None) if are_closed else Case.closed_at.is_(None),
    )
    if kind is not None:
        asked = asked.where(Case.kind == kind)
    if before is not None:
        asked = asked.where(tuple_(Case.found_at, Case.id) < before)
    return db.session.scalars(
        asked.order_by(Case.found_at.desc(), Case.id.desc()).limit(most)
    ).all()


def case(id: int) -> Case | None:
    """One case."""
    return db.session.scalar(select(Case).where(Case.id == id, Case.kind.in_(cases.KINDS)))


def open_cases_by_kind() -> dict[str, int]:
    """How many open cases of each kind there are."""
    asked = select(Case.kind, func.count().label("many")).where(
        Case.kind.in_(cases.KINDS), Case.closed_at.is_(None)
    )
    return {row.kind: row.many for row in db.session.execute(asked.group_by(Case.kind))}


def fits(most: int = 6) -> tuple[Fit | None, Sequence[Fit]]:
    """The fit of the return probability that holds, None while it is the shipped one; and the last tries."""
    newest = select(Fit).order_by(Fit.id.desc()).limit(most)
    adopted = select(Fit).where(Fit.adopted_at.is_not(None)).order_by(Fit.id.desc()).limit(1)
    return db.session.scalars(adopted).first(), db.session.scalars(newest).all()


def gone() -> Whole:
    """The ids of members who are no more: what happened stays, but nothing is said of them."""
    ids = db.session.scalars(select(MEMBER.id).where(MEMBER.erased_at.is_not(None))).all()
    return np.array(ids, np.int64)


def circles_of(members: Whole) -> Whole:
    """The circle of each of these members, in their order; -1 for who is in none."""
    rows = db.session.execute(select(S.member_id, S.circle).where(S.circle.is_not(None))).all()
    known = {row.member_id: row.circle for row in rows}
    return np.array([known.get(member, -1) for member in members.tolist()], np.int64)


def forget(member_id: int) -> None:
    """Take away all that is said of a member.

    Of their awards stays that each has ended, so that a credential of one is known to hold no more.
    """
    cases.forget(member_id)
    for model in (Standing, StandingMark, Decision):
        db.session.execute(delete(model).where(model.member_id == member_id))
    now = literal(clock.now(), Instant())
    ended = when((Award.begun_at > now, Award.begun_at), else_=now)
    theirs = update(Award).where(Award.member_id == member_id)
    db.session.execute(theirs.values(ended_at=func.coalesce(Award.ended_at, ended), reason=None))


def _rule(told: Any) -> Badge | None:
    return rulebook.badge_of(told) if told else None


COLUMNS = (S.as_of, S.health, S.state, S.trust, S.band, S.stage, S.level, S.told, S.stars)


@lru_cache
def _of_member() -> Select[Any]:
    member = bindparam("member", type_=BigId)
    rule = (
        select(when((R.is_retired, None), else_=R.told))
        .where(R.name == A.badge, R.published_at <= bindparam("now", type_=Instant()))
        .order_by(R.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(*COLUMNS, A.id, A.badge, A.tier, A.begun_at, rule.label("rule"))
        .outerjoin(Award.__table__, (A.member_id == S.member_id) & A.ended_at.is_(None))
        .where(S.member_id == member)
    )
