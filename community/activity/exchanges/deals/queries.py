"""What may be read about exchanges, and by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, func, literal, null, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals import rules
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Message, Recap
from community.activity.exchanges.deals.terms import Days, Terms
from community.activity.exchanges.offers.models import Offer, OfferClosure, OfferKind
from community.activity.members.models import Member
from community.kit.db import BigId, Instant, connection
from community.kit.faces import Pictured
from community.kit.languages import zone
from community.kit.marks import Mark

A_PAGE = 20
MOST_WAITING = 5
"""How many of what waits stand on the front page."""

E = Exchange.__table__
_OPEN = [state.name for state in rules.STATES.values() if not state.is_end]
_PAST = [state.name for state in rules.STATES.values() if state.is_end]


@dataclass(frozen=True, slots=True)
class Side(Pictured):
    """One of the two, as the other sees them."""

    id: int
    handle: str
    name: str
    photo: str | None
    is_gone: bool


@dataclass(frozen=True, slots=True)
class OfferSeen:
    """An offer as far as asking for it needs it."""

    id: int
    subject_id: int | None
    owner_id: int
    is_wish: bool
    state: str
    is_closed_by_staff: bool
    title: str
    rules: str
    time_zone: str
    is_free: bool
    amount: int | None
    currency: str | None
    quantity: int
    shortest: int
    longest: int | None
    reply_hours: int | None
    version: int
    grain: str
    unit: str
    kind: str
    is_owner_here: bool
    owner: Side

    @property
    def zone(self) -> ZoneInfo:
        """Whose days its days are."""
        return zone(self.time_zone)


@dataclass(frozen=True, slots=True)
class Deal:
    """An exchange as its two sides see it; ``recap`` is what the reader kept of it."""

    id: int
    offer_id: int
    offer_version: int
    title: str
    time_zone: str
    grain: str
    unit: str
    is_wish: bool
    provider_id: int
    receiver_id: int
    state: str
    moves: int
    units: int
    amount: int | None
    currency: str | None
    first_day: date | None
    last_day: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    late_at: datetime | None
    made_at: datetime
    changed_at: datetime
    answered_at: datetime | None
    confirmed_at: datetime | None
    done_by: int | None
    ended_at: datetime | None
    ended_by: int | None
    reason: str | None
    is_late: bool
    due_at: datetime | None
    review_until: datetime | None
    opened_at: datetime | None
    subject_id: int | None
    is_offer_closed: bool
    recap: str | None
    is_recap_public: bool | None
    asker: Side
    owner: Side

    @property
    def asker_id(self) -> int:
        """Who asked."""
        return self.asker.id

    @property
    def owner_id(self) -> int:
        """Whose offer it is about."""
        return self.owner.id

    def other(self, member_id: int) -> Side:
        """The one whom a side deals with."""
        return self.owner if member_id == self.asker.id else self.asker

    @property
    def zone(self) -> ZoneInfo:
        """Whose days its days are."""
        return zone(self.time_zone)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said or done in an exchange; a message has no ``move``."""

    at: datetime
    by: int | None
    text: str | None
    move: str | None = None
    after: str | None = None
    reason: str | None = None
    terms: tuple[tuple[str, Any], ...] | None = None
    is_unseen: bool = False
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An exchange in a list."""

    id: int
    title: str
    state: str
    first_day: date | None
    last_day: date | None
    changed_at: datetime
    is_mine: bool
    is_wish: bool
    unread: int
    other: Side


def offered(offer_id: int) -> OfferSeen | None:
    """An offer with what its kind says, and its owner; None where there is none or it was never shown."""
    row = connection().execute(_offered(), {"offer": offer_id}).one_or_none()
    if row is None or row.subject_id is None:
        return None
    *told, handle, name, photo, erased = row
    owner = Side(row.owner_id, handle, name, photo, erased is not None)
    return OfferSeen(*told, owner=owner)


def closed(offer_id: int, terms: Terms) -> list[Days]:
    """The days on which an offer can't be had, of those that are asked for."""
    if terms.first_day is None or terms.last_day is None:
        return []
    rows = connection().execute(
        select(OfferClosure.first_day, OfferClosure.last_day).where(
            OfferClosure.offer_id == offer_id,
            OfferClosure.first_day <= terms.last_day,
            OfferClosure.last_day >= terms.first_day,
        )
    )
    return [(row.first_day, row.last_day) for row in rows]


def waiting_of(asker_id: int, owner_id: int) -> tuple[int, int]:
    """How many requests of a member are open, and how many of them with this owner."""
    either = or_(
        (E.c.receiver_id == asker_id) & ~E.c.is_wish, (E.c.provider_id == asker_id) & E.c.is_wish
    )
    with_owner = or_(E.c.provider_id == owner_id, E.c.receiver_id == owner_id)
    row = (
        connection()
        .execute(
            select(func.count(), func.count().filter(with_owner)).where(
                either, E.c.state.in_(rules.OPEN)
            )
        )
        .one()
    )
    return row[0], row[1]


def open_of(member_id: int) -> Sequence[int]:
    """The exchanges of a member that have not ended, in the order of their ids."""
    mine = or_(E.c.provider_id == member_id, E.c.receiver_id == member_id)
    asked = select(E.c.id).where(mine, E.c.state.in_(_OPEN)).order_by(E.c.id)
    return connection().scalars(asked).all()


def of_side(exchange_id: int, member_id: int | None) -> Deal | None:
    """An exchange for one of its two sides; None for everybody else. ``None`` asks for nobody's eyes."""
    asked = {"exchange": exchange_id, "reader": member_id}
    row = connection().execute(_deal(), asked).one_or_none()
    if row is None or (
        member_id is not None and member_id not in (row.provider_id, row.receiver_id)
    ):
        return None
    *told, a, b, c, d, e, f, g, h = row
    receiver = Side(row.receiver_id, a, b, c, d is not None)
    provider = Side(row.provider_id, e, f, g, h is not None)
    asker, owner = (provider, receiver) if row.is_wish else (receiver, provider)
    return Deal(*told, asker=asker, owner=owner)


def said_in(exchange_id: int, reader_id: int | None) -> tuple[Said, ...]:
    """All that was said and done in an exchange, the oldest first; of one moment moves before messages."""
    return tuple(
        Said(
            row.at,
            row.by,
            row.text,
            row.move,
            row.after,
            row.reason,
            tuple(row.told.items()) if row.told else None,
            is_unseen=row.move is None and row.by != reader_id and row.seen_at is None,
            is_read=row.move is None and row.by == reader_id and row.seen_at is not None,
        )
        for row in connection().execute(_said(), {"exchange": exchange_id})
    )


TABS = ("waits", "open", "past")


def page(
    member_id: int, tab: str, now: datetime, before: Mark | None
) -> tuple[tuple[Line, ...], Mark | None]:
    """A page of a member's exchanges, the last changed first, and where the next one begins."""
    at, id = before or (now, 0)
    given = {"member": member_id, "now": now, "at": at, "id": id, "most": A_PAGE + 1}
    rows = connection().execute(_lines(tab, is_continued=before is not None), given).all()
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    return _told(rows[:A_PAGE], member_id), (last.changed_at, last.id) if last else None


def waits_for(member_id: int, now: datetime) -> tuple[Line, ...]:
    """The last few exchanges that wait for a member."""
    given = {"member": member_id, "now": now, "most": MOST_WAITING}
    rows = connection().execute(_lines("waits", is_continued=False), given).all()
    return _told(rows, member_id)


def between(first_id: int, second_id: int, until: datetime) -> int:
    """How many exchanges two members had completed by a moment."""
    both = or_(
        (E.c.provider_id == first_id) & (E.c.receiver_id == second_id),
        (E.c.provider_id == second_id) & (E.c.receiver_id == first_id),
    )
    return (
        connection()
        .scalars(
            select(func.count())
            .select_from(E)
            .where(both, E.c.state == "completed", E.c.ended_at <= until)
        )
        .one()
    )


def recaps_of(
    member_id: int, before: Mark | None, *, is_own: bool
) -> tuple[Sequence[Any], Mark | None]:
    """A page of what a member kept of exchanges, the newest first; others see what they show."""
    asked = select(Recap.exchange_id, Recap.text, Recap.is_public, Recap.made_at).where(
        Recap.member_id == member_id
    )
    if not is_own:
        asked = asked.where(Recap.is_public)
    if before is not None:
        asked = asked.where(
            tuple_(Recap.made_at, Recap.exchange_id)
            < tuple_(
                literal(before[0], Recap.made_at.type), literal(before[1], Recap.exchange_id.type)
            )
        )
    order = (Recap.made_at.desc(), Recap.exchange_id.desc())
    rows = connection().execute(asked.order_by(*order).limit(A_PAGE + 1)).all()
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    return rows[:A_PAGE], (last.made_at, last.exchange_id) if last else None


def _told(rows: Iterable[Any], member_id: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            row.id,
            row.title or "",
            row.state,
            row.first_day,
            row.last_day,
            row.changed_at,
            (row.receiver_id == member_id) == row.is_wish,
            row.is_wish,
            row.unread,
            Side(row.other_id, row.handle, row.name, row.photo, row.erased_at is not None),
        )
        for row in rows
    )


@lru_cache
def _lines(tab: str, *, is_continued: bool) -> Select[Any]:
    """The exchanges of one tab from either side, each side by its own index."""
    asked = union_all(
        *(
            _part(mine, theirs, tab, is_continued=is_continued)
            for mine, theirs in (("provider_id", "receiver_id"), ("receiver_id", "provider_id"))
        )
    ).subquery("mine")
    unread = (
        select(func.count())
        .select_from(Message)
        .where(
            Message.exchange_id == asked.c.id,
            Message.author_id != bindparam("member", type_=BigId),
            Message.seen_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            asked,
            Offer.title,
            Member.handle,
            Member.name,
            Member.photo,
            Member.erased_at,
            unread.label("unread"),
        )
        .join(Offer, Offer.id == asked.c.offer_id)
        .join(Member, Member.id == asked.c.other_id)
        .order_by(asked.c.changed_at.desc(), asked.c.id.desc())
        .limit(bindparam("most"))
    )


def _part(mine: str, theirs: str, tab: str, *, is_continued: bool) -> Any:
    columns = (
        E.c.id, E.c.offer_id, E.c.state, E.c.first_day, E.c.last_day, E.c.changed_at,
        E.c.receiver_id, E.c.is_wish, E.c[theirs].label("other_id"),
    )  # fmt: skip
    part = select(*columns).where(
        E.c[mine] == bindparam("member", type_=BigId),
        E.c.state.in_(_PAST if tab == "past" else _OPEN),
    )
    if tab == "waits":
        part = part.where(_waits(mine))
    if is_continued:
        part = part.where(
            tuple_(E.c.changed_at, E.c.id)
            < tuple_(bindparam("at", type_=Instant), bindparam("id", type_=BigId))
        )
    part = part.order_by(E.c.changed_at.desc(), E.c.id.desc()).limit(bindparam("most"))
    return select(part.subquery(f"as_{mine}"))


def _waits(mine: str) -> Any:
    """As ``rules.whose_turn``, which a test holds it to."""
    owns = E.c.is_wish if mine == "receiver_id" else ~E.c.is_wish
    is_over = E.c.ends_at <= bindparam("now", type_=Instant)
    return or_(
        (E.c.state == "requested") & owns,
        E.c.state.in_(("countered", "accepted")) & ~owns,
        (E.c.state == "under_way") & (E.c.ends_at.is_(None) | is_over),
        (E.c.state == "half_done") & (E.c.done_by != bindparam("member", type_=BigId)),
    )


@lru_cache
def _offered() -> Select[Any]:
    return (
        select(
            Offer.id,
            Offer.subject_id,
            Offer.owner_id,
            Offer.is_wish,
            Offer.state,
            Offer.is_closed_by_staff,
            Offer.title,
            Offer.rules,
            Offer.time_zone,
            Offer.is_free,
            Offer.amount,
            Offer.currency,
            Offer.quantity,
            Offer.shortest,
            Offer.longest,
            Offer.reply_hours,
            Offer.version,
            OfferKind.grain,
            OfferKind.unit,
            OfferKind.label.label("kind"),
            Member.claimed_at.is_not(None),
            Member.handle,
            Member.name,
            Member.photo,
            Member.erased_at,
        )
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
        .where(Offer.id == bindparam("offer"))
    )


@lru_cache
def _deal() -> Select[Any]:
    receiver, provider = aliased(Member), aliased(Member)
    return (
        select(
            E.c.id,
            E.c.offer_id,
            E.c.offer_version,
            Offer.title,
            Offer.time_zone,
            OfferKind.grain,
            OfferKind.unit,
            E.c.is_wish,
            E.c.provider_id,
            E.c.receiver_id,
            E.c.state,
            E.c.moves,
            E.c.units,
            E.c.amount,
            E.c.currency,
            E.c.first_day,
            E.c.last_day,
            E.c.starts_at,
            E.c.ends_at,
            E.c.late_at,
            E.c.made_at,
            E.c.changed_at,
            E.c.answered_at,
            E.c.confirmed_at,
            E.c.done_by,
            E.c.ended_at,
            E.c.ended_by,
            E.c.reason,
            E.c.is_late,
            E.c.due_at,
            E.c.review_until,
            E.c.opened_at,
            E.c.subject_id,
            Offer.is_closed_by_staff,
            Recap.text,
            Recap.is_public,
            receiver.handle,
            receiver.name,
            receiver.photo,
            receiver.erased_at,
            provider.handle,
            provider.name,
            provider.photo,
            provider.erased_at,
        )
        .join(Offer, Offer.id == E.c.offer_id)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(receiver, receiver.id == E.c.receiver_id)
        .join(provider, provider.id == E.c.provider_id)
        .outerjoin(
            Recap,
            (Recap.exchange_id == E.c.id) & (Recap.member_id == bindparam("reader", type_=BigId)),
        )
        .where(E.c.id == bindparam("exchange"))
    )


@lru_cache
def _said() -> Select[Any]:
    moves = select(
        ExchangeMove.at,
        ExchangeMove.by,
        ExchangeMove.words.label("text"),
        ExchangeMove.move,
        ExchangeMove.after,
        ExchangeMove.reason,
        ExchangeMove.told,
        null().label("seen_at"),
        literal(0).label("place"),
        ExchangeMove.n.label("n"),
    ).where(ExchangeMove.exchange_id == bindparam("exchange"))
    messages = select(
        Message.at,
        Message.author_id,
        Message.text,
        *(null(),) * 4,
        Message.seen_at,
        literal(1),
        Message.id,
    ).where(Message.exchange_id == bindparam("exchange"))
    said = union_all(moves, messages).subquery("said")
    return select(said).order_by(said.c.at, said.c.place, said.c.n)
