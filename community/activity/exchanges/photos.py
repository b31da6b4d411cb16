"""Which photos of the media folder offers and reviews show."""

from sqlalchemy import select

from community.activity.exchanges.offers.models import OfferPhoto
from community.activity.exchanges.reviews.models import Review
from community.kit.db import db


def in_use() -> set[str]:
    """The keys of all photos of offers and of reviews."""
    found = set(db.session.scalars(select(OfferPhoto.photo)))
    shown = db.session.execute(select(Review.photos).execution_options(yield_per=1_000))
    return found | {each["photo"] for row in shown for each in row.photos or ()}
