"""Pasts as they were known, and assessments made again after something was corrected."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from community.kit import clock
from community.standing.badge_grammar import read_badge
from community.standing.metrics import METRICS
from community.standing.past import FactRows, Past
from community.standing.replays import corrected, known, to_repeat
from tests.standing.pasts import ADA, BEN, CY, NOW, ROOM, act, past

THEN = NOW - timedelta(days=10)


def value(name, whole, as_of=NOW):
    return METRICS[name].of(whole, as_of).value[0]


def test_a_past_as_it_was_known_holds_nothing_that_came_later():
    whole = past(
        act("review.published", BEN, ADA, 20, 5),
        act("review.published", CY, ADA, 15, 1, voided=5),
        act("review.published", CY, ADA, 2, 3),
    )
    then = known(whole, THEN)
    # Even asked about later days, it knows of no later review, and of nothing that was taken back.
    for as_of in (THEN, NOW, NOW + timedelta(days=30)):
        assert value("rating_received", then, as_of) == 3
    assert value("rating_received", whole) == 4


def test_what_was_declared_or_made_later_was_not_known():
    whole = past(items=[(20, "topic", ADA, None)])
    moments = np.array([clock.to_micros(NOW - timedelta(days=days)) for days in (30, 3)])
    score = FactRows(
        np.array([False, False]), np.array([20, 20]), np.array([1, 9]) * 1_000_000, moments
    )
    told = Past(whole.events, whole.items, {"score": score}, members=whole.members)
    scored = METRICS["topics_scored"]
    assert scored.of(told, NOW, each=5).value[0] == 1
    assert scored.of(known(told, THEN), NOW, each=5).value[0] == 0
    late = whole.items
    late.made_at[-1] = clock.to_micros(NOW - timedelta(days=3))
    assert (
        scored.of(
            known(Past(whole.events, late, {"score": score}, members=whole.members), THEN), NOW
        ).value[0]
        == 0
    )


def test_an_assessment_is_made_again_without_what_was_taken_back_since():
    whole = past(
        act("review.published", BEN, ADA, 20, 5),
        act("review.published", CY, ADA, 15, 1, voided=5),
    )
    assert value("rating_received", whole, THEN) == 3
    assert value("rating_received", corrected(whole, THEN, NOW), THEN) == 5
    # Before it was taken back there was nothing to correct.
    assert value("rating_received", corrected(whole, THEN, THEN), THEN) == 3


def test_an_assessment_is_made_again_with_what_was_excused_since():
    items = [(20, "exchange", BEN, 10), (21, "exchange", BEN, 10)]
    whole = past(
        act("exchange.cancelled", ADA, BEN, 20, about=("exchange", 20)),
        act("exchange.completed", BEN, ADA, 20, about=("exchange", 21)),
        act("excuse.granted", CY, None, 2, about=("exchange", 20)),
        items=items,
    )
    assert value("cancellation_rate", whole, THEN) == 0.5
    assert value("cancellation_rate", corrected(whole, THEN, NOW), THEN) == 0
    assert value("cancellation_rate", corrected(whole, THEN, NOW - timedelta(days=5)), THEN) == 0.5


@pytest.mark.parametrize(
    ("happened", "repeated"),
    [("2026-03-20", ["2026-04-01"]), ("2026-04-01", ["2026-04-01"]), ("2026-04-02", [])],
)
def test_the_last_assessment_that_counted_it_is_made_again(happened, repeated):
    told = {"name": "some", "label": "Some", "says": "So.", "cadence": {"every": "quarter"}}
    badge = read_badge(told | {"rule": {"metric": "exchanges", "at_least": 1}}, METRICS)
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (happened, *repeated)]
    assert to_repeat(badge, days[0], datetime(2026, 4, 3, tzinfo=UTC)) == days[1:]


def test_a_corrected_past_is_about_the_same_members():
    whole = past(act("exchange.completed", BEN, ADA, 3, about=ROOM))
    assert corrected(whole, THEN, NOW).members.tolist() == whole.members.tolist()
