"""What is asked for at the door, and in what form."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_security.forms import TwoFactorVerifyCodeForm, VerifyForm
from flask_security.webauthn import (
    WebAuthnRegisterForm,
    WebAuthnRegisterResponseForm,
    WebAuthnSigninResponseForm,
)
from webauthn.helpers.exceptions import WebAuthnException
from wtforms import EmailField, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, Length, StopValidation, ValidationError

from community.activity.accounts import rules
from community.kit import text
from community.kit.languages import gettext, translate
from community.kit.pages import Form
from community.kit.words import N_, Words

ASKED = N_("This is needed.")
NO_ADDRESS = N_("That does not look like an e-mail address.")


class Asked(DataRequired):  # type: ignore[misc]
    """Something has to stand here."""

    def __call__(self, form: Any, field: Any) -> None:
        """Stop where nothing does."""
        self.message = translate(ASKED)
        super().__call__(form, field)


class AtMost(Length):  # type: ignore[misc]
    """So many characters and no more."""

    def __init__(self, most: int) -> None:
        super().__init__(max=most)

    def __call__(self, form: Any, field: Any) -> None:
        """Stop where there are more."""
        self.message = translate(N_("Use at most %(most)d characters.", most=self.max))
        super().__call__(form, field)


class Address:
    """An e-mail address to which a letter could be sent, brought into the form that is kept."""

    def __call__(self, form: Any, field: Any) -> None:
        """Stop where it is none."""
        try:
            found = validate_email(field.data, check_deliverability=False)
        except EmailNotValidError:
            raise StopValidation(translate(NO_ADDRESS)) from None
        field.data = found.normalized.lower()


def one_line(value: str | None) -> str | None:
    """What was typed, as one clean line."""
    return text.line(value, 400) if value else value


def without_nul(value: str | None) -> str | None:
    """A password as it was typed, but for characters that no keyboard makes."""
    return value.replace("\x00", "") if value else value


def email(label: Words | None = None) -> EmailField:
    """A field for an e-mail address."""
    return EmailField(
        label or N_("E-mail"),
        filters=[one_line],
        validators=[Asked(), AtMost(254), Address()],
        render_kw={"autocomplete": "email", "maxlength": 254, "inputmode": "email"},
    )


def password(label: Words | None = None, *, is_new: bool = False) -> PasswordField:
    """A field for a password; it can be pasted into, and a password manager knows it."""
    return PasswordField(
        label or N_("Password"),
        filters=[without_nul],
        validators=[Asked(), AtMost(rules.LONGEST_PASSWORD)],
        description=N_("At least 8 characters. A few unrelated words are fine.") if is_new else "",
        render_kw={"autocomplete": "new-password" if is_new else "current-password"},
    )


class JoinForm(Form):
    """Three things, and one is in."""

    name = StringField(
        N_("What people call you"),
        filters=[one_line],
        validators=[Asked(), AtMost(120)],
        render_kw={"autocomplete": "name", "maxlength": 120},
    )
    email = email()
    password = password(is_new=True)

    def validate_name(self, field: Any) -> None:
        """Whether one can join under this name."""
        _hold_against(field, rules.why_not_name(field.data))

    def validate_password(self, field: Any) -> None:
        """Whether it is hard to guess, for this person here."""
        own = (self.name.data or "", self.email.data or "", current_app.config["SITE_NAME"])
        _hold_against(field, rules.why_not_password(field.data, own))


class SignInForm(Form):
    """An address and a password."""

    email = EmailField(
        N_("E-mail"),
        filters=[one_line],
        validators=[Asked(), AtMost(254)],
        render_kw={"autocomplete": "username", "maxlength": 254, "inputmode": "email"},
    )
    password = password()
    next = HiddenField()


class EmailForm(Form):
    """An address."""

    email = email()


class NewAddressForm(Form):
    """The address that letters should come to from now on."""

    email = email(N_("New e-mail"))


class NewPasswordForm(Form):
    """A new password, once: it can be shown, and it can be recovered."""

    password = password(N_("New password"), is_new=True)


class ChangePasswordForm(Form):
    """The password so far, and the new one."""

    old = password(N_("Present password"))
    new = password(N_("New password"), is_new=True)


class ConfirmForm(Form):
    """The password that was chosen when joining."""

    password = password(N_("The password you chose"))


class InviteForm(Form):
    """Where an invitation goes."""

    email = email(N_("Their e-mail"))


class OnlyToken(Form):
    """A button."""


class AgainForm(VerifyForm):  # type: ignore[misc]
    """The password once more, before something that matters."""

    password = PasswordField(
        _("Password"),
        filters=[without_nul],
        validators=[Asked(), AtMost(rules.LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class CodeForm(TwoFactorVerifyCodeForm):  # type: ignore[misc]
    """The six digits that an authenticator shows."""

    code = StringField(
        _("Six-digit code"),
        filters=[lambda v: v.replace(" ", "") if isinstance(v, str) else v],
        validators=[Asked(), AtMost(12)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12},
    )


class PasskeyForm(WebAuthnRegisterForm):  # type: ignore[misc]
    """What a new passkey is called and what it is for."""

    name = StringField(
        _("Name of the passkey"),
        filters=[one_line],
        validators=[Asked(), AtMost(64)],
        description=_("So that you know it again, such as: My phone"),
        render_kw={"maxlength": 64, "autocomplete": "off"},
    )
    usage = RadioField(
        _("What it is for"),
        choices=[
            ("first", _("Sign in with it alone, instead of the password")),
            ("secondary", _("A second step after the password")),
        ],
        default="first",
    )

    def validate(self, **kwargs: Any) -> bool:
        """Whether the name is free and there are not too many."""
        if not super().validate(**kwargs):
            return False
        if len(current_user.webauthn) >= rules.MOST_PASSKEYS:
            self.name.errors = [
                gettext("You have ten passkeys already. Remove one that you no longer use.")
            ]
            return False
        return True


class PasskeyMadeForm(WebAuthnRegisterResponseForm):  # type: ignore[misc]
    """What a new passkey told of itself."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether it is one; what it says of its extensions is not kept."""
        is_good = _without_breaking(super().validate, self.credential, **kwargs)
        self.extensions = None
        return is_good


class PasskeyAnswerForm(WebAuthnSigninResponseForm):  # type: ignore[misc]
    """What a passkey answered."""

    def validate(self, **kwargs: Any) -> bool:
        """Whether it answered rightly; a passkey that signs in alone has checked its owner."""
        is_right = _without_breaking(super().validate, self.credential, **kwargs)
        return bool(is_right and self.user and self.user.is_active)


def _hold_against(field: Any, reason: Words | None) -> None:
    if reason is not None:
        raise ValidationError(translate(reason))


def _without_breaking(validate: Any, field: Any, **kwargs: Any) -> bool:
    """Whether an answer holds; bytes that are no answer at all are a wrong one."""
    try:
        return bool(validate(**kwargs))
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError):
        field.errors = [gettext("That passkey did not open the door.")]
        return False
