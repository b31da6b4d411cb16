"""The rating that stands beside a member: in stars, with the band that it lies in and its count.

It is worked out from everything that was said with a value, once a night: each rating without
its giver's bias, fading by half in 90 days, drawn towards the community's mean by how few they are.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Select, Table, bindparam, null, select, update

from community.kit import clock
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.kit.db import reading as beside
from community.ledger import columns
from community.standing import evidence, reading
from community.standing.evidence import SCALES
from community.standing.models import Community, Standing
from community.standing.past import Past
from community.standing.priors import Fit
from community.standing.reputation import Reputations, Shown

STANDINGS: Table = Standing.__table__  # type: ignore[assignment]
MIDDLE, REACH = SCALES["review.published"]
DIGITS, PRECISE = 2, 4
A_BATCH = 2000


def reckon(as_of: datetime | None = None) -> Iterator[int]:
    """Work out everyone's rating on show anew, and keep it; yields batch by batch how many."""
    now = as_of or clock.now()
    store = columns.here()
    store.extend()
    with beside() as reader:
        past = reading.everyone(reader, store, ())
    if not len(past):
        return
    yield 0  # What takes long is worked out between batches, when others can write.
    kept, many = _heard(past, now)
    shown = kept.shown(evidence.moment(now))
    put = update(STANDINGS).where(STANDINGS.c.member_id == bindparam("of"))
    places = np.flatnonzero(many)
    for start in range(0, places.size, A_BATCH):
        part = places[start : start + A_BATCH].tolist()
        rows = [{"of": int(past.members[p]), "is": told(shown, many, p)} for p in part]
        connection().execute(put.values(stars=bindparam("is", type_=STANDINGS.c.stars.type)), rows)
        yield len(rows)
    _keep_usual(kept.prior)
    yield _forget_others(past.members[places])


def usual() -> Select[Any]:
    """A question for what is usual here, as it was kept last: ``mean``, ``weight`` and ``variance``.

    The mean is in stars, the variance in stars squared; the weight is in ratings.
    """
    return select(Community.told["rating"]).where(Community.id == 1)


def _keep_usual(prior: Fit) -> None:
    """Keep what is thought of a member before much is known of them, for what is rated beside members."""
    row = db.session.get(Community, 1, with_for_update=True)
    if row is not None:
        told = {
            "mean": round(MIDDLE + REACH * prior.mean, PRECISE),
            "weight": prior.strength,
            "variance": round(REACH * REACH * prior.variance, PRECISE),
        }
        row.told = {**row.told, "rating": told}


def _forget_others(rated: Whole) -> int:
    """Take the number from those of whom nothing stands any more; how many."""
    shown = connection().scalars(
        select(STANDINGS.c.member_id).where(STANDINGS.c.stars.is_not(None))
    )
    gone = np.setdiff1d(np.fromiter(shown, np.int64), rated).tolist()
    for start in range(0, len(gone), A_BATCH):
        part = STANDINGS.c.member_id.in_(gone[start : start + A_BATCH])
        connection().execute(update(STANDINGS).where(part).values(stars=null()))
    return len(gone)


def on_show(past: Past, as_of: datetime) -> tuple[Shown, Whole]:
    """The rating of each member of a past as of a moment, and how many it rests on."""
    kept, many = _heard(past, as_of)
    return kept.shown(evidence.moment(as_of)), many


def _heard(past: Past, as_of: datetime) -> tuple[Reputations, Whole]:
    ratings = evidence.reviews(past, as_of)
    kept = Reputations(len(past))
    kept.heed(ratings)
    return kept, np.bincount(ratings.ratee, minlength=len(past))


def told(shown: Shown, many: Whole, place: int) -> list[float]:
    """A rating as it is kept: stars, the ends of its band, and how many it rests on."""
    three = (shown.value[place], shown.low[place], shown.high[place])
    return [*(round(MIDDLE + REACH * float(part), DIGITS) for part in three), int(many[place])]
