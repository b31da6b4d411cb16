"""The files of the columns: one a column and month, and the manifest that says what counts of them.

A column file is nothing but its values, little-endian, one after the other, in the order
of the events' ids. The manifest is the only truth about them: bytes beyond the rows that
it names do not count, and neither does a file that it doesn't name. It is replaced as a
whole, after everything that it names has reached the disk; so a reader sees one state or
the next, and a writer that dies leaves nothing that has to be undone by hand.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from io import FileIO
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
MANIFEST = "manifest.json"
VOIDED = "voided_at"
WIDE, NARROW = np.dtype("<i8"), np.dtype("<i2")
COLUMNS: Mapping[str, np.dtype[Any]] = {
    "id": WIDE,
    "happened_at": WIDE,
    "kind": NARROW,
    "actor": WIDE,
    "other": WIDE,
    "subject_type": NARROW,
    "subject_id": WIDE,
    "circle": WIDE,
    "value": WIDE,
    VOIDED: WIDE,
}
NOTHING = -(2**63)
"""What stands for NULL in ``actor``, ``other``, ``subject_id``, ``circle`` and ``value``."""
NO_CODE = 0
"""What stands for NULL in ``subject_type``, and for a kind or type that no catalog knows."""
NEVER = 2**63 - 1
"""What stands for NULL in ``voided_at``: the event was not taken back."""

Array = NDArray[Any]
Step = Callable[[str], None]
"""Called with the name of each step of a writer before the next begins; tests die in it."""


class Damaged(Exception):
    """The files are not what the manifest says, or the manifest is none of ours; says why."""


@dataclass
class Segment:
    """One month: its rows, its last event, and the last voiding of an event in it."""

    rows: int = 0
    last_event: int = 0
    last_voiding: int = 0


@dataclass
class Manifest:
    """What counts of the files: a prefix of the events and a prefix of the voidings.

    ``is_kept`` when it is the manifest of a folder. ``event`` and ``voiding`` are the last ones as they stand in the database, by which it
    is known again; ``codes`` is a digest of the catalogs that the codes were taken from.
    """

    generation: int
    codes: str
    event: list[int] = field(default_factory=list)
    voiding: list[int] = field(default_factory=list)
    segments: dict[str, Segment] = field(default_factory=dict)
    is_kept: bool = False

    @property
    def last_event(self) -> int:
        """The id of the last event; 0 before the first."""
        return self.event[0] if self.event else 0

    @property
    def last_voiding(self) -> int:
        """The id of the last voiding; 0 before the first."""
        return self.voiding[0] if self.voiding else 0

    @property
    def rows(self) -> int:
        """How many events there are."""
        return sum(segment.rows for segment in self.segments.values())

    def file(self, month: str, column: str) -> str:
        """Where a column of a month stands, below the folder of the columns."""
        name = f"{self.generation}/{month}.{column}"
        return f"{name}.{self.segments[month].last_voiding}" if column == VOIDED else name

    def files(self) -> dict[str, int]:
        """Every file that counts, with the bytes that count of it."""
        return {
            self.file(month, column): segment.rows * kind.itemsize
            for month, segment in self.segments.items()
            for column, kind in COLUMNS.items()
        }


def read_manifest(folder: Path) -> Manifest | None:
    """What counts now; None before anything does. Raises Damaged where it can't be trusted."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        digest = told.pop("digest")
        if told.pop("format") != FORMAT or digest != _digest(told):
            raise Damaged("the manifest is not whole")
        segments = {month: Segment(**segment) for month, segment in told.pop("segments").items()}
        return Manifest(**told, segments=segments)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Damaged("the manifest can't be read") from error


def keep_manifest(folder: Path, manifest: Manifest, step: Step) -> None:
    """Make a state count, whose files have all reached the disk."""
    manifest.is_kept = True
    told = asdict(manifest)
    whole = {**told, "format": FORMAT, "digest": _digest(told)}
    fresh = folder / f"{MANIFEST}.new"
    with fresh.open("w") as file:
        json.dump(whole, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    step("manifest written")
    fresh.replace(folder / MANIFEST)
    step("manifest in place")
    sync([folder])


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write_at(path: Path, offset: int, values: Array) -> None:
    """Write values into a file from an offset on; whatever stood there did not count."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(file, offset)
        rest = values.data.cast("B")
        while rest:
            written = os.pwrite(file, rest, offset)
            rest, offset = rest[written:], offset + written
    finally:
        os.close(file)


def sync(paths: Iterable[Path]) -> None:
    """Bring files or folders to the disk, several at a time since each waits."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_sync, paths))


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def mend(folder: Path, manifest: Manifest) -> None:
    """Cut what does not count, as a writer that died left it. Raises Damaged where bytes lack."""
    counted = manifest.files()
    found = {
        f"{generation.name}/{file.name}": file.stat().st_size
        for generation in _generations(folder)
        for file in os.scandir(generation)
        if file.is_file()
    }
    for name, size in counted.items():
        if found.get(name, -1) < size:
            raise Damaged(f"{name} lacks bytes" if name in found else f"{name} is missing")
    for name, size in found.items():
        if name not in counted:
            (folder / name).unlink()
        elif size > counted[name]:
            os.truncate(folder / name, counted[name])
    for generation in _generations(folder):
        if generation.name != str(manifest.generation):
            shutil.rmtree(generation)


def next_generation(folder: Path) -> int:
    """A number that no folder of files has."""
    return max((int(generation.name) for generation in _generations(folder)), default=0) + 1


def _generations(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and path.name.isdecimal()]


def mapped(folder: Path, manifest: Manifest, names: Iterable[str], month: str) -> dict[str, Array]:
    """The values of columns in one month as they lie in the files, read-only. Raises Damaged."""
    rows = manifest.segments[month].rows
    return {name: _map(folder / manifest.file(month, name), rows, COLUMNS[name]) for name in names}


def _map(path: Path, rows: int, kind: np.dtype[Any]) -> Array:
    size = rows * kind.itemsize
    with _opened(path) as file:
        if os.fstat(file.fileno()).st_size < size:
            raise Damaged(f"{path.name} lacks bytes")
        return np.frombuffer(mmap(file.fileno(), size, access=ACCESS_READ), kind)


def load(
    folder: Path, manifest: Manifest, names: Iterable[str], months: Iterable[str]
) -> dict[str, Array]:
    """The values of columns in some months, months in the order given. Raises Damaged."""
    chosen = list(months)
    total = sum(manifest.segments[month].rows for month in chosen)
    arrays = {name: np.empty(total, COLUMNS[name]) for name in names}
    for name, array in arrays.items():
        room = array.data.cast("B") if total else memoryview(b"")
        for month in chosen:
            size = manifest.segments[month].rows * array.itemsize
            _read_into(folder / manifest.file(month, name), room[:size])
            room = room[size:]
    return arrays


def _read_into(path: Path, room: memoryview) -> None:
    with _opened(path) as file:
        while room:
            had = file.readinto(room)
            if not had:
                raise Damaged(f"{path.name} lacks bytes")
            room = room[had:]


def _opened(path: Path) -> FileIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise Damaged(f"{path.name} is missing") from None
