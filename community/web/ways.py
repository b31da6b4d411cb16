"""The way from where a member stands to each badge and to the next level."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kit.languages import day
from community.kit.words import N_, Words
from community.standing import awarding, awards
from community.standing.badges import NOT_HELD, Badge
from community.standing.decisions import progress
from community.standing.past import Past
from community.standing.queries import Held, Seen
from community.standing.windows import A_MOMENT
from community.web.explained import Asked, asked_of
from community.web.recognised import HIGHEST, said, tier_label

NEAR = 60
"""From which per cent on the way to a badge is shown open."""


@dataclass(frozen=True, slots=True)
class Way:
    """A badge from where a member stands: held or on the way."""

    name: str
    label: str
    shape: str
    icon: str
    tier: int
    is_done: bool
    percent: int
    fact: Words
    award: int | None = None
    needs: tuple[Asked, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether the member holds it."""
        return self.award is not None

    @property
    def is_near(self) -> bool:
        """Whether it is near enough to show what is missing at once."""
        return not self.is_done and self.percent >= NEAR


def way_to(badge: Badge, past: Past, now: datetime, viewer: Any, seen: Seen) -> Way:
    """The way to a badge: to its next tier, or to keeping the highest."""
    held = next((each for each in seen.held if each.badge == badge.name), None)
    if badge.is_manual:
        return _given(badge, held)
    tier = held.tier if held else NOT_HELD
    aim = min(tier + 1, badge.top)
    is_done = tier >= badge.top
    decision = awarding.decided(badge, past, now, tier=aim)
    fact = N_("next looked at on %(next)s", next=day(decision.next))
    if held is not None:
        fact = N_(
            "held since %(day)s, next looked at on %(next)s",
            day=day(held.begun_at),
            next=day(decision.next),
        )
    return Way(
        badge.name,
        tier_label(badge, aim),
        badge.shape,
        badge.icon,
        min(aim, HIGHEST),
        is_done,
        100 if is_done else math.floor(100 * progress(badge, decision)),
        fact,
        held.id if held else None,
        asked_of(badge, decision, viewer),
    )


def _given(badge: Badge, held: Held | None) -> Way:
    fact = N_("held since %(day)s", day=day(held.begun_at)) if held else N_("given by hand")
    return Way(
        badge.name,
        said(badge.label),
        badge.shape,
        badge.icon,
        1,
        True,
        100 if held else 0,
        fact,
        held.id if held else None,
    )


def ladder(
    badge: Badge, past: Past, now: datetime, viewer: Any
) -> tuple[list[dict[str, str]], tuple[Asked, ...]]:
    """The levels as steps, and what the next one asks."""
    tier = int(awards.held_by(past, badge.name, now + A_MOMENT).tier[0])
    steps = [
        {
            "label": said(step.label),
            "state": "done" if n < tier else "now" if n == tier else "later",
            "text": "",
        }
        for n, step in enumerate(badge.tiers, 1)
    ]
    aim = tier + 1
    if aim > badge.top or badge.rule_of(aim) is None:
        return steps, ()
    return steps, asked_of(badge, awarding.decided(badge, past, now, tier=aim), viewer)
