from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from community.kit import clock
from community.kit.db import db
from community.ledger.models import Event
from community.ledger.record import record

MOMENTS = st.datetimes(timezones=st.timezones())


@given(MOMENTS)
def test_a_moment_comes_back_to_the_microsecond(moment):
    try:
        wanted = moment.astimezone(UTC)
    except OverflowError:
        return
    # Compared in UTC: Python calls moments in the gaps and folds of a zone equal to none elsewhere.
    assert clock.from_micros(clock.to_micros(moment)) == wanted


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_every_microsecond_is_a_moment(micros):
    assert clock.to_micros(clock.from_micros(micros)) == micros


@given(MOMENTS, MOMENTS)
def test_order_is_kept(one, other):
    try:
        later = one.astimezone(UTC) < other.astimezone(UTC)
    except OverflowError:
        return
    assert (clock.to_micros(one) < clock.to_micros(other)) is later


@pytest.mark.parametrize(
    ("moment", "micros"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1), 0),  # noqa: DTZ001
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
        (datetime(2026, 6, 1, 12, 0, 0, 1, tzinfo=UTC), 1_780_315_200_000_001),
    ],
)
def test_moments_as_microseconds(moment, micros):
    assert clock.to_micros(moment) == micros


def test_now_is_in_utc():
    assert clock.now().utcoffset() == timedelta(0)


def test_the_database_keeps_whole_microseconds(app):
    moment = datetime(2026, 6, 1, 12, 0, 0, 123_457, tzinfo=timezone(timedelta(hours=8)))
    event = record("search.made", 1, happened_at=moment)
    kept = db.session.scalar(text("SELECT happened_at FROM event"))
    assert kept == clock.to_micros(moment)
    db.session.refresh(event)
    assert event.happened_at == moment
    assert event.happened_at.tzinfo is UTC
    assert db.session.query(Event).filter(Event.happened_at == moment).count() == 1
