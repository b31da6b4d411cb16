"""Pages where managers see which relationships suffer, and why, by the answers of both sides."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from flask import render_template, url_for

from community.activity.accounts.queries import member_by_handle
from community.activity.exchanges import pair_health, pair_rules
from community.activity.exchanges.deals.rules import STATES
from community.activity.exchanges.pair_health import Two, pairs_of_both
from community.activity.exchanges.pair_rules import Health, Pair, Part
from community.activity.members.queries import present_viewer
from community.kit import clock
from community.kit.cache import cache
from community.kit.languages import day, translate
from community.kit.pages import Pages, found
from community.kit.words import N_, Words
from community.web import rights
from community.web.recognised import Face
from community.web.staff import asked, faces, only_if

bp = Pages("pair_care", __name__, url_prefix="/house/pairs")
A_PAGE = 20
KEPT_FOR = 300
"""Seconds for which the order of the list stands; what is shown of each pair is never older than the page."""

Mark = tuple[bool, int, int, int]
"""The place of a pair in the list: whether none of them refuses, the number, the ids of both."""


@dataclass(frozen=True, slots=True)
class Told:
    """A pair as pages show it."""

    people: tuple[Face, Face]
    health: Health
    parts: tuple[Part, ...]
    signs: tuple[Words, ...]
    pair: Pair


@bp.before_request
def only_for_managers():
    """Managers and admins see the answers of both sides; other staff don't."""
    viewer = present_viewer()
    if viewer is not None:
        only_if(rights.why_not_see_pairs(viewer.role))


@bp.route("")
def index():
    """Pairs who suffer: first where somebody would not deal again, then by the number, the lowest first."""
    me, now = present_viewer(), clock.now()
    after = _read(asked("after", 60))
    rest = [
        mark
        for mark in _order()
        if rights.why_not_see_pair(me.id, mark[2:]) is None and (after is None or mark > after)
    ]
    shown = rest[:A_PAGE]
    return render_template(
        "house/pairs.html",
        rows=_told([mark[2:] for mark in shown], now),
        several=pair_health.SEVERAL,
        is_continued=after is not None,
        older=url_for(".index", after=_written(shown[-1])) if len(rest) > A_PAGE else None,
    )


@bp.route("/<handle>/<other>")
def show(handle, other):
    """One pair: how healthy it is between them, why, and what they had with each other."""
    ids = [found(member_by_handle(each.lower())).id for each in (handle, other)]
    two = min(ids), max(ids)
    only_if(rights.why_not_see_pair(present_viewer().id, two))
    told = _told([two], clock.now(), least=pair_rules.ENOUGH)
    pair = found(told[0] if told else None)
    return render_template("house/pair.html", told=pair, dealt=_dealt(pair))


@cache.cached(timeout=KEPT_FOR, key_prefix="pairs who suffer")
def _order() -> list[Mark]:
    """All pairs who suffer, in the order of the list, as of the last minutes."""
    now = clock.now()
    judged = ((two, pair_rules.health(pair, now)) for two, pair in pairs_of_both(now).items())
    return sorted(
        (not health.is_refused, health.number, *two)
        for two, health in judged
        if health is not None and health.is_suffering
    )


def _told(twos: Collection[Two], now: datetime, least: int = pair_health.SEVERAL) -> list[Told]:
    """These pairs as they are now, in this order; without those of whom nothing can be said."""
    known = pairs_of_both(now, twos, least) if twos else {}
    people = faces({id for two in known for id in two})
    return [
        told
        for two in twos
        if two in known and (told := _one(known[two], people[two[0]], people[two[1]], now))
    ]


def _one(pair: Pair, one: Face, other: Face, now: datetime) -> Told | None:
    named = replace(pair, names=(one.name, other.name))
    health = pair_rules.health(named, now)
    if health is None:
        return None
    return Told((one, other), health, pair_rules.parts(named, now), _signs(health), named)


def _signs(health: Health) -> tuple[Words, ...]:
    """By what the two stand in the list."""
    signs = []
    if health.is_refused:
        signs.append(N_("would not deal again"))
    if health.number < pair_rules.LOW:
        signs.append(N_("below %(low)d", low=pair_rules.LOW))
    if health.lost >= pair_rules.FALL:
        signs.append(N_("%(lost)d points lower than ninety days ago", lost=health.lost))
    return tuple(signs)


def _dealt(told: Told) -> list[dict[str, str]]:
    """What the two had with each other, newest first."""
    newest = sorted(
        told.pair.dealings, key=lambda each: each.ended_at or each.made_at, reverse=True
    )
    return [
        {
            "when": day(each.ended_at or each.made_at),
            "by": told.people[0 if each.is_by_first else 1].name,
            "how": translate(STATES[each.state].label),
        }
        for each in newest
    ]


def _written(mark: Mark) -> str:
    return ".".join(str(int(each)) for each in mark)


def _read(text: str) -> Mark | None:
    """The place that an address names; None for the beginning."""
    told = text.split(".")
    if len(told) != 4 or not all(n.isascii() and n.isdigit() and len(n) < 19 for n in told):
        return None
    refused, number, one, other = (int(n) for n in told)
    return bool(refused), number, one, other
