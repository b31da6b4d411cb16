"""Rows of offers, made without their owners' actions."""

from datetime import timedelta

from community.activity.exchanges.offers.models import Offer, OfferKind, OfferWord
from community.activity.members.rules import place_word
from community.kit import search
from community.kit.db import db
from tests.conftest import NOON


def make_kind(name="stay", grain="day", **more):
    """A kind of offers; not committed."""
    kind = OfferKind(name=name, label=name.title(), unit="day", grain=grain, **more)
    db.session.add(kind)
    db.session.flush()
    return kind


def make_offer(owner, kind, title, place=None, days=0, **more):
    """A published offer, found under its words; not committed."""
    at = NOON - timedelta(days=days)
    offer = Offer(
        **{
            "owner_id": owner.id,
            "kind_id": kind.id,
            "state": "published",
            "title": title,
            "title_key": search.key(title, 200),
            "place": place,
            "made_at": at,
            "changed_at": at,
            "published_at": at,
            **more,
        }
    )
    db.session.add(offer)
    db.session.flush()
    words = {*search.words(title), *(place_word(w) for w in search.words(place or ""))}
    db.session.add_all(OfferWord(word=word, offer_id=offer.id) for word in words)
    return offer
