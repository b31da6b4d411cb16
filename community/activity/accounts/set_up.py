"""How Flask-Security is set up: its addresses, its times, and what it says in our words."""

from datetime import timedelta
from typing import Any

from community.activity.accounts import rules
from community.kit import clock
from community.kit.languages import gettext, ngettext
from community.kit.words import N_

FRESH, GRACE = timedelta(minutes=15), timedelta(minutes=5)
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


class OurWords:
    """Flask-Security's texts from our catalogs."""

    def gettext(self, string: str, **values: Any) -> str:
        """A text in the reader's language."""
        text = gettext(str(string))
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, num: int, **values: Any) -> str:
        """A text in the reader's language and the form that its number asks for."""
        return ngettext(singular, plural, num) % ({"num": num} | values)


def settings(config: Any) -> dict[str, Any]:
    """What Flask-Security reads from the configuration, its texts among it."""
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
    told = {f"SECURITY_{name}": value for name, value in given.items()}
    said = {f"SECURITY_MSG_{name}": (words.text, "info") for name, words in MESSAGES.items()}
    # A sign-in ends by its row; the cookie only has to live as long as the longest may.
    return (
        told
        | said
        | {"PERMANENT_SESSION_LIFETIME": rules.LONGEST, "SESSION_REFRESH_EACH_REQUEST": False}
    )
