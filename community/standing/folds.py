"""The few ways in which a number about members is made of what happened; each takes ``as_of``.

A fold answers for all members of a ``Past`` at once: with everyone in it for the nightly
run, with one member in it for a page. So there is one declaration and one computation.
Rates keep numerator and denominator; a missing number is NaN, never zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.acts import Acts, Chosen, by_member, choose
from community.standing.past import Numbers, Past
from community.standing.windows import EVER, Window

MILLION = 1_000_000
A_DAY = 86_400_000_000
A_MOMENT = 1 / A_DAY
"""A microsecond in days."""
SHOWN_EVIDENCE = 40
"""The most events that are named as the evidence of one number."""


@dataclass(frozen=True)
class Values:
    """A number for each member, NaN where there is none.

    ``num`` and ``den`` are what it was divided from, or the number itself and how many things
    it rests on; ``den`` is the sample that a minimum is asked of. ``weight`` is what ``num`` was
    divided by where that is not the sample, because each part of it weighs something else.
    """

    value: Numbers
    num: Numbers
    den: Numbers
    weight: Numbers | None = None

    @classmethod
    def counted(cls, counts: Numbers) -> "Values":
        """Numbers that count things: each rests on as many things as it counts."""
        return cls(counts, counts, counts)

    @classmethod
    def divided(cls, num: Numbers, den: Numbers) -> "Values":
        """A share or mean for each; none where nothing is there to divide by."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return cls(np.where(den > 0, num / den, np.nan), num, den)


class Fold(Protocol):
    """One way to make a number for each member."""

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """The number of each member as of a moment, within a window."""
        ...

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """The ids of the events that it rests on, newest first; for a past with one member."""
        ...


@dataclass(frozen=True)
class Count:
    """How many acts there were."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        return Values.counted(by_member(past, chosen.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(choose(past, self.acts, as_of, window))


@dataclass(frozen=True)
class Ever:
    """Whether something was ever done: 1 or 0."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        counts = Count(self.acts).over(past, as_of, window).num
        return Values.counted(np.minimum(counts, 1.0))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: the first time."""
        return choose(past, self.acts, as_of, window).id[:1]


@dataclass(frozen=True)
class Distinct:
    """With how many different others, or on how many different days or weeks, acts were done."""

    acts: Acts
    what: str = "other"

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        return Values.counted(by_member(past, chosen.member[chosen.firsts(self.what)]))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(choose(past, self.acts, as_of, window).distinct(self.what))


@dataclass(frozen=True)
class DaysShare:
    """On what share of the window's days something was done; none where it has no beginning."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        days = Distinct(self.acts, "day").over(past, as_of, window).num
        long = window.days(as_of)
        whole = 0 if np.isinf(long) else np.ceil(long - A_MOMENT)
        # A window from noon to noon touches a day more than it is long.
        return Values.divided(np.minimum(days, whole), np.full(days.size, float(whole)))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return Distinct(self.acts, "day").evidence(past, as_of, window)


@dataclass(frozen=True)
class Share:
    """What share of some acts are of another kind: both counted, numerator and denominator kept.

    ``is_apart`` adds the numerator to the denominator, for acts that are not among the others.
    """

    top: Acts
    all: Acts
    is_apart: bool = False

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        num = Count(self.top).over(past, as_of, window).num
        den = Count(self.all).over(past, as_of, window).num
        return Values.divided(num, den + num if self.is_apart else den)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return Count(self.top).evidence(past, as_of, window)


@dataclass(frozen=True)
class Since:
    """How many days ago something was last done, or first done."""

    acts: Acts
    is_first: bool = False

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        at = np.full(len(past), np.inf if self.is_first else -np.inf)
        (np.minimum if self.is_first else np.maximum).at(at, chosen.member, chosen.at.astype(float))
        days = (clock.to_micros(as_of) - at) / A_DAY
        days[~np.isfinite(days)] = np.nan
        return Values(days, days, by_member(past, chosen.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        return (chosen.id[:1] if self.is_first else chosen.id[-1:]) if len(chosen) else chosen.id


@dataclass(frozen=True)
class OnGraph:
    """A measure of the member's place in the graph, as it was last worked out."""

    measure: str

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        value = past.context.measures.get(self.measure)
        value = np.full(len(past), np.nan) if value is None else value
        return Values(value, value, (~np.isnan(value)).astype(float))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: it rests on all that happened."""
        return np.empty(0, np.int64)


def acts_of(fold: object) -> Iterator[Acts]:
    """All acts that a fold is made of."""
    if isinstance(fold, Acts):
        yield fold
    elif is_dataclass(fold):
        for field in fields(fold):
            part: Any = getattr(fold, field.name)
            yield from acts_of(part)


def newest(chosen: Chosen) -> Whole:
    """The ids of the newest acts, newest first, as the evidence of a number."""
    return chosen.id[np.argsort(-chosen.at, kind="stable")][:SHOWN_EVIDENCE]


def turns(keys: Whole) -> Whole:
    """For each key, the how manieth of its like it is, from 1."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: keys.size])
    turns = np.empty(keys.size, np.int64)
    length = np.diff(np.r_[begins, keys.size])
    turns[order] = np.arange(keys.size) - np.repeat(begins, length) + 1
    return turns
