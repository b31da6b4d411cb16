"""How evenly something is spread over people: Gini's measure, the share of the top, on whom it hangs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gini(values: NDArray[Any]) -> float:
    """How unevenly something is spread: 0 when all have the same, near 1 when one has all.

    Values must not be negative; 0 where there is nothing.
    """
    ordered = np.sort(values).astype(np.float64)
    total, n = float(ordered.sum()), ordered.size
    if total == 0:
        return 0.0
    return 2 * float(np.arange(1, n + 1) @ ordered) / (n * total) - (n + 1) / n


def top_share(values: NDArray[Any], k: int) -> float:
    """The share that the ``k`` largest have of all; 0 where there is nothing."""
    total = float(values.sum())
    return float(np.sort(values)[::-1][:k].sum()) / total if total else 0.0


def absence_factor(values: NDArray[Any], share: float = 0.5) -> int:
    """The fewest people who together give at least this share of all: CHAOSS's contributor absence factor.

    0 where nobody gives anything.
    """
    upto = np.cumsum(np.sort(values)[::-1])
    if not upto.size or upto[-1] <= 0:
        return 0
    # Adding up must not make a share that is reached look missed by a rounding.
    return int(np.searchsorted(upto, share * upto[-1] * (1 - 1e-12))) + 1
