"""How well rings are found that were put into Bitcoin OTC, and what else is told of.

    PYTHONPATH=. python benchmarks/rings.py [--rounds 10]

A ring are r new members of whom 70 % of the pairs rate each other 8 within ten days, and each
praises three of the 300 most rated members as camouflage. F1 is that of the best of the first
five blocks, the mean of so many rounds. The other columns leave out what ours adds: who is
densest among all who praised each other, the same with busy members counting less as FRAUDAR
(2016) has it, and the same within a fortnight. The data are looked for in ../shared/data, or
where KITH_DATA says. The Alpha network is not among them: it is not measured here.
"""

import argparse
import time

import numpy as np

from benchmarks.trust import FOUNDER, circle, otc
from community.standing.rings import MOST, Pairs, densest, rings
from community.standing.trust import Ratings, Trust, trusted

DAY = 86_400.0
CLOSENESS, PRAISE, WITHIN = 0.7, 0.8, 10 * DAY
CAMOUFLAGE, POPULAR = 3, 300
SIZES = (6, 10, 20, 40)


def injected(n: int, ratings: Ratings, size: int, seed: int) -> tuple[np.ndarray, Ratings]:
    """The numbers of a ring's members, who come after the others, and all ratings with theirs."""
    random = np.random.default_rng(seed)
    members = np.arange(n, n + size)
    low, high = np.triu_indices(size, 1)
    is_pair = random.random(low.size) < CLOSENESS
    low, high = members[low[is_pair]], members[high[is_pair]]
    popular = np.argsort(-np.bincount(ratings.ratee, minlength=n), kind="stable")[:POPULAR]
    known = [random.choice(popular, CAMOUFLAGE, replace=False) for _ in members]
    rater = np.concatenate([low, high, np.repeat(members, CAMOUFLAGE)])
    ratee = np.concatenate([high, low, *known])
    began = random.uniform(ratings.time.min(), ratings.time.max() - WITHIN)
    praise = np.full(rater.size, PRAISE)
    return members, Ratings(
        np.concatenate([ratings.rater, rater]),
        np.concatenate([ratings.ratee, ratee]),
        np.concatenate([ratings.rating, praise]),
        np.concatenate([ratings.time, began + random.uniform(0, WITHIN, rater.size)]),
    )


def f1(blocks: list[np.ndarray], members: np.ndarray) -> float:
    """The best balance of precision and recall that one of these blocks has."""
    hits = [np.isin(block, members).sum() for block in blocks]
    return max(
        (2 * hit / (block.size + members.size) for hit, block in zip(hits, blocks, strict=True)),
        default=0.0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    names, ratings = otc()
    n, seeds = len(names), circle(ratings, names.index(FOUNDER))
    print(f"Bitcoin OTC: {len(ratings):,} ratings among {n:,} members; {seeds.size} seeds\n")
    print(f"{'ring of':<10}" + "".join(f"{name:>20}" for name in METHODS) + f"{'ours, ms':>12}")
    for size in SIZES:
        found: dict[str, list[float]] = {name: [] for name in METHODS}
        spent = []
        for seed in range(options.rounds):
            members, attacked = injected(n, ratings, size, seed)
            trust = trusted(n + size, attacked, seeds)
            for name, method in METHODS.items():
                began = time.process_time()
                found[name].append(f1(method(trust), members))
            spent.append(1000 * (time.process_time() - began))
        cells = "".join(f"{np.mean(values):>20.2f}" for values in found.values())
        print(f"{size:<10}{cells}{np.mean(spent):>12.0f}")
    _told(trusted(n, ratings, seeds))


def _told(trust: Trust) -> None:
    print("\nTold of without any put in")
    print(f"{'members':>8}{'pairs':>8}{'density':>9}{'days':>9}{'inside':>8}")
    for block in rings(trust):
        days = (block.last - block.first) / DAY
        print(f"{block.members.size:>8}{block.pairs:>8}{block.density:>9.2f}{days:>9.1f}{block.inside:>8.2f}")  # fmt: skip


# Methods


def _all_mutual(trust: Trust, gap: float = np.inf) -> tuple[int, np.ndarray, np.ndarray]:
    n, counted = trust.authority.size, trust.counted
    praise = counted.take(counted.rating > 0)
    key, back = praise.rater * n + praise.ratee, praise.ratee * n + praise.rater
    order = np.argsort(key)
    place = order[np.searchsorted(key, back, sorter=order).clip(max=key.size - 1)]
    is_pair = (key[place] == back) & (np.abs(praise.time - praise.time[place]) <= gap)
    is_pair &= praise.rater < praise.ratee
    return n, praise.rater[is_pair], praise.ratee[is_pair]


def _blocks(n: int, pairs: Pairs) -> list[np.ndarray]:
    found = []
    while pairs.weight.size and len(found) < MOST:
        found.append(densest(n, pairs))
        pairs = pairs.within(~np.isin(np.arange(n), found[-1]))
    return found


def _plain(trust: Trust) -> list[np.ndarray]:
    n, low, high = _all_mutual(trust)
    return _blocks(n, Pairs(low, high, np.ones(low.size)))


def _fraudar(trust: Trust, gap: float = np.inf) -> list[np.ndarray]:
    n, low, high = _all_mutual(trust, gap)
    degree = np.bincount(np.concatenate([low, high]), minlength=n)
    return _blocks(n, Pairs(low, high, 1 / np.log(5 + np.maximum(degree[low], degree[high]))))


def _fraudar_within(trust: Trust) -> list[np.ndarray]:
    return _fraudar(trust, 14 * DAY)


def _ours(trust: Trust) -> list[np.ndarray]:
    return [block.members for block in rings(trust)]


METHODS = {
    "all mutual": _plain,
    "busy count less": _fraudar,
    "within a fortnight": _fraudar_within,
    "ours": _ours,
}


if __name__ == "__main__":
    main()
