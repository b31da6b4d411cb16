"""Second factors: codes of an authenticator, recovery codes, and who has to have one."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from community.activity.accounts.models import Account
from tests.activity.accounts.conftest import account_of, is_in, letters, look
from tests.conftest import PASSWORD

START = "2026-07-01 12:00 +0000"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def secret_on(page) -> str:
    return re.search(r"<code>([A-Z2-7-]+)</code>", page)[1].replace("-", "")


def set_up(browser, clock) -> str:
    """Set an authenticator up and answer with its secret; half a minute passes."""
    page = browser.post("/settings/second-factor", data={"setup": "authenticator"}).text
    goes_to = re.search(r'action="(/settings/second-factor/[^"]+)"', page)[1]
    secret = secret_on(page)
    answer = browser.post(goes_to, data={"code": pyotp.TOTP(secret).now()})
    assert answer.location == "/settings/recovery-codes", answer.text
    clock.shift(timedelta(seconds=60))
    return secret


def password_given(app, handle="ada"):
    browser = app.test_client()
    answer = browser.post(
        "/sign-in",
        data={
            "email": f"{handle}@village.example",
            "password": PASSWORD,
            "next": "/settings/places",
        },
    )
    assert answer.status_code == 302
    assert not is_in(browser)
    return browser, answer.location


def codes_of(browser) -> list[str]:
    page = browser.post("/settings/recovery-codes", data={"generate_new_codes": "1"}).text
    return re.findall(r"<code>([a-z0-9-]+)</code>", page)


def test_with_an_authenticator_the_password_alone_opens_nothing(app, village, as_member, clock):
    secret = set_up(as_member(village.ada), clock)
    browser, step = password_given(app)
    assert step == "/sign-in/code?next=/settings/places"
    assert "six digits" in browser.get(step).text
    assert browser.post(step, data={"code": "000000"}).status_code == 200
    assert not is_in(browser)
    answer = browser.post(step, data={"code": pyotp.TOTP(secret).now()})
    assert answer.location == "/settings/places"
    assert is_in(browser)


def test_the_secret_is_not_kept_as_it_is(app, village, as_member, clock):
    secret = set_up(as_member(village.ada), clock)
    kept = account_of(village.ada).tf_totp_secret
    assert secret not in kept
    assert "enckey" in kept


def test_a_code_works_once(app, village, as_member, clock):
    secret = set_up(as_member(village.ada), clock)
    code = pyotp.TOTP(secret).now()
    first, step = password_given(app)
    second, _ = password_given(app)
    first.post(step, data={"code": code})
    second.post(step, data={"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_of_two_who_use_a_code_at_once_one_comes_in(app, village, as_member, clock):
    secret = set_up(as_member(village.ada), clock)
    browsers = [password_given(app)[0] for _ in range(4)]
    code = pyotp.TOTP(secret).now()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda b: b.post("/sign-in/code", data={"code": code}), browsers))
    assert sum(is_in(browser) for browser in browsers) == 1


@pytest.mark.parametrize(
    ("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_may_be_half_a_minute_off(app, village, as_member, clock, steps, opens):
    secret = set_up(as_member(village.ada), clock)
    clock.shift(timedelta(minutes=5))
    browser, step = password_given(app)
    at = __import__("time").time() + 30 * steps
    browser.post(step, data={"code": pyotp.TOTP(secret).at(int(at))})
    assert is_in(browser) is opens


def test_the_second_step_does_not_wait_for_ever(app, village, as_member, clock):
    secret = set_up(as_member(village.ada), clock)
    browser, step = password_given(app)
    clock.shift(timedelta(minutes=11))
    assert browser.post(step, data={"code": pyotp.TOTP(secret).now()}).location == "/sign-in"
    assert not is_in(browser)


def test_a_new_password_ends_a_half_done_sign_in(app, village, as_member, clock):
    here = as_member(village.ada)
    secret = set_up(here, clock)
    browser, step = password_given(app)
    here.post("/settings/password", data={"old": PASSWORD, "new": "seven quiet herons wade"})
    browser.post(step, data={"code": pyotp.TOTP(secret).now()})
    assert not is_in(browser)


def test_the_second_step_needs_the_first(app, village, client):
    for path in ("/sign-in/code", "/sign-in/recovery-code", "/sign-in/choose"):
        assert client.get(path).location == "/sign-in"
        assert client.post(path, data={"code": "123456"}).location == "/sign-in"


def test_the_picture_to_scan_needs_no_style(app, village, as_member):
    page = as_member(village.ada).post("/settings/second-factor", data={"setup": "authenticator"})
    assert '<svg viewBox="0 0 ' in page.text
    assert "style=" not in page.text
    assert "<script" not in re.sub(r"<script src=", "", page.text)


def test_recovery_codes_open_once_and_are_kept_as_hashes(app, village, as_member, clock):
    here = as_member(village.ada)
    set_up(here, clock)
    codes = codes_of(here)
    assert len(set(codes)) == 8
    kept = account_of(village.ada).mf_recovery_codes
    assert not set(codes) & set(kept)
    assert all(len(code) == 29 for code in codes)
    assert "8 unused" in here.get("/settings/recovery-codes?show_codes=1").text
    browser, _ = password_given(app)
    path = "/sign-in/recovery-code?next=/settings/places"
    assert browser.get("/sign-in/help").location == "/sign-in/recovery-code"
    assert browser.post(path, data={"code": "aaaa-bbbb"}).status_code == 200
    for hashed in kept[:2]:
        browser.post(path, data={"code": hashed})
    assert not is_in(browser)
    answer = browser.post(path, data={"code": codes[3].upper().replace("-", " ")})
    assert answer.location == "/settings/places"
    assert is_in(browser)
    other, _ = password_given(app)
    other.post(path, data={"code": codes[3]})
    assert not is_in(other)
    other.post(path, data={"code": codes[4]})
    assert is_in(other)
    assert len(account_of(village.ada).mf_recovery_codes) == 6


def test_of_two_who_use_a_recovery_code_at_once_one_comes_in(app, village, as_member, clock):
    here = as_member(village.ada)
    set_up(here, clock)
    code = codes_of(here)[0]
    browsers = [password_given(app)[0] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda b: b.post("/sign-in/recovery-code", data={"code": code}), browsers))
    assert sum(is_in(browser) for browser in browsers) == 1
    assert len(account_of(village.ada).mf_recovery_codes) == 7


def test_new_codes_end_the_old_ones(app, village, as_member, clock):
    here = as_member(village.ada)
    set_up(here, clock)
    old, new = codes_of(here), codes_of(here)
    browser, _ = password_given(app)
    browser.post("/sign-in/recovery-code", data={"code": old[0]})
    assert not is_in(browser)
    browser.post("/sign-in/recovery-code", data={"code": new[0]})
    assert is_in(browser)


def test_members_switch_it_off_and_are_told(app, village, as_member, clock):
    here = as_member(village.ada)
    set_up(here, clock)
    codes_of(here)
    assert here.post("/settings/second-factor", data={"setup": "disable"}).status_code == 302
    account = account_of(village.ada)
    assert not any((account.tf_totp_secret, account.tf_last_counter, account.mf_recovery_codes))
    told = [mail.text for mail in letters("ada@village.example")]
    assert len(told) == 3
    assert "set up" in told[0]
    assert "recovery codes" in told[1]
    assert "removed" in told[2]
    assert is_in(as_member(village.ada))


def test_staff_set_one_up_before_they_come_in(app, village, clock, monkeypatch):
    monkeypatch.setitem(app.config, "STAFF_NEEDS_SECOND_FACTOR", True)
    for handle, role in (("mia", "manager"), ("leo", "leader"), ("ann", "admin")):
        browser, step = password_given(app, handle)
        assert step == "/settings/second-factor", role
        assert "Your role asks for it" in browser.get(step).text
        page = browser.post(step, data={"setup": "authenticator"}).text
        assert browser.post("/sign-in/code", data={"code": "000000"}).status_code == 200
        assert not is_in(browser)
        browser.post("/sign-in/code", data={"code": pyotp.TOTP(secret_on(page)).now()})
        assert is_in(browser)
        answer = browser.post("/settings/second-factor", data={"setup": "disable"})
        assert answer.status_code == 200
        (account,) = look(select(Account).where(Account.email == f"{handle}@village.example"))
        assert account.tf_primary_method == "authenticator"


def test_members_need_none_and_staff_at_home_are_not_asked(app, village, as_member, monkeypatch):
    assert is_in(as_member(village.ann))
    monkeypatch.setitem(app.config, "STAFF_NEEDS_SECOND_FACTOR", True)
    assert is_in(as_member(village.ada))
