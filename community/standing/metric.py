"""What a metric is: a number of members with its name, its meaning, and the digits in which it is judged."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from community.kit.words import Words
from community.standing.folds import Fold, OnGraph, Since, Values
from community.standing.past import Numbers, Past
from community.standing.things import FactOfThings, LatestFact, Things
from community.standing.valued import LastValue
from community.standing.windows import EVER, Window

Shown = Literal["count", "stars", "percent", "days", "hours", "points", "score"]
DIGITS: dict[Shown, int] = {
    "count": 0, "stars": 2, "percent": 4, "days": 0, "hours": 1, "points": 0, "score": 2,
}  # fmt: skip
"""Decimals to which a number is worked out, shown and judged: one and the same number."""
WHOLE_DAYS = "days"
TOLERANCE = 1e-9
STATES = (Since, LastValue, LatestFact, FactOfThings, OnGraph)
"""Folds about how things are, not about how much happened in a time."""
FACT_SLOTS = ("fact", "declared", "weighed_by", "shared")
"""Where a fold names the figures that it reads."""


@dataclass(frozen=True)
class Metric:
    """A number of members: its name, what people call it, what it means, how it is made.

    ``window`` is what it looks at unless a rule says otherwise. A metric of things may be
    asked with a bar for ``each`` thing, which then has to reach it to be counted. One that
    ``is_cut`` is never rounded up: 4.799 stars are 4.79. ``one`` and ``many`` say so many of
    what it counts, or of the best that can happen to it; ``each`` says the bar of each.
    """

    name: str
    label: Words
    says: Words
    fold: Fold
    window: Window = EVER
    shown_as: Shown = "count"
    is_cut: bool = False
    one: Words | None = None
    many: Words | None = None
    each: Words | None = None

    def of(
        self, past: Past, as_of: datetime, window: Window | None = None, each: float | None = None
    ) -> Values:
        """The number of each member as of a moment, to the digits in which it is shown."""
        found = self.asked(each).over(past, as_of, window or self.window)
        return replace(found, value=self.rounded(found.value))

    def asked(self, each: float | None = None) -> Fold:
        """The fold, with the bar for each thing where one is asked."""
        if each is None:
            return self.fold
        if not self.takes_each:
            raise ValueError(f"{self.name} counts no things with a figure")
        fold: Any = self.fold
        asked: Fold = replace(fold, least=each)
        return asked

    @property
    def takes_each(self) -> bool:
        """Whether it counts things that have a figure which a rule can ask of each."""
        return isinstance(self.fold, Things) and self.fold.fact is not None

    @property
    def takes_window(self) -> bool:
        """Whether the window of a whole badge is meant for it too: not for how things are."""
        return not isinstance(self.fold, STATES)

    @property
    def scale(self) -> int:
        """How many of its smallest steps make one."""
        return int(10 ** DIGITS[self.shown_as])

    @property
    def lift(self) -> float:
        """How many steps below a number that is shown the unrounded one may lie."""
        return 0.0 if self.is_cut or self.shown_as == WHOLE_DAYS else 0.5

    def rounded(self, value: Numbers) -> Numbers:
        """Numbers to the digits in which they are shown: half up, or cut; days are whole ones."""
        found: Numbers = np.floor(value * self.scale + self.lift + TOLERANCE) / self.scale
        return found
