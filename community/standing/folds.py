"""The few ways in which a number about members is made of what happened; each takes ``as_of``.

A fold answers for all members of a ``Past`` at once: with everyone in it for the nightly
run, with one member in it for a page. So there is one declaration and one computation.
Rates keep numerator and denominator; a missing number is NaN, never zero.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.acts import Acts, Chosen, by_member, choose
from community.standing.past import Numbers, Past, places
from community.standing.windows import EVER, Window

MILLION = 1_000_000
A_DAY = 86_400_000_000
SHOWN_EVIDENCE = 40
"""The most events that are named as the evidence of one number."""


@dataclass(frozen=True)
class Values:
    """A number for each member, NaN where there is none.

    ``num`` and ``den`` are what it was divided from, or the number itself and how many things
    it rests on; ``den`` is the sample that a minimum is asked of.
    """

    value: Numbers
    num: Numbers
    den: Numbers

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
class Distinct:
    """With how many different others, or on how many different days or weeks, acts were done."""

    acts: Acts
    what: str = "other"

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        return Values.counted(by_member(past, chosen.distinct(self.what).member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(choose(past, self.acts, as_of, window).distinct(self.what))


@dataclass(frozen=True)
class DaysShare:
    """On what share of the window's days something was done."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        days = Distinct(self.acts, "day").over(past, as_of, window).num
        return Values.divided(days, np.full(days.size, round(window.days(as_of))))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return Distinct(self.acts, "day").evidence(past, as_of, window)


@dataclass(frozen=True)
class Sum:
    """What the values of acts add up to."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, replace(self.acts, has_value=True), as_of, window)
        total = by_member(past, chosen.member, chosen.value)
        return Values(total, total, by_member(past, chosen.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(choose(past, replace(self.acts, has_value=True), as_of, window))


@dataclass(frozen=True)
class Mean:
    """The plain mean of the values of acts."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        total = Sum(self.acts).over(past, as_of, window)
        return Values.divided(total.num, total.den)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return Sum(self.acts).evidence(past, as_of, window)


@dataclass(frozen=True)
class Extreme:
    """The smallest of the values of acts, or the largest."""

    acts: Acts
    is_least: bool = True

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, replace(self.acts, has_value=True), as_of, window)
        found = np.full(len(past), np.inf if self.is_least else -np.inf)
        (np.minimum if self.is_least else np.maximum).at(found, chosen.member, chosen.value)
        many = by_member(past, chosen.member)
        found[many == 0] = np.nan
        return Values(found, found, many)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        chosen = choose(past, replace(self.acts, has_value=True), as_of, window)
        order = np.argsort(chosen.value if self.is_least else -chosen.value, kind="stable")
        return chosen.id[order][:1]


@dataclass(frozen=True)
class WeighedMean:
    """The mean of values drawn towards the community's mean, each weighed by who gave it.

    ``(sum w v + n0 m0) / (sum w + n0)``: w is the giver's trust, times 1, 1/2, 1/3 … for the
    k-th rating of the same pair in the window, times ``swapped`` where both rated each other
    as provider; m0 is the community's mean, else ``fallback``.
    """

    acts: Acts
    prior: float = 5.0
    fallback: float = 4.5
    swapped: float = 0.25

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, replace(self.acts, has_value=True), as_of, window)
        weights = self._weights(past, chosen, as_of, window)
        mean = past.context.mean_rating
        m0 = self.fallback if mean is None else mean
        weight = by_member(past, chosen.member, weights)
        total = by_member(past, chosen.member, weights * chosen.value)
        many = by_member(past, chosen.member)
        value = np.where(many > 0, (total + self.prior * m0) / (weight + self.prior), np.nan)
        return Values(value, total, many)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return Sum(self.acts).evidence(past, as_of, window)

    def _weights(self, past: Past, chosen: Chosen, as_of: datetime, window: Window) -> Numbers:
        pair = chosen.pairs()
        turn = turns(pair)
        given = choose(
            past, replace(self.acts, of="actor", has_value=True, is_own=False), as_of, window
        )
        both = np.isin(pair, given.pairs()) if self.acts.is_own else np.zeros(pair.size, bool)
        return past.context.weight_of(chosen.other) / turn * np.where(both, self.swapped, 1.0)


@dataclass(frozen=True)
class Share:
    """What share of some acts are of another kind: both counted, numerator and denominator kept.

    ``is_apart`` adds the numerator to the denominator, for acts that are not among the others.
    With ``until`` acts of the denominator count only when so long ago.
    """

    top: Acts
    all: Acts
    is_apart: bool = False
    until: timedelta | None = None

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        num = Count(self.top).over(past, as_of, window).num
        chosen = choose(past, self.all, as_of, window)
        if self.until is not None:
            chosen = chosen.where(chosen.at <= clock.to_micros(as_of - self.until))
        den = by_member(past, chosen.member)
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
class LastValue:
    """The value of the last act."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, replace(self.acts, has_value=True), as_of, window)
        value = np.full(len(past), np.nan)
        value[chosen.member] = chosen.value  # In order of time, so the last one stays.
        return Values(value, value, by_member(past, chosen.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return choose(past, replace(self.acts, has_value=True), as_of, window).id[-1:]


@dataclass(frozen=True)
class StillActive:
    """What share of those whom a member brought did something again after some days."""

    brought: Acts
    days: int = 90

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = self._due(past, as_of, window)
        ids, last = past.last_acts(as_of)
        at = places(ids, chosen.other)
        stayed = (at >= 0) & (last[at] >= chosen.at + self.days * A_DAY) if ids.size else at >= 0
        return Values.divided(
            by_member(past, chosen.member[stayed]), by_member(past, chosen.member)
        )

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(self._due(past, as_of, window))

    def _due(self, past: Past, as_of: datetime, window: Window) -> Chosen:
        chosen = choose(past, self.brought, as_of, window)
        return chosen.where(chosen.at <= clock.to_micros(as_of) - self.days * A_DAY)


@dataclass(frozen=True)
class Mutual:
    """With how many others acts went both ways."""

    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        return Values.counted(by_member(past, self._both(past, as_of, window).member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(self._both(past, as_of, window))

    def _both(self, past: Past, as_of: datetime, window: Window) -> Chosen:
        did = choose(past, replace(self.acts, of="actor"), as_of, window).distinct("other")
        met = choose(past, replace(self.acts, of="other"), as_of, window)
        return did.where(np.isin(did.pairs(), met.pairs()))


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
