"""Closing days: what is booked stays open, and of a closing and a booking at once only one is kept."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import time_machine

from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers import actions, days
from community.activity.exchanges.offers.days import HALF_HOUR
from community.activity.exchanges.offers.models import OfferClosure
from community.kit import clock
from community.kit.db import db
from community.kit.languages import zone
from tests.activity.exchanges.offers.conftest import ROOM, in_days
from tests.conftest import NOON


def hold(offer, member, slots, places=1):
    """An exchange that holds these slots."""
    deal = Exchange(
        offer_id=offer.id,
        provider_id=offer.owner_id,
        receiver_id=member.id,
        state="confirmed",
        made_at=NOON,
        changed_at=NOON,
    )
    db.session.add(deal)
    db.session.flush()
    for slot in slots:
        for place in range(places):
            db.session.add(Hold(offer_id=offer.id, slot=slot, place=place, exchange_id=deal.id))
    db.session.commit()
    return deal


def span(first, last):
    return {"first": str(in_days(first)), "last": str(in_days(last))}


def closed(offer):
    db.session.rollback()
    return sorted(days.closed_days(offer.id, in_days(0), in_days(60)))


def test_days_are_closed_and_reopened(room, village, as_member, client):
    browser, path = as_member(village.ada), f"/offers/{room.id}/calendar"
    assert "No day is closed." in browser.get(path).text
    assert browser.post(path, data=span(3, 6)).status_code == 303
    assert browser.post(path, data=span(7, 8)).status_code == 303
    assert closed(room) == [in_days(n) for n in range(3, 9)]
    assert db.session.query(OfferClosure).count() == 1, "stretches that touch are one"
    assert client.get(f"/offers/{room.id}").text.count("day is-closed") == 6 + 1
    assert browser.post(path, data={**span(5, 5), "do": "reopen"}).status_code == 303
    assert closed(room) == [in_days(n) for n in (3, 4, 6, 7, 8)]
    assert browser.get(path).text.count("Reopen") == 2


def test_one_day_is_closed_by_its_first_alone(room, village, as_member):
    path = f"/offers/{room.id}/calendar"
    assert (
        as_member(village.ada).post(path, data={"first": str(in_days(4)), "last": ""}).status_code
        == 303
    )
    assert closed(room) == [in_days(4)]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(-3, 2, "past"), (5, 4, "before the first"), (2, 900, "two years"), (8, 12, "Somebody comes")],
)
def test_what_can_not_be_closed_is_said(room, village, as_member, first, last, said):
    hold(room, village.ben, [in_days(10).toordinal()])
    answer = as_member(village.ada).post(f"/offers/{room.id}/calendar", data=span(first, last))
    assert answer.status_code == 422
    assert said in answer.text
    assert str(in_days(last)) in answer.text
    assert closed(room) == []


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-02-31"])
def test_what_is_no_day_is_said(room, village, as_member, typed):
    answer = as_member(village.ada).post(f"/offers/{room.id}/calendar", data={"first": typed})
    assert answer.status_code == 422


def test_a_day_is_taken_when_no_place_is_left(offer, village, client):
    dorm = offer(village.ada, replace(ROOM, quantity=2))
    day = in_days(5)
    hold(dorm, village.ben, [day.toordinal()])
    assert days.taken_days(dorm.id, day, day) == set()
    assert days.booked_days(dorm.id, day, day) == {day}
    assert days.is_free(dorm.id, day, day)
    assert "partly taken" in client.get(f"/offers/{dorm.id}").text
    hold(dorm, village.cy, [(day + timedelta(days=1)).toordinal()], places=2)
    assert days.taken_days(dorm.id, day, day + timedelta(days=3)) == {day + timedelta(days=1)}
    assert not days.is_free(dorm.id, day, day + timedelta(days=1))


@pytest.mark.parametrize(("where", "day"), [("Europe/Lisbon", date(2026, 3, 29)), ("Europe/Lisbon", date(2026, 10, 25)), ("Asia/Kolkata", date(2026, 7, 1)), ("America/New_York", date(2026, 11, 1))])  # fmt: skip
def test_the_hours_of_a_day_are_those_of_where_it_is(app, where, day):
    first, last = days.slots("hour", where, day, day)
    held = dict.fromkeys(range(first, last + 1), 1)
    assert days.days_held("hour", where, held) == {day: 1}
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(where))
    assert clock.EPOCH + first * HALF_HOUR == midnight
    hours = (last + 1 - first) / 2
    assert hours == {3: 23, 10: 25, 7: 24, 11: 25}[day.month]


def test_an_hour_that_is_taken_keeps_its_day_open(offer, village, as_member):
    terms = replace(ROOM, details={"subject": "Chess"}, shortest=1, longest=2)
    lesson = offer(village.ada, terms, "lesson")
    day = in_days(3)
    first, _ = days.slots("hour", "Europe/Lisbon", day, day)
    hold(lesson, village.ben, [first + 30, first + 31])
    assert days.taken_days(lesson.id, day, day) == set()
    answer = as_member(village.ada).post(f"/offers/{lesson.id}/calendar", data=span(3, 3))
    assert answer.status_code == 422
    assert "partly taken" in as_member(village.ben).get(f"/offers/{lesson.id}").text


def test_today_is_the_day_where_it_is(offer, village):
    made = offer(village.ada, replace(ROOM, time_zone="Pacific/Auckland"))
    with time_machine.travel(datetime(2026, 6, 1, 13, tzinfo=NOON.tzinfo), tick=False):
        assert days.today_at(made.time_zone) == date(2026, 6, 2)


def test_what_has_no_days_has_no_calendar(offer, village, as_member):
    made = offer(
        village.ada, replace(ROOM, details={"way": "x"}, shortest=1, longest=None), "thing"
    )
    assert as_member(village.ada).get(f"/offers/{made.id}/calendar").status_code == 404


def test_a_thing_that_somebody_has_is_told_as_taken(offer, village, client):
    made = offer(
        village.ada, replace(ROOM, details={"way": "x"}, shortest=1, longest=None), "thing"
    )
    assert "Somebody has it already." not in client.get(f"/offers/{made.id}").text
    hold(made, village.ben, [0])
    assert "Somebody has it already." in client.get(f"/offers/{made.id}").text


def test_a_side_of_an_exchange_reads_what_was_promised(room, village, as_member):
    path = f"/offers/{room.id}/versions/1"
    assert as_member(village.ben).get(path).status_code == 404
    hold(room, village.ben, [in_days(2).toordinal()])
    actions.archive(room.id, village.ada.id)
    db.session.commit()
    assert as_member(village.ben).get(path).status_code == 200
    assert as_member(village.cy).get(path).status_code == 404
