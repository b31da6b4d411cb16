"""Badges: what each asks, on which days it is assessed, how one comes to hold it and to lose it.

A badge is plain data: shipped as TOML presets, kept and versioned in the database, edited by
managers. ``digest`` names a version by what it says. Holding is a small state that one
assessment turns into the next, for one member or for all at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from community.kit.arrays import Whole
from community.standing.needs import AllOf, Asking, Judged, Need, Node, judge, needs_of
from community.standing.past import Mask
from community.standing.windows import Cadence, Length

Shape = Literal["circle", "scallop", "hexagon", "shield", "flower", "octagon", "star", "square"]
NOT_HELD = 0


@dataclass(frozen=True)
class Tier:
    """A step of a badge, from the lowest: what it is called, and what it asks beyond the rule."""

    name: str
    label: Mapping[str, str]
    rule: Node | None


@dataclass(frozen=True)
class Badge:
    """What is recognised, and how.

    ``grace`` is the number of assessments that a holder may fail before the badge, or with
    tiers one tier of it, is lost; ``hold`` how long after gaining it can't be lost. One that
    is not ``is_losable`` is kept whatever happens, until it ``expires``. ``notice`` says how
    long before losing a holder is told. ``lag`` is how long after the day of assessment the
    verdict is made public. ``is_manual`` is given by hand, with a reason.
    """

    name: str
    label: Mapping[str, str]
    says: Mapping[str, str]
    rule: Node | None
    tiers: tuple[Tier, ...] = ()
    cadence: Cadence = field(default_factory=Cadence)
    grace: int = 0
    hold: Length | None = None
    expires: Length | None = None
    is_losable: bool = True
    notice: tuple[Length, ...] = ()
    lag: Length | None = None
    is_manual: bool = False
    category: str = "community"
    shape: Shape = "circle"
    icon: str = "award"
    perks: tuple[Mapping[str, str], ...] = ()
    digest: str = ""

    @property
    def top(self) -> int:
        """The number of its highest tier; 1 for a badge without tiers."""
        return max(len(self.tiers), 1)

    def needs(self) -> list[Need]:
        """Every need of its rule and tiers."""
        nodes = [self.rule, *(tier.rule for tier in self.tiers)]
        return [need for node in nodes if node is not None for need in needs_of(node)]

    def path_of(self, tier: int) -> str:
        """What the paths of a tier's needs begin with."""
        return self.tiers[tier - 1].name if self.tiers else ""

    def rule_of(self, tier: int) -> Node | None:
        """The whole rule of a tier, from 1: its own needs together with those of the badge."""
        parts = [self.rule, self.tiers[tier - 1].rule if self.tiers else None]
        nodes = tuple(part for part in parts if part is not None)
        if not nodes:
            return None
        return nodes[0] if len(nodes) == 1 else AllOf(nodes)


@dataclass(frozen=True)
class Holding:
    """Who holds a badge: the tier (0 for none), since when, and how many assessments failed since.

    Arrays in the order of some members; ``since`` in microseconds.
    """

    tier: Whole
    since: Whole
    failed: Whole

    @classmethod
    def nobody(cls, many: int) -> "Holding":
        """That none of so many holds it."""
        return cls(*(np.zeros(many, np.int64) for _ in range(3)))


@dataclass(frozen=True)
class Assessed:
    """One assessment: the tiers that each member's numbers reach, and the holding that follows.

    ``reaches`` is the highest tier by the bars to gain, ``keeps`` by those to keep.
    """

    as_of: datetime
    reaches: Whole
    keeps: Whole
    before: Holding
    after: Holding
    judged: tuple[Judged, ...]

    @property
    def gained(self) -> Mask:
        """Who came to hold it, or a higher tier of it."""
        found: Mask = self.after.tier > self.before.tier
        return found

    @property
    def lost(self) -> Mask:
        """Who ceased to hold it, or went down a tier."""
        found: Mask = self.after.tier < self.before.tier
        return found

    @property
    def is_in_grace(self) -> Mask:
        """Who holds it by grace alone."""
        found: Mask = (self.after.failed > 0) & (self.after.tier > NOT_HELD)
        return found

    def verdict(self, place: int) -> str:
        """What the assessment says of one member: gain, keep, lose or none."""
        if self.gained[place]:
            return "gain"
        if self.lost[place]:
            return "lose"
        return "keep" if self.after.tier[place] > NOT_HELD else "none"


def assess(badge: Badge, ask: Asking, as_of: datetime, before: Holding | None = None) -> Assessed:
    """Assess a badge for all members of a past as of a moment, from what was held before."""
    many = len(ask.past)
    held = before if before is not None else Holding.nobody(many)
    judged = tuple(
        judge(rule, ask, as_of, badge.path_of(tier))
        for tier in range(1, badge.top + 1)
        if (rule := badge.rule_of(tier)) is not None
    )
    reaches, keeps = (
        _highest([j.gain for j in judged], many),
        _highest([j.keep for j in judged], many),
    )
    return Assessed(as_of, reaches, keeps, held, _next(badge, held, reaches, keeps, as_of), judged)


def _highest(masks: Iterable[Mask], many: int) -> Whole:
    """The number of the last mask that holds for each member; 0 where none does."""
    found = np.zeros(many, np.int64)
    for tier, mask in enumerate(masks, 1):
        found[mask] = tier
    return found


def _next(badge: Badge, held: Holding, reaches: Whole, keeps: Whole, as_of: datetime) -> Holding:
    now = int(as_of.timestamp()) * 1_000_000
    is_held = held.tier > NOT_HELD
    stays = np.minimum(np.maximum(keeps, reaches), held.tier)
    is_failing = is_held & (stays < held.tier)
    if not badge.is_losable:
        is_failing &= False
    if badge.hold is not None:
        is_failing &= held.since <= int(badge.hold.before(as_of).timestamp()) * 1_000_000
    failed = np.where(is_failing, held.failed + 1, 0)
    falls = is_failing & (failed > badge.grace)
    # With grace one goes down a tier at a time; without, to where the numbers are.
    lower = np.maximum(stays, held.tier - 1) if badge.grace else stays
    tier = np.where(falls, lower, held.tier)
    tier = np.maximum(tier, reaches)
    if badge.expires is not None:
        over = int(badge.expires.before(as_of).timestamp()) * 1_000_000
        tier = np.where(is_held & (held.since <= over), NOT_HELD, tier)
    changed = tier != held.tier
    return Holding(
        tier,
        np.where(tier == NOT_HELD, 0, np.where(changed, now, held.since)),
        np.where(changed | (tier == NOT_HELD), 0, failed),
    )
