"""How long property tests search: quick unless KITH_PROPERTIES=thorough."""

import os
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import delete

from community.kit import clock
from community.kit.db import db
from community.ledger.models import Event, Voiding
from tests.conftest import NOON

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("quick", max_examples=20, deadline=None, suppress_health_check=CHECKS)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("KITH_PROPERTIES", "quick"))


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where folders are in memory: what is tested here would wait for the disk most of its time."""


@pytest.fixture
def new_folder():
    """Give nothing, get an empty folder; all are removed afterwards."""
    with ExitStack() as stack:
        yield lambda: Path(stack.enter_context(TemporaryDirectory(dir=MEMORY)))


@pytest.fixture
def tmp_path(new_folder):
    return new_folder()


class Now:
    """A clock that tests move."""

    def __init__(self):
        self.at = NOON + timedelta(days=365)

    def __call__(self):
        return self.at

    def passes(self, **parts):
        self.at += timedelta(**parts)
        return self.at


@pytest.fixture
def now(monkeypatch):
    moving = Now()
    monkeypatch.setattr(clock, "now", moving)
    return moving


def forget():
    """Empty the ledger, its ids going on, and keep that."""
    db.session.rollback()
    db.session.execute(delete(Voiding))
    db.session.execute(delete(Event))
    db.session.commit()
