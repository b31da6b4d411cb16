"""What Flask-Security proves with, in our way: hashes, codes of an authenticator, recovery codes, passkeys."""

import hashlib
import hmac
import io
import re
from threading import BoundedSemaphore
from typing import Any

import qrcode
import qrcode.image.svg
from flask_security import MailUtil, MfRecoveryCodesUtil, Totp, WebauthnUtil
from markupsafe import Markup
from passlib.exc import UsedTokenError
from sqlalchemy import update
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.exceptions import Conflict

from community.activity.accounts import actions
from community.activity.accounts.models import Account
from community.kit import outbox
from community.kit.db import db
from community.kit.words import N_

CODES = 8
"""How many recovery codes there are in a set."""


class OutboxMail(MailUtil):  # type: ignore[misc]
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


class OnceTotp(Totp):  # type: ignore[misc]
    """Codes of an authenticator, each good for one use."""

    def get_last_counter(self, user: Any) -> int | None:
        """The step of the last code that was used."""
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Remember the step of this code; of two who use it at once, one is refused."""
        won = db.session.execute(
            update(Account)
            .where(
                Account.id == user.id,
                (Account.tf_last_counter.is_(None)) | (Account.tf_last_counter < tmatch.counter),
            )
            .values(tf_last_counter=tmatch.counter)
        ).rowcount
        if not won:
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The code to scan, as an SVG path that needs no style of its own."""
        picture = qrcode.make(
            self.get_totp_uri(username, totp),
            image_factory=qrcode.image.svg.SvgPathImage,
            border=2,
        )
        drawn = io.BytesIO()
        picture.save(drawn)
        svg = drawn.getvalue().decode()
        box = re.search(r'viewBox="([^"]+)"', svg)
        path = re.search(r'\bd="([^"]+)"', svg)
        if box is None or path is None:
            raise RuntimeError("the QR code has no path")
        return Markup('<svg viewBox="{}" aria-hidden="true"><path d="{}"/></svg>').format(
            box[1], path[1]
        )


class HashedCodes(MfRecoveryCodesUtil):  # type: ignore[misc]
    """Recovery codes of more than 112 bits, kept as hashes: seen once when they are made, and never again."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """A new set of codes; the old one is worth nothing from now on."""
        account = whole(user)
        codes = [_grouped(actions.new_code()) for _ in range(CODES)]
        account.mf_recovery_codes = [self._kept(account, code) for code in codes]
        actions.tell_of_change(account, N_("new recovery codes were made"))
        return codes

    def get_recovery_codes(self, user: Any) -> list[str]:
        """None: they can't be shown again."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether this is a code that was not used."""
        kept = self._kept(user, code)
        return any(hmac.compare_digest(kept, each) for each in user.mf_recovery_codes or [])

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Use a code up; of two who use it at once, one is refused."""
        before = list(user.mf_recovery_codes or [])
        kept = self._kept(user, code)
        won = db.session.execute(
            update(Account)
            .where(Account.id == user.id, Account.mf_recovery_codes == before)
            .values(mf_recovery_codes=[each for each in before if each != kept])
            .execution_options(synchronize_session=False)
        ).rowcount
        if not won:
            raise Conflict
        db.session.refresh(user, ["mf_recovery_codes"])
        actions.tell_of_change(user, N_("a recovery code was used"))
        return True

    def _kept(self, user: Any, code: str) -> str:
        plain = re.sub(r"[^a-z0-9]", "", code.lower())
        return hashlib.sha256(f"{user.id}:{plain}".encode()).hexdigest()


class OurPasskeys(WebauthnUtil):  # type: ignore[misc]
    """Passkeys that sign in alone are found by themselves and check their owner."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """What a new passkey must be able to do."""
        is_first = usage == "first"
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED
            if is_first
            else ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED
            if is_first
            else UserVerificationRequirement.DISCOURAGED,
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Whether a passkey has to check its owner: where it stands for the password too."""
        if usage == ["first"]:
            return UserVerificationRequirement.REQUIRED
        return UserVerificationRequirement.DISCOURAGED


def whole(user: Any) -> Account:
    """The account that a reader stands for, or that is one already."""
    found = user._get_current_object() if hasattr(user, "_get_current_object") else user
    account: Account = found if isinstance(found, Account) else found.account
    return account


def _grouped(code: str) -> str:
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))
