"""Adding many rows of the demo town at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.engine import Connection

from community.kit import dialects


def added(connection: Connection, model: type, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """The ids of rows that are added, in their order."""
    if not rows:
        return ()
    table: Table = model.__table__  # type: ignore[attr-defined]
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return connection.scalars(statement, list(rows)).all()


def add(connection: Connection, model: type, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows whose ids nobody needs."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    dialects.insert_new(connection, table, list(rows))
