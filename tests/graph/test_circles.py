"""Circles hang together, are judged exactly, and a child that fails harms nothing."""

import os
import signal

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph import circles as circles_module
from community.graph.arrays import Edges, undirected
from community.graph.circles import CirclesFailed, by_size, circles, judged, modularity
from tests.graph.drawing import MODEST, digraph, edges


def groups(label):
    """The members of each circle, in order of their labels."""
    return [np.flatnonzero(label == one).tolist() for one in range(label.max() + 1)]


def cliques(*sizes):
    """Cliques of these sizes, each linked with the next by one weak link."""
    rows, first = [], 0
    for size in sizes:
        rows += [(a, b, 1.0) for a in range(first, first + size) for b in range(first, a)]
        rows += [(first, first - 1, 0.1)] if first else []
        first += size
    source, target, weight = (np.array(column) for column in zip(*rows, strict=True))
    return Edges(first, source, target, weight)


LABELS = st.lists(st.integers(0, 4), min_size=12, max_size=12).map(np.array)


@MODEST
@given(edges(), LABELS)
def test_modularity_is_that_of_networkx(drawn, label):
    pairs, label = undirected(drawn), label[: drawn.n]
    if not pairs.source.size:
        assert modularity(pairs, label) == 0
        return
    graph = nx.Graph()
    graph.add_nodes_from(range(drawn.n))
    graph.add_weighted_edges_from(zip(*(part.tolist() for part in pairs[1:]), strict=True))
    parts = [part for part in groups(label) if part]
    assert modularity(pairs, label) == pytest.approx(nx.community.modularity(graph, parts))


@MODEST
@given(edges(), LABELS)
def test_circles_hang_together_and_parting_them_costs_nothing(drawn, label):
    pairs, label = undirected(drawn), label[: drawn.n]
    found = judged(pairs, label)
    good = digraph(Edges(drawn.n, *pairs[1:])).to_undirected()
    for group in groups(found.label):
        assert nx.is_connected(good.subgraph(group))
        assert len({int(label[node]) for node in group}) == 1
    assert found.modularity >= modularity(pairs, label) - 1e-12


@MODEST
@given(LABELS)
def test_circles_are_numbered_by_size_then_by_first_member(label):
    found = groups(by_size(label))
    assert found == sorted(found, key=lambda group: (-len(group), group[0]))
    assert sorted(found) == sorted(group for group in groups(label) if group)


def test_cliques_are_circles_the_same_each_time():
    graph = cliques(4, 6, 5, 6)
    found = circles(graph)
    assert groups(found.label) == [
        [4, 5, 6, 7, 8, 9],
        [15, 16, 17, 18, 19, 20],
        [10, 11, 12, 13, 14],
        [0, 1, 2, 3],
    ]
    assert found.modularity == pytest.approx(modularity(undirected(graph), found.label))
    back = Edges(graph.n, *(part[::-1] for part in (graph.target, graph.source, graph.weight)))
    assert np.array_equal(circles(back).label, found.label)


def test_who_has_no_good_tie_is_alone():
    """And where nobody has one no process is started."""
    bad = Edges(3, np.array([0, 1, 2]), np.array([1, 2, 2]), np.array([-1.0, 0.0, 3.0]))
    found = circles(bad, seconds=0)
    assert (found.label.tolist(), found.modularity) == ([0, 1, 2], 0)


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Lets a test say what the child does."""

    def does(said):
        path = tmp_path / "child.py"
        path.write_text("import os, sys, signal\nimport numpy as np\n" + said)
        monkeypatch.setattr(circles_module, "CHILD", path)

    return does


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "too much processor time"),
        ("raise MemoryError", "needed more than 6,144 MB"),
        ("sys.exit('NetworKit read another graph')", "^NetworKit read another graph$"),
        ("sys.exit(3)", "ended with 3"),
        ("", "left no labels"),
        ("np.save(sys.argv[1] + '/label.npy', np.zeros(1, np.int64))", "labels that are none"),
        ("np.save(sys.argv[1] + '/label.npy', np.zeros(6))", "labels that are none"),
    ],
)
def test_how_a_child_failed_is_said(child, does, says):
    child(does)
    with pytest.raises(CirclesFailed, match=says):
        circles(cliques(3, 3))


def test_a_child_that_takes_too_long_is_ended(child, tmp_path):
    child(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); signal.pause()")
    with pytest.raises(CirclesFailed, match="longer than 1 s"):
        circles(cliques(3, 3), seconds=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGCONT)


def test_memory_is_limited():
    with pytest.raises(CirclesFailed, match="needed more than 1 MB"):
        circles(cliques(40, 40), memory=2**20)
