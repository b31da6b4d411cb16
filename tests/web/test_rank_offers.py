"""The job that ranks offers: parts that add up, who counts as a newcomer, doing it again changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.exchanges.offers import ranking
from community.activity.exchanges.offers.models import Offer, RankingRule
from community.kit.db import db
from community.ledger.record import record
from community.standing.models import Standing
from community.web import rank_offers
from jobs.run import run
from jobs.schedule import JOBS
from tests.activity.exchanges.offers.making import make_kind, make_offer
from tests.conftest import NOON, make_member

NOW = NOON + timedelta(days=10)


def rank(as_of=NOW):
    changed = 0
    for many in rank_offers.rank(as_of):
        changed += many
        db.session.commit()
    return changed


def exchange(offer, receiver, state, by=None, days=1):
    at = NOW - timedelta(days=days)
    row = Exchange(
        offer_id=offer.id, provider_id=offer.owner_id, receiver_id=receiver.id, state=state,
        made_at=at, changed_at=at, ended_at=at, ended_by=by and by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def standing(member, stars=None, shown=None):
    told = {"shown": shown or {}}
    db.session.add(Standing(member_id=member.id, as_of=NOON, told=told, stars=stars))


@pytest.fixture
def room(village):
    village.stay = make_kind()
    village.room = make_offer(village.ada, village.stay, "A room")
    db.session.commit()
    return village


def test_the_parts_of_a_score_add_up(room):
    standing(room.ada, [4.7, 4.4, 4.9, 12], {"response_rate": [0.9, 9, 10]})
    make_offer(room.ben, room.stay, "A tent", days=300)
    db.session.commit()
    assert rank() == 2
    for offer in db.session.scalars(select(Offer)):
        assert offer.score == sum(offer.ranked["points"].values()) > 0
        assert set(offer.ranked["points"]) == set(ranking.FACTORS) - {"fit"}
    assert (room.room.rated, room.room.ranked["facts"]["days"]) == (470, [10, 10])
    assert room.room.ranked["facts"]["response"] == [9, 10]


def test_again_changes_nothing_and_a_day_later_little(room):
    assert rank() == 1
    told = room.room.ranked
    assert rank() == 0
    assert room.room.ranked == told
    assert rank(NOW + timedelta(hours=1)) == 0
    assert rank(NOW + timedelta(days=1)) == 1


def test_only_what_is_published_is_ranked(room):
    draft = make_offer(room.ben, room.stay, "A draft", state="draft")
    db.session.commit()
    rank()
    assert (draft.score, draft.ranked) == (0, None)


def test_cancelled_exchanges_count_but_for_excused_ones(room):
    for _ in range(4):
        exchange(room.room, room.ben, "completed")
    exchange(room.room, room.ben, "cancelled", by=room.ada)
    exchange(room.room, room.ben, "cancelled", by=room.ben)
    exchange(room.room, room.ben, "cancelled", by=room.ada, days=400)
    storm = exchange(room.room, room.ben, "cancelled", by=room.ada)
    excuse = Excuse(made_at=NOON, made_by=room.mia.id, first_day=NOON.date(), last_day=NOON.date(), cause="storm")  # fmt: skip
    db.session.add(excuse)
    event = record("excuse.granted", room.mia, room.ada)
    db.session.flush()
    db.session.add(Excused(excuse_id=excuse.id, exchange_id=storm.id, event_id=event.id))
    db.session.commit()
    rank()
    assert room.room.ranked["facts"]["reliability"] == [1, 5]
    excuse.withdrawn_at = NOW
    db.session.commit()
    rank()
    assert room.room.ranked["facts"]["reliability"] == [2, 6]


@pytest.mark.parametrize(
    ("completed", "joined", "days", "expected"),
    [(0, 0, 0, True), (2, 0, 0, True), (3, 0, 0, False), (0, 200, 200, False), (0, 200, 0, True), (0, 0, 200, True)],
)  # fmt: skip
def test_newcomers_are_marked(room, completed, joined, days, expected):
    owner = make_member("dee", joined_at=NOON - timedelta(days=joined))
    offer = make_offer(owner, room.stay, "A hut", days=days)
    for _ in range(completed):
        exchange(offer, room.ben, "completed", days=500)
    db.session.commit()
    rank()
    assert offer.is_newcomer == expected


def test_a_rule_holds_from_when_all_are_ranked_by_it(room):
    rank()
    before = room.room.score
    weights = {**ranking.DEFAULT.weights, "freshness": 35, "rating": 15}
    rule = RankingRule(made_at=NOW, weights={**weights, "newcomers": 10}, note="x")
    db.session.add(rule)
    db.session.commit()
    assert rank_offers.rule_now() == ranking.DEFAULT
    rank()
    assert rule.applied_at == NOW
    assert rank_offers.rule_now() == ranking.Rule(weights, 10)
    assert room.room.score != before


def test_batches_reach_everyone(room, monkeypatch):
    monkeypatch.setattr(rank_offers, "A_BATCH", 3)
    for n in range(8):
        make_offer(room.ben, room.stay, f"Thing {n}")
    db.session.commit()
    assert rank() == 9
    assert all(offer.ranked for offer in db.session.scalars(select(Offer)))


def test_the_job_runs_by_itself(app, room):
    db.session.rollback()
    done, error = run(app, JOBS["rank-offers"])
    assert (done, error) == (1, None)
