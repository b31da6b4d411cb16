"""The village with a room, an hour of help, a saw to give away, and a wish."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from community.activity.exchanges.deals import terms
from community.activity.exchanges.offers.models import Offer, OfferKind, OfferVersion
from community.kit.db import db
from community.kit.languages import zone
from community.ledger.models import Subject
from tests.conftest import NOON

FIRST = date(2026, 6, 10)


def make_kind(name, grain, unit, **more):
    """A kind of offers; not committed."""
    kind = OfferKind(name=name, label=name.title(), unit=unit, grain=grain, **more)
    db.session.add(kind)
    db.session.flush()
    return kind


def make_offer(owner, kind, title, **more):
    """An offer that is published; not committed."""
    is_wish = more.get("is_wish", False)
    subject = Subject(
        type="wish" if is_wish else "offer", owner=owner.id, made_at=NOON, title=title
    )
    db.session.add(subject)
    db.session.flush()
    offer = Offer(
        owner_id=owner.id,
        kind_id=kind.id,
        subject_id=subject.id,
        title=title,
        title_key=title.lower(),
        state=more.pop("state", "published"),
        made_at=NOON,
        changed_at=NOON,
        published_at=NOON,
        **more,
    )
    db.session.add(offer)
    db.session.flush()
    db.session.add(OfferVersion(offer_id=offer.id, version=1, made_at=NOON, told={"title": title}))
    return offer


def days(first=FIRST, nights=2, tz="UTC", **more):
    """The terms of some days."""
    return terms.of_days(first, first + timedelta(days=nights - 1), zone(tz), **more)


@pytest.fixture
def at_noon():
    """The first of June, at noon, from where a test moves on."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def market(village, at_noon):
    """What the village offers, committed."""
    stay = make_kind("stay", "day", "night")
    help = make_kind("help", "hour", "hour")
    gift = make_kind("gift", "once", "piece")
    chat = make_kind("chat", "open", "hour")
    found = SimpleNamespace(
        clock=at_noon,
        stay=stay,
        room=make_offer(
            village.ada, stay, "A room by the river", is_free=False, amount=2500, currency="EUR",
            time_zone="Europe/Lisbon", rules="No smoking.", place="Lisbon, Portugal", longest=10,
        ),
        help=make_offer(village.ada, help, "Help with taxes", time_zone="Asia/Kathmandu"),
        saw=make_offer(village.ada, gift, "A saw"),
        chat=make_offer(village.ada, chat, "Portuguese to talk"),
        wish=make_offer(village.ben, stay, "Somewhere to sleep", is_wish=True),
        **vars(village),
    )  # fmt: skip
    db.session.commit()
    return found
