"""The tables of the ledger: events, what they are about, declared facts, what was taken back."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class Event(Base):
    """One thing that happened between people. Written once; only its voiding is added later.

    As of a time T an event counts when ``happened_at <= T`` and it is not voided or was
    voided after T.
    """

    __tablename__ = "event"

    id: Mapped[Key]
    happened_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(40))
    actor: Mapped[int | None] = mapped_column(BigInteger)
    other: Mapped[int | None] = mapped_column(BigInteger)
    subject_type: Mapped[str | None] = mapped_column(String(20))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    circle: Mapped[int | None] = mapped_column(BigInteger)
    value: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str | None] = mapped_column(String(80))
    external_id: Mapped[str | None] = mapped_column(String(120))
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        UniqueConstraint("source", "external_id", name="one_event_an_external_id"),
        Index("event_by_actor", "actor", "happened_at", "id"),
        Index("event_by_other", "other", "happened_at", "id"),
        Index("event_by_subject", "subject_type", "subject_id", "happened_at"),
        Index("event_by_time", "happened_at", "id"),
        {"sqlite_autoincrement": True},
    )


class Subject(Base):
    """What an event is about, until a domain of its own keeps it: an offer, a topic, a post.

    Titles and texts are shown as they stand here; texts are stored rendered and sanitised.
    """

    __tablename__ = "subject"

    id: Mapped[Key]
    type: Mapped[str] = mapped_column(String(20))
    owner: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    parent: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    title: Mapped[str | None] = mapped_column(String(500))
    html: Mapped[str | None] = mapped_column(Text)
    renderer: Mapped[int] = mapped_column(SmallInteger, default=1)
    source: Mapped[str | None] = mapped_column(String(80))
    external_id: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (
        UniqueConstraint("source", "type", "external_id", name="one_subject_an_external_id"),
        Index("subject_by_owner", "owner", "type", "made_at", "id"),
        Index("subject_by_parent", "parent", "made_at", "id"),
        Index("subject_by_type", "type", "made_at", "id"),
    )


class Fact(Base):
    """A figure that an outside source declared of a member or of a subject, with its date.

    ``value`` is in millionths of the fact's unit, so that no figure is ever a float.
    """

    __tablename__ = "fact"

    id: Mapped[Key]
    about: Mapped[str] = mapped_column(String(20))
    about_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[int] = mapped_column(BigInteger)
    declared_at: Mapped[datetime] = mapped_column(Instant)
    source: Mapped[str] = mapped_column(String(80))

    __table_args__ = (
        UniqueConstraint(
            "about", "about_id", "name", "declared_at", "source", name="one_fact_a_date"
        ),
    )


class Voiding(Base):
    """That an event was taken back: once, with the reason, in the order in which it was done."""

    __tablename__ = "voiding"

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    voided_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200))
    by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = {"sqlite_autoincrement": True}
