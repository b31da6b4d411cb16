"""How somebody answers those who ask them, in bands that say no more than is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from community.kit.words import N_, Words

FEWEST = 3
"""Below so many enquiries nothing is said: one late answer would be a third of all."""
WAITS: tuple[tuple[float, Words], ...] = (
    (1, N_("Answers within an hour, as a rule")),
    (6, N_("Answers within a few hours, as a rule")),
    (24, N_("Answers within a day, as a rule")),
)
SLOWER = N_("Takes more than a day to answer, as a rule")
RATES: tuple[tuple[float, Words], ...] = (
    (0.95, N_("Nearly everyone who asks has an answer within a day")),
    (0.75, N_("Most who ask have an answer within a day")),
    (0.5, N_("More than half of those who ask have an answer within a day")),
)
RARELY = N_("Fewer than half of those who ask have an answer within a day")


@dataclass(frozen=True, slots=True)
class Answering:
    """How somebody answers: how soon, if anything is known of that, and how often."""

    wait: Words | None
    rate: Words


def band_of(shown: Mapping[str, Any]) -> Answering | None:
    """The bands that the numbers on show give; None where too little is known to say anything.

    ``shown`` has value, numerator and denominator by the name of a number, as it stands in
    ``standing.told["shown"]``: the rate is a share, the wait is in hours.
    """
    rate, wait = shown.get("response_rate"), shown.get("response_wait")
    if not rate or rate[0] is None or (rate[2] or 0) < FEWEST:
        return None
    return Answering(_wait(wait[0]) if wait and wait[0] is not None else None, _rate(rate[0]))


def _wait(hours: float) -> Words:
    return next((words for most, words in WAITS if hours <= most), SLOWER)


def _rate(share: float) -> Words:
    return next((words for least, words in RATES if share >= least), RARELY)
