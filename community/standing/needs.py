"""What a badge asks: needs about metrics, and trees of them; read from plain data, judged over arrays.

A rule is a tree. Its leaves are needs: a metric, a bar to gain by and a gentler one to keep by,
a window, a smallest sample. Its branches are ``all``, ``any``, and ``at_least`` k of the last n
weeks. The same tree judges everyone at once and explains one member.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

from community.graph.arrays import distinct
from community.kit.arrays import Whole
from community.standing.categories import CATEGORIES, NO_CATEGORY, Category
from community.standing.folds import Count, Distinct, Values
from community.standing.metric import Metric
from community.standing.past import Mask, Numbers, Past
from community.standing.windows import Unit, Window, moved

Op = Literal["at_least", "more_than", "at_most", "less_than", "exactly", "top"]
OPS: tuple[Op, ...] = ("at_least", "more_than", "at_most", "less_than", "exactly", "top")
RISING = ("at_least", "more_than", "top")
"""Needs that more of something meets."""
FALLING = ("at_most", "less_than")
"""Needs that less of something meets."""
TOLERANCE = 1e-9
STEPS: dict[Unit, Callable[[datetime, int], datetime]] = {
    "day": lambda moment, n: moment - timedelta(days=n),
    "week": lambda moment, n: moment - timedelta(days=7 * n),
    "month": lambda moment, n: moved(moment, -n),
    "quarter": lambda moment, n: moved(moment, -3 * n),
    "year": lambda moment, n: moved(moment, -12 * n),
}


class BadRule(ValueError):
    """A rule that can't be read; says where and why."""


@dataclass(frozen=True)
class Spread:
    """That a count must come from so many different people and days: shares of its bar."""

    people: float = 0.0
    days: float = 0.0


@dataclass(frozen=True)
class Need:
    """One thing that is asked.

    ``keep`` is the bar for those who hold the badge; without one it is ``gain``. With
    ``least_n`` a number that rests on fewer things counts as missing. A missing number meets
    the need when ``if_none`` is true. ``or_count_max`` lets a rate pass whose numerator is no
    larger, so that one mishap of few does not cost a badge. ``each`` is the bar for each thing
    of a metric of things. With ``top`` the bar is the share of members who are to meet it:
    of all, or of those of one's own category where ``within`` names a kind of them.
    """

    metric: str
    op: Op
    gain: float
    keep: float | None = None
    window: Window | None = None
    each: float | None = None
    least_n: int = 0
    if_none: bool = False
    or_count_max: float | None = None
    spread: Spread | None = None
    within: str | None = None

    def bar(self, *, is_held: bool) -> float:
        """The bar for whoever holds the badge, or does not."""
        return self.gain if self.keep is None or not is_held else self.keep

    @property
    def sample(self) -> int:
        """On how many things a number must rest; nobody is among the first with nothing."""
        return max(self.least_n, 1) if self.op == "top" else self.least_n


@dataclass(frozen=True)
class AllOf:
    """Every part must hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """One part is enough."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AtLeast:
    """A need must have held at the end of so many of the last units of time."""

    k: int
    of: int
    unit: Unit
    need: Need


Node = Need | AllOf | AnyOf | AtLeast
Bar = float | Numbers
"""The number that is to be reached: one for all, or one for each member."""


@dataclass(frozen=True)
class Leaf:
    """How a need was judged: its place in the tree, when, its numbers, who meets which bar.

    ``bar_gain`` and ``bar_keep`` are the numbers that were to be reached; ``people`` and
    ``days`` those of a spread, and ``category`` that of each member; None where none is asked.
    """

    path: str
    need: Need
    as_of: datetime
    values: Values
    gain: Mask
    keep: Mask
    bar_gain: Bar
    bar_keep: Bar
    people: Numbers | None = None
    days: Numbers | None = None
    category: Whole | None = None

    def bar_for(self, place: int, *, is_held: bool) -> float:
        """The number that one member was to reach, who holds the badge or does not."""
        bar = self.bar_keep if is_held else self.bar_gain
        return float(bar[place]) if isinstance(bar, np.ndarray) else bar


@dataclass(frozen=True)
class Judged:
    """Who meets a rule by the bars to gain and to keep, with every leaf that it rests on."""

    gain: Mask
    keep: Mask
    leaves: tuple[Leaf, ...]


class Asking:
    """Answers what needs ask of a past, each question once.

    ``bars`` holds the numbers that a share of the community reaches, for needs with ``top``
    (see ``top_bars``); without them they are worked out from the past, which is then to hold
    everyone.
    """

    def __init__(
        self,
        past: Past,
        metrics: Mapping[str, Metric],
        bars: Mapping[str, float] | None = None,
        categories: Mapping[str, Category] = CATEGORIES,
    ) -> None:
        self.past, self.metrics, self.categories = past, metrics, categories
        self._bars = dict(bars) if bars is not None else None
        self._known: dict[tuple[Any, ...], Values] = {}
        self._categories: dict[tuple[str, datetime], Whole] = {}

    def __call__(self, need: Need, as_of: datetime) -> Values:
        """The numbers that a need is about."""
        key = (need.metric, need.window, need.each, as_of)
        if key not in self._known:
            metric = self.metrics[need.metric]
            self._known[key] = metric.of(self.past, as_of, need.window, need.each)
        return self._known[key]

    def forget(self) -> None:
        """Let go of what was answered, to ask about another day."""
        self._known.clear()
        self._categories.clear()

    def category(self, name: str, as_of: datetime) -> Whole:
        """Of which category of a kind each member is."""
        key = (name, as_of)
        if key not in self._categories:
            self._categories[key] = self.categories[name].of(self.past, as_of)
        return self._categories[key]

    def spread(self, need: Need, as_of: datetime) -> tuple[Numbers, Numbers]:
        """From how many people and on how many days a count came."""
        metric = self.metrics[need.metric]
        fold = metric.fold
        if not isinstance(fold, Count):
            raise BadRule(f"{need.metric} is no count, so it can't be spread")
        window = need.window or metric.window
        people = Distinct(fold.acts, "other").over(self.past, as_of, window)
        return people.num, Distinct(fold.acts, "day").over(self.past, as_of, window).num

    def bar(self, need: Need, as_of: datetime, *, is_held: bool) -> Bar:
        """The number that a need asks for; within a category each member has that of their own.

        It is out of reach where nobody competes, and for whoever is of no category.
        """
        bar = need.bar(is_held=is_held)
        if need.op != "top":
            return bar
        known = self._bars if self._bars is not None else self.top_bars(need, bar, as_of)
        if need.within is None:
            return known.get(top_name(need, bar), math.inf)
        category = self.category(need.within, as_of)
        found = np.full(category.size, math.inf)
        for number in distinct(category[category != NO_CATEGORY]).tolist():
            found[category == number] = known.get(top_name(need, bar, number), math.inf)
        return found

    def top_bars(self, need: Need, share: float, as_of: datetime) -> dict[str, float]:
        """The number that this share of those with a large enough sample reaches, by its name.

        Within a category there is one for each that somebody competes in.
        """
        values = self(need, as_of)
        competes = (values.den >= need.sample) & np.isfinite(values.value)
        if need.within is None:
            numbers = values.value[competes]
            return {top_name(need, share): _first(numbers, share)} if numbers.size else {}
        category = self.category(need.within, as_of)
        competes &= category != NO_CATEGORY
        category, numbers = category[competes], values.value[competes]
        return {
            top_name(need, share, number): _first(numbers[category == number], share)
            for number in distinct(category).tolist()
        }


def top_bars(needs: Iterable[Need], ask: Asking, as_of: datetime) -> dict[str, float]:
    """The bars of all shares that some needs ask for, from a past that holds everyone."""
    found: dict[str, float] = {}
    for need in needs:
        if need.op == "top":
            for is_held in (False, True):
                found |= ask.top_bars(need, need.bar(is_held=is_held), as_of)
    return found


def top_name(need: Need, share: float, category: int = NO_CATEGORY) -> str:
    """What the bar of a share is kept under: all that it depends on."""
    window = need.window
    of_window = (window.length, window.until, window.of) if window else (None,) * 3
    asked = (need.metric, share, *of_window, need.each, need.sample)
    # Bars of the whole community were kept before there were categories, and are found again.
    within = () if need.within is None else (need.within, category)
    return ":".join("" if part is None else str(part) for part in (*asked, *within))


def judge(node: Node, ask: Asking, as_of: datetime, path: str = "") -> Judged:
    """Judge a rule as of a moment for all members of a past."""
    if isinstance(node, Need):
        leaf = _leaf(node, ask, as_of, path)
        return Judged(leaf.gain, leaf.keep, (leaf,))
    if isinstance(node, AtLeast):
        return _at_least(node, ask, as_of, path)
    parts = [judge(part, ask, as_of, path_below(path, n)) for n, part in enumerate(node.parts)]
    joined = np.logical_and.reduce if isinstance(node, AllOf) else np.logical_or.reduce
    return Judged(
        joined([part.gain for part in parts]),
        joined([part.keep for part in parts]),
        tuple(leaf for part in parts for leaf in part.leaves),
    )


def meets(need: Need, values: Values, bar: Bar) -> Mask:
    """Whose numbers meet a need by a bar, whatever it asks of their spread."""
    value = values.value
    is_none = np.isnan(value) | (values.den < need.sample)
    with np.errstate(invalid="ignore"):
        holds: Mask = {
            "at_least": value >= bar,
            "top": value >= bar,
            "more_than": value > bar,
            "at_most": value <= bar,
            "less_than": value < bar,
            "exactly": value == bar,
        }[need.op]
    if need.or_count_max is not None:
        holds = holds | (values.num <= need.or_count_max)
    found: Mask = np.where(is_none, need.if_none, holds)
    return found


def spread_over(share: float, bar: float) -> int:
    """How many people or days a share of a bar is."""
    return math.ceil(share * bar - TOLERANCE)


def path_below(path: str, n: int) -> str:
    """The path of the n-th part of a branch."""
    return f"{path}.{n}" if path else str(n)


def needs_of(node: Node) -> Iterator[Need]:
    """Every need in a tree."""
    if isinstance(node, Need):
        yield node
    elif isinstance(node, AtLeast):
        yield node.need
    else:
        for part in node.parts:
            yield from needs_of(part)


def _at_least(node: AtLeast, ask: Asking, as_of: datetime, path: str) -> Judged:
    leaves = [
        _leaf(node.need, ask, STEPS[node.unit](as_of, n), path_below(path, n))
        for n in range(node.of)
    ]
    gains = np.sum([leaf.gain for leaf in leaves], axis=0)
    keeps = np.sum([leaf.keep for leaf in leaves], axis=0)
    return Judged(gains >= node.k, keeps >= node.k, tuple(leaves))


def _leaf(need: Need, ask: Asking, as_of: datetime, path: str) -> Leaf:
    values = ask(need, as_of)
    bars = [ask.bar(need, as_of, is_held=is_held) for is_held in (False, True)]
    gain, keep = (meets(need, values, bar) for bar in bars)
    people = days = category = None
    if need.within is not None:
        category = ask.category(need.within, as_of)
        gain, keep = (mask & (category != NO_CATEGORY) for mask in (gain, keep))
    if need.spread is not None:
        people, days = ask.spread(need, as_of)
        gain = gain & _is_spread(need.spread, need.bar(is_held=False), people, days)
        keep = keep & _is_spread(need.spread, need.bar(is_held=True), people, days)
    return Leaf(path, need, as_of, values, gain, keep, bars[0], bars[1], people, days, category)


def _first(numbers: Numbers, share: float) -> float:
    """The number that a share of some numbers reaches.

    Of equals at the bar all reach it; a share of few is one of them at least.
    """
    place = max(math.floor(share * numbers.size + TOLERANCE), 1)
    return float(np.sort(numbers)[-place])


def _is_spread(spread: Spread, bar: float, people: Numbers, days: Numbers) -> Mask:
    enough: Mask = people >= spread_over(spread.people, bar)
    found: Mask = enough & (days >= spread_over(spread.days, bar))
    return found
