"""A member tells who they are; nothing typed is lost, nothing is overwritten unseen."""

import re
import threading
from html import unescape

import pytest
from sqlalchemy import func, select

from community.activity.members.models import (
    FormerHandle,
    Member,
    MemberLink,
    MemberTag,
    MemberWord,
)
from community.activity.settings import actions, queries
from community.activity.settings.actions import Changed
from community.activity.settings.rules import LONGEST_BACKGROUND, Told
from community.kit import search
from community.kit.db import db
from community.kit.refusal import Refused
from tests.conftest import make_member

PAGE = "/settings/profile"


def seen_by(browser):
    return re.search(r'name="seen"[^>]*value="([^"]*)"', browser.get(PAGE).text)[1]


def answers(browser, **more):
    return {"seen": seen_by(browser), "name": "Ada Lindqvist", "handle": "ada", **more}


def ada():
    db.session.rollback()
    return db.session.scalar(select(Member).order_by(Member.id).limit(1))


def told_now():
    return queries.told_by(ada())


FULL = {
    "name": "Ada  Lindqvist-Öberg",
    "handle": " @Ada-L ",
    "headline": "Hosts in Lisbon",
    "background": "I **walk** at dawn.\r\n\r\n<script>alert(1)</script>",
    "languages": "German, 日本語, svenska, deutsch",
    "interests": "Walking, #tea, walking, 茶",
    "place": "Lisbon, roughly",
    "links-0-url": "example.org/ada",
    "links-0-called": "My page",
    "links-1-url": "",
    "links-1-called": "",
    "links-2-url": "https://www.ada.example/",
    "links-2-called": "",
}


def test_all_that_is_told_is_kept(app, village, as_member):
    browser = as_member(village.ada)
    answer = browser.post(PAGE, data=answers(browser, **FULL))
    assert answer.status_code == 303, answer.text
    member = ada()
    assert told_now() == Told(
        name="Ada Lindqvist-Öberg",
        handle="ada-l",
        headline="Hosts in Lisbon",
        background="I **walk** at dawn.\n\n<script>alert(1)</script>",
        languages=(("de", "Deutsch"), ("ja", "日本語"), ("sv", "svenska")),
        interests=(("walking", "Walking"), ("tea", "tea"), ("茶", "茶")),
        place="Lisbon, roughly",
        links=(("My page", "https://example.org/ada"), ("ada.example", "https://www.ada.example/")),
    )
    assert "<strong>walk</strong>" in member.background_html
    assert "<script" not in member.background_html
    assert member.name_key == search.key("Ada Lindqvist-Öberg")
    page = unescape(browser.get(PAGE).text)
    for shown in (
        "German, Japanese, Swedish",
        "Walking, tea, 茶",
        "https://example.org/ada",
        "Hosts in Lisbon",
    ):
        assert shown in page


def test_telling_the_same_again_changes_nothing(app, village, as_member):
    browser = as_member(village.ada)
    browser.post(PAGE, data=answers(browser, **FULL))
    before = told_now()
    again = {
        "languages": "German, Japanese, Swedish", "interests": "Walking, tea, 茶", "handle": "ada-l",
        "links-0-url": "https://example.org/ada",
    }  # fmt: skip
    assert browser.post(PAGE, data=answers(browser, **FULL | again)).status_code == 303
    assert told_now() == before
    assert db.session.scalar(select(func.count()).select_from(FormerHandle)) == 1


def test_the_order_of_tags_can_be_changed(app, village, as_member):
    browser = as_member(village.ada)
    for languages in ("German, French", "French, German", "German"):
        assert browser.post(PAGE, data=answers(browser, languages=languages)).status_code == 303
        assert (
            ", ".join({"de": "German", "fr": "French"}[c] for c, _ in told_now().languages)
            == languages
        )


def test_everything_can_be_taken_back(app, village, as_member):
    browser = as_member(village.ada)
    browser.post(PAGE, data=answers(browser, **FULL))
    assert browser.post(PAGE, data=answers(browser)).status_code == 303
    assert told_now() == Told(name="Ada Lindqvist", handle="ada")
    assert ada().background_html is None
    for model in (MemberTag, MemberLink):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "at least one letter"),
        ({"name": "\u202e\x00  "}, "at least one letter"),
        ({"name": "a" * 121}, "at most 120"),
        ({"name": "Administrator"}, "spoke for the house"),
        ({"handle": ""}, "2 to 40"),
        ({"handle": "ben"}, "Someone else"),
        ({"handle": "admin"}, "kept for the house"),
        ({"handle": "a b"}, "letters a to z"),
        ({"headline": "x" * 161}, "at most 160"),
        ({"background": "x" * 5001}, "at most 5000"),
        ({"place": "x" * 121}, "at most 120"),
        ({"languages": "German, Klingonn"}, "Did you mean Klingon?"),
        ({"languages": "qqqqqq"}, "We know no language “qqqqqq”"),
        ({"languages": "de fr"}, "We know no language"),
        ({"languages": "de,fr,it,es,pt,nl,sv,da,nb,fi,pl,cs,hu"}, "at most 12 languages"),
        ({"interests": ",".join(map(str, range(21)))}, "at most 20 interests"),
        ({"interests": "x" * 41}, "too long"),
        ({"links-0-url": "javascript:alert(1)"}, "begin with https://"),
        ({"links-0-url": "https://a@b.example"}, "name or password"),
        ({"links-4-url": "nowhere"}, "That is no address"),
        ({"links-0-called": "only a name"}, "Add the address"),
        ({"links-0-url": "example.org", "links-0-called": "x" * 61}, "at most 60"),
    ],
)  # fmt: skip
def test_what_can_t_be_told_is_said_and_nothing_typed_is_lost(app, village, as_member, wrong, says):
    browser = as_member(village.ada)
    typed = {"headline": "kept as typed", "languages": "French", "interests": "tea", **wrong}
    answer = browser.post(PAGE, data=answers(browser, **typed))
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert says in page
    for value in typed.values():
        shown = "".join(c for c in value if c.isprintable() and c != "\u202e").strip()
        assert shown in page
    assert told_now() == Told(name="Ada Lindqvist", handle="ada")


def test_odd_posts_are_refused_not_broken(app, village, as_member):
    browser = as_member(village.ada)
    for data in (
        {},
        {"seen": "x"},
        {"name": ["a", "b"], "links-0-url": ["x", "y"], "links-99999999-url": "x"},
        {"links": "x", "links-x-url": "y", "links--1-url": "z"},
        {"name": "\ud7ff\x00", "handle": "\x00", "languages": "\x00,;\u061c"},
    ):
        assert browser.post(PAGE, data=data).status_code in (409, 422)
    assert told_now() == Told(name="Ada Lindqvist", handle="ada")


def test_more_links_than_there_are_places_for_are_not_kept(app, village, as_member):
    browser = as_member(village.ada)
    many = {f"links-{n}-url": f"https://{n}.example" for n in range(9)}
    assert browser.post(PAGE, data=answers(browser, **many)).status_code == 303
    assert len(told_now().links) == 5


def test_a_preview_keeps_nothing_but_what_is_typed(app, village, as_member):
    browser = as_member(village.ada)
    answer = browser.post(
        PAGE,
        data=answers(
            browser, do="preview", background="**soon** <img src=x onerror=alert(1)>", place="X"
        ),
    )
    assert answer.status_code == 200
    assert "<strong>soon</strong>" in answer.text
    assert "<img src=x" not in answer.text
    assert 'value="X"' in answer.text
    assert told_now().background == ""


def test_a_preview_is_no_longer_than_what_can_be_kept(app, village, as_member):
    """It is shown before it is checked: to render all that a request can carry would take seconds."""
    browser = as_member(village.ada)
    answer = browser.post(PAGE, data=answers(browser, do="preview", background="ŵ" * 30_000))
    assert len(re.search(r"<p>(ŵ+)</p>", answer.text)[1]) == LONGEST_BACKGROUND


def test_found_under_the_new_name_and_handle_only(app, village, as_member):
    browser = as_member(village.ada)
    browser.post(PAGE, data=answers(browser, name="王小明", handle="xiaoming"))
    words = set(db.session.scalars(select(MemberWord.word).where(MemberWord.member_id == ada().id)))
    assert words == set(search.words("王小明 xiaoming"))
    assert set(db.session.scalars(select(MemberWord.word).where(MemberWord.word == "okafor")))


def test_former_handles_lead_on_and_are_nobody_else_s(app, village, as_member):
    browser = as_member(village.ada)
    browser.post(PAGE, data=answers(browser, handle="ada-two"))
    browser.post(PAGE, data=answers(browser, handle="ada-three"))
    assert queries.who_had("ada") == queries.who_had("ada-two") == "ada-three"
    assert queries.who_had("nobody") is None
    other = as_member(village.ben)
    answer = other.post(PAGE, data=answers(other, name="Ben Okafor", handle="ada-two"))
    assert "Someone else has that handle" in answer.text
    browser.post(PAGE, data=answers(browser, handle="ada"))
    assert queries.who_had("ada") is None
    assert queries.who_had("ada-three") == "ada"


def test_only_the_latest_handles_are_kept_for_somebody(app, village, as_member):
    browser = as_member(village.ada)
    for n in range(9):
        assert browser.post(PAGE, data=answers(browser, handle=f"name-{n}")).status_code == 303
    former = set(db.session.scalars(select(FormerHandle.handle)))
    assert former == {f"name-{n}" for n in range(3, 8)}


def test_the_last_to_write_is_told_what_they_would_overwrite(app, village, as_member):
    here, there = as_member(village.ada), as_member(village.ada)
    mine = answers(here, headline="from here", place="here")
    there.post(PAGE, data=answers(there, headline="from there"))
    answer = here.post(PAGE, data=mine)
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "changed elsewhere" in page
    assert "from there" in page
    assert 'value="from here"' in page
    assert told_now().headline == "from there"
    again = mine | {"seen": re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]}
    assert here.post(PAGE, data=again).status_code == 303
    assert told_now().headline == "from here"


def at_once(app, *acts):
    """Runs each act in a thread and a context of its own; what they answered or raised."""
    said = [None] * len(acts)
    ready = threading.Barrier(len(acts))

    def run(number, act):
        with app.app_context():
            ready.wait()
            try:
                said[number] = act()
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                said[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_of_many_who_save_at_once_one_is_kept(app, village):
    told, id = queries.told_by(village.ada), village.ada.id
    db.session.rollback()
    acts = [
        lambda n=n: actions.tell(id, Told(name="Ada", handle="ada", headline=f"{n}"), told.version)
        for n in range(6)
    ]
    said = at_once(app, *acts)
    assert sum(isinstance(each, Changed) for each in said) == 5
    assert sum(isinstance(each, Member) for each in said) == 1


def test_of_two_who_want_a_handle_at_once_one_has_it(app, village):
    people = [(p.id, queries.told_by(p)) for p in (village.ada, village.ben, village.cy)]
    db.session.rollback()
    acts = [
        lambda id=id, told=told: actions.tell(
            id, Told(name=told.name, handle="wanted"), told.version
        )
        for id, told in people
    ]
    said = at_once(app, *acts)
    assert sum(isinstance(each, Member) for each in said) == 1
    assert all(isinstance(each, Member | Refused) for each in said), said
    assert db.session.scalar(select(func.count()).where(Member.handle == "wanted")) == 1


def test_a_name_that_grows_when_folded_fits(app, village):
    member = make_member("ligature", "x")
    db.session.commit()
    long = "ﷺ" * 110
    actions.tell(member.id, Told(name=long, handle="ligature"), queries.told_by(member).version)
    db.session.commit()
    assert len(member.name_key) == 120


def test_settings_are_for_members(app, client):
    for path in ("/settings", PAGE, "/settings/photo", "/settings/data", "/settings/leave"):
        assert client.get(path).status_code == 303
        assert client.post(path).status_code in (303, 405)
