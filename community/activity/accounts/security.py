"""Flask-Security as Kith uses it: second factors, passkeys, hashing; our sessions, our words.

Joining, signing in, confirming, recovering and changing are pages of our own, because known and
unknown addresses have to cost the same there and nothing may happen by following a link.
"""

import hashlib
import hmac
import io
import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

import qrcode
import qrcode.image.svg
import structlog
from flask import Flask, flash, g, has_app_context, redirect, request, session, url_for
from flask_login import current_user
from flask_security import (
    MailUtil,
    MfRecoveryCodesUtil,
    Security,
    SQLAlchemyUserDatastore,
    Totp,
    WebauthnUtil,
    check_and_update_authn_fresh,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)
from flask_security.tf_plugin import tf_clean_session
from markupsafe import Markup
from passlib.exc import UsedTokenError
from sqlalchemy import update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.exceptions import BadRequest, Conflict, UnsupportedMediaType
from werkzeug.wrappers import Response

from community.activity.accounts import actions, forms, queries, rules
from community.activity.accounts.models import Account, Passkey, SignIn
from community.activity.accounts.queries import Place
from community.kit import clock, outbox
from community.kit.db import db, is_only_reading
from community.kit.languages import gettext, ngettext, translate
from community.kit.limits import SIGN_INS, caller, limiter
from community.kit.pages import READING, one_transaction
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words

log = structlog.get_logger()

FRESH, GRACE = timedelta(minutes=15), timedelta(minutes=5)
CODES = 8
"""How many recovery codes there are in a set."""
PUBLIC = ("two_factor_setup", "two_factor_token_validation", "tf_select", "mf_recovery",
          "wan_signin", "wan_signin_response")  # fmt: skip
"""Pages of Flask-Security that come before one is signed in."""
GUESSED = ("verify", "two_factor_token_validation", "two_factor_setup_validate", "mf_recovery",
           "wan_signin_response", "wan_verify_response")  # fmt: skip
"""Pages where something could be guessed."""
MESSAGES = {
    "API_ERROR": N_("That could not be read. Start again."),
    "GENERIC_AUTHN_FAILED": N_("That did not match."),
    "REAUTHENTICATION_REQUIRED": N_("This matters, so show once more that it is you."),
    "REAUTHENTICATION_SUCCESSFUL": N_("Thank you. Go on."),
    "PASSWORD_NOT_PROVIDED": N_("This is needed."),
    "INVALID_PASSWORD": N_("That is not your password."),
    "INVALID_REDIRECT": N_("That page is not one of ours."),
    "INVALID_CODE": N_("That code is not right, or no longer."),
    "INVALID_RECOVERY_CODE": N_("That is none of your codes, or you used it before."),
    "NO_RECOVERY_CODES_SETUP": N_("You have no recovery codes yet."),
    "TWO_FACTOR_INVALID_TOKEN": N_("That code is not right, or was used before."),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": N_("Good to see you."),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": N_("Your second factor is set up."),
    "TWO_FACTOR_PERMISSION_DENIED": N_("That took too long. Sign in once more."),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": N_("That can't be chosen."),
    "TWO_FACTOR_DISABLED": N_("Your second factor is switched off."),
    "TWO_FACTOR_SETUP_EXPIRED": N_("That took too long. Start again."),
    "WEBAUTHN_EXPIRED": N_("That took too long. Start again."),
    "WEBAUTHN_NAME_REQUIRED": N_("This is needed."),
    "WEBAUTHN_NAME_INUSE": N_("You have a passkey of that name already."),
    "WEBAUTHN_NAME_NOT_FOUND": N_("You have no passkey of that name."),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": N_("Use letters, digits, spaces and hyphens."),
    "WEBAUTHN_CREDENTIAL_DELETED": N_("That passkey is removed."),
    "WEBAUTHN_REGISTER_SUCCESSFUL": N_("Your passkey is ready."),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": N_("That passkey is known here already."),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": N_("That passkey did not open the door."),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": N_("That passkey did not open the door."),
    "WEBAUTHN_NO_VERIFY": N_("That passkey did not open the door."),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": N_("That passkey was made for another step."),
    "WEBAUTHN_MISMATCH_USER_HANDLE": N_("That passkey did not open the door."),
    "DISABLED_ACCOUNT": N_("That passkey did not open the door."),
    "INVALID_INPUT": N_("That can't stand here."),
    "INVALID_INPUT_LENGTH": N_("That is too long."),
}
"""What Flask-Security says, in our words."""


class NoRole:
    """Flask-Security's roles are not used: a member has one role, in the member's row."""


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


class OurWords:
    """Flask-Security's texts from our catalogs."""

    def gettext(self, string: str, **values: Any) -> str:
        """A text in the reader's language."""
        text = gettext(str(string))
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, num: int, **values: Any) -> str:
        """A text in the reader's language and the form that its number asks for."""
        return ngettext(singular, plural, num) % ({"num": num} | values)


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
        account = _whole(user)
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


datastore = SQLAlchemyUserDatastore(db, Account, NoRole, Passkey)
security = Security(
    mail_util_cls=OutboxMail,
    totp_cls=OnceTotp,
    mf_recovery_codes_util_cls=HashedCodes,
    webauthn_util_cls=OurPasskeys,
    verify_form=forms.AgainForm,
    two_factor_verify_code_form=forms.CodeForm,
    wan_register_form=forms.PasskeyForm,
    wan_register_response_form=forms.PasskeyMadeForm,
    wan_signin_response_form=forms.PasskeyAnswerForm,
)


def install(app: Flask) -> None:
    """Hang signing in and all that goes with it on the application."""
    if app.config["STAFF_NEEDS_SECOND_FACTOR"] is None:
        app.config["STAFF_NEEDS_SECOND_FACTOR"] = not app.config["IS_DEVELOPMENT"]
    app.config.update(_settings(app.config))
    security.init_app(app, datastore)
    security.pwd_context = FewAtOnce(security.pwd_context, app.config["HASHES_AT_ONCE"])
    security.i18n_domain = OurWords()
    security.want_json(lambda _: False)
    app.jinja_env.globals["passkeys_work"] = has_a_name(app.config["PUBLIC_URL"])
    _know_readers(app)
    for endpoint in [e for e in app.view_functions if e.startswith("security.")]:
        app.view_functions[endpoint] = _as_page(
            endpoint.partition(".")[2], app.view_functions[endpoint]
        )
    app.after_request(_note_seen)
    user_authenticated.connect(_begin, app)
    tf_profile_changed.connect(_second_factor_set, app)
    tf_disabled.connect(_second_factor_off, app)
    wan_registered.connect(_passkey_added, app)
    wan_deleted.connect(_passkey_removed, app)


def has_a_name(url: str) -> bool:
    """Whether a site has a host name: browsers make no passkeys for a bare number."""
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def replace(app: Flask, endpoint: str, page: Callable[..., Any]) -> None:
    """Put a page of ours in the place of one of Flask-Security's."""

    @wraps(page)
    def ours() -> Any:
        only_forms()
        return page()

    kept = one_transaction(ours)
    kept.is_public = True  # type: ignore[attr-defined]
    app.view_functions[f"security.{endpoint}"] = kept


def only_forms() -> None:
    """Refuse what is no form: the door takes nothing else."""
    if request.method not in READING and request.is_json:
        raise UnsupportedMediaType


def fresh(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that asks for the password or passkey again when that was a while ago."""

    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> Any:
        return again_unless_fresh() or view(*args, **kwargs)

    return page


def again_unless_fresh() -> Any:
    """The way to showing once more that it is oneself; None when that was a moment ago."""
    is_fresh = check_and_update_authn_fresh(FRESH, GRACE, "session")
    return None if is_fresh else _again(FRESH, GRACE)


def _know_readers(app: Flask) -> None:
    manager = security.login_manager
    manager.user_loader(_load)
    # No tokens in headers, queries or bodies: a session is the only way to be somebody.
    manager._request_callback = None
    manager.session_protection = None
    manager.unauthorized_handler(_sign_in_first)
    security.unauthn_handler(_sign_in_first)
    security.reauthn_handler(_again)
    # Permissions are our rules' to give: nothing asks for Flask-Principal's identities.
    app.before_request_funcs[None].remove(security.principal._on_before_request)


def _load(uniquifier: str) -> Any:
    token = session.get("place")
    if not isinstance(token, str) or not isinstance(uniquifier, str):
        return None
    is_light = is_only_reading() and request.blueprint != "security"
    found = (queries.reader if is_light else queries.writer)(token, uniquifier)
    if found is None:
        return None
    who, place = found
    g.fs_authn_via, g.fs_paa, g.place = "session", session.get("fs_paa", 0), place
    return who


def _note_seen(response: Response) -> Response:
    place: Place | None = g.get("place")
    now = clock.now()
    if place is not None and rules.is_stale(place.seen_at, now):
        engine = db.engine
        response.call_on_close(lambda: _write_seen(engine, place.id, now))
    return response


def _write_seen(engine: Engine, place_id: int, now: Any) -> None:
    """Write down that somebody was seen: once an hour, after the answer, and never to its harm."""
    seen = SignIn.__table__.c
    # The request is over; where its context still stands, what it said of reading no longer holds.
    if has_app_context():
        g.only_reading = False
    try:
        with engine.begin() as connection:
            connection.execute(
                update(SignIn.__table__)  # type: ignore[arg-type]
                .where(seen.id == place_id, seen.seen_at < now)
                .values(seen_at=now)
            )
    except DBAPIError as error:
        log.info("not noted as seen", error=str(error.orig))


def _begin(app: Flask, user: Any, **_: Any) -> None:
    actions.begin_place(user, request.headers.get("User-Agent", ""))
    # The token of the session before this one must not be written into the new one.
    g.pop("csrf_token", None)
    g.pop("viewer", None)


def _as_page(name: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """A page of Flask-Security's within our frame: one transaction, forms only, limits on guessing."""

    @wraps(view)
    def page(*args: Any, **kwargs: Any) -> Any:
        only_forms()
        _only_go_on_here()
        _forget_half_done()
        if name == "two_factor_token_validation" and current_user.is_authenticated:
            # Flask-Security would sign out whoever strays here.
            return redirect(url_for("security.two_factor_setup"), 303)
        is_known = current_user.is_authenticated  # others are sent to sign in by the page itself
        if name == "wan_delete" and request.method == "POST" and is_known:
            _refuse_last_factor(request.form.get("name", ""))
        return view(*args, **kwargs)

    kept = one_transaction(page)
    kept.__name__ = f"security_{name}"  # limits are counted by name
    if name in GUESSED:
        kept = limiter.limit(SIGN_INS, methods=["POST"])(kept)
        kept = limiter.limit("10 per 5 minutes", key_func=whose, methods=["POST"])(kept)
    kept.is_public = name in PUBLIC  # type: ignore[attr-defined]
    return kept


def whose() -> str:
    """Who is guessed at: the account that a sign-in is half done for, or that is signed in."""
    about = session.get("tf_user_id") or session.get("_user_id")
    return f"account:{about}" if about else caller()


def _only_go_on_here() -> None:
    asked = [n for n in (request.args.get("next"), request.form.get("next")) if n]
    if not all(rules.is_ours(each) for each in asked):
        raise BadRequest


def _forget_half_done() -> None:
    begun = session.get("second_step_since", 0)
    if "tf_user_id" in session and time.time() - begun > rules.SECOND_STEP_LASTS.total_seconds():
        tf_clean_session()
        session.pop("second_step_since", None)


def _refuse_last_factor(name: str) -> None:
    account = queries.my_account()
    is_second = any(p.name == name and p.usage == "secondary" for p in account.webauthn)
    left = sum(p.usage == "secondary" and p.name != name for p in account.webauthn)
    left += bool(account.tf_primary_method)
    needs_one = is_second and account.needs_second_factor
    refuse_if(rules.why_not_remove_second_factor(needs_one, left))


def _sign_in_first(mechanisms: Any = None, headers: Any = None) -> Any:
    flash(translate(N_("Sign in first; you come straight back here.")), "info")
    asked = request.full_path.rstrip("?") if request.method in READING else None
    return redirect(url_for("security.login", next=asked), 303)


def _again(within: Any, grace: Any) -> Any:
    asked = request.full_path.rstrip("?") if request.method in READING else request.path
    return redirect(url_for("security.verify", next=asked), 303)


def _second_factor_set(app: Flask, user: Any, **_: Any) -> None:
    actions.tell_of_change(_whole(user), N_("an authenticator was set up as second factor"))


def _second_factor_off(app: Flask, user: Any, **_: Any) -> None:
    account = _whole(user)
    account.tf_last_counter = None
    if not any(passkey.usage == "secondary" for passkey in account.webauthn):
        account.mf_recovery_codes = None
    actions.tell_of_change(account, N_("the authenticator was removed"))


def _passkey_added(app: Flask, user: Any, name: str, **_: Any) -> None:
    what: Words = N_("the passkey “%(name)s” was added", name=name)
    actions.tell_of_change(_whole(user), what)


def _passkey_removed(app: Flask, user: Any, name: str, **_: Any) -> None:
    what: Words = N_("the passkey “%(name)s” was removed", name=name)
    actions.tell_of_change(_whole(user), what)


def _whole(user: Any) -> Account:
    found = user._get_current_object() if hasattr(user, "_get_current_object") else user
    account: Account = found if isinstance(found, Account) else found.account
    return account


def _grouped(code: str) -> str:
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def _settings(config: Any) -> dict[str, Any]:
    given = {
        "DATETIME_FACTORY": clock.now,
        "EMAIL_SENDER": config["MAIL_FROM"],
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "TOTP_SECRETS": {"1": config["TOTP_SECRET"]},
        "TOTP_ISSUER": config["SITE_NAME"],
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_POST_SETUP_VIEW": "/settings/recovery-codes",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "WEBAUTHN": True,
        "WAN_RP_NAME": config["SITE_NAME"],
        "WAN_ALLOW_USER_HINTS": False,
        "WAN_SIGNIN_WITHIN": timedelta(minutes=5),
        "RETURN_GENERIC_RESPONSES": True,
        "API_ENABLED_METHODS": ["session"],
        "FRESHNESS": FRESH,
        "FRESHNESS_GRACE_PERIOD": GRACE,
        "FRESHNESS_ALLOW_AUTH_TOKEN": False,
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "STATIC_FOLDER": None,
        "CACHE_CONTROL": None,
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "LOGOUT_METHODS": ["POST"],
        "VERIFY_URL": "/sign-in/again",
        "TWO_FACTOR_SETUP_URL": "/settings/second-factor",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "TWO_FACTOR_SELECT_URL": "/sign-in/choose",
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/settings/recovery-codes",
        "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "WAN_REGISTER_URL": "/settings/passkeys",
        "WAN_DELETE_URL": "/settings/passkeys/remove",
        "WAN_SIGNIN_URL": "/sign-in/passkey",
        "WAN_VERIFY_URL": "/sign-in/again/passkey",
        "POST_LOGIN_VIEW": "/",
        "POST_LOGOUT_VIEW": "/",
        "POST_VERIFY_VIEW": "/settings",
    }
    settings = {f"SECURITY_{name}": value for name, value in given.items()}
    said = {f"SECURITY_MSG_{name}": (words.text, "info") for name, words in MESSAGES.items()}
    # A sign-in ends by its row; the cookie only has to live as long as the longest may.
    return (
        settings
        | said
        | {"PERMANENT_SESSION_LIFETIME": rules.LONGEST, "SESSION_REFRESH_EACH_REQUEST": False}
    )
