"""Spans of time that a rule looks back over, and the days on which it is assessed."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from community.kit import clock

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
FROM_THE_START = -(2**62)
"""Microseconds before anything."""
A_MOMENT = timedelta(microseconds=1)
_LENGTH = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")


class BadLength(ValueError):
    """A text that names no length of time."""


@dataclass(frozen=True)
class Length:
    """A length of time in calendar months and days, as ISO 8601 writes it: ``P12M``, ``P365D``."""

    months: int = 0
    days: int = 0

    @classmethod
    def read(cls, text: str) -> "Length":
        """The length that a text names. Raises BadLength."""
        found = _LENGTH.fullmatch(text)
        years, months, weeks, days = (
            (int(part or 0) for part in found.groups()) if found else [0] * 4
        )
        length = cls(12 * years + months, 7 * weeks + days)
        if not (length.months or length.days):
            raise BadLength(f"{text!r} is no length of time such as P12M or P90D")
        return length

    def __str__(self) -> str:
        return (
            "P"
            + (f"{self.months}M" if self.months else "")
            + (f"{self.days}D" if self.days else "")
        )

    def before(self, moment: datetime) -> datetime:
        """The moment so long before another; a day that its month lacks becomes its last."""
        return moved(moment, -self.months) - timedelta(days=self.days)

    def after(self, moment: datetime) -> datetime:
        """The moment so long after another."""
        return moved(moment, self.months) + timedelta(days=self.days)


@dataclass(frozen=True)
class Window:
    """What a metric looks at: a length of time up to the day that is asked about.

    Without a length it looks back to the beginning. ``until`` names the calendar unit at
    whose last beginning the window ends, so that ``P365D`` until ``quarter`` are the 365
    days before the last quarter day. ``of`` is a whole calendar unit: the present one.
    """

    length: Length | None = None
    until: Unit | None = None
    of: Unit | None = None

    def span(self, as_of: datetime) -> tuple[int, int]:
        """The microseconds from the first moment on and before the last that count as of a moment."""
        end = as_of + A_MOMENT
        if self.of is not None:
            return clock.to_micros(began(as_of, self.of)), clock.to_micros(end)
        if self.until is not None:
            end = began(as_of, self.until)
        if self.length is None:
            return FROM_THE_START, clock.to_micros(end)
        return clock.to_micros(self.length.before(end)), clock.to_micros(end)

    def days(self, as_of: datetime) -> float:
        """How many days long it is as of a moment; infinite without a length."""
        first, end = self.span(as_of)
        return float("inf") if first == FROM_THE_START else (end - first) / 86_400_000_000


EVER = Window()


@dataclass(frozen=True)
class Cadence:
    """On which days something is assessed, at midnight UTC: the ``day``-th of each unit, from 1.

    Days of the week count from Monday. A month that is too short has its last day instead.
    """

    every: Unit = "month"
    day: int = 1

    def last(self, moment: datetime) -> datetime:
        """The latest assessment at or before a moment."""
        start = began(moment, self.every)
        here = self._in(start)
        return here if here <= moment else self._in(began(start - A_MOMENT, self.every))

    def next(self, moment: datetime) -> datetime:
        """The first assessment after a moment."""
        here = self._in(began(moment, self.every))
        return here if here > moment else self._in(following(moment, self.every))

    def between(self, first: datetime, last: datetime) -> list[datetime]:
        """Every assessment after the first moment and up to the last."""
        found = []
        day = self.next(first)
        while day <= last:
            found.append(day)
            day = self.next(day)
        return found

    def _in(self, start: datetime) -> datetime:
        if self.every in ("day", "week"):
            return start + timedelta(days=self.day - 1 if self.every == "week" else 0)
        month = calendar.monthrange(start.year, start.month)[1]
        return start + timedelta(days=min(self.day, month) - 1)


def began(moment: datetime, unit: Unit) -> datetime:
    """When the present day, week, month, quarter or year began, in UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    size = MONTHS[unit]
    return day.replace(month=(day.month - 1) // size * size + 1, day=1)


def following(moment: datetime, unit: Unit) -> datetime:
    """When the next day, week, month, quarter or year begins, in UTC."""
    start = began(moment, unit)
    if unit in ("day", "week"):
        return start + timedelta(days=1 if unit == "day" else 7)
    return moved(start, MONTHS[unit])


def moved(moment: datetime, months: int) -> datetime:
    """The same day and time some months later or, with a negative number, before."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
