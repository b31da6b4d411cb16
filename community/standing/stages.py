"""The eight stages of a relationship, and the levels of trust: rules like badges', but no medals.

The ledger has no event for an agreement, for the end of a complaint, or for whether somebody
was asked to speak of the community: so being a partner is given and taken back by staff,
an advocate may have a complaint open, and speaking of us counts whoever suggested it.
"""

import math
from functools import cache
from typing import Literal

from community.kit.words import N_, Words
from community.standing import presets
from community.standing.badge_grammar import read_badge
from community.standing.badges import NOT_HELD, Badge
from community.standing.metrics import METRICS

Phase = Literal["acquire", "convert", "keep", "extend"]
PHASES: tuple[Phase, ...] = ("acquire", "convert", "keep", "extend")
PHASE_LABELS: dict[Phase, Words] = {
    "acquire": N_("Getting to know"),
    "convert": N_("First exchanges"),
    "keep": N_("Staying"),
    "extend": N_("Bringing others"),
}
CORE = range(5, 9)
"""The stages of those who carry the community: to have dealt once or twice is not enough."""
PACED = "days_active"
"""What the pace of a community makes easier."""
NONE_YET = {
    "stage": {"en": "Not known yet", "zh": "尚不了解"},
    "level": {"en": "New", "zh": "新来"},
}


@cache
def stages() -> Badge:
    """The eight stages, from acquaintance to partner, as tiers of one rule."""
    return read_badge(presets.ladder("stages"), METRICS)


@cache
def levels(pace: float = 1.0) -> Badge:
    """The levels of trust as tiers of one rule.

    ``pace``, from 0.5 to 1, is the share of active days that a quieter community asks of its
    regulars. Raises ValueError.
    """
    if not 0.5 <= pace <= 1:
        raise ValueError("a pace from 0.5 to 1 is expected")
    told = presets.ladder("levels")
    regular = next(tier for tier in told["tiers"] if tier["name"] == "regular")
    for need in regular["rule"]["all"]:
        if need["metric"] == PACED:
            need["at_least"] = math.ceil(need["at_least"] * pace)
    return read_badge(told, METRICS)


def phase_of(stage: int) -> Phase | None:
    """What a stage is about: getting to know, first exchanges, staying, bringing others."""
    return PHASES[(stage - 1) // 2] if stage > NOT_HELD else None


def is_core(stage: int) -> bool:
    """Whether a member of this stage is one of those who carry the community."""
    return stage in CORE


def label_of(badge: Badge, tier: int, language: str = "en") -> str:
    """What a stage or a level is called; English where it has no name in the language."""
    label = badge.tiers[tier - 1].label if tier > NOT_HELD else NONE_YET[badge.name]
    return label.get(language) or label["en"]
