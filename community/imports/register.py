"""Who and what the outside ids of a delivery stand for, and the writing of what its rows say."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from community.imports import dealings, here, people
from community.imports.dealings import ExchangeTold, OfferHere, OfferTold, ReviewTold
from community.imports.entries import (
    ABOVE,
    EVENT,
    MEMBER,
    Asked,
    Entry,
    Happening,
    Ref,
    Spaces,
    Thing,
    Who,
)
from community.imports.here import KnownThing
from community.kit import dialects, text
from community.ledger.models import Subject
from community.ledger.record import EVENTS, declare_rows, record_rows

SUBJECTS: Table = Subject.__table__
MOST_REMEMBERED = 400_000
"""Ids that are kept in memory, so that most rows ask the database nothing."""
_SUBJECT = (
    "type", "owner", "parent", "made_at", "title", "html", "renderer", "source", "external_id",
)  # fmt: skip
OFFERED = ("offer", "wish")
DEALT, REVIEWED = "exchange.completed", "review.published"


class Register:
    """The members and things of one source, as far as the present rows need them."""

    def __init__(self, source: str, spaces: Spaces) -> None:
        self._source, self._spaces = source, spaces
        self._marks: dict[str, int] = {}
        self._expects_events = False
        self.forget()

    def forget(self) -> None:
        """Let go of all that was remembered: the database knows better."""
        self._members: dict[str, people.Known] = {}
        self._things: dict[Ref, KnownThing] = {}
        self._passing: dict[Ref, KnownThing] = {}
        self._events: dict[str, int] = {}
        self._fresh_members: dict[str, people.Known] = {}
        self._fresh_things: dict[Ref, KnownThing] = {}
        self._offers: dict[int, OfferHere] = {}
        self._fresh_offers: dict[int, OfferHere] = {}
        self._plain: dict[str, tuple[str, str]] = {}

    def learn(self) -> None:
        """Remember what was just written and kept."""
        self._members.update(self._fresh_members)
        kept = self._spaces.remembered
        self._things.update({r: t for r, t in self._fresh_things.items() if r[0] in kept})
        self._offers.update(self._fresh_offers)
        self._fresh_members, self._fresh_things, self._fresh_offers = {}, {}, {}

    def begin(self, marks: dict[str, int]) -> None:
        """Begin a stage: what has a greater id than these came in this very stage."""
        self._marks = marks

    def marks(self, connection: Connection) -> dict[str, int]:
        """The greatest ids at this moment."""
        tables = {MEMBER: people.IDENTITIES, "thing": SUBJECTS, EVENT: EVENTS}
        return {
            name: connection.scalar(select(func.max(table.c.id))) or 0
            for name, table in tables.items()
        }

    def look_up(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Find out who and what these entries speak of."""
        if len(self._members) + len(self._things) > MOST_REMEMBERED:
            self.forget()
        self._events, self._passing = {}, {}
        asked = Asked(entries)
        unknown = [id for id in asked.members if id not in self._members]
        self._members |= people.here(connection, self._source, unknown)
        self._look_up_things(connection, [r for r in asked.things if r not in self._things])
        if self._expects_events:
            self._events.update(here.events(connection, self._source, asked.events))

    def name(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Find handles for those of whom these entries speak first.

        Asked with the rows that will be kept and no others: who comes first must not hang on
        where a batch ends.
        """
        strangers = (p for e in entries for p in e.people if p.id not in self._members)
        self._new = people.merged(strangers)
        self._handles = people.named(connection, self._source, self._new.values())
        if not self._spaces.has_exchanges:
            return
        # Worked out here, where nobody waits for it.
        self._plain = {
            thing.id: dealings.plain_and_key(thing.html)
            for entry in entries
            for thing in entry.things
            if thing.type == "review" and thing.parent is not None
        }

    def has(self, ref: Ref) -> bool:
        """Whether this thing is here."""
        return self._known(ref) is not None

    def is_known(self, entry: Entry) -> bool:
        """Whether what must stand only once was here before this delivery."""
        return self._place(entry) is not None

    def came_before(self, entry: Entry) -> bool:
        """Whether what must stand only once came earlier in this very stage."""
        place = self._place(entry)
        return place is not None and place > self._marks[self._mark_of(entry)]

    def _mark_of(self, entry: Entry) -> str:
        space = entry.key[0] if entry.key else ""
        return space if space in (MEMBER, EVENT) else "thing"

    def _place(self, entry: Entry) -> int | None:
        if entry.key is None:
            return None
        space, id = entry.key
        if space == MEMBER:
            return self._members[id].identity if id in self._members else None
        if space == EVENT:
            return self._events.get(id)
        known = self._known(entry.key)
        return known.id if known else None

    def write(self, connection: Connection, entries: Sequence[Entry]) -> Counter[str]:
        """Write what these entries say, in the order of their rows; answers what is new."""
        counts: Counter[str] = Counter()
        self._write_people(connection, entries, counts)
        self._write_things(connection, entries, counts)
        self._write_events(connection, entries, counts)
        figures = [row for e in entries for f in e.figures if (row := self._figure(f))]
        counts["figures"] += declare_rows(connection, figures)
        if self._spaces.has_exchanges:
            self._write_offers(connection, entries)
            self._write_exchanges(connection, entries)
        return +counts

    def _write_offers(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Give new offers their rows."""
        told = {}
        for entry in entries:
            for thing in entry.things:
                new = self._fresh_things.get(ref := self._ref(thing))
                if thing.type not in OFFERED or new is None or new.owner is None or ref in told:
                    continue
                owner = self._member(thing.owner)
                told[ref] = OfferTold(
                    new.id,
                    new.owner,
                    thing.id,
                    thing.kind,
                    thing.made_at,
                    thing.title,
                    thing.html,
                    thing.type == "wish",
                    thing.place,
                    next((f.value for f in entry.figures if f[:2] == (ref, "price")), None),
                    thing.currency,
                    owner is not None and owner.is_erased,
                )
        dealings.add_offers(connection, list(told.values()))

    def _write_exchanges(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Give exchanges about offers, and the reviews that tell of them, their rows."""
        found = [
            (entry, happening, about)
            for entry in entries
            for happening in entry.happenings
            if happening.kind == DEALT
            and happening.id not in self._events
            and self._is_new(entry)
            and (about := self._known(happening.about)) is not None
            and about.type in OFFERED
        ]
        if not found:
            return
        unknown = {about.id for _, _, about in found} - self._offers.keys()
        self._fresh_offers = dealings.offers_here(connection, unknown)
        offers = self._offers | self._fresh_offers
        ids = {happening.id for entry, _, _ in found for happening in entry.happenings}
        events = here.events(connection, self._source, ids)
        exchanges, reviews = [], []
        for entry, happening, about in found:
            sides = self._who(happening.actor), self._who(happening.other)
            if None in sides:
                continue
            at = happening.at if happening.at is not None else about.made_at
            event = events[happening.id]
            exchanges.append(ExchangeTold(event, about.id, *sides, at, happening.value or 1))
            reviews += self._reviews(entry, event, events)
        dealings.add_exchanges(connection, exchanges, offers)
        plain = {review.subject: self._plain[id] for id, review in reviews}
        dealings.add_reviews(connection, [review for _, review in reviews], offers, plain)

    def _is_new(self, entry: Entry) -> bool:
        """Whether an entry that tells of a review brings it; others are known by their events."""
        said = [self._ref(thing) for thing in entry.things if thing.type == "review"]
        return not said or any(ref in self._fresh_things for ref in said)

    def _reviews(
        self, entry: Entry, exchange: int, events: dict[str, int]
    ) -> list[tuple[str, ReviewTold]]:
        """The new reviews that come with an exchange, each with its outside id."""
        said: dict[Ref | None, Happening] = {
            h.about: h for h in entry.happenings if h.kind == REVIEWED
        }
        found = []
        for thing in entry.things:
            new = self._fresh_things.get(ref := self._ref(thing))
            if new is None or thing.type != "review" or ref not in said:
                continue
            about, author = self._who(said[ref].other), self._member(thing.owner)
            if about is None or author is None:
                continue
            html = None if author.is_erased else thing.html
            event = events[said[ref].id]
            told = ReviewTold(new.id, event, exchange, author.id, about, new.made_at, html)
            found.append((thing.id, told))
        return found

    def _write_people(
        self, connection: Connection, entries: Sequence[Entry], counts: Counter[str]
    ) -> None:
        told = [
            (person.email, self._members[person.id].identity)
            for entry in entries
            for person in entry.people
            if person.email and person.id in self._members
        ]
        people.give_addresses(connection, told)
        new = list(self._new.values())
        self._fresh_members = {}
        if new:
            self._fresh_members = people.add(connection, self._source, new, self._handles)
            counts["members"] += len(new)

    def _write_things(
        self, connection: Connection, entries: Sequence[Entry], counts: Counter[str]
    ) -> None:
        self._fresh_things = {}
        new: dict[Ref, Thing] = {}
        for entry in entries:
            for thing in entry.things:
                # Of several rows that tell of it the first holds, wherever a batch ends.
                if self._known(ref := self._ref(thing)) is None:
                    new.setdefault(ref, thing)
        rows = [self._thing(thing) for thing in new.values()]
        dialects.insert_rows(connection, SUBJECTS, _SUBJECT, rows, may_exist=False)
        ids = here.ids(connection, self._source, new.values())
        for (ref, thing), row in zip(new.items(), rows, strict=True):
            above = self._known(thing.parent)
            self._fresh_things[ref] = KnownThing(
                ids[thing.type, thing.id],
                thing.type,
                row[1],
                thing.made_at,
                above.owner if above else None,
            )
            counts[f"{thing.type}s"] += 1

    def _write_events(
        self, connection: Connection, entries: Sequence[Entry], counts: Counter[str]
    ) -> None:
        rows = [self._event(happening) for entry in entries for happening in entry.happenings]
        if not rows:
            return
        new = record_rows(connection, rows)
        if new < len(rows) and not self._expects_events:
            # From here on each batch asks beforehand which events are here already.
            self._expects_events = True
            if any(entry.key and entry.key[0] == EVENT for entry in entries):
                raise people.Surprised
        counts["events"] += new

    def _ref(self, thing: Thing) -> Ref:
        return self._spaces.space_of(thing.type), thing.id

    def _known(self, ref: tuple[str, ...] | None) -> KnownThing | None:
        if ref is None:
            return None
        key = (ref[0], ref[1])
        return self._fresh_things.get(key) or self._passing.get(key) or self._things.get(key)

    def _member(self, id: str | None) -> people.Known | None:
        if id is None:
            return None
        return self._fresh_members.get(id) or self._members.get(id)

    def _who(self, who: Who) -> int | None:
        if isinstance(who, str):
            member = self._member(who)
            return member.id if member else None
        thing = self._known(who)
        if thing is None:
            return None
        return thing.above if who and who[-1] == ABOVE else thing.owner

    def _thing(self, thing: Thing) -> tuple[Any, ...]:
        owner, above = self._member(thing.owner), self._known(thing.parent)
        is_silent = owner is not None and owner.is_erased
        return (
            thing.type,
            owner.id if owner else None,
            above.id if above else None,
            thing.made_at,
            None if is_silent else thing.title,
            None if is_silent else thing.html,
            text.RENDERER,
            self._source,
            thing.id,
        )

    def _event(self, happening: Any) -> tuple[Any, ...]:
        about = self._known(happening.about)
        at = happening.at if happening.at is not None else about.made_at  # type: ignore[union-attr]
        return (
            at,
            happening.kind,
            self._who(happening.actor),
            self._who(happening.other),
            about.type if about else None,
            about.id if about else None,
            happening.value,
            self._source,
            happening.id,
        )

    def _figure(self, figure: Any) -> tuple[Any, ...] | None:
        space, id = figure.about
        if space == MEMBER:
            member = self._member(id)
            about = None if member is None or member.is_erased else (MEMBER, member.id)
        else:
            thing = self._known(figure.about)
            about = thing and (thing.type, thing.id)
        if about is None:
            return None
        return (*about, figure.name, figure.value, figure.at, self._source)

    def _look_up_things(self, connection: Connection, refs: Sequence[Ref]) -> None:
        by_space: dict[str, list[str]] = {}
        for space, id in refs:
            by_space.setdefault(space, []).append(id)
        for space, ids in by_space.items():
            found = self._things if space in self._spaces.remembered else self._passing
            types = self._spaces.of(space)
            for id, thing in here.things(connection, self._source, types, ids):
                found[space, id] = thing
