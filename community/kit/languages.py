"""Which language and time zone the reader has, and texts, dates and numbers in them."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from flask import current_app, g, has_request_context, request
from markupsafe import Markup

from community.kit import clock
from community.kit.words import Words

LANGUAGES = {"en": "English", "zh_Hans_CN": "简体中文"}
CATALOGS = Path(__file__).resolve().parent.parent / "translations"
COOKIE = "kith_language"
_ASKED = {
    "en": "en",
    "zh": "zh_Hans_CN",
    "zh-cn": "zh_Hans_CN",
    "zh-hans": "zh_Hans_CN",
    "zh-sg": "zh_Hans_CN",
}


@lru_cache
def translations(language: str) -> NullTranslations:
    """The catalog of a language, read once."""
    return Translations.load(CATALOGS, [language])


@lru_cache
def locale(language: str) -> Locale:
    """How a language writes dates and numbers."""
    return Locale.parse("en_GB" if language == "en" else language)


@lru_cache
def zone(name: str | None) -> ZoneInfo:
    """A time zone by name; UTC where there is none of that name."""
    return ZoneInfo(name if name in available_timezones() else "UTC")


def language() -> str:
    """The reader's language: their own choice, this browser's cookie, what it asks for, ours."""
    known: str | None = g.get("language")
    if known is None:
        known = g.language = _language()
    return known


def _language() -> str:
    if not has_request_context():
        return "en"
    chosen = (g.viewer.language if g.get("viewer") else None) or request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else _asked_for()


def _asked_for() -> str:
    for wanted, _ in request.accept_languages:
        for tag in (wanted.lower(), wanted.lower().partition("-")[0]):
            if tag in _ASKED:
                return _ASKED[tag]
    default = str(current_app.config["DEFAULT_LANGUAGE"])
    return default if default in LANGUAGES else "en"


def gettext(text: str) -> str:
    """A text in the reader's language."""
    return str((g.get("texts") or _bind()).gettext(text))


def ngettext(one: str, many: str, count: int) -> str:
    """A text in the reader's language, in the form that its number asks for."""
    return str((g.get("texts") or _bind()).ngettext(one, many, count))


def _bind() -> NullTranslations:
    g.texts = translations(language())
    return translations(language())


def translate(words: Words | str | None) -> str:
    """What pure code said, in the reader's language."""
    if words is None:
        return ""
    if isinstance(words, str):
        return words
    text = gettext(words.text)
    if not words.values:
        return text
    return text % {k: translate(v) if isinstance(v, Words) else v for k, v in words.values.items()}


def reader_zone() -> ZoneInfo:
    """The reader's time zone: their own choice, else the community's."""
    known: ZoneInfo | None = g.get("zone")
    if known is None:
        chosen = g.viewer.time_zone if g.get("viewer") else None
        known = g.zone = zone(chosen or str(current_app.config["TIME_ZONE"]))
    return known


def day(moment: datetime) -> str:
    """A day as the reader writes it."""
    local = moment.astimezone(reader_zone())
    return _day(local.year, local.month, local.day, language())


def calendar_day(on: date) -> str:
    """A day of the calendar, whatever the reader's time zone, as they write it in short."""
    return str(format_date(on, "medium", locale(language())))


def calendar_days(first: date, last: date, skeleton: str = "yMMMd") -> str:
    """Days of the calendar from one to another; one of them alone where both are the same."""
    return str(format_interval(first, last, skeleton, locale=locale(language())))


@lru_cache(4096)
def _day(year: int, month: int, day: int, language: str) -> str:
    return str(format_date(date(year, month, day), "long", locale(language)))


def moment(at: datetime) -> str:
    """A day and time as the reader writes them, in their time zone."""
    return str(format_datetime(at, "medium", reader_zone(), locale(language())))


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in the reader's words; beyond a month, the day."""
    gone = ((now or clock.now()) - at.astimezone(UTC)).total_seconds()
    if abs(gone) > 30 * 86400:
        return day(at)
    if abs(gone) <= 60:
        return gettext("just now")
    return _ago(int(gone) // 60 if gone < 3600 else int(gone) // 3600 * 60, language())


@lru_cache(4096)
def _ago(minutes: int, language: str) -> str:
    return str(
        format_timedelta(-minutes * 60, add_direction=True, threshold=1, locale=locale(language))
    )


def when(at: datetime) -> Markup:
    """A moment as a ``time`` element: how long ago, with the exact moment behind it."""
    # By the minute, so that a list that is looked at again and again is written once.
    now = clock.now().replace(second=0, microsecond=0)
    return _when(at, now + timedelta(minutes=1), reader_zone(), language())


@lru_cache(maxsize=16_384)
def _when(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> Markup:
    local = at.astimezone(zone)
    exact = f"{_day(local.year, local.month, local.day, language)} {local:%H:%M}"
    return Markup(  # noqa: S704 - dates of Babel's and figures
        f'<time datetime="{at.isoformat(timespec="seconds")}" title="{exact}">{ago(at, now)}</time>'
    )


def number(value: float) -> str:
    """A number as the reader writes it."""
    return _number(value, language())


@lru_cache(4096)
def _number(value: float, language: str) -> str:
    return str(format_decimal(value, locale=locale(language)))


def compact(value: float) -> str:
    """A large number in short."""
    return str(format_compact_decimal(value, locale=locale(language()), fraction_digits=1))


def percent(share: float) -> str:
    """A share as a percentage."""
    return str(format_percent(share, locale=locale(language())))


def install(app: Any) -> None:
    """Give templates the reader's texts, dates and numbers."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)
    app.jinja_env.filters.update(
        day=day,
        calendar_day=calendar_day,
        calendar_days=calendar_days,
        moment=moment,
        ago=ago,
        number=number,
        compact=compact,
        percent=percent,
        when=when,
        say=translate,
    )
