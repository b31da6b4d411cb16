"""What pages read of standing: at once, in order, and no more than there is."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.activity.members.models import Member
from community.kit.cache import cache
from community.kit.db import db
from community.standing import queries
from community.standing.models import Award, BadgeRule, Case, Decision, Standing, StandingMark
from tests.standing.conftest import month

TOLD = {"shown": {"exchanges": [3.0, 3.0, 3.0]}, "evidence": [0.0, 0.0]}


@pytest.fixture
def ada(house):
    """Ada holds two badges and a stage, and held one more; Ben holds one."""
    ada, ben = house.member("ada"), house.member("ben")
    for member in (ada, ben):
        db.session.add(Standing(member_id=member, as_of=month(3), health=70, stage=2, told=TOLD))
    for member, badge, tier, began, ended in (
        (ada, "late", 2, 2, None),
        (ada, "early", 1, 1, None),
        (ada, "gone", 1, 0, 1),
        (ada, "stage", 2, 1, None),
        (ada, "level", 1, 1, None),
        (ben, "early", 1, 2, None),
    ):
        db.session.add(
            Award(
                member_id=member,
                badge=badge,
                tier=tier,
                begun_at=month(began),
                ended_at=None if ended is None else month(ended),
            )
        )
    for number in range(4):
        db.session.add(StandingMark(member_id=ada, at=month(number), health=number, told={}))
        db.session.add(
            Decision(
                member_id=ada,
                badge="early",
                digest="d",
                as_of=month(number),
                verdict="keep",
                tier=1,
                told={},
                made_at=month(number),
            )
        )
    db.session.commit()
    return ada


def test_a_page_reads_a_member_with_their_badges_at_once(ada, statements):
    seen = queries.of_member(ada)
    assert len([said for said, _ in statements if said.startswith("SELECT")]) == 1
    assert [(held.badge, held.tier, held.begun_at) for held in seen.held] == [
        ("early", 1, month(1)),
        ("late", 2, month(2)),
    ]
    assert (seen.health, seen.stage, seen.trust, seen.as_of) == (70, 2, None, month(3))
    assert seen.number("exchanges") == (3.0, 3.0, 3.0)
    assert seen.number("partners") is None


def test_one_without_badges_or_without_standing(house, ada):
    cy = house.member("cy")
    assert queries.of_member(cy) is None
    db.session.add(Standing(member_id=cy, as_of=month(3), told={}))
    db.session.flush()
    seen = queries.of_member(cy)
    assert seen.held == ()
    assert seen.number("exchanges") is None


def test_awards_come_newest_first_without_stages_and_levels(ada):
    assert [award.badge for award in queries.awards_of(ada)] == ["late", "early", "gone"]


def test_marks_and_decisions_come_newest_first_and_not_too_many(ada):
    assert [mark.health for mark in queries.marks_of(ada, 2)] == [3, 2]
    found = queries.decisions_of(ada, "early", 3)
    assert [decision.as_of for decision in found] == [month(3), month(2), month(1)]
    assert queries.decisions_of(ada, "late") == []


def test_holders_are_counted_as_of_the_last_minute(ada):
    for name in ("late", "early"):
        db.session.add(BadgeRule(name=name, digest="x", told={}, made_at=month(0)))
    db.session.flush()
    cache.clear()
    counted = {"late": 1, "early": 2}
    assert queries.holders_by_badge() == counted
    db.session.query(Award).filter(Award.badge == "late").delete()
    assert queries.holders_by_badge() == counted
    cache.clear()
    assert queries.holders_by_badge() == {"early": 2}


def test_open_cases_are_those_that_nobody_closed(house):
    for number, kind in enumerate(("ring", "fall", "ring")):
        db.session.add(
            Case(
                kind=kind,
                found_at=month(1) + timedelta(days=number),
                key=str(number),
                members=[],
                told={},
                closed_at=month(2) if number == 2 else None,
            )
        )
    db.session.flush()
    assert [case.key for case in queries.open_cases()] == ["1", "0"]
    assert [case.key for case in queries.open_cases("ring")] == ["0"]
    assert len(queries.open_cases(most=1)) == 1


def test_all_that_is_said_of_one_is_forgotten_and_of_nobody_else(ada):
    queries.forget(ada)
    db.session.commit()
    left = {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model))
        for model in (Standing, StandingMark, Award, Decision)
    }
    assert left == {"standing": 1, "standing_mark": 0, "award": 6, "decision": 0}
    assert queries.of_member(ada) is None
    kept = db.session.scalars(select(Award).where(Award.member_id == ada)).all()
    assert [award.reason for award in kept if award.reason or award.ended_at is None] == []
    assert month(1) in {award.ended_at for award in kept}


def test_who_is_no_more_is_known(house):
    ada, _, cy = (house.member(name) for name in ("ada", "ben", "cy"))
    assert queries.gone().tolist() == []
    for id in (cy, ada):
        db.session.get(Member, id).erased_at = month(1)
    db.session.flush()
    assert sorted(queries.gone().tolist()) == sorted([ada, cy])
