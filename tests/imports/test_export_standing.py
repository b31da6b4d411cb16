"""What is said of members, as files: decisions of any day, every number, ties and awards."""

import csv
import json
from datetime import UTC, datetime, timedelta

import click
import pytest

from community.activity.members.models import Identity
from community.imports import export_standing
from community.imports.export_standing import Day
from community.kit.db import db
from community.ledger.models import Event
from community.standing.metrics import METRICS
from community.standing.models import Award, Decision
from tests.standing.conftest import FIRST, House, month

THANKED = {"metric": "thanks_received", "at_least": 2, "keep": 1, "window": "P25D"}


@pytest.fixture
def house(app, tmp_path, monkeypatch):
    """Ada was thanked twice in January and once in February, Ben once in January; Bo came by an import."""
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    house = House(monkeypatch)
    badge = house.publish({"rule": THANKED})
    ada = house.member("ada")
    db.session.add(Identity(source="there", external_id="9007199254740993", member_id=ada))
    house.thanks("ada", month(1) - timedelta(days=3), 2)
    house.thanks("ben", month(1) - timedelta(days=3), 1)
    house.thanks("ada", month(2) - timedelta(days=3), 1)
    house.assess(badge, month(1))
    return house


@pytest.fixture
def run(app, tmp_path):
    """Run an export into a file; answer how it went and what the file holds."""

    def run(*arguments):
        db.session.remove()
        path = tmp_path / "out"
        result = app.test_cli_runner().invoke(
            args=["export", *arguments, "--replace", "-o", str(path)]
        )
        text = path.read_text() if path.exists() else ""
        return result, {row["member"]: row for row in csv.DictReader(text.splitlines())}

    return run


def test_decisions_say_who_would_hold_a_badge_and_keep_nothing(house, run):
    result, rows = run("decisions", "--badge", "some", "--as-of", "2026-01-31")
    assert result.exit_code == 0, result.output
    assert list(rows["ada"])[:3] == ["member", "external_id", "verdict"]
    verdicts = {name: row["verdict"] for name, row in rows.items()}
    assert verdicts == {"ada": "gain", "ben": "none", "giver0": "none", "giver1": "none"}
    row = rows["ada"]
    assert (row["external_id"], row["badge"], row["tier"], row["was"]) == (
        "9007199254740993", "some", "1", "0",
    )  # fmt: skip
    assert row["as_of"] == "2026-01-31T23:59:59.999999+00:00"
    (need,) = json.loads(row["needs"])
    assert need == {"path": "", "metric": "thanks_received", "value": 2.0, "bar": 2.0, "met": True}
    assert db.session.query(Award).count() == 1
    assert db.session.query(Decision).count() == 1


def test_holders_are_judged_by_the_bar_to_keep_by(house, run):
    _, rows = run("decisions", "--badge", "some", "--as-of", "2026-02-28")
    assert (rows["ada"]["verdict"], rows["ada"]["was"]) == ("keep", "1")
    _, rows = run("decisions", "--badge", "some", "--as-of", "2026-04-30")
    assert (rows["ada"]["verdict"], rows["ada"]["tier"]) == ("lose", "0")


def test_a_past_day_is_what_it_was_then(house, run):
    """What is taken back, or comes, after a day changes nothing of it."""
    asked = ("decisions", "--badge", "some", "--as-of", "2026-01-31")
    standings = ("standings", "--as-of", "2026-02-10")
    before = run(*asked)[1], run(*standings)[1]
    house.today = month(2)
    house.voids(*[event.id for event in db.session.query(Event)])
    house.thanks("ben", month(2), 3)
    after = run(*asked)[1], run(*standings)[1]
    # Whoever came since stands there, too, with nothing to their name.
    late = [told.pop("giver2") for told in after]
    assert before == after
    assert (late[0]["verdict"], late[1]["thanks_given"], late[1]["trust"]) == (
        "none",
        "0.0",
        "50.0",
    )


def test_a_preset_that_nobody_published_can_be_asked_for(house, run):
    result, rows = run("decisions", "--badge", "like-superhost", "--as-of", "2026-04-01")
    assert result.exit_code == 0, result.output
    assert {row["verdict"] for row in rows.values()} == {"none"}


def test_a_badge_that_is_none_is_refused(house, run):
    result, rows = run("decisions", "--badge", "nonsense")
    assert result.exit_code == 1
    assert "There is no badge 'nonsense'. See: flask badge list" in result.output
    assert rows == {}


def test_standings_have_every_number_of_everyone(house, run):
    result, rows = run("standings", "--as-of", "2026-02-10")
    assert result.exit_code == 0, result.output
    assert list(rows["ada"]) == [
        "member", "external_id", "as_of", *METRICS, "health", "chance",
    ]  # fmt: skip
    assert float(rows["ada"]["thanks_received"]) == 2
    assert float(rows["ben"]["thanks_received"]) == 1
    assert rows["ben"]["rating_received"] == ""
    assert set(rows) == {"ada", "ben", "giver0", "giver1"}
    assert 0 <= float(rows["ada"]["trust"]) <= 100


def test_ties_say_who_relates_to_whom(house, tmp_path, run):
    result, _ = run("ties", "--as-of", "2026-02-10")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "out").read_text().splitlines()))
    told = {(row["member"], row["other"]): int(row["events"]) for row in rows}
    assert told == {("giver0", "ada"): 1, ("giver1", "ada"): 1, ("giver0", "ben"): 1}
    tie = next(row for row in rows if (row["member"], row["other"]) == ("giver0", "ada"))
    assert tie["other_external_id"] == "9007199254740993"
    assert float(tie["weight"]) > 0
    assert tie["last_at"] == (month(1) - timedelta(days=3)).isoformat()


def test_awards_are_told_from_beginning_to_end(house, run):
    award = house.awards("ada")[0]
    award.ended_at, award.reason = month(2), "=over"
    db.session.commit()
    result, rows = run("awards")
    assert result.exit_code == 0, result.output
    row = rows["ada"]
    assert (row["badge"], row["tier"], row["begun_at"], row["ended_at"]) == (
        "some", "1", month(1).isoformat(), month(2).isoformat(),
    )  # fmt: skip
    assert (row["external_id"], row["reason"]) == ("9007199254740993", "'=over")
    assert len(row["digest"]) == 16


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("what", ["standings", "ties", "awards"])
def test_an_empty_house_has_an_empty_table(app, tmp_path, monkeypatch, what, form):
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    path = tmp_path / "out"
    result = app.test_cli_runner().invoke(args=["export", what, "--format", form, "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert len(path.read_text().splitlines()) == (form == "csv")


def test_members_come_some_at_a_time(house, run, monkeypatch):
    whole = run("decisions", "--badge", "some", "--as-of", "2026-02-28")[1]
    monkeypatch.setattr(export_standing, "BATCH", 2)
    assert run("decisions", "--badge", "some", "--as-of", "2026-02-28")[1] == whole


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-31", datetime(2026, 3, 31, 23, 59, 59, 999999, UTC)),
        ("20260331", datetime(2026, 3, 31, 23, 59, 59, 999999, UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-03-31T00:00", datetime(2026, 3, 31, tzinfo=UTC)),
        ("2026-03-31T12:00+02:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_day_means_its_end(text, moment):
    assert Day().convert(text, None, None) == moment
    assert Day().convert(FIRST, None, None) == FIRST


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "31.3.2026"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(click.BadParameter, match="is no day such as 2026-03-31"):
        Day().convert(text, None, None)
