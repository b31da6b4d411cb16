"""The door: joining, signing in and out, and what a member changes about how they come in."""

import hashlib
import time
from typing import Any

import structlog
from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_security import login_user, logout_user
from werkzeug.exceptions import Forbidden

from community.activity.accounts import actions, forms, queries, rules, security
from community.activity.accounts.security import fresh
from community.activity.members.queries import present_viewer
from community.kit import clock
from community.kit.db import only_reading, writing
from community.kit.languages import gettext
from community.kit.limits import RECOVERIES, SIGN_INS, SIGN_UPS, limiter
from community.kit.pages import Pages, found
from community.kit.refusal import refuse_if

log = structlog.get_logger()

bp = Pages("accounts", __name__)
bp.before_request(security.only_forms)


def named_address() -> str:
    """The address that a form names, as it is counted: nobody reads it out of the store of limits."""
    named = request.form.get("email", "").strip().lower()
    return f"email:{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def limit(often: str, **whose: Any) -> Any:
    """A limit on sending a form; a page that is shown again with a refusal is not counted again."""
    return limiter.limit(often, methods=["POST"], exempt_when=lambda: "refusal" in g, **whose)


by_caller = {
    "sign-in": limit(SIGN_INS),
    "join": limit(SIGN_UPS),
    "letter": limit(RECOVERIES),
}
by_address = {
    "sign-in": limit("25 per hour", key_func=named_address),
    "letter": limit(RECOVERIES, key_func=named_address),
}
by_account = limit("10 per 5 minutes", key_func=security.whose)


@bp.route("/join", methods=["GET", "POST"], public=True)
@by_caller["join"]
@by_address["letter"]
def join():
    """Ask to come in, with a name, an address and a password."""
    if current_user.is_authenticated:
        return redirect(url_for("web.home"), 303)
    if not current_app.config["IS_OPEN"]:
        return render_template("accounts/closed.html"), 200 if request.method == "GET" else 403
    form = forms.JoinForm()
    if form.sent_and_valid():
        actions.ask_to_join(**form.answers)
        return redirect(url_for(".letter_sent", about="join"), 303)
    return render_template("accounts/join.html", form=form), form.status


@bp.route("/join/confirm", methods=["GET", "POST"], public=True)
@by_caller["letter"]
@by_address["letter"]
def confirm_again():
    """Ask for the letter once more."""
    form = forms.EmailForm()
    if form.sent_and_valid():
        actions.ask_to_confirm_again(**form.answers)
        return redirect(url_for(".letter_sent", about="join"), 303)
    return render_template("accounts/confirm_again.html", form=form), form.status


@bp.route("/join/confirm/<token>", methods=["GET", "POST"], public=True)
@by_caller["sign-in"]
def confirm(token):
    """Confirm an address with the password that was chosen, and come in."""
    sign_up = queries.sign_up_with(token)
    if sign_up is None:
        return render_template("accounts/link_over.html", again=url_for(".confirm_again")), 410
    form = forms.ConfirmForm()
    if form.sent_and_valid():
        account = actions.confirm(sign_up, **form.answers)
        _enter(account)
        known = queries.known_from_before(account.email)
        return redirect(url_for(".known" if known else "members.me"), 303)
    return render_template("accounts/confirm.html", form=form, sign_up=sign_up), form.status


@bp.route("/letter-sent", public=True)
def letter_sent():
    """What to do now that a letter may be on its way."""
    about = "recover" if request.args.get("about") == "recover" else "join"
    return render_template("accounts/letter_sent.html", about=about)


@by_caller["sign-in"]
@by_address["sign-in"]
def sign_in():
    """Come in with an address and a password."""
    if current_user.is_authenticated:
        return redirect(_go_on(), 303)
    form = forms.SignInForm()
    if request.method == "GET":
        form.next.data = _asked_for()
    if form.sent_and_valid():
        account = _whose(form.email.data.lower(), form.password.data)
        if account is not None:
            return _second_step(account) or _enter_and_go_on(account)
        log.info("sign-in refused")
        form.form_errors = [
            gettext("That did not match. Check the address and the password, and try again.")
        ]
        return render_template("security/login_user.html", form=form), 422
    return render_template("security/login_user.html", form=form), form.status


def sign_out():
    """Go."""
    if current_user.is_authenticated:
        actions.end_here()
        logout_user()
    session.clear()
    return redirect(url_for("web.home"), 303)


@bp.route("/recover", methods=["GET", "POST"], public=True)
@by_caller["letter"]
@by_address["letter"]
def recover():
    """Ask for a letter with which to choose a new password."""
    form = forms.EmailForm()
    if form.sent_and_valid():
        actions.ask_to_recover(**form.answers)
        return redirect(url_for(".letter_sent", about="recover"), 303)
    return render_template("accounts/recover.html", form=form), form.status


@bp.route("/recover/<token>", methods=["GET", "POST"], public=True)
@by_caller["sign-in"]
def recover_with(token):
    """Choose a new password with the letter in hand."""
    account = actions.account_to_recover(token)
    if account is None:
        return render_template("accounts/link_over.html", again=url_for(".recover")), 410
    form = forms.NewPasswordForm()
    if form.sent_and_valid():
        actions.recover(account, **form.answers)
        if current_user.is_authenticated:
            logout_user()
        session.clear()
        flash(gettext("Your new password is set. Sign in with it."), "done")
        return redirect(url_for("security.login"), 303)
    return render_template("accounts/new_password.html", form=form), form.status


@bp.route("/settings/password", methods=["GET", "POST"])
@by_account
def password():
    """Change the password."""
    account = queries.my_account()
    form = forms.ChangePasswordForm()
    if not account.password:
        # With nothing to compare, a passkey has to show that it is them.
        if again := security.again_unless_fresh():
            return again
        del form.old
    if form.sent_and_valid():
        answers = {"old": "", **form.answers}
        actions.change_password(account, **answers)
        _renew(account)
        flash(gettext("Your password is changed, and you are signed out everywhere else."), "done")
        return redirect(url_for(".places"), 303)
    return render_template("accounts/password.html", form=form), form.status


@bp.route("/settings/email", methods=["GET", "POST"])
@by_account
@fresh
def email():
    """Ask to be reached at another address."""
    account = queries.my_account()
    form = forms.NewAddressForm()
    if form.sent_and_valid():
        actions.ask_for_address(account, **form.answers)
        flash(gettext("A letter is on its way to both addresses. Open the link in it."), "done")
        return redirect(url_for(".email"), 303)
    return render_template("accounts/email.html", form=form, account=account), form.status


@bp.route("/settings/email/<token>", methods=["GET", "POST"])
@by_account
def email_with(token):
    """Use the new address from now on."""
    account = queries.my_account()
    address = actions.address_asked(account, token)
    if address is None:
        return render_template("accounts/link_over.html", again=url_for(".email")), 410
    form = forms.OnlyToken()
    if form.sent_and_valid():
        actions.change_address(account, address)
        _renew(account)
        flash(gettext("From now on you sign in with your new address."), "done")
        return redirect(url_for(".email"), 303)
    return render_template("accounts/email_with.html", form=form, address=address), form.status


@bp.route("/settings/places")
def places():
    """Where one is signed in."""
    here = queries.here()
    rows = [
        {"place": place, "device": rules.device_words(place.device), "is_here": place.id == here}
        for place in queries.places_of(queries.my_account().id)
    ]
    return render_template("accounts/places.html", places=rows)


@bp.route("/settings/places/<int:id>/end", methods=["POST"])
def end_place(id):
    """Sign out in one place."""
    found(actions.end_place(queries.my_account().id, id) or None)
    flash(gettext("You are signed out there."), "done")
    return redirect(url_for(".places"), 303)


@bp.route("/settings/places/end", methods=["POST"])
def end_places():
    """Sign out everywhere, here too."""
    actions.end_places(queries.my_account())
    logout_user()
    session.clear()
    flash(gettext("You are signed out everywhere."), "done")
    return redirect(url_for("security.login"), 303)


@bp.route("/move-in/<token>", methods=["GET", "POST"], public=True)
@by_caller["sign-in"]
def move_in(token):
    """Move into the member that an invitation is for."""
    invitation = found(queries.invitation_with(token))
    member = found(queries.member_by_id(invitation.member_id))
    why_not = rules.why_not_use(invitation, clock.now()) or rules.why_not_claim(member)
    if current_user.is_authenticated:
        return _move_in_as(queries.my_account(), invitation, member, why_not)
    form = forms.NewPasswordForm()
    if why_not is None and form.sent_and_valid():
        account = actions.move_in(invitation, member, **form.answers)
        _enter(account)
        return redirect(url_for("members.me"), 303)
    page = render_template(
        "accounts/move_in.html", form=form, member=member, invitation=invitation, why_not=why_not
    )
    return page, form.status if why_not is None else 410


@bp.route("/known")
def known():
    """Members who may be oneself, from before."""
    account = queries.my_account()
    return render_template(
        "accounts/known.html",
        members=queries.known_from_before(account.email),
        form=forms.OnlyToken(),
    )


@bp.route("/known/<handle>", methods=["POST"])
def become(handle):
    """Take over the member one was before."""
    member = found(queries.member_by_handle(handle))
    actions.become(queries.my_account(), member)
    flash(gettext("Welcome back. All that you did before is yours again."), "done")
    return redirect(url_for("members.me"), 303)


@bp.route("/house/invitations")
def invitations():
    """Invitations that still hold."""
    _only_for("manager", "admin")
    return render_template(
        "accounts/invitations.html", invitations=queries.invitations(), form=forms.OnlyToken()
    )


@bp.route("/house/invitations/<int:id>/take-back", methods=["POST"])
def take_back(id):
    """Take an invitation back."""
    _only_for("manager", "admin")
    actions.take_back(id, queries.my_account().member)
    flash(gettext("The invitation is taken back."), "done")
    return redirect(url_for(".invitations"), 303)


@bp.route("/house/invite/<handle>", methods=["GET", "POST"])
def invite(handle):
    """Invite a member who came by an import to move in."""
    _only_for("manager", "admin")
    member = found(queries.member_by_handle(handle))
    form = forms.InviteForm()
    if form.sent_and_valid():
        actions.invite(member, form.email.data, queries.my_account().member)
        flash(gettext("The invitation is on its way."), "done")
        return redirect(url_for(".invitations"), 303)
    if request.method == "GET":
        refuse_if(rules.why_not_claim(member))
        form.email.data = next(iter(sorted(queries.emails_of(member.id))), None)
    return render_template("accounts/invite.html", form=form, member=member), form.status


def use_recovery_code():
    """The help with a lost authenticator is a recovery code."""
    return redirect(url_for("security.mf_recovery"), 303)


@bp.record
def _open(state: Any) -> None:
    """Put our pages of coming and going where Flask-Security looks for them."""
    for endpoint, view in (
        ("login", sign_in),
        ("logout", sign_out),
        ("two_factor_rescue", use_recovery_code),
    ):
        security.replace(state.app, endpoint, view)


def _move_in_as(account: Any, invitation: Any, member: Any, why_not: Any) -> Any:
    form = forms.OnlyToken()
    is_mine = account.email == invitation.email
    if why_not is None and is_mine and form.sent_and_valid():
        actions.become_by_invitation(account, invitation, member)
        return redirect(url_for("members.me"), 303)
    page = render_template(
        "accounts/move_in_as.html", form=form, member=member, why_not=why_not, is_mine=is_mine
    )
    return page, form.status if why_not is None else 410


def _whose(email: str, password: str) -> Any:
    """The account that these open, or None.

    A password takes long to check: that is done while only reading, so that nobody who
    writes has to wait for it, and holds only if nothing was changed meanwhile.
    """
    only_reading()
    asked = queries.by_email(email)
    kept = asked.password if asked else None
    is_right = actions.is_password_of(asked, password)
    renewed = asked.password if asked else None
    with writing():
        account = queries.by_email(email)
    if not is_right or account is None or account.password != kept:
        return None
    if renewed != kept:
        account.password = renewed
    return account


def _second_step(account: Any) -> Any:
    step = current_app.extensions["security"].two_factor_plugins.tf_enter(
        account, False, "password", next_loc=_go_on()
    )
    if step is not None:
        session["second_step_since"] = time.time()
    return step


def _enter_and_go_on(account: Any) -> Any:
    _enter(account)
    return redirect(_go_on(), 303)


def _enter(account: Any) -> None:
    if current_user.is_authenticated:
        actions.end_here()
    login_user(account, remember=False, authn_via=["password"])


def _renew(account: Any) -> None:
    """Give the session that changed something a token of its own."""
    actions.end_here()
    login_user(account, remember=False, authn_via=["password"])


def _asked_for() -> str:
    asked = request.args.get("next", "")
    return asked if rules.is_ours(asked) else ""


def _go_on() -> str:
    asked = request.form.get("next") or request.args.get("next", "")
    return asked if rules.is_ours(asked) else url_for("web.home")


def _only_for(*roles: str) -> None:
    viewer = present_viewer()
    if viewer is None or viewer.role not in roles:
        raise Forbidden
