"""What one row of a delivery says, before it is known who and what its ids stand for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from community.activity.exchanges.offers.kinds import THING
from community.imports.reading import Row, Source

Ref = tuple[str, str]
"""A thing by its space and outside id. Topics and answers share one space, ``post``."""
Who = str | tuple[str, ...] | None
"""A member by outside id; the owner of a thing, by its ref; the owner of a thing's parent, by its
ref and ``ABOVE``; or nobody."""
ABOVE = "above"
MEMBER, EVENT = "member", "event"
"""The spaces of members and of events; every other space holds things."""


class Person(NamedTuple):
    """Someone who is named in a row; ``joined`` is when they are known or first seen to be there."""

    id: str
    name: str
    joined: int
    email: str | None = None
    is_hidden: bool = False


class Thing(NamedTuple):
    """What an event will be about: an offer, a review, a topic, an answer, a comment.

    Of an offer ``kind`` names its kind, ``place`` where it is, and ``currency`` that of its price.
    """

    type: str
    id: str
    owner: str | None
    parent: Ref | None
    made_at: int
    title: str | None = None
    html: str | None = None
    kind: str = THING
    place: str | None = None
    currency: str | None = None


class Happening(NamedTuple):
    """One event to be."""

    id: str
    kind: str
    at: int | None
    actor: Who
    other: Who = None
    about: Ref | None = None
    value: int | None = None


class Figure(NamedTuple):
    """One declared figure to be, in millionths."""

    about: Ref
    name: str
    value: int
    at: int


@dataclass(slots=True)
class Entry:
    """All that one row says.

    ``key`` is what may stand only once in a delivery. ``needs`` is a thing without which the
    row is of no use: it is then counted under ``left_out`` or, without that, rejected.
    A row that only counts (``left_out`` and no ``needs``) brings nothing.
    """

    key: Ref | None = None
    people: tuple[Person, ...] = ()
    things: tuple[Thing, ...] = ()
    happenings: tuple[Happening, ...] = ()
    figures: tuple[Figure, ...] = ()
    needs: Ref | None = None
    left_out: str | None = None


NOTHING = Entry()


@dataclass(frozen=True)
class Stage:
    """One walk through one file: what it is called, and what each row says."""

    name: str
    source: Source
    read: Callable[[Row], Entry]


@dataclass(frozen=True)
class Spaces:
    """Which subject types share the ids of a space; a space that is not named is a type."""

    types: dict[str, tuple[str, ...]]
    remembered: tuple[str, ...] = ()
    """Spaces whose things other rows speak of, so that their ids are worth keeping in memory."""
    has_exchanges: bool = False
    knows_joining: bool = False
    """Whether every member comes with the day they joined, so that no event moves it."""

    def space_of(self, type: str) -> str:
        """The space in which the ids of a subject type lie."""
        return next((space for space, types in self.types.items() if type in types), type)

    def of(self, space: str) -> tuple[str, ...]:
        """The subject types of a space."""
        return self.types.get(space, (space,))


class Asked:
    """The members, things and events that some entries speak of, each once, in their order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.members: dict[str, None] = {}
        self.things: dict[Ref, None] = {}
        self.events: list[str] = []
        for entry in entries:
            self._note_all(entry)

    def _note_all(self, entry: Entry) -> None:
        for ref in (entry.key, entry.needs, *(figure.about for figure in entry.figures)):
            self._note(ref)
        for person in entry.people:
            self.members[person.id] = None
        for thing in entry.things:
            self._note(thing.owner)
            self._note(thing.parent)
        for happening in entry.happenings:
            self._note(happening.actor)
            self._note(happening.other)
            self._note(happening.about)

    def _note(self, ref: Who) -> None:
        if ref is None:
            return
        if isinstance(ref, str):
            self.members[ref] = None
        elif ref[0] == MEMBER:
            self.members[ref[1]] = None
        elif ref[0] == EVENT:
            self.events.append(ref[1])
        else:
            self.things[ref[0], ref[1]] = None
