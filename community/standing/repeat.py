"""Who buys again, where only purchases are known: the BG/NBD model of Fader, Hardie and Lee (2005).

Customers buy at random while they are customers, each at a rate of their own (Gamma with shape
r and rate alpha), and after each purchase may never come again, each with a chance of their own
(Beta with a and b). The chance of still being a customer is not told by itself: whoever bought
once has 1 there, which foretells the opposite of what happens.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import betaln, digamma, gammaln, hyp2f1

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

DAYS = 7
"""Of a week, the unit of time of the model."""
NEAR_ONE = 1e-5
"""How near to 1 ``a`` may be where the expected number is 0 divided by 0."""


@dataclass(frozen=True)
class Purchases:
    """What is known of each customer, times in weeks since the first purchase.

    ``repeats`` are the later days with a purchase, ``last`` the time of the last of them (0
    without any), and ``age`` the time until now.
    """

    repeats: Floats
    last: Floats
    age: Floats

    def __len__(self) -> int:
        return int(self.repeats.size)


@dataclass(frozen=True)
class Model:
    """The parameters that make the purchases likeliest, in weeks, and the log of that likelihood."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


def purchases(customer: Wholes, day: Wholes, until: int, many: int) -> Purchases:
    """The purchases of customers 0 to ``many - 1`` up to a day; what one buys on a day is one purchase.

    Every customer must have bought by then.
    """
    known = day <= until
    bought = np.unique(np.stack((customer[known], day[known])), axis=1)
    first, last = np.full(many, np.inf), np.full(many, -np.inf)
    np.minimum.at(first, bought[0], bought[1])
    np.maximum.at(last, bought[0], bought[1])
    repeats = np.bincount(bought[0], minlength=many).astype(np.float64) - 1
    return Purchases(repeats, (last - first) / DAYS, (until - first) / DAYS)


def fit(told: Purchases) -> Model:
    """The likeliest parameters. Raises ValueError unless somebody bought again."""
    if not told.repeats.any():
        raise ValueError("nobody bought again: there is nothing to learn from")
    rows, counts = np.unique(
        np.stack((told.repeats, told.last, told.age)), axis=1, return_counts=True
    )

    def falling(logs: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(np.exp(logs), *rows)
        # By customer, so that it is as steep for few as for many; times e^log by the chain rule.
        scale = -np.exp(logs) / len(told)
        return -float(value @ counts) / len(told), scale * (slope @ counts)

    start = np.log([1.0, max(float(told.age.mean()), 1e-3), 1.0, 1.0])
    found = optimize.minimize(
        falling,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-12, 12)] * 4,
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2000},
    )
    r, alpha, a, b = np.exp(found.x).tolist()
    return Model(r, alpha, a, b, -float(found.fun) * len(told))


def p_any(model: Model, told: Purchases, weeks: float) -> Floats:
    """The chance that each customer buys anything in so many weeks from now."""
    reach = model.alpha + told.age
    none = (reach / (reach + weeks)) ** (model.r + told.repeats)
    return _alive(model, told) * (1 - none)


def expected(model: Model, told: Purchases, weeks: float) -> Floats:
    """How many purchases are to be expected of each customer in so many weeks from now."""
    r, alpha, b, x = model.r, model.alpha, model.b, told.repeats
    a = model.a if abs(model.a - 1) > NEAR_ONE else 1 + NEAR_ONE
    reach = alpha + told.age
    still = (reach / (reach + weeks)) ** (r + x)
    gone = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (reach + weeks))
    many: Floats = (a + b + x - 1) / (a - 1) * (1 - still * gone) * _alive(model, told)
    return many


def _alive(model: Model, told: Purchases) -> Floats:
    x, last = told.repeats, told.last
    odds = model.a / np.where(x > 0, model.b + x - 1, 1.0)
    since = ((model.alpha + told.age) / (model.alpha + last)) ** (model.r + x)
    found: Floats = 1 / (1 + np.where(x > 0, odds * since, 0.0))
    return found


def _log_likelihood(
    parameters: Floats, x: Floats, last: Floats, age: Floats
) -> tuple[Floats, Floats]:
    """Of each customer the log-likelihood, and its slope in r, alpha, a and b.

    With ln A1 = ln Gamma(r + x) - ln Gamma(r) + r ln alpha, ln A2 = ln B(a, b + x) - ln B(a, b),
    A3 = (alpha + T)^-(r + x) and A4 = a / (b + x - 1) (alpha + t)^-(r + x), the latter only
    where x > 0: ln A1 + ln A2 + ln(A3 + A4).
    """
    r, alpha, a, b = parameters
    again = x > 0
    rest = np.where(again, b + x - 1, 1.0)
    log_a3 = -(r + x) * np.log(alpha + age)
    log_a4 = np.where(again, np.log(a) - np.log(rest) - (r + x) * np.log(alpha + last), -np.inf)
    log_sum = np.logaddexp(log_a3, log_a4)
    w3, w4 = np.exp(log_a3 - log_sum), np.exp(log_a4 - log_sum)
    value = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + log_sum
    )
    slope = np.stack(
        (
            digamma(r + x) - digamma(r) + np.log(alpha)
            - w3 * np.log(alpha + age) - w4 * np.log(alpha + last),
            r / alpha - (r + x) * (w3 / (alpha + age) + w4 / (alpha + last)),
            digamma(a + b) - digamma(a + b + x) + w4 / a,
            digamma(b + x) - digamma(a + b + x) - digamma(b) + digamma(a + b) - w4 / rest,
        )
    )  # fmt: skip
    return value, slope
