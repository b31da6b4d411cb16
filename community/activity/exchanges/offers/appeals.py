"""When a decision of those who look after the place is looked at again, and by whom.

It is the same for whatever is decided about: offers here, reviews further up.
"""

from datetime import datetime, timedelta
from typing import Protocol

from community.kit.words import N_, Words

LONGEST_WORDS = 2_000
"""What is said of a decision, and against it."""
APPEAL_WITHIN = timedelta(days=183)
"""Six months, in which a decision can be appealed."""
DECIDE_WITHIN = timedelta(days=7)
"""In what time staff mean to decide about an appeal."""


class Decided(Protocol):
    """What was decided."""

    @property
    def by(self) -> int:
        """Who decided."""
        ...

    @property
    def appeal_until(self) -> datetime:
        """Until when it can be appealed."""
        ...

    @property
    def appeal_of(self) -> int | None:
        """The decision that this one looked at again."""
        ...


def why_not_decide_again(by: int, decided_by: int | None, *, has_other: bool) -> Words | None:
    """Why this person can't decide about an appeal; None when they can.

    ``decided_by`` is who made the decision that an appeal is about, if there is an appeal;
    ``has_other`` says whether somebody else could decide about it.
    """
    if decided_by == by and has_other:
        return N_("You made the decision that is appealed. Somebody else looks at it now.")
    return None


def why_not_appeal(
    decision: Decided, now: datetime, *, has_appealed: bool, is_latest: bool
) -> Words | None:
    """Why whom a decision concerns can't appeal it; None when they can."""
    if has_appealed:
        return N_("You have appealed this decision already.")
    if decision.appeal_of is not None or not is_latest:
        return N_("This was looked at again already.")
    if now >= decision.appeal_until:
        return N_("A decision can be appealed for six months. They are over.")
    return None


def why_not_words(words: str) -> Words | None:
    """Why words are too many for a decision or an appeal; None when they are not."""
    too_long = len(words) > LONGEST_WORDS
    return N_("Use at most %(most)d characters.", most=LONGEST_WORDS) if too_long else None
