"""What was worked out is kept whole: rows that pages read, and what one member alone is judged by."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from community import demo
from community.demo.people import FEWEST
from community.kit.db import db
from community.standing import keeping, learning, queries, refresh, whole
from community.standing.metrics import METRICS
from community.standing.models import Community, Standing, StandingMark
from community.standing.past import Context
from community.standing.trust import ENOUGH
from tests.standing.conftest import month

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = {"stage": np.empty(0, np.int64), "level": np.empty(0, np.int64)}


def kept(house, past):
    """Find and keep the standing of a past, without any assessment."""
    found = whole.find(past, house.today)
    nobody = {name: np.zeros(len(past), np.int64) for name in NOBODY}
    many = sum(keeping.keep_standings(past, found, nobody, queries.gone()))
    keeping.keep_community(past, found, 7, 0, learning.present())
    db.session.commit()
    return many, found


@pytest.fixture
def town(house):
    demo.build(seed=5, members=FEWEST, until=UNTIL)
    house.today = UNTIL + timedelta(hours=2)
    return house


def test_every_metric_of_one_member_is_that_of_the_whole_refresh(town):
    """Also those that weigh by trust or by the mean of all, and those on the graph."""
    past = town.past()
    _, found = kept(town, past)
    past.context = found.context
    said = {name: metric.of(past, town.today) for name, metric in METRICS.items()}
    for place, member in enumerate(past.members.tolist()):
        alone = keeping.alone(member, town.today)
        for name, metric in METRICS.items():
            live = metric.of(alone, town.today)
            # Trust is kept with two decimals, as it is shown.
            near = 0.0051 if name == "trust" else 1e-9
            for part in ("value", "num", "den"):
                now, bulk = getattr(live, part)[0], getattr(said[name], part)[place]
                assert now == pytest.approx(bulk, abs=near, nan_ok=True), (name, part)


def test_a_row_says_what_was_found(town, monkeypatch):
    monkeypatch.setattr(keeping, "A_BATCH", 5)
    past = town.past()
    many, found = kept(town, past)
    assert many == len(past)
    for place, member in enumerate(past.members.tolist()):
        row = db.session.get(Standing, member)
        score, evidence = found.health.score[place], found.trust.evidence[place]
        assert row.health == (None if np.isnan(score) else score)
        assert (row.health is None) == (row.state == "new") == ("bars" not in row.told)
        assert (row.trust is None) == (row.band is None) == (evidence < ENOUGH)
        assert row.authority == pytest.approx(found.trust.authority[place])
        assert row.depth == found.core[place]
        assert row.as_of == town.today
        if row.health is not None:
            middle = db.session.get(Community, 1).told["middle_score"]
            assert sum(row.told["bars"]) == row.health - middle
            p, low, high = row.told["chance"]
            assert low <= p <= high
        for name, (value, num, den) in row.told["shown"].items():
            assert den > 0
            # JSON holds no wait without end.
            there = math.inf if value is None else value
            assert METRICS[name].of(past, town.today).value[place] == pytest.approx(there)
            assert num is not None or value is None


def test_of_the_community_is_kept_what_later_ones_go_on_from(town):
    _, found = kept(town, town.past())
    row = db.session.get(Community, 1)
    row.told = row.told | {"circles": [5]}
    db.session.commit()
    kept(town, town.past())
    row = db.session.get(Community, 1)
    assert (row.event_id, row.as_of) == (7, town.today)
    assert row.told["circles"] == [5]
    assert row.told["ties"] == found.ties
    assert row.told["has_seeds"] == found.has_seeds
    assert learning.read(row.told["coefficients"]) == learning.present()


def test_before_any_refresh_nothing_is_known_of_the_community(house):
    ada = house.member("ada")
    assert keeping.context_for(ada, np.array([ada])) == Context()


def test_somebody_new_is_nowhere_on_the_graph_yet(town):
    kept(town, town.past())
    zoe = town.member("zoe")
    context = keeping.context_for(zoe, np.array([zoe]))
    assert np.isnan(context.measures["trust"]).all()
    assert context.measures["core"].tolist() == [0]
    assert context.weight_of(np.array([zoe])).tolist() == [0]


def test_the_tail_leaves_trust_to_the_night(town):
    past = town.past()
    kept(town, past)
    member = int(past.members[0])
    before = db.session.get(Standing, member)
    trusted = before.trust, before.band, before.authority, before.told["evidence"]
    town.today += timedelta(hours=1)
    keeping.keep_one(
        keeping.alone(member, town.today), town.today, db.session.get(Community, 1).told
    )
    db.session.commit()
    after = db.session.get(Standing, member)
    assert after.as_of == town.today
    assert (after.trust, after.band, after.authority, after.told["evidence"]) == trusted


def test_a_month_is_marked_once_with_what_is_said_then(house):
    db.session.add(
        Standing(member_id=house.member("ada"), as_of=month(1), health=40, told={"a": 1})
    )
    db.session.commit()
    at = month(1) + timedelta(days=3)
    assert keeping.mark_month(at) == 1
    db.session.get(Standing, house.ids["ada"]).health = 10
    assert keeping.mark_month(at + timedelta(days=20)) == 0
    mark = db.session.get(StandingMark, (house.ids["ada"], month(1)))
    assert (mark.health, mark.told, mark.stage) == (40, {"a": 1}, 0)
    assert keeping.mark_month(month(2)) == 1
    assert db.session.get(StandingMark, (house.ids["ada"], month(2))).health == 10


def test_a_community_of_one_is_no_exception(house):
    house.happens("member.joined", "ada")
    house.refresh(month(2))
    row = db.session.get(Standing, house.ids["ada"])
    assert (row.health, row.trust, row.depth) == (row.health, None, 0)
    assert row.health is not None
    assert refresh.tail() == 0
