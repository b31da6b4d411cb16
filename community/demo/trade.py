"""Offers and exchanges of the demo town as they stand in tables of their own, and how they move on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from community.activity.exchanges.deals import rules
from community.demo.chronicle import DAY, HOUR, Chronicle, Happening, Thing
from community.demo.people import Person
from community.demo.words import Circle

GRAINS = {"stay": "day", "thing": "once", "lesson": "hour", "help": "hour", "open": "open"}
HALF_HOUR = 1_800
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Offered:
    """An offer or a wish; ``thing`` is None as long as it is a draft."""

    owner: Person
    circle: Circle
    idea: dict[str, Any]
    made_at: datetime
    thing: Thing | None
    is_wish: bool = False
    state: str = "published"
    title: str = ""
    text: str = ""
    held: dict[int, set[int]] = field(default_factory=dict)
    kept: dict[Person, datetime] = field(default_factory=dict)
    views: dict[date, int] = field(default_factory=dict)
    closed: list[tuple[date, date]] = field(default_factory=list)
    id: int = 0

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return str(self.idea.get("kind", "help"))

    @property
    def grain(self) -> str:
        """How exchanges about it take time."""
        return GRAINS[self.kind]

    @property
    def quantity(self) -> int:
        """How many may be had at the same time."""
        return int(self.idea.get("quantity", 1))


@dataclass
class Step:
    """One move: who made it (None is the clock), from where to where, with which words."""

    at: datetime
    by: Person | None
    move: str
    before: str | None
    after: str
    reason: str | None = None
    words: str | None = None


@dataclass
class Line:
    """What one side wrote to the other."""

    at: datetime
    author: Person
    text: str
    is_seen: bool = True


@dataclass(eq=False)
class Said:
    """What one side says of the other; without ``opened`` it is sealed, without stars and text silent."""

    author: Person
    about: Person
    at: datetime
    stars: int | None = None
    text: str = ""
    scores: dict[str, int] = field(default_factory=dict)
    expected: int | None = None
    got: int | None = None
    note: str = ""
    would_again: bool | None = None
    is_closed: bool = False
    opened: Happening | None = None
    response: tuple[datetime, str] | None = None
    helped: dict[Person, datetime] = field(default_factory=dict)
    removed: datetime | None = None
    report: tuple[Person, datetime, str, str] | None = None
    decisions: list[tuple[Person, datetime, str, str]] = field(default_factory=list)
    appeal: tuple[Person, datetime, str] | None = None
    id: int = 0


@dataclass(eq=False)
class Deal:
    """One exchange, with all its moves until the town's last day."""

    offered: Offered
    asker: Person
    at: datetime
    thing: Thing
    first: datetime | None = None
    last: datetime | None = None
    units: int = 1
    state: str = rules.FIRST
    steps: list[Step] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    recaps: list[tuple[Person, datetime, str, bool]] = field(default_factory=list)
    holds: list[tuple[int, int]] = field(default_factory=list)
    excused: tuple[Person, Happening] | None = None
    opened_at: datetime | None = None
    id: int = 0

    @property
    def owner(self) -> Person:
        """Whose offer or wish it is about."""
        return self.offered.owner

    @property
    def provider(self) -> Person:
        """Who provides."""
        return self.asker if self.offered.is_wish else self.owner

    @property
    def receiver(self) -> Person:
        """Who receives."""
        return self.owner if self.offered.is_wish else self.asker

    @property
    def starts_at(self) -> datetime | None:
        """When it begins."""
        return self.first

    @property
    def ends_at(self) -> datetime | None:
        """When it is over."""
        return self.last

    @property
    def late_at(self) -> datetime | None:
        """From when on it is late to cancel: the beginning of its first day."""
        return self.first and self.first.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def confirmed_at(self) -> datetime | None:
        """When both had agreed."""
        return next((s.at for s in self.steps if s.after == "confirmed"), None)

    @property
    def ended_at(self) -> datetime | None:
        """When it came to its end."""
        return self.steps[-1].at if rules.STATES[self.state].is_end else None

    @property
    def is_late(self) -> bool:
        """Whether it was cancelled when its first day had begun."""
        ended, late = self.ended_at, self.late_at
        return self.state == "cancelled" and None not in (ended, late) and ended >= late  # type: ignore[operator]

    @property
    def review_until(self) -> datetime | None:
        """When its reviews open at the latest."""
        if self.ended_at is None or not rules.is_reviewable(self.state, is_late=self.is_late):
            return None
        return self.ended_at + rules.REVIEW_FOR

    def other(self, side: Person) -> Person:
        """The one with whom a side deals."""
        return self.owner if side is self.asker else self.asker


def ask(
    town: Chronicle,
    offered: Offered,
    asker: Person,
    at: datetime,
    first: datetime | None = None,
    last: datetime | None = None,
    units: int = 1,
) -> Deal | None:
    """Ask for an offer; None when that can't have been."""
    if offered.thing is None:
        return None
    thing = town.make("exchange", asker, at, offered.thing.title, None, offered.thing)
    if not town.tell("enquiry.made", at, asker, offered.owner, thing):
        town.drop(thing)
        return None
    deal = Deal(offered, asker, at, thing, first, last, units)
    deal.steps.append(Step(at, asker, "ask", None, rules.FIRST))
    town.deals.append(deal)
    return deal


def move(
    town: Chronicle,
    deal: Deal,
    name: str,
    by: Person | None,
    at: datetime,
    reason: str | None = None,
    words: str | None = None,
) -> bool:
    """Make a move as the table has it, with its events; False when it can't have been made."""
    line = rules.move_from(deal.state, name)
    if line is None or at >= town.until or (by is not None and not by.is_here(at)):
        return False
    before, after = rules.STATES[deal.state], rules.STATES[line.after]
    if after.holds and not before.holds and not _hold(deal):
        return False
    deal.steps.append(Step(at, by, name, before.name, after.name, reason, words))
    deal.state = after.name
    if before.holds and not after.holds:
        _release(deal)
    if by is deal.owner and sum(step.by is by for step in deal.steps) == 1:
        town.note("enquiry.answered", at, by, deal.asker, deal.thing)
    if after.name == "confirmed":
        town.note("exchange.started", at, deal.asker, deal.owner, deal.thing)
    if after.name == "completed":
        town.note("exchange.completed", at, deal.receiver, deal.provider, deal.thing, deal.units)
    if name == "cancel" and before.name in rules.BOUND and by is not None:
        town.note("exchange.cancelled", at, by, deal.other(by), deal.thing)
    return True


def clock(town: Chronicle, deal: Deal) -> bool:
    """Let the clock do what is due before the town's last day; whether it did anything."""
    due, name = due_at(deal), _CLOCK.get(deal.state)
    return due is not None and name is not None and move(town, deal, name, None, due)


def due_at(deal: Deal) -> datetime | None:
    """When the clock looks at it next, if nobody moves it before; None where it has ended."""
    since = deal.steps[-1].at
    due = _DUE.get(deal.state)
    return due(deal, since) if due else None


def _within(span: timedelta) -> Callable[[Deal, datetime], datetime]:
    return lambda deal, since: min(since + span, max(deal.first or since + span, since))


_DUE: dict[str, Callable[[Deal, datetime], datetime]] = {
    "requested": _within(rules.ANSWER_WITHIN),
    "countered": _within(rules.ANSWER_WITHIN),
    "accepted": _within(rules.CONFIRM_WITHIN),
    "confirmed": lambda deal, since: max(deal.first or since, since),
    "under_way": lambda deal, since: (deal.last or since + rules.OPEN_FOR) + rules.LAPSES_AFTER,
    "half_done": lambda deal, since: max(since, deal.last or since) + rules.SILENT_FOR,
}
_CLOCK = {
    "requested": "expire",
    "countered": "expire",
    "accepted": "expire",
    "confirmed": "begin",
    "under_way": "lapse",
    "half_done": "fall_silent",
}


def when(town: Chronicle, offered: Offered, asked: datetime) -> tuple[Any, Any, int]:
    """For when somebody asks: first moment, last moment, units; nothing where there are no dates."""
    if offered.grain == "day":
        units = town.rng.choices((1, 2, 3, 5, 7), (4, 5, 4, 2, 1))[0]
        day = asked.replace(hour=0, minute=0, second=0, microsecond=0)
        first = day + DAY * town.rng.randrange(4, 30)
        return first, first + DAY * units, units
    if offered.grain == "hour":
        units = town.rng.choices((1, 2, 3), (5, 4, 1))[0]
        day = asked.replace(hour=0, minute=0, second=0, microsecond=0)
        first = day + DAY * town.rng.randrange(2, 14) + HOUR * town.rng.randrange(9, 20)
        return first, first + HOUR * units, units
    return None, None, 1


def slots(deal: Deal) -> range:
    """Of what one place is needed: days, half hours, the one time; nothing for what is open."""
    grain = deal.offered.grain
    if grain == "once":
        return range(1)
    if deal.first is None or deal.last is None:
        return range(0)
    if grain == "day":
        return range(deal.first.toordinal(), deal.last.toordinal())
    begins, ends = (
        (each - EPOCH) // timedelta(seconds=HALF_HOUR) for each in (deal.first, deal.last)
    )
    return range(begins, ends)


def is_free(deal: Deal) -> bool:
    """Whether it can still be had then."""
    return _places(deal) is not None


def _places(deal: Deal) -> list[tuple[int, int]] | None:
    held, found = deal.offered.held, []
    for slot in slots(deal):
        taken = held.get(slot, set())
        place = next((n for n in range(deal.offered.quantity) if n not in taken), None)
        if place is None:
            return None
        found.append((slot, place))
    return found


def _hold(deal: Deal) -> bool:
    places = _places(deal)
    if places is None:
        return False
    for slot, place in places:
        deal.offered.held.setdefault(slot, set()).add(place)
    deal.holds = places
    return True


def _release(deal: Deal) -> None:
    for slot, place in deal.holds:
        deal.offered.held[slot].discard(place)
    deal.holds = []
