"""Badges: what each asks, on which days it is assessed, how one comes to hold it and to lose it.

A badge is plain data: shipped as TOML presets, kept and versioned in the database, edited by
managers. ``digest`` names a version by what it says. Holding is a small state that one
assessment turns into the next, for one member or for all at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.standing.folds import A_DAY
from community.standing.needs import AllOf, Asking, Judged, Need, Node, judge, needs_of
from community.standing.past import Mask
from community.standing.windows import Cadence, Length

Shape = Literal["circle", "scallop", "hexagon", "shield", "flower", "octagon", "star", "square"]
NOT_HELD = 0


@dataclass(frozen=True)
class Tier:
    """A step of a badge, from the lowest: what it is called, and what it asks beyond the rule.

    One that ``is_milestone`` is never fallen below once it was reached; those above it are to
    ask for what it asks, too.
    """

    name: str
    label: Mapping[str, str]
    rule: Node | None
    is_milestone: bool = False


@dataclass(frozen=True)
class Badge:
    """What is recognised, and how.

    ``grace`` is the number of assessments that a holder may fail before the badge, or with
    tiers one tier of it, is lost; ``hold`` how long after gaining it can't be lost. One that
    is not ``is_losable`` is kept whatever happens, until it ``expires``; whoever reaches it on
    that day then holds it anew. ``notice`` says how long before losing a holder is told.
    ``lag`` is how long after the day of assessment the verdict is made public. ``is_manual``
    is given by hand, with a reason; so is a tier for which there is no rule at all: it is
    kept until it is taken back.
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

    Arrays in the order of some members; ``since`` in microseconds, and so is ``failed_at``,
    the last assessment that failed, 0 for none: one that is made again is not counted again.
    """

    tier: Whole
    since: Whole
    failed: Whole
    failed_at: Whole

    @classmethod
    def nobody(cls, many: int) -> "Holding":
        """That none of so many holds it."""
        return cls(*(np.zeros(many, np.int64) for _ in range(4)))

    def take(self, places: Whole) -> "Holding":
        """That of the members at these places."""
        return Holding(*(getattr(self, field.name)[places] for field in fields(self)))


@dataclass(frozen=True)
class Assessed:
    """One assessment: the tiers that each member's numbers reach, and the holding that follows.

    ``reaches`` is the highest tier by the bars to gain, ``keeps`` by those to keep. There is
    one judgement for each tier; of a tier without a rule it has no leaves.
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
    """Assess a badge for all members of a past as of a moment, from what was held before.

    Made again on the same day from what it led to, it changes nothing.
    """
    many = len(ask.past)
    held = before if before is not None else Holding.nobody(many)
    judged = tuple(_judged(badge, tier, ask, as_of, held) for tier in range(1, badge.top + 1))
    reaches = _highest([j.gain for j in judged], many)
    keeps = _highest([j.keep for j in judged], many)
    stays = _stays(badge, held, judged)
    return Assessed(as_of, reaches, keeps, held, _next(badge, held, reaches, stays, as_of), judged)


def _judged(badge: Badge, tier: int, ask: Asking, as_of: datetime, held: Holding) -> Judged:
    rule = badge.rule_of(tier)
    if rule is not None:
        return judge(rule, ask, as_of, badge.path_of(tier))
    return Judged(np.zeros(held.tier.size, bool), held.tier >= tier, ())


def _highest(masks: Iterable[Mask], many: int) -> Whole:
    """The number of the last mask that holds for each member; 0 where none does."""
    found = np.zeros(many, np.int64)
    for tier, mask in enumerate(masks, 1):
        found[mask] = tier
    return found


def _stays(badge: Badge, held: Holding, judged: Iterable[Judged]) -> Whole:
    """The highest tier, up to the one that is held, whose bars to keep or to gain are met."""
    found = np.zeros(held.tier.size, np.int64)
    for tier, judgement in enumerate(judged, 1):
        is_milestone = bool(badge.tiers) and badge.tiers[tier - 1].is_milestone
        found[(held.tier >= tier) & (judgement.keep | judgement.gain | is_milestone)] = tier
    return found


def _next(badge: Badge, held: Holding, reaches: Whole, stays: Whole, as_of: datetime) -> Holding:
    now = clock.to_micros(as_of)
    is_held = held.tier > NOT_HELD
    is_failing = is_held & (stays < held.tier) & badge.is_losable
    if badge.hold is not None:
        is_failing &= held.since <= clock.to_micros(badge.hold.before(as_of))
    is_new = held.failed_at // A_DAY != now // A_DAY
    failed = np.where(is_failing, held.failed + is_new, 0)
    falls = is_failing & (failed > badge.grace)
    # With grace one goes down a tier at a time; without, to where the numbers are.
    lower = np.maximum(stays, held.tier - 1) if badge.grace else stays
    tier = np.maximum(np.where(falls, lower, held.tier), reaches)
    is_over = np.zeros(tier.size, bool)
    if badge.expires is not None:
        is_over = is_held & (held.since <= clock.to_micros(badge.expires.before(as_of)))
        tier = np.where(is_over, reaches, tier)
    begins = (tier != held.tier) | is_over
    is_gone = tier == NOT_HELD
    return Holding(
        tier,
        np.where(is_gone, 0, np.where(begins, now, held.since)),
        np.where(begins | is_gone, 0, failed),
        np.where(is_failing, now, held.failed_at),
    )
