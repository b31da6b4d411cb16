"""The village with what its people offer."""

import shutil
from datetime import timedelta

import pytest

from community.activity.exchanges.offers import actions, kindbook, views
from community.activity.exchanges.offers.rules import Terms
from community.kit import clock
from community.kit.db import db
from tests.activity.exchanges.offers.making import make_kind

ROOM = Terms(
    title="A room by the river",
    text="Two windows, **one** desk, and the river under both.",
    rules="No smoking\nShoes off",
    details={"space": "A room of their own", "sleeps": 2, "pets": True},
    place="Porto",
    time_zone="Europe/Lisbon",
    is_free=False,
    amount=4_500,
    currency="EUR",
    shortest=2,
    longest=14,
    reply_hours=24,
)
LADDER = Terms(
    title="A ladder of four metres",
    text="It stands in the shed and reaches the gutter.",
    details={"way": "It is lent and comes back"},
)


@pytest.fixture
def kinds(village):
    """The kinds that come with Kith, by name."""
    kindbook.plant()
    db.session.commit()
    return {kind.name: kind for kind in kindbook.every()}


@pytest.fixture
def offer(kinds):
    """Make an offer of a member, published unless said; committed."""

    def make(member, terms=ROOM, kind="stay", *, is_wish=False, is_published=True):
        made = actions.begin(member.id, kinds[kind], terms, is_wish=is_wish, key=None)
        if is_published:
            actions.publish(made.id, member.id)
        db.session.commit()
        return made

    return make


@pytest.fixture
def room(offer, village):
    """Ada's room, published."""
    return offer(village.ada)


@pytest.fixture
def looks(app):
    """The folder of looks, emptied."""
    shutil.rmtree(views.folder(), ignore_errors=True)
    yield views.folder()
    shutil.rmtree(views.folder(), ignore_errors=True)


def in_days(days):
    """A day from today on, in UTC."""
    return clock.now().date() + timedelta(days=days)


@pytest.fixture
def stay(app):
    """A kind by days."""
    return make_kind()
