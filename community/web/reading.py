"""What the staff's pages read."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, or_, select

from community.activity.members import directory
from community.activity.members.models import Member
from community.activity.members.rules import HasId
from community.imports.models import ImportRun
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.runs import JobRun
from community.ledger import audit
from community.ledger.audit import AuditRow
from community.ledger.models import Event

A_PAGE = 30
_OF_A_RUN = (
    JobRun.id,
    JobRun.job,
    JobRun.started_at,
    JobRun.ended_at,
    JobRun.rows,
    JobRun.error,
)


@cache.cached(timeout=60, key_prefix="numbers")
def numbers() -> dict[str, int]:
    """How many members, unclaimed ones, newcomers and events there are, as of the last minute.

    Newcomers and events are those of the last seven days, and of the seven before.
    """
    now = clock.now()
    week, before = now - timedelta(days=7), now - timedelta(days=14)
    here = select(func.count()).select_from(Member).where(Member.erased_at.is_(None))
    events = select(func.count()).select_from(Event)
    asked = {
        "members": here,
        "unclaimed": here.where(Member.claimed_at.is_(None)),
        "newcomers": here.where(Member.joined_at > week),
        "newcomers_before": here.where(Member.joined_at > before, Member.joined_at <= week),
        "events": events.where(Event.happened_at > week, Event.happened_at <= now),
        "events_before": events.where(Event.happened_at > before, Event.happened_at <= week),
    }
    row = db.session.execute(
        select(*(q.scalar_subquery().label(n) for n, q in asked.items()))
    ).one()
    return dict(row._mapping)


def letters(before: int | None) -> tuple[Sequence[Any], int | None]:
    """The newest letters, and the id before which the next page begins."""
    asked = select(Mail.id, Mail.address, Mail.subject, Mail.queued_at).where(
        Mail.address.is_not(None)
    )
    return _paged(asked, Mail.id, before)


def letter(id: int) -> Mail | None:
    """One letter that is addressed to somebody."""
    found = db.session.get(Mail, id)
    return found if found and found.address else None


def staff() -> Sequence[Member]:
    """Everyone who has a role, by role and name."""
    asked = select(Member).where(
        Member.role.in_(("manager", "leader", "admin")), Member.erased_at.is_(None)
    )
    return db.session.scalars(asked.order_by(Member.role, Member.name_key)).all()


def audit_rows(before: int | None, who: int | None = None) -> tuple[Sequence[Any], int | None]:
    """The newest acts of the staff, of which somebody did one or was the one it was about."""
    row = AuditRow
    asked = select(row.id, row.at, row.actor, row.act, row.about, row.reason, row.details)
    if who is not None:
        asked = asked.where(or_(row.actor == who, row.about == who))
    return _paged(asked, row.id, before)


def people(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Handle and name of each of these members, as far as they have one."""
    if not ids:
        return {}
    asked = select(Member.id, Member.handle, Member.name).where(Member.id.in_(ids))
    return {row.id: (row.handle, row.name) for row in db.session.execute(asked)}


def member(handle: str) -> Member | None:
    """A member by handle, also one who has left."""
    return db.session.scalar(select(Member).where(Member.handle == handle))


@cache.cached(timeout=300, key_prefix="chain")
def first_bad_row() -> int:
    """The id of the first row that breaks the chain, as of the last minutes; 0 when it holds.

    A row that was noted as the last one and has gone, or was changed, breaks it as well.
    """
    every = select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=1000)
    with db.session.scalars(every) as rows:
        bad = audit.first_bad(rows)
    if bad is not None:
        return bad.id
    head = audit.kept_head(Path(current_app.config["DATA_DIR"]))
    return head.id or -1 if head and audit.why_not_after(head) else 0


def imports(before: int | None, most: int = A_PAGE) -> tuple[Sequence[Any], int | None]:
    """The newest imports."""
    run = ImportRun
    asked = select(
        run.id, run.source, run.path, run.started_at, run.ended_at, run.cursor, run.counts
    )
    return _paged(asked, run.id, before, most)


def job_runs(before: int | None, job: str = "") -> tuple[Sequence[Any], int | None]:
    """The newest runs of all jobs, or of one."""
    asked = select(*_OF_A_RUN)
    if job:
        asked = asked.where(JobRun.job == job)
    return _paged(asked, JobRun.id, before)


def last_runs() -> Sequence[Any]:
    """The latest run of each job, by its name.

    The index is asked for the next name again and again, so that old runs cost nothing.
    """
    first = select(func.min(JobRun.job).label("job")).cte("job_name", recursive=True)
    following = select(func.min(JobRun.job)).where(JobRun.job > first.c.job).scalar_subquery()
    names = first.union_all(select(following).where(first.c.job.is_not(None)))
    latest = (
        select(JobRun.id)
        .where(JobRun.job == names.c.job)
        .order_by(JobRun.started_at.desc(), JobRun.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = select(*_OF_A_RUN).where(JobRun.id.in_(select(latest).select_from(names)))
    return db.session.execute(asked.order_by(JobRun.job)).all()


def unclaimed(q: str, before: str, after: str, viewer: HasId | None) -> directory.Found:
    """Members without an account, by name."""
    wish = directory.Wish(q=q, who="unclaimed", sort="name", before=before, after=after)
    return directory.find(wish, viewer)


def _paged(
    asked: Select[Any], id: Any, before: int | None, most: int = A_PAGE
) -> tuple[Sequence[Any], int | None]:
    if before is not None:
        asked = asked.where(id < before)
    rows = db.session.execute(asked.order_by(id.desc()).limit(most + 1)).all()
    return rows[:most], rows[most - 1].id if len(rows) > most else None
