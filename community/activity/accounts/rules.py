"""Who may come in, with which password, for how long, and who may become whom."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from zxcvbn import zxcvbn

from community.activity.members import rules as members
from community.kit.words import N_, Words

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256
HARD_ENOUGH = 3
"""The least score of zxcvbn (0 to 4) that a password needs."""
SIGN_UP_LASTS = timedelta(days=2)
RECOVERY_LASTS = timedelta(hours=2)
INVITATION_LASTS = timedelta(days=14)
SECOND_STEP_LASTS = timedelta(minutes=10)
"""How long after the password the second step may be taken."""
IDLE, LONGEST = timedelta(days=14), timedelta(days=90)
STAFF_IDLE, STAFF_LONGEST = timedelta(hours=8), timedelta(days=7)
SEEN_EVERY = timedelta(hours=1)
"""How exactly it is kept when a member was last seen in a place."""
MOST_PASSKEYS = 10

_LIKE_LATIN = str.maketrans(
    "авеікмнорстухѕјԁѵһԛԝαβεικνορτυχγω",
    "abeikmhopctyxsjdvhqwabeikvoptuxyw",
)


class Invited(Protocol):
    """An invitation as far as is needed to say whether it still holds."""

    used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime


class Person(Protocol):
    """A member as far as is needed to say whether they can be claimed or made staff."""

    role: str
    claimed_at: datetime | None
    erased_at: datetime | None


def why_not_name(name: str) -> Words | None:
    """Why nobody can join under this name; None when they can."""
    reason = members.why_not_name(name)
    if reason is not None:
        return reason
    if speaks_for_the_house(name):
        return N_("That name sounds as if you spoke for the house. Say what people call you.")
    return None


def speaks_for_the_house(name: str) -> bool:
    """Whether a name is one of the house's own, or looks like one in another script."""
    look = unicodedata.normalize("NFKC", name).casefold().translate(_LIKE_LATIN)
    return re.sub(r"[^a-z0-9]+", "", look) in _HOUSE


_HOUSE = frozenset(
    {
        "admin", "administrator", "kith", "leadership", "moderator", "moderators", "official",
        "owner", "postmaster", "root", "security", "staff", "support", "sysadmin", "system",
        "theadmin", "thestaff", "webmaster",
    }
)  # fmt: skip


def can_have_handle(handle: str) -> bool:
    """Whether a handle may be given to somebody who joins."""
    return members.why_not_handle(handle) is None


def why_not_password(password: str, own_words: Iterable[str] = ()) -> Words | None:
    """Why this can't be a password; None when it can.

    Anything of eight characters or more that is hard to guess will do: there are no rules about
    which characters. ``own_words`` are words that a guesser would try for this person.
    """
    if len(password) < SHORTEST_PASSWORD:
        return N_("Use at least %(least)d characters.", least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return N_("Use at most %(most)d characters.", most=LONGEST_PASSWORD)
    own = own_parts(own_words)
    # The library looks at 72 characters at most, which bounds the time that it takes.
    score = zxcvbn(password[:72], user_inputs=own)["score"]
    if score < HARD_ENOUGH or len(beside(password, own)) < 4:
        return N_(
            "That is easy to guess, or on the lists that guessers try first."
            " Three or four words that have nothing to do with each other make a good password."
        )
    return None


def own_parts(own_words: Iterable[str]) -> list[str]:
    """The words that a guesser would try for somebody, whole and in parts."""
    parts: dict[str, None] = {}
    for word in own_words:
        pieces = (word.casefold(), *re.split(r"[\W_]+", word.casefold()))
        parts.update(dict.fromkeys(piece for piece in pieces if len(piece) > 2))
    return list(parts)[:40]


def beside(password: str, own: Iterable[str]) -> str:
    """The letters and digits that are left of a password without somebody's own words."""
    left = password.casefold()
    for word in sorted(own, key=len, reverse=True):
        left = left.replace(word, " ")
    return re.sub(r"[\W_]+", "", left)


def needs_second_factor(role: str, *, is_asked_of_staff: bool) -> bool:
    """Whether somebody of this role has to give more than a password."""
    return is_asked_of_staff and role != "member"


def is_over(role: str, signed_in_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a sign-in has come to its end: too long ago, or unused for too long."""
    idle, longest = (IDLE, LONGEST) if role == "member" else (STAFF_IDLE, STAFF_LONGEST)
    return now - signed_in_at >= longest or now - seen_at >= idle


def is_stale(seen_at: datetime, now: datetime) -> bool:
    """Whether it is time to write down anew that a member was seen."""
    return now - seen_at >= SEEN_EVERY


def is_ours(address: str | None) -> bool:
    """Whether an address to go on to after signing in is a page of this site, in any browser's eyes."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return False
    if "\\" in address or any(ord(c) < 33 or unicodedata.category(c)[0] in "CZ" for c in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and "//" not in parts.path


def why_not_invite(member: Person, inviter_role: str) -> Words | None:
    """Why this member can't be invited to move in; None when they can."""
    if inviter_role not in ("manager", "admin"):
        return N_("Only managers and admins invite people to move in.")
    return why_not_claim(member)


def why_not_claim(member: Person) -> Words | None:
    """Why nobody can move into this member; None when somebody can."""
    if member.erased_at is not None:
        return N_("This member is no longer here.")
    if member.claimed_at is not None:
        return N_("This member has moved in already.")
    return None


def why_not_use(invitation: Invited, now: datetime) -> Words | None:
    """Why an invitation no longer holds; None when it does."""
    if invitation.used_at is not None:
        return N_("This invitation was used already. Sign in with the password you chose.")
    if invitation.revoked_at is not None:
        return N_("This invitation was taken back. Ask whoever invited you for a new one.")
    if now >= invitation.expires_at:
        return N_("This invitation is over: it held for two weeks. Ask for a new one.")
    return None


def why_not_merge(
    mine: Person, theirs: Person, my_email: str, their_emails: Iterable[str], my_events: int
) -> Words | None:
    """Why somebody who joined can't take over a member who was here before; None when they can."""
    reason = why_not_claim(theirs)
    if reason is not None:
        return reason
    if my_email not in their_emails:
        return N_("That member did not come with your address.")
    if mine.role != "member":
        return N_("Staff keep the member they have.")
    if my_events:
        return N_(
            "You have a history of your own here by now, so the two can't become one by"
            " themselves. Ask a manager."
        )
    return None


def why_not_role(member: Person, role: str, reason: str, admins_left: int) -> Words | None:
    """Why this member can't be given this role; None when they can.

    ``admins_left`` is how many admins there are beside this member.
    """
    if role not in ("member", "manager", "leader", "admin"):
        return N_("There is no role %(role)s.", role=role)
    if not reason.strip():
        return N_("Say why.")
    if member.erased_at is not None:
        return N_("This member is no longer here.")
    if member.role == role:
        return N_("They have that role already.")
    if member.role == "admin" and admins_left == 0:
        return N_("They are the last admin. Make somebody else an admin first.")
    if role != "member" and member.claimed_at is None:
        return N_("Nobody has moved into this member yet.")
    return None


def why_not_remove_second_factor(needs_one: bool, left: int) -> Words | None:
    """Why a second factor can't be taken away; None when it can."""
    if needs_one and left == 0:
        return N_("Your role asks for a second factor. Set another one up first.")
    return None


_BROWSERS = (
    ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """The browser and the system that a browser tells of itself, as ``Firefox/Linux``."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser}/{system}"


def device_words(device: str) -> Words | str:
    """A kept device in words."""
    browser, _, system = device.partition("/")
    if browser and system:
        return N_("%(browser)s on %(system)s", browser=browser, system=system)
    if browser or system:
        return browser or system
    return N_("A browser that does not tell its name")


def fingerprint_parts(account: Any) -> tuple[str, ...]:
    """What of an account a link stands on: when any of it changes, the link is worth nothing."""
    return (account.fs_uniquifier, account.email, account.password or "")
