"""The page of an offer: few questions to the database, and none that reads a whole table."""

import pytest

from community.activity.exchanges.offers import actions
from community.activity.exchanges.offers.models import OfferPhoto
from community.kit.cache import cache
from community.kit.db import db
from tests.activity.exchanges.offers.conftest import LADDER, in_days
from tests.plans import scans

MOST_QUERIES = 5
SMALL = ("badge_rule", "offer_kind", "ranking_rule")


@pytest.fixture
def lived_in(room, offer, village):
    """Ada's room with photos and closed days, and other offers."""
    id = room.id
    offer(village.ben, LADDER, "thing")
    for place in range(3):
        db.session.add(OfferPhoto(offer_id=id, photo=f"{place:032x}", words="x", place=place))
    actions.close_days(id, village.ada.id, in_days(3), in_days(5))
    actions.keep(id, village.cy.id)
    db.session.commit()
    return id


@pytest.mark.parametrize(
    "path", ["/offers/{id}", "/offers", "/offers/mine", "/offers/kept", "/members/ada"]
)
@pytest.mark.parametrize("who", [None, "ben", "cy", "ada"])
def test_a_page_asks_at_most_five_questions_and_scans_nothing(
    lived_in, village, client, as_member, statements, database, path, who
):
    if who is None and path in ("/offers/mine", "/offers/kept"):
        pytest.skip("for members")
    browser = as_member(getattr(village, who)) if who else client
    path = path.format(id=lived_in)
    browser.get(path)
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    asked = list(statements)
    assert 0 < len(asked) <= MOST_QUERIES, [s for s, _ in asked]
    if database.name == "sqlite":
        assert scans(asked, SMALL) == []
