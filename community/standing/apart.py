"""The pasts of single members, cut out of the past of everyone: what would be read of each, without asking."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime

import numpy as np

from community.graph.arrays import distinct
from community.kit.arrays import Whole
from community.ledger.kinds import CODES, SUBJECT_CODES
from community.ledger.segments import NOTHING
from community.standing.past import DEEPEST, EVENT_COLUMNS, FactRows, Items, Past
from community.standing.reading import ABOUT_THINGS, NONE, things
from community.standing.scanning import Block

ANSWER = SUBJECT_CODES["answer"]


class Index:
    """Where values stand in an array, found without looking through it."""

    def __init__(self, values: Whole) -> None:
        self._order = np.argsort(values, kind="stable")
        self._values = values[self._order]

    def of(self, wanted: Whole) -> Whole:
        """The places of all that equal one of some sorted values."""
        first, end = (np.searchsorted(self._values, wanted, side) for side in ("left", "right"))
        many = end - first
        # Each run of places, one behind the other.
        begins = np.repeat(first - np.cumsum(many) + many, many)
        return self._order[begins + np.arange(begins.size)]


class Apart:
    """Some members of the past of everyone, each to be had with what ``reading.one`` would read of them."""

    def __init__(self, past: Past, places: Whole, as_of: datetime) -> None:
        self._past, self._places = past, places
        self._members = past.members[places]
        self._events = self._events_of(self._members)
        self._by_actor, self._by_other = (Index(self._events[name]) for name in ("actor", "other"))
        self._items = self._items_near(past.items)
        self._by_owner, self._by_parent = Index(self._items.owner), Index(self._items.parent)
        self._about = self._events_about()
        self._by_thing = Index(things(self._about["subject_type"], self._about["subject_id"]))
        self._facts = {name: self._facts_near(rows) for name, rows in past.facts.items()}
        self._by_fact = {name: Index(rows.about) for name, rows in self._facts.items()}
        self._last_acts = self._last_of_brought(as_of)

    def pasts(self) -> Iterator[Past]:
        """The past of each of the members, in their order."""
        for place, member in zip(self._places.tolist(), self._members.tolist(), strict=True):
            yield self._one(place, member)

    def together(self) -> Past:
        """The past of these members and of nobody else."""
        is_more = ~np.isin(self._about["id"], self._events["id"])
        events = {
            name: np.concatenate([self._events[name], self._about[name][is_more]])
            for name in EVENT_COLUMNS
        }
        return Past(
            events,
            self._items,
            self._facts,
            members=self._members,
            last_acts=self._last_acts,
            context=self._past.context.of(self._places),
        )

    def _one(self, place: int, member: int) -> Past:
        own = np.array([member])
        did, met = self._by_actor.of(own), self._by_other.of(own)
        met = met[self._events["actor"][met] != member]
        rows = np.concatenate([did, met])
        mine = self._by_owner.of(own)
        items = self._with_those_above(mine, self._events["subject_id"][rows])
        about = self._about_mine(member, rows, mine)
        events = {
            name: np.concatenate([self._events[name][rows], self._about[name][about]])
            for name in EVENT_COLUMNS
        }
        facts = {
            name: _taken(rows, np.sort(self._of_fact(name, rows, member, items)))
            for name, rows in self._facts.items()
        }
        return Past(
            events,
            items,
            {name: rows for name, rows in facts.items() if rows.about.size},
            members=own,
            last_acts=self._last_acts,
            context=self._past.context.of(place),
        )

    def _events_of(self, members: Whole) -> Block:
        events = self._past.events
        rows = np.flatnonzero(np.isin(events["actor"], members) | np.isin(events["other"], members))
        return {name: events[name][rows].astype(np.int64) for name in EVENT_COLUMNS}

    def _items_near(self, items: Items) -> Items:
        """The members' things, what their events are about, all that stands above, what is beside their answers."""
        kept = np.isin(items.owner, self._members)
        mine = kept.copy()
        near = items.places(distinct(self._events["subject_id"]))
        for _step in range(DEEPEST + 2):
            kept[near[near >= 0]] = True
            near = items.places(distinct(items.parent[kept]))
        beside = mine & (items.type == ANSWER) & (items.parent != NOTHING)
        if beside.any():
            kept |= np.isin(items.parent, distinct(items.parent[beside]))
        return _items_at(items, np.flatnonzero(kept))

    def _with_those_above(self, mine: Whole, subjects: Whole) -> Items:
        items = self._items
        is_answer = (items.type[mine] == ANSWER) & (items.parent[mine] != NOTHING)
        beside = self._by_parent.of(distinct(items.parent[mine[is_answer]]))
        found = [mine, beside]
        near = distinct(np.concatenate([subjects, items.parent[mine]]))
        for _step in range(DEEPEST + 2):
            near = items.places(near)
            near = near[near >= 0]
            if not near.size:
                break
            found.append(near)
            near = distinct(items.parent[near])
        return _items_at(items, distinct(np.concatenate(found)))

    def _events_about(self) -> Block:
        """What anybody did with things near, of the kinds that say something of a thing."""
        near = distinct(np.concatenate([self._items.id, self._events["subject_id"]]))
        blocks = [self._block(kind, near) for kind in ABOUT_THINGS]
        return {name: np.concatenate([block[name] for block in blocks]) for name in EVENT_COLUMNS}

    def _block(self, kind: str, near: Whole) -> Block:
        rows = self._past.rows([kind])
        rows = rows.where((rows.subject != NOTHING) & np.isin(rows.subject, near))
        values = (
            rows.id, rows.at, np.full(len(rows), CODES[kind]), rows.actor, rows.other, rows.type,
            rows.subject, rows.value, rows.voided,
        )  # fmt: skip
        return dict(zip(EVENT_COLUMNS, values, strict=True))

    def _about_mine(self, member: int, rows: Whole, mine: Whole) -> Whole:
        """The places of what others did with the same things."""
        if not self._about["id"].size:
            return NONE
        events, items = self._events, self._items
        near = things(
            np.concatenate([events["subject_type"][rows], items.type[mine]]),
            np.concatenate([events["subject_id"][rows], items.id[mine]]),
        )
        found = self._by_thing.of(distinct(near))
        is_own = self._about["actor"][found] == member
        is_own |= self._about["other"][found] == member
        others: Whole = found[~is_own]
        return others

    def _facts_near(self, rows: FactRows) -> FactRows:
        near = np.where(
            rows.is_member, np.isin(rows.about, self._members), np.isin(rows.about, self._items.id)
        )
        return _taken(rows, np.flatnonzero(near))

    def _of_fact(self, name: str, rows: FactRows, member: int, items: Items) -> Whole:
        mine = self._by_fact[name].of(np.array([member]))
        theirs = self._by_fact[name].of(items.id)
        return np.concatenate([mine[rows.is_member[mine]], theirs[~rows.is_member[theirs]]])

    def _last_of_brought(self, as_of: datetime) -> tuple[Whole, Whole]:
        """When each of those whom the members brought last did something."""
        events = self._events
        brought = events["other"][events["kind"] == CODES["referral.qualified"]]
        if not brought.size:
            return NONE, NONE
        ids, last = self._past.last_acts(as_of)
        kept = np.isin(ids, brought)
        return ids[kept], last[kept]


def _items_at(items: Items, places: Whole) -> Items:
    return Items(*(getattr(items, field.name)[places] for field in fields(Items)))


def _taken(rows: FactRows, places: Whole) -> FactRows:
    return FactRows(*(getattr(rows, field.name)[places] for field in fields(FactRows)))
