"""Figures that outside sources declare of members and subjects."""

from dataclasses import dataclass
from typing import Literal

from community.kit.catalog import catalog
from community.kit.words import N_, Words

MILLION = 1_000_000


@dataclass(frozen=True)
class FactKind:
    """A declared figure: its name, what people call it, and how it is shown."""

    name: str
    label: Words
    shown_as: Literal["stars", "percent", "count", "points", "money", "yes"] = "count"


FACTS = catalog(
    FactKind("rating", N_("Rating"), "stars"),
    FactKind("rating_accuracy", N_("As described"), "stars"),
    FactKind("rating_cleanliness", N_("Cleanliness"), "stars"),
    FactKind("rating_checkin", N_("Arrival"), "stars"),
    FactKind("rating_communication", N_("Communication"), "stars"),
    FactKind("rating_location", N_("Location"), "stars"),
    FactKind("rating_value", N_("Value for money"), "stars"),
    FactKind("reviews", N_("Reviews")),
    FactKind("response_rate", N_("Answers"), "percent"),
    FactKind("acceptance_rate", N_("Accepts"), "percent"),
    FactKind("is_recognised_host", N_("Recognised host there"), "yes"),
    FactKind("is_identity_verified", N_("Identity checked there"), "yes"),
    FactKind("price", N_("Price"), "money"),
    FactKind("minimum_nights", N_("Shortest stay, nights")),
    FactKind("accommodates", N_("Room for")),
    FactKind("is_instant", N_("Booked at once"), "yes"),
    FactKind("offers_there", N_("Offers there")),
    FactKind("reputation", N_("Reputation"), "points"),
    FactKind("views", N_("Views")),
    FactKind("score", N_("Score"), "points"),
    FactKind("up_votes", N_("Up-votes given")),
    FactKind("down_votes", N_("Down-votes given")),
    FactKind("favourites", N_("Kept by")),
    FactKind("expectation_gap", N_("What was got, less what was expected"), "points"),
    FactKind("is_shared", N_("Kept by everyone together"), "yes"),
)


BADGE = "badge:"
"""What the name of a figure begins with that says: this badge was awarded there, on that day."""


def fact_kind(name: str) -> FactKind | None:
    """The kind of a declared figure, badges of other places among them; None for an unknown one."""
    if name.startswith(BADGE):
        return FactKind(name, N_("Badge there: %(badge)s", badge=name.removeprefix(BADGE)), "yes")
    return FACTS.get(name)


def millionths(text: str) -> int:
    """A decimal figure as whole millionths, exactly; ValueError when it is none."""
    whole, _, rest = text.strip().partition(".")
    sign = -1 if whole.startswith("-") else 1
    digits = (whole[1:] if whole[:1] in ("+", "-") else whole) or ("0" if rest else "")
    if not (digits.isascii() and digits.isdigit()) or (
        rest and not (rest.isascii() and rest.isdigit())
    ):
        raise ValueError(f"{text!r} is not a figure")
    if len(digits) > 12:
        raise ValueError(f"{text!r} is too large")
    return sign * (int(digits) * MILLION + int((rest + "000000")[:6]))
