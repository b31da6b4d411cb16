"""Rings are found whatever they hide behind, at least half as dense as can be, and nobody is named twice."""

from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rings import f1, injected
from benchmarks.trust import FOUNDER, OTC, circle, otc
from community.standing.rings import Pairs, densest, rings
from community.standing.trust import FORTNIGHT, Ratings, trusted

MODEST = settings(max_examples=60, deadline=None)
N = 8
DAY = 86_400.0


def ratings_of(rows):
    columns = [[row[i] for row in rows] for i in range(4)]
    kinds = (np.int64, np.int64, np.float64, np.float64)
    return Ratings(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


def mutual(pairs, time=0.0):
    pairs = list(pairs)
    return [(*pair, 1.0, time) for pair in pairs] + [(b, a, 1.0, time + DAY) for a, b in pairs]


@st.composite
def weighted_pairs(draw):
    """Pairs among a few members, with weights that are often equal."""
    all_pairs = list(combinations(range(N), 2))
    chosen = draw(st.lists(st.sampled_from(all_pairs), min_size=1, unique=True))
    weight = draw(st.lists(st.sampled_from([0.2, 1.0, 1.0, 10.0]), min_size=len(chosen), max_size=len(chosen)))  # fmt: skip
    low, high = np.array(chosen, np.int64).T
    return Pairs(low, high, np.array(weight))


def density(pairs, members):
    is_in = np.isin(np.arange(N), members)
    return pairs.within(is_in).weight.sum() / len(members)


@MODEST
@given(weighted_pairs())
def test_a_block_is_at_least_half_as_dense_as_the_densest(pairs):
    best = max(density(pairs, group) for size in range(1, N + 1) for group in combinations(range(N), size))  # fmt: skip
    assert density(pairs, densest(N, pairs)) >= best / 2 - 1e-9


@MODEST
@given(weighted_pairs())
def test_it_is_the_densest_part_of_the_densest_state_of_plain_peeling(pairs):
    state, states = set(range(N)), {}
    while state:
        states[tuple(sorted(state))] = density(pairs, sorted(state))
        degree = pairs.within(np.isin(np.arange(N), list(state))).degrees(N)
        least = min(degree[member] for member in state)
        state = {member for member in state if degree[member] > least + 1e-9}
    parts = _parts(
        pairs, max(states, key=lambda members: (round(states[members], 9), len(members)))
    )
    best = max(density(pairs, part) for part in parts)
    assert density(pairs, densest(N, pairs)) == pytest.approx(best)


def _parts(pairs, members):
    graph = nx.Graph()
    graph.add_nodes_from(members)
    inside = pairs.within(np.isin(np.arange(N), members))
    graph.add_edges_from(zip(inside.low.tolist(), inside.high.tolist(), strict=True))
    return [sorted(part) for part in nx.connected_components(graph)]


@MODEST
@given(weighted_pairs(), st.permutations(range(N)), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(pairs, rename, random):
    order, rename = list(range(pairs.low.size)), np.array(rename)
    random.shuffle(order)
    low, high = rename[pairs.low[order]], rename[pairs.high[order]]
    other = Pairs(np.minimum(low, high), np.maximum(low, high), pairs.weight[order])
    first, second = densest(N, pairs), densest(N, other)
    assert density(other, second) == pytest.approx(density(pairs, first))
    assert second.size == first.size


RATED = st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.sampled_from([-1.0, 0.5, 1.0]), st.sampled_from([0.0, 5 * DAY, 40 * DAY]))  # fmt: skip


@MODEST
@given(st.lists(RATED.filter(lambda row: row[0] != row[1]), max_size=40))
def test_blocks_are_disjoint_and_told_truly(rows):
    trust = trusted(N, ratings_of(rows), np.array([0]))
    blocks = rings(trust)
    assert len(blocks) <= 5
    densities = [block.density for block in blocks]
    assert densities == sorted(densities, reverse=True)
    everybody = [member for block in blocks for member in block.members.tolist()]
    assert len(everybody) == len(set(everybody))
    counted = trust.counted
    for block in blocks:
        assert block.members.size >= 3
        inside = np.isin(counted.rater, block.members) & np.isin(counted.ratee, block.members)
        given = np.isin(counted.rater, block.members)
        assert block.inside == pytest.approx(inside.sum() / given.sum())
        assert block.members.size - 1 <= block.pairs <= inside.sum() / 2
        assert counted.time[inside].min() <= block.first <= block.last <= counted.time[inside].max()


@MODEST
@given(st.lists(RATED.filter(lambda row: row[0] != row[1]), max_size=40))
def test_camouflage_hides_nothing(rows):
    trust = trusted(N, ratings_of(rows), None)
    back = set(zip(trust.counted.ratee.tolist(), trust.counted.rater.tolist(), strict=True))
    pairs = zip(trust.counted.rater.tolist(), trust.counted.ratee.tolist(), strict=True)
    is_mutual = np.array([pair in back for pair in pairs], bool)
    bare = replace(trust, counted=trust.counted.take(is_mutual))
    told = [(block.members.tolist(), block.density) for block in rings(trust)]
    assert [(block.members.tolist(), block.density) for block in rings(bare)] == told


def test_a_ring_is_told_with_what_a_person_should_know():
    ring = list(combinations(range(4, 8), 2))
    rows = [*mutual(ring[:-1], 100 * DAY), *mutual([ring[-1]], 107 * DAY), (4, 0, 1.0, 0.0)]
    (block,) = rings(trusted(N, ratings_of([(0, 1, 1.0, 0.0), *rows]), np.array([0])))
    assert block.members.tolist() == [4, 5, 6, 7]
    assert block.density == pytest.approx(6 * 10 / 4)
    assert (block.pairs, block.first, block.last) == (6, 100 * DAY, 108 * DAY)
    assert block.inside == pytest.approx(12 / 13)


@pytest.mark.parametrize(
    "broken",
    [
        [(a, b, 1.0, a * 30 * DAY) for a in range(3) for b in range(3) if a != b],
        [(a, b, 1.0 if a < b else -0.1, 0.0) for a in range(3) for b in range(3) if a != b],
        [(a, b, 1.0, 0.0) for a, b in combinations(range(6), 2)],
        mutual([(0, 1), (2, 3), (4, 5)]),
    ],
    ids=["slow", "not both praise", "one way", "only pairs"],
)
def test_what_is_no_ring_is_not_told(broken):
    assert rings(trusted(N, ratings_of(broken), None)) == []


def test_a_fortnight_is_the_bar():
    rows = [(a, b, 1.0, 0.0 if a < b else FORTNIGHT) for a in range(3) for b in range(3) if a != b]
    assert len(rings(trusted(N, ratings_of(rows), None))) == 1
    late = [(a, b, w, t + (t > 0)) for a, b, w, t in rows]
    assert rings(trusted(N, ratings_of(late), None)) == []


def test_members_of_weight_are_no_ring_beside_made_up_ones():
    rows = mutual(combinations(range(4), 2)) + mutual(combinations(range(4, 7), 2))
    first, second = rings(trusted(N, ratings_of(rows), np.array([0, 1, 2, 3]), base=1000))
    assert (first.members.tolist(), second.members.tolist()) == ([4, 5, 6], [0, 1, 2, 3])
    assert rings(trusted(N, ratings_of(rows), None), most=1)[0].members.tolist() == [0, 1, 2, 3]


def test_pairs_are_passed_over_but_not_for_ever(monkeypatch):
    rows = mutual([(0, 1), (1, 2), *combinations(range(2, 6), 2)])
    trust = trusted(N, ratings_of(rows), None)
    trust = replace(trust, authority=np.array([0.0, 0.0, 5, 5, 5, 5, 5, 5]))
    assert [block.members.tolist() for block in rings(trust)] == [[2, 3, 4, 5]]
    monkeypatch.setattr("community.standing.rings.LOOKS", 1)
    assert rings(trust) == []


def test_shared_devices_make_pairs_too():
    trust = trusted(N, ratings_of([(0, 1, 1.0, 0.0)]), np.array([0]))
    shared = np.array([5, 6, 7, 7, 6]), np.array([6, 7, 5, 5, 6])
    (block,) = rings(trust, shared=shared)
    assert (block.members.tolist(), block.pairs, block.inside) == ([5, 6, 7], 3, 0.0)
    assert block.first is block.last is None


@pytest.mark.parametrize(("size", "bar"), [(10, 0.80), (20, 0.95)])
def test_rings_put_into_bitcoin_otc_are_found(size, bar):
    if not OTC.exists():
        pytest.skip(f"{OTC} is not there")
    names, ratings = otc()
    members, attacked = injected(len(names), ratings, size, seed=1)
    seeds = circle(ratings, names.index(FOUNDER))
    blocks = rings(trusted(len(names) + size, attacked, seeds))
    assert f1([block.members for block in blocks], members) >= bar
