"""How a member dealt in both roles, asked with all that stands on their page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, literal_column, select

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.members import profile

PART = "dealt"
E, C, X = Exchange.__table__.c, Excused.__table__.c, Excuse.__table__.c
SIDES = {"provider": (E.provider_id, E.receiver_id), "receiver": (E.receiver_id, E.provider_id)}


@dataclass(frozen=True, slots=True)
class Role:
    """How a member dealt on one side: what was completed, with how many more than once, what they cancelled.

    Cancellations are their own, and none that staff excused.
    """

    completed: int = 0
    again: int = 0
    cancelled: int = 0
    late: int = 0

    @property
    def agreed(self) -> int:
        """Out of how many were completed: those the other side cancelled are left out."""
        return self.completed + self.cancelled


@dataclass(frozen=True, slots=True)
class Dealt:
    """How a member dealt as a provider and as a receiver."""

    provider: Role
    receiver: Role


def asked() -> Sequence[Select[Any]]:
    """The counts of both roles: each row names its role and what was counted."""
    return [each for side in SIDES for each in (_completed(side), _again(side), _cancelled(side))]


def of_more(more: profile.More) -> Dealt:
    """How a member dealt, from what was asked with their page."""
    counts = {(row.texts[0], row.texts[1]): row.number for row in more.of(PART)}

    def role(side: str) -> Role:
        early, late = counts.get((side, "cancelled"), 0), counts.get((side, "late"), 0)
        return Role(
            counts.get((side, "completed"), 0),
            counts.get((side, "again"), 0),
            early + late,
            late,
        )

    return Dealt(role("provider"), role("receiver"))


def _columns(side: str, what: Any, many: Any) -> list[Any]:
    words = literal_column(f"'{what}'") if isinstance(what, str) else what
    return profile.told(PART, 0, literal_column(f"'{side}'"), words, number=many)


def _completed(side: str) -> Select[Any]:
    mine, _ = SIDES[side]
    return select(*_columns(side, "completed", func.count())).where(
        mine == profile.of_member(), E.state == "completed"
    )


def _again(side: str) -> Select[Any]:
    mine, other = SIDES[side]
    # The state is asked of each pair and not of each row, so that the index of pairs is enough.
    is_done = case((E.state == "completed", 1))
    people = (
        select(other)
        .where(mine == profile.of_member())
        .group_by(other)
        .having(func.count(is_done) > literal_column("1", BigInteger))
        .subquery(f"again_{side}")
    )
    return select(*_columns(side, "again", func.count())).select_from(people)


def _cancelled(side: str) -> Select[Any]:
    mine, _ = SIDES[side]
    is_excused = (
        select(C.exchange_id)
        .join(Excuse.__table__, X.id == C.excuse_id)
        .where(C.exchange_id == E.id, X.withdrawn_at.is_(None))
        .exists()
    )
    what = case((E.is_late, literal_column("'late'")), else_=literal_column("'cancelled'"))
    return (
        select(*_columns(side, what, func.count()))
        .where(
            mine == profile.of_member(),
            E.state == "cancelled",
            E.ended_by == profile.of_member(),
            ~is_excused,
        )
        .group_by(E.is_late)
    )
