"""Staff close an offer with a reason: who may, who sees what then, and the way back."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import select

from community.activity.exchanges.deals import actions as deals
from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers import actions, decisions
from community.activity.exchanges.offers.models import Offer, OfferDecision
from community.activity.members.models import ONLY_SAFETY
from community.activity.settings import actions as settings
from community.kit import clock
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.audit import AuditRow
from community.ledger.models import Subject
from community.web.own_offers import GROUPS
from tests.activity.exchanges.deals.conftest import days
from tests.activity.exchanges.offers.conftest import (  # noqa: F401 - fixtures are used by name
    ROOM,
    in_days,
    kinds,
    offer,
    room,
)

TITLE = "A room by the river"
WHY = "The stair has no rail."
CLOSE = {"verdict": "close", "ground": "unsafe", "words": WHY, "seen": "0"}
REOPEN = {"verdict": "reopen", "ground": "mended", "words": "It has one now.", "seen": "1"}
ROOM_AGAIN = replace(ROOM, title="A room with a rail")
ROLES = {"member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}


def close(village, id, by="mia", words=WHY, seen=0):
    made = decisions.decide(
        id, getattr(village, by).id, "close", "unsafe", words, seen=seen, has_other=True
    )
    db.session.commit()
    return made


def acts():
    return [row.act for row in db.session.query(AuditRow).order_by(AuditRow.id)]


def letters(member):
    address = f"{member.handle}@village.example"
    return db.session.scalars(select(Mail).where(Mail.address == address).order_by(Mail.id)).all()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("is_wish", [False, True])
def test_managers_and_admins_close_it_and_open_it_again(offer, village, as_member, role, is_wish):  # noqa: F811
    id, browser = offer(village.ada, is_wish=is_wish).id, as_member(getattr(village, ROLES[role]))
    path, may = f"/house/offers/{id}", role in ("manager", "admin")
    assert (path in browser.get(f"/offers/{id}").text) == may
    assert (browser.get(path).status_code == 200) == may
    for sent, is_closed in ((CLOSE, True), (REOPEN, False)):
        answer = browser.post(path, data=sent)
        if may:
            assert (answer.status_code, answer.location) == (303, f"/offers/{id}")
        else:
            assert answer.status_code in (403, 404)
        db.session.rollback()
        assert db.session.get(Offer, id).is_closed_by_staff == (is_closed and may)
    assert acts() == (["offer.closed", "offer.reopened"] if may else [])


def test_nobody_closes_their_own(offer, village, as_member):  # noqa: F811
    id, browser = offer(village.mia).id, as_member(village.mia)
    assert f"/house/offers/{id}" not in browser.get(f"/offers/{id}").text
    assert "for themselves" in browser.get(f"/house/offers/{id}").text
    answer = browser.post(f"/house/offers/{id}", data=CLOSE)
    assert (answer.status_code, acts()) == (422, [])


def test_what_is_closed_is_seen_by_its_owner_and_staff_alone(room, village, client, as_member):  # noqa: F811
    id, ben = room.id, as_member(village.ben)
    ben.post(f"/offers/{id}/keep")
    close(village, id)
    for browser in (client, ben):
        assert browser.get(f"/offers/{id}").status_code == 404
        assert browser.get(f"/offers/{id}/ask").status_code != 200
        for page in ("/offers", "/offers?q=river", "/members/ada", "/offers/kept", "/"):
            assert TITLE not in browser.get(page).text, page
            assert WHY not in browser.get(page).text, page
    subject = db.session.get(Subject, db.session.get(Offer, id).subject_id)
    assert (subject.title, subject.html) == (None, None)
    assert WHY in as_member(village.leo).get(f"/offers/{id}").text
    page = as_member(village.ada).get(f"/offers/{id}").text
    assert "A danger to others" in page
    assert WHY in page
    assert "Mia" not in page
    assert "closed it. Its page says why" in as_member(village.ada).get("/offers/mine").text


def test_the_owner_can_put_it_right_but_not_bring_it_back(room, village, client, as_member):  # noqa: F811
    id, ada = room.id, village.ada.id
    close(village, id)
    actions.change(id, ada, ROOM_AGAIN, ROOM.mark)
    actions.pause(id, ada)
    db.session.commit()
    with pytest.raises(Refused):
        actions.publish(id, ada)
    db.session.rollback()
    row = db.session.get(Offer, id)
    assert db.session.get(Subject, row.subject_id).title is None
    decisions.decide(id, village.mia.id, "reopen", "mended", "Good.", seen=1, has_other=True)
    actions.publish(id, ada)
    db.session.commit()
    assert "with a rail" in client.get(f"/offers/{id}").text
    assert db.session.get(Subject, row.subject_id).title == ROOM_AGAIN.title


def test_the_same_again_changes_nothing_and_a_stale_page_is_told(room, village, as_member):  # noqa: F811
    id, path = room.id, f"/house/offers/{room.id}"
    mia, ann = as_member(village.mia), as_member(village.ann)
    for _ in range(2):
        assert mia.post(path, data=CLOSE).status_code == 303
    answer = ann.post(path, data=CLOSE | {"words": "I saw it too."})
    assert answer.status_code == 422
    assert "Somebody decided about it since you saw it" in answer.text
    assert "I saw it too." in answer.text
    assert 'name="seen" type="hidden" value="1"' in answer.text
    assert len(letters(village.ada)) == 1
    assert acts() == ["offer.closed"]
    assert db.session.query(OfferDecision).filter_by(offer_id=id).count() == 1


def test_its_owner_gets_a_letter_whatever_letters_they_want(room, village):  # noqa: F811
    village.ada.letters = ONLY_SAFETY
    village.ada.language = "en"
    made = close(village, room.id)
    (letter,) = letters(village.ada)
    assert letter.subject == f"About “{TITLE}”: it was closed"
    assert WHY in letter.text
    assert "A danger to others" in letter.text
    assert f"/offers/{room.id}/decided" in letter.text
    assert str(made.appeal_until.year) in letter.text


def test_the_owner_asks_once_and_another_decides(room, village, as_member):  # noqa: F811
    id, ada = room.id, as_member(village.ada)
    close(village, id)
    path = f"/offers/{id}/decided"
    assert as_member(village.ben).get(path).status_code == 404
    assert WHY in ada.get(path).text
    assert ada.post(path, data={"words": " "}).status_code == 422
    for _ in range(2):
        assert ada.post(path, data={"words": "There is a rail."}).status_code == 303
    answer = ada.post(path, data={"words": "And a light."})
    assert answer.status_code == 422
    assert "appealed this decision already" in answer.text
    mia, ann = as_member(village.mia), as_member(village.ann)
    assert TITLE in ann.get("/house/offers").text
    assert "There is a rail." in ann.get(f"/house/offers/{id}").text
    assert "Somebody else looks at it now" in mia.get(f"/house/offers/{id}").text
    assert mia.post(f"/house/offers/{id}", data=REOPEN).status_code == 422
    keep = {"verdict": "keep", "ground": "unsafe", "words": "It is loose.", "seen": "1"}
    assert ann.post(f"/house/offers/{id}", data=keep).status_code == 303
    assert "looked at again already" in ada.get(path).text
    assert ada.post(path, data={"words": "Once more."}).status_code == 422
    assert "is final" in letters(village.ada)[-1].text
    assert mia.post(f"/house/offers/{id}", data=REOPEN | {"seen": "2"}).status_code == 303
    assert acts() == ["offer.closed", "offer.kept_closed", "offer.reopened"]
    assert "closed an offer or a wish of" in ann.get("/house/audit").text


def test_what_is_agreed_goes_on_and_who_waits_is_told(room, village, as_member):  # noqa: F811
    asked = {
        who: deals.ask(room.id, getattr(village, who).id, days(in_days(n), 3)).id
        for n, who in ((9, "ben"), (20, "cy"))
    }
    ada = village.ada.id
    deals.move(asked["ben"], "accept", ada)
    deals.move(asked["ben"], "confirm", village.ben.id)
    db.session.commit()
    before = len(letters(village.ben))
    close(village, room.id)
    assert len(letters(village.ben)) == before
    assert "closed it" in letters(village.cy)[-1].text
    with pytest.raises(Refused, match="nothing new is agreed on"):
        deals.move(asked["cy"], "accept", ada)
    db.session.rollback()
    page = as_member(village.cy).get(f"/exchanges/{asked['cy']}").text
    assert "Those who look after this place closed the offer" in page
    for who in ("ada", "cy"):
        text = as_member(getattr(village, who)).get(f"/exchanges/{asked['cy']}").text
        assert "/do/accept" not in text
    assert "goes on" in as_member(village.ben).get(f"/exchanges/{asked['ben']}").text
    with pytest.raises(Refused):
        deals.ask(room.id, village.leo.id, days(in_days(30), 3))
    db.session.rollback()
    decisions.decide(room.id, village.mia.id, "reopen", "mended", "Good.", seen=1, has_other=True)
    db.session.commit()
    assert "it is open again" in letters(village.cy)[-1].text
    deals.move(asked["cy"], "accept", ada)
    db.session.commit()
    assert db.session.get(Exchange, asked["cy"]).state == "accepted"


def test_it_is_in_ones_own_data_and_goes_with_its_owner(room, village, as_member):  # noqa: F811
    close(village, room.id)
    decisions.ask_again(room.id, village.ada.id, "There is a rail.")
    db.session.commit()
    ada = as_member(village.ada)
    for group in GROUPS:
        assert ada.get(f"/settings/data/{group.name}").status_code == 200
    files = zipfile.ZipFile(io.BytesIO(ada.post("/settings/data/copy", buffered=True).data))
    (told,) = json.loads(files.read("offer_decisions.json"))
    assert (told["words"], told["asked_words"]) == (WHY, "There is a rail.")
    assert "Mia" not in json.dumps(told)
    settings.leave(village.ada.id)
    db.session.commit()
    (row,) = db.session.query(OfferDecision)
    assert (row.words, row.asked, row.verdict) == ("", "", "close")
    assert row.at <= clock.now()
