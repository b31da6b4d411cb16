"""A small house whose ledger a test writes, on both databases: who did what, on which day it is."""

from datetime import UTC, datetime, timedelta

import pytest

from community.kit import clock
from community.kit.db import connection, db
from community.ledger import columns
from community.ledger.models import Event
from community.ledger.record import record, void
from community.standing import awarding, reading, refresh, rulebook
from community.standing.badge_grammar import read_badge
from community.standing.metrics import METRICS
from community.standing.models import Award, Decision
from community.standing.past import Context
from tests.conftest import make_member

SAID = {"label": "Some", "says": "Does some."}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class House:
    """Members by their names, and a clock that a test sets."""

    def __init__(self, monkeypatch):
        self.today = FIRST
        monkeypatch.setattr(clock, "now", lambda: self.today)
        self.ids = {}

    def member(self, name):
        if name not in self.ids:
            self.ids[name] = make_member(name, joined_at=FIRST).id
        return self.ids[name]

    def happens(self, kind, actor, other=None, at=None, **more):
        """One event, now unless a moment is named; its id."""
        who = [None if name is None else self.member(name) for name in (actor, other)]
        event = record(kind, *who, happened_at=at or self.today, **more)
        db.session.commit()
        return event.id

    def thanks(self, other, at, many=1):
        """Somebody is thanked by so many others."""
        return [
            self.happens("thanks.given", f"giver{n}", other, at + timedelta(minutes=n))
            for n in range(many)
        ]

    def voids(self, *ids):
        for id in ids:
            void(db.session.get(Event, id), "a mistake")
        db.session.commit()

    def past(self):
        store = columns.here()
        store.extend()
        return reading.everyone(connection(), store, awarding.FACTS)

    def alone(self, name, as_of):
        return reading.one(connection(), self.ids[name], as_of, awarding.FACTS, Context())

    def assess(self, badge, day, context=None):
        """Assess a badge on a day, at that day's dawn; how many awards it touched."""
        self.today = day + timedelta(hours=2)
        known = context or Context()
        touched = sum(awarding.assess_all(badge, self.past(), day, lambda day: known))
        db.session.commit()
        return touched

    def publish(self, told, name="some"):
        rulebook.put({"name": name} | SAID | told, None, "A test", is_published=True)
        db.session.commit()
        return rulebook.find(name).badge

    def refresh(self, at=None, **more):
        """The whole refresh, batch by batch as a job does it."""
        self.today = at or self.today
        for _ in refresh.everything(**more):
            db.session.commit()

    def awards(self, name=None, badge="some"):
        """The awards of a badge, the oldest first, of one member or of all."""
        asked = db.session.query(Award).filter(Award.badge == badge)
        if name is not None:
            asked = asked.filter(Award.member_id == self.ids[name])
        return asked.order_by(Award.begun_at, Award.id).all()

    def rows(self, badge="some", *, with_ids=True):
        """Every award of a badge as a plain row."""
        names = ("id", "member_id", "tier", "begun_at", "ended_at", "failed", "failed_at", "digest")
        wanted = names if with_ids else names[1:]
        found = [tuple(getattr(award, n) for n in wanted) for award in self.awards(badge=badge)]
        db.session.rollback()
        return sorted(found, key=repr)

    def decisions(self, name, badge="some"):
        asked = db.session.query(Decision).filter(Decision.badge == badge)
        return asked.filter(Decision.member_id == self.ids[name]).order_by(Decision.as_of).all()


@pytest.fixture
def house(app, tmp_path, monkeypatch):
    """A house with files of its own, at the beginning of 2026."""
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    return House(monkeypatch)


def a_badge(rule=None, **more):
    """A badge named ``some``."""
    told = {"name": "some"} | SAID | ({"rule": rule} if rule else {}) | more
    return read_badge(told, METRICS)


def month(number):
    """The first of the month so many months after January 2026."""
    year, place = divmod(number, 12)
    return datetime(2026 + year, place + 1, 1, tzinfo=UTC)
