"""Who is signed in, and what may be read about accounts, and by whom."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import g
from flask_login import UserMixin, current_user
from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from community.activity.accounts import rules
from community.activity.accounts.models import Account, Invitation, SignIn, SignUp
from community.activity.members.models import FormerHandle, Identity, Member
from community.activity.members.queries import Viewer
from community.kit import clock
from community.kit.db import connection, db
from community.ledger.models import Event


@dataclass(frozen=True, slots=True)
class Place:
    """A place where somebody is signed in, as its own page needs it."""

    id: int
    account_id: int
    signed_in_at: datetime
    seen_at: datetime


class Reader(UserMixin):  # type: ignore[misc]
    """Who is signed in, as far as a page that only reads needs to know it."""

    def __init__(self, row: Row[Any]) -> None:
        self.id: int = row.account_id
        self.member_id: int = row.id
        self.fs_uniquifier: str = row.fs_uniquifier
        self.viewer = Viewer.of(row)

    def get_id(self) -> str:
        """What the session knows them by."""
        return self.fs_uniquifier

    @cached_property
    def account(self) -> Account:
        """The whole account, read when it is asked for."""
        return db.session.scalars(_ACCOUNT, {"id": self.id}).one()

    @property
    def member(self) -> Member:
        """The whole member, read when it is asked for."""
        return self.account.member

    def __getattr__(self, name: str) -> Any:
        # Whatever else is asked of them is the account's to answer.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.account, name)


_ACCOUNT = select(Account).options(joinedload(Account.member)).where(Account.id == bindparam("id"))
_HERE = (
    SignIn.token_hash == bindparam("token_hash"),
    Account.fs_uniquifier == bindparam("uniquifier"),
    Account.active,
    Member.erased_at.is_(None),
)
# The page of a member asks this every time, so it is put to the tables, without the mapper.
_s, _a, _m = SignIn.__table__, Account.__table__, Member.__table__
_READER = (
    select(
        _s.c.id.label("place_id"),
        _s.c.signed_in_at,
        _s.c.seen_at,
        _a.c.id.label("account_id"),
        _a.c.fs_uniquifier,
        _m.c.id,
        _m.c.handle,
        _m.c.name,
        _m.c.role,
        _m.c.photo,
        _m.c.language,
        _m.c.time_zone,
        _m.c.scheme,
    )
    .select_from(_s.join(_a, _a.c.id == _s.c.account_id).join(_m, _m.c.id == _a.c.member_id))
    .where(
        _s.c.token_hash == bindparam("token_hash"),
        _a.c.fs_uniquifier == bindparam("uniquifier"),
        _a.c.active,
        _m.c.erased_at.is_(None),
    )
)
_WRITER = (
    select(Account, SignIn)
    .join(SignIn, Account.id == SignIn.account_id)
    .join(Account.member)
    .options(joinedload(Account.member))
    .where(*_HERE)
)


def hashed(token: str) -> str:
    """What is kept of a token: enough to know it by, nothing to use it with."""
    return hashlib.sha256(token.encode()).hexdigest()


def reader(token: str, uniquifier: str) -> tuple[Reader, Place] | None:
    """Who is signed in with this token, for a page that only reads; one query."""
    row = (
        connection()
        .execute(_READER, {"token_hash": hashed(token), "uniquifier": uniquifier})
        .one_or_none()
    )
    if row is None or rules.is_over(row.role, row.signed_in_at, row.seen_at, clock.now()):
        return None
    return Reader(row), Place(row.place_id, row.account_id, row.signed_in_at, row.seen_at)


def writer(token: str, uniquifier: str) -> tuple[Account, Place] | None:
    """Who is signed in with this token, with their whole account; one query."""
    row = db.session.execute(
        _WRITER, {"token_hash": hashed(token), "uniquifier": uniquifier}
    ).one_or_none()
    if row is None:
        return None
    account, at = row
    if rules.is_over(account.member.role, at.signed_in_at, at.seen_at, clock.now()):
        return None
    return account, Place(at.id, at.account_id, at.signed_in_at, at.seen_at)


def my_account() -> Account:
    """The whole account of whoever is signed in."""
    me = current_user._get_current_object()
    account: Account = me if isinstance(me, Account) else me.account
    return account


def by_email(email: str) -> Account | None:
    """The account of an address, which is kept in lower case."""
    return db.session.scalar(
        select(Account).options(joinedload(Account.member)).where(Account.email == email)
    )


def by_id(id: int) -> Account | None:
    """An account."""
    return db.session.scalars(_ACCOUNT, {"id": id}).one_or_none()


def sign_up_of(email: str) -> SignUp | None:
    """The latest sign-up with an address that still waits to be confirmed."""
    return db.session.scalar(
        select(SignUp)
        .where(SignUp.email == email, SignUp.expires_at > clock.now())
        .order_by(SignUp.id.desc())
        .limit(1)
    )


def sign_up_with(token: str) -> SignUp | None:
    """The sign-up that a link confirms, if it still waits."""
    return db.session.scalar(
        select(SignUp).where(SignUp.token_hash == hashed(token), SignUp.expires_at > clock.now())
    )


def places_of(account_id: int) -> Sequence[SignIn]:
    """Where somebody is signed in, the latest first."""
    return db.session.scalars(
        select(SignIn).where(SignIn.account_id == account_id).order_by(SignIn.seen_at.desc())
    ).all()


def free_handle(wanted: Sequence[str]) -> str | None:
    """The first of these handles that nobody has or had."""
    taken = set(
        db.session.scalars(
            select(Member.handle)
            .where(Member.handle.in_(wanted))
            .union(select(FormerHandle.handle).where(FormerHandle.handle.in_(wanted)))
        )
    )
    return next((handle for handle in wanted if handle not in taken), None)


def known_from_before(email: str) -> Sequence[Member]:
    """Members who came by an import with this address and have not moved in."""
    return db.session.scalars(
        select(Member)
        .join(Identity, Identity.member_id == Member.id)
        .where(Identity.email == email, Member.claimed_at.is_(None), Member.erased_at.is_(None))
        .distinct()
        .order_by(Member.id)
        .limit(5)
    ).all()


def here() -> int | None:
    """The id of the place that this request comes from."""
    place: Place | None = g.get("place")
    return place.id if place else None


def member_by_id(id: int) -> Member | None:
    """A member who is still here."""
    return db.session.scalar(select(Member).where(Member.id == id, Member.erased_at.is_(None)))


def member_by_handle(handle: str) -> Member | None:
    """A member who is still here."""
    return db.session.scalar(
        select(Member).where(Member.handle == handle, Member.erased_at.is_(None))
    )


def emails_of(member_id: int) -> set[str]:
    """The addresses that a member came with."""
    return set(
        db.session.scalars(
            select(Identity.email).where(
                Identity.member_id == member_id, Identity.email.is_not(None)
            )
        )
    )


def history_of(member_id: int) -> int:
    """How many things a member had a part in beyond joining, none of them taken back."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Event)
            .where(
                or_(Event.actor == member_id, Event.other == member_id),
                Event.kind.not_in(("member.joined", "contact.confirmed")),
                Event.voided_at.is_(None),
            )
        )
        or 0
    )


def beginnings_of(member_id: int) -> Sequence[Event]:
    """What the ledger says of somebody's joining."""
    return db.session.scalars(
        select(Event).where(Event.actor == member_id, Event.voided_at.is_(None))
    ).all()


def invitation_with(token: str) -> Invitation | None:
    """The invitation of a link, whether or not it still holds."""
    return db.session.scalar(select(Invitation).where(Invitation.token_hash == hashed(token)))


def invitations() -> Sequence[Row[tuple[Invitation, Member]]]:
    """Invitations that nobody has used or taken back, with whom they are for; the latest first."""
    return db.session.execute(
        select(Invitation, Member)
        .join(Member, Member.id == Invitation.member_id)
        .where(
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
        .order_by(Invitation.id.desc())
        .limit(100)
    ).all()  # type: ignore[return-value]


def admins_beside(member_id: int) -> int:
    """How many admins there are beside this member; nobody changes them until this is done."""
    rows = db.session.scalars(
        select(Member.id)
        .where(Member.role == "admin", Member.erased_at.is_(None))
        .with_for_update()
    ).all()
    return sum(id != member_id for id in rows)
