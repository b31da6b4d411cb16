"""Flask-Security as Kith uses it: our accounts, our letters, our pages."""

from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Any

from flask import Flask
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore

from community.activity.accounts.models import Account, Passkey
from community.kit import outbox
from community.kit.db import db


class NoRole:
    """Flask-Security's roles are not used: a member has one role, in the member's row."""


class OutboxMail(MailUtil):
    """Letters go to the outbox, in the same transaction as what caused them."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Put the letter in the outbox."""
        outbox.queue(str(recipient), str(subject), body or "", html)


class FewAtOnce:
    """A password context that hashes only so many passwords at the same time, for each takes 64 MiB."""

    def __init__(self, context: Any, at_once: int) -> None:
        self._context, self._turns = context, BoundedSemaphore(at_once)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def hash(self, *args: Any, **kwargs: Any) -> Any:
        """Hash a password when it is its turn."""
        with self._turns:
            return self._context.hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> Any:
        """Check a password when it is its turn."""
        with self._turns:
            return self._context.verify(*args, **kwargs)


datastore = SQLAlchemyUserDatastore(db, Account, NoRole, Passkey)
security = Security()


def install(app: Flask) -> None:
    """Hang signing up, signing in and all that goes with it on the application."""
    app.config.update(_settings(app.config))
    security.init_app(app, datastore, mail_util_cls=OutboxMail)
    security.pwd_context = FewAtOnce(security.pwd_context, app.config["HASHES_AT_ONCE"])


def _settings(config: Any) -> dict[str, Any]:
    given = {
        "DATETIME_FACTORY": lambda: datetime.now(UTC),
        "EMAIL_SENDER": config["MAIL_FROM"],
        "PASSWORD_HASH": "argon2",
        "TOTP_SECRETS": {"1": config["TOTP_SECRET"]},
        "TOTP_ISSUER": config["SITE_NAME"],
        "REGISTERABLE": config["IS_OPEN"],
        "CONFIRMABLE": True,
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "CHANGE_EMAIL": True,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "WEBAUTHN": True,
        "RETURN_GENERIC_RESPONSES": True,
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "LOGOUT_METHODS": ["POST"],
        "REGISTER_URL": "/join",
        "RESET_URL": "/recover",
        "CHANGE_URL": "/settings/password",
        "CHANGE_EMAIL_URL": "/settings/email",
        "CONFIRM_URL": "/confirm",
        "POST_LOGIN_VIEW": "/",
        "POST_LOGOUT_VIEW": "/",
    }
    return {f"SECURITY_{name}": value for name, value in given.items()}
