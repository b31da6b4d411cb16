"""Staff see how offers are ranked; an admin changes it, and sees first what it would change."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from community.activity.exchanges.offers import ranking
from community.activity.exchanges.offers.models import RankingRule
from community.kit.db import db
from community.ledger.audit import AuditRow
from community.web import rank_offers
from tests.activity.exchanges.offers.making import make_kind, make_offer
from tests.conftest import NOON, make_member

WEIGHTS = {"rating": 20, "response": 15, "reliability": 15, "fit": 20, "freshness": 30, "newcomers": 10}  # fmt: skip
CHANGE = {**WEIGHTS, "note": "What is new was hard to find"}
PEOPLE = {"visitor": None, "member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}


@pytest.fixture
def offered(village):
    stay = make_kind()
    for n in range(30):
        owner = make_member(f"m-{n}", joined_at=NOON - timedelta(days=500))
        make_offer(owner, stay, f"Thing {n}", days=200 - n, rated=None)
    db.session.commit()
    rank()
    return village


def rank():
    for _ in rank_offers.rank(NOON):
        db.session.commit()


def rules():
    return db.session.scalars(select(RankingRule).order_by(RankingRule.id)).all()


@pytest.mark.parametrize("role", PEOPLE)
def test_managers_and_admins_see_it_and_only_an_admin_changes_it(village, as_member, client, role):
    browser = as_member(getattr(village, PEOPLE[role])) if PEOPLE[role] else client
    seen = {"visitor": 303, "member": 404, "leader": 403}.get(role, 200)
    assert browser.get("/house/ranking").status_code == seen
    changed = {"visitor": 303, "member": 404, "admin": 200}.get(role, 403)
    assert browser.post("/house/ranking", data=CHANGE).status_code == changed
    assert rules() == []
    if role in ("manager", "admin"):
        assert ("See what it would change" in browser.get("/house/ranking").text) == (
            role == "admin"
        )


def test_what_it_changes_is_seen_before_it_is_kept(offered, as_member):
    browser = as_member(offered.ann)
    answer = browser.post("/house/ranking", data={**CHANGE, "keep": "1"})
    assert answer.status_code == 422
    assert "Look first at what this would change" in answer.text
    preview = browser.post("/house/ranking", data=CHANGE).text
    assert preview.count('data-label="Then"') == 20
    assert rules() == []
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', preview)[1]
    other = {**CHANGE, "rating": 21, "freshness": 29, "seen": seen, "keep": "1"}
    assert browser.post("/house/ranking", data=other).status_code == 422
    kept = {**CHANGE, "seen": seen, "keep": "1"}
    assert browser.post("/house/ranking", data=kept).status_code == 303
    (rule,) = rules()
    assert (rule.weights, rule.note, rule.made_by) == (WEIGHTS, CHANGE["note"], offered.ann.id)
    row = db.session.scalars(select(AuditRow)).one()
    assert (row.act, row.actor, row.reason) == (
        "ranking.changed",
        offered.ann.id,
        CHANGE["note"],
    )
    # Kept twice by the same click, it is refused the second time.
    assert browser.post("/house/ranking", data=kept).status_code == 422
    page = browser.get("/house/ranking").text
    assert CHANGE["note"] in page
    assert "The newest weights hold as soon as" in page
    assert "up to 35 points" in browser.get("/offers/ranking").text
    rank()
    public = browser.get("/offers/ranking").text
    assert "up to 30 points" in public
    assert "10 are kept for newcomers" in public


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rating": 21}, "They have to add up to 100"),
        ({"rating": -5, "fit": 45}, "not below 0"),
        ({"rating": ""}, "required"),
        ({"rating": "x"}, "Not a valid"),
        ({"newcomers": 60}, "are for newcomers"),
        ({"note": ""}, "required"),
        ({"note": "x" * 301}, "300"),
        (ranking.DEFAULT.told(), "That is how it is already"),
    ],
)
def test_what_can_not_be_is_refused_and_stays_typed(village, as_member, change, why):
    answer = as_member(village.ann).post("/house/ranking", data={**CHANGE, **change})
    assert answer.status_code == 422
    assert why in answer.text
    assert 'value="15"' in answer.text
    assert rules() == []


def test_without_offers_the_preview_says_so(village, as_member):
    page = as_member(village.ann).post("/house/ranking", data=CHANGE).text
    assert "There are no offers yet that it could change" in page
