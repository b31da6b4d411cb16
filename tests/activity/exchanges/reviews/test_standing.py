"""What opened reviews do to the numbers of both sides; removed they count no longer, reinstated again."""

from datetime import timedelta

import pytest

from community.activity.exchanges.reviews import decisions
from community.activity.exchanges.reviews.models import Review
from community.kit import clock
from community.kit.db import connection, db
from community.ledger import columns
from community.standing import awarding, reading, refresh, rulebook, stars
from community.standing.metrics import METRICS
from community.standing.models import Standing
from community.standing.past import Context
from tests.activity.exchanges.reviews.conftest import say

NAMES = ("rating_received", "reviews_received", "reviews_written", "review_share", "gap_received")


def numbers(member_id):
    """The numbers of a member, live and in bulk: they have to be the same."""
    store = columns.here()
    store.extend()
    now = clock.now()
    every = reading.everyone(connection(), store, awarding.FACTS)
    live = reading.one(connection(), member_id, now, awarding.FACTS, Context())
    at = list(every.members).index(member_id)
    found = [float(METRICS[name].of(every, now).value[at]) for name in NAMES]
    assert [float(METRICS[name].of(live, now).value[0]) for name in NAMES] == pytest.approx(found, nan_ok=True)  # fmt: skip
    return [None if value != value else value for value in found]


def night():
    for job in (refresh.everything, stars.reckon):
        for _ in job():
            db.session.commit()
        db.session.commit()


def test_two_opened_reviews_are_numbers_until_one_is_removed_and_again_after(app, stay, village):
    rulebook.plant()
    db.session.commit()
    id = say(stay.id, stay.ben, "Good.", 4, expected=5, got=4)
    assert numbers(stay.ada)[:2] == [None, 0]
    say(stay.id, stay.ada, "Fine.", 5)
    stay.clock.shift(timedelta(days=20))
    night()
    assert numbers(stay.ada) == [4, 1, 1, 1, -1]
    assert numbers(stay.ben) == [5, 1, 1, 1, None]
    assert db.session.get(Standing, stay.ada).stars[3] == 1
    decisions.decide(id, village.mia.id, "remove", "insult", "Words.", has_other=True)
    db.session.commit()
    night()
    assert numbers(stay.ada) == [None, 0, 1, 1, None]
    assert numbers(stay.ben) == [5, 1, 0, 0, None]
    db.session.expire_all()
    assert not (db.session.get(Standing, stay.ada).stars or [0, 0, 0, 0])[3]
    stay.clock.shift(timedelta(days=1))
    decisions.decide(id, village.ann.id, "reinstate", "stands", "Words.", has_other=True)
    db.session.commit()
    night()
    assert numbers(stay.ada) == [4, 1, 1, 1, -1]
    assert numbers(stay.ben) == [5, 1, 1, 1, None]
    db.session.expire_all()
    assert db.session.get(Standing, stay.ada).stars[3] == 1
    assert db.session.get(Review, id).removed_at is None
