"""How long a member has been silent, against the pace at which they usually act."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.acts import Acts, by_member, choose
from community.standing.folds import A_DAY, SHOWN_EVIDENCE, Values
from community.standing.past import Numbers, Past
from community.standing.windows import EVER, Window


@dataclass(frozen=True)
class PaceRatio:
    """Days since the last active day, over the median of the last gaps between active days.

    Of at most ``most`` gaps; with fewer than ``least`` there is no number. The median is taken
    as ``floor`` days at least and ``cap`` days at most. The sample is the number of gaps.
    """

    acts: Acts
    most: int = 20
    least: int = 5
    floor: float = 2.0
    cap: float = 60.0

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen = choose(past, self.acts, as_of, window)
        days = chosen.firsts("day")
        member, day = chosen.member[days], chosen.at[days] // A_DAY
        del chosen, days
        order = np.argsort(member, kind="stable")
        member, day = member[order], day[order]
        many, median = self._median(past, member, day)
        last = np.full(len(past), np.nan)
        last[member] = day  # In order of time, so the last one stays.
        silent = clock.to_micros(as_of) // A_DAY - last
        pace = np.clip(median, self.floor, self.cap)
        return Values(np.where(many >= self.least, silent / pace, np.nan), silent, many)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: the last acts of the last active days."""
        days = choose(past, self.acts, as_of, window).distinct("day")
        return days.id[np.argsort(-days.at, kind="stable")][: min(self.most + 1, SHOWN_EVIDENCE)]

    def _median(self, past: Past, member: Whole, day: Whole) -> tuple[Numbers, Numbers]:
        """How many gaps of each member count, and their median in days."""
        gap, of = np.diff(day), member[1:]
        is_gap = of == member[:-1]
        gap, of = gap[is_gap], of[is_gap]
        ends = np.cumsum(by_member(past, of)).astype(np.int64)
        is_late = np.arange(of.size) >= ends[of] - self.most
        gap, of = gap[is_late], of[is_late]
        gap = gap[np.lexsort((gap, of))]
        many = by_member(past, of)
        size, ends = many.astype(np.int64), np.cumsum(many).astype(np.int64)
        median = np.full(len(past), np.nan)
        some = size > 0
        first = (ends - size)[some]
        median[some] = (gap[first + (size[some] - 1) // 2] + gap[first + size[some] // 2]) / 2
        return many, median
