"""What ran by itself, how it went, and who may run it now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, String, Text, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from community.kit import clock
from community.kit.db import Base, Instant, Key, db

CUT_OFF = "cut off before its end"
KEPT_FOR = timedelta(days=90)
LONGEST_ERROR = 2000


class JobRun(Base):
    """One run of a job. One without an end is at work, or was cut off."""

    __tablename__ = "job_run"

    id: Mapped[Key]
    job: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    rows: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("job_run_by_job", "job", "started_at"),)


class JobPlan(Base):
    """A job that runs by itself: what it is called, when it is next, and whether somebody wants it now."""

    __tablename__ = "job_plan"

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(120))
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    wished_at: Mapped[datetime | None] = mapped_column(Instant)


class Lease(Base):
    """Who holds a duty that only one process may have at a time, and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(Instant)


def begin(job: str) -> JobRun:
    """Write down that a job starts; nothing is committed.

    What an earlier run left without an end was cut off. A run takes the place of the one
    before it when that one found nothing to do, so that frequent jobs don't fill the table.
    """
    now = clock.now()
    db.session.execute(
        update(JobRun)
        .where(JobRun.job == job, JobRun.ended_at.is_(None))
        .values(ended_at=now, error=CUT_OFF)
    )
    run = last(job)
    if run is None or run.rows or run.error:
        run = JobRun(job=job, rows=0)
        db.session.add(run)
    run.started_at, run.ended_at = now, None
    db.session.flush()
    return run


def end(id: int, rows: int, error: str | None) -> None:
    """Write down that a run ended, and how; nothing is committed."""
    db.session.execute(
        update(JobRun)
        .where(JobRun.id == id)
        .values(ended_at=clock.now(), rows=rows, error=error and error[:LONGEST_ERROR])
    )


def last(job: str) -> JobRun | None:
    """The latest run of a job; None when it never ran."""
    return db.session.scalar(
        select(JobRun)
        .where(JobRun.job == job)
        .order_by(JobRun.started_at.desc(), JobRun.id.desc())
        .limit(1)
    )


def last_success(job: str) -> datetime | None:
    """When a job last ended without an error; None when it never did."""
    return db.session.scalar(
        select(JobRun.ended_at)
        .where(JobRun.job == job, JobRun.ended_at.is_not(None), JobRun.error.is_(None))
        .order_by(JobRun.started_at.desc(), JobRun.id.desc())
        .limit(1)
    )


def plan(planned: Mapping[str, tuple[str, datetime | None]]) -> None:
    """Write down which jobs there are, by name, with what each is called and when it is next."""
    known = {row.job: row for row in db.session.scalars(select(JobPlan))}
    for job, (label, next_at) in planned.items():
        row = known.pop(job, None)
        if row is None:
            db.session.add(JobPlan(job=job, label=label, next_at=next_at))
        elif (row.label, row.next_at) != (label, next_at):
            row.label, row.next_at = label, next_at
    for gone in known.values():
        db.session.delete(gone)
    db.session.flush()


def wish(job: str) -> bool:
    """Want a job to be run now by whoever keeps watch; whether there is such a job."""
    wanted = update(JobPlan).where(JobPlan.job == job).values(wished_at=clock.now())
    return bool(db.session.connection().execute(wanted).rowcount)


def wishes() -> list[str]:
    """The jobs that somebody wants now; asked once, they are wished for no more."""
    wished = list(db.session.scalars(select(JobPlan.job).where(JobPlan.wished_at.is_not(None))))
    if wished:
        db.session.execute(update(JobPlan).where(JobPlan.job.in_(wished)).values(wished_at=None))
    return wished


def plans() -> Sequence[JobPlan]:
    """Every job that runs by itself, as whoever keeps watch wrote them down last."""
    return db.session.scalars(select(JobPlan).order_by(JobPlan.job)).all()


def clear() -> int:
    """Forget runs of long ago; answers how many."""
    old = delete(JobRun).where(JobRun.started_at < clock.now() - KEPT_FOR)
    return db.session.connection().execute(old).rowcount
