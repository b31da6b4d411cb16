"""What of a source is here already: its things and events, found by their outside ids."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from community.imports.entries import Thing
from community.kit import clock
from community.ledger.models import Subject
from community.ledger.record import EVENTS

AT_ONCE = 500
"""How many ids are asked for in one question."""


class KnownThing(NamedTuple):
    """A thing that is here: its id, type, owner, date, and the owner of what it belongs to."""

    id: int
    type: str
    owner: int | None
    made_at: int
    above: int | None


def things(
    connection: Connection, source: str, types: Collection[str], asked: Sequence[str]
) -> Iterator[tuple[str, KnownThing]]:
    """The things of these types and outside ids that are here, each with its outside id."""
    above = aliased(Subject)
    found = (
        select(
            Subject.external_id,
            Subject.id,
            Subject.type,
            Subject.owner,
            Subject.made_at,
            above.owner.label("above"),
        )
        .outerjoin(above, above.id == Subject.parent)
        .where(Subject.source == source, Subject.type.in_(types))
    )
    for id, *rest, made_at, owner_above in _in_parts(connection, found, Subject.external_id, asked):
        yield id, KnownThing(*rest, clock.to_micros(made_at), owner_above)


def events(connection: Connection, source: str, asked: Iterable[str]) -> dict[str, int]:
    """The ids of the events of these outside ids that are here."""
    found = select(EVENTS.c.external_id, EVENTS.c.id).where(EVENTS.c.source == source)
    rows = _in_parts(connection, found, EVENTS.c.external_id, list(asked))
    return {row[0]: row[1] for row in rows}


def ids(connection: Connection, source: str, asked: Iterable[Thing]) -> dict[tuple[str, str], int]:
    """The ids of these things, by type and outside id."""
    by_type: dict[str, list[str]] = {}
    for thing in asked:
        by_type.setdefault(thing.type, []).append(thing.id)
    found = {}
    for type, outside in by_type.items():
        of_type = select(Subject.external_id, Subject.id).where(
            Subject.source == source, Subject.type == type
        )
        rows = _in_parts(connection, of_type, Subject.external_id, outside)
        found.update({(type, row[0]): row[1] for row in rows})
    return found


def _in_parts(
    connection: Connection, found: Select[Any], column: Any, asked: Sequence[str]
) -> Iterator[Any]:
    for start in range(0, len(asked), AT_ONCE):
        yield from connection.execute(found.where(column.in_(asked[start : start + AT_ONCE])))
