"""Parts of pages are written once for the same reader's words, and anew when anything differs."""

from datetime import timedelta

import pytest
import time_machine
from flask import g
from jinja2 import DictLoader

from community.kit.fragments import fragment
from tests.conftest import NOON


@pytest.fixture
def written(app, monkeypatch):
    """How often the template was written."""
    count = []

    def note():
        count.append(1)
        return len(count)

    monkeypatch.setattr(
        app.jinja_env, "loader", DictLoader({"_part.html": "{{ note() }} {{ name }} {{ me }}"})
    )
    monkeypatch.setitem(app.jinja_env.globals, "note", note)
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock, count


def test_the_same_is_written_once_and_anything_else_anew(app, written):
    clock, count = written
    first = fragment("_part.html", name="<Ada>", sees=frozenset({"place"}))
    assert first.split()[1:] == ["&lt;Ada&gt;"]
    assert fragment("_part.html", name="<Ada>", sees=frozenset({"place"})) == first
    assert len(count) == 1
    fragment("_part.html", name="<Ada>", sees=frozenset())
    fragment("_part.html", name="Ben", sees=frozenset())
    assert len(count) == 3
    g.language = "zh_Hans_CN"
    fragment("_part.html", name="Ben", sees=frozenset())
    assert len(count) == 4
    clock.shift(timedelta(minutes=1))
    fragment("_part.html", name="Ben", sees=frozenset())
    assert len(count) == 5


def test_nothing_of_the_request_gets_in_unasked(app, written, village):
    g.viewer = village.ada
    assert fragment("_part.html", name="x").split() == ["1", "x"]


def test_what_can_not_be_compared_is_refused(app, written):
    with pytest.raises(TypeError):
        fragment("_part.html", name=["a", "list"])
