"""The demo town on the command line."""

import pytest
from sqlalchemy import func, select

from community import demo
from community.activity.members.models import Member
from community.kit.db import db
from community.ledger.models import Event
from community.web import create_app
from tests.conftest import make_member, settings_for


@pytest.fixture
def flask(app):
    """Run a command of the site."""

    def run(*arguments: str):
        db.session.remove()
        return app.test_cli_runner().invoke(args=list(arguments))

    return run


@pytest.fixture
def in_production(app):
    """The site as it is when people really live in it."""
    app.config["IS_DEVELOPMENT"] = False
    yield
    app.config["IS_DEVELOPMENT"] = True


def _members() -> int:
    return db.session.scalar(select(func.count()).select_from(Member))


def test_it_prints_the_address_and_a_login_for_each_role(app, flask):
    said = flask("demo", "--members", "30", "--until", "2026-06-01")
    assert said.exit_code == 0, said.output
    assert app.config["PUBLIC_URL"] in said.output
    for login in demo.logins():
        line = next(line for line in said.output.splitlines() if login.email in line)
        assert line.split()[0] == login.role
        assert line.endswith(demo.PASSWORD)
    assert _members() == 30


def test_setting_up_loads_it_once_and_says_again_how_to_sign_in(flask):
    first = flask("demo", "--members", "30", "--until", "2026-06-01")
    again = flask("setup", "--demo")
    assert again.exit_code == 0, again.output
    assert first.output in again.output
    assert _members() == 30


def test_setting_up_says_nothing_of_it_where_others_live(flask):
    make_member("ada")
    db.session.commit()
    said = flask("setup", "--demo")
    assert said.exit_code == 0, said.output
    assert "sign in as" not in said.output


def test_a_second_time_it_refuses_with_the_reason(flask):
    flask("demo", "--members", "30", "--until", "2026-06-01")
    said = flask("demo", "--members", "30")
    assert said.exit_code == 1
    assert "Somebody is here already" in said.output


def test_where_people_really_live_it_asks_for_force_and_makes_a_password(flask, in_production):
    refused = flask("demo", "--members", "30")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert _members() == 0
    forced = flask("demo", "--members", "30", "--force")
    assert forced.exit_code == 0, forced.output
    assert "ines@alderhaven.example" in forced.output
    assert demo.PASSWORD not in forced.output


@pytest.mark.parametrize(
    "arguments", [("--members", "3"), ("--members", "many"), ("--until", "June"), ("--seed", "x")]
)
def test_what_makes_no_sense_is_told_at_once(flask, arguments):
    said = flask("demo", *arguments)
    assert said.exit_code == 2
    assert arguments[0] in said.output
    assert _members() == 0


def test_loaded_twice_at_once_one_of_them_stays(flask, monkeypatch):
    flask("demo", "--members", "30", "--until", "2026-06-01")
    events = db.session.scalar(select(func.count()).select_from(Event))
    monkeypatch.setattr("community.demo._has_members", lambda: False)
    said = flask("demo", "--members", "30", "--seed", "2")
    assert said.exit_code == 1
    assert "twice at once" in said.output
    assert _members() == 30
    assert db.session.scalar(select(func.count()).select_from(Event)) == events


def test_without_tables_it_says_what_to_do(fresh_database):
    app = create_app(settings_for(fresh_database))
    said = app.test_cli_runner().invoke(args=["demo"])
    with app.app_context():
        db.engine.dispose()
    assert said.exit_code == 1
    assert "flask setup" in said.output
