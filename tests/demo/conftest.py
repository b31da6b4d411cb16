"""A small demo town on both databases."""

from datetime import UTC, datetime

import pytest

from community import demo

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def town(app):
    """The demo town with sixty members, kept."""
    return demo.build(seed=1, members=60, until=UNTIL)
