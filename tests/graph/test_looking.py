"""What is looked at is what networkx finds in the whole."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph import looking
from community.graph.circles import by_size
from community.graph.looking import Loss, TooMany, around, bridges, path_between, whole, without
from community.graph.ties import Ties, of_events
from tests.graph.drawing import MODEST, NOON, ledgers

PEOPLE = st.sampled_from(range(1, 10))
NETS = st.dictionaries(
    st.tuples(PEOPLE, PEOPLE).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]),
    max_size=24,
)


def tied(net):
    """Ties told as {(one, other): weight}."""
    pairs = sorted(net)
    members = np.array(sorted({id for pair in pairs for id in pair}), np.int64)
    source, target = (np.searchsorted(members, [pair[i] for pair in pairs]) for i in (0, 1))
    many = np.ones(len(pairs), np.int64)
    weight = np.array([net[pair] for pair in pairs], np.float64)
    return Ties(members, source, target, weight, many, many, NOON)


def both(net):
    """The same ties both ways."""
    return tied(net | {(b, a): weight for (a, b), weight in net.items()})


def trusted(net):
    """The pairs with a good tie and no bad one, and the strength of both ways together."""
    graph = nx.Graph()
    graph.add_nodes_from({id for pair in net for id in pair})
    for (a, b), weight in net.items():
        back = net.get((b, a), 0.0)
        if weight > 0 and back >= 0:
            graph.add_edge(a, b, strength=weight + back)
    return graph


@MODEST
@given(ledgers())
def test_the_whole_has_every_tie(told):
    ties = of_events(told, NOON)
    graph = whole(ties)
    assert sorted(graph) == ties.members.tolist()
    found = [(a, b, *data.values()) for a, b, data in graph.edges(data=True)]
    columns = (ties.members[ties.source], ties.members[ties.target], ties.weight, ties.last)
    assert sorted(found) == list(
        zip(*(column.tolist() for column in (*columns, ties.count)), strict=True)
    )


def test_a_whole_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(looking, "MOST_TIES", 3)
    with pytest.raises(TooMany, match="4 ties are too many"):
        whole(both({(1, 2): 1.0, (2, 3): 1.0}))


@MODEST
@given(NETS, PEOPLE, st.integers(1, 8), st.integers(1, 3))
def test_around_a_member_are_the_closest_within_some_steps(net, member, most, steps):
    graph, found = trusted(net), around(tied(net), member, most, steps)
    assert member in found
    assert len(found) <= 1 + most
    others = set(found) - {member}
    near = nx.single_source_shortest_path_length(graph, member, steps) if member in graph else {}
    assert {id: found.nodes[id]["step"] for id in others} == {id: near[id] for id in others}
    for a, b in itertools.combinations(found, 2):
        assert found.get_edge_data(a, b) == graph.get_edge_data(a, b)
    if len(found) <= most:
        assert set(found) == set(near) | {member}
    own = graph.adj.get(member, {})
    strongest = sorted(own, key=lambda id: (-own[id]["strength"], id))
    assert [id for id in found if found.nodes[id]["step"] == 1] == strongest[:most]


def test_closeness_is_the_weakest_tie_of_the_best_way():
    net = {(1, 2): 5.0, (1, 3): 2.0, (2, 4): 1.0, (3, 4): 4.0, (2, 5): 1.5}
    nodes = around(both(net), 1, most=4).nodes
    assert list(nodes) == [1, 2, 3, 4, 5]
    assert [nodes[id]["closeness"] for id in (2, 3, 4, 5)] == [10, 4, 4, 3]
    assert list(around(both(net), 1, most=3)) == [1, 2, 3, 4]


def test_around_a_stranger_is_nobody():
    assert list(around(tied({(1, 2): 1.0}), 9)) == [9]


def test_whoever_is_rated_badly_is_not_close():
    assert set(around(tied({(1, 2): 3.0, (2, 1): -1.0, (1, 3): 1.0}), 1)) == {1, 3}


@MODEST
@given(NETS, PEOPLE, PEOPLE, st.sets(PEOPLE, max_size=3), st.integers(1, 8))
def test_paths_have_the_fewest_steps_and_the_strongest_weakest_tie(
    net, one, other, unseen, most_steps
):
    found = path_between(tied(net), one, other, unseen, most_steps)
    graph = trusted(net)
    graph.remove_nodes_from(unseen - {one, other})
    if not (one in graph and other in graph and nx.has_path(graph, one, other)):
        assert found is None
        return
    ways = list(nx.all_shortest_paths(graph, one, other))
    if len(ways[0]) > most_steps + 1:
        assert found is None
        return

    def weakest(way):
        steps = itertools.pairwise(way)
        return min((graph[a][b]["strength"] for a, b in steps), default=np.inf)

    assert found in ways
    assert weakest(found) == max(map(weakest, ways))


def test_a_way_is_the_same_each_time():
    net = {(1, 4): 1.0, (1, 3): 1.0, (3, 9): 1.0, (4, 9): 1.0}
    assert path_between(both(net), 1, 9) == [1, 3, 9]
    assert path_between(both(net), 9, 1) == [9, 3, 1]
    assert path_between(both(net), 1, 9, unseen={3}) == [1, 4, 9]
    assert path_between(both(net), 1, 9, unseen={3, 4}) is None
    assert path_between(both(net), 1, 7) is None


def test_a_way_has_at_most_so_many_steps():
    chain = both({(id, id + 1): 1.0 for id in range(1, 9)})
    assert path_between(chain, 1, 7) == [1, 2, 3, 4, 5, 6, 7]
    assert path_between(chain, 1, 8) is None
    assert path_between(chain, 1, 4, most_steps=3) == [1, 2, 3, 4]
    assert path_between(chain, 1, 4, most_steps=2) is None


def test_who_bridges_circles():
    """Three cliques that know each other over 10 alone, and over 1 and 4 without them."""
    cliques = [(1, 2, 3), (4, 5, 6), (7, 8, 9)]
    net = {pair: 1.0 for clique in cliques for pair in itertools.combinations(clique, 2)}
    net |= {(10, 2): 2.0, (10, 5): 2.0, (10, 8): 2.0, (1, 4): 1.0}
    circle = by_size(np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 0]))
    (found,) = bridges(both(net), circle)
    assert (found.member, found.circles) == (10, 3)
    pairs = trusted(net)
    between = nx.betweenness_centrality(pairs, normalized=False)
    assert found.betweenness == pytest.approx(between[10])
    # Two of their three contacts are in other circles and don't know each other.
    assert found.brokerage == pytest.approx(2)


def test_two_circles_are_too_few_to_bridge():
    net = dict.fromkeys([(1, 2), (2, 3), (3, 4), (4, 5)], 1.0)
    assert bridges(both(net), np.array([0, 0, 0, 1, 1])) == []


def test_nobody_bridges_one_circle():
    net = dict.fromkeys(itertools.combinations(range(1, 6), 2), 1.0)
    assert bridges(tied(net), np.zeros(5, np.int64)) == []
    assert bridges(tied({}), np.zeros(0, np.int64)) == []


@MODEST
@given(NETS, st.sets(PEOPLE, max_size=4))
def test_what_is_lost_is_what_taking_them_away_leaves(net, members):
    graph = nx.DiGraph(list(net))
    before = [len(part) for part in nx.weakly_connected_components(graph)]
    there = members & set(graph)
    lost = sum(bool({a, b} & members) for a, b in net)
    graph.remove_nodes_from(members)
    after = [len(part) for part in nx.weakly_connected_components(graph)]
    assert without(tied(net), members) == Loss(
        interactions=lost / len(net) if net else 0,
        parts_before=len(before),
        parts_after=len(after),
        largest_before=max(before, default=0),
        largest_after=max(after, default=0),
        isolates=sum(size == 1 for size in after),
    )
    assert len(there) + sum(after) == sum(before)


def test_interactions_are_counted_not_ties():
    ties = tied({(1, 2): 1.0, (2, 3): 1.0})
    ties.count[:] = [9, 1]
    assert without(ties, [3]).interactions == 0.1
