"""Jobs on the command line."""

import click
from flask import current_app
from flask.cli import with_appcontext

from community.kit import runs
from jobs.run import Busy, run
from jobs.schedule import JOBS


@click.group("job")
def jobs() -> None:
    """What runs by itself: list it, or run one now."""


@jobs.command("list", epilog="Example: flask job list")
@with_appcontext
def list_jobs() -> None:
    """Show every job, when it runs, and how its last run went."""
    for job in JOBS.values():
        when = ", ".join(f"{unit} {value}" for unit, value in job.when.items())
        click.echo(f"{job.name:16}{job.label!s:28}{when:20}{_told(runs.last(job.name))}")


@jobs.command("run", epilog="Example: flask job run clear-expired")
@click.argument("name", type=click.Choice(list(JOBS)))
@with_appcontext
def run_job(name: str) -> None:
    """Run one job now, whether or not it is due."""
    try:
        rows, error = run(current_app._get_current_object(), JOBS[name])  # type: ignore[attr-defined]
    except Busy:
        raise click.ClickException(f"{name} is being run by another process") from None
    if error:
        raise click.ClickException(f"{name} failed: {error}")
    click.echo(f"{name}: {rows} rows")


def _told(run: runs.JobRun | None) -> str:
    if run is None:
        return "never ran"
    began = f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.ended_at is None:
        return f"{began}, at work"
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{began}, {seconds:.2f} s, {run.rows} rows" + (f", {run.error}" if run.error else "")
