"""What staff decide about a review, and how either side asks them to look again."""

from collections.abc import Iterator

from sqlalchemy import or_, select, update

from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.actions import drop_files
from community.activity.exchanges.reviews.answers import hide_subject, locked, show_subject
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewDecision,
    ReviewReport,
)
from community.activity.exchanges.reviews.opening import publish_again, tell
from community.kit import clock
from community.kit.after import after_commit
from community.kit.cache import cache
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.kit.words import N_
from community.ledger import audit
from community.ledger.models import Event
from community.ledger.record import void

ACTS = {"keep": "review.kept", "remove": "review.removed", "reinstate": "review.reinstated"}
AT_ONCE = 200


def decide(
    review_id: int, by: int, verdict: str, ground: str, words: str, *, has_other: bool
) -> ReviewDecision:
    """Decide about a review: keep, remove or reinstate it, with the reasons for both sides.

    An open appeal is decided by it, and so is every open report. ``has_other`` says whether
    somebody else could decide.
    """
    review = locked(review_id)
    appealed = appealed_decision(review.id)
    decided_by = appealed.by if appealed else None
    refuse_if(
        rules.why_not_judge(
            review,
            by,
            decided_by=decided_by,
            has_other=has_other,
            reporters=reporters(review.id),
        )
    )
    has_text = bool(review.text or review.stars is not None)
    refuse_if(rules.why_not_decide(review, verdict, ground, words, has_text=has_text))
    now = clock.now()
    decision = ReviewDecision(
        review_id=review.id,
        verdict=verdict,
        ground=ground,
        words=words.strip(),
        by=by,
        at=now,
        appeal_until=now + rules.APPEAL_WITHIN,
        appeal_of=appealed.id if appealed else None,
    )
    db.session.add(decision)
    db.session.flush()
    if verdict == "remove":
        _remove(review, ground, by)
    elif verdict == "reinstate":
        _reinstate(review)
    audit.note(by, ACTS[verdict], review.about_id, words.strip(), review=review.id, ground=ground)
    _tell_all(review, decision)
    after_commit(cache.clear)
    return decision


def appeal(decision_id: int, by: int, words: str) -> ReviewAppeal:
    """Ask to look at a decision again, with the reasons."""
    decision = db.session.get(ReviewDecision, decision_id)
    if decision is None:
        raise Refused(N_("There is no such decision."))
    review, now = locked(decision.review_id), clock.now()
    mine = (ReviewAppeal.decision_id == decision_id, ReviewAppeal.by == by)
    refuse_if(
        rules.why_not_appeal(
            review,
            decision,
            by,
            now,
            has_appealed=db.session.scalar(select(ReviewAppeal.id).where(*mine)) is not None,
            is_latest=latest_decision(review.id) is decision,
        )
    )
    if not words.strip():
        raise Refused(N_("Say what should be looked at again."))
    made = ReviewAppeal(
        decision_id=decision_id, review_id=review.id, by=by, words=words.strip(), at=now
    )
    db.session.add(made)
    db.session.flush()
    return made


def latest_decision(review_id: int) -> ReviewDecision | None:
    """What was decided last about a review."""
    return db.session.scalar(
        select(ReviewDecision)
        .where(ReviewDecision.review_id == review_id)
        .order_by(ReviewDecision.id.desc())
        .limit(1)
    )


def appealed_decision(review_id: int) -> ReviewDecision | None:
    """The decision that waits to be looked at again; None where no appeal is open."""
    return db.session.scalar(
        select(ReviewDecision)
        .join(ReviewAppeal, ReviewAppeal.decision_id == ReviewDecision.id)
        .where(ReviewAppeal.review_id == review_id, ReviewAppeal.decided_at.is_(None))
        .order_by(ReviewDecision.id.desc())
        .limit(1)
    )


def reporters(review_id: int) -> set[int]:
    """Whose reports of a review wait for a decision."""
    asked = select(ReviewReport.by).where(
        ReviewReport.review_id == review_id, ReviewReport.decided_at.is_(None)
    )
    return set(db.session.scalars(asked))


def blank_removed() -> Iterator[int]:
    """Delete what removed reviews said, thirteen months after their removal; yields how many."""
    before = clock.now() - rules.REMOVED_KEPT_FOR
    said = or_(Review.text != "", Review.private_note != "", Review.stars.is_not(None))
    while True:
        old = db.session.scalars(
            select(Review).where(Review.removed_at <= before, said).limit(AT_ONCE)
        ).all()
        for review in old:
            drop_files([each["photo"] for each in review.photos])
            review.text = review.html = review.text_key = review.private_note = ""
            review.response = review.response_html = review.safety = None
            review.photos, review.scores, review.stars = [], {}, None
            review.expected = review.got = review.would_again = None
        db.session.flush()
        yield len(old)
        if len(old) < AT_ONCE:
            return


def _remove(review: Review, ground: str, by: int) -> None:
    """It counts until now and no longer; its row keeps what it said, for an appeal."""
    review.removed_at = clock.now()
    event = db.session.get(Event, review.event_id) if review.event_id else None
    if event is not None and event.voided_at is None:
        void(event, f"review removed: {ground}", by)
    hide_subject(review)


def _reinstate(review: Review) -> None:
    """It counts again as of when it was opened; the event that was taken back stays so."""
    review.removed_at = None
    if review.published_at is None:
        raise ValueError(f"review {review.id} was never opened")
    title = db.session.scalar(select(Offer.title).where(Offer.id == review.offer_id)) or ""
    show_subject(review, title)
    publish_again(review, review.published_at)


def _tell_all(review: Review, decision: ReviewDecision) -> None:
    """Close what waited for it, and write to both sides and to those who reported."""
    reports = (ReviewReport.review_id == review.id, ReviewReport.decided_at.is_(None))
    reporters = set(db.session.scalars(select(ReviewReport.by).where(*reports)))
    db.session.execute(update(ReviewReport).where(*reports).values(decided_at=decision.at))
    appeals = (ReviewAppeal.review_id == review.id, ReviewAppeal.decided_at.is_(None))
    db.session.execute(update(ReviewAppeal).where(*appeals).values(decided_at=decision.at))
    facts = {
        "verdict": decision.verdict,
        "ground": rules.GROUNDS[decision.ground].label,
        "words": decision.words,
        "review": review.id,
        "until": decision.appeal_until,
        "is_final": decision.appeal_of is not None,
    }
    for member_id in (review.author_id, review.about_id):
        other = review.about_id if member_id == review.author_id else review.author_id
        is_author = member_id == review.author_id
        tell("review_decided", member_id, other=other, is_author=is_author, **facts)
    for member_id in sorted(reporters - {review.author_id, review.about_id}):
        tell("review_report_decided", member_id, other=review.about_id, **facts)
