"""The places of the site, and who is shown which."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask import request, url_for

from community.kit.words import N_, Words


@dataclass(frozen=True)
class Place:
    """A place that people can go to: its page, its label, its icon, the least role it is for."""

    endpoint: str
    label: Words
    icon: str
    roles: tuple[str, ...] = ()
    is_for_visitors: bool = True
    is_below: bool = True


@dataclass(frozen=True)
class Item:
    """A place as the page shows it."""

    label: Words
    url: str
    icon: str
    is_current: bool


PLACES = (
    Place("web.home", N_("Home"), "house"),
    Place("members.directory", N_("Members"), "users"),
    Place("offers_found.index", N_("Offers"), "hand-helping"),
    Place("deals.index", N_("Exchanges"), "handshake", is_for_visitors=False, is_below=False),
    Place("archive.index", N_("Stories"), "book-open"),
    Place("members.me", N_("My page"), "circle-user-round", is_for_visitors=False),
    Place("settings.index", N_("Settings"), "settings", is_for_visitors=False),
    Place(
        "house.index",
        N_("House"),
        "key-round",
        roles=("manager", "leader", "admin"),
        is_for_visitors=False,
        is_below=False,
    ),
)


def main(viewer: Any) -> list[Item]:
    """The places this person is shown."""
    return _marked(_shown(viewer.role if viewer else None))


def bottom(viewer: Any) -> list[Item]:
    """The at most five places of the bottom bar on a phone."""
    return _marked(_below(viewer.role if viewer else None))


def _marked(places: tuple[tuple[str, Item], ...]) -> list[Item]:
    here = request.endpoint
    return [replace(item, is_current=True) if end == here else item for end, item in places]


@lru_cache
def _shown(role: str | None) -> tuple[tuple[str, Item], ...]:
    return tuple((p.endpoint, _item(p)) for p in PLACES if _is_shown(p, role))


@lru_cache
def _below(role: str | None) -> tuple[tuple[str, Item], ...]:
    shown = [p for p in PLACES if p.is_below and _is_shown(p, role)]
    return tuple((p.endpoint, _item(p)) for p in shown[:5])


def _is_shown(place: Place, role: str | None) -> bool:
    if role is None:
        return place.is_for_visitors
    return not place.roles or role in place.roles


def _item(place: Place) -> Item:
    return Item(place.label, url_for(place.endpoint), place.icon, is_current=False)
