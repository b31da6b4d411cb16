"""No page, message or cost tells whether an address has an account."""

import re

import pytest

from tests.activity.accounts.conftest import letters

KNOWN, UNKNOWN = "ada@village.example", "eve@village.example"
PASSWORD = "seven quiet herons wade"


def as_read(answer, email):
    text = re.sub(r'nonce="[^"]*"|name="csrf_token"\s+value="[^"]*"', "", answer.text).replace(
        email, "them@village.example"
    )
    headers = {
        k: v
        for k, v in answer.headers
        if k not in ("Set-Cookie", "Content-Security-Policy", "X-Request-ID", "Content-Length")
    }
    cookies = [c.partition("=")[0] for c in answer.headers.getlist("Set-Cookie")]
    return answer.status_code, answer.location, headers, cookies, text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sign-in", {"password": "not the right one"}),
        ("/join", {"name": "Eve", "password": PASSWORD}),
        ("/join/confirm", {}),
        ("/recover", {}),
    ],
)
@pytest.mark.parametrize("is_asked_before", [False, True])
def test_known_and_unknown_addresses_cost_and_say_the_same(
    app, village, work, path, form, is_asked_before
):
    if is_asked_before:
        for email in (KNOWN, UNKNOWN):
            app.test_client().post(
                "/join", data={"name": "X", "email": email, "password": PASSWORD}
            )
    app.test_client().post(path, data={"email": "warm@village.example", **form})
    costs, answers, sent = [], [], []
    for email in (KNOWN, UNKNOWN):
        before = len(letters())
        with work() as done:
            answers.append(
                as_read(app.test_client().post(path, data={"email": email, **form}), email)
            )
        costs.append((done.hashes, done.statements))
        sent.append(len(letters()) - before)
    assert costs[0] == costs[1]
    assert costs[0][1]
    assert answers[0] == answers[1]
    assert sent[0] == sent[1]
    assert costs[0][0] == (1 if "password" in form else 0)


def test_a_new_address_that_is_taken_costs_and_says_the_same(app, village, as_member, work):
    browser = as_member(village.ben)
    browser.post("/settings/email", data={"email": "warm@village.example"})
    costs, answers = [], []
    for email in (KNOWN, UNKNOWN):
        with work() as done:
            answers.append(as_read(browser.post("/settings/email", data={"email": email}), email))
        costs.append((done.hashes, done.statements))
    assert costs[0] == costs[1]
    assert answers[0] == answers[1]
    assert letters(KNOWN) == []
    assert answers[0][0] == 303
    assert len(letters(UNKNOWN)) == 1
    assert len([mail for mail in letters() if mail.address is None]) == 1


def test_the_directory_does_not_tell_who_asked_to_join(app, village, client):
    for email in (KNOWN, UNKNOWN):
        client.post("/join", data={"name": "Zyx Wvut", "email": email, "password": PASSWORD})
    assert "Zyx Wvut" not in client.get("/members?q=Zyx").text


def test_a_password_that_waits_to_be_confirmed_opens_nothing(app, village):
    """Joining with a known address and signing in with the password just chosen tells nothing."""
    said = []
    for email in (KNOWN, UNKNOWN):
        client = app.test_client()
        client.post("/join", data={"name": "Eve", "email": email, "password": PASSWORD})
        said.append(
            as_read(client.post("/sign-in", data={"email": email, "password": PASSWORD}), email)
        )
    assert said[0] == said[1]
    assert said[0][0] == 422
