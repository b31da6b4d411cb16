"""How well members' health foretells who comes back, on a whole forum; and what it costs at a million.

    PYTHONPATH=. python benchmarks/health.py [--part returns readings spread learning scale]

The first four read travel.stackexchange.com in KITH_DATA. Acts are the questions, answers and
comments of known members, but for comments below one's own post (188,584 acts of 21,030 members);
a peer is whose post one answered or commented. It is learned at every 90 days from 2013-07-01 on
(12 cutoffs, the last outcomes over by 2016-06-15) and judged at every 83 days from 2016-07-01
to 2017-05-29 (5 cutoffs, to the last day whose 90 days are known): at each all who did something
in the 90 days before. AUC and early warning are means over cutoffs, the rest is of all rows.
``readings`` says what other readings of "peer", "act" and "tenure" do to the same figures, ``spread``
judges at every sixth day of the span, since five days are few, and ``learning`` learns from few
outcomes. ``scale`` makes up a million members with ten million events as the columns hold them.
"""

import argparse
import csv
import gzip
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from community.ledger.kinds import CODES
from community.ledger.segments import NEVER
from community.standing import health
from community.standing.health import DEFAULT, ROW, Coefficients, probability, with_base
from community.standing.health_features import A_DAY, ACTS, Acts, features, from_ledger
from community.standing.health_fit import (
    BackTest,
    Outcomes,
    back_test,
    labelled,
    refit,
    together,
    why_not_adopt,
)
from community.standing.health_parts import bars, centre
from community.standing.past import NOBODY, places

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))
COMMENT = 3
END = 20_000 * A_DAY


def day(text: str) -> float:
    """A moment as days since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 86_400


LEARN = [day("2013-07-01") + 90 * step for step in range(12)]
JUDGE = [day("2016-07-01") + 83 * step for step in range(5)]


class Travel:
    """travel.stackexchange.com: who did what, when, and towards whom.

    Arrays by act: ``member`` and ``other`` (``NOBODY``, or a number), ``day``, ``kind``, and
    ``is_own`` where it is a comment below one's own post. ``joined`` and ``id`` are by member.
    """

    def __init__(self, data: Path = DATA) -> None:
        self.folder = data / "stackexchange-travel"
        found = np.array(list(self._acts()))
        user, other = found[:, 0].astype(np.int64), found[:, 2].astype(np.int64)
        self.id = np.unique(np.concatenate((user, other[other > 0])))
        self.member, self.other = places(self.id, user), places(self.id, other)
        self.day, self.kind = found[:, 1], found[:, 3].astype(np.int64)
        self.is_own = found[:, 4] > 0
        users = list(self.rows("Users"))
        place = places(self.id, np.array([number(user["Id"]) for user in users]))
        joined = np.array([day(user["CreationDate"]) for user in users])
        self.joined = np.full(self.id.size, np.nan)
        self.joined[place[place != NOBODY]] = joined[place != NOBODY]

    def acts(self) -> Acts:
        """The acts that count."""
        return Acts(self.member, self.day, self.other).take(~self.is_own)

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of one of its tables."""
        path = self.folder / f"{name}.csv.gz"
        if not path.exists():
            raise SystemExit(f"{path} is not there; say where the data are with KITH_DATA")
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def _acts(self) -> Iterator[tuple[float, ...]]:
        posts = {number(row["Id"]): row for row in self.rows("Posts")}
        owner = {id: number(post["OwnerUserId"]) for id, post in posts.items()}
        for id, post in posts.items():
            if post["PostTypeId"] in ("1", "2") and owner[id] > 0:
                above = owner.get(number(post["ParentId"]), 0)
                yield owner[id], day(post["CreationDate"]), above, int(post["PostTypeId"]), 0
        for row in self.rows("Comments"):
            user, id = number(row["UserId"]), number(row["PostId"])
            if user > 0:
                is_own = user == owner[id] and posts[id]["PostTypeId"] in ("1", "2")
                yield user, day(row["CreationDate"]), owner[id], COMMENT, is_own


def number(text: str) -> int:
    """An id, which comes as 12.0 where its column has blanks; 0 for none."""
    return int(float(text)) if text else 0


def returns(travel: Travel) -> None:
    """The accept figures, and that the shipped coefficients are those of this forum."""
    learned = labelled(travel.acts(), LEARN, travel.id.size)
    judged = labelled(travel.acts(), JUDGE, travel.id.size)
    newest = judged.take(judged.cutoff == JUDGE[0])
    fit = refit(together([learned, newest]))
    print(
        f"{len(travel.acts()):,} acts, {len(learned):,} rows learned from, {len(judged):,} judged"
    )
    _head()
    _row("shipped coefficients", judged)
    _row("learned anew", judged, fit.coefficients)
    print("  accept: AUC >= .890, ECE <= .04\n")
    print(f"  {'coefficients':14}{'shipped':>10}{'anew':>10}")
    for name in ("base", "recency", "weeks", "tenure", "peers"):
        print(f"  {name:14}{getattr(DEFAULT, name):10.3f}{getattr(fit.coefficients, name):10.3f}")
    print(f"  adopted at the first cutoff judged: {why_not_adopt(fit, DEFAULT, newest) or 'yes'}")
    z, p = with_base(learned.features.logs()), probability(learned.features)
    row = (z * (p * (1 - p))[:, None]).T @ z / len(learned)
    print(f"  what an outcome tells, furthest from ROW: {np.abs(row - ROW).max():.5f}")


def readings(travel: Travel) -> None:
    """What other readings of the same words do."""
    acts, many = travel.acts(), travel.id.size
    every = Acts(travel.member, travel.day, travel.other)
    has_other = acts.other != NOBODY
    back = Acts(acts.other[has_other], acts.day[has_other], acts.member[has_other])
    as_is = labelled(acts, JUDGE, many)
    _head()
    _row("as recommended", as_is)
    _row("tenure since joining", labelled(acts, JUDGE, many, travel.joined))
    _row("comments on own posts count", labelled(every, JUDGE, many))
    both = [features([acts, back], cutoff, many).peers for cutoff in JUDGE]
    either = np.concatenate(
        [met[as_is.member[as_is.cutoff == at]] for met, at in zip(both, JUDGE, strict=True)]
    )
    _row(
        "peers in either direction", replace(as_is, features=replace(as_is.features, peers=either))
    )


def spread(travel: Travel) -> None:
    """The same at many days, shipped coefficients."""
    days = list(np.arange(JUDGE[0], JUDGE[-1] + 1, 6.0))
    tests = [back_test(labelled(travel.acts(), [at], travel.id.size), DEFAULT) for at in days]
    print(f"  {'':16}{'mean':>8}{'least':>8}{'most':>8}   at {len(days)} cutoffs")
    for name in ("auc", "brier", "ece", "early_warning"):
        told = [getattr(test, name) for test in tests]
        print(f"  {name:16}{np.nanmean(told):8.4f}{np.nanmin(told):8.4f}{np.nanmax(told):8.4f}")


def learning(travel: Travel) -> None:
    """From how few outcomes it can be learned anew, drawn to the shipped coefficients and not."""
    learned = labelled(travel.acts(), LEARN, travel.id.size)
    judged = labelled(travel.acts(), JUDGE, travel.id.size)
    newest = judged.take(judged.cutoff == JUDGE[0])
    rng = np.random.default_rng(1)
    print(f"  {'outcomes':>10}{'AUC alone':>11}{'AUC drawn':>11}   (means of 20 draws)")
    for outcomes in (50, 100, 200, 500, 1000, 3000):
        told = []
        for _ in range(20):
            some = learned.take(np.sort(rng.choice(len(learned), outcomes, replace=False)))
            fits = [refit(together([some, newest]), strength=drawn) for drawn in (1e-3, 200)]
            told.append([mean_auc(judged, fit.coefficients) for fit in fits])
        alone, drawn = np.mean(told, axis=0)
        print(f"  {outcomes:10,}{alone:11.4f}{drawn:11.4f}")


def scale() -> None:
    """Health with its bars from columns, month by month: a million members, and a tenth of that."""
    print(f"  {'members':>10}{'events':>13}{'features s':>12}{'health, bars s':>16}{'peak MB':>9}")
    tenth, whole = _scaled(100_000, 1_000_000), _scaled(1_000_000, 10_000_000)
    print(f"  a tenth takes {100 * tenth / whole:.0f} % of the processor time")


def _scaled(many: int, events: int) -> float:
    parts = _made_up(many, events)
    began = time.process_time()
    found = from_ledger(parts, END, np.arange(1, many + 1))
    read = time.process_time()
    known = found.take(~np.isnan(found.tenure))
    health.assess(known)
    bars(known, centre(known))
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {many:10,}{events:13,}{read - began:12.2f}{done - read:16.2f}{peak:9,.0f}")
    return done - began


def _made_up(many: int, events: int) -> list[dict[str, np.ndarray]]:
    """Months of events, a few members in most of them; the arrays themselves count as memory."""
    rng, month = np.random.default_rng(1), 30 * A_DAY
    kinds = np.array([CODES[kind] for kind in ACTS], np.int16)
    return [
        {
            "happened_at": END - back * month + np.sort(rng.integers(0, month, here)),
            "kind": rng.choice(kinds, here),
            "actor": 1 + (many * rng.random(here) ** 3).astype(np.int64),
            "other": 1 + (many * rng.random(here) ** 3).astype(np.int64),
            "voided_at": np.full(here, NEVER),
        }
        for back, here in zip(range(40, 0, -1), [events // 40] * 40, strict=True)
    ]


def mean_auc(rows: Outcomes, coefficients: Coefficients) -> float:
    """The mean of the AUC at each cutoff."""
    return float(np.mean([test.auc for test in _at_each(rows, coefficients)]))


def _at_each(rows: Outcomes, coefficients: Coefficients) -> list[BackTest]:
    cutoffs = np.unique(rows.cutoff)
    return [back_test(rows.take(rows.cutoff == at), coefficients) for at in cutoffs]


def _head() -> None:
    print(
        f"  {'':30}{'AUC':>8}{'Brier':>8}{'ECE':>8}{'early w.':>10}{'foretold':>10}{'returned':>10}"
    )


def _row(label: str, rows: Outcomes, coefficients: Coefficients = DEFAULT) -> None:
    whole = back_test(rows, coefficients)
    early = np.nanmean([test.early_warning for test in _at_each(rows, coefficients)])
    print(
        f"  {label:30}{mean_auc(rows, coefficients):8.4f}{whole.brier:8.4f}{whole.ece:8.4f}"
        f"{early:10.3f}{whole.foretold:10,.0f}{whole.returned:10,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = {part.__name__: part for part in (returns, readings, spread, learning)}
    parser.add_argument("--part", nargs="+", choices=[*parts, "scale"], default=[*parts, "scale"])
    wanted = parser.parse_args().part
    travel = Travel() if set(wanted) & set(parts) else None
    for name in wanted:
        print(f"\n{name}")
        if name == "scale":
            scale()
        else:
            parts[name](travel)


if __name__ == "__main__":
    main()
