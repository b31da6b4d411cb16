"""The badges that come with Kith, as data: read once, offered to each community to keep, change or leave out.

A file holds one badge, or a set of them as ``[[badge]]`` tables. What is in ``ladders`` are no
badges to be shown, but stages and levels, written in the same language.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from community.standing.badge_grammar import read_badge
from community.standing.badges import Badge
from community.standing.metrics import METRICS

SHIPPED = (
    "star-host", "power-member", "rising-member", "connector", "fair-reviewer", "local-guide",
    "helper", "well-reviewed", "pillar",
)  # fmt: skip
"""What a new community begins with, in the order in which it is shown."""


def told(name: str) -> Mapping[str, Any]:
    """A preset as plain data. Raises FileNotFoundError where there is none of that name."""
    if name not in _all():
        raise FileNotFoundError(f"there is no preset {name!r}")
    return _all()[name]


@cache
def preset(name: str) -> Badge:
    """A preset as a badge."""
    return read_badge(told(name), METRICS)


def names() -> list[str]:
    """The names of all presets, those among them that a community has to ask for."""
    return sorted(_all())


def ladder(name: str) -> dict[str, Any]:
    """Stages or levels as plain data, the caller's own to change."""
    return tomllib.loads(_read("ladders", f"{name}.toml"))


@cache
def _all() -> Mapping[str, Mapping[str, Any]]:
    files = sorted(file.name for file in resources.files(__package__).iterdir())
    found: dict[str, Mapping[str, Any]] = {}
    for file in files:
        if file.endswith(".toml"):
            data = tomllib.loads(_read(file))
            for badge in data.get("badge", [data]):
                found[badge["name"]] = MappingProxyType(badge)
    return MappingProxyType(found)


def _read(*path: str) -> str:
    return resources.files(__package__).joinpath(*path).read_text("utf-8")
