"""The walk equals networkx, holds its invariants, and follows changes within its stated bound."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.graph.walk import Pushed, most_rounds, walk

MODEST = settings(max_examples=60, deadline=None)
WEIGHTS = st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0, 7.0])


@st.composite
def graphs(draw):
    """Number of nodes, arrays of links (loops, repeats, and weights that are no links too), seeds."""
    n = draw(st.integers(1, 12))
    node = st.integers(0, n - 1)
    rows = draw(st.lists(st.tuples(node, node, WEIGHTS), max_size=40))
    source, target = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    seeds = draw(st.none() | st.lists(node, max_size=4).map(lambda s: np.array(s, np.int64)))
    return n, source, target, np.array([row[2] for row in rows]), seeds


def by_networkx(n, source, target, weight, seeds, alpha=0.85):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    for a, b, w in zip(source.tolist(), target.tolist(), weight.tolist(), strict=True):
        if w > 0:
            graph.add_edge(a, b, weight=w + graph.get_edge_data(a, b, {"weight": 0})["weight"])
    wanted = None if seeds is None or not len(seeds) else dict.fromkeys(seeds.tolist(), 1)
    found = nx.pagerank(graph, alpha, personalization=wanted, tol=1e-14, max_iter=2000)
    return np.array([found[node] for node in range(n)])


@MODEST
@given(graphs(), st.sampled_from([0.3, 0.85]))
def test_it_equals_networkx(graph, alpha):
    solved = walk(*graph, alpha=alpha)
    assert np.abs(solved.p - by_networkx(*graph, alpha=alpha)).sum() < 1e-8
    assert solved.residual <= 1e-10


@MODEST
@given(graphs())
def test_it_is_a_share_of_time(graph):
    p = walk(*graph).p
    assert p.min() >= 0
    assert p.sum() == pytest.approx(1, abs=1e-12)


@MODEST
@given(graphs(), st.randoms(use_true_random=False))
def test_names_and_order_of_rows_do_not_matter(graph, random):
    n, source, target, weight, seeds = graph
    rename, order = np.arange(n), np.arange(source.size)
    random.shuffle(rename)
    random.shuffle(order)
    other = walk(
        n,
        rename[source][order],
        rename[target][order],
        weight[order],
        None if seeds is None else rename[seeds],
    )
    assert np.abs(other.p[rename] - walk(*graph).p).max() < 1e-10


@MODEST
@given(graphs())
def test_a_start_near_the_answer_saves_rounds_and_changes_nothing(graph):
    first = walk(*graph)
    again = walk(*graph, start=first.p * 3)
    assert again.rounds <= 2
    assert np.abs(again.p - first.p).sum() < 1e-9


def test_rounds_are_bounded_whatever_the_tolerance():
    ring = (
        3,
        np.array([0, 1, 2]),
        np.array([1, 2, 0]),
        np.array([1.0, 2.0, 3.0]),
        np.array([0]),
    )
    assert walk(*ring).rounds <= most_rounds(0.85, 1e-10) == 147
    assert walk(*ring, tolerance=1e-300).rounds <= most_rounds(0.85, 1e-300)


def test_without_nodes_there_is_nothing():
    none = np.zeros(0, np.int64)
    assert walk(0, none, none, np.zeros(0), None).p.size == 0


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"source": [0, 3]}, "no node"),
        ({"target": [-1, 1]}, "no node"),
        ({"weight": [1.0, np.nan]}, "finite"),
        ({"seeds": [2]}, "seed"),
        ({"alpha": 1.0}, "alpha"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"start": [1.0]}, "start"),
        ({"start": [2.0, -1.0]}, "start"),
        ({"start": [0.0, 0.0]}, "start"),
    ],
)
def test_what_is_no_graph_is_refused(changed, says):
    given = {"source": [0, 1], "target": [1, 0], "weight": [1.0, 1.0], "seeds": [0]} | changed
    asked = {k: np.array(v) if isinstance(v, list) else v for k, v in given.items()}
    with pytest.raises(ValueError, match=says):
        walk(2, **asked)


@st.composite
def changed_graphs(draw):
    """A graph and changes to it: links added, edited and taken away, some followed by a flush."""
    graph = draw(graphs())
    node = st.integers(0, graph[0] - 1)
    return graph, draw(st.lists(st.tuples(node, node, WEIGHTS, st.booleans()), max_size=25))


@MODEST
@given(changed_graphs(), st.sampled_from([1e-3, 1e-7]))
def test_any_changes_then_flush_equal_the_fresh_solve_within_the_bound(changed, epsilon):
    (n, source, target, weight, seeds), changes = changed
    kept = Pushed(n, source, target, weight, seeds)
    links = {}
    for a, b, w in zip(source.tolist(), target.tolist(), weight.tolist(), strict=True):
        links[a, b] = links.get((a, b), 0.0) + max(w, 0.0)
    for a, b, w, is_flushed in changes:
        kept.change(a, b, w)
        links[a, b] = w
        if is_flushed:
            kept.flush(epsilon)
        assert np.abs(kept.p - _solved(n, links, seeds)).sum() <= kept.bound + 1e-8
    kept.flush(epsilon)
    assert np.abs(kept.residual).max() <= epsilon
    assert kept.bound <= 2 * n * epsilon / 0.15
    assert np.abs(kept.p - _solved(n, links, seeds)).sum() <= kept.bound + 1e-8


@MODEST
@given(changed_graphs())
def test_deleting_what_was_added_restores(changed):
    (n, source, target, weight, seeds), changes = changed
    kept = Pushed(n, source, target, weight, seeds)
    before = kept.p
    had = {}
    for a, b, w, is_flushed in changes:
        targets, weights = kept._row(a)
        had.setdefault((a, b), float(weights[targets == b].sum()))
        kept.change(a, b, w)
        if is_flushed:
            kept.flush(1e-9)
    for (a, b), w in had.items():
        kept.change(a, b, w)
    kept.flush(1e-9)
    assert np.abs(kept.p - before).sum() <= kept.bound + 1e-8


def test_it_goes_on_from_what_was_kept():
    graph = (3, np.array([0, 1]), np.array([1, 2]), np.array([1.0, 1.0]), np.array([0]))
    first = Pushed(*graph)
    first.change(2, 0, 5.0)
    grown = (3, np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([1.0, 1.0, 5.0]), graph[4])
    later = Pushed(*grown, kept=(first.q, first.residual))
    assert later.bound > 0.1
    assert later.flush() > 0
    assert later.bound < 1e-5
    assert np.abs(later.p - walk(*grown).p).sum() <= later.bound + 1e-9
    assert first.bound > 0.1, "what was kept is copied"


def _solved(n, links, seeds):
    source, target = (np.array([pair[i] for pair in links], np.int64) for i in (0, 1))
    return walk(n, source, target, np.array(list(links.values()), float), seeds).p
