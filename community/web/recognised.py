"""Medals, who holds them, and the numbers that stand beside a member."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g

from community.activity.exchanges.reviews.showing import Rating
from community.activity.members.models import Member
from community.kit.faces import small_photo
from community.kit.languages import day, gettext, language, number, translate
from community.kit.words import N_, Words
from community.standing import keeping, queries
from community.standing.badges import Badge
from community.standing.metric import Metric
from community.standing.metrics import METRICS
from community.standing.queries import Held, Seen
from community.standing.saying import number_said

PERSON = (Member.id.label("member_id"), Member.handle, Member.name, Member.photo)
IN_BANDS = ("response_rate", "response_wait")
"""Numbers that are told in bands instead, see ``dealing_told``."""
HIGHEST = 4
"""The highest tier that a medal has a ring for."""


@dataclass(frozen=True, slots=True)
class Medal:
    """A badge as pages show it."""

    name: str
    label: str
    says: str
    shape: str
    icon: str
    top: int
    holders: int = 0

    @classmethod
    def of(cls, badge: Badge, holders: int = 0) -> "Medal":
        """The medal of a badge."""
        tier = min(badge.top, HIGHEST)
        return cls(
            badge.name, said(badge.label), said(badge.says), badge.shape, badge.icon, tier, holders
        )


@dataclass(frozen=True, slots=True)
class Worn:
    """A badge that somebody holds, as it stands beside them."""

    name: str
    label: str
    shape: str
    icon: str
    tier: int
    year: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody as a page shows them: who they are, and one fact that matters there."""

    handle: str
    name: str
    photo_url: str | None
    fact: str = ""

    @classmethod
    def of(cls, row: Any, fact: str = "") -> "Face":
        """The one whom a row with the columns of ``PERSON`` tells of."""
        photo = small_photo(row.photo)
        return cls(row.handle, row.name, photo, fact)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands beside a member."""

    name: str
    label: Words
    shown: str
    of: str


def said(texts: Any, tongue: str | None = None) -> str:
    """A text of a badge in a language, the reader's unless said, else in English."""
    spoken = tongue or language().partition("_")[0]
    return str(texts.get(spoken) or texts["en"])


def tier_label(badge: Badge, tier: int, tongue: str | None = None) -> str:
    """What a badge is called in a tier; a tier that its rule no longer has goes without a name."""
    label = said(badge.label, tongue)
    if not 0 < tier <= len(badge.tiers):
        return label
    return f"{label} · {said(badge.tiers[tier - 1].label, tongue)}"


def holder(row: Any) -> Face:
    """Somebody who holds a badge, with since when."""
    return Face.of(row, translate(N_("since %(day)s", day=day(row.begun_at))))


def medals_of(held: Sequence[Held]) -> tuple[Worn, ...]:
    """The badges that somebody holds, as medals; those that were retired are left out."""
    return tuple(
        Worn(
            each.badge,
            tier_label(each.rule, each.tier),
            each.rule.shape,
            each.rule.icon,
            min(each.tier, HIGHEST),
            each.begun_at.year,
            each.begun_at,
        )
        for each in held
        if each.rule is not None
    )


def numbers_of(seen: Seen, without: Collection[str] = ()) -> tuple[Number, ...]:
    """The numbers that stand beside a member, with out of how many; without those told otherwise."""
    told = []
    for name in keeping.SHOWN:
        found = seen.number(name) if name not in (*IN_BANDS, *without) else None
        if found is None or found[0] is None:
            continue
        metric, (value, num, den) = METRICS[name], found
        shown, of = translate(number_said(metric, value)), translate(of_said(metric, num, den))
        told.append(Number(name, metric.label, shown, of))
    return tuple(told)


def seen(member_id: int) -> Seen | None:
    """What is said of a member, for all that stands of it on one page; asked once a page."""
    known: dict[int, Seen | None] = g.setdefault("standing_seen", {})
    if member_id not in known:
        known[member_id] = queries.of_member(member_id)
    return known[member_id]


def stars_of(seen: Seen) -> Rating | None:
    """The rating that stands beside a member; None before any."""
    if not seen.stars:
        return None
    *three, many = seen.stars
    why = gettext(
        "Each rating is taken without the habit of who gave it, and counts half after 90 days. While there are few, the number stays near what is usual here; in nine of ten cases the truth lies in this band."
    )
    return Rating(*(number(round(part, 1)) for part in three), int(many), why)


def of_said(metric: Metric, num: float | None, den: float | None) -> Words | str:
    """Out of how many a number was made; nothing where it says so itself."""
    if not den or metric.shown_as in ("count", "days", "points", "score"):
        return ""
    if metric.shown_as == "percent":
        return N_("(%(num)s of %(den)s)", num=number(num or 0), den=number(den))
    return N_("(from %(den)s)", den=number(den))
