"""The tables of reviews: what each side said, whether it is sealed, how others answered it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class Review(Base):
    """What one side of an exchange says of the other.

    ``side`` is the author's. Until ``published_at`` it is sealed: nobody but its author may
    learn anything of it, not even that it is there, and the ledger knows nothing of it.
    ``subject_id`` and ``event_id`` are of its publication; one that was removed keeps them.
    ``kind_id`` and ``offer_id`` stand here too, for lists. ``is_closed`` is a side that closed
    without comment: a row without stars and text that is never published. ``is_verified``
    means that an exchange of this house stands behind it. ``is_worry`` says that its safety
    answers ask somebody of the staff to look.
    """

    __tablename__ = "review"

    id: Mapped[Key]
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    side: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    about_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("offer_kind.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    scores: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    expected: Mapped[int | None] = mapped_column(SmallInteger)
    got: Mapped[int | None] = mapped_column(SmallInteger)
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    text_key: Mapped[str] = mapped_column(Text, default="")
    private_note: Mapped[str] = mapped_column(Text, default="")
    safety: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_worry: Mapped[bool] = mapped_column(default=False)
    would_again: Mapped[bool | None]
    photos: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    is_closed: Mapped[bool] = mapped_column(default=False)
    is_verified: Mapped[bool] = mapped_column(default=True)
    is_incentivised: Mapped[bool] = mapped_column(default=False)
    is_late_cancel: Mapped[bool] = mapped_column(default=False)
    helpful: Mapped[int] = mapped_column(default=0)
    response: Mapped[str | None] = mapped_column(Text)
    response_html: Mapped[str | None] = mapped_column(Text)
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"), unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))

    __table_args__ = (
        UniqueConstraint("exchange_id", "side", name="one_review_a_side"),
        CheckConstraint("side IN ('provider', 'receiver')", name="side_is_known"),
        CheckConstraint("stars IS NULL OR stars BETWEEN 1 AND 5", name="stars_are_one_to_five"),
        CheckConstraint("NOT is_closed OR published_at IS NULL", name="silence_is_not_published"),
        Index("review_by_about", "about_id", "published_at", "id"),
        Index("review_by_author", "author_id", "published_at", "id"),
        Index("review_by_offer", "offer_id", "published_at", "id"),
        Index("review_by_time", "published_at", "id"),
        Index("review_by_help", "helpful", "published_at", "id"),
        Index("review_by_stars", "stars", "published_at", "id"),
        Index("review_by_removal", "removed_at", "stars", "side", "kind_id", "published_at"),
        Index("review_by_worry", "is_worry", "published_at", "id"),
    )


class ReviewHelped(Base):
    """That a review helped a member."""

    __tablename__ = "review_helped"

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Instant)


class ReviewReport(Base):
    """That somebody reported a published review, for which reason, and what was decided of it."""

    __tablename__ = "review_report"

    id: Mapped[Key]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    by: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("review_id", "by", "reason", name="one_report_a_reason"),
        Index("review_report_by_time", "decided_at", "at", "id"),
    )


class ReviewDecision(Base):
    """What staff decided of a review: to keep, remove or reinstate it, with the reasons for both sides.

    ``appeal_of`` is the decision that an appeal was about. ``appeal_until`` is the last moment
    for one.
    """

    __tablename__ = "review_decision"

    id: Mapped[Key]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(10))
    ground: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    appeal_until: Mapped[datetime] = mapped_column(Instant)
    appeal_of: Mapped[int | None] = mapped_column(ForeignKey("review_decision.id"))

    __table_args__ = (
        CheckConstraint("verdict IN ('keep', 'remove', 'reinstate')", name="verdict_is_known"),
    )


class ReviewAppeal(Base):
    """That a side asks to look at a decision again: once each, by another person where there is one."""

    __tablename__ = "review_appeal"

    id: Mapped[Key]
    decision_id: Mapped[int] = mapped_column(ForeignKey("review_decision.id"))
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    by: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("decision_id", "by", name="one_appeal_a_side"),
        Index("review_appeal_by_time", "decided_at", "at", "id"),
    )
