"""What is looked for once a week: circles of members, and rings that a person should look at."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import structlog
from flask import current_app
from sqlalchemy import bindparam, update

from community.graph import kept
from community.graph.circles import CirclesFailed, circles
from community.graph.holding import AT_ONCE, holding
from community.kit import clock
from community.kit.db import connection, db
from community.kit.db import reading as beside
from community.ledger import columns
from community.standing import evidence, queries, reading, reliability, ring_cases, whole
from community.standing.models import Community, Standing
from community.standing.past import Past
from community.standing.rings import LOOKS, SMALLEST, Block, rings
from community.standing.trust import latest

NO_CIRCLE = -1
MOST_RINGS = 5
INSIDE = 0.6
"""The share of their ratings that stays among the members of a ring. Friends who review each other, as
both sides of a dealing do, deal with others as well."""
FEWEST = 3
"""A circle of fewer is none."""
FEWEST_RATINGS, MOST_REVIEWERS = 3, 25
"""How many ratings somebody gave before anything is said of them, and how many are told of."""
CLOSE_ENOUGH = 1e-4
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
        row.told = {
            **row.told,
            "circles": sizes,
            "modularity": round(found.modularity, 4),
            "circles_as_of": clock.to_micros(ties.as_of),
        }
        if len(ties) > AT_ONCE:
            seen = holding(ties, np.where(is_one, found.label, NO_CIRCLE))
            row.told = {**row.told, "holding": asdict(seen)}
    return int((size >= FEWEST).sum())


def look_for_rings() -> int:
    """Open a case for each ring that is none yet, and go on with those that are; how many were opened.

    Nobody is punished by it.
    """
    now = clock.now()
    store = columns.here()
    store.extend()
    with beside() as reader:
        past = reading.everyone(reader, store, ())
    trust, _ = whole.trust_of(past, now)
    keep_reviewers(past, now)
    closed = [block for block in rings(trust, most=LOOKS) if block.inside >= INSIDE]
    gone = set(queries.gone().tolist())
    told = (_told(past, block, gone) for block in closed[:MOST_RINGS])
    return ring_cases.keep([each for each in told if len(each[0]) >= SMALLEST], now)


def keep_reviewers(past: Past, as_of: datetime) -> None:
    """Keep whose ratings agree least with what others say of the same people, for managers."""
    row = db.session.get(Community, 1)
    if row is None:
        return
    given = evidence.reviews(past, as_of)
    given = given.take(latest(len(past), given))
    found = reliability.reliability(len(past), given, tolerance=CLOSE_ENOUGH)
    many = np.bincount(given.rater, minlength=len(past))
    total = np.bincount(given.rater, given.rating, len(past))
    is_told = (many >= FEWEST_RATINGS) & ~np.isin(past.members, queries.gone())
    places = np.flatnonzero(is_told)
    places = places[np.lexsort((places, found.fairness[places]))]
    worst = [
        {
            "member": int(past.members[place]),
            "fairness": round(float(found.fairness[place]), 4),
            "ratings": int(many[place]),
            "mean": round(float(total[place] / many[place]), 4),
        }
        for place in places[:MOST_REVIEWERS].tolist()
    ]
    middle = round(float(np.median(found.fairness[places])), 4) if places.size else None
    told = {
        "as_of": clock.to_micros(as_of),
        "reviewers": int(places.size),
        "ratings": len(given),
        "middle": middle,
        "worst": worst,
    }
    row.told = {**row.told, "reviewers": told}


def _told(past: Past, block: Block, gone: set[int]) -> tuple[list[int], dict[str, Any]]:
    """The members of a block who are still here, and its numbers."""
    told = {name: value for name, value in asdict(block).items() if name != "members"}
    return [id for id in past.members[block.members].tolist() if id not in gone], told
