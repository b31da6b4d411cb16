"""A passkey in a real browser: added, signed in with, used before what matters, removed."""

import threading
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from flask_migrate import upgrade
from waitress.server import create_server

from community.activity.accounts import actions
from community.kit.db import db
from community.kit.limits import limiter
from community.web import create_app
from tests.conftest import PASSWORD, new_database, settings_for

ADA = "ada@village.example"


@pytest.fixture(scope="module")
def house():
    """A running Kith with a name, for browsers make no passkeys for a bare number."""
    with new_database("sqlite") as database:
        holder = SimpleNamespace(app=None)

        def later(environ, start_response):
            return holder.app(environ, start_response)

        server = create_server(later, host="127.0.0.1", port=0, threads=4, ident=None)
        url = f"http://localhost:{server.effective_port}"
        more = {"PUBLIC_URL": url, "WTF_CSRF_ENABLED": True, "TESTING": False}
        holder.app = create_app(settings_for(database) | more)
        limiter.enabled = False
        with holder.app.app_context():
            upgrade()
            member = actions.new_member("Ada Lindqvist")
            actions.new_account(member, ADA, actions.hashed_password(PASSWORD))
            db.session.commit()
        threading.Thread(target=server.run, daemon=True).start()
        yield url
        server.close()


@pytest.fixture
def page(chromium, house):
    context = chromium.new_context(base_url=house)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield page
    context.close()


def arrives(page, path):
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def test_a_passkey_from_the_first_to_the_last(page):
    page.goto("/sign-in?next=/settings/passkeys")
    page.fill("main input[name=email]", ADA)
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form[action='/sign-in'] button")
    arrives(page, "/settings/passkeys")

    page.fill("main input[name=name]", "My phone")
    page.check("main input[value=first]")
    page.click("main form button:has-text('Add it')")
    page.wait_for_selector("main li:has-text('My phone')")

    page.goto("/settings/places")
    page.click("main form[action='/sign-out'] button")
    arrives(page, "/")
    page.goto("/sign-in?next=/settings/passkeys")
    page.click("main button:has-text('Use a passkey')")
    arrives(page, "/settings/passkeys")

    page.goto("/sign-in/again?next=/settings/email")
    page.click("main button:has-text('Use a passkey')")
    arrives(page, "/settings/email")

    page.goto("/settings/passkeys")
    page.click("main li button:has-text('Remove')")
    page.wait_for_selector("main li:has-text('My phone')", state="detached")
    page.goto("/settings/places")
    page.click("main form[action='/sign-out'] button")
    arrives(page, "/")
    page.goto("/sign-in/passkey")
    page.click("main button:has-text('Use a passkey')")
    page.wait_for_selector("text=did not open the door")
    assert page.problems == []
