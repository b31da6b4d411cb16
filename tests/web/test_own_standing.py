"""What is said of a member, among everything that they can read and take along of themselves."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest

from community.kit import clock
from community.kit.db import db
from community.standing import presets, rulebook
from community.standing.models import Decision, StandingMark
from community.standing.stages import levels
from tests.conftest import NOON
from tests.web.judged import give, say

GROUPS = ("standing", "standing_before", "awards", "decisions")


@pytest.fixture
def told(judged):
    """Ada was judged before and is now; Ben too."""
    for member in (judged.ada, judged.ben):
        say(member, weight=0.25 if member is judged.ada else 0.75)
        give(member, "power-member", tier=2, reason="=SUM(1)" if member is judged.ada else "theirs")
        db.session.add(StandingMark(member_id=member.id, at=NOON, health=70 + member.id))
        db.session.add(
            Decision(
                member_id=member.id,
                badge="power-member",
                digest="d" * 16,
                as_of=NOON,
                verdict="gain",
                tier=2,
                told={"of": member.handle},
                made_at=clock.now(),
            )
        )
    db.session.commit()
    return judged


def copied(browser):
    """The files of one's own copy, by name."""
    answer = browser.post("/settings/data/copy", buffered=True)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("group", GROUPS)
def test_each_group_is_read_in_both_languages(told, as_member, group, language):
    path = f"/settings/data/{group}"
    headers = {"Accept-Language": language}
    assert as_member(told.ada).get(path, headers=headers).status_code == 200
    assert as_member(told.cy).get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("group", GROUPS)
def test_nobody_reads_it_who_is_not_signed_in(told, client, group):
    assert client.get(f"/settings/data/{group}").status_code == 303


def test_a_member_reads_of_themselves_and_of_nobody_else(told, as_member):
    browser = as_member(told.ada)
    pages = {group: browser.get(f"/settings/data/{group}").text for group in GROUPS}
    assert "0.2500" in pages["standing"]
    assert str(70 + told.ada.id) in pages["standing_before"]
    assert "Silver" in pages["awards"]
    assert "Power member" in pages["decisions"]
    everything = "".join(pages.values())
    assert "0.7500" not in everything
    assert "theirs" not in everything


def test_the_copy_holds_all_of_it_and_only_ones_own(told, as_member):
    files = copied(as_member(told.ada))
    for group in GROUPS:
        for ending in ("csv", "json"):
            assert [name for name in files if name.endswith(f"{group}.{ending}")], group
    everything = "".join(files.values())
    assert "theirs" not in everything
    assert '\\"of\\": \\"ben\\"' not in everything
    [awards] = [text for name, text in files.items() if name.endswith("awards.csv")]
    for row in csv.DictReader(io.StringIO(awards)):
        assert not [cell for cell in row.values() if cell.startswith("=")]


AWARDS = [
    # an award's badge and tier, what stands there
    ("power-member", 2, "Silver"),
    ("power-member", 9, "9"),
    ("connector", 1, "1"),
    ("long-gone", 1, "long-gone"),
    ("level", 1, levels().tiers[0].label["en"]),
]


@pytest.mark.parametrize(("badge", "tier", "words"), AWARDS)
def test_an_award_is_told_by_its_name_where_it_has_one(judged, as_member, badge, tier, words):
    give(judged.ada, badge, tier=tier, digest="x")
    assert words in as_member(judged.ada).get("/settings/data/awards").text


def test_names_that_managers_wrote_run_nothing(judged, as_member):
    odd = {**presets.told("helper"), "label": {"en": "<b>Hand</b>"}}
    rulebook.put(odd, None, "", is_published=True)
    give(judged.ada, "helper", reason="<u>why</u>", ended_at=NOON + timedelta(days=1))
    page = as_member(judged.ada).get("/settings/data/awards").text
    assert "<b>Hand" not in page
    assert "<u>why" not in page
    assert "&lt;b&gt;Hand" in page
