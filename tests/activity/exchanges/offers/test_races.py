"""What two do at the same time is kept once, and nothing of either is lost unsaid."""

from dataclasses import replace
from threading import Barrier, Thread

from sqlalchemy.exc import IntegrityError

from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers import actions, days, decisions, kindbook
from community.activity.exchanges.offers.actions import Changed
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferDecision,
    OfferKept,
    OfferPhoto,
    OfferVersion,
)
from community.activity.exchanges.offers.rules import MOST_PHOTOS
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.ledger.audit import AuditRow
from community.ledger.models import Event
from tests.activity.exchanges.offers.conftest import ROOM, in_days
from tests.conftest import NOON


def at_once(app, *acts):
    """Each act in a transaction of its own, all at the same time; how each ended."""
    ends, barrier = [None] * len(acts), Barrier(len(acts))

    def run(place, act):
        with app.app_context():
            barrier.wait()
            try:
                act()
                db.session.commit()
                ends[place] = "kept"
            except (Changed, Refused, IntegrityError) as error:
                db.session.rollback()
                ends[place] = type(error).__name__
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_of_two_who_edit_at_once_one_is_told(app, room, village):
    id, ada = room.id, village.ada.id
    ends = at_once(
        app,
        *(
            lambda n=n: actions.change(id, ada, replace(ROOM, title=f"A room, told {n}"), ROOM.mark)
            for n in range(3)
        ),
    )
    assert ends == ["Changed", "Changed", "kept"]
    assert db.session.query(OfferVersion).count() == 2


def test_one_is_published_once(app, offer, village):
    made = offer(village.ada, is_published=False)
    id, ada = made.id, village.ada.id
    ends = at_once(app, *(lambda: actions.publish(id, ada) for _ in range(3)))
    assert ends == ["Refused", "Refused", "kept"]
    assert db.session.query(Event).filter_by(kind="offer.published").count() == 1
    assert db.session.query(OfferVersion).count() == 1


def test_a_form_sent_many_times_begins_one_offer(app, kinds, village):
    ada = village.ada.id

    def begin():
        actions.begin(ada, kindbook.of_name("stay"), ROOM, is_wish=False, key="the same")

    assert set(at_once(app, *([begin] * 4))) == {"kept"}
    assert db.session.query(Offer).count() == 1


def test_of_two_who_close_at_once_one_is_told(app, room, village):
    id, staff = room.id, (village.mia.id, village.ann.id)
    close = [
        lambda by=by: decisions.decide(id, by, "close", "unsafe", "Why.", seen=0, has_other=True)
        for by in staff
    ]
    assert at_once(app, *close) == ["Refused", "kept"]
    assert db.session.query(OfferDecision).count() == 1
    again = [
        lambda: decisions.decide(
            id, staff[0], "reopen", "stands", "It was wrong.", seen=1, has_other=True
        )
    ]
    assert at_once(app, *(again * 3)) == ["kept"] * 3
    assert db.session.query(OfferDecision).count() == 2
    assert [row.act for row in db.session.query(AuditRow).order_by(AuditRow.id)] == [
        "offer.closed",
        "offer.reopened",
    ]


def test_one_keeps_once(app, room, village):
    id, ben = room.id, village.ben.id
    ends = at_once(app, *(lambda: actions.keep(id, ben) for _ in range(4)))
    assert set(ends) == {"kept"}
    assert db.session.query(OfferKept).count() == 1
    assert db.session.query(Event).filter_by(kind="subject.saved").count() == 1
    at_once(app, *(lambda: actions.let_go(id, ben) for _ in range(4)))
    assert db.session.query(OfferKept).count() == 0
    assert db.session.query(Event).filter_by(kind="subject.saved").one().voided_at is not None


def test_there_are_never_too_many_photos(app, room, village, monkeypatch):
    id, ada = room.id, village.ada.id
    monkeypatch.setattr(actions.pictures, "keep", lambda folder, scenes: "0" * 32)
    for _ in range(MOST_PHOTOS - 1):
        actions.show_photo(id, ada, {}, "")
    db.session.commit()
    ends = at_once(app, *(lambda: actions.show_photo(id, ada, {}, "") for _ in range(3)))
    assert ends == ["Refused", "Refused", "kept"]
    assert sorted(p.place for p in db.session.query(OfferPhoto)) == list(range(MOST_PHOTOS))


def test_of_a_closing_and_a_booking_at_once_one_is_kept(app, room, village):
    id, ada, ben = room.id, village.ada.id, village.ben.id
    for n in range(2, 8):
        day = in_days(n)

        def book(day=day):
            actions.locked(id)
            refuse_if("closed" if days.closed_days(id, day, day) else None)
            deal = Exchange(offer_id=id, provider_id=ada, receiver_id=ben, state="accepted", made_at=NOON, changed_at=NOON)  # fmt: skip
            db.session.add(deal)
            db.session.flush()
            db.session.add(Hold(offer_id=id, slot=day.toordinal(), place=0, exchange_id=deal.id))

        ends = at_once(app, book, lambda day=day: actions.close_days(id, ada, day, day))
        assert ends == ["Refused", "kept"]
        assert bool(days.closed_days(id, day, day)) != bool(days.booked_days(id, day, day))


def test_stretches_closed_at_once_are_merged(app, room, village):
    id, ada = room.id, village.ada.id
    ends = at_once(
        app,
        *(
            lambda n=n: actions.close_days(id, ada, in_days(n), in_days(n + 2))
            for n in (1, 2, 3, 4)
        ),
    )
    assert set(ends) == {"kept"}
    (row,) = db.session.query(OfferClosure).all()
    assert (row.first_day, row.last_day) == (in_days(1), in_days(6))
