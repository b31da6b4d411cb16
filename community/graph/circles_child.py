"""Circles by NetworKit's Leiden, in a process of its own that may die: arrays in a folder, labels beside them.

Not to be imported: ``circles`` runs it. It lives within a limit of memory and of processor time.
"""

import resource
import sys
from pathlib import Path

import networkit
import numpy as np
from numpy.typing import NDArray

ROUNDS = 5
"""Runs of Leiden at most, each on the outcome of the last."""


def main() -> None:
    """Label the nodes of the graph in a folder, with so many bytes and seconds, drawing with a seed."""
    folder, (memory, seconds, seed) = Path(sys.argv[1]), map(int, sys.argv[2:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    np.save(folder / "label.npy", labels(folder, seed))


def labels(folder: Path, seed: int) -> NDArray[np.int64]:
    """A label for each node; with the same seed the same graph has the same ones."""
    networkit.setNumberOfThreads(1)
    networkit.setSeed(seed, False)
    graph = read(folder)
    found = networkit.community.ParallelLeiden(graph, iterations=ROUNDS).run().getPartition()
    return np.array(found.getVector(), np.int64)


def read(folder: Path) -> networkit.Graph:
    """The graph that the arrays tell, checked for being so."""
    source, target, weight = (
        np.load(folder / f"{name}.npy") for name in ("source", "target", "weight")
    )
    nodes = int(np.load(folder / "n.npy"))
    # Anything but 64-bit indexes makes NetworKit crash, and a sparse matrix makes it drop the weights.
    graph = networkit.GraphFromCoo((weight, (source, target)), n=nodes, weighted=True)
    told = (nodes, source.size, float(weight.sum()))
    if (graph.numberOfNodes(), graph.numberOfEdges()) != told[:2] or not np.isclose(
        graph.totalEdgeWeight(), told[2]
    ):
        raise SystemExit("NetworKit read another graph than it was given")
    return graph


if __name__ == "__main__":
    main()
