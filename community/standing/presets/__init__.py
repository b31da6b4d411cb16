"""The badges that come with Kith, as data: read once, offered to each community to keep, change or leave out."""

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


@cache
def told(name: str) -> Mapping[str, Any]:
    """A preset as plain data. Raises FileNotFoundError where there is none of that name."""
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def preset(name: str) -> Badge:
    """A preset as a badge."""
    return read_badge(dict(told(name)), METRICS)


def names() -> list[str]:
    """The names of all presets, those among them that a community has to ask for."""
    files = (file.name for file in resources.files(__package__).iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
