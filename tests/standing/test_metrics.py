"""Every metric says the same of a member live as in bulk, of any past moment, whatever happened."""

import random
from dataclasses import fields
from datetime import timedelta

import numpy as np
import pytest

from community.kit.db import db
from community.ledger.columns import Columns
from community.ledger.kinds import KINDS
from community.ledger.models import Fact, Subject
from community.ledger.record import record, void
from community.standing import reading
from community.standing.metrics import DIGITS, METRICS, facts_of
from community.standing.past import Context
from tests.conftest import NOON, make_member

SEEDS = range(6)


def a_past(seed, members):
    """Half a year of everything that can happen, some of it taken back or excused."""
    rng = random.Random(seed)

    def moment():
        return NOON + timedelta(minutes=rng.randrange(180 * 24 * 60))

    things = []
    for type in ("offer", "exchange", "review", "topic", "answer", "answer", "guide") * 4:
        above = {"exchange": "offer", "review": "exchange", "answer": "topic"}.get(type)
        parents = [thing for thing in things if thing.type == above]
        thing = Subject(
            type=type,
            owner=rng.choice([*members, None]),
            parent=rng.choice(parents).id if parents and rng.random() < 0.9 else None,
            made_at=moment(),
        )
        db.session.add(thing)
        db.session.flush()
        things.append(thing)
        for name in ("score", "views", "rating", "reviews", "is_shared"):
            if rng.random() < 0.5:
                value = rng.randrange(-2, 9) * 1_000_000
                fact = {"about": type, "about_id": thing.id, "name": name, "value": value}
                db.session.add(Fact(**fact, declared_at=moment(), source="x"))
    for member in members:
        for name in ("response_rate", "up_votes", "down_votes", "reputation"):
            for _ in range(rng.randrange(3)):
                fact = {"about": "member", "about_id": member, "name": name}
                value = rng.randrange(1_000_000)
                db.session.add(Fact(**fact, value=value, declared_at=moment(), source="x"))
    for _ in range(260):
        about = rng.choice(things)
        event = record(
            rng.choice(list(KINDS)),
            rng.choice([*members, None]),
            rng.choice([*members, None]),
            (about.type, about.id) if rng.random() < 0.9 else None,
            value=rng.choice([None, -1, 1, 3, 4, 5, 5]),
            happened_at=moment(),
        )
        if rng.random() < 0.15:
            void(event, "a test")
    db.session.commit()


@pytest.mark.parametrize("seed", SEEDS)
def test_live_and_bulk_are_one(app, tmp_path, seed):
    members = [make_member(f"m{n}").id for n in range(6)]
    db.session.commit()
    a_past(seed, members)
    columns = Columns(tmp_path / "columns")
    columns.extend()
    rng = random.Random(seed)
    context = Context(
        mean_rating=4.1,
        trust=(np.array(members[:3]), np.array([0.2, 0.5, 1.0])),
        unknown=0.1,
    )
    every = reading.everyone(db.session.connection(), columns, facts_of(METRICS), context)
    for day in (40, 120, 200):
        as_of = NOON + timedelta(days=day, minutes=rng.randrange(999))
        for member in members:
            live = reading.one(db.session.connection(), member, as_of, facts_of(METRICS), context)
            place = int(every.number(np.array([member]))[0])
            if place < 0:
                continue
            for metric in METRICS.values():
                each = rng.choice([None, 3]) if metric.takes_each else None
                bulk, one = metric.of(every, as_of, each=each), metric.of(live, as_of, each=each)
                for field in fields(bulk):
                    had, now = getattr(bulk, field.name)[place], getattr(one, field.name)[0]
                    assert had == pytest.approx(now, abs=1e-9, nan_ok=True), (metric.name, field)
                evidence = metric.asked(each).evidence(live, as_of, metric.window)
                assert len(set(evidence.tolist())) == evidence.size


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_past_moment_is_as_a_replay_to_it(app, tmp_path, seed):
    """What happened, and was taken back, after a moment changes nothing of what was so then."""
    members = [make_member(f"m{n}").id for n in range(5)]
    db.session.commit()
    a_past(seed, members)
    columns = Columns(tmp_path / "columns")
    columns.extend()
    as_of = NOON + timedelta(days=100)
    before = reading.everyone(db.session.connection(), columns, facts_of(METRICS))
    told = {name: metric.of(before, as_of) for name, metric in METRICS.items()}
    for number in range(60):
        record(
            list(KINDS)[number % len(KINDS)],
            members[number % 5],
            members[(number + 1) % 5],
            happened_at=as_of + timedelta(hours=1 + number),
            value=5,
        )
    db.session.commit()
    columns.extend()
    after = reading.everyone(db.session.connection(), columns, facts_of(METRICS))
    for name, metric in METRICS.items():
        now = metric.of(after, as_of)
        at = after.number(before.members)
        np.testing.assert_array_equal(now.value[at], told[name].value, err_msg=name)


def test_each_metric_is_said_and_shown():
    for metric in METRICS.values():
        assert metric.shown_as in DIGITS
        assert metric.says.text.endswith("."), metric.name
        assert not metric.label.text.endswith("."), metric.name


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("rating_received", 4.795, 4.8),
        ("rating_received", 4.7949, 4.79),
        ("cancellation_rate", 0.0096, 0.0096),
        ("account_age", 89.999, 89),
        ("response_wait", 23.96, 24.0),
        ("exchanges", 3, 3),
    ],
)
def test_a_number_is_judged_as_it_is_shown(name, value, shown):
    assert METRICS[name].rounded(np.array([value]))[0] == shown


def test_only_things_take_a_bar_for_each():
    with pytest.raises(ValueError, match="no things"):
        METRICS["exchanges"].asked(3)
