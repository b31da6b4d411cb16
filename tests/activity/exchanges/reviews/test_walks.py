"""Whatever the two sides and the clock do, in whatever order: sealed means sealed, opened means both at once."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews import actions, opening, queries
from community.activity.exchanges.reviews.actions import Changed
from community.activity.exchanges.reviews.models import Review
from community.activity.exchanges.reviews.rules import Told
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.models import Event
from tests.activity.exchanges.reviews.conftest import ENDED, UNTIL, make_exchange

WALKS, STEPS = 15, 14


def step(rng, exchange_id, sides, clock):
    """One thing that somebody does, or that time does; what was refused changes nothing."""
    who, what = rng.choice(sides), rng.random()
    try:
        if what < 0.35:
            seen = rng.choice([0, 0, 1, 2])
            actions.write(exchange_id, who, Told(stars=rng.randint(1, 5), text="x"), seen)
        elif what < 0.5:
            actions.close_without_comment(exchange_id, who)
        elif what < 0.8:
            clock.shift(timedelta(hours=rng.choice([1, 20, 80])))
        else:
            sum(opening.open_and_remind())
        db.session.commit()
    except (Refused, Changed):
        db.session.rollback()


def check(exchange_id):
    """What must hold at every moment."""
    db.session.expire_all()
    exchange = db.session.get(Exchange, exchange_id)
    reviews = db.session.scalars(select(Review).where(Review.exchange_id == exchange_id)).all()
    said = [review for review in reviews if not review.is_closed]
    assert len({review.side for review in reviews}) == len(reviews) <= 2
    events = db.session.scalars(select(Event).where(Event.kind == "review.published")).all()
    told = {review.event_id for review in said if review.event_id}
    mine = {event.id for event in events} & told
    letters = db.session.scalars(select(Mail.subject)).all()
    if exchange.opened_at is None:
        assert all(review.published_at is None and review.subject_id is None for review in reviews)
        assert not mine
        assert all(subject.startswith("How was it") for subject in letters)
        assert queries.tally("offer", exchange.offer_id).count == 0
    else:
        assert {review.published_at for review in said} <= {exchange.opened_at}
        assert len(mine) == len(said) == queries.tally("offer", exchange.offer_id).count
        assert len(reviews) == 2 or exchange.opened_at >= exchange.review_until
    return exchange.opened_at


@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_things_opens_one_alone_or_leaks(app, stay, village, seed):
    rng, sides = random.Random(seed), (stay.ada, stay.ben)
    first, opened = stay.id, 0
    for walk in range(WALKS):
        stay.clock.move_to(ENDED + timedelta(hours=1))
        db.session.execute(delete(Review))
        db.session.execute(delete(Mail))
        if walk:
            offer = db.session.get(Offer, stay.offer)
            # The one before is over, whatever came of it.
            db.session.get(Exchange, first).opened_at = UNTIL
            first = make_exchange(offer, village.ben).id
        db.session.commit()
        before = None
        for _ in range(STEPS):
            step(rng, first, sides, stay.clock)
            now = check(first)
            assert before is None or now == before
            before = now
        opened += before is not None
    assert 0 < opened <= WALKS
