"""Any CSV file, read as a mapping in TOML says; `docs/imports.md` shows one with every key."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from community.imports import values
from community.imports.entries import (
    MEMBER,
    Entry,
    Figure,
    Happening,
    Person,
    Ref,
    Spaces,
    Stage,
    Thing,
)
from community.imports.reading import BadDelivery, Rejected, Row, Source, Values
from community.kit import clock, text
from community.ledger.facts import FACTS, millionths
from community.ledger.kinds import KINDS, SUBJECT_CODES

SPACES = Spaces({}, has_exchanges=True)
SIDES = ("actor", "other")
KEYS = {
    "": {"source", "id", "kind", "kinds", "time", "value", "actor", "other", "subject", "figures"},
    "time": {"column", "format", "zone"},
    "value": {"column", "times"},
    "actor": {"id", "name", "email"},
    "other": {"id", "name", "email"},
    "subject": {"type", "id", "title", "text", "owner"},
}
SECONDS = "seconds"


def mapping_of(path: Path) -> dict[str, Any]:
    """The mapping in a file, with every name in it known; else it says what is wrong."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadDelivery(f"{path} can't be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDelivery(f"{path.name}: it is not TOML: {error}") from None
    for problem in _problems(told):
        raise BadDelivery(f"{path.name}: {problem}; docs/imports.md shows a mapping")
    return told


def _problems(told: dict[str, Any]) -> list[str]:
    found = [f"{key!r} is not a key that it knows" for key in told if key not in KEYS[""]]
    for part in ("time", "value", *SIDES, "subject"):
        given = told.get(part, {})
        if not isinstance(given, dict):
            return [f"[{part}] must be a table"]
        found += [f"{key!r} is not a key of [{part}]" for key in given if key not in KEYS[part]]
    if not told.get("source") or not isinstance(told["source"], str) or len(told["source"]) > 80:
        found.append('it needs a source of at most 80 letters, such as source = "guestbook"')
    if "id" not in told.get("actor", {}):
        found.append("[actor] needs an id: the column that says who did it")
    if "column" not in told.get("time", {}):
        found.append("[time] needs a column")
    kinds = [told["kind"]] if "kind" in told else []
    if "kinds" in told:
        kinds += list(told["kinds"].get("is", {}).values()) if "column" in told["kinds"] else [""]
    found += [f"there is no kind of event {kind!r}" for kind in kinds if kind not in KINDS]
    if (kinds or "subject" in told) and "id" not in told:
        found.append("events need an id: the column that tells one row from every other")
    subject = told.get("subject", {})
    if subject and subject.get("type") not in SUBJECT_CODES:
        found.append(f"[subject] needs a type: one of {', '.join(SUBJECT_CODES)}")
    if subject and "id" not in subject:
        found.append("[subject] needs an id")
    if subject.get("owner", "actor") not in SIDES:
        found.append('the owner of [subject] is "actor" or "other"')
    found += [
        f"there is no figure {name!r}" for name in told.get("figures", {}) if name not in FACTS
    ]
    try:
        ZoneInfo(told.get("time", {}).get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        found.append(f"there is no time zone {told['time']['zone']!r}")
    return found


def sources(file: Path, told: dict[str, Any]) -> list[Source]:
    """The one file, which must have the columns that the mapping names."""
    if not file.is_file():
        raise BadDelivery(f"{file} is not there; give the CSV file, plain or .gz")
    return [Source(file, tuple(dict.fromkeys(_columns(told))))]


def stages(sources: list[Source], until: int, told: dict[str, Any]) -> list[Stage]:
    """The one walk through the file."""
    return [Stage("rows", sources[0], _Mapped(told, until).row)]


def _columns(told: dict[str, Any]) -> list[str]:
    named = [told.get("id"), told.get("kinds", {}).get("column"), told["time"]["column"]]
    named.append(told.get("value", {}).get("column"))
    for side in SIDES:
        named += [told.get(side, {}).get(key) for key in ("id", "name", "email")]
    named += [told.get("subject", {}).get(key) for key in ("id", "title", "text")]
    named += list(told.get("figures", {}).values())
    return [str(column) for column in named if column]


class _Mapped:
    """How the rows of a mapped file are read."""

    def __init__(self, told: dict[str, Any], until: int) -> None:
        self._told, self._until = told, until
        self._zone = ZoneInfo(told["time"].get("zone", "UTC"))

    def row(self, row: Row) -> Entry:
        told = row.values
        at = self._at(told)
        sides = {side: self._person(side, told, at) for side in SIDES}
        ids = {side: person.id if person else None for side, person in sides.items()}
        about, things = self._subject(told, ids, at)
        return Entry(
            key=self._key(told),
            people=tuple(person for person in sides.values() if person),
            things=things,
            happenings=self._happenings(told, at, ids, about),
            figures=self._figures(told, (MEMBER, str(ids["actor"])), at),
        )

    def _at(self, told: Values) -> int:
        time = self._told["time"]
        given, format = told[time["column"]].strip(), time.get("format")
        return values.past(_moment(given, format, self._zone), given, time["column"], self._until)

    def _person(self, side: str, told: Values, at: int) -> Person | None:
        wanted = self._told.get(side, {})
        if "id" not in wanted or (side == "other" and not told[wanted["id"]].strip()):
            return None
        id = values.id_of(told[wanted["id"]], wanted["id"])
        name = text.line(told.get(wanted.get("name", ""), ""), 120) or f"Member {id}"[:120]
        return Person(id, name, at, _email(told.get(wanted.get("email", ""), "")))

    def _key(self, told: Values) -> Ref | None:
        return ("event", self._id(told)) if self._kind(told) else None

    def _kind(self, told: Values) -> str | None:
        kinds = self._told.get("kinds")
        if not kinds:
            return self._told.get("kind")
        said = told[kinds["column"]].strip()
        if said not in kinds.get("is", {}) and "kind" not in self._told:
            raise Rejected(f"the mapping does not say what {said[:40]!r} means")
        return kinds.get("is", {}).get(said) or self._told.get("kind")

    def _id(self, told: Values) -> str:
        return f"row:{values.id_of(told[self._told['id']], self._told['id'])}"

    def _subject(
        self, told: Values, ids: Mapping[str, str | None], at: int
    ) -> tuple[Ref | None, tuple[Thing, ...]]:
        wanted = self._told.get("subject")
        if not wanted or not told[wanted["id"]].strip():
            return None, ()
        id = values.id_of(told[wanted["id"]], wanted["id"])
        title = text.line(told.get(wanted.get("title", ""), ""), 500) or None
        said = told.get(wanted.get("text", ""), "")
        thing = Thing(
            wanted["type"],
            id,
            ids[wanted.get("owner", "actor")],
            None,
            at,
            title,
            values.broken_lines(said) if said else None,
        )
        return (wanted["type"], id), (thing,)

    def _happenings(
        self, told: Values, at: int, ids: Mapping[str, str | None], about: Ref | None
    ) -> tuple[Happening, ...]:
        kind = self._kind(told)
        if kind is None:
            return ()
        value = self._value(told)
        if KINDS[kind].signed and value is not None and abs(value) > 10:
            raise Rejected(f"its value {value} is not between -10 and 10")
        return (Happening(self._id(told), kind, at, ids["actor"], ids["other"], about, value),)

    def _value(self, told: Values) -> int | None:
        wanted = self._told.get("value", {})
        given = told.get(wanted.get("column", ""), "").strip()
        if not given:
            return None
        try:
            exact = millionths(given) * int(wanted.get("times", 1))
        except ValueError:
            raise Rejected(f"its {wanted['column']} is no number: {given[:40]!r}") from None
        if exact % 1_000_000:
            raise Rejected(
                f"its {wanted['column']} {given[:40]} is no whole number;"
                " say times = 100 in [value] to keep hundredths"
            )
        return exact // 1_000_000

    def _figures(self, told: Values, about: Ref, at: int) -> tuple[Figure, ...]:
        found = []
        for name, column in self._told.get("figures", {}).items():
            given = told[column].strip()
            if not given:
                continue
            try:
                found.append(Figure(about, name, _figure(given), at))
            except ValueError:
                raise Rejected(f"its {column} is no figure: {given[:40]!r}") from None
        return tuple(found)


def _figure(given: str) -> int:
    return millionths(given[:-1]) // 100 if given.endswith("%") else millionths(given)


def _moment(given: str, format: str | None, zone: ZoneInfo) -> int | None:
    try:
        if format == SECONDS:
            seconds = millionths(given)
            return seconds if seconds >= 0 else None
        moment = (
            datetime.strptime(given, format)  # noqa: DTZ007 - the zone follows
            if format
            else datetime.fromisoformat(given)
        )
        return clock.to_micros(
            (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        )
    except (ValueError, OverflowError):
        return None


def _email(given: str) -> str | None:
    given = given.strip()
    if not given:
        return None
    try:
        found = validate_email(given, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Rejected(f"its address {given[:60]!r} is no e-mail address") from None
    return found[:254]
