"""The table that lets an import be stopped at any moment and go on later."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class ImportRun(Base):
    """One import of one delivery: how far it came and what it counted."""

    __tablename__ = "import_run"

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    cursor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (UniqueConstraint("source", "fingerprint", name="one_run_a_delivery"),)
