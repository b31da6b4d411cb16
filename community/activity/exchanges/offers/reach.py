"""Whether somebody is behind an offer who could answer: the rule for those that an import brought."""

from datetime import datetime

from community.kit.words import N_, Words


def why_not_reached(claimed_at: datetime | None) -> Words | None:
    """Why an offer can't be asked for as long as its owner has not moved in; None when it can."""
    if claimed_at is not None:
        return None
    return N_(
        "It was offered elsewhere, and its owner has not moved in here yet."
        " Until they do, nobody can ask for it."
    )
