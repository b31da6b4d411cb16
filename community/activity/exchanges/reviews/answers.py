"""What comes of a review once it is open: an answer, thanks for help, reports."""

from sqlalchemy import delete, select, update

from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.models import Review, ReviewHelped, ReviewReport
from community.activity.exchanges.reviews.opening import tell
from community.kit import clock, dialects, text
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.ledger.models import Subject


def respond(review_id: int, by: int, words: str) -> Review:
    """Answer a review in public, once; the answer can be changed for two days."""
    review = locked(review_id)
    refuse_if(rules.why_not_respond(review, by, clock.now()))
    refuse_if(rules.why_not_response(words))
    is_first = review.responded_at is None
    review.response = words.strip()
    review.response_html = text.markdown(review.response)
    if is_first:
        review.responded_at = clock.now()
        tell("review_answered", review.author_id, other=by, review=review.id)
    return review


def mark_helpful(review_id: int, by: int) -> None:
    """Say that a review helped; to say it again changes nothing."""
    refuse_if(rules.why_not_find_helpful(_found(review_id), by))
    connection = db.session.connection()
    row = {"review_id": review_id, "member_id": by, "at": clock.now()}
    if dialects.insert_new(connection, ReviewHelped.__table__, [row]):  # type: ignore[arg-type]
        _count(review_id, 1)


def take_back_helpful(review_id: int, by: int) -> None:
    """Take back that a review helped; it is no mistake when it was never said."""
    mine = (ReviewHelped.review_id == review_id, ReviewHelped.member_id == by)
    if db.session.connection().execute(delete(ReviewHelped).where(*mine)).rowcount:
        _count(review_id, -1)


def report(review_id: int, by: int, reason: str, words: str) -> ReviewReport:
    """Ask those who look after the place to look at a review."""
    review = locked(review_id)
    refuse_if(rules.why_not_report(review, by))
    before = select(ReviewReport.id).where(
        ReviewReport.review_id == review_id, ReviewReport.by == by, ReviewReport.reason == reason
    )
    has_reported = db.session.scalar(before) is not None
    refuse_if(rules.why_not_reason(reason, words, has_reported=has_reported))
    made = ReviewReport(
        review_id=review_id, by=by, reason=reason, words=words.strip(), at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    return made


def locked(review_id: int) -> Review:
    """An opened review as it stands now, which nobody else changes before this transaction ends."""
    review = db.session.get(Review, review_id, with_for_update=True, populate_existing=True)
    if review is None or review.published_at is None:
        raise Refused(rules.NOT_OPEN)
    return review


def hide_subject(review: Review) -> None:
    """Let what was published of a review be read nowhere in the archive of what happened.

    Whose it was and what it was about stays: past numbers rest on it.
    """
    _keep_subject(review, None, None)


def show_subject(review: Review, title: str) -> None:
    """Let it be read there again."""
    _keep_subject(review, title or None, review.html or None)


def _keep_subject(review: Review, title: str | None, html: str | None) -> None:
    kept = update(Subject).where(Subject.id == review.subject_id)
    db.session.execute(kept.values(title=title, html=html))


def _found(review_id: int) -> Review:
    review = db.session.get(Review, review_id)
    if review is None:
        raise Refused(rules.NOT_OPEN)
    return review


def _count(review_id: int, step: int) -> None:
    """Said by the database, so that two who click at the same time are both counted."""
    counted = update(Review).where(Review.id == review_id).values(helpful=Review.helpful + step)
    db.session.execute(counted, execution_options={"synchronize_session": False})
