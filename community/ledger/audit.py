"""What staff did, in rows that are chained by hash and never edited."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from community.kit import clock
from community.kit.db import Base, Instant, Key, db

BEGINNING = "0" * 64
HEAD = "audit-head.json"
"""Where, in the folder of data, it stands how far the chain goes."""


class AuditRow(Base):
    """One act of the staff: who, what, about whom, why; and the hash of the row before it."""

    __tablename__ = "audit_row"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[int | None] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(60))
    about: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = {"sqlite_autoincrement": True}

    def digest(self) -> str:
        """What this row's hash must be (SHA-256 over its canonical JSON)."""
        told = [
            clock.to_micros(self.at),
            self.actor,
            self.act,
            self.about,
            self.reason,
            self.details,
            self.previous,
        ]
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def note(actor: int | None, act: str, about: int | None, reason: str, **details: Any) -> AuditRow:
    """Write down what a member of staff did. Two at once: the second is refused as a conflict."""
    last = db.session.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1))
    row = AuditRow(
        at=clock.now(),
        actor=actor,
        act=act,
        about=about,
        reason=reason,
        details=json.dumps(details, ensure_ascii=False, sort_keys=True),
        previous=last or BEGINNING,
    )
    row.hash = row.digest()
    db.session.add(row)
    db.session.flush()
    return row


@dataclass(frozen=True)
class Head:
    """The last row of the chain as it once was: rows that are cut off its end can't hide from it."""

    id: int
    hash: str


def keep_head(folder: Path) -> bool:
    """Write down outside the database how far the chain goes; whether anything was new.

    Nothing is written where the chain no longer holds the head that was kept before: that
    one is the evidence.
    """
    row = db.session.scalar(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))
    before = kept_head(folder)
    if row is None or why_not_after(before) or (before and before.id == row.id):
        return False
    fresh = folder / f"{HEAD}.new"
    with fresh.open("w") as file:
        json.dump({"id": row.id, "hash": row.hash}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / HEAD)
    return True


def kept_head(folder: Path) -> Head | None:
    """How far the chain went when that was last written down; None when it never was."""
    try:
        told = json.loads((folder / HEAD).read_text())
        return Head(int(told["id"]), str(told["hash"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return Head(0, f"unreadable {HEAD}")


def why_not_after(head: Head | None) -> str | None:
    """Why the chain can't have grown from this head; None when it can."""
    if head is None:
        return None
    found = db.session.scalar(select(AuditRow.hash).where(AuditRow.id == head.id))
    if found is None:
        return f"row {head.id} was there and is not any more"
    if found != head.hash:
        return f"row {head.id} is not the one that was there"
    return None


def first_bad(rows: Iterable[AuditRow]) -> AuditRow | None:
    """The first row, in order of id, whose hash or link to the row before does not hold."""
    previous = BEGINNING
    for row in rows:
        if row.previous != previous or row.hash != row.digest():
            return row
        previous = row.hash
    return None
