"""The page where offers are found: what it asks, what it says, how quick it is, and why who stands where."""

import re
from datetime import date, timedelta
from html import unescape

import pytest

from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers.models import OfferClosure
from community.activity.members.models import MemberTag
from community.kit.cache import cache
from community.kit.db import db
from community.standing.models import Award, Standing
from community.web import rank_offers
from tests.activity.exchanges.offers.making import make_kind, make_offer
from tests.conftest import NOON, make_member
from tests.plans import scans

DAY = date(2026, 7, 10)
DAYS = "first=2026-07-10&last=2026-07-12"
PATHS = [
    "/offers",
    "/offers?q=room",
    "/offers?q=room+river",
    "/offers?q=面包",
    "/offers?place=porto",
    f"/offers?{DAYS}",
    f"/offers?q=room&place=lisboa&{DAYS}",
    "/offers?kind=1",
    "/offers?kind=1&sort=new",
    "/offers?badge=good_host",
    "/offers?badge=good_host&q=room&price=20",
    "/offers?rating=4&free=1",
    "/offers?price=10",
    "/offers?sort=new",
    "/offers?sort=price",
    "/offers?sort=price&q=ro",
    "/offers?what=wish",
]
SMALL = ("offer_kind", "ranking_rule")
"""A handful of kinds, and rules that are read from the newest, of which the first is taken."""
TOTAL = re.compile(r'<dd class="num">\s*([\d.]+) of (\d+)')


@pytest.fixture
def offered(village):
    """The village with some offers, ranked."""
    village.stay = make_kind()
    village.lesson = make_kind("lesson", "once")
    village.room = make_offer(village.ada, village.stay, "A room by the river", "Lisboa", days=30)
    village.bread = make_offer(village.cy, village.lesson, "教你做面包", "上海", days=200)
    village.tent = make_offer(
        village.ben, village.stay, "A tent", "Porto", is_free=False, amount=2050, currency="EUR", quantity=2
    )  # fmt: skip
    make_offer(village.ben, village.stay, "Sofa wanted", is_wish=True)
    told = {"shown": {"response_rate": [0.9, 9, 10]}}
    stars = [4.7, 4.4, 4.9, 12]
    db.session.add(Standing(member_id=village.ada.id, as_of=NOON, told=told, stars=stars))
    db.session.commit()
    rank()
    return village


def rank(as_of=None):
    for _ in rank_offers.rank(as_of):
        db.session.commit()


def hold(village, offer, places, days=1, first=DAY):
    """Let an exchange hold some places of an offer."""
    exchange = Exchange(
        offer_id=offer.id, provider_id=offer.owner_id, receiver_id=village.mia.id, state="confirmed",
        made_at=NOON, changed_at=NOON,
    )  # fmt: skip
    db.session.add(exchange)
    db.session.flush()
    for place in range(places):
        for day in range(days):
            slot = first.toordinal() + day
            db.session.add(Hold(offer_id=offer.id, slot=slot, place=place, exchange_id=exchange.id))
    db.session.commit()


def found(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return [unescape(t) for t in re.findall(r'<a href="/offers/\d+">([^<]+)</a>', answer.text)]


def test_everyone_sees_what_is_offered(offered, client, as_member):
    for browser in (client, as_member(offered.mia)):
        assert set(found(browser, "/offers")) == {"A room by the river", "教你做面包", "A tent"}
        assert found(browser, "/offers?what=wish") == ["Sofa wanted"]
        assert found(browser, "/offers?q=面包") == ["教你做面包"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", [None, "ben"])
def test_a_page_asks_at_most_five_questions_and_reads_no_whole_table(
    offered, client, as_member, statements, database, path, who
):
    browser = as_member(getattr(offered, who)) if who else client
    browser.get("/offers")
    statements.clear()
    assert browser.get(path).status_code == 200
    asked = list(statements)
    assert len(asked) <= 5, [s for s, _ in asked]
    if database.name == "sqlite":
        assert scans(asked, small=SMALL) == []


def test_walking_reads_no_whole_table_either(offered, client, statements, database, monkeypatch):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    monkeypatch.setattr("community.activity.exchanges.offers.finding.FEW", 0)
    client.get("/offers")
    for path in PATHS:
        statements.clear()
        assert client.get(path).status_code == 200
        asked = list(statements)
        assert len(asked) <= 5
        assert scans(asked, small=SMALL) == [], path


def test_a_hit_says_why_it_stands_there_in_points_that_add_up(offered, client, as_member):
    for browser in (client, as_member(offered.ben)):
        page = browser.get("/offers").text
        whys = page.split('<dl class="found-parts">')[1:]
        assert len(whys) == 3
        totals = []
        for why in whys:
            told = TOTAL.findall(why.partition("</dl>")[0])
            *parts, (total, out_of) = told
            assert len(parts) == 5
            assert sum(int(most) for _, most in parts) == int(out_of) == 100
            assert abs(sum(float(p) for p, _ in parts) - float(total)) < 1e-9
            totals.append(float(total))
        assert "4.7 stars, and at least 4.4 as far as 12 ratings can say" in page
        assert "9 of 10 enquiries answered within a day" in page
        assert "No rating yet" in page
    assert "The same for everyone who is not signed in" in client.get("/offers").text


def test_what_a_reader_has_in_common_is_said(offered, as_member):
    for member in (offered.ben, offered.cy):
        for value in ("boats", "bread"):
            db.session.add(
                MemberTag(member_id=member.id, kind="interest", value=value, label=value)
            )
    db.session.add(
        Exchange(
            offer_id=offered.bread.id, provider_id=offered.cy.id, receiver_id=offered.ben.id,
            state="completed", made_at=NOON, changed_at=NOON,
        )
    )  # fmt: skip
    db.session.commit()
    page = as_member(offered.ben).get("/offers?q=面包").text
    assert "In common: 2 interests · you dealt in this kind before." in unescape(page)


def test_who_stands_in_a_place_for_newcomers_and_who_was_moved_is_said(village, client):
    stay = make_kind()
    for n in range(3):
        make_offer(village.ada, stay, f"Old {n}", score=900 - n)
    for n in range(12):
        make_offer(make_member(f"m-{n}"), stay, f"Thing {n}", score=500 - n)
    newest = make_offer(village.cy, stay, "New here", score=1, is_newcomer=True)
    db.session.commit()
    page = client.get("/offers").text
    titles = found(client, "/offers")
    assert titles[4] == newest.title
    assert page.count("kept for newcomers") == 1
    assert (titles[:2], "Old 2" in titles) == (["Old 0", "Old 1"], False)
    second = client.get(unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])).text
    assert "Old 2" in second
    assert "others of the same member stand before it" in second


@pytest.mark.parametrize(("places", "is_found"), [(0, True), (1, True), (2, False)])
def test_what_is_fully_held_on_one_of_the_days_is_not_found(offered, client, places, is_found):
    hold(offered, offered.tent, places)
    assert ("A tent" in found(client, f"/offers?{DAYS}")) == is_found
    assert "A tent" in found(client, "/offers?first=2026-07-11&last=2026-07-12")


def test_only_kinds_by_days_are_asked_for_days(offered, client):
    hold(offered, offered.bread, 1)
    assert "教你做面包" in found(client, f"/offers?{DAYS}")


def test_closed_days_are_asked_for(offered, client):
    db.session.add(
        OfferClosure(offer_id=offered.room.id, first_day=DAY, last_day=DAY + timedelta(days=1))
    )
    db.session.commit()
    assert "A room by the river" not in found(client, f"/offers?{DAYS}")
    assert "A room by the river" in found(client, "/offers?first=2026-07-12")
    # Days the wrong way round are turned round.
    assert "A room by the river" not in found(client, "/offers?first=2026-07-12&last=2026-07-10")


def test_offers_of_holders_of_a_badge_are_found(offered, client):
    db.session.add(Award(member_id=offered.ada.id, badge="good_host", begun_at=NOON))
    db.session.add(Award(member_id=offered.ben.id, badge="good_host", begun_at=NOON, ended_at=NOON))
    db.session.commit()
    assert found(client, "/offers?badge=good_host") == ["A room by the river"]
    assert found(client, "/offers?badge=good_host&q=tent") == []
    assert found(client, "/offers?badge=none") == []


def test_price_and_rating_narrow(offered, client):
    assert "A tent" not in found(client, "/offers?price=20")
    assert "A tent" in found(client, "/offers?price=21")
    assert found(client, "/offers?rating=4") == ["A room by the river"]
    assert "€20.50 per day" in client.get("/offers?q=tent").text


def test_nothing_found_says_what_to_do_next(offered, client):
    page = client.get("/offers?q=elephant&what=wish&sort=new").text
    assert "Nothing fits" in page
    assert 'href="/offers?what=wish"' in page
    assert "Nothing fits" not in client.get("/offers").text


def test_an_empty_place_says_what_will_be_here(village, client):
    assert "Nothing is offered yet" in client.get("/offers").text
    assert "Nobody wishes for anything yet" in client.get("/offers?what=wish").text


@pytest.mark.parametrize(
    "asked",
    ["first=x", "first=9999-99-99&last=0001-01-01", "price=-1", "price=1e9", "kind=x", f"kind={10**11}",
     "q=%00", "q=%ED%A0%80", "rating=9", "at=..", f"at={'9' * 300}", "sort=x", f"q={'a' * 5000}", "badge=%27%3B"],
)  # fmt: skip
def test_a_bent_address_is_answered(offered, client, asked):
    assert client.get(f"/offers?{asked}").status_code in (200, 400)


def test_what_was_asked_stays_in_the_form_and_in_the_links(offered, client):
    page = unescape(client.get(f"/offers?q=room&price=30&free=1&rating=3&{DAYS}").text)
    for said in ('value="room"', 'value="30"', 'value="2026-07-10"', "checked"):
        assert said in page
    assert (
        "/offers?q=room&first=2026-07-10&last=2026-07-12&price=30&free=1&rating=3&sort=new" in page
    )


def test_pages_lead_on_and_back(village, client):
    stay = make_kind()
    owners = [make_member(f"m-{n}") for n in range(30)]
    for n in range(45):
        make_offer(owners[n % 30], stay, f"Thing {n}", score=n)
    db.session.commit()
    first = client.get("/offers").text
    older = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = client.get(older).text
    newer = unescape(re.search(r'rel="prev" href="([^"]+)"', second)[1])
    assert found(client, newer) == found(client, "/offers")
    assert not set(found(client, older)) & set(found(client, "/offers"))


def test_how_offers_are_ordered_is_said_from_the_rule_that_holds(offered, client):
    page = client.get("/offers/ranking").text
    assert "up to 35 points" in page
    assert "20 are kept for newcomers" in page


def test_titles_of_members_are_no_markup(village, client):
    make_offer(village.ada, make_kind(), "<script>alert(1)</script>", "<b>Porto</b>")
    db.session.commit()
    cache.clear()
    page = client.get("/offers").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>Porto" not in page
