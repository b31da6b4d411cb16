"""Ties are what the ledger says as of a moment, however they were put together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.graph import ties as ties_module
from community.graph.ties import READ, extended, mended, of_events, of_parts
from community.kit import clock
from community.ledger.kinds import CODES
from community.ledger.segments import COLUMNS, NEVER, NOTHING
from tests.graph.drawing import DAY, IDS, MODEST, NOON, NOW, days, ledgers


def events(*rows):
    """Columns of events told as (kind, actor, other, days ago, value, voided days ago)."""
    told = {name: [] for name in READ}
    for kind, actor, other, ago, value, back in rows:
        told["kind"].append(CODES[kind])
        told["actor"].append(actor)
        told["other"].append(other)
        told["happened_at"].append(NOW - int(ago * DAY))
        told["value"].append(value)
        told["voided_at"].append(NEVER if back is None else NOW - int(back * DAY))
    return {name: np.array(values, COLUMNS[name]) for name, values in told.items()}


def among(ties):
    """Each tie by its members: weight, last and count."""
    rows = (
        ties.members[ties.source],
        ties.members[ties.target],
        ties.weight,
        ties.last,
        ties.count,
    )
    return {(a, b): rest for a, b, *rest in zip(*(row.tolist() for row in rows), strict=True)}


def assert_same(one, two):
    """The same ties: exactly, but for roundings of the weights."""
    for name in ("members", "source", "target", "last", "count"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    # Good and bad events may cancel out, so roundings are held against what was added up.
    assert np.allclose(one.weight, two.weight, rtol=1e-9, atol=1e-12)
    assert (one.as_of, one.half_life) == (two.as_of, two.half_life)


@pytest.mark.parametrize(
    ("event", "ties"),
    [
        (("review.published", 1, 2, 0, 5, None), {(1, 2): 1.0}),
        (("review.published", 1, 2, 180, 5, None), {(1, 2): 0.5}),
        (("exchange.completed", 1, 2, 360, NOTHING, None), {(1, 2): 0.75, (2, 1): 0.75}),
        (("rating.given", 1, 2, 0, -10, None), {(1, 2): -1.0}),
        (("rating.given", 1, 2, 0, 3, None), {(1, 2): 0.3}),
        (("rating.given", 1, 2, 0, 40, None), {(1, 2): 1.0}),
        (("rating.given", 1, 2, 0, 0, None), {(1, 2): 0.0}),
        (("rating.given", 1, 2, 0, NOTHING, None), {}),
        (("vote.cast", 1, 2, 0, 1, None), {}),
        (("review.published", 1, 1, 0, 5, None), {}),
        (("review.published", NOTHING, 2, 0, 5, None), {}),
        (("review.published", 1, NOTHING, 0, 5, None), {}),
        (("review.published", 1, 2, -1e-11, 5, None), {(1, 2): 1.0}),
        (("review.published", 1, 2, -1, 5, None), {}),
        (("review.published", 1, 2, 0, 5, 0), {}),
        (("review.published", 1, 2, 0, 5, -1), {(1, 2): 1.0}),
    ],
)
def test_what_one_event_adds(event, ties):
    found = of_events(events(event), NOON)
    assert {pair: weight for pair, (weight, _, _) in among(found).items()} == pytest.approx(ties)
    assert found.members.tolist() == sorted({id for pair in ties for id in pair})


def test_events_of_a_pair_add_up():
    found = of_events(
        events(
            ("review.published", 7, 3, 360, 5, None),
            ("message.sent", 7, 3, 0, NOTHING, None),
            ("message.sent", 3, 7, 180, NOTHING, None),
        ),
        NOON,
    )
    assert among(found) == {
        (7, 3): pytest.approx([0.25 + 0.3, NOW, 2]),
        (3, 7): pytest.approx([0.15, NOW - 180 * DAY, 1]),
    }
    assert found.sign.tolist() == [1, 1]


def test_a_window_begins_at_its_first_moment():
    told = events(
        ("message.sent", 1, 2, 10, NOTHING, None), ("message.sent", 2, 1, 11, NOTHING, None)
    )
    assert list(among(of_events(told, NOON, since=NOON - days(10)))) == [(1, 2)]


@MODEST
@given(ledgers(), st.integers(1, 9), st.integers(-800, 0))
def test_it_does_not_matter_how_events_are_cut(told, block, day):
    as_of = NOON + days(day)
    cuts = range(0, told["id"].size, block)
    parts = [{name: told[name][cut : cut + block] for name in READ} for cut in cuts]
    assert_same(of_parts(parts, as_of), of_events(told, as_of))


def test_many_events_are_worked_on_in_blocks(monkeypatch):
    told = events(*(("message.sent", n % 3, n % 5, n, NOTHING, None) for n in range(50)))
    whole = of_events(told, NOON)
    monkeypatch.setattr(ties_module, "BLOCK", 7)
    assert_same(of_events(told, NOON), whole)


@MODEST
@given(ledgers(), st.integers(-800, 0), st.integers(0, 400), st.data())
def test_extending_and_mending_is_making_anew(told, day, later, data):
    """Known events, then new ones, at a later moment by which some were taken back."""
    then, now = NOON + days(day), NOON + days(day + later)
    is_known = np.array(
        data.draw(st.lists(st.booleans(), min_size=told["id"].size, max_size=told["id"].size)), bool
    )
    known = {name: values[is_known] for name, values in told.items()}
    # What was known and lay in the future then is new as well.
    is_more = ~is_known | (told["happened_at"] > clock.to_micros(then))
    more = {name: values[is_more] for name, values in told.items()}
    back = (known["voided_at"] > clock.to_micros(then)) & (
        known["voided_at"] <= clock.to_micros(now)
    )
    touched = np.concatenate([known["actor"][back], known["other"][back]])
    found = mended(extended(of_events(known, then), more, now), [told], touched)
    assert_same(found, of_events(told, now))


def test_what_was_taken_back_is_mended():
    """The older of two messages counts again as the last, and who has no tie left is gone."""
    told = events(
        ("message.sent", 1, 2, 180, NOTHING, None),
        ("message.sent", 1, 2, 3, NOTHING, 1),
        ("message.sent", 3, 1, 3, NOTHING, 1),
    )
    before = of_events(told, NOON - days(2))
    assert sorted(among(before)) == [(1, 2), (3, 1)]
    found = mended(before.faded(NOON), [told], np.array([1, 2, 3]))
    assert among(found) == {(1, 2): pytest.approx([0.15, NOW - 180 * DAY, 1])}
    assert found.members.tolist() == [1, 2]


@MODEST
@given(ledgers())
def test_mending_what_is_whole_changes_nothing(told):
    whole = of_events(told, NOON)
    assert_same(mended(whole, [told], np.array(IDS[:3])), whole)


def test_ties_do_not_go_back_in_time():
    with pytest.raises(ValueError, match="back in time"):
        of_events(events(), NOON).faded(NOON - days(1))


def test_members_have_places_and_strangers_none():
    found = of_events(events(("message.sent", 7, 2**40, 0, NOTHING, None)), NOON)
    assert found.places(np.array([2**40, 8, 7, NOTHING])).tolist() == [1, -1, 0, -1]
    assert of_events(events(), NOON).places(np.array([7])).tolist() == [-1]


@MODEST
@given(ledgers())
def test_good_ties_keep_their_members_and_no_others(told):
    whole = of_events(told, NOON)
    good = {pair: rest for pair, rest in among(whole).items() if rest[0] > 0}
    found = whole.positive()
    assert among(found) == good
    assert found.members.tolist() == sorted({id for pair in good for id in pair})
    assert found.edges.n == found.members.size
