"""What an assessment said of one member, whole: every need with its numbers, and what is missing.

The same record feeds the award, the notice, the member's progress, the appeal, the export and
the back-test. It is plain data, so that it can be kept as it was and worked out again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from community.kit import clock
from community.ledger.segments import NOTHING
from community.standing.acts import EXCUSES, choose
from community.standing.badges import NOT_HELD, Assessed, Badge
from community.standing.folds import acts_of
from community.standing.metric import Metric
from community.standing.missing import Ahead, Missing, missing
from community.standing.needs import RISING, AllOf, AtLeast, Leaf, Need, Node, path_below
from community.standing.past import Past
from community.standing.windows import FROM_THE_START, Window

__all__ = ["Decision", "Finding", "Missing", "decide", "progress"]

MOST_EVIDENCE = 40


@dataclass(frozen=True)
class Finding:
    """One need of a decision: its numbers, its bar, whether it was met, and what it rests on.

    ``category`` is the member's own, where they are compared within one.
    """

    path: str
    metric: str
    as_of: datetime
    op: str
    value: float | None
    num: float | None
    den: float | None
    bar: float
    band: str
    is_met: bool
    each: float | None
    window: tuple[datetime | None, datetime]
    evidence: tuple[int, ...]
    excused: tuple[int, ...]
    missing: Missing | None
    people: float | None = None
    days: float | None = None
    category: int | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided of a member about a badge, as of a moment, by which version of its rule."""

    badge: str
    digest: str
    member: int
    as_of: datetime
    verdict: str
    before: int
    after: int
    tier: int
    is_in_grace: bool
    next: datetime
    findings: tuple[Finding, ...]

    @property
    def is_held(self) -> bool:
        """Whether it is held from then on."""
        return self.after > NOT_HELD

    @property
    def passes(self) -> tuple[bool, ...]:
        """Which needs were met; a decision is kept anew when these or the verdict change."""
        return tuple(finding.is_met for finding in self.findings)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """The needs that were not met."""
        return tuple(finding for finding in self.findings if not finding.is_met)

    def plain(self) -> dict[str, Any]:
        """The decision as plain data, its moments as microseconds."""
        told: dict[str, Any] = _plain(self)
        return told


def decide(
    badge: Badge,
    assessed: Assessed,
    past: Past,
    metrics: Mapping[str, Metric],
    place: int = 0,
    *,
    tier: int | None = None,
    alone: Past | None = None,
    with_evidence: bool = True,
) -> Decision:
    """The decision about one member of a past.

    Evidence is named only of a past that is theirs alone: the one that was assessed, or ``alone``.
    The findings are those of a tier: of the one that was gained, kept or lost, or else of the
    first, unless another is asked about.
    """
    before, after = int(assessed.before.tier[place]), int(assessed.after.tier[place])
    # The rule may have had more tiers when the badge was gained.
    tier = min(tier if tier is not None else max(before, after, 1), badge.top)
    own = past if alone is None else alone
    ahead = Ahead(own, metrics, assessed.as_of) if with_evidence else None
    return Decision(
        badge.name,
        badge.digest,
        int(past.members[place]),
        assessed.as_of,
        assessed.verdict(place),
        before,
        after,
        tier,
        bool(assessed.is_in_grace[place]),
        badge.cadence.next(assessed.as_of),
        tuple(
            _finding(leaf, own, metrics, place, is_held=before >= tier, ahead=ahead)
            for leaf in assessed.judged[tier - 1].leaves
        ),
    )


def progress(badge: Badge, decision: Decision) -> float:
    """How far a member is on the way to the tier of a decision, from 0 to 1: 1 exactly when it is reached.

    It is judged by the bars of the decision: those to gain by, or for a holder those to keep by.
    The smallest share over all needs that must hold, of several that are enough the largest.
    """
    rule = badge.rule_of(decision.tier)
    if rule is None:
        return float(decision.after >= decision.tier)
    by_path = {finding.path: finding for finding in decision.findings}
    return _progress(rule, by_path, badge.path_of(decision.tier))


def _finding(
    leaf: Leaf,
    past: Past,
    metrics: Mapping[str, Metric],
    place: int,
    *,
    is_held: bool,
    ahead: Ahead | None,
) -> Finding:
    need, metric = leaf.need, metrics[leaf.need.metric]
    window = need.window or metric.window
    bar = leaf.bar_for(place, is_held=is_held)
    is_met = bool((leaf.keep if is_held else leaf.gain)[place])
    evidence: tuple[int, ...] = ()
    excused: tuple[int, ...] = ()
    if ahead is not None:
        rests_on = metric.asked(need.each).evidence(past, leaf.as_of, window)
        evidence = tuple(rests_on[:MOST_EVIDENCE].tolist())
        excused = _excused(past, metric, leaf.as_of, window)
    return Finding(
        leaf.path,
        need.metric,
        leaf.as_of,
        need.op,
        _number(leaf.values.value[place]),
        _number(leaf.values.num[place]),
        _number(leaf.values.den[place]),
        bar,
        "keep" if is_held else "gain",
        is_met,
        need.each,
        _span(window, leaf.as_of),
        evidence,
        excused,
        None if is_met else _missing(leaf, metric, place, bar, ahead),
        _number(leaf.people[place]) if leaf.people is not None else None,
        _number(leaf.days[place]) if leaf.days is not None else None,
        int(leaf.category[place]) if leaf.category is not None else None,
    )


def _missing(leaf: Leaf, metric: Metric, place: int, bar: float, ahead: Ahead | None) -> Missing:
    if ahead is not None and leaf.as_of != ahead.as_of:
        return Missing()  # What lies back can't be made good.
    return missing(leaf, metric, place, bar, ahead)


def _excused(past: Past, metric: Metric, as_of: datetime, window: Window) -> tuple[int, ...]:
    """The excuses by which something was left out of a number."""
    acts = [replace(a, is_excusable=False) for a in acts_of(metric.fold) if a.is_excusable]
    if not acts:
        return ()
    about = np.concatenate([choose(past, each, as_of, window).subject for each in acts])
    rows = past.rows([EXCUSES]).as_of(as_of)
    is_about = np.isin(rows.subject, about[about != NOTHING])
    return tuple(rows.id[is_about][:MOST_EVIDENCE].tolist())


def _span(window: Window, as_of: datetime) -> tuple[datetime | None, datetime]:
    first, end = window.span(as_of)
    return None if first == FROM_THE_START else clock.from_micros(first), clock.from_micros(end)


def _progress(node: Node, by_path: Mapping[str, Finding], path: str) -> float:
    if isinstance(node, Need):
        finding = by_path.get(path)
        return _share(finding) if finding else 0.0
    if isinstance(node, AtLeast):
        units = [by_path.get(path_below(path, n)) for n in range(node.of)]
        return min(sum(f.is_met for f in units if f is not None) / node.k, 1.0)
    shares = [_progress(part, by_path, path_below(path, n)) for n, part in enumerate(node.parts)]
    return min(shares) if isinstance(node, AllOf) else max(shares)


def _share(finding: Finding) -> float:
    """How near a need is to its bar, from 0 to 1; short of it, never more than 99 per cent."""
    if finding.is_met:
        return 1.0
    value = finding.value
    if value is None or finding.bar <= 0 or finding.op not in RISING:
        return 0.0
    return min(max(value / finding.bar, 0.0), 0.99)


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _plain(told: Any) -> Any:
    if isinstance(told, datetime):
        return clock.to_micros(told)
    if is_dataclass(told):
        return {field.name: _plain(getattr(told, field.name)) for field in fields(told)}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    if isinstance(told, float) and math.isinf(told):
        return None
    return told
