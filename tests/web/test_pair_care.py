"""The health of pairs: what a side sees moves by nothing the other says in private; managers see both."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, update

from community.activity.exchanges import forgetting
from community.activity.exchanges.references import actions as references
from community.activity.exchanges.reviews.models import Review
from community.activity.settings import own_data
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.web import pair_care
from community.web.own_reviews import GROUPS
from tests.activity.exchanges.dealt import exchange, offer, review
from tests.activity.exchanges.reviews.test_sealed import plain
from tests.conftest import NOON, make_member
from tests.plans import scans

LIST = "/house/pairs"
PAGE = "/house/pairs/ada/ben"
MINE = "/members/ben/together"


@pytest.fixture
def pair(app, village):
    """Ben stayed with Ada four times; of the newest three Ada said yes, and of the last one something is due."""
    with time_machine.travel(NOON + timedelta(days=100), tick=False):
        room = offer(village.ada)
        village.stays = [
            exchange(room, village.ben, at=clock.now() - timedelta(days=days), opened_at=NOON)
            for days in (12, 42, 72, 102)
        ]
        for stay in village.stays[:3]:
            review(stay, "provider", 5, would_again=True, expected=4, got=4)
        db.session.commit()
        yield village


def plainly(answer):
    assert answer.status_code == 200
    return plain(answer.text)


def answered(village, stay=0, **more):
    """Ben answers about a stay, afresh."""
    about = village.stays[stay]
    db.session.execute(
        delete(Review).where(Review.exchange_id == about.id, Review.side == "receiver")
    )
    review(about, "receiver", 4, **more)
    db.session.commit()


def test_a_side_s_page_is_the_same_whatever_the_other_answers(pair, as_member):
    browser = as_member(pair.ada)
    browser.get(MINE)
    nothing = plainly(browser.get(MINE))
    assert "from your side" in nothing
    for is_sealed in ({"would_again": None}, {"would_again": True}, {"would_again": False}, {"would_again": False, "expected": 5, "got": 1}):  # fmt: skip
        pair.stays[0].opened_at = None
        answered(pair, is_open=False, **is_sealed)
        assert plainly(browser.get(MINE)) == nothing, is_sealed
    seen = set()
    for is_open in ({"would_again": None}, {"would_again": True}, {"would_again": False}, {"would_again": False, "expected": 5, "got": 1}, {"expected": 1, "got": 5}):  # fmt: skip
        answered(pair, is_open=True, **is_open)
        seen.add(plainly(browser.get(MINE)))
    (opened,) = seen
    assert opened != nothing  # what was said for everyone is there
    health = re.compile(r'<section[^>]*aria-labelledby="health">.*?</section>', re.DOTALL)
    assert health.search(opened)[0] == health.search(nothing)[0]


def test_it_does_move_by_one_s_own_answers_sealed_ones_too(pair, as_member):
    browser = as_member(pair.ada)
    before = plainly(browser.get(MINE))
    assert "You said yes: 3, no: 0." in before
    db.session.execute(
        update(Review)
        .where(Review.exchange_id == pair.stays[0].id)
        .values(would_again=False, published_at=None)
    )
    db.session.commit()
    after = plainly(browser.get(MINE))
    assert "You said yes: 2, no: 1." in after
    score = re.compile(r'class="score-value">(\d+)')
    assert int(score.search(after)[1]) < int(score.search(before)[1])


def test_nothing_is_said_of_few_exchanges(app, village, as_member):
    exchange(offer(village.ada), village.ben, at=clock.now() - timedelta(days=9))
    db.session.commit()
    page = as_member(village.ada).get(MINE).text
    assert "It takes 2 exchanges" in page
    assert "score-value" not in page
    assert "How well it is between you" not in as_member(village.cy).get(MINE).text


def test_managers_see_who_would_not_again_and_why(pair, as_member):
    browser = as_member(pair.mia)
    assert "No pair suffers" in browser.get(LIST).text
    answered(pair, would_again=False, expected=5, got=1)
    cache.clear()
    page = browser.get(LIST).text
    for words in ("would not deal again", "Ada Lindqvist would: 3, would not: 0. Ben Okafor would: 0, would not: 1.", "Ben Okafor got what they expected: 0, less: 1.", 'href="/members/ada"', 'href="/members/ben"', f'href="{PAGE}"'):  # fmt: skip
        assert words in page
    one = browser.get(PAGE).text
    for words in ("Ada Lindqvist · Ben Okafor", "would not: 1", 'href="/members/ada"', 'href="/members/ben"', "Completed"):  # fmt: skip
        assert words in one
    assert browser.get("/house/pairs/Ben/Ada").status_code == 200
    points = [int(n) for n in re.findall(r"(\d+) of (?:35|25|20|10|5)\b", one)]
    assert len(points) == 6
    assert f"{sum(points)} of 100" in one


def test_what_is_sealed_or_removed_does_not_count_for_managers(pair, as_member):
    browser = as_member(pair.mia)
    before = plainly(browser.get(PAGE)), plainly(browser.get(LIST))
    for more in ({"is_open": False}, {"removed_at": NOON}):
        answered(pair, would_again=False, expected=5, got=1, **more)
        cache.clear()
        assert (plainly(browser.get(PAGE)), plainly(browser.get(LIST))) == before


def test_a_manager_sees_nothing_of_their_own_pairs(pair, as_member):
    answered(pair, would_again=False)
    pair.ben.role = pair.ada.role = "manager"
    db.session.commit()
    for who in ("ada", "ben"):
        browser = as_member(getattr(pair, who))
        assert browser.get(PAGE).status_code == 403
        page = browser.get(LIST)
        assert page.status_code == 200
        assert "No pair suffers" in page.text
    assert PAGE in as_member(pair.mia).get(LIST).text


def test_silence_beyond_their_rhythm_brings_them_there(pair, as_member):
    with time_machine.travel(NOON + timedelta(days=200), tick=False):
        browser = as_member(pair.mia)
        page, one = browser.get(LIST).text, browser.get(PAGE).text
    assert "Ninety days ago it was" in one
    assert "points lower than ninety days ago" in page
    assert "Days since the last exchange: 110, where 30 are usual." in page


def test_an_exchange_that_goes_on_ends_the_silence(pair, as_member):
    with time_machine.travel(NOON + timedelta(days=200), tick=False):
        browser = as_member(pair.mia)
        assert PAGE in browser.get(LIST).text
        room = offer(pair.ben, "A bicycle")
        exchange(room, pair.ada, "confirmed", at=clock.now() - timedelta(days=1))
        db.session.commit()
        cache.clear()
        assert PAGE not in browser.get(LIST).text
        assert "An exchange is going on." in browser.get(PAGE).text


def test_a_reference_counts_and_a_removed_one_does_not(pair, as_member):
    references.refer(pair.ben.id, pair.ada, "friend", "She taught me how to bake bread.")
    db.session.commit()
    browser = as_member(pair.mia)
    assert "Of the two, 1 said" in browser.get(PAGE).text
    db.session.execute(update(references.Reference).values(removed_at=clock.now()))
    db.session.commit()
    assert "Of the two, 0 said" in browser.get(PAGE).text


@pytest.mark.parametrize(
    "path",
    ["/house/pairs/ada/nobody", "/house/pairs/ada/cy", "/house/pairs/ada/ada"],
)
def test_who_is_no_pair_has_no_page(pair, as_member, path):
    assert as_member(pair.mia).get(path).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("cy", 404), ("leo", 403), ("mia", 200), ("ann", 200)])
def test_who_may_see_a_pair(pair, as_member, client, who, status):
    assert as_member(getattr(pair, who)).get(PAGE).status_code == status
    assert "/sign-in" in client.get(PAGE).headers["Location"]


def test_an_erased_member_s_answers_are_gone_and_their_pairs_too(pair, as_member):
    answered(pair, would_again=False)
    answered(pair, 1, is_open=False, would_again=False)
    browser = as_member(pair.mia)
    assert PAGE in browser.get(LIST).text
    forgetting.forget(pair.ben.id)
    pair.ben.erased_at = clock.now()
    db.session.commit()
    said = db.session.query(Review).filter_by(author_id=pair.ben.id).all()
    assert [each.would_again for each in said] == [None, None]
    # Also while the order of the list still stands.
    assert PAGE not in browser.get(LIST).text
    assert browser.get(PAGE).status_code == 404


def test_one_s_own_data_hold_one_s_own_answer(pair):
    answered(pair, would_again=False)
    ids = {"reviews_written": pair.ben.id, "reviews_received": pair.ada.id}
    said = {
        group.name: [row.get("again") for row in own_data.read_all(group, ids[group.name])]
        for group in GROUPS
        if group.name in ids
    }
    assert said == {"reviews_written": [False], "reviews_received": [None]}


def many(pair, pairs):
    """As many pairs as asked for, of whom the provider would not deal again."""
    room, guests = offer(pair.ada, "A barn"), []
    for number in range(pairs):
        guests.append(make_member(f"guest-{number}", f"Guest {number}"))
        db.session.flush()
        for days in (10, 20, 30):
            at = clock.now() - timedelta(days=days)
            stay = exchange(room, guests[-1], at=at, opened_at=at)
            review(stay, "provider", 2, would_again=False)
    db.session.commit()


def test_pages_of_many(pair, as_member):
    many(pair, 25)
    browser = as_member(pair.mia)
    first = browser.get(LIST).text
    link = re.compile(r'href="(/house/pairs/ada/guest-\d+)"')
    older = re.search(r'href="(/house/pairs\?after=[^"]+)"', first)[1]
    second = browser.get(older).text
    one, two = set(link.findall(first)), set(link.findall(second))
    assert (len(one), len(two)) == (20, 5)
    assert not one & two
    assert "/house/pairs?after=" not in second
    last = browser.get(f"{LIST}?after=1.100.9.9").text
    assert "Nothing after that." in last
    for odd in ("x", "1.2", "1.2.3.x", "9" * 50):
        assert set(link.findall(browser.get(LIST, query_string={"after": odd}).text)) == one


def test_it_asks_little_and_of_many_no_more(pair, as_member, statements, database):
    browser = as_member(pair.mia)
    answered(pair, would_again=False)

    def asked(path):
        browser.get(path)
        statements.clear()
        assert browser.get(path).status_code == 200
        return list(statements)

    # Reader, the pairs that are shown, their faces; once in five minutes the order.
    assert len(asked(LIST)) == 3
    many(pair, 12)
    cache.clear()
    statements.clear()
    browser.get(LIST)
    assert len(statements) == 4
    assert len(asked(LIST)) == 3
    assert len(asked(PAGE)) == 5
    if database.name == "sqlite":
        assert scans(asked(LIST) + asked(PAGE)) == []


def test_marks_are_read_as_they_are_written():
    mark = (True, 51, 9, 12)
    assert pair_care._read(pair_care._written(mark)) == mark
