"""Ties as they were last worked out, kept in files, so that a page can look at some of them."""

import json
import shutil
import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from community.graph.ties import Ties
from community.kit import clock

FOLDER = "ties"
COLUMNS = ("members", "source", "target", "weight", "last", "count")
NOW = "now.json"
"""Names the folder that counts; it is replaced as a whole after everything in that has been written."""


def keep(ties: Ties, folder: Path) -> None:
    """Write ties in place of those that were kept before; readers see one or the other."""
    folder.mkdir(parents=True, exist_ok=True)
    # No two have the same name, though they be of the same moment: readers know them by it.
    fresh = Path(tempfile.mkdtemp(prefix=f"{clock.to_micros(ties.as_of)}-", dir=folder))
    name = fresh.name
    for column in COLUMNS:
        np.save(fresh / f"{column}.npy", getattr(ties, column))
    told = {
        "folder": name,
        "as_of": clock.to_micros(ties.as_of),
        "half_life": ties.half_life.total_seconds(),
    }
    draft = folder / f"{NOW}.new"
    draft.write_text(json.dumps(told))
    draft.replace(folder / NOW)
    for old in folder.iterdir():
        if old.is_dir() and old.name != name:
            shutil.rmtree(old, ignore_errors=True)


def kept(folder: Path) -> Ties | None:
    """The ties that were kept last, read only where they are looked at; None before any."""
    try:
        told = json.loads((folder / NOW).read_text())
        return _opened(folder / told["folder"], told["as_of"], told["half_life"])
    except (FileNotFoundError, ValueError, KeyError):
        # Nothing was kept yet, or it was replaced just now: the next reader finds what is.
        return None


@lru_cache(maxsize=2)
def _opened(folder: Path, as_of: int, half_life: float) -> Ties:
    columns = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS}
    lasts = timedelta(seconds=half_life)
    return Ties(**columns, as_of=clock.from_micros(as_of), half_life=lasts)
