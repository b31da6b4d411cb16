"""What members and staff do with references."""

from sqlalchemy import func, select

from community.activity.exchanges.references import rules
from community.activity.exchanges.references.models import Reference
from community.activity.members.models import Member
from community.kit import additions, clock
from community.kit.db import db
from community.kit.refusal import refuse_if
from community.kit.text import clean, line, markdown
from community.ledger import audit
from community.ledger.models import Event
from community.ledger.record import record, void

KIND = "reference.written"
TAKEN_BACK, TAKEN_BACK_HIDDEN = "taken back", "taken back while hidden"
"""Why the event of a reference that its author took back counts no longer."""
TOLD = "told about references"
"""Where the frame adds who writes letters: called with what happened and the reference."""


def refer(author_id: int, about: Member, how: str, text: str) -> Reference:
    """Say how one knows another member, and what one has to say of them.

    Whom it is about keeps it hidden, if they had hidden what the same author took back before.
    """
    # Of many at once each sees those before it, so that together they keep to how many a day may bring.
    db.session.get(Member, author_id, with_for_update={"key_share": True})
    refuse_if(why_not_refer(author_id, about))
    words = _checked(how, text)
    now = clock.now()
    reference = Reference(
        author_id=author_id,
        about_id=about.id,
        how=how,
        text=words,
        html=markdown(words),
        at=now,
        changed_at=now,
        hidden_at=now if _was_hidden(author_id, about.id) else None,
    )
    # Of two at once the second breaks the constraint before anything is recorded.
    db.session.add(reference)
    db.session.flush()
    reference.event_id = record(KIND, author_id, about.id, happened_at=now).id
    if reference.hidden_at is None:
        _tell("written", reference)
    return reference


def why_not_refer(author_id: int, about: Member) -> rules.Words | None:
    """Why this member can't say how they know another; None when they can.

    What was taken back counts too: each was a letter to somebody.
    """
    written = (Event.actor == author_id, Event.kind == KIND)
    lately = Event.happened_at > clock.now() - rules.A_DAY
    many = select(func.count(Event.happened_at.distinct())).where(*written, lately)
    today = db.session.scalar(many) or 0
    mine = (Reference.author_id == author_id, Reference.about_id == about.id)
    has_written = db.session.scalar(select(Reference.id).where(*mine)) is not None
    return rules.why_not_refer(about, author_id, has_written=has_written, written_today=today)


def change(reference: Reference, by: int, how: str, text: str) -> None:
    """Say it in other words."""
    reference = _locked(reference)
    refuse_if(rules.why_not_change(reference, by))
    words = _checked(how, text)
    reference.how, reference.text, reference.html = how, words, markdown(words)
    reference.changed_at = clock.now()


def take_back(reference: Reference, by: int) -> None:
    """Take back what one said: it stands nowhere and counts no longer."""
    reference = _locked(reference)
    refuse_if(rules.why_not_change(reference, by))
    _void(reference, TAKEN_BACK_HIDDEN if reference.hidden_at else TAKEN_BACK, by)
    db.session.delete(reference)


def hide(reference: Reference, by: int) -> None:
    """Keep what was said of oneself off one's page."""
    reference = _locked(reference)
    refuse_if(rules.why_not_hide(reference, by))
    reference.hidden_at = clock.now()


def show(reference: Reference, by: int) -> None:
    """Let what was said of oneself stand on one's page again."""
    reference = _locked(reference)
    refuse_if(rules.why_not_show(reference, by))
    reference.hidden_at = None


def remove(reference: Reference, by: Member, reason: str) -> None:
    """Take a reference off, with the reason; it counts no longer."""
    reference, reason = _locked(reference), line(reason, rules.LONGEST_REASON)
    refuse_if(rules.why_not_remove(reference, by.id, by.role, reason))
    reference.removed_at, reference.removed_by = clock.now(), by.id
    reference.removed_for = reason
    _void(reference, "taken off by staff", by.id)
    audit.note(by.id, "reference.removed", reference.author_id, reason, reference=reference.id)
    _tell("removed", reference)


def put_back(reference: Reference, by: Member, reason: str) -> None:
    """Put a reference back that was taken off, with the reason; it counts again."""
    reference, reason = _locked(reference), line(reason, rules.LONGEST_REASON)
    refuse_if(rules.why_not_put_back(reference, by.id, by.role, reason))
    reference.removed_at = reference.removed_by = reference.removed_for = None
    event = record(KIND, reference.author_id, reference.about_id, happened_at=reference.at)
    reference.event_id = event.id
    audit.note(by.id, "reference.put_back", reference.author_id, reason, reference=reference.id)


def _was_hidden(author_id: int, about_id: int) -> bool:
    """Whether the last that one said of the other was hidden when its author took it back."""
    between = (Event.actor == author_id, Event.kind == KIND, Event.other == about_id)
    last = select(Event.void_reason).where(*between).order_by(Event.id.desc()).limit(1)
    return db.session.scalar(last) == TAKEN_BACK_HIDDEN


def _checked(how: str, text: str) -> str:
    words = clean(text).strip()
    refuse_if(rules.why_not_way(how) or rules.why_not_words(words))
    return words


def _tell(what: str, reference: Reference) -> None:
    for tell in additions.at(TOLD):
        tell(what, reference)


def _void(reference: Reference, reason: str, by: int) -> None:
    if reference.event_id is not None:
        void(db.session.get_one(Event, reference.event_id), reason, by)


def _locked(reference: Reference) -> Reference:
    """The reference as it stands now; whoever changes it at the same time waits for this to end."""
    return db.session.get_one(Reference, reference.id, with_for_update=True, populate_existing=True)
