"""Graphs and ledgers that hypothesis draws for the tests of this room."""

from datetime import UTC, datetime, timedelta

import networkx as nx
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from community.graph.arrays import Edges
from community.kit import clock
from community.ledger.kinds import CODES, KINDS
from community.ledger.segments import COLUMNS, NEVER, NOTHING

MODEST = settings(max_examples=80, deadline=None)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOW = clock.to_micros(NOON)
DAY = 86_400_000_000
IDS = (1, 3, 7, 2**53 + 1)
TELLING = [kind for kind in KINDS.values() if kind.tie] * 3 + [*KINDS.values()]
"""Every kind, those that tie four times as often."""
SIDES = st.sampled_from([*IDS, NOTHING])
MOMENTS = st.integers(NOW - 900 * DAY, NOW + 90 * DAY)
WEIGHTS = st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0, 7.0])


@st.composite
def ledgers(draw, most=40):
    """Columns of some events: also with a side missing, with oneself, taken back, yet to come."""
    rows = [_event(draw, id) for id in range(1, 1 + draw(st.integers(0, most)))]
    return {name: np.array([row[name] for row in rows], kind) for name, kind in COLUMNS.items()}


def _event(draw, id):
    kind = draw(st.sampled_from(TELLING))
    at = draw(MOMENTS)
    is_back = draw(st.booleans())
    return {
        "id": id,
        "happened_at": at,
        "kind": CODES[kind.name],
        "actor": draw(SIDES),
        "other": draw(SIDES),
        "subject_type": 0,
        "subject_id": NOTHING,
        "circle": NOTHING,
        "value": draw(st.sampled_from([NOTHING, -10, -3, 0, 5, 10])),
        "voided_at": at + draw(st.integers(0, 400)) * DAY if is_back else NEVER,
    }


@st.composite
def edges(draw, most_nodes=12, most=40, weights=WEIGHTS):
    """Links among some nodes, with loops, repeats and links of no or bad weight."""
    n = draw(st.integers(1, most_nodes))
    node = st.integers(0, n - 1)
    rows = draw(st.lists(st.tuples(node, node, weights), max_size=most))
    source, target = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    return Edges(n, source, target, np.array([row[2] for row in rows], np.float64))


def digraph(edges):
    """The links as networkx has them: without loops, repeats added up."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(edges.n))
    for a, b, weight in zip(*(part.tolist() for part in edges[1:]), strict=True):
        if a != b:
            had = graph.get_edge_data(a, b, {"weight": 0.0})["weight"]
            graph.add_edge(a, b, weight=had + weight)
    return graph


def days(many):
    """So many days."""
    return timedelta(days=many)
