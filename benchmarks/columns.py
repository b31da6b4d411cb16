"""What the ledger's columns cost: building, loading, following the database's tail.

    python benchmarks/columns.py [--events 10000000] [--stored 1000000]

``--events`` are made up and written as column files; they are loaded in a process of its
own each time, beside one ``.npy`` file a column as the floor. ``--stored`` are written to a
database of its own (SQLite on disk; PostgreSQL too where one answers at 127.0.0.1:5432 or at
KITH_POSTGRES), read into columns, and followed by tails of 1,000. All is removed afterwards.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import Engine, create_engine

from community.kit import clock, dialects
from community.kit.db import Base
from community.ledger import columns, segments
from community.ledger.columns import COLUMNS, NEVER, NOTHING, Columns
from community.ledger.kinds import CODES
from community.ledger.record import EVENT_ROW, record_rows, void_many
from community.migrations import tables

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("KITH_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
START = 1_672_531_200_000_000
MONTHS, TAIL, TAILS = 36, 1000, 9
TABLES = [table for table in tables.metadata.sorted_tables if table.name in ("event", "voiding")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--in", dest="folder", default=None, help="where to put temporary files")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_load(*options.child)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _files(Path(folder), options.events)
    for label, place in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder, place(folder) as engine:
            if engine is None:
                print(f"\n{label}: none here, left out")
            else:
                _database(label, engine, Path(folder), options.stored)


# Files alone


def _files(folder: Path, events: int) -> None:
    store = Columns(folder / "columns")
    (store.folder / "1").mkdir(parents=True)
    manifest = segments.Manifest(1, columns.codes())
    began, used = time.perf_counter(), time.process_time()
    for first in range(1, events + 1, columns.BLOCK):
        block = _made_up(first, min(columns.BLOCK, events + 1 - first), events)
        store._write(manifest, block)
        manifest.event = columns._row(block)
        store._keep(manifest)
    wall, used = time.perf_counter() - began, time.process_time() - used
    size = sum(manifest.files().values())
    print(f"{events:,} events, {len(COLUMNS)} columns, {MONTHS} months, {size / 1e6:,.0f} MB")
    print(f"written in {wall:.1f} s, {used:.1f} s of processor time\n")
    for name in COLUMNS:
        np.save(folder / f"{name}.npy", store.load([name])[name])
    _loads(folder, [*COLUMNS], "all ten columns")
    for path in folder.glob("*.npy"):
        if path.stem not in ("actor", "other", "kind", "happened_at", "voided_at"):
            path.unlink()
    _loads(folder, ["actor", "other", "kind", "happened_at", "voided_at"], "five that ties need")


def _made_up(first: int, many: int, of: int) -> dict[str, Any]:
    rng = np.random.default_rng(first)
    id = np.arange(first, first + many, dtype=np.int64)
    span = MONTHS * 30 * 86_400_000_000
    nothing = np.full(many, NOTHING)
    return {
        "id": id,
        "happened_at": START + (id - 1) * span // of,
        "kind": rng.choice(np.array(list(CODES.values()), np.int64), many),
        "actor": rng.integers(1, 1_000_000, many),
        "other": rng.integers(1, 1_000_000, many),
        "subject_type": rng.integers(0, 8, many),
        "subject_id": rng.integers(1, 3_000_000, many),
        "circle": nothing,
        "value": np.where(rng.random(many) < 0.2, rng.integers(1, 6, many), NOTHING),
        "voided_at": np.where(rng.random(many) < 0.01, START + span, NEVER),
    }


def _loads(folder: Path, names: list[str], label: str) -> None:
    print(f"{label:34}{'processor s':>12}{'best':>8}{'wall s':>9}{'peak MB':>9}{'ratio':>8}")
    rows = {}
    for way in ("npy", "columns", "parts", "mask"):
        command = [sys.executable, __file__, "--child", way, json.dumps([str(folder), names])]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, env=_env()).stdout)
            for _ in range(7)
        ]
        rows[way] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        rows[way]["best"] = min(run["used"] for run in runs)
    for way, says in (
        ("npy", "np.load, one file a column"),
        ("columns", "Columns.load"),
        ("mask", "Columns.load and as_of"),
        ("parts", "Columns.parts, every value read"),
    ):
        row, ratio = rows[way], rows[way]["best"] / rows["npy"]["best"]
        print(
            f"  {says:32}{row['used']:12.3f}{row['best']:8.3f}{row['wall']:9.3f}"
            f"{row['peak']:9.0f}{ratio:8.2f}"
        )
    print()


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _load(way: str, told: str) -> dict[str, float]:
    place, names = json.loads(told)
    folder = Path(place)
    began, used = time.perf_counter(), time.process_time()
    if way == "npy":
        loaded = {name: np.load(folder / f"{name}.npy") for name in names}
    elif way == "parts":
        loaded = {}
        for part in Columns(folder / "columns").parts(names).values():
            for values in part.values():
                values.max()
    else:
        loaded = Columns(folder / "columns").load(names)
        if way == "mask":
            columns.as_of(loaded, clock.from_micros(START + 10**12))
    wall, used = time.perf_counter() - began, time.process_time() - used
    assert len({values.size for values in loaded.values()}) <= 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": wall, "used": used, "peak": peak}


# Behind a database


@contextmanager
def _sqlite(folder: str) -> Iterator[Engine | None]:
    engine = create_engine(f"sqlite:///{folder}/kith.db")
    yield engine
    engine.dispose()


@contextmanager
def _postgres(folder: str) -> Iterator[Engine | None]:
    name = f"kith_bench_{uuid.uuid4().hex[:10]}"
    try:
        server = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        yield None
        return
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        engine = create_engine(f"{POSTGRES}/{name}".replace("postgresql:", "postgresql+psycopg:"))
        try:
            yield engine
        finally:
            engine.dispose()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _database(label: str, engine: Engine, folder: Path, stored: int) -> None:
    Base.metadata.create_all(engine, tables=TABLES)

    @contextmanager
    def reading() -> Iterator[Any]:
        with engine.connect() as beside:
            yield beside.execution_options(only_reading=True)

    for first in range(1, stored + 1, 100_000):
        _append(engine, first, min(100_000, stored + 1 - first), stored)
    with engine.begin() as connection:
        dialects.tidy(connection)
    store = Columns(folder / "columns", reading=reading)
    wall, used = _timed(store.extend)
    print(f"\n{label}, {stored:,} events stored")
    print(f"  read into columns{wall:23.1f} s wall{used:9.1f} s of our processor time")
    print(f"{'':34}{'wall ms':>12}{'max ms':>9}{'processor ms':>14}")
    _tails(store, engine, stored, "a tail of 1,000 events", voids=0)
    _tails(store, engine, stored, "and 50 taken back over 36 months", voids=50)


def _tails(store: Columns, engine: Engine, stored: int, says: str, voids: int) -> None:
    times = []
    for turn in range(TAILS):
        _append(engine, stored + 1 + turn * TAIL, TAIL, stored)
        if voids:
            ids = [1 + turn + n * (stored // voids - TAILS) for n in range(voids)]
            with engine.begin() as connection:
                assert void_many(connection, ids, "a benchmark", clock.now()) == voids
        times.append(_timed(store.extend, rows=TAIL))
    wall, used = zip(*times, strict=True)
    middle = statistics.median(wall) * 1000, max(wall) * 1000, statistics.median(used) * 1000
    print(f"  {says:32}{middle[0]:12.1f}{middle[1]:9.1f}{middle[2]:14.1f}")


def _append(engine: Engine, first: int, many: int, of: int) -> None:
    block = _made_up(first, many, of)
    names = {code: name for name, code in CODES.items()}
    given = {
        "kind": [names[code] for code in block["kind"].tolist()],
        "subject_type": ["topic"] * many,
        "source": [None] * many,
        "external_id": [None] * many,
    }
    plain = {
        name: given.get(name) or [None if v == NOTHING else v for v in block[name].tolist()]
        for name in EVENT_ROW
    }
    with engine.begin() as connection:
        record_rows(connection, list(zip(*plain.values(), strict=True)))


def _timed(work: Any, rows: int | None = None) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    done = work()
    assert rows is None or done == rows
    return time.perf_counter() - began, time.process_time() - used


if __name__ == "__main__":
    main()
