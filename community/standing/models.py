"""The tables of standing: what is said of each member now, badges with their versions, awards, decisions."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from community.kit.db import Base, Instant, Key


class Standing(Base):
    """What this place says of a member now: one row that pages read, worked out from the ledger alone.

    ``authority`` is what their word weighs by the walk, ``weight`` the same between 0 and 1;
    ``depth`` their core number; ``stars`` the rating on show, its band and its count. ``told`` holds all that a page shows beside the columns:
    numbers, parts, reasons. It can be thrown away and worked out again.
    """

    __tablename__ = "standing"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    as_of: Mapped[datetime] = mapped_column(Instant)
    health: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[str | None] = mapped_column(String(20))
    trust: Mapped[float | None] = mapped_column(Float)
    band: Mapped[str | None] = mapped_column(String(20))
    authority: Mapped[float] = mapped_column(Float, default=0.0)
    weight: Mapped[float] = mapped_column(Float, default=1.0)
    depth: Mapped[int] = mapped_column(default=0)
    stage: Mapped[int] = mapped_column(SmallInteger, default=0)
    level: Mapped[int] = mapped_column(SmallInteger, default=0)
    circle: Mapped[int | None] = mapped_column(BigInteger)
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    stars: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (
        Index("standing_by_health", "health", "member_id"),
        Index("standing_by_state", "state", "member_id"),
        Index("standing_by_stage", "stage", "member_id"),
        Index("standing_by_circle", "circle", "member_id"),
    )


class StandingMark(Base):
    """What was said of a member at the end of a month, for what changed since."""

    __tablename__ = "standing_mark"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    health: Mapped[int | None] = mapped_column(SmallInteger)
    trust: Mapped[float | None] = mapped_column(Float)
    stage: Mapped[int] = mapped_column(SmallInteger, default=0)
    level: Mapped[int] = mapped_column(SmallInteger, default=0)
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class BadgeRule(Base):
    """A version of a badge: what it says, since when it holds, who published it and why.

    A draft has no ``published_at``; ``test`` is what a replay of it found. The newest published
    version holds from its ``published_at`` on, which may lie ahead; one that says ``is_retired``
    ends the badge.
    """

    __tablename__ = "badge_rule"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(16))
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    place: Mapped[int] = mapped_column(SmallInteger, default=0)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    note: Mapped[str] = mapped_column(String(300), default="")
    is_retired: Mapped[bool] = mapped_column(default=False)
    test: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (UniqueConstraint("name", "version", name="one_rule_a_version"),)


class Decision(Base):
    """What an assessment decided of a member: kept whenever the verdict or what was met changed."""

    __tablename__ = "decision"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    badge: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(16))
    as_of: Mapped[datetime] = mapped_column(Instant)
    verdict: Mapped[str] = mapped_column(String(10))
    tier: Mapped[int] = mapped_column(SmallInteger)
    passes: Mapped[str] = mapped_column(String(200), default="")
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint(
            "member_id", "badge", "as_of", "digest", name="one_decision_an_assessment"
        ),
        Index("decision_by_badge", "badge", "as_of"),
    )


class Award(Base):
    """That a member holds a badge, or held it: from when to when, in which tier, and why.

    ``failed`` counts the assessments that a holder failed in a row and was kept by grace, and
    ``failed_at`` is the last of them. The decision behind its beginning or end is that of the
    same member, badge and moment. One that ends when it began was taken back.
    """

    __tablename__ = "award"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    badge: Mapped[str] = mapped_column(String(60))
    tier: Mapped[int] = mapped_column(SmallInteger, default=1)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    failed: Mapped[int] = mapped_column(SmallInteger, default=0)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(16), default="")
    given_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    second: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "one_award_at_a_time",
            "member_id",
            "badge",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("award_by_badge", "badge", "ended_at", "tier", "member_id"),
        Index("award_by_member", "member_id", "begun_at"),
        Index("award_by_begun", "badge", "begun_at", "id"),
        CheckConstraint("tier >= 1", name="an_award_has_a_tier"),
        CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name="an_award_ends_after"),
    )


class Assessment(Base):
    """How far a badge was assessed: up to which day, of which version, and what its bars were.

    ``voiding`` is the last correction that it took in; ``bars`` the numbers that shares of the
    community reached, by which one member alone can be judged.
    """

    __tablename__ = "assessment"

    badge: Mapped[str] = mapped_column(String(60), primary_key=True)
    as_of: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(String(16))
    voiding: Mapped[int] = mapped_column(BigInteger, default=0)
    bars: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)


class Fit(Base):
    """A fit of the return probability: its coefficients, its back-test, and whether it was adopted."""

    __tablename__ = "fit"

    id: Mapped[Key]
    made_at: Mapped[datetime] = mapped_column(Instant)
    adopted_at: Mapped[datetime | None] = mapped_column(Instant)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)


class Case(Base):
    """Something about members that a person should look at: a ring, a fall in health."""

    __tablename__ = "standing_case"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    found_at: Mapped[datetime] = mapped_column(Instant)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    members: Mapped[list[int]] = mapped_column(JSON)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("case_by_kind", "kind", "closed_at", "found_at"),)


class Community(Base):
    """What the last whole refresh found of the community: one row that later ones begin from."""

    __tablename__ = "standing_community"

    id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[datetime] = mapped_column(Instant)
    event_id: Mapped[int] = mapped_column(BigInteger, default=0)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (CheckConstraint("id = 1", name="one_community"),)
