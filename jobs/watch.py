"""Keeping watch: of all processes that could run the jobs, one does, and another when it dies."""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from threading import Event

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from community.kit import clock, locks, runs
from community.kit.db import db
from jobs.run import Busy, run
from jobs.schedule import JOBS, Job

log = structlog.get_logger()
DUTY = "jobs"


@dataclass
class Tally:
    """What a job did in this process: its runs, those that failed, the rows and seconds of all."""

    runs: int = 0
    failures: int = 0
    rows: int = 0
    seconds: float = 0.0

    def add(self, rows: int, seconds: float, *, is_failure: bool) -> None:
        """Count one more run."""
        self.runs += 1
        self.failures += is_failure
        self.rows += rows
        self.seconds += seconds


class Watch:
    """The scheduler of this process; it runs jobs only while the duty is ours.

    ``tally`` counts what each job did here.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.tally: defaultdict[str, Tally] = defaultdict(Tally)
        self._owner = locks.an_owner()
        self._is_ours_until = 0.0
        self._stop = Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
        )
        for job in JOBS.values():
            self._scheduler.add_job(self._run, _trigger(job), [job], id=job.name)

    def stop(self) -> None:
        """Begin no further job nor batch, and end."""
        self._stop.set()

    def keep(self) -> None:
        """Run jobs when the duty is ours, until told to stop."""
        self._scheduler.start(paused=True)
        try:
            while not self._stop.is_set():
                self._beat()
                self._stop.wait(locks.BEAT)
        finally:
            self._scheduler.shutdown(wait=True)
            self._give()

    @property
    def is_ours(self) -> bool:
        """Whether jobs are ours to run at this moment, without asking the database."""
        return time.monotonic() < self._is_ours_until

    def _beat(self) -> None:
        was_ours, began = self.is_ours, time.monotonic()
        try:
            with self._app.app_context():
                is_ours = locks.take(DUTY, self._owner)
                db.session.commit()
                due = self._due(is_new=not was_ours) if is_ours else []
        except SQLAlchemyError as error:
            log.warning("no sign of life", job=DUTY, error=type(error).__name__)
            return
        if is_ours:
            self._is_ours_until = began + locks.LASTS.total_seconds()
        if is_ours != was_ours:
            log.info("jobs run here" if is_ours else "jobs run elsewhere", owner=self._owner)
            self._change(is_ours)
        for name in due:
            self._scheduler.modify_job(name, next_run_time=clock.now())

    def _due(self, *, is_new: bool) -> list[str]:
        """What is to be run at once: what somebody wishes, and what nobody ran in time."""
        runs.plan({job.name: (str(job.label), _next(job)) for job in JOBS.values()})
        due = runs.wishes()
        db.session.commit()
        return [*due, *(_overdue() if is_new else [])]

    def _change(self, is_ours: bool) -> None:
        if not is_ours:
            self._is_ours_until = 0.0
            self._scheduler.pause()
            return
        self._scheduler.resume()

    def _run(self, job: Job) -> None:
        if not self.is_ours or self._stop.is_set():
            return
        began = time.monotonic()
        try:
            rows, error = run(self._app, job, self._stop)
            seconds = time.monotonic() - began
            self.tally[job.name].add(rows, seconds, is_failure=error is not None)
        except Busy:
            log.info("job is run elsewhere", job=job.name)
        except SQLAlchemyError as error:
            log.warning("job not begun", job=job.name, error=type(error).__name__)

    def _give(self) -> None:
        try:
            with self._app.app_context():
                locks.give(DUTY, self._owner)
                db.session.commit()
        except SQLAlchemyError as error:
            log.warning("duty not given back", job=DUTY, error=type(error).__name__)


def _trigger(job: Job) -> CronTrigger:
    return CronTrigger(timezone="UTC", **job.when)


def _next(job: Job) -> datetime | None:
    """When a job is next; one that runs every minute or oftener is always about to."""
    if "hour" not in job.when and "minute" not in job.when:
        return None
    now = clock.now()
    found: datetime | None = _trigger(job).get_next_fire_time(None, now)
    return found


def _overdue() -> list[str]:
    """The jobs whose time came while nobody was there to run them."""
    now, found = clock.now(), []
    for job in JOBS.values():
        run = runs.last(job.name)
        due = _trigger(job).get_next_fire_time(run.started_at, run.started_at) if run else now
        if due is not None and due <= now:
            found.append(job.name)
    return found
