"""Staff vouch for members whom they know: those are where trust begins."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from community.activity.members.models import Member
from community.activity.members.rules import why_not_take_back_word, why_not_vouch_for
from community.kit.db import db
from community.kit.refusal import refuse_if
from community.ledger import audit
from community.ledger.models import Event
from community.ledger.record import record, void

KIND = "member.verified"


@dataclass(frozen=True, slots=True)
class Word:
    """That somebody of the staff vouches for a member; their name is None when they have left."""

    event_id: int
    by: int | None
    handle: str | None
    name: str | None
    at: datetime


def words_for(member_id: int) -> tuple[Word, ...]:
    """Everyone who vouches for a member, the first one first."""
    rows = db.session.execute(
        select(Event.id, Event.actor, Member.handle, Member.name, Event.happened_at)
        .outerjoin(Member, (Member.id == Event.actor) & Member.erased_at.is_(None))
        .where(Event.other == member_id, Event.kind == KIND, Event.voided_at.is_(None))
        .order_by(Event.happened_at, Event.id)
    )
    return tuple(Word(*row) for row in rows)


def vouch(member: Member, how: str, by: Member) -> None:
    """Say that one knows a member, and how; it counts from the next refresh on."""
    member = _locked(member)
    has_vouched = any(word.by == by.id for word in words_for(member.id))
    refuse_if(why_not_vouch_for(member, by.id, has_vouched=has_vouched))
    record(KIND, by, member)
    audit.note(by.id, "member.vouched_for", member.id, how.strip())


def take_back(member: Member, word: Word, reason: str, by: Member) -> None:
    """Take back that somebody vouches for a member, with the reason."""
    _locked(member)
    refuse_if(why_not_take_back_word(word.by, by.id, by.role))
    event = db.session.get_one(Event, word.event_id, populate_existing=True)
    void(event, reason.strip(), by)
    audit.note(by.id, "vouching.taken_back", member.id, reason.strip(), vouched=word.by)


def _locked(member: Member) -> Member:
    """The member as they stand now; whoever vouches at the same time waits for this to end."""
    return db.session.get_one(Member, member.id, with_for_update=True, populate_existing=True)
