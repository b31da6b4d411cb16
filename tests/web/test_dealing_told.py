"""How a member deals, beside them: both roles, in bands, at no further question."""

import pytest

from community.activity.exchanges.deals.models import Excuse, Excused
from community.kit.db import db
from community.ledger.record import record
from tests.activity.exchanges.dealt import exchange, offer
from tests.conftest import NOON
from tests.plans import scans
from tests.web.judged import say


@pytest.fixture
def dealt(judged):
    """Ada hosted Ben three times and Cy once, was a guest of Ben once, and cancelled twice."""
    room, boat = offer(judged.ada), offer(judged.ben, "A boat")
    for _ in range(3):
        exchange(room, judged.ben)
    exchange(room, judged.cy)
    exchange(room, judged.cy, "requested")
    exchange(room, judged.mia, "cancelled", ended_by=judged.mia.id, is_late=True)
    exchange(room, judged.leo, "cancelled", ended_by=judged.ada.id)
    excused = exchange(room, judged.leo, "cancelled", ended_by=judged.ada.id, is_late=True)
    exchange(boat, judged.ada)
    exchange(boat, judged.ada, "cancelled", ended_by=judged.ada.id, is_late=True)
    excuse = Excuse(made_at=NOON, made_by=judged.mia.id, first_day=NOON.date(), last_day=NOON.date(), cause="storm")  # fmt: skip
    db.session.add(excuse)
    db.session.flush()
    event = record("excuse.granted", judged.mia, judged.ada)
    db.session.add(Excused(excuse_id=excuse.id, exchange_id=excused.id, event_id=event.id))
    db.session.commit()
    judged.excuse = excuse
    return judged


def lines(page):
    told = page.partition('id="deals"')[2].partition("</section>")[0]
    rows = told.split("<dt>")[1:]
    return {
        row.partition("</dt>")[0].strip(): " ".join(row.partition("<dd>")[2].partition("</dd>")[0].split())
        for row in rows
        if "<a " not in row.partition("</dt>")[0]
    }  # fmt: skip


def test_both_roles_stand_beside_a_member(dealt, client):
    told = lines(client.get("/members/ada").text)
    assert told == {
        "As provider": "4 exchanges",
        "People who came back": "1",
        "As receiver": "1 exchange",
        "Kept to what was agreed": '71% <span class="muted small">(5 of 7)</span>',
        "Cancelled late": "1",
    }


def test_an_excuse_that_was_withdrawn_excuses_nothing(dealt, client):
    dealt.excuse.withdrawn_at = NOON
    db.session.commit()
    told = lines(client.get("/members/ada").text)
    assert told["Cancelled late"] == "2"
    assert "(5 of 8)" in told["Kept to what was agreed"]


def test_exchanges_are_not_counted_twice(dealt, client):
    say(dealt.ada)
    say(dealt.leo)
    assert "/numbers/exchanges" not in client.get("/members/ada").text
    assert "/numbers/exchanges" in client.get("/members/leo").text


def test_who_never_dealt_has_no_panel(dealt, client):
    assert 'id="deals"' not in client.get("/members/leo").text


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ([0.5, 0.5, 4], "Answers within an hour, as a rule"),
        ([25.0, 25.0, 5], "Takes more than a day to answer, as a rule"),
        ([None, None, 5], "Nearly everyone who asks has an answer within a day"),
    ],
)
def test_answers_come_with_what_is_said_of_the_member(dealt, client, wait, said):
    say(dealt.ada, told={"numbers": [2, 9, 300, 4], "shown": {"response_wait": wait, "response_rate": [1, 4, 4]}})  # fmt: skip
    page = client.get("/members/ada").text
    assert said in page
    assert "/numbers/response_wait" not in page


@pytest.mark.parametrize("who", [None, "ben", "ada"])
def test_it_asks_no_further_question(dealt, client, as_member, statements, database, who):
    say(dealt.ada)
    browser = as_member(getattr(dealt, who)) if who else client
    browser.get("/members")
    statements.clear()
    assert browser.get("/members/ada").status_code == 200
    assert len(statements) <= 5, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements)) == []
