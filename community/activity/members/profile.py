"""Reading one member's page, and one's own front page, in few queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import g
from sqlalchemy import Select, bindparam, cast, exists, literal, null, or_, select, union_all

from community.activity.members.models import (
    EVERYONE,
    MEMBERS,
    NOBODY,
    FormerHandle,
    Identity,
    Member,
    MemberLink,
    MemberTag,
)
from community.activity.members.rules import (
    Completeness,
    HasId,
    can_see,
    progress,
)
from community.kit import additions
from community.kit.db import BigId, Instant, connection, db
from community.ledger.facts import FACTS, MILLION, FactKind
from community.ledger.models import Fact, Subject

SHOWN_TYPES = ("offer", "guide", "topic", "answer", "review")
"""What of a member's own things stands on their page, in this order."""
THINGS_A_TYPE = 4
DECLARED_OF_A_MEMBER = tuple(FACTS)
MORE = "more of a member"
"""Where rooms further up add to what is read of a member in one query: called with the member's
id as it is bound, they answer a question with the six columns of ``_more``. What they read is
told apart by a part with a colon in it, and found in ``More.added``."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A language or interest: what it is called and what it is found by."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page elsewhere."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The newest figure that an outside source declared, with its date."""

    kind: FactKind
    value: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a member offered or wrote."""

    id: int
    type: str
    title: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """What a room further up reads of a member; it stands for the subject of that id."""

    part: str
    id: int
    title: str
    text: str
    subject_id: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class More:
    """What a member tells beside their name, and what others declared of them."""

    languages: tuple[Chip, ...] = ()
    interests: tuple[Chip, ...] = ()
    links: tuple[Link, ...] = ()
    figures: tuple[Figure, ...] = ()
    sources: tuple[str, ...] = ()
    things: tuple[tuple[str, tuple[Thing, ...]], ...] = ()
    added: tuple[Added, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A member as this reader may see them."""

    id: int
    handle: str
    name: str
    role: str
    photo: str | None
    headline: str | None
    background_html: str | None
    place: str | None
    joined_at: datetime
    claimed_at: datetime | None
    erased_at: datetime | None
    sees_profile: int
    sees_place: int
    sees_details: int
    sees_links: int
    sees_timeline: int

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return f"/media/{self.photo}-320.webp" if self.photo else None


M, TAGS, LINKS = Member.__table__.c, MemberTag.__table__.c, MemberLink.__table__.c
IDENTITIES, SUBJECTS, FACT = Identity.__table__.c, Subject.__table__.c, Fact.__table__.c
_COLUMNS = [M[name] for name in Profile.__dataclass_fields__]


def of_handle(handle: str, viewer: HasId | None) -> Profile | None:
    """The member of this handle as far as the reader may know that they are here."""
    row = connection().execute(_of_handle(), {"handle": handle}).one_or_none()
    profile = Profile(*row) if row else None
    return profile if profile and can_see(viewer, profile) else None


def own_steps(member_id: int) -> Completeness:
    """How far a member has told who they are, in one small query."""
    row = connection().execute(_steps(), {"member": member_id}).one()
    return progress({name for name, value in row._mapping.items() if value})


def handle_now(former: str) -> str | None:
    """The handle of the member who had this one before."""
    return db.session.scalar(
        select(Member.handle)
        .join(FormerHandle, FormerHandle.member_id == Member.id)
        .where(FormerHandle.handle == former, Member.erased_at.is_(None))
    )


def more_of(member_id: int) -> More:
    """What stands beside a member's name, and their newest few things, in one query a page."""
    known: dict[int, More] = g.setdefault("more_of", {})
    if member_id not in known:
        known[member_id] = _read_more(member_id)
    return known[member_id]


def _read_more(member_id: int) -> More:
    found: dict[str, list[Any]] = {}
    added: list[Added] = []
    asked = _more(additions.at(MORE))
    for part, place, a, b, number, at in connection().execute(asked, {"member": member_id}):
        if ":" in part:
            added.append(Added(part, -place, a, b, number, at))
            continue
        told = found.setdefault(part, [])
        if part in ("language", "interest"):
            told.append(Chip(a, b))
        elif part == "link":
            told.append(Link(a, b))
        elif part == "source":
            told.append(a)
        elif part != "figure":
            told.append(Thing(-place, part, a, at))
        elif all(figure.kind.name != a for figure in told):
            told.append(Figure(FACTS[a], number / MILLION, at))
    return More(
        *(tuple(found.get(p, ())) for p in ("language", "interest", "link", "figure", "source")),
        _things(found, {each.subject_id for each in added}),
        tuple(added),
    )


def _things(
    found: dict[str, list[Thing]], elsewhere: set[int]
) -> tuple[tuple[str, tuple[Thing, ...]], ...]:
    """Their newest things by type, but for those for which something else stands on the page."""
    told = (
        (type, tuple(thing for thing in found.get(type, ()) if thing.id not in elsewhere))
        for type in SHOWN_TYPES
    )
    return tuple((type, things) for type, things in told if things)


def how_complete(profile: Profile, more: More) -> Completeness:
    """How far a member has told who they are."""
    given = {
        "photo": profile.photo,
        "headline": profile.headline,
        "background": profile.background_html,
        "place": profile.place,
        "languages": more.languages,
        "interests": more.interests,
        "links": more.links,
    }
    return progress({name for name, value in given.items() if value})


def narrowed(profile: Profile, audience: int) -> Profile:
    """A member's own page as a visitor or another member would see it."""
    widened = {
        name: NOBODY + 1 if getattr(profile, name) > audience else EVERYONE
        for name in ("sees_place", "sees_details", "sees_links", "sees_timeline")
    }
    values = {name: getattr(profile, name) for name in Profile.__dataclass_fields__} | widened
    return Profile(**values)


AUDIENCES = {"visitor": EVERYONE, "member": MEMBERS}


@lru_cache
def _of_handle() -> Select[Any]:
    return select(*_COLUMNS).where(M.handle == bindparam("handle"))


@lru_cache
def _steps() -> Select[Any]:
    member = bindparam("member", type_=BigId)
    return select(
        M.photo,
        M.headline,
        M.background,
        M.place,
        exists().where(TAGS.member_id == member, TAGS.kind == "language").label("languages"),
        exists().where(TAGS.member_id == member, TAGS.kind == "interest").label("interests"),
        exists().where(LINKS.member_id == member).label("links"),
    ).where(M.id == member)


@lru_cache
def _more(asks: tuple[Any, ...]) -> Any:
    member = bindparam("member", type_=BigId)
    nothing = (literal(0, BigId), cast(null(), Instant()).label("at"))
    tags = select(TAGS.kind, TAGS.id, TAGS.label, TAGS.value, *nothing).where(
        TAGS.member_id == member
    )
    links = select(literal("link"), LINKS.id, LINKS.label, LINKS.url, *nothing).where(
        LINKS.member_id == member
    )
    sources = select(
        literal("source"), IDENTITIES.id, IDENTITIES.source, literal(""), *nothing
    ).where(IDENTITIES.member_id == member)
    facts = select(
        literal("figure"), -FACT.declared_at, FACT.name, FACT.source, FACT.value, FACT.declared_at
    ).where(
        FACT.about == "member",
        FACT.about_id == member,
        # Said one by one: a list in IN is written anew into the statement at each use.
        or_(*(FACT.name == name for name in DECLARED_OF_A_MEMBER)),
    )
    things = [
        select(
            select(
                SUBJECTS.type,
                -SUBJECTS.id,
                SUBJECTS.title,
                literal(""),
                literal(0, BigId),
                SUBJECTS.made_at,
            )
            .where(SUBJECTS.owner == member, SUBJECTS.type == type)
            .order_by(SUBJECTS.made_at.desc(), SUBJECTS.id.desc())
            .limit(THINGS_A_TYPE)
            .subquery(f"own_{type}")
        )
        for type in SHOWN_TYPES
    ]
    added = [ask(member) for ask in asks]
    all = union_all(tags, links, sources, facts, *things, *added).subquery("more")
    part, place, a, b, number, at = all.c
    return select(part, place, a, b, number, at).order_by(part, place)


def people_of(told: Sequence[Any], member_id: int, most: int) -> tuple[Any, ...]:
    """The others whom a member dealt with most recently, each once, with what was told of them."""
    found: dict[int, Any] = {}
    for item in told:
        for person in (item.actor, item.other):
            if person and person.id != member_id and person.id not in found:
                found[person.id] = (person, item)
    return tuple(found.values())[:most]
