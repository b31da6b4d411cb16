"""The ledger as arrays: every event in append-only files, for work on all of them at once.

The columns follow the database and never lead it: they are extended from its tail, taken
back where it took back, and can be built anew at any time with the same bytes. Whoever
reads them sees the events up to one and the voidings up to another, nothing half done.
"""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import structlog
from flask import current_app
from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, select

from community.kit import arrays, clock, dialects
from community.kit.arrays import Whole
from community.kit.db import reading
from community.ledger import segments
from community.ledger.kinds import CODES, SUBJECT_CODES
from community.ledger.models import Voiding
from community.ledger.record import EVENTS
from community.ledger.segments import (
    COLUMNS,
    NEVER,
    NO_CODE,
    NOTHING,
    VOIDED,
    Array,
    Damaged,
    Manifest,
    Segment,
    Step,
)

__all__ = ["COLUMNS", "NEVER", "NOTHING", "NO_CODE", "Columns", "Damaged", "as_of", "here"]

VOIDINGS: Table = Voiding.__table__  # type: ignore[assignment]
FOLDER = "columns"
BLOCK = 250_000
"""Events that are read and written at a time."""
MONTH_OF_ZERO = 1970 * 12
log = structlog.get_logger()

T = TypeVar("T")
Reading = Callable[[], AbstractContextManager[Connection]]


def here() -> "Columns":
    """The columns of this site."""
    return Columns(current_app.config["DATA_DIR"] / FOLDER)


def as_of(loaded: Mapping[str, Array], moment: datetime) -> Array:
    """Which of the loaded events count as of a moment; needs ``happened_at`` and ``voided_at``."""
    at = clock.to_micros(moment)
    mask: Array = (loaded["happened_at"] <= at) & (loaded[VOIDED] > at)
    return mask


class Columns:
    """The columns in one folder. One writer at a time; readers need nobody's leave."""

    def __init__(
        self,
        folder: Path,
        reading: Reading = reading,
        step: Step = lambda name: None,
        block: int = BLOCK,
    ) -> None:
        self.folder = Path(folder)
        self._reading = reading
        self._step = step
        self._block = block

    def extend(self) -> int:
        """Bring the columns up to the database; answers how many events came in.

        Where they are damaged or belong to another database they are built anew.
        """
        with self._alone():
            try:
                return self._follow(self._trusted())
            except Damaged as why:
                return self._rebuild(str(why))

    def rebuild(self) -> int:
        """Build the columns anew beside the old ones, then let go of those; how many events."""
        with self._alone():
            return self._rebuild("asked to")

    def load(
        self,
        names: Iterable[str] = tuple(COLUMNS),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, Array]:
        """Arrays of the columns, of one state, by month and within a month by id.

        Only events with ``since <= happened_at < until`` are there. Damaged columns are
        built anew first.
        """
        wanted = tuple(names)
        return self._trying(lambda manifest: _cut(self.folder, manifest, wanted, since, until))

    def parts(self, names: Iterable[str] = tuple(COLUMNS)) -> dict[str, dict[str, Array]]:
        """Arrays of the columns by month, of one state, read-only and read only where looked at.

        For work that goes month by month: nothing is copied, so it costs no memory either.
        """
        wanted = tuple(names)
        return self._trying(lambda manifest: self._mapped(manifest, wanted))

    def look(self) -> tuple[Manifest, dict[str, dict[str, Array]]]:
        """What counts, and its arrays by month as ``parts`` gives them. Raises Damaged."""
        return self._read(lambda manifest: (manifest, self._mapped(manifest, tuple(COLUMNS))))

    @property
    def is_built(self) -> bool:
        """Whether anything says what counts, whole or damaged."""
        return (self.folder / segments.MANIFEST).exists()

    def manifest(self) -> Manifest | None:
        """What counts now; None before anything was built. Raises Damaged."""
        return segments.read_manifest(self.folder)

    @property
    def changed_at(self) -> datetime | None:
        """When the columns were last changed; None before anything was built."""
        try:
            stat = (self.folder / segments.MANIFEST).stat()
        except FileNotFoundError:
            return None
        return clock.from_micros(stat.st_mtime_ns // 1000)

    def _mapped(self, manifest: Manifest, names: tuple[str, ...]) -> dict[str, dict[str, Array]]:
        return {
            month: segments.mapped(self.folder, manifest, names, month)
            for month in sorted(manifest.segments)
        }

    def _trying(self, read: Callable[[Manifest], T]) -> T:
        try:
            return self._read(read)
        except Damaged:
            self.extend()
            return self._read(read)

    def _read(self, read: Callable[[Manifest], T]) -> T:
        manifest = self._readable()
        while True:
            try:
                return read(manifest)
            except Damaged:
                # A writer may have put the next state in place and cleared the last away.
                newer = self._readable()
                if newer == manifest:
                    raise
                manifest = newer

    def _readable(self) -> Manifest:
        manifest = self.manifest()
        if manifest is None:
            raise Damaged("nothing was built yet")
        if manifest.codes != codes():
            raise Damaged("the codes are those of another catalog")
        return manifest

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _trusted(self) -> Manifest:
        manifest = self.manifest()
        if manifest is None:
            manifest = Manifest(segments.next_generation(self.folder), codes())
        if manifest.codes != codes():
            raise Damaged("the codes are those of another catalog")
        with self._reading() as connection:
            if not _is_of(manifest, connection):
                raise Damaged("they belong to another database")
        segments.mend(self.folder, manifest)
        return manifest

    def _rebuild(self, why: str) -> int:
        log.warning("columns are built anew", folder=str(self.folder), why=why)
        manifest = Manifest(segments.next_generation(self.folder), codes())
        added = self._follow(manifest, is_hidden=True)
        segments.mend(self.folder, manifest)
        return added

    def _follow(self, manifest: Manifest, *, is_hidden: bool = False) -> int:
        """Append what is new and patch what was taken back; ``is_hidden`` until all is done."""
        before, known = manifest.rows, (manifest.last_event, manifest.last_voiding)
        is_begun = manifest.is_kept
        (self.folder / str(manifest.generation)).mkdir(exist_ok=True)
        while self._append(manifest) == self._block:
            if not is_hidden:
                self._keep(manifest)
        superseded = self._take_back(manifest)
        if not is_begun or known != (manifest.last_event, manifest.last_voiding):
            self._keep(manifest)
        for path in superseded:
            self._step("superseded file still there")
            path.unlink(missing_ok=True)
        return manifest.rows - before

    def _keep(self, manifest: Manifest) -> None:
        segments.keep_manifest(self.folder, manifest, self._step)

    def _append(self, manifest: Manifest) -> int:
        with self._reading() as connection:
            settled = dialects.settled_id(connection, "event")
            block = arrays.read(connection, tail(manifest.last_event, settled, self._block))
        self._step("tail read")
        if block["id"].size:
            self._write(manifest, block)
            manifest.event = _row(block)
        return block["id"].size

    def _write(self, manifest: Manifest, block: dict[str, Whole]) -> None:
        written = []
        for month, rows in by_month(block["happened_at"]):
            segment = manifest.segments.setdefault(month, Segment())
            for column, kind in COLUMNS.items():
                path = self.folder / manifest.file(month, column)
                values = block[column][rows].astype(kind)
                segments.write_at(path, segment.rows * kind.itemsize, values)
                written.append(path)
                self._step("column written")
            segment.rows += rows.size
            segment.last_event = int(block["id"][rows[-1]])
        self._keep_files(manifest, written)

    def _take_back(self, manifest: Manifest) -> list[Path]:
        """Patch the events that were taken back since; answers the files that this supersedes."""
        superseded: list[Path] = []
        while True:
            with self._reading() as connection:
                settled = dialects.settled_id(connection, "voiding")
                block = arrays.read(
                    connection, voidings(manifest.last_voiding, settled, self._block)
                )
            self._step("voidings read")
            # One of an event that is not here yet waits for it, and so do all after it.
            early = np.flatnonzero(block["event_id"] > manifest.last_event)
            count = int(early[0]) if early.size else block["id"].size
            if count == 0:
                return superseded
            block = {name: values[:count] for name, values in block.items()}
            written = []
            for month, rows in by_month(block.pop("happened_at")):
                if month not in manifest.segments:
                    raise Damaged(f"{month} is missing")
                superseded.append(self.folder / manifest.file(month, VOIDED))
                patch = {name: values[rows] for name, values in block.items()}
                written.append(self._patch(manifest, month, patch))
            self._keep_files(manifest, written)
            manifest.voiding = [int(values[-1]) for values in block.values()]

    def _patch(self, manifest: Manifest, month: str, patch: dict[str, Whole]) -> Path:
        had = segments.load(self.folder, manifest, ("id", VOIDED), [month])
        places = np.searchsorted(had["id"], patch["event_id"])
        if not np.array_equal(had["id"].take(places, mode="clip"), patch["event_id"]):
            raise Damaged(f"{month} lacks an event that was taken back")
        had[VOIDED][places] = patch[VOIDED]
        manifest.segments[month].last_voiding = int(patch["id"][-1])
        path = self.folder / manifest.file(month, VOIDED)
        segments.write_at(path, 0, had[VOIDED])
        self._step("patch written")
        return path

    def _keep_files(self, manifest: Manifest, written: list[Path]) -> None:
        segments.sync([*written, self.folder / str(manifest.generation)])
        self._step("files on disk")


def codes() -> str:
    """A digest of the catalogs that kinds and subject types are turned into numbers with."""
    told = json.dumps([CODES, SUBJECT_CODES], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def numbers() -> dict[str, ColumnElement[int]]:
    """Each column but ``voided_at`` as the database gives it, with what stands for NULL.

    That an event was taken back is read from the voidings alone, in their order.
    """
    event = EVENTS.c
    return {
        "id": event.id,
        "happened_at": event.happened_at,
        "kind": case(CODES, value=event.kind, else_=NO_CODE),
        "actor": func.coalesce(event.actor, NOTHING),
        "other": func.coalesce(event.other, NOTHING),
        "subject_type": case(SUBJECT_CODES, value=event.subject_type, else_=NO_CODE),
        "subject_id": func.coalesce(event.subject_id, NOTHING),
        "circle": func.coalesce(event.circle, NOTHING),
        "value": func.coalesce(event.value, NOTHING),
    }


def tail(after: int, settled: int | None, limit: int) -> Select[Any]:
    """The next events in order of id, their columns as whole numbers, up to a settled id."""
    told = [expression.label(name) for name, expression in numbers().items()]
    told.append(func.coalesce(NEVER, NEVER).label(VOIDED))
    return _bounded(select(*told).where(EVENTS.c.id > after), EVENTS, settled, limit)


def voidings(after: int, settled: int | None, limit: int) -> Select[Any]:
    """The next voidings in order of id, each with the moment of its event, up to a settled id."""
    statement = (
        select(
            VOIDINGS.c.id,
            VOIDINGS.c.event_id,
            VOIDINGS.c.voided_at,
            EVENTS.c.happened_at,
        )
        .join(EVENTS, EVENTS.c.id == VOIDINGS.c.event_id)
        .where(VOIDINGS.c.id > after)
    )
    return _bounded(statement, VOIDINGS, settled, limit)


def _bounded(statement: Any, table: Table, settled: int | None, limit: int) -> Select[Any]:
    if settled is not None:
        statement = statement.where(table.c.id <= settled)
    ordered: Select[Any] = statement.order_by(table.c.id).limit(limit)
    return ordered


def _row(block: dict[str, Whole]) -> list[int]:
    return [int(values[-1]) for name, values in block.items() if name != VOIDED]


def _is_of(manifest: Manifest, connection: Connection) -> bool:
    """Whether the last event and the last voiding stand in this database as they stood."""
    event = arrays.read(connection, tail(manifest.last_event - 1, manifest.last_event, 1))
    voiding = arrays.read(connection, voidings(manifest.last_voiding - 1, manifest.last_voiding, 1))
    voiding.pop("happened_at")
    return (not manifest.event or (event["id"].size > 0 and _row(event) == manifest.event)) and (
        not manifest.voiding
        or (voiding["id"].size > 0 and [int(v[-1]) for v in voiding.values()] == manifest.voiding)
    )


def by_month(moments: Whole) -> Iterator[tuple[str, Whole]]:
    """The places of the moments, month by month, in their order."""
    months = moments.view("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    order = np.argsort(months, kind="stable")
    found, starts = np.unique(months[order], return_index=True)
    for month, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        year, rest = divmod(month + MONTH_OF_ZERO, 12)
        yield f"{year:04d}-{rest + 1:02d}", rows


def _month(moment: datetime) -> str:
    utc = clock.from_micros(clock.to_micros(moment))
    return f"{utc.year:04d}-{utc.month:02d}"


def _cut(
    folder: Path,
    manifest: Manifest,
    names: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Array]:
    first = "" if since is None else _month(since)
    last = "~" if until is None else _month(until)
    months = [month for month in sorted(manifest.segments) if first <= month <= last]
    is_bounded = since is not None or until is not None
    needed = dict.fromkeys([*names, "happened_at"] if is_bounded else names)
    loaded = segments.load(folder, manifest, needed, months)
    if is_bounded:
        at = loaded["happened_at"]
        inside = np.ones(at.size, bool)
        if since is not None:
            inside &= at >= clock.to_micros(since)
        if until is not None:
            inside &= at < clock.to_micros(until)
        loaded = {name: values[inside] for name, values in loaded.items()}
    return {name: loaded[name] for name in names}
