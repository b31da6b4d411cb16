"""What the pages about recognition show, made of what standing keeps and works out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from community.activity.members import telling
from community.activity.members.models import Member
from community.activity.members.rules import audience
from community.kit import clock
from community.kit.db import connection, db
from community.kit.languages import day, language, number, translate
from community.kit.words import N_, Words
from community.standing import (
    awarding,
    evidence,
    health_parts,
    keeping,
    queries,
    rulebook,
)
from community.standing.acts import Acts
from community.standing.badges import NOT_HELD, Badge
from community.standing.decisions import Decision, progress
from community.standing.metric import Metric
from community.standing.metrics import FACT_SLOTS, METRICS
from community.standing.models import Community, Standing
from community.standing.queries import Held, Seen
from community.standing.saying import (
    decision_said,
    length_said,
    missing_said,
    number_said,
    rule_said,
)
from community.standing.stages import levels
from community.standing.windows import A_MOMENT

PERSON = (Member.id.label("member_id"), Member.handle, Member.name, Member.photo)
STATES = {
    "new": N_("new"),
    "away": N_("away"),
    "drifting": N_("drifting"),
    "steady": N_("steady"),
    "thriving": N_("thriving"),
}
BANDS = {"little": N_("little"), "some": N_("some"), "much": N_("much")}
OFTEN = {
    "day": N_("Assessed every day."),
    "week": N_("Assessed every week."),
    "month": N_("Assessed every month."),
    "quarter": N_("Assessed on each quarter's first day."),
    "year": N_("Assessed every year."),
}
FOLDS = {
    "Count": N_("Each such event counts one."),
    "Ever": N_("Whether there ever was such an event."),
    "Followed": N_("Those that the member followed up, out of all of a kind."),
    "PaceRatio": N_("The days since the last act, against the member's own usual pace."),
    "Distinct": N_("Each different one counts once."),
    "DaysShare": N_("Days with such an event, out of all days."),
    "Sum": N_("The values of these events, added up."),
    "Mean": N_("The values of these events, added up and divided by their number."),
    "Extreme": N_("The smallest or largest value of these events."),
    "WeighedMean": N_("A mean in which each value weighs as much as its giver is trusted."),
    "Share": N_("Some events, out of all of a kind."),
    "Since": N_("The days since such an event."),
    "LastValue": N_("The value of the last such event."),
    "Mutual": N_("Those with whom it went both ways."),
    "StillActive": N_("The share of those who were still there."),
    "OnGraph": N_("From the member's place in the network of ties."),
    "Within": N_("Threads answered in time, out of all."),
    "MedianWait": N_("The middle one of all waits."),
    "LatestFact": N_("The latest figure that a source declared."),
    "FactOfThings": N_("Figures of the member's things, weighed."),
    "Things": N_("Things of the member that meet a condition."),
    "Points": N_("Points for each event by its kind, added up."),
}
"""How a fold makes its number, in words."""
NEAR = 60
"""From which per cent on the way to a badge is shown open."""
MOST_PARTS = 5


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
        tier = min(badge.top, 4)
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
class Row:
    """A line of a rule."""

    depth: int
    words: Words
    metric: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A badge with its rule in words."""

    name: str
    label: str
    says: str
    shape: str
    icon: str
    top: int
    is_manual: bool
    often: Words
    rule: tuple[Row, ...]
    tiers: tuple[tuple[str, tuple[Row, ...]], ...]
    terms: tuple[Words, ...]
    perks: tuple[str, ...]

    @classmethod
    def of(cls, badge: Badge) -> "Explained":
        """A badge with its rule in words."""
        medal = Medal.of(badge)
        return cls(
            medal.name,
            medal.label,
            medal.says,
            medal.shape,
            medal.icon,
            medal.top,
            badge.is_manual,
            N_("Given by hand.") if badge.is_manual else OFTEN[badge.cadence.every],
            _rows(badge.rule),
            tuple((said(tier.label), _rows(tier.rule)) for tier in badge.tiers),
            tuple(_terms(badge)),
            tuple(said(perk) for perk in badge.perks),
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a badge."""

    handle: str
    name: str
    photo_url: str | None
    fact: str

    @classmethod
    def of(cls, row: Any) -> "Holder":
        """The holder whom a row tells of."""
        photo = f"/media/{row.photo}-96.webp" if row.photo else None
        return cls(
            row.handle, row.name, photo, translate(N_("since %(day)s", day=day(row.begun_at)))
        )


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody whose word is told of."""

    handle: str
    name: str
    photo_url: str | None

    @classmethod
    def of(cls, row: Any) -> "Face":
        """The person whom a row of ``PERSON`` tells of."""
        return cls(row.handle, row.name, f"/media/{row.photo}-96.webp" if row.photo else None)


def said(texts: Any) -> str:
    """A text of a badge in the reader's language, else in English."""
    spoken = language().partition("_")[0]
    return str(texts.get(spoken) or texts["en"])


def medals_of(held: Sequence[Held]) -> tuple[Worn, ...]:
    """The badges that somebody holds, as medals."""
    badges = {version.badge.name: version.badge for version in rulebook.holding()} if held else {}
    return tuple(
        Worn(
            each.badge,
            _tier_label(badges[each.badge], each.tier),
            badges[each.badge].shape,
            badges[each.badge].icon,
            min(each.tier, 4),
            each.begun_at.year,
            each.begun_at,
        )
        for each in held
        if each.badge in badges
    )


def numbers_of(seen: Seen, metrics: Any, say: Any) -> tuple[Any, ...]:
    """The numbers that stand beside a member, with out of how many."""
    told = []
    for name in keeping.SHOWN:
        found = seen.number(name)
        if found is None or found[0] is None:
            continue
        value, num, den = found
        of = translate(_of(metrics[name], num, den))
        told.append(Number(name, metrics[name].label, translate(say(metrics[name], value)), of))
    return tuple(told)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands beside a member."""

    name: str
    label: Words
    shown: str
    of: str


def sources_of(metric: Metric) -> tuple[list[str], list[str]]:
    """The kinds of events and the declared figures that a metric is made from."""
    kinds: dict[str, None] = {}
    facts = [getattr(metric.fold, slot) for slot in FACT_SLOTS if getattr(metric.fold, slot, None)]

    def look(thing: Any) -> None:
        if isinstance(thing, Acts):
            kinds.update(dict.fromkeys(thing.kinds))
        elif is_dataclass(thing):
            for field in fields(thing):
                look(getattr(thing, field.name))

    look(metric.fold)
    return list(kinds), facts


def of_member(member_id: int, seen: Seen, viewer: Any) -> dict[str, Any]:
    """All that the page of a member's standing shows."""
    now = clock.now()
    community = db.session.get(Community, 1)
    past = keeping.alone(member_id, now)
    ladder, following = _ladder(levels(), past, now, viewer)
    return {
        **_health(member_id, seen, community),
        **_trust(member_id, past, now, viewer),
        "band": BANDS.get(seen.band or ""),
        "ladder": ladder,
        "next_level": following,
        "ways": sorted(
            (_way(v.badge, past, now, viewer, seen) for v in rulebook.holding()),
            key=lambda way: (way.is_held, way.percent),
            reverse=True,
        ),
        "past": _past(member_id),
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


def _trust(member_id: int, past: Any, now: datetime, viewer: Any) -> dict[str, Any]:
    """The words that weigh most in somebody's trust, by what their authors' authority is now."""
    rows = _judgements(member_id, past, now)
    if not rows:
        return {"trust_parts": []}
    raters = {rater for rater, _, _ in rows}
    authority = {
        row.member_id: row.authority
        for row in db.session.execute(
            select(Standing.member_id, Standing.authority).where(Standing.member_id.in_(raters))
        )
    }
    weighed = [(rater, rating, authority.get(rater, 0.0) * rating) for rater, rating, _ in rows]
    weighed.sort(key=lambda row: (-abs(row[2]), row[0]))
    total = sum(abs(amount) for *_, amount in weighed) or 1.0
    # Whoever thinks little of somebody is named to those alone who look after the place.
    named = [rater for rater, _, amount in weighed[:MOST_PARTS] if amount > 0 or viewer.is_staff]
    people = _people(named, viewer)
    parts = [
        Part(
            people.get(rater),
            translate(N_("Somebody")),
            translate(_share_said(rating, abs(amount) / total)),
        )
        for rater, rating, amount in weighed[:MOST_PARTS]
    ]
    if len(weighed) > MOST_PARTS:
        rest = sum(abs(amount) for *_, amount in weighed[MOST_PARTS:]) / total
        label = translate(N_("%(many)s others", many=number(len(weighed) - MOST_PARTS)))
        parts.append(
            Part(None, label, translate(N_("%(share)s of all that weighs", share=_percent(rest))))
        )
    return {"trust_parts": parts}


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's word in somebody's trust."""

    person: Face | None
    label: str
    fact: str


def _judgements(member_id: int, past: Any, now: datetime) -> list[tuple[int, float, float]]:
    """The latest judgement of the member by each other: who, how good, when."""
    latest: dict[int, tuple[float, float]] = {}
    for rater, rating, at in evidence.received(past, now):
        if rater not in latest or latest[rater][1] <= at:
            latest[rater] = (rating, at)
    return [(rater, rating, at) for rater, (rating, at) in latest.items()]


def _share_said(rating: float, share: float) -> Words:
    good = (
        N_("a good word")
        if rating > 0
        else N_("a bad word")
        if rating < 0
        else N_("neither good nor bad")
    )
    return N_("%(good)s: %(share)s of all that weighs", good=good, share=_percent(share))


def _people(ids: Sequence[int], viewer: Any) -> dict[int, Face]:
    rows = connection().execute(
        select(*PERSON).where(
            Member.id.in_(ids), Member.erased_at.is_(None), Member.sees_profile <= audience(viewer)
        )
    )
    return {row.member_id: Face.of(row) for row in rows}


@dataclass(frozen=True, slots=True)
class Asked:
    """A need of a decision as a page shows it."""

    words: Words
    value: str
    of: str
    is_met: bool
    missing: str | None
    evidence: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A badge from where a member stands: held or on the way."""

    name: str
    label: str
    shape: str
    icon: str
    tier: int
    is_held: bool
    is_done: bool
    percent: int
    fact: Words
    needs: tuple[Asked, ...]

    @property
    def is_near(self) -> bool:
        """Whether it is near enough to show what is missing at once."""
        return not self.is_done and self.percent >= NEAR


def _way(badge: Badge, past: Any, now: datetime, viewer: Any, seen: Seen) -> Way:
    held = next((h for h in seen.held if h.badge == badge.name), None)
    tier = held.tier if held else NOT_HELD
    aim = min(tier + 1, badge.top)
    if badge.is_manual:
        return _given(badge, held)
    decision = awarding.decided(badge, past, now, tier=aim)
    is_done = tier == badge.top
    share = 1.0 if is_done else progress(badge, decision)
    fact = (
        N_(
            "held since %(day)s, next looked at on %(next)s",
            day=day(held.begun_at),
            next=day(decision.next),
        )
        if held
        else N_("next looked at on %(next)s", next=day(decision.next))
    )
    label = said(badge.label)
    if badge.tiers:
        label = f"{label} · {said(badge.tiers[aim - 1].label)}"
    percent = math.floor(100 * share)
    medal = Medal.of(badge)
    needs = asked_of(badge, decision, viewer)
    return Way(
        badge.name,
        label,
        medal.shape,
        medal.icon,
        min(aim, 4),
        held is not None,
        is_done,
        percent,
        fact,
        needs,
    )


def _given(badge: Badge, held: Held | None) -> Way:
    medal = Medal.of(badge)
    fact = N_("held since %(day)s", day=day(held.begun_at)) if held else N_("given by hand")
    return Way(
        badge.name,
        medal.label,
        medal.shape,
        medal.icon,
        1,
        held is not None,
        True,
        100 if held else 0,
        fact,
        (),
    )


def asked_of(badge: Badge, decision: Decision, viewer: Any) -> tuple[Asked, ...]:
    """The needs of a decision as a page shows them."""
    found = []
    for line in decision_said(badge, decision, METRICS):
        if line.finding is None:
            continue
        metric = METRICS[line.finding.metric]
        missing = [translate(words) for words in missing_said(line.finding, METRICS)]
        found.append(
            Asked(
                line.asks,
                translate(number_said(metric, line.finding.value)),
                translate(_of(metric, line.finding.num, line.finding.den)),
                line.is_met,
                ". ".join(missing) or None,
                tuple(telling.of_events(line.finding.evidence[:8], viewer)),
            )
        )
    return tuple(found)


def _ladder(
    badge: Badge, past: Any, now: datetime, viewer: Any
) -> tuple[list[dict[str, str]], Any]:
    """The levels as steps, and what the next one asks."""
    tier = int(awarding.held_by(past, badge.name, now + A_MOMENT).tier[0])
    steps = [
        {
            "label": said(step.label),
            "state": "done" if n < tier else "now" if n == tier else "later",
            "text": "",
        }
        for n, step in enumerate(badge.tiers, 1)
    ]
    aim = tier + 1
    if aim > badge.top or badge.rule_of(aim) is None:
        return steps, ()
    return steps, asked_of(badge, awarding.decided(badge, past, now, tier=aim), viewer)


def _past(member_id: int) -> list[dict[str, Words]]:
    """Awards that ended, and those that go on, each as a sentence."""
    badges = {version.badge.name: version.badge for version in rulebook.holding()}
    told = []
    for award in queries.awards_of(member_id):
        label = (
            _tier_label(badges[award.badge], award.tier) if award.badge in badges else award.badge
        )
        if award.ended_at is None:
            words = N_("%(badge)s: since %(start)s", badge=label, start=day(award.begun_at))
        else:
            words = N_(
                "%(badge)s: from %(start)s to %(end)s",
                badge=label,
                start=day(award.begun_at),
                end=day(award.ended_at),
            )
        told.append({"words": words})
    return told


def _tier_label(badge: Badge, tier: int) -> str:
    label = said(badge.label)
    return f"{label} · {said(badge.tiers[tier - 1].label)}" if badge.tiers else label


def _rows(rule: Any) -> tuple[Row, ...]:
    if rule is None:
        return ()
    return tuple(Row(depth, words, None) for depth, words in rule_said(rule, METRICS))


def _terms(badge: Badge) -> Any:
    if badge.grace:
        yield N_("Whoever misses it keeps it for %(many)s more assessments.", many=badge.grace)
    if badge.hold is not None:
        yield N_("It can't be lost in the first %(time)s.", time=length_said(badge.hold))
    if badge.expires is not None:
        yield N_("It ends after %(time)s.", time=length_said(badge.expires))
    if not badge.is_losable:
        yield N_("It can't be lost.")


def _of(metric: Metric, num: float | None, den: float | None) -> Words | str:
    if den is None or metric.shown_as in ("count", "days", "points", "score") or not den:
        return ""
    if metric.shown_as == "percent":
        return N_("(%(num)s of %(den)s)", num=number(num or 0), den=number(den))
    return N_("(from %(den)s)", den=number(den))


def _signed(points: float) -> str:
    return f"+{number(points)}" if points > 0 else f"−{number(-points)}" if points < 0 else "0"


def _percent(share: float) -> str:
    return f"{number(round(100 * share))} %"
