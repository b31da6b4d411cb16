"""Every right of the house as a table of role and page, and the same on the server for every method."""

import pytest

from community.kit.db import db
from community.ledger import audit
from community.web import rights
from tests.conftest import make_member

ROLES = (None, "member", "manager", "leader", "admin")
YES = {
    "why_not_enter": {"manager", "leader", "admin"},
    "why_not_give_roles": {"admin"},
    "why_not_read_audit": {"manager", "leader", "admin"},
    "why_not_watch_machine": {"admin"},
    "why_not_invite": {"manager", "admin"},
    "why_not_decide_reviews": {"manager", "admin"},
    "why_not_close_offers": {"manager", "admin"},
    "why_not_look_after": {"manager", "admin"},
    "why_not_see_pairs": {"manager", "admin"},
    "why_not_see_network": {"manager", "leader", "admin"},
    "why_not_see_model": {"manager", "leader", "admin"},
    "why_not_vouch": {"manager", "admin"},
    "why_not_name_kinds": {"manager", "admin"},
    "why_not_see_ranking": {"manager", "admin"},
    "why_not_change_ranking": {"admin"},
}
PAGES = {
    "/house": {"manager", "leader", "admin"},
    "/house/letters": {"admin"},
    "/house/roles": {"admin"},
    "/house/audit": {"manager", "leader", "admin"},
    "/house/imports": {"admin"},
    "/house/jobs": {"admin"},
    "/house/unclaimed": {"manager", "admin"},
    "/house/invitations": {"manager", "admin"},
    "/house/cases": {"manager", "admin"},
    "/house/reviews": {"manager", "admin"},
    "/house/pairs": {"manager", "admin"},
    "/house/offers": {"manager", "admin"},
    "/house/network": {"manager", "leader", "admin"},
    "/house/model": {"manager", "leader", "admin"},
    "/house/vouch/ada": {"manager", "admin"},
    "/house/kinds": {"manager", "admin"},
    "/house/ranking": {"manager", "admin"},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("right", YES)
def test_a_right_says_no_to_all_but_its_roles(right, role):
    assert (getattr(rights, right)(role) is None) == (role in YES[right])


@pytest.mark.parametrize(
    ("role", "is_development", "are_sent", "may"),
    [
        ("admin", True, False, True),
        ("admin", True, True, False),
        ("admin", False, False, False),
        ("manager", True, False, False),
        (None, True, False, False),
    ],
)
def test_letters_are_read_only_while_the_site_is_set_up(role, is_development, are_sent, may):
    why_not = rights.why_not_read_letters(role, is_development=is_development, are_sent=are_sent)
    assert (why_not is None) == may


@pytest.mark.parametrize("who", ["ada", "mia", "leo", "ann"])
def test_pages_of_the_house_open_for_their_roles_only(village, as_member, who):
    member = getattr(village, who)
    role, browser = member.role, as_member(member)
    for path, roles in PAGES.items():
        status = browser.get(path).status_code
        if role in roles:
            assert status == 200, path
        else:
            assert status == (404 if role == "member" else 403), path


def test_visitors_are_asked_to_sign_in(village, client):
    for path in PAGES:
        assert "/sign-in" in client.get(path).headers["Location"]


def give(browser, handle, role, reason="They asked to help"):
    return browser.post("/house/roles", data={"handle": handle, "role": role, "reason": reason})


def test_an_admin_gives_a_role_with_a_reason_and_it_is_written_down(village, as_member):
    browser = as_member(village.ann)
    assert give(browser, "ben", "manager").status_code == 303
    db.session.expire_all()
    assert village.ben.role == "manager"
    page = browser.get("/house/audit").text
    assert "Ben Okafor" in page
    assert "They asked to help" in page
    assert "The chain holds" in page


@pytest.mark.parametrize(
    ("who", "handle", "role", "reason", "status"),
    [
        ("ann", "ann", "member", "tired", 422),
        ("ann", "nobody-here", "manager", "x", 422),
        ("ann", "ben", "emperor", "x", 422),
        ("ann", "ben", "manager", "", 422),
        ("mia", "mia", "admin", "please", 403),
        ("leo", "ben", "admin", "please", 403),
        ("ada", "ada", "admin", "please", 404),
    ],
)
def test_roles_are_not_given_otherwise(village, as_member, who, handle, role, reason, status):
    before = {name: getattr(village, name).role for name in vars(village)}
    browser = as_member(getattr(village, who))
    assert give(browser, handle, role, reason).status_code == status
    db.session.expire_all()
    assert {name: getattr(village, name).role for name in vars(village)} == before


def test_a_broken_chain_is_said(village, as_member):
    for reason in ("first", "second"):
        audit.note(village.ann.id, "role.given", village.ben.id, reason)
    db.session.commit()
    row = db.session.query(audit.AuditRow).first()
    row.reason = "forged"
    db.session.commit()
    page = as_member(village.ann).get("/house/audit").text
    assert "The chain is broken" in page


def test_unclaimed_members_are_listed_and_found(village, as_member):
    make_member("hilary-58", "Hilary 李")
    db.session.commit()
    browser = as_member(village.mia)
    assert "Hilary" in browser.get("/house/unclaimed").text
    assert "Hilary" in browser.get("/house/unclaimed?q=李").text
    assert "Hilary" not in browser.get("/house/unclaimed?q=zed").text


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 30, "%00"])
def test_odd_pages_are_refused(village, as_member, before):
    assert as_member(village.ann).get(f"/house/audit?before={before}").status_code == 400
