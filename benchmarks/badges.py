"""How exactly badges as rules give what was really given: forum badges, reputation, Superhosts.

    PYTHONPATH=. python benchmarks/badges.py [--data-dir FOLDER]

Deliveries are looked for in the folder that KITH_DATA names, else in ../shared/data, and each
is imported into an empty SQLite database; with ``--data-dir`` the forum is read from a folder
that `flask import stackexchange` filled already, for which nothing is changed. Everything is
judged as of the day on which the dump was made, against the badges, the reputation and the
flag that the dump itself declares. Beside the recall stands the one that the reference has.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks.imports import DATA, ROOT, flask, prepared
from community.kit import clock
from community.kit.db import db
from community.ledger.columns import Columns
from community.ledger.kinds import SUBJECT_CODES
from community.standing import presets, reading
from community.standing.badges import assess
from community.standing.metrics import METRICS, facts_of
from community.standing.needs import Asking
from community.standing.past import Mask, Past
from community.web import create_app

FORUM = {
    "forum-teacher": ("Teacher", 0.944),
    "forum-student": ("Student", 0.912),
    "forum-scholar": ("Scholar", 0.993),
    "forum-supporter": ("Supporter", 0.996),
    "forum-critic": ("Critic", 0.958),
    "forum-commentator": ("Commentator", 0.872),
    "forum-nice-answer": ("Nice Answer", 0.990),
    "forum-good-answer": ("Good Answer", 0.996),
    "forum-great-answer": ("Great Answer", 1.0),
    "forum-nice-question": ("Nice Question", 0.973),
    "forum-good-question": ("Good Question", None),
    "forum-great-question": ("Great Question", None),
    "forum-popular-question": ("Popular Question", 0.999),
    "forum-notable-question": ("Notable Question", 0.998),
    "forum-famous-question": ("Famous Question", 1.0),
    "forum-self-learner": ("Self-Learner", 0.983),
    "forum-necromancer": ("Necromancer", 0.981),
    "forum-guru": ("Guru", 1.0),
    "forum-enlightened": ("Enlightened", 0.981),
    "forum-yearling": ("Yearling", 0.996),
}
"""Each preset with the badge that the dump calls it, and the recall in the reference."""
ALBANY = {"2024-01-06": (60, 12, 17, 100), "2024-11-05": (62, 10, 22, 92)}
IS_RECOGNISED = "is_recognised_host"
BONUS = 100
"""What Stack Exchange gives to members of another of its sites."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="where travel was imported already")
    given = parser.parse_args().data_dir
    with forum(given) as travel:
        forum_badges(travel)
        reputation(travel)
    print(f"\n{'Albany as of':<14}{'tp/fp/fn/tn':>18}{'reference':>18}")
    for day, expected in ALBANY.items():
        with imported("airbnb", f"airbnb-albany/{day}", {IS_RECOGNISED}) as town:
            found = superhosts(town.past, datetime.fromisoformat(day).replace(tzinfo=UTC))
            print(f"{day:<14}{_counts(found):>18}{_counts(expected):>18}")


@contextmanager
def forum(folder: Path | None) -> Iterator[SimpleNamespace]:
    """The forum as it was imported, from a folder that is there or into a new one."""
    facts = {f"badge:{badge}" for badge, _ in FORUM.values()}
    if folder is not None:
        with opened(folder, facts) as found:
            yield found
        return
    with imported("stackexchange", "stackexchange-travel", facts) as found:
        yield found


@contextmanager
def imported(command: str, path: str, facts: set[str]) -> Iterator[SimpleNamespace]:
    """A delivery, imported into an empty database of its own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        environ = prepared(Path(folder))
        given = flask("import", command, str(DATA / path), "--quiet")
        subprocess.run(given, env=environ, cwd=ROOT, check=True)
        with opened(Path(folder), facts) as found:
            yield found


@contextmanager
def opened(folder: Path, facts: set[str]) -> Iterator[SimpleNamespace]:
    """The past that a database holds; column files are made elsewhere, so the folder stays as it is."""
    secret = "only-to-read-" + "a1b2" * 12
    named = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "TOTP_SECRET")
    app = create_app(
        {
            "KITH_ENV": "development",
            "IS_DEVELOPMENT": True,
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder / 'kith.db'}",
            **{name: f"{secret}-{n}" for n, name in enumerate(named)},
        }
    )
    with app.app_context(), tempfile.TemporaryDirectory() as beside:
        columns = Columns(Path(beside) / "columns")
        columns.extend()
        wanted = facts_of(METRICS) | facts
        yield SimpleNamespace(past=reading.everyone(db.session.connection(), columns, wanted))
        db.session.remove()
        db.engine.dispose()


def forum_badges(travel: SimpleNamespace) -> None:
    """Each preset against the badges that were given, as a table."""
    past = travel.past
    day, ask, began = _declared_on(past), Asking(past, METRICS), time.process_time()
    print(
        f"travel as of {day:%Y-%m-%d}: {len(past):,} members, {past.events['id'].size:,} events\n"
    )
    print(f"{'badge':<18}{'given':>8}{'by rule':>9}{'precision':>11}{'recall':>8}{'reference':>11}")
    for name, (badge, reference) in FORUM.items():
        held = assess(presets.preset(name), ask, day).after.tier > 0
        given = _given(past, badge)
        hits = int((held & given).sum())
        precision, recall = hits / max(held.sum(), 1), hits / max(given.sum(), 1)
        told = "-" if reference is None else f"{reference:.3f}"
        print(
            f"{badge:<18}{given.sum():>8,}{held.sum():>9,}{precision:>11.3f}{recall:>8.3f}{told:>11}"
        )
    print(f"{1000 * (time.process_time() - began):.0f} ms of processor time for all of them")


def reputation(travel: SimpleNamespace) -> None:
    """Points worked out from votes against the reputation that the dump declares."""
    past = travel.past
    day, began = _declared_on(past), time.process_time()
    ours = METRICS["forum_points"].of(past, day).value
    theirs = METRICS["reputation_declared"].of(past, day).value
    spent = time.process_time() - began
    known = _posters(past) & ~np.isnan(theirs)
    exact, bonus = ours == theirs, ours + BONUS == theirs
    off = np.minimum(abs(ours - theirs), abs(ours + BONUS - theirs))
    first, theirs_first = (_first(past, np.where(known, p, -1)) for p in (ours, theirs))
    print(f"\nreputation of {known.sum():,} who asked or answered ({1000 * spent:.0f} ms)")
    for label, share, reference in (
        ("exact", exact, 0.64),
        ("exact up to the bonus of 100", exact | bonus, 0.89),
        ("within 5 %, bonus allowed", off <= 0.05 * theirs, 0.96),
    ):
        print(f"  {label:<34}{share[known].mean():>8.3f}{reference:>11.2f}")
    print(f"  {'of the first hundred the same':<34}{len(first & theirs_first):>8}{100:>11}")


def superhosts(past: Past, day: datetime) -> tuple[int, int, int, int]:
    """How the preset's hosts compare with those whom Airbnb flags: tp, fp, fn, tn."""
    held = assess(presets.preset("like-superhost"), Asking(past, METRICS), day).after.tier > 0
    ids, flags = past.fact(IS_RECOGNISED).latest(day, of_members=True)
    at = past.number(ids)
    ours, airbnbs = held[at], flags > 0
    sides = ((ours, airbnbs), (ours, ~airbnbs), (~ours, airbnbs), (~ours, ~airbnbs))
    tp, fp, fn, tn = (int((a & b).sum()) for a, b in sides)
    return tp, fp, fn, tn


def _declared_on(past: Past) -> datetime:
    """The day of the dump: that of its figures."""
    return clock.from_micros(int(past.fact("reputation").at.max()))


def _given(past: Past, badge: str) -> Mask:
    found = np.zeros(len(past), bool)
    found[past.number(np.unique(past.fact(f"badge:{badge}").about))] = True
    return found


def _posters(past: Past) -> Mask:
    """Who asked or answered."""
    types = [SUBJECT_CODES["topic"], SUBJECT_CODES["answer"]]
    owners = past.number(past.items.owner[np.isin(past.items.type, types)])
    found = np.zeros(len(past), bool)
    found[owners[owners >= 0]] = True
    return found


def _first(past: Past, points: np.ndarray, many: int = 100) -> set[int]:
    return set(past.members[np.argsort(-points, kind="stable")[:many]].tolist())


def _counts(found: tuple[int, int, int, int]) -> str:
    return "/".join(map(str, found))


if __name__ == "__main__":
    main()
