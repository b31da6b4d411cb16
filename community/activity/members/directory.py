"""Finding members: by name in any script, by language, interest and place, page by page.

A search may be rare or common. Each condition is counted up to a bound, and those who meet
the rarest are checked against the others until too many fit to be sorted. When few fit they
are looked up and sorted; otherwise the list is walked in its order and each member is
checked, which soon fills a page. Either way no table is scanned.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from community.activity.members.models import ROLES, Member, MemberTag, MemberWord
from community.activity.members.rules import PLACE_MARK, HasId, audience, place_word
from community.kit import clock, search
from community.kit.db import BigId, connection, db
from community.kit.faces import Pictured

M = Member.__table__.c
A_PAGE = 24
FEW = MOST_COUNTED = 1_000
"""Up to so many members are counted, looked up one by one and sorted."""
RARE = 10 * FEW
"""Up to so many members are counted to tell which condition is the rarest."""
SORTS: dict[str, tuple[InstrumentedAttribute[Any], bool]] = {
    "active": (Member.active_at, True),
    "new": (Member.joined_at, True),
    "name": (Member.name_key, False),
}
"""What the list can be sorted by, and whether the largest comes first."""
STAFF = tuple(role for role in ROLES if role != "member")


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom the reader looks for, in which order, and where in the list they are."""

    q: str = ""
    language: str = ""
    interest: str = ""
    place: str = ""
    who: str = ""
    sort: str = "active"
    before: str = ""
    after: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether everyone is wished for."""
        return not (self.q or self.language or self.interest or self.place or self.who)


@dataclass(frozen=True, slots=True)
class Face(Pictured):
    """A member as a list shows them."""

    id: int
    handle: str
    name: str
    photo: str | None
    headline: str | None
    role: str
    claimed_at: datetime | None
    joined_at: datetime
    place: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of members, and the marks from which the pages beside it begin.

    ``count`` says how many fit where somebody was looked for, no further than one beyond
    ``MOST_COUNTED``.
    """

    people: tuple[Face, ...]
    newer: str | None
    older: str | None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition: the ids that an index knows to meet it, and whether one member meets it."""

    ids: Select[Any]
    holds: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class _Search:
    """The conditions by which members are found, and how many meet them all."""

    shown: tuple[ColumnElement[bool], ...]
    count: int | None


def find(wish: Wish, viewer: HasId | None) -> Found:
    """The members that the reader may see and looks for, one page of them."""
    if wish.is_plain and not (wish.before or wish.after):
        rows = connection().execute(_everyone(wish.sort, audience(viewer))).all()
        return _page(rows, is_back=False, is_continued=False)
    column, is_falling = SORTS.get(wish.sort, SORTS["active"])
    search = _search(wish, viewer)
    shown = list(search.shown)
    is_back = bool(wish.before)
    mark = _read_mark(wish.before or wish.after, column)
    if mark is not None:
        key = tuple_(column, Member.id)
        shown.append(key > mark if is_falling == is_back else key < mark)
    falls = is_falling != is_back
    order = [c.desc() if falls else c.asc() for c in (column, Member.id)]
    rows = db.session.execute(
        select(*_told(audience(viewer)), column.label("sort_key"))
        .where(*shown)
        .order_by(*order)
        .limit(A_PAGE + 1)
    ).all()
    return replace(_page(rows, is_back=is_back, is_continued=mark is not None), count=search.count)


def _search(wish: Wish, viewer: HasId | None) -> _Search:
    """How the wish is looked for: few by their ids, many along the list."""
    is_seen = Member.sees_profile <= audience(viewer)
    conditions = _conditions(wish, viewer)
    if not conditions:
        return _Search((is_seen, Member.erased_at.is_(None)), None)
    rarest = _rarest(conditions)
    others = [c.holds for c in conditions if c is not rarest]
    # Said so that no index answers it: the ids lead, not the order of the list.
    is_here = func.coalesce(type_coerce(Member.erased_at, BigId), 0) == 0
    fit = rarest.ids.where(is_seen, is_here, *others).distinct().correlate(None)
    some = fit.limit(FEW + 1).subquery()
    count = db.session.scalar(select(func.count()).select_from(some)) or 0
    if count > FEW:
        return _Search((is_seen, Member.erased_at.is_(None), rarest.holds, *others), count)
    return _Search((Member.id.in_(fit),), count)


@lru_cache
def _everyone(sort: str, widest: int) -> Select[Any]:
    """The first page of everyone, built once: it is asked more often than all others."""
    attribute, is_falling = SORTS.get(sort, SORTS["active"])
    column = M[attribute.key]
    order = [c.desc() if is_falling else c.asc() for c in (column, M.id)]
    return (
        select(*_told(widest), column.label("sort_key"))
        .where(M.sees_profile <= widest, M.erased_at.is_(None))
        .order_by(*order)
        .limit(A_PAGE + 1)
    )


def _told(widest: int) -> Sequence[Any]:
    return (
        M.id,
        M.handle,
        M.name,
        M.photo,
        M.headline,
        M.role,
        M.claimed_at,
        M.joined_at,
        M.place,
        (M.sees_place <= widest).label("place_is_seen"),
    )


def _page(rows: Sequence[Any], *, is_back: bool, is_continued: bool) -> Found:
    has_more = len(rows) > A_PAGE
    rows = list(rows[:A_PAGE])
    if is_back:
        rows.reverse()
    people = tuple(
        Face(*row[:8], row.place if row.place_is_seen else None)  # type: ignore[arg-type]
        for row in rows
    )
    has_newer = has_more if is_back else is_continued
    has_older = has_more or is_back
    return Found(
        people,
        _write_mark(rows[0]) if rows and has_newer else None,
        _write_mark(rows[-1]) if rows and has_older else None,
    )


def _conditions(wish: Wish, viewer: HasId | None) -> list[_Condition]:
    found = [_word(word, is_open) for word, is_open in search.sought(wish.q)]
    places = [_place(word, is_open, viewer) for word, is_open in search.sought(wish.place)]
    if (wish.q and not found) or (wish.place and not places):
        return [_of_member(Member.id == 0)]  # What holds no word is nobody's.
    found += places
    for kind, value in (("language", wish.language), ("interest", wish.interest)):
        if value:
            found.append(_tag(kind, value, viewer))
    if wish.who == "staff":
        found.append(_of_member(Member.role.in_(STAFF), Member.role != "member"))
    elif wish.who == "home":
        # Said as a range, for SQLite does not ask an index what is not null.
        found.append(_of_member(Member.claimed_at >= clock.EPOCH, Member.claimed_at.is_not(None)))
    elif wish.who == "unclaimed":
        found.append(_of_member(Member.claimed_at.is_(None)))
    return found


def _of_member(is_it: ColumnElement[bool], holds: ColumnElement[bool] | None = None) -> _Condition:
    return _Condition(select(Member.id).where(is_it), is_it if holds is None else holds)


def _word(word: str, is_open: bool, *others: ColumnElement[bool]) -> _Condition:
    # A single letter begins too many words; it is looked for as a word of its own.
    is_open = is_open and len(word.lstrip(PLACE_MARK)) > 1
    is_it = (
        and_(MemberWord.word >= word, MemberWord.word < search.after(word))
        if is_open
        else MemberWord.word == word
    )
    has_it = (
        select(MemberWord.member_id)
        .where(MemberWord.member_id == Member.id, is_it)
        .correlate(Member)
        .exists()
    )
    return _Condition(
        select(MemberWord.member_id)
        .join(Member, Member.id == MemberWord.member_id)
        .where(is_it, *others),
        and_(has_it, *others),
    )


def _place(word: str, is_open: bool, viewer: HasId | None) -> _Condition:
    return _word(place_word(word), is_open, _is_seen(Member.sees_place, viewer))


def _tag(kind: str, value: str, viewer: HasId | None) -> _Condition:
    is_it = and_(MemberTag.kind == kind, MemberTag.value == value)
    is_seen = _is_seen(Member.sees_details, viewer)
    has_it = (
        select(MemberTag.member_id)
        .where(MemberTag.member_id == Member.id, is_it)
        .correlate(Member)
        .exists()
    )
    return _Condition(
        select(MemberTag.member_id)
        .join(Member, Member.id == MemberTag.member_id)
        .where(is_it, is_seen),
        and_(has_it, is_seen),
    )


def _is_seen(sight: InstrumentedAttribute[int], viewer: HasId | None) -> ColumnElement[bool]:
    return or_(sight <= audience(viewer), Member.id == (viewer.id if viewer else 0))


def _rarest(conditions: list[_Condition]) -> _Condition:
    """The condition that the fewest members meet."""
    if len(conditions) == 1:
        return conditions[0]
    counts = [
        select(func.count())
        .select_from(c.ids.correlate(None).limit(RARE + 1).subquery())
        .scalar_subquery()
        for c in conditions
    ]
    sizes = db.session.execute(select(*counts)).one()
    return conditions[min(range(len(sizes)), key=sizes.__getitem__)]


def _write_mark(row: Any) -> str:
    key = row.sort_key
    told = [clock.to_micros(key) if isinstance(key, datetime) else key, row.id]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _read_mark(mark: str, column: InstrumentedAttribute[Any]) -> tuple[Any, int] | None:
    """The place in the list that a mark says; None when it says none, as a bent one does."""
    if not mark or len(mark) > 400:
        return None
    try:
        key, id = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        if not isinstance(id, int) or abs(id) >= 2**63:
            return None
        if column is Member.name_key:
            return (key, id) if isinstance(key, str) and "\0" not in key else None
        return clock.from_micros(key), id
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        return None
