"""Badges given by hand: proposed with a reason, agreed to by a second person, taken back likewise."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import select

from community.kit import clock
from community.kit.db import db
from community.kit.words import N_, Words
from community.ledger import audit
from community.standing import rulebook
from community.standing.badges import Badge
from community.standing.cases import PROPOSAL
from community.standing.models import Award, Case

SHORTEST, LONGEST = 10, 500


class Person(Protocol):
    """Whoever gives or gets a badge, as far as the rules ask."""

    id: int
    role: str


def why_not_propose(
    badge: Badge, member: Person, by: Person, reason: str, *, is_here: bool, holds_it: bool
) -> Words | None:
    """Why a badge can't be proposed for a member; None when it can.

    ``is_here`` is whether the member has moved in and has not left.
    """
    if not badge.is_manual:
        return N_("This badge follows from what happened: nobody gives it by hand.")
    if by.id == member.id:
        return N_("Nobody gives a badge to themselves.")
    if not is_here:
        return N_("They have not moved in, or have left.")
    if holds_it:
        return N_("They hold it already.")
    return why_not_reason(reason)


def why_not_reason(reason: str) -> Words | None:
    """Why this is no reason that others can read; None when it is."""
    if SHORTEST <= len(reason.strip()) <= LONGEST:
        return None
    return N_("Say why, in %(least)d to %(most)d characters.", least=SHORTEST, most=LONGEST)


def why_not_agree(proposal: Case, by: Person) -> Words | None:
    """Why somebody can't be the second person for a proposal; None when they can."""
    if (why_not := why_not_decline(proposal)) is not None:
        return why_not
    if by.id == proposal.told["by"]:
        return N_("A second person has to agree: ask another manager or an admin.")
    if by.id in proposal.members:
        return N_("Nobody gives a badge to themselves.")
    return None


def why_not_decline(proposal: Case) -> Words | None:
    """Why nobody can say no to a proposal any more; None while they can."""
    return None if proposal.closed_at is None else N_("This was decided already.")


def holds(name: str, member_id: int) -> bool:
    """Whether a member holds a badge now."""
    asked = select(Award.id).where(
        Award.badge == name, Award.member_id == member_id, Award.ended_at.is_(None)
    )
    return db.session.scalar(asked) is not None


def propose(badge: Badge, member: Person, by: Person, reason: str) -> Case:
    """Propose a badge for a member, for a second person to agree to."""
    key = hashlib.sha256(f"{PROPOSAL}:{badge.name}:{member.id}:{clock.now()}".encode()).hexdigest()
    told = {"badge": badge.name, "reason": reason.strip(), "by": by.id}
    case = Case(kind=PROPOSAL, found_at=clock.now(), key=key, members=[member.id], told=told)
    db.session.add(case)
    db.session.flush()
    audit.note(by.id, "badge.proposed", member.id, reason.strip(), badge=badge.name)
    return case


def give_alone(badge: Badge, member: Person, by: Person, reason: str) -> Award:
    """Give a badge where there is nobody else on the staff to agree."""
    return _give(badge, member.id, by.id, None, reason)


def agree(proposal: Case, by: Person) -> Award:
    """Give a badge that was proposed, as the second person."""
    version = rulebook.find(proposal.told["badge"])
    if version is None:
        raise LookupError(f"no badge {proposal.told['badge']}")
    _close(proposal, by.id)
    (member_id,) = proposal.members
    return _give(version.badge, member_id, proposal.told["by"], by.id, str(proposal.told["reason"]))


def decline(proposal: Case, by: Person, reason: str) -> None:
    """Say no to a proposal."""
    _close(proposal, by.id, reason)
    audit.note(by.id, "badge.declined", proposal.members[0], reason, badge=proposal.told["badge"])


def take_back(award: Award, by: Person, reason: str) -> None:
    """End an award that was given by hand, with the reason."""
    award.ended_at = clock.now()
    db.session.flush()
    audit.note(by.id, "badge.taken", award.member_id, reason.strip(), badge=award.badge)


def proposals() -> Sequence[Case]:
    """What was proposed and not decided, the oldest first."""
    asked = select(Case).where(Case.kind == PROPOSAL, Case.closed_at.is_(None))
    return db.session.scalars(asked.order_by(Case.found_at, Case.id)).all()


def given() -> Sequence[Award]:
    """The awards given by hand that hold, the newest first."""
    asked = select(Award).where(Award.given_by.is_not(None), Award.ended_at.is_(None))
    return db.session.scalars(asked.order_by(Award.begun_at.desc(), Award.id.desc())).all()


def _close(proposal: Case, by: int, note: str | None = None) -> None:
    proposal.closed_at, proposal.closed_by, proposal.note = clock.now(), by, note
    db.session.flush()


def _give(badge: Badge, member_id: int, by: int, second: int | None, reason: str) -> Award:
    award = Award(
        member_id=member_id,
        badge=badge.name,
        begun_at=clock.now(),
        digest=badge.digest,
        given_by=by,
        second=second,
        reason=reason.strip(),
    )
    db.session.add(award)
    db.session.flush()
    audit.note(by, "badge.given", member_id, reason.strip(), badge=badge.name, second=second)
    return award
