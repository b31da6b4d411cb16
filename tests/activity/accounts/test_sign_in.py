"""Coming in and going: sessions, places, where one goes on to."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from community.activity.accounts.models import Account, SignIn
from community.activity.accounts.queries import hashed
from community.kit.db import db
from tests.activity.accounts.conftest import account_of, is_in, look
from tests.conftest import PASSWORD


def credentials(handle="ada", **more):
    return {"email": f"{handle}@village.example", "password": PASSWORD, **more}


def as_read(text):
    """A page without what is different each time."""
    return re.sub(r'nonce="[^"]*"|name="csrf_token"\s+value="[^"]*"', "", text)


@pytest.mark.parametrize(
    "data",
    [
        credentials(password="not the password at all"),
        credentials("nobody"),
        {"email": "not an address", "password": PASSWORD},
        credentials(password=PASSWORD + "\x00"),
        credentials(password="x" * 5000),
        {},
    ],
)
def test_what_does_not_match_opens_nothing(app, village, client, data):
    answer = client.post("/sign-in", data=data)
    assert answer.status_code in (422, 303)
    assert is_in(client) is (data.get("password") == PASSWORD + "\x00")


def test_the_wrong_password_and_the_wrong_address_read_the_same(app, village, client):
    wrong = client.post("/sign-in", data=credentials(password="wrong password here"))
    nobody = client.post("/sign-in", data=credentials("nobody", password="wrong password here"))
    assert as_read(wrong.text) == as_read(nobody.text.replace("nobody@", "ada@"))
    assert wrong.status_code == nobody.status_code == 422


def test_a_session_begins_anew_when_one_comes_in(app, village, client):
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["csrf_token"] = "known to somebody else"
    client.post("/sign-in", data=credentials())
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != "known to somebody else"
        token = session["place"]
    place = look(select(SignIn))[0]
    assert place.token_hash == hashed(token)
    assert token not in place.token_hash


def test_an_old_cookie_is_worth_nothing_after_signing_out(app, village, as_member):
    browser = as_member(village.ada)
    kept = browser.get_cookie("kith").value
    browser.post("/sign-out")
    browser.set_cookie("kith", kept)
    assert not is_in(browser)


def test_a_forged_or_changed_cookie_is_worth_nothing(app, village, as_member):
    browser = as_member(village.ada)
    kept = browser.get_cookie("kith").value
    for changed in (kept[:-2], kept[5:], "e30." + kept.partition(".")[2], "garbage", ""):
        browser.set_cookie("kith", changed)
        assert not is_in(browser)
    forger = app.test_client()
    account = account_of(village.ada)
    with forger.session_transaction() as session:
        session["_user_id"] = account.fs_uniquifier
        session["_fresh"] = True
    assert not is_in(forger)


def test_no_remember_cookie_token_or_basic_auth_signs_in(app, village, client):
    account = account_of(village.ada)
    token = account.get_auth_token()
    for asked in (
        {"headers": {"Authentication-Token": token}},
        {"query_string": {"auth_token": token}},
        {"auth": ("ada@village.example", PASSWORD)},
    ):
        assert client.get("/settings/places", **asked).status_code == 303


@pytest.mark.parametrize(
    ("handle", "away", "stays"),
    [
        ("ada", timedelta(days=13, hours=23), True),
        ("ada", timedelta(days=14, seconds=1), False),
        ("mia", timedelta(hours=7, minutes=59), True),
        ("mia", timedelta(hours=8, seconds=1), False),
    ],
)
def test_an_unused_session_ends(app, village, as_member, handle, away, stays):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        browser = as_member(getattr(village, handle))
        clock.shift(away)
        assert is_in(browser) is stays


@pytest.mark.parametrize(("handle", "each", "longest"), [("ada", 240, 90), ("mia", 4, 7)])
def test_a_used_session_ends_too(app, village, as_member, handle, each, longest):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        browser = as_member(getattr(village, handle))
        for _ in range(longest * 24 // each - 1):
            clock.shift(timedelta(hours=each))
            assert is_in(browser)
        clock.shift(timedelta(hours=each))
        assert not is_in(browser)


def test_a_page_that_is_read_notes_the_hour_and_no_more(app, village, as_member):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        browser = as_member(village.ada)
        first = look(select(SignIn.seen_at))[0]
        clock.shift(timedelta(minutes=59))
        is_in(browser)
        assert look(select(SignIn.seen_at))[0] == first
        clock.shift(timedelta(minutes=2))
        is_in(browser)
        assert look(select(SignIn.seen_at))[0] == first + timedelta(minutes=61)


def test_places_are_listed_and_ended(app, village, as_member):
    here, there, other = as_member(village.ada), as_member(village.ada), as_member(village.ben)
    page = here.get("/settings/places").text
    assert page.count("Sign out there") == 1
    ids = look(select(SignIn.id).order_by(SignIn.id))
    assert other.post(f"/settings/places/{ids[1]}/end").status_code == 404
    assert is_in(there)
    assert here.post(f"/settings/places/{ids[1]}/end").status_code == 303
    assert not is_in(there)
    assert is_in(here)
    assert is_in(other)


def test_signing_out_everywhere_is_everywhere(app, village, as_member):
    here, there, other = as_member(village.ada), as_member(village.ada), as_member(village.ben)
    assert here.post("/settings/places/end").location == "/sign-in"
    assert [is_in(b) for b in (here, there, other)] == [False, False, True]


def test_the_browser_is_named_in_words(app, village, client):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.post("/sign-in", data=credentials(), headers={"User-Agent": agent})
    assert "Firefox on Linux" in client.get("/settings/places").text


def test_a_closed_or_erased_account_opens_nothing(app, village, as_member, client):
    browser = as_member(village.ada)
    db.session.execute(update(Account).values(active=False))
    db.session.commit()
    assert not is_in(browser)
    assert client.post("/sign-in", data=credentials()).status_code == 422


ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/%09/evil.example\t",
    "https:evil.example",
    "https:/evil.example",
    "http://127.0.0.1:8000@evil.example",
    "https://127.0.0.1.evil.example",
    "javascript:alert(1)",
    "data:text/html,hi",
    "//evil.example/%2f..",
    "/.//evil.example",
    "evil.example",
    "/\u2028/evil.example",
]


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_signing_in(app, village, asked):
    for how in ({"data": credentials(next=asked)}, {"query_string": {"next": asked}}):
        answer = app.test_client().post("/sign-in", **({"data": credentials()} | how))
        assert answer.status_code == 303
        assert answer.location in ("/", "/%09/evil.example")


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_showing_it_is_them(app, village, as_member, asked):
    browser = as_member(village.ada)
    answer = browser.post(
        "/sign-in/again", data={"password": PASSWORD}, query_string={"next": asked}
    )
    to = answer.location or ""
    assert "//" not in to.partition("?")[0]
    assert "\\" not in to
    assert not to.startswith(("javascript", "data", "http"))


def test_one_goes_on_to_where_one_wanted_to_go(app, village, client):
    answer = client.get("/settings/places?a=b")
    assert answer.location == "/sign-in?next=/settings/places?a%3Db"
    page = client.get(answer.location)
    assert 'value="/settings/places?a=b"' in page.text
    answer = client.post("/sign-in", data=credentials(next="/settings/places?a=b"))
    assert answer.location == "/settings/places?a=b"


def test_json_signs_nobody_in(app, village, client):
    assert client.post("/sign-in", json=credentials()).status_code == 415
    assert client.post("/sign-in/code", json={"code": "123456"}).status_code == 415
