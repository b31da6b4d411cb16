"""A member's standing told in parts: health, trust, level, the way to each badge, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from community.activity.members.models import Member
from community.activity.members.rules import audience
from community.kit import clock
from community.kit.db import connection, db
from community.kit.languages import day, number, percent, translate
from community.kit.words import N_, Words
from community.standing import evidence, health_parts, keeping, queries, rulebook
from community.standing.models import Community, Standing
from community.standing.past import Past
from community.standing.queries import Seen
from community.standing.rulebook import Version
from community.standing.saying import many_said
from community.standing.stages import levels
from community.web.recognised import PERSON, Face, tier_label
from community.web.ways import ladder, way_to

STATES = {
    "new": N_("new"),
    "away": N_("away"),
    "drifting": N_("drifting"),
    "steady": N_("steady"),
    "thriving": N_("thriving"),
}
BANDS = {"little": N_("little"), "some": N_("some"), "much": N_("much")}
MOST_PARTS = 5


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
class Part:
    """Somebody's word in somebody's trust."""

    person: Face | None
    label: str
    fact: str


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
    steps, following = ladder(levels(), past, now, viewer)
    ways = [way_to(version.badge, past, now, viewer, seen) for version in versions]
    return {
        **_health(member_id, seen, community),
        "trust_parts": _trust(member_id, past, now, viewer),
        "band": BANDS.get(seen.band or ""),
        "ladder": steps,
        "next_level": following,
        "ways": sorted(ways, key=lambda way: (way.is_held, way.percent), reverse=True),
        "past": _past(member_id, versions),
        "version": community.told["coefficients"]["version"] if community else "",
    }


def _health(member_id: int, seen: Seen, community: Community | None) -> dict[str, Any]:
    if seen.health is None or community is None or "bars" not in seen.told:
        return {"state": STATES["new"]}
    _, low, high = (round(100 * part) for part in seen.told["chance"])
    numbers = seen.told["numbers"]
    bars = [
        Bar(bar.label, points, _signed(points), f"{translate(bar.says)}: {number(numbers[n])}")
        for n, (bar, points) in enumerate(zip(health_parts.BARS, seen.told["bars"], strict=True))
    ]
    total = sum(seen.told["bars"])
    return {
        "state": STATES[seen.state or "new"],
        "low": low,
        "high": high,
        "middle": community.told["middle_score"],
        "bars": bars,
        "total": _signed(total),
        "moved": _moved(member_id, seen.health),
    }


def _moved(member_id: int, health: int) -> dict[str, str] | None:
    """How health moved since the beginning of the month before."""
    before = next(
        (mark for mark in queries.marks_of(member_id, 2) if mark.health is not None), None
    )
    if before is None or before.health is None:
        return None
    way = "up" if health > before.health else "down" if health < before.health else "same"
    text = N_("%(before)s on %(day)s", before=number(before.health), day=day(before.at))
    return {"way": way, "text": translate(text)}


def _trust(member_id: int, past: Past, now: datetime, viewer: Any) -> list[Part]:
    """The words that weigh most in somebody's trust, by what their authors' authority is now."""
    latest = _judgements(past, now)
    asked = select(Standing.member_id, Standing.authority).where(Standing.member_id.in_(latest))
    authority = {row.member_id: row.authority for row in db.session.execute(asked)}
    weighed = [(rater, rating, authority.get(rater, 0.0)) for rater, rating in latest.items()]
    weighed.sort(key=lambda row: (-abs(row[1] * row[2]), row[0]))
    total = sum(abs(rating * weight) for _, rating, weight in weighed) or 1.0
    first, others = weighed[:MOST_PARTS], weighed[MOST_PARTS:]
    # Whoever thinks little of somebody is named to those alone who look after the place.
    named = [rater for rater, rating, _ in first if rating > 0 or viewer.is_staff]
    people = _people(named, viewer)
    somebody = translate(N_("Somebody"))
    parts = [
        Part(people.get(rater), somebody, _word(rating, abs(rating * weight) / total))
        for rater, rating, weight in first
    ]
    if others:
        words = many_said(len(others), N_("%(n)s other"), N_("%(n)s others"))
        share = sum(abs(rating * weight) for _, rating, weight in others) / total
        parts.append(Part(None, translate(words), translate(_share(share))))
    return parts


def _judgements(past: Past, now: datetime) -> dict[int, float]:
    """The latest judgement of the member by each other."""
    latest: dict[int, tuple[float, float]] = {}
    for rater, rating, at in evidence.received(past, now):
        if rater not in latest or latest[rater][0] <= at:
            latest[rater] = (at, rating)
    return {rater: rating for rater, (_, rating) in latest.items()}


def _word(rating: float, share: float) -> str:
    said = N_("neither good nor bad")
    if rating:
        said = N_("a good word") if rating > 0 else N_("a bad word")
    return translate(N_("%(good)s: %(share)s of all that weighs", good=said, share=percent(share)))


def _share(share: float) -> Words:
    return N_("%(share)s of all that weighs", share=percent(share))


def _people(ids: Sequence[int], viewer: Any) -> dict[int, Face]:
    rows = connection().execute(
        select(*PERSON).where(
            Member.id.in_(ids), Member.erased_at.is_(None), Member.sees_profile <= audience(viewer)
        )
    )
    return {row.member_id: Face.of(row) for row in rows}


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


def _signed(points: float) -> str:
    return f"+{number(points)}" if points > 0 else f"−{number(-points)}" if points < 0 else "0"
