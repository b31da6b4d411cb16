"""Who sees what, how the site speaks and looks, which letters come."""

import pytest
from sqlalchemy import select

from community.activity.members.models import Member
from community.kit.db import db
from community.ledger.models import Event

SIGHTS = {"profile": "1", "place": "2", "details": "0", "links": "2", "timeline": "1"}


def the(member_id):
    db.session.rollback()
    return db.session.get(Member, member_id)


def test_every_place_of_the_settings_is_linked_and_answers(app, village, as_member):
    browser = as_member(village.ada)
    page = browser.get("/settings")
    assert page.status_code == 200
    for path in (
        "profile", "photo", "privacy", "language", "letters", "data", "leave", "password", "email",
        "places",
    ):  # fmt: skip
        assert f'href="/settings/{path}"' in page.text
        assert browser.get(f"/settings/{path}").status_code == 200


def test_the_next_useful_step_is_shown(app, village, as_member):
    assert "Add a photo" in as_member(village.ada).get("/settings").text


def test_sight_is_chosen(app, village, as_member):
    id, browser = village.ada.id, as_member(village.ada)
    assert browser.post("/settings/privacy", data=SIGHTS).status_code == 303
    member = the(id)
    assert {part: str(getattr(member, f"sees_{part}")) for part in SIGHTS} == SIGHTS
    page = browser.get("/settings/privacy").text
    assert "as=visitor" in page
    assert "as=member" in page


@pytest.mark.parametrize(
    "wrong", [{"profile": "3"}, {"profile": "x"}, {"profile": "-1"}, {"links": ""}]
)
def test_no_other_sight_can_be_chosen(app, village, as_member, wrong):
    id, browser = village.ada.id, as_member(village.ada)
    assert browser.post("/settings/privacy", data=SIGHTS | wrong).status_code == 422
    assert the(id).sees_profile == 0


def test_language_zone_and_colours_are_chosen(app, village, as_member):
    id, browser = village.ada.id, as_member(village.ada)
    chosen = {"language": "zh_Hans_CN", "time_zone": "Asia/Shanghai", "scheme": "dark"}
    assert browser.post("/settings/language", data=chosen).status_code == 303
    member = the(id)
    assert (member.language, member.time_zone, member.scheme) == tuple(chosen.values())
    page = browser.get("/settings/language").text
    assert '<html lang="zh-Hans-CN"' in page
    assert 'data-scheme="dark"' in page
    assert "上海" in page
    browser.post("/settings/language", data={"language": "", "time_zone": "", "scheme": ""})
    member = the(id)
    assert (member.language, member.time_zone, member.scheme) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [{"language": "xx"}, {"time_zone": "Mars/Base"}, {"time_zone": "../UTC"}, {"scheme": "pink"}],
)
def test_nothing_unknown_is_chosen(app, village, as_member, wrong):
    chosen = {"language": "en", "time_zone": "UTC", "scheme": "dark"} | wrong
    assert as_member(village.ada).post("/settings/language", data=chosen).status_code == 422


def test_letters_are_chosen_and_fewer_is_written_down(app, village, as_member):
    id, browser = village.ada.id, as_member(village.ada)
    assert "ada@village.example" in browser.get("/settings/letters").text
    for wanted in ("1", "0", "0", "2", "0"):
        assert browser.post("/settings/letters", data={"letters": wanted}).status_code == 303
    assert the(id).letters == 0
    kinds = db.session.scalars(
        select(Event.value).where(Event.kind == "letters.declined").order_by(Event.id)
    ).all()
    assert kinds == [1, 0, 0]
    assert browser.post("/settings/letters", data={"letters": "7"}).status_code == 422
