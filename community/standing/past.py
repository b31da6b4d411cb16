"""What happened to some members, as arrays: what every metric is worked out from, and nothing else is.

The same arrays hold a whole community or one member with what concerns them; a fold does not
know which. Members are numbered by their place in ``members``; whoever is not among them
has the number -1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from community.graph.arrays import distinct
from community.kit import clock
from community.kit.arrays import Whole
from community.ledger.kinds import CODES, SUBJECT_CODES
from community.ledger.segments import NOTHING

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]
NOBODY = -1
SPARSE = 8
"""How many times more numbers than ids there may be for a table of them to be worth it."""
BETWEEN = (SUBJECT_CODES["exchange"], SUBJECT_CODES["review"])
"""Types of things that lie between two people: whose it is about stands above them."""
WISH = SUBJECT_CODES["wish"]
"""Something that its owner asks for: of an exchange about it, the provider is who owns the exchange."""
BLOCK = 500_000
"""Events in a block."""
DEEPEST = 4
"""A review of an exchange of an offer, and one more."""
EVENT_COLUMNS = (
    "id", "happened_at", "kind", "actor", "other", "subject_type", "subject_id", "value", "voided_at",
)  # fmt: skip


ROW_COLUMNS = (
    "id", "happened_at", "actor", "other", "subject_type", "subject_id", "value", "voided_at",
)  # fmt: skip
MOST_KEPT = 4_000_000
"""Rows that a past keeps at hand, those that were asked for last, so that they are not sought again."""


@dataclass(frozen=True)
class Rows:
    """Events of some kinds, in order of time and then of id.

    ``actor`` and ``other`` are ids of members or ``NOTHING``; ``subject`` is an id of ``type``.
    """

    id: Whole
    at: Whole
    actor: Whole
    other: Whole
    type: Whole
    subject: Whole
    value: Whole
    voided: Whole

    def __len__(self) -> int:
        return int(self.id.size)

    def where(self, kept: Any) -> "Rows":
        """Those that a mask or a list of places keeps."""
        return Rows(*(getattr(self, name)[kept] for name in Rows.__dataclass_fields__))

    def as_of(self, moment: datetime) -> "Rows":
        """Those that count as of a moment."""
        at = clock.to_micros(moment)
        return self.where((self.at <= at) & (self.voided > at))


@dataclass(frozen=True)
class Items:
    """Things that members offered or wrote, in order of id; ``owner`` and ``parent`` may be ``NOTHING``."""

    id: Whole
    type: Whole
    owner: Whole
    parent: Whole
    made_at: Whole

    @classmethod
    def none(cls) -> "Items":
        """No things."""
        return cls(*(np.empty(0, np.int64) for _ in range(5)))

    def places(self, ids: Whole) -> Whole:
        """Where things stand in these arrays; -1 for one that is not here."""
        return places(self.id, ids)

    def owners(self, ids: Whole) -> Whole:
        """Who owns these things; ``NOTHING`` where nobody is known to."""
        return self._owner_at(self.places(ids))

    def providers(self, ids: Whole) -> Whole:
        """Whose these things are; of an exchange or a review, whose offer it was about."""
        at = self.places(ids)
        for _step in range(DEEPEST):
            stands_for = self._is_between(at)
            if not stands_for.any():
                break
            at[stands_for] = self.places(self.parent[at[stands_for]])
        return self._owner_at(at)

    def _is_between(self, at: Whole) -> Mask:
        found = np.zeros(at.size, bool)
        known = np.flatnonzero(at >= 0)
        found[known] = np.isin(self.type[at[known]], BETWEEN)
        if self._has_wishes:
            above = self.places(self.parent[at[known]])
            found[known[(above >= 0) & (self.type[above] == WISH)]] = False
        return found

    @cached_property
    def _has_wishes(self) -> bool:
        return bool((self.type == WISH).any())

    def _owner_at(self, at: Whole) -> Whole:
        found = np.full(at.size, NOTHING)
        found[at >= 0] = self.owner[at[at >= 0]]
        return found


@dataclass(frozen=True)
class FactRows:
    """Declared figures of one name, in order of their date: of members or of things."""

    is_member: Mask
    about: Whole
    value: Whole
    at: Whole

    @classmethod
    def none(cls) -> "FactRows":
        """No figures."""
        empty = np.empty(0, np.int64)
        return cls(np.empty(0, bool), empty, empty, empty)

    def latest(self, as_of: datetime, *, of_members: bool) -> tuple[Whole, Whole]:
        """The latest figure of each as of a moment: sorted ids, and values in millionths."""
        kept = (self.at <= clock.to_micros(as_of)) & (self.is_member == of_members)
        about, value = self.about[kept], self.value[kept]
        ids, first = np.unique(about[::-1], return_index=True)
        return ids, value[::-1][first]


@dataclass(frozen=True)
class Context:
    """What is known of the whole community and of others, for metrics that weigh by it.

    ``trust`` holds sorted ids of raters and how much each weighs, from 0 to 1; whoever is
    not among them weighs ``unknown``. ``measures`` are per member, in the order of ``members``.
    """

    mean_rating: float | None = None
    trust: tuple[Whole, Numbers] | None = None
    unknown: float = 1.0
    measures: Mapping[str, Numbers] = field(default_factory=dict)

    def of(self, places: int | Whole) -> "Context":
        """The same for the past of those alone who stood at these places."""
        theirs = np.atleast_1d(places)
        alone = {name: values[theirs] for name, values in self.measures.items()}
        return replace(self, measures=alone)

    def weight_of(self, ids: Whole) -> Numbers:
        """How much each of these raters weighs."""
        if self.trust is None:
            return np.ones(ids.size)
        known, weights = self.trust
        at = places(known, ids)
        return (
            np.where(at >= 0, weights[at], self.unknown)
            if known.size
            else np.full(ids.size, self.unknown)
        )


class Past:
    """What happened to some members, what they made, and what was declared of them."""

    def __init__(
        self,
        events: Mapping[str, NDArray[Any]],
        items: Items | None = None,
        facts: Mapping[str, FactRows] | None = None,
        *,
        members: Whole | None = None,
        last_acts: tuple[Whole, Whole] | None = None,
        context: Context | None = None,
    ) -> None:
        self.events = events
        self.items = items if items is not None else Items.none()
        self.facts = facts if facts is not None else {}
        self.members = members if members is not None else self._everyone()
        self.context = context if context is not None else Context()
        self._last_acts = last_acts
        self._kept: dict[tuple[str, ...], Rows] = {}

    def __len__(self) -> int:
        return int(self.members.size)

    def rows(self, kinds: Iterable[str]) -> Rows:
        """All events of these kinds, those that were taken back among them."""
        wanted = tuple(sorted(kinds))
        rows = self._kept.pop(wanted, None)
        rows = self._of(wanted) if rows is None else rows
        self._kept[wanted] = rows
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return rows

    def fact(self, name: str) -> FactRows:
        """Every declared figure of a name."""
        return self.facts.get(name) or FactRows.none()

    def number(self, ids: Whole) -> Whole:
        """The numbers of members by their ids; -1 for whoever is not one of them."""
        return places(self.members, ids)

    def last_acts(self, as_of: datetime) -> tuple[Whole, Whole]:
        """Sorted ids of whoever did something, and when each last did as of a moment."""
        if self._last_acts is not None:
            return self._last_acts
        at = clock.to_micros(as_of)
        counts = (self.events["happened_at"] <= at) & (self.events["voided_at"] > at)
        counts &= self.events["actor"] != NOTHING
        actor, when = self.events["actor"][counts], self.events["happened_at"][counts]
        last = np.full(self.people.size, NOTHING)
        np.maximum.at(last, places(self.people, actor), when)
        return self.people[last != NOTHING], last[last != NOTHING]

    def is_known(self, as_of: datetime) -> Mask:
        """Who was named in an event, owned a thing or had a figure declared by a moment."""
        at = clock.to_micros(as_of)
        happened, made = self.events["happened_at"] <= at, self.items.made_at <= at
        declared = {name: rows.at <= at for name, rows in self.facts.items()}
        if all(part.all() for part in (happened, made, *declared.values())):
            return np.ones(len(self), bool)
        ids = _ids(
            self.events["actor"][happened],
            self.events["other"][happened],
            self.items.owner[made],
            *(r.about[r.is_member & declared[name]] for name, r in self.facts.items()),
        )
        return np.isin(self.members, ids)

    def blocks(self) -> list[dict[str, NDArray[Any]]]:
        """The events some at a time, for work that would need much memory for all at once."""
        many = int(self.events["id"].size)
        return [
            {name: column[start : start + BLOCK] for name, column in self.events.items()}
            for start in range(0, max(many, 1), BLOCK)
        ]

    def _of(self, kinds: tuple[str, ...]) -> Rows:
        is_wanted = np.zeros(max(CODES.values()) + 1, bool)
        is_wanted[[CODES[kind] for kind in kinds]] = True
        found = np.flatnonzero(is_wanted[self.events["kind"]])
        if not self._is_in_order:
            at, id = self.events["happened_at"][found], self.events["id"][found]
            found = found[np.lexsort((id, at))]
        return Rows(
            *(self.events[name][found].astype(np.int64, copy=False) for name in ROW_COLUMNS)
        )

    @cached_property
    def people(self) -> Whole:
        """Sorted ids of all who are named in an event."""
        return _ids(self.events["actor"], self.events["other"])

    @cached_property
    def _is_in_order(self) -> bool:
        """Whether the events are in order of time and then of id as they are."""
        at, id = self.events["happened_at"], self.events["id"]
        later = at[1:] > at[:-1]
        return bool((later | ((at[1:] == at[:-1]) & (id[1:] > id[:-1]))).all())

    def _everyone(self) -> Whole:
        """All who are named in an event, own a thing, or had a figure declared."""
        declared = [rows.about[rows.is_member] for rows in self.facts.values()]
        return _ids(self.events["actor"], self.events["other"], self.items.owner, *declared)


def _ids(*columns: Whole) -> Whole:
    """The ids in some columns, sorted, each once."""
    known = [column[column != NOTHING] for column in columns]
    highest = max((int(column.max()) for column in known if column.size), default=0)
    lowest = min((int(column.min()) for column in known if column.size), default=0)
    if lowest >= 0 and highest < SPARSE * sum(column.size for column in known):
        is_there = np.zeros(highest + 1, bool)
        for column in known:
            is_there[column] = True
        return np.flatnonzero(is_there)
    every: Whole = distinct(np.concatenate(known)).astype(np.int64)
    return every


def places(known: Whole, ids: Whole) -> Whole:
    """Where ids stand in a sorted array of them; -1 for one that is not there."""
    if not known.size:
        return np.full(ids.size, NOBODY, np.int64)
    first, span = int(known[0]), int(known[-1]) - int(known[0]) + 1
    if span <= SPARSE * known.size:
        # Ids that lie close to each other are looked up, which is ten times quicker than searched.
        table = np.full(span + 1, NOBODY, np.int64)
        table[known - first] = np.arange(known.size)
        inside = (ids >= first) & (ids <= int(known[-1]))
        looked_up: Whole = table[np.where(inside, ids - first, span)]
        return looked_up
    at = np.searchsorted(known, ids)
    at[at == known.size] = 0
    found: Whole = np.where(known[at] == ids, at, NOBODY)
    return found


def type_codes(types: Iterable[str]) -> Whole:
    """The numbers of subject types."""
    return np.array([SUBJECT_CODES[type] for type in types], np.int64)
