import csv
import json
import os
import stat
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from community.activity.members.models import Identity, MemberTag
from community.imports import export
from community.kit.db import connection, db
from community.ledger.models import Subject
from community.ledger.record import declare_many, record, void
from tests.conftest import NOON, make_member


@pytest.fixture
def town(app):
    """Ada and Bo, who came by an import; what happened between them; what was declared."""
    ada = make_member("ada", 'Ada, 李 "L"', headline="=1+1", place="Oslo\nNorway")
    bo = make_member("bo", "+Bo")
    db.session.add_all(
        [
            Identity(source="there", external_id="9007199254740993", member_id=bo.id),
            Identity(source="elsewhere", external_id="b-2", member_id=bo.id),
            MemberTag(member_id=ada.id, kind="language", value="zh", label="中文"),
            MemberTag(member_id=ada.id, kind="language", value="no", label="Norsk"),
            MemberTag(member_id=ada.id, kind="interest", value="sea", label="Sea"),
            Subject(
                id=7, type="topic", made_at=NOON, title="@swim", source="there", external_id="t7"
            ),
        ]
    )
    db.session.flush()
    record(
        "topic.opened",
        ada,
        subject=("topic", 7),
        happened_at=NOON,
        external_id="e1",
        source="there",
    )
    gone = record(
        "thanks.given",
        bo,
        ada,
        ("topic", 7),
        value=-3,
        happened_at=NOON + timedelta(microseconds=1),
    )
    void(gone, "-a mistake")
    record("mention.found", None, happened_at=NOON)
    fact = {"declared_at": NOON, "source": "there"}
    declare_many(
        connection(),
        [
            fact | {"about": "member", "about_id": bo.id, "name": "rating", "value": 4_830_000},
            fact | {"about": "topic", "about_id": 7, "name": "score", "value": -500_000},
            fact | {"about": "topic", "about_id": 7, "name": "views", "value": 10**18},
        ],
    )
    db.session.commit()
    return gone.voided_at


@pytest.fixture
def run(app, tmp_path):
    """Run an export into a file; answer how it went and what the file holds."""

    def run(*arguments, name="out"):
        result = app.test_cli_runner().invoke(
            args=["export", *arguments, "-o", str(tmp_path / name)]
        )
        path = tmp_path / name
        return result, path.read_text() if path.exists() else None

    return run


def table(text):
    return list(csv.DictReader(text.splitlines()))


def lines(text):
    return [json.loads(line) for line in text.split("\n") if line]


def test_members_carry_handle_and_the_id_they_came_with(town, run):
    result, text = run("members")
    assert result.exit_code == 0, result.output
    ada, bo = csv.DictReader(text.splitlines(keepends=True))
    assert (ada["member"], ada["external_id"], ada["name"]) == ("ada", "", 'Ada, 李 "L"')
    assert (ada["languages"], ada["interests"]) == ("中文; Norsk", "Sea")
    assert ada["place"] == "Oslo\nNorway"
    assert (bo["member"], bo["external_id"]) == ("bo", "9007199254740993")
    assert bo["joined_at"] == "2026-06-01T12:00:00+00:00"


def test_no_cell_is_a_formula(town, run):
    assert "'=1+1" in run("members")[1]
    assert "'+Bo" in run("members", "--replace")[1]
    events = table(run("events", "--replace")[1])
    assert events[0]["subject_title"] == "'@swim"
    assert events[1]["void_reason"] == "'-a mistake"
    assert events[1]["value"] == "-3", "a number is no formula"


def test_events_say_who_what_when(town, run):
    asked, thanked, found = lines(run("events", "--format", "jsonl")[1])
    assert asked == {
        "id": asked["id"],
        "happened_at": "2026-06-01T12:00:00+00:00",
        "kind": "topic.opened",
        "member": "ada",
        "external_id": None,
        "other": None,
        "other_external_id": None,
        "subject_type": "topic",
        "subject_id": 7,
        "subject_external_id": "t7",
        "subject_title": "@swim",
        "circle": None,
        "value": None,
        "source": "there",
        "event_external_id": "e1",
        "voided_at": None,
        "void_reason": None,
    }
    assert (thanked["member"], thanked["external_id"]) == ("bo", "9007199254740993")
    assert (thanked["other"], thanked["value"]) == ("ada", -3)
    assert thanked["happened_at"] == "2026-06-01T12:00:00.000001+00:00"
    assert thanked["voided_at"] == town.isoformat()
    assert (found["member"], found["kind"]) == (None, "mention.found")


def test_facts_are_exact(town, run):
    bo, score, views = lines(run("facts", name="facts.jsonl")[1])
    assert (bo["member"], bo["value"], bo["subject_id"]) == ("bo", "4.83", None)
    assert (score["about"], score["value"], score["subject_id"]) == ("topic", "-0.5", 7)
    assert (score["member"], score["subject_external_id"]) == (None, "t7")
    assert views["value"] == "1000000000000"
    assert [row["value"] for row in table(run("facts")[1])] == ["4.83", "-0.5", "1000000000000"]


@pytest.mark.parametrize("what", ["members", "events", "facts"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_hang_together(town, run, monkeypatch, what, size):
    whole = run(what)[1]
    monkeypatch.setattr(export, "BATCH", size)
    assert run(what, name="again")[1] == whole


@pytest.mark.parametrize("what", ["members", "events", "facts"])
def test_an_empty_place_gives_a_header_or_nothing(app, run, what):
    assert len(run(what, name="a.csv")[1].splitlines()) == 1
    assert run(what, name="a.jsonl")[1] == ""


def test_the_format_follows_the_name_unless_it_is_said(town, run):
    assert run("members", name="a.jsonl")[1].startswith("{")
    assert run("members", name="a.csv")[1].startswith("id,member")
    assert run("members", "--format", "csv", name="b.jsonl")[1].startswith("id,member")


def test_standard_output_takes_it_too(town, app):
    result = app.test_cli_runner().invoke(args=["export", "members", "-o", "-"])
    assert result.exit_code == 0
    assert result.stdout.startswith("id,member,external_id")


def test_a_file_that_is_there_stays(town, run, tmp_path):
    (tmp_path / "out").write_text("mine")
    result, text = run("members")
    assert (result.exit_code, text) == (1, "mine")
    assert "--replace" in result.output
    assert "id,member" in run("members", "--replace")[1]


@pytest.mark.parametrize(
    ("name", "says"),
    [("missing/out.csv", "There is no folder"), (".", "is a folder"), ("x" * 300, "too long")],
)
def test_what_cannot_be_written_is_said(town, app, tmp_path, name, says):
    result = app.test_cli_runner().invoke(args=["export", "members", "-o", f"{tmp_path}/{name}"])
    assert result.exit_code == 1
    assert says in result.output
    assert "Nothing was written" in result.output
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_it_breaks_off(town, run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    (tmp_path / "out").write_text("mine")
    monkeypatch.setattr(export.os, "fsync", full)
    result, text = run("members", "--replace")
    assert (result.exit_code, text) == (1, "mine")
    assert "No space left on device" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_database_that_cannot_be_read_is_said(app, run, tmp_path, monkeypatch):
    def broken(*_):
        raise OperationalError("SELECT", None, Exception("no such table: event"))

    monkeypatch.setattr(export, "_batches", broken)
    result, text = run("events")
    assert (result.exit_code, text) == (1, None)
    assert "no such table: event. Nothing was written" in result.output


def test_only_its_owner_may_read_the_file(town, run, tmp_path):
    run("members")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


@pytest.mark.parametrize("command", [[], ["members"], ["events"], ["facts"]])
def test_help_has_an_example(app, command):
    result = app.test_cli_runner().invoke(args=["export", *command, "--help"])
    assert result.exit_code == 0
    assert not command or "Example: flask export" in result.output


def test_a_wrong_format_is_refused(app, run):
    assert run("members", "--format", "xlsx")[0].exit_code == 2
