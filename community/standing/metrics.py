"""Every number that Kith works out of a member, declared once: what it means and how it is made.

The same declaration is read by badges, stages and levels, by the member's page, by the public
page of the metric, and by the export.
"""

from collections.abc import Mapping

from community.kit.catalog import catalog
from community.standing.metric import DIGITS, FACT_SLOTS, Metric, Shown
from community.standing.metrics_exchange import EXCHANGE
from community.standing.metrics_forum import FORUM
from community.standing.metrics_people import PEOPLE

__all__ = ["DIGITS", "FACT_SLOTS", "METRICS", "Metric", "Shown", "facts_of"]

METRICS = catalog(*EXCHANGE, *PEOPLE, *FORUM)


def facts_of(metrics: Mapping[str, Metric]) -> frozenset[str]:
    """The names of all declared figures that some metrics read."""
    folds = [metric.fold for metric in metrics.values()]
    named = (getattr(fold, slot, None) for fold in folds for slot in FACT_SLOTS)
    return frozenset(name for name in named if isinstance(name, str))
