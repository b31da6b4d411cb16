"""Which case a ring is: a table, what always holds, and the history that a case keeps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.kit.db import db
from community.standing import cases
from community.standing.models import Case
from community.standing.ring_cases import SAME, Known, alike, changed, which

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def known(*groups):
    """Cases about the members in these texts; one in brackets is closed."""
    return [Known(frozenset(group.strip("()")), not group.startswith("(")) for group in groups]


@pytest.mark.parametrize(
    ("found", "there", "chosen"),
    [
        (["abc"], [], [None]),
        (["abc"], ["abc"], [0]),
        (["abcd"], ["abc"], [0]),
        (["abc"], ["abcd"], [0]),
        (["abx"], ["abc"], [0]),  # 2 of 4
        (["axy"], ["abc"], [None]),  # 1 of 5
        (["abcdef"], ["abc"], [0]),  # twice as many
        (["abcdefg"], ["abc"], [None]),
        (["abcd"], ["(abcd)"], [0]),
        (["abcdefghi"], ["(abcd)"], [None]),
        (["abcd"], ["abce", "abcd"], [1]),  # the most alike
        (["abcd"], ["(abce)", "abcf"], [1]),  # of equals the open one
        (["abc"], ["abcdef", "(abc)"], [1]),  # what was left of it was looked at
        (["abcd", "abef"], ["abcdef"], [0, None]),  # one that fell in two goes on as one
        (["abc", "def"], ["(abcdef)"], [0, 0]),
        (["abcdef"], ["abc", "def"], [0]),  # two that became one: the one that stands first
        (["abc", "xyz"], ["xyz", "abc"], [1, 0]),
    ],
)
def test_which_case_it_is(found, there, chosen):
    assert which(found, known(*there)) == chosen


groups = st.frozensets(st.integers(1, 9), min_size=1, max_size=6)
kept = st.lists(st.builds(Known, groups, st.booleans()), max_size=5)


@given(st.lists(groups, max_size=5), kept)
def test_nothing_that_is_the_same_is_new_and_an_open_case_is_one_ring(found, there):
    chosen = which(found, there)
    open_ones = [place for place in chosen if place is not None and there[place].is_open]
    assert len(open_ones) == len(set(open_ones))
    for members, place in zip(found, chosen, strict=True):
        if place is not None:
            assert alike(members, there[place].members) >= SAME
        else:
            same = [n for n, case in enumerate(there) if alike(members, case.members) >= SAME]
            assert {n for n in same if there[n].is_open} == set(same) <= set(open_ones)


@given(st.lists(groups, min_size=1, max_size=8))
def test_the_history_leads_from_the_first_members_to_those_of_now(stages):
    told, now = {"pairs": 3}, NOW
    for before, after in pairwise(stages):
        now += timedelta(days=7)
        told = changed(told, before, after, now)
    members = set(stages[0])
    for step in told.get("history", ()):
        assert members.isdisjoint(step["joined"])
        assert members.issuperset(step["left"])
        members = (members | set(step["joined"])) - set(step["left"])
    assert members == stages[-1]
    moments = [step["at"] for step in told.get("history", ())]
    assert moments == sorted(set(moments))
    assert told["pairs"] == 3


def test_who_leaves_the_place_is_in_no_history(app):
    steps = [
        {"at": 1, "joined": [4], "left": []},
        {"at": 2, "joined": [5], "left": [4]},
    ]
    db.session.add(
        Case(kind="ring", key="x", found_at=NOW, members=[1, 2, 5], told={"pairs": 3, "history": steps})
    )  # fmt: skip
    db.session.commit()
    cases.forget(4)
    db.session.expire_all()
    (case,) = db.session.query(Case)
    assert case.members == [1, 2, 5]
    assert case.told == {"pairs": 3, "history": [{"at": 2, "joined": [5], "left": []}]}
