"""The four numbers are those that sets of days, weeks and people give, for all at once and for one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.ledger.kinds import CODES, KINDS
from community.ledger.segments import NEVER, NOTHING
from community.standing import health_features
from community.standing.health_features import (
    A_DAY,
    ACTS,
    DEALINGS,
    TOWARDS,
    Acts,
    acts_of,
    features,
    features_of,
    from_ledger,
)
from community.standing.past import NOBODY

quick = settings(max_examples=60, deadline=None)
MANY = 5
TODAY = 17_000.25
acts_strategy = st.lists(
    st.tuples(
        st.integers(0, MANY - 1),
        st.one_of(st.floats(TODAY - 500, TODAY + 20), st.floats(TODAY - 100, TODAY)),
        st.integers(NOBODY, MANY - 1),
    ),
    max_size=40,
)


def table(rows):
    member, day, other = zip(*rows, strict=True) if rows else ((), (), ())
    return Acts(np.array(member, np.int64), np.array(day, float), np.array(other, np.int64))


def numbers(found):
    return np.column_stack((found.recency, found.weeks, found.tenure, found.peers))


def by_sets(rows, member, as_of, joined=None):
    """The definition, in words of sets."""
    mine = [(int(day // 1), other) for who, day, other in rows if who == member and day <= as_of]
    today = int(as_of // 1)
    began = [day for day, _ in mine] + ([int(joined // 1)] if joined is not None else [])
    if not began:
        return [np.nan, 0, np.nan, 0]
    last = max((day for day, _ in mine), default=min(began))
    weeks = {(day + 3) // 7 for day, _ in mine if (today + 3) // 7 - (day + 3) // 7 < 52}
    met = {other for day, other in mine if day >= today - 90 and other not in (NOBODY, member)}
    return [today - last, len(weeks), today - min(began), len(met)]


@quick
@given(acts_strategy, st.integers(0, 40))
def test_they_are_what_sets_give_whatever_the_order_and_the_parts(rows, cut):
    expected = [by_sets(rows, member, TODAY) for member in range(MANY)]
    np.testing.assert_array_equal(numbers(features([table(rows)], TODAY, MANY)), expected)
    parts = [table(rows[::-1][cut:]), table(rows[::-1][:cut])]
    np.testing.assert_array_equal(numbers(features(parts, TODAY, MANY)), expected)


@quick
@given(acts_strategy, st.permutations(range(MANY)))
def test_names_do_not_matter(rows, renamed):
    plain = numbers(features([table(rows)], TODAY, MANY))
    other = [(renamed[w], d, renamed[o] if o != NOBODY else NOBODY) for w, d, o in rows]
    np.testing.assert_array_equal(
        numbers(features([table(other)], TODAY, MANY))[list(renamed)], plain
    )


@quick
@given(acts_strategy)
def test_a_second_act_on_a_day_with_the_same_peer_changes_nothing_ever(rows):
    again = rows + [
        (who, np.floor(day) + 0.999, other) for who, day, other in rows if day < TODAY - 1
    ]
    for as_of in (TODAY, TODAY + 1, TODAY + 30.5, TODAY + 91, TODAY + 365):
        np.testing.assert_array_equal(
            numbers(features([table(again)], as_of, MANY)),
            numbers(features([table(rows)], as_of, MANY)),
        )


@quick
@given(acts_strategy, st.integers(1, 400))
def test_silence_makes_nobody_more_regular_or_connected(rows, later):
    rows = [row for row in rows if row[1] <= TODAY]
    now = features([table(rows)], TODAY, MANY)
    then = features([table(rows)], TODAY + later, MANY)
    assert (then.weeks <= now.weeks).all()
    assert (then.peers <= now.peers).all()
    has_acted = ~np.isnan(now.recency)
    assert (then.recency[has_acted] == now.recency[has_acted] + later).all()
    assert (then.tenure[has_acted] == now.tenure[has_acted] + later).all()


def test_who_joined_and_did_nothing_has_been_silent_since():
    joined = np.array([16_900.5, np.nan, 17_100, 16_000])
    found = features([table([(3, 16_999.0, NOBODY)])], TODAY, 4, joined)
    assert len(found) == 4
    np.testing.assert_array_equal(
        numbers(found),
        [[100, 0, 100, 0], [np.nan, 0, np.nan, 0], [np.nan, 0, np.nan, 0], [1, 1, 1000, 0]],
    )


# The ledger's columns

PEOPLE = np.array([3, 70, 500, 9_007_199_254_740_993])
AS_OF = int(TODAY * A_DAY)
KINDS_DRAWN = [*ACTS, "vote.cast", "offer.viewed", "member.joined", "reaction.given"]
ledger = st.lists(
    st.tuples(
        st.sampled_from(KINDS_DRAWN),
        st.sampled_from([*PEOPLE.tolist(), NOTHING]),
        st.sampled_from([*PEOPLE.tolist(), NOTHING]),
        st.integers(AS_OF - 120 * A_DAY, AS_OF + 2 * A_DAY),
        st.sampled_from([NEVER, NEVER, NEVER, AS_OF - 1, AS_OF + 1]),
    ),
    max_size=30,
)


def columns(rows):
    kind, actor, other, at, voided = zip(*rows, strict=True) if rows else [()] * 5
    return {
        "kind": np.array([CODES[name] for name in kind], np.int16),
        "actor": np.array(actor, np.int64),
        "other": np.array(other, np.int64),
        "happened_at": np.array(at, np.int64),
        "voided_at": np.array(voided, np.int64),
    }


@quick
@given(ledger, st.sets(st.sampled_from(PEOPLE.tolist())))
def test_one_member_from_their_own_events_is_the_same_as_among_all(rows, verified):
    counted = np.array(sorted(verified), np.int64)
    everyone = from_ledger([columns(rows[:9]), columns(rows[9:])], AS_OF, PEOPLE, counted)
    for place, member in enumerate(PEOPLE.tolist()):
        own = columns([row for row in rows if member in row[1:3]])
        alone = features_of(member, own, AS_OF, counted)
        np.testing.assert_array_equal(numbers(alone)[0], numbers(everyone)[place])


@quick
@given(ledger)
def test_the_ledger_says_what_its_events_mean(rows):
    acts, joined = [], {}
    for kind, actor, other, at, voided in rows:
        if at > AS_OF or voided <= AS_OF:
            continue
        if kind == "member.joined":
            joined[actor] = min(at / A_DAY, joined.get(actor, np.inf))
        if kind in ACTS and actor != other:
            peer = other if kind in TOWARDS and other != NOTHING else NOBODY
            acts.append((actor, at / A_DAY, peer))
            if kind in DEALINGS:
                acts.append((other, at / A_DAY, NOBODY if actor == NOTHING else actor))
    expected = [
        by_sets(acts, member, AS_OF / A_DAY, joined.get(member)) for member in PEOPLE.tolist()
    ]
    np.testing.assert_array_equal(numbers(from_ledger([columns(rows)], AS_OF, PEOPLE)), expected)


def test_votes_logins_and_views_are_no_acts():
    kinds = set(KINDS) - set(ACTS)
    assert {"vote.cast", "reaction.given", "offer.viewed", "search.made", "subject.saved"} <= kinds
    idle = columns([(kind, 3, 70, AS_OF, NEVER) for kind in kinds])
    assert len(acts_of(idle, PEOPLE)) == 0
    assert set(ACTS) <= set(KINDS)


def test_tenure_is_since_joining_unless_that_was_taken_back():
    early, late = AS_OF - 100 * A_DAY, AS_OF - 40 * A_DAY
    rows = [
        ("member.joined", 3, NOTHING, early, NEVER),
        ("member.joined", 70, NOTHING, early, AS_OF),
        ("member.joined", 70, NOTHING, late, AS_OF + 1),
        ("member.joined", 500, NOTHING, AS_OF + 1, NEVER),
    ]
    found = from_ledger([columns(rows)], AS_OF, PEOPLE)
    np.testing.assert_array_equal(found.tenure, [100, 40, np.nan, np.nan])
    np.testing.assert_array_equal(found.recency, found.tenure)


@pytest.mark.parametrize("kind", DEALINGS)
def test_a_dealing_is_an_act_of_both(kind):
    found = from_ledger([columns([(kind, 3, 70, AS_OF, NEVER)])], AS_OF, PEOPLE)
    assert found.peers.tolist() == [1, 1, 0, 0]


def test_an_act_at_the_last_microsecond_of_a_day_is_of_that_day():
    midnight = 20_000 * A_DAY
    found = from_ledger(
        [columns([("topic.opened", 3, NOTHING, midnight - 1, NEVER)])], midnight, PEOPLE
    )
    assert found.recency[0] == 1
    assert health_features.WEEKS == 52
