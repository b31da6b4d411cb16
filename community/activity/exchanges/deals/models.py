"""The tables of exchanges: each with its moves, what is held for it, what was said, its recap."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class Exchange(Base):
    """Two members who deal with each other about an offer.

    Of a wish its owner is the receiver, else the provider. ``asker_id`` made the request,
    ``owner_id`` owns the offer. ``first_day`` and ``last_day`` (both belong to it) are days
    in the offer's time zone; ``starts_at`` and ``ends_at`` the moments that these are, and
    ``late_at`` is when the first day begins, from when on it is late to cancel.
    ``due_at`` is when the clock looks at it next, if nobody moves it before. ``moves`` counts its moves.
    ``key`` names a request so that the same one is not made twice.
    ``review_until`` is when its reviews open at the latest: set when it ends reviewably.
    ``event_id`` is the event by which an import told of it: such a one has no subject of its
    own, no moves and nothing held.
    """

    __tablename__ = "exchange"

    id: Mapped[Key]
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    offer_version: Mapped[int] = mapped_column(default=1)
    provider_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    is_wish: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12))
    moves: Mapped[int] = mapped_column(default=0)
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    late_at: Mapped[datetime | None] = mapped_column(Instant)
    units: Mapped[int] = mapped_column(default=1)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None] = mapped_column(String(40))
    is_late: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    review_until: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded: Mapped[int] = mapped_column(SmallInteger, default=0)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), unique=True)

    __table_args__ = (
        CheckConstraint("provider_id <> receiver_id", name="nobody_deals_with_themselves"),
        CheckConstraint("last_day IS NULL OR first_day <= last_day", name="an_exchange_ends_after"),
        Index("exchange_by_provider", "provider_id", "state", "changed_at", "id"),
        Index("exchange_by_receiver", "receiver_id", "state", "changed_at", "id"),
        Index("exchange_by_pair", "provider_id", "receiver_id", "state", "id"),
        Index("exchange_by_offer", "offer_id", "state", "first_day"),
        Index("exchange_by_due", "due_at", "id"),
        Index("exchange_by_review", "opened_at", "review_until", "id"),
    )

    @property
    def owner_id(self) -> int:
        """Whose offer or wish it is about."""
        return self.receiver_id if self.is_wish else self.provider_id

    @property
    def asker_id(self) -> int:
        """Who made the request."""
        return self.provider_id if self.is_wish else self.receiver_id


class ExchangeMove(Base):
    """One step of an exchange, the n-th: who made it (None is the clock), and why.

    The first is the request itself. ``told`` are the terms that were proposed with it.
    """

    __tablename__ = "exchange_move"

    id: Mapped[Key]
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    n: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    move: Mapped[str] = mapped_column(String(12))
    before: Mapped[str | None] = mapped_column(String(12))
    after: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    words: Mapped[str | None] = mapped_column(Text)
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        UniqueConstraint("exchange_id", "n", name="one_move_at_a_time"),
        Index("exchange_move_by_member", "by", "at", "id"),
    )


class Hold(Base):
    """That an exchange has one place of an offer at one time; nobody else can have the same.

    ``slot`` is a day's ordinal for kinds by days, the half hours since 1970 for kinds by hours,
    and 0 for what is had once; ``place`` counts from 0 to the quantity of the offer.
    """

    __tablename__ = "hold"

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), index=True)


class Message(Base):
    """What one side of an exchange wrote to the other."""

    __tablename__ = "message"

    id: Mapped[Key]
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    key: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        UniqueConstraint("exchange_id", "key", name="one_message_a_key"),
        Index("message_by_exchange", "exchange_id", "at", "id"),
    )


class Recap(Base):
    """What a completed exchange did for one side, in their own words; drafted from the facts."""

    __tablename__ = "recap"

    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    is_public: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("recap_by_member", "member_id", "made_at", "exchange_id"),)


class Excuse(Base):
    """That staff excused what failed in a region on some days, and for which cause."""

    __tablename__ = "excuse"

    id: Mapped[Key]
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    region: Mapped[str] = mapped_column(String(120), default="")
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    cause: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(300), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))

    __table_args__ = (CheckConstraint("first_day <= last_day", name="an_excuse_ends_after"),)


class Excused(Base):
    """That an excuse covers an exchange; the event by which the ledger knows."""

    __tablename__ = "excused"

    excuse_id: Mapped[int] = mapped_column(ForeignKey("excuse.id"), primary_key=True)
    exchange_id: Mapped[int] = mapped_column(
        ForeignKey("exchange.id"), primary_key=True, index=True
    )
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
