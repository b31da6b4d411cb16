"""Betweenness and constraint are those of networkx."""

import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph import brokers
from community.graph.arrays import Edges, neighbours
from community.graph.brokers import betweenness, constraint, pivots
from tests.graph.drawing import MODEST, digraph, edges


class Drawn(random.Random):
    """Draws what it was told to."""

    def __init__(self, told):
        super().__init__()
        self.told = told

    def sample(self, population, k):
        return self.told


@MODEST
@given(edges(), st.integers(2, 9), st.integers(1, 4), st.randoms(use_true_random=False))
def test_betweenness_is_that_of_networkx(drawn, many, at_a_time, rng):
    chosen = np.array(sorted(rng.sample(range(drawn.n), min(many, drawn.n))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(brokers, "AT_A_TIME", at_a_time)
        found = betweenness(neighbours(drawn), chosen)
    sought = nx.betweenness_centrality(
        nx.Graph(digraph(drawn)), k=chosen.size, seed=Drawn(chosen.tolist()), normalized=False
    )
    assert found == pytest.approx([sought[node] for node in range(drawn.n)])


def test_betweenness_counts_each_pair_once():
    path = neighbours(Edges(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3)))
    assert betweenness(path, np.arange(4)).tolist() == [0, 2, 2, 0]


def test_pivots_are_the_same_each_time_and_have_neighbours():
    near = neighbours(Edges(1000, np.arange(0, 900, 2), np.arange(1, 901, 2), np.ones(450)))
    chosen = pivots(near)
    assert chosen.size == np.unique(chosen).size == 200
    assert chosen.max() < 900
    assert np.array_equal(chosen, pivots(near))
    assert pivots(near, 5000).tolist() == list(range(900))


@MODEST
@given(edges(weights=st.sampled_from([0.5, 1.0, 7.0])))
def test_constraint_is_that_of_networkx(drawn):
    sought = nx.constraint(digraph(drawn), weight="weight")
    found = constraint(drawn, np.arange(drawn.n))
    assert found == pytest.approx([sought[node] for node in range(drawn.n)], nan_ok=True)


def test_constraint_of_some_nodes_alone():
    star = Edges(4, np.zeros(3, np.int64), np.array([1, 2, 3]), np.ones(3))
    assert constraint(star, np.array([2, 0])) == pytest.approx([1, 1 / 3])
