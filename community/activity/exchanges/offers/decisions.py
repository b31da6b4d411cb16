"""What staff decide about an offer: to close it, to open it again; and how its owner asks for another look."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from community.activity.exchanges.offers import rules
from community.activity.exchanges.offers.actions import locked, tell_subject
from community.activity.exchanges.offers.appeals import APPEAL_WITHIN
from community.activity.exchanges.offers.models import Offer, OfferDecision
from community.kit import additions, clock
from community.kit.after import after_commit
from community.kit.cache import cache
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.kit.text import clean
from community.kit.words import N_
from community.ledger import audit

DECIDED = "an offer was decided about"
"""Where rooms further up add who is told: called with the offer and the decision."""
CHANGED = N_(
    "Somebody decided about it since you saw it. Look at what stands now, and then decide."
)
ACTS = {"close": "offer.closed", "keep": "offer.kept_closed", "reopen": "offer.reopened"}


def decide(
    offer_id: int, by: int, verdict: str, ground: str, words: str, *, seen: int, has_other: bool
) -> OfferDecision:
    """Close an offer, leave it closed or open it again, with the reason for its owner.

    ``seen`` is the number of the last decision that was seen, 0 where there was none: what was
    decided meanwhile is not decided over. The same again, from the same page, changes nothing.
    ``has_other`` says whether somebody else could decide.
    """
    offer, words = locked(offer_id), clean(words).strip()
    last = latest(offer_id)
    n = last.n if last else 0
    told = (by, verdict, ground, words)
    if last and n == seen + 1 and told == (last.by, last.verdict, last.ground, last.words):
        return last
    if n != seen:
        raise Refused(CHANGED)
    appealed = last if last and last.asked_at else None
    decided_by = appealed.by if appealed else None
    refuse_if(rules.why_not_judge(offer, by, decided_by=decided_by, has_other=has_other))
    refuse_if(rules.why_not_decide(offer, verdict, ground, words))
    now = clock.now()
    decision = OfferDecision(
        offer_id=offer.id,
        n=n + 1,
        verdict=verdict,
        ground=ground,
        words=words,
        by=by,
        at=now,
        appeal_until=now + APPEAL_WITHIN,
        appeal_of=appealed.id if appealed else None,
    )
    db.session.add(decision)
    offer.is_closed_by_staff = verdict != "reopen"
    tell_subject(offer)
    db.session.flush()
    audit.note(by, ACTS[verdict], offer.owner_id, words, offer=offer.id, ground=ground)
    for tell in additions.at(DECIDED):
        tell(offer, decision)
    after_commit(cache.clear)
    return decision


def ask_again(offer_id: int, by: int, words: str) -> OfferDecision:
    """Ask to look at the last decision again, with the reasons; the same words again change nothing."""
    offer, words = locked(offer_id), clean(words).strip()
    decision = latest(offer_id)
    if decision is None:
        raise Refused(N_("There is no such decision."))
    if decision.asked_at is not None and decision.asked == words and offer.owner_id == by:
        return decision
    refuse_if(
        rules.why_not_ask_again(
            offer,
            by,
            decision,
            words,
            clock.now(),
            has_asked=decision.asked_at is not None,
            is_latest=True,
        )
    )
    decision.asked_at, decision.asked = clock.now(), words
    return decision


def latest(offer_id: int) -> OfferDecision | None:
    """What was decided last about an offer."""
    return db.session.scalar(
        select(OfferDecision)
        .where(OfferDecision.offer_id == offer_id)
        .order_by(OfferDecision.n.desc())
        .limit(1)
    )


def history(offer_id: int) -> Sequence[OfferDecision]:
    """All that was decided about an offer, the last first."""
    asked = select(OfferDecision).where(OfferDecision.offer_id == offer_id)
    return db.session.scalars(asked.order_by(OfferDecision.n.desc())).all()


def closed(most: int) -> Sequence[tuple[Offer, OfferDecision]]:
    """What is closed, with its last decision: first what its owner asks to look at again."""
    one = aliased(OfferDecision)
    last = select(func.max(one.n)).where(one.offer_id == Offer.id).correlate(Offer)
    rows = db.session.execute(
        select(Offer, OfferDecision)
        .join(OfferDecision, OfferDecision.offer_id == Offer.id)
        .where(Offer.is_closed_by_staff.is_(True), OfferDecision.n == last.scalar_subquery())
        .order_by(OfferDecision.asked_at.is_(None), OfferDecision.asked_at, OfferDecision.id.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]
