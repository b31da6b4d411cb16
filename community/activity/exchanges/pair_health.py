"""What the health of a pair is worked out from: by one side, and by those who look after both.

A side is asked for their own answers only. No row that the other side wrote is read, so that
nothing can move by what the other one says or seals. Those who look after the place get the
answers of both, once they are open.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.exchanges.pair_rules import (
    A_DAY,
    AGO,
    GOING_ON,
    ILL,
    MET,
    WINDOW,
    Dealing,
    Pair,
    Said,
)
from community.activity.exchanges.references.models import Reference
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import Member
from community.kit.db import connection

E, R = Exchange.__table__.c, Reference.__table__.c
ENDED = tuple(sorted({*MET, *ILL}))

SEVERAL = 3
"""How many exchanges two must have completed within the window to be looked after as a pair."""

Two = tuple[int, int]
"""The ids of two members, the lower one first."""


def dealings_of(me: int, other: int, now: datetime) -> list[Dealing]:
    """What the reader had with another, with the reader as the first and their own answers alone."""
    asked = union_all(*(_own_half(me, other, now, is_by_first=way) for way in (True, False)))
    return [_dealing(row, Said(row.again, row.gap), Said()) for row in connection().execute(asked)]


def pairs_of_both(
    now: datetime, only: Collection[Two] | None = None, least: int = SEVERAL
) -> dict[Two, Pair]:
    """Pairs who completed at least so many exchanges lately and are both still here; all, or some.

    With the answers of both sides, so for nobody who is one of the two.
    """
    pairs = _pairs(now, only, least).cte("pairs")
    asked = union_all(*(_half(pairs, now, is_by_first=way) for way in (True, False)))
    dealings: dict[Two, list[Dealing]] = defaultdict(list)
    references: dict[Two, tuple[datetime, ...]] = {}
    for row in connection().execute(asked):
        two, told = (row.lower, row.upper), Said(row.again, row.gap)
        dealings[two].append(_dealing(row, told, Said(row.their_again, row.their_gap)))
        references[two] = tuple(at for at in (row.one_way, row.other_way) if at is not None)
    return {two: Pair(known, references[two], names=("", "")) for two, known in dealings.items()}


def _pairs(now: datetime, only: Collection[Two] | None, least: int) -> Select[Any]:
    is_lower = E.provider_id < E.receiver_id
    lower = case((is_lower, E.provider_id), else_=E.receiver_id)
    upper = case((is_lower, E.receiver_id), else_=E.provider_id)
    done = select(lower.label("lower"), upper.label("upper")).where(
        E.state == "completed", E.ended_at > now - WINDOW * A_DAY
    )
    if only is not None:
        ids = {id for two in only for id in two}
        done = done.where(
            E.provider_id.in_(ids), E.receiver_id.in_(ids), tuple_(lower, upper).in_(only)
        )
    several = done.group_by(lower, upper).having(func.count() >= least).subquery("several")
    one, other = aliased(Member.__table__, "one"), aliased(Member.__table__, "other")
    return (
        select(several.c.lower, several.c.upper)
        .join(one, (one.c.id == several.c.lower) & one.c.erased_at.is_(None))
        .join(other, (other.c.id == several.c.upper) & other.c.erased_at.is_(None))
    )


def _own_half(me: int, other: int, now: datetime, *, is_by_first: bool) -> Select[Any]:
    mine = aliased(Review.__table__, "mine")
    side, provider, receiver = ("provider", me, other) if is_by_first else ("receiver", other, me)
    return (
        select(*_facts(is_by_first=is_by_first), *_said(mine))
        .outerjoin(mine, _is_of(mine, side))
        .where(E.provider_id == provider, E.receiver_id == receiver, _counts(now))
    )


def _half(pairs: FromClause, now: datetime, *, is_by_first: bool) -> Select[Any]:
    first, second = aliased(Review.__table__, "first"), aliased(Review.__table__, "second")
    sides = (first, second) if is_by_first else (second, first)
    provider, receiver = (
        (pairs.c.lower, pairs.c.upper) if is_by_first else (pairs.c.upper, pairs.c.lower)
    )
    return (
        select(
            pairs.c.lower,
            pairs.c.upper,
            *_facts(is_by_first=is_by_first),
            *_said(first),
            *_said(second, "their_"),
            _reference(pairs.c.lower, pairs.c.upper).label("one_way"),
            _reference(pairs.c.upper, pairs.c.lower).label("other_way"),
        )
        .select_from(pairs)
        .join(Exchange.__table__, (E.provider_id == provider) & (E.receiver_id == receiver))
        .outerjoin(sides[0], _is_of(sides[0], "provider") & sides[0].c.published_at.is_not(None))
        .outerjoin(sides[1], _is_of(sides[1], "receiver") & sides[1].c.published_at.is_not(None))
        .where(_counts(now))
    )


def _facts(*, is_by_first: bool) -> list[Any]:
    """What both sides know of an exchange."""
    return [
        E.made_at,
        E.ended_at,
        E.state,
        literal(is_by_first).label("is_by_first"),
        and_(E.state.in_(ILL), _is_excused()).label("is_excused"),
    ]


def _said(review: FromClause, whose: str = "") -> list[Any]:
    gap = review.c.got - review.c.expected
    return [review.c.would_again.label(f"{whose}again"), gap.label(f"{whose}gap")]


def _is_of(review: FromClause, side: str) -> ColumnElement[bool]:
    return and_(review.c.exchange_id == E.id, review.c.side == side, review.c.removed_at.is_(None))


def _counts(now: datetime) -> ColumnElement[bool]:
    """Whether the two had agreed on it, and it goes on or ended lately enough, seen from ``AGO`` too."""
    was_agreed = or_(E.state != "cancelled", E.confirmed_at.is_not(None))
    has_ended = and_(E.state.in_(ENDED), E.ended_at > now - (WINDOW + AGO) * A_DAY, was_agreed)
    return or_(E.state.in_(GOING_ON), has_ended)


def _is_excused() -> ColumnElement[bool]:
    return exists().where(
        Excused.exchange_id == E.id, Excuse.id == Excused.excuse_id, Excuse.withdrawn_at.is_(None)
    )


def _reference(author: Any, about: Any) -> Any:
    return (
        select(R.at)
        .where(R.author_id == author, R.about_id == about, R.removed_at.is_(None))
        .scalar_subquery()
    )


def _dealing(row: Any, first: Said, second: Said) -> Dealing:
    return Dealing(
        row.made_at,
        row.ended_at,
        row.state,
        is_by_first=bool(row.is_by_first),
        is_excused=bool(row.is_excused),
        first=first,
        second=second,
    )
