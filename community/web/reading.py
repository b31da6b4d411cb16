"""What the staff's pages read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from community.activity.members import directory
from community.activity.members.models import Member
from community.activity.members.rules import HasId
from community.imports.models import ImportRun
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.runs import JobRun
from community.ledger.audit import AuditRow, first_bad
from community.ledger.models import Event

A_PAGE = 30


@cache.cached(timeout=60, key_prefix="numbers")
def numbers() -> dict[str, int]:
    """How many members, unclaimed ones, newcomers and events there are, as of the last minute."""
    week = clock.now() - timedelta(days=7)
    here = Member.erased_at.is_(None)
    asked = {
        "members": select(func.count()).select_from(Member).where(here),
        "unclaimed": select(func.count())
        .select_from(Member)
        .where(here, Member.claimed_at.is_(None)),
        "newcomers": select(func.count()).select_from(Member).where(here, Member.joined_at > week),
        "events": select(func.count()).select_from(Event).where(Event.happened_at > week),
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


def audit_rows(before: int | None) -> tuple[Sequence[Any], int | None]:
    """The newest acts of the staff with the names of both sides."""
    actor, about = aliased(Member), aliased(Member)
    asked = (
        select(
            AuditRow.id,
            AuditRow.at,
            AuditRow.act,
            AuditRow.reason,
            AuditRow.details,
            actor.name.label("actor_name"),
            actor.handle.label("actor_handle"),
            about.name.label("about_name"),
            about.handle.label("about_handle"),
        )
        .outerjoin(actor, actor.id == AuditRow.actor)
        .outerjoin(about, about.id == AuditRow.about)
    )
    return _paged(asked, AuditRow.id, before)


@cache.cached(timeout=300, key_prefix="chain")
def first_bad_row() -> int:
    """The id of the first row that breaks the chain, as of the last minutes; 0 when it holds."""
    bad = first_bad(db.session.scalars(select(AuditRow).order_by(AuditRow.id)))
    return bad.id if bad else 0


def imports(before: int | None) -> tuple[Sequence[Any], int | None]:
    """The newest imports."""
    asked = select(
        ImportRun.id,
        ImportRun.source,
        ImportRun.path,
        ImportRun.started_at,
        ImportRun.ended_at,
        ImportRun.counts,
    )
    return _paged(asked, ImportRun.id, before)


def job_runs(before: int | None) -> tuple[Sequence[Any], int | None]:
    """The newest runs of jobs."""
    asked = select(
        JobRun.id, JobRun.job, JobRun.started_at, JobRun.ended_at, JobRun.rows, JobRun.error
    )
    return _paged(asked, JobRun.id, before)


def unclaimed(q: str, after: str, viewer: HasId | None) -> directory.Found:
    """Members without an account, by name."""
    return directory.find(directory.Wish(q=q, who="unclaimed", sort="name", after=after), viewer)


def _paged(asked: Select[Any], id: Any, before: int | None) -> tuple[Sequence[Any], int | None]:
    if before is not None:
        asked = asked.where(id < before)
    rows = db.session.execute(asked.order_by(id.desc()).limit(A_PAGE + 1)).all()
    return rows[:A_PAGE], rows[A_PAGE - 1].id if len(rows) > A_PAGE else None
