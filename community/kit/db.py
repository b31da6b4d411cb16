"""The database: one session a request, safe SQLite settings, column types.

Flask-SQLAlchemy is used for engines and the session only; models are plain
SQLAlchemy on ``Base``, so the extension can be replaced without touching them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from flask import g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Integer, MetaData, String, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from community.kit import clock, dialects

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit whole number; on SQLite the type that a growing primary key needs."""


def bytewise(length: int) -> String:
    """Text that both databases compare by code point, so that ranges of it mean the same."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Base(DeclarativeBase):
    """What every table of Kith is declared on."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_by_%(column_0_N_name)s",
            "uq": "one_%(table_name)s_a_%(column_0_N_name)s",
            "ck": "%(constraint_name)s",
            "fk": "%(table_name)s_has_its_%(column_0_N_name)s",
            "pk": "%(table_name)s_key",
        }
    )


db = SQLAlchemy(model_class=Base)


class Instant(TypeDecorator[datetime]):
    """A UTC moment, kept as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds for the database."""
        return None if value is None else clock.to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment for Python."""
        return None if value is None else clock.from_micros(value)


Key = Annotated[int, mapped_column(BigId, primary_key=True)]


def connection() -> Connection:
    """The connection of the present transaction."""
    kept: Connection | None = g.get("connection")
    # A session closes its connection when its transaction ends, and then begins with another.
    if kept is None or kept.closed:
        kept = g.connection = db.session.connection()
    return kept


def only_reading() -> None:
    """Say that the present request will write nothing: its transaction can neither wait nor write."""
    g.only_reading = True


@contextmanager
def writing() -> Iterator[None]:
    """Let a request that began by reading write: what it read is let go, and a new transaction opened."""
    if g.get("only_reading"):
        db.session.rollback()
        g.only_reading = False
    yield


def is_only_reading() -> bool:
    """Whether the present request said that it writes nothing."""
    return has_app_context() and bool(g.get("only_reading"))


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection beside the present transaction that sees what was kept, and only reads."""
    with db.engine.connect() as beside:
        yield beside.execution_options(only_reading=True)


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:
    dialects.prepare(connection)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    is_beside = bool(connection.get_execution_options().get("only_reading"))
    dialects.begin(connection, only_reading=is_beside or is_only_reading())
