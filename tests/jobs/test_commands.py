"""Jobs on the command line."""

import pytest

from community.kit.catalog import catalog
from community.kit.db import db
from community.kit.words import N_
from jobs import commands
from jobs.run import Busy
from jobs.schedule import JOBS, Job


def ask(app, *arguments):
    db.session.commit()
    return app.test_cli_runner().invoke(commands.jobs, arguments)


def test_the_list_names_every_job_and_its_last_run(app):
    assert ask(app, "list").output.count("never ran") == len(JOBS)
    assert ask(app, "run", "clear-expired").exit_code == 0
    said = ask(app, "list").output
    assert all(name in said for name in JOBS)
    assert said.count("never ran") == len(JOBS) - 1


@pytest.mark.parametrize("name", list(JOBS))
def test_every_job_runs_on_an_empty_house(app, village, name):
    done = ask(app, "run", name)
    assert (done.exit_code, done.stdout) == (0, f"{name}: 0 rows\n")


def test_a_job_of_no_name_is_refused(app):
    assert ask(app, "run", "nothing").exit_code == 2


def test_a_job_that_fails_fails_the_command(app, monkeypatch):
    def fails():
        raise KeyError("oh")

    job = Job("send-outbox", N_("Fail"), fails, {})
    monkeypatch.setattr(commands, "JOBS", catalog(job))
    done = ask(app, "run", "send-outbox")
    assert done.exit_code == 1
    assert "KeyError" in done.output


def test_a_job_at_work_elsewhere_is_said_to_be(app, monkeypatch):
    def busy(*told):
        raise Busy

    monkeypatch.setattr(commands, "run", busy)
    done = ask(app, "run", "tidy")
    assert done.exit_code == 1
    assert "another process" in done.output
