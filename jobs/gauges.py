"""What Prometheus may ask of the jobs: how they went, what waits, how old what they keep is.

Served on 127.0.0.1 only, at the port of METRICS_PORT. A scrape costs a few small questions at
most every ten seconds, and whatever goes wrong with it is no matter of the jobs.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from wsgiref.simple_server import WSGIServer

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from community.activity.members.models import Member
from community.kit import clock, outbox, runs
from community.kit.db import db, only_reading
from community.ledger import columns
from community.ledger.models import Event
from community.standing.models import Community
from jobs.schedule import JOBS
from jobs.watch import Watch

HOST = "127.0.0.1"
FRESH = 10.0
"""Seconds for which an answer is given again."""
log = structlog.get_logger()


def serve(app: Flask, watch: Watch) -> WSGIServer | None:
    """Serve the gauges of this process; None where they are off or can't be served."""
    port = app.config["METRICS_PORT"]
    if not port:
        return None
    registry = CollectorRegistry()
    registry.register(Gauges(app, watch))
    ProcessCollector(registry=registry)
    try:
        server, _ = start_http_server(port, HOST, registry)
    except OSError as error:
        log.warning("metrics are not served, the jobs go on", port=port, error=error.strerror)
        return None
    log.info("metrics are served", address=f"http://{HOST}:{port}/metrics")
    return server


class Gauges(Collector):
    """The figures of the jobs and of what they look after, read anew when they are ten seconds old."""

    def __init__(self, app: Flask, watch: Watch) -> None:
        self._app, self._watch = app, watch
        self._lock = threading.Lock()
        self._found: list[Metric] = []
        self._is_read = False
        self._read_at = -FRESH

    def describe(self) -> Iterable[Metric]:
        """Nothing: the database is not asked before the first scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every figure. Where the database can't be read, those of before, and that it couldn't."""
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH:
                self._read()
            yield from self._found
            is_read = self._is_read
        yield from _of_watch(self._watch)
        yield _gauge("kith_up", "Whether the figures could be read anew: 1 or 0.", is_read)

    def _read(self) -> None:
        try:
            with self._app.app_context():
                only_reading()
                self._found = [*_of_jobs(), *_of_house(), *_of_files()]
            self._is_read = True
        except Exception as error:
            # Whatever it is, the jobs go on; a scrape tells by kith_up.
            log.warning("metrics could not be read", error=type(error).__name__)
            self._is_read = False
        self._read_at = time.monotonic()


def _of_watch(watch: Watch) -> Iterator[Metric]:
    """What this process did since it began."""
    yield _gauge("kith_jobs_here", "Whether this process runs the jobs: 1 or 0.", watch.is_ours)
    told = watch.tally
    for name, says, part in (
        ("kith_job_runs", "Runs of a job in this process.", "runs"),
        ("kith_job_failures", "Runs of a job in this process that failed.", "failures"),
        ("kith_job_rows", "Rows that a job touched in this process.", "rows"),
        ("kith_job_seconds", "Seconds that a job took in this process.", "seconds"),
    ):
        counter = CounterMetricFamily(name, says, labels=["job"])
        for job in JOBS:
            counter.add_metric([job], getattr(told[job], part))
        yield counter


def _of_jobs() -> Iterator[Metric]:
    """How the last run of each job went, whichever process ran it."""
    now = clock.now()
    began = _by_job("kith_job_last_run_timestamp_seconds", "When the last run began.")
    took = _by_job("kith_job_last_duration_seconds", "How long the last run took.")
    rows = _by_job("kith_job_last_rows", "Rows that the last run touched.")
    failed = _by_job("kith_job_last_failed", "Whether the last run failed: 1 or 0.")
    since = _by_job("kith_job_since_success_seconds", "How long ago a run last ended well.")
    for job in JOBS:
        run = runs.last(job)
        if run is None:
            continue
        began.add_metric([job], run.started_at.timestamp())
        took.add_metric([job], ((run.ended_at or now) - run.started_at).total_seconds())
        rows.add_metric([job], run.rows)
        failed.add_metric([job], run.error is not None)
        if (ended_at := runs.last_success(job)) is not None:
            since.add_metric([job], _ago(ended_at))
    yield from (began, took, rows, failed, since)


def _of_house() -> Iterator[Metric]:
    """What waits in the outbox, how far the ledger goes, how many members there are."""
    members = select(func.count()).where(Member.erased_at.is_(None))
    last_event = db.session.scalar(select(func.max(Event.id)))
    refreshed_at = db.session.scalar(select(Community.as_of).where(Community.id == 1))
    yield _gauge("kith_outbox_waiting", "Letters that wait to be sent.", outbox.waiting())
    yield _gauge("kith_ledger_last_event", "The id of the last event.", last_event or 0)
    yield _gauge("kith_members", "Members who were not erased.", db.session.scalar(members) or 0)
    if refreshed_at is not None:
        says = "How long ago everyone's standing was last worked out."
        yield _gauge("kith_refresh_age_seconds", says, _ago(refreshed_at))


def _of_files() -> Iterator[Metric]:
    """How old the column files are, and up to which event they go."""
    store = columns.here()
    if (changed_at := store.changed_at) is not None:
        says = "How long ago the column files were last changed."
        yield _gauge("kith_columns_age_seconds", says, _ago(changed_at))
    with suppress(columns.Damaged):
        if (manifest := store.manifest()) is not None:
            says = "The id of the last event in the column files."
            yield _gauge("kith_columns_last_event", says, manifest.last_event)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def _by_job(name: str, says: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=["job"])


def _ago(then: datetime) -> float:
    return max(0.0, (clock.now() - then).total_seconds())
