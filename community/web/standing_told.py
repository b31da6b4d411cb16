"""A member's standing told in parts: health, trust, level, the way to each badge, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from community.kit import clock
from community.kit.db import db
from community.kit.languages import day, number, translate
from community.kit.words import N_, Words
from community.standing import health_parts, keeping, learning, queries, rulebook
from community.standing.health_features import Features
from community.standing.models import Community, StandingMark
from community.standing.queries import Seen
from community.standing.rulebook import Version
from community.standing.stages import levels, stages
from community.web.recognised import tier_label
from community.web.trust_told import Moved, signed, trust_told
from community.web.ways import ladder, way_to

STATES = {
    "new": N_("new"),
    "away": N_("away"),
    "drifting": N_("drifting"),
    "steady": N_("steady"),
    "thriving": N_("thriving"),
}
BANDS = {"little": N_("little"), "some": N_("some"), "much": N_("much")}


@dataclass(frozen=True, slots=True)
class Bar:
    """One of the four bars of health."""

    label: Words
    points: int
    text: str
    why: str

    @property
    def value(self) -> int:
        """How long the bar is, from 0 to 100: 50 is as in the middle."""
        return max(0, min(100, 50 + self.points))


@dataclass(frozen=True, slots=True)
class Was:
    """An award that a member holds or held."""

    award: int
    words: Words
    reason: str | None


def of_member(member_id: int, seen: Seen, viewer: Any) -> dict[str, Any]:
    """All that the page of a member's standing shows."""
    now = clock.now()
    community = db.session.get(Community, 1)
    past = keeping.alone(member_id, now)
    versions = rulebook.holding()
    marks = queries.marks_of(member_id, 2)
    ways = [way_to(version.badge, past, now, viewer, seen) for version in versions]
    return {
        **_health(seen, community, marks),
        "trust": trust_told(past, seen, community, marks, viewer) if community else None,
        "band": BANDS.get(seen.band or ""),
        "ladders": [ladder(each, past, now, viewer) for each in (levels(), stages())],
        "ways": sorted(ways, key=lambda way: (way.is_held, way.percent), reverse=True),
        "past": _past(member_id, versions),
        "version": community.told["coefficients"]["version"] if community else "",
    }


def _health(
    seen: Seen, community: Community | None, marks: Sequence[StandingMark]
) -> dict[str, Any]:
    if seen.health is None or community is None or "bars" not in seen.told:
        return {"state": STATES["new"]}
    _, low, high = (round(100 * part) for part in seen.told["chance"])
    numbers = seen.told["numbers"]
    bars = [
        Bar(bar.label, points, signed(points), f"{translate(bar.says)}: {number(numbers[n])}")
        for n, (bar, points) in enumerate(zip(health_parts.BARS, seen.told["bars"], strict=True))
    ]
    return {
        "state": STATES[seen.state or "new"],
        "low": low,
        "high": high,
        "middle": community.told["middle_score"],
        "bars": bars,
        "total": signed(sum(seen.told["bars"])),
        "moved": _moved(seen, community, marks),
    }


def _moved(seen: Seen, community: Community, marks: Sequence[StandingMark]) -> Moved | None:
    """How health moved since a month began, in parts that add up."""
    mark = next((m for m in marks if m.health is not None and "numbers" in m.told), None)
    if mark is None or mark.health is None or seen.health is None:
        return None
    coefficients = learning.read(community.told["coefficients"])
    then, now = (_features(told["numbers"]) for told in (mark.told, seen.told))
    shown = health_parts.change(now, then, coefficients).shown[0].tolist()
    change = seen.health - mark.health
    parts = [
        (translate(bar.label), signed(points))
        for bar, points in zip(health_parts.BARS, shown, strict=False)
        if points
    ]
    if change != sum(shown):
        parts.append((translate(N_("The chances were learned anew")), signed(change - sum(shown))))
    return Moved.of(change, number(mark.health), mark.at, parts)


def _features(numbers: Sequence[float]) -> Features:
    return Features(*(np.array([float(each)]) for each in numbers))


def _past(member_id: int, versions: Sequence[Version]) -> list[Was]:
    """Awards that ended, and those that go on, each as a sentence."""
    badges = {version.badge.name: version.badge for version in versions}
    told = []
    for award in queries.awards_of(member_id):
        badge = badges.get(award.badge)
        label = tier_label(badge, award.tier) if badge else award.badge
        words = N_("%(badge)s: since %(start)s", badge=label, start=day(award.begun_at))
        if award.ended_at is not None:
            words = N_(
                "%(badge)s: from %(start)s to %(end)s",
                badge=label,
                start=day(award.begun_at),
                end=day(award.ended_at),
            )
        told.append(Was(award.id, words, award.reason))
    return told
