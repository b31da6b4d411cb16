"""Both sides open at the same moment; those who said nothing are reminded, each once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.reviews import actions, opening
from community.activity.exchanges.reviews.actions import Changed
from community.activity.exchanges.reviews.models import Review
from community.activity.exchanges.reviews.rules import Told
from community.activity.members.models import Member
from community.activity.settings import actions as leaving
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.models import Event, Fact, Subject
from jobs.run import run
from jobs.schedule import JOBS
from tests.activity.exchanges.reviews.conftest import ENDED, LATER, UNTIL, say


def events():
    kind = Event.kind == "review.published"
    return db.session.scalars(select(Event).where(kind).order_by(Event.id)).all()


def mails():
    db.session.expire_all()
    return [(m.address.partition("@")[0], m.subject) for m in db.session.scalars(select(Mail).order_by(Mail.id))]  # fmt: skip


def work():
    """Do what the job does, as the job does it."""
    done = 0
    for rows in opening.open_and_remind():
        done += rows
        db.session.commit()
    return done


def at_once(app, *acts):
    """Runs each act in a thread and a context of its own; what they answered or raised."""
    said, ready = [None] * len(acts), threading.Barrier(len(acts))

    def go(number, act):
        with app.app_context():
            ready.wait()
            try:
                said[number] = act()
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                said[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=go, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_one_side_alone_leaves_nothing_outside_its_row(app, stay):
    before = db.session.scalar(select(func.count(Subject.id)))
    say(stay.id, stay.ben, "A warm house.", expected=3, got=5)
    assert events() == []
    assert mails() == []
    assert db.session.scalar(select(func.count(Subject.id))) == before
    assert db.session.scalar(select(func.count(Fact.id))) == 0
    review = db.session.scalars(select(Review)).one()
    assert (review.published_at, review.event_id, review.subject_id) == (None, None, None)
    assert review.text_key == "a warm house."
    assert review.side == "receiver"


def test_both_open_at_the_same_moment(app, stay):
    say(stay.id, stay.ben, "A **warm** house.", 5, expected=3, got=5)
    stay.clock.shift(timedelta(hours=5))
    say(stay.id, stay.ada, "Left it tidy.", 4)
    first, second = db.session.scalars(select(Review).order_by(Review.id)).all()
    exchange = db.session.get(Exchange, stay.id)
    assert first.published_at == second.published_at == exchange.opened_at
    told = {(e.actor, e.other, e.value, e.subject_type) for e in events()}
    assert told == {(stay.ben, stay.ada, 5, "review"), (stay.ada, stay.ben, 4, "review")}
    subject = db.session.get(Subject, first.subject_id)
    assert subject.parent == exchange.subject_id
    assert subject.owner == stay.ben
    assert "<strong>warm</strong>" in subject.html
    fact = db.session.scalars(select(Fact)).one()
    assert (fact.about, fact.about_id, fact.name, fact.value) == ("review", subject.id, "expectation_gap", 2_000_000)  # fmt: skip
    assert sorted(mails()) == [
        ("ada", "You can read what Ben Okafor says of you"),
        ("ben", "You can read what Ada Lindqvist says of you"),
    ]


def test_to_close_frees_what_the_other_said(app, stay):
    say(stay.id, stay.ben)
    actions.close_without_comment(stay.id, stay.ada)
    db.session.commit()
    assert [event.actor for event in events()] == [stay.ben]
    assert sorted(mails()) == [
        ("ada", "You can read what Ben Okafor says of you"),
        ("ben", "Your review of Ada Lindqvist is open"),
    ]


def test_who_closes_first_is_not_told_on_and_can_not_come_back(app, stay):
    actions.close_without_comment(stay.id, stay.ada)
    db.session.commit()
    assert events() == []
    assert mails() == []
    with pytest.raises(Refused, match="closed it without"):
        actions.write(stay.id, stay.ada, Told(stars=1), 0)
    db.session.rollback()
    say(stay.id, stay.ben)
    assert [event.actor for event in events()] == [stay.ben]


def test_both_may_close(app, stay):
    for who in (stay.ada, stay.ben):
        actions.close_without_comment(stay.id, who)
        db.session.commit()
    assert db.session.get(Exchange, stay.id).opened_at is not None
    assert events() == []
    assert mails() == []


def test_it_can_be_changed_until_it_opens_and_no_tab_loses_anything(app, stay):
    say(stay.id, stay.ben, "First.")
    actions.write(stay.id, stay.ben, Told(stars=3, text="Second."), 1)
    db.session.commit()
    with pytest.raises(Changed) as found:
        actions.write(stay.id, stay.ben, Told(stars=1, text="From another tab."), 1)
    assert (found.value.now.text, found.value.now.version) == ("Second.", 2)
    db.session.rollback()
    with pytest.raises(Changed):
        actions.write(stay.id, stay.ben, Told(stars=1, text="From a third tab."), 0)
    db.session.rollback()
    say(stay.id, stay.ada)
    with pytest.raises(Refused, match="reviews are open"):
        actions.write(stay.id, stay.ben, Told(stars=1), 2)


def test_the_end_of_the_window_opens_what_there_is(app, stay):
    say(stay.id, stay.ben, stars=2)
    stay.clock.move_to(UNTIL - timedelta(seconds=1))
    work()
    assert events() == []
    stay.clock.move_to(UNTIL)
    with pytest.raises(Refused, match="time for reviews is over"):
        actions.write(stay.id, stay.ada, Told(stars=1), 0)
    db.session.rollback()
    assert work() == 1
    (event,) = events()
    assert (event.actor, event.value, event.happened_at) == (stay.ben, 2, UNTIL)
    assert work() == 0


def test_an_end_without_a_word_opens_nothing_and_writes_to_nobody(app, stay):
    stay.clock.move_to(UNTIL)
    work()
    assert events() == []
    assert mails() == []
    assert db.session.get(Exchange, stay.id).opened_at == UNTIL


@pytest.mark.parametrize(("days", "opens"), [(0, False), (3, True), (40, True)])
def test_when_the_machine_was_off_it_opens_once_it_is_back(app, stay, days, opens):
    say(stay.id, stay.ben)
    stay.clock.move_to(UNTIL - timedelta(hours=1) + timedelta(days=days))
    db.session.remove()
    _, error = run(app, JOBS["open-reviews"])
    assert error is None
    assert bool(events()) is opens


def test_reminders_come_with_thirteen_seven_and_three_days_left(app, stay):
    say(stay.id, stay.ben)
    told = []
    stay.clock.move_to(ENDED)
    for _ in range(28):
        work()
        told.append(len(mails()))
        stay.clock.shift(timedelta(hours=12))
    assert {who for who, _ in mails()[:3]} == {"ada"}
    assert [told.index(n) / 2 for n in (1, 2, 3)] == [1, 7, 11]


def test_three_days_off_give_one_reminder_and_not_two(app, stay):
    stay.clock.move_to(UNTIL - timedelta(days=2, hours=6))
    assert work() == 1
    assert work() == 0
    assert len(mails()) == 2
    letter = db.session.scalars(select(Mail).where(Mail.address.like("ada%"))).one()
    assert letter.subject == "How was it with Ben Okafor?"
    assert f"/exchanges/{stay.id}/review" in letter.text


def test_who_wants_fewer_letters_gets_none(app, stay):
    db.session.get(Member, stay.ada).letters = 0
    db.session.commit()
    stay.clock.move_to(UNTIL - timedelta(days=2))
    work()
    assert [who for who, _ in mails()] == ["ben"]


def test_a_letter_names_the_day_where_its_reader_is(app, stay):
    # The window ends at noon UTC: on the next day already in Kiritimati.
    db.session.get(Member, stay.ada).time_zone = "Pacific/Kiritimati"
    db.session.get(Member, stay.ben).time_zone = "Pacific/Pago_Pago"
    db.session.commit()
    stay.clock.move_to(UNTIL - timedelta(days=2))
    work()
    ada, ben = (db.session.scalars(select(Mail).where(Mail.address.like(f"{who}%"))).one() for who in ("ada", "ben"))  # fmt: skip
    assert "July 16, 2026" in ada.text
    assert "July 15, 2026" in ben.text


def test_both_write_at_the_same_time_and_both_open(app, stay):
    db.session.remove()
    said = at_once(
        app,
        lambda: actions.write(stay.id, stay.ada, Told(stars=4), 0),
        lambda: actions.write(stay.id, stay.ben, Told(stars=5), 0),
    )
    assert all(isinstance(each, Review) for each in said), said
    assert len(events()) == 2
    assert len(mails()) == 2


def test_one_who_clicks_often_has_one_review(app, stay):
    db.session.remove()
    said = at_once(
        app, *[lambda: actions.write(stay.id, stay.ben, Told(stars=4), 0) for _ in range(4)]
    )
    assert sum(isinstance(each, Review) for each in said) == 1
    assert sum(isinstance(each, Changed) for each in said) == 3
    assert db.session.scalar(select(func.count(Review.id))) == 1


def test_to_write_against_the_end_is_kept_whole_or_refused(app, stay):
    say(stay.id, stay.ben)
    stay.clock.move_to(UNTIL)
    db.session.remove()

    def end():
        return sum(opening.open_due())

    said = at_once(app, lambda: actions.write(stay.id, stay.ada, Told(stars=4), 0), end)
    assert isinstance(said[0], Refused)
    assert said[1] == 1
    assert len(events()) == 1


def test_to_close_and_to_write_at_the_same_time_by_one_side_keeps_one(app, stay):
    db.session.remove()
    said = at_once(
        app,
        lambda: actions.close_without_comment(stay.id, stay.ben),
        lambda: actions.write(stay.id, stay.ben, Told(stars=5), 0),
    )
    assert sum(isinstance(each, Review) for each in said) == 1, said
    assert db.session.scalar(select(func.count(Review.id))) == 1


def test_a_late_cancellation_is_labelled(app, stay):
    exchange = db.session.get(Exchange, stay.id)
    exchange.state, exchange.is_late, exchange.ended_by = "cancelled", True, stay.ben
    db.session.commit()
    assert LATER > ENDED
    say(stay.id, stay.ada, "He did not come.", 1)
    assert db.session.scalars(select(Review)).one().is_late_cancel is True


def test_who_cancelled_before_it_began_can_not_review(app, stay):
    exchange = db.session.get(Exchange, stay.id)
    exchange.state, exchange.ended_by = "cancelled", stay.ben
    db.session.commit()
    for who in (stay.ben, stay.ada):
        with pytest.raises(Refused, match="cancelled before it began"):
            actions.write(stay.id, who, Told(stars=1), 0)
        db.session.rollback()


def test_who_leaves_gives_up_what_was_sealed_and_the_other_need_not_wait(app, stay):
    id = say(stay.id, stay.ben, "Sealed words.", safety={"felt_unsafe": True})
    leaving.leave(stay.ben)
    db.session.commit()
    review = db.session.get(Review, id)
    assert (review.text, review.stars, review.safety) == ("", None, None)
    assert (review.is_closed, review.is_worry) == (True, False)
    assert events() == []
    say(stay.id, stay.ada)
    assert [event.actor for event in events()] == [stay.ada]
    assert [who for who, _ in mails()] == ["ada"]


def test_what_was_open_stays_as_stars_without_words(app, stay, client):
    id = say(stay.id, stay.ben, "Open words.", 4)
    say(stay.id, stay.ada)
    leaving.leave(stay.ben)
    db.session.commit()
    page = client.get(f"/reviews/{id}").text
    assert "Open words." not in page
    assert "4 of 5 stars" in page
    assert "Ben Okafor" not in page
