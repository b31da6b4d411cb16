"""Circles are kept with their members; a ring is a case for a person, opened once, and friends are none."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from community import demo
from community.activity.settings.actions import leave
from community.graph.circles import CirclesFailed
from community.kit import clock
from community.kit.db import db
from community.ledger.models import Event
from community.standing import watching
from community.standing.models import Case, Community, Standing
from tests.standing.conftest import month

FRIENDS = [[f"{group}{n}" for n in range(5)] for group in ("red", "blue")]


def praise(house, names, day=3.0):
    """All of some members praise each other within a few days."""
    for number, (one, other) in enumerate(permutations(names, 2)):
        at = month(1) + timedelta(days=day, hours=number)
        house.happens("review.published", one, other, at, value=5)


def cases():
    return db.session.scalars(select(Case).order_by(Case.id)).all()


@pytest.fixture
def town(house):
    """Two groups of friends, and somebody who stands apart with one friend."""
    for names in FRIENDS:
        for one, other in permutations(names, 2):
            house.happens("exchange.completed", one, other, month(1))
    house.happens("exchange.completed", "apart", "friend", month(1))
    house.refresh(month(1) + timedelta(days=1))
    return house


def circles_of(house):
    db.session.rollback()
    return {name: db.session.get(Standing, id).circle for name, id in house.ids.items()}


def test_who_belongs_together_is_kept_with_each(town):
    assert watching.find_circles() == 2
    db.session.commit()
    found = circles_of(town)
    red, blue = ({found[name] for name in names} for names in FRIENDS)
    assert len(red) == len(blue) == 1
    assert red != blue
    assert None not in red | blue
    # Two are no circle.
    assert found["apart"] is found["friend"] is None
    told = db.session.get(Community, 1).told
    assert told["circles"] == [5, 5]
    assert 0 < told["modularity"] < 1
    assert watching.find_circles() == 2
    db.session.commit()
    assert circles_of(town) == found


def test_who_left_their_circle_is_in_none(town):
    row = db.session.get(Standing, town.ids["apart"])
    row.circle = 3
    db.session.commit()
    watching.find_circles()
    db.session.commit()
    assert circles_of(town)["apart"] is None


def test_where_circles_are_not_found_those_of_before_stay(town, monkeypatch):
    watching.find_circles()
    db.session.commit()
    before = circles_of(town)

    def fails(edges):
        raise CirclesFailed("out of time")

    monkeypatch.setattr(watching, "circles", fails)
    with pytest.raises(CirclesFailed):
        watching.find_circles()
    assert circles_of(town) == before


def test_before_any_refresh_there_are_no_circles_and_no_rings(house):
    assert watching.find_circles() == 0
    assert watching.look_for_rings() == 0


RING = ["r1", "r2", "r3", "r4"]


@pytest.fixture
def ringed(house):
    """Four who praise each other and nobody else."""
    house.happens("member.verified", "mia", "leo", month(1))
    house.happens("review.published", "leo", "ada", month(1), value=5)
    praise(house, RING)
    house.today = month(1) + timedelta(days=20)
    return house


def test_a_ring_is_a_case_opened_once(ringed):
    assert watching.look_for_rings() == 1
    db.session.commit()
    (case,) = cases()
    assert case.kind == "ring"
    assert sorted(case.members) == sorted(ringed.ids[name] for name in RING)
    assert (case.found_at, case.closed_at) == (ringed.today, None)
    assert case.told["pairs"] == 6
    assert case.told["inside"] == 1
    assert case.told["first"] < case.told["last"]
    assert "members" not in case.told
    ringed.today += timedelta(days=7)
    assert watching.look_for_rings() == 0
    case.closed_at = ringed.today
    db.session.commit()
    # Nor when a person looked at it.
    assert watching.look_for_rings() == 0


def test_another_ring_is_another_case(ringed):
    watching.look_for_rings()
    praise(ringed, ["s1", "s2", "s3"])
    assert watching.look_for_rings() == 1
    db.session.commit()
    assert [len(case.members) for case in cases()] == [4, 3]


def ids(house, *names):
    return sorted(house.ids[name] for name in names)


def test_a_ring_that_changes_is_the_same_case_with_its_history(ringed):
    watching.look_for_rings()
    db.session.commit()
    cases()[0].note = "Asked Ben"
    praise(ringed, [*RING, "r5"], day=22.0)
    ringed.today += timedelta(days=7)
    assert watching.look_for_rings() == 0
    db.session.commit()
    (case,) = cases()
    assert sorted(case.members) == ids(ringed, *RING, "r5")
    assert (case.note, case.told["pairs"]) == ("Asked Ben", 10)
    (step,) = case.told["history"]
    assert step == {"at": clock.to_micros(ringed.today), "joined": ids(ringed, "r5"), "left": []}
    # A week in which nothing changed adds nothing.
    ringed.today += timedelta(days=7)
    watching.look_for_rings()
    assert cases()[0].told["history"] == [step]


def test_a_closed_ring_is_a_case_again_once_it_is_mostly_others(ringed):
    watching.look_for_rings()
    cases()[0].closed_at = ringed.today
    db.session.commit()
    grown = list(RING)
    for number, opened in ((5, 0), (8, 0), (9, 1)):
        grown = [*RING, *(f"r{n}" for n in range(5, number + 1))]
        praise(ringed, grown, day=22.0 + number)
        ringed.today = month(1) + timedelta(days=40 + number)
        assert watching.look_for_rings() == opened, number
        db.session.commit()
    closed, new = cases()
    assert sorted(closed.members) == ids(ringed, *RING)
    assert "history" not in closed.told
    assert (sorted(new.members), new.found_at) == (ids(ringed, *grown), ringed.today)


def test_who_left_the_place_does_not_come_back_into_a_case(ringed):
    watching.look_for_rings()
    leave(ringed.ids["r4"])
    db.session.commit()
    assert watching.look_for_rings() == 0
    (case,) = cases()
    assert sorted(case.members) == ids(ringed, "r1", "r2", "r3")
    assert "history" not in case.told


@pytest.mark.parametrize(("outside", "opened"), [(0, 1), (2, 1), (3, 0), (8, 0)])
def test_friends_who_deal_with_others_as_well_are_no_ring(house, outside, opened):
    """Of four who each praised the three others: at two more it is 0.6 that stays among them."""
    house.happens("member.verified", "mia", "leo", month(1))
    praise(house, RING)
    for number in range(outside):
        for name in RING:
            house.happens("review.published", name, f"guest{number}", month(1), value=5)
    house.today = month(1) + timedelta(days=20)
    assert watching.look_for_rings() == opened


def test_dense_pairs_of_friends_hide_no_ring_behind_them(ringed, monkeypatch):
    """Only so many cases are opened at once; blocks that are none don't take their places."""
    monkeypatch.setattr(watching, "MOST_RINGS", 1)
    for group in range(3):
        names = [f"g{group}{n}" for n in range(6)]
        praise(ringed, names)
        for name in names:
            for number in range(9):
                ringed.happens("review.published", name, f"guest{number}", month(1), value=5)
    assert watching.look_for_rings() == 1
    db.session.commit()
    assert len(cases()[0].members) == len(RING)


def test_what_was_taken_back_is_no_praise(ringed):
    praised = select(Event.id).where(Event.kind == "review.published")
    ringed.voids(*db.session.scalars(praised))
    assert watching.look_for_rings() == 0


def test_in_the_demo_town_staff_are_not_flooded(house):
    until = datetime(2026, 6, 1, tzinfo=UTC)
    demo.build(seed=1, members=150, until=until)
    house.today = until
    assert watching.look_for_rings() <= 2
