"""The kernels are exact: each is held to networkx, and to what is known of simple graphs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph import arrays
from community.graph.arrays import (
    Edges,
    by_first,
    components,
    cores,
    degrees,
    distinct,
    neighbours,
    reciprocity,
    strength,
    transitivity,
    triangles,
    undirected,
)
from community.graph.circles import by_size
from tests.graph.drawing import MODEST, digraph, edges

NOBODY = Edges(0, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def linked(n, *pairs):
    """Links of weight one."""
    source, target = (np.array([pair[i] for pair in pairs], np.int64) for i in (0, 1))
    return Edges(n, source, target, np.ones(len(pairs)))


def each(found, n):
    """A measure of networkx in order of the nodes."""
    return [found[node] for node in range(n)]


@MODEST
@given(edges())
def test_neighbours_are_those_of_networkx_in_order(drawn):
    near, graph = neighbours(drawn), nx.Graph(digraph(drawn))
    for node in range(drawn.n):
        assert near.of(np.array([node])).tolist() == sorted(graph[node])
    everyone = np.arange(drawn.n)[::-1]
    assert near.of(everyone).tolist() == [a for node in everyone for a in sorted(graph[node])]
    assert near.degree.tolist() == each(dict(graph.degree), drawn.n)


@MODEST
@given(edges())
def test_components_are_those_of_networkx(drawn):
    label = components(drawn)
    found = [set(np.flatnonzero(label == part).tolist()) for part in range(label.max() + 1)]
    sought = sorted(nx.weakly_connected_components(digraph(drawn)), key=min)
    assert found == sought


@MODEST
@given(edges(most=80))
def test_cores_are_those_of_networkx(drawn):
    found = cores(neighbours(drawn))
    assert found.tolist() == each(nx.core_number(nx.Graph(digraph(drawn))), drawn.n)


@MODEST
@given(edges(most=80), st.sampled_from([1, 3, 10**6]))
def test_triangles_are_those_of_networkx(drawn, block):
    near, graph = neighbours(drawn), nx.Graph(digraph(drawn))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "WEDGES", block)
        found = triangles(near)
    assert found.tolist() == each(nx.triangles(graph), drawn.n)
    assert transitivity(near, found) == pytest.approx(nx.transitivity(graph))


@MODEST
@given(edges())
def test_reciprocity_is_that_of_networkx(drawn):
    graph, found = digraph(drawn), reciprocity(drawn)
    sought = each(nx.reciprocity(graph, range(drawn.n)), drawn.n)
    assert found.each == pytest.approx(
        [np.nan if one is None else one for one in sought], nan_ok=True
    )
    if graph.size():
        assert found.overall == pytest.approx(nx.overall_reciprocity(graph))
    else:
        assert np.isnan(found.overall)


@MODEST
@given(edges())
def test_sums_are_those_of_the_links(drawn):
    out, into = strength(drawn)
    assert out.sum() == pytest.approx(drawn.weight.sum())
    assert into.sum() == pytest.approx(drawn.weight.sum())
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(drawn.n))
    links = zip(*(part.tolist() for part in drawn[1:]), strict=True)
    graph.add_weighted_edges_from(links)
    assert out == pytest.approx(each(dict(graph.out_degree(weight="weight")), drawn.n))
    assert into == pytest.approx(each(dict(graph.in_degree(weight="weight")), drawn.n))
    assert [many.tolist() for many in degrees(drawn)] == [
        each(dict(graph.out_degree()), drawn.n),
        each(dict(graph.in_degree()), drawn.n),
    ]


@MODEST
@given(edges())
def test_pairs_add_good_links_of_both_ways(drawn):
    sought = {}
    for a, b, weight in zip(*(part.tolist() for part in drawn[1:]), strict=True):
        if a != b and weight > 0:
            pair = min(a, b), max(a, b)
            sought[pair] = sought.get(pair, 0) + weight
    found = undirected(drawn)
    pairs = list(zip(found.source.tolist(), found.target.tolist(), strict=True))
    assert pairs == sorted(sought)
    assert found.weight == pytest.approx([sought[pair] for pair in pairs])
    assert found.weight.dtype == np.float64


@MODEST
@given(st.lists(st.integers(-(2**60), 2**60) | st.integers(0, 3)))
def test_distinct_values_come_in_order(values):
    assert distinct(np.array(values, np.int64)).tolist() == sorted(set(values))


def test_labels_are_numbered_as_they_come():
    assert by_first(np.array([4, 4, 0, 9, 0])).tolist() == [0, 0, 1, 2, 1]


def test_nobody_has_no_measures():
    near = neighbours(NOBODY)
    assert components(NOBODY).tolist() == cores(near).tolist() == triangles(near).tolist() == []
    assert transitivity(near, triangles(near)) == 0
    assert np.isnan(reciprocity(NOBODY).overall)
    assert undirected(NOBODY).source.size == 0
    assert by_first(NOBODY.source).size == by_size(NOBODY.source).size == 0


def test_a_long_chain_is_one_part_and_a_ring_a_two_core():
    n = 3000
    chain = linked(n, *zip(range(n - 1), range(1, n), strict=True))
    assert set(cores(neighbours(chain)).tolist()) == {1}
    assert set(components(chain).tolist()) == {0}
    ring = linked(n, *zip(range(n), [*range(1, n), 0], strict=True))
    assert set(cores(neighbours(ring)).tolist()) == {2}


@pytest.mark.parametrize("n", [4, 5, 9])
def test_a_clique_is_all_triangles(n):
    near = neighbours(linked(n, *((a, b) for a in range(n) for b in range(n) if a != b)))
    assert set(cores(near).tolist()) == {n - 1}
    assert set(triangles(near).tolist()) == {(n - 1) * (n - 2) // 2}
    assert transitivity(near, triangles(near)) == 1
