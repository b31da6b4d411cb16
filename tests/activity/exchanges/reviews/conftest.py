"""An exchange in the village: Ben stayed in Ada's room, and both may say how it was."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews import actions
from community.activity.exchanges.reviews.rules import Told
from community.kit.db import db
from community.ledger.models import Subject
from community.ledger.record import record
from tests.conftest import NOON

ENDED = NOON + timedelta(days=30)
UNTIL = ENDED + timedelta(days=14)
LATER = ENDED + timedelta(days=1)


def make_kind(name="stay", **more):
    kind = OfferKind(
        name=name,
        label=more.pop("label", "A stay"),
        unit="night",
        grain="day",
        scores=[{"name": "clean", "label": "Clean"}, {"name": "warm", "label": "Warm welcome"}],
        **more,
    )
    db.session.add(kind)
    db.session.flush()
    return kind


def make_offer(owner, kind, title="A room by the river", **more):
    subject = Subject(type="offer", owner=owner.id, made_at=NOON, title=title)
    db.session.add(subject)
    db.session.flush()
    offer = Offer(
        subject_id=subject.id,
        owner_id=owner.id,
        kind_id=kind.id,
        state="published",
        title=title,
        made_at=NOON,
        changed_at=NOON,
        published_at=NOON,
        **more,
    )
    db.session.add(offer)
    db.session.flush()
    return offer


def make_exchange(offer, receiver, state="completed", **more):
    provider_id = offer.owner_id
    subject = Subject(
        type="exchange",
        owner=receiver.id,
        parent=offer.subject_id,
        made_at=NOON,
        title=offer.title,
    )
    db.session.add(subject)
    db.session.flush()
    ended = more.pop("ended_at", ENDED)
    exchange = Exchange(
        subject_id=subject.id,
        offer_id=offer.id,
        provider_id=provider_id,
        receiver_id=receiver.id,
        state=state,
        made_at=NOON,
        changed_at=ended,
        ended_at=ended,
        review_until=more.pop("review_until", ended + timedelta(days=14)),
        **more,
    )
    db.session.add(exchange)
    db.session.flush()
    if state == "completed":
        record(
            "exchange.completed",
            receiver,
            provider_id,
            ("exchange", subject.id),
            value=2,
            happened_at=ended,
        )
    return exchange


@pytest.fixture
def stay(village):
    """The exchange, a day after it ended; the clock stands still unless a test moves it."""
    kind = make_kind()
    offer = make_offer(village.ada, kind)
    exchange = make_exchange(offer, village.ben)
    db.session.commit()
    ids = SimpleNamespace(id=exchange.id, offer=offer.id, ada=village.ada.id, ben=village.ben.id)
    with time_machine.travel(LATER, tick=False) as clock:
        ids.clock = clock
        yield ids


def say(exchange_id, author_id, text="It was good.", stars=5, **more):
    """One side writes; kept."""
    review = actions.write(exchange_id, author_id, Told(stars=stars, text=text, **more), 0)
    db.session.commit()
    return review.id
