"""How a member's offers do: what was asked, answered, completed, earned and said of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean, median
from typing import Any

from sqlalchemy import func, or_, select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKept, OfferKind, OfferViews
from community.activity.exchanges.reviews.models import Review
from community.kit.db import connection

PERIODS = (7, 30, 90, 365)
WEEKS = 13
MOST_OFFERS = 60
"""Offers that are told of one by one, the newest of them."""
MOST_OTHERS = 500
"""Offers of the same kind whose owners are compared with."""
A_DAY = timedelta(days=1)
OFFERS, K, E, R, V = (
    model.__table__.c for model in (Offer, OfferKind, Exchange, Review, OfferViews)
)


@dataclass(frozen=True, slots=True)
class Owned:
    """An offer or wish of the member: what it is, and how many keep it."""

    id: int
    title: str
    state: str
    kind_id: int
    kind: str
    kept: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An exchange about an offer as far as it counts; ``is_mine`` where the member ended it."""

    offer_id: int
    state: str
    made_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ended_by: int | None
    amount: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An open review of the member about an offer."""

    offer_id: int
    published_at: datetime
    stars: int | None
    expected: int | None
    got: int | None


@dataclass(frozen=True)
class Rows:
    """All that is counted, as it was read once."""

    offers: Sequence[Owned] = ()
    views: Sequence[tuple[int, date, int]] = ()
    asked: Sequence[Asked] = ()
    said: Sequence[Said] = ()


@dataclass(frozen=True)
class Figures:
    """The figures of one offer, or of all, over some days.

    ``wait`` is the median of the hours until the first answer, without end where most still
    wait. ``gap`` is what was got less what was expected, from -4 to 4.
    """

    views: int = 0
    requests: int = 0
    answered: int = 0
    answerable: int = 0
    wait: float | None = None
    completed: int = 0
    cancelled_by_me: int = 0
    cancelled_by_them: int = 0
    earned: dict[str, int] = field(default_factory=dict)
    rating: float | None = None
    rated: int = 0
    gap: float | None = None
    compared: int = 0
    kept: int = 0

    @property
    def share_answered(self) -> float | None:
        """The share of requests that were answered within a day."""
        return self.answered / self.answerable if self.answerable else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.views or self.requests or self.completed or self.rated)


def read(member_id: int, since: datetime) -> Rows:
    """What is counted of a member's offers from a moment on, in four questions."""
    ask = connection().execute
    kept = (
        select(func.count())
        .where(OfferKept.offer_id == OFFERS.id)
        .correlate(Offer)
        .scalar_subquery()
    )
    offers = [
        Owned(*row)
        for row in ask(
            select(OFFERS.id, OFFERS.title, OFFERS.state, OFFERS.kind_id, K.label, kept)
            .join(OfferKind.__table__, K.id == OFFERS.kind_id)
            .where(
                OFFERS.owner_id == member_id,
                or_(*(OFFERS.state == state for state in ("published", "paused", "archived"))),
                OFFERS.published_at.is_not(None),
            )
            .order_by(OFFERS.id.desc())
            .limit(MOST_OFFERS)
        )
    ]
    ids = [offer.id for offer in offers]
    if not ids:
        return Rows()
    views = ask(
        select(V.offer_id, V.day, V.views).where(V.offer_id.in_(ids), V.day >= since.date())
    )
    asked = ask(
        select(
            E.offer_id,
            E.state,
            E.made_at,
            E.answered_at,
            E.ended_at,
            E.ended_by,
            E.amount,
            E.currency,
        ).where(E.offer_id.in_(ids), or_(E.made_at >= since, E.ended_at >= since))
    )
    said = ask(
        select(R.offer_id, R.published_at, R.stars, R.expected, R.got).where(
            R.offer_id.in_(ids),
            R.published_at >= since,
            R.about_id == member_id,
            R.removed_at.is_(None),
        )
    )
    return Rows(
        offers,
        [(row.offer_id, row.day, row.views) for row in views],
        [Asked(*row) for row in asked],
        [Said(*row) for row in said],
    )


def figures(rows: Rows, me: int, since: datetime, now: datetime, of: int | None = None) -> Figures:
    """The figures from a moment to now, of one offer or of all."""

    def mine(each: Any) -> bool:
        return of is None or each.offer_id == of

    asked = [each for each in rows.asked if mine(each)]
    made = [each for each in asked if each.made_at >= since]
    ended = [each for each in asked if each.ended_at is not None and each.ended_at >= since]
    done = [each for each in ended if each.state == "completed"]
    broken = [each for each in ended if each.state == "cancelled"]
    said = [each for each in rows.said if mine(each) and each.published_at >= since]
    stars = [each.stars for each in said if each.stars is not None]
    gaps = [s.got - s.expected for s in said if s.got is not None and s.expected is not None]
    waits = [_wait(each) for each in made if _is_answerable(each, now)]
    return Figures(
        views=sum(
            views
            for offer_id, day, views in rows.views
            if (of is None or offer_id == of) and day > since.date()
        ),
        requests=len(made),
        answered=sum(wait <= 24 for wait in waits),
        answerable=len(waits),
        wait=median(waits) if waits else None,
        completed=len(done),
        cancelled_by_me=sum(each.ended_by == me for each in broken),
        cancelled_by_them=sum(each.ended_by not in (me, None) for each in broken),
        earned=_earned(done),
        rating=fmean(stars) if stars else None,
        rated=len(stars),
        gap=fmean(gaps) if gaps else None,
        compared=len(gaps),
        kept=sum(offer.kept for offer in rows.offers if of is None or offer.id == of),
    )


def weekly(rows: Rows, now: datetime) -> tuple[list[int], list[int]]:
    """The views and the requests of each of the last weeks, the present one last."""
    views, requests, today = [0] * WEEKS, [0] * WEEKS, now.date()
    for _, day, many in rows.views:
        _add(views, (today - day).days, many)
    for each in rows.asked:
        _add(requests, (now - each.made_at).days, 1)
    return views, requests


def others_of_kind(kind_id: int, member_id: int) -> list[int]:
    """Who else offers something of a kind now."""
    asked = (
        select(OFFERS.owner_id)
        .where(OFFERS.state == "published", OFFERS.is_wish.is_(False), OFFERS.kind_id == kind_id)
        .order_by(OFFERS.score.desc(), OFFERS.id.desc())
        .limit(MOST_OTHERS)
    )
    return sorted({row.owner_id for row in connection().execute(asked)} - {member_id})


def _add(weeks: list[int], days: int, many: int) -> None:
    ago = days // 7
    if 0 <= ago < WEEKS:
        weeks[WEEKS - 1 - ago] += many


def _is_answerable(asked: Asked, now: datetime) -> bool:
    """Whether it is known if it was answered within a day: one taken back before that is not."""
    if asked.answered_at is not None:
        return True
    until = asked.ended_at if asked.state == "withdrawn" and asked.ended_at else now
    return until - asked.made_at > A_DAY


def _wait(asked: Asked) -> float:
    if asked.answered_at is None:
        return math.inf
    return (asked.answered_at - asked.made_at).total_seconds() / 3600


def _earned(done: Iterable[Asked]) -> dict[str, int]:
    earned: dict[str, int] = {}
    for each in done:
        if each.amount:
            currency = each.currency or ""
            earned[currency] = earned.get(currency, 0) + each.amount
    return dict(sorted(earned.items()))
