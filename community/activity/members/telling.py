"""Telling what happened in sentences, with the people and things in them as links."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import Boolean, ColumnElement, Select, bindparam, case, func, null, select

from community.activity.members.models import Member
from community.activity.members.rules import HasId, audience
from community.kit import additions, clock
from community.kit.db import BigId, Instant, connection
from community.kit.faces import Pictured
from community.kit.languages import language, ngettext, translations
from community.kit.words import N_
from community.ledger.kinds import KINDS
from community.ledger.queries import SUBJECTS, TOLD, E, kinds_of, timeline_parameters, timeline_rows

MEMBERS = Member.__table__
A_PAGE = 20
HOMES = "where what is told of is read"
"""Where rooms further up add the pages of their own things, each as a ``Home``."""
KEPT = "what a member kept of what is told"
"""Where rooms further up add the words that a member kept of an event, each as a ``Keepsake``."""
BETWEEN_TWO = "exchange"
"""What is nobody's to read but the two's: without a home it is named and not linked."""


@dataclass(frozen=True)
class Home:
    """Where things of some types have a page: its address but for the id, and the id by subject."""

    types: tuple[str, ...]
    address: str
    id_of: Callable[[ColumnElement[int]], Select[Any]]


@dataclass(frozen=True)
class Keepsake:
    """What members keep of events of a kind, in their own words.

    ``words_of`` asks for the words: given the id of the event, that of its subject, that of the
    member and whether that is who reads, it leaves out what is not for the reader.
    """

    kind: str
    words_of: Callable[
        [ColumnElement[int], ColumnElement[int], ColumnElement[int], ColumnElement[bool]],
        Select[Any],
    ]


@dataclass(frozen=True, slots=True)
class Person(Pictured):
    """One side of an event, as far as the reader may know them."""

    id: int
    handle: str
    name: str
    photo: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, ready to be shown; ``times`` when it happened again and again.

    ``words`` are what the member of the page kept of it.
    """

    id: int
    when: datetime
    kind: str
    icon: str
    html: Markup
    actor: Person | None
    other: Person | None
    sides: tuple[int | None, int | None, int | None]
    times: int = 1
    words: str = ""

    @property
    def repeats(self) -> str | None:
        """How often it happened, in words, when that is more than once."""
        return (
            ngettext("%(num)d time", "%(num)d times", self.times) % {"num": self.times}
            if self.times > 1
            else None
        )


def of_member(
    member_id: int,
    viewer: HasId | None,
    sees: frozenset[str],
    before: tuple[datetime, int] | None = None,
    limit: int = A_PAGE,
) -> tuple[tuple[Told, ...], tuple[datetime, int] | None]:
    """A member's timeline for this reader, newest first, and the mark of the page behind it."""
    reader = viewer.id if viewer and viewer.id != member_id else None
    statement = _of_member(sees, is_continued=before is not None, has_reader=reader is not None)
    is_own = viewer is not None and viewer.id == member_id
    given = timeline_parameters(member_id, before, limit + 1, reader) | {"is_own": is_own}
    rows = connection().execute(statement, given).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return tell(rows[:limit], viewer, member_id), (more.happened_at, more.id) if more else None


def of_events(ids: Sequence[int], viewer: HasId | None) -> tuple[Told, ...]:
    """Some events as the reader may be told of them, the newest first; those for staff left out."""
    if not ids:
        return ()
    rows = connection().execute(_of_events(), {"ids": list(ids)}).all()
    return tell([row for row in rows if KINDS[row.kind].sight != "staff"], viewer)


def lately(viewer: HasId | None, limit: int = A_PAGE) -> tuple[Told, ...]:
    """What happened last between any two people, newest first."""
    given = {"at_most": limit, "widest": audience(viewer), "now": clock.now()}
    return tell(connection().execute(_lately(), given).all(), viewer)


def tell(rows: Iterable[Any], viewer: HasId | None, page_of: int | None = None) -> tuple[Told, ...]:
    """Rows as sentences, the same thing on the same day told once with its number.

    On the page of a member their own name is no link.
    """
    told: list[Told] = []
    spoken, widest, me = language(), audience(viewer), viewer.id if viewer else None
    for row in rows:
        id, at, kind, actor, other, type, subject_id, _, _, title, home, words, *sides = row
        by = _side(actor, sides[:5], widest, me)
        to = _side(other, sides[5:], widest, me)
        thing = (_address(type, subject_id, home), title) if title else None
        html = _sentence(kind, spoken, _said(by, page_of), _said(to, page_of), thing)
        item = Told(
            id,
            at,
            kind,
            KINDS[kind].icon,
            html,
            by if isinstance(by, Person) else None,
            to if isinstance(to, Person) else None,
            (actor, other, subject_id),
            words=words or "",
        )
        if told and _is_again(told[-1], item):
            told[-1] = replace(told[-1], times=told[-1].times + 1)
        else:
            told.append(item)
    return tuple(told)


def one_a_pair(told: Sequence[Told], most: int) -> tuple[Told, ...]:
    """The first of each giver, among events whose two sides are known."""
    seen: set[int] = set()
    found = []
    for item in told:
        if item.actor and item.other and not seen & {item.actor.id, item.other.id}:
            seen |= {item.actor.id}
            found.append(item)
    return tuple(found[:most])


def _is_again(before: Told, item: Told) -> bool:
    return (
        before.sides == item.sides
        and before.words == item.words
        and before.kind == item.kind
        and before.when.date() == item.when.date()
    )


def _side(id: int | None, told: Sequence[Any], widest: int, me: int | None) -> Person | str:
    """One side of an event, or why the reader may not know who it is."""
    name, handle, photo, sight, gone = told
    if id is None or not name or gone:
        return "gone" if id is not None else "unknown"
    if sight > widest and id != me:
        return "hidden"
    return Person(id, handle, name, photo)


def _address(type: str, subject_id: int, home: int | None) -> str:
    """Where a thing is read; nowhere what is between two."""
    if home is not None:
        for each in additions.at(HOMES):
            if type in each.types:
                return f"{each.address}{home}"
    return "" if type == BETWEEN_TWO else f"/stories/{subject_id}"


def _said(side: Person | str, page_of: int | None) -> tuple[str, str]:
    """How a side is named: its link and name, a name without link, or why it is not named."""
    if isinstance(side, str):
        return side, ""
    return ("", side.name) if side.id == page_of else (f"/members/{side.handle}", side.name)


@lru_cache(maxsize=16_384)
def _sentence(
    kind: str,
    language: str,
    actor: tuple[str, str],
    other: tuple[str, str],
    thing: tuple[str, str] | None,
) -> Markup:
    """The sentence of an event in a language. Front pages say the same ones again and again."""
    says = KINDS[kind]
    words = says.says_of if says.says_of is not None and thing else says.says
    gettext = translations(language).gettext
    told = gettext(words.text) % {
        "actor": _linked(*actor) or gettext(_UNKNOWN_FIRST[actor[0]]),
        "other": _linked(*other) or gettext(_UNKNOWN[other[0]]),
        "subject": _linked(*thing) if thing else "",
    }
    return Markup(told)  # noqa: S704 - names and titles are escaped, the rest is the catalog's


def _linked(address: str, words: str) -> str:
    if not words:
        return ""
    return f'<a href="{escape(address)}">{escape(words)}</a>' if address else str(escape(words))


_UNKNOWN_FIRST = {
    "unknown": N_("Someone").text,
    "gone": N_("A former member").text,
    "hidden": N_("A member").text,
}
_UNKNOWN = {
    "unknown": N_("someone").text,
    "gone": N_("a former member").text,
    "hidden": N_("a member").text,
}


def _home(type: ColumnElement[str], subject: ColumnElement[int]) -> ColumnElement[int | None]:
    """The id of the page of a thing, where it has one of its own."""
    homes = [(type.in_(h.types), h.id_of(subject).scalar_subquery()) for h in additions.at(HOMES)]
    return (case(*homes, else_=null()) if homes else null()).label("home")


def _kept(kind: ColumnElement[str], *of: ColumnElement[Any]) -> ColumnElement[str | None]:
    """What the member of the page kept of an event, as far as the reader may read it."""
    kept = [(kind == k.kind, k.words_of(*of).scalar_subquery()) for k in additions.at(KEPT)]
    return (case(*kept, else_=null()) if kept else null()).label("words")


def _sides() -> tuple[Any, Any, list[Any]]:
    actor, other = MEMBERS.alias("actor"), MEMBERS.alias("other")
    told = [
        column.label(f"{side}_{name}")
        for side, who in (("actor", actor), ("other", other))
        for name, column in (
            ("name", who.c.name),
            ("handle", who.c.handle),
            ("photo", who.c.photo),
            ("seen", who.c.sees_profile),
            ("gone", who.c.erased_at),
        )
    ]
    return actor, other, told


@lru_cache
def _of_member(sees: frozenset[str], *, is_continued: bool, has_reader: bool) -> Select[Any]:
    rows = timeline_rows(sees, is_continued=is_continued, has_reader=has_reader).subquery(
        "told_rows"
    )
    actor, other, told = _sides()
    member, is_own = bindparam("of_member", type_=BigId), bindparam("is_own", type_=Boolean())
    return (
        select(
            *rows.c,
            _home(rows.c.subject_type, rows.c.subject_id),
            _kept(rows.c.kind, rows.c.id, rows.c.subject_id, member, is_own),
            *told,
        )
        .outerjoin(actor, actor.c.id == rows.c.actor)
        .outerjoin(other, other.c.id == rows.c.other)
        .order_by(rows.c.happened_at.desc(), rows.c.id.desc())
    )


@lru_cache
def _of_events() -> Select[Any]:
    some = select(*TOLD).where(E.id.in_(bindparam("ids", expanding=True))).subquery("some")
    actor, other, told = _sides()
    return (
        select(
            *some.c,
            SUBJECTS.c.title.label("subject_title"),
            _home(some.c.subject_type, some.c.subject_id),
            null().label("words"),
            *told,
        )
        .outerjoin(actor, actor.c.id == some.c.actor)
        .outerjoin(other, other.c.id == some.c.other)
        .outerjoin(
            SUBJECTS,
            (SUBJECTS.c.id == some.c.subject_id) & (SUBJECTS.c.type == some.c.subject_type),
        )
        .order_by(some.c.happened_at.desc(), some.c.id.desc())
    )


@lru_cache
def _lately() -> Select[Any]:
    at_most = bindparam("at_most", type_=BigId)
    may_be_told = bindparam("widest", type_=BigId)
    public = [n for n in kinds_of({"everyone"}) if KINDS[n].tie > 0 or n == "member.joined"]
    newest = (
        select(*TOLD)
        .where(
            E.voided_at.is_(None),
            E.kind.in_(public),
            E.happened_at <= bindparam("now", type_=Instant()),
        )
        .order_by(E.happened_at.desc(), E.id.desc())
        .limit(at_most)
        .subquery("newest")
    )
    actor, other, told = _sides()
    return (
        select(
            *newest.c,
            SUBJECTS.c.title.label("subject_title"),
            _home(newest.c.subject_type, newest.c.subject_id),
            null().label("words"),
            *told,
        )
        .outerjoin(actor, actor.c.id == newest.c.actor)
        .outerjoin(other, other.c.id == newest.c.other)
        .outerjoin(
            SUBJECTS,
            (SUBJECTS.c.id == newest.c.subject_id) & (SUBJECTS.c.type == newest.c.subject_type),
        )
        .where(
            func.coalesce(actor.c.sees_timeline, 0) <= may_be_told,
            func.coalesce(other.c.sees_timeline, 0) <= may_be_told,
        )
        .order_by(newest.c.happened_at.desc(), newest.c.id.desc())
    )
