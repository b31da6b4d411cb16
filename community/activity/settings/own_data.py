"""Everything Kith knows of a member: kinds of things, read newest first, a page at a time."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from community.activity.members.models import EVERYONE, Member
from community.kit import clock
from community.kit.db import Instant, db
from community.kit.words import N_, Words

A_PAGE = 25
A_BATCH = 1_000
_NUMBER = re.compile(r"-?[0-9]{1,17}")

Value = Words | str | int | float | bool | datetime | None
Row = dict[str, Value]


@dataclass(frozen=True)
class Column:
    """A column of a group: its key in the files, its label on the page, if it stands there."""

    name: str
    label: Words
    is_on_page: bool = True


PAIRS = (Column("what", N_("What")), Column("value", N_("Value")))


def nobody(row: Any) -> Iterable[int | None]:
    """Nobody else appears in a row."""
    return ()


@dataclass(frozen=True)
class Group:
    """One kind of thing that Kith knows of a member.

    ``ask`` selects the rows of a member, ``order`` the columns that they are sorted by, newest
    first, and ``shape`` makes what the member reads of a row; it is given the names of the
    others who appear in the batch, as far as everyone may see them.
    """

    name: str
    label: Words
    says: Words
    icon: str
    columns: tuple[Column, ...]
    ask: Callable[[int], Select[Any]]
    order: tuple[InstrumentedAttribute[Any], ...]
    shape: Callable[[Any, Mapping[int, str]], list[Row]]
    others: Callable[[Any], Iterable[int | None]] = nobody

    @property
    def is_pairs(self) -> bool:
        """Whether it tells of one thing, as pairs of what and value."""
        return self.columns is PAIRS


@dataclass(frozen=True)
class Page:
    """A page of a group's rows, and the cursor at which the next one begins."""

    rows: list[Row]
    next: str | None


def read(group: Group, member_id: int, cursor: str | None = None, limit: int = A_PAGE) -> Page:
    """A page of what is known, newest first, from the cursor on. A broken cursor begins anew."""
    statement = group.ask(member_id).order_by(*(column.desc() for column in group.order))
    after = _after(group, cursor)
    if after is not None:
        statement = statement.where(after)
    found = db.session.execute(statement.limit(limit + 1)).all()
    shown = found[:limit]
    names = public_names({id for row in shown for id in group.others(row[0]) if id is not None})
    names |= _own_name(member_id) if group.others is not nobody else {}
    rows = [told for row in shown for told in group.shape(row[0], names)]
    return Page(rows, _cursor(group, shown[-1][0]) if len(found) > limit else None)


def read_all(group: Group, member_id: int) -> Iterator[Row]:
    """All that is known, newest first, a batch at a time."""
    cursor: str | None = None
    while True:
        page = read(group, member_id, cursor, A_BATCH)
        yield from page.rows
        db.session.expunge_all()
        cursor = page.next
        if cursor is None:
            return


def count(group: Group, member_id: int) -> int:
    """How many rows of a group there are."""
    asked = group.ask(member_id).with_only_columns(*group.order[-1:]).subquery()
    return db.session.scalars(select(func.count()).select_from(asked)).one()


def public_names(ids: Iterable[int]) -> dict[int, str]:
    """Name and handle of those members whom everyone may see."""
    asked = list(ids)
    if not asked:
        return {}
    rows = db.session.execute(
        select(Member.id, Member.name, Member.handle).where(
            Member.id.in_(asked),
            Member.erased_at.is_(None),
            Member.sees_profile == EVERYONE,
        )
    )
    return {row.id: f"{row.name} (@{row.handle})" for row in rows}


def _own_name(member_id: int) -> dict[int, str]:
    rows = db.session.execute(select(Member.id, Member.name).where(Member.id == member_id))
    return {row.id: row.name for row in rows}


def _cursor(group: Group, row: Any) -> str:
    values = [getattr(row, column.key) for column in group.order]
    return "_".join(str(clock.to_micros(v) if isinstance(v, datetime) else v) for v in values)


def _after(group: Group, cursor: str | None) -> ColumnElement[bool] | None:
    parts = (cursor or "").split("_")
    if len(parts) != len(group.order) or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    bounds = [
        literal(clock.from_micros(int(part)) if _is_time(column) else int(part), column.type)
        for part, column in zip(parts, group.order, strict=True)
    ]
    return tuple_(*group.order) < tuple_(*bounds)


def _is_time(column: InstrumentedAttribute[Any]) -> bool:
    return isinstance(column.type, Instant)
