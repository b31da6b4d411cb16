"""Copying a whole database into a file and back, while the site runs."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, inspect

from community.kit import dialects

PAGES_AT_ONCE = 1000
PAUSE = 0.002
"""Seconds between two parts of a copy, so that whoever uses the site comes in between."""
CHUNK = 1 << 20


class NotCopied(Exception):
    """The database could not be copied; the message says why."""


def name_of(engine: Engine) -> str:
    """What a copy of this database is called: each kind of database reads only its own."""
    return f"database.{engine.dialect.name}"


def write(engine: Engine, path: Path) -> None:
    """Copy the database, as it is at this one moment, into a new file that nobody else may read."""
    path.touch(mode=0o600, exist_ok=False)
    if engine.dialect.name == "sqlite":
        _write_sqlite(Path(engine.url.database or ""), path)
    else:
        _run("pg_dump", _postgres(engine), "--format=custom", "--no-owner", "--no-privileges",
             f"--file={path}")  # fmt: skip


def read(engine: Engine, path: Path) -> None:
    """Put a copy in the place of what the database holds, all or nothing."""
    if engine.dialect.name == "sqlite":
        _read_sqlite(path, Path(engine.url.database or ""))
    else:
        _read_postgres(engine, path)


def _write_sqlite(source: Path, path: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(path)) as copy:
        live.execute(f"PRAGMA busy_timeout={dialects.PATIENCE * 1000}")
        # An open reading transaction pins the moment; without it each write of another
        # connection would make the copy start anew.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(copy, pages=PAGES_AT_ONCE, sleep=PAUSE)
        live.rollback()
        copy.execute("PRAGMA journal_mode=DELETE")
        _refuse_damaged(copy, "quick_check")


def _read_sqlite(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(target)) as live:
            _refuse_damaged(copy, "integrity_check")
            live.execute(f"PRAGMA busy_timeout={dialects.PATIENCE * 1000}")
            live.execute("PRAGMA journal_mode=WAL")
            live.execute("PRAGMA synchronous=FULL")
            copy.backup(live)
    except sqlite3.DatabaseError as error:
        raise NotCopied(f"SQLite: {error}") from error


def _refuse_damaged(copy: sqlite3.Connection, check: str) -> None:
    said = copy.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if said != "ok":
        raise NotCopied(f"the database is damaged: {said}")


def _read_postgres(engine: Engine, path: Path) -> None:
    """What is there goes and what was copied comes in one transaction, through ``psql``."""
    address, environment = _postgres(engine)
    into = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={address}"]
    out_of = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path)]
    before = b"BEGIN; SET LOCAL lock_timeout = '60s';\n" + _drops(engine)
    try:
        with _tool(into, environment) as psql, _tool(out_of, environment) as script:
            said = _through(before, script, psql)
            if psql.wait() or script.wait():
                raise NotCopied(said.strip()[:500] or "psql stopped")
    except FileNotFoundError as error:
        raise NotCopied(_missing(error)) from error


def _tool(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


def _through(
    before: bytes, script: "subprocess.Popen[bytes]", psql: "subprocess.Popen[bytes]"
) -> str:
    """Pour what one writes into the other, to be kept only if all of it came; what they said."""
    assert psql.stdin
    assert psql.stderr
    assert script.stdout
    assert script.stderr
    failed = b""
    try:
        psql.stdin.write(before)
        _pour(script.stdout, psql.stdin)
        if script.wait() == 0:
            psql.stdin.write(b"\nCOMMIT;\n")
        else:
            failed = script.stderr.read()
        psql.stdin.close()
    except BrokenPipeError:
        script.kill()
    return (failed or psql.stderr.read()).decode("utf-8", "replace")


def _drops(engine: Engine) -> bytes:
    quote = engine.dialect.identifier_preparer.quote
    tables = inspect(engine).get_table_names()
    return "".join(f"DROP TABLE {quote(name)} CASCADE;\n" for name in tables).encode()


def _pour(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(CHUNK):
        target.write(chunk)


def _postgres(engine: Engine) -> tuple[str, dict[str, str]]:
    """The address for PostgreSQL's own tools, and their environment, which hides the password."""
    url = engine.url.set(drivername="postgresql", password=None)
    password = {"PGPASSWORD": str(engine.url.password)} if engine.url.password else {}
    return url.render_as_string(hide_password=False), os.environ | password


def _run(tool: str, at: tuple[str, dict[str, str]], *options: str) -> None:
    address, environment = at
    try:
        done = subprocess.run(
            [tool, *options, f"--dbname={address}"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise NotCopied(_missing(error)) from error
    if done.returncode:
        raise NotCopied(done.stderr.strip()[:500] or f"{tool} stopped")


def _missing(error: FileNotFoundError) -> str:
    return f"{error.filename} is not installed: it comes with PostgreSQL's client tools"
