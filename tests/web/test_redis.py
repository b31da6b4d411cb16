"""Limits that several processes share through Redis, and what happens when it is away."""

import uuid

import pytest
import redis
from flask_migrate import upgrade

from community.kit.db import db
from community.kit.limits import limiter
from community.web import create_app
from tests.conftest import IN_CI, Browser, new_database, settings_for

REDIS = "redis://127.0.0.1:6379/15"
NOBODY_THERE = "redis://127.0.0.1:6390/0"


@pytest.fixture
def shared():
    """A Redis that answers, without what this test leaves in it."""
    server = redis.Redis.from_url(REDIS, socket_connect_timeout=2)
    try:
        server.ping()
    except redis.ConnectionError:
        if IN_CI:
            pytest.fail("no Redis at 127.0.0.1:6379")
        pytest.skip("no Redis at 127.0.0.1:6379")
    server.flushdb()
    yield REDIS
    server.flushdb()
    server.close()


@pytest.fixture
def sites():
    """Processes of one site, as many as asked for, whose limits are counted."""
    made = []
    with new_database("sqlite") as database:

        def site(url):
            other = create_app(settings_for(database) | {"REDIS_URL": url})
            other.test_client_class = Browser
            made.append(other)
            if len(made) == 1:
                with other.app_context():
                    upgrade()
            limiter.enabled = True
            return other.test_client()

        yield site
        # The limiter is one for all: let it count in this process again.
        made.append(create_app(settings_for(database)))
        limiter.enabled = False
        for other in made:
            with other.app_context():
                db.engine.dispose()


def _search_until_refused(browser, most):
    name = uuid.uuid4().hex
    return [browser.get(f"/members?q={name}").status_code for _ in range(most)]


def test_two_processes_count_together(sites, shared):
    first = _search_until_refused(sites(shared), 40)
    second = _search_until_refused(sites(shared), 40)
    assert set(first) == {200}
    assert second.count(200) == 20
    assert second[-1] == 429


def test_without_redis_the_site_answers_and_still_counts(sites):
    answers = _search_until_refused(sites(NOBODY_THERE), 70)
    assert answers[0] == 200
    assert answers[-1] == 429
    assert set(answers) == {200, 429}
