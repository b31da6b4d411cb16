"""Circles: who is closer to one another than to everyone else, found by Leiden and judged by our own formula."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from community.graph.arrays import (
    Edges,
    Whole,
    by_first,
    components,
    strength,
    undirected,
)

CHILD = Path(__file__).with_name("circles_child.py")
SEED = 20_230_101
"""With which Leiden draws; the same graph always has the same circles."""
SECONDS = 600
MEMORY = 6 * 2**30
"""Bytes of address space that finding circles may take; of a million members with ten million ties they take 1.2 GB."""
TOLD = 300
OUT_OF_MEMORY = ("MemoryError", "bad_alloc", "cannot allocate memory")


class CirclesFailed(Exception):
    """Circles were not found; says why. Those found last still hold."""


@dataclass(frozen=True, eq=False)
class Circles:
    """The circle of each node, and how good the partition is.

    Circle 0 is the largest; of equal ones, that with the smallest node comes first. All
    in a circle are connected within it, and who has no good tie is alone in one.
    """

    label: Whole
    modularity: float


def circles(edges: Edges, *, seconds: int = SECONDS, memory: int = MEMORY) -> Circles:
    """The circles of a graph; only links of positive weight count, whatever their direction.

    They are found in a process of its own, with at most so many seconds and bytes of memory:
    a crash there harms nothing here. Raises CirclesFailed.
    """
    pairs = undirected(edges)
    label = np.arange(edges.n)
    if pairs.source.size:
        with TemporaryDirectory(prefix="circles-") as folder:
            label = _found(Path(folder), pairs, seconds, memory)
    return judged(pairs, label)


def judged(pairs: Edges, label: Whole) -> Circles:
    """The circles that labels tell, parted where they don't hang together, in order of their size."""
    label = by_size(_connected(pairs, label))
    return Circles(label, modularity(pairs, label))


def modularity(pairs: Edges, label: Whole) -> float:
    """How much more weight lies within circles than if each node's links led anywhere (Newman 2004).

    Between -1/2 and 1; of links without direction, each pair once, of positive weight. 0 without any.
    """
    total = float(pairs.weight.sum())
    if total == 0:
        return 0.0
    is_inside = label[pairs.source] == label[pairs.target]
    share = np.bincount(label, sum(strength(pairs))) / (2 * total)
    return float(pairs.weight[is_inside].sum()) / total - float(share @ share)


def by_size(label: Whole) -> Whole:
    """Labels numbered anew: the largest group first, of equal ones that with the smallest node."""
    label = by_first(label)
    order = np.argsort(-np.bincount(label), kind="stable")
    number = np.empty(order.size, np.int64)
    number[order] = np.arange(order.size)
    return number[label]


def _connected(pairs: Edges, label: Whole) -> Whole:
    """The groups parted into their connected parts, which never lowers the modularity."""
    is_inside = label[pairs.source] == label[pairs.target]
    return components(pairs.where(is_inside))


def _found(folder: Path, pairs: Edges, seconds: int, memory: int) -> Whole:
    for name, values in pairs._asdict().items():
        np.save(folder / f"{name}.npy", values)
    # -P keeps the files beside the child from standing in for libraries of the same name.
    told = (CHILD, folder, memory, seconds, SEED)
    command = [sys.executable, "-P", *map(str, told)]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        ended = subprocess.run(
            command,
            check=False,
            timeout=seconds,
            capture_output=True,
            text=True,
            env=os.environ | one_thread,
        )
    except subprocess.TimeoutExpired:
        raise CirclesFailed(f"it took longer than {seconds} s") from None
    if ended.returncode:
        raise CirclesFailed(_why(ended.returncode, ended.stderr, memory))
    return _labels(folder / "label.npy", pairs.n)


def _why(code: int, said: str, memory: int) -> str:
    if code == -signal.SIGXCPU:
        return "it took too much processor time"
    if any(sign in said for sign in OUT_OF_MEMORY):
        return f"it needed more than {memory / 2**20:,.0f} MB of memory"
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    last = said.strip().splitlines()[-1:] or [f"its process ended with {code}"]
    return last[0][:TOLD]


def _labels(path: Path, n: int) -> Whole:
    try:
        label = np.load(path)
    except (OSError, ValueError) as error:
        raise CirclesFailed("its process left no labels") from error
    if label.shape != (n,) or label.dtype != np.int64 or label.min() < 0:
        raise CirclesFailed("its process left labels that are none")
    found: Whole = label
    return found
