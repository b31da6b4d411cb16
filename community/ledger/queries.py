"""What the ledger answers: one member's timeline, and what counts as of a moment."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Label,
    Select,
    Subquery,
    Table,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.engine import Connection

from community.kit.db import BigId, Instant
from community.ledger.kinds import KINDS
from community.ledger.models import Subject
from community.ledger.record import EVENTS

SUBJECTS: Table = Subject.__table__  # type: ignore[assignment]
E = EVENTS.c
TOLD = (
    E.id,
    E.happened_at,
    E.kind,
    E.actor,
    E.other,
    E.subject_type,
    E.subject_id,
    E.circle,
    E.value,
)
"""The columns of an event that a timeline tells."""


def kinds_of(sights: Iterable[str]) -> list[str]:
    """The names of all kinds that have one of these sights."""
    wanted = frozenset(sights)
    return [kind.name for kind in KINDS.values() if kind.sight in wanted]


def timeline(
    member_id: int,
    *,
    sees: frozenset[str],
    before: tuple[datetime, int] | None = None,
    limit: int = 40,
    reader: int | None = None,
) -> Select[Any]:
    """What happened to a member and still counts, newest first, at most ``limit`` rows.

    ``sees`` holds the sights of kinds that the reader may see: ``{"everyone"}`` for a
    visitor, ``{"everyone", "sides"}`` for the member, ``{"everyone", "sides", "staff"}``
    for staff. With ``reader`` the events for the two sides in which the reader is one of
    them are told too. ``before`` is the ``(happened_at, id)`` of the last row of the page
    before. The columns are those of ``TOLD`` and ``subject_title``.
    """
    statement = timeline_rows(sees, is_continued=before is not None, has_reader=reader is not None)
    return statement.params(**timeline_parameters(member_id, before, limit, reader))


def timeline_parameters(
    member_id: int,
    before: tuple[datetime, int] | None = None,
    limit: int = 40,
    reader: int | None = None,
) -> dict[str, Any]:
    """The parameters with which ``timeline_rows`` is executed."""
    given: dict[str, Any] = {"of_member": member_id, "at_most": limit}
    if before is not None:
        given |= {"before_moment": before[0], "before_id": before[1]}
    if reader is not None:
        given |= {"for_reader": reader}
    return given


@lru_cache
def timeline_rows(
    sees: frozenset[str], *, is_continued: bool = False, has_reader: bool = False
) -> Select[Any]:
    """The statement of ``timeline``, built once for all members, to be wrapped where more is told.

    Keep what you wrap it in as well: building such a statement costs more than asking it::

        @lru_cache
        def named(sees, is_continued):
            rows = timeline_rows(sees, is_continued=is_continued).subquery()
            actor, other = MEMBERS.alias(), MEMBERS.alias()
            return (
                select(rows, actor.c.name, other.c.name)
                .outerjoin(actor, actor.c.id == rows.c.actor)
                .outerjoin(other, other.c.id == rows.c.other)
                .order_by(rows.c.happened_at.desc(), rows.c.id.desc())
            )


        db.session.execute(named(sees, True), timeline_parameters(7, before=(moment, id)))
    """
    may_see = [_may_see(sees, has_reader)]
    if is_continued:
        key = tuple_(
            bindparam("before_moment", type_=Instant()), bindparam("before_id", type_=BigId)
        )
        may_see.append(tuple_(E.happened_at, E.id) < key)
    member = bindparam("of_member", type_=BigId)
    did = _half(E.actor == member, may_see, "did")
    # An event of a member with themself stands in the first half already.
    met = _half(and_(E.other == member, E.actor.is_distinct_from(member)), may_see, "met")
    either = union_all(select(did), select(met)).subquery("either")
    newest = (
        select(either)
        .order_by(either.c.happened_at.desc(), either.c.id.desc())
        .limit(_AT_MOST)
        .subquery("told")
    )
    return (
        select(newest, SUBJECTS.c.title.label("subject_title"))
        .outerjoin(
            SUBJECTS,
            and_(SUBJECTS.c.id == newest.c.subject_id, SUBJECTS.c.type == newest.c.subject_type),
        )
        .order_by(newest.c.happened_at.desc(), newest.c.id.desc())
    )


_AT_MOST = bindparam("at_most", type_=BigId)


def _may_see(sees: frozenset[str], has_reader: bool) -> ColumnElement[bool]:
    if not has_reader or "sides" in sees:
        return _is_kind_of(sees)
    reader = bindparam("for_reader", type_=BigId)
    is_side = or_(E.actor == reader, E.other == reader)
    return or_(_is_kind_of(sees), and_(is_side, _is_kind_of(frozenset({"sides"}))))


def _is_kind_of(sights: frozenset[str]) -> ColumnElement[bool]:
    # The catalog's names stand in the statement itself: forty parameters more would cost
    # the page a quarter of its time.
    names = ", ".join(f"'{name}'" for name in kinds_of(sights))
    return literal_column(f"event.kind IN ({names})", Boolean) if names else false()


def _half(whose: ColumnElement[bool], may_see: list[ColumnElement[bool]], name: str) -> Subquery:
    return (
        select(*TOLD)
        .where(whose, E.voided_at.is_(None), *may_see)
        .order_by(E.happened_at.desc(), E.id.desc())
        .limit(_AT_MOST)
        .subquery(name)
    )


def counts(moment: datetime) -> ColumnElement[bool]:
    """That an event counts as of a moment: it had happened and was not yet taken back."""
    return and_(E.happened_at <= moment, or_(E.voided_at.is_(None), E.voided_at > moment))


def counts_by_kind(connection: Connection, member_id: int, as_of: datetime) -> dict[str, int]:
    """How many events of each kind a member had done as of a moment."""
    rows = connection.execute(_of(member_id, as_of, func.count().label("many")))
    return {row.kind: row.many for row in rows}


def last_by_kind(connection: Connection, member_id: int, as_of: datetime) -> dict[str, datetime]:
    """When a member last did each kind of thing as of a moment."""
    rows = connection.execute(_of(member_id, as_of, func.max(E.happened_at).label("last")))
    return {row.kind: row.last for row in rows}


def others_by_kind(connection: Connection, member_id: int, as_of: datetime) -> dict[str, int]:
    """With how many different others a member did each kind of thing as of a moment."""
    rows = connection.execute(_of(member_id, as_of, func.count(E.other.distinct()).label("others")))
    return {row.kind: row.others for row in rows}


def _of(member_id: int, as_of: datetime, told: Label[Any]) -> Select[Any]:
    return (
        select(E.kind, told)
        .where(E.actor == member_id, counts(as_of))
        .group_by(E.kind)
        .order_by(E.kind)
    )
