"""Whether something causes staying: members are given it or not by a coin, and the end is fixed beforehand."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Effect:
    """The difference of the shares that stayed, with and without, and its 95 % interval."""

    difference: float
    lo: float
    hi: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out that nothing happened."""
        return self.lo > 0 or self.hi < 0


@dataclass(frozen=True)
class Trial:
    """A test of one change, read once, when it ends."""

    name: str
    ends: datetime

    def has(self, member: int) -> bool:
        """Whether a member is given the change: half are, whoever asks and whenever."""
        drawn = hashlib.sha256(f"{self.name}\0{member}".encode()).digest()
        return drawn[0] % 2 == 0

    def why_not_read(self, now: datetime) -> str | None:
        """Why its effect can't be read yet: looking early finds effects that aren't there."""
        if now < self.ends:
            return (
                f"It runs until {self.ends:%Y-%m-%d}; looking before would find what isn't there."
            )
        return None

    def effect(self, outcomes: Iterable[tuple[int, bool]]) -> Effect:
        """What it did, from members and whether each stayed. Raises ValueError unless both kinds are there."""
        stayed, all_ = {True: 0, False: 0}, {True: 0, False: 0}
        for member, has_stayed in outcomes:
            all_[self.has(member)] += 1
            stayed[self.has(member)] += has_stayed
        return effect(stayed[True], all_[True], stayed[False], all_[False])


def effect(stayed: int, of: int, stayed_without: int, of_without: int) -> Effect:
    """The difference of two shares with the interval of Newcombe (1998), from those of Wilson.

    Raises ValueError where one of them is of nobody.
    """
    if not of or not of_without:
        raise ValueError("there must be members with it and without it")
    with_it, without = stayed / of, stayed_without / of_without
    low, high = _wilson(with_it, of)
    other_low, other_high = _wilson(without, of_without)
    difference = with_it - without
    return Effect(
        difference,
        max(-1.0, difference - math.hypot(with_it - low, other_high - without)),
        min(1.0, difference + math.hypot(high - with_it, without - other_low)),
    )


def _wilson(share: float, of: int) -> tuple[float, float]:
    middle = share + Z**2 / (2 * of)
    off = Z * math.sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return (middle - off) / (1 + Z**2 / of), (middle + off) / (1 + Z**2 / of)
