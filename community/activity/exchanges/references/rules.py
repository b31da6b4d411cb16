"""How one can know another, and who may say so, hide it, or take it off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from community.kit.catalog import catalog
from community.kit.words import N_, Words

SHORTEST, LONGEST, LONGEST_REASON = 20, 2_000, 300
MOST_A_DAY = 5
"""References that a member writes a day."""
A_DAY = timedelta(days=1)
KEEPERS = ("manager", "admin")


@dataclass(frozen=True)
class Way:
    """A way in which two know each other; ``says`` is how others read it."""

    name: str
    label: Words
    says: Words


WAYS = catalog(
    Way("friend", N_("We are friends"), N_("a friend")),
    Way("family", N_("We are family"), N_("family")),
    Way("neighbour", N_("We are neighbours"), N_("a neighbour")),
    Way("work", N_("We worked together"), N_("they worked together")),
    Way("learning", N_("We learned together"), N_("they learned together")),
    Way("club", N_("We are in the same club or group"), N_("from the same club or group")),
    Way("here", N_("We met through this community"), N_("met through this community")),
    Way("online", N_("We know each other from the net"), N_("known from the net")),
    Way("else", N_("In another way"), N_("known in another way")),
)


class Known(Protocol):
    """A member as far as is needed to say who may write about them."""

    @property
    def id(self) -> int:
        """Their id."""
        ...

    @property
    def erased_at(self) -> datetime | None:
        """When they were erased."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """When they moved in."""
        ...


class Kept(Protocol):
    """A reference as far as is needed to say what may be done with it."""

    author_id: int
    about_id: int
    hidden_at: datetime | None
    removed_at: datetime | None


def why_not_refer(
    about: Known, author_id: int, *, has_written: bool, written_today: int
) -> Words | None:
    """Why a member can't say how they know another; None when they can."""
    if about.erased_at is not None:
        return N_("This member has left.")
    if about.id == author_id:
        return N_("Nobody says this of themselves.")
    if about.claimed_at is None:
        return N_("They have not moved in yet: nobody can know who is behind this page.")
    if has_written:
        return N_("You said how you know them already. Change that instead.")
    if written_today >= MOST_A_DAY:
        return N_("You wrote %(most)d today. Write the next one tomorrow.", most=MOST_A_DAY)
    return None


def why_not_words(text: str) -> Words | None:
    """Why this can't be said of somebody; None when it can."""
    if len(text) < SHORTEST:
        return N_("Say a little more: at least %(least)d characters.", least=SHORTEST)
    if len(text) > LONGEST:
        return N_("Use at most %(most)d characters.", most=LONGEST)
    return None


def why_not_way(how: str) -> Words | None:
    """Why two can't know each other like this; None when they can."""
    return None if how in WAYS else N_("Choose how you know each other.")


def why_not_change(kept: Kept, by: int) -> Words | None:
    """Why somebody can't change a reference or take it back; None when they can."""
    if by != kept.author_id:
        return N_("Only who wrote it can do that.")
    if kept.removed_at is not None:
        return N_("Those who look after the place took it off.")
    return None


def why_not_hide(kept: Kept, by: int) -> Words | None:
    """Why somebody can't hide a reference; None when they can."""
    if by != kept.about_id:
        return N_("Only the one it is about can do that.")
    if kept.removed_at is not None:
        return N_("Those who look after the place took it off.")
    return N_("It is hidden already.") if kept.hidden_at is not None else None


def why_not_show(kept: Kept, by: int) -> Words | None:
    """Why somebody can't show a reference again; None when they can."""
    if by != kept.about_id:
        return N_("Only the one it is about can do that.")
    return N_("It is shown already.") if kept.hidden_at is None else None


def why_not_keep_house(role: str | None) -> Words | None:
    """Why somebody can't take references off at all; None when they can."""
    return None if role in KEEPERS else N_("Managers and admins take references off.")


def why_not_remove(kept: Kept, by: int, role: str, reason: str) -> Words | None:
    """Why somebody of the staff can't take a reference off; None when they can."""
    if kept.removed_at is not None:
        return N_("It is taken off already.")
    return _why_not_judge(kept, by, role, reason)


def why_not_put_back(kept: Kept, by: int, role: str, reason: str) -> Words | None:
    """Why somebody of the staff can't put a reference back; None when they can."""
    if kept.removed_at is None:
        return N_("It is not taken off.")
    return _why_not_judge(kept, by, role, reason)


def _why_not_judge(kept: Kept, by: int, role: str, reason: str) -> Words | None:
    why_not = why_not_keep_house(role)
    if why_not is not None:
        return why_not
    if by in (kept.author_id, kept.about_id):
        return N_("You are a side of it: ask somebody else of the staff.")
    return None if len(reason.strip()) >= 5 else N_("Say why.")
