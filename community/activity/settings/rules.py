"""What may be told in a profile, and when somebody can leave or be erased."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from community.kit.search import fold
from community.kit.words import N_, Words

MOST_LANGUAGES, MOST_INTERESTS, MOST_LINKS = 12, 20, 5
LONGEST_HEADLINE, LONGEST_BACKGROUND, LONGEST_PLACE = 160, 5_000, 120
LONGEST_INTEREST, LONGEST_LABEL, LONGEST_LINK = 40, 60, 300
SHORTEST_REASON, LONGEST_REASON = 5, 300
MOST_FORMER_HANDLES = 5
"""How many handles lead to a member beside their present one; older ones are let go."""
WHYS = {
    "": N_("I'd rather not say"),
    "unused": N_("I hardly use it"),
    "letters": N_("Too many letters"),
    "privacy": N_("I want my data gone"),
    "people": N_("The people or how they deal with each other"),
    "elsewhere": N_("I found another place"),
}
"""Why people leave, to choose from: a text of their own would have to be erased with them."""

_BETWEEN = re.compile(r"[,;\n\uff0c\u3001\uff1b\u060c]+")
_STAFF = ("manager", "leader", "admin")


@dataclass(frozen=True)
class Told:
    """All that a member tells of themselves.

    Languages are pairs of code and name, interests of folded and written form, links of
    label and address.
    """

    name: str
    handle: str
    headline: str = ""
    background: str = ""
    languages: tuple[tuple[str, str], ...] = ()
    interests: tuple[tuple[str, str], ...] = ()
    place: str = ""
    links: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> str:
        """A short mark that changes whenever anything told changes."""
        told = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:24]

    def differs_in(self, other: "Told") -> list[str]:
        """The names of the parts in which two tellings differ."""
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]


class Leaver(Protocol):
    """A member as far as is needed to say whether they can go."""

    @property
    def id(self) -> int:
        """Their id."""
        ...

    @property
    def handle(self) -> str:
        """Their handle."""
        ...

    @property
    def name(self) -> str:
        """Their name."""
        ...

    @property
    def role(self) -> str:
        """Their role."""
        ...

    @property
    def erased_at(self) -> datetime | None:
        """When they were erased."""
        ...


def split(typed: str) -> list[str]:
    """What was typed as a list, with commas of any script, semicolons or lines between."""
    return [part for part in (" ".join(each.split()) for each in _BETWEEN.split(typed)) if part]


def interests(typed: str) -> tuple[tuple[str, str], ...]:
    """Typed interests as pairs of folded and written form, each once, in order."""
    found: dict[str, str] = {}
    for each in split(typed):
        label = each.lstrip("#").strip()
        if fold(label):
            found.setdefault(fold(label)[:LONGEST_LABEL], label)
    return tuple(found.items())


def why_not_interests(told: Sequence[tuple[str, str]]) -> Words | None:
    """Why these can't be somebody's interests; None when they can."""
    if len(told) > MOST_INTERESTS:
        return N_("Name at most %(most)d interests.", most=MOST_INTERESTS)
    for _, label in told:
        if len(label) > LONGEST_INTEREST:
            return N_(
                "“%(what)s…” is too long: a word or two will do.", what=label[:LONGEST_INTEREST]
            )
        if not any(c.isalnum() for c in label):
            return N_("“%(what)s” has neither letter nor digit.", what=label)
    return None


def link(typed: str) -> str:
    """A typed address, with https:// where no scheme was typed."""
    typed = typed.strip()
    return (
        typed if not typed or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", typed) else f"https://{typed}"
    )


def why_not_link(address: str) -> Words | None:
    """Why this can't be a link on somebody's page; None when it can."""
    if len(address) > LONGEST_LINK:
        return N_("An address has at most %(most)d characters.", most=LONGEST_LINK)
    if not address.isprintable() or any(c in address for c in " <>\"'`\\{}|^"):
        return N_("That is no address. It looks like https://example.org/me")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return N_("That is no address. It looks like https://example.org/me")
    if parts.scheme not in ("http", "https"):
        return N_("Only addresses that begin with https:// or http:// can be linked.")
    if "." not in host.strip(".") or not has_port:
        return N_("That is no address. It looks like https://example.org/me")
    if "@" in parts.netloc:
        return N_("An address with a name or password in it can't be linked.")
    return None


def label_of(address: str) -> str:
    """What a link is called when nobody named it: its host."""
    return (urlsplit(address).hostname or address).removeprefix("www.")[:LONGEST_LABEL]


def why_not_leave(member: Leaver, *, other_admins: int) -> Words | None:
    """Why a member can't leave now; None when they can."""
    if member.erased_at is not None:
        return N_("This member has left already.")
    if member.role == "admin" and other_admins == 0:
        return N_("You are the last admin. Make somebody else an admin before you leave.")
    return None


def why_not_erase(
    member: Leaver,
    by: Leaver,
    reason: str,
    second: Leaver | None,
    *,
    other_admins: int,
    other_staff: int,
) -> Words | None:
    """Why staff can't erase a member who asked for it; None when they can.

    ``other_admins`` counts the admins beside the member; ``other_staff`` the staff beside the
    member and the one who acts, since without such a person there can be no second.
    """
    if by.role != "admin":
        return N_("Only admins erase members.")
    if by.id == member.id:
        return N_("To erase yourself, leave in your own settings.")
    if member.erased_at is not None:
        return N_("This member has left already.")
    if member.role == "admin" and other_admins == 0:
        return N_("They are the last admin. Make somebody else an admin first.")
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        return N_(
            "Say why, in %(least)d to %(most)d characters.",
            least=SHORTEST_REASON,
            most=LONGEST_REASON,
        )
    if names(reason, member):
        return N_(
            "The reason stays in the log for ever. Say it without the member's name, handle or address."
        )
    return why_not_second(member, by, second, other_staff=other_staff)


def why_not_second(
    member: Leaver, by: Leaver, second: Leaver | None, *, other_staff: int
) -> Words | None:
    """Why this is no second person for erasing a member; None when it is, or when there is none."""
    if second is None:
        return N_("A second member of staff has to agree.") if other_staff else None
    if second.id in (by.id, member.id):
        return N_("The second person has to be somebody else.")
    if second.role not in _STAFF or second.erased_at is not None:
        return N_("The second person has to be on the staff.")
    return None


def names(text: str, member: Leaver) -> bool:
    """Whether a text names a member: by name, a part of it, handle, or any address."""
    told = fold(text)
    known = [fold(member.name), fold(member.handle), *fold(member.name).split()]
    is_word = re.compile(r"[^\W_]+(?:-[^\W_]+)*").findall(told)
    return "@" in text or any(
        (word in is_word) if word.isascii() else word in told for word in known if len(word) > 1
    )


def is_told(kind_sight: str, *, is_actor: bool) -> bool:
    """Whether a member is told of an event about them: all but what only staff may read of others."""
    return is_actor or kind_sight != "staff"
