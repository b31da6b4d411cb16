"""What staff did, in rows that are chained by hash and never edited."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from community.kit import clock
from community.kit.db import Base, Instant, Key, db

BEGINNING = "0" * 64


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


def first_bad(rows: Iterable[AuditRow]) -> AuditRow | None:
    """The first row, in order of id, whose hash or link to the row before does not hold."""
    previous = BEGINNING
    for row in rows:
        if row.previous != previous or row.hash != row.digest():
            return row
        previous = row.hash
    return None
