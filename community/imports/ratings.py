"""Ratings of members by members, as `rater,ratee,rating,time` with or without a first line."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from community.imports import values
from community.imports.entries import Entry, Happening, Person, Spaces, Stage
from community.imports.reading import BadDelivery, Rejected, Row, Source
from community.kit import clock

COLUMNS = ("rater", "ratee", "rating", "time")
KNOWN_HEADERS = (COLUMNS, ("source", "target", "rating", "time"))
MOST = 10
"""The best rating that can be given; the worst is its negative."""
SPACES = Spaces({})
_SECONDS = re.compile(r"\d{1,11}(\.\d+)?")
_ENDINGS = re.compile(r"(\.(csv|txt|tsv|gz))+$", re.IGNORECASE)


def name_of(file: Path) -> str:
    """The source that a file's name tells."""
    plain = re.sub(r"[^a-z0-9]+", "-", _ENDINGS.sub("", file.name).lower()).strip("-")
    return f"ratings:{plain[:60] or 'file'}"


def sources(file: Path) -> list[Source]:
    """The one file, whether or not its first line names the columns."""
    if not file.is_file():
        raise BadDelivery(f"{file} is not there; give the file of ratings, plain or .gz")
    first = next(Source(file, (), COLUMNS).rows(), None)
    if first is None:
        raise BadDelivery(f"{file.name}: it is empty; each line must be rater,ratee,rating,time")
    said = tuple(value.strip().lower() for value in first.values.values())
    if said in KNOWN_HEADERS:
        return [Source(file, said)]
    if first.problem or not _is_number(first.values["rating"]):
        raise BadDelivery(
            f"{file.name}: its first line is neither rater,ratee,rating,time nor a rating;"
            " use `flask import csv` with a mapping for other columns"
        )
    return [Source(file, COLUMNS, COLUMNS)]


def stages(sources: list[Source], until: int, scale: Decimal) -> list[Stage]:
    """The one walk through the file."""
    return [Stage("ratings", sources[0], _Ratings(until, scale).rating)]


class _Ratings:
    """How ratings are read: ``scale`` is the best rating of the file."""

    def __init__(self, until: int, scale: Decimal) -> None:
        self._until, self._scale = until, scale

    def rating(self, row: Row) -> Entry:
        rater, ratee, given, time = list(row.values.values())[:4]
        actor, other = values.id_of(rater, "rater"), values.id_of(ratee, "ratee")
        if actor == other:
            raise Rejected("rater and ratee are the same")
        value = rating_of(given, self._scale)
        at = values.past(seconds_or_moment(time), time.strip(), "time", self._until)
        id = f"rating:{actor}:{other}:{at}"[:120]
        return Entry(
            key=("event", id),
            people=(_person(actor, at), _person(other, at)),
            happenings=(Happening(id, "rating.given", at, actor, other, None, value),),
        )


def rating_of(given: str, scale: Decimal) -> int:
    """A rating on the ledger's scale of -10 to 10, from one of -scale to scale; halves go outward."""
    try:
        number = Decimal(given.strip())
    except InvalidOperation:
        raise Rejected(f"its rating is no number: {given[:40]!r}") from None
    if not number.is_finite() or abs(number) > scale:
        raise Rejected(f"its rating {given[:40]} is not between -{scale} and {scale}")
    value = number * MOST / scale
    if scale == MOST and value != value.to_integral_value():
        raise Rejected(
            f"its rating {given[:40]} is no whole number; say --scale 1 if the file rates"
            " from -1 to 1"
        )
    return int(value.quantize(Decimal(1), "ROUND_HALF_UP"))


def seconds_or_moment(given: str) -> int | None:
    """The microseconds of seconds since 1970, perhaps with a fraction, or of an ISO moment."""
    given = given.strip()
    if _SECONDS.fullmatch(given):
        return int(Decimal(given) * 1_000_000)
    try:
        return clock.to_micros(datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        return None


def _person(id: str, at: int) -> Person:
    return Person(id, f"Member {id}"[:120], at)


def _is_number(given: str) -> bool:
    try:
        return Decimal(given.strip()).is_finite()
    except InvalidOperation:
        return False
