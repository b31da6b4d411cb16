"""What an assessment said of one member, whole: every need with its numbers, and what is missing.

The same record feeds the award, the notice, the member's progress, the appeal, the export and
the back-test. It is plain data, so that it can be kept as it was and worked out again.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from community.kit import clock
from community.standing.acts import EXCUSES
from community.standing.badges import NOT_HELD, Assessed, Badge
from community.standing.folds import Mean, Share, Since, WeighedMean
from community.standing.metrics import Metric
from community.standing.needs import RISING, AllOf, AtLeast, Leaf, Need, Node
from community.standing.past import Past
from community.standing.threads import Within
from community.standing.windows import FROM_THE_START, Window

BEST = 5.0
"""The most stars that a review can give."""
MOST_EVIDENCE = 40


@dataclass(frozen=True)
class Missing:
    """What a need still lacks.

    ``many`` more of what it counts, or of the best that can happen (five-star reviews, answers
    in time, exchanges that go well), when that can help; ``on`` the first day on which it is met
    if nothing else happens.
    """

    many: int | None = None
    on: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """One need of a decision: its numbers, its bar, whether it was met, and what it rests on."""

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
        told: dict[str, Any] = _plain(asdict(self))
        return told


def decide(
    badge: Badge,
    assessed: Assessed,
    past: Past,
    metrics: Mapping[str, Metric],
    place: int = 0,
    *,
    tier: int | None = None,
    with_evidence: bool = True,
) -> Decision:
    """The decision about one member of a past; with evidence only where the past is theirs alone.

    The findings are those of a tier: of the one that was gained, kept or lost, or else of the
    first, unless another is asked about.
    """
    before, after = int(assessed.before.tier[place]), int(assessed.after.tier[place])
    tier = tier if tier is not None else max(before, after, 1)
    leaves = assessed.judged[tier - 1].leaves if assessed.judged else ()
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
            _finding(
                leaf, past, metrics, place, is_held=before >= tier, with_evidence=with_evidence
            )
            for leaf in leaves
        ),
    )


def progress(badge: Badge, decision: Decision) -> float:
    """How far a member is on the way to the tier of a decision, from 0 to 1: 1 exactly when it is reached.

    The smallest share over all needs that must hold, of several that are enough the largest.
    """
    rule = badge.rule_of(decision.tier)
    if rule is None:
        return 0.0
    by_path = {finding.path: finding for finding in decision.findings}
    return _progress(rule, by_path, badge.path_of(decision.tier))


def _finding(
    leaf: Leaf,
    past: Past,
    metrics: Mapping[str, Metric],
    place: int,
    *,
    is_held: bool,
    with_evidence: bool,
) -> Finding:
    need, metric = leaf.need, metrics[leaf.need.metric]
    window = need.window or metric.window
    bar = leaf.bar_keep if is_held else leaf.bar_gain
    is_met = bool((leaf.keep if is_held else leaf.gain)[place])
    fold = metric.asked(need.each)
    evidence = fold.evidence(past, leaf.as_of, window) if with_evidence else np.empty(0, np.int64)
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
        tuple(evidence[:MOST_EVIDENCE].tolist()),
        _excused(past, leaf.as_of, window) if with_evidence and _is_excusable(metric) else (),
        None if is_met else _missing(leaf, metric, past, place, bar, evidence.tolist()),
        _number(leaf.people[place]) if leaf.people is not None else None,
        _number(leaf.days[place]) if leaf.days is not None else None,
    )


def _missing(
    leaf: Leaf, metric: Metric, past: Past, place: int, bar: float, evidence: list[int]
) -> Missing:
    need, fold = leaf.need, metric.fold
    value, num, den = (
        float(part[place]) for part in (leaf.values.value, leaf.values.num, leaf.values.den)
    )
    if isinstance(fold, Since):
        rises = need.op in RISING and not math.isnan(value)
        return Missing(on=leaf.as_of + timedelta(days=bar - value) if rises else None)
    if need.op not in RISING:
        return Missing(
            _good_ones(fold, bar, num, den), _runs_out(leaf, metric, past, bar, num, den, evidence)
        )
    if den < need.least_n and not isinstance(fold, Mean | WeighedMean | Share | Within):
        return Missing(math.ceil(need.least_n - den))
    best = _best_ones(fold, bar, value, num, den)
    if best is not None:
        return Missing(max(best, need.least_n - int(den)))
    if math.isnan(value) or math.isinf(bar):
        return Missing()
    return Missing(math.ceil(bar - value) + (need.op == "more_than" and bar == value))


def _best_ones(fold: Any, bar: float, value: float, num: float, den: float) -> int | None:
    """How many of the best in a row bring a mean or a share up to its bar; None for other folds."""
    if isinstance(fold, Mean | WeighedMean):
        if bar >= BEST:
            return None
        total, weight = (
            (num, den) if isinstance(fold, Mean) else (value * (den + fold.prior), den + fold.prior)
        )
        return 1 if math.isnan(value) else _ceil((bar * weight - total) / (BEST - bar))
    if isinstance(fold, Share | Within):
        return None if bar >= 1 else max(_ceil((bar * den - num) / (1 - bar)), 1)
    return None


def _good_ones(fold: Any, bar: float, num: float, den: float) -> int | None:
    """How many more that go well bring a rate down to its bar; None where none can."""
    if not isinstance(fold, Share) or bar <= 0:
        return None
    return max(_ceil(num / bar - den), 1)


def _runs_out(
    leaf: Leaf, metric: Metric, past: Past, bar: float, num: float, den: float, evidence: list[int]
) -> datetime | None:
    """When enough of what speaks against the member is too old to count; None where it never is."""
    window = leaf.need.window or metric.window
    if window.length is None or window.until is not None or not evidence:
        return None
    allowed = bar * den if isinstance(metric.fold, Share) else bar
    if leaf.need.or_count_max is not None:
        allowed = max(allowed, leaf.need.or_count_max)
    goes = len(evidence) - math.floor(allowed + 1e-9)
    if not 0 < goes <= len(evidence) or len(evidence) >= MOST_EVIDENCE:
        return None
    at = past.events["happened_at"][np.isin(past.events["id"], evidence)]
    last = clock.from_micros(int(np.sort(at)[goes - 1]))
    return window.length.after(last) + timedelta(microseconds=1)


def _excused(past: Past, as_of: datetime, window: Window) -> tuple[int, ...]:
    first, end = window.span(as_of)
    rows = past.rows([EXCUSES]).as_of(as_of)
    return tuple(rows.id[(rows.at >= first) & (rows.at < end)][:MOST_EVIDENCE].tolist())


def _is_excusable(metric: Metric) -> bool:
    return isinstance(metric.fold, Share) and metric.fold.top.is_excusable


def _span(window: Window, as_of: datetime) -> tuple[datetime | None, datetime]:
    first, end = window.span(as_of)
    return None if first == FROM_THE_START else clock.from_micros(first), clock.from_micros(end)


def _progress(node: Node, by_path: Mapping[str, Finding], path: str) -> float:
    if isinstance(node, Need):
        finding = by_path.get(path)
        return _share(finding) if finding else 0.0
    if isinstance(node, AtLeast):
        weeks = [f.is_met for p, f in by_path.items() if p == path or p.startswith(f"{path}.")]
        return min(sum(weeks) / node.k, 1.0)
    shares = [
        _progress(part, by_path, f"{path}.{n}" if path else str(n))
        for n, part in enumerate(node.parts)
    ]
    return min(shares) if isinstance(node, AllOf) else max(shares)


def _share(finding: Finding) -> float:
    """How near a need is to its bar, from 0 to 1; short of it, never more than 99 per cent."""
    if finding.is_met:
        return 1.0
    value = finding.value
    if value is None or not finding.bar or finding.op not in RISING:
        return 0.0
    return min(max(value / finding.bar, 0.0), 0.99)


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _ceil(number: float) -> int:
    return math.ceil(number - 1e-9)


def _plain(told: Any) -> Any:
    if isinstance(told, datetime):
        return clock.to_micros(told)
    if isinstance(told, Mapping):
        return {name: _plain(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    if isinstance(told, float) and math.isinf(told):
        return None
    return told
