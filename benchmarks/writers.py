"""How long writers wait for SQLite, with its own way of waiting and with turns.

    python benchmarks/writers.py --seconds 60 --writers 100

Each writer records an event and commits, again and again. "Locked" counts the writes that
were refused; there must be none. The batch is an import that writes 40 ms at a time without
a pause. Waits are from wanting to write to being kept, in milliseconds.
"""

import argparse
import multiprocessing
import os
import secrets
import tempfile
import threading
import time
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import func, select

from community.kit import dialects
from community.kit.db import db
from community.ledger.models import Event
from community.ledger.record import record
from community.web import create_app

BATCH = 0.040


def main() -> None:
    options = _options()
    print(f"{options.writers} writers, {options.seconds} s each, SQLite with synchronous=FULL\n")
    print(
        f"{'':34}{'waiting':>9}{'writes/s':>10}{'p50':>9}{'p99':>9}{'max':>9}{'locked':>8}{'lost':>6}"
    )
    for label, processes, batches in (
        ("threads of one process", 1, 0),
        ("threads of four processes", 4, 0),
        ("one process beside a batch", 1, 1),
    ):
        for is_fair in (False, True):
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                result = race(folder, options.writers, processes, batches, options.seconds, is_fair)
            print(f"{label:34}{'in turn' if is_fair else 'plain':>9}{told(result)}", flush=True)


def race(folder, writers, processes, batches, seconds, is_fair=True) -> dict:
    """Let so many writers write at once; answer their waits, refusals and what was lost."""
    app = site(folder, writers)
    with app.app_context():
        upgrade()
        before = db.session.scalar(select(func.count(Event.id)))
        db.session.remove()
        db.engine.dispose()
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    gate = spawn.Barrier(processes + batches)
    each = writers // processes
    crew = [
        spawn.Process(target=_process, args=(folder, each, gate, seconds, is_fair, answers))
        for _ in range(processes)
    ] + [
        spawn.Process(target=_batches, args=(folder, gate, seconds, is_fair, answers))
        for _ in range(batches)
    ]
    for process in crew:
        process.start()
    results = [answers.get() for _ in crew]
    for process in crew:
        process.join()
    waits = sorted(wait for result in results for wait in result["waits"])
    with app.app_context():
        kept = db.session.scalar(select(func.count(Event.id))) - before
        db.session.remove()
        db.engine.dispose()
    acknowledged = sum(result["kept"] for result in results)
    return {
        "seconds": seconds,
        "waits": waits,
        "locked": sum(result["locked"] for result in results),
        "lost": acknowledged - kept,
    }


def told(result) -> str:
    """A result as a row of the table."""
    waits = result["waits"] or [0.0]
    p50, p99, most = waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]
    figures = "".join(f"{1000 * w:9.1f}" for w in (p50, p99, most))
    return f"{len(waits) / result['seconds']:10.0f}{figures}{result['locked']:8}{result['lost']:6}"


def site(folder, threads):
    """A site on SQLite in this folder."""
    return create_app(
        {
            "KITH_ENV": "development",
            "DATA_DIR": Path(folder),
            "DATABASE_URL": f"sqlite:///{folder}/kith.db",
            "WEB_THREADS": threads,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SECURITY_PASSWORD_SALT": secrets.token_urlsafe(48),
            "TOTP_SECRET": secrets.token_urlsafe(48),
        }
    )


def _process(folder, writers, gate, seconds, is_fair, answers):
    app = _fair(is_fair) or site(folder, writers)
    gate.wait()
    end = time.monotonic() + seconds
    result = {"waits": [], "locked": 0, "kept": 0}
    crew = [threading.Thread(target=_writer, args=(app, end, result)) for _ in range(writers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    answers.put(result)


def _fair(is_fair):
    if not is_fair:
        dialects.turn_at = lambda path: None


def _writer(app, end, result):
    while time.monotonic() < end:
        began = time.perf_counter()
        try:
            with app.app_context():
                record("search.made", None)
                db.session.commit()
        except Exception as error:
            result["locked"] += 1
            if "locked" not in str(error):
                raise
        else:
            result["kept"] += 1
            result["waits"].append(time.perf_counter() - began)


def _batches(folder, gate, seconds, is_fair, answers):
    app = _fair(is_fair) or site(folder, 1)
    gate.wait()
    end = time.monotonic() + seconds
    result = {"waits": [], "locked": 0, "kept": 0}
    while time.monotonic() < end:
        with app.app_context():
            written = 0
            db.session.connection()
            began = time.perf_counter()
            while time.perf_counter() - began < BATCH:
                record("search.made", None)
                written += 1
            db.session.commit()
            result["kept"] += written
    answers.put(result)


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--writers", type=int, default=100)
    parser.add_argument("--folder", default=os.environ.get("TMPDIR", tempfile.gettempdir()))
    return parser.parse_args()


if __name__ == "__main__":
    main()
