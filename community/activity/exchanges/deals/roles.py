"""How a member dealt in both roles, asked with all that stands on their page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, null, select, union_all
from sqlalchemy import case as when

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.members import profile
from community.kit.db import BigId, Instant

PART = "dealt:"
E, C, X = Exchange.__table__.c, Excused.__table__.c, Excuse.__table__.c
SIDES = {"provider": (E.provider_id, E.receiver_id), "receiver": (E.receiver_id, E.provider_id)}


COUNTED = ("completed", "again", "early", "late")


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


def asked(member: Any) -> Select[Any]:
    """The counts of both roles, for the one question that a member's page asks.

    A part names the role and what was counted; it stands for no subject, and its number is
    where others have their id.
    """
    counted = (_completed, _again, _cancelled)
    told = [ask(member, side) for side in SIDES for ask in counted]
    return select(union_all(*told).subquery("dealt"))


def of_more(more: profile.More) -> Dealt:
    """How a member dealt, from what was asked with their page."""
    counts = {each.part: each.id for each in more.added if each.part.startswith(PART)}

    def role(side: str) -> Role:
        number = {name: counts.get(f"{PART}{side}:{name}", 0) for name in COUNTED}
        cancelled = number["early"] + number["late"]
        return Role(number["completed"], number["again"], cancelled, number["late"])

    return Dealt(role("provider"), role("receiver"))


def _columns(side: str, what: Any) -> list[Any]:
    nothing = literal("", String)
    return [
        (literal(f"{PART}{side}:", String) + what).label("part"),
        (-func.count()).label("place"),
        nothing.label("a"),
        nothing.label("b"),
        literal(0, BigId).label("number"),
        cast(null(), Instant()).label("at"),
    ]


def _completed(member: Any, side: str) -> Select[Any]:
    mine, _ = SIDES[side]
    return select(*_columns(side, "completed")).where(mine == member, E.state == "completed")


def _again(member: Any, side: str) -> Select[Any]:
    mine, other = SIDES[side]
    # The state is asked of each pair and not of each row, so that the index of pairs is enough.
    is_done = when((E.state == "completed", 1))
    people = (
        select(other)
        .where(mine == member)
        .group_by(other)
        .having(func.count(is_done) > 1)
        .subquery(f"again_{side}")
    )
    return select(*_columns(side, "again")).select_from(people)


def _cancelled(member: Any, side: str) -> Select[Any]:
    mine, _ = SIDES[side]
    is_excused = (
        select(C.exchange_id)
        .join(Excuse.__table__, X.id == C.excuse_id)
        .where(C.exchange_id == E.id, X.withdrawn_at.is_(None))
        .exists()
    )
    mine_to_answer_for = (
        mine == member,
        E.state == "cancelled",
        E.ended_by == member,
        ~is_excused,
    )
    return (
        select(*_columns(side, when((E.is_late, "late"), else_="early")))
        .where(*mine_to_answer_for)
        .group_by(E.is_late)
    )
