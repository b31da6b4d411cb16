"""Working out standing on the command line: it says what it did, and does what the nightly job does."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.kit.db import db
from community.standing import presets, rulebook
from community.standing.models import Award, BadgeRule, Fit, Standing
from tests.standing.conftest import month


@pytest.fixture
def flask(house, app):
    """Run a command of the site."""

    def run(*arguments):
        db.session.remove()
        return app.test_cli_runner().invoke(args=list(arguments))

    return run


def many(model):
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found


@pytest.fixture
def thanked(house):
    """Ada was thanked in January and not since; it is April."""
    house.publish({"rule": {"metric": "thanks_received", "at_least": 1, "window": "P25D"}})
    house.thanks("ada", month(1) - timedelta(days=3))
    house.today = month(3) + timedelta(hours=2)
    return house


def test_refresh_works_out_the_standing_of_everyone(thanked, flask):
    said = flask("refresh")
    assert said.exit_code == 0, said.output
    assert "Standing is up to date" in said.output
    assert many(Standing) == 2
    assert thanked.awards() == []
    assert flask("refresh").exit_code == 0
    assert many(Standing) == 2


@pytest.mark.parametrize("since", ["P5M", "2025-12-15"])
def test_refresh_gives_badges_the_history_of_a_past(thanked, flask, since):
    said = flask("refresh", "--since", since)
    assert said.exit_code == 0, said.output
    assert [(a.begun_at, a.ended_at) for a in thanked.awards()] == [(month(1), month(2))]


def test_refresh_learns_when_asked(thanked, flask):
    assert many(Fit) == 0
    house = thanked
    house.happens("answer.posted", "ada", "ben", month(1))
    said = flask("refresh", "--learn")
    assert said.exit_code == 0, said.output
    assert "Learned from 0 outcomes." in said.output
    assert many(Fit) == 1


@pytest.mark.parametrize("since", ["yesterday", "P", "2026-13-01"])
def test_what_is_no_day_is_refused(flask, since):
    said = flask("refresh", "--since", since)
    assert said.exit_code == 2
    assert f"'{since}' is neither a day such as 2026-03-31 nor a length such as P24M" in said.output


def test_an_empty_house_is_up_to_date(flask):
    assert "0 rows were written" in flask("refresh").output


def test_badges_are_planted_once_and_listed(flask):
    assert f"{len(presets.SHIPPED)} badges were published." in flask("badge", "plant").output
    assert "0 badges were published." in flask("badge", "plant").output
    assert many(BadgeRule) == len(presets.SHIPPED)
    said = flask("badge", "list")
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert [line.split()[0] for line in lines] == list(presets.SHIPPED)
    by_name = dict(zip(presets.SHIPPED, lines, strict=True))
    assert "version 1" in by_name["star-host"]
    assert "every month" in by_name["star-host"]
    assert "by hand" in by_name["pillar"]
    assert many(Award) == 0


def test_a_badge_that_ended_is_not_listed(house, flask):
    rulebook.plant()
    told = dict(presets.told("helper"))
    rulebook.put(told, None, "It is over", is_published=True, is_retired=True)
    db.session.commit()
    assert "helper" not in flask("badge", "list").output


@pytest.mark.parametrize("command", [("refresh",), ("badge", "list"), ("badge", "plant"), ("score", "trust")])  # fmt: skip
def test_help_shows_an_example(flask, command):
    said = flask(*command, "--help")
    assert said.exit_code == 0
    assert f"Example: flask {' '.join(command)}" in said.output
