"""Ties between members as arrays, made from the ledger's events: what each is worth fades with time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from community.graph.acts import READ, acts
from community.graph.arrays import Edges, Mask, Real, Whole, distinct, numbered
from community.ledger.segments import NOTHING, Array

__all__ = ["HALF_LIFE", "READ", "Ties", "extended", "mended", "of_events", "of_parts"]

HALF_LIFE = timedelta(days=180)
"""After how long an event is worth half to the tie."""
BLOCK = 1_000_000
"""Events that are worked on at a time."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Who relates to whom as of a moment: one tie for each ordered pair that had an event.

    ``members`` are the sorted ids of all who have a tie; ``source`` and ``target`` are places
    in it, in order. ``weight`` is what the tie is worth now: each event adds the ``tie`` of its
    kind, times the value over 10 where the kind is signed, times ``2 ** (-age / half_life)``;
    it is below 0 where bad ratings outweigh. ``last`` is the moment of the last event in
    microseconds, ``count`` the number of events.
    """

    members: Whole
    source: Whole
    target: Whole
    weight: Real
    last: Whole
    count: Whole
    as_of: datetime
    half_life: timedelta = HALF_LIFE

    def __len__(self) -> int:
        """How many ties there are."""
        return self.source.size

    @property
    def edges(self) -> Edges:
        """The ties as links among places in ``members``."""
        return Edges(self.members.size, self.source, self.target, self.weight)

    @property
    def sign(self) -> Whole:
        """1 for each good tie, -1 for each bad one, 0 for one that is neither."""
        return np.sign(self.weight).astype(np.int64)

    @property
    def key(self) -> Whole:
        """One number for each tie, by which they are in order."""
        return self.source * self.members.size + self.target

    def places(self, ids: Array) -> Whole:
        """Where some ids stand in ``members``; -1 for one who has no tie."""
        if not self.members.size:
            return np.full(len(ids), -1)
        found = np.searchsorted(self.members, ids)
        return np.where(self.members.take(found, mode="clip") == ids, found, -1)

    def where(self, chosen: Mask) -> "Ties":
        """Only the chosen ties, and only the members who have one of them."""
        source, target = self.source[chosen], self.target[chosen]
        has_tie = np.zeros(self.members.size, bool)
        has_tie[source] = has_tie[target] = True
        place = np.cumsum(has_tie) - 1
        return replace(
            self,
            members=self.members[has_tie],
            source=place[source],
            target=place[target],
            weight=self.weight[chosen],
            last=self.last[chosen],
            count=self.count[chosen],
        )

    def positive(self) -> "Ties":
        """The good ties alone."""
        return self.where(self.weight > 0)

    def faded(self, as_of: datetime) -> "Ties":
        """The same ties at a later moment. Raises ValueError for an earlier one."""
        if as_of < self.as_of:
            raise ValueError("ties don't go back in time; make them anew as of then")
        lost = np.exp2(-((as_of - self.as_of) / self.half_life))
        return replace(self, weight=self.weight * lost, as_of=as_of)


def of_events(
    events: Mapping[str, Array],
    as_of: datetime,
    half_life: timedelta = HALF_LIFE,
    since: datetime | None = None,
) -> Ties:
    """The ties that events make as of a moment, from the columns named in ``READ``.

    An event counts when it happened at or before ``as_of`` (and at or after ``since``) and was
    not taken back by then. One by a member with themselves, or that lacks a side, or a signed
    one without a value, makes no tie.
    """
    return of_parts(_blocks(events), as_of, half_life, since)


def of_parts(
    parts: Iterable[Mapping[str, Array]],
    as_of: datetime,
    half_life: timedelta = HALF_LIFE,
    since: datetime | None = None,
) -> Ties:
    """As ``of_events``, from parts of the columns, such as ``Columns.parts(READ).values()``.

    Only one part is worked on at a time, so millions of events need little memory.
    """
    pile = [_nothing(as_of, half_life)]
    for part in parts:
        pile.append(_of_block(part, as_of, half_life, since))
        # As when counting in twos, a tie is moved only as often as the number of parts has digits.
        while len(pile) > 1 and len(pile[-2]) <= 2 * len(pile[-1]):
            pile[-2:] = [_joined(*pile[-2:])]
    while len(pile) > 1:
        pile[-2:] = [_joined(*pile[-2:])]
    return pile[0]


def extended(ties: Ties, more: Mapping[str, Array], as_of: datetime) -> Ties:
    """The ties at a later moment, with events that they do not hold yet: as if made anew of all.

    Those are the events that came in since, and those known before that lay after ``ties.as_of``.
    For events that were taken back since, see ``mended``. Neither knows of a ``since``.
    """
    return _joined(ties.faded(as_of), of_events(more, as_of, ties.half_life))


def mended(ties: Ties, parts: Iterable[Mapping[str, Array]], touched: Array) -> Ties:
    """The ties where those among some members, by their ids, are made anew from all events.

    For when events were taken back: ``touched`` are the members on both sides of them.
    """
    places = ties.places(touched)
    is_touched = np.zeros(ties.members.size, bool)
    is_touched[places[places >= 0]] = True
    rest = ties.where(~(is_touched[ties.source] & is_touched[ties.target]))
    among = (_among(part, touched) for part in parts)
    return _joined(rest, of_parts(among, ties.as_of, ties.half_life))


def _blocks(events: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    for first in range(0, events["kind"].size, BLOCK):
        yield {name: events[name][first : first + BLOCK] for name in READ}


def _among(events: Mapping[str, Array], ids: Array) -> dict[str, Array]:
    rows = np.flatnonzero(np.isin(events["actor"], ids) & np.isin(events["other"], ids))
    return {name: events[name][rows] for name in READ}


def _nothing(as_of: datetime, half_life: timedelta) -> Ties:
    none = np.zeros(0, np.int64)
    return Ties(none, none, none, np.zeros(0), none, none, as_of, half_life)


def _of_block(
    events: Mapping[str, Array], as_of: datetime, half_life: timedelta, since: datetime | None
) -> Ties:
    added = acts(events, as_of, half_life, since)
    if not added.at.size:
        return _nothing(as_of, half_life)
    members, places = numbered(np.concatenate([added.source, added.target]))
    key = places[: added.at.size] * members.size + places[added.at.size :]
    # Events of a pair are added up in their own order, so the sums are the same on any machine.
    order = np.argsort(key, kind="stable")
    key = key[order]
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    return Ties(
        members,
        source=key[begins] // members.size,
        target=key[begins] % members.size,
        weight=np.add.reduceat(added.weight[order], begins),
        last=np.maximum.reduceat(added.at[order], begins),
        count=np.diff(begins, append=key.size),
        as_of=as_of,
        half_life=half_life,
    )


def _joined(one: Ties, two: Ties) -> Ties:
    """Both together, of the same moment; fast where the second are few."""
    if not len(one):
        return two
    members = one.members
    if (one.places(two.members) < 0).any():
        members = distinct(np.concatenate([members, two.members]))
    one, two = _within(one, members), _within(two, members)
    found = np.searchsorted(one.key, two.key)
    is_fresh = one.key.take(found, mode="clip") != two.key
    rows = found + np.cumsum(is_fresh) - is_fresh
    is_old = np.ones(len(one) + int(is_fresh.sum()), bool)
    is_old[rows[is_fresh]] = False
    source, target = _spread(one.source, is_old), _spread(one.target, is_old)
    weight, count = _spread(one.weight, is_old), _spread(one.count, is_old)
    last = _spread(one.last, is_old, NOTHING)
    source[rows], target[rows] = two.source, two.target
    weight[rows] += two.weight
    count[rows] += two.count
    last[rows] = np.maximum(last[rows], two.last)
    return replace(one, source=source, target=target, weight=weight, last=last, count=count)


def _within(ties: Ties, members: Whole) -> Ties:
    """The same ties, with places among more members."""
    if ties.members.size == members.size:
        return ties
    place = np.searchsorted(members, ties.members)
    return replace(ties, members=members, source=place[ties.source], target=place[ties.target])


def _spread(values: Array, is_old: Mask, empty: int = 0) -> Array:
    room = np.full(is_old.size, empty, values.dtype)
    room[is_old] = values
    return room
