"""How healthy it is between two: a table of cases, and what holds whatever they had with each other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges import pair_rules
from community.activity.exchanges.pair_rules import FACTORS, Dealing, Health, Pair, Said
from tests.conftest import NOON

NAMES = ("Ada", "Ben")
A_DAY = timedelta(days=1)


def dealing(days=10, state="completed", is_by_first=True, first=None, second=None, **more):
    """One that ended so many days ago; each side says whether they would again, or a ``Said``."""
    return Dealing(
        NOON - (days + 5) * A_DAY,
        NOON - days * A_DAY,
        state,
        is_by_first,
        first=first if isinstance(first, Said) else Said(first),
        second=second if isinstance(second, Said) else Said(second),
        **more,
    )


def going_on(days=5):
    return Dealing(NOON - days * A_DAY, None, "under_way", is_by_first=True)


def points(pair, now=NOON):
    return dict(zip(FACTORS, pair_rules.health(pair, now).points, strict=True))


TWO = (dealing(10), dealing(40))
LESS, MUCH_LESS, MORE = Said(gap=-1), Said(gap=-3), Said(gap=2)


@pytest.mark.parametrize(
    ("name", "dealings", "expected"),
    [
        # By answers: nothing is half, the newest counts most, the less willing of two double.
        ("again", TWO, 18),
        ("again", (dealing(0, first=True, second=True), dealing(40)), 29),
        ("again", (dealing(0, first=False, second=True), dealing(40)), 14),
        ("again", (dealing(0, first=False, second=False), dealing(40)), 6),
        ("again", (dealing(0, first=False), dealing(40)), 10),
        ("again", (dealing(0, first=False, second=True), dealing(40, first=True, second=True)), 18),
        ("again", (dealing(0, first=True, second=True), dealing(40, first=False, second=True)), 25),
        ("again", (dealing(700, first=False, second=False), dealing(700)), 15),
        # By silence, against the usual days between two exchanges.
        ("rhythm", TWO, 25),
        ("rhythm", (dealing(60), dealing(90)), 13),
        ("rhythm", (dealing(60), dealing(120)), 25),
        ("rhythm", (dealing(28), dealing(29), dealing(30)), 25),
        ("rhythm", (dealing(90), dealing(91), dealing(92)), 8),
        ("rhythm", (dealing(300), dealing(301), going_on()), 25),
        ("rhythm", (dealing(180), dealing(20, "cancelled")), 13),
        ("rhythm", (dealing(20, "not_met"), dealing(30, "cancelled")), 0),
        ("rhythm", (dealing(20, "went_wrong"), dealing(50, "lapsed")), 25),
        # By how they ended.
        ("course", (dealing(0), dealing(0)), 18),
        ("course", (dealing(0), dealing(0, "cancelled")), 10),
        ("course", (dealing(0), dealing(0, "went_wrong")), 7),
        ("course", (dealing(0), dealing(0, "not_met", is_excused=True)), 17),
        ("course", (dealing(0, "lapsed"), dealing(0, "lapsed")), 10),
        ("course", (dealing(0), dealing(180, "cancelled")), 13),
        # By what was got of what was expected.
        ("gap", TWO, 5),
        ("gap", (dealing(0, first=MORE, second=MORE), dealing(40)), 8),
        ("gap", (dealing(0, first=LESS, second=MORE), dealing(40)), 6),
        ("gap", (dealing(0, first=MUCH_LESS, second=MORE), dealing(40)), 4),
        # By who provided.
        ("ways", TWO, 3),
        ("ways", (dealing(10), dealing(40, is_by_first=False)), 5),
        ("ways", (dealing(10, "cancelled"), dealing(40, "cancelled")), 3),
    ],
)
def test_points(name, dealings, expected):
    assert points(Pair(dealings, names=NAMES))[name] == expected


@pytest.mark.parametrize(("many", "expected"), [(0, 3), (1, 4), (2, 5)])
def test_references_weigh_little(many, expected):
    assert points(Pair(TWO, (NOON - A_DAY,) * many))["references"] == expected
    # One that is written later is not known yet.
    assert points(Pair(TWO, (NOON + A_DAY,) * many))["references"] == 3


@pytest.mark.parametrize(
    "dealings",
    [
        (),
        (dealing(),),
        (dealing(), going_on()),
        (dealing(), dealing(731)),
        (dealing(), dealing(-1)),
    ],
)
def test_there_can_be_too_little_to_say(dealings):
    pair = Pair(dealings, names=NAMES)
    assert pair_rules.health(pair, NOON) is None
    assert pair_rules.parts(pair, NOON) == ()


def test_one_side_sees_by_their_own_answers_alone():
    told = dealing(0, first=Said(True, 1), second=Said(False, -4))
    silent = dealing(0, first=Said(True, 1))
    for now in (NOON, NOON + 100 * A_DAY):
        one, other = Pair((told, dealing(40))), Pair((silent, dealing(40)))
        assert pair_rules.health(one, now) == pair_rules.health(other, now)
        assert pair_rules.parts(one, now) == pair_rules.parts(other, now)
    both = pair_rules.health(Pair((told, dealing(40)), names=NAMES), NOON)
    assert both.is_refused
    assert both.number < pair_rules.health(one, NOON).number


@pytest.mark.parametrize(
    ("health", "is_suffering"),
    [
        (Health((50,)), False),
        (Health((49,)), True),
        (Health((70,), 84), False),
        (Health((70,), 85), True),
        (Health((90,), 60), False),
        (Health((90,), is_refused=True), True),
    ],
)
def test_who_suffers(health, is_suffering):
    assert health.is_suffering is is_suffering


@pytest.mark.parametrize(
    ("dealings", "is_refused"),
    [
        ((dealing(1, second=False), dealing(9, second=True)), True),
        ((dealing(1, second=True), dealing(9, second=False)), False),
        ((dealing(1), dealing(9, first=False)), True),
        (TWO, False),
    ],
)
def test_the_newest_answer_of_a_side_tells_whether_it_refuses(dealings, is_refused):
    assert pair_rules.health(Pair(dealings, names=NAMES), NOON).is_refused is is_refused


def test_it_falls_with_silence():
    pair = Pair((dealing(100), dealing(130), dealing(160)), names=NAMES)
    seen = pair_rules.health(pair, NOON)
    assert seen.before == pair_rules.health(pair, NOON - 90 * A_DAY).number
    assert seen.lost >= pair_rules.FALL


def test_why_is_said_in_words():
    told = (dealing(100, first=Said(True, -1), second=False), dealing(140, "cancelled"))
    ways = {
        None: ["You said yes: 1, no: 0.", "You got what you expected: 0, less: 1."],
        NAMES: ["Ada would: 1, would not: 0. Ben would: 0, would not: 1.", "Ada got what they expected: 0, less: 1. Ben"],
    }  # fmt: skip
    for names, own in ways.items():
        said = " ".join(str(each.why) for each in pair_rules.parts(Pair(told, names=names), NOON))
        for words in (*own, "Days since the last exchange: 100, where 90 are usual.", "Completed: 1. Cancelled, missed or gone wrong: 1.", "one way: 1, the other way: 0", "Of the two, 0 said"):  # fmt: skip
            assert words in said
    unsaid = " ".join(str(each.why) for each in pair_rules.parts(Pair(TWO), NOON))
    assert unsaid.count("which counts half") == 2
    assert "Usual are up to 30." in unsaid


answers = st.builds(Said, st.none() | st.booleans(), st.none() | st.integers(-4, 4))
dealings = st.builds(
    dealing,
    st.integers(-50, 900),
    st.sampled_from(sorted({*pair_rules.MET, *pair_rules.ILL})),
    st.booleans(),
    answers,
    answers,
    is_excused=st.booleans(),
)
pairs = st.builds(
    Pair,
    st.lists(dealings | st.builds(going_on, st.integers(-50, 900)), max_size=9).map(tuple),
    st.lists(st.integers(-50, 900).map(lambda days: NOON - days * A_DAY), max_size=2).map(tuple),
    st.sampled_from([None, NAMES]),
)


@given(pairs)
def test_parts_add_up_to_the_number_within_their_bounds(pair):
    health = pair_rules.health(pair, NOON)
    parts = pair_rules.parts(pair, NOON)
    if health is None:
        assert parts == ()
        return
    assert tuple(part.points for part in parts) == health.points
    assert sum(part.points for part in parts) == health.number
    assert 0 <= health.number <= sum(part.most for part in parts) == 100
    for part in parts:
        assert 0 <= part.points <= part.most
        assert str(part.why)


@given(pairs, st.integers(0, 8), st.sampled_from(["first", "second"]))
def test_a_yes_never_lowers_and_a_no_never_raises(pair, at, side):
    if at >= len(pair.dealings):
        return
    numbers = []
    for again in (False, None, True):
        changed = list(pair.dealings)
        said = replace(getattr(changed[at], side), again=again)
        changed[at] = replace(changed[at], **{side: said})
        health = pair_rules.health(replace(pair, dealings=changed), NOON)
        if health is None:
            return
        numbers.append(health.number)
    assert numbers == sorted(numbers)


@given(pairs, st.randoms())
def test_their_order_says_nothing(pair, chance):
    mixed = list(pair.dealings)
    chance.shuffle(mixed)
    other = replace(pair, dealings=mixed)
    assert pair_rules.health(other, NOON) == pair_rules.health(pair, NOON)
    assert pair_rules.parts(other, NOON) == pair_rules.parts(pair, NOON)


@given(pairs)
def test_for_those_who_see_both_it_is_the_same_from_either_side(pair):
    turned = [
        replace(each, is_by_first=not each.is_by_first, first=each.second, second=each.first)
        for each in pair.dealings
    ]
    both = replace(pair, names=NAMES)
    assert pair_rules.health(replace(both, dealings=turned), NOON) == pair_rules.health(both, NOON)


@given(pairs)
def test_without_names_the_second_side_counts_nothing(pair):
    own = replace(pair, names=None)
    silent = [replace(each, second=Said()) for each in pair.dealings]
    other = replace(own, dealings=silent)
    assert pair_rules.health(other, NOON) == pair_rules.health(own, NOON)
    assert pair_rules.parts(other, NOON) == pair_rules.parts(own, NOON)
