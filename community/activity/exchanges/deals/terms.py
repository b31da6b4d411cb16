"""What two members agree on: which days or hours, how much of it, for what amount."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from community.kit.words import N_, Words

HALF_HOUR = 1_800
MOST_DAYS, MOST_HOURS, MOST_UNITS = 366, 168, 10_000
"""The longest that anything may be asked for, whatever its owner says."""
FURTHEST = timedelta(days=730)
MOST_AMOUNT = 10**12
ONCE = 0
"""The one slot of what is had once."""

Days = tuple[date, date]
"""A first and a last day; both belong to it."""


@dataclass(frozen=True)
class Terms:
    """What is asked for. Days are days in the offer's time zone; moments say exactly when.

    ``late_at`` is when its first day begins: from then on it is late to cancel. Without a time
    all of them are None. ``amount`` is for the whole, in the smallest unit of its currency.
    """

    units: int = 1
    first_day: date | None = None
    last_day: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    late_at: datetime | None = None
    amount: int | None = None
    currency: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The terms as a move keeps them."""
        return {
            "units": self.units,
            "first_day": self.first_day and self.first_day.isoformat(),
            "last_day": self.last_day and self.last_day.isoformat(),
            "starts_at": self.starts_at and self.starts_at.isoformat(),
            "ends_at": self.ends_at and self.ends_at.isoformat(),
            "amount": self.amount,
            "currency": self.currency,
        }


class Offered(Protocol):
    """An offer as far as is asked of who may ask for it, and for what."""

    @property
    def owner_id(self) -> int:
        """Whose it is."""
        ...

    @property
    def grain(self) -> str:
        """How its kind takes time: day, hour, once, open."""
        ...

    @property
    def state(self) -> str:
        """Draft, published, paused or archived."""
        ...

    @property
    def is_owner_here(self) -> bool:
        """Whether its owner has moved in, and can answer."""
        ...

    @property
    def is_closed_by_staff(self) -> bool:
        """Whether staff took it away."""
        ...

    @property
    def time_zone(self) -> str:
        """Whose days its days are."""
        ...

    @property
    def quantity(self) -> int:
        """How many may be had at the same time."""
        ...

    @property
    def shortest(self) -> int:
        """The fewest units."""
        ...

    @property
    def longest(self) -> int | None:
        """The most units."""
        ...


# ---- from what was answered to terms ----


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins somewhere.

    Where clocks go forward at midnight it is the first moment that there is; where they go
    back over it, the first of the two.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def of_days(first: date, last: date, zone: ZoneInfo, **more: Any) -> Terms:
    """The terms of whole days: from the first moment of the first to the end of the last."""
    starts = midnight(first, zone)
    return Terms(
        units=(last - first).days + 1,
        first_day=first,
        last_day=last,
        starts_at=starts,
        ends_at=midnight(last + timedelta(days=1), zone),
        late_at=starts,
        **more,
    )


def of_hours(day: date, begins: time, hours: int, zone: ZoneInfo, **more: Any) -> Terms:
    """The terms of some hours from a time of a day on.

    They are hours that pass: over a night in which clocks change they end at another time of
    day. Of a time that comes twice the first is meant.
    """
    starts = datetime.combine(day, begins, zone).astimezone(UTC)
    ends = starts + timedelta(hours=hours)
    return Terms(
        units=hours,
        first_day=day,
        last_day=(ends - timedelta(microseconds=1)).astimezone(zone).date(),
        starts_at=starts,
        ends_at=ends,
        late_at=midnight(day, zone),
        **more,
    )


def day_of(text: str) -> date | None:
    """The day that an address names; None where it names none that can be."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def is_time_there(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether clocks show this time on this day: not where they go forward over it."""
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def cost(amount: int | None, units: int) -> int | None:
    """What so many units cost; None where no amount stands."""
    return None if amount is None else amount * units


# ---- from terms to what they hold ----


def slots(grain: str, terms: Terms) -> range:
    """What these terms need of an offer: one place in each of these.

    Days by their ordinal in the offer's time zone, half hours since 1970 (UTC), 0 for what
    is had once, and nothing for what is open.
    """
    if grain == "once":
        return range(ONCE, ONCE + 1)
    if grain == "day" and terms.first_day is not None and terms.last_day is not None:
        return range(terms.first_day.toordinal(), terms.last_day.toordinal() + 1)
    if grain == "hour" and terms.starts_at is not None and terms.ends_at is not None:
        first = int(terms.starts_at.timestamp()) // HALF_HOUR
        return range(first, -(-int(terms.ends_at.timestamp()) // HALF_HOUR))
    return range(0)


def places(
    needed: Sequence[int], taken: Mapping[int, Collection[int]], quantity: int
) -> list[tuple[int, int]] | None:
    """The lowest free place in each slot that is needed; None where one has none left."""
    found = []
    for slot in needed:
        free = (place for place in range(quantity) if place not in taken.get(slot, ()))
        place = next(free, None)
        if place is None:
            return None
        found.append((slot, place))
    return found


def full(taken: Mapping[int, Collection[int]], quantity: int) -> set[int]:
    """The slots in which no place is left."""
    return {
        slot
        for slot, used in taken.items()
        if not any(place not in used for place in range(quantity))
    }


# ---- why not ----


def why_not_terms(
    offer: Offered, terms: Terms, now: datetime, closed: Collection[Days], full: Collection[int]
) -> Words | None:
    """Why these can't be asked for; None when they can."""
    return (
        why_not_when(offer, terms, now)
        or _why_not_length(offer, terms)
        or _why_not_open(terms, closed)
        or why_not_free(offer, terms, full)
    )


def why_not_when(offer: Offered, terms: Terms, now: datetime) -> Words | None:
    """Why nobody can agree on these, whoever proposes them; None when they can."""
    if terms.units < 1:
        return N_("Ask for at least one.")
    if terms.units > _most(offer.grain):
        return N_("That is more than can be agreed on at once.")
    if terms.amount is not None and not 0 <= terms.amount <= MOST_AMOUNT:
        return N_("That is no amount that can be written down.")
    if offer.grain in ("once", "open"):
        return None
    if terms.first_day is None or terms.starts_at is None or terms.ends_at is None:
        return N_("Say from when to when.")
    if terms.last_day is None or terms.last_day < terms.first_day:
        return N_("It ends before it begins.")
    if terms.starts_at <= now:
        if offer.grain == "day" and terms.ends_at > now:
            return N_("The first day can be tomorrow at the earliest.")
        return N_("That time is over already.")
    if terms.starts_at > now + FURTHEST:
        return N_("That is too far ahead: at most two years.")
    return None


def why_not_free(offer: Offered, terms: Terms, full: Collection[int]) -> Words | None:
    """Why these are taken; None when they are free."""
    missing = [slot for slot in slots(offer.grain, terms) if slot in full]
    if not missing:
        return None
    if offer.grain == "day":
        return N_("It is taken on %(day)s.", day=date.fromordinal(missing[0]).isoformat())
    return TAKEN if offer.grain == "hour" else GONE


TAKEN = N_("It is taken at that time.")
GONE = N_("Somebody has it already.")
QUICKER = N_("Somebody else was quicker: it is taken at that time now.")


def _why_not_length(offer: Offered, terms: Terms) -> Words | None:
    if offer.grain == "once":
        return None
    if terms.units < offer.shortest:
        return N_("That is too short: at least %(least)d.", least=offer.shortest)
    if offer.longest is not None and terms.units > offer.longest:
        return N_("That is too long: at most %(most)d.", most=offer.longest)
    return None


def _why_not_open(terms: Terms, closed: Collection[Days]) -> Words | None:
    if terms.first_day is None or terms.last_day is None:
        return None
    for first, last in closed:
        if first <= terms.last_day and last >= terms.first_day:
            day = max(first, terms.first_day)
            return N_("It can't be had on %(day)s.", day=day.isoformat())
    return None


def _most(grain: str) -> int:
    return {"day": MOST_DAYS, "hour": MOST_HOURS, "once": 1}.get(grain, MOST_UNITS)
