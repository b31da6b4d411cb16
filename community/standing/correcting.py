"""Assessing again where the past was corrected: something was taken back, or excused after all.

Only the last assessment of a badge is made again, of those whom the correction names; what
it decides takes the place of what was kept. Earlier ones are over.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import func, select

from community.kit import clock, dialects
from community.kit.arrays import Whole
from community.kit.db import connection, db
from community.ledger.kinds import SUBJECT_TYPES
from community.ledger.models import Voiding
from community.ledger.record import EVENTS
from community.ledger.segments import NOTHING
from community.standing import awarding, rulebook
from community.standing.acts import EXCUSES
from community.standing.apart import Apart
from community.standing.awarding import NEWS, ContextAt, ContextsOf
from community.standing.badges import Badge
from community.standing.models import Assessment
from community.standing.past import NOBODY, Past
from community.standing.replays import corrected, to_repeat
from community.standing.stages import levels, stages

E = EVENTS.c
A_GROUP = 20_000
"""Members who are assessed again at once."""


def correct_all(
    past: Past,
    contexts: ContextsOf,
    now: datetime,
    known: int | None = None,
    first: Collection[str] = (),
) -> Iterator[int]:
    """Make the last assessment of every badge again for whom a correction concerns.

    ``known`` is the last voiding that the past knows of; later ones wait for the next time. Members
    are told what they hold now, or hold no more, but for badges in ``first``, of which nobody was
    told before, and where all this is done for a day that is long over.
    Yields, batch by batch, for how many members the outcome is another one.
    """
    ladders = {ladder.name: ladder for ladder in (stages(), levels())}
    holding = {version.badge.name for version in rulebook.holding(now)}
    newest = _newest() if known is None else min(known, _newest())
    groups, is_news = _Groups(past, now), now > clock.now() - NEWS
    asked = select(Assessment).order_by(Assessment.as_of, Assessment.badge)
    for row in db.session.scalars(asked).all():
        badge = ladders.get(row.badge)
        if row.badge in holding:
            badge = rulebook.of_digest(row.badge, row.digest)
        if badge is not None and badge.digest == row.digest:
            concerned = _concerned(badge, row, past, now, newest)
            is_told = is_news and row.badge not in first
            yield from _correct(badge, row, groups, concerned, contexts(badge), is_told=is_told)
        row.voiding = max(newest, row.voiding)
        yield 0


def _correct(
    badge: Badge,
    row: Assessment,
    groups: "_Groups",
    concerned: Sequence[int],
    context_at: ContextAt,
    *,
    is_told: bool,
) -> Iterator[int]:
    as_of, bars = row.as_of, dict(row.bars)
    places = groups.past.number(np.array(concerned, np.int64))
    places = np.sort(places[places != NOBODY])
    context = context_at(as_of) if places.size else None
    for start in range(0, places.size, A_GROUP):
        some = places[start : start + A_GROUP]
        group = groups.of(some, as_of)
        if context is not None:
            group.context = context.of(some)
        yield from awarding.assess_again(badge, group, as_of, bars, is_told=is_told)


class _Groups:
    """Corrected pasts of some members; the one that was asked for last is kept, for the next badge."""

    def __init__(self, past: Past, now: datetime) -> None:
        self.past, self._now = past, now
        self._last: tuple[datetime, Whole, Past] | None = None

    def of(self, places: Whole, as_of: datetime) -> Past:
        """The past of those at these places, in which what was corrected by now is."""
        if self._last is not None:
            day, whose, group = self._last
            if day == as_of and np.array_equal(whose, places):
                return group
        group = corrected(Apart(self.past, places, as_of).together(), as_of, self._now)
        self._last = (as_of, places, group)
        return group


def _newest() -> int:
    """The last correction before which none can still appear."""
    settled = dialects.settled_id(connection(), "voiding")
    newest = db.session.scalar(select(func.max(Voiding.id))) or 0
    return newest if settled is None else min(newest, settled)


def _concerned(badge: Badge, row: Assessment, past: Past, now: datetime, newest: int) -> list[int]:
    """Whom the corrections name that came since an assessment of things that it could have counted."""
    taken_back = (
        select(E.actor, E.other, E.happened_at, Voiding.voided_at)
        .join(Voiding, Voiding.event_id == E.id)
        .where(
            Voiding.id > row.voiding,
            Voiding.id <= newest,
            E.happened_at <= row.as_of,
            Voiding.voided_at > row.as_of,
        )
    )
    rows = db.session.execute(taken_back).all()
    named = {
        member
        for each in rows
        if row.as_of in to_repeat(badge, each.happened_at, each.voided_at)
        for member in (each.actor, each.other)
        if member is not None
    }
    return sorted(named | _excused(past, row.as_of, now))


def _excused(past: Past, after: datetime, until: datetime) -> set[int]:
    """Whom the excuses of a time name; where one names nobody, who had to do with the thing."""
    rows = past.rows([EXCUSES])
    since, to = clock.to_micros(after), clock.to_micros(until)
    rows = rows.where((rows.at > since) & (rows.at <= to))
    is_named = rows.other != NOTHING
    named = set(rows.other[is_named].tolist())
    unnamed = set(zip(rows.type[~is_named].tolist(), rows.subject[~is_named].tolist(), strict=True))
    for type, subject in unnamed:
        about = select(E.actor, E.other).where(
            E.subject_type == SUBJECT_TYPES.get(type), E.subject_id == subject
        )
        named.update(id for row in db.session.execute(about) for id in row if id is not None)
    return named
