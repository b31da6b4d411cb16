"""Which behaviours of newcomers go with staying, once cohort, volume and role are held equal.

A behaviour is compared among members who came at the same time, did about as much and play the
same role, after Mantel and Haenszel. Two behaviours that can't matter are always compared as
well, and where one of them seems to, nothing is told. What causes staying only a trial says.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from community.kit.words import N_, Words

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEVEL = 0.05
"""The share of discoveries that may be false (Benjamini and Hochberg)."""
ALARM = 0.01
"""The chance that a sound table is withheld. A member's coin never changes, so it would be for good."""
MEMBERS, OUTCOMES = 30, 10
"""How many there must be with a behaviour and without it, and how many among each must have stayed."""
Z = NormalDist().inv_cdf(0.975)
LAST_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True)
class Windows:
    """Days since a newcomer's first act: within which behaviours count, and within which staying does.

    Raises ValueError unless the one is over before the other begins.
    """

    exposure: float = 30
    since: float = 90
    until: float = 270

    def __post_init__(self) -> None:
        if not 0 < self.exposure <= self.since < self.until:
            raise ValueError("behaviours must be over before staying begins")

    def is_exposed(self, age: Floats) -> Mask:
        """Whether what happened at these ages counts as behaviour."""
        return (age >= 0) & (age < self.exposure)

    def is_outcome(self, age: Floats) -> Mask:
        """Whether an act at these ages says that the member stayed."""
        return (age >= self.since) & (age < self.until)

    def is_over(self, first: Floats, as_of: float) -> Mask:
        """Of whom it is known by a day whether they stayed, given the days of their first acts."""
        return first + self.until <= as_of


@dataclass(frozen=True)
class Finding:
    """What one behaviour goes with: an odds ratio, and a difference of the share that stayed.

    ``with_it`` and ``without`` count the members in strata that hold both. ``log_or`` lies between
    ``lo`` and ``hi``, and ``difference`` between ``least`` and ``most``, 95 times of 100; ``p`` is
    the chance of so much by accident. All are NaN where the members are too few to tell.
    ``crude`` is the log odds ratio with nothing held equal.
    """

    behaviour: str
    with_it: int
    without: int
    crude: float = math.nan
    log_or: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    difference: float = math.nan
    least: float = math.nan
    most: float = math.nan
    p: float = math.nan
    is_significant: bool = False

    def says(self) -> Words:
        """The finding as a sentence that claims no cause."""
        if math.isnan(self.difference):
            return N_("Too few members did this, or did not, to tell.")
        points = f"{abs(100 * self.difference):.1f}"
        if self.difference >= 0:
            return N_(
                "Members who did this came back %(points)s points more often"
                " than equally active members who did not.",
                points=points,
            )
        return N_(
            "Members who did this came back %(points)s points less often"
            " than equally active members who did not.",
            points=points,
        )


@dataclass(frozen=True)
class Comparison:
    """The findings of a table, and of its placebos; none where a placebo raised the alarm."""

    findings: tuple[Finding, ...]
    placebos: tuple[Finding, ...]

    @property
    def why_withheld(self) -> str | None:
        """Why nothing is told; None where it is."""
        odd = [finding.behaviour for finding in self.placebos if finding.is_significant]
        if not odd:
            return None
        return (
            f"{odd[0]} can't matter and yet seems to: the table counts members twice,"
            " or what they did was chosen by how they ended."
        )


def compare(
    members: Sequence[str],
    strata: Wholes,
    behaviours: Mapping[str, Mask],
    has_stayed: Mask,
) -> Comparison:
    """What each behaviour goes with among members of the same stratum (see ``stratum``).

    ``members`` are their names, each once, which the placebos are drawn from.
    """
    coins = {name: drawn(members) for name, drawn in PLACEBOS.items()}
    placebos = _significant(_found(coins, strata, has_stayed), ALARM)
    findings = _significant(_found(behaviours, strata, has_stayed), LEVEL)
    is_withheld = any(finding.is_significant for finding in placebos)
    return Comparison(() if is_withheld else findings, placebos)


def stratum(cohort: Wholes, acts: Floats, role: Wholes | None = None) -> Wholes:
    """The stratum of each member: cohort, role, and acts up to a power of two (1, 2, 3-4, 5-8 …)."""
    mantissa, exponent = np.frexp(acts)
    volume = np.where(acts > 0, exponent - (mantissa == 0.5), -1)
    told = np.stack((cohort, volume, np.zeros_like(cohort) if role is None else role))
    found: Wholes = np.unique(told, axis=1, return_inverse=True)[1].reshape(-1)
    return found


def finding(name: str, did: Mask, strata: Wholes, has_stayed: Mask) -> Finding:
    """What a behaviour goes with: odds ratio and risk difference of Mantel and Haenszel.

    The interval of the first is of Robins, Breslow and Greenland (1986), of the second of Sato
    (1989); both hold for few large strata and for many small ones.
    """
    a, b, c, d = _counted(did, strata, has_stayed)
    holds_both = (a + b > 0) & (c + d > 0)
    crude = _log_ratio(a.sum() * d.sum(), b.sum() * c.sum())
    a, b, c, d = (cells[holds_both] for cells in (a, b, c, d))
    found = Finding(name, int((a + b).sum()), int((c + d).sum()), crude)
    is_enough = min(found.with_it, found.without) >= MEMBERS and min(a.sum(), c.sum()) >= OUTCOMES
    n = a + b + c + d
    if not is_enough or not (a * d / n).sum() * (b * c / n).sum():
        return found
    log_or, error = _odds(a, b, c, d)
    difference, off = _difference(a, b, c, d)
    return replace(
        found,
        log_or=log_or,
        lo=log_or - Z * error,
        hi=log_or + Z * error,
        difference=difference,
        least=difference - Z * off,
        most=difference + Z * off,
        p=math.erfc(abs(log_or) / error / math.sqrt(2)),
    )


def discoveries(p: Floats, level: float = LEVEL) -> Mask:
    """Which are significant after Benjamini and Hochberg (1995); NaN never is, and isn't counted."""
    known = np.sort(p[~np.isnan(p)])
    below = np.flatnonzero(known <= level * np.arange(1, known.size + 1) / max(known.size, 1))
    found: Mask = p <= (known[below[-1]] if below.size else -1.0)
    return found


def _coin(members: Sequence[str]) -> Mask:
    return np.array([hashlib.sha256(name.encode()).digest()[0] & 1 for name in members], bool)


def _odd(members: Sequence[str]) -> Mask:
    """Whether the last number in each name is odd; another coin where there is none."""
    other = _coin([f"odd {name}" for name in members])
    ends = [LAST_NUMBER.search(name) for name in members]
    odd = [
        int(end[1][-1]) % 2 == 1 if end else bool(coin)
        for end, coin in zip(ends, other, strict=True)
    ]
    return np.array(odd, bool)


PLACEBOS = {"a coin": _coin, "an odd number": _odd}
"""Behaviours that can't matter."""


def _found(behaviours: Mapping[str, Mask], strata: Wholes, has_stayed: Mask) -> list[Finding]:
    return [finding(name, did, strata, has_stayed) for name, did in behaviours.items()]


def _significant(findings: list[Finding], level: float) -> tuple[Finding, ...]:
    found = discoveries(np.array([finding.p for finding in findings]), level)
    return tuple(
        replace(finding, is_significant=bool(is_so))
        for finding, is_so in zip(findings, found, strict=True)
    )


def _counted(did: Mask, strata: Wholes, has_stayed: Mask) -> tuple[Floats, Floats, Floats, Floats]:
    """By stratum: did and stayed, did and left, did not and stayed, did not and left."""
    size = int(strata.max(initial=-1)) + 1

    def count(rows: Mask) -> Floats:
        return np.bincount(strata[rows], minlength=size).astype(np.float64)

    return (
        count(did & has_stayed),
        count(did & ~has_stayed),
        count(~did & has_stayed),
        count(~did & ~has_stayed),
    )


def _log_ratio(num: float, den: float) -> float:
    return math.log(num / den) if num and den else math.nan


def _odds(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[float, float]:
    """The log odds ratio and its standard error."""
    n = a + b + c + d
    for_it, against = a * d / n, b * c / n
    p, q = (a + d) / n, (b + c) / n
    r, s = for_it.sum(), against.sum()
    variance = (
        (p * for_it).sum() / (2 * r**2)
        + (p * against + q * for_it).sum() / (2 * r * s)
        + (q * against).sum() / (2 * s**2)
    )
    return math.log(r / s), math.sqrt(variance)


def _difference(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[float, float]:
    """The difference of the shares that stayed and its standard error."""
    did, did_not = a + b, c + d
    n = did + did_not
    weight = (did * did_not / n).sum()
    difference = ((a * did_not - c * did) / n).sum() / weight
    p = (did**2 * c - did_not**2 * a + did * did_not * (did_not - did) / 2) / n**2
    q = (a * (did_not - c) + c * (did - a)) / (2 * n)
    return float(difference), math.sqrt((difference * p.sum() + q.sum()) / weight**2)
