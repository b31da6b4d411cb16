"""How well trust tells honest from fraudulent members of Bitcoin OTC, and what an attack can do to it.

    PYTHONPATH=. python benchmarks/trust.py [--part leakfree judges sybils pushing]

The data are looked for in ../shared/data, or where KITH_DATA says. Labels come from opinions: T
are a member and all whom he rated 5 or more; those T rated 5 or more are benign, those rated -5
or less fraudulent. Where T contradict each other the table gives every reading: such members left
out, taken for benign, or taken for fraudulent. Every row is leak-free: "founder" leaves out all
ratings by T of member 1; "judges" takes each of the 80 most active raters for T and leaves out
T's ratings of the labelled. AUC and AP count ties; AP is of the fraudulent. The Alpha network,
which the method was confirmed on, is not among the data: it is not measured here.
"""

import argparse
import gzip
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from community.graph.walk import Pushed, walk
from community.standing.judging import auc, average_precision
from community.standing.reliability import reliability
from community.standing.trust import Ratings, trusted

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))
OTC = DATA / "bitcoin-otc" / "soc-sign-bitcoinotc.csv.gz"
FOUNDER = "1"
MOST_ACTIVE, ENOUGH_LABELS, SMALLEST_CIRCLE = 80, 20, 5
TARGETS, BOUGHT = 12, 5
Method = Callable[[int, Ratings, np.ndarray | None], np.ndarray]


def otc(path: Path = OTC) -> tuple[list[str], Ratings]:
    """The members of Bitcoin OTC in order of number, and their ratings as -1 to 1."""
    if not path.exists():
        raise SystemExit(f"{path} is not there; say where the data are with KITH_DATA")
    with gzip.open(path, "rt") as file:
        rows = np.loadtxt(file, delimiter=",")
    ids, place = np.unique(rows[:, :2], return_inverse=True)
    rater, ratee = place.reshape(-1, 2).T
    names = [str(int(number)) for number in ids]
    return names, Ratings(rater, ratee, rows[:, 2] / 10, rows[:, 3])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    names, ratings = otc()
    print(f"Bitcoin OTC: {len(ratings):,} ratings among {len(names):,} members")
    for part in options.part:
        began = time.process_time()
        PARTS[part](names, ratings)
        print(f"({time.process_time() - began:.1f} s of processor time)")


# Methods


def _mean(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return _sum(n, ratings, seeds) / np.maximum(np.bincount(ratings.ratee, minlength=n), 1)


def _bayes(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return _sum(n, ratings, seeds) / (np.bincount(ratings.ratee, minlength=n) + 3)


def _sum(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return np.bincount(ratings.ratee, ratings.rating, n)


def _walk(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return walk(n, ratings.rater, ratings.ratee, ratings.rating, seeds).p


def _unseeded_walk(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return _walk(n, ratings, None)


def _trust(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return trusted(n, ratings, seeds).ranking


def _unseeded_trust(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return _trust(n, ratings, None)


def _goodness(n: int, ratings: Ratings, seeds: np.ndarray | None) -> np.ndarray:
    return reliability(n, ratings).goodness


METHODS: dict[str, Method] = {
    "trust, seeded": _trust,
    "trust, no seeds": _unseeded_trust,
    "walk from the seeds": _walk,
    "walk from anywhere": _unseeded_walk,
    "Bayes mean, k = 3": _bayes,
    "REV2 goodness": _goodness,
    "sum of ratings": _sum,
    "mean received": _mean,
}
UNSEEDED = [name for name, method in METHODS.items() if method not in (_trust, _walk)]
ATTACKED = [name for name, method in METHODS.items() if method is not _goodness]
"""What an attack is tried on; goodness needs many rounds over a million made-up ratings."""


# Labels


def circle(ratings: Ratings, member: int) -> np.ndarray:
    """A member and all whom he rated 5 or more."""
    is_trusted = (ratings.rater == member) & (ratings.rating >= 0.5)
    return np.union1d([member], ratings.ratee[is_trusted])


def labels(ratings: Ratings, judges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whom these judges hold for benign and for fraudulent; some may be in both."""
    is_judged = np.isin(ratings.rater, judges)
    benign = np.union1d(judges, ratings.ratee[is_judged & (ratings.rating >= 0.5)])
    return benign, np.unique(ratings.ratee[is_judged & (ratings.rating <= -0.5)])


def readings(benign: np.ndarray, fraudulent: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
    """Who counts as what under each reading of contradictions."""
    clear = np.setdiff1d(benign, fraudulent)
    return {
        "left out": (clear, np.setdiff1d(fraudulent, benign)),
        "benign": (benign, np.setdiff1d(fraudulent, benign)),
        "fraudulent": (clear, fraudulent),
    }


def judged(scores: np.ndarray, benign: np.ndarray, fraudulent: np.ndarray) -> tuple[float, float]:
    """AUC, and the average precision of the fraudulent."""
    who = np.concatenate([benign, fraudulent])
    is_benign = np.arange(who.size) < benign.size
    return auc(scores[who], is_benign), average_precision(-scores[who], ~is_benign)


# Tables


def _leakfree(names: list[str], ratings: Ratings) -> None:
    founders = circle(ratings, names.index(FOUNDER))
    kept = ratings.take(~np.isin(ratings.rater, founders))
    print(f"\nFounder's labels, leak-free: {len(ratings) - len(kept):,} ratings by {founders.size} left out")  # fmt: skip
    told = readings(*labels(ratings, founders))
    _head([f"{name} {b.size}/{f.size}" for name, (b, f) in told.items()])
    for name in UNSEEDED:
        scores = METHODS[name](len(names), kept, None)
        _row(name, [judged(scores, *reading) for reading in told.values()])


def _judges(names: list[str], ratings: Ratings) -> None:
    n = len(names)
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for judges, benign, fraudulent in _independent(n, ratings):
        labelled = np.union1d(benign, fraudulent)
        is_leak = np.isin(ratings.rater, judges) & np.isin(ratings.ratee, labelled)
        kept = ratings.take(~is_leak)
        told = _still_rated(kept, readings(benign, fraudulent))
        if told is None:
            continue
        for name, method in METHODS.items():
            scores = method(n, kept, judges)
            for reading, (good, bad) in told.items():
                found.setdefault(name, {}).setdefault(reading, []).append(judged(scores, good, bad))
    many = len(next(iter(found[name].values())))
    print(f"\n{many} independent judges, mean of AUC and AP (worst AUC)")
    _head(list(found[name]))
    for name, told in found.items():
        cells = [np.mean(values, axis=0) for values in told.values()]
        _row(name, cells, [min(value[0] for value in values) for values in told.values()])


def _independent(n: int, ratings: Ratings) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for member in np.argsort(-np.bincount(ratings.rater, minlength=n), kind="stable")[:MOST_ACTIVE]:
        judges = circle(ratings, member)
        if judges.size >= SMALLEST_CIRCLE:
            yield judges, *labels(ratings, judges)


def _still_rated(
    kept: Ratings, told: dict[str, tuple[np.ndarray, ...]]
) -> dict[str, tuple[np.ndarray, ...]] | None:
    still = {
        reading: tuple(group[np.isin(group, kept.ratee)] for group in groups)
        for reading, groups in told.items()
    }
    sizes = [group.size for groups in still.values() for group in groups]
    return still if min(sizes) >= ENOUGH_LABELS else None


def _sybils(names: list[str], ratings: Ratings) -> None:
    n = len(names)
    seeds = circle(ratings, names.index(FOUNDER))
    _, fraudulent = labels(ratings, seeds)
    targets = fraudulent[np.argsort(_bayes(n, ratings, None)[fraudulent], kind="stable")][:TARGETS]
    attacks = [(0, 0), (10, 0), (100, 0), (1000, 0), (1000, BOUGHT)]
    found: dict[str, dict[tuple[int, int], list[float]]] = {name: {} for name in ATTACKED}
    for fakes, bought in attacks:
        for target in targets.tolist():
            attacked = _attacked(n, ratings, target, fakes, bought)
            for name in ATTACKED:
                scores = METHODS[name](n + fakes, attacked, seeds)[:n]
                found[name].setdefault((fakes, bought), []).append(_percentile(scores, target))
    print(
        "\nMade-up accounts praise a distrusted member and each other: his percentile among genuine"
    )
    print(
        f"members, mean of {TARGETS}; in the last column {BOUGHT} genuine members praise them too"
    )
    print(f"{'method':<22}" + "".join(f"{f'{m} + {b}' if b else m:>10}" for m, b in attacks))
    for name, cells in found.items():
        print(f"{name:<22}" + "".join(f"{np.mean(cell):>10.3f}" for cell in cells.values()))


def _percentile(scores: np.ndarray, target: int) -> float:
    below, same = (scores < scores[target]).sum(), (scores == scores[target]).sum() - 1
    return float((below + same / 2) / (scores.size - 1))


def _attacked(n: int, ratings: Ratings, target: int, fakes: int, bought: int) -> Ratings:
    made_up = np.arange(n, n + fakes)
    rater, ratee = (grid.ravel() for grid in np.meshgrid(made_up, np.append(made_up, target)))
    is_other = rater != ratee
    sellers = np.random.default_rng(target).choice(np.unique(ratings.rater), bought, replace=False)
    rater = np.concatenate([rater[is_other], sellers])
    ratee = np.concatenate([ratee[is_other], made_up[:bought]])
    last = np.full(rater.size, ratings.time.max())
    parts = zip(
        (ratings.rater, ratings.ratee, ratings.rating, ratings.time),
        (rater, ratee, np.ones(rater.size), last),
        strict=True,
    )
    return Ratings(*(np.concatenate(part) for part in parts))


def _pushing(names: list[str], ratings: Ratings, many: int = 300) -> None:
    n = len(names)
    seeds = circle(ratings, names.index(FOUNDER))
    praise = np.flatnonzero(ratings.rating > 0)
    early, late = ratings.take(praise[:-many]), ratings.take(praise[-many:])
    kept = Pushed(n, early.rater, early.ratee, early.rating, seeds)
    pushes = []
    for rater, ratee, rating in zip(late.rater, late.ratee, late.rating, strict=True):
        kept.change(int(rater), int(ratee), float(rating))
        pushes.append(kept.flush())
    whole = ratings.take(praise)
    exact = walk(n, whole.rater, whole.ratee, whole.rating, seeds)
    error = np.abs(kept.p - exact.p)
    print(
        f"\nThe walk kept up over the last {many} ratings by pushing, against {exact.rounds} rounds over all links"
    )
    print(
        f"pushes a rating: mean {np.mean(pushes):.0f}, 95 % below {np.percentile(pushes, 95):.0f}"
    )
    print(
        f"L1 error {error.sum():.1e}, stated bound {kept.bound:.1e}, largest error {error.max():.1e}"
    )


def _head(columns: list[str]) -> None:
    print(f"{'contradicted are':<22}" + "".join(f"{column:>28}" for column in columns))
    print(f"{'method':<22}" + f"{'AUC':>12}{'AP':>8}{'worst':>8}" * len(columns))


def _row(name: str, cells: list, worst: list[float] | None = None) -> None:
    lows = [f"{low:8.4f}" for low in worst] if worst else [" " * 8] * len(cells)
    print(
        f"{name:<22}"
        + "".join(f"{a:>12.4f}{p:>8.4f}{low}" for (a, p), low in zip(cells, lows, strict=True))
    )


PARTS = {"leakfree": _leakfree, "judges": _judges, "sybils": _sybils, "pushing": _pushing}


if __name__ == "__main__":
    main()
