"""The whole site at once: every link answers for every role, every write asks for its token."""

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from community import demo
from community.kit.db import db
from community.web import create_app
from tests.conftest import Browser, settings_for

ROLES = ("visitor", "member", "manager", "leader", "admin")
LINK = re.compile(r'<(?:a|link|img|script|use)\b[^>]*?\s(?:href|src|action)="([^"]+)"')
MOST_PAGES = 400


@pytest.fixture
def town(app):
    """A small demo town and its logins."""
    return demo.build(seed=11, members=30)


def browser_of(app, town, role):
    browser = app.test_client()
    if role != "visitor":
        login = getattr(town, role)
        answer = browser.post("/sign-in", data={"email": login.email, "password": login.password})
        assert answer.status_code in (302, 303)
    return browser


def crawl(browser):
    """Every address that can be reached from the front page by links, with its answer's status."""
    seen, found = {"/": None}, {}
    waiting = deque(["/"])
    shapes = {}
    while waiting and len(found) < MOST_PAGES:
        address = waiting.popleft()
        with browser.get(address) as answer:
            found[address] = (answer.status_code, seen[address])
            if answer.mimetype != "text/html" or answer.status_code != 200:
                continue
        for link in LINK.findall(answer.text):
            target = urlsplit(urljoin(address, unescape(link)))
            if target.scheme or target.netloc:
                continue
            path = target.path + (f"?{target.query}" if target.query else "")
            shape = re.sub(r"\d+|(?<=/members/)[^/?]+|=[^&]+", "*", path)
            shapes[shape] = shapes.get(shape, 0) + 1
            if path and path not in seen and shapes[shape] <= 12:
                seen[path] = address
                waiting.append(path)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_every_link_on_every_page_answers(app, town, role):
    found = crawl(browser_of(app, town, role))
    bad = {
        address: said
        for address, said in found.items()
        if said[0] not in (200, 302, 303, 304) and not address.startswith("/sign-out")
    }
    assert bad == {}
    assert len(found) > 15


@pytest.mark.parametrize("role", ROLES)
def test_every_page_without_parameters_answers(app, town, role):
    browser = browser_of(app, town, role)
    broken = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            status = browser.get(rule.rule).status_code
            if status >= 500:
                broken[rule.rule] = status
    assert broken == {}


@pytest.mark.parametrize("role", ["visitor", "admin"])
def test_every_write_asks_for_its_token(app, database, town, role):
    guarded = create_app(settings_for(database) | {"WTF_CSRF_ENABLED": True})
    guarded.test_client_class = Browser
    with guarded.app_context():
        browser = guarded.test_client()
        if role == "admin":
            _sign_in_with_token(browser, town.admin)
        writes = [
            rule
            for rule in guarded.url_map.iter_rules()
            if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        ]
        assert len(writes) > 10
        taken = {}
        for rule in writes:
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = browser.post(path, data={"x": "y"})
            if answer.status_code != 400:
                taken[path] = answer.status_code
        assert taken == {}
        db.session.remove()
        db.engine.dispose()


def _sign_in_with_token(browser, login):
    page = browser.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    data = {"email": login.email, "password": login.password, "csrf_token": token}
    assert browser.post("/sign-in", data=data).status_code in (302, 303)


def test_every_page_has_one_heading_a_title_and_its_language(app, town):
    browser = browser_of(app, town, "member")
    for address, (status, _) in crawl(browser).items():
        if status != 200:
            continue
        with browser.get(address) as answer:
            if answer.mimetype == "text/html":
                assert len(re.findall(r"<h1\b", answer.text)) == 1, address
                assert re.search(r"<title>[^<]{3,}</title>", answer.text), address
                assert '<html lang="en"' in answer.text, address
