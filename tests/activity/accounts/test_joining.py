"""Joining: three things, a letter, the password once more, and one is in."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from community.activity.accounts.models import Account, SignIn, SignUp
from community.activity.members.models import Member, MemberWord
from community.kit.db import db
from community.ledger.models import Event
from tests.activity.accounts.conftest import is_in, letters, link_in, look
from tests.conftest import PASSWORD

NEW = {"name": "Dora Maar", "email": "dora@village.example", "password": "seven quiet herons wade"}


def ask(client, **more):
    return client.post("/join", data=NEW | more)


def test_a_newcomer_joins_confirms_and_is_in(app, village, client):
    assert ask(client).location == "/letter-sent?about=join"
    assert look(select(Member).where(Member.name == NEW["name"])) == []
    (mail,) = letters(NEW["email"])
    link = link_in(mail)
    assert client.get(link).status_code == 200
    assert look(select(Member).where(Member.name == NEW["name"])) == []
    assert client.post(link, data={"password": NEW["password"]}).location == "/me"
    assert is_in(client)
    (dora,) = look(select(Member).where(Member.name == NEW["name"]))
    assert (dora.handle, dora.role, dora.name_key) == ("dora-maar", "member", "dora maar")
    assert dora.claimed_at == dora.joined_at
    assert "maar" in look(select(MemberWord.word).where(MemberWord.member_id == dora.id))
    kinds = look(select(Event.kind).where(Event.actor == dora.id).order_by(Event.id))
    assert kinds == ["member.joined", "contact.confirmed"]
    assert look(select(SignUp)) == []
    assert client.post("/sign-out").status_code == 303
    assert client.post(link, data={"password": NEW["password"]}).status_code == 410


def test_a_letter_alone_opens_nothing(app, village, client):
    """Whoever joined with another's address does not get in when the other opens the link."""
    ask(client)
    link = link_in(letters(NEW["email"])[0])
    answer = client.post(link, data={"password": "not what was chosen"})
    assert answer.status_code == 422
    assert "not the password you chose" in answer.text
    assert look(select(Account).where(Account.email == NEW["email"])) == []
    assert client.post(link, data={"password": NEW["password"]}).status_code == 303


def test_the_owner_of_an_address_comes_in_whoever_asked_before(app, village, client):
    ask(client, name="Somebody Else", password="a thief of addresses was here")
    ask(client)
    link = link_in(letters(NEW["email"])[1])
    assert client.post(link, data={"password": NEW["password"]}).status_code == 303
    stolen = link_in(letters(NEW["email"])[0])
    assert app.test_client().get(stolen).status_code == 410


def test_two_days_are_enough(app, village, client):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        ask(client)
        link = link_in(letters(NEW["email"])[0])
        clock.shift(timedelta(hours=47))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(hours=1, seconds=1))
        assert client.get(link).status_code == 410
        ask(client, email="eve@village.example")
        assert [s.email for s in look(select(SignUp))] == ["eve@village.example"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "This is needed"),
        ({"name": "Admin"}, "spoke for the house"),
        ({"name": "Аdmin"}, "spoke for the house"),
        ({"name": "12345"}, "at least one letter"),
        ({"name": "x" * 121}, "at most 120"),
        ({"email": "no address"}, "does not look like"),
        ({"email": "a@b"}, "does not look like"),
        ({"email": "dora@village.example\nBcc: all@village.example"}, "does not look like"),
        ({"email": "x" * 250 + "@a.example"}, "at most 254"),
        ({"password": "short1!"}, "at least 8"),
        ({"password": "password1234"}, "easy to guess"),
        ({"password": "Dora Maar"}, "easy to guess"),
        ({"password": "x" * 257}, "at most 256"),
    ],
)
def test_what_can_not_be_is_said(app, village, client, wrong, says):
    answer = ask(client, **wrong)
    assert answer.status_code == 422
    assert says in answer.text
    assert letters() == []


@pytest.mark.parametrize(
    "password", ["九只安静的苍鹭在河边涉水", "y" + "lq8 Zu-v" * 16, "        x  r q 7 z"]
)
def test_any_password_that_is_hard_to_guess_will_do(app, village, client, password):
    assert ask(client, password=password).status_code == 303
    link = link_in(letters(NEW["email"])[0])
    assert client.post(link, data={"password": password[:-1] + "?"}).status_code == 422
    assert client.post(link, data={"password": password}).status_code == 303


def test_names_that_are_taken_or_of_another_script_get_handles(app, village, client):
    handles = []
    for number, name in enumerate(["Ada", "Ada", "李明", "王芳", "Guest", "O'Neil–Smith"]):
        browser, email = app.test_client(), f"n{number}@village.example"
        ask(browser, name=name, email=email)
        browser.post(link_in(letters(email)[0]), data={"password": NEW["password"]})
        (account,) = look(select(Account).where(Account.email == email))
        handles += look(select(Member.handle).where(Member.id == account.member_id))
    assert handles[:2] == ["ada-2", "ada-3"]
    assert handles[2:5] == ["member-2", "member-3", "member-4"]
    assert handles[5].startswith("o-neil")


def test_an_address_is_one_however_it_is_written(app, village, client):
    ask(client, email="ADA@Village.Example")
    (mail,) = letters("ada@village.example")
    assert "already" in mail.subject
    assert client.post("/sign-in", data={"email": " ADA@Village.Example ", "password": PASSWORD})
    assert is_in(client)


def test_two_letters_of_one_address_make_one_member(app, village):
    browsers = [app.test_client(), app.test_client()]
    for browser in browsers:
        ask(browser)
    links = [link_in(mail) for mail in letters(NEW["email"])]
    answers = [
        browser.post(link, data={"password": NEW["password"]}).status_code
        for browser, link in zip(browsers, links, strict=True)
    ]
    assert answers == [303, 410]
    assert len(look(select(Account).where(Account.email == NEW["email"]))) == 1


def test_a_closed_house_says_so(app, village, client, monkeypatch):
    monkeypatch.setitem(app.config, "IS_OPEN", False)
    assert "by invitation only" in client.get("/join").text
    assert ask(client).status_code == 403
    assert letters() == []
    assert "Join in a minute" not in client.get("/sign-in").text


def test_the_letter_can_be_had_again_and_ends_the_first(app, village, client):
    ask(client)
    client.post("/join/confirm", data={"email": NEW["email"]})
    first, second = (link_in(mail) for mail in letters(NEW["email"]))
    assert client.get(first).status_code == 410
    assert client.post(second, data={"password": NEW["password"]}).status_code == 303


def test_whoever_is_in_joins_no_second_time(app, village, as_member):
    browser = as_member(village.ada)
    assert browser.get("/join").location == "/"


def test_letters_speak_the_language_of_whoever_reads(app, village, client):
    ask(client, headers=None)
    client.post("/recover", data={"email": "ada@village.example"})
    english = letters("ada@village.example")[0]
    village.ada.language = "zh_Hans_CN"
    db.session.merge(village.ada)
    db.session.commit()
    client.post("/recover", data={"email": "ada@village.example"})
    chinese = letters("ada@village.example")[1]
    assert 'lang="en"' in english.html
    assert 'lang="zh-Hans-CN"' in chinese.html
    assert "style" not in chinese.html


def test_links_follow_the_public_address_whatever_a_request_claims(app, village, client):
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Host": "evil.example", "Forwarded": "host=evil.example"},
    ):
        client.post("/recover", data={"email": "ada@village.example"}, headers=headers)
        ask(client)
    for mail in letters():
        assert "evil" not in mail.text + (mail.html or "")
        assert "http://127.0.0.1:8000/" in mail.text


def test_text_in_a_name_stays_text_in_a_letter(app, village, client):
    ask(client, name="<b>Bold</b>")
    page = client.get(link_in(letters(NEW["email"])[0])).text
    assert "<b>Bold" not in page
    assert look(select(SignIn)) == []
