"""An import that is killed goes on where it was, and gives the very same ledger."""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.imports.conftest import LISTINGS, REVIEWS, TABLES, many, totals, write_csv

ROOT = Path(__file__).resolve().parents[2]
# Imports in children of one process that has loaded everything; small batches, slowed down, so
# that there is something to be killed in the middle of.
CHILD = """
import os, sys, time
from community.imports import batches
from community.imports.commands import imports
from community.web import create_app

batches.MOST = 30
keep = batches.Run._keep
def slow(run, stage, rows):
    time.sleep(0.002)
    return keep(run, stage, rows)
batches.Run._keep = slow
app = create_app()
for line in sys.stdin:
    child = os.fork()
    if not child:
        answer = app.test_cli_runner().invoke(args=["import", *line.split()])
        sys.stderr.write(answer.output if answer.exit_code == 1 else "")
        os._exit(answer.exit_code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Importer:
    """A process in whose children imports run, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "kith.db"
        folder.mkdir()
        environ = {
            **os.environ,
            "DATA_DIR": str(folder),
            "DATABASE_URL": "",
            "PYTHONPATH": str(ROOT),
        }
        environ |= {n: f"{n}-r4nd0m-enough-for-a-test-0123456789" for n in (
            "SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_SECRET")}  # fmt: skip
        environ["KITH_ENV"] = "development"
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            cwd=ROOT, env=environ, check=True, capture_output=True,
        )  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, arguments: str, kill_at: int | None = None) -> int:
        """Import, perhaps killed as soon as so many rows are in; answers the exit code."""
        self.process.stdin.write(f"{arguments}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        if kill_at is not None:
            while self.ask("SELECT count(*) FROM event") < kill_at:
                time.sleep(0.001)
            os.kill(child, signal.SIGKILL)
        return int(self.process.stdout.readline())

    def ask(self, statement: str) -> int:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchone()[0]

    def ledger(self) -> dict[str, str]:
        found = {}
        with closing(sqlite3.connect(self.database)) as database:
            for table in TABLES:
                all_rows = database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
                found[table] = (
                    f"{len(all_rows)} {hashlib.sha256(repr(all_rows).encode()).hexdigest()}"
                )
        return found

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


@pytest.fixture
def city(tmp_path):
    """A delivery of some thousand rows, some of them bad."""
    folder = tmp_path / "city"
    folder.mkdir()
    chance = random.Random(11)
    write_csv(
        folder / "listings.csv", LISTINGS,
        *(f"{i}|Place {i}|20241105062440|2024-11-05|{i % 9}|Host {i % 9}|2013-01-07||9{i % 9}%|t||4.5|1"
          for i in range(1, 40)),
    )  # fmt: skip
    write_csv(
        folder / "reviews.csv.gz", REVIEWS,
        *(f"{chance.randint(1, 41)}|{i // 50 if i % 50 == 49 else i}|20{chance.randint(14, 24)}-0{chance.randint(1, 9)}-11"
          f"|{chance.randint(1, 900)}|Guest|text {i}" for i in range(2500)),
    )  # fmt: skip
    return folder


@pytest.mark.slow
def test_killed_at_five_random_moments_it_gives_the_same_ledger(city, tmp_path):
    whole, killed = Importer(tmp_path / "whole"), Importer(tmp_path / "killed")
    try:
        assert whole.run(f"airbnb {city} --rejects {tmp_path}/whole.csv") == 3
        events = whole.ask("SELECT count(*) FROM event")
        assert events > 4000
        moments = sorted(random.sample(range(1, events - 200), 5))
        command = f"airbnb {city} --rejects {tmp_path}/killed.csv"
        assert [killed.run(command, at) for at in moments] == [-signal.SIGKILL] * 5
        assert killed.ask("SELECT count(*) FROM event") < events
        assert killed.run(command) == 3
        assert killed.ledger() == whole.ledger(), moments
        assert killed.ask("SELECT count(*) FROM import_run WHERE ended_at IS NOT NULL") == 1
    finally:
        whole.stop()
        killed.stop()
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_delivery_that_is_being_imported_is_not_begun_twice(bring, town, app):
    import fcntl

    folder = Path(app.config["DATA_DIR"]) / "imports"
    folder.mkdir(exist_ok=True)
    with (folder / "airbnb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "is running; wait until it is done" in bring("airbnb", town, exits=1)
    assert totals()["member"] == 0


def test_it_stops_when_told_to_and_says_how_to_go_on(bring, town, monkeypatch):
    from community.imports.batches import Run

    carry = Run.carry

    def stopped(run, number, stage, rows):
        if number == 1:
            raise KeyboardInterrupt
        carry(run, number, stage, rows)

    monkeypatch.setattr(Run, "carry", stopped)
    assert "the same command goes on from there" in bring("airbnb", town, exits=1)
    assert (many("subject"), many("event")) == (3, 5)
    monkeypatch.undo()
    assert "it goes on where it was" in bring("airbnb", town)
    assert many("subject") == 6


def test_batches_that_meet_what_another_wrote_look_again(bring, town, monkeypatch):
    """Somebody else makes one of the members between our look and our write."""
    from community.imports.register import Register
    from tests.imports.conftest import rows

    write, met = Register.write, []

    def surprised(register, connection, entries):
        if not met:
            met.append(True)
            from community.imports.people import Surprised

            raise Surprised
        return write(register, connection, entries)

    monkeypatch.setattr(Register, "write", surprised)
    bring("airbnb", town)
    assert met
    assert many("member") == 3
    assert len(rows("SELECT handle FROM member")) == 3


def test_of_two_that_carry_the_same_delivery_the_older_stops(bring, town, monkeypatch):
    from community.imports.batches import RUNS, Run

    carry = Run.carry

    def overtaken(run, number, stage, rows):
        if number == 1:
            with run.writing() as connection:
                connection.execute(RUNS.update().values(cursor=run.cursor | {"by": "another"}))
        carry(run, number, stage, rows)

    monkeypatch.setattr(Run, "carry", overtaken)
    assert "another import of this delivery has begun" in bring("airbnb", town, exits=1)
    assert many("subject") == 3
