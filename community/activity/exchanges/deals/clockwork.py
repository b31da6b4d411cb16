"""What happens to exchanges by itself: what runs out, begins, is taken as done."""

from collections.abc import Iterator

from sqlalchemy import select

from community.activity.exchanges.deals import actions
from community.activity.exchanges.deals.models import Exchange
from community.kit import clock
from community.kit.db import db

A_BATCH = 50


def move_due() -> Iterator[int]:
    """Move all exchanges that are due, a batch at a time: a job, whose caller commits at each yield.

    Each goes through all that was due until now, however long nobody looked. One that is done
    is due later or never, so a run that is broken off goes on where it was.
    """
    now = clock.now()
    while True:
        ids = db.session.scalars(
            select(Exchange.id)
            .where(Exchange.due_at <= now)
            .order_by(Exchange.due_at, Exchange.id)
            .limit(A_BATCH)
        ).all()
        if not ids:
            return
        # In one order, so that two who lock many of them never wait for each other.
        yield sum(actions.catch_up(actions.locked(id), now) for id in sorted(ids))
