"""What rooms further up add to rooms further down, which do not know them.

A room names a place, such as the side of a member's page or what is forgotten with a member;
the frame says, when it puts the application together, what stands there.
"""

from typing import Any

from flask import Flask, current_app

_KEY = "kith.additions"


def add(app: Flask, place: str, *things: Any) -> None:
    """Let things stand in a place, behind those that are there."""
    places: dict[str, tuple[Any, ...]] = app.extensions.setdefault(_KEY, {})
    places[place] = (*places.get(place, ()), *things)


def at(place: str) -> tuple[Any, ...]:
    """What stands in a place of this application."""
    places: dict[str, tuple[Any, ...]] = current_app.extensions.get(_KEY, {})
    return places.get(place, ())
