"""What ran by itself, how it went, and who may run it now."""

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


def clear() -> int:
    """Forget runs of long ago; answers how many."""
    old = delete(JobRun).where(JobRun.started_at < clock.now() - KEPT_FOR)
    return db.session.connection().execute(old).rowcount
