"""How often offers are looked at, counted without following anybody and without writing in a page.

Each process appends the id of the offer to a file of its own in the folder of data. Every few
minutes a job sets the files aside, and the next time it counts those that it had set aside, so
that whoever was writing is done. That a file was counted is kept in the same transaction as its
counts: killed at any moment, the job neither loses nor doubles one. What was not yet on the
disk when the power goes is lost, and so is what a full disk does not take.
"""

import os
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import structlog
from flask import current_app
from sqlalchemy import Table, delete, select, update

from community.activity.exchanges.offers.models import Offer, OfferViews, ViewsTaken
from community.kit import clock, dialects
from community.kit.db import connection, db

log = structlog.get_logger()

LARGEST_FILE = 4_000_000
"""Bytes of a file; what comes beyond is not counted, so that no flood fills the disk."""
AT_ONCE = 500
VIEWS: Table = OfferViews.__table__  # type: ignore[assignment]
_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|scan|monitor|curl|wget|python-|httpx|headless|fetch",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\d{4}-\d\d-\d\d\.\d+-[0-9a-f]{8}\.[0-9a-f]{8}\.aside")
_MINE: dict[int, str] = {}


def is_counted(agent: str, purpose: str) -> bool:
    """Whether a look counts: not that of an obvious program, nor a page fetched in advance."""
    return bool(agent) and not _BOT.search(agent) and "prefetch" not in purpose


def count(offer_id: int) -> None:
    """Note that somebody looked at an offer. A page never fails for it."""
    path = folder() / f"{clock.now().date()}.{_me()}.open"
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            if file.tell() < LARGEST_FILE:
                file.write(b"%d\n" % offer_id)
    except OSError as error:
        log.warning("a view was not counted", error=str(error))


def take_over() -> Iterator[int]:
    """Add what was noted to the views of each day; how many views were added."""
    yield _clear()
    for path in sorted(folder().glob("*.aside")):
        if not _ASIDE.fullmatch(path.name):
            continue
        added = _add(path.name, date.fromisoformat(path.name[:10]), _counts(path))
        # The frame keeps this before the file goes.
        yield added
        path.unlink(missing_ok=True)
    for path in sorted(folder().glob("*.open")):
        # A name of its own: the process goes on under the old one.
        path.rename(path.with_name(f"{path.stem}.{secrets.token_hex(4)}.aside"))


def folder() -> Path:
    """Where looks are noted."""
    return Path(current_app.config["DATA_DIR"]) / "views"


def _me() -> str:
    """A name of this process, drawn anew after each fork."""
    pid = os.getpid()
    if pid not in _MINE:
        _MINE.clear()
        _MINE[pid] = f"{pid}-{secrets.token_hex(4)}"
    return _MINE[pid]


def _clear() -> int:
    """Remove files that were counted before the machine died, and forget those that are gone."""
    names = db.session.scalars(select(ViewsTaken.name)).all()
    for name in names:
        (folder() / name).unlink(missing_ok=True)
    db.session.execute(delete(ViewsTaken).where(ViewsTaken.name.in_(names)))
    return 0


def _counts(path: Path) -> Counter[int]:
    counted: Counter[int] = Counter()
    with path.open("rb") as file:
        for line in file:
            # A line without an end, or with anything but digits, was cut off when the power went.
            if line.endswith(b"\n") and line[:-1].isdigit() and len(line) < 20:
                counted[int(line)] += 1
    return counted


def _add(name: str, day: date, counted: Counter[int]) -> int:
    db.session.add(ViewsTaken(name=name, at=clock.now()))
    db.session.flush()
    ids, added = sorted(counted), 0
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        for id in db.session.scalars(select(Offer.id).where(Offer.id.in_(part))).all():
            dialects.insert_new(connection(), VIEWS, [{"offer_id": id, "day": day, "views": 0}])
            db.session.execute(
                update(OfferViews)
                .where(OfferViews.offer_id == id, OfferViews.day == day)
                .values(views=OfferViews.views + counted[id])
            )
            added += counted[id]
    return added
