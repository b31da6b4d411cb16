"""Templates: nothing is imported in vain, and nothing goes round the escaping."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
IMPORT = re.compile(r"{%-?\s*from\s+\"[^\"]+\"\s+import\s+(.+?)-?%}", re.DOTALL)
SANITISED = {"html", "background_html", "text_html", "body_html", "response_html"}
"""What may be shown unescaped: texts that were sanitised when they were written."""


def _name(path):
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_nothing_is_imported_in_vain(path):
    text = path.read_text()
    rest = IMPORT.sub("", text)
    names = [
        part.split(" as ")[-1].strip()
        for group in IMPORT.findall(text)
        for part in group.replace("with context", "").split(",")
    ]
    assert [n for n in names if n and not re.search(rf"\b{n}\b", rest)] == []


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_only_sanitised_texts_are_shown_unescaped(path):
    shown = re.findall(r"([\w.]+)\s*\|\s*safe", path.read_text())
    assert [name for name in shown if name.rsplit(".", 1)[-1] not in SANITISED] == []


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_nothing_is_inline(path):
    text = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), "nothing from elsewhere"


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_every_post_form_carries_its_token(path):
    text = path.read_text()
    for form in re.findall(
        r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL | re.IGNORECASE
    ):
        assert re.search(r"csrf_token|hidden_tag|form_shell|token\(", form), form[:200]
