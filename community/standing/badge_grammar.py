"""Reading badges from plain data: shipped presets, what managers wrote; every mistake is said with its place."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from community.standing.badges import Badge, Shape, Tier
from community.standing.grammar import read_rule
from community.standing.metrics import Metric
from community.standing.needs import BadRule, Node
from community.standing.windows import UNITS, BadLength, Cadence, Length, Window

SHAPES: tuple[Shape, ...] = (
    "circle", "scallop", "hexagon", "shield", "flower", "octagon", "star", "square",
)  # fmt: skip
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
Read = Callable[..., Node]
LONGEST_NAME, LONGEST_TEXT = 60, 400
LANGUAGES = ("en", "zh")
MOST_TIERS = 20


def read_badge(told: Any, metrics: Mapping[str, Metric]) -> Badge:
    """The badge that plain data tells. Raises BadRule, with the place of what is wrong."""
    if not isinstance(told, Mapping):
        raise BadRule("a badge is expected")
    if unknown := set(told) - KEYS:
        raise BadRule(f"{', '.join(sorted(unknown))} is not known here")
    name = told.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise BadRule("name: small letters, digits and single hyphens are expected")
    window = _window(told)
    factor = told.get("keep_factor")
    if factor is not None and not (isinstance(factor, int | float) and 0 < factor <= 1):
        raise BadRule("keep_factor: a number above 0 and up to 1 is expected")
    read = partial(read_rule, metrics=metrics, window=window, keep_factor=factor)
    is_manual = bool(told.get("manual", False))
    rule = read(told["rule"]) if "rule" in told else None
    tiers = _tiers(told, read)
    if not is_manual and rule is None and not tiers:
        raise BadRule("rule: a rule, tiers or a ladder is expected, or manual = true")
    return Badge(
        name,
        _texts(told, "label"),
        _texts(told, "says"),
        rule,
        tiers,
        _cadence(told),
        _whole(told, "grace", 0, 12),
        _length(told, "hold"),
        _length(told, "expires"),
        bool(told.get("losable", True)),
        tuple(_length({"notice": text}, "notice") or Length() for text in told.get("notice", [])),
        _length(told, "lag"),
        is_manual,
        _line(told, "category", "community"),
        _one_of(told, "shape", SHAPES, "circle"),
        _line(told, "icon", "award"),
        tuple(_texts({"perk": perk}, "perk") for perk in told.get("perks", [])),
        digest(told),
    )


def digest(told: Mapping[str, Any]) -> str:
    """What names this version of a badge: a hash of all that it says, in whatever order."""
    plain = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


KEYS = {
    "name", "label", "says", "rule", "tiers", "ladder", "cadence", "grace", "hold", "expires",
    "losable", "notice", "lag", "manual", "category", "shape", "icon", "perks", "window",
    "keep_factor",
}  # fmt: skip


def _tiers(told: Mapping[str, Any], read: Read) -> tuple[Tier, ...]:
    if "ladder" in told:
        if "tiers" in told:
            raise BadRule("ladder: a badge has tiers or a ladder")
        return _ladder(told["ladder"], read)
    tiers = told.get("tiers", [])
    if not isinstance(tiers, list) or len(tiers) > MOST_TIERS:
        raise BadRule(f"tiers: a list of at most {MOST_TIERS} is expected, the lowest first")
    found: list[Tier] = []
    for n, tier in enumerate(tiers):
        if not isinstance(tier, Mapping) or set(tier) - {"name", "label", "rule"}:
            raise BadRule(f"tiers.{n}: name, label and rule are expected")
        name = _line(tier, "name", "")
        if not NAME.fullmatch(name) or name in {t.name for t in found}:
            raise BadRule(f"tiers.{n}.name: a name of its own is expected")
        rule = read(tier["rule"], path=f"tiers.{n}.rule") if "rule" in tier else None
        found.append(Tier(name, _texts(tier, "label", path=f"tiers.{n}."), rule))
    return tuple(found)


def _ladder(told: Any, read: Read) -> tuple[Tier, ...]:
    """A tier for each step of one metric, called by its number."""
    if (
        not isinstance(told, Mapping)
        or set(told) - {"metric", "steps", "window"}
        or "steps" not in told
    ):
        raise BadRule("ladder: metric and steps are expected")
    steps = told["steps"]
    if (
        not isinstance(steps, list)
        or not 1 <= len(steps) <= MOST_TIERS
        or sorted(set(steps)) != steps
    ):
        raise BadRule(f"ladder.steps: up to {MOST_TIERS} rising numbers are expected")
    found: list[Tier] = []
    for step in steps:
        need = {k: told[k] for k in ("metric", "window") if k in told} | {"at_least": step}
        rule = read(need, path="ladder")
        found.append(Tier(f"step-{step}", dict.fromkeys(LANGUAGES, f"{step:,}"), rule))
    return tuple(found)


def _texts(told: Mapping[str, Any], name: str, path: str = "") -> Mapping[str, str]:
    """A text in each language: English is asked for, others fall back to it."""
    given = told.get(name)
    if isinstance(given, str):
        given = {"en": given}
    if not isinstance(given, Mapping) or set(given) - set(LANGUAGES) or not given.get("en"):
        raise BadRule(f"{path}{name}: a text in English is expected, and may be in {LANGUAGES[1]}")
    if not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in given.values()):
        raise BadRule(f"{path}{name}: texts of at most {LONGEST_TEXT} characters are expected")
    return dict(given)


def _cadence(told: Mapping[str, Any]) -> Cadence:
    given = told.get("cadence", {})
    if not isinstance(given, Mapping) or set(given) - {"every", "day"}:
        raise BadRule("cadence: every and day are expected")
    every = given.get("every", "month")
    if every not in UNITS:
        raise BadRule(f"cadence.every: one of {', '.join(UNITS)}")
    return Cadence(
        every, _whole(given, "day", 1, 7 if every == "week" else 31, path="cadence.") or 1
    )


def _window(told: Mapping[str, Any]) -> Window | None:
    length = _length(told, "window")
    return None if length is None else Window(length)


def _length(told: Mapping[str, Any], name: str) -> Length | None:
    if name not in told:
        return None
    try:
        return Length.read(told[name])
    except (BadLength, TypeError) as why:
        raise BadRule(f"{name}: {why}") from None


def _whole(told: Mapping[str, Any], name: str, least: int, most: int, path: str = "") -> int:
    number = told.get(name, least)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise BadRule(f"{path}{name}: a whole number from {least} to {most} is expected")
    return number


def _line(told: Mapping[str, Any], name: str, otherwise: str) -> str:
    text = told.get(name, otherwise)
    if not isinstance(text, str) or len(text) > LONGEST_NAME:
        raise BadRule(f"{name}: a text of at most {LONGEST_NAME} characters is expected")
    return text


def _one_of(told: Mapping[str, Any], name: str, known: tuple[Any, ...], otherwise: Any) -> Any:
    given = told.get(name, otherwise)
    if given not in known:
        raise BadRule(f"{name}: one of {', '.join(known)}")
    return given
