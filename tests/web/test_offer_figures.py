"""How one's offers do: figures that are right, compared with nobody who could be recognised."""

import csv
import io
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges import figures as counted
from community.activity.exchanges.deals.saying import amount_said
from community.activity.exchanges.figures import Asked, Rows, Said
from community.activity.exchanges.offers.models import OfferKept, OfferViews
from community.kit import clock
from community.kit.db import db
from community.standing import rulebook
from tests.activity.exchanges.dealt import exchange, kind, offer, review
from tests.conftest import NOON, make_member
from tests.plans import scans
from tests.web.judged import say

PAGE, FILE = "/offers/dashboard", "/offers/dashboard.csv"
ME, NOW = 1, NOON + timedelta(days=100)
SMALL = ("offer_kind", "badge_rule", "standing_community", "assessment")


def asked(days_ago, wait=None, state="requested", ended=None, by=None, amount=None, currency=None):
    made = NOW - timedelta(days=days_ago)
    return Asked(
        5,
        state,
        made,
        made + timedelta(hours=wait) if wait is not None else None,
        NOW - timedelta(days=ended) if ended is not None else None,
        by,
        amount,
        currency,
    )


def figured(*rows, said=(), days=30):
    return counted.figures(Rows(asked=rows, said=said), ME, NOW - timedelta(days=days), NOW)


@pytest.mark.parametrize(
    ("rows", "answered", "answerable", "wait"),
    [
        ([], 0, 0, None),
        ([asked(5, 2)], 1, 1, 2),
        ([asked(5, 24)], 1, 1, 24),
        ([asked(5, 25)], 0, 1, 25),
        ([asked(5)], 0, 1, math.inf),
        ([asked(0.5)], 0, 0, None),
        ([asked(5, state="withdrawn", ended=4.5)], 0, 0, None),
        ([asked(5, state="withdrawn", ended=3)], 0, 1, math.inf),
        ([asked(5, 2), asked(6, 4), asked(7)], 2, 3, 4),
        ([asked(31, 2)], 0, 0, None),
    ],
)
def test_answers_within_a_day(rows, answered, answerable, wait):
    found = figured(*rows)
    assert (found.answered, found.answerable, found.wait) == (answered, answerable, wait)


def test_what_was_completed_cancelled_and_earned():
    found = figured(
        asked(50, 1, "completed", 3, amount=1_500, currency="EUR"),
        asked(20, 1, "completed", 2, amount=500, currency="EUR"),
        asked(20, 1, "completed", 2, amount=900, currency="JPY"),
        asked(90, 1, "completed", 60, amount=7_000, currency="EUR"),
        asked(20, 1, "cancelled", 2, by=ME),
        asked(20, 1, "cancelled", 2, by=2),
        asked(20, 1, "declined", 2, by=ME),
    )
    assert (found.requests, found.completed) == (5, 3)
    assert (found.cancelled_by_me, found.cancelled_by_them) == (1, 1)
    assert found.earned == {"EUR": 2_000, "JPY": 900}


def test_rating_and_gap():
    at = NOW - timedelta(days=3)
    found = figured(said=[Said(5, at, 5, 3, 5), Said(5, at, 4, 4, 3), Said(5, at, None, None, 4), Said(5, NOON, 1, 5, 1)])  # fmt: skip
    assert (found.rating, found.rated, found.gap, found.compared) == (4.5, 2, 0.5, 2)


@given(st.lists(st.tuples(st.sampled_from([5, 6]), st.floats(0, 400), st.booleans())))
def test_all_together_is_the_sum_of_each(rows):
    made = [
        Asked(id, "completed" if done else "requested", NOW - timedelta(days=ago), None, NOW if done else None, None, 10, "EUR")
        for id, ago, done in rows
    ]  # fmt: skip
    since = NOW - timedelta(days=30)
    total, *each = (counted.figures(Rows(asked=made), ME, since, NOW, of) for of in (None, 5, 6))
    for name in ("requests", "completed", "answerable"):
        assert getattr(total, name) == sum(getattr(one, name) for one in each)
    assert total.earned.get("EUR", 0) == sum(one.earned.get("EUR", 0) for one in each)


@pytest.fixture
def shop(judged):
    """Ada offers a room that was looked at, asked for, and reviewed."""
    now = clock.now()
    room = offer(judged.ada, "=A room")
    offer(judged.ada, "A draft", state="draft", published_at=None)
    for ago, views in ((1, 4), (9, 6), (40, 100)):
        day = (now - timedelta(days=ago)).date()
        db.session.add(OfferViews(offer_id=room.id, day=day, views=views))
    db.session.add(OfferKept(member_id=judged.cy.id, offer_id=room.id, at=NOON))
    done = exchange(room, judged.ben, at=now - timedelta(days=9), amount=12_050, currency="EUR")
    review(done, "receiver", 4, expected=3, got=4, text="Lovely")
    sealed = exchange(room, judged.cy, at=now - timedelta(days=8))
    review(sealed, "receiver", 1, is_open=False, expected=5, got=1, text="Sealed")
    removed = exchange(room, judged.leo, at=now - timedelta(days=8))
    review(removed, "receiver", 1, removed_at=now)
    db.session.commit()
    judged.room = room.id
    return judged


def main(answer):
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main>")[0]


def value_of(page, label):
    """The figure above a label."""
    before = page.partition(f'<p class="figure-label">{label}</p>')[0]
    return before.rpartition('<p class="figure-value">')[2].split()[0]


def test_the_figures_of_a_time(shop, as_member):
    browser = as_member(shop.ada)
    page = main(browser.get(PAGE))
    assert value_of(page, "views") == "10"
    assert value_of(page, "requests") == "3"
    assert value_of(page, "completed") == "3"
    assert value_of(page, "stars on average") == "4"
    assert "€120.50" in page
    assert "1 above what was expected" in page
    assert "1 member" in page
    assert "A draft" not in page
    assert value_of(main(browser.get(f"{PAGE}?days=7")), "views") == "4"
    assert value_of(main(browser.get(f"{PAGE}?days=365")), "views") == "110"
    for odd in ("x", "0", "31", "-7", "9" * 40):
        assert value_of(main(browser.get(PAGE, query_string={"days": odd})), "views") == "10"


def test_what_is_sealed_or_removed_changes_nothing(shop, as_member):
    browser = as_member(shop.ada)
    before, file = main(browser.get(PAGE)), browser.get(FILE).text
    table = counted.Review.__table__
    db.session.execute(table.delete().where(table.c.stars == 1))
    db.session.commit()
    assert (main(browser.get(PAGE)), browser.get(FILE).text) == (before, file)


def test_nobody_sees_figures_of_others(shop, client, as_member):
    assert client.get(PAGE).status_code in (302, 303)
    assert client.get(FILE).status_code in (302, 303)
    page = main(as_member(shop.ben).get(PAGE))
    assert "Nothing to count yet" in page
    assert "/offers/new" in page
    assert "A room" not in as_member(shop.ben).get(FILE).text


def test_an_empty_time_says_so(shop, as_member):
    boat = offer(shop.cy, "A boat")
    db.session.commit()
    page = main(as_member(shop.cy).get(PAGE))
    assert "Nothing happened in this time" in page
    assert f"/offers/{boat.id}" in page


def test_the_table_to_take_along(shop, as_member):
    answer = as_member(shop.ada).get(FILE)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["days"] for row in rows] == ["7", "30", "90", "365"]
    month = rows[1]
    assert month["title"] == "'=A room"
    assert (month["views"], month["requests"], month["earned"]) == ("10", "3", "120.50 EUR")
    assert (month["rating"], month["rated"], month["got_less_expected"]) == ("4.0", "1", "1.0")


def others(shop, many):
    for number in range(many):
        other = make_member(f"host{number}", claimed_at=NOON)
        offer(other, f"Room {number}")
        say(other, told={"shown": {"exchanges": [number, number, number]}})
    say(shop.ada, told={**TOLD, "shown": {"exchanges": [12, 12, 12]}})


TOLD = {"chance": [0.9, 0.81, 0.95], "bars": [3, 9, 1, -4], "numbers": [2, 9, 300, 4]}


@pytest.mark.parametrize(("many", "is_compared"), [(4, False), (5, True)])
def test_with_fewer_than_five_others_nobody_is_compared(shop, as_member, many, is_compared):
    others(shop, many)
    offer(make_member("baker", claimed_at=NOON), "Bread", of_kind=kind("bread", "Bread"))
    db.session.commit()
    page = main(as_member(shop.ada).get(PAGE))
    assert ("Beside similar members" in page) is is_compared
    if is_compared:
        row = page.partition("Beside similar members</h2>")[2].partition("<tbody>")[2]
        cells = [part.partition("<")[0].strip() for part in row.partition("</tr>")[0].split('class="num">')[1:]]  # fmt: skip
        assert cells == ["12", "2", "1 to 3", "5"]


def test_near_badges_are_told(shop, as_member, monkeypatch):
    others(shop, 0)
    monkeypatch.setattr("community.web.ways.NEAR", 0)
    page = main(as_member(shop.ada).get(PAGE))
    assert "If it were assessed today" in page


def test_it_is_linked_from_ones_own_page(shop, as_member):
    link = f'href="{PAGE}"'
    assert link in as_member(shop.ada).get("/members/ada").text
    assert link not in as_member(shop.ben).get("/members/ada").text
    assert link not in as_member(shop.ben).get("/members/ben").text


@pytest.mark.parametrize(
    "amount", [(12_050, "EUR", "€120.50"), (900, "JPY", "JP¥900"), (7, "", "7")]
)
def test_money(app, amount):
    much, currency, said = amount
    assert amount_said(much, currency) == said


def test_it_reads_no_whole_table(shop, as_member, statements, database):
    others(shop, 6)
    browser = as_member(shop.ada)
    browser.get("/members")
    statements.clear()
    assert browser.get(PAGE).status_code == 200
    # A page that its owner opens now and then. Eight of its own: reader, offers, views, exchanges,
    # reviews, standing, similar members and what is said of them. Nine for the past of one member
    # and one for each badge, as on the page of one's standing.
    plain = [s for s, _ in statements]
    own = [s for s in plain if "award.failed" not in s]
    assert len(own) <= 8 + 9, own
    assert len(plain) - len(own) <= len(rulebook.holding())
    if database.name == "sqlite":
        assert scans(list(statements), SMALL) == []
    statements.clear()
    assert browser.get(FILE).status_code == 200
    assert len(statements) <= 5, [s for s, _ in statements]
