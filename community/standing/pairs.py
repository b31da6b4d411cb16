"""Folds over pairs: with whom acts went both ways, and what became of those whom a member brought."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.acts import Acts, Chosen, Side, by_member, choose, joined
from community.standing.folds import A_DAY, Values, newest
from community.standing.past import NOBODY, Mask, Past, places
from community.standing.windows import EVER, Window


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
    """With how many others acts went both ways; of the kinds in ``both`` each goes both ways by itself."""

    acts: Acts
    both: tuple[str, ...] = ()

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        return Values.counted(by_member(past, self._both(past, as_of, window).member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(self._both(past, as_of, window))

    def _both(self, past: Past, as_of: datetime, window: Window) -> Chosen:
        """The first act with each other where there was one in both directions."""
        did, met = (
            choose(past, replace(self.acts, of=of), as_of, window).distinct("other") for of in SIDES
        )
        if not self.both:
            return did.where(_are_among(did.pairs(), met.pairs()))
        shared = choose(past, Acts(self.both, of="either"), as_of, window).distinct("other")
        acts = joined([did, met, shared]).distinct("other")
        goes, comes = (joined([part, shared]).pairs() for part in (did, met))
        return acts.where(_are_among(acts.pairs(), goes) & _are_among(acts.pairs(), comes))


def _are_among(pairs: Whole, known: Whole) -> Mask:
    # np.isin hashes, which takes many times as long for millions of different ones.
    found: Mask = places(np.sort(known), pairs) != NOBODY
    return found


SIDES: tuple[Side, Side] = ("actor", "other")
