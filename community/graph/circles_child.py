"""Circles by NetworKit's Leiden, in a process of its own that may die: arrays in a folder, labels beside them.

Not to be imported: ``circles`` runs it. It lives within a limit of memory and of processor time.
"""

import resource
import sys
from pathlib import Path

import networkit
import numpy as np

SEED = 20_230_101
ROUNDS = 5


def main() -> None:
    """Label the nodes of the graph in the folder that is named first, within the limits named next."""
    folder, memory, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    np.save(folder / "label.npy", labels(folder))


def labels(folder: Path) -> np.ndarray:
    """A label for each node; the same graph always has the same ones."""
    networkit.setNumberOfThreads(1)
    networkit.setSeed(SEED, False)
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
