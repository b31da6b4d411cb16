"""Setting the site up, keeping its data safe, and checking that all is well."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

import config as settings
from community.activity.accounts.models import Account
from community.activity.exchanges import check as exchanges
from community.activity.exchanges.offers import kindbook
from community.activity.members.models import Member
from community.activity.settings.actions import replay_erasures
from community.activity.settings.erasures import add_missing, log_of, read
from community.demo import commands as demo_town
from community.imports import filling
from community.kit import clock, copying, dialects, files, locks, outbox
from community.kit.db import db, only_reading
from community.ledger import check as ledger
from community.standing import rulebook
from community.standing.commands import refresh_now
from community.standing.windows import Length
from community.web import backups, demo_badges

DEMO_PAST = Length(months=24)
"""How far back the badges of the demo town are assessed."""
RESTORED = "waited when the backup was made; not sent after restoring it"


def first_secrets(arguments: Sequence[str]) -> dict[str, str]:
    """Secrets for a command that begins a site: ``setup`` makes the file, ``restore`` may bring it.

    Any other command, and every server, needs them to be there already.
    """
    begins = {"setup", "restore"} & set(arguments[1:])
    if not begins or Path(arguments[0]).stem not in ("flask", "__main__"):
        return {}
    if "setup" in begins:
        make_secrets(os.environ)
    known = settings.secrets(Path(os.environ.get("DATA_DIR", "data")).resolve())
    return {name: secrets.token_urlsafe(48) for name in settings.SECRETS if name not in known}


def make_secrets(environ: Mapping[str, str]) -> None:
    """Make the folder of data and the file of secrets, unless they are there. Two at once agree."""
    data = Path(environ.get("DATA_DIR", "data")).resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data / settings.SECRETS_FILE
    if path.exists() or all(environ.get(name) for name in settings.SECRETS):
        return
    made = {name: secrets.token_urlsafe(48) for name in settings.SECRETS}
    files.make_once(path, json.dumps(made, indent=2).encode())


def why_not_serve(app: Flask) -> str | None:
    """Why the site can't be served as things stand, and what to do; None when it can."""
    data = Path(app.config["DATA_DIR"])
    if (data / backups.UNDER_WAY).exists():
        return "A restore was cut off. Run it again: flask restore FILE --replace"
    with app.app_context():
        only_reading()
        try:
            step = _step()
        except DBAPIError as error:
            return f"The database can't be read: {error.orig}. Is DATABASE_URL right? If the site is new, run: flask setup"
        finally:
            db.session.remove()
    if step is None:
        return "There is no database yet. Run: flask setup"
    if _is_known(step) and step != _latest():
        return f"The database is at step {step}, the program at {_latest()}. Make a backup, then run: flask setup"
    return None


@click.command("setup", epilog="Example: flask setup --demo")
@click.option("--demo", is_flag=True, help="Load the demo town when nobody is here yet.")
@with_appcontext
def setup(demo: bool) -> None:
    """Make the folder of data, the secrets and the tables. May be run again at any time."""
    make_secrets({**os.environ, "DATA_DIR": str(current_app.config["DATA_DIR"])})
    with locks.setting_up(db.engine, Path(current_app.config["DATA_DIR"])):
        before = _step()
        db.session.remove()
        if before is not None and not _is_known(before):
            raise click.ClickException(f"The database belongs to a newer Kith (step {before}).")
        if before != _latest():
            upgrade()
            click.echo(f"The database is at step {_latest()}.")
        rulebook.plant()
        kindbook.plant()
        db.session.commit()
        _fill_imports()
        if demo and backups.is_empty():
            db.session.remove()
            click.get_current_context().invoke(demo_town.load)
            demo_badges.fit("samuel", "defne", "ines")
            db.session.commit()
            since = DEMO_PAST.before(clock.now())
            click.get_current_context().invoke(refresh_now, since=since, weekly=True)
        elif demo:
            demo_town.say_again()
        db.session.remove()


def _fill_imports() -> None:
    """Give imports of earlier days their offers and reviews."""
    is_missing = filling.is_missing(db.session.connection())
    db.session.remove()
    if is_missing:
        offers, reviews = filling.fill(db.engine)
        click.echo(f"Rows were made for {offers:,} offers and {reviews:,} reviews of imports.")


@click.command("backup", epilog="Example: flask backup /var/backups/kith.zip")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--with-secrets",
    is_flag=True,
    help="Put in secrets.json and the key that signs badges, for a move.",
)
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@with_appcontext
def backup(path: Path, with_secrets: bool, replace: bool) -> None:
    """Write a backup of everything while the site runs; FILE may be a folder."""
    if path.is_dir():
        path /= f"kith-{clock.now():%Y-%m-%dT%H%M%SZ}.zip"
    if path.exists() and not replace:
        raise click.ClickException(f"{path} is there already: choose another name or --replace")
    if not path.parent.is_dir():
        raise click.ClickException(f"There is no folder {path.parent}")
    if (step := _step()) is None:
        raise click.ClickException("There is nothing to back up yet. Run: flask setup")
    db.session.remove()
    try:
        made = backups.make(path, step, with_secrets=with_secrets)
    except (OSError, copying.NotCopied) as error:
        raise click.ClickException(f"No backup was made: {error}") from error
    click.echo(f"{path}: {len(made.files)} files, {path.stat().st_size / 1e6:.1f} MB")
    if not with_secrets:
        click.echo("Keep secrets.json apart: without it nobody can sign in with their password.")


@click.command("restore", epilog="Example: flask restore /var/backups/kith.zip")
@click.argument(
    "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option("--replace", is_flag=True, help="Replace what is in the database now.")
@with_appcontext
def restore(path: Path, replace: bool) -> None:
    """Bring the site back as a backup has it; whoever was erased since stays erased."""
    data = Path(current_app.config["DATA_DIR"])
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        manifest = backups.opened(path)
        _refuse_foreign(manifest)
        with locks.setting_up(db.engine, data):
            _refuse_full(replace=replace)
            has_secrets = backups.bring_back(path, manifest)
            upgrade()
            again, held = _settle_restored(data)
            (data / backups.UNDER_WAY).unlink()
    except (backups.Unusable, copying.NotCopied) as error:
        raise click.ClickException(str(error)) from error
    make_secrets({**os.environ, "DATA_DIR": str(data)})
    click.echo(f"The site is as it was at {manifest.made_at}. Everybody signs in anew.")
    click.echo(f"Erased again: {again}. Letters that are not sent again: {held}.")
    if not has_secrets:
        click.echo("Passwords need the secrets.json that belongs to this backup.")


@click.command("check", epilog="Example: flask check")
@with_appcontext
def check() -> None:
    """Look for anything that can't be: says the first of each kind, and fails when there is one."""
    only_reading()
    found = 0
    for kind, problems in _checks():
        if (first := next(iter(problems), None)) is not None:
            found += 1
            click.echo(f"{kind}: {first}")
    if found:
        raise click.ClickException("Something is wrong. Restore a backup, or ask for help.")
    click.echo("All is well.")


COMMANDS = (setup, backup, restore, check)


def _checks() -> Iterator[tuple[str, Any]]:
    yield "database", dialects.problems(db.session.connection())
    yield from ledger.parts()
    yield "outbox", outbox.problems()
    yield "members", _members()
    yield "exchanges", exchanges.problems()


def _members() -> Iterator[str]:
    with_account = select(Account.id).where(Account.member_id == Member.id).exists()
    for wrong, says in (
        (with_account & Member.erased_at.is_not(None), "is erased and has an account"),
        (with_account & Member.claimed_at.is_(None), "has an account and is not claimed"),
        (~with_account & Member.claimed_at.is_not(None), "is claimed and has no account"),
        ((Member.erased_at.is_not(None)) & (Member.name != ""), "is erased and has a name"),
        ((Member.role != "member") & ~with_account, "is staff without an account"),
    ):
        id = db.session.scalar(select(Member.id).where(wrong).order_by(Member.id).limit(1))
        if id is not None:
            yield f"member {id} {says}"


def _settle_restored(data: Path) -> tuple[int, int]:
    """What has to be done before anyone sees a restored site, in one transaction."""
    log, brought = log_of(data), data / ".restored.erasures"
    add_missing(log, read(brought))
    backups.forget_presence()
    backups.forget_columns()
    held = outbox.hold_back(RESTORED)
    again = replay_erasures(log)
    db.session.commit()
    brought.unlink(missing_ok=True)
    return again, held


def _refuse_foreign(manifest: backups.Manifest) -> None:
    if manifest.database != copying.name_of(db.engine):
        kind = manifest.database.partition(".")[2]
        raise backups.Unusable(
            f"The backup is of a site on {kind}; DATABASE_URL names another kind"
        )
    if not _is_known(manifest.revision):
        raise backups.Unusable("The backup is of a newer Kith: install that first")


def _refuse_full(*, replace: bool) -> None:
    is_cut_off = (Path(current_app.config["DATA_DIR"]) / backups.UNDER_WAY).exists()
    try:
        is_empty = backups.is_empty()
    finally:
        db.session.remove()
    if not is_empty and not replace and not is_cut_off:
        raise backups.Unusable(
            "Somebody is here already. To put the backup in their place: --replace"
        )


def _step() -> str | None:
    """The step of the schema that the database is at; None when it has no tables yet."""
    return MigrationContext.configure(db.session.connection()).get_current_revision()


def _latest() -> str:
    return str(_steps().get_current_head())


def _is_known(step: str) -> bool:
    try:
        return _steps().get_revision(step) is not None
    except (CommandError, ResolutionError):
        return False


def _steps() -> ScriptDirectory:
    folder = Path(__file__).resolve().parent.parent / "migrations"
    return ScriptDirectory(str(folder))
