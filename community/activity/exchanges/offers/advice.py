"""What would move an offer up, and how it stands beside others of its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from community.activity.exchanges.offers.ranking import (
    FACTORS,
    HIGHEST,
    LIKES,
    LOWEST,
    Around,
    Facts,
    Rule,
    Shared,
    freshness,
    part,
    rating,
    reliability,
    response,
    value,
)
from community.kit.words import N_, Words


@dataclass(frozen=True)
class Advice:
    """Something that would move an offer up: its name, what to do, and the points in millionths."""

    name: str
    says: Words
    points: int


NEXT = 10
"""So many enquiries or exchanges ahead is what advice looks."""


def advice(
    facts: Facts, community: Around, rule: Rule, tells: Shared, most: int = 3
) -> list[Advice]:
    """What would move an offer up most, the most useful first.

    ``tells`` has None for what the owner tells nothing of: languages, interests, the place.
    """
    found = [*_rating_advice(facts, community, rule), *_owner_advice(facts, rule)]
    now, weight = freshness(facts.days), rule.weights["freshness"]
    found.append(
        Advice(
            "freshness",
            N_("Look over what you offer, and bring its text up to date."),
            part(freshness(facts.published // 2) - now, weight),
        )
    )
    for name, words in TELL.items():
        if getattr(tells, name) is None:
            gain = part(value(LIKES[name] / 2), rule.weights["fit"])
            found.append(Advice(name, words, gain))
    useful = sorted((each for each in found if each.points > 0), key=lambda a: -a.points)
    return useful[:most]


TELL = {
    "languages": N_(
        "Say on your page which languages you speak: up to this much for who shares one."
    ),
    "interests": N_(
        "Say on your page what you care about: up to this much for who cares about it too."
    ),
    "place": N_("Say roughly where it is: up to this much for who is there as well."),
}


def _rating_advice(facts: Facts, community: Around, rule: Rule) -> list[Advice]:
    weight, now = rule.weights["rating"], rating(facts.stars, community)
    if facts.stars is None:
        # With three reviews as good as the middle of this place, about half as unsure as now.
        then = value((community.mean - community.reach / 2 - LOWEST) / (HIGHEST - LOWEST))
        words = N_(
            "Gather first reviews: three as good as the middle here make others sure of you."
        )
    else:
        shown, low, _, _ = facts.stars
        then = value((shown - (shown - low) / 2 - LOWEST) / (HIGHEST - LOWEST))
        words = N_(
            "Gather more reviews like those you have: the more there are, the surer they make others."
        )
    return [Advice("rating", words, part(then - now, weight))]


def _owner_advice(facts: Facts, rule: Rule) -> list[Advice]:
    answered = response(facts.answered + NEXT, facts.enquiries + NEXT)
    kept = reliability(facts.cancelled, facts.dealt + NEXT)
    now = (response(facts.answered, facts.enquiries), reliability(facts.cancelled, facts.dealt))
    return [
        Advice(
            "response",
            N_("Answer the next ten enquiries within a day."),
            part(answered - now[0], rule.weights["response"]),
        ),
        Advice(
            "reliability",
            N_("Complete the next ten exchanges without cancelling one."),
            part(kept - now[1], rule.weights["reliability"]),
        ),
    ]


def middle(all_points: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The median of each part over some offers; nothing where there are none."""
    if not all_points:
        return {}
    return {
        name: round(median(each.get(name, 0) for each in all_points))
        for name, factor in FACTORS.items()
        if not factor.is_of_reader
    }
