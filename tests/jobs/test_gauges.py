"""Prometheus asks over loopback how the jobs do; whatever goes wrong with that, the jobs go on."""

import socket
import time
import urllib.request
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from community.kit import clock, outbox, runs
from community.kit.catalog import catalog
from community.kit.db import db
from community.kit.runs import JobRun
from community.kit.words import N_
from community.ledger import columns
from community.ledger.record import record
from community.standing.models import Community
from jobs import gauges, watch
from jobs.schedule import JOBS, Job
from jobs.watch import Watch


def a_port():
    with socket.socket() as free:
        free.bind((gauges.HOST, 0))
        return free.getsockname()[1]


@pytest.fixture
def served(app, monkeypatch):
    """A watch whose gauges are served, not yet running; its port."""
    monkeypatch.setitem(app.config, "METRICS_PORT", a_port())
    monkeypatch.setattr(gauges, "FRESH", 0.0)
    kept = Watch(app)
    server = gauges.serve(app, kept)
    yield kept, server.server_port
    server.shutdown()
    server.server_close()


def scrape(port):
    """What Prometheus finds: each figure, by its name and, where it has one, its job."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, sample.labels["job"]) if "job" in sample.labels else sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_empty_house_is_told_as_such(served):
    db.session.commit()
    _, port = served
    found = scrape(port)
    told = {
        "kith_up": 1,
        "kith_jobs_here": 0,
        "kith_members": 0,
        "kith_outbox_waiting": 0,
        "kith_ledger_last_event": 0,
    }
    assert {name: found[name] for name in told} == told
    assert {found["kith_job_runs_total", job] for job in JOBS} == {0}
    assert not [name for name in found if "last_run" in name[0] or "refresh" in name]
    assert found["process_resident_memory_bytes"] > 0


def test_the_last_run_and_the_last_good_one_are_told(served):
    _, port = served
    now = clock.now()
    hour = timedelta(hours=1)
    db.session.add_all(
        [
            JobRun(job="tidy", started_at=now - 3 * hour, ended_at=now - 2 * hour, rows=7),
            JobRun(
                job="tidy",
                started_at=now - hour,
                ended_at=now - hour + timedelta(seconds=5),
                rows=2,
                error="KeyError",
            ),
            JobRun(job="learn", started_at=now - hour),
        ]
    )
    db.session.commit()
    found = scrape(port)
    assert found["kith_job_last_run_timestamp_seconds", "tidy"] == (now - hour).timestamp()
    assert found["kith_job_last_duration_seconds", "tidy"] == 5
    assert (found["kith_job_last_rows", "tidy"], found["kith_job_last_failed", "tidy"]) == (2, 1)
    assert found["kith_job_since_success_seconds", "tidy"] == pytest.approx(7200, abs=60)
    assert found["kith_job_last_duration_seconds", "learn"] == pytest.approx(3600, abs=60)
    assert ("kith_job_since_success_seconds", "learn") not in found


def test_the_house_is_told(app, village, served):
    _, port = served
    for _ in range(3):
        record("search.made", village.ada.id)
    outbox.queue("ada@village.example", "Hello", "Hello")
    outbox.queue(None, "Nobody", "Nobody")
    sent = outbox.queue("ben@village.example", "Sent", "Sent")
    sent.sent_at = clock.now()
    db.session.add(Community(id=1, as_of=clock.now() - timedelta(hours=2), event_id=0, told={}))
    db.session.commit()
    columns.here().extend()
    found = scrape(port)
    assert (found["kith_members"], found["kith_outbox_waiting"]) == (6, 1)
    assert found["kith_ledger_last_event"] == found["kith_columns_last_event"] >= 3
    assert 0 <= found["kith_columns_age_seconds"] < 60
    assert found["kith_refresh_age_seconds"] == pytest.approx(7200, abs=60)


def test_what_this_process_ran_is_counted(served, monkeypatch):
    kept, port = served
    answers = iter([3, KeyError("oh"), 4])

    def work():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    job = Job("work", N_("Work"), work, {"hour": 3})
    for module in (watch, gauges):
        monkeypatch.setattr(module, "JOBS", catalog(job))
    kept._run(job)
    assert scrape(port)["kith_job_runs_total", "work"] == 0, "not while the duty is another's"
    kept._is_ours_until = time.monotonic() + 60
    for _ in range(3):
        kept._run(job)
    found = scrape(port)
    assert found["kith_jobs_here"] == 1
    assert found["kith_job_runs_total", "work"] == 3
    assert found["kith_job_failures_total", "work"] == 1
    assert found["kith_job_rows_total", "work"] == 7
    assert found["kith_job_seconds_total", "work"] > 0


def test_scrapes_in_a_row_ask_the_database_once(served, monkeypatch, statements):
    _, port = served
    scrape(port)
    monkeypatch.setattr(gauges, "FRESH", 60.0)
    statements.clear()
    scrape(port)
    assert statements == []


def test_a_database_that_is_away_fails_no_scrape(served, monkeypatch):
    _, port = served
    assert scrape(port)["kith_up"] == 1

    def away(job):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(runs, "last", away)
    found = scrape(port)
    assert (found["kith_up"], found["kith_members"]) == (0, 0)
    monkeypatch.undo()


def test_columns_that_are_damaged_fail_no_scrape(app, served):
    _, port = served
    columns.here().extend()
    (columns.here().folder / "manifest.json").write_text("{")
    found = scrape(port)
    assert found["kith_up"] == 1
    assert "kith_columns_last_event" not in found


def test_a_port_in_use_is_said_and_the_jobs_go_on(app, monkeypatch):
    with socket.socket() as taken, capture_logs() as told:
        taken.bind((gauges.HOST, 0))
        taken.listen()
        monkeypatch.setitem(app.config, "METRICS_PORT", taken.getsockname()[1])
        assert gauges.serve(app, Watch(app)) is None
    (line,) = told
    assert (line["log_level"], line["error"]) == ("warning", "Address already in use")
    assert line["port"] == app.config["METRICS_PORT"]


def test_no_port_serves_none(app):
    assert app.config["METRICS_PORT"] == 0
    assert gauges.serve(app, Watch(app)) is None


def test_only_this_machine_is_answered(served):
    _, port = served
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as outside:
        outside.settimeout(2)
        assert outside.connect_ex(("127.0.0.2", port)) != 0
