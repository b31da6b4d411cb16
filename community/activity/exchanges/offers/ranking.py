"""How offers are ranked: what each factor says, what it weighs, and in which order they stand.

Every value lies between 0 and 1 and is kept in millionths, so that parts add up exactly. What
depends on the reader (``fit``) is worked out when they look, everything else by a job.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from community.kit.catalog import catalog
from community.kit.words import N_, Words

WHOLE = 1_000_000
"""A value of 1."""
HALF = WHOLE // 2
"""What is said where nothing is known."""
MOST_NEWCOMERS = 50
LOWEST, HIGHEST = 1.0, 5.0
"""The ends of the scale of stars."""
ENOUGH = 3
"""Below so many enquiries nothing is said of how somebody answers."""
CALM = 2.0
KEEPS, SURE = 9.0, 10.0
"""Everybody begins as if nine of ten exchanges had been kept."""
HALF_LIFE = 90.0
OLDEST = 3 * HALF_LIFE
"""Days after which an offer gets no older."""
NEW_FOR = timedelta(days=90)
FEW_EXCHANGES = 3


@dataclass(frozen=True)
class Factor:
    """One thing that decides where an offer stands: its name, what it means, what it weighs of 100."""

    name: str
    label: Words
    says: Words
    weight: int
    is_of_reader: bool = False


FACTORS = catalog(
    Factor(
        "rating",
        N_("Rating"),
        N_(
            "The lower end of the band in which the owner's stars lie: a few good reviews count"
            " less than many. Whoever has none yet counts like the middle of this place, as"
            " unsure as can be."
        ),
        35,
    ),
    Factor(
        "response",
        N_("Answers in time"),
        N_(
            "The share of enquiries that the owner answered within a day, drawn towards one half"
            " by how few they are. Below three enquiries it is one half."
        ),
        15,
    ),
    Factor(
        "reliability",
        N_("Reliability"),
        N_(
            "The share of exchanges that the owner did not cancel, drawn towards nine in ten by"
            " how few they are. What was excused does not count."
        ),
        15,
    ),
    Factor(
        "fit",
        N_("Fits you"),
        N_(
            "What you share with the owner: languages, interests, the place, and whether you dealt"
            " in this kind before. What is not known counts one half. Worked out while you look,"
            " and kept nowhere."
        ),
        20,
        is_of_reader=True,
    ),
    Factor(
        "freshness",
        N_("Freshness"),
        N_(
            "One when it is new, half after 90 days, and never less than an eighth. A change makes"
            " an offer young again, but never more than half."
        ),
        15,
    ),
)


@dataclass(frozen=True)
class Rule:
    """What each factor weighs (together 100), and how many places of 100 are kept for newcomers."""

    weights: Mapping[str, int]
    newcomers: int = 20

    def told(self) -> dict[str, Any]:
        """The rule as it is kept."""
        return {**self.weights, "newcomers": self.newcomers}


DEFAULT = Rule({factor.name: factor.weight for factor in FACTORS.values()})


def read(told: Mapping[str, Any] | None) -> Rule:
    """The rule that was kept; the one we begin with where none was."""
    if not told:
        return DEFAULT
    weights = {name: int(told.get(name, 0)) for name in FACTORS}
    return Rule(weights, int(told.get("newcomers", DEFAULT.newcomers)))


def why_not_rule(rule: Rule) -> Words | None:
    """Why offers can't be ranked so; None when they can."""
    if any(weight < 0 for weight in rule.weights.values()):
        return N_("A weight is not below 0.")
    total = sum(rule.weights.values())
    if total != 100:
        return N_("The weights add up to %(total)d. They have to add up to 100.", total=total)
    if not 0 <= rule.newcomers <= MOST_NEWCOMERS:
        return N_("Between 0 and %(most)d places of 100 are for newcomers.", most=MOST_NEWCOMERS)
    return None


@dataclass(frozen=True)
class Around:
    """The ratings of a place: their mean, and how unsure the least sure of them is."""

    mean: float = 3.0
    reach: float = 2.0


def around(stars: Iterable[Sequence[float]]) -> Around:
    """The mean of the ratings on show, each ``[shown, low, high, count]``, and the widest reach."""
    known = list(stars)
    if not known:
        return Around()
    mean = sum(each[0] for each in known) / len(known)
    return Around(mean, max(each[0] - each[1] for each in known))


@dataclass(frozen=True)
class Facts:
    """What is known of an offer and its owner. ``stars`` is ``[shown, low, high, count]``, or None.

    ``answered`` of ``enquiries`` were answered within a day; ``cancelled`` of ``dealt`` exchanges
    were cancelled. ``days`` is how old the offer counts, ``published`` how long ago it was published.
    """

    stars: Sequence[float] | None = None
    answered: float = 0
    enquiries: float = 0
    cancelled: float = 0
    dealt: float = 0
    days: int = 0
    published: int = 0


def rating(stars: Sequence[float] | None, community: Around) -> int:
    """The stars that the owner has at least, as a value."""
    low = stars[1] if stars else community.mean - community.reach
    return value((low - LOWEST) / (HIGHEST - LOWEST))


def response(answered: float, enquiries: float) -> int:
    """The share of answers within a day, drawn towards one half."""
    if enquiries < ENOUGH:
        return HALF
    return value((answered + CALM / 2) / (enquiries + CALM))


def reliability(cancelled: float, dealt: float) -> int:
    """The share of exchanges that were kept, drawn towards nine in ten."""
    return value((dealt - cancelled + KEEPS) / (dealt + SURE))


def freshness(days: float) -> int:
    """How fresh an offer of this age is."""
    return value(2.0 ** (-min(max(days, 0.0), OLDEST) / HALF_LIFE))


def age(published_at: datetime, changed_at: datetime, now: datetime) -> int:
    """Days that an offer counts as old: since its last change, but at least half of all its days."""
    published, changed = (max((now - at).days, 0) for at in (published_at, changed_at))
    return max(min(changed, published), published // 2)


def values(facts: Facts, community: Around) -> dict[str, int]:
    """What each factor says, but for what depends on the reader."""
    return {
        "rating": rating(facts.stars, community),
        "response": response(facts.answered, facts.enquiries),
        "reliability": reliability(facts.cancelled, facts.dealt),
        "freshness": freshness(facts.days),
    }


def points(said: Mapping[str, int], rule: Rule) -> dict[str, int]:
    """What each factor adds to the score, in millionths: its value times its weight of 100."""
    return {name: part(each, rule.weights[name]) for name, each in said.items()}


@dataclass(frozen=True, slots=True)
class Shared:
    """What a reader shares with an offer and its owner; None where one of them tells nothing of it."""

    languages: int | None = None
    interests: int | None = None
    place: bool | None = None
    kind: bool | None = None


UNKNOWN = Shared()
LIKES = {"languages": 0.3, "interests": 0.3, "place": 0.2, "kind": 0.2}
"""What each thing in common weighs."""


@lru_cache(maxsize=1024)
def fit(shared: Shared) -> int:
    """How well an offer fits its reader; one half where nothing is known of them."""
    parts = {
        "languages": None if shared.languages is None else float(shared.languages > 0),
        "interests": None if shared.interests is None else 1 - 2.0**-shared.interests,
        "place": None if shared.place is None else float(shared.place),
        "kind": None if shared.kind is None else float(shared.kind),
    }
    return value(sum(LIKES[n] * (0.5 if p is None else p) for n, p in parts.items()))


def fit_points(shared: Shared, rule: Rule) -> int:
    """What the fit adds to the score, in millionths."""
    return part(fit(shared), rule.weights["fit"])


def foretold(bias: float, mean: float) -> float:
    """The stars that a reader would give: the owner's mean, and how far the reader lies above others.

    The bias of one reader is the same for every owner, so it never changes their order; it
    is for telling them what to expect.
    """
    return min(max(mean + bias, LOWEST), HIGHEST)


def is_newcomer(
    completed: int, joined_at: datetime, published_at: datetime | None, now: datetime
) -> bool:
    """Whether an offer may stand in a place for newcomers."""
    is_young = now - joined_at < NEW_FOR or (
        published_at is not None and now - published_at < NEW_FOR
    )
    return completed < FEW_EXCHANGES and is_young


def part(said: int, weight: int) -> int:
    """What a value adds to the score, in millionths, for a weight of 100."""
    return round(said * weight / 100)


def value(share: float) -> int:
    """A share of 1 in millionths; one outside of it is brought to its nearest end."""
    return round(min(max(share, 0.0), 1.0) * WHOLE)


def tenths(parts: Mapping[str, int]) -> dict[str, int]:
    """Parts in millionths as tenths of a point of 100, rounded so that they add up to the total."""
    unit = WHOLE // 1000
    floors = {name: each // unit for name, each in parts.items()}
    missing = round(sum(parts.values()) / unit) - sum(floors.values())
    for name in sorted(parts, key=lambda n: (-(parts[n] % unit), n))[:missing]:
        floors[name] += 1
    return floors
