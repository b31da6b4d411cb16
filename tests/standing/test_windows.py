"""Windows and cadences at the edges of months, quarters and leap years."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kit import clock
from community.standing.windows import (
    UNITS,
    BadLength,
    Cadence,
    Length,
    Window,
    began,
    following,
    moved,
)

moments = st.integers(0, 20_000_000).map(
    lambda minutes: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P12M", Length(12)),
        ("P1Y", Length(12)),
        ("P365D", Length(0, 365)),
        ("P2W", Length(0, 14)),
        ("P1Y2M3W4D", Length(14, 25)),
    ],
)
def test_lengths_are_read(text, length):
    assert Length.read(text) == length
    assert Length.read(str(length)) == length


@pytest.mark.parametrize("text", ["", "P", "12M", "P0D", "PT5M", "P-1M", "P1M ", "P99999999D"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(BadLength):
        Length.read(text)


@pytest.mark.parametrize(
    ("moment", "months", "there"),
    [
        ("2024-03-31", -1, "2024-02-29"),
        ("2023-03-31", -1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-02-29", 12, "2025-02-28"),
    ],
)
def test_months_are_as_long_as_they_are(moment, months, there):
    assert moved(at(moment), months) == at(there)


@pytest.mark.parametrize(
    ("window", "first", "end"),
    [
        (Window(Length(days=365), until="quarter"), "2023-01-01", "2024-01-01"),
        (Window(Length(months=12), until="month"), "2023-01-01", "2024-01-01"),
        (Window(of="year"), "2024-01-01", "2024-01-06T08:00:00.000001"),
        (Window(Length(days=1)), "2024-01-05T08:00:00.000001", "2024-01-06T08:00:00.000001"),
    ],
)
def test_a_window_spans(window, first, end):
    assert window.span(at("2024-01-06T08:00")) == (
        clock.to_micros(at(first)),
        clock.to_micros(at(end)),
    )


@pytest.mark.parametrize(
    ("cadence", "moment", "last", "next_"),
    [
        (Cadence("quarter"), "2024-01-06", "2024-01-01", "2024-04-01"),
        (Cadence("quarter"), "2024-01-01", "2024-01-01", "2024-04-01"),
        (Cadence("month", 20), "2024-01-06", "2023-12-20", "2024-01-20"),
        (Cadence("month", 31), "2024-02-10", "2024-01-31", "2024-02-29"),
        (Cadence("week", 1), "2024-01-06", "2024-01-01", "2024-01-08"),
        (Cadence("week", 7), "2024-01-06", "2023-12-31", "2024-01-07"),
        (Cadence("day"), "2024-01-06T12:00", "2024-01-06", "2024-01-07"),
        (Cadence("year"), "2024-01-06", "2024-01-01", "2025-01-01"),
    ],
)
def test_assessments_fall_on_their_days(cadence, moment, last, next_):
    assert cadence.last(at(moment)) == at(last)
    assert cadence.next(at(moment)) == at(next_)


@given(moments, st.sampled_from(UNITS), st.integers(1, 31))
def test_the_last_and_the_next_assessment_enclose_a_moment(moment, unit, day):
    cadence = Cadence(unit, min(day, 7) if unit == "week" else day)
    last, after = cadence.last(moment), cadence.next(moment)
    assert last <= moment < after
    assert cadence.next(last) == after
    assert cadence.between(last - timedelta(microseconds=1), moment) == [last]


@given(moments, st.sampled_from(UNITS))
def test_units_follow_each_other(moment, unit):
    start = began(moment, unit)
    assert start <= moment < following(moment, unit)
    assert began(following(moment, unit), unit) == following(moment, unit)
