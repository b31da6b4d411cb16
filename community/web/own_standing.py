"""What is said of a member, among everything that Kith knows of them."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from community.activity.settings.own_data import PAIRS, Column, Group, Row
from community.kit.words import N_
from community.standing import rulebook
from community.standing.badges import Badge
from community.standing.models import Award, Decision, Standing, StandingMark
from community.standing.stages import levels, stages
from community.web.recognised import said
from community.web.standing_told import BANDS, STATES

VERDICTS = {
    "gain": N_("gained"),
    "keep": N_("kept"),
    "lose": N_("lost"),
    "none": N_("not reached"),
}


def _standing(row: Standing, names: Mapping[int, str]) -> list[Row]:
    pairs = (
        (N_("As of"), row.as_of),
        (N_("Health"), row.health),
        (N_("State"), STATES.get(row.state or "")),
        (N_("Trust"), row.trust),
        (N_("Evidence"), BANDS.get(row.band or "")),
        (
            N_("Rating on show, its band and its count"),
            json.dumps(row.stars) if row.stars else None,
        ),
        (N_("How much my word weighs"), f"{row.weight:.4f}"),
        (N_("Depth in the network"), row.depth),
        (N_("Circle"), row.circle),
        (N_("What it is made of"), json.dumps(row.told, sort_keys=True)),
    )
    return [{"what": what, "value": value} for what, value in pairs if value is not None]


def _mark(row: StandingMark, names: Mapping[int, str]) -> list[Row]:
    return [{"when": row.at, "health": row.health, "trust": row.trust}]


def _award(row: Award, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "badge": _label(row.badge),
            "tier": _tier(row.badge, row.tier),
            "from": row.begun_at,
            "until": row.ended_at,
            "why": row.reason,
            "rule": row.digest,
        }
    ]


def _decision(row: Decision, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.as_of,
            "badge": _label(row.badge),
            "verdict": VERDICTS[row.verdict],
            "rule": row.digest,
            "details": json.dumps(row.told, sort_keys=True),
        }
    ]


def _tier(name: str, tier: int) -> str:
    """What a tier is called; its number where it has no name."""
    badge = _badge(name)
    has_name = badge is not None and 0 < tier <= len(badge.tiers)
    return said(badge.tiers[tier - 1].label) if badge and has_name else str(tier)


def _label(name: str) -> str:
    """What a badge or a ladder is called; its name where it is gone."""
    badge = _badge(name)
    return said(badge.label) if badge else name


def _badge(name: str) -> Badge | None:
    ladder = next((each for each in (stages(), levels()) if each.name == name), None)
    known = rulebook.find(name) if ladder is None else None
    return ladder or (known.badge if known else None)


def _mine(model: Any) -> Any:
    return lambda id: select(model).where(model.member_id == id)


GROUPS = (
    Group(
        "standing",
        N_("Standing"),
        N_("What this place says of you now, worked out from what happened."),
        "activity",
        PAIRS,
        _mine(Standing),
        (Standing.member_id,),
        _standing,
    ),
    Group(
        "standing_before",
        N_("Standing before"),
        N_("What was said of you at the end of each month."),
        "history",
        (
            Column("when", N_("When")),
            Column("health", N_("Health")),
            Column("trust", N_("Trust")),
        ),
        _mine(StandingMark),
        (StandingMark.at,),
        _mark,
    ),
    Group(
        "awards",
        N_("Badges, stages and levels"),
        N_("What you hold and held, from when to when, and by which rule."),
        "award",
        (
            Column("badge", N_("Badge")),
            Column("tier", N_("Tier")),
            Column("from", N_("From")),
            Column("until", N_("Until")),
            Column("why", N_("Why")),
            Column("rule", N_("Rule"), is_on_page=False),
        ),
        _mine(Award),
        (Award.begun_at, Award.id),
        _award,
    ),
    Group(
        "decisions",
        N_("Decisions"),
        N_("What assessments decided about badges, with every number that they rest on."),
        "scale",
        (
            Column("when", N_("When")),
            Column("badge", N_("Badge")),
            Column("verdict", N_("Verdict")),
            Column("rule", N_("Rule"), is_on_page=False),
            Column("details", N_("Details"), is_on_page=False),
        ),
        _mine(Decision),
        (Decision.as_of, Decision.id),
        _decision,
    ),
)
