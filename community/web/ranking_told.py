"""Why an offer stands where it stands, told in words and points that add up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from community.activity.exchanges.offers import ranking
from community.activity.exchanges.offers.hits import Hit
from community.activity.exchanges.offers.ranking import FACTORS, Facts, Rule, Shared
from community.kit.languages import gettext, ngettext, number, translate
from community.kit.words import N_

LEAST_SHOWN = ranking.ENOUGH


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a score: what it is called, its points, the most it can give, and why."""

    label: str
    points: str
    out_of: int
    why: str


@dataclass(frozen=True, slots=True)
class Why:
    """All parts of a score, and their sum."""

    lines: tuple[Line, ...]
    total: str


def facts_of(ranked: Mapping[str, Any]) -> Facts:
    """What was known of an offer when it was ranked."""
    told = ranked["facts"]
    return Facts(told["stars"], *told["response"], *told["reliability"], *told["days"])


def around_of(ranked: Mapping[str, Any]) -> ranking.Around:
    """The ratings of this place when an offer was ranked."""
    return ranking.Around(*ranked["facts"]["around"])


def why_of(hit: Hit, ranked: Any, rule: Rule, *, is_known: bool) -> Why | None:
    """The parts of what an offer scores for its reader; None where it was not ranked yet."""
    if not ranked:
        return None
    parts = {**ranked["points"], "fit": hit.fit}
    shown = ranking.tenths(parts)
    said = sentences(facts_of(ranked)) | {"fit": fit_said(hit.shared, is_known=is_known)}
    lines = tuple(
        Line(translate(factor.label), tenth(shown[name]), rule.weights[name], said[name])
        for name, factor in FACTORS.items()
    )
    return Why(lines, tenth(sum(shown.values())))


def tenth(tenths: int) -> str:
    """Tenths of a point as the reader writes them."""
    return number(tenths / 10)


def points(millionths: int) -> str:
    """Points of 100 as the reader writes them, to a tenth."""
    return number(round(millionths / ranking.WHOLE * 100, 1))


def sentences(facts: Facts) -> dict[str, str]:
    """What is known of an offer and its owner, in words, by factor."""
    return {
        "rating": _rating(facts),
        "response": _response(facts),
        "reliability": _reliability(facts),
        "freshness": ngettext(
            "It counts as %(num)d day old.", "It counts as %(num)d days old.", int(facts.days)
        )
        % {"num": int(facts.days)},
    }


def fit_said(shared: Shared, *, is_known: bool) -> str:
    """What the reader has in common with an offer, in words."""
    if not is_known:
        return gettext("The same for everyone who is not signed in.")
    common = [
        gettext("a language") if shared.languages else "",
        ngettext("%(num)d interest", "%(num)d interests", shared.interests)
        % {"num": shared.interests}
        if shared.interests
        else "",
        gettext("the place") if shared.place else "",
        gettext("you dealt in this kind before") if shared.kind else "",
    ]
    told = " · ".join(part for part in common if part)
    if not told:
        return gettext("Nothing that we know of in common.")
    return gettext("In common: %(what)s.") % {"what": told}


def _rating(facts: Facts) -> str:
    if not facts.stars:
        return translate(N_("No rating yet: it counts like the middle here, as unsure as can be."))
    shown, low, _, many = facts.stars
    text = ngettext(
        "%(shown)s stars, and at least %(low)s as far as %(num)d rating can say.",
        "%(shown)s stars, and at least %(low)s as far as %(num)d ratings can say.",
        int(many),
    )
    return text % {"shown": _stars(shown), "low": _stars(low), "num": int(many)}


def _stars(value: float) -> str:
    return number(round(value, 1))


def _response(facts: Facts) -> str:
    if facts.enquiries < LEAST_SHOWN:
        return gettext("Too few enquiries to tell yet.")
    return gettext("%(answered)s of %(all)s enquiries answered within a day.") % {
        "answered": number(int(facts.answered)),
        "all": number(int(facts.enquiries)),
    }


def _reliability(facts: Facts) -> str:
    if not facts.dealt:
        return gettext("No exchange in the last year.")
    return gettext("%(kept)s of %(all)s exchanges of the last year kept.") % {
        "kept": number(int(facts.dealt - facts.cancelled)),
        "all": number(int(facts.dealt)),
    }
