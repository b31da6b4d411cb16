"""What works the graph out: arrays by default, networkx as the oracle, one small interface between them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import networkx as nx
import numpy as np

from community.graph import ties
from community.graph.arrays import Edges, Real, Whole, by_first, components, undirected
from community.graph.circles import SEED, Circles, circles, judged
from community.graph.ties import HALF_LIFE, Ties
from community.kit import clock
from community.ledger.kinds import KINDS
from community.ledger.segments import NOTHING, Array


class Engine(Protocol):
    """What every engine can do; all else is said in these terms."""

    def aggregate(
        self, events: Mapping[str, Array], as_of: datetime, since: datetime | None = None
    ) -> Ties:
        """The ties that events make as of a moment, those since another alone."""

    def spmv(self, edges: Edges, vector: Real) -> Real:
        """What flows into each node: over its links, the weight times the source's value, added up."""

    def components(self, edges: Edges) -> Whole:
        """The connected part of each node, whatever the direction; numbered by their first node."""

    def circles(self, edges: Edges) -> Circles:
        """The circles of good links, numbered by size. Engines may find different ones."""


class Arrays:
    """NumPy and SciPy on arrays, and NetworKit in a process of its own: for communities of any size."""

    def aggregate(
        self, events: Mapping[str, Array], as_of: datetime, since: datetime | None = None
    ) -> Ties:
        """As ``ties.of_events``."""
        return ties.of_events(events, as_of, since=since)

    def spmv(self, edges: Edges, vector: Real) -> Real:
        """One weighted count."""
        flows = edges.weight * vector[edges.source]
        return np.bincount(edges.target, flows, edges.n).astype(np.float64)

    def components(self, edges: Edges) -> Whole:
        """As ``arrays.components``."""
        return components(edges)

    def circles(self, edges: Edges) -> Circles:
        """As ``circles.circles``: Leiden."""
        return circles(edges)


class Networkx:
    """Plain Python and networkx, event by event: what all others are held to; for small communities."""

    def aggregate(
        self, events: Mapping[str, Array], as_of: datetime, since: datetime | None = None
    ) -> Ties:
        """A walk over the events, as the definition says it."""
        columns = (events[name].tolist() for name in ties.READ)
        found: dict[tuple[int, int], list[Any]] = {}
        for at, code, actor, other, value, voided_at in zip(*columns, strict=True):
            moment = clock.from_micros(at)
            is_past = moment <= as_of and (since is None or moment >= since)
            if not is_past or voided_at <= clock.to_micros(as_of) or actor == other:
                continue
            if NOTHING in (actor, other):
                continue
            for pair, worth in _worths(code, actor, other, value):
                weight = worth * 0.5 ** ((as_of - moment) / HALF_LIFE)
                had = found.setdefault(pair, [0.0, at, 0])
                had[:] = had[0] + weight, max(had[1], at), had[2] + 1
        return _as_ties(found, as_of)

    def spmv(self, edges: Edges, vector: Real) -> Real:
        """The links of a multigraph, one after the other."""
        found = np.zeros(edges.n)
        for source, target, weight in _graph(edges).edges(data="weight"):
            found[target] += weight * vector[source]
        return found

    def components(self, edges: Edges) -> Whole:
        """``weakly_connected_components``."""
        label = np.zeros(edges.n, np.int64)
        for number, part in enumerate(nx.weakly_connected_components(_graph(edges))):
            label[list(part)] = number
        return by_first(label)

    def circles(self, edges: Edges) -> Circles:
        """``louvain_communities``: groups of nearly the quality of Leiden's."""
        pairs = undirected(edges)
        found = nx.community.louvain_communities(nx.Graph(_graph(pairs)), seed=SEED)
        label = np.zeros(edges.n, np.int64)
        for number, part in enumerate(found):
            label[list(part)] = number
        return judged(pairs, label)


def _worths(code: int, actor: int, other: int, value: int) -> list[tuple[tuple[int, int], float]]:
    """What one event of today is worth to which ties."""
    kind = next((kind for kind in KINDS.values() if kind.code == code), None)
    if kind is None or kind.tie == 0 or (kind.signed and value == NOTHING):
        return []
    worth = kind.tie * (max(-10, min(10, value)) / 10 if kind.signed else 1)
    ways = [(actor, other), (other, actor)]
    return [(way, worth) for way in (ways if kind.direction == "both" else ways[:1])]


def _as_ties(found: dict[tuple[int, int], list[Any]], as_of: datetime) -> Ties:
    pairs = sorted(found)
    members = np.array(sorted({id for pair in pairs for id in pair}), np.int64)
    source, target = (
        np.searchsorted(members, np.array([pair[side] for pair in pairs], np.int64))
        for side in (0, 1)
    )
    return Ties(
        members,
        source,
        target,
        weight=np.array([found[pair][0] for pair in pairs], np.float64),
        last=np.array([found[pair][1] for pair in pairs], np.int64),
        count=np.array([found[pair][2] for pair in pairs], np.int64),
        as_of=as_of,
    )


def _graph(edges: Edges) -> "nx.MultiDiGraph[int]":
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(edges.n))
    links = zip(edges.source.tolist(), edges.target.tolist(), edges.weight.tolist(), strict=True)
    graph.add_weighted_edges_from(links)
    return graph
