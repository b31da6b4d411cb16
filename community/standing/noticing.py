"""What members are to be told about badges: that one began or ended, and that one is about to end.

Who tells them stands further up; here it is only found whom to tell what, and when.
"""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from community.kit import additions
from community.standing import awards, rulebook
from community.standing.awarding import ContextAt, ContextsOf
from community.standing.badges import NOT_HELD, Badge, assess
from community.standing.metrics import METRICS
from community.standing.needs import Asking
from community.standing.past import Past
from community.standing.windows import Length

ENDING = "badge is ending"
"""Where rooms further up add how a holder is told: a function of badge, member, day, length."""


def tell_of_endings(past: Past, now: datetime, contexts: ContextsOf) -> Iterator[int]:
    """Tell whoever is about to lose a badge if nothing else happens; yields how many each time.

    It is asked each night: that the same is told once is up to those who tell.
    """
    tellers = additions.at(ENDING)
    for version in rulebook.holding(now) if tellers else ():
        badge = version.badge
        length = notice_due(badge, now)
        if length is None:
            continue
        day = badge.cadence.next(now)
        members = ending(badge, past, now, day, contexts(badge))
        for member in members:
            for tell in tellers:
                tell(badge, member, day, length)
        yield len(members)


def notice_due(badge: Badge, now: datetime) -> Length | None:
    """The notice that is to have been given by now of what the next assessment ends; None before any."""
    day = badge.cadence.next(now)
    begun = [length for length in badge.notice if length.before(day) <= now]
    return max(begun, key=lambda length: length.before(day), default=None)


def ending(
    badge: Badge, past: Past, now: datetime, day: datetime, context_at: ContextAt
) -> list[int]:
    """Who would lose a badge, or a tier of it, on a day to come if nothing else happened."""
    past.context = context_at(now)
    held = awards.held_by(past, badge.name, now)
    if not (held.tier > NOT_HELD).any():
        return []
    assessed = assess(badge, Asking(past, METRICS), day, held)
    found: list[int] = past.members[np.flatnonzero(assessed.lost)].tolist()
    return found
