"""Opening what both sides said, at the same moment; and reminding those who said nothing yet."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, or_, select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.models import Review
from community.kit import additions, clock, text
from community.kit.after import after_commit
from community.kit.cache import cache
from community.kit.db import db
from community.kit.refusal import Refused
from community.kit.words import N_
from community.ledger.facts import MILLION
from community.ledger.models import Fact, Subject
from community.ledger.record import record

TOLD = "told about reviews"
"""Where the frame adds who writes letters: called with what is told, to whom, and the facts."""
GAP = "expectation_gap"
HERE = "kith"
"""The source of figures that this house declares itself."""
AT_ONCE = 20
"""Exchanges that are opened in one batch, so that nobody has to wait for it."""


def locked(exchange_id: int) -> Exchange:
    """An exchange as it stands now, whose reviews nobody else touches before this transaction ends."""
    exchange = db.session.get(Exchange, exchange_id, with_for_update=True, populate_existing=True)
    if exchange is None:
        raise Refused(N_("There is no such exchange."))
    return exchange


def open_if_due(exchange: Exchange, now: datetime) -> bool:
    """Open what was said of a locked exchange, if both sides are done or the time is over."""
    reviews = db.session.scalars(
        select(Review).where(Review.exchange_id == exchange.id).order_by(Review.id)
    ).all()
    if not rules.is_open_due(exchange, len(reviews), now):
        return False
    exchange.opened_at = now
    said = {review.author_id: review for review in reviews if not review.is_closed}
    title = db.session.scalar(select(Offer.title).where(Offer.id == exchange.offer_id)) or ""
    for review in said.values():
        _publish(review, exchange, title, now)
    for member_id in (exchange.provider_id, exchange.receiver_id):
        other_id = rules.other_side(exchange, member_id)
        if other_id in said:
            tell("review_open", member_id, other=other_id, title=title, exchange=exchange.id)
        elif member_id in said:
            tell("review_alone", member_id, other=other_id, title=title, exchange=exchange.id)
    after_commit(cache.clear)
    db.session.flush()
    return True


def open_due() -> Iterator[int]:
    """Open what is sealed and whose time is over, however long ago; yields batch by batch how many."""
    now = clock.now()
    due = db.session.scalars(
        select(Exchange.id)
        .where(Exchange.opened_at.is_(None), Exchange.review_until <= now)
        .order_by(Exchange.review_until, Exchange.id)
    ).all()
    for start in range(0, len(due), AT_ONCE):
        opened = [open_if_due(locked(id), clock.now()) for id in due[start : start + AT_ONCE]]
        yield sum(opened)


def remind() -> Iterator[int]:
    """Remind those who have said nothing yet; yields batch by batch of how many exchanges.

    How many letters that were is not told: a side on the staff could tell from it who has written.
    """
    now = clock.now()
    due = db.session.scalars(
        select(Exchange.id)
        .where(
            Exchange.opened_at.is_(None),
            Exchange.review_until > now,
            Exchange.review_until <= now + rules.REMINDERS[0] * rules.A_DAY,
            or_(
                *(
                    and_(
                        Exchange.reminded <= number,
                        Exchange.review_until <= now + days * rules.A_DAY,
                    )
                    for number, days in enumerate(rules.REMINDERS)
                )
            ),
        )
        .order_by(Exchange.review_until, Exchange.id)
    ).all()
    for start in range(0, len(due), AT_ONCE):
        yield sum(_remind(locked(id), clock.now()) for id in due[start : start + AT_ONCE])


def open_and_remind() -> Iterator[int]:
    """The job: open what is due, then remind those for whom time is left."""
    yield from open_due()
    yield from remind()


def tell(what: str, member_id: int, key: str | None = None, /, **told: object) -> None:
    """Let a member be told something about reviews, once for each key."""
    for each in additions.at(TOLD):
        each(what, member_id, key, **told)


def publish_again(review: Review, happened_at: datetime) -> None:
    """Write an event anew for a review that was removed and is reinstated: as of when it was opened."""
    if review.subject_id is None:
        raise ValueError(f"review {review.id} was never opened")
    event = record(
        "review.published",
        review.author_id,
        review.about_id,
        ("review", review.subject_id),
        value=review.stars,
        happened_at=happened_at,
    )
    review.event_id = event.id


def _publish(review: Review, exchange: Exchange, title: str, now: datetime) -> None:
    """Open one review: its subject and its event come at this moment, and none before."""
    subject = Subject(
        type="review",
        owner=review.author_id,
        parent=exchange.subject_id,
        made_at=now,
        title=title or None,
        html=review.html or None,
        renderer=text.RENDERER,
    )
    db.session.add(subject)
    db.session.flush()
    review.subject_id, review.published_at = subject.id, now
    publish_again(review, now)
    if review.expected is not None and review.got is not None:
        gap = (review.got - review.expected) * MILLION
        db.session.add(
            Fact(
                about="review",
                about_id=subject.id,
                name=GAP,
                value=gap,
                declared_at=now,
                source=HERE,
            )
        )


def _remind(exchange: Exchange, now: datetime) -> int:
    """Write to the sides that said nothing yet, unless it was opened or told since."""
    if exchange.opened_at is not None or exchange.review_until is None:
        return 0
    nominal = rules.reminders_due(exchange.review_until, None, now)
    if nominal <= exchange.reminded:
        return 0
    has_come = rules.reminders_due(exchange.review_until, exchange.ended_at, now) > 0
    exchange.reminded = nominal
    authors = set(
        db.session.scalars(select(Review.author_id).where(Review.exchange_id == exchange.id))
    )
    silent = {exchange.provider_id, exchange.receiver_id} - authors
    if not has_come:
        return 0
    title = db.session.scalar(select(Offer.title).where(Offer.id == exchange.offer_id)) or ""
    for member_id in sorted(silent):
        tell(
            "review_due",
            member_id,
            f"review-due:{exchange.id}:{member_id}:{nominal}",
            other=rules.other_side(exchange, member_id),
            title=title,
            exchange=exchange.id,
            days=rules.days_left(exchange.review_until, now),
            until=exchange.review_until,
        )
    return 1
