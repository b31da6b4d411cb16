"""The tables about members: who they are, what they tell of themselves, how they are found."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.kit.db import Base, Instant, Key, bytewise

ROLES = ("member", "manager", "leader", "admin")
EVERYONE, MEMBERS, NOBODY = 0, 1, 2
"""Who may see a part of a profile: everyone, signed-in members, only the member."""
ONLY_SAFETY, WHAT_WAITS, ALL_LETTERS = 0, 1, 2
"""Which letters a member gets: those that keep the account safe, also what waits for them, all."""


class Member(Base):
    """A person in the community. One who came by an import has no account until they claim it."""

    __tablename__ = "member"

    id: Mapped[Key]
    handle: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(bytewise(120))
    role: Mapped[str] = mapped_column(String(10), default="member")
    joined_at: Mapped[datetime] = mapped_column(Instant)
    active_at: Mapped[datetime] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    photo: Mapped[str | None] = mapped_column(String(80))
    headline: Mapped[str | None] = mapped_column(String(160))
    background: Mapped[str | None] = mapped_column(Text)
    background_html: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(12))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    scheme: Mapped[str | None] = mapped_column(String(5))
    sees_profile: Mapped[int] = mapped_column(SmallInteger, default=EVERYONE)
    sees_place: Mapped[int] = mapped_column(SmallInteger, default=MEMBERS)
    sees_details: Mapped[int] = mapped_column(SmallInteger, default=EVERYONE)
    sees_links: Mapped[int] = mapped_column(SmallInteger, default=MEMBERS)
    sees_timeline: Mapped[int] = mapped_column(SmallInteger, default=EVERYONE)
    letters: Mapped[int] = mapped_column(SmallInteger, default=ALL_LETTERS)

    tags: Mapped[list["MemberTag"]] = relationship(
        cascade="all, delete-orphan", order_by="MemberTag.id"
    )
    links: Mapped[list["MemberLink"]] = relationship(
        cascade="all, delete-orphan", order_by="MemberLink.id"
    )

    __table_args__ = (
        CheckConstraint("role IN ('member', 'manager', 'leader', 'admin')", name="role_is_known"),
        Index("member_by_joined", "erased_at", "joined_at", "id"),
        Index("member_by_active", "erased_at", "active_at", "id"),
        Index("member_by_name", "erased_at", "name_key", "id"),
        Index("member_by_role", "role", "id"),
        Index("member_by_claimed", "claimed_at", "id"),
    )


class MemberTag(Base):
    """A language that a member speaks or a thing that they care about."""

    __tablename__ = "member_tag"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(60))

    __table_args__ = (
        UniqueConstraint("member_id", "kind", "value", name="one_tag_a_member"),
        CheckConstraint("kind IN ('language', 'interest')", name="tag_kind_is_known"),
        Index("member_tag_by_value", "kind", "value", "member_id"),
    )


class MemberLink(Base):
    """A page elsewhere that a member shows."""

    __tablename__ = "member_link"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    label: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(String(300))


class MemberWord(Base):
    """A word by which a member is found; those of places are marked (``rules.found_under``)."""

    __tablename__ = "member_word"

    word: Mapped[str] = mapped_column(bytewise(60), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)


class FormerHandle(Base):
    """A handle that a member had before: it still leads to them, and nobody else can take it."""

    __tablename__ = "former_handle"

    handle: Mapped[str] = mapped_column(String(60), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    left_at: Mapped[datetime] = mapped_column(Instant)


class Identity(Base):
    """Who a member is at an outside source: the id they came with.

    Of somebody who was erased only a keyed hash of that id is kept, so that a repeated import
    knows not to bring them back; see ``queries.forgotten``.
    """

    __tablename__ = "identity"

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(80))
    external_id: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)

    __table_args__ = (
        UniqueConstraint("source", "external_id", name="one_identity_an_external_id"),
    )
