"""The return probability is learned anew, and gone on with only where it foretells better."""

import json
import math
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from community.kit import clock
from community.kit.db import connection, db
from community.ledger.models import Event
from community.ledger.record import record_many, void_many
from community.standing import health_fit, learning
from community.standing.health import DEFAULT
from community.standing.models import Fit
from tests.standing.conftest import FIRST

DAYS = 500


@pytest.fixture
def lives(house):
    """Give how many members there are, get a community in which whoever comes stays, or hardly anybody does."""

    def lived(many, *, leaves=0.0, seed=1):
        rng = random.Random(seed)
        ids = [house.member(f"m{n}") for n in range(many)]
        rows = []
        for member in ids:
            first = rng.randrange(DAYS - 200)
            last = first + 2 if rng.random() < leaves else DAYS
            rows.append(("member.joined", member, None, first))
            rows += [
                ("answer.posted", member, rng.choice(ids), day + rng.random())
                for day in range(first, last, 6)
            ]
        record_many(
            connection(),
            [
                {
                    "kind": kind, "actor": actor, "other": other, "subject_type": None,
                    "subject_id": None, "value": None, "circle": None, "source": "x",
                    "external_id": str(n), "happened_at": FIRST + timedelta(days=day),
                }
                for n, (kind, actor, other, day) in enumerate(rows)
            ],
        )  # fmt: skip
        db.session.commit()
        house.today = FIRST + timedelta(days=DAYS)
        return house

    return lived


def the_fit():
    return db.session.scalars(select(Fit)).one()


def test_what_foretells_better_is_gone_on_with(lives):
    house = lives(90)
    assert learning.present() == DEFAULT
    many = learning.learn()
    fit = the_fit()
    assert many == fit.told["outcomes"] >= health_fit.ENOUGH
    assert fit.told["why_not"] is None
    assert (fit.made_at, fit.adopted_at) == (house.today, house.today)
    assert fit.told["test"]["brier"] < fit.told["test_of_old"]["brier"]
    assert fit.told["old"] == DEFAULT.version
    present = learning.present()
    assert present != DEFAULT
    assert present == learning.read(fit.told["coefficients"])


def test_what_foretells_no_better_is_kept_with_its_test_and_nothing_more(lives, monkeypatch):
    """What was learned last foretells the same; there is nothing to gain by it."""
    lives(90)
    learning.learn()
    first = learning.present()
    learning.learn()
    fits = db.session.scalars(select(Fit).order_by(Fit.id)).all()
    assert [fit.adopted_at is None for fit in fits] == [False, True]
    assert "no better" in fits[1].told["why_not"]
    assert fits[1].told["old"] == first.version
    assert fits[1].told["test"]["rows"] == fits[0].told["test"]["rows"] > 0
    assert learning.present() == first


def test_few_outcomes_teach_nothing(lives):
    lives(8)
    learning.learn()
    fit = the_fit()
    assert fit.adopted_at is None
    assert f"{health_fit.ENOUGH} are needed" in fit.told["why_not"]
    assert learning.present() == DEFAULT


def test_nothing_is_learned_of_an_empty_house_or_a_young_one(house):
    assert learning.learn() == 0
    assert db.session.scalars(select(Fit)).all() == []
    house.happens("answer.posted", "ada", "ben")
    assert learning.learn() == 0
    assert the_fit().adopted_at is None
    json.dumps(the_fit().told, allow_nan=False)


def test_a_back_test_of_whom_nobody_left_has_no_number_for_telling_them_apart(lives):
    lives(12)
    learning.learn()
    assert the_fit().told["test"]["auc"] is None


def test_what_was_taken_back_teaches_nothing(lives):
    """A flood of made-up answers, which is gone, leaves the same coefficients."""
    house = lives(90)
    learning.learn()
    clean = the_fit().told
    db.session.delete(the_fit())
    before = set(db.session.scalars(select(Event.id)))
    lives_again = [f"m{n}" for n in range(30)]
    for number, name in enumerate(lives_again):
        for season in range(4):
            at = FIRST + timedelta(days=100 * season + number)
            house.happens("answer.posted", name, "ada", at)
    flood = sorted(set(db.session.scalars(select(Event.id))) - before)
    void_many(connection(), flood, "made up", clock.now())
    db.session.commit()
    learning.learn()
    assert the_fit().told == clean


def test_it_is_learned_as_of_a_day(lives):
    """What came later is not known then."""
    house = lives(90)
    then = house.today - timedelta(days=100)
    learning.learn(then)
    told = the_fit().told
    assert the_fit().made_at == then
    for kind in ("answer.posted", "exchange.completed"):
        house.happens(kind, "m1", "m2", then + timedelta(days=3))
    db.session.delete(the_fit())
    db.session.commit()
    learning.learn(then)
    assert the_fit().told == told


def test_coefficients_come_back_as_they_were_kept():
    told = json.loads(json.dumps(learning.asdict(DEFAULT)))
    assert learning.read(told) == DEFAULT
    assert learning._plain({"a": math.nan, "b": 1.5, "c": "x"}) == {"a": None, "b": 1.5, "c": "x"}
