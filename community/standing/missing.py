"""What a need still lacks: how many more of what helps, and when it is met if nothing else happens."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from community.kit import clock
from community.standing.folds import A_DAY, Count, DaysShare, Distinct, Share, Since, acts_of
from community.standing.metric import TOLERANCE, Metric
from community.standing.needs import FALLING, RISING, Leaf, Need, meets, spread_over
from community.standing.pairs import Mutual, StillActive
from community.standing.past import Past
from community.standing.points import Points
from community.standing.replays import known
from community.standing.things import Things
from community.standing.threads import Followed, MedianWait, Within
from community.standing.valued import Extreme, Mean, Sum, WeighedMean
from community.standing.windows import Length, Window, following

BEST = 5.0
"""The most stars that a review can give."""
COUNTING = (Count, Distinct, Sum, Mutual, Things, Points)
RATES = (Share, Within, Followed, StillActive)
AGEING = (Mean, WeighedMean, Extreme, MedianWait, DaysShare, *RATES)
"""Folds that may become better because something is too old to count."""
MOST_DAYS, MOST_TURNS = 400, 12
"""The most days, and turns of a calendar, that are tried until a need is met on one."""
FARTHEST = 36_525.0
"""The most days ahead that are told."""


@dataclass(frozen=True)
class Missing:
    """What a need still lacks.

    ``many`` more of what it counts, or of the best that can happen (five-star reviews by
    people who are trusted, answers in time, exchanges that go well), when that can help;
    ``on`` a moment of the first day on which it is met if nothing else happens.
    """

    many: int | None = None
    on: datetime | None = None


class Ahead:
    """What comes if nothing else happens, for the one member of a past, seen from a moment."""

    def __init__(self, past: Past, metrics: Mapping[str, Metric], as_of: datetime) -> None:
        self.past, self.metrics, self.as_of = past, metrics, as_of

    def met_on(self, need: Need, bar: float) -> datetime | None:
        """When a need is met though nothing happens; None where it is not, or nobody can tell."""
        metric = self.metrics[need.metric]
        window = need.window or metric.window
        if need.op == "top" or need.spread is not None or not _may_ease(need, metric, window):
            return None
        for moment in self._moments(metric, window):
            values = metric.of(self._known, moment, window, need.each)
            if meets(need, values, bar)[0]:
                return moment
        return None

    @cached_property
    def _known(self) -> Past:
        return known(self.past, self.as_of)

    def _moments(self, metric: Metric, window: Window) -> Iterator[datetime]:
        """When the window holds other acts than now: on each day, the last moment at which some leave."""
        unit = window.until or window.of
        if unit is not None:
            moment = self.as_of
            for _turn in range(MOST_TURNS):
                moment = following(moment, unit)
                yield moment
        elif window.length is not None:
            first, end = window.span(self.as_of)
            rows = self._known.rows({kind for acts in acts_of(metric.fold) for kind in acts.kinds})
            at = rows.at[(rows.at >= first) & (rows.at < end)][::-1]
            _, last = np.unique(at // A_DAY, return_index=True)
            for micros in at[last][:MOST_DAYS].tolist():
                yield _leaves(window, window.length, micros)


def missing(
    leaf: Leaf, metric: Metric, place: int, bar: float, ahead: Ahead | None = None
) -> Missing:
    """What a need that was not met still lacks; with ``ahead`` also when it will be met."""
    need = leaf.need
    value, num, den = (
        float(part[place]) for part in (leaf.values.value, leaf.values.num, leaf.values.den)
    )
    if math.isinf(bar):
        return Missing()  # Nobody is there to be compared with.
    if isinstance(metric.fold, Since):
        return _since(leaf, metric, bar, num)
    on = ahead.met_on(need, bar) if ahead is not None else None
    if need.op == "exactly" and value > bar:
        return Missing(on=on)
    many = _good_ones if need.op in FALLING else _more
    return Missing(many(leaf, metric, place, bar, num, den), on)


def least_raw(need: Need, metric: Metric, bar: float) -> float:
    """The unrounded number from which on a rising need is met."""
    steps = bar * metric.scale
    is_beyond = need.op == "more_than"
    shown = math.floor(steps + TOLERANCE) + 1 if is_beyond else math.ceil(steps - TOLERANCE)
    return (shown - metric.lift) / metric.scale


def most_raw(need: Need, metric: Metric, bar: float) -> float:
    """The unrounded number below which a falling need is met."""
    steps = bar * metric.scale
    is_below = need.op == "less_than"
    shown = math.ceil(steps - TOLERANCE) - 1 if is_below else math.floor(steps + TOLERANCE)
    return (shown + 1 - metric.lift) / metric.scale


def _since(leaf: Leaf, metric: Metric, bar: float, days: float) -> Missing:
    need, fold = leaf.need, metric.fold
    if math.isnan(days):
        return Missing(1)
    if need.op in FALLING:
        can_renew = not getattr(fold, "is_first", False) and most_raw(need, metric, bar) > 0
        return Missing(1 if can_renew else None)
    left = least_raw(need, metric, bar) - days
    return Missing(on=leaf.as_of + timedelta(days=left)) if 0 <= left <= FARTHEST else Missing()


def _more(leaf: Leaf, metric: Metric, place: int, bar: float, num: float, den: float) -> int | None:
    """How many more meet a need that rises, and rest on enough people, days and things."""
    need = leaf.need
    raw = least_raw(need, metric, bar)
    found = _best_ones(leaf, metric, place, bar, raw, num, den)
    if found is None:
        return None
    return max(found, need.sample - int(den), _unspread(leaf, place, bar), 1)


def _best_ones(
    leaf: Leaf, metric: Metric, place: int, bar: float, raw: float, num: float, den: float
) -> int | None:
    """How many more of what is counted, or of the best in a row, bring a number up to a bar."""
    fold = metric.fold
    if isinstance(fold, COUNTING):
        return _ceil(raw + metric.lift - num)
    if isinstance(fold, DaysShare):
        return _ceil(raw * den - num)
    if isinstance(fold, Mean | WeighedMean) and metric.shown_as == "stars":
        weight = den if leaf.values.weight is None else float(leaf.values.weight[place])
        return _until(BEST, bar, raw, weight, num)
    if isinstance(fold, RATES):
        return _until(1.0, bar, raw, den, num)
    return 1 if isinstance(fold, Extreme) and not den else None


def _until(best: float, bar: float, raw: float, weight: float, num: float) -> int | None:
    """How many of the best bring a mean up to a bar; None where none can."""
    if max(bar, raw) >= best:
        return None if weight else 1
    return _ceil((raw * weight - num) / (best - raw))


def _good_ones(
    leaf: Leaf, metric: Metric, place: int, bar: float, num: float, den: float
) -> int | None:
    """How many more that go well bring a rate down to its bar; None where none can."""
    if not isinstance(metric.fold, RATES):
        return None
    lacking = max(leaf.need.sample, 1) - int(den)
    if num == 0:
        return lacking if lacking > 0 else None
    if bar <= 0:
        return None
    raw = most_raw(leaf.need, metric, bar)
    return max(math.floor(num / raw - den + TOLERANCE) + 1, lacking, 1)


def _unspread(leaf: Leaf, place: int, bar: float) -> int:
    """How many more acts there must be at least so that they come from enough people and days."""
    spread = leaf.need.spread
    if spread is None or leaf.people is None or leaf.days is None:
        return 0
    people = spread_over(spread.people, bar) - int(leaf.people[place])
    return max(people, spread_over(spread.days, bar) - int(leaf.days[place]))


def _may_ease(need: Need, metric: Metric, window: Window) -> bool:
    """Whether a need can come to be met by waiting alone."""
    if isinstance(metric.fold, AGEING):
        return True
    is_counting = isinstance(metric.fold, COUNTING)
    # What happened since a window ended comes into it when the next one begins.
    return is_counting and (need.op not in RISING or window.until is not None)


def _leaves(window: Window, length: Length, micros: int) -> datetime:
    """The first moment whose window no longer holds what happened at another."""
    gone = length.after(clock.from_micros(micros))
    # Counted from the end of a long month, a short one ends too early.
    return gone if window.span(gone)[0] > micros else following(gone, "month")


def _ceil(number: float) -> int:
    return math.ceil(number - TOLERANCE)
