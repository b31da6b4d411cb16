"""A real Chromium before a real server with a small demo town."""

import io
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import sync_playwright
from sqlalchemy import func, select
from waitress.server import create_server

from community import demo
from community.activity.exchanges.offers import actions, kindbook
from community.activity.exchanges.offers.rules import Terms
from community.activity.members.models import Member
from community.kit import clock, pictures
from community.kit.db import db
from community.kit.limits import limiter
from community.ledger.models import Event
from community.standing import refresh, rulebook
from community.standing.models import Award
from community.standing.queries import PROGRAMMES
from community.web import create_app
from tests.conftest import IN_CI, new_database, settings_for

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def town():
    """The address of a running Kith with a demo town, and its logins."""
    with new_database("sqlite") as database:
        later = _Later()
        server = create_server(later, host="127.0.0.1", port=0, threads=8, ident=None)
        url = f"http://127.0.0.1:{server.effective_port}"
        app = create_app(
            settings_for(database) | {"PUBLIC_URL": url, "WTF_CSRF_ENABLED": True, "TESTING": False}
        )
        limiter.enabled = False
        with app.app_context():
            upgrade()
            logins = demo.build(seed=7, members=60)
            award = _judged()
            offer = _offered(logins.member.handle)
        later.app = app
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield SimpleNamespace(url=url, logins=logins, app=app, award=award, offer=offer)
        server.close()


def _judged():
    """Work out everyone's standing, with a history of awards; the id of one that holds."""
    rulebook.plant()
    began = db.session.scalar(select(func.min(Event.happened_at)))
    for _ in refresh.everything(since=began):
        db.session.commit()
    return db.session.scalars(
        select(Award.id).where(Award.badge.not_in(PROGRAMMES), Award.ended_at.is_(None))
    ).first()


def _offered(handle):
    """Something that a member offers, with a photo, closed days and a version before; its id."""
    owner = db.session.scalars(select(Member.id).where(Member.handle == handle)).one()
    terms = Terms(
        title="A quiet room with a desk",
        text="Two windows, **one** desk, and the river under both.",
        rules="No smoking\nShoes off at the door",
        details={"space": "A room of their own", "sleeps": 2, "pets": True},
        place="Old town",
        is_free=False,
        amount=4_500,
        currency="EUR",
    )
    offer = actions.begin(owner, kindbook.of_name("stay"), terms, is_wish=False, key=None)
    actions.publish(offer.id, owner)
    actions.change(offer.id, owner, replace(terms, amount=5_000), terms.mark)
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "seagreen").save(out, "PNG")
    actions.show_photo(offer.id, owner, pictures.scenes(out.getvalue()), "The desk")
    soon = clock.now().date() + timedelta(days=3)
    actions.close_days(offer.id, owner, soon, soon + timedelta(days=2))
    db.session.commit()
    return offer.id


class _Later:
    """Stands for the application until its address is known."""

    app = None

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    if path is None:
        if IN_CI:
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(chromium, town):
    """The cookies of a login, signed in once through the page that people use."""
    known = {}

    def signed_in(login):
        if login.handle not in known:
            context = chromium.new_context(base_url=town.url)
            page = context.new_page()
            page.goto("/sign-in")
            page.fill("input[name=email]", login.email)
            page.fill("input[name=password]", login.password)
            page.click("main form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            known[login.handle] = context.storage_state()
            context.close()
        return known[login.handle]

    return signed_in


@pytest.fixture
def open_page(chromium, town, signed_in):
    """Open a page of the town as somebody, in a language, a scheme and a width."""
    contexts = []

    def open_page(path="/", *, login=None, width=1280, language="en", scripts=True):
        context = chromium.new_context(
            base_url=town.url,
            viewport={"width": width, "height": 900},
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            java_script_enabled=scripts,
            reduced_motion="reduce",
            storage_state=signed_in(login) if login else None,
        )
        contexts.append(context)
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda message: _note(page, message))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def _note(page, message):
    if message.type == "error" and "Failed to load resource" not in message.text:
        page.problems.append(message.text)
