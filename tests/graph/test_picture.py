"""A member's picture: everyone has room, circles sit together, and it is the same each time."""

import itertools
import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph.picture import FACE, GAP, MOST, RINGS, picture
from tests.graph.drawing import MODEST

ME = 500


@st.composite
def neighbourhoods(draw):
    """Those around a member, and everyone's circle."""
    near = nx.Graph()
    near.add_node(ME, step=0, closeness=math.inf)
    people = draw(st.lists(st.integers(1, 99), unique=True, max_size=40))
    for id in people:
        step, closeness = draw(st.integers(1, 2)), draw(st.sampled_from([0.1, 1.0, 1.5, 9.0]))
        near.add_node(id, step=step, closeness=closeness)
        if step == 1:
            near.add_edge(ME, id, strength=closeness)
    for a, b in draw(
        st.sets(st.tuples(st.sampled_from([ME, *people]), st.sampled_from([ME, *people])))
    ):
        if a != b:
            near.add_edge(a, b, strength=1.0)
    return near, {id: draw(st.integers(0, 3)) for id in people if id % 10}


def ringed(found):
    """The seats of each ring, in order of their angle."""
    return [
        sorted(seats, key=lambda seat: math.atan2(seat.x, -seat.y) % math.tau)
        for _, seats in itertools.groupby(found.seats, key=lambda seat: seat.ring)
    ]


@MODEST
@given(neighbourhoods())
def test_no_two_faces_overlap_and_all_are_inside(drawn):
    near, circle = drawn
    found = picture(near, ME, circle)
    assert len(found.seats) == min(len(near), MOST + 1)
    for one, other in itertools.combinations(found.seats, 2):
        assert math.hypot(one.x - other.x, one.y - other.y) >= 2 * FACE + GAP
    for seat in found.seats:
        assert max(abs(seat.x), abs(seat.y)) + FACE <= found.size / 2


@MODEST
@given(neighbourhoods())
def test_the_member_is_in_the_middle_and_the_closest_are_nearest(drawn):
    near, circle = drawn
    found = picture(near, ME, circle)
    first = found.seats[0]
    assert (first.member, first.x, first.y, first.ring) == (ME, 0, 0, 0)
    by_closeness = sorted(
        set(near) - {ME}, key=lambda id: (near.nodes[id]["step"], -near.nodes[id]["closeness"], id)
    )
    start = 0
    for seats, room in zip(ringed(found)[1:], RINGS, strict=False):
        assert {seat.member for seat in seats} == set(by_closeness[start : start + room])
        start += room


@MODEST
@given(neighbourhoods())
def test_people_of_a_circle_sit_beside_each_other(drawn):
    near, circle = drawn
    for seats in ringed(picture(near, ME, circle)):
        labels = [label for label, _ in itertools.groupby(circle.get(s.member) for s in seats)]
        assert len(labels) == len(set(labels))


@MODEST
@given(neighbourhoods(), st.randoms(use_true_random=False))
def test_it_is_the_same_each_time(drawn, random):
    near, circle = drawn
    nodes, links = list(near.nodes(data=True)), list(near.edges(data=True))
    random.shuffle(nodes)
    random.shuffle(links)
    mixed = nx.Graph()
    mixed.add_nodes_from(nodes)
    mixed.add_edges_from(links)
    assert picture(mixed, ME, circle) == picture(near, ME, circle)


@MODEST
@given(neighbourhoods())
def test_every_tie_of_those_seated_is_a_line_and_the_weakest_come_first(drawn):
    near, circle = drawn
    found = picture(near, ME, circle)
    seated = {seat.member for seat in found.seats}
    assert {frozenset((line.one.member, line.other.member)) for line in found.lines} == {
        frozenset(pair) for pair in near.subgraph(seated).edges
    }
    strengths = [line.strength for line in found.lines]
    assert strengths == sorted(strengths)
    assert all(0 < strength < 1 for strength in strengths)


def test_every_other_ring_is_turned_so_that_faces_do_not_hide_behind_others():
    near = nx.Graph()
    near.add_node(ME, step=0, closeness=math.inf)
    near.add_nodes_from(range(1, MOST + 1), step=1, closeness=1.0)
    one, two = ({seat.x for seat in seats} for seats in ringed(picture(near, ME, {}))[1:3])
    assert 0 in one
    assert 0 not in two


def test_a_tie_of_strength_two_is_half():
    near = nx.Graph()
    near.add_node(ME, step=0, closeness=math.inf)
    near.add_node(7, step=1, closeness=2.0)
    near.add_edge(ME, 7, strength=6.0)
    found = picture(near, ME, {})
    assert [seat.strength for seat in found.seats] == [1.0, 0.5]
    assert [line.strength for line in found.lines] == [0.75]
    assert (found.seats[1].x, found.seats[1].y) == (0, pytest.approx(-76))
