"""How well ratings of Bitcoin OTC are foretold, each from the earlier ones only.

    PYTHONPATH=. python benchmarks/reputation.py

The first fifth only teaches; errors are those of the rest, on the scale from -1 to 1. "AUC" is
that of "the next rating is negative". The reverse rating, where there is one, counts half.
The data are looked for in ../shared/data, or where KITH_DATA says. The Alpha network, which
the method was confirmed on, is not among them: it is not measured here.
"""

import argparse
import math
import time

import numpy as np

from benchmarks.trust import otc
from community.standing.judging import auc, rmse
from community.standing.priors import Prior
from community.standing.reputation import HALF_LIFE, Reputations, foretold, reverse
from community.standing.trust import Ratings


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    names, ratings = otc()
    n, taught = len(names), len(ratings) // 5
    print(f"Bitcoin OTC: {len(ratings):,} ratings in order of time, {taught:,} of them to learn from\n")  # fmt: skip
    print(f"{'foretold by':<44}{'RMSE':>8}{'PCC':>8}{'AUC':>8}{'ms':>8}")
    rows = {
        "mean of all so far": lambda: _mean_so_far(ratings),
        "mean received so far": lambda: _received_so_far(n, ratings),
        "last received": lambda: _last_received(n, ratings),
        **{f"reputation, k = {k}": _with_k(n, ratings, k) for k in (1.0, 3.0, 10.0)},
        "reputation without fading, k = 3": _with_k(n, ratings, 3.0, math.inf),
        "reputation, k by itself": lambda: foretold(ratings),
        "the same, and the reverse rating": lambda: foretold(ratings, is_reverse_used=True),
    }
    for label, method in rows.items():
        began = time.process_time()
        told = method()
        spent = 1000 * (time.process_time() - began)
        told, happened = told[taught:], ratings.rating[taught:]
        pcc = np.corrcoef(told, happened)[0, 1]
        print(f"{label:<44}{rmse(told, happened):>8.4f}{pcc:>8.3f}{auc(-told, happened < 0):>8.3f}{spent:>8.0f}")  # fmt: skip
    is_answered = ~np.isnan(reverse(n, ratings))[taught:]
    print(f"\n{100 * is_answered.mean():.1f} % had a reverse rating to go by")
    kept = Reputations(n)
    kept.heed(ratings)
    print(f"k settled on {kept.prior.strength:g}, the mean on {kept.prior.mean:.3f}")


def _mean_so_far(ratings: Ratings) -> np.ndarray:
    before = np.arange(len(ratings))
    return np.append(0.0, np.cumsum(ratings.rating)[:-1]) / np.maximum(before, 1)


def _received_so_far(n: int, ratings: Ratings) -> np.ndarray:
    total, many, told = [0.0] * n, [0] * n, _mean_so_far(ratings)
    for row, (ratee, rating) in enumerate(zip(ratings.ratee.tolist(), ratings.rating.tolist(), strict=True)):  # fmt: skip
        if many[ratee]:
            told[row] = total[ratee] / many[ratee]
        total[ratee] += rating
        many[ratee] += 1
    return told


def _last_received(n: int, ratings: Ratings) -> np.ndarray:
    last: dict[int, float] = {}
    told = _mean_so_far(ratings)
    for row, (ratee, rating) in enumerate(zip(ratings.ratee.tolist(), ratings.rating.tolist(), strict=True)):  # fmt: skip
        told[row] = last.get(ratee, told[row])
        last[ratee] = rating
    return told


def _with_k(n: int, ratings: Ratings, k: float, half_life: float = HALF_LIFE):
    prior = Prior(float(ratings.rating[: len(ratings) // 5].mean()), k)
    return lambda: Reputations(n, half_life=half_life, prior=prior).heed(ratings).foretold


if __name__ == "__main__":
    main()
