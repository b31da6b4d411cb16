"""What can't be true of offers, exchanges and reviews is found; what members do is not."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from community.activity.exchanges import check
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Hold
from community.activity.exchanges.forgetting import forget
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review, ReviewHelped
from community.kit.db import db
from community.ledger.models import Subject
from community.ledger.record import record
from tests.conftest import NOON

MOVES = (
    ("ask", None, "requested"),
    ("accept", "requested", "accepted"),
    ("confirm", "accepted", "confirmed"),
    ("begin", "confirmed", "under_way"),
    ("finish", "under_way", "half_done"),
    ("finish", "half_done", "completed"),
)


def _subject(type, owner, parent=None):
    subject = Subject(type=type, owner=owner.id, parent=parent and parent.id, made_at=NOON)
    db.session.add(subject)
    db.session.flush()
    return subject


@pytest.fixture
def dealt(village):
    """Ben stayed in Ada's attic and said how it was, which helped Cy; Ada's words are sealed."""
    kind = OfferKind(name="stay", label="Stay", unit="night", grain="day")
    attic = _subject("offer", village.ada)
    db.session.add(kind)
    db.session.flush()
    offer = Offer(
        subject_id=attic.id, owner_id=village.ada.id, kind_id=kind.id, state="published",
        title="Attic", made_at=NOON, changed_at=NOON, published_at=NOON,
    )  # fmt: skip
    db.session.add(offer)
    db.session.flush()
    between = _subject("exchange", village.ben, attic)
    exchange = Exchange(
        subject_id=between.id, offer_id=offer.id, provider_id=village.ada.id,
        receiver_id=village.ben.id, state="completed", moves=len(MOVES), starts_at=NOON,
        ends_at=NOON + timedelta(days=1), made_at=NOON, changed_at=NOON, ended_at=NOON,
        opened_at=NOON,
    )  # fmt: skip
    db.session.add(exchange)
    db.session.flush()
    db.session.add_all(
        ExchangeMove(exchange_id=exchange.id, n=n, at=NOON, move=move, before=before, after=after)
        for n, (move, before, after) in enumerate(MOVES, 1)
    )
    db.session.add(Hold(offer_id=offer.id, slot=1, place=0, exchange_id=exchange.id))
    said = _subject("review", village.ben, between)
    event = record("review.published", village.ben, village.ada, ("review", said.id), value=5)
    common = {"exchange_id": exchange.id, "offer_id": offer.id, "kind_id": kind.id}
    common |= {"made_at": NOON, "changed_at": NOON}
    open = Review(
        **common, side="receiver", author_id=village.ben.id, about_id=village.ada.id, stars=5,
        published_at=NOON, subject_id=said.id, event_id=event.id, helpful=1,
    )  # fmt: skip
    sealed = Review(
        **common, side="provider", author_id=village.ada.id, about_id=village.ben.id, stars=4
    )
    db.session.add_all([open, sealed])
    db.session.flush()
    db.session.add(ReviewHelped(review_id=open.id, member_id=village.cy.id, at=NOON))
    db.session.commit()
    return {"open": open.id, "sealed": sealed.id}


def test_what_members_do_is_no_problem(dealt):
    assert list(check.problems()) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("UPDATE offer SET subject_id = NULL", "is shown and events can't name it"),
        ("UPDATE offer SET published_at = NULL", "was named and never shown"),
        ("UPDATE exchange SET state = 'lost', ended_at = NULL", "stands where nothing can stand"),
        ("UPDATE exchange SET moves = 7", "has more or fewer moves"),
        ("UPDATE exchange SET state = 'lapsed'", "stands elsewhere than its last move led"),
        ("UPDATE exchange SET subject_id = NULL", "has no subject"),
        ("UPDATE exchange SET ended_at = NULL", "has ended and has not"),
        ("UPDATE exchange SET due_at = made_at", "has ended and is due"),
        ("DELETE FROM hold", "holds nothing of its time"),
        ("UPDATE exchange SET state = 'cancelled'", "holds a time that it gave up"),
        ("UPDATE exchange SET provider_id = receiver_id, receiver_id = provider_id", "whose offer"),
        ("UPDATE exchange_move SET before = 'requested' WHERE n = 4", "does not begin where"),
        ("UPDATE exchange_move SET move = 'accept' WHERE n = 1", "is the first and no request"),
        ("UPDATE exchange_move SET move = 'cancel' WHERE n = 6", "can't be made"),
        ("UPDATE review SET published_at = NULL WHERE stars = 5", "the ledger knows of it"),
        ("UPDATE review SET published_at = 5 WHERE stars = 4", "the ledger does not know of it"),
        ("UPDATE review SET removed_at = 5 WHERE stars = 4", "was removed before it was open"),
        ("UPDATE review SET helpful = 2 WHERE stars = 5", "counts others than it helped"),
        ("UPDATE review SET about_id = author_id WHERE stars = 5", "is not of the side"),
        ("UPDATE exchange SET opened_at = NULL", "its exchange is sealed"),
        ("UPDATE exchange SET event_id = (SELECT min(id) FROM event)", "came from elsewhere"),
    ],
)
def test_what_can_not_be_is_found(dealt, wrong, says):
    db.session.execute(text(wrong))
    assert [problem for problem in check.problems() if says in problem]
    db.session.rollback()


def test_who_leaves_takes_their_thanks_for_a_review_along(dealt, village):
    forget(village.cy.id)
    db.session.flush()
    assert db.session.get(Review, dealt["open"]).helpful == 0
    for member in (village.ada, village.ben):
        forget(member.id)
    db.session.flush()
    assert list(check.problems()) == []
    assert db.session.get(Review, dealt["sealed"]).is_closed
