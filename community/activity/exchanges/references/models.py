"""The table of references: what one member says of another, and whether it is shown."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class Reference(Base):
    """What a member says of another whom they know from outside of exchanges: one a pair.

    The one it is about hides it (``hidden_at``) and shows it again; staff take it off
    (``removed_at``) with a reason, and put it back. ``event_id`` is the event that counts.
    """

    __tablename__ = "reference"

    id: Mapped[Key]
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    about_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    how: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    hidden_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    removed_for: Mapped[str | None] = mapped_column(String(300))
    event_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("author_id", "about_id", name="one_reference_a_pair"),
        CheckConstraint("author_id <> about_id", name="nobody_refers_to_themselves"),
        Index("reference_by_about", "about_id", "at", "id"),
    )
