"""What the house writes to people about their account, and the signed links in it."""

import hashlib
from dataclasses import dataclass
from typing import Any

from babel.support import NullTranslations
from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from community.activity.accounts import rules
from community.activity.accounts.models import Account
from community.kit import outbox
from community.kit.catalog import catalog
from community.kit.languages import LANGUAGES, translations
from community.kit.text import line
from community.kit.words import N_, Words


@dataclass(frozen=True)
class Letter:
    """A letter: its subject, what it says, what can be done, and what to do when it is a mistake."""

    name: str
    subject: Words
    says: tuple[Words, ...]
    does: Words | None = None
    after: tuple[Words, ...] = ()


LETTERS = catalog(
    Letter(
        "confirm",
        N_("Confirm your address for %(site)s"),
        (
            N_("Good to have you at %(site)s."),
            N_(
                "One step is left: confirm that this address is yours, with the password you chose."
            ),
        ),
        N_("Confirm my address"),
        (
            N_("The link works for two days."),
            N_(
                "If you did not ask to join, do nothing: without the password nobody comes in"
                " with your address."
            ),
        ),
    ),
    Letter(
        "already",
        N_("You are at home at %(site)s already"),
        (
            N_("Somebody, probably you, wanted to join %(site)s with this address."),
            N_(
                "There is a member with this address already, so nothing was changed. You can"
                " simply sign in, or choose a new password if you forgot yours."
            ),
        ),
        N_("Sign in"),
        (N_("If it was not you, there is nothing to do."),),
    ),
    Letter(
        "recover",
        N_("Choose a new password for %(site)s"),
        (N_("Somebody, probably you, asked for a new password for this address."),),
        N_("Choose a new password"),
        (
            N_("The link works for two hours and only once."),
            N_("If it was not you, do nothing: your password stays as it is."),
        ),
    ),
    Letter(
        "password",
        N_("Your password for %(site)s was changed"),
        (
            N_("The password of your account was changed a moment ago."),
            N_("All other places where you were signed in have been signed out."),
        ),
        N_("It was not me"),
        (N_("If it was you, there is nothing to do."),),
    ),
    Letter(
        "new_address",
        N_("Confirm your new address for %(site)s"),
        (N_("You asked for letters from %(site)s to come to this address from now on."),),
        N_("Use this address"),
        (
            N_("The link works for two hours, in a browser where you are signed in."),
            N_("If you did not ask for it, do nothing."),
        ),
    ),
    Letter(
        "address_asked",
        N_("Your address for %(site)s is about to change"),
        (
            N_(
                "Somebody who is signed in as you, probably you, asked for letters from %(site)s"
                " to go to another address: %(elsewhere)s."
            ),
            N_("It changes when that address is confirmed."),
        ),
        N_("It was not me"),
        (N_("If it was you, there is nothing to do here."),),
    ),
    Letter(
        "address_left",
        N_("Your address for %(site)s was changed"),
        (
            N_("Letters from %(site)s now go to %(elsewhere)s, and you sign in with that address."),
            N_("This is the last letter to this one."),
        ),
        None,
        (N_("If this was not you, answer this letter at once."),),
    ),
    Letter(
        "address_taken",
        N_("Your new address for %(site)s"),
        (N_("From now on you sign in at %(site)s with this address."),),
    ),
    Letter(
        "way_in",
        N_("A way into your account at %(site)s was changed"),
        (
            N_("What was changed: %(what)s"),
            N_("It was done by somebody who is signed in as you."),
        ),
        N_("It was not me"),
        (N_("If it was you, there is nothing to do."),),
    ),
    Letter(
        "invitation",
        N_("%(site)s keeps a place for you"),
        (
            N_(
                "%(inviter)s invites you to %(site)s, where you are known as %(name)s from before:"
                " what you did for others there has been kept."
            ),
            N_("Choose a password and it is yours to go on with."),
        ),
        N_("Move in"),
        (
            N_("The link works for two weeks and only once."),
            N_("If this means nothing to you, leave it: you will not hear of it again."),
        ),
    ),
    Letter(
        "badge_gained",
        N_("You hold a badge: %(badge)s"),
        (N_("%(site)s recognises you as %(badge)s."),),
        N_("See what it rests on"),
        (N_("You chose to get all letters; in your settings you can choose fewer."),),
    ),
    Letter(
        "badge_lost",
        N_("%(badge)s has ended for you"),
        (
            N_("On this day you no longer reach what %(badge)s asks, so it has ended."),
            N_("It stays in your history, and you can reach it again."),
        ),
        N_("See what is missing"),
        (N_("If something is wrong with it, tell those who look after the place."),),
    ),
    Letter(
        "badge_corrected",
        N_("%(badge)s no longer counts for you: something was corrected"),
        (
            N_(
                "On %(day)s you reached what %(badge)s asks. Something that was counted then has been"
                " corrected since, for example because a review was removed, and without it you do not"
                " reach it. So from that day on it does not count."
            ),
            N_(
                "Only you are told, and nobody decided this about you. It is looked at again on"
                " %(again)s, and you can reach it like everyone."
            ),
        ),
        N_("See what is missing"),
        (N_("If something is wrong with it, tell those who look after the place."),),
    ),
    Letter(
        "badge_restored",
        N_("You hold %(badge)s after all: something was corrected"),
        (
            N_(
                "On %(day)s you did not reach what %(badge)s asks. Something that was counted then has"
                " been corrected since, and now you reach it. It counts from that day on."
            ),
            N_("It is looked at again on %(again)s."),
        ),
        N_("See what it rests on"),
    ),
    Letter(
        "badge_ending",
        N_("%(badge)s ends on %(day)s unless something happens"),
        (
            N_("As things are, you would no longer reach what %(badge)s asks on %(day)s."),
            N_("There is time left: your page says what is missing."),
        ),
        N_("See what is missing"),
        (N_("If something is wrong with it, tell those who look after the place."),),
    ),
    Letter(
        "exchange_asked",
        N_("%(name)s asks you about “%(offer)s”"),
        (N_("%(name)s asks you about “%(offer)s”. A word from you is enough for now."),),
        N_("Read it and answer"),
        (N_("Without an answer the request runs out by itself."),),
    ),
    Letter(
        "exchange_answered",
        N_("%(name)s answered you about “%(offer)s”"),
        (N_("About “%(offer)s”: %(what)s"),),
        N_("See what they say"),
    ),
    Letter(
        "exchange_confirmed",
        N_("It is agreed: “%(offer)s” with %(name)s"),
        (
            N_(
                "You and %(name)s agree on “%(offer)s”. All that was said about it stands on its page."
            ),
        ),
        N_("See the exchange"),
    ),
    Letter(
        "exchange_message",
        N_("%(name)s wrote to you about “%(offer)s”"),
        (N_("There is a message from %(name)s about “%(offer)s”."),),
        N_("Read it"),
        (N_("While it is unread, no further letter comes for some hours."),),
    ),
    Letter(
        "exchange_ended",
        N_("“%(offer)s” with %(name)s: %(what)s"),
        (N_("About “%(offer)s”: %(what)s"),),
        N_("See the exchange"),
    ),
    Letter(
        "exchange_over",
        N_("How was “%(offer)s” with %(name)s?"),
        (N_("“%(offer)s” with %(name)s is over. Say whether it is done, or what went otherwise."),),
        N_("Say how it ended"),
        (N_("If nobody says anything for two weeks, it is closed without an end."),),
    ),
    Letter(
        "exchange_half_done",
        N_("%(name)s says that “%(offer)s” is done"),
        (N_("%(name)s says that “%(offer)s” is done. Do you say so too?"),),
        N_("Say how it ended"),
        (N_("If you say nothing for three days, it counts as done."),),
    ),
)


def write(
    name: str | Letter,
    address: str | None,
    language: str | None,
    url: str = "",
    key: str | None = None,
    /,
    **told: Any,
) -> None:
    """Put a letter in the outbox, in the language of whoever gets it.

    ``name`` is one of these letters, or a letter of a room further up. Without an address it
    is written all the same, never sent, and costs what a real one costs.
    ``key`` names what is to be told once only.
    """
    letter = LETTERS[name] if isinstance(name, str) else name
    spoken = language if language in LANGUAGES else str(current_app.config["DEFAULT_LANGUAGE"])
    texts = translations(spoken)
    told = {"site": current_app.config["SITE_NAME"], "elsewhere": "", "what": "", **told}
    values = {k: _said(v, texts) if isinstance(v, Words) else v for k, v in told.items()}

    def say(words: Words) -> str:
        return str(texts.gettext(words.text)) % values

    parts = {
        "subject": line(say(letter.subject), 200),
        "says": [say(words) for words in letter.says],
        "does": say(letter.does) if letter.does else "",
        "after": [say(words) for words in letter.after],
        "url": url,
        "home": current_app.config["PUBLIC_URL"],
        "site_name": told["site"],
        "spoken": spoken.replace("_", "-"),
    }
    outbox.queue(
        address,
        parts["subject"],
        _rendered("accounts/letter.txt", parts),
        _rendered("accounts/letter.html", parts),
        key,
    )


def _rendered(template: str, parts: dict[str, Any]) -> str:
    """A letter from its template alone: jobs write letters too, and have no request to tell of."""
    return current_app.jinja_env.get_template(template).render(parts)


def _said(words: Words, texts: NullTranslations) -> str:
    text = str(texts.gettext(words.text))
    return text % words.values if words.values else text


def address_of(endpoint: str, **values: Any) -> str:
    """The full address of a page under ``PUBLIC_URL``, whatever a request claims, and in jobs too."""
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + path


def sign(purpose: str, account: Account | None, *more: str) -> str:
    """A signed token for an account; for nobody one that looks and costs the same."""
    about = account.id if account else 0
    stands_on = fingerprint(account) if account else fingerprint_of("nobody")
    return _signer(purpose).dumps([about, stands_on, *more])


def read(purpose: str, token: str) -> list[Any] | None:
    """What a token of ours says: the account's id, its fingerprint, and more; None when it is over."""
    try:
        told: list[Any] = _signer(purpose).loads(
            token, max_age=int(rules.RECOVERY_LASTS.total_seconds())
        )
    except (BadSignature, SignatureExpired):
        return None
    return told


def fingerprint(account: Account) -> str:
    """What changes whenever the account's password, address or sessions do."""
    return fingerprint_of(*rules.fingerprint_parts(account))


def fingerprint_of(*parts: str) -> str:
    """A short hash of some words."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"kith {purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
