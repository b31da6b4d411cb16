"""Telling what happened in sentences, with the people and things in them as links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import aliased

from community.activity.members.models import Member
from community.activity.members.rules import HasId, audience
from community.kit import clock
from community.kit.db import BigId, Instant, db
from community.kit.languages import gettext, ngettext
from community.kit.words import N_
from community.ledger.kinds import KINDS
from community.ledger.models import Event, Subject
from community.ledger.queries import kinds_of, timeline_parameters, timeline_rows


@dataclass(frozen=True, slots=True)
class Person:
    """One side of an event, as far as the reader may know them."""

    id: int
    handle: str
    name: str
    photo: str | None

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return f"/media/{self.photo}-96.webp" if self.photo else None


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened, ready to be shown; ``times`` when it happened again and again."""

    id: int
    when: datetime
    kind: str
    icon: str
    html: Markup
    actor: Person | None
    other: Person | None
    sides: tuple[int | None, int | None, int | None]
    times: int = 1

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
    limit: int = 60,
) -> tuple[list[Told], tuple[datetime, int] | None]:
    """A member's timeline for this reader, newest first, and the mark of the page behind it."""
    reader = viewer.id if viewer and viewer.id != member_id else None
    statement = _of_member(sees, is_continued=before is not None, has_reader=reader is not None)
    rows = db.session.execute(
        statement, timeline_parameters(member_id, before, limit + 1, reader)
    ).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return tell(rows[:limit], viewer, member_id), (more.happened_at, more.id) if more else None


def lately(viewer: HasId | None, limit: int = 60) -> list[Told]:
    """What happened last between any two people, newest first."""
    return tell(
        db.session.execute(
            _lately(), {"at_most": limit, "widest": audience(viewer), "now": clock.now()}
        ).all(),
        viewer,
    )


def tell(rows: Iterable[Any], viewer: HasId | None, page_of: int | None = None) -> list[Told]:
    """Rows as sentences, the same thing on the same day told once with its number.

    On the page of a member their own name is no link.
    """
    told: list[Told] = []
    for row in rows:
        item = _told(row, viewer, page_of)
        if told and _is_again(told[-1], item):
            told[-1] = replace(told[-1], times=told[-1].times + 1)
        else:
            told.append(item)
    return told


def one_a_pair(told: Sequence[Told], most: int) -> list[Told]:
    """The first of each giver, among events whose two sides are known."""
    seen: set[int] = set()
    found = []
    for item in told:
        if item.actor and item.other and not seen & {item.actor.id, item.other.id}:
            seen |= {item.actor.id}
            found.append(item)
    return found[:most]


def _is_again(before: Told, item: Told) -> bool:
    return (before.kind, before.sides, before.when.date()) == (
        item.kind,
        item.sides,
        item.when.date(),
    )


def _told(row: Any, viewer: HasId | None, page_of: int | None) -> Told:
    kind = KINDS[row.kind]
    actor, other = _person(row, "actor", viewer), _person(row, "other", viewer)
    words = kind.says_of if kind.says_of is not None and row.subject_title else kind.says
    html = Markup(gettext(words.text)) % {  # noqa: S704 - the catalog's own text
        "actor": _link(actor, page_of) or gettext(_UNKNOWN_FIRST[_why_unknown(row, "actor")]),
        "other": _link(other, page_of) or gettext(_UNKNOWN[_why_unknown(row, "other")]),
        "subject": _thing(row),
    }
    sides = (row.actor, row.other, row.subject_id)
    return Told(row.id, row.happened_at, kind.name, kind.icon, html, actor, other, sides)


def _person(row: Any, side: str, viewer: HasId | None) -> Person | None:
    id, name = getattr(row, side), getattr(row, f"{side}_name")
    if id is None or not name or getattr(row, f"{side}_gone"):
        return None
    if getattr(row, f"{side}_seen") > audience(viewer) and not (viewer and viewer.id == id):
        return None
    return Person(id, getattr(row, f"{side}_handle"), name, getattr(row, f"{side}_photo"))


def _link(person: Person | None, page_of: int | None) -> Markup | str | None:
    if person is None or person.id == page_of:
        return person and person.name
    return Markup('<a href="/members/{}">{}</a>').format(person.handle, person.name)


def _why_unknown(row: Any, side: str) -> str:
    if getattr(row, side) is None:
        return "unknown"
    return "gone" if getattr(row, f"{side}_gone") else "hidden"


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


def _thing(row: Any) -> Markup:
    return Markup('<a href="/stories/{}">{}</a>').format(row.subject_id, row.subject_title or "")


def _sides() -> tuple[Any, Any, list[Any]]:
    actor, other = aliased(Member), aliased(Member)
    told = [
        column.label(f"{side}_{name}")
        for side, who in (("actor", actor), ("other", other))
        for name, column in (
            ("name", who.name),
            ("handle", who.handle),
            ("photo", who.photo),
            ("seen", who.sees_profile),
            ("gone", who.erased_at),
        )
    ]
    return actor, other, told


@lru_cache
def _of_member(sees: frozenset[str], *, is_continued: bool, has_reader: bool) -> Select[Any]:
    rows = timeline_rows(sees, is_continued=is_continued, has_reader=has_reader).subquery(
        "told_rows"
    )
    actor, other, told = _sides()
    return (
        select(*rows.c, *told)
        .outerjoin(actor, actor.id == rows.c.actor)
        .outerjoin(other, other.id == rows.c.other)
        .order_by(rows.c.happened_at.desc(), rows.c.id.desc())
    )


@lru_cache
def _lately() -> Select[Any]:
    at_most = bindparam("at_most", type_=BigId)
    may_be_told = bindparam("widest", type_=BigId)
    public = [n for n in kinds_of({"everyone"}) if KINDS[n].tie > 0 or n == "member.joined"]
    newest = (
        select(
            Event.id,
            Event.happened_at,
            Event.kind,
            Event.actor,
            Event.other,
            Event.subject_type,
            Event.subject_id,
        )
        .where(
            Event.voided_at.is_(None),
            Event.kind.in_(public),
            Event.happened_at <= bindparam("now", type_=Instant()),
        )
        .order_by(Event.happened_at.desc(), Event.id.desc())
        .limit(at_most)
        .subquery("newest")
    )
    actor, other, told = _sides()
    return (
        select(*newest.c, Subject.title.label("subject_title"), *told)
        .outerjoin(actor, actor.id == newest.c.actor)
        .outerjoin(other, other.id == newest.c.other)
        .outerjoin(
            Subject, (Subject.id == newest.c.subject_id) & (Subject.type == newest.c.subject_type)
        )
        .where(
            func.coalesce(actor.sees_timeline, 0) <= may_be_told,
            func.coalesce(other.sees_timeline, 0) <= may_be_told,
        )
        .order_by(newest.c.happened_at.desc(), newest.c.id.desc())
    )
