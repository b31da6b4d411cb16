"""Pages of offers, as a visitor, a member, the owner and the staff see them."""

import re
from dataclasses import replace

import pytest

from community.activity.exchanges.offers import actions, kindbook
from community.activity.exchanges.offers.models import Offer, OfferKept, OfferVersion, OfferWord
from community.activity.exchanges.offers.rules import LONGEST_TEXT
from community.activity.members.models import MEMBERS, NOBODY
from community.kit.db import db
from community.ledger.models import Event, Subject
from tests.activity.exchanges.offers.conftest import LADDER, ROOM

FILLED = {
    "kind": "stay",
    "title": "A room by the river",
    "text": "Two windows, **one** desk, and the river.",
    "detail_space": "A room of their own",
    "detail_sleeps": "2",
    "place": "Porto",
    "price": "priced",
    "amount": "45,50",
    "currency": "EUR",
    "quantity": "1",
    "shortest": "2",
    "longest": "14",
    "rules": "No smoking",
    "reply_hours": "24",
    "time_zone": "Europe/Lisbon",
    "key": "k1",
}


def events(kind):
    db.session.rollback()
    return db.session.query(Event).filter_by(kind=kind).order_by(Event.id).all()


def only():
    db.session.rollback()
    return db.session.query(Offer).one()


def seen(browser, path):
    page = browser.get(path).text
    return re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]


def test_a_visitor_reads_what_is_published(room, client):
    page = client.get(f"/offers/{room.id}")
    assert page.status_code == 200
    for words in ("A room by the river", "<strong>one</strong>", "Porto", "€45 per night", "2 nights", "14 nights",
                  "No smoking", "A room of their own", "within a day", "Ada Lindqvist"):  # fmt: skip
        assert words in page.text
    assert "csrf_token" not in page.text
    assert "A room by the river" in client.get("/offers").text


def test_in_chinese_what_comes_with_kith_is_translated_and_the_rest_stands(room, client):
    page = client.get(f"/offers/{room.id}", headers={"Accept-Language": "zh"}).text
    assert "A room by the river" in page
    assert 'lang="zh' in page


@pytest.mark.parametrize(("state", "others"), [("draft", 404), ("published", 200), ("paused", 200), ("archived", 404)])  # fmt: skip
def test_who_sees_what_in_which_state(offer, village, client, as_member, state, others):
    made = offer(village.ada, is_published=state != "draft")
    if state in ("paused", "archived"):
        {"paused": actions.pause, "archived": actions.archive}[state](made.id, village.ada.id)
        db.session.commit()
    path = f"/offers/{made.id}"
    assert client.get(path).status_code == others
    assert as_member(village.ben).get(path).status_code == others
    assert as_member(village.ada).get(path).status_code == 200
    assert as_member(village.mia).get(path).status_code == 200
    said = {"draft": "This is a draft", "paused": "Paused for now", "archived": "This was put away"}
    for mark, words in said.items():
        assert (words in as_member(village.ada).get(path).text) == (mark == state)


@pytest.mark.parametrize(("sees", "visitor", "member"), [(MEMBERS, 404, 200), (NOBODY, 404, 404)])
def test_whose_page_is_hidden_shows_no_offers_either(
    room, village, client, as_member, sees, visitor, member
):
    village.ada.sees_profile = sees
    db.session.commit()
    assert client.get(f"/offers/{room.id}").status_code == visitor
    assert as_member(village.ben).get(f"/offers/{room.id}").status_code == member
    assert ("A room by the river" in client.get("/offers").text) == (visitor == 200)
    assert ("A room by the river" in as_member(village.ben).get("/offers").text) == (member == 200)


def test_an_offer_is_begun_and_published(kinds, village, as_member):
    browser = as_member(village.ada)
    assert "A place to stay" in browser.get("/offers/new").text
    assert browser.get("/offers/new?kind=stay").status_code == 200
    answer = browser.post("/offers/new", data={**FILLED, "do": "publish"})
    made = only()
    assert (answer.status_code, answer.location) == (303, f"/offers/{made.id}")
    assert (made.state, made.amount, made.currency, made.version) == ("published", 4550, "EUR", 1)
    assert made.details == {"space": "A room of their own", "sleeps": 2}
    subject = db.session.get(Subject, made.subject_id)
    assert (subject.type, subject.owner, subject.title) == ("offer", village.ada.id, made.title)
    assert "<strong>one</strong>" in subject.html
    (event,) = events("offer.published")
    assert (event.actor, event.subject_type, event.subject_id) == (
        village.ada.id,
        "offer",
        subject.id,
    )
    words = set(db.session.query(OfferWord.word).filter_by(offer_id=made.id).all())
    assert ("river",) in words
    assert ("place",) not in words


def test_a_double_click_begins_one_offer(kinds, village, as_member):
    browser = as_member(village.ada)
    first = browser.post("/offers/new", data={**FILLED, "do": "save"})
    second = browser.post("/offers/new", data={**FILLED, "do": "save"})
    assert first.location == second.location == f"/offers/{only().id}/photos"
    browser.post("/offers/new", data={**FILLED, "key": "k2"})
    assert db.session.query(Offer).count() == 2


def test_a_wish_is_begun_and_published(kinds, village, as_member, client):
    browser = as_member(village.ben)
    data = {"kind": "open", "wish": "1", "title": "Somebody to mend my bike", "text": "The chain jumps, I can't say why.",
            "detail_with": "A bike", "price": "agreed", "currency": "EUR", "time_zone": "UTC", "reply_hours": "", "do": "publish"}  # fmt: skip
    assert browser.post("/offers/new", data=data).status_code == 303
    made = only()
    assert made.is_wish
    assert db.session.get(Subject, made.subject_id).type == "wish"
    page = client.get(f"/offers/{made.id}").text
    assert page.index("asks for it") < page.index("The chain jumps")
    assert "By agreement" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Give it a title."),
        ("title", "x" * 121, "at most 120"),
        ("text", "x" * 10_001, "at most 10000"),
        ("amount", "a lot", "Type an amount"),
        ("amount", "0", "For free"),
        ("amount", "12.505", "Type an amount"),
        ("longest", "1", "longest can"),
        ("shortest", "zwei", "whole number"),
        ("quantity", "101", "Between 1 and 100"),
        ("place", "x" * 121, "at most 120"),
        ("detail_sleeps", "-1", "whole number"),
        ("detail_space", "A castle", "Not a valid choice"),
        ("time_zone", "Mars/Crater", "Not a valid choice"),
        ("currency", "XXX", "one of the currencies"),
        ("reply_hours", "7", "Not a valid choice"),
    ],
)
def test_what_can_not_be_is_said_and_nothing_typed_is_lost(
    kinds, village, as_member, field, typed, said
):
    answer = as_member(village.ada).post("/offers/new", data={**FILLED, field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "No smoking" in answer.text
    assert db.session.query(Offer).count() == 0


def test_publishing_what_is_not_whole_is_refused_and_keeps_what_was_typed(
    kinds, village, as_member
):
    answer = as_member(village.ada).post(
        "/offers/new", data={**FILLED, "detail_sleeps": "", "do": "publish"}
    )
    assert answer.status_code == 422
    assert "Fill in “How many can sleep there” first." in answer.text
    assert "No smoking" in answer.text
    assert db.session.query(Offer).count() == 0


def test_a_preview_keeps_nothing(kinds, village, as_member):
    answer = as_member(village.ada).post("/offers/new", data={**FILLED, "do": "preview"})
    assert answer.status_code == 200
    assert "<strong>one</strong>" in answer.text
    assert db.session.query(Offer).count() == 0


def test_a_preview_is_no_longer_than_what_can_be_kept(kinds, village, as_member):
    """It is shown before it is checked: to render all that a request can carry would take seconds."""
    answer = as_member(village.ada).post(
        "/offers/new", data={**FILLED, "text": "ŵ" * 30_000, "do": "preview"}
    )
    assert answer.status_code == 200
    assert len(re.search(r"<p>(ŵ+)</p>", answer.text)[1]) == LONGEST_TEXT


def test_text_is_made_safe(kinds, village, as_member, client):
    evil = {"title": "<script>alert(1)</script>", "text": "<script>alert(1)</script> [x](javascript:alert(1)) and more",
            "rules": "<b>x</b>", "place": "<i>y</i>"}  # fmt: skip
    as_member(village.ada).post("/offers/new", data={**FILLED, **evil, "do": "publish"})
    for path in (f"/offers/{only().id}", "/offers", "/members/ada"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "<b>x</b>" not in page
        assert "<i>y</i>" not in page


def test_editing_makes_a_version_and_tells_the_subject(room, village, as_member):
    browser, path = as_member(village.ada), f"/offers/{room.id}/edit"
    data = {**FILLED, "title": "A room by the sea", "seen": seen(browser, path)}
    assert browser.post(path, data=data).status_code == 303
    made = only()
    assert (made.title, made.version) == ("A room by the sea", 2)
    assert db.session.get(Subject, made.subject_id).title == "A room by the sea"
    assert ("sea",) in db.session.query(OfferWord.word).filter_by(offer_id=made.id).all()
    assert ("river",) not in db.session.query(OfferWord.word).filter_by(offer_id=made.id).all()
    data["seen"] = seen(browser, path)
    assert browser.post(path, data=data).status_code == 303
    assert only().version == 2, "nothing changed"
    assert db.session.query(OfferVersion).count() == 2
    assert len(events("offer.published")) == 1


def test_the_second_of_two_tabs_is_told_and_loses_nothing(room, village, as_member):
    browser, path = as_member(village.ada), f"/offers/{room.id}/edit"
    mark = seen(browser, path)
    browser.post(path, data={**FILLED, "title": "From the first tab", "seen": mark})
    answer = browser.post(path, data={**FILLED, "title": "From the second tab", "seen": mark})
    assert answer.status_code == 409
    assert "From the first tab" in answer.text
    assert 'value="From the second tab"' in answer.text
    assert only().title == "From the first tab"
    mark = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.text)[1]
    assert (
        browser.post(
            path, data={**FILLED, "title": "From the second tab", "seen": mark}
        ).status_code
        == 303
    )
    assert only().title == "From the second tab"


def test_what_is_published_stays_whole(room, village, as_member):
    browser, path = as_member(village.ada), f"/offers/{room.id}/edit"
    answer = browser.post(path, data={**FILLED, "text": "short", "seen": seen(browser, path)})
    assert answer.status_code == 422
    assert "Describe it in at least" in answer.text


@pytest.mark.parametrize("path", ["edit", "photos", "calendar"])
@pytest.mark.parametrize("who", ["ben", "mia", "ann"])
def test_nobody_else_changes_an_offer(room, village, as_member, path, who):
    browser = as_member(getattr(village, who))
    assert browser.get(f"/offers/{room.id}/{path}").status_code == 404
    assert browser.post(f"/offers/{room.id}/{path}", data=FILLED).status_code == 404


@pytest.mark.parametrize("do", ["do/publish", "do/pause", "do/archive", "do/restore", "photos/do"])
def test_nobody_else_turns_an_offer(room, village, as_member, client, do):
    assert as_member(village.ben).post(f"/offers/{room.id}/{do}").status_code == 404
    assert client.post(f"/offers/{room.id}/{do}").status_code in (302, 303, 401)
    assert only().state == "published"


def test_a_visitor_is_asked_to_sign_in(room, client):
    for path in (
        "new",
        "mine",
        "kept",
        f"{room.id}/edit",
        f"{room.id}/photos",
        f"{room.id}/calendar",
        f"{room.id}/versions/1",
    ):
        assert client.get(f"/offers/{path}").status_code in (302, 303, 401), path


def test_an_offer_goes_its_way(room, village, as_member, client):
    browser, id = as_member(village.ada), room.id
    for do, state in [
        ("pause", "paused"),
        ("publish", "published"),
        ("archive", "archived"),
        ("restore", "paused"),
        ("publish", "published"),
    ]:
        assert browser.post(f"/offers/{id}/do/{do}").status_code == 303, do
        assert only().state == state
    answer = browser.post(f"/offers/{id}/do/restore")
    assert answer.status_code == 422
    assert "It is not put away." in answer.text
    assert len(events("offer.published")) == 1


def test_a_wish_is_told_once_however_often_it_is_published(offer, village):
    wish = offer(village.ada, is_wish=True, is_published=False)
    assert events("wish.published") == []
    for turn in (actions.publish, actions.pause, actions.publish, actions.archive, actions.restore):
        turn(wish.id, village.ada.id)
        db.session.commit()
    (event,) = events("wish.published")
    about = (event.actor, event.other, event.subject_type, event.subject_id)
    assert about == (village.ada.id, None, "wish", wish.subject_id)
    assert events("offer.published") == []


def test_keeping_counts_once_and_is_taken_back(room, village, as_member):
    browser, id = as_member(village.ben), room.id
    for _ in range(2):
        assert browser.post(f"/offers/{id}/keep").status_code == 303
    (event,) = events("subject.saved")
    assert (event.actor, event.other) == (village.ben.id, village.ada.id)
    assert "A room by the river" in browser.get("/offers/kept").text
    assert "Keep it no more" in browser.get(f"/offers/{id}").text
    for _ in range(2):
        assert browser.post(f"/offers/{id}/keep", data={"do": "let-go"}).status_code == 303
    (event,) = events("subject.saved")
    assert event.voided_at is not None
    assert db.session.query(OfferKept).count() == 0
    browser.post(f"/offers/{id}/keep")
    assert [e.voided_at is None for e in events("subject.saved")] == [False, True]


def test_ones_own_and_what_is_paused_is_not_kept(room, village, as_member):
    assert as_member(village.ada).post(f"/offers/{room.id}/keep").status_code == 422
    actions.pause(room.id, village.ada.id)
    db.session.commit()
    assert as_member(village.ben).post(f"/offers/{room.id}/keep").status_code == 422


def test_what_is_put_away_leaves_the_list_of_what_is_kept(room, village, as_member):
    browser = as_member(village.ben)
    browser.post(f"/offers/{room.id}/keep")
    actions.archive(room.id, village.ada.id)
    db.session.commit()
    assert "A room by the river" not in browser.get("/offers/kept").text


def test_versions_are_for_owner_and_staff(room, village, as_member):
    actions.change(
        room.id,
        village.ada.id,
        replace(ROOM, amount=6_000, text="Quite another text than before."),
        ROOM.mark,
    )
    db.session.commit()
    for who, status in [("ada", 200), ("mia", 200), ("ben", 404)]:
        answer = as_member(getattr(village, who)).get(f"/offers/{room.id}/versions/1")
        assert answer.status_code == status
    page = as_member(village.ada).get(f"/offers/{room.id}/versions/1").text
    assert "€45 per night" in page
    assert "now: €60 per night" in page
    assert "<strong>one</strong>" in page
    assert page.count("changed since") == 2
    assert "changed since" not in as_member(village.ada).get(f"/offers/{room.id}/versions/2").text
    assert as_member(village.ada).get(f"/offers/{room.id}/versions/3").status_code == 404


def test_own_offers_stand_by_state_with_the_next_step(offer, village, as_member):
    browser = as_member(village.ada)
    assert "You offer nothing yet" in browser.get("/offers/mine").text
    offer(village.ada)
    offer(village.ada, LADDER, "thing", is_published=False)
    page = browser.get("/offers/mine").text
    assert 'href="/offers/dashboard"' in page
    assert "Add a photo" in page
    assert "Finish it and publish it" in page
    assert page.index("A ladder") < page.index("A room by the river")
    assert "A ladder" not in as_member(village.ben).get("/offers/mine").text


def test_a_members_page_shows_what_they_offer(room, village, client, as_member):
    assert 'id="their-offers"' in client.get("/members/ada").text
    actions.pause(room.id, village.ada.id)
    db.session.commit()
    assert 'id="their-offers"' not in as_member(village.ben).get("/members/ada").text


def test_a_retired_kind_is_not_offered(kinds, village, as_member):
    kindbook.retire(kinds["stay"].id)
    db.session.commit()
    browser = as_member(village.ada)
    assert "A place to stay" not in browser.get("/offers/new").text
    answer = browser.post("/offers/new", data=FILLED)
    assert answer.status_code == 200
    assert db.session.query(Offer).count() == 0


def test_what_was_told_of_an_offer_leads_to_its_page(room, village, client):
    subject, id = room.subject_id, room.id
    answer = client.get(f"/stories/{subject}")
    assert (answer.status_code, answer.location) == (302, f"/offers/{id}")
    assert "A room by the river" not in client.get("/stories?type=offer").text
    actions.archive(id, village.ada.id)
    db.session.commit()
    assert client.get(f"/stories/{subject}", follow_redirects=True).status_code == 404


def test_the_other_tongue_says_kinds_and_states_in_its_own_words(room, village, as_member):
    browser = as_member(village.ada)
    for path in (
        "/offers/mine",
        "/offers/new",
        f"/offers/{room.id}/edit",
        f"/offers/{room.id}/calendar",
    ):
        assert browser.get(path, headers={"Accept-Language": "zh"}).status_code == 200
