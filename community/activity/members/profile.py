"""Reading one member's page, and one's own front page, in few queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Select,
    String,
    bindparam,
    cast,
    exists,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

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
    audience,
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
"""Where rooms further up add to the one question about a member: functions that answer selects.

Each select begins with the columns of ``told``; it may use the parameters ``of_member``, the
widest audience of the reader, and the reader's id.
"""


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
    """A row that a room further up asked for: up to five texts, a number, a moment."""

    texts: tuple[str | None, ...]
    number: int
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
    added: tuple[tuple[str, tuple[Added, ...]], ...] = ()

    def of(self, part: str) -> tuple[Added, ...]:
        """What a room further up asked for under this name."""
        return next((rows for name, rows in self.added if name == part), ())


@dataclass(frozen=True, slots=True)
class Profile:
    """A member as this reader may see them; on their own page with ``more`` of them."""

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
    more: More = More()

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return f"/media/{self.photo}-320.webp" if self.photo else None


M, TAGS, LINKS = Member.__table__.c, MemberTag.__table__.c, MemberLink.__table__.c
IDENTITIES, SUBJECTS, FACT = Identity.__table__.c, Subject.__table__.c, Fact.__table__.c
_COLUMNS = [M[name] for name in Profile.__dataclass_fields__ if name != "more"]
_PLAIN = ("language", "interest", "link", "figure", "source", *SHOWN_TYPES)


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


def more_of(member_id: int, viewer: HasId | None = None) -> More:
    """What stands beside a member's name, and their newest few things, in one query."""
    found: dict[str, list[Any]] = {}
    given = {
        "member": member_id,
        "widest": audience(viewer),
        "reader": viewer.id if viewer else 0,
    }
    for part, _, a, b, c, d, e, number, at in connection().execute(
        _more(additions.at(MORE)), given
    ):
        told = found.setdefault(part, [])
        if part in ("language", "interest"):
            told.append(Chip(a, b))
        elif part == "link":
            told.append(Link(a, b))
        elif part == "source":
            told.append(a)
        elif part in SHOWN_TYPES:
            told.append(Thing(number, part, a, at))
        elif part != "figure":
            told.append(Added((a, b, c, d, e), number, at))
        elif all(figure.kind.name != a for figure in told):
            told.append(Figure(FACTS[a], number / MILLION, at))
    return More(
        *(tuple(found.get(p, ())) for p in ("language", "interest", "link", "figure", "source")),
        tuple((type, tuple(found[type])) for type in SHOWN_TYPES if type in found),
        tuple((part, tuple(rows)) for part, rows in found.items() if part not in _PLAIN),
    )


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
    return replace(profile, **widened)


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


def of_member() -> Any:
    """The member of whom is told, as a parameter of what is added under ``MORE``."""
    return bindparam("member", type_=BigId)


def widest() -> Any:
    """The widest audience that includes the reader, as a parameter."""
    return bindparam("widest", type_=BigId)


def reader() -> Any:
    """The reader's id, 0 for a visitor, as a parameter."""
    return bindparam("reader", type_=BigId)


def told(part: Any, place: Any = 0, *texts: Any, number: Any = 0, at: Any = None) -> list[Any]:
    """The columns of a select under ``MORE``: its part, its place there, texts, number, moment."""
    # Said in the statement itself: as parameters they would cost the page more than what they tell.
    nothing = literal_column("''", String)
    return [
        (literal_column(f"'{part}'", String) if isinstance(part, str) else part).label("part"),
        (literal(place, BigId) if isinstance(place, int) else place).label("place"),
        *(text.label(name) for name, text in zip("abcde", texts, strict=False)),
        *(nothing.label(name) for name in "abcde"[len(texts) :]),
        (literal_column("0", BigId) if isinstance(number, int) else number).label("number"),
        (cast(null(), Instant()) if at is None else at).label("at"),
    ]


@lru_cache
def _more(added: tuple[Callable[[], Sequence[Select[Any]]], ...]) -> Any:
    member = of_member()
    tags = select(*told(TAGS.kind, TAGS.id, TAGS.label, TAGS.value)).where(TAGS.member_id == member)
    links = select(*told("link", LINKS.id, LINKS.label, LINKS.url)).where(LINKS.member_id == member)
    sources = select(*told("source", IDENTITIES.id, IDENTITIES.source)).where(
        IDENTITIES.member_id == member
    )
    facts = select(
        *told(
            "figure",
            -FACT.declared_at,
            FACT.name,
            FACT.source,
            number=FACT.value,
            at=FACT.declared_at,
        )
    ).where(
        FACT.about == "member",
        FACT.about_id == member,
        # Said one by one: a list in IN is written anew into the statement at each use.
        or_(*(FACT.name == name for name in DECLARED_OF_A_MEMBER)),
    )
    things = [
        select(
            select(
                *told(
                    SUBJECTS.type,
                    -SUBJECTS.id,
                    SUBJECTS.title,
                    number=SUBJECTS.id,
                    at=SUBJECTS.made_at,
                )
            )
            .where(SUBJECTS.owner == member, SUBJECTS.type == type)
            .order_by(SUBJECTS.made_at.desc(), SUBJECTS.id.desc())
            .limit(THINGS_A_TYPE)
            .subquery(f"own_{type}")
        )
        for type in SHOWN_TYPES
    ]
    others = [each for ask in added for each in ask()]
    all = union_all(tags, links, sources, facts, *things, *others).subquery("more")
    return select(*all.c).order_by(all.c.part, all.c.place)


def people_of(told: Sequence[Any], member_id: int, most: int) -> tuple[Any, ...]:
    """The others whom a member dealt with most recently, each once, with what was told of them."""
    found: dict[int, Any] = {}
    for item in told:
        for person in (item.actor, item.other):
            if person and person.id != member_id and person.id not in found:
                found[person.id] = (person, item)
    return tuple(found.values())[:most]
