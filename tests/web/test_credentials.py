"""Awards as credentials: anyone can check them with the published key, and see when they hold no more."""

import base64
import json
import multiprocessing
import stat
import threading
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from community.activity.members.models import MEMBERS, NOBODY, FormerHandle
from community.activity.settings import actions
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.standing import presets, rulebook
from community.standing.models import Award
from community.web import backups, credentials
from tests.conftest import NOON
from tests.plans import scans
from tests.web.judged import give, say

HOME = "http://127.0.0.1:8000"


@pytest.fixture
def token(judged, as_member):
    """Ada's award as the file that she takes along."""
    award = give(judged.ada)
    answer = as_member(judged.ada).get(f"/awards/{award.id}/credential.jwt")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vc+jwt"
    assert 'filename="connector.jwt"' in answer.headers["Content-Disposition"]
    return answer.text


@pytest.fixture
def verdict(client):
    """What the page says of a credential."""

    def check(token):
        answer = client.post("/verify", data={"credential": token})
        assert answer.status_code == 200
        titles = {
            "holds": "It was signed here, and holds<",
            "over": "It was signed here, and holds no more",
            "foreign": "That was not signed here",
        }
        return [name for name, title in titles.items() if title in answer.text]

    return check


def parts_of(token):
    head, body, sign = token.split(".")
    return [json.loads(_bytes(head)), json.loads(_bytes(body)), _bytes(sign)]


def _bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(told):
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_anyone_can_check_a_credential_with_the_published_key(client, token):
    [published] = client.get("/.well-known/jwks.json").json["keys"]
    assert published["kty"] == "OKP"
    assert published["crv"] == "Ed25519"
    assert "d" not in published
    assert jwt.get_unverified_header(token)["kid"] == published["kid"]
    claims = jwt.decode(token, jwt.PyJWK(published).key, ["EdDSA"], issuer=f"{HOME}/badges/issuer")
    assert client.get("/badges/issuer").json == claims["issuer"]


def test_a_credential_says_who_holds_what_since_when_and_no_more(judged, token):
    head, told, _ = parts_of(token)
    assert head["alg"] == "EdDSA"
    assert head["typ"] == "vc+jwt"
    assert told["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert told["validFrom"] == "2026-06-01T12:00:00Z"
    subject = told["credentialSubject"]
    assert subject["id"] == told["sub"] == f"{HOME}/members/ada"
    assert subject["achievement"]["id"] == f"{HOME}/badges/connector"
    assert told["id"] == told["jti"]
    assert told["credentialStatus"]["id"] == f"{HOME}/badges/revocations"
    assert "Lindqvist" not in json.dumps(told)
    assert "@village.example" not in json.dumps(told)


def test_addresses_follow_the_settings_and_no_header(client, judged):
    told = client.get("/badges/issuer", headers={"Host": "evil.example"}).json
    assert told["id"] == f"{HOME}/badges/issuer"


def test_a_good_credential_holds(judged, token, verdict, client):
    assert verdict(token) == ["holds"]
    assert verdict(f"\n  {token}  \n") == ["holds"]
    page = client.get("/verify", query_string={"credential": token}).text
    assert "It was signed here, and holds<" in page
    assert "Ada Lindqvist" in page


def _with(place, change):
    def tampered(token):
        parts = parts_of(token)
        parts[place] = change(parts[place])
        return ".".join(_text(part) for part in parts)

    return tampered


def _signed_by_another(token):
    head, told, _ = parts_of(token)
    return jwt.encode(told, Ed25519PrivateKey.generate(), "EdDSA", {"kid": head["kid"]})


def _signed_with_the_public_key(token):
    _, told, _ = parts_of(token)
    public = credentials._public_key()["x"].encode().ljust(32, b"x")
    return jwt.encode(told, public, "HS256")


TAMPERED = {
    "another award": _with(1, lambda told: {**told, "jti": told["jti"] + "0"}),
    "another holder": _with(1, lambda told: {**told, "sub": f"{HOME}/members/ben"}),
    "another signature": _with(2, lambda sign: bytes([sign[0] ^ 1]) + sign[1:]),
    "no signature": _with(2, lambda sign: b""),
    "half a signature": _with(2, lambda sign: sign[:32]),
    "no algorithm": _with(0, lambda head: {**head, "alg": "none"}),
    "a list of algorithms": _with(0, lambda head: {**head, "alg": ["EdDSA"]}),
    "a critical extension": _with(0, lambda head: {**head, "crit": ["x"]}),
    "no head": _with(0, lambda head: []),
    "a head that is a number": _with(0, lambda head: 7),
    "a body that is a list": _with(1, lambda told: [told]),
    "another key": _signed_by_another,
    "the public key as a secret": _signed_with_the_public_key,
    "cut off": lambda token: token[:-10],
    "two parts": lambda token: token.rpartition(".")[0],
    "twice": lambda token: token + token,
    "no credential at all": lambda token: "hello",
    "dots": lambda token: "..",
    "other letters": lambda token: "凭证." * 3,
    "far too long": lambda token: "e" * 30_000,
    "deep": lambda token: _text(b"[" * 3_000) + "." + token,
    "markup": lambda token: "</textarea><script>alert(1)</script>",
}


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_what_was_tampered_with_was_not_signed_here(judged, token, client, how):
    answer = client.post("/verify", data={"credential": TAMPERED[how](token)})
    assert answer.status_code in (200, 400)
    assert "signed here, and" not in answer.text
    assert "<script>alert" not in answer.text
    if answer.status_code == 200:
        assert "That was not signed here" in answer.text


@pytest.mark.parametrize("body", [b"credential=%ED%B3%A4", b"credential=%00.%ff.%00"])
def test_broken_text_was_not_signed_here(judged, client, body):
    form = {"content_type": "application/x-www-form-urlencoded"}
    answer = client.post("/verify", data=body, **form)
    assert answer.status_code in (200, 400)
    assert "signed here, and" not in answer.text


@pytest.mark.parametrize("who", [None, "ada"])
def test_an_empty_form_says_nothing_of_any_credential(judged, client, as_member, who):
    browser = as_member(getattr(judged, who)) if who else client
    for answer in (browser.get("/verify"), browser.post("/verify", data={"credential": "  "})):
        assert answer.status_code == 200
        assert 'class="notice' not in answer.text
        assert "required></textarea>" in answer.text


@pytest.mark.parametrize("other", ["moment", "badge", "member"])
def test_a_credential_is_of_no_other_award_that_got_its_number(judged, token, verdict, other):
    award = db.session.get(Award, int(parts_of(token)[1]["id"].rsplit("/", 1)[1]))
    db.session.delete(award)
    db.session.commit()
    assert verdict(token) == ["over"]
    given = {
        "moment": {"begun_at": NOON + timedelta(days=1)},
        "badge": {"badge": "helper"},
        "member": {"member": judged.ben},
    }
    give(**{"member": judged.ada, "id": award.id, **given[other]})
    assert verdict(token) == ["over"]


def test_a_new_handle_leaves_a_credential_good(judged, token, verdict):
    db.session.add(FormerHandle(handle="ada", member_id=judged.ada.id, left_at=clock.now()))
    judged.ada.handle = "ada-lindqvist"
    db.session.commit()
    assert verdict(token) == ["holds"]


def test_an_award_of_a_retired_badge_still_stands_and_leads_nowhere(judged, client, token, verdict):
    told = dict(presets.told("connector"))
    rulebook.put(told, None, "enough", is_published=True, is_retired=True)
    db.session.commit()
    answer = client.get(parts_of(token)[1]["id"].removeprefix(HOME))
    assert answer.status_code == 200
    assert 'href="/badges/connector"' not in answer.text
    assert verdict(token) == ["holds"]


def test_a_credential_names_its_tier(judged, as_member):
    award = give(judged.ada, "power-member", tier=3)
    browser = as_member(judged.ada)
    told = parts_of(browser.get(f"/awards/{award.id}/credential.jwt").text)[1]
    assert told["name"] == "Power member · Gold"
    page = browser.get(f"/awards/{award.id}", headers={"Accept-Language": "zh-CN"}).text
    assert "活跃成员 · 金" in page


def test_an_award_that_ended_is_revoked_everywhere(judged, token, verdict, client, as_member):
    kept = give(judged.ben)
    address = parts_of(token)[1]["id"]
    assert client.get("/badges/revocations").json["revokedCredential"] == []
    award = db.session.get(Award, int(address.rsplit("/", 1)[1]))
    award.ended_at = NOON + timedelta(days=30)
    db.session.commit()
    assert verdict(token) == ["over"]
    assert client.get("/badges/revocations").json["revokedCredential"] == [
        {"id": address, "revoked": True, "revokedAt": "2026-07-01T12:00:00Z"}
    ]
    page = client.get(address.removeprefix(HOME)).text
    assert "This award holds no more" in page
    assert "1 July 2026" in page
    browser = as_member(judged.ada)
    assert "credential.jwt" not in browser.get(f"/awards/{award.id}").text
    assert browser.get(f"/awards/{award.id}/credential.jwt").status_code == 404
    assert client.get(f"/awards/{kept.id}").status_code == 200


def test_stages_and_levels_are_no_credentials(judged, as_member, client):
    for name in ("stage", "level"):
        award = give(judged.ada, name, digest="x", ended_at=NOON + timedelta(days=1))
        browser = as_member(judged.ada)
        assert browser.get(f"/awards/{award.id}").status_code == 404
        assert browser.get(f"/awards/{award.id}/credential.jwt").status_code == 404
    assert client.get("/badges/revocations").json["revokedCredential"] == []


def test_the_award_of_an_erased_member_is_gone(judged, token, verdict, client):
    address = parts_of(token)[1]["id"].removeprefix(HOME)
    actions.erase(judged.ada, judged.ann, "asked for it by letter", judged.mia)
    db.session.commit()
    cache.clear()
    assert client.get(address).status_code == 404
    assert verdict(token) == ["over"]
    revoked = client.get("/badges/revocations").json["revokedCredential"]
    assert address in [each["id"].removeprefix(HOME) for each in revoked]
    assert "Ada" not in client.post("/verify", data={"credential": token}).text


WHO_SEES_AN_AWARD = [
    # who may see the holder's page: (visitor, member, manager, holder)
    (0, [200, 200, 200, 200]),
    (MEMBERS, [404, 200, 200, 200]),
    (NOBODY, [404, 404, 404, 200]),
]


@pytest.mark.parametrize(("sees", "answers"), WHO_SEES_AN_AWARD)
def test_an_award_is_as_open_as_its_holder(judged, token, client, as_member, sees, answers):
    judged.ada.sees_profile = sees
    db.session.commit()
    path = parts_of(token)[1]["id"].removeprefix(HOME)
    browsers = [client, *(as_member(m) for m in (judged.ben, judged.mia, judged.ada))]
    assert [browser.get(path).status_code for browser in browsers] == answers
    checked = [b.post("/verify", data={"credential": token}).text for b in browsers]
    assert all("It was signed here, and holds<" in page for page in checked)
    named = [200 if "Ada Lindqvist" in page else 404 for page in checked]
    assert named[:3] == answers[:3]


@pytest.mark.parametrize("who", [None, "ben", "mia", "ann"])
def test_a_credential_is_taken_along_by_its_holder_alone(judged, token, client, as_member, who):
    path = parts_of(token)[1]["id"].removeprefix(HOME)
    browser = as_member(getattr(judged, who)) if who else client
    assert browser.get(f"{path}/credential.jwt").status_code == (404 if who else 303)
    assert "credential.jwt" not in browser.get(path).text


@pytest.mark.parametrize("id", ["0", "99", "9" * 18, "x", "-1"])
def test_an_award_that_never_was_is_not_there(judged, client, as_member, id):
    assert client.get(f"/awards/{id}").status_code == 404
    assert as_member(judged.ada).get(f"/awards/{id}/credential.jwt").status_code == 404


def test_the_holder_finds_the_way_to_their_credential(judged, as_member):
    award = give(judged.ada)
    say(judged.ada)
    browser = as_member(judged.ada)
    assert f'href="/awards/{award.id}"' in browser.get("/members/ada/standing").text
    assert f'href="/awards/{award.id}/credential.jwt"' in browser.get(f"/awards/{award.id}").text
    assert 'href="/verify"' in browser.get("/badges").text


def test_an_award_speaks_the_readers_language_and_runs_nothing(judged, client):
    told = {**presets.told("helper"), "label": {"en": "<i>Hand</i>", "zh": "<i>手</i>"}}
    rulebook.put(told, None, "", is_published=True)
    judged.ada.name = "<b>Ada</b>"
    award = give(judged.ada, "helper", reason="<u>because</u>")
    for language, label in (("en", "Hand"), ("zh-CN", "手")):
        page = client.get(f"/awards/{award.id}", headers={"Accept-Language": language}).text
        assert f"&lt;i&gt;{label}&lt;/i&gt;" in page
        assert "&lt;b&gt;Ada&lt;/b&gt;" in page
        assert "&lt;u&gt;because&lt;/u&gt;" in page
        assert not [tag for tag in ("<i>", "<b>", "<u>") if tag in page]


def test_the_list_of_revocations_reads_no_whole_table(judged, client, statements, database):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    give(judged.ada, ended_at=NOON + timedelta(days=1))
    statements.clear()
    assert len(client.get("/badges/revocations").json["revokedCredential"]) == 1
    assert scans(list(statements), ("badge_rule",)) == []


# ---- the key ----


def _make_key(folder, start, found):
    app = Flask("racing")
    app.config["DATA_DIR"] = folder
    with app.app_context():
        start.wait()
        found.put(credentials._public_key()["x"])


@pytest.mark.parametrize("how", ["processes", "threads"])
def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path, how):
    many = 4
    spawn = multiprocessing.get_context("spawn")
    start, found = spawn.Barrier(many), spawn.Queue()
    kind = spawn.Process
    if how == "threads":
        start, kind = threading.Barrier(many), threading.Thread
    racers = [kind(target=_make_key, args=(tmp_path, start, found)) for _ in range(many)]
    for racer in racers:
        racer.start()
    keys = {found.get(timeout=30) for _ in racers}
    for racer in racers:
        racer.join()
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == [credentials.KEY]
    assert stat.S_IMODE((tmp_path / credentials.KEY).stat().st_mode) == 0o600


def test_a_key_of_another_kind_is_refused(app, tmp_path, monkeypatch):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey

    pem = Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / credentials.KEY).write_bytes(pem)
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    with pytest.raises(TypeError, match="no Ed25519 key"):
        credentials._key()


def test_a_backup_with_secrets_takes_the_key_along(app, tmp_path):
    credentials._key()
    for with_secrets in (False, True):
        path = tmp_path / f"{with_secrets}.zip"
        manifest = backups.make(path, "x", with_secrets=with_secrets)
        assert (credentials.KEY in manifest.files) is with_secrets
