"""Rules and decisions in plain words, to be translated when they are shown."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from community.kit.words import N_, Words
from community.standing.badges import Badge
from community.standing.categories import CATEGORIES, NO_CATEGORY
from community.standing.decisions import Decision, Finding
from community.standing.metric import TOLERANCE, Metric
from community.standing.needs import (
    FALLING,
    RISING,
    AllOf,
    AnyOf,
    AtLeast,
    Need,
    Node,
    needs_of,
    path_below,
    spread_over,
)
from community.standing.quantities import (
    Said,
    day_said,
    length_said,
    many_said,
    number_said,
    trimmed,
    window_said,
)
from community.standing.windows import Unit

__all__ = [
    "Line",
    "Said",
    "day_said",
    "decision_said",
    "explained",
    "length_said",
    "many_said",
    "missing_said",
    "need_said",
    "number_said",
    "rule_said",
    "window_said",
]


@dataclass(frozen=True)
class Line:
    """One line of a decision in words: how deep it lies, what it asks, what was there, whether it was met.

    A line without a ``metric`` is the heading of those below it.
    """

    depth: int
    asks: Words
    is_met: bool
    has: Said | None = None
    finding: Finding | None = None
    metric: str | None = None


def rule_said(node: Node, metrics: Mapping[str, Metric]) -> list[tuple[int, Words]]:
    """A rule as lines, each with how deep it lies; what all of it asks begins at no depth."""
    return [(line.depth, line.asks) for line in explained(node, (), metrics)]


def explained(
    node: Node, findings: Iterable[Finding], metrics: Mapping[str, Metric], path: str = ""
) -> list[Line]:
    """A rule as lines, with what was found for each need; of several that are enough, which one was.

    ``path`` is what the paths of its findings begin with.
    """
    by_path = {finding.path: finding for finding in findings}
    return _lines(node, by_path, metrics, path, 0)


def decision_said(badge: Badge, decision: Decision, metrics: Mapping[str, Metric]) -> list[Line]:
    """What a decision rests on, line by line; no lines for what is given by hand."""
    rule = badge.rule_of(decision.tier)
    if rule is None:
        return []
    return explained(rule, decision.findings, metrics, badge.path_of(decision.tier))


def need_said(need: Need, metrics: Mapping[str, Metric]) -> Words:
    """A need as a sentence: "At least 10 exchanges hosted in the last 12 months; 8 are enough to keep it"."""
    metric = metrics[need.metric]
    said = _asked(need, metric)
    when = window_said(need.window or metric.window)
    if when is not None:
        said = N_("%(said)s %(when)s", said=said, when=when)
    for more in _clauses(need, metric):
        said = N_("%(said)s; %(more)s", said=said, more=more)
    return said


def missing_said(finding: Finding, metrics: Mapping[str, Metric]) -> list[Words]:
    """What a need that was not met still lacks, and when it is met by waiting; nothing where neither helps."""
    lacks = finding.missing
    if lacks is None:
        return []
    said = []
    if finding.category == NO_CATEGORY:
        said.append(N_("Nothing tells yet with whom to compare"))
    if lacks.many is not None:
        metric = metrics[finding.metric]
        more = N_("%(n)s more", n=f"{lacks.many:,}")
        phrase = metric.one if lacks.many == 1 else metric.many
        said.append(more if phrase is None else Words(phrase.text, {"n": more}))
    if lacks.on is not None:
        said.append(N_("Met on %(day)s if nothing else happens", day=day_said(lacks.on)))
    return said


PLURALS = ("count", "stars", "days", "hours")
"""How numbers are shown of which there are many."""
OF_THE_LAST: Mapping[Unit, Words] = {
    "day": N_("On at least %(k)s of the last %(of)s days"),
    "week": N_("In at least %(k)s of the last %(of)s weeks"),
    "month": N_("In at least %(k)s of the last %(of)s months"),
    "quarter": N_("In at least %(k)s of the last %(of)s quarters"),
    "year": N_("In at least %(k)s of the last %(of)s years"),
}
COUNTS_ASKED = {
    "at_least": N_("At least %(bar)s"),
    "more_than": N_("More than %(bar)s"),
    "at_most": N_("At most %(bar)s"),
    "less_than": N_("Fewer than %(bar)s"),
    "exactly": N_("Exactly %(bar)s"),
}
AMOUNTS_ASKED = {
    "at_least": N_("%(what)s: at least %(bar)s"),
    "more_than": N_("%(what)s: more than %(bar)s"),
    "at_most": N_("%(what)s: at most %(bar)s"),
    "less_than": N_("%(what)s: less than %(bar)s"),
    "exactly": N_("%(what)s: exactly %(bar)s"),
}


def _lines(
    node: Node, found: Mapping[str, Finding], metrics: Mapping[str, Metric], path: str, depth: int
) -> list[Line]:
    if isinstance(node, Need):
        finding = found.get(path)
        has = number_said(metrics[node.metric], finding.value) if finding else None
        is_met = finding is not None and finding.is_met
        return [Line(depth, need_said(node, metrics), is_met, has, finding, node.metric)]
    if isinstance(node, AtLeast):
        return _units(node, found, metrics, path, depth)
    # What must hold altogether needs no heading of its own.
    is_open = isinstance(node, AllOf) and depth == 0
    parts = [
        _lines(part, found, metrics, path_below(path, n), depth if is_open else depth + 1)
        for n, part in enumerate(node.parts)
    ]
    below = [line for part in parts for line in part]
    if is_open:
        return below
    met = [part[0].is_met for part in parts]
    if isinstance(node, AllOf):
        return [Line(depth, N_("All of these"), all(met)), *below]
    return [Line(depth, _one_of(node, met, metrics), any(met)), *below]


def _units(
    node: AtLeast,
    found: Mapping[str, Finding],
    metrics: Mapping[str, Metric],
    path: str,
    depth: int,
) -> list[Line]:
    units = [found.get(path_below(path, n)) for n in range(node.of)]
    many = sum(finding.is_met for finding in units if finding is not None)
    asks = Words(OF_THE_LAST[node.unit].text, {"k": node.k, "of": node.of})
    has = f"{many} / {node.of}" if any(units) else None
    is_met = many >= node.k
    return [
        Line(depth, asks, is_met, has),
        Line(depth + 1, need_said(node.need, metrics), is_met, None, units[0], node.need.metric),
    ]


def _one_of(node: AnyOf, met: Sequence[bool], metrics: Mapping[str, Metric]) -> Words:
    if not any(met):
        return N_("One of these")
    labels = [metrics[need.metric].label for need in needs_of(node.parts[met.index(True)])]
    which = labels[0]
    for label in dict.fromkeys(labels[1:]):
        which = N_("%(which)s, %(also)s", which=which, also=label)
    return N_("One of these, met by: %(which)s", which=which)


def _asked(need: Need, metric: Metric) -> Words:
    """What a need asks to gain by, without its window."""
    if need.op == "top":
        return _first_said(need, metric)
    bar = _shown_bar(need, metric, need.gain)
    if not _is_counted(metric):
        text = AMOUNTS_ASKED[need.op].text
        return Words(text, {"what": metric.label, "bar": number_said(metric, bar)})
    if bar <= 0 and need.op == "at_least":
        return N_("Nothing is asked")
    if bar <= 0 and need.op in ("at_most", "exactly"):
        return _counted(need, metric, bar, N_("Zero"))
    return Words(COUNTS_ASKED[need.op].text, {"bar": _counted(need, metric, bar)})


def _first_said(need: Need, metric: Metric) -> Words:
    share = f"{trimmed(need.gain * 100)}%"
    if need.within is None:
        return N_("Among the first %(share)s by: %(what)s", share=share, what=metric.label)
    return N_(
        "Among the first %(share)s of %(whom)s by: %(what)s",
        share=share,
        whom=CATEGORIES[need.within].label,
        what=metric.label,
    )


def _counted(need: Need, metric: Metric, number: float, said: Said | None = None) -> Words:
    """So many of what a metric counts, each with the figure that is asked of it."""
    one, many = metric.one or N_("%(n)s"), metric.many or N_("%(n)s")
    what = many_said(number, one, many) if said is None else Words(many.text, {"n": said})
    if metric.each is None:
        return what
    least = need.each if need.each is not None else getattr(metric.fold, "least", 1)
    each = Words(metric.each.text, {"n": f"{least:,.0f}"})
    return N_("%(what)s %(each)s", what=what, each=each)


def _clauses(need: Need, metric: Metric) -> Iterator[Words]:
    """What a need says besides its bar to gain by."""
    keep = _keep_said(need, metric)
    if keep is not None:
        yield keep
    yield from _sample_said(need)
    if need.or_count_max is not None:
        yield many_said(
            need.or_count_max,
            N_("or %(n)s case, whatever its share"),
            N_("or up to %(n)s cases, whatever their share"),
        )
    if need.spread is not None:
        people = spread_over(need.spread.people, need.gain)
        days = spread_over(need.spread.days, need.gain)
        if people > 1:
            yield N_("from at least %(n)s different people", n=people)
        if days > 1:
            yield N_("on at least %(n)s different days", n=days)


def _keep_said(need: Need, metric: Metric) -> Words | None:
    if need.keep is None:
        return None
    if need.op == "top":
        return N_("the first %(share)s keep it", share=f"{trimmed(need.keep * 100)}%")
    bar = _shown_bar(need, metric, need.keep)
    if bar == _shown_bar(need, metric, need.gain):
        return None
    said = f"{bar:,.0f}" if _is_counted(metric) else number_said(metric, bar)
    if need.op in FALLING:
        return N_("up to %(n)s to keep it", n=said)
    if metric.shown_as in PLURALS and bar != 1:
        return N_("%(n)s are enough to keep it", n=said)
    return N_("%(n)s is enough to keep it", n=said)


def _sample_said(need: Need) -> Iterator[Words]:
    if need.least_n > 1:
        if need.if_none:
            yield N_("not asked before there are %(n)s to go by", n=need.least_n)
        else:
            yield N_("judged once there are %(n)s to go by", n=need.least_n)
    elif need.op in FALLING and not need.if_none:
        yield N_("having none is not enough")
    elif need.op not in FALLING and need.if_none:
        yield N_("having none yet is enough")


def _shown_bar(need: Need, metric: Metric, bar: float) -> float:
    """A bar as the number that has to be reached, in the digits of its metric."""
    steps = bar * metric.scale
    if need.op in RISING and need.op != "more_than":
        return math.ceil(steps - TOLERANCE) / metric.scale
    if need.op in FALLING and need.op != "less_than":
        return math.floor(steps + TOLERANCE) / metric.scale
    return bar


def _is_counted(metric: Metric) -> bool:
    return metric.shown_as == "count" and metric.many is not None
