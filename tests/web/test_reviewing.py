"""Staff decide about reported reviews: who finds what, and nobody about their own."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from community.activity.exchanges.reviews import answers, decisions
from community.activity.exchanges.reviews.models import Review, ReviewDecision
from community.activity.members.models import Member
from community.activity.settings import own_data
from community.kit.db import db
from community.kit.outbox import Mail
from community.web.own_reviews import GROUPS
from tests.activity.exchanges.reviews.conftest import (  # noqa: F401 - the fixture is used by name
    make_exchange,
    make_kind,
    make_offer,
    say,
    stay,
)

PEOPLE = {"visitor": None, "member": "ada", "manager": "mia", "leader": "leo", "admin": "ann"}


@pytest.fixture
def reported(stay, village):  # noqa: F811
    stay.of_ada = say(stay.id, stay.ben, "A zebra of a host.", 1, safety={"felt_unsafe": True, "words": "A loose stair."})  # fmt: skip
    db.session.get(Review, stay.of_ada).is_worry = True
    stay.of_ben = say(stay.id, stay.ada, "He sang at night.", 2)
    answers.report(stay.of_ada, village.cy.id, "insult", "It says zebra.")
    db.session.commit()
    return stay


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_managers_and_admins_decide(app, reported, village, as_member, who, method):
    browser = as_member(getattr(village, PEOPLE[who])) if PEOPLE[who] else app.test_client()
    for path in ("/house/reviews", f"/house/reviews/{reported.of_ada}"):
        if method == "POST" and path == "/house/reviews":
            continue
        answer = browser.open(path, method=method)
        if who == "visitor":
            assert "/sign-in" in answer.location
        else:
            assert (answer.status_code in (403, 404)) == (who in ("member", "leader"))


def test_what_waits_stands_there_with_its_age_until_it_is_decided(app, reported, village, as_member):  # fmt: skip
    mia = as_member(village.mia)
    page = mia.get("/house/reviews").text
    assert "Insults or hate" in page
    assert "longer than promised" not in page
    assert "Ben Okafor" in page
    reported.clock.shift(timedelta(days=7))
    mia = as_member(village.mia)
    assert "longer than promised" in mia.get("/house/reviews").text
    one = f"/house/reviews/{reported.of_ada}"
    page = mia.get(one).text
    for words in ("A room by the river", "Completed", "A zebra of a host.", "He sang at night.", "It says zebra.", "A loose stair.", "Decide"):  # fmt: skip
        assert words in page
    refused = mia.post(one, data={"verdict": "remove", "ground": "stands", "words": "Typed words."})
    assert refused.status_code == 422
    assert "That is no ground for this." in refused.text
    assert "Typed words." in refused.text
    assert mia.post(one, data={"verdict": "remove", "ground": "insult", "words": ""}).status_code == 422  # fmt: skip
    said = {"verdict": "remove", "ground": "insult", "words": "It calls her a zebra."}
    assert mia.post(one, data=said).status_code == 303
    assert "Nothing is reported" in mia.get("/house/reviews").text
    assert {mail.address.partition("@")[0] for mail in db.session.scalars(select(Mail)) if "removed" in mail.subject} == {"ada", "ben", "cy"}  # fmt: skip
    first = db.session.scalars(select(ReviewDecision)).one()
    decisions.appeal(first.id, reported.ben, "A song.")
    db.session.commit()
    assert "You made the decision that is appealed." in mia.get(one).text
    ann = as_member(village.ann)
    assert "An appeal" in ann.get("/house/reviews").text
    assert ann.post(one, data={"verdict": "reinstate", "ground": "shown_since", "words": "It is a song."}).status_code == 303  # fmt: skip
    db.session.expire_all()
    assert db.session.get(Review, reported.of_ada).removed_at is None


def test_a_manager_who_reported_a_review_leaves_it_to_others(app, reported, village, as_member):
    db.session.get(Member, village.cy.id).role = "manager"
    db.session.commit()
    cy, one = as_member(village.cy), f"/house/reviews/{reported.of_ada}"
    assert "You reported it yourself" in cy.get(one).text
    said = {"verdict": "remove", "ground": "insult", "words": "It says zebra."}
    assert cy.post(one, data=said).status_code == 422
    assert as_member(village.mia).post(one, data=said).status_code == 303


def test_a_manager_decides_nothing_about_a_review_of_themselves(app, reported, village, as_member):
    db.session.get(Member, reported.ada).role = "manager"
    db.session.commit()
    ada = as_member(village.ada)
    assert "you are a side of it" in ada.get("/house/reviews").text
    one = f"/house/reviews/{reported.of_ada}"
    page = ada.get(one).text
    assert "Nobody decides about a review" in page
    # What was said about safety may be about them, and who reported is not theirs to know.
    for words in ("A loose stair.", "Did anything make you feel unsafe?", "It says zebra.", "李明"):
        assert words not in page
    assert one not in ada.get("/house/reviews").text.partition("Said about safety")[2]
    said = {"verdict": "remove", "ground": "insult", "words": "I did not like it."}
    assert ada.post(one, data=said).status_code == 422
    db.session.expire_all()
    assert db.session.get(Review, reported.of_ada).removed_at is None


def test_what_is_sealed_is_not_there_for_staff_either(app, stay, village, as_member):  # noqa: F811
    id = say(stay.id, stay.ben, "A zebra.", 1, safety={"felt_unsafe": True})
    mia = as_member(village.mia)
    assert mia.get(f"/house/reviews/{id}").status_code == 404
    assert "Ben Okafor" not in mia.get("/house/reviews").text


def rows(name, member_id):
    group = next(group for group in GROUPS if group.name == name)
    return list(own_data.read_all(group, member_id))


def test_own_data_hold_the_sealed_one_for_its_author_alone(app, stay):  # noqa: F811
    say(stay.id, stay.ben, "Zebra.", 2, private_note="Psst.", safety={"wants_call": True})
    (mine,) = rows("reviews_written", stay.ben)
    assert (mine["text"], mine["note"], str(mine["state"])) == ("Zebra.", "Psst.", "sealed")
    assert json.loads(mine["safety"]) == {"wants_call": True}
    assert rows("reviews_received", stay.ada) == []
    assert rows("reviews_written", stay.ada) == []
    say(stay.id, stay.ada)
    (theirs,) = rows("reviews_received", stay.ada)
    assert (theirs["text"], theirs["note"]) == ("Zebra.", "Psst.")
    assert "safety" not in theirs


def test_own_data_hold_reports_decisions_and_appeals(app, reported, village):
    answers.mark_helpful(reported.of_ada, village.cy.id)
    first = decisions.decide(reported.of_ada, village.mia.id, "remove", "insult", "Words.", has_other=True)  # fmt: skip
    decisions.appeal(first.id, reported.ben, "A song.")
    db.session.commit()
    assert [row["words"] for row in rows("review_reports", village.cy.id)] == ["It says zebra."]
    assert [row["review"] for row in rows("reviews_helped", village.cy.id)] == [reported.of_ada]
    assert [row["words"] for row in rows("review_decisions", reported.ada)] == ["Words."]
    assert [row["words"] for row in rows("review_appeals", reported.ben)] == ["A song."]
    (about,) = rows("reviews_received", reported.ada)
    assert (about["text"], about["stars"]) == (None, None)
    assert [row["text"] for row in rows("reviews_written", reported.ben)] == ["A zebra of a host."]
