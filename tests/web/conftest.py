"""A village in which badges are given and members are judged."""

import shutil
from datetime import timedelta

import pytest
import time_machine

from community.graph import kept
from community.kit.db import db
from community.standing import rulebook
from tests.conftest import NOON

LATER = NOON + timedelta(days=90)


@pytest.fixture
def judged(app, village):
    """The village three months on, with the badges that come with Kith."""
    with time_machine.travel(LATER, tick=True):
        rulebook.plant()
        db.session.commit()
        yield village
    shutil.rmtree(app.config["DATA_DIR"] / kept.FOLDER, ignore_errors=True)
