"""Every text is there in every language, whole and with the same placeholders."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from community.kit.languages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}


@cache
def _texts():
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    found = {}
    for name, line, message, _comments, _context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=lambda path: not _is_outside(path)
    ):
        texts = message if isinstance(message, tuple) else (message,)
        found.setdefault(texts[0], (tuple(t for t in texts if t), f"{name}:{line}"))
    return found


def _is_outside(path):
    return Path(path).name.startswith((".", "_")) or Path(path).name in ("node_modules", "data")


@cache
def _catalog(language):
    with (ROOT / "community/translations" / language / "LC_MESSAGES/messages.po").open(
        "rb"
    ) as file:
        return read_po(file, locale=language)


OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing(language):
    catalog = _catalog(language)
    missing = []
    for text, (_, place) in _texts().items():
        entry = catalog.get(text)
        said = entry.string if entry else None
        if not (all(said) if isinstance(said, tuple) else said) or entry.fuzzy:
            missing.append(f"{place}: {text!r}")
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_the_same(language):
    catalog = _catalog(language)
    wrong = []
    for text, (texts, place) in _texts().items():
        entry = catalog.get(text)
        if entry is None:
            continue
        said = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        wanted = {name for t in texts for name in PLACEHOLDER.findall(t)}
        wrong += [
            f"{place}: {text!r} / {one!r}"
            for one in said
            if not wanted - {"num", "count"} <= set(PLACEHOLDER.findall(one)) <= wanted
        ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_stands_in_the_catalog_that_nobody_says(language):
    assert [m.id for m in _catalog(language) if m.id and _key(m.id) not in _texts()] == []


def _key(id):
    return id[0] if isinstance(id, tuple) else id
