"""How often anyone may knock, and that every form carries its token."""

import re

import pytest
from sqlalchemy import select

from community.activity.accounts.models import SignUp
from community.kit.limits import limiter
from tests.activity.accounts.conftest import is_in, letters, look
from tests.conftest import PASSWORD


@pytest.fixture
def limited(app):
    limiter.enabled = True
    limiter.reset()
    yield app
    limiter.reset()
    limiter.enabled = False


def knock(app, path, data, address="203.0.113.7"):
    browser = app.test_client()
    return browser.post(path, data=data, environ_base={"REMOTE_ADDR": address})


def wrong(n, handle="ada"):
    return {"email": f"{handle}@village.example", "password": f"wrong password {n}"}


def test_an_address_guesses_twenty_five_times(limited, village):
    for n in range(25):
        assert knock(limited, "/sign-in", wrong(n, f"nobody{n}")).status_code == 422
    answer = knock(limited, "/sign-in", wrong(0, "ada") | {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too fast" in answer.text
    other = knock(limited, "/sign-in", wrong(0) | {"password": PASSWORD}, "203.0.113.8")
    assert other.status_code == 303


def test_an_account_is_guessed_at_twenty_five_times_from_anywhere(limited, village):
    for n in range(25):
        assert knock(limited, "/sign-in", wrong(n), f"203.0.113.{n}").status_code == 422
    assert knock(limited, "/sign-in", wrong(0), "198.51.100.1").status_code == 429
    assert knock(limited, "/sign-in", wrong(0, "ADA"), "198.51.100.1").status_code == 429
    assert knock(limited, "/sign-in", wrong(0, "nobody"), "198.51.100.2").status_code == 422


def test_one_person_with_a_whole_network_is_one_person(limited, village):
    for n in range(25):
        knock(limited, "/sign-in", wrong(n, f"nobody{n}"), f"2001:db8:1:2::{n:x}")
    assert knock(limited, "/sign-in", wrong(0, "x"), "2001:db8:1:2:ffff::1").status_code == 429
    assert knock(limited, "/sign-in", wrong(0, "x"), "2001:db8:1:3::1").status_code == 422


@pytest.mark.parametrize("path", ["/recover", "/join/confirm"])
def test_nobody_is_flooded_with_letters(limited, village, path):
    for n in range(5):
        knock(limited, path, {"email": "ada@village.example"}, f"203.0.113.{n}")
    sent = len(letters())
    answer = knock(limited, path, {"email": "Ada@village.example "}, "198.51.100.1")
    assert answer.status_code == 429
    assert len(letters()) == sent
    for n in range(5):
        knock(limited, path, {"email": f"n{n}@village.example"}, "203.0.113.99")
    assert knock(limited, path, {"email": "x@village.example"}, "203.0.113.99").status_code == 429


def test_sign_ups_are_few(limited, village):
    def ask(n, email=None, address="203.0.113.7"):
        data = {
            "name": "Dora",
            "email": email or f"d{n}@village.example",
            "password": "nine herons wade",
        }
        return knock(limited, "/join", data, address).status_code

    assert [ask(n) for n in range(11)] == [303] * 10 + [429]
    assert len(look(select(SignUp))) == 10
    same = [ask(n, "one@village.example", f"198.51.100.{n}") for n in range(6)]
    assert same == [303] * 5 + [429]


def test_looking_is_not_counted(limited, village):
    browser = limited.test_client()
    assert {browser.get("/sign-in").status_code for _ in range(40)} == {200}


def test_codes_and_passwords_asked_again_are_guessed_few_times(limited, village, as_member):
    browser = as_member(village.ada)
    said = [
        browser.post("/sign-in/again", data={"password": f"x{n}"}).status_code for n in range(12)
    ]
    assert said == [200] * 10 + [429] * 2
    said = [
        browser.post(
            "/settings/password", data={"old": f"x{n}", "new": "nine herons wade"}
        ).status_code
        for n in range(12)
    ]
    assert said == [422] * 10 + [429] * 2


@pytest.fixture
def guarded(app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def token_on(page):
    return re.search(r'name="csrf_token"\s+value="([^"]+)"', page.text)[1]


FORMS = ["/sign-in", "/join", "/join/confirm", "/recover"]


@pytest.mark.parametrize("path", FORMS)
def test_forms_of_visitors_need_the_token_of_their_own_session(guarded, village, path):
    data = wrong(1) | {"name": "Dora"}
    browser, other = guarded.test_client(), guarded.test_client()
    for token in ({}, {"csrf_token": "forged"}, {"csrf_token": token_on(other.get(path))}):
        assert browser.post(path, data=data | token).status_code == 400
    assert letters() == []
    page = browser.get(path)
    assert "kith=" in page.headers["Set-Cookie"]
    assert browser.post(path, data=data | {"csrf_token": token_on(page)}).status_code in (303, 422)


def test_the_door_opens_with_the_token_and_pages_without_forms_begin_no_session(guarded, village):
    browser = guarded.test_client()
    assert "Set-Cookie" not in browser.get("/letter-sent").headers
    token = token_on(browser.get("/sign-in"))
    browser.post("/sign-in", data=wrong(1) | {"password": PASSWORD, "csrf_token": token})
    assert is_in(browser)
    assert browser.post("/sign-out", data={"csrf_token": token}).status_code == 400
    fresh = token_on(browser.get("/settings/places"))
    assert browser.post("/sign-out", data={"csrf_token": fresh}).status_code == 303


WRITES = [
    "/sign-out", "/sign-in/again", "/sign-in/code", "/sign-in/recovery-code", "/sign-in/choose",
    "/sign-in/passkey", "/sign-in/passkey/x", "/sign-in/again/passkey", "/settings/passkeys",
    "/settings/passkeys/x", "/settings/passkeys/remove", "/settings/second-factor",
    "/settings/second-factor/x", "/settings/recovery-codes", "/settings/password",
    "/settings/email", "/settings/email/x", "/settings/places/end", "/settings/places/1/end",
    "/known/ada", "/move-in/x", "/join/confirm/x", "/recover/x", "/house/invite/ada",
    "/house/invitations/1/take-back",
]  # fmt: skip


@pytest.mark.parametrize("path", WRITES)
def test_nothing_is_done_without_a_token(app, village, as_member, monkeypatch, path):
    browser = as_member(village.ann)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    for data in ({}, {"csrf_token": "forged"}):
        assert browser.post(path, data=data).status_code == 400
    said = browser.post(path, data='{"csrf_token": 1}', content_type="text/plain")
    assert said.status_code == 400
    assert (
        browser.get(path + "?_method=POST", headers={"X-HTTP-Method-Override": "POST"}).status_code
        < 500
    )
    assert is_in(browser)


def test_a_member_writes_sixty_times_a_minute_from_wherever_they_are(limited, village, as_member):
    """One account behind many addresses is one member; another account is another one."""
    ada, ben = as_member(village.ada), as_member(village.ben)

    def write(browser, n):
        where = {"REMOTE_ADDR": f"203.0.113.{n}"}
        data = {"scheme": "dark"}
        return browser.post("/preferences/colours", data=data, environ_base=where).status_code

    assert {write(ada, n) for n in range(60)} == {303}
    assert write(ada, 99) == 429
    assert write(ben, 99) == 303
