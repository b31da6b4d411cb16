"""The pages of reviews: saying, reading, answering, reporting; who finds what, and at what cost."""

import io
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.reviews import decisions, rules, showing
from community.activity.exchanges.reviews.models import Review, ReviewReport
from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.activity.settings import actions as settings
from community.kit import pictures
from community.kit.cache import cache
from community.kit.db import db
from tests.activity.exchanges.reviews.conftest import make_exchange, make_kind, make_offer, say
from tests.plans import scans

SAID = {
    "seen": "0",
    "stars": "4",
    "text": "A quiet room, *and* good bread.",
    "expected": "3",
    "got": "5",
    "aspect_clean": "5",
    "private_note": "The key sticks.",
    "safety_felt_unsafe": "no",
    "safety_wants_call": "yes",
    "safety_words": "The stairs are steep.",
    "would_again": "yes",
}


@pytest.fixture
def opened(stay):
    stay.of_ada = say(stay.id, stay.ben, "A quiet room, 100% calm.", 5, scores={"clean": 4})
    stay.of_ben = say(stay.id, stay.ada, "他很安静。", 3)
    return stay


def reviews():
    db.session.expire_all()
    return db.session.scalars(select(Review).order_by(Review.id)).all()


def test_one_says_how_it_was_and_both_read_it_when_both_are_done(app, stay, village, as_member):
    ben, ada = as_member(village.ben), as_member(village.ada)
    page = f"/exchanges/{stay.id}/review"
    form = ben.get(page).text
    for words in ("Everyone will read this", "Only Ada Lindqvist will read this", "Only those who look after the place will read this", "Ada Lindqvist will never see this", "Once the reviews are open, those who look after the place see it too", "Warm welcome", "13 days are left"):  # fmt: skip
        assert words in form
    assert ben.post(page, data=SAID).status_code == 303
    (review,) = reviews()
    assert (review.stars, review.expected, review.got, review.scores) == (4, 3, 5, {"clean": 5})
    assert review.safety == {"felt_unsafe": False, "wants_call": True, "words": "The stairs are steep."}  # fmt: skip
    assert (review.is_worry, review.would_again, review.is_incentivised) == (True, True, False)
    mine = ben.get(page).text
    assert "It is kept, and sealed" in mine
    assert "The key sticks." in mine
    assert (
        ada.post(page, data={"seen": "0", "stars": "5", "text": "Welcome back."}).status_code == 303
    )
    hers = ada.get(page).text
    for words in (
        "A quiet room",
        "The key sticks.",
        "Expected: What is usual",
        "Got: A great deal",
        "Welcome back.",
    ):
        assert words in hers
    for words in ("The stairs are steep.", "deal with them again"):
        assert words not in hers
    assert as_member(village.cy).get(page).status_code == 404


def test_what_is_refused_keeps_all_that_was_typed(app, stay, village, as_member):
    ben = as_member(village.ben)
    page = f"/exchanges/{stay.id}/review"
    answer = ben.post(page, data=SAID | {"text": "x" * 5_001})
    assert answer.status_code == 422
    assert "Use at most 5000 characters." in answer.text
    for typed in ("The key sticks.", "The stairs are steep.", "x" * 5_001):
        assert typed in answer.text
    assert len(re.findall(r"checked", answer.text)) >= 5
    nothing = ben.post(page, data={"seen": "0", "private_note": "psst"})
    assert nothing.status_code == 422
    assert "Give stars, or say in words how it was." in nothing.text
    assert reviews() == []


def test_what_comes_too_late_is_not_kept_and_can_be_copied(app, stay, village, as_member):
    ben, ada = as_member(village.ben), as_member(village.ada)
    page = f"/exchanges/{stay.id}/review"
    ben.post(page, data=SAID)
    ada.post(page, data={"seen": "0", "stars": "5"})
    answer = ben.post(page, data=SAID | {"seen": "1", "text": "Typed too late."})
    assert answer.status_code == 422
    assert "The reviews are open." in answer.text
    assert "Typed too late." in answer.text
    assert "Typed too late." not in "".join(review.text for review in reviews())


def test_of_two_tabs_the_second_is_told_and_keeps_what_it_typed(app, stay, village, as_member):
    ben = as_member(village.ben)
    page = f"/exchanges/{stay.id}/review"
    ben.post(page, data=SAID)
    answer = ben.post(page, data=SAID | {"text": "From the other tab."})
    assert answer.status_code == 409
    assert "From the other tab." in answer.text
    assert "A quiet room" in answer.text
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', answer.text)[1]
    again = ben.post(page, data=SAID | {"text": "From the other tab.", "seen": seen})
    assert again.status_code == 303
    assert [review.text for review in reviews()] == ["From the other tab."]


def test_close_without_a_comment(app, stay, village, as_member):
    ben = as_member(village.ben)
    page = f"/exchanges/{stay.id}/review/close"
    assert "Close without a comment" in ben.get(page).text
    assert ben.post(page).status_code == 303
    assert "You closed it without a comment." in ben.get(f"/exchanges/{stay.id}/review").text
    assert as_member(village.cy).post(page).status_code == 404


def photo():
    out = io.BytesIO()
    Image.new("RGB", (200, 150), "tomato").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("is_open", [True, False])
def test_no_picture_is_read_that_can_not_be_kept(
    app, stay, village, as_member, monkeypatch, is_open
):
    say(stay.id, stay.ben, "It was good.")
    if is_open:
        say(stay.id, stay.ada, "He was good.")
    else:
        reviews()[0].photos = [{"photo": "0" * 32, "words": ""}] * rules.MOST_PHOTOS
        db.session.commit()
    read = []
    monkeypatch.setattr(pictures, "squares", read.append)
    data = {"photo": (io.BytesIO(photo()), "a.jpg"), "words": "One more"}
    answer = as_member(village.ben).post(f"/exchanges/{stay.id}/review/photos", data=data)
    assert answer.status_code == 422
    assert read == []


def test_photos_are_written_anew_and_go_when_they_are_taken_away(app, stay, village, as_member):
    say(stay.id, stay.ben)
    ben, page = as_member(village.ben), f"/exchanges/{stay.id}/review/photos"
    for number in range(4):
        data = {"photo": (io.BytesIO(photo()), "a.jpg"), "words": f"A bed {number}"}
        assert ben.post(page, data=data, content_type="multipart/form-data").status_code == 303
    data = {"photo": (io.BytesIO(photo()), "a.jpg"), "words": "One more"}
    assert ben.post(page, data=data, content_type="multipart/form-data").status_code == 422
    assert "A bed 3" in ben.get(page).text
    keys = [each["photo"] for each in reviews()[0].photos]
    folder = Path(app.config["DATA_DIR"]) / "media"
    assert settings.sweep_photos() == 0
    assert (folder / f"{keys[0]}-320.webp").exists()
    assert set(keys) <= settings.queries.photos_in_use()
    assert ben.post(f"{page}/remove", data={"photo": keys[0]}).status_code == 303
    assert not (folder / f"{keys[0]}-320.webp").exists()
    assert len(reviews()[0].photos) == 3
    bad = {"photo": (io.BytesIO(b"no picture"), "a.jpg"), "words": "typed words"}
    answer = ben.post(page, data=bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "typed words" in answer.text
    for key in keys:
        for path in folder.glob(f"{key}*"):
            path.unlink()


LISTS = ["/reviews", "/members/ada/reviews", "/members/ada/reviews?tab=given", "/offers/1/reviews"]


def test_lists_show_what_is_open_with_its_labels(app, opened, client):
    page = client.get("/reviews").text
    for words in ("100% calm", "他很安静", "5 of 5 stars", "after an exchange here", "Clean: 4 of 5", "3.4 from 2 reviews", "Likely between 2.6 and 4.2", "2 reviews with stars"):  # fmt: skip
        assert words in page
    received = client.get("/members/ada/reviews").text
    assert "100% calm" in received
    assert "他很安静" not in received
    given = client.get("/members/ada/reviews?tab=given").text
    assert "他很安静" in given
    assert "Likely between" not in given
    assert "100% calm" not in given
    assert "100% calm" in client.get(f"/offers/{opened.offer}/reviews").text
    assert client.get("/offers/999/reviews").status_code == 404


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ("q=QUIET", ["calm"]),
        ("q=安静", ["安静"]),
        ("q=100%25", ["calm"]),
        ("q=10_%25", []),
        ("q=%25", ["calm"]),
        ("q=_", []),
        ("q=calm+room", ["calm"]),
        ("stars=5", ["calm"]),
        ("stars=1", []),
        ("role=provider", ["安静"]),
        ("role=receiver", ["calm"]),
        ("kind=1", ["calm", "安静"]),
        ("kind=9", []),
        ("sort=high", ["calm", "安静"]),
        ("sort=low", ["安静", "calm"]),
        ("sort=helpful", ["安静", "calm"]),
        ("stars=x&kind=%00&sort=zz&after=9.9.9.9", ["安静", "calm"]),
    ],
)
def test_what_is_looked_for_is_found(app, opened, client, asked, finds):
    answer = client.get(f"/reviews?{asked}")
    assert answer.status_code == 200
    texts = re.findall(r'class="prose"><p>(.*?)</p>', answer.text)
    there = ["calm" if "calm" in text else "安静" for text in texts]
    assert (there if "sort" in asked else sorted(there, reverse=True)) == (
        finds if "sort" in asked else sorted(finds, reverse=True)
    )


@pytest.mark.parametrize("sort", ["new", "helpful", "high", "low"])
def test_every_review_is_on_one_page_of_a_long_list(app, stay, village, client, sort):
    kind = make_kind("lesson", label="A lesson")
    offer = make_offer(village.ada, kind, "Bread")
    for number in range(45):
        exchange = make_exchange(offer, village.ben)
        id = say(exchange.id, village.ben.id, f"Loaf {number}.", number % 5 + 1)
        say(exchange.id, village.ada.id, "", 5)
        db.session.get(Review, id).helpful = number % 3
    db.session.commit()
    seen, url = [], f"/members/ada/reviews?sort={sort}"
    while url:
        page = client.get(url).text
        seen += re.findall(r"Loaf (\d+)\.", page)
        older = re.search(r'rel="next" href="([^"]+)"', page) or re.search(r'href="([^"]+)"[^>]*rel="next"', page)  # fmt: skip
        url = older[1].replace("&amp;", "&") if older else None
    assert sorted(map(int, seen)) == list(range(45))
    if sort in ("high", "low"):
        stars = [int(number) % 5 + 1 for number in seen]
        assert stars == sorted(stars, reverse=sort == "high")


def test_who_may_not_be_seen_is_a_member(app, opened, client, as_member, village):
    db.session.get(Member, opened.ben).sees_profile = 1
    db.session.commit()
    cache.clear()
    for path in LISTS:
        page = client.get(path.replace("/1/", f"/{opened.offer}/")).text
        assert "Ben Okafor" not in page, path
        assert "a member" in page, path
    assert "Ben Okafor" in as_member(village.cy).get("/members/ada/reviews").text
    db.session.get(Member, opened.ada).sees_profile = 1
    db.session.commit()
    assert client.get("/members/ada/reviews").status_code == 404
    assert client.get(f"/offers/{opened.offer}/reviews").status_code == 404
    assert "A room by the river" not in client.get("/reviews").text


def test_a_review_helps_and_can_stop_to(app, opened, village, as_member):
    cy = as_member(village.cy)
    path = f"/reviews/{opened.of_ada}/helpful"
    answer = cy.post(path, data={"do": "yes", "back": "/members/ada/reviews?sort=high"})
    assert answer.location == "/members/ada/reviews?sort=high"
    assert "It helped 1 member" in cy.get("/reviews").text
    assert "It did not help me" in cy.get("/reviews").text
    for elsewhere in (
        "https://example.org",
        "//example.org",
        "/reviews\\..\\x",
        "/reviews//x",
        "/reviews\r\nX: y",
    ):
        answer = cy.post(path, data={"do": "no", "back": elsewhere})
        assert answer.location == f"/reviews/{opened.of_ada}"
    assert "It helped" not in re.sub("It helped me", "", cy.get("/reviews").text)
    assert as_member(village.ben).post(path).status_code == 422


def test_answer_report_and_appeal(app, opened, village, as_member, client):
    ada, cy, ben = (as_member(p) for p in (village.ada, village.cy, village.ben))
    assert cy.get(f"/reviews/{opened.of_ada}/answer").status_code == 404
    assert ada.post(f"/reviews/{opened.of_ada}/answer", data={"words": ""}).status_code == 422
    assert ada.post(f"/reviews/{opened.of_ada}/answer", data={"words": "Come again."}).status_code == 303  # fmt: skip
    assert "Come again." in client.get(f"/reviews/{opened.of_ada}").text
    report = f"/reviews/{opened.of_ada}/report"
    assert cy.post(report, data={"words": "It is odd."}).status_code == 422
    assert cy.post(report, data={"reason": "untrue", "words": "It is odd."}).status_code == 303
    assert cy.post(report, data={"reason": "untrue", "words": "It is odd."}).status_code == 422
    assert "You wrote it yourself." in ben.get(report).text
    assert db.session.scalars(select(ReviewReport)).one().by == village.cy.id
    decisions.decide(opened.of_ada, village.mia.id, "remove", "untrue", "It was loud.", has_other=True)  # fmt: skip
    db.session.commit()
    page = f"/reviews/{opened.of_ada}"
    assert client.get(page).status_code == cy.get(page).status_code == 404
    about, author = ada.get(page).text, ben.get(page).text
    assert "It was loud." in about
    assert "100% calm" not in about
    assert "100% calm" in author
    assert "100% calm" not in ada.get(f"/exchanges/{opened.id}/review").text
    assert cy.get(f"{page}/appeal").status_code == 404
    assert ben.post(f"{page}/appeal", data={"words": ""}).status_code == 422
    assert ben.post(f"{page}/appeal", data={"words": "It was night."}).status_code == 303
    assert ben.post(f"{page}/appeal", data={"words": "It was night."}).status_code == 422


def viewer_of(member):
    return Viewer.of(member)


def test_below_an_exchange_stands_what_one_can_do(app, stay, village):
    with app.test_request_context():
        below = lambda who: str(showing.below_exchange(db.session.get(Exchange, stay.id), who))  # noqa: E731
        ada, ben, cy = (viewer_of(p) for p in (village.ada, village.ben, village.cy))
        before = below(ada)
        assert "Say how it was" in before
        assert "Close without a comment" in before
        assert below(cy) == below(None) == ""
        say(stay.id, stay.ben)
        assert below(ada) == before
        assert "Change it" in below(ben)
        say(stay.id, stay.ada)
        assert "Read the reviews" in below(ada)


def test_below_an_offer_stand_the_newest(app, opened, village, statements, database):
    with app.test_request_context():
        db.session.rollback()
        statements.clear()
        shown = str(showing.below_offer(SimpleNamespace(id=opened.offer), None))
        assert len(statements) == 1
        if database.name == "sqlite":
            assert scans(list(statements), small={"offer_kind"}) == []
        assert "All 2 reviews" in shown
        # What Ada said of Ben says nothing of her offer.
        assert "3.5 from 1 review" in shown
        assert "Likely between 2.6 and 4.4" in shown
        assert "Only what was said of its owner counts." in shown
        assert "100% calm" in shown
        assert "No reviews yet" in str(showing.below_offer(SimpleNamespace(id=999), None))


def test_how_reviews_come_about_is_told_from_what_holds(app, client):
    page = client.get("/reviews/how").text
    for words in ("Both have 14 days.", "13, 7, 3 days left", "Insults or hate", "within 7 days", "for 13 months"):  # fmt: skip
        assert words in page


SEARCHES = ["?q=calm", "?stars=5", "?sort=high", "?sort=low", "?sort=helpful", "?role=provider", "?kind=1&q=x"]  # fmt: skip


@pytest.mark.parametrize("who", [None, "cy", "ada"])
@pytest.mark.parametrize("path", ["/reviews", "/members/ada/reviews", "/offers/{offer}/reviews", "/reviews/{id}"])  # fmt: skip
def test_a_page_asks_at_most_five_questions_and_reads_no_table_whole(
    app, opened, client, as_member, statements, village, database, path, who
):
    browser = as_member(getattr(village, who)) if who else client
    path = path.format(offer=opened.offer, id=opened.of_ada)
    for more in ["", *(SEARCHES if "{" not in path and not path[-1].isdigit() else [])]:
        browser.get("/reviews")
        cache.clear()
        statements.clear()
        assert browser.get(path + more).status_code == 200
        asked = list(statements)
        most = 7 if who == "ada" and path.startswith("/reviews/") else 5
        assert len(asked) <= most, [statement for statement, _ in asked]
        if database.name == "sqlite":
            assert scans(asked, small={"offer_kind"}) == []


def test_a_removed_one_is_in_no_count(app, opened, village, client):
    decisions.decide(opened.of_ada, village.mia.id, "remove", "insult", "x", has_other=True)
    db.session.commit()
    cache.clear()
    page = client.get("/reviews").text
    assert "3 from 1 review" in page
    assert "1 review with stars" in page
    assert "No reviews yet" in client.get("/members/ada/reviews").text
    opened.clock.shift(timedelta(minutes=2))
    archive = client.get("/stories?type=review").text
    assert "100% calm" not in archive
    subject = db.session.get(Review, opened.of_ada).subject_id
    assert client.get(f"/stories/{subject}").status_code == 404


@pytest.mark.parametrize("who", [None, "cy"])
@pytest.mark.parametrize(("path", "many"), [("/offers", 2), ("/badges", 1)])
def test_all_reviews_are_found_from_the_offers_and_from_below_every_page(
    village, client, as_member, who, path, many
):
    page = (as_member(getattr(village, who)) if who else client).get(path).text
    assert page.count('href="/reviews"') == many
