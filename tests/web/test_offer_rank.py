"""What an owner sees of the rank of their offer, and who else sees it."""

import pytest

from community.activity.exchanges.offers import ranking
from community.activity.members.queries import Viewer
from community.kit.db import db
from community.web import offer_rank
from tests.activity.exchanges.offers.making import make_kind, make_offer
from tests.web.test_rank_offers import rank


@pytest.fixture
def room(village):
    stay = make_kind()
    village.room = make_offer(village.ada, stay, "A room")
    make_offer(village.ben, stay, "A tent", days=300)
    village.draft = make_offer(village.ada, stay, "A draft", state="draft")
    db.session.commit()
    rank()
    return village


@pytest.mark.parametrize(
    ("who", "status"),
    [("ada", 200), ("ben", 404), ("mia", 200), ("leo", 200), ("ann", 200), (None, 303)],
)
def test_only_its_owner_and_staff_see_it(room, as_member, client, who, status):
    browser = as_member(getattr(room, who)) if who else client
    assert browser.get(f"/offers/{room.room.id}/rank").status_code == status
    if who:
        assert browser.get("/offers/999999/rank").status_code == 404


def test_it_says_the_parts_the_middle_and_three_things_to_do(room, as_member):
    page = as_member(room.ada).get(f"/offers/{room.room.id}/rank").text
    assert page.count("points</strong>") == 3
    assert "Gather first reviews" in page
    assert "the middle of 2 offers of its kind (Stay)" in page
    for name, factor in ranking.FACTORS.items():
        assert name == "fit" or factor.label.text in page
    assert "kept for newcomers" in page


@pytest.mark.parametrize(("who", "is_there"), [("ada", True), ("ben", False), ("mia", True)])
def test_its_owner_and_staff_find_the_way(app, room, who, is_there):
    with app.test_request_context():
        shown = offer_rank.beside(room.room, Viewer.of(getattr(room, who)))
        assert (f"/offers/{room.room.id}/rank" in shown) == is_there
        assert offer_rank.beside(room.room, None) == ""


def test_what_is_not_ranked_says_so(room, as_member):
    page = as_member(room.ada).get(f"/offers/{room.draft.id}/rank").text
    assert "It has no points yet" in page
