"""Who sees what of a member, and how far they have told who they are."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from community.kit import search
from community.kit.catalog import catalog
from community.kit.words import N_, Words

EVERYONE, MEMBERS, NOBODY = 0, 1, 2
"""Who may see a part of a profile: everyone, signed-in members, only the member."""
PARTS = ("profile", "place", "details", "links", "timeline")
"""The parts of a profile; ``details`` are background, languages and interests."""

Part = Literal["profile", "place", "details", "links", "timeline"]


class HasId(Protocol):
    """Whoever has an id: the one who reads."""

    @property
    def id(self) -> int:
        """Their id."""
        ...


class Seen(HasId, Protocol):
    """A member as far as is needed to say who sees what of them."""

    @property
    def erased_at(self) -> datetime | None:
        """When they were erased."""
        ...

    @property
    def sees_profile(self) -> int:
        """Who sees that they are here at all; the other ``sees_…`` can only narrow it."""
        ...


class Tells(Protocol):
    """What a member tells of themselves."""

    photo: str | None
    headline: str | None
    background: str | None
    place: str | None
    tags: Sequence[Any]
    links: Sequence[Any]


def audience(viewer: HasId | None) -> int:
    """The widest audience that still includes the reader."""
    return EVERYONE if viewer is None else MEMBERS


def can_see(viewer: HasId | None, member: Seen, part: Part = "profile") -> bool:
    """Whether the reader sees this part of a member; None reads as a visitor.

    Members always see their own. Staff see what members see. Nobody sees an erased member.
    """
    if member.erased_at is not None:
        return False
    if viewer is not None and viewer.id == member.id:
        return True
    return max(member.sees_profile, getattr(member, f"sees_{part}")) <= audience(viewer)


class Vouched(HasId, Protocol):
    """A member as far as is needed to say who may vouch for them."""

    @property
    def erased_at(self) -> datetime | None:
        """When they were erased."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """When they moved in."""
        ...


def why_not_vouch_for(member: Vouched, by: int, *, has_vouched: bool) -> Words | None:
    """Why somebody of the staff can't vouch for this member; None when they can."""
    if member.erased_at is not None:
        return N_("This member has left.")
    if member.id == by:
        return N_("Nobody vouches for themselves.")
    if member.claimed_at is None:
        return N_("They have not moved in yet: nobody can know who is behind this page.")
    return N_("You vouch for them already.") if has_vouched else None


def why_not_take_back_word(vouched_by: int | None, by: int, role: str) -> Words | None:
    """Why somebody can't take back a word that was given for a member; None when they can."""
    if vouched_by == by or role == "admin":
        return None
    return N_("Only who gave it, or an admin, takes it back.")


def sights(viewer: HasId | None, member: HasId, *, is_staff: bool = False) -> frozenset[str]:
    """Which kinds of events the reader finds in a member's timeline."""
    if is_staff:
        return frozenset({"everyone", "sides", "staff"})
    is_own = viewer is not None and viewer.id == member.id
    return frozenset({"everyone", "sides"} if is_own else {"everyone"})


@dataclass(frozen=True)
class Step:
    """Something to tell of oneself: what it counts, what to do, and what comes of it."""

    name: str
    weight: int
    label: Words
    gain: Words


STEPS = catalog(
    Step(
        "photo",
        25,
        N_("Add a photo"),
        N_("People answer a face sooner than a monogram."),
    ),
    Step(
        "headline",
        20,
        N_("Say in one line who you are"),
        N_("It stands beside your name wherever you are seen."),
    ),
    Step(
        "background",
        20,
        N_("Tell a little about yourself"),
        N_("Two or three sentences are enough for others to find what you share."),
    ),
    Step(
        "languages",
        10,
        N_("Name the languages you speak"),
        N_("Others can find someone who understands them."),
    ),
    Step(
        "interests",
        10,
        N_("Name what you care about"),
        N_("Others can find you by it."),
    ),
    Step(
        "place",
        10,
        N_("Say roughly where you are"),
        N_("A town or a region is enough, and you choose who sees it."),
    ),
    Step(
        "links",
        5,
        N_("Link a page of yours"),
        N_("Those who want to know more can read on."),
    ),
)


@dataclass(frozen=True)
class Completeness:
    """How far a member has told who they are: a share of 1, and the next useful step."""

    share: float
    next: Step | None

    @property
    def percent(self) -> int:
        """The share in per cent."""
        return round(self.share * 100)


def told(member: Tells) -> frozenset[str]:
    """The names of the steps that a member has taken."""
    kinds = {f"{tag.kind}s" for tag in member.tags}
    own = {n for n in ("photo", "headline", "background", "place") if getattr(member, n)}
    return frozenset(kinds | own | ({"links"} if member.links else set()))


def progress(steps_taken: Collection[str]) -> Completeness:
    """How far one has come who took these steps."""
    total = sum(step.weight for step in STEPS.values())
    done = sum(step.weight for step in STEPS.values() if step.name in steps_taken)
    left = [step for step in STEPS.values() if step.name not in steps_taken]
    return Completeness(done / total, left[0] if left else None)


def completeness(member: Tells) -> Completeness:
    """How far a member has told who they are, and the next useful step; None when all is told."""
    return progress(told(member))


PLACE_MARK = "@"
"""What stands before a word of a place, so that it is never found as a name."""


def found_under(name: str, handle: str, place: str | None = None) -> list[str]:
    """The words by which a member is found: of name and handle, and, marked as such, of the place."""
    marked = (place_word(word) for word in search.words(place or ""))
    return [*search.words(f"{name} {handle}"), *marked]


def place_word(word: str) -> str:
    """A word of a place as it is kept among the words by which members are found."""
    return f"{PLACE_MARK}{word}"[: search.LONGEST_WORD]


SHORTEST_HANDLE, LONGEST_HANDLE, LONGEST_NAME = 2, 40, 120
RESERVED_HANDLES = {
    "about", "abuse", "account", "accounts", "admin", "administrator", "all", "anonymous", "api",
    "archive", "assets", "badge", "badges", "bot", "circles", "community", "confirm", "contact",
    "deleted", "erased", "events", "everyone", "exchanges", "export", "favicon", "feed", "former",
    "forum", "gone", "guest", "guides", "help", "here", "home", "house", "import", "info", "join",
    "kith", "leader", "leadership", "legal", "letters", "login", "logout", "mail", "mailer",
    "manager", "managers", "me", "media", "member", "members", "messages", "mod", "moderator",
    "moderators", "mods", "nobody", "none", "noreply", "null", "offers", "official", "owner",
    "password", "places", "police", "postmaster", "preferences", "privacy", "recover", "register",
    "robots", "root", "rules", "search", "security", "self", "settings", "sign-in", "sign-out",
    "signin", "signout", "signup", "site", "staff", "static", "stories", "style", "support",
    "sysadmin", "system", "team", "terms", "test", "undefined", "user", "users", "visitor", "web",
    "webmaster", "welcome",
}  # fmt: skip
"""Handles that nobody may take: addresses of the site, and names that speak for it."""
HANDLE_IS_TAKEN = N_("Someone else has that handle. Choose another one.")
_HANDLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOOKS_LIKE = str.maketrans("013457l", "oieasti", "-")


def why_not_handle(handle: str, *, is_taken: bool = False) -> Words | None:
    """Why nobody, or not this one, can have a handle; None when it can be had."""
    if not SHORTEST_HANDLE <= len(handle) <= LONGEST_HANDLE:
        return N_(
            "A handle has %(least)d to %(most)d characters.",
            least=SHORTEST_HANDLE,
            most=LONGEST_HANDLE,
        )
    if not _HANDLE.fullmatch(handle):
        return N_(
            "A handle is made of the letters a to z, digits, and single hyphens between them."
        )
    if handle.isdigit():
        return N_("A handle needs at least one letter.")
    if _look(handle) in _RESERVED_LOOKS or handle.startswith("gone-"):
        return N_("That handle is kept for the house. Choose another one.")
    if is_taken:
        return HANDLE_IS_TAKEN
    return None


def why_not_name(name: str) -> Words | None:
    """Why this can't be somebody's name; None when it can. Any script is welcome."""
    if not any(c.isalpha() for c in name):
        return N_("A name has at least one letter, in any script.")
    if len(name) > LONGEST_NAME:
        return N_("A name has at most %(most)d characters.", most=LONGEST_NAME)
    if "://" in name or "@" in name:
        return N_("A name is no address. Say what people call you.")
    return None


def _look(handle: str) -> str:
    return handle.replace("rn", "m").translate(_LOOKS_LIKE)


_RESERVED_LOOKS = frozenset(_look(word) for word in RESERVED_HANDLES)
