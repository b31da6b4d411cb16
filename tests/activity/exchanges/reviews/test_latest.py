"""The newest reviews on a member's page: what of them, in which role, for whom; nothing sealed or removed."""

import re
from datetime import timedelta

import pytest

from community.activity.exchanges.reviews.latest import EXCERPT, Brief
from community.activity.members.models import MEMBERS, NOBODY
from community.kit.cache import cache
from community.kit.db import db
from community.standing.models import Community, Standing
from tests.activity.exchanges.dealt import exchange, kind, offer, review
from tests.conftest import NOON
from tests.plans import scans

MOST_QUERIES = 5


def section(page):
    return page.partition('id="reviewed"')[2].partition("</section>")[0]


def part(page, heading):
    """What stands under one of the two headings."""
    return section(page).partition(heading)[2].partition("<h3>")[0]


def got(page, name="Ada Lindqvist"):
    return part(page, f"What others said of {name}")


def given(page, name="Ada Lindqvist"):
    return part(page, f"What {name} said of others")


def ids(told):
    return re.findall(r'href="/reviews/(\d+)"', told)


@pytest.fixture
def dealt(village):
    """Ada hosted Ben five times and Cy once, and was a guest on Ben's boat; each side said so."""
    village.room = offer(village.ada)
    village.boat = offer(village.ben, "A boat")
    village.of_ada, village.by_ada = [], []
    for day in range(5):
        deal = exchange(village.room, village.ben, at=NOON + timedelta(days=day))
        village.of_ada.append(review(deal, "receiver", 5, text=f"Quiet night {day}."))
        village.by_ada.append(review(deal, "provider", 4, text=f"Good guest {day}."))
    deal = exchange(village.boat, village.ada, at=NOON + timedelta(days=9))
    village.of_ada.append(review(deal, "provider", None, text="Ada rows well."))
    village.by_ada.append(review(deal, "receiver", 3, text="A wet boat."))
    village.deal = deal
    db.session.commit()
    return village


def test_the_newest_of_both_roles_stand_there_with_a_way_to_all(dealt, client):
    page = client.get("/members/ada").text
    told = got(page)
    assert ids(told) == [str(each.id) for each in dealt.of_ada[:-4:-1]]
    for words in ("Ben Okafor", "Ada rows well.", "without stars", "A boat · As receiver", "Quiet night 4.", "5 of 5 stars", "A room by the river · As provider", 'href="/members/ada/reviews"'):  # fmt: skip
        assert words in " ".join(told.split()), words
    told = given(page)
    assert ids(told) == [str(each.id) for each in dealt.by_ada[:-4:-1]]
    for words in ("A wet boat.", "3 of 5 stars", "A boat · As receiver", "Good guest 4.", 'href="/members/ada/reviews?tab=given"'):  # fmt: skip
        assert words in " ".join(told.split()), words


def test_what_they_gave_stands_there_once(dealt, client):
    """Their reviews are among their things as well: what is told above is not told again."""
    assert "What they said of others" not in client.get("/members/ada").text


def test_nothing_sealed_or_removed_is_there(dealt, client, as_member):
    sealed = exchange(dealt.room, dealt.cy, at=NOON + timedelta(days=12))
    review(sealed, "receiver", 1, is_open=False, text="narwhalstairs")
    db.session.commit()
    before = {who: section(as_member(getattr(dealt, who)).get("/members/ada").text) for who in ("ada", "mia")}  # fmt: skip
    assert all("narwhalstairs" not in told for told in before.values())
    assert all(str(dealt.of_ada[-1].id) in ids(told) for told in before.values())
    dealt.of_ada[-1].removed_at = NOON + timedelta(days=20)
    dealt.by_ada[-1].removed_at = NOON + timedelta(days=20)
    db.session.commit()
    page = client.get("/members/ada").text
    assert "Ada rows well." not in section(page)
    assert "A wet boat." not in section(page)
    assert len(ids(got(page))) == len(ids(given(page))) == 3


@pytest.mark.parametrize(
    ("sees", "who", "is_named"),
    [(0, None, True), (MEMBERS, None, False), (MEMBERS, "cy", True), (NOBODY, "cy", False), (NOBODY, "ben", True), (NOBODY, "mia", False)],
)  # fmt: skip
def test_whom_the_reader_may_not_see_is_not_named(dealt, client, as_member, sees, who, is_named):
    dealt.ben.sees_profile = sees
    db.session.commit()
    told = section((as_member(getattr(dealt, who)) if who else client).get("/members/ada").text)
    assert ("Ben Okafor" in told) == ("/members/ben" in told) == is_named
    # Their boat is theirs to show; Ada's room is hers.
    assert ("A boat" in told) == is_named
    assert "A room by the river" in told
    assert "Ada rows well." in told


def test_who_has_left_is_not_named_and_a_closed_offer_has_no_title(dealt, client):
    dealt.ben.erased_at = NOON + timedelta(days=20)
    dealt.room.is_closed_by_staff = True
    db.session.commit()
    told = section(client.get("/members/ada").text)
    for words in ("Ben Okafor", "/members/ben", "A boat", "A room by the river"):
        assert words not in told
    assert "A stay · As provider" in " ".join(told.split())


def test_labels_stand_beside_it(dealt, client):
    newest = dealt.of_ada[-1]
    newest.is_late_cancel = newest.is_incentivised = True
    newest.is_verified = False
    db.session.commit()
    told = got(client.get("/members/ada").text)
    for words in ("cancelled late", "something was given for it", "brought from elsewhere"):
        assert told.count(words) == 1


def test_the_number_stands_above_with_its_band_and_count_and_nowhere_else(dealt, client):
    told = {"shown": {"rating_received": [4.8, 24, 5]}}
    db.session.add(Standing(member_id=dealt.ada.id, as_of=NOON, told=told, stars=[4.6, 4.2, 4.9, 5]))  # fmt: skip
    db.session.commit()
    page = client.get("/members/ada").text
    for words in ("4.6 from 5 reviews", "Likely between 4.2 and 4.9", "counts half after 90 days"):
        assert words in section(page)
        assert page.count(words) == 1
    assert "4.80 stars" not in page
    assert "4.6 from 5 reviews" in client.get("/members/ada/reviews").text


def test_of_whom_nothing_was_said_it_says_so(village, as_member, client):
    assert "No reviews yet. When Ada Lindqvist has dealt with somebody" in section(client.get("/members/ada").text)  # fmt: skip
    own = section(as_member(village.ada).get("/members/ada").text)
    assert "When you have dealt with somebody" in own
    deal = exchange(offer(village.ada), village.ben)
    review(deal, "receiver", text="Fine.")
    db.session.commit()
    page = client.get("/members/ada").text
    assert "Fine." in got(page)
    assert "Nothing yet." in given(page)
    own = section(as_member(village.ada).get("/members/ada").text)
    assert "What others said of you" in own
    assert "What you said of others" in own


@pytest.mark.parametrize("who", [None, "ben", "ada"])
def test_it_asks_nothing_more_and_reads_no_whole_table(
    dealt, client, as_member, statements, database, who
):
    browser = as_member(getattr(dealt, who)) if who else client
    browser.get("/members/ada")
    statements.clear()
    cache.clear()
    assert "Ada rows well." in browser.get("/members/ada").text
    assert len(statements) <= MOST_QUERIES, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements), {"offer_kind"}) == []


def test_in_an_offer_and_in_all_reviews_it_is_drawn_towards_what_is_usual(dealt, client):
    usual = {"mean": 4.5, "weight": 10.0, "variance": 0.8}
    db.session.add(Community(id=1, as_of=NOON, event_id=0, told={"rating": usual}))
    db.session.commit()
    # (10 x 4.5 + 5 x 5) / 15: what Ben said of Ada and her room.
    for path in (f"/offers/{dealt.room.id}", f"/offers/{dealt.room.id}/reviews"):
        page = client.get(path).text
        assert "4.7 from 5 reviews" in page, path
        assert "Likely between 4.3 and 5" in page, path
        assert "as if 10 more reviews had said that" in page, path
    # (10 x 4.5 + 25 + 20 + 3) / 21
    assert "4.4 from 11 reviews" in client.get("/reviews").text


def test_of_a_wish_counts_what_was_said_of_who_asked(village, client):
    wish = offer(village.ada, "Somebody to mend a net", kind(), is_wish=True)
    deal = exchange(wish, village.ben)
    deal.provider_id, deal.receiver_id, deal.is_wish = village.ben.id, village.ada.id, True
    db.session.flush()
    review(deal, "provider", 5, text="She asked kindly.")
    review(deal, "receiver", 1, text="The net tore.")
    db.session.commit()
    for path in (f"/offers/{wish.id}", f"/offers/{wish.id}/reviews"):
        assert "3.5 from 1 review" in client.get(path).text, path


@pytest.mark.parametrize(
    ("html", "begins", "ends"),
    [
        ("", "", ""),
        ("<p>Short &amp; <b>kind</b>.</p>", "Short & kind", "."),
        (f"<p>{'word ' * 60}</p>", "word word", "word…"),
        (f"<p>{'好' * 300}</p>", "好好", "好…"),
    ],
)
def test_an_excerpt_is_short_and_plain(html, begins, ends):
    brief = Brief(1, NOON, html, 5, "", "", None, "", "", True, False, False, False)
    told = brief.excerpt
    assert told.startswith(begins)
    assert told.endswith(ends)
    assert len(told) <= EXCERPT + 1
    assert "<" not in told
