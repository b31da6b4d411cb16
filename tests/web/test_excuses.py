"""Excusing what nobody could help: what it covers, what it leaves in the ledger, who may."""

from datetime import date

import pytest
from sqlalchemy import select

from community.activity.exchanges.deals import actions, excusing
from community.activity.exchanges.deals.models import Excuse, Excused
from community.kit.db import db
from community.ledger.audit import AuditRow
from community.ledger.models import Event
from community.web import answering
from tests.activity.exchanges.deals.conftest import at_noon, days, market  # noqa: F401
from tests.activity.exchanges.deals.test_walks import race

STORM = {
    "region": "lisbon",
    "first_day": "2026-06-11",
    "last_day": "2026-06-12",
    "cause": "weather",
    "words": "The storm of June.",
}


@pytest.fixture
def failed(market):  # noqa: F811
    """Ben had to cancel two nights in Lisbon."""
    exchange = actions.ask(market.room.id, market.ben.id, days(tz="Europe/Lisbon"))
    actions.move(exchange.id, "accept", market.ada.id)
    actions.move(exchange.id, "confirm", market.ben.id)
    actions.move(exchange.id, "cancel", market.ben.id, reason="outside_force")
    db.session.commit()
    return exchange


def excuses():
    return db.session.scalars(select(Event).where(Event.kind == "excuse.granted")).all()


@pytest.mark.parametrize(
    ("region", "first", "last", "covers"),
    [
        ("", 11, 11, True),
        ("Lisbon", 1, 10, True),
        ("portugal LISBON", 11, 30, True),
        ("porto", 11, 12, False),
        ("lisbon", 12, 30, False),
        ("lisbon", 1, 9, False),
    ],
)
def test_what_an_excuse_covers(failed, region, first, last, covers):
    found = excusing.covered_by(region, date(2026, 6, first), date(2026, 6, last))
    assert [each.id for each in found] == ([failed.id] if covers else [])


def test_it_is_looked_at_then_done_then_taken_back(market, failed, as_member):  # noqa: F811
    browser = as_member(market.mia)
    page = browser.post("/house/excuses", data={**STORM, "do": "look"}).text
    assert "This covers 1 exchange" in page
    assert excuses() == []
    assert browser.post("/house/excuses", data={**STORM, "do": "excuse"}).status_code == 303
    (event,) = excuses()
    assert (event.actor, event.other) == (market.mia.id, market.ben.id)
    assert (event.subject_type, event.subject_id) == ("exchange", failed.subject_id)
    again = browser.post("/house/excuses", data={**STORM, "do": "excuse"})
    assert again.status_code == 422
    assert "not excused already" in again.text
    (excuse,) = db.session.scalars(select(Excuse))
    where = f"/house/excuses/{excuse.id}"
    assert browser.post(f"{where}/withdraw", data={"reason": ""}).status_code == 422
    assert browser.post(f"{where}/withdraw", data={"reason": "Not there"}).status_code == 303
    db.session.expire_all()
    assert excuses()[0].voided_at is not None
    assert browser.post(f"{where}/again").status_code == 422
    acts = db.session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert acts == ["excuse.made", "excuse.withdrawn"]
    page = browser.get("/house/audit").text
    assert "excused what nobody could help" in page
    assert browser.post("/house/excuses", data={**STORM, "do": "excuse"}).status_code == 303


def test_what_fails_later_is_covered_on_a_second_look(market, failed):  # noqa: F811
    made, many = excusing.excuse(
        market.mia.id, "lisbon", date(2026, 6, 10), date(2026, 6, 12), "weather", "The storm"
    )
    assert many == 1
    other = actions.ask(market.room.id, market.cy.id, days(tz="Europe/Lisbon"))
    actions.move(other.id, "accept", market.ada.id)
    actions.move(other.id, "confirm", market.cy.id)
    actions.move(other.id, "cancel", market.ada.id, reason="outside_force")
    assert excusing.look_again(made, market.mia.id) == 1
    assert excusing.look_again(made, market.mia.id) == 0
    assert len(db.session.scalars(select(Excused)).all()) == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"last_day": "2026-06-01"}, "The last day comes before the first."),
        ({"last_day": "2028-06-01"}, "at most a year"),
        ({"words": "x"}, "Say in a few words"),
        ({"region": "porto"}, "covers nothing"),
        ({"region": "–"}, "Name the region by words"),
        ({"cause": "boredom"}, ""),
        ({"first_day": "then"}, ""),
    ],
)
def test_what_can_not_be_excused(market, failed, as_member, changed, says):  # noqa: F811
    browser = as_member(market.mia)
    for do in ("look", "excuse"):
        answer = browser.post("/house/excuses", data={**STORM, **changed, "do": do})
        assert answer.status_code == 422
        assert says in answer.text
    assert excuses() == []


def test_nobody_excuses_themselves_where_another_can(market, failed, as_member):  # noqa: F811
    market.ben.role = "manager"
    db.session.commit()
    ben, mia = as_member(market.ben), as_member(market.mia)
    refused = ben.post("/house/excuses", data={**STORM, "do": "excuse"})
    assert refused.status_code == 422
    assert "It covers nothing" in refused.text
    assert mia.post("/house/excuses", data={**STORM, "do": "excuse"}).status_code == 303
    (event,) = excuses()
    assert (event.actor, event.other) == (market.mia.id, market.ben.id)


def test_the_only_manager_excuses_everybody(market, failed, as_member):  # noqa: F811
    market.mia.role = market.ann.role = "member"
    market.ben.role = "manager"
    db.session.commit()
    answer = as_member(market.ben).post("/house/excuses", data={**STORM, "do": "excuse"})
    assert answer.status_code == 303
    assert len(excuses()) == 1


def test_excused_by_many_at_once_it_is_excused_once(app, market, failed):  # noqa: F811
    mia, storm = market.mia.id, ("lisbon", date(2026, 6, 11), date(2026, 6, 12), "weather", "Storm")
    found = race(app, [lambda: excusing.excuse(mia, *storm)] * 4)
    assert found.count("done") == 1
    assert len(excuses()) == 1


@pytest.mark.parametrize(
    ("who", "status"), [("ben", 404), ("leo", 403), ("mia", 200), ("ann", 200)]
)
def test_only_managers_excuse(market, as_member, who, status):  # noqa: F811
    assert as_member(getattr(market, who)).get("/house/excuses").status_code == status


def test_what_is_said_of_how_somebody_answers():
    cases = [
        ({}, None),
        ({"response_rate": [1.0, 2, 2], "response_wait": [0.5, 2, 2]}, None),
        ({"response_rate": [1.0, 3, 3]}, (None, answering.RATES[0][1])),
        ({"response_rate": [0.94, 94, 100], "response_wait": [1.0, 3, 3]}, (answering.WAITS[0][1], answering.RATES[1][1])),
        ({"response_rate": [0.5, 2, 4], "response_wait": [6.1, 3, 3]}, (answering.WAITS[2][1], answering.RATES[2][1])),
        ({"response_rate": [0.0, 0, 9], "response_wait": [24.1, 3, 3]}, (answering.SLOWER, answering.RARELY)),
    ]  # fmt: skip
    for shown, said in cases:
        found = answering.band_of(shown)
        assert (found and (found.wait, found.rate)) == said
