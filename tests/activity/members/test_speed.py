"""The pages people see first: few questions to the database, and none that reads a whole table."""

from datetime import timedelta

import pytest

from community.activity.members.models import MemberLink, MemberTag
from community.kit.cache import cache
from community.kit.db import db
from community.ledger.models import Fact, Subject
from community.ledger.record import record
from tests.conftest import NOON
from tests.plans import scans

MOST_QUERIES = 5
PAGES = ["/", "/members", "/members/ada", "/members?sort=name", "/members?sort=new"]
SEARCHES = [
    "/members?q=ada",
    "/members?q=李",
    "/members?interest=boats",
    "/members?language=pt&q=be",
    "/members?q=be+ok",
    "/members?place=port",
    "/members?place=port&interest=boats&who=home",
    "/members?who=unclaimed",
    "/members?who=home&sort=name",
    "/members?who=staff&q=mi",
]


@pytest.fixture
def lived_in(village):
    """The village after some weeks."""
    room = Subject(type="offer", owner=village.ada.id, made_at=NOON, title="A room by the river")
    topic = Subject(type="topic", owner=village.ben.id, made_at=NOON, title="Which train?")
    db.session.add_all([room, topic])
    db.session.flush()
    people = list(vars(village).values())
    for number in range(60):
        giver, taker = people[number % 6], people[(number * 5 + 1) % 6]
        kind = ["thanks.given", "exchange.completed", "answer.posted"][number % 3]
        record(kind, giver, taker, ("offer", room.id), happened_at=NOON + timedelta(hours=number))
    for value in ("boats", "bread"):
        db.session.add(
            MemberTag(member_id=village.ada.id, kind="interest", value=value, label=value)
        )
    db.session.add(
        MemberTag(member_id=village.ben.id, kind="language", value="pt", label="Português")
    )
    db.session.add(MemberLink(member_id=village.ada.id, label="Shop", url="https://example.org"))
    for name in ("rating", "response_rate"):
        db.session.add(
            Fact(
                about="member",
                about_id=village.ada.id,
                name=name,
                value=4_870_000,
                declared_at=NOON,
                source="x",
            )
        )
    db.session.commit()
    return village


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", [None, "ben", "ada"])
def test_a_page_asks_at_most_five_questions(lived_in, client, as_member, statements, path, who):
    browser = as_member(getattr(lived_in, who)) if who else client
    browser.get("/members")
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    assert len(statements) <= MOST_QUERIES, [s for s, _ in statements]


@pytest.mark.parametrize("path", PAGES + SEARCHES)
@pytest.mark.parametrize("who", [None, "ben"])
def test_no_question_reads_a_whole_table(
    lived_in, client, as_member, statements, database, path, who
):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    browser = as_member(getattr(lived_in, who)) if who else client
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    asked = list(statements)
    assert asked
    assert scans(asked) == []


def test_the_plan_test_would_see_a_scan(lived_in, database):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    assert scans([("SELECT * FROM member WHERE headline = 'x'", ())])
