"""A badge's rule as the rows of a form, and back: what a form can't hold is edited as text."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from community.standing.metrics import METRICS
from community.standing.needs import OPS

MOST_ROWS = 30
GROUPS = ("all", "a", "b", "c")
"""Whether a row must hold, or one of those with the same letter."""
PLAIN = (
    "metric", "keep", "window", "of", "each", "min_n", "if_none", "or_count_max", "spread", "within",
)  # fmt: skip
PERCENT = 100.0


class NotANumber(ValueError):
    """A field of a row that should hold a number does not: which row, which field."""

    def __init__(self, row: int, field: str) -> None:
        super().__init__(f"row {row}: {field}")
        self.row, self.field = row, field


@dataclass(frozen=True)
class Row:
    """One need as the texts of a form; percentages are told as 90, not as 0.9."""

    tier: str = ""
    group: str = "all"
    metric: str = "exchanges"
    op: str = "at_least"
    gain: str = "1"
    keep: str = ""
    window: str = ""
    each: str = ""
    min_n: str = ""
    if_none: str = ""
    or_count_max: str = ""
    people: str = ""
    days: str = ""
    k: str = ""
    of: str = ""
    unit: str = "week"
    within: str = ""

    @classmethod
    def sent(cls, form: Mapping[str, str], n: int) -> "Row":
        """The row that a form sent under a number."""
        return cls(
            **{f.name: form.get(f"{f.name}-{n}", f.default).strip()[:60] for f in fields(cls)}
        )


def rows_of(told: Mapping[str, Any]) -> list[Row] | None:
    """The rows of a badge's rule and its tiers; None where it holds what rows can't."""
    if "ladder" in told:
        return None
    rows: list[Row] = []
    for tier, rule in _rules(told):
        found = _rows(rule, tier)
        if found is None:
            return None
        rows += found
    return rows


def told_of(rows: Sequence[Row], told: Mapping[str, Any]) -> dict[str, Any]:
    """The same badge with the rule that rows tell. Raises NotANumber."""
    needs = [(row, _need(row, n)) for n, row in enumerate(rows)]
    kept = {name: value for name, value in told.items() if name not in ("rule", "tiers")}
    rule = _rule(need for need in needs if need[0].tier == "")
    if rule is not None:
        kept["rule"] = rule
    tiers = []
    for tier in told.get("tiers", []):
        own = _rule(need for need in needs if need[0].tier == tier["name"])
        plain = {name: value for name, value in tier.items() if name != "rule"}
        tiers.append(plain if own is None else {**plain, "rule": own})
    return {**kept, "tiers": tiers} if tiers else kept


def _rules(told: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    if "rule" in told:
        yield "", told["rule"]
    for tier in told.get("tiers", []):
        if "rule" in tier:
            yield tier["name"], tier["rule"]


def _rows(rule: Mapping[str, Any], tier: str) -> list[Row] | None:
    parts = rule.get("all", [rule])
    letters = iter(GROUPS[1:])
    rows: list[Row] = []
    for part in parts:
        if "any" in part:
            letter = next(letters, None)
            found = [_row(each, tier) for each in part["any"]]
            if letter is None:
                return None
            rows += [replace(row, group=letter) for row in found if row is not None]
        else:
            found = [_row(part, tier)]
            rows += [row for row in found if row is not None]
        if None in found:
            return None
    return rows


def _row(told: Mapping[str, Any], tier: str) -> Row | None:
    """The row of one need, or of one that is to hold in so many weeks; None for anything else."""
    if "at_least_of" in told:
        branch = told["at_least_of"]
        row = _row(branch["need"], tier)
        return row and replace(
            row, k=str(branch["k"]), of=str(branch["of"]), unit=str(branch["unit"])
        )
    op = next((op for op in OPS if op in told), None)
    if op is None or set(told) - {*PLAIN, op}:
        return None
    scale = _scale(told["metric"], op)
    spread = told.get("spread", {})
    window = f"of-{told['of']}" if "of" in told else str(told.get("window", ""))
    return Row(
        tier,
        "all",
        told["metric"],
        op,
        _text(told[op], scale),
        _text(told.get("keep"), scale),
        window,
        _text(told.get("each")),
        _text(told.get("min_n")),
        told.get("if_none", ""),
        _text(told.get("or_count_max")),
        _text(spread.get("people"), PERCENT),
        _text(spread.get("days"), PERCENT),
        within=told.get("within", ""),
    )


def _rule(needs: Iterable[tuple[Row, dict[str, Any]]]) -> dict[str, Any] | None:
    """What must hold, with one of each letter; as short as it can be said."""
    parts: list[dict[str, Any]] = []
    letters: dict[str, list[dict[str, Any]]] = {}
    for row, need in needs:
        if row.group not in letters and row.group in GROUPS[1:]:
            letters[row.group] = []
            parts.append({"any": letters[row.group]})
        letters.get(row.group, parts).append(need)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"all": parts}


def _need(row: Row, n: int) -> dict[str, Any]:
    scale = _scale(row.metric, row.op)
    need: dict[str, Any] = {"metric": row.metric, row.op: _number(row.gain, n, "gain", scale)}
    if row.keep:
        need["keep"] = _number(row.keep, n, "keep", scale)
    if row.window.startswith("of-"):
        need["of"] = row.window.removeprefix("of-")
    elif row.window:
        need["window"] = row.window
    for name in ("each", "or_count_max"):
        if getattr(row, name):
            need[name] = _number(getattr(row, name), n, name)
    if row.min_n:
        need["min_n"] = _whole(row.min_n, n, "min_n")
    for name in ("if_none", "within"):
        if getattr(row, name):
            need[name] = getattr(row, name)
    spread = {
        name: _number(getattr(row, name), n, name, PERCENT)
        for name in ("people", "days")
        if getattr(row, name)
    }
    if spread:
        need["spread"] = spread
    if not row.k and not row.of:
        return need
    k, of = _whole(row.k, n, "k"), _whole(row.of, n, "of")
    return {"at_least_of": {"k": k, "of": of, "unit": row.unit, "need": need}}


def _scale(metric: str, op: str) -> float:
    """By how much a number of the form is larger than the rule's: shares are told in per cent."""
    known = METRICS.get(metric)
    is_share = op == "top" or (known is not None and known.shown_as == "percent")
    return PERCENT if is_share else 1.0


def _number(text: str, n: int, field: str, scale: float = 1.0) -> float | int:
    try:
        number = round(float(text.replace(",", ".")) / scale, 9)
    except (ValueError, OverflowError):
        raise NotANumber(n, field) from None
    if not math.isfinite(number):
        raise NotANumber(n, field)
    return int(number) if number == int(number) else number


def _whole(text: str, n: int, field: str) -> int:
    number = _number(text, n, field)
    if not isinstance(number, int):
        raise NotANumber(n, field)
    return number


def _text(number: Any, scale: float = 1.0) -> str:
    return "" if number is None else f"{number * scale:.6f}".rstrip("0").rstrip(".")
