"""What lists read of each offer, and what their reader shares with it and its owner."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, func, null, select
from sqlalchemy.orm import aliased

from community.activity.exchanges.offers import ranking
from community.activity.exchanges.offers.models import Offer, OfferWord
from community.activity.exchanges.offers.ranking import Rule, Shared
from community.activity.members.models import Member, MemberTag, MemberWord
from community.activity.members.rules import PLACE_MARK, HasId, audience
from community.kit import search


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: ``dealt`` asks for the ids of the kinds that they have dealt in."""

    id: int
    dealt: Select[Any] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """An offer as a list shows it."""

    id: int
    owner_id: int
    score: int
    is_newcomer: bool
    kind_id: int
    title: str
    photo: str | None
    place: str | None
    is_free: bool
    amount: int | None
    currency: str | None
    told: str | None
    published_at: datetime
    handle: str
    name: str
    face: str | None
    shared: Shared = ranking.UNKNOWN
    fit: int = 0

    @property
    def ranked(self) -> Any:
        """The parts of its score and what they rest on; None before it was ranked.

        Read only of what is shown: a block is ten pages long.
        """
        return json.loads(self.told) if self.told else None

    @property
    def total(self) -> int:
        """Its score for this reader, in millionths."""
        return self.score + self.fit


def told(viewer: HasId | None, reader: Reader | None) -> Sequence[Any]:
    """What is read of each offer: as ``Hit`` holds it, then what the reader shares with it."""
    columns = (
        Offer.id,
        Offer.owner_id,
        Offer.score,
        Offer.is_newcomer,
        Offer.kind_id,
        Offer.title,
        Offer.photo,
        Offer.place,
        Offer.is_free,
        Offer.amount,
        Offer.currency,
        cast(Offer.ranked, Text).label("told"),
        Offer.published_at,
        Member.handle,
        Member.name,
        Member.photo.label("face"),
    )
    if reader is None:
        return columns
    widest = audience(viewer)
    shared = {
        "language": _tags("language", reader, widest),
        "interest": _tags("interest", reader, widest),
        "near": _place(reader),
        "dealt": _dealt(reader),
    }
    # Nobody's own offers fit them better than those of others.
    is_others = Offer.owner_id != reader.id
    return (*columns, *(_only_if(is_others, each).label(name) for name, each in shared.items()))


def _tags(kind: str, reader: Reader, widest: int) -> ColumnElement[Any]:
    """How many tags of a kind reader and owner share; NULL where one tells none that both may see."""
    mine, theirs, told = aliased(MemberTag), aliased(MemberTag), aliased(MemberTag)
    shared = (
        select(func.count())
        .select_from(mine)
        .join(theirs, and_(theirs.kind == mine.kind, theirs.value == mine.value))
        .where(mine.member_id == reader.id, mine.kind == kind, theirs.member_id == Offer.owner_id)
        .correlate(Offer)
        .scalar_subquery()
    )
    has_own = exists().where(MemberTag.member_id == reader.id, MemberTag.kind == kind)
    has_told = (
        select(told.id).where(told.member_id == Offer.owner_id, told.kind == kind).correlate(Offer)
    )
    return _only_if(and_(Member.sees_details <= widest, has_own, has_told.exists()), shared)


def _place(reader: Reader) -> ColumnElement[Any]:
    """Whether offer and reader name the same place; NULL where one names none."""
    is_place = and_(MemberWord.word >= PLACE_MARK, MemberWord.word < search.after(PLACE_MARK))
    mine = select(MemberWord.word).where(MemberWord.member_id == reader.id, is_place)
    shared = (
        select(func.count())
        .where(OfferWord.offer_id == Offer.id, OfferWord.word.in_(mine))
        .correlate(Offer)
        .scalar_subquery()
    )
    return _only_if(and_(Offer.place.is_not(None), mine.exists()), shared)


def _dealt(reader: Reader) -> ColumnElement[Any]:
    """Whether the reader dealt in its kind before; NULL where they have dealt in none."""
    if reader.dealt is None:
        return null()
    return _only_if(reader.dealt.exists(), case((Offer.kind_id.in_(reader.dealt), 1), else_=0))


def _only_if(holds: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
    return case((holds, value), else_=None)


def hit_of(row: Any, rule: Rule) -> Hit:
    """The offer that a row tells of, with how well it fits its reader."""
    plain, of_reader = tuple(row)[:16], tuple(row)[16:]
    if not of_reader:
        return Hit(*plain, fit=ranking.fit_points(ranking.UNKNOWN, rule))
    languages, interests, near, dealt = of_reader
    shared = Shared(
        languages,
        interests,
        None if near is None else bool(near),
        None if dealt is None else bool(dealt),
    )
    return Hit(*plain, shared=shared, fit=ranking.fit_points(shared, rule))
