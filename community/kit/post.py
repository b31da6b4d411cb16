"""Carrying letters to the mail server."""

import base64
import hashlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from community.kit.text import clean, line

PATIENCE = 20.0
"""Seconds that the mail server has for each answer."""
_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}


class Unreachable(Exception):
    """The mail server can't be had, or does not take our letters now: no fault of the letter."""


class Undeliverable(Exception):
    """The mail server refused this one letter; ``is_final`` when asking again is no use."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True)
class MailServer:
    """Where letters go: host, port, whether and how the line is encrypted, and as whom."""

    host: str
    port: int
    encryption: Literal["none", "starttls", "tls"]
    user: str
    password: str

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, so that nobody can listen on the way."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @classmethod
    def at(cls, url: str) -> "MailServer":
        """The server that SMTP_URL names; ValueError when it names none.

        ``smtps://`` speaks TLS from the start. ``smtp://`` and ``starttls://`` ask for it
        after the greeting and send nothing without it, but for ``smtp://`` on this machine
        or with ``?tls=off``, which is for a relay on a network that you trust.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("SMTP_URL must look like smtp://user:password@mail.example:587")
        server = cls(
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            "tls" if parts.scheme == "smtps" else "starttls",
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )
        is_off = parse_qs(parts.query).get("tls") == ["off"]
        if parts.scheme == "smtp" and (server.is_here or is_off):
            return cls(server.host, server.port, "none", server.user, server.password)
        return server


def letter(
    sender: str,
    sender_name: str,
    address: str,
    subject: str,
    text: str,
    html: str | None,
    mark: str,
    written_at: datetime,
) -> EmailMessage:
    """A letter as it travels: the same mark gives the same Message-ID, so a repeat is known as one.

    Raises Undeliverable for what is no address.
    """
    message = EmailMessage(policy=SMTP)
    if any(c.isspace() for c in address):
        raise Undeliverable("not an address: it holds a space", is_final=True)
    try:
        message["From"] = Address(line(sender_name, 80), addr_spec=sender)
        message["To"] = Address(addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise Undeliverable(f"not an address: {error}", is_final=True) from error
    message["Subject"] = line(subject, 200)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{_digest(mark)}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(clean(text))
    if html:
        message.add_alternative(clean(html), subtype="html")
        message.set_boundary(f"=_{_digest(mark)}")
    return message


@contextmanager
def line_to(server: MailServer, name: str) -> Iterator[smtplib.SMTP]:
    """An open line to the mail server, under our name; Unreachable where there is none."""
    try:
        smtp = _dial(server, name)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_told(error)) from error
    try:
        yield smtp
    finally:
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()


def carry(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand a letter over; returns when the server has taken it on itself."""
    sender, address = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        smtp.send_message(message, sender, [address])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refused(code, said) from error
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
        raise Undeliverable(_told(error), is_final=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_told(error)) from error


def _dial(server: MailServer, name: str) -> smtplib.SMTP:
    smtp: smtplib.SMTP
    host, port = server.host, server.port
    if server.encryption == "tls":
        smtp = smtplib.SMTP_SSL(host, port, name, timeout=PATIENCE, context=_context(server))
    else:
        smtp = smtplib.SMTP(host, port, name, timeout=PATIENCE)
    try:
        if server.encryption == "starttls":
            smtp.starttls(context=_context(server))
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.is_here:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refused(code: int, said: bytes | str) -> Undeliverable | Unreachable:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    reason = line(f"{code} {text}", 280)
    return Unreachable(reason) if code == 421 else Undeliverable(reason, is_final=code >= 500)


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(_refused(error.smtp_code, error.smtp_error))
    return line(f"{type(error).__name__}: {error}", 280)


def _digest(mark: str) -> str:
    return base64.b32encode(hashlib.sha256(mark.encode()).digest()[:15]).decode().lower()
