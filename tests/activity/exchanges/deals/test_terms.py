"""Days and hours in many places, over the nights in which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from community.activity.exchanges.deals import terms
from community.activity.exchanges.deals.terms import Terms


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "first", "last", "starts", "ends", "hours"),
    [
        ("UTC", "2026-06-10", "2026-06-10", "2026-06-10T00:00", "2026-06-11T00:00", 24),
        ("Europe/Lisbon", "2026-06-10", "2026-06-11", "2026-06-09T23:00", "2026-06-11T23:00", 48),
        # Clocks go forward: a day of 23 hours.
        ("Europe/Berlin", "2026-03-29", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00", 23),
        # Clocks go back: a day of 25 hours.
        ("Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00", 25),
        ("America/New_York", "2026-03-08", "2026-03-08", "2026-03-08T05:00", "2026-03-09T04:00", 23),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-05", "2026-04-04T13:00", "2026-04-05T13:30", 24.5),
        ("Asia/Kathmandu", "2026-06-10", "2026-06-10", "2026-06-09T18:15", "2026-06-10T18:15", 24),
        # Midnight is left out: the day begins at one.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00", 23),
        ("Africa/Cairo", "2026-04-24", "2026-04-24", "2026-04-23T22:00", "2026-04-24T21:00", 23),
        # Midnight comes twice: the first is meant.
        ("America/Havana", "2026-11-01", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00", 25),
        # A day that there never was, in between.
        ("Pacific/Apia", "2011-12-29", "2011-12-31", "2011-12-29T10:00", "2011-12-31T10:00", 48),
        ("Pacific/Kiritimati", "2026-06-10", "2026-06-10", "2026-06-09T10:00", "2026-06-10T10:00", 24),
    ],
)  # fmt: skip
def test_days_begin_and_end_where_the_offer_is(zone, first, last, starts, ends, hours):
    found = terms.of_days(date.fromisoformat(first), date.fromisoformat(last), ZoneInfo(zone))
    assert (found.starts_at, found.ends_at) == (at(starts), at(ends))
    assert found.ends_at - found.starts_at == timedelta(hours=hours)
    assert found.late_at == found.starts_at


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours", "starts", "ends", "slots", "last_day"),
    [
        ("UTC", "2026-06-10", "10:00", 2, "2026-06-10T10:00", "2026-06-10T12:00", 4, "2026-06-10"),
        ("UTC", "2026-06-10", "23:00", 2, "2026-06-10T23:00", "2026-06-11T01:00", 4, "2026-06-11"),
        ("UTC", "2026-06-10", "22:00", 2, "2026-06-10T22:00", "2026-06-11T00:00", 4, "2026-06-10"),
        # A quarter hour off: it touches one half hour more.
        ("Asia/Kathmandu", "2026-06-10", "10:00", 2, "2026-06-10T04:15", "2026-06-10T06:15", 5, "2026-06-10"),
        ("Asia/Kolkata", "2026-06-10", "10:00", 1, "2026-06-10T04:30", "2026-06-10T05:30", 2, "2026-06-10"),
        # Three hours pass, though clocks show four.
        ("Europe/Berlin", "2026-03-29", "01:00", 3, "2026-03-29T00:00", "2026-03-29T03:00", 6, "2026-03-29"),
        # Half past two comes twice: the first.
        ("Europe/Berlin", "2026-10-25", "02:30", 1, "2026-10-25T00:30", "2026-10-25T01:30", 2, "2026-10-25"),
    ],
)  # fmt: skip
def test_hours_are_hours_that_pass(zone, day, begins, hours, starts, ends, slots, last_day):
    on = date.fromisoformat(day)
    found = terms.of_hours(on, time.fromisoformat(begins), hours, ZoneInfo(zone))
    assert (found.starts_at, found.ends_at) == (at(starts), at(ends))
    assert found.last_day == date.fromisoformat(last_day)
    assert len(terms.slots("hour", found)) == slots
    assert found.late_at == terms.midnight(on, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "day", "begins", "is_there"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", False),
        ("Europe/Berlin", "2026-03-29", "03:00", True),
        ("Europe/Berlin", "2026-10-25", "02:30", True),
        ("Africa/Cairo", "2026-04-24", "00:30", False),
        ("UTC", "2026-03-29", "02:30", True),
    ],
)
def test_a_time_that_clocks_leave_out_is_not_there(zone, day, begins, is_there):
    on, at = date.fromisoformat(day), time.fromisoformat(begins)
    assert terms.is_time_there(on, at, ZoneInfo(zone)) is is_there


def test_what_is_held_of_each_kind():
    stay = terms.of_days(date(2026, 6, 10), date(2026, 6, 12), ZoneInfo("Asia/Tokyo"))
    first = date(2026, 6, 10).toordinal()
    assert list(terms.slots("day", stay)) == [first, first + 1, first + 2]
    assert list(terms.slots("once", Terms())) == [0]
    assert list(terms.slots("open", Terms(units=3))) == []
    assert list(terms.slots("day", Terms())) == list(terms.slots("hour", Terms())) == []


@pytest.mark.parametrize(
    ("taken", "quantity", "found"),
    [
        ({}, 1, [(5, 0), (6, 0)]),
        ({5: {0}}, 1, None),
        ({5: {0}}, 2, [(5, 1), (6, 0)]),
        ({5: {1}}, 2, [(5, 0), (6, 0)]),
        ({5: {0}, 6: {0, 1}}, 2, None),
        ({5: {7}}, 1, [(5, 0), (6, 0)]),
    ],
)
def test_the_lowest_free_place_is_taken(taken, quantity, found):
    assert terms.places([5, 6], taken, quantity) == found
    assert bool(terms.full(taken, quantity) & {5, 6}) == (found is None)


ZONES = some.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]
)
DAYS = some.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(ZONES, DAYS, some.integers(1, 30), some.integers(1, 30))
def test_days_that_follow_each_other_never_overlap(zone, day, many, more):
    first = terms.of_days(day, day + timedelta(days=many - 1), ZoneInfo(zone))
    second = terms.of_days(
        day + timedelta(days=many), day + timedelta(days=many + more - 1), ZoneInfo(zone)
    )
    assert first.ends_at == second.starts_at
    assert not set(terms.slots("day", first)) & set(terms.slots("day", second))
    assert first.units == len(terms.slots("day", first)) == many


@given(ZONES, DAYS, some.times(), some.integers(1, 48), some.integers(0, 96))
def test_hours_overlap_exactly_where_their_slots_do_or_touch(zone, day, begins, hours, later):
    begins = begins.replace(minute=begins.minute // 30 * 30, second=0, microsecond=0, fold=0)
    one = terms.of_hours(day, begins, hours, ZoneInfo(zone))
    two_starts = one.starts_at + timedelta(minutes=30 * later)
    two = Terms(starts_at=two_starts, ends_at=two_starts + timedelta(hours=1))
    do_overlap = one.starts_at < two.ends_at and two.starts_at < one.ends_at
    do_share = bool(set(terms.slots("hour", one)) & set(terms.slots("hour", two)))
    assert do_share or not do_overlap
