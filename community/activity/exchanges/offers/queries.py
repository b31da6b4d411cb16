"""An offer or wish as somebody may see it, with its photos, days and versions."""

from collections.abc import Mapping, Sequence
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
    bindparam,
    cast,
    exists,
    literal,
    null,
    select,
    union_all,
)

from community.activity.exchanges.offers import days, kinds, rules, wording
from community.activity.exchanges.offers.days import Day
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferKept,
    OfferKind,
    OfferPhoto,
    OfferVersion,
)
from community.activity.exchanges.offers.rules import Terms
from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import can_see
from community.kit import additions
from community.kit.db import BigId, connection, db
from community.kit.faces import Pictured

SIDES = "sides of exchanges about an offer"
"""Where a room further up says whether a member deals, or dealt, about an offer: called with both ids."""

WEEKS = 6
"""How many weeks the calendar of a page shows."""


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
    today = days.today_at(shown.time_zone)
    last = today + timedelta(days=7 * WEEKS - 1 - today.weekday())
    photos, closures, held = _parts(shown, today, last)
    if shown.is_wish or not shown.takes_time:
        is_gone = shown.grain == kinds.ONCE and held.get(0, 0) >= shown.quantity
        return replace(shown, photos=photos, is_gone=is_gone)
    closed = rules.days_of(closures, today, last)
    taken = days.days_held(shown.grain, shown.time_zone, held)
    return replace(shown, photos=photos, days=days.calendar(shown, today, last, closed, taken))


def _parts(
    shown: Shown, first: date, last: date
) -> tuple[tuple[Picture, ...], list[rules.Days], dict[int, int]]:
    from_slot, to_slot = days.slots(shown.grain, shown.time_zone, first, last)
    asked = {
        "offer": shown.id,
        "first_day": first,
        "last_day": last,
        "first_slot": from_slot,
        "last_slot": to_slot,
    }
    rows = connection().execute(_all_parts(additions.at(days.HELD)), asked).all()
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
