"""The rating that stands beside a member: with its band and its count, from what was said with a value."""

from datetime import timedelta

import numpy as np
import pytest

from community.kit.db import db
from community.standing import stars
from community.standing.models import Standing
from community.standing.priors import START
from community.standing.reputation import Reputations
from community.standing.trust import Ratings
from tests.standing.conftest import month
from tests.standing.pasts import ADA, BEN, CY, NOW, act, past


def review(giver, getter, days, value, voided=None):
    return act("review.published", giver, getter, days, value, voided=voided)


def test_it_is_what_reputation_says_in_stars():
    whole = past(review(BEN, ADA, 40, 5), review(CY, ADA, 10, 4), review(ADA, BEN, 5, 1))
    shown, many = stars.on_show(whole, NOW)
    assert many.tolist() == [2, 1, 0]
    kept = Reputations(3)
    at = [NOW.timestamp() - days * 86_400 for days in (40, 10, 5)]
    kept.heed(
        Ratings(np.array([1, 2, 0]), np.array([0, 0, 1]), np.array([1.0, 0.5, -1.0]), np.array(at))
    )
    assert shown.value == pytest.approx(kept.shown(NOW.timestamp()).value)
    value, low, high, count = stars.told(shown, many, 0)
    assert 1 <= low <= value <= high <= 5
    assert count == 2


def test_what_was_taken_back_does_not_count():
    whole = past(review(BEN, ADA, 40, 5, voided=3), review(CY, ADA, 10, 4))
    assert stars.on_show(whole, NOW)[1].tolist() == [1, 0, 0]


def test_it_is_kept_beside_the_standing_and_stays_through_a_night(house):
    house.happens("review.published", "ben", "ada", month(1), value=5)
    house.today = month(2)
    house.refresh()
    assert sum(stars.reckon(house.today)) == 1
    db.session.commit()
    row = db.session.get(Standing, house.ids["ada"], populate_existing=True)
    assert row.stars[3] == 1
    was = row.stars
    house.today += timedelta(days=1)
    house.refresh()
    assert db.session.get(Standing, house.ids["ada"], populate_existing=True).stars == was


def test_what_is_usual_here_is_kept_beside_it(house):
    house.happens("review.published", "ben", "ada", month(1), value=5)
    house.happens("review.published", "cy", "ada", month(1), value=4)
    house.today = month(2)
    assert db.session.scalar(stars.usual()) is None
    house.refresh()
    assert db.session.scalar(stars.usual()) is None
    list(stars.reckon(house.today))
    db.session.commit()
    told = db.session.scalar(stars.usual())
    assert told["mean"] == pytest.approx(4.5)
    assert told["weight"] == START
    assert 0.5 < told["variance"] < 2
    house.today += timedelta(days=1)
    house.refresh()
    assert db.session.scalar(stars.usual()) == told


def test_nobody_is_rated_in_an_empty_place(app):
    assert list(stars.reckon()) == []
