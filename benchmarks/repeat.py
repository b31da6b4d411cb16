"""Whether purchases alone foretell purchases as published, on the customers of CDNOW.

    PYTHONPATH=. python benchmarks/repeat.py

Reads ``cdnow`` in KITH_DATA: the well-known sample of one in ten, and all customers; 39 weeks to
learn from, up to 1997-09-30, and 39 weeks to foretell.
"""

import argparse
import gzip
import os
import time
from pathlib import Path

import numpy as np

from community.standing.judging import auc, brier, ece, rmse
from community.standing.repeat import Model, Purchases, expected, fit, p_any, purchases

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))
WEEKS = 39
UNTIL = int(np.datetime64("1997-09-30", "D").astype(int))
PUBLISHED = {
    "sample": Model(0.2426, 4.4136, 0.7929, 2.4259, -9582.43),
    "all": Model(0.2516, 4.7889, 0.7234, 2.1611, -95368.4),
}
FILES = {"sample": ("CDNOW_sample.txt.gz", 1, 2), "all": ("CDNOW_master.txt.gz", 0, 1)}


def cdnow(which: str, data: Path = DATA) -> tuple[Purchases, np.ndarray]:
    """What is known of each customer, and on how many later days they bought."""
    name, id_column, date_column = FILES[which]
    path = data / "cdnow" / name
    if not path.exists():
        raise SystemExit(f"{path} is not there; say where the data are with KITH_DATA")
    with gzip.open(path, "rt") as file:
        rows = [line.split() for line in file]
    rows = [row for row in rows if row[0] != "customer_id"]
    _, customer = np.unique([row[id_column] for row in rows], return_inverse=True)
    dates = [
        f"{row[date_column][:4]}-{row[date_column][4:6]}-{row[date_column][6:]}" for row in rows
    ]
    day = np.array(dates, "datetime64[D]").astype(np.int64)
    many = int(customer.max()) + 1
    later = (day > UNTIL) & (day <= UNTIL + 7 * WEEKS)
    bought = np.unique(np.stack((customer[later], day[later])), axis=1)[0]
    return purchases(customer, day, UNTIL, many), np.bincount(bought, minlength=many)


def report(which: str) -> None:
    told, later = cdnow(which)
    began = time.process_time()
    model = fit(told)
    took, published = time.process_time() - began, PUBLISHED[which]
    print(f"\n{which}: {len(told):,} customers, learned in {took:.2f} s of processor time")
    print(f"  {'':16}{'published':>12}{'here':>12}{'off by':>10}")
    for name in ("r", "alpha", "a", "b", "log_likelihood"):
        was, is_now = getattr(published, name), getattr(model, name)
        print(f"  {name:16}{was:12.4f}{is_now:12.4f}{100 * (is_now / was - 1):9.3f}%")
    p, many, again = p_any(model, told, WEEKS), expected(model, told, WEEKS), later > 0
    print(f"  {100 * again.mean():.1f} % bought in the next {WEEKS} weeks")
    print(f"  any: AUC {auc(p, again):.4f}, Brier {brier(p, again):.4f}, ECE {ece(p, again):.4f}")
    print(
        f"  number: AUC {auc(many, again):.4f}, expected {many.sum():,.0f} of {later.sum():,},"
        f" r {np.corrcoef(many, later)[0, 1]:.3f}, RMSE {rmse(many, later.astype(float)):.3f}"
    )


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print("accept: the sample's parameters within .5 %, log-likelihood >= -9582.44")
    print("published of the sample: any AUC .757, Brier .161, ECE .054; number AUC .773, r .626")
    for which in FILES:
        report(which)


if __name__ == "__main__":
    main()
