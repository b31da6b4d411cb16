"""Offers, exchanges and reviews of a village, put there by hand."""

from datetime import timedelta

from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review
from community.kit.db import db
from community.ledger.models import Subject
from tests.conftest import NOON


def kind(name="stay", label="A stay", unit="night", grain="day"):
    """A kind of offer; the one of that name where there is one."""
    found = db.session.scalar(select(OfferKind).where(OfferKind.name == name))
    if found is None:
        found = OfferKind(name=name, label=label, unit=unit, grain=grain)
        db.session.add(found)
        db.session.flush()
    return found


def offer(owner, title="A room by the river", of_kind=None, **more):
    """A published offer with its subject; not committed."""
    subject = Subject(type="offer", owner=owner.id, made_at=NOON, title=title)
    db.session.add(subject)
    db.session.flush()
    given = {"state": "published", "published_at": NOON, "made_at": NOON, "changed_at": NOON}
    made = Offer(
        owner_id=owner.id,
        kind_id=(of_kind or kind()).id,
        subject_id=subject.id,
        title=title,
        **{**given, **more},
    )
    db.session.add(made)
    db.session.flush()
    return made


def exchange(about, receiver, state="completed", at=NOON, **more):
    """An exchange about an offer, with its subject; not committed."""
    subject = Subject(
        type="exchange",
        owner=receiver.id,
        parent=about.subject_id,
        made_at=at,
        title=about.title,
    )
    db.session.add(subject)
    db.session.flush()
    has_ended = state in ("completed", "cancelled", "declined", "not_met", "went_wrong")
    given = {
        "made_at": at,
        "changed_at": at + timedelta(days=2),
        "answered_at": at + timedelta(hours=2),
        "ended_at": at + timedelta(days=2) if has_ended else None,
    }
    made = Exchange(
        subject_id=subject.id,
        offer_id=about.id,
        provider_id=about.owner_id,
        receiver_id=receiver.id,
        state=state,
        **{**given, **more},
    )
    db.session.add(made)
    db.session.flush()
    return made


def review(of, side, stars=5, *, is_open=True, text="", **more):
    """What one side says of an exchange, open or sealed; not committed."""
    author, about = (
        (of.provider_id, of.receiver_id) if side == "provider" else (of.receiver_id, of.provider_id)
    )
    kind_id = db.session.get(Offer, of.offer_id).kind_id
    made = Review(
        exchange_id=of.id,
        side=side,
        author_id=author,
        about_id=about,
        offer_id=of.offer_id,
        kind_id=kind_id,
        made_at=of.changed_at,
        changed_at=of.changed_at,
        published_at=of.changed_at + timedelta(days=1) if is_open else None,
        stars=stars,
        text=text,
        html=f"<p>{text}</p>" if text else "",
        **more,
    )
    db.session.add(made)
    db.session.flush()
    return made
