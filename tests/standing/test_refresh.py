"""Standing is brought up to date: all of it at night, and soon whoever something happened to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from community import demo
from community.activity.members.models import Member
from community.demo.people import FEWEST
from community.graph import kept
from community.kit import dialects
from community.kit.db import db
from community.ledger.models import Event
from community.ledger.record import void
from community.standing import awarding, keeping, learning, presets, queries, refresh, rulebook
from community.standing.health import DEFAULT
from community.standing.models import (
    Assessment,
    Award,
    Community,
    Decision,
    Standing,
    StandingMark,
)
from tests.standing.conftest import month

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
KEPT = (Standing, StandingMark, Award, Decision, Assessment, Community)


def rows_of(model, *without):
    """Every row of a table as plain values."""
    table = model.__table__
    wanted = [column for column in table.c if column.name not in without]
    found = [repr(tuple(row)) for row in db.session.execute(select(*wanted))]
    db.session.rollback()
    return sorted(found)


def standing_of(house, name):
    db.session.rollback()
    return db.session.get(Standing, house.ids[name])


def health_of(row):
    told = {name: row.told.get(name) for name in ("numbers", "chance", "bars", "shown")}
    return row.health, row.state, told


@pytest.fixture
def town(house, app):
    """The demo town with one of its badges, in the first night after."""
    demo.build(seed=5, members=FEWEST, until=UNTIL)
    rulebook.put(dict(presets.told("helper")), None, "A test", is_published=True)
    db.session.commit()
    house.today = UNTIL + timedelta(hours=2)
    return house


def test_an_empty_house_has_no_standing(house):
    assert list(refresh.everything()) == []
    assert refresh.tail() == 0
    assert [rows_of(model) for model in KEPT] == [[]] * len(KEPT)


def test_everything_is_worked_out_and_once_more_changes_nothing(town, app):
    town.refresh()
    first = {model: rows_of(model, "as_of", "made_at") for model in KEPT}
    assert all(first.values())
    ids = set(db.session.scalars(select(Event.actor)))
    assert ids - {None} <= set(db.session.scalars(select(Standing.member_id)))
    assert kept.kept(app.config["DATA_DIR"] / kept.FOLDER) is not None
    town.refresh()
    assert {model: rows_of(model, "as_of", "made_at") for model in KEPT} == first
    # So it does a little later, as long as nothing fades and no assessment is due.
    awards = rows_of(Award), rows_of(Decision)
    town.refresh(town.today + timedelta(hours=3))
    assert (rows_of(Award), rows_of(Decision)) == awards
    stages_and_levels_stand_in_the_row()
    whole = db.session.get(Community, 1)
    assert whole.as_of == town.today
    assert whole.event_id == db.session.scalar(select(Event.id).order_by(Event.id.desc()))


def stages_and_levels_stand_in_the_row():
    rows = db.session.scalars(select(Standing)).all()
    assert max(row.stage for row in rows) > 1
    for badge in ("stage", "level"):
        asked = select(Award.member_id, Award.tier).where(
            Award.badge == badge, Award.ended_at.is_(None)
        )
        tiers = {row.member_id: row.tier for row in db.session.execute(asked)}
        assert {r.member_id: getattr(r, badge) for r in rows if getattr(r, badge)} == tiers


def test_the_tail_says_what_the_whole_refresh_would_say(town, monkeypatch):
    """The same health, bars and numbers by the same coefficients, whoever is reached by trust."""
    monkeypatch.setattr(awarding, "EXPLAINED", 0)
    town.refresh()
    some = list(db.session.scalars(select(Standing.member_id).order_by(Standing.member_id)))
    town.today += timedelta(hours=2)
    whole = db.session.get(Community, 1)
    assert whole.told["has_seeds"]
    for member in some:
        keeping.keep_one(keeping.alone(member, town.today), town.today, whole.told)
    db.session.commit()
    live = {row.member_id: health_of(row) for row in db.session.scalars(select(Standing))}
    town.refresh()
    bulk = {row.member_id: health_of(row) for row in db.session.scalars(select(Standing))}
    assert live == bulk
    assert sum(health is not None for health, _, _ in bulk.values()) > 5


def test_a_badge_that_comes_with_a_past_gets_its_history(house):
    house.publish({"rule": {"metric": "thanks_received", "at_least": 1, "window": "P25D"}})
    house.thanks("ada", month(1) - timedelta(days=3))
    house.thanks("ben", month(3) - timedelta(days=3))
    house.refresh(month(3) + timedelta(hours=2), since=month(0))
    found = [(a.member_id, a.begun_at, a.ended_at) for a in house.awards()]
    assert found == [
        (house.ids["ada"], month(1), month(2)),
        (house.ids["ben"], month(3), None),
    ]
    before = house.rows()
    house.refresh(since=month(0))
    assert house.rows() == before


@pytest.fixture
def few(house):
    """Four members who were refreshed on the first of March."""
    for name, other in (("ada", "ben"), ("cy", "dan")):
        house.happens("member.joined", name, at=month(0))
        house.happens("member.joined", other, at=month(0))
        house.happens("exchange.completed", name, other, month(1) + timedelta(days=9))
    house.refresh(month(2))
    return house


def test_the_tail_touches_whom_something_happened_to_and_nobody_else(few):
    then = {name: standing_of(few, name).as_of for name in few.ids}
    assert refresh.tail() == 0
    few.today += timedelta(hours=1)
    few.happens("thanks.given", "ada", "cy")
    few.happens("mention.found", None)
    assert refresh.tail() == 2
    db.session.commit()
    moved = {name for name in few.ids if standing_of(few, name).as_of != then[name]}
    assert moved == {"ada", "cy"}
    assert standing_of(few, "ada").as_of == few.today
    assert refresh.tail() == 0


def test_the_tail_touches_of_whom_something_was_taken_back(few):
    few.today += timedelta(hours=1)
    few.happens("thanks.given", "ada", "cy")
    assert refresh.tail() == 2
    db.session.commit()
    thanked = standing_of(few, "cy").told["shown"]["thanks_received"][0]
    few.today += timedelta(hours=1)
    event = db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    void(event, "a test")
    db.session.commit()
    assert refresh.tail() == 2
    db.session.commit()
    shown = standing_of(few, "cy").told["shown"]
    assert shown.get("thanks_received", [0])[0] == thanked - 1
    assert refresh.tail() == 0


def test_the_tail_goes_on_where_it_stopped(few, monkeypatch):
    monkeypatch.setattr(refresh, "MOST_AT_ONCE", 3)
    few.today += timedelta(hours=1)
    for number in range(8):
        few.happens("thanks.given", "ada", f"new{number}")
    done = []
    while many := refresh.tail():
        db.session.commit()
        done.append(many)
    assert done == [4, 4, 3]
    assert all(standing_of(few, f"new{n}").as_of == few.today for n in range(8))


def test_a_tail_that_died_is_done_again(few):
    few.today += timedelta(hours=1)
    few.happens("thanks.given", "ada", "cy")
    assert refresh.tail() == 2
    db.session.rollback()
    assert standing_of(few, "cy").as_of == month(2)
    assert refresh.tail() == 2


def test_the_tail_never_steps_past_an_event_that_may_still_come(few, monkeypatch):
    few.today += timedelta(hours=1)
    first = few.happens("thanks.given", "ada", "cy")
    few.happens("thanks.given", "ben", "dan")
    monkeypatch.setattr(dialects, "settled_id", lambda connection, table: first)
    assert refresh.tail() == 2
    db.session.commit()
    assert db.session.get(Community, 1).event_id == first
    monkeypatch.undo()
    assert refresh.tail() == 2


def test_somebody_new_stands_at_once(few):
    few.today += timedelta(hours=1)
    few.happens("member.joined", "zoe")
    assert refresh.tail() == 1
    db.session.commit()
    row = standing_of(few, "zoe")
    assert (row.health, row.state, row.trust, row.stage, row.level) == (None, "new", None, 0, 0)
    # Nobody is vouched for here, so everybody weighs the same.
    assert (row.weight, row.authority) == (1, 0)
    live = health_of(row)
    few.refresh()
    assert health_of(standing_of(few, "zoe")) == live
    assert standing_of(few, "zoe").weight == 1


def test_where_some_are_vouched_for_a_newcomer_weighs_nothing(few):
    few.happens("member.verified", "ben", "ada")
    few.refresh()
    few.today += timedelta(hours=1)
    few.happens("exchange.completed", "zoe", "ada")
    few.happens("exchange.completed", "eve", "zoe")
    assert refresh.tail() == 3
    db.session.commit()
    assert standing_of(few, "zoe").weight == 0
    # Ada counts as company; Eve, whom nobody trusts, does not.
    assert standing_of(few, "zoe").told["numbers"][3] == 1
    live = {name: chances(few, name) for name in ("ada", "zoe", "eve")}
    few.refresh()
    assert {name: chances(few, name) for name in live} == live


def chances(house, name):
    """What is said of a member alone; bars tell of the community's middle as well, which moved."""
    row = standing_of(house, name)
    return row.health, row.told["numbers"], row.told.get("chance")


def test_the_tail_reckons_with_the_coefficients_of_its_refresh(few, monkeypatch):
    few.today += timedelta(hours=1)
    monkeypatch.setattr(learning, "present", lambda: replace(DEFAULT, base=9.0))
    few.happens("thanks.given", "ada", "cy")
    was = standing_of(few, "cy").health
    refresh.tail()
    db.session.commit()
    assert standing_of(few, "cy").health == was
    few.refresh()
    assert standing_of(few, "cy").health == 100


def test_of_who_is_no_more_nothing_is_said_again(few):
    """Their standing went with their account; neither the night nor the tail brings it back."""
    gone = few.ids["ada"]
    db.session.get(Member, gone).erased_at = few.today
    queries.forget(gone)
    db.session.commit()
    few.refresh(month(3) + timedelta(hours=2))
    few.happens("thanks.given", "ada", "cy")
    assert refresh.tail() == 1
    db.session.commit()
    for model in (Standing, Decision, StandingMark):
        assert db.session.scalars(select(model).where(model.member_id == gone)).all() == []
    theirs = db.session.scalars(select(Award).where(Award.member_id == gone)).all()
    assert [award for award in theirs if award.ended_at is None] == []
    assert standing_of(few, "cy") is not None


def test_states_do_not_flicker(few):
    """A state is left only below its lower bar, also when everything is worked out anew."""
    row = standing_of(few, "ada")
    row.state = "thriving"
    db.session.commit()
    assert refresh._states(few.past()).tolist().count(4) == 1
    few.refresh()
    assert standing_of(few, "ada").health < 65
    assert standing_of(few, "ada").state != "thriving"


def test_each_month_is_marked_once(few):
    assert len(rows_of(StandingMark)) == 4
    few.refresh(month(2) + timedelta(days=9))
    assert len(rows_of(StandingMark)) == 4
    few.refresh(month(3) + timedelta(hours=2))
    assert len(rows_of(StandingMark)) == 8
    marks = db.session.scalars(select(StandingMark.at).distinct().order_by(StandingMark.at)).all()
    assert marks == [month(2), month(3)]


def test_a_refresh_that_was_stopped_is_begun_again_and_nothing_is_doubled(town):
    town.refresh()
    whole = {model: rows_of(model, "id", "as_of", "made_at") for model in KEPT}
    members = rows_of(Event)
    for table in (Award, Decision, Assessment, Standing, StandingMark, Community):
        db.session.execute(table.__table__.delete())
    db.session.commit()
    for many in (1, 4):
        run = refresh.everything()
        for _ in range(many):
            next(run)
            db.session.commit()
        run.close()
        db.session.rollback()
    town.refresh()
    assert {model: rows_of(model, "id", "as_of", "made_at") for model in KEPT} == whole
    assert rows_of(Event) == members
