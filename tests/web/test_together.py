"""The page of two: what is between them, what is open, and nothing that is sealed."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from community.activity.exchanges.deals.models import Message
from community.activity.exchanges.references import actions as references
from community.activity.members.models import NOBODY
from community.kit import clock
from community.kit.db import db
from community.ledger.record import record
from community.web import together
from tests.activity.exchanges.dealt import exchange, offer, review
from tests.conftest import NOON
from tests.plans import scans
from tests.web.judged import tie

PAGE = "/members/ada/together"
SECRET = "The sealed words of Ada"


@pytest.fixture
def pair(app, judged):
    """Ben stayed with Ada and both said how it was; a second stay is reviewed by Ada alone."""
    room = offer(judged.ada)
    first = exchange(room, judged.ben, opened_at=NOON + timedelta(days=3))
    review(first, "receiver", 5, text="Warm and quiet", would_again=True)
    review(first, "provider", 4, text="A good guest", would_again=False)
    second = exchange(
        room,
        judged.ben,
        at=clock.now() - timedelta(days=5),
        review_until=clock.now() + timedelta(days=9),
    )
    review(second, "provider", 2, is_open=False, text=SECRET, private_note=SECRET)
    record("exchange.completed", judged.ben, judged.ada, ("exchange", first.subject_id), happened_at=NOON + timedelta(days=2))  # fmt: skip
    record("thanks.given", judged.ada, judged.ben, happened_at=NOON + timedelta(days=4))
    record("thanks.given", judged.ada, judged.cy, happened_at=NOON + timedelta(days=5))
    record("flag.raised", judged.ada, judged.ben, happened_at=NOON + timedelta(days=6))
    db.session.commit()
    tie(app, {(judged.ada, judged.ben): 2.0, (judged.ada, judged.cy): 1.0})
    judged.first, judged.second, judged.room = first.id, second.id, room.id
    return judged


def main(answer):
    assert answer.status_code == 200
    return answer.text.partition("<main")[2].partition("</main>")[0]


def test_it_tells_what_is_between_two(pair, as_member):
    page = main(as_member(pair.ben).get(PAGE))
    assert "You and Ada Lindqvist" in page
    assert "close" in page
    assert "2 exchanges completed" in page
    assert "Warm and quiet" in page
    assert "A good guest" in page
    assert "you would deal again" in page
    assert f'href="/exchanges/{pair.first}"' in page
    assert "thanked" in page
    assert "李明" not in page
    assert "flagged" not in page


def test_would_you_again_of_the_other_side_is_not_told(pair, as_member):
    page = main(as_member(pair.ada).get("/members/ben/together"))
    assert "you would not deal again" in page
    assert ">you would deal again" not in page.replace("  ", "").replace("\n", "")
    assert page.count("you would deal again") == 1  # the line that says who sees it
    assert "Ben Okafor never sees whether you would deal again" in page


@pytest.mark.parametrize("who", ["ben", "ada"])
def test_nothing_of_a_sealed_review_leaks(pair, as_member, who):
    other = "ada" if who == "ben" else "ben"
    page = main(as_member(getattr(pair, who)).get(f"/members/{other}/together"))
    assert (SECRET in page) is (who == "ada")
    if who == "ben":
        # With it or without it the page is the same.
        db.session.execute(
            together.pairs.Review.__table__.delete().where(
                together.pairs.Review.exchange_id == pair.second
            )
        )
        db.session.commit()
        assert main(as_member(pair.ben).get(PAGE)) == page


def test_a_removed_review_of_the_other_side_is_gone(pair, as_member):
    for each in db.session.query(together.pairs.Review).filter_by(exchange_id=pair.first):
        each.removed_at = NOON + timedelta(days=9)
    db.session.commit()
    page = main(as_member(pair.ben).get(PAGE))
    assert "A good guest" not in page


def test_what_is_open_and_what_comes_next(pair, as_member):
    page = main(as_member(pair.ben).get(PAGE))
    assert "you can say until" in page
    assert f'href="/exchanges/{pair.second}/review"' in page
    room = db.session.get(together.pairs.Offer, pair.room)
    third = exchange(room, pair.ben, "requested", at=clock.now())
    db.session.add(Message(exchange_id=third.id, author_id=pair.ben.id, at=clock.now(), text="Hi"))
    db.session.commit()
    page = main(as_member(pair.ada).get("/members/ben/together"))
    assert "Ben Okafor waits for you: A room by the river." in page
    assert "waits for an answer" in page
    assert "you did not read yet what they wrote" in page
    page = main(as_member(pair.ben).get(PAGE))
    assert "did not read" not in page


def deal(**more):
    given = {
        "id": 7, "title": "Bread", "is_provider": False, "is_asker": True, "state": "completed", "at": NOON,
        "done_by": None, "is_late": False, "opened_at": NOON, "review_until": None, "unread": 0, "has_mine": True,
        "my_stars": 5, "my_html": "", "is_closed": False, "would_again": None, "review_id": None, "their_id": None,
        "their_stars": None, "their_html": None,
    }  # fmt: skip
    return together.Between(**{**given, **more})


LATER, BREAD = NOON + timedelta(days=90), [SimpleNamespace(id=3, title="Bread on Saturdays")]
SAID = [SimpleNamespace(author_id=1)]


@pytest.mark.parametrize(
    ("deals", "offers", "said", "url"),
    [
        ([deal(state="countered")], BREAD, [], "/exchanges/7"),
        ([deal(state="accepted")], BREAD, [], "/exchanges/7"),
        ([deal(state="half_done", done_by=2)], BREAD, [], "/exchanges/7"),
        ([deal(state="half_done", done_by=1)], BREAD, [], None),
        ([deal(state="requested")], BREAD, [], None),
        ([deal(state="requested", is_asker=False)], BREAD, [], "/exchanges/7"),
        ([deal(unread=2)], BREAD, [], "/exchanges/7"),
        ([deal(opened_at=None, has_mine=False, review_until=LATER + timedelta(1))], [], [], "/exchanges/7/review"),
        ([deal(opened_at=None, has_mine=False, review_until=LATER)], [], SAID, None),
        ([deal(opened_at=None, has_mine=True, review_until=LATER + timedelta(1))], [], SAID, None),
        ([deal()], BREAD, SAID, "/offers/3"),
        ([deal(at=LATER - timedelta(days=9))], BREAD, SAID, None),
        ([], BREAD, SAID, "/offers/3"),
        ([], [], SAID, None),
        ([], [], [], "/members/ada/references/write"),
    ],
)  # fmt: skip
def test_the_next_step(app, deals, offers, said, url):
    ada = SimpleNamespace(handle="ada", name="Ada", claimed_at=NOON)
    step = together.next_step(ada, 1, deals, offers, said, LATER)
    assert (step and step.url) == url


def test_a_time_without_each_other_is_named(app):
    ada = SimpleNamespace(handle="ada", name="Ada", claimed_at=NOON)
    step = together.next_step(ada, 1, [deal()], BREAD, SAID, LATER)
    assert (
        str(step.words) == "You have not dealt since 1 June 2026. Ada offers: Bread on Saturdays."
    )


def test_who_has_nothing_with_somebody_is_shown_the_way(pair, as_member):
    page = main(as_member(pair.cy).get("/members/ben/together"))
    assert "You know each other through" in page
    assert 'href="/members/ada"' in page
    pair.ben.sees_timeline = NOBODY
    db.session.commit()
    page = main(as_member(pair.cy).get("/members/ben/together"))
    assert 'href="/members/ada"' not in page
    assert "Nothing yet" in page


def test_references_of_both_stand_there(pair, as_member):
    references.refer(pair.ben.id, pair.ada, "friend", "She taught me how to bake bread.")
    db.session.commit()
    assert "You said: We are friends" in main(as_member(pair.ben).get(PAGE))
    page = main(as_member(pair.ada).get("/members/ben/together"))
    assert "Ben Okafor said: We are friends" in page


def test_who_may_see_it(pair, client, as_member):
    answer = client.get(PAGE)
    assert answer.status_code in (302, 303)
    assert "/sign-in" in answer.location
    ada = as_member(pair.ada).get(PAGE)
    assert (ada.status_code, ada.location) == (303, "/members/ada/people")
    assert as_member(pair.ben).get("/members/nobody/together").status_code == 404
    pair.ada.sees_profile = NOBODY
    db.session.commit()
    assert as_member(pair.ben).get(PAGE).status_code == 404


def test_pages_of_a_long_history(pair, as_member):
    for number in range(30):
        kind = ("thanks.given", "answer.posted")[number % 2]
        record(kind, pair.ben, pair.ada, happened_at=NOON + timedelta(days=10 + number))
    db.session.commit()
    browser = as_member(pair.ben)
    first = main(browser.get(PAGE))
    older = first.partition(f"{PAGE}?before=")[2].partition('"')[0]
    second = main(browser.get(f"{PAGE}?before={older}"))
    assert first.count("timeline-when") == 20
    assert second.count("timeline-when") == 12
    assert browser.get(f"{PAGE}?before=x").status_code == 200


def test_it_is_linked(pair, client, as_member):
    link = f'href="{PAGE}"'
    assert link in as_member(pair.ben).get("/members/ada").text
    assert link not in as_member(pair.ada).get("/members/ada").text
    assert link not in client.get("/members/ada").text
    assert link in as_member(pair.ben).get("/members/ben/people").text
    assert link in as_member(pair.ben).get("/members/ada/people").text
    ada = SimpleNamespace(handle="ada", name="Ada", is_gone=False)
    shown = SimpleNamespace(other=lambda id: ada)
    assert link in together.below_exchange(shown, SimpleNamespace(id=1))
    ada.is_gone = True
    assert together.below_exchange(shown, SimpleNamespace(id=1)) == ""


def test_a_name_is_shown_as_it_is(pair, as_member):
    pair.ada.name = "<b>Ada</b>"
    db.session.commit()
    page = main(as_member(pair.ben).get(PAGE))
    assert "<b>Ada" not in page


@pytest.mark.parametrize("who", ["ben", "cy"])
def test_it_asks_little_and_reads_no_whole_table(pair, as_member, statements, database, who):
    browser = as_member(getattr(pair, who))
    browser.get("/members")
    statements.clear()
    assert browser.get(PAGE).status_code == 200
    # A page of one's own that is not opened often: reader, member, exchanges, a page of events,
    # its ends, their sentences, references, offers, the faces on the way, and one's own answers.
    assert len(statements) <= 9, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements)) == []
