"""What is forgotten by itself because its time has run out."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Table, delete, or_, select

from community.activity.accounts import rules
from community.activity.accounts.models import Account, Invitation, SignIn, SignUp
from community.activity.members.models import Member
from community.activity.settings.actions import log_erasures, sweep_photos
from community.kit import clock, dialects, outbox, runs
from community.kit.db import db

AT_ONCE = 500
"""Rows that go in one batch, so that nobody has to wait for it."""


def clear() -> Iterator[int]:
    """Forget sign-ins, sign-ups and invitations that have run out, old letters, left-over photos."""
    for table, is_over in _what_runs_out():
        while ids := db.session.scalars(select(table.c.id).where(is_over).limit(AT_ONCE)).all():
            yield _forget(table, ids)
    yield outbox.clear()
    yield runs.clear()
    yield log_erasures()
    yield sweep_photos()


def tidy() -> Iterator[int]:
    """Let the database look after itself, and leave no copy of what was deleted in its log."""
    dialects.tidy(db.session.connection())
    yield 0
    dialects.wipe(db.engine)


def _what_runs_out() -> Iterator[tuple[Table, ColumnElement[bool]]]:
    now = clock.now()
    role = (
        select(Member.role)
        .join(Account, Account.member_id == Member.id)
        .where(Account.id == SignIn.account_id)
        .scalar_subquery()
    )
    staff = or_(
        SignIn.signed_in_at <= now - rules.STAFF_LONGEST, SignIn.seen_at <= now - rules.STAFF_IDLE
    )
    anyone = or_(SignIn.signed_in_at <= now - rules.LONGEST, SignIn.seen_at <= now - rules.IDLE)
    yield SignIn.__table__, or_(anyone, (role != "member") & staff)
    yield SignUp.__table__, SignUp.expires_at <= now
    # What was used or taken back is kept as long as it could have been used, for those who ask.
    yield Invitation.__table__, Invitation.expires_at <= now


def _forget(table: Table, ids: Sequence[int]) -> int:
    return db.session.connection().execute(delete(table).where(table.c.id.in_(ids))).rowcount
