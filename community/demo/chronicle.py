"""The book in which the demo town's days are written before they go into the ledger."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from community.demo.people import Person
from community.demo.words import Decks

BY_WEEKDAY = (0.8, 0.9, 0.9, 0.9, 0.85, 1.0, 1.0)
BY_HOUR = (1, 0, 0, 0, 0, 1, 3, 6, 7, 6, 6, 5, 7, 6, 5, 5, 6, 8, 10, 12, 12, 10, 6, 3)
"""How much happens in an hour of the day: little at night, most in the evening."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(eq=False)
class Thing:
    """What an event is about: an offer, a topic, an answer. Texts are Markdown until they are kept."""

    type: str
    owner: Person
    made_at: datetime
    title: str | None = None
    text: str | None = None
    parent: "Thing | None" = None
    praise: tuple[str, ...] = ()
    is_hidden: bool = False
    id: int = 0


@dataclass(eq=False)
class Happening:
    """One event to be; ``undone`` is when and why it was taken back."""

    kind: str
    at: datetime
    actor: Person | None
    other: Person | None = None
    about: Thing | None = None
    value: int | None = None
    source: str | None = None
    external_id: str | None = None
    undone: tuple[datetime, str] | None = None


@dataclass
class Chronicle:
    """Everything that happens in town until a moment; nothing is written that could not have been."""

    rng: Random
    people: list[Person]
    start: datetime
    until: datetime
    decks: Decks
    happenings: list[Happening] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)
    offers: list[Any] = field(default_factory=list)
    deals: list[Any] = field(default_factory=list)
    """Offers and exchanges as ``demo.trade`` has them, in the order in which they began."""

    def tell(
        self,
        kind: str,
        at: datetime,
        actor: Person | None,
        other: Person | None = None,
        about: Thing | None = None,
        value: int | None = None,
    ) -> Happening | None:
        """Write down what happened; None when it can't have: too late, or somebody was not there."""
        if at >= self.until or (actor is not None and not actor.is_here(at)):
            return None
        if other is not None and other.joined > at and kind != "invitation.sent":
            return None
        return self.note(kind, at, actor, other, about, value)

    def note(
        self,
        kind: str,
        at: datetime,
        actor: Person | None,
        other: Person | None = None,
        about: Thing | None = None,
        value: int | None = None,
    ) -> Happening:
        """Write down what is known to have happened."""
        happening = Happening(kind, at, actor, other, about, value)
        self.happenings.append(happening)
        return happening

    def make(
        self,
        type: str,
        owner: Person,
        at: datetime,
        title: str | None = None,
        text: str | None = None,
        parent: Thing | None = None,
    ) -> Thing:
        """Something that can be spoken of from now on; ``drop`` it when nobody does."""
        if "{quarter}" in f"{title}{text}":
            quarter = self.decks.deal("quarters")
            title, text = (part and part.replace("{quarter}", quarter) for part in (title, text))
        thing = Thing(type, owner, at, title, text, parent)
        self.things.append(thing)
        return thing

    def drop(self, thing: Thing) -> None:
        """Forget the thing that was made last: it came to nothing."""
        if self.things[-1] is not thing:
            raise ValueError("only what was made last can be dropped")
        self.things.pop()

    def chance(self, share: float) -> bool:
        """Whether it happens this time."""
        return self.rng.random() < share

    def between(self, after: datetime, before: datetime) -> datetime:
        """A moment in a span of days, as people's weeks and days have it."""
        span = (before - after) / DAY
        for _ in range(4):
            day = after + self.rng.random() * span * DAY
            if self.rng.random() < BY_WEEKDAY[day.weekday()]:
                break
        hour = self.rng.choices(range(24), BY_HOUR)[0]
        seconds = self.rng.randrange(3600)
        moment = day.replace(hour=hour, minute=seconds // 60, second=seconds % 60, microsecond=0)
        return moment if after < moment < before else day

    def soon(self, after: datetime, hours: float) -> datetime:
        """A moment some hours later, more or less; seldom in the night."""
        moment = after + HOUR * (0.1 + self.rng.expovariate(1 / hours))
        return moment + 8 * HOUR if moment.hour < 6 else moment

    def pick(self, people: list[Person], at: datetime, by: str = "meets") -> Person | None:
        """One of those who are there, the likelier the more they do; None when nobody is."""
        there = [person for person in people if person.is_here(at)]
        if not there:
            return None
        return self.rng.choices(there, [getattr(person, by) for person in there])[0]

    def circle(self, name: str) -> list[Person]:
        """The people of a circle."""
        return [p for p in self.people if any(c.name == name for c in p.circles)]
