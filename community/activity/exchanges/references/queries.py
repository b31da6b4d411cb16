"""Which references the reader may see."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, or_, select, tuple_

from community.activity.exchanges.references import rules
from community.activity.exchanges.references.models import Reference
from community.activity.members import profile
from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import audience
from community.kit import clock
from community.kit.db import BigId, connection, db
from community.kit.faces import Pictured
from community.kit.marks import Mark
from community.kit.words import Words

A_PAGE = 20
NEWEST = 3
PART = "reference:"
R, M = Reference.__table__.c, Member.__table__.c


@dataclass(frozen=True, slots=True)
class Author(Pictured):
    """Who said something, as far as the reader may know them; else without handle and name."""

    handle: str
    name: str
    photo: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A reference, ready to be shown."""

    id: int
    html: str
    how: Words
    at: datetime
    author: Author
    is_mine: bool = False
    is_hidden: bool = False
    removed_for: str | None = None


def newest(member: Any) -> Select[Any]:
    """The newest references of a member, for the one question that their page asks.

    The part names how the two know each other, the title the author: name, handle, photo and
    who may see them, a line each.
    """
    author = [M.name, M.handle, func.coalesce(M.photo, ""), cast(M.sees_profile, String)]
    asked = (
        select(
            (literal(PART) + R.how).label("part"),
            (-R.id).label("place"),
            reduce(lambda one, other: one + "\n" + other, author).label("a"),
            R.html.label("b"),
            # It stands for no subject.
            literal(0, BigId).label("number"),
            R.at.label("at"),
        )
        .join(Member.__table__, M.id == R.author_id)
        .where(R.about_id == member, _is_open())
        .order_by(R.at.desc(), R.id.desc())
        # One more than is shown tells whether there is a page of them.
        .limit(NEWEST + 1)
    )
    return select(asked.subquery("newest_references"))


def of_more(more: profile.More, viewer: Viewer | None) -> tuple[Shown, ...]:
    """The references among what was asked with a member's page, newest first; one more than is shown."""
    told = [_of_added(each, viewer) for each in more.added if each.part.startswith(PART)]
    return tuple(sorted(told, key=lambda each: (each.at, each.id), reverse=True))


def _of_added(added: profile.Added, viewer: Viewer | None) -> Shown:
    name, handle, photo, sees = added.title.split("\n")
    is_mine = viewer is not None and viewer.handle == handle
    is_seen = is_mine or int(sees) <= audience(viewer)
    author = _author(handle, name, photo or None) if is_seen else _author(None, None, None)
    how = added.part.removeprefix(PART)
    says = rules.WAYS.get(how, rules.WAYS["else"]).says
    return Shown(added.id, added.text, says, added.at or clock.now(), author, is_mine)


def page(about_id: int, viewer: Viewer | None, before: Mark | None) -> list[Shown]:
    """References of a member, newest first, one more than a page has.

    The member sees their hidden ones too, the author their own, and staff those taken off.
    """
    me = viewer.id if viewer else 0
    may_keep = viewer is not None and rules.why_not_keep_house(viewer.role) is None
    is_mine = R.author_id == me
    is_mine_to_hide = (R.about_id == me) & R.removed_at.is_(None)
    asked = (
        select(
            R.id, R.html, R.how, R.at, R.author_id, R.hidden_at, R.removed_at, R.removed_for,
            M.handle, M.name, M.photo, M.sees_profile,
        )
        .join(Member.__table__, M.id == R.author_id)
        .where(R.about_id == about_id)
        .order_by(R.at.desc(), R.id.desc())
        .limit(A_PAGE + 1)
    )  # fmt: skip
    if not may_keep:
        asked = asked.where(or_(_is_open(), is_mine, is_mine_to_hide))
    if before is not None:
        asked = asked.where(tuple_(R.at, R.id) < before)
    return [_shown(row, viewer) for row in connection().execute(asked)]


def of_author(author_id: int, about_id: int) -> Reference | None:
    """What one member says of another."""
    return db.session.scalar(
        select(Reference).where(Reference.author_id == author_id, Reference.about_id == about_id)
    )


def between(one: int, other: int) -> list[Any]:
    """The references that two wrote of each other and that each of them may read."""
    asked = (
        select(R.id, R.author_id, R.html, R.how, R.at)
        .where(
            or_(
                (R.author_id == one) & (R.about_id == other),
                (R.author_id == other) & (R.about_id == one),
            ),
            R.removed_at.is_(None),
            or_(R.hidden_at.is_(None), R.author_id == one, R.about_id == one),
        )
        .order_by(R.at)
    )
    return list(connection().execute(asked))


def _is_open() -> Any:
    return R.hidden_at.is_(None) & R.removed_at.is_(None)


def _author(handle: str | None, name: str | None, photo: str | None) -> Author:
    return Author(handle or "", name or "", photo)


def _shown(row: Any, viewer: Viewer | None) -> Shown:
    is_mine = viewer is not None and row.author_id == viewer.id
    is_seen = is_mine or row.sees_profile <= audience(viewer)
    author = _author(row.handle, row.name, row.photo) if is_seen else _author(None, None, None)
    how = rules.WAYS[row.how if row.how in rules.WAYS else "else"].says
    return Shown(
        row.id,
        row.html,
        how,
        row.at,
        author,
        is_mine,
        row.hidden_at is not None,
        row.removed_for if row.removed_at is not None else None,
    )
