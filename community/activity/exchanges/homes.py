"""Where offers, reviews and exchanges are read: the pages to which what is told of them leads."""

from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews.models import Review
from community.activity.members.telling import Home

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
