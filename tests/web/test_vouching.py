"""Staff say that they know a member: who may, of whom, once, and how it is taken back."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from community.activity.members import rules
from community.activity.members.vouching import words_for
from community.kit.db import db
from community.ledger.audit import AuditRow
from community.ledger.models import Event, Voiding
from community.ledger.record import record
from tests.conftest import NOON, make_member

PEOPLE = {"visitor": None, "member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}
HOW = {"how": "We met at the harbour"}


def vouchers(member):
    return [word.by for word in words_for(member.id)]


@pytest.mark.parametrize("role", PEOPLE)
def test_only_managers_and_admins_vouch(village, as_member, client, role):
    browser = as_member(getattr(village, PEOPLE[role])) if PEOPLE[role] else client
    may = role in ("manager", "admin")
    refused = {"visitor": 303, "member": 404}.get(role, 403)
    for method, path in (
        ("GET", "/house/vouch/ada"),
        ("POST", "/house/vouch/ada"),
        ("POST", "/house/vouch/ada/take-back"),
    ):
        status = browser.open(path, method=method).status_code
        assert status in ((200, 422) if may else (refused,)), (method, path, status)
    assert vouchers(village.ada) == []
    assert ("I know this person" in browser.get("/members/ada").text) == may


def test_vouching_is_written_down_and_seen(village, as_member):
    browser = as_member(village.mia)
    assert browser.post("/house/vouch/ada", data={"how": " "}).status_code == 422
    assert vouchers(village.ada) == []
    assert browser.post("/house/vouch/ada", data=HOW).status_code == 303
    event = db.session.scalars(select(Event)).one()
    told = (event.kind, event.actor, event.other, event.voided_at)
    assert told == ("member.verified", village.mia.id, village.ada.id, None)
    row = db.session.scalars(select(AuditRow)).one()
    assert (row.actor, row.act, row.about) == (
        village.mia.id,
        "member.vouched_for",
        village.ada.id,
    )
    assert row.reason == HOW["how"]
    page = browser.get("/members/ada").text
    assert "Take your word back" in page
    assert HOW["how"] not in page
    assert "vouched for" in browser.get("/house/audit").text


def test_once_for_each_pair(village, as_member):
    for member in (village.mia, village.ann):
        browser = as_member(member)
        browser.post("/house/vouch/ada", data=HOW)
        again = browser.post("/house/vouch/ada", data=HOW)
        assert again.status_code == 422
        assert "You vouch for them already." in again.text
    assert vouchers(village.ada) == [village.mia.id, village.ann.id]


def test_a_word_is_taken_back_with_a_reason_and_given_again(village, as_member):
    browser, path = as_member(village.mia), "/house/vouch/ada/take-back"
    browser.post("/house/vouch/ada", data=HOW)
    mine = {"by": village.mia.id}
    empty = browser.post(path, data={**mine, "reason": ""})
    assert empty.status_code == 422
    assert browser.post(path, data={**mine, "reason": "It was her sister"}).status_code == 303
    assert vouchers(village.ada) == []
    voiding = db.session.scalars(select(Voiding)).one()
    assert (voiding.by, voiding.reason) == (village.mia.id, "It was her sister")
    last = db.session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert (last.act, last.about, last.reason) == (
        "vouching.taken_back",
        village.ada.id,
        "It was her sister",
    )
    assert browser.post(path, data={**mine, "reason": "Again"}).status_code == 404
    assert browser.post("/house/vouch/ada", data=HOW).status_code == 303
    assert vouchers(village.ada) == [village.mia.id]


@pytest.mark.parametrize(("who", "status"), [("mia", 422), ("ann", 303)])
def test_anothers_word_is_for_an_admin_to_take_back(village, as_member, who, status):
    max_ = make_member("max", "Max Roth", "manager")
    record("member.verified", max_, village.ada, happened_at=NOON)
    db.session.commit()
    answer = as_member(getattr(village, who)).post(
        "/house/vouch/ada/take-back", data={"by": max_.id, "reason": "He left in anger"}
    )
    assert answer.status_code == status
    assert (vouchers(village.ada) == []) == (status == 303)


@pytest.mark.parametrize("by", ["", "x", "9" * 40, "-1"])
def test_a_word_that_nobody_gave_is_not_found(village, as_member, by):
    answer = as_member(village.ann).post(
        "/house/vouch/ada/take-back", data={"by": by, "reason": "?"}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("id", "erased_at", "claimed_at", "has_vouched", "says"),
    [
        (2, None, NOON, False, None),
        (1, None, NOON, False, "themselves"),
        (2, NOON, None, False, "has left"),
        (2, None, None, False, "not moved in"),
        (2, None, NOON, True, "already"),
    ],
)
def test_for_whom_one_can_vouch(id, erased_at, claimed_at, has_vouched, says):
    member = SimpleNamespace(id=id, erased_at=erased_at, claimed_at=claimed_at)
    why_not = rules.why_not_vouch_for(member, 1, has_vouched=has_vouched)
    assert (why_not is None) if says is None else (says in str(why_not))


def test_the_page_refuses_what_the_rule_refuses(village, as_member):
    make_member("zoe", "Zoe Quill")
    gone = make_member("gone-1", "")
    gone.erased_at = NOON
    db.session.commit()
    browser = as_member(village.mia)
    for handle, words in (("zoe", "not moved in"), ("mia", "themselves"), ("gone-1", "has left")):
        shown, sent = (
            browser.get(f"/house/vouch/{handle}"),
            browser.post(f"/house/vouch/{handle}", data=HOW),
        )
        if handle == "gone-1" and shown.status_code == 404:
            assert sent.status_code == 404
            continue
        assert "Yes, I know this person" not in shown.text
        assert sent.status_code == 422
        assert words in sent.text
    assert db.session.scalars(select(Event)).all() == []
    assert browser.get("/house/vouch/nobody-here").status_code == 404
    assert "Who vouches for them" not in browser.get("/members/mia").text
