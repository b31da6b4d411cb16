"""All SQL that only one of SQLite and PostgreSQL knows."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

APPENDING = 0x4B49 << 48
"""The high bits of the advisory locks that writers of the ledger hold on PostgreSQL."""


def prepare(connection: Any) -> None:
    """Set a fresh SQLite connection up so that nothing acknowledged is lost and keys are held.

    ``synchronous=FULL`` because ``NORMAL`` loses acknowledged commits in a power cut.
    """
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def begin(connection: Connection, *, only_reading: bool) -> None:
    """Open the transaction: a writing one takes SQLite's write lock at once, so it can't fail midway."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        if connection.info.get("only_reading") is not only_reading:
            driver.execute(f"PRAGMA query_only={int(only_reading)}")
            connection.info["only_reading"] = only_reading
        driver.execute("BEGIN" if only_reading else "BEGIN IMMEDIATE")
    elif only_reading:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows that break no unique key, pass over the others; answer how many went in."""
    if not rows:
        return 0
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows)).rowcount


def about_to_append(connection: Connection) -> None:
    """Announce, before the first ledger id of this transaction is drawn, that ids may still come.

    PostgreSQL hands out ids before commit, so a larger id can be seen earlier than a
    smaller one. Each writer therefore holds a shared advisory lock that carries the
    sequence's value at this moment until its transaction ends; ``settled_id`` reads them.
    SQLite has one writer at a time, so there ids settle in order.
    """
    transaction = connection.get_transaction()
    if connection.dialect.name == "postgresql" and connection.info.get("appends") != transaction:
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock_shared(%s + last_value) FROM event_id_seq", (APPENDING,)
        )
        connection.info["appends"] = transaction


def settled_id(connection: Connection) -> int | None:
    """The largest event id such that no smaller one can still appear; None when all are settled.

    The sequence is read first and the locks after it: a writer that takes its lock later
    draws ids beyond what was read, one that gave its lock back has committed or gone.
    """
    if connection.dialect.name != "postgresql":
        return None
    drawn = connection.exec_driver_sql(
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id_seq"
    ).scalar_one()
    held = connection.exec_driver_sql(
        "SELECT min((classid::bigint << 32 | objid::bigint) - %s) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint >> 16 = %s",
        (APPENDING, APPENDING >> 48),
    ).scalar_one()
    return int(drawn) if held is None else min(int(drawn), int(held) - 1)


def is_full(error: DBAPIError) -> bool:
    """Whether the database refused because the disk is full."""
    said = str(error.orig).lower()
    return "disk is full" in said or "no space left" in said or "disk i/o error" in said


def is_busy(error: DBAPIError) -> bool:
    """Whether the database could not be had in time and trying again may help."""
    said = str(error.orig).lower()
    return isinstance(error, OperationalError) and (
        "is locked" in said or "deadlock" in said or "connection" in said
    )


def query_plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """The steps SQLite takes to answer a statement, one line each."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[-1] for row in rows]


def tidy(connection: Connection) -> None:
    """Let the database refresh what it knows of its tables for its planner."""
    name = connection.dialect.name
    connection.execute(text("PRAGMA optimize" if name == "sqlite" else "ANALYZE"))
