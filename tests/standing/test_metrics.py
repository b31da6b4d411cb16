"""Every metric says the same of a member live as in bulk, of any past moment, whatever happened."""

import random
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from community.kit.db import db
from community.ledger.columns import Columns
from community.ledger.kinds import KINDS
from community.ledger.models import Event, Fact, Subject
from community.ledger.record import record, record_many, void_many
from community.standing import reading
from community.standing.apart import Apart
from community.standing.categories import CATEGORIES, NO_CATEGORY
from community.standing.metrics import DIGITS, METRICS, facts_of
from community.standing.past import Context
from tests.conftest import NOON, make_member

SEEDS = range(2)


THINGS = ("offer", "exchange", "review", "topic", "answer", "answer", "guide", "comment") * 8
ABOVE = {"exchange": "offer", "review": "exchange", "answer": "topic", "comment": "answer"}
ROWS = ("kind", "actor", "other", "subject_type", "subject_id", "value", "happened_at")


def a_past(seed, members):
    """Half a year of everything that can happen, some of it taken back or excused."""
    rng = random.Random(seed)

    def moment():
        return NOON + timedelta(minutes=rng.randrange(180 * 24 * 60))

    things = _things(rng, members, moment)
    facts = [
        (thing.type, thing.id, name, rng.randrange(-2, 9) * 1_000_000)
        for thing in things
        for name in ("score", "views", "rating", "reviews", "is_shared", "expectation_gap")
        if thing.type != "comment" and rng.random() < 0.9
    ]
    facts += [
        ("member", member, name, rng.randrange(1_000_000))
        for member in members
        for name in ("response_rate", "up_votes", "down_votes", "reputation")
        for _ in range(rng.randrange(1, 3))
    ]
    names = ("about", "about_id", "name", "value")
    db.session.add_all(
        Fact(**dict(zip(names, fact, strict=True)), declared_at=moment(), source="x")
        for fact in facts
    )
    events = [_event(rng, members, things, moment) for _ in range(300)]
    events += [event for _ in range(40) for event in _dealings(rng, members, things, moment)]
    told = [dict(zip(ROWS, event, strict=True)) for event in events]
    rest = {"circle": None, "source": "x"}
    db.session.flush()
    record_many(
        db.session.connection(),
        [{**event, **rest, "external_id": str(n)} for n, event in enumerate(told)],
    )
    ids = db.session.scalars(select(Event.id).order_by(Event.id)).all()
    for at in (NOON + timedelta(days=60), NOON + timedelta(days=150)):
        some = [id for id in ids if rng.random() < 0.07]
        void_many(db.session.connection(), some, "a test", at)
    db.session.commit()


def _things(rng, members, moment):
    things = []
    for type in sorted(THINGS, key=lambda type: type in ABOVE):
        above = rng.choice([thing for thing in things if thing.type == ABOVE.get(type)] or [None])
        owner, made_at = rng.choice([*members[:3], *members, None]), moment()
        if above is not None and rng.random() < 0.4:
            owner, made_at = above.owner, above.made_at + timedelta(days=rng.choice([1, 60]))
        parent = above.id if above is not None and rng.random() < 0.9 else None
        things.append(Subject(type=type, owner=owner, parent=parent, made_at=made_at))
        db.session.add(things[-1])
        db.session.flush()
    return things


def _event(rng, members, things, moment):
    """Anything between anybody about anything."""
    about = rng.choice(things)
    return (
        rng.choice(list(KINDS)),
        rng.choice([*members, None]),
        rng.choice([*members, None]),
        *((about.type, about.id) if rng.random() < 0.9 else (None, None)),
        rng.choice([None, -1, 1, 3, 4, 5, 5]),
        moment(),
    )


def _dealings(rng, members, things, moment):
    """What happens about an offer or a question, as it does among people."""
    offer = rng.choice([thing for thing in things if thing.type == "offer" and thing.owner])
    answer = rng.choice([thing for thing in things if thing.type == "answer" and thing.owner])
    guest, at = rng.choice([member for member in members if member != offer.owner]), moment()
    about, late = ("offer", offer.id), at + timedelta(hours=rng.choice([1, 10, 40]))
    ended = ("exchange.completed", guest, offer.owner, *about, rng.choice([None, 2]), at)
    if rng.random() < 0.3:
        ended = ("exchange.cancelled", offer.owner, guest, *about, None, at)
    return [
        ("enquiry.made", guest, offer.owner, *about, None, at),
        ("enquiry.answered", offer.owner, guest, *about, None, late),
        ended,
        ("review.published", guest, offer.owner, *about, rng.choice([3, 4, 5]), late),
        ("answer.accepted", guest, answer.owner, "answer", answer.id, None, at),
        ("subject.saved", guest, answer.owner, "guide", answer.id, None, at),
        ("thanks.given", guest, offer.owner, *about, None, late),
    ]


@pytest.fixture
def half_a_year(app, tmp_path):
    """Give a seed, get six members and the column files of what happened to them."""

    def made(seed):
        members = [make_member(f"m{n}").id for n in range(6)]
        db.session.commit()
        a_past(seed, members)
        columns = Columns(tmp_path / "columns")
        columns.extend()
        return members, columns

    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_live_and_bulk_are_one(half_a_year, seed):
    members, columns = half_a_year(seed)
    rng = random.Random(seed)
    context = Context(
        mean_rating=4.1,
        trust=(np.array(members[:3]), np.array([0.2, 0.5, 1.0])),
        unknown=0.1,
    )
    connection, facts = db.session.connection(), facts_of(METRICS)
    every = reading.everyone(connection, columns, facts, context)
    known = [member for member in members if every.number(np.array([member]))[0] >= 0]
    said = set()
    for day in (70, 200):
        as_of = NOON + timedelta(days=day, minutes=rng.randrange(999))
        lives = [reading.one(connection, member, as_of, facts, context) for member in known]
        places = every.number(np.array(known))
        for metric in METRICS.values():
            each = rng.choice([None, 3]) if metric.takes_each else None
            bulk = metric.of(every, as_of, each=each)
            ones = [metric.of(live, as_of, each=each) for live in lives]
            for name in ("value", "num", "den", "weight"):
                had = getattr(bulk, name)
                if had is not None:
                    now = [getattr(one, name)[0] for one in ones]
                    assert had[places] == pytest.approx(now, abs=1e-9, nan_ok=True), metric.name
            evidence = [metric.asked(each).evidence(live, as_of, metric.window) for live in lives]
            assert all(len(set(ids.tolist())) == ids.size for ids in evidence), metric.name
            said |= {metric.name} if np.nansum(np.abs(bulk.value)) > 0 else set()
        for category in CATEGORIES.values():
            bulk = category.of(every, as_of)[places].tolist()
            assert [category.of(live, as_of)[0] for live in lives] == bulk, category.name
            assert max(bulk) > NO_CATEGORY, category.name
    unsaid = METRICS.keys() - said
    assert unsaid <= {"trust", "depth"}, "nothing of these was compared"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_past_that_is_cut_out_is_the_one_that_is_read(half_a_year, seed):
    members, columns = half_a_year(seed)
    as_of = NOON + timedelta(days=120)
    context = Context(mean_rating=4.1, measures={"core": np.arange(9.0)})
    connection, facts = db.session.connection(), facts_of(METRICS)
    every = reading.everyone(connection, columns, facts, context)
    places = np.flatnonzero(np.isin(every.members, members[1:]))
    for place, cut in zip(places, Apart(every, places, as_of).pasts(), strict=True):
        member = int(every.members[place])
        read = reading.one(connection, member, as_of, facts, every.context.of(place))
        assert cut.members.tolist() == [member]
        for had, now in ((read.events, cut.events), (vars(read.items), vars(cut.items))):
            in_order = [np.argsort(told["id"]) for told in (had, now)]
            for name in had:
                one, two = (
                    told[name][rows] for told, rows in zip((had, now), in_order, strict=True)
                )
                np.testing.assert_array_equal(one, two, err_msg=name)
        assert cut.facts.keys() == read.facts.keys()
        for name, rows in read.facts.items():
            for column, values in vars(rows).items():
                np.testing.assert_array_equal(values, getattr(cut.facts[name], column))
        for metric in METRICS.values():
            one, two = (metric.of(past, as_of) for past in (read, cut))
            np.testing.assert_array_equal(one.value, two.value, err_msg=metric.name)
            one, two = (
                metric.fold.evidence(past, as_of, metric.window).tolist() for past in (read, cut)
            )
            assert one == two, metric.name
        for category in CATEGORIES.values():
            bulk = category.of(every, as_of)[place]
            assert [category.of(past, as_of)[0] for past in (read, cut)] == [bulk] * 2


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_a_past_moment_is_as_a_replay_to_it(half_a_year, seed):
    """What happened, and was taken back, after a moment changes nothing of what was so then."""
    members, columns = half_a_year(seed)
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
    for category in CATEGORIES.values():
        now, then = category.of(after, as_of)[at], category.of(before, as_of)
        np.testing.assert_array_equal(now, then, err_msg=category.name)


def test_each_metric_is_said_and_shown():
    for metric in METRICS.values():
        assert metric.shown_as in DIGITS
        assert metric.says.text.endswith("."), metric.name
        assert not metric.label.text.endswith("."), metric.name
        phrases = [phrase for phrase in (metric.one, metric.many, metric.each) if phrase]
        assert all("%(n)s" in phrase.text for phrase in phrases), metric.name
        assert (metric.one is None) == (metric.many is None), metric.name
        assert metric.many or metric.shown_as != "count", metric.name
        assert metric.each or not metric.takes_each, metric.name


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("rating_declared", 4.795, 4.8),
        ("rating_declared", 4.7949, 4.79),
        ("rating_received", 4.799, 4.79),
        ("rating_received", 4.8, 4.8),
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
