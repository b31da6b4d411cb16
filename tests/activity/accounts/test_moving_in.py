"""Moving into a member who came by an import: by invitation, or by an address confirmed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from community.activity.accounts.models import Account, Invitation
from community.activity.members.models import Identity, Member, MemberWord
from community.kit.db import db
from community.ledger.audit import AuditRow
from community.ledger.models import Event
from community.ledger.record import record
from tests.activity.accounts.conftest import is_in, letters, link_in, look
from tests.conftest import NOON, make_member

ZOE = "zoe@village.example"
NEW = "seven quiet herons wade"


@pytest.fixture
def zoe(app, village):
    """A member who came by an import, with her address and a little history; nobody is her yet."""
    zoe = make_member("zoe", "Zoe Quill")
    db.session.add(Identity(source="elsewhere", external_id="77", member_id=zoe.id, email=ZOE))
    record("thanks.given", village.ada.id, zoe.id)
    db.session.commit()
    return zoe.id


def member(id):
    return look(select(Member).where(Member.id == id))[0]


def kinds(id):
    mine = select(Event.kind).where(Event.actor == id, Event.voided_at.is_(None))
    return look(mine.order_by(Event.id))


def invited(browser, email=ZOE):
    assert browser.post("/house/invite/zoe", data={"email": email}).status_code == 303
    return link_in(letters(email)[-1])


def joined(app, email=ZOE, name="Zoe Newcomer"):
    browser = app.test_client()
    browser.post("/join", data={"name": name, "email": email, "password": NEW})
    answer = browser.post(link_in(letters(email)[-1]), data={"password": NEW})
    return browser, answer


def test_an_invitation_lets_one_move_in_once(app, village, as_member, client, zoe):
    link = invited(as_member(village.mia))
    assert "Mia Costa invites you" in letters(ZOE)[0].text
    token = link.rpartition("/")[2]
    assert token not in look(select(Invitation.token_hash))[0]
    page = client.get(link).text
    assert "Zoe Quill" in page
    assert client.post(link, data={"password": "zoe quill"}).status_code == 422
    assert member(zoe).claimed_at is None
    assert client.post(link, data={"password": NEW}).status_code == 303
    assert is_in(client)
    assert member(zoe).claimed_at is not None
    assert kinds(zoe) == ["member.claimed", "contact.confirmed"]
    assert (
        app.test_client().post(link, data={"password": "another of four words"}).status_code == 410
    )
    assert len(look(select(Account).where(Account.member_id == zoe))) == 1


@pytest.mark.parametrize(
    ("handle", "status"), [("ada", 404), ("leo", 403), ("mia", 303), ("ann", 303)]
)
def test_who_may_invite(app, village, as_member, zoe, handle, status):
    browser = as_member(getattr(village, handle))
    assert browser.post("/house/invite/zoe", data={"email": ZOE}).status_code == status
    assert browser.get("/house/invitations").status_code == (200 if status == 303 else status)


def test_nobody_is_invited_into_a_member_who_is_somebody(app, village, as_member, zoe):
    browser = as_member(village.mia)
    assert browser.get("/house/invite/ben").status_code == 422
    assert browser.post("/house/invite/ben", data={"email": ZOE}).status_code == 422
    assert (
        browser.post("/house/invite/zoe", data={"email": "ada@village.example"}).status_code == 422
    )
    assert browser.post("/house/invite/nobody", data={"email": ZOE}).status_code == 404
    assert letters() == []


def test_a_later_invitation_ends_the_earlier(app, village, as_member, client, zoe):
    browser = as_member(village.mia)
    first, second = invited(browser), invited(browser)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    assert [row.act for row in look(select(AuditRow))] == ["member.invited"] * 2


def test_an_invitation_is_taken_back(app, village, as_member, client, zoe):
    browser = as_member(village.mia)
    link = invited(browser)
    (id,) = look(select(Invitation.id))
    assert as_member(village.ada).post(f"/house/invitations/{id}/take-back").status_code == 404
    assert "Zoe Quill" in browser.get("/house/invitations").text
    assert browser.post(f"/house/invitations/{id}/take-back").status_code == 303
    assert client.post(link, data={"password": NEW}).status_code == 410
    assert browser.post(f"/house/invitations/{id}/take-back").status_code == 422
    assert member(zoe).claimed_at is None


def test_an_invitation_holds_for_two_weeks(app, village, as_member, client, zoe):
    with time_machine.travel("2026-07-01 12:00 +0000", tick=False) as clock:
        link = invited(as_member(village.mia))
        clock.shift(timedelta(days=14))
        assert client.get(link).status_code == 410
        assert client.post(link, data={"password": NEW}).status_code == 410
        clock.shift(timedelta(seconds=-1))
        assert client.get(link).status_code == 200


def test_a_guessed_invitation_is_none(app, village, client):
    assert client.get("/move-in/guessed").status_code == 404


def test_of_many_who_move_in_at_once_one_does(app, village, as_member, zoe):
    link = invited(as_member(village.mia))
    browsers = [app.test_client() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda b: b.post(link, data={"password": NEW}), browsers))
    assert sum(is_in(browser) for browser in browsers) == 1
    assert kinds(zoe).count("member.claimed") == 1
    assert len(look(select(Account).where(Account.member_id == zoe))) == 1


def test_somebody_who_confirms_the_address_is_offered_their_old_self(app, village, zoe):
    browser, answer = joined(app)
    assert answer.location == "/known"
    fresh = look(select(Account).where(Account.email == ZOE))[0].member_id
    assert "Zoe Quill" in browser.get("/known").text
    assert browser.post("/known/zoe").location == "/me"
    (account,) = look(select(Account).where(Account.email == ZOE))
    assert account.member_id == zoe
    assert member(zoe).claimed_at is not None
    assert look(select(Member).where(Member.id == fresh)) == []
    assert look(select(MemberWord).where(MemberWord.member_id == fresh)) == []
    assert kinds(fresh) == []
    assert kinds(zoe) == ["member.claimed"]
    assert is_in(browser)
    assert "Zoe Quill" not in browser.get("/known").text
    assert browser.post("/known/zoe").status_code == 422


def test_nobody_takes_over_whom_they_were_not(app, village, as_member, zoe):
    for handle in ("ada", "mia", "ann"):
        answer = as_member(getattr(village, handle)).post("/known/zoe")
        assert answer.status_code == 422
    assert member(zoe).claimed_at is None
    assert app.test_client().post("/known/zoe").status_code == 303


def test_nobody_takes_over_somebody_who_is_here(app, village, zoe):
    db.session.add(
        Identity(source="elsewhere", external_id="78", member_id=village.ben.id, email=ZOE)
    )
    db.session.commit()
    browser, _ = joined(app)
    assert "Ben Okafor" not in browser.get("/known").text
    assert browser.post("/known/ben").status_code == 422


def test_whoever_has_a_history_of_their_own_keeps_it(app, village, zoe):
    browser, _ = joined(app)
    fresh = look(select(Account).where(Account.email == ZOE))[0].member_id
    record("thanks.given", fresh, village.ada.id)
    db.session.commit()
    answer = browser.post("/known/zoe")
    assert answer.status_code == 422
    assert "Ask a manager" in answer.text
    assert member(zoe).claimed_at is None
    assert kinds(fresh)[0] == "member.joined"


def test_of_an_invitation_and_an_address_one_wins(app, village, as_member, zoe):
    link = invited(as_member(village.mia), "other@village.example")
    browser, _ = joined(app)
    other = app.test_client()
    with ThreadPoolExecutor(2) as pool:
        answers = [
            pool.submit(browser.post, "/known/zoe"),
            pool.submit(other.post, link, data={"password": NEW}),
        ]
        statuses = sorted(answer.result().status_code for answer in answers)
    assert statuses in ([303, 410], [303, 422])
    assert kinds(zoe).count("member.claimed") == 1
    assert len(look(select(Account).where(Account.member_id == zoe))) == 1


def test_one_who_is_in_takes_over_by_an_invitation_to_their_address(app, village, as_member, zoe):
    link = invited(as_member(village.mia), "new@village.example")
    browser, _ = joined(app, "new@village.example")
    assert "This is me" in browser.get(link).text
    stranger = as_member(village.ben)
    assert "another address" in stranger.get(link).text
    stranger.post(link)
    assert member(zoe).claimed_at is None
    assert browser.post(link).location == "/me"
    assert look(select(Account.member_id).where(Account.email == "new@village.example")) == [zoe]


def test_an_address_that_joined_meanwhile_signs_in_first(app, village, as_member, client, zoe):
    link = invited(as_member(village.mia))
    joined(app)
    answer = client.post(link, data={"password": NEW})
    assert answer.status_code == 422
    assert "Sign in, and open this link again" in answer.text


def test_an_erased_member_is_nobodys(app, village, as_member, client, zoe):
    link = invited(as_member(village.mia))
    erased = db.session.get(Member, zoe)
    erased.erased_at = NOON
    db.session.commit()
    assert client.get(link).status_code == 404
    assert client.post(link, data={"password": NEW}).status_code == 404
