"""Mail that waits to be sent: written in the same transaction as its cause, sent by a job."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from community.kit import clock
from community.kit.db import Base, Instant, Key, db


class Mail(Base):
    """One letter. A letter without an address is never sent: it only costs the same to write."""

    __tablename__ = "mail"

    id: Mapped[Key]
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    address: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (Index("mail_by_due", "sent_at", "due_at"),)


def queue(
    address: str | None, subject: str, text: str, html: str | None = None, key: str | None = None
) -> Mail:
    """Put a letter in the outbox; a key that stands there already refuses the second one."""
    now = clock.now()
    mail = Mail(
        address=address,
        subject=subject,
        text=text,
        html=html,
        key=key,
        queued_at=now,
        due_at=now,
    )
    db.session.add(mail)
    return mail
