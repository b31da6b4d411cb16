"""Learning health's coefficients anew from who came back, and how well they foretold it."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from community.standing.health import (
    DEFAULT,
    PSEUDO_ROWS,
    ROW,
    Coefficients,
    logistic,
    probability,
    with_base,
)
from community.standing.health_features import (
    SEASON,
    Acts,
    Features,
    Floats,
    Mask,
    Wholes,
    features,
)
from community.standing.judging import auc, brier, ece

ENOUGH = 200
"""Outcomes without which nothing is learned."""
RECENTLY, OFTEN = 14, 5
"""Seen in the last 14 days, and on 5 days of 90: of whom one would not think that they leave."""
MOST_STEPS, NEAR = 100, 1e-9
"""Of Newton's method: when to stop at the latest, and the step that is none."""
SIGNS = np.array([-1, 1, 1, 1])
"""Which way each number may count: silence against a return, the others for it."""


@dataclass(frozen=True)
class Outcomes:
    """Members at a cutoff and whether they came back, a row each, by cutoff and number.

    All had done something in the 90 days before. ``is_regular`` are those seen in the last 14
    days, and on 5 days of the 90.
    """

    features: Features
    member: Wholes
    cutoff: Floats
    has_returned: Mask
    is_regular: Mask

    def __len__(self) -> int:
        return int(self.member.size)

    def take(self, rows: Wholes | Mask) -> "Outcomes":
        """These rows of them, in this order."""
        return Outcomes(
            self.features.take(rows),
            self.member[rows],
            self.cutoff[rows],
            self.has_returned[rows],
            self.is_regular[rows],
        )


NONE = Outcomes(
    Features(*np.empty((4, 0))), np.empty(0, np.int64), np.empty(0), *np.empty((2, 0), bool)
)


@dataclass(frozen=True)
class BackTest:
    """How well returns were foretold. NaN where nobody left, or nobody stayed, to tell apart.

    ``early_warning`` is the AUC of telling who vanishes of the ``regulars``, ``leavers`` of whom
    did; ``foretold`` how many were to return by the chances, and ``returned`` how many did.
    """

    rows: int
    returned: int
    foretold: float
    auc: float
    brier: float
    ece: float
    regulars: int
    leavers: int
    early_warning: float


@dataclass(frozen=True)
class Fit:
    """Coefficients that were learned, from how many outcomes, and their test on the newest cutoff."""

    coefficients: Coefficients
    outcomes: int
    test: BackTest


def cutoffs(first: float, as_of: float) -> list[float]:
    """The days to learn at, oldest first: every 90 back from 90 days ago, a season after the first act."""
    many = math.floor((as_of - first) / SEASON) - 1
    return [as_of - SEASON * back for back in range(many, 0, -1)]


def labelled(acts: Acts, at: list[float], many: int, joined: Floats | None = None) -> Outcomes:
    """Who was there at each cutoff and came back, or not, in the 90 days after it.

    The acts must reach 90 days past the last cutoff; of ``many`` members and ``joined`` see
    ``features``.
    """
    return together([_labelled(acts, cutoff, many, joined) for cutoff in at])


def together(parts: Iterable[Outcomes]) -> Outcomes:
    """The rows of all parts, one behind the other."""
    told = [NONE, *parts]
    columns = [
        [part.features.recency, part.features.weeks, part.features.tenure, part.features.peers,
         part.member, part.cutoff, part.has_returned, part.is_regular]
        for part in told
    ]  # fmt: skip
    recency, weeks, tenure, peers, *rest = (
        np.concatenate(pieces) for pieces in zip(*columns, strict=True)
    )
    return Outcomes(Features(recency, weeks, tenure, peers), *rest)


def refit(rows: Outcomes, default: Coefficients = DEFAULT, strength: float = PSEUDO_ROWS) -> Fit:
    """Coefficients learned from all but the newest cutoff, and their test on that.

    A logistic regression by Newton's method, drawn to the default as if ``strength`` outcomes
    had spoken for it. A number that would count against its sign doesn't count. Outcomes that
    were not over by the newest cutoff are not learned from.
    """
    if not len(rows):
        return Fit(default, 0, back_test(rows, default))
    newest = rows.cutoff.max()
    known = rows.take(rows.cutoff <= newest - SEASON)
    b, covariance = _ridge(known.take(_order(known)), default, strength * np.array(ROW))
    base, recency, weeks, tenure, peers = told = [round(value, 6) for value in b.tolist()]
    version, spread = _version(told, newest), tuple(map(tuple, covariance.tolist()))
    coefficients = Coefficients(version, base, recency, weeks, tenure, peers, spread)
    return Fit(coefficients, len(known), back_test(rows.take(rows.cutoff == newest), coefficients))


def why_not_adopt(new: Fit, old: Coefficients, newest: Outcomes) -> str | None:
    """Why coefficients that were learned should not take the place of the old ones; None if they should."""
    if new.outcomes < ENOUGH:
        return f"They rest on {new.outcomes} outcomes; {ENOUGH} are needed."
    if not len(newest):
        return "There is nothing newer to try them on."
    before, after = (back_test(newest, tried).brier for tried in (old, new.coefficients))
    if after >= before:
        return f"They foretell the newest season no better: Brier {after:.4f}, before {before:.4f}."
    return None


def adopted(new: Fit, old: Coefficients, newest: Outcomes) -> Coefficients:
    """The coefficients to go on with."""
    return old if why_not_adopt(new, old, newest) else new.coefficients


def back_test(rows: Outcomes, coefficients: Coefficients) -> BackTest:
    """How well coefficients foretell these outcomes, which they should not have been learned from."""
    rows = rows.take(_order(rows))
    p = probability(rows.features, coefficients)
    regular, leaves = p[rows.is_regular], ~rows.has_returned[rows.is_regular]
    return BackTest(
        rows=len(rows),
        returned=int(rows.has_returned.sum()),
        foretold=float(p.sum()),
        auc=_told_apart(p, rows.has_returned),
        brier=brier(p, rows.has_returned) if len(rows) else math.nan,
        ece=ece(p, rows.has_returned) if len(rows) else math.nan,
        regulars=regular.size,
        leavers=int(leaves.sum()),
        early_warning=_told_apart(-regular, leaves),
    )


def _labelled(acts: Acts, cutoff: float, many: int, joined: Floats | None) -> Outcomes:
    season = acts.take((acts.day > cutoff - SEASON) & (acts.day <= cutoff))
    has_returned = np.zeros(many, bool)
    has_returned[acts.member[(acts.day > cutoff) & (acts.day <= cutoff + SEASON)]] = True
    on_days = np.unique(np.stack((season.member, np.floor(season.day).astype(np.int64))), axis=1)
    often = np.bincount(on_days[0], minlength=many) >= OFTEN
    member = np.unique(season.member)
    found = features([acts], cutoff, many, joined).take(member)
    is_regular = often[member] & (found.recency <= RECENTLY)
    return Outcomes(found, member, np.full(member.size, cutoff), has_returned[member], is_regular)


def _order(rows: Outcomes) -> Wholes:
    """By what is known, never by who it is: sums come out the same to the last bit."""
    four = rows.features
    return np.lexsort((rows.has_returned, four.peers, four.tenure, four.weeks, four.recency))


def _ridge(rows: Outcomes, default: Coefficients, precision: Floats) -> tuple[Floats, Floats]:
    """The base and the four, and their covariance: likeliest under a normal prior at the default."""
    z, prior = with_base(rows.features.logs()), np.array([default.base, *default.slopes])
    is_free = np.ones(prior.size, bool)
    while True:
        b = _likeliest(z, rows.has_returned, prior, precision, is_free)
        is_wrong = b[1:] * SIGNS < 0
        if not is_wrong.any():
            covariance = np.linalg.inv(_information(z, b) + precision).astype(np.float64)
            return b, covariance
        is_free[1:] &= ~is_wrong


def _likeliest(z: Floats, y: Mask, prior: Floats, precision: Floats, is_free: Mask) -> Floats:
    """Newton's method with halved steps where a whole one leads down; what is not free stays 0."""
    b = np.where(is_free, prior, 0.0)

    def height(b: Floats) -> float:
        odds = z @ b
        away = b - prior
        return float((y * odds - np.logaddexp(0, odds)).sum() - away @ precision @ away / 2)

    for _ in range(MOST_STEPS):
        slope = z.T @ (y - logistic(z @ b)) - precision @ (b - prior)
        bend = _information(z, b) + precision
        step = np.zeros(b.size)
        step[is_free] = np.linalg.solve(bend[np.ix_(is_free, is_free)], slope[is_free])
        while height(b + step) < height(b) and np.abs(step).max() > NEAR:
            step /= 2
        b = b + step
        if np.abs(step).max() <= NEAR:
            break
    return b


def _information(z: Floats, b: Floats) -> Floats:
    p = logistic(z @ b)
    found: Floats = (z * (p * (1 - p))[:, None]).T @ z
    return found


def _version(told: list[float], newest: float) -> str:
    """The day of the newest cutoff and a digest of the numbers, so that equal ones are known as such."""
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:8]
    return f"{np.datetime64(int(newest), 'D')} {digest}"


def _told_apart(scores: Floats, truth: Mask) -> float:
    return auc(scores, truth) if 0 < truth.sum() < truth.size else math.nan
