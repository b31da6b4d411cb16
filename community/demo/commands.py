"""The demo town on the command line."""

from collections.abc import Iterable
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError, IntegrityError

from community import demo
from community.demo.people import FEWEST, MOST
from community.kit.db import db
from community.kit.refusal import Refused


@click.command("demo", epilog="Example: flask demo --members 60 --until 2026-06-01")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another town.")
@click.option(
    "--members",
    type=click.IntRange(FEWEST, MOST),
    default=demo.MEMBERS,
    show_default=True,
    help="How many live there.",
)
@click.option(
    "--until",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The day on which the town's two years end; today unless said.",
)
@click.option("--force", is_flag=True, help="Also where the site is not under development.")
@with_appcontext
def load(seed: int, members: int, until: datetime | None, force: bool) -> None:
    """Load a believable town of some 300 members over two years, and say how to sign in.

    Only where nobody is yet. The same seed and day give the same town every time.
    """
    if not (current_app.config["IS_DEVELOPMENT"] or force):
        raise click.ClickException(
            "The demo town is for development (KITH_ENV=development). To load it here: --force"
        )
    try:
        logins = demo.build(seed, members, until.replace(tzinfo=UTC) if until else None)
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    except IntegrityError as error:
        raise click.ClickException("It was being loaded twice at once: once is enough.") from error
    except DBAPIError as error:
        raise click.ClickException(
            f"The database can't be used: {error.orig}. If the site is new, run: flask setup"
        ) from error
    finally:
        db.session.remove()
    say(logins)


def say_again() -> None:
    """Print how to sign in where the demo town was loaded earlier; nothing where it was not."""
    if demo.is_loaded():
        is_known = current_app.config["IS_DEVELOPMENT"]
        say(demo.logins() if is_known else demo.logins(None))


def say(logins: demo.Logins) -> None:
    """Print the address and the logins as a table."""
    rows = [("role", "e-mail", "password")]
    rows += [
        (each.role, each.email, each.password or "(shown when it was loaded)") for each in logins
    ]
    click.echo(f"The demo town is at {current_app.config['PUBLIC_URL']} - sign in as:")
    click.echo("\n".join(_table(rows)))


def _table(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  " + "   ".join(cells).rstrip()
