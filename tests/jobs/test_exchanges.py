"""The job that moves exchanges on: by its own name, batch by batch, and again after it was broken off."""

from datetime import timedelta

from sqlalchemy import func, select

from community.activity.exchanges.deals import actions, clockwork
from community.activity.exchanges.deals.models import Exchange
from community.kit.db import db
from jobs.run import run
from jobs.schedule import JOBS
from tests.activity.exchanges.deals.conftest import at_noon, days, market  # noqa: F401
from tests.conftest import NOON


def many(state):
    asked = select(func.count()).select_from(Exchange).where(Exchange.state == state)
    found = db.session.scalar(asked)
    db.session.rollback()
    return found


def test_a_run_that_is_broken_off_goes_on_where_it_was(app, market, monkeypatch):  # noqa: F811
    monkeypatch.setattr(clockwork, "A_BATCH", 2)
    for who in (market.ben, market.cy, market.mia, market.leo, market.ann):
        actions.ask(market.room.id, who.id, days(tz="Europe/Lisbon"))
    db.session.commit()
    market.clock.move_to(NOON + timedelta(days=3))
    batches = clockwork.move_due()
    assert next(batches) == 2
    db.session.commit()
    batches.close()
    assert many("expired") == 2
    assert run(app, JOBS["move-exchanges"]) == (3, None)
    assert many("expired") == 5
    assert run(app, JOBS["move-exchanges"]) == (0, None)
