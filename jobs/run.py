"""Running a job: once however many ask, written down, kept or not at all."""

import time
from collections.abc import Generator, Iterator
from threading import Event
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from community.kit import locks, runs
from community.kit.db import db
from jobs.schedule import Job

log = structlog.get_logger()


class Lost(Exception):
    """Another process took the job over; what this one did not keep yet is dropped."""


class Busy(Exception):
    """Another process is at this job."""


def run(app: Flask, job: Job, stop: Event | None = None) -> tuple[int, str | None]:
    """Run a job now; how many rows it touched, and what went wrong or None.

    A job that answers with a number is one transaction; one that yields is a batch up to
    each yield, and stops after the present one when told to. Raises Busy where another
    process is at it.
    """
    owner, began = locks.an_owner(), time.monotonic()
    with app.app_context(), locks.Heart(lambda: _beat(app, job, owner)):
        id = _begin(job, owner)
        done, error = [0], None
        try:
            for rows in _batches(job, stop):
                done[0] += rows
                _keep(job, owner)
        except Exception as problem:
            db.session.rollback()
            error = f"{type(problem).__name__}: {problem}"
            log.warning("job failed", job=job.name, exc_info=problem)
        except BaseException:
            db.session.rollback()
            raise
        error = _end(job, owner, id, done[0], error)
    seconds = round(time.monotonic() - began, 3)
    log.info("job", job=job.name, rows=done[0], seconds=seconds, error=error)
    return done[0], error


def _duty(job: Job) -> str:
    return f"job:{job.name}"


def _begin(job: Job, owner: str) -> int:
    if not locks.take(_duty(job), owner):
        db.session.rollback()
        raise Busy(job.name)
    id = runs.begin(job.name).id
    db.session.commit()
    return id


def _batches(job: Job, stop: Event | None) -> Iterator[int]:
    result: Any = job.run()
    if not isinstance(result, Generator):
        yield result or 0
        return
    for rows in result:
        yield rows
        if stop is not None and stop.is_set():
            result.close()
            return


def _keep(job: Job, owner: str) -> None:
    """Keep the batch, as long as the job is still ours: the duty is held in the same transaction."""
    if not locks.hold(_duty(job), owner):
        raise Lost(f"{job.name} was taken over")
    db.session.commit()


def _end(job: Job, owner: str, id: int, rows: int, error: str | None) -> str | None:
    try:
        if locks.give(_duty(job), owner):
            runs.end(id, rows, error)
        db.session.commit()
    except SQLAlchemyError as problem:
        db.session.rollback()
        log.warning("job not written down", job=job.name, exc_info=problem)
        return error or type(problem).__name__
    return error


def _beat(app: Flask, job: Job, owner: str) -> None:
    """Say that the job is still at work. Where that fails, keeping the next batch will tell."""
    try:
        with app.app_context():
            locks.hold(_duty(job), owner)
            db.session.commit()
    except SQLAlchemyError as problem:
        log.warning("no sign of life", job=job.name, error=type(problem).__name__)
