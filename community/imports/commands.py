"""`flask import …`: other people's data into members and ledger."""

import fcntl
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from community.imports import airbnb, dates, filling, mapped, ratings, stackexchange, values
from community.imports.batches import Run, is_new
from community.imports.entries import Spaces, Stage
from community.imports.reading import BadDelivery, Moved, Source, fingerprint
from community.kit import clock, dialects
from community.kit.db import db

LEFT_ROWS_OUT = 3
"""The exit code of an import that took all it could but had to leave rows out."""
LONGEST_SOURCE = 80


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--timing", is_flag=True, help="Say how long the database was held."),
        click.option("--quiet", is_flag=True, help="No progress bar and no summary."),
        click.option(
            "--rejects",
            type=click.Path(dir_okay=False, path_type=Path),
            help="File for the rows that are left out. Default: in DATA_DIR/imports.",
        ),
    ):
        command = option(command)
    return with_appcontext(command)


_FOLDER = click.Path(path_type=Path)


@click.group("import")
def imports() -> None:
    """Bring a community's past here, from what it has elsewhere.

    An import can be stopped at any moment: the same command goes on where it stopped.
    Repeating it adds nothing twice. Exit codes: 0 all is here, 1 the delivery can't be
    read, 3 all is here but for the rows that the rejects file lists.
    """


@imports.command("airbnb")
@click.argument("folder", type=_FOLDER)
@click.option("--source", default=airbnb.SOURCE, show_default=True, help="What it is kept under.")
@click.option(
    "--currency",
    default=airbnb.CURRENCY,
    show_default=True,
    help="Of its prices: the files show $ whatever it is.",
)
@_options
def import_airbnb(folder: Path, source: str, currency: str, **options: Any) -> None:
    """A snapshot of a city from Inside Airbnb: listings.csv(.gz) and reviews.csv(.gz).

    Example: flask import airbnb ../data/albany/2024-11-05
    """
    with _explained():
        files = airbnb.sources(_folder(folder))
        _run(
            source,
            folder,
            airbnb.SPACES,
            files,
            lambda until: airbnb.stages(files, until, _currency(currency)),
            **options,
        )


@imports.command("stackexchange")
@click.argument("folder", type=_FOLDER)
@click.option("--source", help="What it is kept under.  [default: stackexchange:SITE]")
@_options
def import_stackexchange(folder: Path, source: str | None, **options: Any) -> None:
    """A forum's dump: Users, Posts, Comments, Votes, Badges as .xml or .csv, plain or .gz.

    Example: flask import stackexchange ../data/travel.stackexchange.com
    """
    with _explained():
        files = stackexchange.sources(_folder(folder))
        name = source or stackexchange.name_of(folder)
        _run(
            name,
            folder,
            stackexchange.SPACES,
            list(files.values()),
            lambda until: stackexchange.stages(files, until),
            **options,
        )


@imports.command("ratings")
@click.argument("file", type=_FOLDER)
@click.option("--source", help="What it is kept under.  [default: ratings:FILE]")
@click.option(
    "--scale",
    type=click.Choice(["10", "5", "1"]),
    default="10",
    show_default=True,
    help="The best rating in the file; the worst is its negative.",
)
@_options
def import_ratings(file: Path, source: str | None, scale: str, **options: Any) -> None:
    """Ratings as rater,ratee,rating,time: whole numbers from -10 to 10; seconds or ISO dates.

    Example: flask import ratings soc-sign-bitcoinotc.csv.gz
    """
    with _explained():
        files = ratings.sources(file)
        _run(
            source or ratings.name_of(file),
            file,
            ratings.SPACES,
            files,
            lambda until: ratings.stages(files, until, Decimal(scale)),
            said=scale,
            **options,
        )


@imports.command("csv")
@click.argument("file", type=_FOLDER)
@click.option(
    "--mapping", type=_FOLDER, required=True, help="TOML that says what the columns mean."
)
@click.option("--source", help="What it is kept under.  [default: as the mapping says]")
@_options
def import_csv(file: Path, mapping: Path, source: str | None, **options: Any) -> None:
    """Any CSV file, with a mapping that says what its columns mean; see docs/imports.md.

    Example: flask import csv bookings.csv --mapping bookings.toml
    """
    with _explained():
        told = mapped.mapping_of(mapping)
        files = mapped.sources(file, told)
        _run(
            source or told["source"],
            file,
            mapped.SPACES,
            files,
            lambda until: mapped.stages(files, until, told),
            said=repr(told),
            **options,
        )


@imports.command("fill")
@with_appcontext
def import_fill() -> None:
    """Rows for the offers and reviews of imports made before there were such rows.

    `flask setup` does it by itself; it can be stopped and repeated.
    Example: flask import fill
    """
    offers, reviews = filling.fill(db.engine)
    click.echo(f"Rows were made for {offers:,} offers and {reviews:,} reviews.")


def _run(
    source: str,
    path: Path,
    spaces: Spaces,
    files: Sequence[Source],
    stages: Callable[[int], list[Stage]],
    *,
    rejects: Path | None,
    quiet: bool,
    timing: bool,
    said: str = "",
) -> None:
    source = source.strip()
    if not source or len(source) > LONGEST_SOURCE or not source.isprintable():
        raise BadDelivery(
            f"a source is a name of 1 to {LONGEST_SOURCE} letters, not {source[:90]!r}"
        )
    began = time.perf_counter(), time.process_time()
    with _alone(source):
        with _progress("Checking", sum(f.size for f in files), quiet) as moved:
            for file in files:
                file.check(moved)
        walks = stages(values.today())
        run = Run(db.engine, source, spaces, fingerprint(files, source, said))
        try:
            with _kept_so_far():
                _carry(run, path, walks, spaces, rejects, quiet)
        finally:
            run.close()
    if not quiet:
        _summary(run)
    if timing:
        _timing(run, began)
    if run.counts["rejected"]:
        click.echo(
            f"{run.counts['rejected']:,} rows were left out; {run.rejects.path} says which and why.",
            err=True,
        )
        sys.exit(LEFT_ROWS_OUT)


def _carry(
    run: Run, path: Path, walks: list[Stage], spaces: Spaces, rejects: Path | None, quiet: bool
) -> None:
    goes_on = run.begin(path, lambda started: rejects or _default_rejects(run.source, started))
    if goes_on and not quiet:
        click.echo("An import of this delivery was stopped; it goes on where it was.")
    with _progress("Importing", sum(walk.source.size for walk in walks), quiet) as moved:
        for number, walk in enumerate(walks):
            run.carry(number, walk, walk.source.rows(moved))
    settling = dates.Dates(run.source, spaces, run.cursor["started"])
    run.step(len(walks), settling.look, settling.write)
    run.end()


def _default_rejects(source: str, started: int) -> Path:
    name = re.sub(r"[^A-Za-z0-9]+", "-", source).strip("-")
    when = clock.from_micros(started).strftime("%Y%m%dT%H%M%S")
    return Path(current_app.config["DATA_DIR"]) / "imports" / f"{name}-{when}-rejects.csv"


def _summary(run: Run) -> None:
    counts = run.counts
    click.echo(f"Source {run.source}:")
    new = {name: many for name, many in counts.items() if is_new(name) and many}
    for name, many in new.items():
        click.echo(f"  {many:>11,} new {name}")
    if counts["known"]:
        click.echo(f"  {counts['known']:>11,} rows that were here already")
    for name, many in counts.items():
        if name.startswith("left out"):
            click.echo(f"  {many:>11,} {name.partition(': ')[2]}, left out")
    if not new:
        click.echo("  nothing new")


def _timing(run: Run, began: tuple[float, float]) -> None:
    held = sorted(run.held)
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    click.echo(
        f"timing: rows={run.counts['rows']} batches={len(held)} wall={wall:.1f}s cpu={cpu:.1f}s"
        f" lock p50={held[len(held) // 2] * 1000:.1f}ms p99={held[len(held) * 99 // 100] * 1000:.1f}ms"
        f" longest={held[-1] * 1000:.1f}ms busiest={run.busiest * 1000:.1f}ms"
    )


def _currency(given: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", given):
        raise BadDelivery(f"a currency has three letters, such as EUR, not {given[:20]!r}")
    return given.upper()


def _folder(path: Path) -> Path:
    if not path.exists():
        raise BadDelivery(f"{path} is not there; check the path")
    if not path.is_dir():
        raise BadDelivery(f"{path} is a file; give the folder that holds the delivery")
    return path


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except BadDelivery as bad:
        raise click.ClickException(f"{bad}. Nothing was written.") from None
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} can't be used ({error.strerror}). Nothing was written."
        ) from None


@contextmanager
def _kept_so_far() -> Iterator[None]:
    """Say, when it ends early, that what was kept stands and how to go on."""
    try:
        yield
    except BadDelivery as bad:
        problem = str(bad)
    except KeyboardInterrupt:
        problem = "Stopped"
    except OSError as error:
        problem = f"{error.filename or 'A file'} can't be written ({error.strerror})"
    except DBAPIError as error:
        if dialects.is_full(error):
            problem = "The disk is full; make room"
        elif dialects.is_busy(error):
            problem = "The database could not be had in time"
        else:
            raise
    else:
        return
    raise click.ClickException(
        f"{problem}. What was imported so far is whole and stays; the same command goes on from there."
    )


@contextmanager
def _alone(source: str) -> Iterator[None]:
    """Let only one import of a source run on this machine; its end, however it comes, frees it."""
    folder = Path(current_app.config["DATA_DIR"]) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9]+", "-", source)
    with (folder / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadDelivery(
                f"another import of {source} is running; wait until it is done"
            ) from None
        yield


@contextmanager
def _progress(label: str, length: int, quiet: bool) -> Iterator[Moved]:
    if quiet:
        yield lambda _: None
        return
    with click.progressbar(length=max(length, 1), label=label, show_eta=True) as bar:
        yield bar.update
