"""Where people stand to be explored: all have a place, the same each time, circles beside each other."""

import math
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from community.graph.layout import EACH, HALF_SIZE, layout, lines
from tests.graph.drawing import MODEST
from tests.graph.test_picture import ME, neighbourhoods


def placed(near, circle):
    return layout(near, ME, circle, lines(near, ME))


@MODEST
@given(neighbourhoods())
def test_everyone_has_a_place_within_the_picture(told):
    near, circle = told
    spots = placed(near, circle)
    assert set(spots) == set(near)
    assert spots[ME] == (0, 0)
    assert all(math.hypot(*spot) <= HALF_SIZE + 0.2 for spot in spots.values())
    assert placed(near, circle) == spots


@MODEST
@given(neighbourhoods())
def test_the_strongest_ties_of_each_and_all_of_the_member_are_drawn(told):
    near, _ = told
    drawn = lines(near, ME)
    pairs = {(a, b) for a, b, _ in drawn}
    assert len(pairs) == len(drawn)
    assert all(a < b and near.has_edge(a, b) and 0 < much < 1 for a, b, much in drawn)
    assert [much for *_, much in drawn] == sorted(much for *_, much in drawn)
    assert all((min(ME, id), max(ME, id)) in pairs for id in near[ME])
    for id in near:
        assert sum(id in pair for pair in pairs) >= min(EACH, near.degree(id))


def a_town(circles=8, each=50):
    """Circles whose members know some of each other, and me, who knows one in ten."""
    draw = np.random.default_rng(7)
    many = circles * each
    near = nx.Graph()
    near.add_node(ME * 10, step=0, closeness=math.inf)
    for id in range(many):
        near.add_node(id, step=1 if id % 10 == 0 else 2, closeness=float(draw.uniform(0.1, 9)))
        if id % 10 == 0:
            near.add_edge(ME * 10, id, strength=near.nodes[id]["closeness"])
        for other in draw.integers(0, each, 5).tolist():
            if id // each * each + other != id:
                near.add_edge(id, id // each * each + other, strength=float(draw.uniform(0.1, 5)))
        near.add_edge(id, (id + each) % many, strength=0.1)
    return near, {id: id // each for id in range(many)}


def test_circles_stand_beside_each_other():
    near, circle = a_town()
    spots = layout(near, ME * 10, circle, lines(near, ME * 10))
    ids = [*circle]
    at = np.array([spots[id] for id in ids])
    apart = np.linalg.norm(at[:, None] - at[None, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    labels = np.array([circle[id] for id in ids])
    nearest = labels[apart.argmin(axis=1)]
    assert (nearest == labels).mean() > 0.8
    assert np.median(apart.min(axis=1)) > 2, "nobody is crowded"


@pytest.mark.slow
def test_four_hundred_are_placed_in_a_moment():
    near, circle = a_town()
    began = time.process_time()
    layout(near, ME * 10, circle, lines(near, ME * 10))
    assert time.process_time() - began < 1
