"""Bringing standing up to date: everything once a night, and within a minute whoever something happened to.

All of it is worked out from the ledger as of a moment, so doing it again changes nothing, and
being stopped between two batches loses nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache, partial

import numpy as np
from flask import current_app
from sqlalchemy import Table, func, select

from community.graph import kept
from community.kit import clock, dialects
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.kit.db import reading as beside
from community.ledger import columns
from community.ledger.record import EVENTS
from community.ledger.segments import NOTHING
from community.standing import (
    awarding,
    awards,
    correcting,
    falls,
    keeping,
    learning,
    noticing,
    queries,
    reading,
    rulebook,
    whole,
)
from community.standing.awarding import FACTS, ContextAt, ContextsOf
from community.standing.badges import Badge
from community.standing.health import NEW, STATES
from community.standing.models import Assessment, Community, Standing
from community.standing.past import NOBODY, Context, Past
from community.standing.scanning import VOIDINGS
from community.standing.stages import levels, stages
from community.standing.whole import Found
from community.standing.windows import A_MOMENT

MOST_AT_ONCE = 300
"""Members whom one run of the tail brings up to date; the others are next."""


def everything(as_of: datetime | None = None, since: datetime | None = None) -> Iterator[int]:
    """Work out the standing of everyone, and do what assessments are due; yields batch by batch.

    With ``since`` badges that were never assessed are assessed on all their days from then on,
    so that a community that comes with a past has its history of awards.
    """
    now = as_of or clock.now()
    store = columns.here()
    store.extend()
    manifest = store.manifest()
    with beside() as reader:
        past = reading.everyone(reader, store, FACTS)
    if manifest is None or not len(past):
        return
    coefficients = learning.present()
    folder = current_app.config["DATA_DIR"] / kept.FOLDER
    states, gone = _states(past), queries.gone()
    yield 0  # What takes long is worked out between batches, when others can write.
    found = whole.find(
        past,
        now,
        coefficients,
        states=states,
        keep_ties=lambda ties: kept.keep(ties, folder),
    )
    contexts = _contexts(past, found)
    yield from correcting.correct_all(past, contexts, now, manifest.last_voiding)
    badges = [*(version.badge for version in rulebook.holding(now)), stages(), levels()]
    known = set(db.session.scalars(select(Assessment.badge)))
    for badge in badges:
        for day in awarding.due(badge, now, since):
            yield from awarding.assess_all(badge, past, day, contexts(badge))
    # An assessment just made is as of its day: what was taken back after that is corrected now.
    first = {badge.name for badge in badges} - known
    yield from correcting.correct_all(past, contexts, now, manifest.last_voiding, first)
    yield from noticing.tell_of_endings(past, now, contexts)
    past.context = found.context
    held = tiers(past, now)
    yield 0
    yield from keeping.keep_standings(past, found, held, gone)
    yield from falls.look(past, found, coefficients, states, gone)
    keeping.keep_community(past, found, manifest.last_event, manifest.last_voiding, coefficients)
    yield keeping.mark_month(now)


def tail() -> int:
    """Bring those up to date to whom something happened, or of whom something was taken back, since the last time; how many.

    What was taken back shows in their numbers at once; the night looks at their badges again.
    """
    row = db.session.get(Community, 1)
    if row is None:
        return 0
    now, voiding_id = clock.now(), row.told.get("voiding_id")
    if voiding_id is None:
        # A night of an earlier version did not note how far it had read: the next one does.
        voiding_id = connection().scalar(select(func.max(VOIDINGS.c.id))) or 0
    of_events, last = _next(EVENTS, row.event_id)
    of_voidings, last_voiding = _next(VOIDINGS, voiding_id)
    members = sorted((of_events | of_voidings).difference(queries.gone().tolist()))
    for member in members:
        keeping.keep_one(keeping.alone(member, now), now, row.told)
    row.event_id = last
    if last_voiding != voiding_id:
        row.told = {**row.told, "voiding_id": last_voiding}
    db.session.flush()
    return len(members)


def tiers(past: Past, as_of: datetime) -> dict[str, Whole]:
    """The stage and the level of every member just after a moment."""
    return {
        badge.name: awards.held_by(past, badge.name, as_of + A_MOMENT).tier
        for badge in (stages(), levels())
    }


def _contexts(past: Past, found: Found) -> ContextsOf:
    """What each badge asks of the community on its days; of now all is known already."""
    known = lru_cache(maxsize=40)(partial(whole.context_of, past))

    def of(badge: Badge) -> ContextAt:
        asked = whole.asked_by(badge)

        def at(day: datetime) -> Context:
            return found.context if day == found.as_of else known(day, asked)

        return at

    return of


def _states(past: Past) -> Whole:
    """The states of health that were last kept, as codes; new where there is none."""
    codes = np.full(len(past), NEW, np.int64)
    rows = db.session.execute(select(Standing.member_id, Standing.state)).all()
    if rows:
        place = past.number(np.array([row.member_id for row in rows], np.int64))
        state = np.array([STATES.index(row.state) if row.state else NEW for row in rows])
        codes[place[place != NOBODY]] = state[place != NOBODY]
    return codes


def _next(table: Table, after: int) -> tuple[set[int], int]:
    """Who is named in the next events or voidings of events, and the last of those."""
    settled = dialects.settled_id(connection(), table.name)
    some = select(table.c.id, EVENTS.c.actor, EVENTS.c.other).where(table.c.id > after)
    if table is not EVENTS:
        some = some.join(EVENTS, EVENTS.c.id == table.c.event_id)
    if settled is not None:
        some = some.where(table.c.id <= settled)
    rows = db.session.execute(some.order_by(table.c.id).limit(MOST_AT_ONCE)).all()
    named = {id for row in rows for id in (row.actor, row.other) if id not in (None, NOTHING)}
    return named, rows[-1].id if rows else after
