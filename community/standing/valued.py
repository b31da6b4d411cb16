"""Folds over the values of acts: their sum, their mean, the least and the last of them."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from community.kit.arrays import Whole
from community.standing.acts import Acts, Chosen, by_member, choose
from community.standing.folds import Values, newest, turns
from community.standing.past import Numbers, Past
from community.standing.windows import EVER, Window


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
        weight = by_member(past, chosen.member, weights) + self.prior
        total = by_member(past, chosen.member, weights * chosen.value) + self.prior * m0
        many = by_member(past, chosen.member)
        return Values(np.where(many > 0, total / weight, np.nan), total, many, weight)

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
