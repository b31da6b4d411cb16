"""The reader's language, and dates and numbers in it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import g

from community.kit import clock, languages
from community.kit.words import N_


@pytest.mark.parametrize(
    ("asked", "cookie", "language"),
    [
        ("", None, "en"),
        ("en-US,en;q=0.9", None, "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh_Hans_CN"),
        ("zh-SG", None, "zh_Hans_CN"),
        ("de,zh;q=0.5", None, "zh_Hans_CN"),
        ("fr", None, "en"),
        ("zh-CN", "en", "en"),
        ("en", "zh_Hans_CN", "zh_Hans_CN"),
        ("en", "../../etc/passwd", "en"),
        ("*;q=oops,,;", None, "en"),
    ],
)
def test_whose_wish_counts(app, asked, cookie, language):
    headers = {"Accept-Language": asked} | ({"Cookie": f"kith_language={cookie}"} if cookie else {})
    with app.app_context(), app.test_request_context("/", headers=headers):
        assert languages.language() == language


def test_dates_and_numbers_follow_the_reader(app):
    at = datetime(2026, 3, 9, 22, 5, tzinfo=UTC)
    for language, day, number in (
        ("en", "9 March 2026", "1,234,567.5"),
        ("zh_Hans_CN", "2026年3月9日", "1,234,567.5"),
    ):
        with app.app_context(), app.test_request_context("/"):
            g.language = language
            assert languages.day(at) == day
            assert languages.number(1234567.5) == number


def test_the_day_is_the_readers_own(app):
    late = datetime(2026, 3, 9, 22, 5, tzinfo=UTC)
    with app.app_context(), app.test_request_context("/"):
        g.zone = languages.zone("Asia/Shanghai")
        assert languages.day(late) == "10 March 2026"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=9), "9 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_lately_is_said_in_words(app, gone, said):
    with app.app_context(), app.test_request_context("/"):
        assert languages.ago(clock.now() - gone) == said


def test_an_unknown_zone_is_utc():
    assert str(languages.zone("Mars/Olympus")) == "UTC"
    assert str(languages.zone(None)) == "UTC"


def test_pure_code_speaks_through_words(app):
    inner = N_("There is nothing here")
    with app.app_context(), app.test_request_context("/"):
        assert languages.translate(N_("%(name)s came", name="Ada")) == "Ada came"
        assert (
            languages.translate(N_("Said: %(what)s", what=inner)) == "Said: There is nothing here"
        )
        assert languages.translate("as it stands") == "as it stands"
        assert languages.translate(None) == ""


@pytest.mark.parametrize(
    ("language", "last", "said"),
    [
        ("en", date(2026, 11, 13), "13 Nov 2026"),
        ("en", date(2026, 11, 15), "13–15 Nov 2026"),
        ("zh_Hans_CN", date(2026, 11, 15), "2026年11月13日至15日"),
    ],
)
def test_days_of_the_calendar_are_told_as_one_stretch(app, language, last, said):
    with app.test_request_context():
        g.language = language
        told = languages.calendar_days(date(2026, 11, 13), last)
    assert "".join(told.split()) == "".join(said.split())
