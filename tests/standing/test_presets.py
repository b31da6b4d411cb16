"""What comes with Kith can be read, is said in both languages, and is what its file tells."""

import re
from pathlib import Path

import pytest

from community.standing import presets
from community.standing.badge_grammar import digest
from community.standing.metrics import METRICS
from community.standing.needs import Need

NAMES = presets.names()
ROOT = Path(__file__).resolve().parents[2]


def test_all_are_found_by_name():
    assert set(presets.SHIPPED) <= set(NAMES)
    assert "like-superhost" in NAMES
    assert sorted(NAMES) == NAMES
    with pytest.raises(FileNotFoundError):
        presets.told("nobody-knows-this")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_what_its_file_tells(name):
    badge = presets.preset(name)
    assert badge.name == name
    assert badge.digest == digest(presets.told(name))
    assert all(need.metric in METRICS for need in badge.needs())


@pytest.mark.parametrize("name", [*NAMES, "stages", "levels"])
def test_each_is_said_in_both_languages(name):
    told = presets.told(name) if name in NAMES else presets.ladder(name)
    texts = [told["label"], told["says"], *told.get("perks", [])]
    texts += [tier["label"] for tier in told.get("tiers", [])]
    assert all(set(text) == {"en", "zh"} and all(text.values()) for text in texts)


def test_each_has_a_picture():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text()))
    assert {presets.preset(name).icon for name in NAMES} <= drawn


def test_a_version_keeps_its_digest():
    """What was decided names the version that it rests on; new words of the grammar change none."""
    kept = {"star-host": "88de00ab15b4107c", "helper": "0019b24c1fe5223e"}
    assert {name: presets.preset(name).digest for name in kept} == kept


def test_a_file_may_hold_a_set_of_badges():
    forum = [name for name in NAMES if name.startswith("forum-")]
    assert len(forum) == 20
    guru = presets.preset("forum-guru")
    assert guru.rule == Need("answers_accepted_scored", "at_least", 1, each=40)
    assert not guru.is_losable


def test_stages_and_levels_are_no_badges_to_be_shown():
    assert not {"stage", "level", "stages", "levels"} & set(NAMES)
    mine = presets.ladder("stages")
    mine["name"] = "changed"
    assert presets.ladder("stages")["name"] == "stage"
