"""What stands beside an offer whose owner has not moved in."""

from sqlalchemy import select

from community.activity.exchanges.offers import kindbook
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.offers.reach import why_not_reached
from community.kit.db import db
from tests.conftest import NOON, make_member


def test_only_who_has_moved_in_can_be_asked():
    assert why_not_reached(NOON) is None
    assert "has not moved in" in why_not_reached(None).text


def test_it_is_said_beside_the_offer(app, village, client):
    kindbook.plant()
    away = make_member("host-7", claimed_at=None)
    for owner in (away, village.ada):
        db.session.add(
            Offer(
                owner_id=owner.id,
                kind_id=kindbook.of_name("open").id,
                state="published",
                title=f"A hand from {owner.handle}",
                made_at=NOON,
                changed_at=NOON,
                published_at=NOON,
            )
        )
    db.session.commit()
    theirs, hers = (each.id for each in db.session.scalars(select(Offer).order_by(Offer.id)))
    assert "has not moved in here yet" in client.get(f"/offers/{theirs}").text
    assert "has not moved in here yet" not in client.get(f"/offers/{hers}").text
