"""What members say of each other from outside of exchanges: written, hidden, taken back, taken off."""

import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from community.activity.exchanges.references import actions, rules
from community.activity.exchanges.references.models import Reference
from community.activity.members.models import MEMBERS, NOBODY, Member
from community.activity.settings import actions as leaving
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger.audit import AuditRow
from community.ledger.models import Event
from tests.conftest import NOON, make_member
from tests.plans import scans

WORDS = "We shared a **kitchen** for three years."
WRITE = "/members/ada/references/write"
LIST = "/members/ada/references"


@pytest.fixture
def known(village):
    """Ben said how he knows Ada."""
    reference = actions.refer(village.ben.id, village.ada, "friend", WORDS)
    db.session.commit()
    village.reference = reference.id
    return village


def the_event():
    return db.session.scalar(
        select(Event).where(Event.kind == actions.KIND).order_by(Event.id.desc())
    )


def test_it_is_written_and_stands_on_the_page(village, client, as_member):
    browser = as_member(village.ben)
    assert "How you know Ada Lindqvist" in browser.get(WRITE).text
    answer = browser.post(WRITE, data={"how": "friend", "text": WORDS})
    assert (answer.status_code, answer.location) == (303, LIST)
    page = client.get("/members/ada").text
    assert "From people who know them" in page
    assert "<strong>kitchen</strong>" in page
    assert "a friend" in page
    assert "<strong>kitchen</strong>" in client.get(LIST).text
    event = the_event()
    assert (event.actor, event.other, event.value) == (village.ben.id, village.ada.id, None)
    # It is between the two in the timeline: who may read it reads it in its own place.
    assert "told how they know" not in client.get("/members/ada").text


def test_what_was_hidden_stays_hidden_when_it_is_written_anew(known, client, as_member):
    ada, ben = as_member(known.ada), as_member(known.ben)
    assert ada.post(f"/references/{known.reference}/hide").status_code == 303
    assert ben.post(f"{LIST}/take-back").status_code == 303
    letters = db.session.scalar(select(func.count()).select_from(Mail))
    assert ben.post(WRITE, data={"how": "friend", "text": WORDS}).status_code == 303
    assert "kitchen" not in client.get(LIST).text
    assert db.session.scalar(select(func.count()).select_from(Mail)) == letters
    (id,) = db.session.scalars(select(Reference.id))
    # Whom it is about lets it stand again; then it is no longer kept from anybody.
    assert ada.post(f"/references/{id}/show").status_code == 303
    assert ben.post(f"{LIST}/take-back").status_code == 303
    assert ben.post(WRITE, data={"how": "friend", "text": WORDS}).status_code == 303
    assert "kitchen" in client.get(LIST).text


def test_what_was_taken_back_counts_for_the_day(known, as_member):
    """Each was a letter to somebody: else one could write as many as one likes."""
    ben = as_member(known.ben)
    for _ in range(rules.MOST_A_DAY - 1):
        assert ben.post(f"{LIST}/take-back").status_code == 303
        assert ben.post(WRITE, data={"how": "friend", "text": WORDS}).status_code == 303
    assert ben.post(f"{LIST}/take-back").status_code == 303
    refused = ben.post(WRITE, data={"how": "friend", "text": WORDS})
    assert refused.status_code == 422
    assert "Write the next one tomorrow." in refused.text


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"how": "friend", "text": "Too short"}, "at least 20 characters"),
        ({"how": "friend", "text": "x" * 2_001}, "at most 2000 characters"),
        ({"how": "enemy", "text": WORDS}, "Choose how you know each other"),
        ({"text": WORDS}, "Choose how you know each other"),
    ],
)
def test_what_is_refused_is_kept_with_its_reason(village, as_member, given, reason):
    answer = as_member(village.ben).post(WRITE, data=given)
    assert answer.status_code == 422
    assert reason in answer.text
    assert given["text"] in answer.text.replace("**", "**")
    assert db.session.scalar(select(func.count(Reference.id))) == 0


def test_html_in_it_is_shown_as_it_is(village, client, as_member):
    as_member(village.ben).post(
        WRITE, data={"how": "work", "text": "<script>alert(1)</script> " + WORDS}
    )
    assert "<script>alert" not in client.get(LIST).text


def test_nobody_writes_of_themselves_or_of_who_has_not_moved_in(village, as_member):
    make_member("dora")
    db.session.commit()
    browser = as_member(village.ada)
    for path, reason in ((WRITE, "Nobody says this of themselves"), ("/members/dora/references/write", "not moved in")):  # fmt: skip
        assert reason in browser.get(path).text
        answer = browser.post(path, data={"how": "friend", "text": WORDS})
        assert answer.status_code == 422
        assert reason in answer.text
    assert as_member(village.ben).get("/members/nobody/references/write").status_code == 404


def test_at_most_some_a_day(village, as_member):
    for number in range(rules.MOST_A_DAY):
        actions.refer(village.ben.id, make_member(f"m{number}", claimed_at=NOON), "club", WORDS)
    db.session.commit()
    answer = as_member(village.ben).post(WRITE, data={"how": "friend", "text": WORDS})
    assert answer.status_code == 422
    assert "tomorrow" in answer.text


def test_it_is_changed_and_taken_back(known, client, as_member):
    browser = as_member(known.ben)
    assert WORDS in browser.get(WRITE).text
    browser.post(WRITE, data={"how": "family", "text": "She is my sister and taught me to bake."})
    page = client.get(LIST).text
    assert "taught me to bake" in page
    assert "kitchen" not in page
    assert browser.post(f"{LIST}/take-back").status_code == 303
    assert "taught me" not in client.get(LIST).text
    event = the_event()
    assert event.voided_at is not None
    assert db.session.scalar(select(func.count(Reference.id))) == 0
    assert browser.post(f"{LIST}/take-back").status_code == 404


def test_who_it_is_about_hides_it_and_shows_it_again(known, client, as_member):
    ada, ben = as_member(known.ada), as_member(known.ben)
    assert ada.post(f"/references/{known.reference}/hide").status_code == 303
    for path in ("/members/ada", LIST):
        assert "kitchen" not in client.get(path).text
        assert "kitchen" not in as_member(known.cy).get(path).text
    assert "Show it again" in ada.get(LIST).text
    assert "Hidden by the one it is about" in ben.get(LIST).text
    assert ada.post(f"/references/{known.reference}/hide").status_code == 422
    assert the_event().voided_at is None
    assert ada.post(f"/references/{known.reference}/show").status_code == 303
    assert "kitchen" in client.get("/members/ada").text


@pytest.mark.parametrize("do", ["hide", "show"])
@pytest.mark.parametrize("who", ["ben", "cy", "mia", "ann"])
def test_nobody_else_hides_it(known, as_member, who, do):
    answer = as_member(getattr(known, who)).post(f"/references/{known.reference}/{do}")
    assert answer.status_code == 404


def test_staff_take_it_off_and_put_it_back(known, client, as_member):
    mia, remove = as_member(known.mia), f"/references/{known.reference}/remove"
    assert "kitchen" in mia.get(remove).text
    assert mia.post(remove, data={"reason": "x"}).status_code == 422
    assert mia.post(remove, data={"reason": "An insult in disguise"}).status_code == 303
    assert "kitchen" not in client.get(LIST).text
    assert the_event().voided_at is not None
    assert "An insult in disguise" in as_member(known.ben).get(LIST).text
    assert "took it off" in as_member(known.ben).get(WRITE).text
    assert as_member(known.ben).post(f"{LIST}/take-back").status_code == 422
    assert "kitchen" not in as_member(known.ada).get(LIST).text
    note = db.session.scalar(select(AuditRow).where(AuditRow.act == "reference.removed"))
    assert (note.actor, note.about, note.reason) == (known.mia.id, known.ben.id, "An insult in disguise")  # fmt: skip
    back = f"/references/{known.reference}/put-back"
    assert mia.post(back, data={"reason": "It was a joke"}).status_code == 303
    assert "kitchen" in client.get("/members/ada").text
    assert the_event().voided_at is None


@pytest.mark.parametrize("do", ["remove", "put-back"])
@pytest.mark.parametrize("who", ["ada", "ben", "cy", "leo"])
def test_only_managers_and_admins_take_it_off(known, as_member, who, do):
    browser = as_member(getattr(known, who))
    assert browser.get(f"/references/{known.reference}/{do}").status_code == 403
    answer = browser.post(f"/references/{known.reference}/{do}", data={"reason": "a reason"})
    assert answer.status_code == 403
    assert as_member(known.mia).get("/references/999/remove").status_code == 404


@pytest.mark.parametrize(
    ("sees", "who", "is_named"),
    [(MEMBERS, None, False), (MEMBERS, "cy", True), (NOBODY, "cy", False), (NOBODY, "ben", True)],
)
def test_an_author_is_named_as_far_as_they_may_be_seen(
    known, client, as_member, sees, who, is_named
):
    known.ben.sees_profile = sees
    db.session.commit()
    browser = as_member(getattr(known, who)) if who else client
    for path in ("/members/ada", LIST):
        main = browser.get(path).text.partition("<main")[2]
        assert "kitchen" in main
        assert ("Ben Okafor" in main) is is_named
        assert ("/members/ben" in main) is is_named


def test_references_are_as_open_as_the_profile(known, client, as_member):
    known.ada.sees_profile = NOBODY
    db.session.commit()
    assert client.get(LIST).status_code == 404
    assert as_member(known.cy).get(LIST).status_code == 404
    assert as_member(known.cy).get(WRITE).status_code == 404
    assert as_member(known.ada).get(LIST).status_code == 200


def test_who_leaves_takes_them_along(known, client):
    leaving.erase(known.ben, known.ann, "asked for it by letter", known.mia)
    db.session.commit()
    assert "kitchen" not in client.get(LIST).text
    assert db.session.scalar(select(func.count(Reference.id))) == 0


def test_both_read_it_among_their_own_data(known, as_member):
    for who, group, is_there in (
        (known.ben, "references_written", True),
        (known.ada, "references_received", True),
        (known.cy, "references_received", False),
    ):
        page = as_member(who).get(f"/settings/data/{group}").text
        assert ("kitchen" in page) is is_there


def test_pages_of_many(village, client, statements, database):
    for number in range(25):
        writer = make_member(f"m{number}", claimed_at=NOON)
        actions.refer(writer.id, village.ada, "club", f"Number {number} in the choir with me.")
    db.session.commit()
    profile = client.get("/members/ada").text
    assert profile.count("in the choir") == 3
    assert "All of them" in profile
    statements.clear()
    first = client.get(LIST).text
    assert len(statements) <= 5
    if database.name == "sqlite":
        assert scans(list(statements)) == []
    assert first.count("in the choir") == 20
    older = first.partition(f"{LIST}?before=")[2].partition('"')[0]
    assert client.get(f"{LIST}?before={older}").text.count("in the choir") == 5


def test_two_at_once_write_one(app, village):
    """Both pass the rule, and the constraint lets one through."""
    ben, ada, both, ends = village.ben.id, village.ada.id, threading.Barrier(2), []
    db.session.rollback()

    def write():
        with app.app_context():
            about = db.session.get(Member, ada)
            assert actions.why_not_refer(ben, about) is None
            db.session.rollback()
            both.wait(10)
            try:
                actions.refer(ben, db.session.get(Member, ada), "friend", WORDS)
                db.session.commit()
                ends.append("written")
            except (IntegrityError, Refused) as no:
                db.session.rollback()
                ends.append(type(no).__name__)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for each in writers:
        each.start()
    for each in writers:
        each.join(30)
    db.session.rollback()
    assert ends.count("written") == 1
    assert db.session.scalar(select(func.count(Reference.id))) == 1
    assert db.session.scalar(select(func.count(Event.id)).where(Event.kind == actions.KIND)) == 1
