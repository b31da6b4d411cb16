"""Passkeys: added, signed in with, used as a second step, removed."""

import hashlib
import html
import json
import re
import secrets
from datetime import timedelta

import cbor2
import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from community.activity.accounts.models import Passkey
from tests.activity.accounts.conftest import is_in, letters, look
from tests.conftest import PASSWORD

ORIGIN = "http://127.0.0.1:8000"


class Authenticator:
    """A key in somebody's pocket, made of software."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.owner = None
        self.count = 0

    def create(self, options, origin=ORIGIN):
        self.owner = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1}
        cose |= {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        known = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], 0x45) + known
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options, origin),
            attestationObject=attested,
        )

    def get(self, options, origin=ORIGIN, *, checks_owner=True):
        client = self._client("webauthn.get", options, origin)
        data = self._data(options["rpId"], 0x05 if checks_owner else 0x01)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client, authenticatorData=data, signature=signed, userHandle=self.owner
        )

    def _data(self, rp, flags):
        self.count += 1
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, type, options, origin):
        return json.dumps(
            {"type": type, "challenge": options["challenge"], "origin": origin}
        ).encode()

    def _answer(self, **response):
        told = {name: bytes_to_base64url(value) for name, value in response.items()}
        id = bytes_to_base64url(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": told,
                           "extensions": {"planted": "x" * 300}})  # fmt: skip


def ceremony(page):
    """What a page asks a passkey, and where its answer goes."""
    options = json.loads(html.unescape(re.search(r'data-options="([^"]*)"', page)[1]))
    goes_to = re.search(
        r'<form method="post"\s+action="([^"]+)"[^>]*>\s*<input[^>]*>\s*<input type="hidden"\s+name="credential"',
        page,
    )
    return options, html.unescape(goes_to[1])


def add(browser, key, usage="first", name="My phone"):
    page = browser.post("/settings/passkeys", data={"name": name, "usage": usage}).text
    options, goes_to = ceremony(page)
    return browser.post(goes_to, data={"credential": key.create(options)})


def use(browser, key, path="/sign-in/passkey", **how):
    options, goes_to = ceremony(browser.post(path).text)
    return browser.post(goes_to, data={"credential": key.get(options, **how)})


@pytest.fixture
def key():
    return Authenticator()


def test_a_passkey_alone_opens_the_door(app, village, as_member, client, key):
    assert add(as_member(village.ada), key).location == "/settings/passkeys"
    (kept,) = look(select(Passkey))
    assert (kept.name, kept.usage, kept.extensions) == ("My phone", "first", None)
    assert "added" in letters("ada@village.example")[-1].text
    options, _ = ceremony(client.post("/sign-in/passkey").text)
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")
    answer = use(client, key, "/sign-in/passkey?next=/settings/places")
    assert answer.location == "/settings/places"
    assert is_in(client)
    assert look(select(Passkey.sign_count))[0] == key.count


def test_a_passkey_that_does_not_check_its_owner_is_not_enough(
    app, village, as_member, client, key
):
    add(as_member(village.ada), key)
    use(client, key, checks_owner=False)
    assert not is_in(client)


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:8000"])
def test_an_answer_for_another_site_is_worth_nothing(app, village, as_member, client, key, origin):
    browser = as_member(village.ada)
    page = browser.post("/settings/passkeys", data={"name": "x", "usage": "first"}).text
    options, goes_to = ceremony(page)
    browser.post(goes_to, data={"credential": key.create(options, origin)})
    assert look(select(Passkey)) == []
    add(browser, key)
    use(client, key, origin=origin)
    assert not is_in(client)


def test_an_unknown_or_copied_passkey_opens_nothing(app, village, as_member, client, key):
    add(as_member(village.ada), key)
    stranger = Authenticator()
    stranger.owner = key.owner
    use(client, stranger)
    stranger.id = key.id
    use(client, stranger)
    assert not is_in(client)
    use(client, key)
    key.count -= 2
    other = app.test_client()
    use(other, key)
    assert not is_in(other)


@pytest.mark.parametrize(
    "credential",
    ["", "x", "{}", "[]", "null", '{"id": 1}', '{"id":"a","rawId":"a","type":"public-key","response":{}}',
     '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"AA"}}',
     '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}',
     "[" * 5000],
)  # fmt: skip
def test_what_is_no_answer_breaks_nothing(app, village, as_member, client, credential):
    browser = as_member(village.ada)
    page = browser.post("/settings/passkeys", data={"name": "x", "usage": "first"}).text
    assert browser.post(ceremony(page)[1], data={"credential": credential}).status_code in (
        302,
        400,
    )
    page = client.post("/sign-in/passkey").text
    assert client.post(ceremony(page)[1], data={"credential": credential}).status_code in (302, 400)
    assert (
        client.post("/sign-in/passkey/forged.token.x", data={"credential": "x"}).status_code == 302
    )
    assert not is_in(client)
    assert look(select(Passkey)) == []


def test_a_passkey_is_a_second_step_after_the_password(app, village, as_member, client, key):
    add(as_member(village.ada), key, "secondary")
    answer = client.post(
        "/sign-in", data={"email": "ada@village.example", "password": PASSWORD, "next": "/me"}
    )
    assert answer.location == "/sign-in/passkey?next=/me"
    assert not is_in(client)
    assert use(client, key, answer.location, checks_owner=False).location == "/me"
    assert is_in(client)
    other = app.test_client()
    use(other, key)
    assert not is_in(other)


def test_only_passkeys_of_ones_own_show_that_it_is_oneself(app, village, as_member, key):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        ada, ben = as_member(village.ada), as_member(village.ben)
        add(ada, key)
        clock.shift(timedelta(minutes=30))
        again = "/sign-in/again/passkey?next=/settings/email"
        use(ben, key, again)
        assert ben.get("/settings/email").status_code == 303
        assert use(ada, key, again).location == "/settings/email"
        assert ada.get("/settings/email").status_code == 200


def test_a_passkey_is_removed_by_its_owner(app, village, as_member, client, key):
    ada, ben = as_member(village.ada), as_member(village.ben)
    add(ada, key)
    ben.post("/settings/passkeys/remove", data={"name": "My phone"})
    assert len(look(select(Passkey))) == 1
    assert "My phone" in ada.get("/settings/passkeys").text
    ada.post("/settings/passkeys/remove", data={"name": "My phone"})
    assert look(select(Passkey)) == []
    assert "removed" in letters("ada@village.example")[-1].text
    use(client, key)
    assert not is_in(client)


def test_staff_keep_their_last_second_factor(app, village, as_member, key, monkeypatch):
    mia = as_member(village.mia)
    add(mia, key, "secondary", "Key")
    monkeypatch.setitem(app.config, "STAFF_NEEDS_SECOND_FACTOR", True)
    answer = mia.post("/settings/passkeys/remove", data={"name": "Key"})
    assert answer.status_code == 422
    assert len(look(select(Passkey))) == 1


def test_a_name_is_needed_and_stands_once(app, village, as_member, key):
    ada = as_member(village.ada)
    assert "This is needed" in ada.post("/settings/passkeys", data={"usage": "first"}).text
    add(ada, key)
    page = ada.post("/settings/passkeys", data={"name": "My phone", "usage": "first"}).text
    assert "of that name already" in page
    assert "data-options" not in page


def test_a_visitor_who_would_remove_one_is_sent_to_sign_in(app, village, client):
    answer = client.post("/settings/passkeys/remove", data={"name": "phone"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")
