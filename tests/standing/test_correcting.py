"""Whom a correction concerns that came after an assessment."""

from datetime import timedelta

import pytest

from community.kit.db import db
from community.ledger.record import record
from community.standing import correcting
from community.standing.acts import EXCUSES
from community.standing.models import Assessment
from tests.conftest import NOON


@pytest.mark.parametrize(
    ("kind", "days", "is_concerned"),
    [
        (EXCUSES, 1, True),
        (EXCUSES, 0, True),
        (EXCUSES, 10, False),
        (EXCUSES, 11, False),
        (EXCUSES, -1, False),
        ("thanks.given", 1, False),
    ],
)
def test_what_was_excused_since_concerns_whose_it_was(village, kind, days, is_concerned):
    row = Assessment(badge="star-host", as_of=NOON - timedelta(days=10), digest="x", voiding=0)
    db.session.add(row)
    record(kind, village.mia, village.ada, happened_at=NOON - timedelta(days=days))
    concerned = correcting._concerned(None, row, NOON)
    assert concerned == ([village.ada.id] if is_concerned else [])
