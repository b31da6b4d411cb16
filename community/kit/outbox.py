"""Mail that waits to be sent: written in the same transaction as its cause, sent by a job.

A letter is claimed, the claim is kept, and only then is it handed over; so two senders
never have the same one. A sender that dies in between leaves its claim, which runs out:
the letter goes again, with the same Message-ID, by which mail programs know a repeat.
Nothing is ever lost; what may come twice is the one letter that was under way.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from smtplib import SMTP
from typing import Any

from flask import current_app
from sqlalchemy import Index, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from community.kit import clock, post
from community.kit.db import Base, Instant, Key, db
from community.kit.text import line

CLAIM_LASTS = timedelta(minutes=10)
"""Longer than handing a letter over can take: each answer of the server has its own limit."""
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440))
"""How long a letter waits after each time that the server put it off."""
SERVER_WAIT = timedelta(minutes=1)
"""How long a letter waits when the server could not be had."""
USEFUL_FOR = timedelta(days=5)
KEPT_FOR = timedelta(days=90)
AT_ONCE = 500
"""Letters of one run; the next run goes on."""


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
    given_up_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (Index("mail_by_due", "sent_at", "given_up_at", "due_at"),)


class MailServerDown(Exception):
    """The mail server could not be had; letters stay where they are and go later."""


def queue(
    address: str | None, subject: str, text: str, html: str | None = None, key: str | None = None
) -> Mail:
    """Put a letter in the outbox; a key that stands there already refuses the second one."""
    now = clock.now()
    mail = Mail(
        address=address,
        subject=line(subject, 200),
        text=text,
        html=html,
        key=key,
        queued_at=now,
        due_at=now,
    )
    db.session.add(mail)
    return mail


def send() -> Iterator[int]:
    """Send what is due: a job, whose caller commits at each yield, after claims and after results.

    Without SMTP_URL letters stay, for admins of a development site to read.
    """
    yield _drop_unaddressed()
    url = current_app.config["SMTP_URL"]
    server = post.MailServer.at(url) if url else None
    mail = _claim() if server else None
    if server is None or mail is None:
        return
    yield 0
    try:
        with post.line_to(server, current_app.config["MAIL_FROM"].rpartition("@")[2]) as smtp:
            for place in range(AT_ONCE, 0, -1):
                is_sent = _deliver(smtp, mail)
                mail = _claim() if place > 1 else None
                yield int(is_sent)
                if mail is None:
                    return
    except post.Unreachable as error:
        if mail is not None:
            _wait_for_server(mail, str(error))
        yield 0
        raise MailServerDown(str(error)) from error
    except GeneratorExit:
        # Told to stop: the letter that was claimed next need not wait for its claim to run out.
        if mail is not None:
            _wait(mail, mail.due_at, mail.error, tries=mail.tries - 1)
        raise


def clear() -> int:
    """Forget letters of long ago, whatever became of them; answers how many."""
    old = delete(Mail).where(Mail.queued_at < clock.now() - KEPT_FOR)
    return db.session.connection().execute(old).rowcount


def waiting() -> int:
    """How many letters are still to be sent."""
    asked = select(func.count()).where(
        Mail.address.is_not(None), Mail.sent_at.is_(None), Mail.given_up_at.is_(None)
    )
    return db.session.scalar(asked) or 0


def hold_back(reason: str) -> int:
    """Give up every letter that waits, such as those of a restored backup; answers how many."""
    waiting = update(Mail).where(Mail.sent_at.is_(None), Mail.given_up_at.is_(None))
    return (
        db.session.connection()
        .execute(waiting.values(given_up_at=clock.now(), claimed_at=None, error=reason))
        .rowcount
    )


def problems() -> Iterator[str]:
    """What can't be true of a letter."""
    for wrong, says in (
        (Mail.sent_at.is_not(None) & Mail.given_up_at.is_not(None), "is both sent and given up"),
        (Mail.sent_at < Mail.queued_at, "was sent before it was written"),
        (Mail.sent_at.is_not(None) & Mail.address.is_(None), "was sent to nobody"),
    ):
        id = db.session.scalar(select(Mail.id).where(wrong).order_by(Mail.id).limit(1))
        if id is not None:
            yield f"letter {id} {says}"


def _drop_unaddressed() -> int:
    return db.session.connection().execute(delete(Mail).where(Mail.address.is_(None))).rowcount


def _claim() -> Mail | None:
    """The next letter that is due and that nobody else is sending, claimed; None when there is none."""
    now = clock.now()
    is_free = or_(Mail.claimed_at.is_(None), Mail.claimed_at < now - CLAIM_LASTS)
    waits = (Mail.sent_at.is_(None), Mail.given_up_at.is_(None), Mail.due_at <= now, is_free)
    for _ in range(100):
        id = db.session.scalar(select(Mail.id).where(*waits).order_by(Mail.due_at).limit(1))
        if id is None:
            return None
        claim = update(Mail).where(Mail.id == id, *waits)
        claim = claim.values(claimed_at=now, tries=Mail.tries + 1)
        if db.session.connection().execute(claim).rowcount:
            mail = db.session.get_one(Mail, id, populate_existing=True)
            # Handing over must not open a transaction by reading the row again.
            db.session.expunge(mail)
            return mail
    return None


def _deliver(smtp: SMTP, mail: Mail) -> bool:
    try:
        post.carry(smtp, _letter(mail))
    except post.Unreachable:
        raise
    except post.Undeliverable as error:
        _put_off(mail, str(error), is_final=error.is_final)
        return False
    except Exception as error:
        # One letter that can't even be written out must not stop the others.
        _put_off(mail, type(error).__name__, is_final=False)
        return False
    _note(mail, sent_at=clock.now(), error=None)
    return True


def _letter(mail: Mail) -> EmailMessage:
    config = current_app.config
    return post.letter(
        config["MAIL_FROM"],
        config["SITE_NAME"],
        mail.address or "",
        mail.subject,
        mail.text,
        mail.html,
        f"{config['PUBLIC_URL']} {mail.id} {clock.to_micros(mail.queued_at)}",
        mail.queued_at,
    )


def _put_off(mail: Mail, reason: str, *, is_final: bool) -> None:
    now = clock.now()
    if is_final or mail.tries > len(WAITS):
        _note(mail, given_up_at=now, error=reason)
    else:
        _wait(mail, now + WAITS[mail.tries - 1], reason)


def _wait_for_server(mail: Mail, reason: str) -> None:
    _wait(mail, clock.now() + SERVER_WAIT, reason, tries=mail.tries - 1)


def _wait(mail: Mail, due_at: datetime, reason: str | None, **more: Any) -> None:
    """Let the letter wait again; one that would then be too old to be of use is given up."""
    is_old = due_at > mail.queued_at + USEFUL_FOR
    given_up_at = clock.now() if is_old else None
    _note(mail, due_at=due_at, given_up_at=given_up_at, error=reason, **more)


def _note(mail: Mail, error: str | None, **values: Any) -> None:
    noted = update(Mail).where(Mail.id == mail.id, Mail.sent_at.is_(None))
    values |= {"claimed_at": None, "error": error and error[:300]}
    db.session.connection().execute(noted.values(**values))
