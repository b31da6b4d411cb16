"""`flask refresh`, `flask badge …`, `flask score …`: working out standing on the command line."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click
from flask.cli import with_appcontext

from community.kit import clock
from community.kit.db import db
from community.standing import (
    learning,
    refresh,
    rulebook,
    score_acts,
    score_ratings,
    stars,
    watching,
)
from community.standing.windows import BadLength, Length


class Ago(click.ParamType[datetime]):
    """A length of time before now such as ``P24M``, or a day."""

    name = "day or length"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The moment that a text names."""
        if isinstance(value, datetime):
            return value
        try:
            return Length.read(value).before(clock.now())
        except BadLength:
            pass
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError:
            self.fail(f"{value!r} is neither a day such as 2026-03-31 nor a length such as P24M")


@click.command("refresh", epilog="Example: flask refresh --since P24M")
@click.option("--since", type=Ago(), help="Assess badges that never were on all their days since.")
@click.option("--learn", is_flag=True, help="Fit the return probability anew as well.")
@click.option("--weekly", is_flag=True, help="Find circles and look for rings as well.")
@with_appcontext
def refresh_now(since: datetime | None, learn: bool, weekly: bool) -> None:
    """Work out the standing of everyone from the ledger, and do what assessments are due.

    It is the same work as the nightly job's. Run it after an import; with --since the badges
    get the history that the past of the community gives them.
    """
    if learn:
        click.echo(f"Learned from {learning.learn():,} outcomes.")
        db.session.commit()
    touched = 0
    for rows in chain(refresh.everything(since=since), stars.reckon()):
        db.session.commit()
        touched += rows
    click.echo(f"Standing is up to date; {touched:,} rows were written.")
    if weekly:
        many, rings = watching.find_circles(), watching.look_for_rings()
        db.session.commit()
        click.echo(f"Found {many:,} circles, and {rings:,} rings that a person should look at.")


@click.group("badge")
def badge() -> None:
    """The badges of this community."""


@badge.command("list", epilog="Example: flask badge list")
@with_appcontext
def list_badges() -> None:
    """Show every badge that holds, its version, and how often it is assessed."""
    for version in rulebook.holding():
        told = version.badge
        often = "by hand" if told.is_manual else f"every {told.cadence.every}"
        click.echo(f"{told.name:20}version {version.version:<4}{often:16}{told.label['en']}")


@badge.command("plant", epilog="Example: flask badge plant")
@with_appcontext
def plant_badges() -> None:
    """Publish the badges that come with Kith, where there is none of their name."""
    click.echo(f"{rulebook.plant()} badges were published.")
    db.session.commit()


@click.group("score")
def score() -> None:
    """Score plain CSV files, without a database, with the same functions that the jobs use."""


for command in (*score_ratings.COMMANDS, *score_acts.COMMANDS):
    score.add_command(command)

COMMANDS = (refresh_now, badge, score)
