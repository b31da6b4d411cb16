"""What becomes of offers, exchanges and reviews when a member leaves for good."""

from collections.abc import Collection
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, or_, select, update

from community.activity.exchanges.deals import actions as deals
from community.activity.exchanges.deals.models import ExchangeMove, Message, Recap
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferDecision,
    OfferKept,
    OfferPhoto,
    OfferVersion,
    OfferWord,
)
from community.activity.exchanges.references.models import Reference
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewHelped,
    ReviewReport,
)
from community.kit import pictures
from community.kit.after import after_commit
from community.kit.db import db


def forget(member_id: int) -> None:
    """Take away every word of a member: that there was an exchange stays, for the other side.

    What is still open ends first, so that nobody waits for one who is gone.

    Reviews that they published stay as stars without words; one that is still sealed is
    given up, as if they had closed without comment.
    """
    deals.let_go(member_id)
    _forget_offers(member_id)
    _forget_reviews(member_id)
    helped = select(ReviewHelped.review_id).where(ReviewHelped.member_id == member_id)
    for statement in (
        update(ExchangeMove).where(ExchangeMove.by == member_id).values(words=None),
        update(Message).where(Message.author_id == member_id).values(text="", key=None),
        delete(Recap).where(Recap.member_id == member_id),
        delete(OfferKept).where(OfferKept.member_id == member_id),
        update(Review).where(Review.id.in_(helped)).values(helpful=Review.helpful - 1),
        delete(ReviewHelped).where(ReviewHelped.member_id == member_id),
        update(ReviewReport).where(ReviewReport.by == member_id).values(words=""),
        update(ReviewAppeal).where(ReviewAppeal.by == member_id).values(words=""),
        delete(Reference).where(
            or_(Reference.author_id == member_id, Reference.about_id == member_id)
        ),
    ):
        db.session.execute(statement)


def _forget_offers(member_id: int) -> None:
    theirs = select(Offer.id).where(Offer.owner_id == member_id)
    photos = db.session.scalars(select(OfferPhoto.photo).where(OfferPhoto.offer_id.in_(theirs)))
    _remove_later(photos.all())
    for model in (OfferPhoto, OfferWord, OfferClosure):
        db.session.execute(delete(model).where(model.offer_id.in_(theirs)))
    db.session.execute(
        update(OfferVersion).where(OfferVersion.offer_id.in_(theirs)).values(told={})
    )
    said = update(OfferDecision).where(OfferDecision.offer_id.in_(theirs))
    db.session.execute(said.values(words="", asked=""))
    nothing = {"title": "", "title_key": "", "text": "", "html": "", "rules": "", "details": {}}
    gone = update(Offer).where(Offer.owner_id == member_id)
    unranked = {"ranked": None, "rated": None, "score": 0, "is_newcomer": False}
    db.session.execute(gone.values(**nothing, **unranked, place=None, photo=None, state="archived"))


def _forget_reviews(member_id: int) -> None:
    authored = Review.author_id == member_id
    photos = db.session.scalars(select(Review.photos).where(authored)).all()
    _remove_later([each["photo"] for shown in photos for each in shown])
    silent = {"text": "", "html": "", "text_key": "", "private_note": "", "photos": []}
    unsaid = {"safety": None, "is_worry": False, "would_again": None}
    db.session.execute(update(Review).where(authored).values(**silent, **unsaid))
    sealed = update(Review).where(authored, Review.published_at.is_(None))
    nothing = {"stars": None, "scores": {}, "expected": None, "got": None}
    db.session.execute(sealed.values(**nothing, is_closed=True))
    about = update(Review).where(Review.about_id == member_id)
    db.session.execute(about.values(response=None, response_html=None))


def _remove_later(photos: Collection[str]) -> None:
    folder = Path(current_app.config["DATA_DIR"]) / "media"
    for photo in photos:
        after_commit(lambda photo=photo: pictures.remove(folder, photo))
