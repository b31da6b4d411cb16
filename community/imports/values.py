"""What the texts in a delivery's columns mean: ids, moments, figures."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from community.imports.reading import Rejected
from community.kit import clock, text

LONGEST_ID = 80
_FLOATED = re.compile(r"(-?\d+)\.0+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def whole(given: str) -> str:
    """An id as it was before a spreadsheet made ``12.0`` of it because the column has blanks.

    Only the writing is mended: an id is never made a number, so none loses its last digits.
    """
    given = given.strip()
    return given if given.isdigit() else _FLOATED.sub(r"\1", given)


def id_of(given: str, column: str) -> str:
    """An id that must be there."""
    found = whole(given)
    if not found:
        raise Rejected(f"it has no {column}")
    if len(found) > LONGEST_ID or not found.isprintable():
        raise Rejected(f"its {column} is no id: {found[:40]!r}")
    return found


def number_id(given: str, column: str) -> str:
    """An id that must be a whole number, kept as the text that it is."""
    if given.isdigit() and given.isascii() and len(given) <= LONGEST_ID:
        return given
    found = id_of(given, column)
    if not (found.removeprefix("-").isdigit() and found.isascii()):
        raise Rejected(
            f"its {column} is no whole number: {found[:40]!r};"
            " a spreadsheet that saved the file may have spoilt it"
        )
    return found


def id_or_none(given: str | None, column: str) -> str | None:
    """An id that may be missing."""
    return number_id(given, column) if given and given.strip() else None


def count(given: str, column: str) -> int:
    """A whole number, perhaps written ``12.0``."""
    try:
        found = int(whole(given))
    except ValueError:
        raise Rejected(f"its {column} is no whole number: {given[:40]!r}") from None
    if abs(found) > 10**12:
        raise Rejected(f"its {column} is too large: {given[:40]!r}")
    return found


def count_or_none(given: str | None, column: str) -> int | None:
    """A whole number that may be missing."""
    return count(given, column) if given and given.strip() else None


def moment(given: str, column: str, until: int) -> int:
    """The microseconds of a date or moment in ISO 8601, refused when it lies after ``until``."""
    given = given.strip()
    return past(_iso(given) if _DAY.fullmatch(given) else _parsed(given), given, column, until)


def past(micros: int | None, given: str, column: str, until: int) -> int:
    """A moment that was read, refused when it is none, before 1970 or after ``until``."""
    if micros is None:
        raise Rejected(
            f"its {column} is no date: {given[:40]!r}" if given else f"it has no {column}"
        )
    if micros > until:
        raise Rejected(f"its {column} lies in the future: {given[:40]}")
    if micros < 0:
        raise Rejected(f"its {column} lies before 1970: {given[:40]}")
    return micros


def today() -> int:
    """The microseconds of the present moment."""
    return clock.to_micros(clock.now())


def day_of(digits: str) -> int | None:
    """The microseconds of the day in which a number such as ``20241105062440`` begins."""
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return clock.to_micros(datetime(found.year, found.month, found.day, tzinfo=UTC))


def broken_lines(given: str) -> str:
    """Sanitised HTML of plain text in which line breaks may be written as ``<br/>``."""
    return text.paragraphs(_BREAK.sub("\n", given))


@lru_cache(10_000)
def _iso(given: str) -> int | None:
    return _parsed(given)


def _parsed(given: str) -> int | None:
    try:
        return clock.to_micros(datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        return None
