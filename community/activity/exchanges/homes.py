"""Where offers, reviews and exchanges are read, and what was kept of exchanges, for what is told of them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from community.activity.exchanges.deals.models import Exchange, Recap
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews.models import Review
from community.activity.members.telling import Home, Keepsake

HOMES = (
    Home(
        ("offer", "wish"),
        "/offers/",
        lambda subject: select(Offer.id).where(Offer.subject_id == subject),
    ),
    Home(
        ("review",),
        "/reviews/",
        lambda subject: select(Review.id).where(Review.subject_id == subject),
    ),
    # An exchange is between two: whoever else reads of it finds what it was about.
    Home(
        ("exchange",),
        "/offers/",
        lambda subject: select(Exchange.offer_id).where(Exchange.subject_id == subject),
    ),
)


def _recap(
    event: ColumnElement[int],
    subject: ColumnElement[int],
    member: ColumnElement[int],
    is_own: ColumnElement[bool],
) -> Select[Any]:
    """What a member kept of the exchange that was completed, where they show it or read it themselves."""
    # One that an import told of has its event instead of a subject.
    of = or_(Exchange.subject_id == subject, Exchange.event_id == event)
    return (
        select(Recap.text)
        .join(Exchange, Exchange.id == Recap.exchange_id)
        .where(of, Recap.member_id == member, or_(Recap.is_public, is_own))
    )


KEPT = (Keepsake("exchange.completed", _recap),)
