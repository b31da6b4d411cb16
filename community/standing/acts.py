"""Choosing acts: which kinds, which side the member is on, and what else must hold."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.ledger.segments import NOTHING
from community.standing.past import NOBODY, Mask, Numbers, Past, Rows, places, type_codes
from community.standing.windows import Window

Side = Literal["actor", "other", "either"]
EXCUSES = "excuse.granted"
"""The kind of event that takes what happened about the same subject out of every rate."""
A_DAY = 86_400_000_000
A_WEEK = 7 * A_DAY
MONDAY = 3 * A_DAY
"""From a Monday to the next Thursday: 1970 began on one."""


@dataclass(frozen=True)
class Acts:
    """Which acts of members are meant.

    ``of`` says on which side the member is. ``least`` and ``most`` bound the value; ``about``
    names types of subjects; ``is_own`` asks that the subject is the member's, or is not.
    ``apart`` leaves out what somebody did with themselves. With ``once`` a pair counts once in
    each such stretch of time (weeks begin on Monday). ``is_taken_back`` asks for what was taken
    back in the window instead. ``is_excusable`` leaves out what was excused.
    """

    kinds: tuple[str, ...]
    of: Side = "actor"
    least: int | None = None
    most: int | None = None
    has_value: bool = False
    about: tuple[str, ...] = ()
    is_own: bool | None = None
    apart: bool = True
    once: timedelta | None = None
    is_taken_back: bool = False
    is_excusable: bool = False


@dataclass(frozen=True)
class Chosen:
    """Acts that were chosen, in order of time: the member's number, the other side, what it was about.

    ``people`` are the sorted ids of all who are named in an event of the past.
    """

    member: Whole
    id: Whole
    at: Whole
    other: Whole
    subject: Whole
    value: Whole
    people: Whole

    def __len__(self) -> int:
        return int(self.id.size)

    def where(self, kept: Any) -> "Chosen":
        """Those that a mask or a list of places keeps."""
        return replace(self, **{name: getattr(self, name)[kept] for name in ARRAYS})

    def distinct(self, what: str) -> "Chosen":
        """The first with each other side, or on each day or in each week, of every member."""
        return self.where(self.firsts(what))

    def firsts(self, what: str) -> Whole:
        """The places of those, for work that needs few of their columns."""
        key = {"day": self.at // A_DAY, "week": (self.at + MONDAY) // A_WEEK, "other": self.other,
               "subject": self.subject}[what]  # fmt: skip
        kept = np.flatnonzero(key != NOTHING)
        both = joint(self.member[kept], key[kept])
        del key
        # Sorting that keeps the order of equals takes several times as long.
        order = np.argsort(both)
        begins = np.flatnonzero(np.diff(both[order], prepend=-1))
        first = np.minimum.reduceat(order, begins) if begins.size else begins
        found: Whole = kept[np.sort(first)]
        return found

    def pairs(self) -> Whole:
        """A number for each pair of member and other side, the same wherever the pair is."""
        return self.member * (self.people.size + 1) + places(self.people, self.other) + 1


ARRAYS = ("member", "id", "at", "other", "subject", "value")


def choose(past: Past, acts: Acts, as_of: datetime, window: Window) -> Chosen:
    """The acts that are meant, as of a moment, within a window."""
    rows, counts = _in_time(past.rows(acts.kinds), acts, as_of, window)
    counts &= _holds(rows, acts)
    if acts.is_excusable:
        counts &= ~excused(past, rows, as_of)
    sides = ("actor", "other") if acts.of == "either" else (acts.of,)
    chosen = joined([_seen_by(past, rows, side, counts) for side in sides])
    if acts.is_own is not None:
        is_own = past.items.providers(chosen.subject) == past.members[chosen.member]
        chosen = chosen.where(is_own == acts.is_own)
    return chosen if acts.once is None else _once(chosen, acts.once)


def excused(past: Past, rows: Rows, as_of: datetime) -> Mask:
    """Which events are about a subject that was excused."""
    excuses = past.rows([EXCUSES]).as_of(as_of)
    found = np.zeros(len(rows), bool)
    for type in np.unique(excuses.type):
        of_type = excuses.subject[excuses.type == type]
        found |= (rows.type == type) & np.isin(rows.subject, of_type)
    found &= rows.subject != NOTHING
    return found


def by_member(past: Past, member: Whole, weights: Any = None) -> Numbers:
    """How many acts each member has, or what their weights add up to."""
    return np.bincount(member, weights=weights, minlength=len(past)).astype(np.float64)


def joint(numbers: Whole, keys: Whole) -> Whole:
    """One number, from 0, for each pair of a number from 0 and any key."""
    if not keys.size:
        return keys
    keys = keys - keys.min()
    span = int(keys.max()) + 1
    if (int(numbers.max()) + 1) * span > 2**62:
        known, keys = np.unique(keys, return_inverse=True)
        span = known.size
    found: Whole = numbers * span + keys
    return found


def joined(parts: list[Chosen]) -> Chosen:
    """Acts that were chosen apart, as one, in order of time."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([getattr(p, name) for p in parts]) for name in ARRAYS}
    whole = Chosen(**columns, people=parts[0].people)
    return whole.where(np.lexsort((whole.id, whole.at)))


def _in_time(rows: Rows, acts: Acts, as_of: datetime, window: Window) -> tuple[Rows, Mask]:
    """The rows of a window, and which of them count as of a moment."""
    first, end = window.span(as_of)
    now = clock.to_micros(as_of)
    if acts.is_taken_back:
        return rows, (rows.voided >= first) & (rows.voided < end) & (rows.voided <= now)
    rows = rows.where(slice(*np.searchsorted(rows.at, [first, end])))
    return rows, (rows.at <= now) & (rows.voided > now)


def _holds(rows: Rows, acts: Acts) -> Mask:
    holds = np.ones(len(rows), bool)
    if acts.has_value or acts.least is not None or acts.most is not None:
        holds &= rows.value != NOTHING
    if acts.least is not None:
        holds &= rows.value >= acts.least
    if acts.most is not None:
        holds &= rows.value <= acts.most
    if acts.about:
        holds &= np.isin(rows.type, type_codes(acts.about))
    if acts.apart:
        holds &= (rows.actor != rows.other) | (rows.actor == NOTHING)
    return holds


def _seen_by(past: Past, rows: Rows, side: str, counts: Mask) -> Chosen:
    """The rows that count, from one side; nothing else of them is copied."""
    mine, theirs = (rows.actor, rows.other) if side == "actor" else (rows.other, rows.actor)
    member = past.number(mine)
    kept = np.flatnonzero(counts & (member != NOBODY))
    told = (member, rows.id, rows.at, theirs, rows.subject, rows.value)
    columns = {name: column[kept] for name, column in zip(ARRAYS, told, strict=True)}
    return Chosen(**columns, people=past.people)


def _once(chosen: Chosen, stretch: timedelta) -> Chosen:
    size = int(stretch.total_seconds()) * 1_000_000
    turn = (chosen.at + (MONDAY if size % A_WEEK == 0 else 0)) // size
    pair = chosen.pairs()
    order = np.lexsort((turn, pair))
    pair, turn = pair[order], turn[order]
    begins = np.ones(order.size, bool)
    begins[1:] = (pair[1:] != pair[:-1]) | (turn[1:] != turn[:-1])
    return chosen.where(np.sort(order[begins]))
