"""Plain CSV tables for scoring without a database: read into arrays by column, written whole or not at all."""

import csv
import gzip
import math
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
import numpy as np
from numpy.typing import NDArray

Command = Callable[..., Any]
DIGITS = 12
"""Scores are written to so many: what lies beyond differs with the order of adding."""
LONGEST_LINE = 1_000_000
"""Characters that one value may have."""
SHOWN = 40


class BadTable(Exception):
    """A table that can't be read; says which line and why."""


class Names:
    """Names as whole numbers, in the order in which they first came."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._places: dict[str, int] = {}
        for name in names:
            self.place(name)

    def __len__(self) -> int:
        return len(self._places)

    def place(self, name: str) -> int:
        """The number of a name, which is given one if it has none."""
        return self._places.setdefault(name, len(self._places))

    def find(self, name: str) -> int | None:
        """The number of a name, or None when it never came."""
        return self._places.get(name)

    @property
    def all(self) -> list[str]:
        """All names, each at its number."""
        return list(self._places)


def read(
    path: Path, columns: Mapping[str, str], *, names: Names | None = None, prefix: str | None = None
) -> tuple[dict[str, NDArray[Any]], Names]:
    """The columns of a CSV file, plain or ``.gz``, as arrays; with the names of its members.

    ``columns`` says what each holds: ``name`` (a member; the array holds their numbers in the
    answered ``Names``), ``text``, ``number`` (finite), ``whole``, or ``flag`` (0 or 1). With
    ``prefix`` every further column that begins with it is read as a flag. The first line
    names the columns, in any order; others are passed over. Raises BadTable.
    """
    names = names if names is not None else Names()
    kinds = dict(columns)
    with _opened(path) as file:
        rows = csv.reader(file)
        head = _head(path, rows)
        missing = [name for name in columns if name not in head]
        if missing:
            raise BadTable(
                f"{path.name}: the first line has no column {', '.join(missing)};"
                f" it must name {', '.join(columns)}"
            )
        if prefix:
            kinds |= {name: "flag" for name in head if name.startswith(prefix)}
        places = [(head.index(name), name, kind) for name, kind in kinds.items()]
        found: dict[str, list[Any]] = {name: [] for name in kinds}
        for row in _rows(path, rows):
            if not row:
                continue
            if len(row) != len(head):
                raise BadTable(
                    f"{path.name}, line {rows.line_num}: {len(row)} values, expected {len(head)}"
                )
            for place, name, kind in places:
                try:
                    found[name].append(_value(row[place].strip(), kind, names))
                except ValueError as why:
                    raise BadTable(f"{path.name}, line {rows.line_num}: {name} {why}") from None
    return {name: np.array(values, _TYPES[kinds[name]]) for name, values in found.items()}, names


def write(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file as a whole: it is there when all of it is; how many rows."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    many = 0
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(head)
            for row in rows:
                lines.writerow(row)
                many += 1
        fresh.replace(path)
    except OSError as error:
        raise BadTable(f"{path} can't be written: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    return many


def file_argument(name: str) -> Callable[[Command], Command]:
    """An argument of a command that names a file."""
    return click.argument(name, type=click.Path(path_type=Path))


@contextmanager
def told_plainly() -> Iterator[None]:
    """Let a command end with what is wrong with a table, without a traceback."""
    try:
        yield
    except BadTable as bad:
        raise click.ClickException(str(bad)) from None


_TYPES: dict[str, Any] = {
    "name": np.int64,
    "text": object,
    "number": np.float64,
    "whole": np.int64,
    "flag": np.int8,
}


def _value(given: str, kind: str, names: Names) -> Any:
    if kind == "text":
        return given
    if not given:
        raise ValueError("is empty")
    if kind == "name":
        return names.place(given)
    try:
        number = float(given)
    except ValueError:
        raise ValueError(f"is no number: {given[:SHOWN]!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"is not finite: {given[:SHOWN]!r}")
    if kind == "flag" and number not in (0, 1):
        raise ValueError(f"is neither 0 nor 1: {given[:SHOWN]!r}")
    if kind == "number":
        return number
    if number != int(number):
        raise ValueError(f"is no whole number: {given[:SHOWN]!r}")
    return int(given) if given.lstrip("+-").isdigit() else int(number)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if is_packed
            else path.open(encoding="utf-8-sig", newline="")
        ) as file:
            csv.field_size_limit(LONGEST_LINE)
            yield file
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadTable(f"{path.name}: the packed file is damaged or ends too early") from None
    except UnicodeDecodeError:
        raise BadTable(f"{path.name}: it is no text in UTF-8") from None
    except OSError as error:
        raise BadTable(f"{path}: {error.strerror or error}") from None


def _head(path: Path, rows: Iterator[list[str]]) -> list[str]:
    first = next(_rows(path, rows), None)
    if first is None:
        raise BadTable(f"{path.name}: it is empty; the first line must name the columns")
    head = [name.strip().lower() for name in first]
    if len(set(head)) != len(head):
        raise BadTable(f"{path.name}: the first line names a column twice")
    return head


def _rows(path: Path, rows: Any) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as why:
        raise BadTable(f"{path.name}, line {rows.line_num}: {why}") from None
