"""Offers in words: those by which they are found, their prices and amounts as they are read."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from babel.dates import format_skeleton, get_day_names
from babel.numbers import format_currency
from sqlalchemy import delete, select

from community.activity.exchanges.offers import kinds, rules
from community.activity.exchanges.offers.models import Offer, OfferWord
from community.activity.members.rules import place_word
from community.kit import clock, search
from community.kit.db import db
from community.kit.languages import gettext, language, locale, ngettext, translate
from community.kit.words import N_


def found_under(title: str, place: str | None) -> list[str]:
    """The words by which an offer is found: of its title and, marked as such, of its place."""
    marked = (place_word(word) for word in search.words(place or ""))
    return list(dict.fromkeys([*search.words(title), *marked]))


def index_words(offer: Offer) -> None:
    """Keep the words by which an offer is found in step with its title and place."""
    wanted = set(found_under(offer.title, offer.place))
    mine = OfferWord.offer_id == offer.id
    had = set(db.session.scalars(select(OfferWord.word).where(mine)))
    if had - wanted:
        db.session.execute(delete(OfferWord).where(mine, OfferWord.word.in_(had - wanted)))
    db.session.add_all(OfferWord(word=w, offer_id=offer.id) for w in sorted(wanted - had))
    db.session.flush()


def money(amount: int, currency: str) -> str:
    """An amount in the smallest unit of its currency, as the reader writes it."""
    return _money(amount, currency, language())


@lru_cache(8192)
def _money(amount: int, currency: str, language: str) -> str:
    decimals = rules.PRECISIONS.get(currency, 2)
    is_whole = amount % 10**decimals == 0
    return str(
        format_currency(
            amount / 10**decimals,
            currency,
            "¤#,##0" if is_whole else None,
            locale(language),
            currency_digits=not is_whole,
        )
    )


def price(is_free: bool, amount: int | None, currency: str | None, unit: str, grain: str) -> str:
    """What one unit costs, in words."""
    if is_free:
        return gettext("For free")
    if amount is None or currency is None:
        return gettext("By agreement")
    said = money(amount, currency)
    if grain == kinds.ONCE:
        return said
    return gettext("%(price)s per %(unit)s") % {
        "price": said,
        "unit": translate(kinds.words(unit)),
    }


DAY_STATES = {
    "free": N_("free"),
    "partly": N_("partly taken"),
    "taken": N_("taken"),
    "closed": N_("closed"),
}
"""What a day of a calendar is called."""


class Cell(NamedTuple):
    """A day in a calendar: its number, the month where it begins one, all in words, its state."""

    number: int
    month: str
    words: str
    state: str


def weekdays() -> tuple[str, ...]:
    """The days of the week in short, from Monday on."""
    names = get_day_names("short", "stand-alone", locale(language()))
    return tuple(str(names[n]) for n in range(7))


def weeks(days: Sequence[tuple[date, str]]) -> tuple[tuple[Cell | None, ...], ...]:
    """Days with their states as weeks from Monday to Sunday; None stands before the first day."""
    return _weeks(tuple(days), language(), clock.now().date()) if days else ()


@lru_cache(maxsize=512)
def _weeks(
    days: tuple[tuple[date, str], ...], language: str, today: date
) -> tuple[tuple[Cell | None, ...], ...]:
    cells: list[Cell | None] = [None] * days[0][0].weekday()
    for place, (day, state) in enumerate(days):
        month = month_words(day) if place == 0 or day.day == 1 else ""
        said = f"{day_words(day)}: {translate(DAY_STATES[state])}"
        cells.append(Cell(day.day, month, said, state))
    cells += [None] * (-len(cells) % 7)
    return tuple(tuple(cells[n : n + 7]) for n in range(0, len(cells), 7))


def stretch(first: date, last: date) -> str:
    """Days from one to another, in words."""
    if first == last:
        return day_words(first)
    return gettext("%(first)s to %(last)s") % {"first": day_words(first), "last": day_words(last)}


def day_words(day: date) -> str:
    """A day, as the reader writes it; with its year where that is not near."""
    return _dated(day, "yMMMMd" if abs(day - clock.now().date()) > NEAR else "MMMMd", language())


def month_words(day: date) -> str:
    """The month of a day in short."""
    return _dated(day, "MMM", language())


NEAR = timedelta(days=150)


@lru_cache(8192)
def _dated(day: date, skeleton: str, language: str) -> str:
    return str(format_skeleton(skeleton, day, fuzzy=True, locale=locale(language)))


def counted(count: int, unit: str) -> str:
    """So many units of a kind, in words."""
    if unit == "night":
        return ngettext("%(num)d night", "%(num)d nights", count) % {"num": count}
    if unit == "hour":
        return ngettext("%(num)d hour", "%(num)d hours", count) % {"num": count}
    if unit == "piece":
        return ngettext("%(num)d piece", "%(num)d pieces", count) % {"num": count}
    if unit == "time":
        return ngettext("%(num)d time", "%(num)d times", count) % {"num": count}
    return f"{count} × {translate(kinds.words(unit))}"
