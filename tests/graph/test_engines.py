"""Every engine says what networkx says."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph.arrays import Edges
from community.graph.engines import Arrays, Networkx
from community.graph.walk import walk
from tests.graph.drawing import MODEST, NOON, days, digraph, edges, ledgers
from tests.graph.test_circles import cliques, groups
from tests.graph.test_ties import assert_same

ENGINES = {"arrays": Arrays(), "networkx": Networkx()}
ORACLE = ENGINES["networkx"]


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@MODEST
@given(
    ledgers(),
    st.none() | st.integers(0, 900).map(days),
    edges(),
    st.lists(st.integers(0, 11), max_size=3),
)
def test_the_engines_agree(engine, told, window, drawn, seeds):
    since = None if window is None else NOON - window
    assert_same(engine.aggregate(told, NOON, since), ORACLE.aggregate(told, NOON, since))
    assert np.array_equal(engine.components(drawn), ORACLE.components(drawn))
    vector = np.random.default_rng(drawn.source.size).normal(size=drawn.n)
    assert engine.spmv(drawn, vector) == pytest.approx(ORACLE.spmv(drawn, vector))

    good = drawn.where((drawn.weight > 0) & (drawn.source != drawn.target))
    chosen = np.array([seed for seed in seeds if seed < drawn.n], np.int64)
    p = by_steps(engine, good, chosen)
    sought = nx.pagerank(
        digraph(good),
        personalization=dict.fromkeys(chosen.tolist(), 1) or None,
        tol=1e-13,
        max_iter=500,
    )
    assert np.abs(p - np.array([sought[node] for node in range(drawn.n)])).sum() < 1e-8
    assert np.abs(p - walk(*good, chosen).p).sum() < 1e-8


def by_steps(engine, links, seeds):
    """Personalised PageRank in terms of an engine's ``spmv`` alone."""
    restart = np.zeros(links.n)
    restart[seeds if seeds.size else slice(None)] = 1
    restart /= restart.sum()
    back = Edges(links.n, links.target, links.source, links.weight)
    outflow = engine.spmv(back, np.ones(links.n))
    p = restart
    for _ in range(160):
        stepping = np.divide(p, outflow, out=np.zeros(links.n), where=outflow > 0)
        p = 0.85 * engine.spmv(links, stepping)
        p += (1 - p.sum()) * restart
    return p


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_every_engine_finds_plain_circles(engine):
    found = engine.circles(cliques(4, 6, 5))
    assert groups(found.label) == [[4, 5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [0, 1, 2, 3]]
    assert found.modularity == pytest.approx(ORACLE.circles(cliques(4, 6, 5)).modularity)
