"""What may be read of an import's subjects, and by whom."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import EVERYONE, MEMBERS, Member
from community.kit import text
from community.kit.db import Instant, db
from community.kit.faces import Pictured
from community.kit.words import N_, Words
from community.ledger.facts import MILLION, FactKind, fact_kind
from community.ledger.models import Event, Fact, Subject

_UNCLOSED = re.compile(r"<[^>]*$")
_BEGINNING = 800
A_PAGE = 20
REPLIES_A_PAGE = 20
MOST_COMMENTS = 150
"""Comments shown beneath the replies of one page; each reply's own page has the rest."""
TABS = {
    "topic": N_("Questions"),
    "offer": N_("Offers"),
    "gathering": N_("Gatherings"),
    "guide": N_("Guides"),
    "review": N_("Reviews"),
}
COUNTED = ("thanks.given", "answer.accepted", "subject.saved", "exchange.completed")
REPLIES = ("answer", "review")
"""What answers a story. Asked for by exclusion, so that no planner goes by the type's index."""
NO_REPLIES = ("comment", "exchange")
ELSEWHERE = {"offer": "/offers", "review": "/reviews"}
"""Types whose lists stand on pages of their own."""
Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Person(Pictured):
    """Whose something is, as far as the reader may see them."""

    handle: str
    name: str
    photo: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """A subject as a page shows it; ``by`` is None when nobody may know or nobody is left."""

    id: int
    type: str
    title: str | None
    html: str | None
    made_at: datetime
    by: Person | None
    parent: int | None
    replies: int = 0

    @property
    def excerpt(self) -> str:
        """Its first words, for a list."""
        return text.plain(_UNCLOSED.sub("", self.html or ""), 120)

    @property
    def place(self) -> Place:
        """Where it stands in a list, for the page behind it."""
        return self.made_at, self.id


@dataclass(frozen=True, slots=True)
class Declared:
    """A figure that an outside source declared, ready to be shown."""

    kind: FactKind
    value: float
    at: datetime


def tabs() -> list[str]:
    """The types of story that there are any of."""
    asked = [
        select(literal(type))
        .where(select(Subject.id).where(Subject.type == type).exists())
        .scalar_subquery()
        for type in TABS
    ]
    return [type for type in db.session.execute(select(*asked)).one() if type]


def newest(
    type: str, is_member: bool, before: Place | None = None, after: Place | None = None
) -> list[Story]:
    """Stories of a type, newest first: those behind a place, or with ``after`` those before it."""
    key = tuple_(Subject.made_at, Subject.id)
    html = func.substr(Subject.html, 1, _BEGINNING)
    asked = _told(html=html).where(Subject.type == type, _is_there())
    if after is not None:
        asked = asked.where(key > _key(after)).order_by(Subject.made_at, Subject.id)
    else:
        asked = asked.order_by(Subject.made_at.desc(), Subject.id.desc())
    if before is not None:
        asked = asked.where(key < _key(before))
    stories = _stories(db.session.execute(asked.limit(A_PAGE + 1)), is_member)
    return stories[::-1] if after is not None else stories


def _is_there() -> ColumnElement[bool]:
    """A review that was removed keeps its number here, but no words."""
    told = (Subject.source, Subject.title, Subject.html)
    return or_(Subject.type != "review", *(each.is_not(None) for each in told))


def story(id: int, is_member: bool) -> tuple[Story, Story | None] | None:
    """A subject and what it belongs to."""
    found = db.session.execute(_told().where(Subject.id == id, _is_there())).one_or_none()
    if found is None:
        return None
    above = None
    if found.parent is not None:
        row = db.session.execute(_told().where(Subject.id == found.parent)).one_or_none()
        above = _story(row, is_member) if row else None
    return _story(found, is_member), above


def home(id: int, viewer_id: int | None) -> str | None:
    """Where a subject is read that has a page of its own; None when that is here.

    Raises LookupError for what the reader may not see: an exchange is read by its two sides.
    """
    row = db.session.execute(
        select(
            Subject.type,
            Offer.id,
            Review.id,
            Exchange.id,
            Exchange.provider_id,
            Exchange.receiver_id,
        )
        .outerjoin(Offer, Offer.subject_id == Subject.id)
        .outerjoin(Review, (Review.subject_id == Subject.id) & Review.removed_at.is_(None))
        .outerjoin(Exchange, Exchange.subject_id == Subject.id)
        .where(Subject.id == id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no subject {id}")
    type, offer, review, exchange, *sides = row
    if type == "exchange":
        if exchange is None or viewer_id not in sides:
            raise LookupError("between two others")
        return f"/exchanges/{exchange}"
    if offer is not None:
        return f"/offers/{offer}"
    return f"/reviews/{review}" if review is not None else None


def replies(id: int, is_member: bool, after: Place | None = None) -> list[Story]:
    """Answers to a topic, or reviews of an offer, in the order in which they were written."""
    asked = (
        _told(with_replies=False)
        .where(Subject.parent == id, Subject.type.not_in(NO_REPLIES), _is_there())
        .order_by(Subject.made_at, Subject.id)
    )
    if after is not None:
        asked = asked.where(tuple_(Subject.made_at, Subject.id) > _key(after))
    return _stories(db.session.execute(asked.limit(REPLIES_A_PAGE + 1)), is_member)


def comments(ids: Iterable[int], is_member: bool) -> dict[int, list[Story]]:
    """Comments on some subjects, by subject, in the order in which they were written."""
    asked = (
        _told(with_replies=False)
        .where(Subject.parent.in_(list(ids)), Subject.type.not_in(REPLIES))
        .order_by(Subject.parent, Subject.made_at, Subject.id)
        .limit(MOST_COMMENTS)
    )
    found: dict[int, list[Story]] = {}
    for comment in _stories(db.session.execute(asked), is_member):
        found.setdefault(comment.parent or 0, []).append(comment)
    return found


def deeds(stories: Sequence[Story]) -> dict[int, dict[str, int]]:
    """How often each of some stories was thanked for, accepted, kept or dealt in."""
    types: dict[str, list[int]] = {}
    for each in stories:
        types.setdefault(each.type, []).append(each.id)
    asked = (
        select(Event.subject_id, Event.kind, func.count())
        .where(
            or_(
                *(
                    and_(Event.subject_type == type, Event.subject_id.in_(ids))
                    for type, ids in types.items()
                )
            ),
            Event.kind.in_(COUNTED),
            Event.voided_at.is_(None),
        )
        .group_by(Event.subject_id, Event.kind)
    )
    found: dict[int, dict[str, int]] = {}
    for id, kind, many in db.session.execute(asked):
        found.setdefault(id, {})[kind] = many
    return found


def declared(about: str, id: int) -> list[Declared]:
    """The latest of each figure that was declared of something."""
    later = aliased(Fact)
    asked = select(Fact.name, Fact.value, Fact.declared_at).where(
        Fact.about == about,
        Fact.about_id == id,
        ~select(later.id)
        .where(
            and_(later.about == about, later.about_id == id, later.name == Fact.name),
            later.declared_at > Fact.declared_at,
        )
        .exists(),
    )
    found = {row.name: row for row in db.session.execute(asked.order_by(Fact.id))}
    return [
        Declared(kind, row.value / MILLION, row.declared_at)
        for name, row in found.items()
        if (kind := fact_kind(name)) is not None
    ]


def label_of(type: str) -> Words:
    """What a story of this type is called."""
    return {
        "topic": N_("Question"),
        "offer": N_("Offer"),
        "review": N_("Review"),
        "answer": N_("Answer"),
        "comment": N_("Comment"),
    }.get(type, N_("Story"))


def _told(*, with_replies: bool = True, html: Any = Subject.html) -> Select[Any]:
    child = aliased(Subject)
    many = (
        select(func.count(child.id))
        .where(child.parent == Subject.id, child.type != "exchange")
        .correlate(Subject)
        .scalar_subquery()
    )
    return select(
        Subject.id,
        Subject.type,
        Subject.title,
        html.label("html"),
        Subject.made_at,
        Subject.parent,
        Member.handle,
        Member.name,
        Member.photo,
        Member.erased_at,
        Member.sees_profile,
        (many if with_replies else literal(0)).label("replies"),
    ).outerjoin(Member, Member.id == Subject.owner)


def _stories(rows: Iterable[Any], is_member: bool) -> list[Story]:
    return [_story(row, is_member) for row in rows]


def _story(row: Any, is_member: bool) -> Story:
    is_seen = (
        row.handle is not None
        and row.erased_at is None
        and row.sees_profile in ((EVERYONE, MEMBERS) if is_member else (EVERYONE,))
    )
    by = Person(row.handle, row.name, row.photo) if is_seen else None
    return Story(row.id, row.type, row.title, row.html, row.made_at, by, row.parent, row.replies)


def _key(place: Place) -> Any:
    return tuple_(*place, types=[Instant(), Subject.id.type])
