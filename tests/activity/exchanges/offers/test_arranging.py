"""Which place each offer gets: none is lost, none stands twice, newcomers have their share."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from community.activity.exchanges.offers import arranging
from community.activity.exchanges.offers.arranging import (
    A_BLOCK,
    A_PAGE,
    FEWEST,
    MOST_OF_ONE,
    arrange,
)


@dataclass(frozen=True)
class Thing:
    id: int
    owner_id: int
    is_newcomer: bool = False


def things(owners, *, is_newcomer, first=0):
    return [Thing(first + n, owner, is_newcomer) for n, owner in enumerate(owners)]


owners = st.lists(st.integers(1, 25), max_size=A_BLOCK)


@settings(max_examples=60, deadline=None)
@given(owners, st.lists(st.integers(20, 60), max_size=80), st.integers(0, 50))
def test_none_is_lost_and_none_stands_twice(others, newcomers, share):
    others = things(others, is_newcomer=False)
    newcomers = things(newcomers, is_newcomer=True, first=1000)
    pages = arrange(others, newcomers, share)
    placed = [each.what for page in pages for each in page]
    assert Counter(placed) == Counter([*others, *newcomers])
    assert all(0 < len(page) <= A_PAGE for page in pages)


@settings(max_examples=60, deadline=None)
@given(owners, st.integers(0, 50))
def test_a_page_has_two_of_a_member_as_long_as_there_are_enough_of_others(others, share):
    pages = arrange(things(others, is_newcomer=False), [], share)
    left = [each.what.owner_id for page in pages for each in page]
    for page in pages:
        most = max(Counter(each.what.owner_id for each in page).values())
        could_fill = sum(min(many, MOST_OF_ONE) for many in Counter(left).values())
        assert most <= MOST_OF_ONE or could_fill < FEWEST
        left = left[len(page) :]


def test_the_share_of_newcomers_is_met_within_one_place_over_a_thousand_searches():
    rnd = Random(5)
    for _ in range(1_000):
        share = rnd.choice([0, 5, 10, 20, 25, 33, 50])
        others = things([rnd.randrange(500) for _ in range(200)], is_newcomer=False)
        newcomers = things(
            [rnd.randrange(500, 900) for _ in range(150)], is_newcomer=True, first=1000
        )
        many = arranging.shares(len(others), len(newcomers), share)
        pages = arrange(others[: many[0]], newcomers[: many[1]], share)
        placed = [each for page in pages for each in page]
        assert len(placed) == A_BLOCK
        found = 0
        for place, each in enumerate(placed[:60], 1):
            found += each.what.is_newcomer
            assert abs(found - place * share / 100) < 1
        assert sum(each.what.is_newcomer for each in placed) == A_BLOCK * share // 100


def test_who_stands_in_a_place_for_newcomers_is_said_so():
    others = things(range(30), is_newcomer=False)
    newcomers = things(range(100, 106), is_newcomer=True, first=1000)
    first, second = arrange(others, newcomers, 20)
    theirs = [place for place, each in enumerate(first, 1) if each.is_for_newcomers]
    assert theirs == [5, 10, 15, 20]
    assert all(each.what.is_newcomer == each.is_for_newcomers for each in first + second)


def test_who_was_moved_down_is_said_so():
    others = things([1, 1, 1, *range(2, 40)], is_newcomer=False)
    first, second, _ = arrange(others, [], 0)
    assert [each.what.id for each in first][:4] == [0, 1, 3, 4]
    assert second[0].what.id == 2
    assert [each.what.id for page in (first, second) for each in page if each.is_moved] == [2]


def test_the_offers_of_one_member_alone_stand_together():
    (page,) = arrange(things([1] * 8, is_newcomer=False), [], 20)
    assert len(page) == 8
    assert not any(each.is_moved for each in page)


def test_where_one_sort_ends_the_other_fills_its_places():
    assert arranging.shares(500, 500, 20) == (160, 40)
    assert arranging.shares(500, 3, 20) == (197, 3)
    assert arranging.shares(10, 500, 20) == (10, 190)
    assert arranging.shares(10, 3, 20) == (10, 3)
    assert arranging.shares(500, 500, 0) == (200, 0)
    assert arranging.shares(20, 500, 0) == (20, 180)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 50))
def test_the_way_back_finds_where_each_block_began(others, newcomers, share):
    left, took, begun = (others, newcomers), (0, 0), []
    while sum(left) > 0:
        begun.append(took)
        now = arranging.shares(*left, share)
        left = (left[0] - now[0], left[1] - now[1])
        took = (took[0] + now[0], took[1] + now[1])
    for number in range(1, len(begun)):
        assert arranging.taken(number, begun[number][1], share) == begun[number - 1]
