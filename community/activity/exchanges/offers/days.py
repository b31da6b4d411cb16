"""When an offer can be had: which of its days are closed, which are taken, and the slots behind them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import select

from community.activity.exchanges.offers import kinds, rules
from community.activity.exchanges.offers.models import Offer, OfferClosure, OfferKind
from community.kit import additions, clock
from community.kit.db import connection
from community.kit.languages import zone

HELD = "places of an offer that are held"
"""Where a room further up says what is held: called with an offer's id and the first and last slot,
as values or as what they are bound to, it answers a question for ``slot`` and ``places``: how many
places of that slot are held."""

HALF_HOUR = timedelta(minutes=30)


class HasDays(Protocol):
    """An offer that is had by days or hours, and how many places it has at a time."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def grain(self) -> str:
        """Whether it is had by days or by hours."""
        ...

    @property
    def quantity(self) -> int:
        """How many places it has at a time."""
        ...


class Day(NamedTuple):
    """A day of a calendar: free, partly (some of it is taken), taken, closed, or past."""

    day: date
    state: str


def calendar_of(offer: HasDays, first: date, last: date) -> tuple[Day, ...]:
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
    offer: HasDays, first: date, last: date, closed: Collection[date], held: Mapping[date, int]
) -> tuple[Day, ...]:
    """The days from one to another with their states."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(Day(day, _state(offer, day, closed, held)) for day in days)


def _state(offer: HasDays, day: date, closed: Collection[date], held: Mapping[date, int]) -> str:
    if day in closed:
        return "closed"
    places = held.get(day, 0)
    if offer.grain == kinds.HOUR:
        return "partly" if places else "free"
    if places >= offer.quantity:
        return "taken"
    return "partly" if places else "free"


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
