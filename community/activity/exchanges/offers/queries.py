"""What may be read of offers, and by whom; which days of them are closed and which are taken."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Date,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from community.activity.exchanges.offers import kinds, rules, wording
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferKept,
    OfferKind,
    OfferPhoto,
    OfferVersion,
    OfferViews,
)
from community.activity.exchanges.offers.rules import Terms
from community.activity.members.models import NOBODY, Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import audience, can_see
from community.kit import additions, clock
from community.kit.db import BigId, connection, db
from community.kit.faces import Pictured
from community.kit.languages import zone

HELD = "places of an offer that are held"
"""Where a room further up says what is held: called with an offer's id and the first and last slot,
as values or as what they are bound to, it answers a question for ``slot`` and ``places``: how many
places of that slot are held."""
SIDES = "sides of exchanges about an offer"
"""Where a room further up says whether a member deals, or dealt, about an offer: called with both ids."""

WEEKS = 6
"""How many weeks the calendar of a page shows."""
HALF_HOUR = timedelta(minutes=30)
A_PAGE = 24


@dataclass(frozen=True, slots=True)
class Person(Pictured):
    """Whose an offer is."""

    id: int
    handle: str
    name: str
    photo: str | None
    headline: str | None
    erased_at: datetime | None
    sees_profile: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo of an offer, and what it shows in words."""

    id: int
    photo: str
    words: str

    @property
    def url(self) -> str:
        """Where the photo is."""
        return f"/media/{self.photo}-1200.webp"

    @property
    def small_url(self) -> str:
        """Where its small size is."""
        return f"/media/{self.photo}-480.webp"


class Day(NamedTuple):
    """A day of a calendar: free, partly (some of it is taken), taken, closed, or past."""

    day: date
    state: str


class Detail(NamedTuple):
    """Something that an offer tells beside its text."""

    label: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer or wish as somebody sees it."""

    id: int
    subject_id: int | None
    owner_id: int
    owner: Person
    kind: str
    kind_label: str
    unit: str
    grain: str
    icon: str
    is_kind_retired: bool
    is_wish: bool
    state: str
    is_closed_by_staff: bool
    title: str
    html: str
    rules: str
    details: tuple[Detail, ...]
    place: str | None
    time_zone: str
    is_free: bool
    amount: int | None
    currency: str | None
    quantity: int
    shortest: int
    longest: int | None
    reply_hours: int | None
    version: int
    changed_at: datetime
    published_at: datetime | None
    is_own: bool
    is_kept: bool
    owner_claimed_at: datetime | None
    photos: tuple[Picture, ...] = ()
    days: tuple[Day, ...] = ()
    is_gone: bool = False

    @property
    def price(self) -> str:
        """What one unit costs, in the reader's words."""
        return wording.price(self.is_free, self.amount, self.currency, self.unit, self.grain)

    @property
    def takes_time(self) -> bool:
        """Whether it is had by days or by hours."""
        return self.grain in (kinds.DAY, kinds.HOUR)


@dataclass(frozen=True, slots=True)
class Card:
    """An offer in a list."""

    id: int
    title: str
    kind_label: str
    unit: str
    grain: str
    icon: str
    is_wish: bool
    state: str
    place: str | None
    is_free: bool
    amount: int | None
    currency: str | None
    photo: str | None
    published_at: datetime | None
    owner_name: str
    owner_handle: str

    @property
    def price(self) -> str:
        """What one unit costs, in the reader's words."""
        return wording.price(self.is_free, self.amount, self.currency, self.unit, self.grain)

    @property
    def photo_url(self) -> str | None:
        """Where its cover is; None without one."""
        return f"/media/{self.photo}-480.webp" if self.photo else None


@dataclass(frozen=True, slots=True)
class Own:
    """One of a member's own offers, with how it does and what they may do next."""

    card: Card
    views: int
    views_lately: int
    kept: int
    next_step: str


CARD = (
    Offer.id,
    Offer.title,
    OfferKind.label,
    OfferKind.unit,
    OfferKind.grain,
    OfferKind.icon,
    Offer.is_wish,
    Offer.state,
    Offer.place,
    Offer.is_free,
    Offer.amount,
    Offer.currency,
    Offer.photo,
    Offer.published_at,
    Member.name,
    Member.handle,
)
"""What a card tells, in the order of its fields; of offers joined with their kind and owner."""


# ---- one offer ----


def offer_for(offer_id: int, viewer: Viewer | None) -> Shown | None:
    """An offer as this person may see it, with its photos and its days; None where there is none for them."""
    asked = {"offer": offer_id, "reader": viewer.id if viewer else 0}
    row = connection().execute(_one(), asked).one_or_none()
    if row is None:
        return None
    shown = _shown(row, viewer)
    if not may_see(shown, viewer):
        return None
    return _with_parts(shown)


@lru_cache
def _one() -> Select[Any]:
    kept = exists().where(
        OfferKept.offer_id == Offer.id,
        OfferKept.member_id == bindparam("reader", type_=BigId),
    )
    return (
        select(Offer.__table__, *_KIND, *_OWNER, kept.label("is_kept"))
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
        .where(Offer.id == bindparam("offer", type_=BigId))
    )


_KIND = (
    OfferKind.name.label("kind"),
    OfferKind.label.label("kind_label"),
    OfferKind.unit,
    OfferKind.grain,
    OfferKind.icon,
    OfferKind.fields,
    OfferKind.retired_at,
)
_OWNER = (
    Member.handle,
    Member.name,
    Member.photo.label("face"),
    Member.headline,
    Member.erased_at,
    Member.sees_profile,
    Member.claimed_at,
)


def may_see(shown: Shown, viewer: Viewer | None) -> bool:
    """Whether somebody may see an offer: its state allows it, and so does who sees its owner."""
    is_close = viewer is not None and (viewer.id == shown.owner_id or viewer.is_staff)
    is_seen = rules.is_seen(shown.state, is_closed=shown.is_closed_by_staff, is_close=is_close)
    return is_seen and can_see(viewer, shown.owner)


def _shown(row: Row[Any], viewer: Viewer | None) -> Shown:
    owner = Person(
        row.owner_id,
        row.handle,
        row.name,
        row.face,
        row.headline,
        row.erased_at,
        row.sees_profile,
    )
    return Shown(
        id=row.id,
        subject_id=row.subject_id,
        owner_id=row.owner_id,
        owner=owner,
        kind=row.kind,
        kind_label=row.kind_label,
        unit=row.unit,
        grain=row.grain,
        icon=row.icon,
        is_kind_retired=row.retired_at is not None,
        is_wish=row.is_wish,
        state=row.state,
        is_closed_by_staff=row.is_closed_by_staff,
        title=row.title,
        html=row.html,
        rules=row.rules,
        details=details_of(row.fields, row.details),
        place=row.place,
        time_zone=row.time_zone,
        is_free=row.is_free,
        amount=row.amount,
        currency=row.currency,
        quantity=row.quantity,
        shortest=row.shortest,
        longest=row.longest,
        reply_hours=row.reply_hours,
        version=row.version,
        changed_at=row.changed_at,
        published_at=row.published_at,
        is_own=viewer is not None and viewer.id == row.owner_id,
        is_kept=bool(row.is_kept),
        owner_claimed_at=row.claimed_at,
    )


def details_of(fields: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> tuple[Detail, ...]:
    """What an offer tells in the fields of its kind, in their order; what is empty is left out."""
    return tuple(
        Detail(kinds.words(each["label"]), _value(told[each["name"]]))
        for each in fields
        if told.get(each["name"]) not in (None, "", False)
    )


def _value(told: Any) -> Any:
    return kinds.words(told) if isinstance(told, str) else told


def _with_parts(shown: Shown) -> Shown:
    """The offer with its photos, and with the days of its calendar or whether it is gone; one question."""
    today = today_at(shown.time_zone)
    last = today + timedelta(days=7 * WEEKS - 1 - today.weekday())
    photos, closures, held = _parts(shown, today, last)
    if shown.is_wish or not shown.takes_time:
        is_gone = shown.grain == kinds.ONCE and held.get(0, 0) >= shown.quantity
        return replace(shown, photos=photos, is_gone=is_gone)
    closed = rules.days_of(closures, today, last)
    taken = days_held(shown.grain, shown.time_zone, held)
    return replace(shown, photos=photos, days=calendar(shown, today, last, closed, taken))


def calendar_of(offer: Shown, first: date, last: date) -> tuple[Day, ...]:
    """The days of an offer from one to another, as they stand now."""
    _, held, _ = _held_on(offer.id, first, last)
    return calendar(offer, first, last, closed_days(offer.id, first, last), held)


def closures_of(offer_id: int, today: date) -> list[rules.Days]:
    """The closed stretches that are not over, in order."""
    asked = select(OfferClosure.first_day, OfferClosure.last_day).where(
        OfferClosure.offer_id == offer_id, OfferClosure.last_day >= today
    )
    rows = connection().execute(asked.order_by(OfferClosure.first_day))
    return [(max(row.first_day, today), row.last_day) for row in rows]


def calendar(
    offer: Shown, first: date, last: date, closed: Collection[date], held: Mapping[date, int]
) -> tuple[Day, ...]:
    """The days from one to another with their states."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(Day(day, _state(offer, day, closed, held)) for day in days)


def _state(offer: Shown, day: date, closed: Collection[date], held: Mapping[date, int]) -> str:
    if day in closed:
        return "closed"
    places = held.get(day, 0)
    if offer.grain == kinds.HOUR:
        return "partly" if places else "free"
    if places >= offer.quantity:
        return "taken"
    return "partly" if places else "free"


def _parts(
    shown: Shown, first: date, last: date
) -> tuple[tuple[Picture, ...], list[rules.Days], dict[int, int]]:
    from_slot, to_slot = slots(shown.grain, shown.time_zone, first, last)
    asked = {
        "offer": shown.id,
        "first_day": first,
        "last_day": last,
        "first_slot": from_slot,
        "last_slot": to_slot,
    }
    rows = connection().execute(_all_parts(additions.at(HELD)), asked).all()
    pictures = sorted((row.other, row.one, row) for row in rows if row.what == "photo")
    return (
        tuple(Picture(row.one, row.photo, row.words) for _, _, row in pictures),
        [(row.first_day, row.last_day) for row in rows if row.what == "closure"],
        {row.one: row.other for row in rows if row.what == "held"},
    )


@lru_cache
def _all_parts(asks: tuple[Any, ...]) -> CompoundSelect[Any]:
    offer = bindparam("offer", type_=BigId)
    no_day, no_text = cast(null(), Date), cast(null(), String)
    photos = select(
        literal("photo").label("what"),
        OfferPhoto.id.label("one"),
        OfferPhoto.place.label("other"),
        OfferPhoto.photo.label("photo"),
        OfferPhoto.words.label("words"),
        no_day.label("first_day"),
        no_day.label("last_day"),
    ).where(OfferPhoto.offer_id == offer)
    closures = select(
        literal("closure"),
        literal(0),
        literal(0),
        no_text,
        no_text,
        OfferClosure.first_day,
        OfferClosure.last_day,
    ).where(
        OfferClosure.offer_id == offer,
        OfferClosure.last_day >= bindparam("first_day", type_=Date),
        OfferClosure.first_day <= bindparam("last_day", type_=Date),
    )
    asked: list[Select[Any]] = [photos, closures]
    for ask in asks:
        slot = (bindparam("first_slot", type_=BigId), bindparam("last_slot", type_=BigId))
        held = ask(offer, *slot).subquery()
        asked.append(
            select(literal("held"), held.c.slot, held.c.places, no_text, no_text, no_day, no_day)
        )
    return union_all(*asked)


def terms_of(offer: Offer) -> Terms:
    """All that an offer promises at this moment."""
    return Terms(
        title=offer.title,
        text=offer.text or "",
        rules=offer.rules or "",
        details=dict(offer.details or {}),
        place=offer.place or "",
        time_zone=offer.time_zone,
        is_free=offer.is_free,
        amount=offer.amount,
        currency=offer.currency,
        quantity=offer.quantity,
        shortest=offer.shortest,
        longest=offer.longest,
        reply_hours=offer.reply_hours,
    )


def version_of(offer_id: int, version: int) -> OfferVersion | None:
    """What an offer promised in a version; None for one that there never was, or that is forgotten."""
    row = db.session.scalar(
        select(OfferVersion).where(
            OfferVersion.offer_id == offer_id, OfferVersion.version == version
        )
    )
    return row if row is not None and row.told else None


def may_see_versions(offer: Offer, viewer: Viewer) -> bool:
    """Whether somebody may read what an offer promised before: its owner, staff, who deals about it."""
    if viewer.id == offer.owner_id or viewer.is_staff:
        return True
    return any(is_side(offer.id, viewer.id) for is_side in additions.at(SIDES))


def of_owner(offer_id: int, viewer: Viewer) -> Offer | None:
    """An offer that is this member's own, to be changed; None where it is not."""
    offer = db.session.get(Offer, offer_id)
    return offer if offer is not None and offer.owner_id == viewer.id else None


def photos_of(offer_id: int) -> list[Picture]:
    """The photos of an offer in their order."""
    asked = select(OfferPhoto.id, OfferPhoto.photo, OfferPhoto.words).where(
        OfferPhoto.offer_id == offer_id
    )
    return [
        Picture(*row)
        for row in connection().execute(asked.order_by(OfferPhoto.place, OfferPhoto.id))
    ]


# ---- lists ----


def _cards() -> Select[Any]:
    return (
        select(*CARD)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
    )


def of_member(member_id: int, viewer: Viewer | None) -> tuple[Card, ...]:
    """What a member offers and asks for, as far as somebody may see it, the newest first."""
    asked = _cards().where(
        Offer.owner_id == member_id,
        Offer.state == "published",
        Offer.is_closed_by_staff.is_(False),
        Member.sees_profile <= (NOBODY if viewer and viewer.id == member_id else audience(viewer)),
    )
    rows = connection().execute(asked.order_by(Offer.is_wish, Offer.id.desc()).limit(A_PAGE))
    return tuple(Card(*row) for row in rows)


OFFERED, WISHED, AWAY = "offer:published", "wish:published", "offer:away"


def beside_member(member: Any) -> Select[Any]:
    """What a member ever published, for the one question that their page asks."""
    part = case(
        (or_(Offer.state != "published", Offer.is_closed_by_staff.is_(True)), AWAY),
        (Offer.is_wish.is_(True), WISHED),
        else_=OFFERED,
    )
    return select(
        part,
        -Offer.id,
        Offer.title,
        func.coalesce(Offer.place, ""),
        Offer.subject_id,
        Offer.published_at,
    ).where(Offer.owner_id == member, Offer.published_at.is_not(None))


def kept_by(
    viewer: Viewer, before: tuple[datetime, int] | None = None
) -> list[tuple[datetime, Card]]:
    """What a member keeps and can still see, the last kept first, from a mark on; one more than a page."""
    asked = (
        select(OfferKept.at, *CARD)
        .select_from(OfferKept)
        .join(Offer, Offer.id == OfferKept.offer_id)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
        .where(
            OfferKept.member_id == viewer.id,
            Offer.state.in_(("published", "paused")),
            Offer.is_closed_by_staff.is_(False),
            Member.sees_profile <= audience(viewer),
        )
        .order_by(OfferKept.at.desc(), OfferKept.offer_id.desc())
    )
    if before is not None:
        at, offer_id = before
        asked = asked.where(
            (OfferKept.at < at) | and_(OfferKept.at == at, OfferKept.offer_id < offer_id)
        )
    rows = connection().execute(asked.limit(A_PAGE + 1)).all()
    return [(row[0], Card(*row[1:])) for row in rows]


def own(viewer: Viewer) -> list[Own]:
    """All that a member offers and asks for, the last changed first, with how each does."""
    since = clock.now().date() - timedelta(days=30)
    mine = select(Offer.id).where(Offer.owner_id == viewer.id)
    viewed = connection().execute(
        select(
            OfferViews.offer_id,
            func.sum(OfferViews.views),
            func.sum(OfferViews.views).filter(OfferViews.day >= since),
        )
        .where(OfferViews.offer_id.in_(mine))
        .group_by(OfferViews.offer_id)
    )
    views = {row[0]: (int(row[1]), int(row[2] or 0)) for row in viewed}
    kept_rows = connection().execute(
        select(OfferKept.offer_id, func.count())
        .where(OfferKept.offer_id.in_(mine))
        .group_by(OfferKept.offer_id)
    )
    kept = {row[0]: int(row[1]) for row in kept_rows}
    asked = (
        _cards()
        .add_columns(Offer.reply_hours, Offer.is_closed_by_staff)
        .where(Offer.owner_id == viewer.id)
    )
    rows = connection().execute(asked.order_by(Offer.changed_at.desc(), Offer.id.desc()))
    return [
        Own(
            Card(*row[: len(CARD)]),
            *views.get(row.id, (0, 0)),
            kept.get(row.id, 0),
            rules.next_step(
                row.state,
                is_closed=row.is_closed_by_staff,
                grain=row.grain,
                has_photo=row.photo is not None,
                says_reply=row.reply_hours is not None,
            ),
        )
        for row in rows
    ]


# ---- days ----


def today_at(time_zone: str) -> date:
    """What day it is where an offer is."""
    return clock.now().astimezone(zone(time_zone)).date()


def slots(grain: str, time_zone: str, first: date, last: date) -> tuple[int, int]:
    """The first and last slot of the days from one to another, both among them."""
    if grain == kinds.DAY:
        return first.toordinal(), last.toordinal()
    if grain != kinds.HOUR:
        return 0, 0
    return _slot_at(first, time_zone), _slot_at(last + timedelta(days=1), time_zone) - 1


def _slot_at(day: date, time_zone: str) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(time_zone))
    return (midnight - clock.EPOCH) // HALF_HOUR


def days_held(grain: str, time_zone: str, held: Mapping[int, int]) -> dict[date, int]:
    """On each day how many places are held at the same time, at most."""
    found: dict[date, int] = {}
    for slot, places in held.items():
        day = _day_of(grain, time_zone, slot)
        found[day] = max(found.get(day, 0), places)
    return found


def _day_of(grain: str, time_zone: str, slot: int) -> date:
    if grain == kinds.DAY:
        return date.fromordinal(slot)
    return (clock.EPOCH + slot * HALF_HOUR).astimezone(zone(time_zone)).date()


def closed_days(offer_id: int, first: date, last: date) -> set[date]:
    """The days from one to another on which an offer can't be had since its owner said so."""
    rows = connection().execute(
        select(OfferClosure.first_day, OfferClosure.last_day).where(
            OfferClosure.offer_id == offer_id,
            OfferClosure.last_day >= first,
            OfferClosure.first_day <= last,
        )
    )
    return rules.days_of([(row.first_day, row.last_day) for row in rows], first, last)


def booked_days(offer_id: int, first: date, last: date) -> set[date]:
    """The days from one to another on which anything at all is held."""
    return set(_held_on(offer_id, first, last)[1])


def taken_days(offer_id: int, first: date, last: date) -> set[date]:
    """The days from one to another on which no place is left. By hours a day is never taken whole."""
    grain, held, quantity = _held_on(offer_id, first, last)
    if grain != kinds.DAY:
        return set()
    return {day for day, places in held.items() if places >= quantity}


def is_free(offer_id: int, first: date, last: date) -> bool:
    """Whether an offer can be had on each of these days, as far as its calendar says now."""
    return not (closed_days(offer_id, first, last) or taken_days(offer_id, first, last))


def _held_on(offer_id: int, first: date, last: date) -> tuple[str, dict[date, int], int]:
    row = (
        connection()
        .execute(
            select(OfferKind.grain, Offer.time_zone, Offer.quantity)
            .join(OfferKind, OfferKind.id == Offer.kind_id)
            .where(Offer.id == offer_id)
        )
        .one()
    )
    held: dict[int, int] = {}
    if row.grain in (kinds.DAY, kinds.HOUR) and first <= last:
        for ask in additions.at(HELD):
            asked = ask(offer_id, *slots(row.grain, row.time_zone, first, last))
            held |= {each.slot: each.places for each in connection().execute(asked)}
    return row.grain, days_held(row.grain, row.time_zone, held), row.quantity
