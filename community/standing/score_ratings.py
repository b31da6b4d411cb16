"""Trust, rings and reputation on the command line, for anyone with a table of ratings: no database is asked."""

from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from community.standing import reputation as reputations
from community.standing import rings as blocks
from community.standing import tables
from community.standing.tables import DIGITS, BadTable, file_argument, told_plainly
from community.standing.trust import Ratings, Trust, trusted, why_not_count

COLUMNS = {"rater": "name", "ratee": "name", "rating": "number", "time": "number"}


@click.command("trust", epilog="Example: flask score trust ratings.csv seeds.csv trust.csv")
@file_argument("ratings")
@file_argument("seeds")
@file_argument("out")
def trust(ratings: Path, seeds: Path, out: Path) -> None:
    """How far each member can be trusted, the most trusted first.

    RATINGS has the columns rater, ratee, rating (-1 to 1) and time (seconds); of a pair the
    latest counts. SEEDS has the column member: whom you trust beforehand. Without any row
    everybody is trusted a little, which made-up accounts can use. OUT gets the columns
    member and score.
    """
    with told_plainly():
        names, found = _trust(ratings, seeds)
        scores = np.round(found.ranking, DIGITS) + 0.0
        rows = sorted(zip(names, scores.tolist(), strict=True), key=lambda row: (-row[1], row[0]))
        many = tables.write(out, ("member", "score"), rows)
    click.echo(f"{out}: {many:,} members; {int(found.is_new.sum()):,} have too little evidence yet")


@click.command("rings", epilog="Example: flask score rings ratings.csv seeds.csv rings.csv")
@file_argument("ratings")
@file_argument("seeds")
@file_argument("out")
def rings(ratings: Path, seeds: Path, out: Path) -> None:
    """Groups that praise each other quickly and whom nobody of weight vouches for.

    RATINGS and SEEDS are those of trust. OUT gets the columns block and member, the densest
    block first, at most five of three or more members. Each is a case for a person to look
    at, and proves nothing.
    """
    with told_plainly():
        names, found = _trust(ratings, seeds)
        told = blocks.rings(found)
        rows = [(i, names[m]) for i, block in enumerate(told, 1) for m in block.members.tolist()]
        tables.write(out, ("block", "member"), rows)
    click.echo(f"{out}: {len(told)} blocks with {len(rows)} members")


@click.command("reputation", epilog="Example: flask score reputation ratings.csv foretold.csv")
@file_argument("ratings")
@file_argument("out")
@click.option("--reverse", is_flag=True, help="Use what the ratee gave the rater before, too.")
def reputation(ratings: Path, out: Path, reverse: bool) -> None:
    """What would have been foretold of each rating from the earlier ones alone.

    RATINGS has the columns rater, ratee, rating (-1 to 1) and time (seconds); at the same time
    an earlier row is earlier. OUT gets the column pred, a row for each rating in the same
    order.
    """
    with told_plainly():
        _, given = _ratings(ratings)
        told = reputations.foretold(given, is_reverse_used=reverse)
        many = tables.write(out, ("pred",), ([value] for value in told.tolist()))
    click.echo(f"{out}: {many:,} ratings foretold")


COMMANDS = (trust, rings, reputation)


def _trust(ratings: Path, seeds: Path) -> tuple[list[str], Trust]:
    names, given = _ratings(ratings)
    return names, trusted(len(names), given, _seeds(seeds, names))


def _ratings(path: Path) -> tuple[list[str], Ratings]:
    """The names in order, and the ratings by their place there: so the order of rows decides nothing."""
    columns, seen = tables.read(path, COLUMNS)
    names = sorted(seen.all)
    places = {name: place for place, name in enumerate(names)}
    number = np.array([places[name] for name in seen.all], np.int64)
    given = Ratings(**columns)
    given = replace(given, rater=number[given.rater], ratee=number[given.ratee])
    refused = why_not_count(given)
    if refused is not None:
        row, why = refused
        who = f"the rating of {names[given.ratee[row]]} by {names[given.rater[row]]}"
        # Rows come without their lines; only blank lines, which are passed over, make a difference.
        raise BadTable(f"{path.name}, line {row + 2}: {who} {why}")
    return names, given


def _seeds(path: Path, names: list[str]) -> NDArray[np.int64] | None:
    if path.is_file() and not path.read_bytes().strip():
        return None
    wanted = tables.read(path, {"member": "name"})[1].all
    known = set(names).intersection(wanted)
    if wanted and not known:
        raise BadTable(f"{path.name}: none of the seeds rates anybody or is rated")
    if len(known) < len(wanted):
        many = len(wanted) - len(known)
        click.echo(f"Seeds left out, as they neither rate nor are rated: {many}", err=True)
    is_seed = np.array([name in known for name in names], dtype=bool)
    return np.flatnonzero(is_seed) if known else None
