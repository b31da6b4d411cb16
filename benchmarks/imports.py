"""What imports cost: rows, time, memory, how long they hold the database, how long others wait.

    python benchmarks/imports.py [--kills 5]

Real deliveries are looked for in the folder that KITH_DATA names, else in ../shared/data.
Each is imported twice into an empty SQLite database on disk while another process writes
all the time; with ``--kills`` travel is also killed at random moments, resumed, and its
ledger compared with the one that came in one go. The longest time that a batch held the
database holds the disk's own pauses; the busiest is the most processor time of one.
"""

import argparse
import hashlib
import os
import random
import re
import resource
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))
DELIVERIES = (
    ("albany", ("airbnb", "airbnb-albany/2024-11-05")),
    ("french-meta", ("stackexchange", "stackexchange-french-meta")),
    ("bitcoin-otc", ("ratings", "bitcoin-otc/soc-sign-bitcoinotc.csv.gz")),
    ("travel", ("stackexchange", "stackexchange-travel")),
)
TABLES = (
    "member",
    "identity",
    "member_word",
    "subject",
    "event",
    "fact",
    "offer",
    "offer_word",
    "exchange",
    "review",
)
WRITER = """
import sys, time
from sqlalchemy import text
from community.kit.db import db
from community.web import create_app

with create_app().app_context():
    db.session.execute(text("INSERT INTO lease VALUES ('bench', 'bench', 0)"))
    db.session.commit()
    while True:
        began = time.perf_counter()
        db.session.execute(text("UPDATE lease SET until = until + 1 WHERE name = 'bench'"))
        db.session.commit()
        print((time.perf_counter() - began) * 1000, flush=True)
        time.sleep(0.01)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=0)
    kills = parser.parse_args().kills
    print(
        f"{'delivery':<14}{'run':<8}{'rows':>11}{'wall s':>8}{'cpu s':>7}{'peak MB':>9}"
        f"{'lock p99':>10}{'longest':>9}{'busiest':>9}{'wait p50':>10}{'p99':>7}{'max ms':>8}"
    )
    for name, (command, path) in DELIVERIES:
        if not (DATA / path).exists():
            print(f"{name:<14}skipped: {DATA / path} is not there")
            continue
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            environ = prepared(Path(folder))
            for run in ("first", "repeat"):
                print(f"{name:<14}{run:<8}" + measured(environ, command, str(DATA / path)))
            whole = digests(Path(folder))
        if name == "travel" and kills:
            killed(command, str(DATA / path), kills, whole)


def prepared(folder: Path) -> dict[str, str]:
    """An empty database in a folder, and the environment that leads to it."""
    environ = {
        **os.environ,
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "PYTHONPATH": str(ROOT),
        **{n: secrets.token_urlsafe(48) for n in ("SECURITY_PASSWORD_SALT", "TOTP_SECRET")},
        "SECRET_KEY": secrets.token_urlsafe(48),
    }
    subprocess.run(flask("db", "upgrade"), env=environ, cwd=ROOT, check=True, capture_output=True)
    return environ


def flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def measured(environ: dict[str, str], command: str, path: str) -> str:
    """One import with a writer beside it, as the rest of a line of the table."""
    with tempfile.TemporaryFile("w+") as waits:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER], env=environ, cwd=ROOT, stdout=waits, stderr=waits
        )
        try:
            began = time.perf_counter()
            run = subprocess.run(
                flask("import", command, path, "--timing"),
                env=environ,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            wall = time.perf_counter() - began
        finally:
            writer.kill()
            writer.wait()
        waits.seek(0)
        waited = sorted(float(line) for line in waits if re.fullmatch(r"[\d.e-]+\n", line))
    told = dict(re.findall(r"(\w+)=([\d.]+)", run.stdout))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with sqlite3.connect(Path(environ["DATA_DIR"]) / "kith.db") as database:
        database.execute("DELETE FROM lease WHERE name = 'bench'")
    return (
        f"{int(told['rows']):>11,}{wall:>8.1f}{float(told['cpu']):>7.1f}{peak:>9.0f}"
        f"{told['p99']:>10}{told['longest']:>9}{told['busiest']:>9}{part(waited, 0.5):>10.1f}{part(waited, 0.99):>7.1f}"
        f"{part(waited, 1):>8.1f}"
    )


def part(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def digests(folder: Path) -> dict[str, str]:
    """What every table of the ledger holds, ids and all, as one hash each."""
    found = {}
    with sqlite3.connect(folder / "kith.db") as database:
        for table in TABLES:
            digest = hashlib.sha256()
            for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):
                digest.update(repr(row).encode())
            found[table] = digest.hexdigest()
    return found


def killed(command: str, path: str, kills: int, whole: dict[str, str]) -> None:
    """Import while killing at random moments, and compare with what came in one go."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    try:
        environ = prepared(folder)
        moments = [round(random.uniform(2, 14), 1) for _ in range(kills)]
        for moment in moments:
            run = subprocess.Popen(flask("import", command, path, "--quiet"), env=environ, cwd=ROOT)
            time.sleep(moment)
            run.send_signal(signal.SIGKILL)
            run.wait()
        subprocess.run(flask("import", command, path, "--quiet"), env=environ, cwd=ROOT, check=True)
        differ = [table for table, digest in digests(folder).items() if digest != whole[table]]
        print(
            f"killed after {moments} s and resumed: "
            + (f"DIFFERENT in {', '.join(differ)}" if differ else "the very same rows and ids")
        )
        if differ:
            sys.exit(1)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
