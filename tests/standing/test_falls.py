"""A fall in health is a case for a person: opened once, closed by itself when the member is back."""

import shutil
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from community.graph import kept
from community.kit.db import db
from community.ledger import columns
from community.ledger.record import record
from community.standing import cases, falls, queries, refresh
from community.standing.health import DRIFTING, STATES, STEADY, THRIVING
from community.standing.models import Case, Standing
from tests.conftest import NOON, make_member


@pytest.fixture
def town(village):
    """The village, whose column files and ties are its own."""
    yield village
    data = columns.here().folder.parent
    for folder in ("columns", kept.FOLDER):
        shutil.rmtree(data / folder, ignore_errors=True)


def lives(member, others, weeks, until):
    """A member who writes to somebody twice a week, until a day."""
    for week in range(weeks):
        for n, day in enumerate((0, 3)):
            record(
                "comment.written",
                member,
                others[(week + n) % len(others)],
                happened_at=until - timedelta(weeks=week, days=day),
            )


def refreshed(as_of):
    list(refresh.everything(as_of))
    db.session.commit()


def open_falls():
    return [case.members for case in queries.open_cases("fall")]


@pytest.fixture
def fallen(town):
    """Ada and Ben met people every week; Ada has been silent for four weeks, Ben has not."""
    others = [town.mia, town.leo, town.ann, town.cy]
    record("member.joined", town.ada, happened_at=NOON - timedelta(days=200))
    record("member.joined", town.ben, happened_at=NOON - timedelta(days=200))
    lives(town.ada, others, 4, NOON - timedelta(days=28, hours=1))
    lives(town.ben, others, 12, NOON - timedelta(days=1))
    db.session.commit()
    refreshed(NOON)
    return town


def test_whoever_lost_much_in_four_weeks_is_a_case(fallen):
    (case,) = queries.open_cases()
    assert (case.kind, case.members) == ("fall", [fallen.ada.id])
    told = case.told
    now = db.session.get(Standing, fallen.ada.id)
    assert told["after"] == now.health
    assert told["before"] - told["after"] >= 20
    assert told["numbers_before"][0] == 0
    assert told["numbers"][0] == 28
    assert told["numbers"][2] == told["numbers_before"][2] + 28


def test_a_fall_is_found_once(fallen):
    for days in (1, 2, 5):
        refreshed(NOON + timedelta(days=days))
    assert open_falls().count([fallen.ada.id]) == 1


def test_who_is_back_is_no_case_any_more(fallen):
    (case,) = queries.open_cases()
    for day in range(1, 8):
        record(
            "comment.written",
            fallen.ada,
            fallen.ann,
            happened_at=NOON + timedelta(days=day, hours=-1),
        )
    db.session.commit()
    refreshed(NOON + timedelta(days=7))
    assert [fallen.ada.id] not in open_falls()
    db.session.refresh(case)
    assert (case.closed_at, case.closed_by) == (NOON + timedelta(days=7), None)


def test_what_a_person_closed_stays_closed_while_it_is_the_same_fall(fallen):
    (case,) = queries.open_cases()
    cases.close(case.id, "On a boat until August", fallen.mia.id)
    db.session.commit()
    refreshed(NOON + timedelta(days=3))
    assert [fallen.ada.id] not in open_falls()
    cases.reopen(case.id, fallen.mia.id)
    db.session.commit()
    refreshed(NOON + timedelta(days=4))
    assert open_falls().count([fallen.ada.id]) == 1


def test_nothing_is_said_of_who_is_no_more(fallen):
    fallen.ada.erased_at = NOON
    queries.forget(fallen.ada.id)
    db.session.commit()
    refreshed(NOON + timedelta(days=1))
    assert [fallen.ada.id] not in open_falls()
    assert db.session.get(Standing, fallen.ada.id) is None
    assert db.session.get(Standing, fallen.ben.id) is not None


def test_who_leaves_is_in_no_case_any_more(village):
    ring = [village.ada.id, village.ben.id, village.cy.id]
    for kind, key, members in (
        ("ring", "a", ring),
        ("fall", f"fall:{village.ada.id}:1", [village.ada.id]),
        ("fall", f"fall:{village.ada.id}1:1", [village.ben.id]),
    ):
        db.session.add(Case(kind=kind, key=key, found_at=NOON, members=members, told={}))
    db.session.flush()
    queries.forget(village.ada.id)
    found = db.session.scalars(
        select(Case).order_by(Case.id).execution_options(populate_existing=True)
    )
    assert [case.members for case in found] == [ring[1:], [village.ben.id]]


@pytest.mark.parametrize(
    ("before", "has_drifted", "score", "state", "is_back"),
    [
        (80, False, 70, THRIVING, True),
        (80, False, 69, STEADY, False),
        (80, False, np.nan, STEADY, False),
        (41, True, 36, DRIFTING, False),
        (41, True, 36, STEADY, True),
        (80, True, 45, STEADY, False),
        (None, True, 45, STEADY, True),
        (None, True, 30, DRIFTING, False),
    ],
)
def test_back_is_near_what_was_and_no_longer_drifting(before, has_drifted, score, state, is_back):
    assert falls.is_back({"before": before, "has_drifted": has_drifted}, score, state) == is_back


@pytest.mark.parametrize(("trust", "is_looked_at"), [(69.9, False), (70.0, True)])
def test_beginning_to_drift_counts_where_much_is_thought_of_somebody(trust, is_looked_at):
    from types import SimpleNamespace

    from community.standing import health
    from community.standing.health_features import Features

    one = np.array([1.0])
    numbers = Features(*np.ones((4, 1)))
    now = health.Health(one, np.array([33.0]), one, one, np.array([DRIFTING]))
    before = health.Health(one, np.array([44.0]), one, one, np.array([STEADY]))
    found = SimpleNamespace(
        as_of=NOON,
        trust=SimpleNamespace(is_new=np.array([False]), shown=np.array([trust])),
        has_seeds=True,
        health=now,
    )
    patched = pytest.MonkeyPatch()
    with patched.context() as patch:
        patch.setattr(falls.whole, "features_of", lambda *_: numbers)
        patch.setattr(falls.health, "assess", lambda *_: before)
        seen = falls.falls(None, found, None, np.array([STATES.index("new")]))
    assert seen.places.size == is_looked_at
    assert not seen.has_fallen.any()


def test_a_stranger_to_the_place_is_not_needed(app):
    make_member("zoe")
    db.session.commit()
    refreshed(NOON)
    assert open_falls() == []
