"""What is looked for once a week: circles of members, and rings that a person should look at."""

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np
import structlog
from flask import current_app
from sqlalchemy import bindparam, select, update

from community.graph import kept
from community.graph.circles import CirclesFailed, circles
from community.kit import clock
from community.kit.db import connection, db
from community.kit.db import reading as beside
from community.ledger import columns
from community.standing import reading, whole
from community.standing.models import Case, Community, Standing
from community.standing.past import Past
from community.standing.rings import Block, rings

RING = "ring"
FEWEST = 3
"""A circle of fewer is none."""
A_BATCH = 5000
log = structlog.get_logger()


def find_circles() -> int:
    """Find who belongs together, and keep it with each member; how many circles.

    Where Leiden runs out of time or memory what was found last stays, and the log says why.
    """
    ties = kept.kept(current_app.config["DATA_DIR"] / kept.FOLDER)
    if ties is None or not len(ties):
        return 0
    try:
        found = circles(ties.edges)
    except CirclesFailed as why:
        log.warning("circles were not found", why=str(why))
        raise
    size = np.bincount(found.label)
    is_one = size[found.label] >= FEWEST
    rows = [
        {"of": member, "is": circle if counts else None}
        for member, circle, counts in zip(
            ties.members.tolist(), found.label.tolist(), is_one.tolist(), strict=True
        )
    ]
    connection().execute(update(Standing).values(circle=None))
    put = update(Standing.__table__).where(Standing.member_id == bindparam("of"))  # type: ignore[arg-type]
    for start in range(0, len(rows), A_BATCH):
        connection().execute(put.values(circle=bindparam("is")), rows[start : start + A_BATCH])
    row = db.session.get(Community, 1)
    if row is not None:
        sizes = size[size >= FEWEST].tolist()
        row.told = {**row.told, "circles": sizes, "modularity": round(found.modularity, 4)}
    return int((size >= FEWEST).sum())


def look_for_rings() -> int:
    """Open a case for each ring that was not looked at before; how many. Nobody is punished by it."""
    now = clock.now()
    store = columns.here()
    store.extend()
    with beside() as reader:
        past = reading.everyone(reader, store, ())
    trust, _ = whole.trust_of(past, now)
    opened = 0
    for block in rings(trust):
        told = _told(past, block)
        key = hashlib.sha256(repr(sorted(told["members"])).encode()).hexdigest()
        if db.session.scalar(select(Case.id).where(Case.key == key)) is None:
            members = told.pop("members")
            db.session.add(Case(kind=RING, found_at=now, key=key, members=members, told=told))
            opened += 1
    db.session.flush()
    return opened


def _told(past: Past, block: Block) -> dict[str, Any]:
    told = {k: v for k, v in asdict(block).items() if k != "members"}
    return {**told, "members": past.members[block.members].tolist()}
