"""Changing what one comes in with: password, address, and recovering both."""

from datetime import timedelta

import pytest
import time_machine
from flask_security import hash_password
from sqlalchemy import select, update

from community.activity.accounts.models import Account, SignIn
from community.kit.db import db
from tests.activity.accounts.conftest import account_of, is_in, letters, link_in, look
from tests.conftest import PASSWORD

NEW = "seven quiet herons wade"
ADA, ELSEWHERE = "ada@village.example", "ada@elsewhere.example"


def recovery_link(client, email=ADA):
    client.post("/recover", data={"email": email})
    return link_in(letters(email)[-1])


def comes_in(app, password, email=ADA):
    browser = app.test_client()
    browser.post("/sign-in", data={"email": email, "password": password})
    return is_in(browser)


def test_a_forgotten_password_is_chosen_anew_and_everybody_signed_out(
    app, village, as_member, client
):
    stolen = as_member(village.ada)
    link = recovery_link(client)
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    assert not is_in(stolen)
    assert not is_in(client)
    assert comes_in(app, NEW)
    assert not comes_in(app, PASSWORD)
    assert "changed" in letters(ADA)[-1].subject


def test_a_recovery_link_works_once(app, village, client):
    link = recovery_link(client)
    client.post(link, data={"password": NEW})
    assert client.get(link).status_code == 410
    assert client.post(link, data={"password": "another one of four words"}).status_code == 410
    assert comes_in(app, NEW)


def test_a_recovery_link_works_for_two_hours(app, village, client):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        link = recovery_link(client)
        clock.shift(timedelta(hours=2))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert client.get(link).status_code == 410


def test_a_changed_or_borrowed_recovery_link_is_worth_nothing(app, village, as_member, client):
    link = recovery_link(client)
    for changed in (link[:-9] + link[-9:].swapcase(), link + "x", "/recover/x.y.z"):
        assert client.post(changed, data={"password": NEW}).status_code == 410
    browser = as_member(village.ada)
    browser.post("/settings/email", data={"email": ELSEWHERE})
    other = link_in(letters(ELSEWHERE)[0]).rpartition("/")[2]
    assert client.post(f"/recover/{other}", data={"password": NEW}).status_code == 410
    assert comes_in(app, PASSWORD)


@pytest.mark.parametrize("what", ["password", "email", "sign out everywhere"])
def test_a_recovery_link_ends_when_the_account_changes(app, village, as_member, client, what):
    link = recovery_link(client)
    browser = as_member(village.ada)
    if what == "password":
        browser.post("/settings/password", data={"old": PASSWORD, "new": NEW})
    elif what == "email":
        browser.post("/settings/email", data={"email": ELSEWHERE})
        browser.post(link_in(letters(ELSEWHERE)[0]))
    else:
        browser.post("/settings/places/end")
    assert client.get(link).status_code == 410


def test_a_weak_new_password_is_refused_and_the_link_still_works(app, village, client):
    link = recovery_link(client)
    answer = client.post(link, data={"password": "ada lindqvist"})
    assert answer.status_code == 422
    assert "easy to guess" in answer.text
    assert client.post(link, data={"password": NEW}).status_code == 303


def test_changing_the_password_ends_the_other_sessions(app, village, as_member):
    here, there = as_member(village.ada), as_member(village.ada)
    old = look(select(SignIn.token_hash))
    assert here.post("/settings/password", data={"old": PASSWORD, "new": NEW}).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert set(look(select(SignIn.token_hash))).isdisjoint(old)
    assert comes_in(app, NEW)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"old": "wrong", "new": NEW}, "not your present password"),
        ({"old": "", "new": NEW}, "This is needed"),
        ({"new": NEW}, "This is needed"),
        ({"old": PASSWORD, "new": "password"}, "easy to guess"),
        ({"old": PASSWORD, "new": "short"}, "at least 8"),
    ],
)
def test_the_password_does_not_change_for_less(app, village, as_member, form, says):
    browser = as_member(village.ada)
    answer = browser.post("/settings/password", data=form)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert comes_in(app, PASSWORD)


def test_whoever_has_no_password_shows_that_it_is_them_before_setting_one(app, village, as_member):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        browser = as_member(village.ada)
        mine = update(Account).where(Account.member_id == village.ada.id)
        db.session.execute(mine.values(password=None))
        db.session.commit()
        clock.shift(timedelta(minutes=20))
        answer = browser.post("/settings/password", data={"new": NEW})
        assert answer.location == "/sign-in/again?next=/settings/password"
        clock.shift(timedelta(minutes=-10))
        assert browser.post("/settings/password", data={"new": NEW}).location == "/settings/places"
        assert comes_in(app, NEW)


def test_a_new_address_is_confirmed_and_both_are_told(app, village, as_member):
    here, there = as_member(village.ada), as_member(village.ada)
    assert here.post("/settings/email", data={"email": ELSEWHERE}).status_code == 303
    assert "about to change" in letters(ADA)[0].subject
    link = link_in(letters(ELSEWHERE)[0])
    assert account_of(village.ada).email == ADA
    assert here.get(link).status_code == 200
    assert account_of(village.ada).email == ADA
    assert here.post(link).status_code == 303
    assert account_of(village.ada).email == ELSEWHERE
    assert "was changed" in letters(ADA)[-1].subject
    assert len(letters(ELSEWHERE)) == 2
    assert is_in(here)
    assert not is_in(there)
    assert comes_in(app, PASSWORD, ELSEWHERE)
    assert here.post(link).status_code == 410


def test_only_whoever_asked_can_use_the_link_to_a_new_address(app, village, as_member, client):
    as_member(village.ada).post("/settings/email", data={"email": ELSEWHERE})
    link = link_in(letters(ELSEWHERE)[0])
    assert client.post(link).status_code == 303
    assert as_member(village.ben).post(link).status_code == 410
    assert account_of(village.ada).email == ADA


def test_an_address_that_was_taken_meanwhile_stays_taken(app, village, as_member):
    browser = as_member(village.ada)
    browser.post("/settings/email", data={"email": ELSEWHERE})
    db.session.execute(
        update(Account).where(Account.member_id == village.ben.id).values(email=ELSEWHERE)
    )
    db.session.commit()
    assert browser.post(link_in(letters(ELSEWHERE)[0])).status_code == 422
    assert account_of(village.ada).email == ADA


SENSITIVE = ["/settings/email", "/settings/second-factor", "/settings/recovery-codes",
             "/settings/passkeys"]  # fmt: skip


@pytest.mark.parametrize("path", SENSITIVE)
def test_what_matters_asks_again_after_a_while(app, village, as_member, path):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        browser = as_member(village.ada)
        assert browser.get(path).status_code == 200
        clock.shift(timedelta(minutes=20))
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, f"/sign-in/again?next={path}")
        assert (
            browser.post(path, data={"email": ELSEWHERE, "setup": "authenticator"}).status_code
            == 303
        )
        assert letters(ELSEWHERE) == []
        again = f"/sign-in/again?next={path}"
        assert browser.get(again).status_code == 200
        assert browser.post(again, data={"password": "wrong"}).status_code == 200
        assert browser.get(path).status_code == 303
        assert browser.post(again, data={"password": PASSWORD}).location == path
        assert browser.get(path).status_code == 200


def test_a_password_hashed_in_an_older_way_is_hashed_anew(app, village, client):
    security = app.extensions["security"]
    # Weaker than what any application in this process asks for.
    lax = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    weak = security.pwd_context.copy(**{f"argon2__{k}": v for k, v in lax.items()}).hash
    kept = weak(__import__("flask_security.utils", fromlist=["x"]).get_hmac(PASSWORD).decode())
    db.session.execute(
        update(Account).where(Account.member_id == village.ada.id).values(password=kept)
    )
    db.session.commit()
    assert comes_in(app, PASSWORD)
    now = account_of(village.ada).password
    assert now != kept
    assert now.split("$")[3] == hash_password("x").split("$")[3]
