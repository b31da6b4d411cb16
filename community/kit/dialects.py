"""All SQL that only one of SQLite and PostgreSQL knows."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    Table,
    any_,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from community.kit.turns import Turn, turn_at

APPENDING = 0x4B49
"""The high bits of the advisory locks that writers of the ledger hold on PostgreSQL."""
GROWING = ("event", "voiding")
"""The tables that are read from their tail, where no id may be stepped past that can still come."""
SETTING_UP = 0x4B49_5345_5455_50
"""The advisory lock on PostgreSQL of who migrates."""
PATIENCE = 30
"""Seconds that a writer waits for SQLite before the site says that it is busy."""


class Writer(sqlite3.Connection):
    """A SQLite connection that waits for its turn to write and gives it back when it is done."""

    turn: Turn | None = None
    has_turn = False

    def begin_writing(self) -> None:
        """Open a transaction that holds SQLite's write lock from its start."""
        if self.turn is not None:
            self.has_turn = self.turn.take(PATIENCE)
            if not self.has_turn:
                raise sqlite3.OperationalError("database is locked: no turn in time")
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._give()
            raise

    def commit(self) -> None:
        """Keep what was written, and let the next one write."""
        super().commit()
        self._give()

    def rollback(self) -> None:
        """Drop what was written, and let the next one write."""
        try:
            super().rollback()
        finally:
            self._give()

    def close(self) -> None:
        """Close, and let the next one write."""
        try:
            super().close()
        finally:
            self._give()

    def _give(self) -> None:
        if self.turn is not None and self.has_turn:
            self.has_turn = False
            self.turn.give()


def engine_options(url: str, threads: int) -> dict[str, Any]:
    """How SQLAlchemy is to open this database for so many threads. Errors tell no one's data."""
    pool = {"pool_size": threads + 2, "max_overflow": 20, "hide_parameters": True}
    if url.startswith("sqlite"):
        return {**pool, "connect_args": {"factory": Writer, "timeout": PATIENCE}}
    # Whoever reads a tail must see what was kept while it looked how far ids are settled.
    return {**pool, "pool_pre_ping": True, "isolation_level": "READ COMMITTED"}


def prepare(connection: Any) -> None:
    """Set a fresh SQLite connection up so that nothing acknowledged is lost and keys are held.

    ``synchronous=FULL`` because ``NORMAL`` loses acknowledged commits in a power cut;
    ``secure_delete`` so that what was erased is overwritten, not only let go.
    """
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={PATIENCE * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if isinstance(connection, Writer):
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        connection.turn = turn_at(f"{path}-turn") if path else None


def begin(connection: Connection, *, only_reading: bool) -> None:
    """Open the transaction: a writing one takes SQLite's write lock at once, so it can't fail midway."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        if connection.info.get("only_reading") is not only_reading:
            driver.execute(f"PRAGMA query_only={int(only_reading)}")
            connection.info["only_reading"] = only_reading
        try:
            if isinstance(driver, Writer) and not only_reading:
                driver.begin_writing()
            else:
                driver.execute("BEGIN" if only_reading else "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN", None, error) from error
    else:
        # Said to the driver, it goes along with BEGIN and costs no question of its own.
        postgres: Any = connection.connection.dbapi_connection
        if postgres.read_only is not only_reading:
            postgres.read_only = only_reading


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows that break no unique key, pass over the others; answer how many went in."""
    if not rows:
        return 0
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    return connection.execute(
        statement, list(rows), execution_options={"preserve_rowcount": True}
    ).rowcount


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    may_exist: bool = True,
) -> int:
    """Insert many rows whose values stand as the database keeps them; answer how many went in.

    Those that break a unique key are passed over, or with ``may_exist=False`` refused. This
    is ``insert_new`` for bulk work: nothing stands between the rows and the driver.
    """
    if not rows:
        return 0
    otherwise = " ON CONFLICT DO NOTHING" if may_exist else ""
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    if connection.dialect.name == "sqlite":
        statement = f"{into} VALUES ({', '.join('?' * len(columns))}){otherwise}"
        return connection.exec_driver_sql(statement, list(rows)).rowcount
    # One statement for all rows: a round trip for each would cost more than its insertion.
    given = ", ".join(f"%s::{_array(table, column, connection)}" for column in columns)
    statement = (
        f"{into} SELECT {', '.join(columns)} FROM unnest({given})"  # noqa: S608
        f" WITH ORDINALITY AS given({', '.join(columns)}, nth) ORDER BY nth{otherwise}"
    )
    by_column = tuple([row[i] for row in rows] for i in range(len(columns)))
    return connection.exec_driver_sql(statement, by_column).rowcount


def put_rows(
    connection: Connection,
    table: Table,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> int:
    """Insert rows whose values stand as the database keeps them, each in place of one of its key."""
    if not rows:
        return 0
    rest = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    otherwise = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"{into} VALUES ({', '.join([mark] * len(columns))}){otherwise}"
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def _array(table: Table, column: str, connection: Connection) -> str:
    type = table.c[column].type.compile(connection.dialect)
    if type.endswith(("INT", "INTEGER")):
        return "bigint[]"
    return f"{type}[]" if type in ("BOOLEAN", "DATE", "JSON") else "text[]"


def is_alone_when_writing(connection: Connection) -> bool:
    """Whether a transaction that writes keeps every other writer out until it ends."""
    return connection.dialect.name == "sqlite"


def write_much(connection: Connection) -> None:
    """Prepare a connection for long writing in short transactions; ``settle`` then belongs to it.

    SQLite's own checkpoints would run inside a commit; here they are made between commits.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA wal_autocheckpoint=0")
        driver.execute("PRAGMA cache_size=-128000")


def settle(connection: Connection) -> None:
    """Bring what was written into SQLite's main file, without holding up anyone who writes."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def take_stock(connection: Connection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL see that tables have grown, so that plans made when they were empty are dropped.

    It keeps plans for a whole connection, those of its own checks of foreign keys among them.
    """
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


def about_to_append(connection: Connection, table: str = "event") -> None:
    """Announce, before this transaction draws its first id of a growing table, that ids may come.

    PostgreSQL hands out ids before commit, so a larger id can be seen earlier than a
    smaller one. Each writer therefore holds a shared advisory lock that carries the last
    id drawn at this moment until its transaction ends; ``settled_id`` reads them.
    SQLite has one writer at a time, so there ids settle in order.
    """
    if connection.dialect.name != "postgresql":
        return
    if not connection.in_transaction():
        connection.begin()
    transaction = connection.get_transaction()
    known, tables = connection.info.get("appends", (None, frozenset()))
    if known is transaction and table in tables:
        return
    connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock_shared(%s + coalesce(pg_sequence_last_value(%s), 0))",
        (_place(table) << 44, _sequence(table)),
    )
    # A lock that was taken inside a savepoint goes with it when it is rolled back.
    if not connection.in_nested_transaction():
        tables = tables if known is transaction else frozenset()
        connection.info["appends"] = (transaction, tables | {table})


def settled_id(connection: Connection, table: str = "event") -> int | None:
    """The largest id of a growing table below which none can still appear; None: all are settled.

    What is read up to it must be read by a later statement. The sequence is read first and
    the locks after it: a writer that takes its lock later draws ids beyond what was read,
    one that gave its lock back has committed or gone.
    """
    if connection.dialect.name != "postgresql":
        return None
    drawn = connection.exec_driver_sql(
        "SELECT coalesce(pg_sequence_last_value(%s), 0)", (_sequence(table),)
    ).scalar_one()
    held = connection.exec_driver_sql(
        "SELECT min((classid::bigint << 32 | objid::bigint) - %s) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint >> 12 = %s",
        (_place(table) << 44, _place(table)),
    ).scalar_one()
    return int(drawn) if held is None else min(int(drawn), int(held))


def _sequence(table: str) -> str:
    return f"{table}_id_seq"


def _place(table: str) -> int:
    """The high twenty bits of the locks of a growing table; the ids have the other forty-four."""
    return APPENDING << 4 | GROWING.index(table)


def plain_rows(connection: Connection, statement: Select[Any]) -> Iterator[tuple[int, ...]]:
    """The rows of a statement as the driver gives them, with nothing between."""
    cursor: Any = connection.execute(statement).cursor
    return iter(cursor)


def among(
    connection: Connection, column: ColumnElement[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """Whether a column is one of any number of whole numbers, which are sent as one text."""
    if connection.dialect.name == "postgresql":
        told = cast(literal(f"{{{','.join(map(str, ids))}}}", String), ARRAY(BigInteger))
        return column == any_(told)
    given = func.json_each(f"[{','.join(map(str, ids))}]").table_valued("value")
    return column.in_(select(given.c.value))


def packs_columns(connection: Connection) -> bool:
    """Whether ``packed_columns`` can be asked of this database."""
    return connection.dialect.name == "postgresql"


def packed_columns(connection: Connection, statement: Select[Any]) -> list[bytes | None]:
    """Each column of a statement on whole numbers as one PostgreSQL array in its binary form.

    The server makes the arrays, so the client's work does not grow with rows; None stands
    for a column without any. Parameters go to the driver as they are: whole numbers and texts.
    """
    rows = statement.subquery("packed")
    whole = select(
        *(func.array_send(func.array_agg(cast(column, BigInteger))) for column in rows.c)
    ).compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver: Any = connection.connection.driver_connection
    with driver.cursor(binary=True) as cursor:
        return list(cursor.execute(str(whole), whole.params).fetchone())


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


def is_no_text(error: DBAPIError) -> bool:
    """Whether the database was asked for a text with a NUL in it, which it can't have."""
    return isinstance(error, DataError) and "nul (0x00)" in str(error.orig).lower()


def query_plan(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """The steps SQLite takes to answer a statement, one line each."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[-1] for row in rows]


def tidy(connection: Connection) -> None:
    """Let the database refresh what it knows of its tables for its planner."""
    name = connection.dialect.name
    connection.execute(text("PRAGMA optimize" if name == "sqlite" else "ANALYZE"))


@contextmanager
def setting_up(engine: Engine) -> Iterator[None]:
    """Be the only one who sets this PostgreSQL database up, from whichever machine."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (SETTING_UP,))
        try:
            yield
        finally:
            connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (SETTING_UP,))


def problems(connection: Connection) -> list[str]:
    """What the database itself finds broken: damaged pages, rows that point nowhere, bad indexes."""
    if connection.dialect.name == "sqlite":
        said = connection.execute(text("PRAGMA integrity_check(20)")).scalars()
        lost = connection.execute(text("PRAGMA foreign_key_check")).all()
        return [line for line in said if line != "ok"] + [
            f"row {row[1]} of {row[0]} points to a row of {row[2]} that is not there"
            for row in lost[:20]
        ]
    bad = connection.execute(
        text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
    ).scalars()
    return [f"index {name} is not valid" for name in bad]


def wipe(engine: Engine) -> bool:
    """Let no copy of what was just deleted lie in SQLite's log; whether that was possible at once.

    Whoever reads at this moment still needs the log: then a later call does it. PostgreSQL
    clears away by itself.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA busy_timeout=200")
            return bool(cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
