"""The tables that let a member sign in, and keep that safe."""

from datetime import datetime

from flask import current_app
from flask_security import AsaList, UserMixin, WebAuthnMixin
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.activity.accounts import rules
from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.kit import clock
from community.kit.db import Base, BigId, Instant, Key


class Several(AsaList):  # type: ignore[misc]
    """A few words in one column; statements with them can be kept compiled."""

    cache_ok = True


class Account(Base, UserMixin):
    """What a member signs in with. The names are those that Flask-Security asks for."""

    __tablename__ = "account"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    create_datetime: Mapped[datetime] = mapped_column(Instant)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Several()))

    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    webauthn: Mapped[list["Passkey"]] = relationship(
        back_populates="user", cascade="all, delete-orphan"
    )

    @property
    def viewer(self) -> Viewer:
        """Their member as the reader of a page."""
        return Viewer.of(self.member)

    @property
    def needs_second_factor(self) -> bool:
        """Whether their role asks for more than a password."""
        return rules.needs_second_factor(
            self.member.role, is_asked_of_staff=current_app.config["STAFF_NEEDS_SECOND_FACTOR"]
        )

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether Flask-Security asks for a second factor at sign-in: when there is one, or must be."""
        return bool(tf_setup_methods) or self.needs_second_factor, tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether Flask-Security keeps them from switching the second factor off."""
        return self.needs_second_factor


class Passkey(Base, WebAuthnMixin):
    """A passkey that a member registered."""

    __tablename__ = "passkey"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Several()))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    create_datetime: Mapped[datetime] = mapped_column(Instant, default=clock.now)
    lastuse_datetime: Mapped[datetime] = mapped_column(Instant)
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))

    user: Mapped[Account] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, int]:
        """How Flask-Security finds the account of this passkey."""
        return {"id": self.user_id}


class SignIn(Base):
    """One place where a member is signed in; without its row a session cookie is worth nothing."""

    __tablename__ = "sign_in"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    signed_in_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    device: Mapped[str] = mapped_column(String(200))


class SignUp(Base):
    """Somebody who asked to join and has yet to confirm their address.

    No member comes of it before the address is confirmed, so that nobody can tell from the
    directory whether an address was known; and whoever signs up with another's address gets
    nothing, because confirming asks for the password that was chosen here.
    """

    __tablename__ = "sign_up"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class Invitation(Base):
    """An invitation to claim a member who came by an import: one use, by whoever has the link."""

    __tablename__ = "invitation"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("member.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    invited_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
