"""Reading rules from plain data, as files and forms tell them; every mistake is said with its place."""

from collections.abc import Collection, Mapping
from typing import Any

from community.standing.categories import CATEGORIES
from community.standing.folds import Count, Share
from community.standing.metric import Metric
from community.standing.needs import (
    FALLING,
    OPS,
    RISING,
    AllOf,
    AnyOf,
    AtLeast,
    BadRule,
    Need,
    Node,
    Op,
    Spread,
)
from community.standing.windows import UNITS, BadLength, Length, Window

BRANCHES = ("all", "any", "at_least_of")
MOST_PARTS, DEEPEST = 30, 6
LONGEST_MONTHS, LONGEST_DAYS = 1200, 36_525
LARGEST = 1e12
MOST_UNITS = 60
NEED_KEYS = {
    "metric", "keep", "window", "until", "of", "each", "min_n", "if_none", "or_count_max", "spread",
    "within", *OPS,
}  # fmt: skip


def read_rule(
    told: Any,
    metrics: Mapping[str, Metric],
    *,
    window: Window | None = None,
    keep_factor: float | None = None,
    path: str = "rule",
) -> Node:
    """The tree that plain data tells.

    ``window`` holds for needs that say none, unless their metric is about how things are;
    ``keep_factor`` for needs of at least so many without a bar to keep by. Raises BadRule,
    with the path of what is wrong.
    """
    return _Reader(metrics, window, keep_factor).node(told, path, 1)


def read_length(text: Any, path: str) -> Length:
    """The length of time that a text names, of a hundred years at most. Raises BadRule."""
    try:
        length = Length.read(text)
    except (BadLength, TypeError) as why:
        raise BadRule(f"{path}: {why}") from None
    if length.months > LONGEST_MONTHS or length.days > LONGEST_DAYS:
        raise BadRule(f"{path}: a hundred years at most are expected")
    return length


def refuse_unknown(told: Mapping[Any, Any], known: Collection[str], path: str) -> None:
    """Raises BadRule where something is told that is not known."""
    if unknown := {repr(name) for name in told if name not in known}:
        raise BadRule(f"{path}: {', '.join(sorted(unknown))} is not known here")


class _Reader:
    """Reads the nodes of one rule, with what holds for all of its needs."""

    def __init__(
        self, metrics: Mapping[str, Metric], window: Window | None, keep_factor: float | None
    ) -> None:
        self.metrics, self.window, self.keep_factor = metrics, window, keep_factor

    def node(self, told: Any, path: str, depth: int) -> Node:
        """The node that plain data tells."""
        if not isinstance(told, Mapping):
            raise BadRule(f"{path}: a need or a branch is expected")
        branches = [name for name in BRANCHES if name in told]
        if len(branches) > 1 or (branches and len(told) > 1):
            raise BadRule(f"{path}: a branch stands alone: one of {', '.join(BRANCHES)}")
        if not branches:
            return self.need(told, path)
        where = f"{path}.{branches[0]}"
        if branches[0] == "at_least_of":
            return self.at_least(told[branches[0]], where)
        parts = self.parts(told[branches[0]], where, depth)
        return AllOf(parts) if branches[0] == "all" else AnyOf(parts)

    def parts(self, told: Any, path: str, depth: int) -> tuple[Node, ...]:
        """The nodes of a branch."""
        if not isinstance(told, list) or not 1 <= len(told) <= MOST_PARTS:
            raise BadRule(f"{path}: a list of 1 to {MOST_PARTS} needs is expected")
        if depth > DEEPEST:
            raise BadRule(f"{path}: at most {DEEPEST} branches inside each other are expected")
        return tuple(self.node(part, f"{path}.{n}", depth + 1) for n, part in enumerate(told))

    def at_least(self, told: Any, path: str) -> AtLeast:
        """A need that is to hold at the end of so many units of time."""
        if not isinstance(told, Mapping) or set(told) != {"k", "of", "unit", "need"}:
            raise BadRule(f"{path}: k, of, unit and need are expected")
        k, of, unit = told["k"], told["of"], told["unit"]
        if unit not in UNITS:
            raise BadRule(f"{path}.unit: one of {', '.join(UNITS)}")
        if not (_is_whole(k) and _is_whole(of) and 1 <= k <= of <= MOST_UNITS):
            raise BadRule(f"{path}: 1 <= k <= of <= {MOST_UNITS} is expected")
        need = self.need(told["need"], f"{path}.need")
        if need.op == "top":
            raise BadRule(f"{path}.need.top: the first of today were not those of then")
        return AtLeast(k, of, unit, need)

    def need(self, told: Any, path: str) -> Need:
        """One need."""
        if not isinstance(told, Mapping):
            raise BadRule(f"{path}: a need is expected")
        refuse_unknown(told, NEED_KEYS, path)
        name = told.get("metric")
        if not isinstance(name, str) or name not in self.metrics:
            raise BadRule(f"{path}.metric: there is no metric {name!r}")
        ops = [op for op in OPS if op in told]
        if len(ops) != 1:
            raise BadRule(f"{path}: one of {', '.join(OPS)} is expected")
        metric = self.metrics[name]
        gain = _number(told, ops[0], path)
        need = Need(
            name,
            ops[0],
            gain,
            self._keep(told, ops[0], gain, path),
            _window(told, path) or (self.window if metric.takes_window else None),
            _number(told, "each", path) if "each" in told else None,
            _sample(told, path),
            _if_none(told, ops[0], path),
            _number(told, "or_count_max", path) if "or_count_max" in told else None,
            _spread(told, path),
            _within(told, ops[0], path),
        )
        _check(need, metric, path)
        return need

    def _keep(self, told: Mapping[str, Any], op: Op, gain: float, path: str) -> float | None:
        if "keep" in told:
            return _number(told, "keep", path)
        if self.keep_factor is None or op not in ("at_least", "more_than"):
            return None
        # Down from a bar below nothing, too; and never a hair beside what is meant.
        return round(gain - (1 - self.keep_factor) * abs(gain), 9)


def _check(need: Need, metric: Metric, path: str) -> None:
    if need.each is not None and not metric.takes_each:
        raise BadRule(f"{path}.each: {need.metric} counts no things with a figure")
    if need.or_count_max is not None and not (
        need.op in FALLING and isinstance(metric.fold, Share) and need.or_count_max >= 0
    ):
        raise BadRule(f"{path}.or_count_max: is for shares that are to be small")
    if need.spread is not None and not (
        need.op in ("at_least", "more_than") and isinstance(metric.fold, Count)
    ):
        raise BadRule(f"{path}.spread: is for counts that are to be large")
    if need.op == "top" and not (0 < need.gain < 1 and need.bar(is_held=True) <= 1):
        raise BadRule(f"{path}.top: a share between 0 and 1 is expected")
    if need.keep is not None and _is_harder(need, need.keep):
        raise BadRule(f"{path}.keep: the bar to keep by must not be harder than the one to gain by")


def _is_harder(need: Need, keep: float) -> bool:
    if need.op == "exactly":
        return True
    return keep > need.gain if need.op in ("at_least", "more_than") else keep < need.gain


def _window(told: Mapping[str, Any], path: str) -> Window | None:
    given = {name: told[name] for name in ("window", "until", "of") if name in told}
    if not given:
        return None
    for name in ("until", "of"):
        if name in given and given[name] not in UNITS:
            raise BadRule(f"{path}.{name}: one of {', '.join(UNITS)}")
    if "of" in given and len(given) > 1:
        raise BadRule(f"{path}: of names a whole unit and stands without window and until")
    text = given.get("window", "ever")
    length = None if text == "ever" else read_length(text, f"{path}.window")
    return Window(length, given.get("until"), given.get("of"))


def _sample(told: Mapping[str, Any], path: str) -> int:
    least = told.get("min_n", 0)
    if not _is_whole(least) or not 0 <= least <= LARGEST:
        raise BadRule(f"{path}.min_n: a whole number is expected")
    return int(least)


def _if_none(told: Mapping[str, Any], op: Op, path: str) -> bool:
    said = told.get("if_none", "fail" if op in RISING or op == "exactly" else "pass")
    if said not in ("pass", "fail"):
        raise BadRule(f"{path}.if_none: pass or fail")
    return bool(said == "pass")


def _spread(told: Mapping[str, Any], path: str) -> Spread | None:
    if "spread" not in told:
        return None
    spread = told["spread"]
    if not isinstance(spread, Mapping) or not spread:
        raise BadRule(f"{path}.spread: people and days are expected")
    refuse_unknown(spread, ("people", "days"), f"{path}.spread")
    shares = {name: _number(spread, name, f"{path}.spread") for name in spread}
    if not all(0 <= share <= 1 for share in shares.values()):
        raise BadRule(f"{path}.spread: shares between 0 and 1 are expected")
    return Spread(**shares)


def _within(told: Mapping[str, Any], op: Op, path: str) -> str | None:
    if "within" not in told:
        return None
    if op != "top":
        raise BadRule(f"{path}.within: is for needs with top")
    name = told["within"]
    if not isinstance(name, str) or name not in CATEGORIES:
        raise BadRule(f"{path}.within: one of {', '.join(CATEGORIES)}")
    return name


def _number(told: Mapping[str, Any], name: str, path: str) -> float:
    number = told[name]
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadRule(f"{path}.{name}: a number is expected")
    if not -LARGEST <= number <= LARGEST:
        raise BadRule(f"{path}.{name}: a number up to {LARGEST:,.0f} is expected")
    return float(number)


def _is_whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
