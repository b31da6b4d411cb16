"""What can't be true of offers, exchanges and reviews, each found thing as a sentence for whoever runs the site."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Hold
from community.activity.exchanges.deals.rules import FIRST, MOVES, STATES
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review, ReviewHelped
from community.kit.db import db

REQUEST = "ask"
"""The move with which an exchange begins."""


def problems() -> Iterator[str]:
    """The first of each kind of thing that is wrong."""
    yield from _first(Offer, "offer", _of_offers())
    yield from _first(Exchange, "exchange", _of_exchanges())
    yield from _first(ExchangeMove, "move", _of_moves())
    yield from _first(Review, "review", _of_reviews())


def _first(
    model: Any, name: str, wrongs: Iterator[tuple[ColumnElement[bool], str]]
) -> Iterator[str]:
    for wrong, says in wrongs:
        id = db.session.scalar(select(model.id).where(wrong).order_by(model.id).limit(1))
        if id is not None:
            yield f"{name} {id} {says}"


def _of_offers() -> Iterator[tuple[ColumnElement[bool], str]]:
    shown = Offer.state.in_(("published", "paused"))
    yield shown & Offer.subject_id.is_(None), "is shown and events can't name it"
    yield Offer.subject_id.is_not(None) & Offer.published_at.is_(None), "was named and never shown"


def _of_exchanges() -> Iterator[tuple[ColumnElement[bool], str]]:
    is_here = Exchange.event_id.is_(None)
    moves = _many(ExchangeMove.exchange_id == Exchange.id, ExchangeMove.id)
    yield Exchange.state.not_in(list(STATES)), "stands where nothing can stand"
    yield is_here & (moves != Exchange.moves), "has more or fewer moves than it counts"
    last = (
        select(ExchangeMove.after)
        .where(ExchangeMove.exchange_id == Exchange.id, ExchangeMove.n == Exchange.moves)
        .scalar_subquery()
    )
    yield (
        is_here & (Exchange.moves > 0) & last.is_distinct_from(Exchange.state),
        "stands elsewhere than its last move led",
    )
    yield is_here & Exchange.subject_id.is_(None), "has no subject"
    ends = [state.name for state in STATES.values() if state.is_end]
    yield (
        Exchange.state.in_(ends) & Exchange.ended_at.is_(None)
        | Exchange.state.not_in(ends) & Exchange.ended_at.is_not(None),
        "has ended and has not",
    )
    yield Exchange.state.in_(ends) & Exchange.due_at.is_not(None), "has ended and is due"
    yield from _of_holds(is_here)
    of_offer = select(Offer.owner_id).where(Offer.id == Exchange.offer_id).scalar_subquery()
    owner = func.coalesce(of_offer, 0)
    yield (
        Exchange.is_wish.is_(False) & (Exchange.provider_id != owner)
        | Exchange.is_wish.is_(True) & (Exchange.receiver_id != owner),
        "is not with whose offer it is about",
    )


def _of_holds(is_here: ColumnElement[bool]) -> Iterator[tuple[ColumnElement[bool], str]]:
    holding = [state.name for state in STATES.values() if state.holds]
    holds = select(Hold.slot).where(Hold.exchange_id == Exchange.id).exists()
    grain = (
        select(OfferKind.grain)
        .join(Offer, Offer.kind_id == OfferKind.id)
        .where(Offer.id == Exchange.offer_id)
        .scalar_subquery()
    )
    takes_time = or_(
        grain == "once", and_(grain.in_(("day", "hour")), Exchange.starts_at.is_not(None))
    )
    yield holds & Exchange.state.not_in(holding), "holds a time that it gave up"
    yield is_here & Exchange.state.in_(holding) & takes_time & ~holds, "holds nothing of its time"
    yield ~is_here & holds, "came from elsewhere and holds a time"


def _of_moves() -> Iterator[tuple[ColumnElement[bool], str]]:
    before = aliased(ExchangeMove)
    one_before = and_(
        before.exchange_id == ExchangeMove.exchange_id, before.n == ExchangeMove.n - 1
    )
    follows = select(before.id).where(one_before, before.after == ExchangeMove.before).exists()
    yield (ExchangeMove.n > 1) & ~follows, "does not begin where the one before it led"
    is_request = and_(
        ExchangeMove.move == REQUEST, ExchangeMove.before.is_(None), ExchangeMove.after == FIRST
    )
    yield (ExchangeMove.n == 1) & ~is_request, "is the first and no request"
    known = or_(
        *(
            and_(
                ExchangeMove.move == move.name,
                ExchangeMove.before.in_(move.before),
                ExchangeMove.after == move.after,
            )
            for move in MOVES
        )
    )
    yield (ExchangeMove.n > 1) & ~known, "can't be made"


def _of_reviews() -> Iterator[tuple[ColumnElement[bool], str]]:
    named = Review.subject_id.is_not(None) | Review.event_id.is_not(None)
    both = Review.subject_id.is_not(None) & Review.event_id.is_not(None)
    sealed = Review.published_at.is_(None)
    yield sealed & named, "is sealed and the ledger knows of it"
    yield ~sealed & ~both, "is open and the ledger does not know of it"
    yield sealed & Review.removed_at.is_not(None), "was removed before it was open"
    helped = _many(ReviewHelped.review_id == Review.id, ReviewHelped.member_id)
    yield Review.helpful != helped, "counts others than it helped"
    deal = aliased(Exchange)
    provides, receives = deal.provider_id == Review.author_id, deal.receiver_id == Review.author_id
    right = select(deal.id).where(
        deal.id == Review.exchange_id,
        deal.offer_id == Review.offer_id,
        or_(
            and_(Review.side == "provider", provides, deal.receiver_id == Review.about_id),
            and_(Review.side == "receiver", receives, deal.provider_id == Review.about_id),
        ),
    )
    yield ~right.exists(), "is not of the side that it says"
    opened = select(deal.id).where(deal.id == Review.exchange_id, deal.opened_at.is_not(None))
    yield ~sealed & ~opened.exists(), "is open and its exchange is sealed"
    foreign = select(deal.id).where(deal.id == Review.exchange_id, deal.event_id.is_not(None))
    yield Review.is_verified & foreign.exists(), "is verified and came from elsewhere"


def _many(where: ColumnElement[bool], column: Any) -> Any:
    return select(func.count(column)).where(where).scalar_subquery()
