"""What is worked out of the whole community at once, as arrays: trust, graph, health, as of a moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.graph import arrays as graph
from community.graph import ties as graph_ties
from community.graph.ties import Ties
from community.kit import clock
from community.kit.arrays import Whole
from community.standing import evidence, health, health_features, health_parts
from community.standing.acts import Acts, choose
from community.standing.badges import Badge
from community.standing.folds import OnGraph
from community.standing.health import Coefficients, Health
from community.standing.health_features import Features
from community.standing.health_parts import Parts
from community.standing.metrics import METRICS
from community.standing.past import Context, Numbers, Past
from community.standing.trust import Trust, trusted
from community.standing.valued import WeighedMean
from community.standing.windows import Length, Window

LATELY = Window(Length(months=12))
"""The window of the mean that ratings are drawn towards."""
ALL = frozenset({"trust", "core", "weights"})
"""What metrics can ask of the whole community: measures of members, and how much raters weigh."""


@dataclass(frozen=True)
class Found:
    """What was found of every member of a past, each array in the order of its members."""

    as_of: datetime
    trust: Trust
    has_seeds: bool
    ties: int
    core: Numbers
    features: Features
    health: Health
    bars: Parts
    middle: Numbers
    context: Context


def find(
    past: Past,
    as_of: datetime,
    coefficients: Coefficients = health.DEFAULT,
    *,
    states: Whole | None = None,
    keep_ties: Callable[[Ties], None] = lambda ties: None,
) -> Found:
    """Work out everything of everyone as of a moment.

    ``states`` are the states of health of the last time; ``keep_ties`` is given the ties,
    which are let go then, for there may be millions.
    """
    trust, has_seeds = trust_of(past, as_of)
    core, ties = _core_and_ties(past, as_of, keep_ties)
    features = features_of(past, as_of, trust, has_seeds)
    middle = health_parts.centre(features)
    context = Context(
        mean_rating(past, as_of),
        weights(past, trust, has_seeds),
        unknown=0.0 if has_seeds else 1.0,
        measures={"trust": np.where(trust.is_new, np.nan, trust.shown), "core": core},
    )
    return Found(
        as_of,
        trust.without_ratings(),
        has_seeds,
        ties,
        core,
        features,
        health.assess(features, coefficients, states),
        health_parts.bars(features, middle, coefficients),
        middle,
        context,
    )


def features_of(past: Past, as_of: datetime, trust: Trust, has_seeds: bool) -> Features:
    """The four numbers behind everyone's health as of a moment, with such trust in those they met."""
    return health_features.from_ledger(
        past.blocks(), clock.to_micros(as_of), past.members, _who_counts(past, trust, has_seeds)
    )


def trust_of(past: Past, as_of: datetime) -> tuple[Trust, bool]:
    """The trust in everyone, and whether anybody was vouched for beforehand."""
    seeds = evidence.seeds(past, as_of)
    verified = int(evidence.verified(past, as_of).sum())
    ratings = evidence.ratings(past, as_of)
    if seeds.size:
        return trusted(len(past), ratings, seeds, base=verified), True
    # The walk begins anywhere, but not with those who were yet to come.
    here = np.flatnonzero(past.is_known(as_of))
    found = trusted(len(past), ratings, here if here.size else None, base=verified or here.size)
    return found, False


def context_of(past: Past, as_of: datetime, asked: frozenset[str] = ALL) -> Context:
    """What metrics that weigh by others ask for, as of a moment: as much of ``ALL`` as is asked."""
    measures: dict[str, Numbers] = {}
    if "core" in asked:
        measures["core"] = _core_and_ties(past, as_of)[0]
    if not asked & {"trust", "weights"}:
        return Context(measures=measures)
    trust, has_seeds = trust_of(past, as_of)
    measures["trust"] = np.where(trust.is_new, np.nan, trust.shown)
    return Context(
        mean_rating(past, as_of),
        weights(past, trust, has_seeds),
        unknown=0.0 if has_seeds else 1.0,
        measures=measures,
    )


def asked_by(badge: Badge) -> frozenset[str]:
    """What the metrics of a badge ask of the whole community: some of ``ALL``, mostly none."""
    folds = [METRICS[need.metric].fold for need in badge.needs()]
    return frozenset(
        "weights" if isinstance(fold, WeighedMean) else fold.measure
        for fold in folds
        if isinstance(fold, WeighedMean | OnGraph)
    )


def weights(past: Past, trust: Trust, has_seeds: bool) -> tuple[Whole, Numbers] | None:
    """How much each rater weighs: authority over the median of who has any, at most 1.

    Without seeds nobody is reached from anywhere, so all weigh the same: None.
    """
    if not has_seeds:
        return None
    some = trust.authority[trust.authority > 0]
    middle = float(np.median(some)) if some.size else 1.0
    return past.members, np.minimum(trust.authority / middle, 1.0)


def mean_rating(past: Past, as_of: datetime) -> float | None:
    """The mean of all stars of the last twelve months; None without any."""
    acts = Acts(("review.published",), of="other", has_value=True)
    stars = choose(past, acts, as_of, LATELY).value
    return float(stars.mean()) if stars.size else None


def _core_and_ties(
    past: Past, as_of: datetime, keep: Callable[[Ties], None] = lambda ties: None
) -> tuple[Numbers, int]:
    """How deep each member stands in the network of good ties, 0 without any; and how many ties."""
    ties = graph_ties.of_events(past.events, as_of)
    keep(ties)
    good = ties.positive()
    found = np.zeros(len(past))
    if len(good):
        at = past.number(good.members)
        found[at[at >= 0]] = graph.cores(graph.neighbours(good.edges))[at >= 0]
    return found, len(ties)


def _who_counts(past: Past, trust: Trust, has_seeds: bool) -> Whole | None:
    """Whose company makes somebody connected: of those whom a walk from the seeds reaches."""
    if not has_seeds:
        return None
    reached: Whole = past.members[trust.authority > 0]
    return reached
