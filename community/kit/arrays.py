"""Rows of whole numbers as arrays, read past everything that stands between them and the driver."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select

from community.kit import dialects

Whole = NDArray[np.int64]
_HEADER = 20
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])
"""PostgreSQL's binary array of bigint without NULLs: twenty bytes, then each with its length."""


def read(connection: Connection, statement: Select[*tuple[Any, ...]]) -> dict[str, Whole]:
    """Each column of a statement by name; every value must be a whole number and none NULL."""
    names = [column.name for column in statement.selected_columns]
    if dialects.packs_columns(connection):
        packed = dialects.packed_columns(connection, statement)
        return {name: _unpacked(column) for name, column in zip(names, packed, strict=True)}
    rows = dialects.plain_rows(connection, statement)
    block = np.fromiter(rows, np.dtype([(name, np.int64) for name in names]))
    return {name: np.ascontiguousarray(block[name]) for name in names}


def _unpacked(column: bytes | None) -> Whole:
    if column is None:
        return np.empty(0, np.int64)
    return np.frombuffer(column, _ELEMENT, offset=_HEADER)["value"].astype(np.int64)
