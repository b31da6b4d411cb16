"""Reading badges from plain data: shipped presets, what managers wrote; every mistake is said with its place."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from community.standing.badges import Badge, Shape, Tier
from community.standing.grammar import read_length, read_rule, refuse_unknown
from community.standing.metric import Metric
from community.standing.needs import BadRule, Node
from community.standing.windows import UNITS, Cadence, Length, Window

SHAPES: tuple[Shape, ...] = (
    "circle", "scallop", "hexagon", "shield", "flower", "octagon", "star", "square",
)  # fmt: skip
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
Read = Callable[..., Node]
LONGEST_NAME, LONGEST_TEXT = 60, 400
LANGUAGES = ("en", "zh")
MOST_TIERS, MOST_GRACE, MOST_LINES = 20, 60, 12
HIGHEST_STEP = 10**12
UNSAYABLE = {"Cc", "Cs"}
"""Categories of characters that no text of a badge may hold: a database or a file may refuse them."""


def read_badge(told: Any, metrics: Mapping[str, Metric]) -> Badge:
    """The badge that plain data tells. Raises BadRule, with the place of what is wrong."""
    if not isinstance(told, Mapping):
        raise BadRule("a badge is expected")
    refuse_unknown(told, KEYS, "badge")
    name = _line(told, "name", "")
    if not NAME.fullmatch(name):
        raise BadRule("name: small letters, digits and single hyphens are expected")
    read = partial(read_rule, metrics=metrics, window=_window(told), keep_factor=_keep_factor(told))
    is_manual = _flag(told, "manual", otherwise=False)
    rule = read(told["rule"]) if "rule" in told else None
    tiers = _tiers(told, read)
    has_rule = rule is not None or any(tier.rule is not None for tier in tiers)
    if is_manual == has_rule:
        raise BadRule("rule: a rule, tiers with rules, or a ladder, or else manual = true")
    return Badge(
        name,
        _texts(told, "label"),
        _texts(told, "says"),
        rule,
        tiers,
        _cadence(told),
        _whole(told, "grace", 0, MOST_GRACE),
        _length(told, "hold"),
        _length(told, "expires"),
        _flag(told, "losable", otherwise=True),
        tuple(read_length(text, f"notice.{n}") for n, text in enumerate(_lines(told, "notice"))),
        _length(told, "lag"),
        is_manual,
        _line(told, "category", "community"),
        _one_of(told, "shape", SHAPES, "circle"),
        _line(told, "icon", "award"),
        tuple(
            _texts({str(n): perk}, str(n), "perks.") for n, perk in enumerate(_lines(told, "perks"))
        ),
        digest(told),
    )


def digest(told: Mapping[str, Any]) -> str:
    """What names this version of a badge: a hash of all that it says, in whatever order."""
    plain = json.dumps(dict(told), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
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
    found = tuple(_tier(tier, f"tiers.{n}", read) for n, tier in enumerate(tiers))
    if len({tier.name for tier in found}) < len(found):
        raise BadRule("tiers: each is to have a name of its own")
    return found


def _tier(told: Any, path: str, read: Read) -> Tier:
    if not isinstance(told, Mapping):
        raise BadRule(f"{path}: a tier is expected")
    refuse_unknown(told, ("name", "label", "rule", "milestone"), path)
    name = _line(told, "name", "", f"{path}.")
    if not NAME.fullmatch(name):
        raise BadRule(f"{path}.name: small letters, digits and single hyphens are expected")
    rule = read(told["rule"], path=f"{path}.rule") if "rule" in told else None
    is_milestone = _flag(told, "milestone", otherwise=False, path=f"{path}.")
    return Tier(name, _texts(told, "label", f"{path}."), rule, is_milestone)


def _ladder(told: Any, read: Read) -> tuple[Tier, ...]:
    """A tier for each step of one metric, called by its number."""
    if not isinstance(told, Mapping) or "steps" not in told:
        raise BadRule("ladder: metric and steps are expected")
    refuse_unknown(told, ("metric", "steps", "window"), "ladder")
    steps = told["steps"]
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_TIERS:
        raise BadRule(f"ladder.steps: a list of 1 to {MOST_TIERS} numbers is expected")
    if not all(type(step) is int and 0 < step <= HIGHEST_STEP for step in steps):
        raise BadRule("ladder.steps: whole numbers above 0 are expected")
    if sorted(set(steps)) != steps:
        raise BadRule("ladder.steps: each number is to be larger than the one before")
    need = {name: told[name] for name in ("metric", "window") if name in told}
    return tuple(
        Tier(
            f"step-{step}",
            dict.fromkeys(LANGUAGES, f"{step:,}"),
            read(need | {"at_least": step}, path="ladder"),
        )
        for step in steps
    )


def _texts(told: Mapping[str, Any], name: str, path: str = "") -> Mapping[str, str]:
    """A text in each language: English is asked for, others fall back to it."""
    given = told.get(name)
    if isinstance(given, str):
        given = {"en": given}
    if not isinstance(given, Mapping) or set(given) - set(LANGUAGES):
        raise BadRule(f"{path}{name}: a text in English is expected, and may be in {LANGUAGES[1]}")
    found = {language: _text(text, f"{path}{name}.{language}") for language, text in given.items()}
    if not found.get("en", "").strip():
        raise BadRule(f"{path}{name}.en: a text in English is expected")
    return found


def _text(text: Any, path: str, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(text, str) or len(text) > longest:
        raise BadRule(f"{path}: a text of at most {longest} characters is expected")
    if any(unicodedata.category(character) in UNSAYABLE for character in text):
        raise BadRule(f"{path}: holds characters that can't be shown")
    return text


def _lines(told: Mapping[str, Any], name: str) -> list[Any]:
    given = told.get(name, [])
    if not isinstance(given, list) or len(given) > MOST_LINES:
        raise BadRule(f"{name}: a list of at most {MOST_LINES} is expected")
    return given


def _cadence(told: Mapping[str, Any]) -> Cadence:
    given = told.get("cadence", {})
    if not isinstance(given, Mapping):
        raise BadRule("cadence: every and day are expected")
    refuse_unknown(given, ("every", "day"), "cadence")
    every = _one_of(given, "every", UNITS, "month", "cadence.")
    return Cadence(every, _whole(given, "day", 1, 7 if every == "week" else 31, "cadence."))


def _window(told: Mapping[str, Any]) -> Window | None:
    length = _length(told, "window")
    return None if length is None else Window(length)


def _keep_factor(told: Mapping[str, Any]) -> float | None:
    factor = told.get("keep_factor", 1.0)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 1:
        raise BadRule("keep_factor: a number above 0 and up to 1 is expected")
    return float(factor) if "keep_factor" in told else None


def _length(told: Mapping[str, Any], name: str) -> Length | None:
    return read_length(told[name], name) if name in told else None


def _whole(told: Mapping[str, Any], name: str, least: int, most: int, path: str = "") -> int:
    number = told.get(name, least)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise BadRule(f"{path}{name}: a whole number from {least} to {most} is expected")
    return number


def _flag(told: Mapping[str, Any], name: str, *, otherwise: bool, path: str = "") -> bool:
    flag = told.get(name, otherwise)
    if not isinstance(flag, bool):
        raise BadRule(f"{path}{name}: true or false is expected")
    return flag


def _line(told: Mapping[str, Any], name: str, otherwise: str, path: str = "") -> str:
    return _text(told.get(name, otherwise), f"{path}{name}", LONGEST_NAME)


def _one_of(
    told: Mapping[str, Any], name: str, known: tuple[Any, ...], otherwise: Any, path: str = ""
) -> Any:
    given = told.get(name, otherwise)
    if given not in known:
        raise BadRule(f"{path}{name}: one of {', '.join(known)}")
    return given
