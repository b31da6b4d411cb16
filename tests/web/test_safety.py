"""Headers, cookies, caching: what every answer carries."""

import re

import pytest

from community.web import create_app
from tests.conftest import settings_for

PAGES = ["/", "/members", "/sign-in", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_closed_to_foreign_scripts_frames_and_sniffing(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Werkzeug" not in headers.get("Server", "")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_scripts_carry_the_nonce_of_their_answer_and_nothing_is_inline(client, path):
    answer = client.get(path)
    (nonce,) = re.findall(r"script-src 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script and "src=" in script for script in scripts)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", answer.text)


def test_each_answer_has_a_nonce_of_its_own(client):
    said = {client.get("/members").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(said) == 3


def test_a_visitors_page_is_kept_and_asked_for_again(client):
    first = client.get("/members")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers
    again = client.get("/members", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "Content-Security-Policy" not in again.headers


def test_a_members_page_is_never_kept(village, as_member):
    assert as_member(village.ada).get("/members").headers["Cache-Control"] == "private, no-store"


def test_static_files_are_kept_for_good(client):
    address = re.search(r'href="(/static/kith\.css[^"]*)"', client.get("/").text).group(1)
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../config.py",
        "/static/%2e%2e/config.py",
        "/static/..%2f..%2fetc/passwd",
        "/static/a%00b.css",
        "/.git/config",
        "/.env",
        "/config.py",
        "/data/secrets.json",
    ],
)
def test_nothing_of_the_house_is_served_as_a_file(client, path):
    assert client.get(path).status_code in (400, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FOO"])
def test_odd_methods_are_refused(client, method):
    assert client.open("/members", method=method).status_code in (400, 405)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1@evil.example"])
def test_no_header_bends_a_link(village, client, host):
    answer = client.get("/settings", headers={"Host": host, "X-Forwarded-Host": host})
    assert "evil" not in answer.headers["Location"]
    assert "evil" not in answer.text


def test_behind_tls_the_cookie_is_locked_to_the_host_and_hsts_is_on(app, database):
    made = create_app(settings_for(database) | {"PUBLIC_URL": "https://town.example"})
    with made.app_context():
        answer = made.test_client().get("/sign-in", base_url="https://town.example")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "kith" in c]
        assert cookie.startswith("__Host-kith=")
        for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert flag in cookie
