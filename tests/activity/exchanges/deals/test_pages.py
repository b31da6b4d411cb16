"""The pages of exchanges: asking, answering, writing, and who sees what."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.activity.exchanges.deals import actions, rules
from community.activity.exchanges.deals.models import Exchange, Message, Recap
from community.activity.exchanges.offers.models import Offer
from community.activity.members.models import Member
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.kit.outbox import Mail
from community.ledger.audit import AuditRow
from community.ledger.record import record
from tests.activity.exchanges import dealt
from tests.activity.exchanges.deals.conftest import FIRST, days
from tests.conftest import NOON
from tests.plans import scans

STAY = {
    "first_day": "2026-06-10",
    "last_day": "2026-06-11",
    "words": "Two nights on the way south?",
    "is_rules_read": "y",
    "key": "a-key",
}


@pytest.fixture
def asked(market):
    exchange = actions.ask(
        market.room.id,
        market.ben.id,
        days(tz="Europe/Lisbon", amount=5000, currency="EUR"),
        "Two nights?",
    )
    db.session.commit()
    return exchange


def state_of(exchange):
    db.session.expire_all()
    return db.session.get(Exchange, exchange.id).state


def test_asking_says_what_it_costs_and_shows_the_rules(market, as_member):
    page = as_member(market.ben).get(f"/offers/{market.room.id}/ask").text
    assert "No smoking." in page
    assert "€25 per night" in page
    assert 'name="first_day"' in page
    assert 'name="begins"' not in page


def test_a_request_is_made_once_and_told(market, as_member):
    browser = as_member(market.ben)
    for _ in range(2):
        answer = browser.post(f"/offers/{market.room.id}/ask", data=STAY)
        assert answer.status_code == 303
    (exchange,) = db.session.scalars(select(Exchange))
    assert answer.location == f"/exchanges/{exchange.id}"
    assert (exchange.amount, exchange.currency, exchange.units) == (5000, "EUR", 2)
    page = browser.get(answer.location).text
    assert "Ada Lindqvist has not answered yet." in page
    assert "€50" in page
    (mail,) = db.session.scalars(select(Mail))
    assert mail.address == "ada@village.example"
    assert f"/exchanges/{exchange.id}" in mail.text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"first_day": ""}, "Say this too."),
        ({"first_day": "tomorrow"}, "That is no day."),
        ({"first_day": "9999-12-31"}, "That is no day."),
        ({"last_day": "2026-06-09"}, "It ends before it begins."),
        ({"first_day": "2026-05-01", "last_day": "2026-05-02"}, "That time is over already."),
        ({"last_day": "2026-06-30"}, "That is too long: at most 10."),
        ({"is_rules_read": ""}, "Read them first"),
        ({"words": "x" * 4001}, "At most 4000 characters."),
    ],
)
def test_what_is_refused_keeps_what_was_typed(market, as_member, changed, says):
    answer = as_member(market.ben).post(f"/offers/{market.room.id}/ask", data={**STAY, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert "x" * 4001 in answer.text or STAY["words"] in answer.text


@pytest.mark.parametrize(
    ("offer", "data", "units"),
    [
        ("help", {"first_day": "2026-06-10", "begins": "10:00", "hours": "2"}, 2),
        ("saw", {}, 1),
        ("chat", {"units": "3"}, 3),
    ],
)
def test_each_kind_is_asked_for_in_its_way(market, as_member, offer, data, units):
    browser, id = as_member(market.ben), getattr(market, offer).id
    assert browser.get(f"/offers/{id}/ask").status_code == 200
    answer = browser.post(f"/offers/{id}/ask", data={**data, "words": "Hello"})
    assert answer.status_code == 303, answer.text
    assert db.session.scalars(select(Exchange.units)).one() == units
    assert browser.get(answer.location).status_code == 200


def test_nobody_asks_for_their_own_or_what_is_paused(market, as_member):
    assert "This is your own." in as_member(market.ada).get(f"/offers/{market.room.id}/ask").text
    market.room.state = "paused"
    db.session.commit()
    browser = as_member(market.ben)
    assert "It is paused" in browser.get(f"/offers/{market.room.id}/ask").text
    assert browser.post(f"/offers/{market.room.id}/ask", data=STAY).status_code == 422
    assert browser.get("/offers/99999/ask").status_code == 404


def test_buttons_lead_from_request_to_end(market, as_member, asked):
    ada, ben = as_member(market.ada), as_member(market.ben)
    where = f"/exchanges/{asked.id}"
    assert "waits for your answer" in ada.get(where).text
    assert ada.post(f"{where}/accept", data={"seen": "1"}).status_code == 303
    assert ada.post(f"{where}/accept", data={"seen": "1"}).status_code == 303
    assert ben.post(f"{where}/confirm", data={"seen": "2"}).status_code == 303
    market.clock.move_to(NOON + timedelta(days=12))
    assert ben.post(f"{where}/finish", data={}).status_code == 303
    assert "Do you say so too?" in ada.get(where).text
    assert ada.post(f"{where}/finish", data={}).status_code == 303
    assert state_of(asked) == "completed"
    assert "Look back on it" in ada.get(where).text


def test_an_exchange_speaks_to_its_reader_and_leads_on_when_it_has_ended(market, as_member, asked):
    actions.move(asked.id, "decline", market.ada.id, reason="does_not_fit")
    db.session.commit()
    bens = as_member(market.ben).get(f"/exchanges/{asked.id}").text
    adas = as_member(market.ada).get(f"/exchanges/{asked.id}").text
    assert "You asked" in bens
    assert "You declined" in adas
    assert f"with {market.ada.name}" in re.search("<title>(.*?)</title>", bens).group(1)
    assert f"({market.ada.name})" in bens
    assert "(You)" in adas
    assert 'href="/offers"' in bens
    assert "Find something else" in bens
    assert 'href="/offers/mine"' in adas
    assert "Find something else" not in adas


def test_what_does_not_go_is_said_not_broken(market, as_member, asked):
    ben = as_member(market.ben)
    answer = ben.post(f"/exchanges/{asked.id}/accept", data={"seen": "1"})
    assert answer.status_code == 422
    assert "Only whose offer it is can do that." in answer.text
    answer = as_member(market.ada).post(f"/exchanges/{asked.id}/decline", data={"seen": "1"})
    assert answer.status_code == 422
    assert "Choose one of the reasons." in answer.text
    assert state_of(asked) == "requested"


def test_other_terms_are_proposed_and_agreed_to(market, as_member, asked):
    ada, ben = as_member(market.ada), as_member(market.ben)
    where = f"/exchanges/{asked.id}"
    page = ada.get(f"{where}/counter").text
    assert 'value="2026-06-10"' in page
    data = {
        "first_day": "2026-06-12", "last_day": "2026-06-13", "amount": "40", "words": "Then?",
        "seen": "1",
    }  # fmt: skip
    assert ada.post(f"{where}/counter", data=data).status_code == 303
    db.session.expire_all()
    changed = db.session.get(Exchange, asked.id)
    assert (changed.amount, changed.first_day.day) == (4000, 12)
    assert "proposes something else" in ben.get(where).text
    assert ben.post(f"{where}/agree", data={"seen": "2"}).status_code == 303
    assert state_of(asked) == "confirmed"


def test_cancelling_asks_first_and_says_whether_it_is_late(market, as_member, asked):
    actions.move(asked.id, "accept", market.ada.id)
    actions.move(asked.id, "confirm", market.ben.id)
    db.session.commit()
    ben, where = as_member(market.ben), f"/exchanges/{asked.id}/cancel"
    assert "It is early enough" in ben.get(where).text
    market.clock.move_to(NOON + timedelta(days=9))
    assert "This is late" in ben.get(where).text
    assert state_of(asked) == "confirmed"


@pytest.mark.parametrize("who", ["cy", "leo", "mia", "ann"])
def test_nobody_else_sees_an_exchange(market, as_member, asked, who):
    browser = as_member(getattr(market, who))
    for path in ("", "/accept", "/recap", "/counter"):
        assert browser.get(f"/exchanges/{asked.id}{path}").status_code == 404
    assert browser.post(f"/exchanges/{asked.id}/messages", data={"text": "x"}).status_code == 404
    assert browser.post(f"/exchanges/{asked.id}/withdraw").status_code == 404
    assert (
        browser.post(f"/exchanges/{asked.id}/look", data={"reason": "why not"}).status_code == 404
    )


def test_a_manager_reads_what_went_wrong_and_that_is_written_down(market, as_member, asked):
    actions.move(asked.id, "accept", market.ada.id)
    actions.move(asked.id, "confirm", market.ben.id)
    market.clock.move_to(NOON + timedelta(days=9))
    actions.move(asked.id, "complain", market.ben.id, reason="felt_unsafe", words="He shouted.")
    db.session.commit()
    assert as_member(market.leo).get(f"/exchanges/{asked.id}").status_code == 404
    mia = as_member(market.mia)
    page = mia.get(f"/exchanges/{asked.id}").text
    assert "He shouted." not in page
    look = f"/exchanges/{asked.id}/look"
    assert mia.post(look, data={"reason": ""}).status_code == 422
    page = mia.post(look, data={"reason": "To help both"}).text
    assert "He shouted." in page
    assert 'name="text"' not in page
    (row,) = db.session.scalars(select(AuditRow))
    assert (row.act, row.about, row.actor) == ("exchange.read", market.ben.id, market.mia.id)


def test_messages_come_once_and_are_marked_read(market, as_member, asked):
    ada, ben = as_member(market.ada), as_member(market.ben)
    where = f"/exchanges/{asked.id}"
    for _ in range(2):
        data = {"text": "<b>Which</b> train?", "key": "k1"}
        assert ada.post(f"{where}/messages", data=data).status_code == 303
    page = ben.get(where).text
    assert page.count("&lt;b&gt;Which&lt;/b&gt; train?") == 1
    assert ">new<" in page.replace("\n", "")
    assert db.session.scalar(
        select(func.count()).select_from(Message).where(Message.seen_at.is_not(None))
    )
    assert ">read<" in ada.get(where).text.replace(" ", "").replace("\n", "")
    assert ben.post(f"{where}/messages", data={"text": " ", "key": "k2"}).status_code == 422


def test_a_letter_about_a_message_comes_after_some_quiet_only(market, asked):
    for minutes, text in ((0, "One"), (5, "Two"), (60 * 7, "Three")):
        market.clock.move_to(NOON + timedelta(minutes=minutes))
        actions.say(asked.id, market.ada.id, text)
        db.session.commit()
    keys = db.session.scalars(select(Mail.key).where(Mail.key.contains(":wrote:"))).all()
    assert len(keys) == 2
    market.ben.letters = 0
    market.clock.move_to(NOON + timedelta(days=1))
    actions.say(asked.id, market.ada.id, "Four")
    assert len(db.session.scalars(select(Mail).where(Mail.key.contains(":wrote:"))).all()) == 2


def test_the_list_goes_on_and_waits_are_on_the_front_page(market, as_member):
    for number in range(23):
        who = (market.ben, market.cy, market.mia, market.leo, market.ann)[number % 5]
        first = FIRST + timedelta(days=number)
        actions.ask(market.room.id, who.id, days(first, tz="Europe/Lisbon"))
    db.session.commit()
    ada = as_member(market.ada)
    page = ada.get("/exchanges").text
    assert page.count("A room by the river") == 20
    older = re.search(r'href="(/exchanges\?tab=waits[^"]*before=[^"]+)"', page).group(1)
    assert ada.get(older.replace("&amp;", "&")).text.count("A room by the river") == 3
    assert "A room by the river" in ada.get("/").text
    assert "Nothing yet" in as_member(market.ben).get("/exchanges?tab=past").text
    assert ada.get("/exchanges?tab=nothing").status_code == 404


def test_a_recap_is_drafted_kept_and_shown(market, as_member, asked):
    actions.move(asked.id, "accept", market.ada.id)
    actions.move(asked.id, "confirm", market.ben.id)
    market.clock.move_to(NOON + timedelta(days=12))
    actions.move(asked.id, "finish", market.ben.id)
    actions.move(asked.id, "finish", market.ada.id)
    db.session.commit()
    ben, where = as_member(market.ben), f"/exchanges/{asked.id}/recap"
    page = ben.get(where).text
    for part in ("I had 2 nights from Ada Lindqvist", "first time", "€50", "Thank you, Ada"):
        assert part in page
    data = {"text": "A quiet room.\nThank you.", "is_public": "y"}
    assert ben.post(where, data=data).status_code == 303
    assert ben.post(where, data=data).status_code == 303
    assert db.session.scalars(select(Recap)).one().is_public
    assert "A quiet room." in as_member(market.cy).get("/members/ben/recaps").text
    assert "/members/ben/recaps" in as_member(market.cy).get("/members/ben").text
    assert ben.post(where, data={"text": ""}).status_code == 422
    assert ben.post(where, data={"text": "Mine."}).status_code == 303
    assert "Mine." not in as_member(market.cy).get("/members/ben/recaps").text
    assert "Mine." in ben.get("/members/ben/recaps").text


def kept_on(page):
    """What a timeline shows of what was kept: the sentence that it stands below, and the words."""
    told = page.partition('class="timeline"')[2].partition("</ol>")[0].split("<li>")
    plain = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in told]
    return [plain[n] for n, each in enumerate(told) if "<blockquote>" in each]


@pytest.fixture
def kept(market, asked):
    """Ada and Ben kept what their exchange was: Ben for all, Ada for herself."""
    actions.move(asked.id, "accept", market.ada.id)
    actions.move(asked.id, "confirm", market.ben.id)
    market.clock.move_to(NOON + timedelta(days=12))
    actions.move(asked.id, "finish", market.ben.id)
    actions.move(asked.id, "finish", market.ada.id)
    for who, text, is_public in ((market.ben, "<b>A quiet</b> room.\nThank you.", True), (market.ada, "He was tidy.", False)):  # fmt: skip
        db.session.add(Recap(exchange_id=asked.id, member_id=who.id, text=text, is_public=is_public, made_at=NOON, changed_at=NOON))  # fmt: skip
    db.session.commit()
    return asked


@pytest.mark.parametrize(
    ("path", "who", "finds"),
    [
        ("/members/ben", None, "&lt;b&gt;A quiet&lt;/b&gt; room. Thank you."),
        ("/members/ben", "ada", "&lt;b&gt;A quiet&lt;/b&gt; room. Thank you."),
        ("/members/ben", "ben", "&lt;b&gt;A quiet&lt;/b&gt; room. Thank you."),
        ("/members/ada", "ada", "He was tidy."),
        ("/members/ada", None, None),
        ("/members/ada", "ben", None),
        ("/members/ada", "mia", None),
        ("/members/ada?as=member", "ada", None),
        ("/members/ada?as=visitor", "ada", None),
    ],
)
def test_a_recap_stands_on_the_timeline_of_who_kept_it(
    market, client, as_member, kept, path, who, finds
):
    browser = as_member(getattr(market, who)) if who else client
    told = kept_on(browser.get(path).text)
    assert len(told) == (finds is not None)
    if finds:
        assert finds in told[0]
        assert "A room by the river" in told[0]


def test_a_recap_of_an_imported_exchange_stands_there_too(market, client, kept):
    """Its event names the offer, and the exchange is known by its event."""
    offer = db.session.get(Offer, kept.offer_id)
    event = record("exchange.completed", market.ben, market.ada, ("offer", offer.subject_id))
    db.session.flush()
    told = Exchange(event_id=event.id, offer_id=offer.id, provider_id=market.ada.id, receiver_id=market.ben.id, state="completed", made_at=NOON, changed_at=NOON)  # fmt: skip
    db.session.add(told)
    db.session.flush()
    db.session.add(Recap(exchange_id=told.id, member_id=market.ben.id, text="Long ago.", is_public=True, made_at=NOON, changed_at=NOON))  # fmt: skip
    db.session.commit()
    assert any("Long ago." in each for each in kept_on(client.get("/members/ben").text))


@pytest.mark.parametrize("who", [None, "ben", "cy"])
def test_a_timeline_with_recaps_costs_no_more_and_reads_no_whole_table(
    market, client, as_member, kept, statements, database, who
):
    browser = as_member(getattr(market, who)) if who else client
    browser.get("/members/ben")
    statements.clear()
    cache.clear()
    assert kept_on(browser.get("/members/ben").text)
    assert len(statements) <= 5, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements), small=("offer_kind", "badge_rule")) == []


@pytest.mark.parametrize("path", ["/", "/exchanges", "/exchanges?tab=past", "/exchanges/{id}"])
@pytest.mark.parametrize("who", ["ada", "ben"])
def test_few_questions_and_none_that_reads_a_whole_table(
    market, as_member, asked, statements, database, path, who
):
    actions.say(asked.id, market.ada.id, "Which train?")
    db.session.commit()
    browser, path = as_member(getattr(market, who)), path.format(id=asked.id)
    browser.get(path)
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    assert len(statements) <= 5, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements), small=("event",)) == []


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_wherever_an_exchange_stands_its_page_asks_little(
    village, as_member, statements, database, who
):
    """With a recap, an unread message, and reviews that nobody, both, or both have opened."""
    made, room, now = {}, dealt.offer(village.ada), clock.now()
    for state in rules.STATES:
        for reviews in ("none", "sealed", "open"):
            is_open = reviews == "open"
            more = {"review_until": now + timedelta(days=9), "opened_at": now if is_open else None}
            deal = dealt.exchange(room, village.ben, state, is_late=True, **more)
            made[deal.id] = (state, reviews)
            for side, writer in (("provider", village.ada), ("receiver", village.ben)):
                db.session.add(Message(exchange_id=deal.id, author_id=writer.id, at=now, text="Hi"))
                if state == "completed":
                    db.session.add(
                        Recap(exchange_id=deal.id, member_id=writer.id, text="Good.", made_at=now, changed_at=now)
                    )  # fmt: skip
                if reviews != "none":
                    dealt.review(deal, side, is_open=is_open)
    db.session.commit()
    browser = as_member(getattr(village, who))
    for id, stands in made.items():
        for most in (5, 4):  # What the other wrote is noted as read once.
            cache.clear()
            statements.clear()
            assert browser.get(f"/exchanges/{id}").status_code == 200
            asked = list(statements)
            assert len(asked) <= most, (stands, [s for s, _ in asked])
            if database.name == "sqlite":
                assert scans(asked) == [], stands


def test_in_chinese_all_the_pages_answer(market, as_member, asked):
    db.session.get(Member, market.ben.id).language = "zh_Hans_CN"
    db.session.commit()
    browser = as_member(market.ben)
    for path in ("/exchanges", f"/exchanges/{asked.id}", f"/offers/{market.room.id}/ask"):
        assert browser.get(path).status_code == 200


def test_every_move_by_hand_has_its_page():
    from community.activity.exchanges.deals import routes

    by_hand = {m.name for m in rules.MOVES if m.by != "clock"}
    assert by_hand == {*routes.SPOKEN, "counter", "ask_again"}
