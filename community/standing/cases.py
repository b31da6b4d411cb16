"""What staff do with cases: write a note, close one with the reason, open it again."""

import hashlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select, update

from community.kit import clock
from community.kit.db import db
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words
from community.ledger import audit
from community.standing.models import Case

RING, FALL, PROPOSAL = "ring", "fall", "award"
KINDS = (RING, FALL)
"""What staff look at as cases; proposals of badges are decided on a page of their own."""


def why_not_touch(members: Collection[int], by: int) -> Words | None:
    """Why this person of the staff can't do anything with a case; None when they can."""
    return N_("You are in this case: somebody else looks at it.") if by in members else None


def why_not_close(case: Case, reason: str, by: int) -> Words | None:
    """Why a case can't be closed; None when it can."""
    if case.closed_at is not None:
        return N_("It is closed already.")
    if not reason.strip():
        return N_("Say why it is closed.")
    return why_not_touch(case.members, by)


def why_not_reopen(case: Case, by: int) -> Words | None:
    """Why a case can't be opened again; None when it can."""
    if case.closed_at is None:
        return N_("It is open.")
    if case.closed_by is None:
        return N_("It closed by itself, since they are back.")
    return why_not_touch(case.members, by)


def why_not_write(case: Case, seen: str, by: int) -> Words | None:
    """Why a note can't take the place of the one that was ``seen``; None when it can."""
    if seen != mark_of(case.note):
        return N_("Somebody else changed the note meanwhile. What stands there now is below.")
    return why_not_touch(case.members, by)


def mark_of(note: str | None) -> str:
    """A short text that tells a note from any other."""
    return hashlib.sha256((note or "").encode()).hexdigest()[:16]


def write(id: int, note: str, seen: str, by: int) -> None:
    """Put a note in place of the one that was seen."""
    case = _locked(id)
    refuse_if(why_not_write(case, seen, by))
    case.note = note.strip() or None
    db.session.flush()


def close(id: int, reason: str, by: int) -> None:
    """Close a case, with the reason, in the name of one of the staff."""
    case = _locked(id)
    refuse_if(why_not_close(case, reason, by))
    case.closed_at, case.closed_by = clock.now(), by
    case.told = {**case.told, "reason": reason.strip()}
    _note("case.closed", case, reason.strip(), by)


def reopen(id: int, by: int) -> None:
    """Open a case again that was closed by a person."""
    case = _locked(id)
    refuse_if(why_not_reopen(case, by))
    case.closed_at = case.closed_by = None
    case.told = {name: value for name, value in case.told.items() if name != "reason"}
    _note("case.reopened", case, "", by)


def forget(member_id: int) -> None:
    """Take a member out of all cases; one that was about them alone goes."""
    db.session.execute(delete(Case).where(Case.key.startswith(f"fall:{member_id}:")))
    others = select(Case.id, Case.kind, Case.members, Case.told)
    for case in db.session.execute(others.where(Case.kind.in_((RING, PROPOSAL)))).all():
        this = Case.id == case.id
        left, told = _without(member_id, case.members), _history_without(member_id, case.told)
        if case.kind == PROPOSAL and left != case.members:
            db.session.execute(delete(Case).where(this))
        elif left != case.members or told != case.told:
            db.session.execute(update(Case).where(this).values(members=left, told=told))


def _without(member_id: int, members: list[int]) -> list[int]:
    return [id for id in members if id != member_id]


def _history_without(member_id: int, told: dict[str, Any]) -> dict[str, Any]:
    """What is told of a ring without a member: neither that they joined it, nor that they left."""
    if "history" not in told:
        return told
    steps = [
        {**step, **{part: _without(member_id, step[part]) for part in ("joined", "left")}}
        for step in told["history"]
    ]
    return {**told, "history": [step for step in steps if step["joined"] or step["left"]]}


def _locked(id: int) -> Case:
    return db.session.get_one(Case, id, with_for_update=True, populate_existing=True)


def _note(act: str, case: Case, reason: str, by: int) -> None:
    about = case.members[0] if len(case.members) == 1 else None
    audit.note(by, act, about, reason, case=case.id, kind=case.kind)
    db.session.flush()
