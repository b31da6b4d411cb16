"""Reading rules from plain data, as files and forms tell them; every mistake is said with its place."""

import math
from collections.abc import Mapping
from typing import Any

from community.standing.folds import Count
from community.standing.metrics import Metric
from community.standing.needs import (
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
NEED_KEYS = {
    "metric", "keep", "window", "until", "of", "each", "min_n", "if_none", "or_count_max", "spread",
    *OPS,
}  # fmt: skip


def read_rule(
    told: Any,
    metrics: Mapping[str, Metric],
    *,
    window: Window | None = None,
    keep_factor: float | None = None,
    path: str = "rule",
) -> Node:
    """The tree that plain data tells. ``window`` and ``keep_factor`` hold for needs that say none.

    Raises BadRule, with the path of what is wrong.
    """
    if not isinstance(told, Mapping):
        raise BadRule(f"{path}: a need or a branch is expected")
    branches = [name for name in BRANCHES if name in told]
    if len(branches) > 1 or (branches and len(told) > 1):
        raise BadRule(f"{path}: a branch stands alone: one of {', '.join(BRANCHES)}")
    if not branches:
        return _need(told, metrics, window, keep_factor, path)
    inside = told[branches[0]]
    if branches[0] == "at_least_of":
        return _read_at_least(inside, metrics, window, keep_factor, path)
    if not isinstance(inside, list) or not inside:
        raise BadRule(f"{path}.{branches[0]}: a list of needs is expected")
    parts = tuple(
        read_rule(
            part, metrics, window=window, keep_factor=keep_factor, path=f"{path}.{branches[0]}.{n}"
        )
        for n, part in enumerate(inside)
    )
    return AllOf(parts) if branches[0] == "all" else AnyOf(parts)


def _read_at_least(
    told: Any,
    metrics: Mapping[str, Metric],
    window: Window | None,
    keep_factor: float | None,
    path: str,
) -> AtLeast:
    where = f"{path}.at_least_of"
    if not isinstance(told, Mapping) or set(told) != {"k", "of", "unit", "need"}:
        raise BadRule(f"{where}: k, of, unit and need are expected")
    k, of, unit = told["k"], told["of"], told["unit"]
    if unit not in UNITS:
        raise BadRule(f"{where}.unit: one of {', '.join(UNITS)}")
    if not (_is_whole(k) and _is_whole(of) and 1 <= k <= of <= 60):
        raise BadRule(f"{where}: 1 <= k <= of <= 60 is expected")
    return AtLeast(k, of, unit, _need(told["need"], metrics, window, keep_factor, f"{where}.need"))


def _need(
    told: Any,
    metrics: Mapping[str, Metric],
    window: Window | None,
    keep_factor: float | None,
    path: str,
) -> Need:
    if not isinstance(told, Mapping):
        raise BadRule(f"{path}: a need is expected")
    if unknown := set(told) - NEED_KEYS:
        raise BadRule(f"{path}: {', '.join(sorted(unknown))} is not known here")
    name = told.get("metric")
    if not isinstance(name, str) or name not in metrics:
        raise BadRule(f"{path}.metric: there is no metric {name!r}")
    ops = [op for op in OPS if op in told]
    if len(ops) != 1:
        raise BadRule(f"{path}: one of {', '.join(OPS)} is expected")
    gain = _number(told, ops[0], path)
    need = Need(
        name,
        ops[0],
        gain,
        _keep(told, ops[0], gain, keep_factor, path),
        _window(told, path) or window,
        _number(told, "each", path) if "each" in told else None,
        int(_number(told, "min_n", path)) if "min_n" in told else 0,
        _if_none(told, ops[0], path),
        _number(told, "or_count_max", path) if "or_count_max" in told else None,
        _spread(told, path),
    )
    _check(need, metrics[name], path)
    return need


def _check(need: Need, metric: Metric, path: str) -> None:
    if need.each is not None and not metric.takes_each:
        raise BadRule(f"{path}.each: {need.metric} counts no things with a figure")
    if need.spread is not None and not isinstance(metric.fold, Count):
        raise BadRule(f"{path}.spread: {need.metric} is no count")
    if need.op == "top" and not 0 < need.gain < 1:
        raise BadRule(f"{path}.top: a share between 0 and 1 is expected")
    if need.keep is None:
        return
    harder = (
        need.keep > need.gain if need.op in ("at_least", "more_than") else need.keep < need.gain
    )
    if need.op == "exactly" or harder:
        raise BadRule(f"{path}.keep: the bar to keep by must not be harder than the one to gain by")


def _keep(
    told: Mapping[str, Any], op: Op, gain: float, keep_factor: float | None, path: str
) -> float | None:
    if "keep" in told:
        return _number(told, "keep", path)
    return (
        gain * keep_factor if keep_factor is not None and op in ("at_least", "more_than") else None
    )


def _window(told: Mapping[str, Any], path: str) -> Window | None:
    given = {name: told[name] for name in ("window", "until", "of") if name in told}
    if not given:
        return None
    for name in ("until", "of"):
        if name in given and given[name] not in UNITS:
            raise BadRule(f"{path}.{name}: one of {', '.join(UNITS)}")
    if "of" in given and len(given) > 1:
        raise BadRule(f"{path}: of names a whole unit and stands without window and until")
    try:
        length = Length.read(given["window"]) if given.get("window", "ever") != "ever" else None
    except (BadLength, TypeError) as why:
        raise BadRule(f"{path}.window: {why}") from None
    return Window(length, given.get("until"), given.get("of"))


def _if_none(told: Mapping[str, Any], op: Op, path: str) -> bool:
    said = told.get("if_none", "fail" if op in RISING or op == "exactly" else "pass")
    if said not in ("pass", "fail"):
        raise BadRule(f"{path}.if_none: pass or fail")
    return bool(said == "pass")


def _spread(told: Mapping[str, Any], path: str) -> Spread | None:
    if "spread" not in told:
        return None
    spread = told["spread"]
    if not isinstance(spread, Mapping) or not spread or set(spread) - {"people", "days"}:
        raise BadRule(f"{path}.spread: people and days are expected")
    shares = {name: _number(spread, name, f"{path}.spread") for name in spread}
    if not all(0 <= share <= 1 for share in shares.values()):
        raise BadRule(f"{path}.spread: shares between 0 and 1 are expected")
    return Spread(**shares)


def _number(told: Mapping[str, Any], name: str, path: str) -> float:
    number = told[name]
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise BadRule(f"{path}.{name}: a number is expected")
    return float(number)


def _is_whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
