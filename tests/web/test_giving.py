"""Badges given by hand: proposed with a reason, agreed to by a second person, taken back likewise."""

import pytest
from sqlalchemy import select

from community.activity.members.models import Member
from community.kit import clock
from community.kit.db import db
from community.ledger.audit import AuditRow
from community.standing import by_hand, cases, rulebook
from community.standing.models import Award, Case
from tests.conftest import make_member

PEOPLE = {"visitor": None, "member": "ada", "manager": "mia", "leader": "leo", "admin": "ann"}
MAY = {"manager", "admin"}
REASON = "Found the key of the hall, twice."


@pytest.fixture
def house(village):
    rulebook.plant()
    db.session.commit()
    return village


@pytest.fixture
def proposed(house):
    pillar = rulebook.find("pillar").badge
    case = by_hand.propose(pillar, house.ada, house.mia, REASON)
    db.session.commit()
    return case.id


def ask(browser, **changes):
    data = {"badge": "pillar", "handle": "ada", "reason": REASON} | changes
    return browser.post("/house/awards", data=data)


def awards():
    db.session.expire_all()
    return db.session.scalars(select(Award)).all()


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/house/awards"),
        ("POST", "/house/awards"),
        ("POST", "/house/awards/1/agree"),
        ("GET", "/house/awards/1/decline"),
        ("POST", "/house/awards/1/decline"),
    ],
)
def test_only_managers_and_admins_give(app, house, proposed, as_member, who, method, path):
    member = PEOPLE[who] and getattr(house, PEOPLE[who])
    browser = as_member(member) if member else app.test_client()
    answer = browser.open(path.replace("1", str(proposed)), method=method)
    if who == "visitor":
        assert "/sign-in" in answer.location
    else:
        assert (answer.status_code != 404) == (who in MAY)


def test_a_second_person_agrees_and_everyone_reads_why(app, house, as_member):
    answer = ask(as_member(house.mia))
    assert answer.status_code == 303
    assert awards() == []
    second = as_member(house.ann)
    page = second.get("/house/awards").text
    assert REASON in page
    case = db.session.scalars(select(Case)).one()
    assert second.post(f"/house/awards/{case.id}/agree").status_code == 303
    (award,) = awards()
    assert (award.member_id, award.given_by, award.second, award.reason) == (
        house.ada.id,
        house.mia.id,
        house.ann.id,
        REASON,
    )
    acts = [row.act for row in db.session.scalars(select(AuditRow).order_by(AuditRow.id))]
    assert acts == ["badge.proposed", "badge.given"]
    assert REASON in app.test_client().get(f"/awards/{award.id}").text
    assert REASON in second.get("/house/awards").text


def test_whoever_proposed_does_not_agree(house, proposed, as_member):
    answer = as_member(house.mia).post(f"/house/awards/{proposed}/agree")
    assert answer.status_code == 422
    assert "A second person has to agree" in answer.text
    assert awards() == []


def test_whoever_gets_it_does_not_agree(house, as_member):
    pillar = rulebook.find("pillar").badge
    case = by_hand.propose(pillar, house.ann, house.mia, REASON)
    db.session.commit()
    assert as_member(house.ann).post(f"/house/awards/{case.id}/agree").status_code == 422


def test_agreed_to_twice_it_is_given_once(house, proposed, as_member):
    browser = as_member(house.ann)
    assert browser.post(f"/house/awards/{proposed}/agree").status_code == 303
    assert browser.post(f"/house/awards/{proposed}/agree").status_code == 422
    assert len(awards()) == 1


def test_alone_one_person_is_enough(house, as_member):
    db.session.get(Member, house.ann.id).role = "member"
    db.session.commit()
    assert ask(as_member(house.mia)).status_code == 303
    (award,) = awards()
    assert (award.given_by, award.second) == (house.mia.id, None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"handle": "nobody"}, "Nobody has that handle."),
        ({"handle": "mia"}, "Nobody gives a badge to themselves."),
        ({"handle": "zoe"}, "They have not moved in, or have left."),
        ({"reason": "good"}, "Say why, in 10 to 500 characters."),
        ({"badge": "star-host"}, ""),
        ({"reason": "x" * 501}, ""),
    ],
)
def test_what_can_not_be_proposed(house, as_member, changes, says):
    make_member("zoe", "Zoe Quill").claimed_at = None
    db.session.commit()
    answer = ask(as_member(house.mia), **changes)
    assert answer.status_code == 422
    assert says in answer.text.replace("&#39;", "'")
    assert db.session.scalars(select(Case)).all() == []


def test_whoever_holds_it_gets_no_second_one(house, proposed, as_member):
    assert as_member(house.ann).post(f"/house/awards/{proposed}/agree").status_code == 303
    assert "They hold it already." in ask(as_member(house.mia)).text


def test_a_proposal_is_declined_with_a_reason(house, proposed, as_member):
    browser = as_member(house.ann)
    assert (
        browser.post(f"/house/awards/{proposed}/decline", data={"reason": "no"}).status_code == 422
    )
    data = {"reason": "The key was found by Ben."}
    assert browser.post(f"/house/awards/{proposed}/decline", data=data).status_code == 303
    case = db.session.get(Case, proposed, populate_existing=True)
    assert (case.closed_by, case.note) == (house.ann.id, "The key was found by Ben.")
    assert "Nothing waits" in browser.get("/house/awards").text


def test_what_is_agreed_to_is_declined_no_more(house, proposed, as_member):
    as_member(house.ann).post(f"/house/awards/{proposed}/agree")
    said = {"reason": "We give this badge to nobody."}
    refused = as_member(house.mia).post(f"/house/awards/{proposed}/decline", data=said)
    assert refused.status_code == 422
    assert "This was decided already." in refused.text
    assert len(awards()) == 1
    assert db.session.get(Case, proposed).closed_by == house.ann.id
    acts = db.session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert "badge.declined" not in acts


def test_a_proposal_is_no_case_and_goes_with_whom_it_is_for(house, proposed, as_member):
    browser = as_member(house.ann)
    assert REASON not in browser.get("/house/cases").text
    assert browser.get(f"/house/cases/{proposed}").status_code == 404
    cases.forget(house.ada.id)
    assert db.session.scalars(select(Case)).all() == []


def test_it_is_taken_back_with_a_reason(house, proposed, as_member):
    browser = as_member(house.ann)
    browser.post(f"/house/awards/{proposed}/agree")
    (award,) = awards()
    assert browser.post(f"/house/awards/{award.id}/take", data={"reason": ""}).status_code == 422
    data = {"reason": "It was another key."}
    assert browser.post(f"/house/awards/{award.id}/take", data=data).status_code == 303
    (award,) = awards()
    assert award.ended_at <= clock.now()
    assert browser.get(f"/house/awards/{award.id}/take").status_code == 404


def test_what_follows_from_a_rule_is_not_taken_back_by_hand(house, as_member):
    award = Award(member_id=house.ada.id, badge="helper", begun_at=clock.now())
    db.session.add(award)
    db.session.commit()
    assert as_member(house.ann).get(f"/house/awards/{award.id}/take").status_code == 404
