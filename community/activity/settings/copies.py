"""The copy of everything that a member takes along: a zip with JSON and CSV of each group.

It is written to a temporary file, a batch of rows at a time, so that it needs little memory
however long somebody has been here.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from community.activity.settings import known, own_data
from community.activity.settings.own_data import Group, Row, Value
from community.kit import clock
from community.kit.text import cell
from community.kit.words import Words

README = """\
Everything Kith knows of you
============================

Written on {day}. Each group is here twice: as JSON for programs, and as CSV for spreadsheets.
In CSV, a value that a spreadsheet might take for a formula begins with an apostrophe.
Moments are in UTC. Other members appear by name only where everyone may see them.
Passwords, keys and the texts of letters are not in here: nobody can read the first two, and
the letters are in your own mail.

{groups}
"""


def zipped(member_id: int) -> IO[bytes]:
    """A temporary file with the copy, at its beginning; whoever closes it removes it."""
    # It is handed on to be sent; whoever sends it closes it.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _readme())
        for group in known.groups().values():
            with archive.open(f"{group.name}.json", "w", force_zip64=True) as part:
                for text in _json(group, member_id):
                    part.write(text.encode())
            with archive.open(f"{group.name}.csv", "w", force_zip64=True) as part:
                for text in _csv(group, member_id):
                    part.write(text.encode())
    file.seek(0)
    return file


def _readme() -> str:
    groups = "\n".join(f"{g.name}: {g.label}. {g.says}" for g in known.groups().values())
    return README.format(day=clock.now().date().isoformat(), groups=groups)


def _json(group: Group, member_id: int) -> Iterator[str]:
    between = "[\n"
    for row in own_data.read_all(group, member_id):
        told = {column.name: _plain(row[column.name]) for column in group.columns}
        yield between + json.dumps(told, ensure_ascii=False)
        between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _csv(group: Group, member_id: int) -> Iterator[str]:
    # Spreadsheets read UTF-8 only when the file begins with this mark.
    yield "\ufeff" + _line([column.name for column in group.columns])
    for row in own_data.read_all(group, member_id):
        yield _line(_cells(group, row))


def _cells(group: Group, row: Row) -> list[Any]:
    return [cell(_plain(row[column.name])) for column in group.columns]


def _line(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _plain(value: Value) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return str(value) if isinstance(value, Words) else value
