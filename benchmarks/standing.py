"""What standing costs: a whole night and one new event, in communities of the three shapes.

    python benchmarks/standing.py [--members 1000000] [--shape market] [--in /var/tmp]

Ten events a member are put into a SQLite database of its own with the things that they are
about, the badges that come with Kith, and the column files: uncounted. Then the jobs of the
site run, each in a process of its own so that its peak of memory is its own. The first night
assesses every badge and keeps a row of every member; the second is the next day's.
A tail is one new event between two who dealt before, so that the busy come up as often as
they are busy; ``busiest`` is one of the member with most events of all.

It is done with a tenth of the members as well. The times are seconds of the processor, those of
SQLite among them; the columns at the end say what is aimed at and whether it was reached.
"""

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from imports import prepared
from shapes import SHAPES, SPAN, START, events

from community.kit import clock
from community.kit.db import db
from community.ledger import columns
from community.ledger.kinds import CODES, NAMES, SUBJECT_CODES, SUBJECT_TYPES
from community.ledger.record import record
from community.ledger.segments import NEVER, NO_CODE, NOTHING
from community.standing import rulebook
from community.web import create_app
from jobs.run import run
from jobs.schedule import JOBS

EACH = 10
TAILS = 25
A_DAY = 86_400_000_000
AT_ONCE = 200_000
NIGHT, MEMORY, SHARE, TAIL = 90.0, 3072.0, 0.11, 1.0
ABOVE = {"exchange": "offer", "review": "exchange"}
TAKERS = ("offer",)
"""Types of things that are of whoever takes in the pair; all others are of the giver."""
TURNED = [CODES[step.kind] for shape in SHAPES.values() for step in shape.more if step.is_turned]

Told = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--shape", choices=SHAPES, help="only this one")
    parser.add_argument("--in", dest="folder", default="/var/tmp", help="where databases are put")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step, shape, members = options.step
        print(json.dumps(STEPS[step](shape, int(members))))
        return
    print(
        f"{'shape':<9}{'members':>11}{'events':>12}{'filled in':>11}{'first night':>13}{'MB':>7}"
        f"{'second':>9}{'MB':>7}{'tail, median':>14}{'most':>8}{'busiest':>9}"
    )
    for shape in [options.shape] if options.shape else SHAPES:
        few = _measured(shape, options.members // 10, options.folder)
        many = _measured(shape, options.members, options.folder)
        _judge(few, many)


def _measured(shape: str, members: int, place: str) -> Told:
    with tempfile.TemporaryDirectory(dir=place) as folder:
        environ = {**prepared(Path(folder)), "LOG_LEVEL": "ERROR"}

        def step(name: str) -> Told:
            command = [sys.executable, __file__, "--step", name, shape, str(members)]
            done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE)
            found: Told = json.loads(done.stdout.splitlines()[-1])
            return found

        told = {name: step(name) for name in STEPS}
    filled, first, second, tail = (told[name] for name in STEPS)
    print(
        f"{shape:<9}{members:>11,}{members * EACH:>12,}{filled['used']:>11.0f}"
        f"{first['used']:>13.1f}{first['peak']:>7.0f}{second['used']:>9.1f}{second['peak']:>7.0f}"
        f"{tail['median']:>14.3f}{tail['most']:>8.3f}{tail['busiest']:>9.3f}",
        flush=True,
    )
    return told


def _judge(few: Told, many: Told) -> None:
    """Say of each aim whether it was reached."""
    night, peak = (max(many[name][key] for name in NIGHTS) for key in ("used", "peak"))
    share = max(few[name]["used"] / many[name]["used"] for name in NIGHTS)
    for says, found, aim in (
        ("a night, seconds", night, NIGHT),
        ("its peak, MB", peak, MEMORY),
        ("a tenth of it, share of the time", share, SHARE),
        ("a new event, at most seconds", max(many["tail"]["most"], many["tail"]["busiest"]), TAIL),
    ):
        verdict = "reached" if found <= aim else "MISSED"
        print(f"  {says:<36}{found:>10.3f}  at most {aim:>7g}  {verdict}", flush=True)


# Filling


def _fill(shape: str, members: int) -> Told:
    used = time.process_time()
    app = create_app()
    told = _until_now(events(shape, members, members * EACH))
    made = _things(told)
    with sqlite3.connect(Path(app.config["DATA_DIR"]) / "kith.db") as database:
        indexes = _without_indexes(database, ("event", "subject"))
        _put(database, "member", _members(members))
        _put(database, "subject", made)
        _put(database, "event", _as_kept(told))
        _put(database, "voiding", _voidings(told))
        for statement in indexes:
            database.execute(statement)
    database.close()
    with app.app_context():
        rulebook.plant()
        db.session.commit()
        columns.here().extend()
        db.session.execute(db.text("ANALYZE"))
        db.session.commit()
    return {"used": time.process_time() - used}


def _until_now(told: Told) -> Told:
    """The same events, the last of them now."""
    later = clock.to_micros(clock.now()) - START - SPAN
    is_voided = told["voided_at"] != NEVER
    told["happened_at"] += later
    told["voided_at"][is_voided] += later
    return told


def _things(told: Told) -> Told:
    """What the events are about, as rows of subjects; the events are told which they are.

    In the shapes things of several types have the number of their pair; here each has its own.
    """
    rows = np.flatnonzero((told["subject_type"] != NO_CODE) & (told["subject_id"] != NOTHING))
    types, pairs = told["subject_type"][rows].astype(np.int64), told["subject_id"][rows]
    size = int(pairs.max(initial=0)) + 1
    keys, first, number = np.unique(types * size + pairs, return_index=True, return_inverse=True)
    told["subject_id"][rows] = number + 1
    first = rows[first]
    type, pair = keys // size, keys % size
    is_turned = np.isin(told["kind"][first], TURNED)
    is_taker = np.isin(type, [SUBJECT_CODES[name] for name in TAKERS])
    parent = np.full(keys.size, NOTHING)
    for below, above in ABOVE.items():
        wanted = SUBJECT_CODES[above] * size + pair
        place = np.searchsorted(keys, wanted)
        is_there = keys.take(place, mode="clip") == wanted
        kept = is_there & (type == SUBJECT_CODES[below])
        parent[kept] = place[kept] + 1
    return {
        "id": np.arange(1, keys.size + 1),
        "type": _named(SUBJECT_TYPES, type),
        "owner": np.where(is_turned == is_taker, told["actor"][first], told["other"][first]),
        "parent": parent,
        "made_at": told["happened_at"][first],
        "renderer": np.ones(keys.size, np.int64),
    }


def _members(many: int) -> Told:
    id = np.arange(1, many + 1)
    plain = {
        "joined_at": START, "active_at": START, "claimed_at": START, "sees_profile": 0,
        "sees_place": 1, "sees_details": 0, "sees_links": 1, "sees_timeline": 0, "letters": 2,
    }  # fmt: skip
    names = np.array([f"member-{n}" for n in id.tolist()], object)
    return {
        "id": id,
        **dict.fromkeys(("handle", "name", "name_key"), names),
        "role": np.full(many, "member", object),
        **{name: np.full(many, value) for name, value in plain.items()},
    }


def _as_kept(told: Told) -> Told:
    """The events as the database keeps them: kinds and types by name."""
    names = {"kind": NAMES, "subject_type": SUBJECT_TYPES}
    return {
        name: _named(names[name], values) if name in names else values
        for name, values in told.items()
    }


def _named(names: dict[int, str], codes: Any) -> Any:
    table = np.full(max(names) + 1, None, object)
    table[list(names)] = list(names.values())
    return table[codes]


def _voidings(told: Told) -> Told:
    rows = np.flatnonzero(told["voided_at"] != NEVER)
    rows = rows[np.argsort(told["voided_at"][rows], kind="stable")]
    return {
        "event_id": told["id"][rows],
        "voided_at": told["voided_at"][rows],
        "reason": np.full(rows.size, "a benchmark", object),
    }


def _without_indexes(database: sqlite3.Connection, tables: tuple[str, ...]) -> list[str]:
    """Drop the indexes of some tables, which are quicker made of all rows; how to make them again."""
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-500000"):
        database.execute(f"PRAGMA {pragma}")
    found = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        f" AND tbl_name IN ({', '.join('?' * len(tables))})",
        tables,
    ).fetchall()
    for name, _ in found:
        database.execute(f"DROP INDEX {name}")
    return [statement for _, statement in found]


def _put(database: sqlite3.Connection, table: str, told: Told) -> None:
    into = f"INSERT INTO {table} ({', '.join(told)}) VALUES ({', '.join('?' * len(told))})"
    many = len(next(iter(told.values())))
    for start in range(0, many, AT_ONCE):
        block = [_plain(values[start : start + AT_ONCE]) for values in told.values()]
        database.executemany(into, zip(*block, strict=True))


def _plain(values: Any) -> list[Any]:
    if values.dtype == object:
        return values.tolist()
    return [None if value in (NOTHING, NEVER) else value for value in values.tolist()]


# Measuring


def _night(shape: str, members: int) -> Told:
    app = create_app()
    used, wall = time.process_time(), time.perf_counter()
    rows, error = run(app, JOBS["refresh-standing"])
    used, wall = time.process_time() - used, time.perf_counter() - wall
    assert error is None, error
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"used": used, "wall": wall, "peak": peak, "rows": rows}


def _next_night(shape: str, members: int) -> Told:
    """A night of the next day: the site's clock stands a day later."""
    later = clock.now
    clock.now = lambda: later() + clock.timedelta(days=1)
    return _night(shape, members)


def _tail(shape: str, members: int) -> Told:
    app = create_app()
    with app.app_context():
        pairs, busiest = _chosen(members)
    run(app, JOBS["refresh-tail"])
    once = SHAPES[shape].once.kind
    found = [_one_more(app, once, *pair) for pair in pairs]
    return {
        "median": statistics.median(found),
        "most": max(found),
        "busiest": _one_more(app, once, *busiest),
    }


def _chosen(members: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Pairs of those who dealt before, and the member of most events with somebody."""
    told = columns.here().load(("actor", "other"))
    rows = np.flatnonzero((told["actor"] != NOTHING) & (told["other"] != NOTHING))
    actor, other = told["actor"][rows], told["other"][rows]
    chosen = np.random.default_rng(5).choice(rows.size, TAILS)
    busiest = int((np.bincount(actor) + np.bincount(other, minlength=actor.max() + 1)).argmax())
    return list(zip(actor[chosen].tolist(), other[chosen].tolist(), strict=True)), (
        busiest,
        1 + busiest % members,
    )


def _one_more(app: Any, kind: str, actor: int, other: int) -> float:
    with app.app_context():
        record(kind, actor, other, value=5)
        db.session.commit()
    used = time.process_time()
    rows, error = run(app, JOBS["refresh-tail"])
    assert (rows, error) == (2, None), (rows, error)
    return time.process_time() - used


NIGHTS = ("night", "next-night")
STEPS: dict[str, Callable[[str, int], Told]] = {
    "fill": _fill,
    "night": _night,
    "next-night": _next_night,
    "tail": _tail,
}

if __name__ == "__main__":
    main()
