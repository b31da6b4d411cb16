"""Flask-Security as Kith uses it: second factors, passkeys, hashing; our sessions, our words.

Joining, signing in, confirming, recovering and changing are pages of our own, because known and
unknown addresses have to cost the same there and nothing may happen by following a link.
"""

import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, flash, g, has_app_context, redirect, request, session, url_for
from flask_login import current_user
from flask_security import (
    Security,
    SQLAlchemyUserDatastore,
    check_and_update_authn_fresh,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)
from flask_security.tf_plugin import tf_clean_session
from sqlalchemy import update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.wrappers import Response

from community.activity.accounts import actions, forms, queries, rules
from community.activity.accounts.factors import (
    FewAtOnce,
    HashedCodes,
    OnceTotp,
    OurPasskeys,
    OutboxMail,
    whole,
)
from community.activity.accounts.models import Account, Passkey, SignIn
from community.activity.accounts.queries import Place
from community.activity.accounts.set_up import FRESH, GRACE, OurWords, settings
from community.kit import clock
from community.kit.db import db, is_only_reading
from community.kit.languages import translate
from community.kit.limits import SIGN_INS, caller, limiter
from community.kit.pages import READING, one_transaction
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words

log = structlog.get_logger()

PUBLIC = ("two_factor_setup", "two_factor_token_validation", "tf_select", "mf_recovery",
          "wan_signin", "wan_signin_response")  # fmt: skip
"""Pages of Flask-Security that come before one is signed in."""
GUESSED = ("verify", "two_factor_token_validation", "two_factor_setup_validate", "mf_recovery",
           "wan_signin_response", "wan_verify_response")  # fmt: skip
"""Pages where something could be guessed."""


class NoRole:
    """Flask-Security's roles are not used: a member has one role, in the member's row."""


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
    app.config.update(settings(app.config))
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
    actions.tell_of_change(whole(user), N_("an authenticator was set up as second factor"))


def _second_factor_off(app: Flask, user: Any, **_: Any) -> None:
    account = whole(user)
    account.tf_last_counter = None
    if not any(passkey.usage == "secondary" for passkey in account.webauthn):
        account.mf_recovery_codes = None
    actions.tell_of_change(account, N_("the authenticator was removed"))


def _passkey_added(app: Flask, user: Any, name: str, **_: Any) -> None:
    what: Words = N_("the passkey “%(name)s” was added", name=name)
    actions.tell_of_change(whole(user), what)


def _passkey_removed(app: Flask, user: Any, name: str, **_: Any) -> None:
    what: Words = N_("the passkey “%(name)s” was removed", name=name)
    actions.tell_of_change(whole(user), what)
