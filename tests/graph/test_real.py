"""The kernels give the known figures of a real network of trust."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from community.graph.arrays import (
    Edges,
    components,
    cores,
    degrees,
    neighbours,
    reciprocity,
    transitivity,
    triangles,
)
from community.graph.shares import gini

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="module")
def otc():
    """Who rated whom among the traders of Bitcoin OTC."""
    found = sorted((DATA / "bitcoin-otc").glob("*.csv*"))
    if not found:
        pytest.skip(f"{DATA / 'bitcoin-otc'} is not there")
    with gzip.open(found[0], "rt") if found[0].suffix == ".gz" else found[0].open() as file:
        pairs = [row[:2] for row in csv.reader(file) if row[0].isdecimal()]
    names, places = np.unique(np.array(pairs, np.int64), return_inverse=True)
    source, target = places.reshape(-1, 2).T
    return Edges(names.size, source, target, np.ones(source.size))


def test_otc_has_its_known_figures(otc):
    near, (out, into) = neighbours(otc), degrees(otc)
    assert (otc.n, otc.source.size) == (5881, 35_592)
    assert (into.max(), out.max(), np.median(into), np.median(out)) == (535, 763, 2, 2)
    assert (round(gini(into), 2), round(gini(out), 2)) == (0.69, 0.76)
    assert round(reciprocity(otc).overall, 2) == 0.79
    assert round(transitivity(near, triangles(near)), 3) == 0.059
    assert round(np.bincount(components(otc)).max() / otc.n, 3) == 0.999
    assert cores(near).max() == 21
