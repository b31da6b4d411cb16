"""Carrying a delivery over in batches: resumable, repeatable, and never in the site's way for long.

A batch is read and prepared outside any transaction; what it brings and how far it came are
then kept in one short transaction. So a run that is stopped at any moment goes on behind the
last batch that was kept, and gives the same ledger as one that never stopped.
"""

import csv
import gc
import json
import time
import uuid
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from flask import g
from sqlalchemy import Table, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from community.imports import dealings, people
from community.imports.entries import Entry, Spaces, Stage
from community.imports.models import ImportRun
from community.imports.reading import BadDelivery, Rejected, Row
from community.imports.register import SUBJECTS, Register
from community.kit import clock, dialects
from community.ledger.record import EVENTS, FACTS_TABLE

RUNS: Table = ImportRun.__table__
TABLES = (
    people.MEMBERS, people.IDENTITIES, people.WORDS, SUBJECTS, EVENTS, FACTS_TABLE,
    *dealings.TABLES,
)  # fmt: skip
SHORT, LONG = 0.012, 0.1
"""Seconds that a batch should hold the database: short where all writers wait meanwhile, so that the
site never waits longer than a few times this; longer where only the same rows would be waited for."""
FIRST, FEWEST, MOST = 40, 25, 4000
SETTLE_EVERY = 0.5
"""Seconds between two checkpoints of SQLite."""
TRIES = 3


class StoppedElsewhere(BadDelivery):
    """Another process carries the same delivery over."""


@dataclass
class Batch:
    """What some rows say, to be kept together."""

    entries: list[tuple[Row, Entry]] = field(default_factory=list)
    rejected: list[tuple[Row, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


HEADER = ("file", "line", "reason", "row")


class Rejects:
    """The file of rows that were not taken, cut back to what was kept when a run goes on."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        if path.exists() and path.stat().st_size > size:
            with path.open("r+b") as file:
                if not file.readline().startswith(",".join(HEADER).encode()):
                    raise BadDelivery(
                        f"{path} is there and is no file of rejects; name another with --rejects"
                    )
                file.truncate(size)

    def add(self, name: str, rejected: Sequence[tuple[Row, str]]) -> None:
        """Write down rows of a file that were not taken, and why."""
        if not rejected:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", errors="replace", newline="") as file:
            lines = csv.writer(file)
            if not self.size:
                lines.writerow(HEADER)
            for row, reason in rejected:
                told = json.dumps(row.values, ensure_ascii=False)[:500]
                lines.writerow((name, row.line, reason, told))
            file.flush()
            self.size = file.tell()


class Run:
    """One run of one delivery into the database."""

    def __init__(self, engine: Engine, source: str, spaces: Spaces, fingerprint: str) -> None:
        self.source, self.spaces = source, spaces
        self.held, self.busiest = array("d"), 0.0
        self.counts: Counter[str] = Counter()
        self._fingerprint = fingerprint
        self._settled = time.monotonic()
        self._stock_at = FIRST
        self._writer = engine.connect()
        self._reader = engine.connect()
        dialects.write_much(self._writer)
        self._should_hold = SHORT if dialects.is_alone_when_writing(self._writer) else LONG
        self.register = Register(source, spaces)

    def close(self) -> None:
        """Give the connections back to the system: they were set up for this work only."""
        dialects.settle(self._writer)
        for connection in (self._writer, self._reader):
            connection.invalidate()
            connection.close()
        g.only_reading = False

    def begin(self, path: Path, rejects: Callable[[int], Path]) -> bool:
        """Take up the delivery where it was left, or from its beginning; whether it goes on."""
        with self.writing() as connection:
            fresh = {
                "source": self.source,
                "fingerprint": self._fingerprint,
                "path": str(path),
                "started_at": clock.now(),
                "cursor": {},
                "counts": {},
            }
            dialects.insert_new(connection, RUNS, [fresh])
            run = connection.execute(self._of_this().with_for_update()).one()
            self.id, cursor = run.id, run.cursor
            goes_on = bool(cursor) and run.ended_at is None
            started = run.started_at if goes_on else clock.now()
            if not goes_on:
                cursor = {"stage": 0, "row": 0, "before": run.counts, "counts": {}}
                cursor |= {"started": clock.to_micros(started), "path": "", "size": 0}
            cursor["by"] = uuid.uuid4().hex
            connection.execute(
                update(RUNS)
                .where(RUNS.c.id == run.id)
                .values(started_at=started, ended_at=None, cursor=cursor)
            )
        self.cursor: dict[str, Any] = cursor
        self.counts = Counter(cursor["counts"])
        path = rejects(cursor["started"])
        size = cursor["size"] if cursor["path"] == str(path) else 0
        self.rejects = Rejects(path, size)
        return goes_on

    def carry(self, number: int, stage: Stage, rows: Iterator[Row]) -> None:
        """Carry one stage over, from where it was left."""
        if self.cursor["stage"] > number:
            return
        if self.cursor["stage"] < number or "marks" not in self.cursor:
            with self.reading() as connection:
                marks = self.register.marks(connection)
            self.cursor |= {"stage": number, "row": 0, "marks": marks}
        self.register.begin(self.cursor["marks"])
        done = self.cursor["row"]
        next(islice(rows, done, done), None)
        size = float(FIRST)
        while taken := list(islice(rows, int(size))):
            held = self._keep(stage, taken)
            size = min(max(size * min(max(self._should_hold / held, 0.4), 1.25), FEWEST), MOST)

    def step(
        self,
        number: int,
        look: Callable[[Connection, int], tuple[int, Any] | None],
        write: Callable[[Connection, Any], None],
    ) -> None:
        """Carry a stage over that reads the database alone, a little at a time.

        ``look`` answers how far behind a given id it came and what is to be written, or None.
        """
        if self.cursor["stage"] > number:
            return
        if self.cursor["stage"] < number:
            self.cursor |= {"stage": number, "row": 0}
        while True:
            with self.reading() as connection:
                seen = look(connection, self.cursor["row"])
            if seen is None:
                return
            last, changes = seen
            with self.writing() as connection:
                write(connection, changes)
                cursor = self.cursor | {"row": last}
                self._move(connection, cursor, self.counts)
            self.cursor = cursor

    def end(self) -> None:
        """Say that the delivery was carried over wholly."""
        with self.writing() as connection:
            cursor = self.cursor | {"stage": -1, "row": 0}
            self._move(connection, cursor, self.counts)
            connection.execute(
                update(RUNS).where(RUNS.c.id == self.id).values(ended_at=clock.now())
            )
        self.cursor = cursor

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; how long it held the database is noted."""
        g.only_reading = False
        with _no_cleaning():
            with self._writer.begin():
                began, worked = time.perf_counter(), time.thread_time()
                yield self._writer
            # Noted before Python looks through its objects: by then the database is free.
            self.held.append(time.perf_counter() - began)
            self.busiest = max(self.busiest, time.thread_time() - worked)
        if time.monotonic() - self._settled > SETTLE_EVERY:
            dialects.settle(self._writer)
            self._settled = time.monotonic()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and holds nobody up."""
        g.only_reading = True
        with self._reader.begin():
            yield self._reader

    def _keep(self, stage: Stage, rows: list[Row]) -> float:
        """Keep one batch; answers how many seconds it held the database."""
        for tries_left in reversed(range(TRIES)):
            batch = self._prepared(stage, rows)
            rejects_before = self.rejects.size
            self.rejects.add(stage.source.name, batch.rejected)
            counts = self.counts + batch.counts
            try:
                with self.writing() as connection:
                    counts += self.register.write(connection, [e for _, e in batch.entries])
                    cursor = self.cursor | {"row": self.cursor["row"] + len(rows)}
                    cursor |= {"path": str(self.rejects.path), "size": self.rejects.size}
                    self._move(connection, cursor, counts)
            except (IntegrityError, people.Surprised):
                # Somebody wrote the same between our look and our write: look again.
                self.register.forget()
                self.rejects = Rejects(self.rejects.path, rejects_before)
                if not tries_left:
                    raise
            else:
                self.register.learn()
                self.cursor, self.counts = cursor, counts
                held = self.held[-1]
                self._take_stock()
                return held
        raise AssertionError

    def _take_stock(self) -> None:
        """Let the database look anew at its tables whenever they have grown much."""
        if self.counts["rows"] < self._stock_at:
            return
        self._stock_at = 4 * self.counts["rows"]
        dialects.take_stock(self._writer, TABLES)

    def _prepared(self, stage: Stage, rows: list[Row]) -> Batch:
        batch = Batch()
        keys = set()
        for row in rows:
            try:
                entry = _read(stage, row)
            except Rejected as refused:
                batch.rejected.append((row, str(refused)))
                continue
            if entry.key is not None and entry.key in keys:
                batch.rejected.append((row, DOUBLED))
                continue
            keys.add(entry.key)
            batch.entries.append((row, entry))
        with self.reading() as connection:
            self.register.look_up(connection, [entry for _, entry in batch.entries])
            self._sift(batch)
            self.register.name(connection, [entry for _, entry in batch.entries])
        batch.counts["rejected"] += len(batch.rejected)
        batch.counts["rows"] += len(rows)
        return batch

    def _sift(self, batch: Batch) -> None:
        kept = []
        for row, entry in batch.entries:
            is_useless = entry.needs is not None and not self.register.has(entry.needs)
            if entry.left_out and (entry.needs is None or is_useless):
                batch.counts[f"left out: {entry.left_out}"] += 1
            elif is_useless:
                batch.rejected.append((row, f"its {entry.needs[0]} {entry.needs[1]} is not here"))
            elif self.register.came_before(entry):
                batch.rejected.append((row, DOUBLED))
            else:
                kept.append((row, entry))
                batch.counts["known"] += self.register.is_known(entry)
        batch.entries = kept

    def _move(self, connection: Connection, cursor: dict[str, Any], counts: Counter[str]) -> None:
        """Keep how far we came, unless somebody else has moved on meanwhile."""
        stands = connection.execute(self._of_this().with_for_update()).one().cursor
        if stands["by"] != cursor["by"]:
            raise StoppedElsewhere("another import of this delivery has begun; this one stops here")
        cursor["counts"] = dict(counts)
        before = {name: many for name, many in cursor["before"].items() if is_new(name)}
        total = Counter(before) + counts
        connection.execute(
            update(RUNS).where(RUNS.c.id == self.id).values(cursor=cursor, counts=dict(total))
        )

    def _of_this(self) -> Any:
        return select(RUNS).where(
            RUNS.c.source == self.source, RUNS.c.fingerprint == self._fingerprint
        )


@contextmanager
def _no_cleaning() -> Iterator[None]:
    """Keep Python from looking through all its objects just while others wait."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


DOUBLED = "its id came before in this delivery"


def is_new(count: str) -> bool:
    """Whether a count says what an import brought, rather than how it read its rows."""
    return count not in ("rows", "known", "rejected") and not count.startswith("left out")


def _read(stage: Stage, row: Row) -> Entry:
    if row.problem is not None:
        raise Rejected(row.problem)
    return stage.read(row)
