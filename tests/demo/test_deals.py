"""What the demo town offers, agrees on and says of it."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community import demo
from community.activity.exchanges.deals import excusing
from community.activity.exchanges.deals.models import (
    Exchange,
    ExchangeMove,
    Excuse,
    Excused,
    Message,
    Recap,
)
from community.activity.exchanges.deals.rules import STATES
from community.activity.exchanges.forgetting import forget
from community.activity.exchanges.offers.kinds import SHIPPED
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferKept,
    OfferKind,
    OfferViews,
)
from community.activity.exchanges.reviews.models import Review, ReviewAppeal, ReviewDecision
from community.activity.members.models import Member
from community.demo import town_of
from community.demo.arrivals import BOARD
from community.demo.trade import GRAINS, slots
from community.demo.words import circles
from community.kit.db import db
from community.ledger.models import Event, Subject
from community.web.keeping import _checks
from tests.demo.conftest import UNTIL


@pytest.fixture(scope="module")
def whole():
    """The whole town of three hundred, in memory."""
    return town_of(1, 300, UNTIL)


def _one(statement):
    return db.session.scalars(statement).one()


def test_every_state_is_somewhere_in_town(whole):
    assert {deal.state for deal in whole.deals} == set(STATES)
    assert any(deal.is_late for deal in whole.deals)
    assert {offered.state for offered in whole.offers} == {
        "draft",
        "published",
        "paused",
        "archived",
    }
    assert {offered.kind for offered in whole.offers} == set(SHIPPED)
    assert sum(offered.is_wish for offered in whole.offers) >= 5


def test_nothing_is_promised_to_two_at_a_time(whole):
    held = Counter(
        (deal.offered, slot, place) for deal in whole.deals for slot, place in deal.holds
    )
    assert max(held.values()) == 1
    for deal in whole.deals:
        assert [slot for slot, _ in deal.holds] == (
            list(slots(deal)) if STATES[deal.state].holds else []
        )
        closed = range(0)
        for first, last in deal.offered.closed:
            closed = range(first.toordinal(), last.toordinal() + 1)
        if deal.holds and deal.offered.grain == "day":
            assert not {slot for slot, _ in deal.holds} & set(closed)


def test_moves_come_one_after_the_other_and_before_the_last_day(whole):
    for deal in whole.deals:
        moments = [step.at for step in deal.steps]
        assert moments == sorted(moments)
        assert moments[-1] < whole.until
        assert deal.first is None or deal.first <= deal.last
        for name in ("accept", "agree", "confirm"):
            agreed = [step.at for step in deal.steps if step.move == name]
            assert deal.first is None or all(at < deal.first for at in agreed)


def test_the_two_write_in_a_language_that_both_speak(whole):
    chinese = [
        (deal, line) for deal in whole.deals for line in deal.lines if line.text[0] >= "\u4e00"
    ]
    assert chinese
    for deal, _ in chinese:
        assert all("zh" in side.languages for side in (deal.asker, deal.owner))


def test_every_idea_says_what_it_is_and_its_kinds_are_those_of_the_house():
    for circle in circles():
        for idea in (*circle.offers, *circle.wishes):
            assert SHIPPED[idea["kind"]].grain == GRAINS[idea["kind"]]
            assert idea["details"]


def test_what_happened_is_told_about_the_exchange(town):
    kinds = (
        "enquiry.made", "enquiry.answered", "exchange.started", "exchange.completed",
        "exchange.cancelled", "excuse.granted",
    )  # fmt: skip
    elsewhere = select(Event.kind, Event.subject_type).where(
        Event.kind.in_(kinds), Event.subject_type != "exchange", Event.source.is_(None)
    )
    assert db.session.execute(elsewhere).all() == []
    for kind, moment in (
        ("enquiry.made", Exchange.made_at),
        ("enquiry.answered", Exchange.answered_at),
        ("exchange.started", Exchange.confirmed_at),
    ):
        rows = select(func.count()).where(moment.is_not(None), Exchange.event_id.is_(None))
        events = select(func.count()).where(Event.kind == kind, Event.source.is_(None))
        assert _one(rows) == _one(events) > 0, kind
    mistaken = (
        select(Event.id)
        .join(Exchange, Exchange.subject_id == Event.subject_id)
        .where(
            Event.kind == "exchange.completed",
            (Event.actor != Exchange.receiver_id)
            | (Event.other != Exchange.provider_id)
            | (Event.value != Exchange.units),
        )
    )
    assert db.session.scalars(mistaken).all() == []
    completed = select(func.count()).where(Exchange.state == "completed")
    told = select(func.count()).where(Event.kind == "exchange.completed")
    assert _one(completed) == _one(told)


def test_an_exchange_belongs_to_who_asked_and_hangs_on_the_offer(town):
    wrong = (
        select(Exchange.id)
        .join(Subject, Subject.id == Exchange.subject_id)
        .join(Offer, Offer.id == Exchange.offer_id)
        .where(
            (Subject.parent != Offer.subject_id)
            | (Exchange.is_wish.is_(True) & (Subject.owner != Exchange.provider_id))
            | (Exchange.is_wish.is_(False) & (Subject.owner != Exchange.receiver_id))
        )
    )
    assert db.session.scalars(wrong).all() == []
    assert _one(select(func.count()).where(Exchange.is_wish.is_(True))) > 0


def test_what_is_sealed_is_told_nowhere(town):
    sealed = db.session.scalars(
        select(Review).where(Review.published_at.is_(None), Review.text != "")
    ).all()
    assert sealed
    for review in sealed:
        assert (review.subject_id, review.event_id) == (None, None)
        of_it = (
            Subject.parent
            == select(Exchange.subject_id)
            .where(Exchange.id == review.exchange_id)
            .scalar_subquery()
        )
        theirs = select(Subject.id).where(of_it, Subject.owner == review.author_id)
        assert db.session.scalars(theirs).all() == []


def test_reviews_open_together_and_at_the_end_of_their_time(town):
    early = (
        select(Review.id)
        .join(Exchange, Exchange.id == Review.exchange_id)
        .where(Exchange.event_id.is_(None), Review.published_at < Exchange.review_until)
    )
    for id in db.session.scalars(early):
        exchange = db.session.get(Review, id).exchange_id
        sides = select(func.count()).where(Review.exchange_id == exchange)
        assert _one(sides) == 2
    assert _one(select(func.count()).where(Review.stars.is_(None), Review.is_verified)) <= 5


def test_something_waits_for_each_of_the_logins(town):
    ids = dict(db.session.execute(select(Member.handle, Member.id)).all())
    ines, samuel = ids["ines"], ids["samuel"]
    waits = select(func.count()).where(Exchange.state == "requested", Exchange.due_at > UNTIL)
    assert _one(waits.where(Exchange.provider_id == ines)) >= 2
    assert _one(waits.where(Exchange.provider_id == samuel)) >= 1
    assert _one(
        select(func.count()).where(Exchange.state == "countered", Exchange.receiver_id == samuel)
    )
    assert _one(
        select(func.count()).where(Exchange.state == "under_way", Exchange.receiver_id == ines)
    )
    late = select(Exchange).where(Exchange.is_late, Exchange.receiver_id == samuel)
    assert any(e.review_until > UNTIL for e in db.session.scalars(late))
    sealed = (
        select(func.count(Review.id))
        .join(Exchange, Exchange.id == Review.exchange_id)
        .where(
            Review.about_id == ines, Review.published_at.is_(None), Exchange.review_until > UNTIL
        )
    )
    assert _one(sealed) >= 1


def test_one_review_was_removed_appealed_and_looked_at_again(town):
    removed = db.session.scalars(select(Review).where(Review.removed_at.is_not(None))).all()
    assert len(removed) == 2
    for review in removed:
        event = db.session.get(Event, review.event_id)
        subject = db.session.get(Subject, review.subject_id)
        assert event.voided_at == review.removed_at
        assert (subject.owner, subject.html) == (None, None)
    appeal = _one(select(ReviewAppeal))
    first, again = db.session.scalars(
        select(ReviewDecision)
        .where(
            ReviewDecision.review_id
            == select(ReviewDecision.review_id)
            .where(ReviewDecision.id == appeal.decision_id)
            .scalar_subquery()
        )
        .order_by(ReviewDecision.id)
    ).all()
    assert (again.appeal_of, again.by == first.by) == (first.id, False)


def test_there_is_something_of_everything(town):
    for model in (OfferKept, OfferClosure, OfferViews, Recap, Message, Excused, OfferKind):
        assert _one(select(func.count()).select_from(model)), model
    answered = _one(select(func.count()).where(Review.response.is_not(None)))
    helped = _one(select(func.sum(Review.helpful)))
    assert answered > 0
    assert helped > 0
    days = db.session.execute(select(func.min(OfferViews.day), func.max(OfferViews.day))).one()
    assert UNTIL.date() - timedelta(days=61) < days[0] < days[1] < UNTIL.date()


def test_the_notice_board_came_as_imports_do(town):
    of_it = select(Event.id).where(Event.source == BOARD, Event.kind == "exchange.completed")
    exchanges = db.session.scalars(select(Exchange).where(Exchange.event_id.is_not(None))).all()
    assert {e.event_id for e in exchanges} == set(db.session.scalars(of_it))
    assert all((e.subject_id, e.moves) == (None, 0) for e in exchanges)
    moves = select(ExchangeMove.id).where(ExchangeMove.exchange_id.in_([e.id for e in exchanges]))
    assert db.session.scalars(moves).all() == []


def test_whoever_leaves_leaves_it_all_in_order(app):
    demo.build(seed=2, members=40, until=UNTIL)
    for handle in ("ines", "samuel"):
        forget(_one(select(Member.id).where(Member.handle == handle)))
    db.session.flush()
    found = [problem for name, problems in _checks() if name == "exchanges" for problem in problems]
    assert found == []


def test_what_is_excused_has_a_cause_of_the_house(town):
    causes = set(db.session.scalars(select(Excuse.cause)))
    assert causes
    assert causes <= set(excusing.CAUSES)


def test_what_is_over_was_read(town):
    unread = select(func.count()).where(
        Message.exchange_id == Exchange.id,
        Message.seen_at.is_(None),
        Exchange.ended_at.is_not(None),
    )
    assert db.session.scalar(unread) <= 1
