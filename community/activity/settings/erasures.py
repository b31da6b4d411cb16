"""The log of erasures: a file beside the database, so that a restored backup brings nobody back.

It holds ids and times only, one line of JSON an erasure. The database knows the same by
``member.erased_at``; the file outlives it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from community.kit import clock


@dataclass(frozen=True)
class Erasure:
    """That a member was erased. The moment they joined tells them from a later owner of the id."""

    member_id: int
    joined_at: datetime
    erased_at: datetime

    @property
    def key(self) -> tuple[int, datetime]:
        """What tells one erased member from another."""
        return self.member_id, self.joined_at


def log_of(data: Path | str) -> Path:
    """Where the log lies in a folder of data."""
    return Path(data) / "erasures.jsonl"


def read(path: Path) -> Iterator[Erasure]:
    """The erasures in a log, in order. A last line that was cut short when a machine died is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            told = _parsed(line)
            if told is not None:
                yield told


def add_missing(path: Path, erased: Iterable[Erasure]) -> int:
    """Append the erasures that are not in the log yet, and have the disk keep them; how many."""
    known = {each.key for each in read(path)}
    missing = [each for each in erased if each.key not in known]
    if not missing:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(_line(each) for each in missing)
    # A line of its own, should the one before have been cut short.
    start = "" if _ends_whole(path) else "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, (start + lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return len(missing)


def _line(erasure: Erasure) -> str:
    told = {
        "member": erasure.member_id,
        "joined": clock.to_micros(erasure.joined_at),
        "erased": clock.to_micros(erasure.erased_at),
    }
    return json.dumps(told) + "\n"


def _parsed(line: str) -> Erasure | None:
    try:
        told = json.loads(line)
        return Erasure(
            int(told["member"]),
            clock.from_micros(int(told["joined"])),
            clock.from_micros(int(told["erased"])),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _ends_whole(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
