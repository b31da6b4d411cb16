"""A review is removed, appealed and reinstated: the ledger, the pages and the letters follow."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from community.activity.exchanges.reviews import actions, answers, decisions, queries
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewHelped,
    ReviewReport,
)
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.audit import AuditRow, first_bad
from community.ledger.models import Event, Subject
from tests.activity.exchanges.reviews.conftest import say
from tests.activity.exchanges.reviews.test_opening import at_once


@pytest.fixture
def opened(stay):
    stay.of_ada = say(stay.id, stay.ben, "She called me a zebra.", 1)
    say(stay.id, stay.ada, "He sang at night.", 2)
    db.session.query(Mail).delete()
    db.session.commit()
    stay.clock.shift(timedelta(days=2))
    return stay


def decide(opened, verdict, by, ground=None, words="Because of facts.", *, has_other=True):
    ground = ground or ("insult" if verdict == "remove" else "stands")
    decision = decisions.decide(opened.of_ada, by, verdict, ground, words, has_other=has_other)
    db.session.commit()
    return decision.id


def row(opened):
    db.session.expire_all()
    return db.session.get(Review, opened.of_ada)


def mails():
    return [(m.address.partition("@")[0], m.subject, m.text) for m in db.session.scalars(select(Mail).order_by(Mail.id))]  # fmt: skip


def test_removed_it_counts_no_longer_and_is_nowhere(app, opened, village):
    event_id = row(opened).event_id
    decide(opened, "remove", village.mia.id)
    review = row(opened)
    assert review.removed_at is not None
    assert review.text == "She called me a zebra."
    event = db.session.get(Event, event_id)
    assert event.voided_at == review.removed_at
    subject = db.session.get(Subject, review.subject_id)
    assert (subject.title, subject.html) == (None, None)
    assert queries.one(review.id, None) is None
    assert queries.tally("about", opened.ada).count == 0
    assert queries.tally("author", opened.ada).count == 1
    assert queries.find(queries.Wish(), None).reviews[0].stars == 2


def test_reinstated_it_counts_as_of_its_day_by_a_new_event(app, opened, village):
    event_id, opened_at = row(opened).event_id, row(opened).published_at
    decide(opened, "remove", village.mia.id)
    opened.clock.shift(timedelta(days=3))
    decide(opened, "reinstate", village.ann.id, "shown_since")
    review = row(opened)
    assert (review.removed_at, review.published_at) == (None, opened_at)
    old, new = db.session.get(Event, event_id), db.session.get(Event, review.event_id)
    assert old.voided_at is not None
    assert new.id != old.id
    assert (new.happened_at, new.value, new.voided_at) == (opened_at, 1, None)
    assert (new.actor, new.other, new.subject_id) == (old.actor, old.other, old.subject_id)
    assert "zebra" in db.session.get(Subject, review.subject_id).html
    assert queries.tally("about", opened.ada).count == 1


def test_each_time_both_sides_get_the_reasons_and_the_chain_holds(app, opened, village):
    answers.report(opened.of_ada, village.cy.id, "insult", "")
    db.session.commit()
    decide(opened, "remove", village.mia.id, words="It says zebra.")
    assert sorted(who for who, _, _ in mails()) == ["ada", "ben", "cy"]
    for _, subject, text in mails():
        assert "it was removed" in subject
        assert "Insults or hate" in text
        assert "It says zebra." in text
    assert all("appeal until" in text for who, _, text in mails() if who != "cy")
    decide(opened, "reinstate", village.ann.id, words="A zebra is fine.")
    assert sorted(who for who, _, _ in mails()) == ["ada", "ada", "ben", "ben", "cy"]
    rows = db.session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    assert [r.act for r in rows] == ["review.removed", "review.reinstated"]
    assert json.loads(rows[0].details) == {"ground": "insult", "review": opened.of_ada}
    assert first_bad(rows) is None
    assert db.session.scalars(select(ReviewReport)).one().decided_at is not None


def test_who_wants_no_letters_is_told_of_decisions_all_the_same(app, opened, village):
    village.ada.letters = village.ben.letters = 0
    db.session.commit()
    decide(opened, "keep", village.mia.id)
    assert sorted(who for who, _, _ in mails()) == ["ada", "ben"]


def test_an_appeal_is_decided_by_another_person_and_then_it_is_final(app, opened, village):
    first = decide(opened, "remove", village.mia.id)
    decisions.appeal(first, opened.ben, "It was a song about zebras.")
    db.session.commit()
    with pytest.raises(Refused, match="appealed this decision already"):
        decisions.appeal(first, opened.ben, "Again.")
    db.session.rollback()
    with pytest.raises(Refused, match="Only the two sides"):
        decisions.appeal(first, village.cy.id, "Me too.")
    db.session.rollback()
    with pytest.raises(Refused, match="Somebody else looks at it"):
        decide(opened, "reinstate", village.mia.id)
    db.session.rollback()
    second = decide(opened, "reinstate", village.ann.id)
    assert decisions.latest_decision(opened.of_ada).appeal_of == first
    assert db.session.scalars(select(ReviewAppeal)).one().decided_at is not None
    assert "is final" in mails()[-1][2]
    with pytest.raises(Refused, match="looked at again already"):
        decisions.appeal(second, opened.ada, "No.")


def test_alone_one_decides_about_ones_own_decision(app, opened, village):
    first = decide(opened, "remove", village.mia.id)
    decisions.appeal(first, opened.ben, "Please.")
    db.session.commit()
    decide(opened, "keep", village.mia.id, has_other=False)
    assert row(opened).removed_at is not None


def test_a_side_decides_nothing(app, opened):
    for who in (opened.ada, opened.ben):
        with pytest.raises(Refused, match="Nobody decides about a review"):
            decide(opened, "remove", who)
        db.session.rollback()


def test_two_who_remove_at_once_remove_it_once(app, opened, village):
    mia, ann = village.mia.id, village.ann.id
    db.session.remove()
    said = at_once(app, *[
        lambda who=who: decisions.decide(opened.of_ada, who, "remove", "insult", "x", has_other=True).id
        for who in (mia, ann)
    ])  # fmt: skip
    assert sum(isinstance(each, int) for each in said) == 1, said
    assert sum(isinstance(each, Refused) for each in said) == 1, said


def test_after_thirteen_months_its_text_is_gone(app, opened, village):
    decide(opened, "remove", village.mia.id)
    opened.clock.shift(timedelta(days=395))
    assert sum(decisions.blank_removed()) == 0
    assert row(opened).text
    opened.clock.shift(timedelta(days=2))
    assert sum(decisions.blank_removed()) == 1
    db.session.commit()
    review = row(opened)
    assert (review.text, review.html, review.text_key, review.stars) == ("", "", "", None)
    assert sum(decisions.blank_removed()) == 0
    with pytest.raises(Refused, match="13 months"):
        decide(opened, "reinstate", village.ann.id)


def test_an_answer_is_one_and_the_author_hears_of_it_once(app, opened):
    answers.respond(opened.of_ada, opened.ada, "I said *sebra*.")
    db.session.commit()
    opened.clock.shift(timedelta(hours=47))
    answers.respond(opened.of_ada, opened.ada, "I said cobra.")
    db.session.commit()
    assert [(who, subject) for who, subject, _ in mails()] == [("ben", "Ada Lindqvist answered your review")]  # fmt: skip
    assert "cobra" in queries.one(opened.of_ada, None).response_html
    opened.clock.shift(timedelta(hours=2))
    with pytest.raises(Refused, match="48 hours"):
        answers.respond(opened.of_ada, opened.ada, "No.")


def test_helpful_is_counted_right_however_many_click(app, opened, village):
    people = [village.cy.id, village.mia.id, village.leo.id]
    db.session.remove()
    said = at_once(app, *[
        lambda who=who: answers.mark_helpful(opened.of_ada, who) for who in people * 2
    ])  # fmt: skip
    assert said == [None] * 6
    assert row(opened).helpful == 3
    db.session.remove()
    said = at_once(app, *[
        lambda: answers.take_back_helpful(opened.of_ada, people[0]) for _ in range(3)
    ])  # fmt: skip
    assert said == [None] * 3
    assert row(opened).helpful == 2
    assert db.session.query(ReviewHelped).count() == 2
    with pytest.raises(Refused, match="wrote it yourself"):
        answers.mark_helpful(opened.of_ada, opened.ben)


def test_what_is_sealed_can_be_neither_answered_nor_reported(app, stay, village):
    id = say(stay.id, stay.ben)
    for act in (
        lambda: answers.respond(id, stay.ada, "x"),
        lambda: answers.mark_helpful(id, village.cy.id),
        lambda: answers.report(id, village.cy.id, "insult", ""),
        lambda: decisions.decide(id, village.mia.id, "remove", "insult", "x", has_other=True),
    ):
        with pytest.raises(Refused, match="not open"):
            act()
        db.session.rollback()
    assert actions.own_review(stay.id, stay.ada) is None
