"""Finding offers: what fits is found, page by page in both ways, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from community.activity.exchanges.offers import finding, ranking
from community.activity.exchanges.offers.finding import Wish
from community.activity.exchanges.offers.hits import Reader
from community.activity.exchanges.offers.models import OfferClosure
from community.activity.members.models import MemberTag
from community.activity.members.rules import NOBODY
from community.kit.db import db
from tests.activity.exchanges.offers.making import make_kind, make_offer
from tests.conftest import NOON, make_member

DAY = date(2026, 7, 10)


def titles(wish=None, viewer=None, rule=ranking.DEFAULT, **given):
    found = finding.find(wish or Wish(**given), viewer, rule)
    return [placed.what.title for placed in found.page.offers]


def walk(wish, rule=ranking.DEFAULT, reader=None):
    """Every page in order, then the way back from the last one."""
    pages, backs, mark = [], [], ""
    while True:
        page = finding.find(replace(wish, mark=mark), None, rule, reader=reader).page
        pages.append([placed.what.id for placed in page.offers])
        if page.older is None:
            break
        mark = page.older
    while page.newer is not None:
        page = finding.find(replace(wish, mark=page.newer), None, rule, reader=reader).page
        backs.append([placed.what.id for placed in page.offers])
    return pages, backs[::-1]


@pytest.fixture
def offered(village, stay):
    lesson = make_kind("lesson", "once", place=1)
    village.stay, village.lesson = stay, lesson
    make_offer(village.ada, stay, "A room by the river", "Lisboa", days=3, score=50, rated=450)
    make_offer(village.ada, lesson, "Bread for beginners", "Porto", days=2, score=40, rated=450)
    make_offer(village.cy, lesson, "教你做面包", "上海", days=1, score=30)
    make_offer(
        village.ben, stay, "A tent", "Porto", score=20, is_free=False, amount=2000, currency="EUR"
    )
    make_offer(village.ben, stay, "Sofa wanted", is_wish=True)
    make_offer(village.ben, stay, "Never shown", state="draft")
    make_offer(village.ben, stay, "Closed by staff", is_closed_by_staff=True)
    db.session.commit()
    return village


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"A room by the river", "Bread for beginners", "教你做面包", "A tent"}),
        ({"is_wish": True}, {"Sofa wanted"}),
        ({"q": "room"}, {"A room by the river"}),
        ({"q": "ro riv"}, {"A room by the river"}),
        ({"q": "room lisb"}, {"A room by the river"}),
        ({"q": "ROOM bread"}, set()),
        ({"q": "面包"}, {"教你做面包"}),
        ({"q": "做面"}, {"教你做面包"}),
        ({"q": "上海"}, {"教你做面包"}),
        ({"q": "包面"}, set()),
        ({"q": "…"}, set()),
        ({"place": "porto"}, {"Bread for beginners", "A tent"}),
        ({"place": "上海"}, {"教你做面包"}),
        ({"place": "room"}, set()),
        ({"place": "porto", "q": "tent"}, {"A tent"}),
        ({"is_free": True, "place": "porto"}, {"Bread for beginners"}),
        ({"price": 19}, {"A room by the river", "Bread for beginners", "教你做面包"}),
        ({"price": 20, "q": "tent"}, {"A tent"}),
        ({"rating": 4}, {"A room by the river", "Bread for beginners"}),
        ({"rating": 5}, set()),
        ({"kind": 10**9}, set()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", finding.SORTS)
def test_what_fits_is_found(offered, given, expected, sort):
    found = finding.find(Wish(**given, sort=sort), None, ranking.DEFAULT)
    assert {placed.what.title for placed in found.page.offers} == expected
    assert found.count == (None if Wish(**given).is_plain else len(expected))


@pytest.mark.parametrize("sort", finding.SORTS)
def test_a_kind_is_found(offered, sort):
    assert set(titles(kind=offered.lesson.id, sort=sort)) == {"Bread for beginners", "教你做面包"}


def test_the_order_is_the_one_asked_for(offered):
    assert titles(sort="new") == [
        "A tent",
        "教你做面包",
        "Bread for beginners",
        "A room by the river",
    ]
    assert titles(sort="price")[-1] == "A tent"


def test_offers_of_who_is_hidden_or_gone_are_not_found(offered):
    offered.ada.sees_profile = NOBODY
    offered.cy.erased_at = NOON
    db.session.commit()
    assert titles() == ["A tent"]
    assert titles(q="bread") == []


@pytest.mark.parametrize(
    ("first", "last", "is_found"),
    [(-3, -1, True), (-3, 0, False), (0, 0, False), (1, 1, False), (2, 2, False), (2, 9, False), (3, 4, True)],
)  # fmt: skip
def test_what_is_closed_on_one_of_the_days_is_not_found(offered, stay, first, last, is_found):
    hut = make_offer(offered.ada, stay, "A hut", quantity=3)
    closure = OfferClosure(offer_id=hut.id, first_day=DAY, last_day=DAY + timedelta(days=2))
    db.session.add(closure)
    db.session.commit()
    days = (DAY + timedelta(days=first), DAY + timedelta(days=last))
    assert ("A hut" in titles(first=days[0], last=days[1])) == is_found


def test_what_can_not_be_had_for_so_long_is_not_found(offered, stay):
    make_offer(offered.ada, stay, "A week at least", shortest=7, longest=10)
    db.session.commit()
    found = [
        "A week at least" in titles(first=DAY, last=DAY + timedelta(days=days - 1))
        for days in (6, 7, 10, 11)
    ]
    assert found == [False, True, True, False]


@pytest.fixture
def many(app, stay, monkeypatch):
    """Six hundred and thirty offers of forty members, every sixth of a newcomer; some score the same."""
    owners = [make_member(f"owner-{n}") for n in range(40)]
    for n in range(630):
        is_free = n % 4 != 0
        make_offer(
            owners[n * n % 40],
            stay,
            f"Thing {n} {'red' if n % 9 == 0 else 'blue'}",
            days=n % 50,
            score=n // 3 * 1000,
            is_newcomer=n % 6 == 0,
            is_free=is_free,
            amount=None if is_free or n % 8 == 0 else n // 20 * 100,
            currency="EUR",
        )
    db.session.commit()
    return owners


@pytest.mark.parametrize("few", [1000, 20], ids=["sorted", "walked"])
def test_every_offer_stands_on_one_page_and_the_way_back_is_the_same(many, monkeypatch, few):
    monkeypatch.setattr(finding, "FEW", few)
    for sort, (q, count) in product(finding.SORTS, {"": 630, "blue": 560, "red": 70}.items()):
        pages, backs = walk(Wish(q=q, sort=sort))
        ids = [id for page in pages for id in page]
        assert len(ids) == len(set(ids)) == count, (sort, q)
        assert backs == pages[:-1], (sort, q)


def test_the_share_of_newcomers_loses_nothing(many):
    for share in (0, 7, 20, 50):
        pages, backs = walk(Wish(), replace(ranking.DEFAULT, newcomers=share))
        ids = [id for page in pages for id in page]
        assert len(ids) == len(set(ids)) == 630, share
        assert backs == pages[:-1], share


def test_newcomers_have_their_share_of_the_first_places_of_every_search(many):
    # What is red is of too few members to fill a page without a third offer of one.
    for q in ("", "blue", "thing", "blue thing"):
        pages = _all(Wish(q=q))
        found = [next(pages).what.is_newcomer for _ in range(20)]
        for place in range(1, 21):
            assert abs(sum(found[:place]) - place * 20 / 100) < 1, q


def test_the_list_by_price_goes_from_nothing_to_much(many):
    amounts = [placed.what.amount for placed in _all(Wish(sort="price"))]
    told = [(amount is not None, amount or 0) for amount in amounts]
    assert told == sorted(told)
    assert len(amounts) == 630


def _all(wish):
    mark = ""
    while mark is not None:
        page = finding.find(replace(wish, mark=mark), None, ranking.DEFAULT).page
        yield from page.offers
        mark = page.older


def test_parts_add_up_to_the_order(offered):
    offers = finding.find(Wish(), None, ranking.DEFAULT).page.offers
    totals = [placed.what.total for placed in offers]
    assert totals == sorted(totals, reverse=True)
    assert all(p.what.total == p.what.score + p.what.fit for p in offers)


def test_what_a_reader_shares_moves_an_offer_up(offered):
    def first(reader):
        return finding.find(Wish(), reader, ranking.DEFAULT, reader=Reader(reader.id)).page.offers

    assert first(offered.ben)[0].what.title == "A room by the river"
    for member, kind, value in (
        (offered.ben, "language", "zh"),
        (offered.cy, "language", "zh"),
        (offered.ben, "interest", "bread"),
        (offered.cy, "interest", "bread"),
    ):
        db.session.add(MemberTag(member_id=member.id, kind=kind, value=value, label=value))
    db.session.commit()
    best = first(offered.ben)[0].what
    assert (best.title, best.shared.languages, best.shared.interests) == ("教你做面包", 1, 1)
    # What somebody hides from members is no reason that another could read off an order.
    offered.cy.sees_details = NOBODY
    db.session.commit()
    assert first(offered.ben)[0].what.title == "A room by the river"


@pytest.mark.parametrize(
    "mark",
    [
        "x",
        "1",
        "-1.2.3",
        "0.0.....",
        "1.2.3.4.5.6.7.8",
        "9" * 400,
        "0.0.1.1.1.1.99",
        "١.0.....0",
        "5.3.....0",
        f"{'9' * 17}.{'9' * 17}.0",
        f"{'9' * 17}.{'9' * 17}.1",
        ".5.1",
        "..",
        f"9.9.{'9' * 17}.1.1.1.7",
    ],
)
@pytest.mark.parametrize("sort", finding.SORTS)
def test_a_bent_mark_leads_somewhere(offered, mark, sort):
    assert isinstance(titles(mark=mark, sort=sort), list)
