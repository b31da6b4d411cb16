"""Duties that only one process may have at a time, and the lock under which a site is set up."""

import fcntl
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, Table, delete, or_, select, update

from community.kit import clock, dialects
from community.kit.db import db
from community.kit.runs import Lease

LASTS = timedelta(seconds=20)
"""How long a duty stays with a process that says nothing more: 20 s after its death another has it."""
BEAT = 5.0
"""Seconds between two signs of life."""
LEASES: Table = Lease.__table__  # type: ignore[assignment]


def an_owner() -> str:
    """A name for one who takes duties, like no other."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def take(name: str, owner: str) -> bool:
    """Take a duty, or say that one still has it; whether it is theirs. The caller commits.

    A duty that is said to last far longer than it can comes from a clock that was put back since.
    """
    now = clock.now()
    until = now + LASTS
    connection = db.session.connection()
    if dialects.insert_new(connection, LEASES, [{"name": name, "owner": owner, "until": until}]):
        return True
    is_free = or_(LEASES.c.owner == owner, LEASES.c.until <= now, LEASES.c.until > until + LASTS)
    mine = update(LEASES).where(LEASES.c.name == name, is_free).values(owner=owner, until=until)
    return connection.execute(mine).rowcount == 1


def hold(name: str, owner: str) -> bool:
    """Go on having a duty, as part of the present transaction; False where another took it."""
    mine = (
        update(LEASES)
        .where(LEASES.c.name == name, LEASES.c.owner == owner)
        .values(until=clock.now() + LASTS)
    )
    return db.session.connection().execute(mine).rowcount == 1


def give(name: str, owner: str) -> bool:
    """Give a duty back, as part of the present transaction; False where another took it."""
    mine = delete(LEASES).where(LEASES.c.name == name, LEASES.c.owner == owner)
    return db.session.connection().execute(mine).rowcount == 1


def holder(name: str) -> str | None:
    """Who has a duty now; None when nobody has it."""
    return db.session.scalar(
        select(Lease.owner).where(Lease.name == name, Lease.until > clock.now())
    )


@contextmanager
def setting_up(engine: Engine, folder: Path) -> Iterator[None]:
    """Be the only one, on this machine and at this database, who sets the site up; others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as file, dialects.setting_up(engine):
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Heart:
    """Beats while a long task runs: calls a function every few seconds in a thread of its own."""

    def __init__(self, beat: Callable[[], None], seconds: float = BEAT) -> None:
        self._beat, self._seconds, self._stop = beat, seconds, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._beat()
