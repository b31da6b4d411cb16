"""Limits that several processes share through Redis, and what happens when it is away."""

import json
import subprocess
import sys

import pytest
import redis
from flask_migrate import upgrade

from community.kit.db import db
from community.web import create_app
from tests.conftest import IN_CI, new_database, settings_for

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


PROCESS = """
import json, sys
from pathlib import Path
from community.web import create_app
settings = json.loads(sys.argv[1])
app = create_app(settings | {"DATA_DIR": Path(settings["DATA_DIR"])})
browser = app.test_client()
print([browser.get("/members?q=someone").status_code for _ in range(int(sys.argv[2]))])
"""


@pytest.fixture
def site():
    """A process of one site, which asks itself so many searches and says the answers."""
    with new_database("sqlite") as database:
        migrated = create_app(settings_for(database))
        with migrated.app_context():
            upgrade()
            db.engine.dispose()

        def process(redis_url, searches):
            settings = settings_for(database) | {"REDIS_URL": redis_url}
            settings |= {"DATA_DIR": str(settings["DATA_DIR"])}
            told = subprocess.run(
                [sys.executable, "-c", PROCESS, json.dumps(settings), str(searches)],
                capture_output=True,
                check=True,
                text=True,
                timeout=120,
            )
            return json.loads(told.stdout)

        yield process


def test_two_processes_count_together(site, shared):
    first, second = site(shared, 40), site(shared, 40)
    assert set(first) == {200}
    assert second.count(200) == 20
    assert second[-1] == 429


def test_without_redis_the_site_answers_and_still_counts(site):
    answers = site(NOBODY_THERE, 70)
    assert answers[0] == 200
    assert answers[-1] == 429
    assert set(answers) == {200, 429}
