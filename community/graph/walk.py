"""Where a random walk from the seeds stays: personalised PageRank, solved whole or kept up change by change."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ALPHA = 0.85
"""The chance that a walk goes on instead of starting again."""
EPSILON = 1e-7
"""The residual of one node, in probability, that pushing leaves where it is."""


@dataclass(frozen=True)
class Walk:
    """A solved walk.

    ``p`` is the share of time at each node and sums to one, ``rounds`` how many multiplications
    that took, and ``residual`` the L1 change of the last one: the L1 error of ``p`` is at most
    ``alpha / (1 - alpha)`` times that.
    """

    p: NDArray[np.float64]
    rounds: int
    residual: float


def walk(
    n: int,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    weight: NDArray[np.float64],
    seeds: NDArray[np.int64] | None,
    *,
    alpha: float = ALPHA,
    tolerance: float = 1e-10,
    start: NDArray[np.float64] | None = None,
) -> Walk:
    """Personalised PageRank of ``n`` nodes by power iteration, to an L1 change of ``tolerance``.

    The walker follows a link with a chance in proportion to its weight among those of its
    source; links of weight 0 or less are no links, and links named twice add up. With chance
    ``1 - alpha``, and where nothing leads on, the walk starts again at one of the ``seeds``,
    each as likely, or anywhere when there are none. ``start`` is a vector near the answer,
    such as yesterday's. Raises ValueError for what is no graph.
    """
    _refuse_odd(alpha, tolerance)
    if n == 0:
        return Walk(np.zeros(0), 0, 0.0)
    restart = _restart(n, seeds)
    inward = _links(n, target, source, weight)
    outflow = np.bincount(inward.indices, inward.data, n)
    is_dangling = outflow == 0
    steps = alpha / np.where(is_dangling, 1.0, outflow)
    p = restart if start is None else _started(n, start)
    residual, rounds = math.inf, 0
    while residual > tolerance and rounds < most_rounds(alpha, tolerance):
        fresh = inward @ np.where(is_dangling, 0.0, p * steps)
        # What did not follow a link starts again; that keeps the sum at one exactly.
        fresh += (1.0 - fresh.sum()) * restart
        residual, rounds, p = float(np.abs(fresh - p).sum()), rounds + 1, fresh
    return Walk(p, rounds, residual)


def most_rounds(alpha: float, tolerance: float) -> int:
    """After how many rounds the change is below a tolerance, whatever the graph: 2 alpha^k <= it."""
    return 1 + max(1, math.ceil(math.log(tolerance / 2) / math.log(alpha)))


class Pushed:
    """A walk that follows single changes of its links by dynamic forward push.

    After Zhang, Lofgren and Goel (2016). It keeps ``q``, the walk that is lost where nothing
    leads on, and its ``residual`` r, for which ``q = (1 - alpha)(s - r) + alpha q P`` holds at
    any time with the restart s and the step chances P of the present links. Since lost mass
    starts again at s as well, the walk itself is ``q`` divided by its sum.

    The number of nodes is fixed. With seeds, nodes that nothing leads to cost nothing: leave
    room for newcomers. Without, or when the seeds change, solve anew.
    """

    def __init__(
        self,
        n: int,
        source: NDArray[np.int64],
        target: NDArray[np.int64],
        weight: NDArray[np.float64],
        seeds: NDArray[np.int64] | None,
        *,
        alpha: float = ALPHA,
        kept: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> None:
        """Solve it, or go on from the ``q`` and ``residual`` kept of the same links and seeds."""
        self.alpha = alpha
        self._links = _links(n, source, target, weight)
        self._changed: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        if kept is not None:
            self.q, self.residual = (np.array(vector, np.float64) for vector in kept)
            return
        p = walk(n, source, target, weight, seeds, alpha=alpha).p
        outflow = self._links.sum(axis=1)
        is_dangling = outflow == 0
        self.q = p * (1 - alpha) / (1 - alpha + alpha * p[is_dangling].sum())
        stepping = np.where(is_dangling, 0.0, self.q / np.where(is_dangling, 1.0, outflow))
        followed = self._links.T @ stepping
        self.residual = _restart(n, seeds) - (self.q - alpha * followed) / (1 - alpha)

    @property
    def p(self) -> NDArray[np.float64]:
        """The share of time at each node; it sums to one."""
        shares: NDArray[np.float64] = self.q / self.q.sum()
        return shares

    @property
    def bound(self) -> float:
        """How far ``p`` is from the exact walk at most, as an L1 distance.

        The residual of ``p`` is ``(r - s sum(r)) / sum(q)``, and a walk differs from the exact one
        by at most the sum of its residual without signs.
        """
        lost = float(np.abs(self.residual).sum()) + abs(float(self.residual.sum()))
        return lost / float(self.q.sum())

    def change(self, source: int, target: int, weight: float) -> None:
        """The link from ``source`` to ``target`` has this weight from now on; 0 or less: no link."""
        targets, weights = self._row(source)
        self._owe(source, -1.0)
        is_other = targets != target
        targets, weights = targets[is_other], weights[is_other]
        if weight > 0:
            place = int(np.searchsorted(targets, target))
            targets = np.insert(targets, place, target)
            weights = np.insert(weights, place, weight)
        self._changed[source] = targets, weights
        self._owe(source, 1.0)

    def flush(self, epsilon: float = EPSILON) -> int:
        """Push every residual above ``epsilon`` along the links; answers how many pushes that took."""
        waiting = deque(np.flatnonzero(np.abs(self.residual) > epsilon).tolist())
        pushes = 0
        while waiting:
            node = waiting.popleft()
            mass = float(self.residual[node])
            if abs(mass) <= epsilon:
                continue
            self.q[node] += (1 - self.alpha) * mass
            self.residual[node] = 0.0
            targets = self._spread(node, self.alpha * mass)
            waiting.extend(targets[np.abs(self.residual[targets]) > epsilon].tolist())
            pushes += 1
        return pushes

    def _row(self, node: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if node in self._changed:
            return self._changed[node]
        row = slice(*self._links.indptr[node : node + 2])
        return self._links.indices[row], self._links.data[row]

    def _owe(self, node: int, sign: float) -> None:
        """Add to the residual, or take from it, what the links of a node carry of its ``q``."""
        self._spread(node, sign * self.alpha / (1 - self.alpha) * float(self.q[node]))

    def _spread(self, node: int, mass: float) -> NDArray[np.int64]:
        targets, weights = self._row(node)
        if targets.size:
            self.residual[targets] += mass * (weights / weights.sum())
        return targets


def _refuse_odd(alpha: float, tolerance: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1: {alpha}")
    if not 0 < tolerance < 1:
        raise ValueError(f"the tolerance must lie between 0 and 1: {tolerance}")


def _restart(n: int, seeds: NDArray[np.int64] | None) -> NDArray[np.float64]:
    if seeds is None or not len(seeds):
        return np.full(n, 1.0 / n)
    once = np.unique(seeds)
    if once[0] < 0 or once[-1] >= n:
        raise ValueError("a seed is no node")
    restart = np.zeros(n)
    restart[once] = 1.0 / once.size
    return restart


def _links(
    n: int, row: NDArray[np.int64], column: NDArray[np.int64], weight: NDArray[np.float64]
) -> Any:
    """The links of positive weight as a sparse matrix, each once, in order of row and column."""
    if not np.isfinite(weight).all():
        raise ValueError("a weight is not finite")
    is_link = weight > 0
    if not is_link.all():
        row, column, weight = row[is_link], column[is_link], weight[is_link]
    index = np.int32 if n <= np.iinfo(np.int32).max else np.int64
    if row.size and not (0 <= min(row.min(), column.min()) <= max(row.max(), column.max()) < n):
        raise ValueError("a link leads from or to what is no node")
    cells = (row.astype(index), column.astype(index))
    return sparse.csr_array((weight.astype(np.float64), cells), shape=(n, n))


def _started(n: int, start: NDArray[np.float64]) -> NDArray[np.float64]:
    if start.shape != (n,) or not start.min() >= 0 or not 0 < start.sum() < math.inf:
        raise ValueError("the start must be a share for each node")
    begun: NDArray[np.float64] = start / start.sum()
    return begun
