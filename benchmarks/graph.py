"""What the graph costs: our kernels alone at a million members, and against networkx in one run.

    python benchmarks/graph.py [--alone 1000000] [--beside 200000] [--circles]

Ten links a member (heavy tails on both sides, no loops, each pair once, random weights).
Ours begin each time with plain arrays and are the best of three; networkx has its graphs
built beforehand, uncounted, and runs once. PageRank is asked of both to an L1 change of
1e-10: networkx multiplies its ``tol`` by the number of nodes, so it is given that much less.
Most of its time there goes into making a SciPy matrix of its dictionaries: a line shows what
is left without that, while ours still makes its own. Times are seconds of the processor.

First come ties from the events of the three shapes, ten events a member, and the kernels at
full size. ``--circles`` finds circles too, in a process of its own.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import networkx as nx
import numpy as np
from shapes import SHAPES, SPAN, START, drawn, events, tailed

from community.graph.arrays import (
    Edges,
    components,
    cores,
    distinct,
    neighbours,
    reciprocity,
    triangles,
    undirected,
)
from community.graph.circles import circles
from community.graph.ties import READ, extended, of_events
from community.graph.walk import walk
from community.kit import clock

EACH = 10
SEEDS = np.arange(50)
TOLERANCE = 1e-10
TIMES = 3
READY = "  its SciPy matrix given to it"
END = clock.from_micros(START + SPAN)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alone", type=int, default=1_000_000, help="members for ours alone")
    parser.add_argument("--beside", type=int, default=200_000, help="members beside networkx")
    parser.add_argument("--circles", action="store_true")
    options = parser.parse_args()
    _ties(options.alone)
    _alone(options.alone, options.circles)
    _beside(options.beside)


def links(members: int, many: int, seed: int = 1) -> Edges:
    """Random weighted links, each pair once and no loops; both ends have a heavy tail."""
    rng = np.random.default_rng(seed)
    pull = tailed(members, 1.3, rng)
    # Some come twice and are dropped, so more are drawn than are wanted.
    source, target = (drawn(pull, int(many * 1.3), rng) for _ in range(2))
    key = distinct((source * members + target)[source != target])
    key = np.sort(rng.choice(key, min(many, key.size), replace=False))
    return Edges(members, key // members, key % members, rng.random(key.size))


# Alone


def _ties(members: int) -> None:
    print(f"ties from {members * EACH:,} events of {members:,} members")
    print(f"{'':34}{'seconds':>10}{'MB more':>10}{'one event more':>17}{'ties':>13}")
    for shape in SHAPES:
        told = events(shape, members, members * EACH)
        told = {name: told[name] for name in READ}
        _ties_of(shape, told)
    print()


def _ties_of(shape: str, told: dict[str, Any]) -> None:
    made, room, ties = _traced(lambda: of_events(told, END))
    one = {name: values[-1:] for name, values in told.items()}
    more, _ = _timed(lambda: extended(ties, one, END + timedelta(hours=1)))
    print(f"  {shape:32}{made:10.2f}{room:10.0f}{more:17.3f}{len(ties):13,}", flush=True)


def _alone(members: int, has_circles: bool) -> None:
    edges = links(members, members * EACH)
    print(f"ours alone, {members:,} members, {edges.source.size:,} links")
    print(f"{'':34}{'seconds':>10}{'MB more':>10}")
    for label, work in _ours(edges).items():
        used, room, _ = _traced(work)
        print(f"  {label:32}{used:10.2f}{room:10.0f}", flush=True)
    if has_circles:
        began = time.perf_counter()
        found = circles(edges)
        used = time.perf_counter() - began
        print(
            f"  {'circles, wall clock':32}{used:10.2f}{'':>10}  {found.label.max() + 1:,} circles,"
            f" modularity {found.modularity:.3f}"
        )
    print()


def _ours(edges: Edges) -> dict[str, Callable[[], Any]]:
    return {
        "PageRank": lambda: walk(*edges, None, tolerance=TOLERANCE).p,
        "PageRank from 50 seeds": lambda: walk(*edges, SEEDS, tolerance=TOLERANCE).p,
        "core numbers": lambda: cores(neighbours(edges)),
        "connected components": lambda: components(edges),
        "triangles of each": lambda: triangles(neighbours(edges)),
        "reciprocity of each": lambda: reciprocity(edges).each,
    }


# Beside networkx


def _beside(members: int) -> None:
    edges = links(members, members * EACH)
    graph, simple = _graphs(edges)
    print(f"beside networkx {nx.__version__}, {members:,} members, {edges.source.size:,} links")
    print(f"{'':34}{'networkx':>10}{'ours':>10}{'ratio':>9}{'largest difference':>21}")
    ours = _ours(edges)
    ours[READY] = ours["PageRank"]
    for label, work in _theirs(graph, simple).items():
        theirs, sought = _timed(work)
        mine = min(_timed(ours[label])[0] for _ in range(TIMES))
        difference = np.nanmax(np.abs(ours[label]() - _as_array(sought, members)))
        print(
            f"  {label:32}{theirs:10.2f}{mine:10.2f}{theirs / mine:9.1f}{difference:21.1e}",
            flush=True,
        )


def _graphs(edges: Edges) -> tuple[Any, Any]:
    graph, simple = nx.DiGraph(), nx.Graph()
    for made, told in ((graph, edges), (simple, undirected(edges))):
        made.add_nodes_from(range(edges.n))
        columns = (part.tolist() for part in told[1:])
        made.add_weighted_edges_from(zip(*columns, strict=True))
    return graph, simple


def _theirs(graph: Any, simple: Any) -> dict[str, Callable[[], Any]]:
    told = {"tol": TOLERANCE / len(graph), "max_iter": 1000}
    seeds = dict.fromkeys(SEEDS.tolist(), 1)
    matrix = nx.to_scipy_sparse_array(graph, dtype=float)

    def ready() -> Any:
        with patch("networkx.to_scipy_sparse_array", return_value=matrix):
            return nx.pagerank(graph, **told)

    return {
        "PageRank": lambda: nx.pagerank(graph, **told),
        READY: ready,
        "PageRank from 50 seeds": lambda: nx.pagerank(graph, personalization=seeds, **told),
        "core numbers": lambda: nx.core_number(simple),
        "connected components": lambda: list(nx.weakly_connected_components(graph)),
        "triangles of each": lambda: nx.triangles(simple),
        "reciprocity of each": lambda: nx.reciprocity(graph, graph),
    }


def _as_array(found: Any, n: int) -> Any:
    """What networkx answers, by node; parts as labels in order of their first node."""
    if isinstance(found, dict):
        return np.array([np.nan if found[node] is None else found[node] for node in range(n)])
    label = np.empty(n, np.int64)
    for number, part in enumerate(sorted(found, key=min)):
        label[list(part)] = number
    return label


def _traced(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, megabytes at the worst moment on top of what was there, and the outcome."""
    tracemalloc.start()
    used, found = _timed(work)
    room = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return used, room, found


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


if __name__ == "__main__":
    main()
