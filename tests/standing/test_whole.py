"""What is found of everyone as of a past moment is what was found then: the time machine tells no tales."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community import demo
from community.kit import clock
from community.kit.db import connection
from community.ledger import columns
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.segments import NEVER, NOTHING
from community.standing import reading, whole
from community.standing.awarding import FACTS
from community.standing.folds import A_DAY
from community.standing.metrics import METRICS
from community.standing.past import FactRows, Items, Past
from community.standing.whole import context_of, find
from tests.standing.pasts import ADA, BEN, CY, NOW, act, past

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
LIKELY = ("member.joined", "contact.confirmed", "exchange.completed", "review.published",
          "rating.given", "thanks.given", "answer.accepted", "referral.qualified")  # fmt: skip
KIND = st.sampled_from([*LIKELY * 4, *KINDS])
MEMBER = st.sampled_from([None, *range(1, 9)])
ACT = st.builds(
    act,
    KIND,
    MEMBER,
    MEMBER,
    st.integers(0, 400).map(lambda n: n / 2),
    st.sampled_from([None, -5, 1, 4, 5]),
    st.sampled_from([None, ("offer", 10), ("offer", 11), ("exchange", 12), ("answer", 13)]),
    st.sampled_from([None, None, None, 10, 60, 120]),
)
ITEMS = ((12, "exchange", CY, 10), (13, "answer", BEN, None))


def a_ledger(acts, is_seeded):
    """A past of which it is not said who its members are: all whom it names."""
    seeds = [act("member.verified", BEN, ADA, 300)] if is_seeded else []
    told = past(act("member.joined", BEN, days=300), *seeds, *acts, items=ITEMS)
    voided = np.maximum(told.events["voided_at"], told.events["happened_at"] + 1)
    return Past(told.events | {"voided_at": voided}, told.items)


def recorded_until(full, as_of):
    """What stood in the ledger then: nothing that came later, and nothing taken back later was."""
    at = clock.to_micros(as_of)
    is_in = full.events["happened_at"] <= at
    events = {name: column[is_in] for name, column in full.events.items()}
    events["voided_at"] = np.where(events["voided_at"] > at, NEVER, events["voided_at"])
    is_made = full.items.made_at <= at
    items = Items(*(getattr(full.items, field.name)[is_made] for field in fields(Items)))
    facts = {
        name: FactRows(*(getattr(rows, f.name)[rows.at <= at] for f in fields(FactRows)))
        for name, rows in full.facts.items()
    }
    return Past(events, items, facts)


def same(one, two, what):
    np.testing.assert_allclose(one, two, rtol=1e-7, atol=1e-7, err_msg=what)


def the_same_was_said(full, then, as_of):
    """Of everyone who was known then, the same is found in both."""
    now, was = find(full, as_of), find(then, as_of)
    at = full.number(then.members)
    assert (at >= 0).all()
    assert (now.has_seeds, now.ties) == (was.has_seeds, was.ties)
    for name in ("authority", "evidence", "signed", "shown", "ranking"):
        same(getattr(now.trust, name)[at], getattr(was.trust, name), name)
    same(now.core[at], was.core, "core")
    for name in ("recency", "weeks", "tenure", "peers"):
        same(getattr(now.features, name)[at], getattr(was.features, name), name)
    for name in ("p", "score", "low", "high", "state"):
        same(getattr(now.health, name)[at], getattr(was.health, name), name)
    same(now.middle, was.middle, "middle")
    np.testing.assert_array_equal(now.bars.shown[at], was.bars.shown)
    if was.context.mean_rating is None:
        assert now.context.mean_rating is None
    else:
        same(now.context.mean_rating, was.context.mean_rating, "mean rating")
    full.context, then.context = now.context, was.context
    for name, metric in METRICS.items():
        told, had = metric.of(full, as_of), metric.of(then, as_of)
        for part in ("value", "num", "den"):
            same(getattr(told, part)[at], getattr(had, part), f"{name} {part}")
    # Of who was to come nothing can be said, but that there was nothing.
    later = np.setdiff1d(np.arange(len(full)), at)
    assert not now.trust.evidence[later].any()
    assert not now.core[later].any()
    assert np.isnan(now.health.score[later]).all()


@settings(max_examples=60, deadline=None)
@for_all(st.lists(ACT, min_size=5, max_size=60), st.integers(0, 180), st.booleans())
def test_a_past_day_is_what_a_replay_to_it_gives(acts, days, is_seeded):
    full, as_of = a_ledger(acts, is_seeded), NOW - timedelta(days=days, hours=5)
    the_same_was_said(full, recorded_until(full, as_of), as_of)


@pytest.mark.parametrize("days", [45, 200])
def test_a_past_day_of_the_town_is_what_a_replay_to_it_gives(app, tmp_path, days):
    demo.build(seed=3, members=40, until=UNTIL)
    store = columns.Columns(tmp_path / "columns")
    store.extend()
    full = reading.everyone(connection(), store, FACTS)
    as_of = UNTIL - timedelta(days=days, hours=7)
    the_same_was_said(full, recorded_until(full, as_of), as_of)


@settings(max_examples=25, deadline=None)
@for_all(st.lists(ACT, min_size=5, max_size=50), st.integers(0, 180), st.booleans())
def test_what_is_known_of_a_day_is_a_part_of_what_is_found(acts, days, is_seeded):
    """Assessments of days that are over ask for less; it is the same."""
    full, as_of = a_ledger(acts, is_seeded), NOW - timedelta(days=days)
    known, found = context_of(full, as_of), find(full, as_of).context
    assert (known.mean_rating, known.unknown) == (found.mean_rating, found.unknown)
    assert (known.trust is None) == (found.trust is None)
    if known.trust is not None and found.trust is not None:
        np.testing.assert_array_equal(known.trust[1], found.trust[1])
    for name, values in known.measures.items():
        np.testing.assert_array_equal(values, found.measures[name])


def test_without_anybody_nothing_is_found():
    empty = {name: np.empty(0, np.int64) for name in act("member.joined", ADA)} | {
        "id": np.empty(0, np.int64)
    }
    found = find(Past(empty), NOW)
    assert (found.ties, found.has_seeds, found.health.score.size) == (0, False, 0)
    assert found.context.mean_rating is None


def test_whoever_has_more_authority_than_the_middle_weighs_one():
    told = past(
        act("member.verified", CY, ADA, 9),
        act("review.published", ADA, BEN, 8, 5),
        act("review.published", BEN, CY, 7, 5),
    )
    trust, has_seeds = whole.trust_of(told, NOW)
    ids, weights = whole.weights(told, trust, has_seeds)
    assert ids.tolist() == [ADA, BEN, CY]
    assert weights[0] == 1
    assert 0 < weights.min() < 1
    assert whole.weights(told, trust, False) is None


def test_the_mean_is_of_the_stars_of_a_year():
    told = past(
        act("review.published", ADA, BEN, 5, 5),
        act("review.published", CY, BEN, 5, 4),
        act("review.published", CY, ADA, 5, 1, voided=3),
        act("review.published", CY, ADA, 400, 1),
    )
    assert whole.mean_rating(told, NOW) == 4.5
    assert whole.mean_rating(told, NOW - timedelta(days=4)) == pytest.approx(10 / 3)
    assert whole.mean_rating(past(), NOW) is None


def test_who_is_known_by_a_moment():
    told = past(
        act("thanks.given", ADA, BEN, 5),
        act("thanks.given", CY, ADA, 3),
        items=[(12, "topic", 4, None)],
    )
    told.items.made_at[:] = clock.to_micros(NOW - timedelta(days=4))
    full = Past(
        told.events,
        told.items,
        {"rating": FactRows(*(np.array([v]) for v in (True, 5, 1, clock.to_micros(NOW) - A_DAY)))},
    )
    assert full.members.tolist() == [ADA, BEN, CY, 4, 5]
    for days, known in (
        (6, []),
        (5, [1, 2]),
        (4, [1, 2, 4]),
        (3, [1, 2, 3, 4]),
        (0, [1, 2, 3, 4, 5]),
    ):
        found = full.members[full.is_known(NOW - timedelta(days=days))]
        assert found.tolist() == known
    assert NOTHING not in full.members
    assert SUBJECT_CODES["topic"] in full.items.type
