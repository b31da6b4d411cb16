"""What stands beside an offer whose owner has not moved in."""

from types import SimpleNamespace

from community.activity.exchanges.offers.reach import why_not_reached
from community.kit.db import db
from community.web import unreached
from tests.conftest import NOON, make_member


def test_only_who_has_moved_in_can_be_asked():
    assert why_not_reached(NOON) is None
    assert "has not moved in" in why_not_reached(None).text


def test_it_is_said_beside_the_offer(app, village):
    away = make_member("host-7")
    db.session.commit()
    with app.test_request_context():
        said = unreached.beside(SimpleNamespace(owner_id=away.id), None)
        assert "has not moved in" in said
        assert unreached.beside(SimpleNamespace(owner_id=village.ada.id), None) == ""
