"""`flask export …`: members, events and facts as CSV or JSON lines, for whoever reckons elsewhere."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import click
from flask.cli import with_appcontext
from sqlalchemy import Connection, Select, Table, and_, func, select
from sqlalchemy.exc import DBAPIError

from community.activity.members.models import Identity, Member, MemberTag
from community.kit.db import reading
from community.kit.text import cell
from community.ledger.facts import MILLION
from community.ledger.models import Fact, Subject
from community.ledger.record import EVENTS

MEMBERS: Table = Member.__table__  # type: ignore[assignment]
IDENTITIES: Table = Identity.__table__  # type: ignore[assignment]
TAGS: Table = MemberTag.__table__  # type: ignore[assignment]
FACTS: Table = Fact.__table__  # type: ignore[assignment]
SUBJECTS: Table = Subject.__table__  # type: ignore[assignment]
BATCH = 2000
"""Rows that are read at a time, so that neither memory nor the database's log grows with all."""
NOBODY = ("", "")

Row = dict[str, Any]


class NotExported(Exception):
    """The export can't be written; says why."""


@dataclass(frozen=True)
class Export:
    """Something that can be taken out: its table, its columns, and how a batch of rows is told."""

    table: Table
    columns: Sequence[str]
    statement: Select[Any]
    told: Callable[[Connection, Sequence[Any]], Iterator[Row]]


@click.group("export")
def export() -> None:
    """Write what is here into a file, for use elsewhere.

    People carry their handle and the id that they came with. Moments are in UTC. In CSV a
    text that a spreadsheet might take for a formula begins with an apostrophe.
    """


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that writes rows: where to, as what, over what."""
    for option in (
        click.option("--quiet", is_flag=True, help="No progress bar."),
        click.option("--replace", is_flag=True, help="Write over a file that is there."),
        click.option(
            "--output",
            "-o",
            required=True,
            metavar="FILE",
            type=click.Path(path_type=Path, allow_dash=True),
            help="Where to; - writes to standard output.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(["csv", "jsonl"]),
            help="CSV with a header, or one JSON object a line.  [default: as FILE ends, else csv]",
        ),
    ):
        command = option(command)
    return with_appcontext(command)


@export.command("members", epilog="Example: flask export members -o members.csv")
@options
def export_members(**options: Any) -> None:
    """Everyone who is here, without addresses: handle, name, role, days, languages, interests."""
    write_table(PEOPLE, **options)


@export.command("events", epilog="Example: flask export events --format jsonl -o events.jsonl")
@options
def export_events(**options: Any) -> None:
    """Everything that happened, in the order in which it was written down.

    An event that was taken back says when; as of a time it counts when it had happened and
    was not yet taken back.
    """
    write_table(HAPPENINGS, **options)


@export.command("facts", epilog="Example: flask export facts --format csv -o - | head")
@options
def export_facts(**options: Any) -> None:
    """Every figure that an outside source declared of a member or a subject, with its date."""
    write_table(FIGURES, **options)


# What each row tells


def _members(connection: Connection, rows: Sequence[Any]) -> Iterator[Row]:
    people = people_of(connection, {row.id for row in rows})
    tags: dict[tuple[int, str], list[str]] = {}
    for tag in connection.execute(
        select(TAGS.c.member_id, TAGS.c.kind, TAGS.c.label)
        .where(TAGS.c.member_id.in_([row.id for row in rows]))
        .order_by(TAGS.c.id)
    ):
        tags.setdefault((tag.member_id, tag.kind), []).append(tag.label)
    for row in rows:
        yield {
            **row._mapping,
            "member": row.handle,
            "external_id": people[row.id][1],
            "languages": "; ".join(tags.get((row.id, "language"), ())),
            "interests": "; ".join(tags.get((row.id, "interest"), ())),
        }


def _events(connection: Connection, rows: Sequence[Any]) -> Iterator[Row]:
    people = people_of(connection, {id for row in rows for id in (row.actor, row.other)})
    for row in rows:
        member, other = people.get(row.actor, NOBODY), people.get(row.other, NOBODY)
        yield {
            **row._mapping,
            "member": member[0],
            "external_id": member[1],
            "other": other[0],
            "other_external_id": other[1],
        }


def _facts(connection: Connection, rows: Sequence[Any]) -> Iterator[Row]:
    people = people_of(connection, {row.about_id for row in rows if row.about == "member"})
    for row in rows:
        is_member = row.about == "member"
        member = people.get(row.about_id, NOBODY) if is_member else NOBODY
        yield {
            **row._mapping,
            "member": member[0],
            "external_id": member[1],
            "subject_id": None if is_member else row.about_id,
            "value": _figure(row.value),
        }


def _figure(millionths: int) -> Decimal:
    whole = Decimal(millionths) / MILLION
    return whole.quantize(Decimal(1)) if whole == whole.to_integral() else whole.normalize()


def people_of(connection: Connection, ids: set[int | None]) -> dict[int, tuple[str, str]]:
    """The handle of each member, and the id that they first came with."""
    wanted = list(ids - {None})
    came_with = {
        row.member_id: row.external_id
        for row in connection.execute(
            select(IDENTITIES.c.member_id, IDENTITIES.c.external_id)
            .where(IDENTITIES.c.member_id.in_(wanted))
            .order_by(IDENTITIES.c.id.desc())
        )
    }
    handles = connection.execute(
        select(MEMBERS.c.id, MEMBERS.c.handle).where(MEMBERS.c.id.in_(wanted))
    )
    return {row.id: (row.handle, came_with.get(row.id, "")) for row in handles}


PEOPLE = Export(
    MEMBERS,
    (
        "id", "member", "external_id", "name", "role", "joined_at", "active_at", "claimed_at",
        "erased_at", "headline", "place", "languages", "interests",
    ),
    select(
        MEMBERS.c.id, MEMBERS.c.handle, MEMBERS.c.name, MEMBERS.c.role, MEMBERS.c.joined_at,
        MEMBERS.c.active_at, MEMBERS.c.claimed_at, MEMBERS.c.erased_at, MEMBERS.c.headline,
        MEMBERS.c.place,
    ),
    _members,
)  # fmt: skip
HAPPENINGS = Export(
    EVENTS,
    (
        "id", "happened_at", "kind", "member", "external_id", "other", "other_external_id",
        "subject_type", "subject_id", "subject_external_id", "subject_title", "circle", "value",
        "source", "event_external_id", "voided_at", "void_reason",
    ),
    select(
        EVENTS.c.id, EVENTS.c.happened_at, EVENTS.c.kind, EVENTS.c.actor, EVENTS.c.other,
        EVENTS.c.subject_type, EVENTS.c.subject_id, EVENTS.c.circle, EVENTS.c.value,
        EVENTS.c.source, EVENTS.c.external_id.label("event_external_id"), EVENTS.c.voided_at,
        EVENTS.c.void_reason, SUBJECTS.c.external_id.label("subject_external_id"),
        SUBJECTS.c.title.label("subject_title"),
    ).outerjoin(
        SUBJECTS,
        and_(SUBJECTS.c.id == EVENTS.c.subject_id, SUBJECTS.c.type == EVENTS.c.subject_type),
    ),
    _events,
)  # fmt: skip
FIGURES = Export(
    FACTS,
    (
        "id", "about", "member", "external_id", "subject_id", "subject_external_id", "name",
        "value", "declared_at", "source",
    ),
    select(FACTS, SUBJECTS.c.external_id.label("subject_external_id")).outerjoin(
        SUBJECTS, and_(SUBJECTS.c.id == FACTS.c.about_id, SUBJECTS.c.type == FACTS.c.about)
    ),
    _facts,
)  # fmt: skip


# How they reach the file


def write_table(what: Export, *, quiet: bool, **where: Any) -> None:
    """Write all rows of a table, with a progress bar. Raises click.ClickException."""
    deliver(what.columns, _watched(what, quiet=quiet or not sys.stderr.isatty()), **where)


def _watched(what: Export, *, quiet: bool) -> Iterator[list[Row]]:
    with _progress(what.table, quiet=quiet) as (last, moved):
        for rows in _batches(what, last):
            yield rows
            moved(len(rows))


def deliver(
    columns: Sequence[str],
    batches: Iterable[Sequence[Row]],
    *,
    output: Path,
    form: str | None,
    replace: bool,
) -> None:
    """Write rows to a file that is there when all are in it. Raises click.ClickException."""
    is_json = (form or output.suffix.lstrip(".").lower()) == "jsonl"
    try:
        with _opened(output, replace=replace) as file:
            write = (_json if is_json else _csv)(file, columns)
            for rows in batches:
                for row in rows:
                    write([row[column] for column in columns])
    except NotExported as why:
        raise click.ClickException(f"{why}. Nothing was written.") from None
    except BrokenPipeError:
        # Who was reading has had enough; what is left to say has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}. Nothing was written.") from error
    except DBAPIError as error:
        raise click.ClickException(
            f"The database can't be read: {error.orig}. Nothing was written."
        ) from error


def _batches(what: Export, last: int) -> Iterator[list[Row]]:
    after, id = 0, what.table.c.id
    while True:
        with reading() as connection:
            found = connection.execute(
                what.statement.where(id > after, id <= last).order_by(id).limit(BATCH)
            ).all()
            rows = list(what.told(connection, found))
        if not rows:
            return
        yield rows
        after = found[-1].id


@contextmanager
def _progress(table: Table, *, quiet: bool) -> Iterator[tuple[int, Callable[[int], None]]]:
    with reading() as connection:
        last, many = connection.execute(
            select(func.coalesce(func.max(table.c.id), 0), func.count())
        ).one()
    if quiet:
        yield last, lambda _: None
        return
    with click.progressbar(length=many, label="Exporting", show_eta=True, file=sys.stderr) as bar:
        yield last, bar.update


@contextmanager
def _opened(path: Path, *, replace: bool) -> Iterator[IO[str]]:
    """The file to write to; it stands under its name when all is in it, and not before."""
    if str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    if path.is_dir():
        raise NotExported(f"{path} is a folder: name a file in it")
    if path.exists() and not replace:
        raise NotExported(f"{path} is there already: choose another name or --replace")
    if not path.parent.is_dir():
        raise NotExported(f"There is no folder {path.parent}")
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=".kith-export-", newline="", encoding="utf-8", delete=False
    ) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _csv(file: IO[str], columns: Sequence[str]) -> Callable[[list[Any]], Any]:
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(columns)
    return lambda values: lines.writerow([cell(_plain(value)) for value in values])


def _json(file: IO[str], columns: Sequence[str]) -> Callable[[list[Any]], Any]:
    def write(values: list[Any]) -> None:
        told = {
            name: None if value == "" else str(value) if isinstance(value, Decimal) else value
            for name, value in zip(columns, map(_plain, values), strict=True)
        }
        file.write(json.dumps(told, ensure_ascii=False) + "\n")

    return write


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
