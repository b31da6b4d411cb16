"""Badges and numbers explained: what a rule asks, how a number is made, and what was found of a member."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from typing import Any

from community.activity.members import telling
from community.kit.languages import translate
from community.kit.words import N_, Words
from community.ledger.kinds import Kind
from community.standing.acts import Acts
from community.standing.badges import Badge
from community.standing.decisions import Decision
from community.standing.metric import Metric
from community.standing.metrics import FACT_SLOTS, METRICS
from community.standing.needs import Node
from community.standing.saying import (
    Line,
    decision_said,
    explained,
    length_said,
    many_said,
    missing_said,
    number_said,
)
from community.web.recognised import Medal, of_said, said

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
    "FactOfActs": N_(
        "A figure of what these events are about, added up and divided by their number."
    ),
    "Things": N_("Things of the member that meet a condition."),
    "Points": N_("Points for each event by its kind, added up."),
}
"""How a fold makes its number, in words."""
MOST_EVIDENCE = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a rule, with the lines that it is the heading of."""

    words: Words
    metric: str | None
    below: tuple["Row", ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a decision: what was asked and what was found, or the heading of such lines."""

    words: Words
    is_met: bool
    value: str = ""
    of: str = ""
    missing: tuple[str, ...] = ()
    evidence: tuple[Any, ...] = ()
    below: tuple["Asked", ...] = ()


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


def asked_of(badge: Badge, decision: Decision, viewer: Any) -> tuple[Asked, ...]:
    """What a decision rests on, line by line, as far as the reader may be told of it."""

    def line_said(line: Line, below: tuple[Asked, ...]) -> Asked:
        finding = line.finding
        if line.metric is None or finding is None:
            return Asked(line.asks, line.is_met, translate(line.has or ""), below=below)
        metric = METRICS[line.metric]
        missing = tuple(translate(words) for words in missing_said(finding, METRICS))
        return Asked(
            line.asks,
            line.is_met,
            translate(number_said(metric, finding.value)),
            translate(of_said(metric, finding.num, finding.den)),
            () if line.is_met else missing,
            telling.of_events(finding.evidence[:MOST_EVIDENCE], viewer),
        )

    return _nested(decision_said(badge, decision, METRICS), line_said)


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


def event_said(kind: Kind) -> Words:
    """What happens in an event of a kind, of nobody in particular."""
    one, other = N_("A member"), N_("another member")
    if kind.says.text.startswith("%(other)s"):
        one, other = other, one
    return Words(kind.says.text, {"actor": one, "other": other})


def _rows(rule: Node | None) -> tuple[Row, ...]:
    if rule is None:
        return ()
    return _nested(
        explained(rule, (), METRICS), lambda line, below: Row(line.asks, line.metric, below)
    )


def _nested(lines: Sequence[Line], make: Any) -> tuple[Any, ...]:
    """Lines that each say how deep they lie, as lines with those below them."""
    heads = [n for n, line in enumerate(lines) if line.depth == lines[0].depth]
    return tuple(
        make(lines[head], _nested(lines[head + 1 : end], make))
        for head, end in pairwise([*heads, len(lines)])
    )


def _terms(badge: Badge) -> Iterator[Words]:
    if badge.grace:
        yield many_said(
            badge.grace,
            N_("Whoever misses it keeps it for %(n)s more assessment."),
            N_("Whoever misses it keeps it for %(n)s more assessments."),
        )
    if badge.hold is not None:
        yield N_("It can't be lost in the first %(time)s.", time=length_said(badge.hold))
    if badge.expires is not None:
        yield N_("It ends after %(time)s.", time=length_said(badge.expires))
    if not badge.is_losable:
        yield N_("It can't be lost.")
