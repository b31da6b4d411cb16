"""The pages that show what an import brought."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import EVERYONE, MEMBERS, NOBODY
from community.kit import clock, dialects
from community.kit.db import db
from community.ledger.models import Fact, Subject
from community.ledger.record import record
from tests.conftest import NOON


def tell(type, owner, at=0, parent=None, title=None, html=None):
    told = Subject(
        type=type,
        owner=owner.id if owner else None,
        parent=parent.id if parent else None,
        made_at=NOON + timedelta(minutes=at),
        title=title,
        html=html,
        renderer=1,
    )
    db.session.add(told)
    db.session.flush()
    return told


@pytest.fixture
def stories(village):
    """A topic of Ada's that Ben answered and Cy commented on; an offer that Cy reviewed."""
    topic = tell("topic", village.ada, title="Which <train> to Porto?", html="<p>In April</p>")
    first = tell("answer", None, 1, topic, html="<p>No idea</p>")
    answer = tell("answer", village.ben, 2, topic, html="<p>The <em>night</em> one</p>")
    tell("comment", village.cy, 3, answer, html="<p>Bring a scarf</p>")
    offer = tell("offer", village.ada, 4, title="Attic room")
    review = tell("review", village.cy, 5, offer, html="<p>Lovely</p>")
    for _ in range(3):
        record("thanks.given", None, village.ben, ("answer", answer.id))
    record("vote.cast", None, village.ben, ("answer", answer.id), value=-1)
    record("answer.accepted", village.ada, village.ben, ("answer", answer.id))
    for day, value in ((0, 4_000_000), (1, 4_870_000)):
        db.session.add(
            Fact(
                about="offer",
                about_id=offer.id,
                name="rating",
                value=value,
                declared_at=NOON + timedelta(days=day),
                source="x",
            )
        )
    db.session.commit()
    ids = {"topic": topic, "answer": answer, "first": first, "offer": offer, "review": review}
    ids = {name: subject.id for name, subject in ids.items()}
    db.session.rollback()
    return ids


def test_the_list_shows_each_kind_newest_first(client, stories):
    page = client.get("/stories").text
    assert "Which &lt;train&gt; to Porto?" in page
    assert "Attic room" not in page


def test_offers_and_reviews_have_lists_of_their_own(client, stories):
    page = client.get("/stories").text
    for type in ("offer", "review"):
        assert f'href="/{type}s"' in page
        assert client.get(f"/stories?type={type}").location == f"/{type}s"


def test_where_there_is_nothing_else_one_is_led_to_the_offers(client, village):
    tell("offer", village.ada, title="Attic room")
    db.session.commit()
    assert client.get("/stories").location == "/offers"


@pytest.fixture
def dealt(village):
    """Ada's attic with a row, an exchange of Ben's about it, and what he said."""
    kind = OfferKind(name="stay", label="Stay", unit="night", grain="day")
    attic = tell("offer", village.ada, title="Attic room")
    db.session.add(kind)
    db.session.flush()
    offer = Offer(
        subject_id=attic.id, owner_id=village.ada.id, kind_id=kind.id, state="published",
        title="Attic room", made_at=NOON, changed_at=NOON, published_at=NOON,
    )  # fmt: skip
    between = tell("exchange", village.ben, 1, attic, title="Attic room")
    db.session.add(offer)
    db.session.flush()
    exchange = Exchange(
        subject_id=between.id, offer_id=offer.id, provider_id=village.ada.id,
        receiver_id=village.ben.id, state="completed", made_at=NOON, changed_at=NOON,
    )  # fmt: skip
    said = tell("review", village.ben, 2, between, title="Attic room", html="<p>Lovely</p>")
    db.session.add(exchange)
    db.session.flush()
    review = Review(
        exchange_id=exchange.id, side="receiver", author_id=village.ben.id,
        about_id=village.ada.id, offer_id=offer.id, kind_id=kind.id, made_at=NOON,
        changed_at=NOON, published_at=NOON, stars=5, subject_id=said.id,
    )  # fmt: skip
    db.session.add(review)
    about = ("exchange", between.id)
    record("exchange.completed", village.ben, village.ada, about, happened_at=NOON)
    record("review.published", village.ben, village.ada, ("review", said.id), happened_at=NOON)
    record("offer.published", village.ada, None, ("offer", attic.id), happened_at=NOON)
    db.session.commit()
    ids = {"attic": attic.id, "between": between.id, "said": said.id}
    ids |= {"offer": offer.id, "exchange": exchange.id, "review": review.id}
    db.session.rollback()
    return ids


def test_what_has_a_page_of_its_own_is_read_there(client, dealt):
    assert client.get(f"/stories/{dealt['attic']}").location == f"/offers/{dealt['offer']}"
    assert client.get(f"/stories/{dealt['said']}").location == f"/reviews/{dealt['review']}"


def test_an_exchange_is_nobodys_to_read_but_the_twos(client, as_member, village, dealt):
    address = f"/stories/{dealt['between']}"
    assert client.get(address).status_code == 404
    assert as_member(village.cy).get(address).status_code == 404
    assert as_member(village.mia).get(address).status_code == 404
    for side in (village.ada, village.ben):
        assert as_member(side).get(address).location == f"/exchanges/{dealt['exchange']}"


def test_an_exchange_without_a_row_is_shown_to_nobody(client, as_member, village, stories):
    between = tell("exchange", village.cy, 6, db.session.get(Subject, stories["offer"]), "Secret")
    said = tell("review", village.cy, 7, between, html="<p>Fine</p>")
    db.session.commit()
    between, said = between.id, said.id
    for browser in (client, as_member(village.cy)):
        assert browser.get(f"/stories/{between}").status_code == 404
        assert f"/stories/{between}" not in browser.get(f"/stories/{stories['offer']}").text
        assert f"/stories/{between}" not in browser.get(f"/stories/{said}").text


def test_what_happened_leads_to_the_pages_of_offers_and_reviews(client, dealt):
    page = client.get("/members/ada").text
    happened = page[page.index("What happened") :]
    assert f'href="/offers/{dealt["offer"]}"' in happened
    assert f'href="/reviews/{dealt["review"]}"' in happened
    assert "/stories/" not in happened
    assert f"/exchanges/{dealt['exchange']}" not in page


def test_a_topic_is_read_with_its_answers_the_one_that_helped_first(client, stories):
    page = client.get(f"/stories/{stories['topic']}").text
    assert page.index("The <em>night</em> one") < page.index("No idea")
    assert "Bring a scarf" in page
    assert "The answer that helped" in page
    assert "Thanks: 3" in page
    assert 'href="/members/ben"' in page


def test_an_offer_is_read_with_its_latest_figures_and_reviews(client, stories):
    page = client.get(f"/stories/{stories['offer']}").text
    assert "Lovely" in page
    assert "4.87" in page
    assert ">4<" not in page


def test_an_answer_leads_back_to_its_topic(client, stories):
    page = client.get(f"/stories/{stories['answer']}").text
    assert f'href="/stories/{stories["topic"]}"' in page
    assert "Bring a scarf" in page


@pytest.mark.parametrize(
    ("sees_profile", "is_erased", "for_visitors", "for_members"),
    [
        (EVERYONE, False, True, True),
        (MEMBERS, False, False, True),
        (NOBODY, False, False, False),
        (EVERYONE, True, False, False),
    ],
)
def test_whose_it_is_stands_only_where_they_want_it(
    client, as_member, village, stories, sees_profile, is_erased, for_visitors, for_members
):
    village.ben.sees_profile = sees_profile
    village.ben.erased_at = clock.now() if is_erased else None
    db.session.commit()
    for browser, is_seen in ((client, for_visitors), (as_member(village.cy), for_members)):
        for address in (f"/stories/{stories['topic']}", f"/stories/{stories['answer']}"):
            page = browser.get(address).text
            assert ("Ben Okafor" in page) is is_seen
            assert "The <em>night</em> one" in page


@pytest.mark.parametrize(
    "address",
    ["/stories/999999", "/stories?type=secret", "/stories/0", "/stories?type="],
)
def test_what_is_not_there_is_not_found(client, app, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "place", ["x", "1.2.3", "-1.1", "9" * 40 + ".1", "1." + "9" * 30, "٣.٤", ""]
)
def test_a_place_that_is_none_shows_the_beginning(client, stories, place):
    answer = client.get("/stories", query_string={"before": place})
    assert answer.status_code == 200
    assert "Porto" in answer.text


def test_pages_go_on_both_ways_and_miss_nothing(client, village):
    for i in range(45):
        tell("topic", village.ada, i // 2, title=f"Topic number {i:02}.")
    db.session.commit()
    seen, address, pages = [], "/stories", []
    while address:
        page = client.get(address).text
        seen += [i for i in range(44, -1, -1) if f"Topic number {i:02}." in page]
        pages.append(address)
        address = _link(page, "next")
    assert seen == list(range(44, -1, -1))
    assert len(pages) == 3
    back = client.get(_link(client.get(pages[2]).text, "prev")).text
    assert "Topic number 24." in back
    assert "Topic number 05." in back
    assert "Topic number 04." not in back


def _link(page, rel):
    from html import unescape
    from re import search

    found = search(rf'rel="{rel}"\s+href="([^"]+)"', page)
    return unescape(found[1]) if found else None


def test_an_empty_archive_says_what_will_be_here(client, app):
    assert "Nothing here yet" in client.get("/stories").text


def test_pages_ask_little_and_never_read_a_whole_table(client, stories, app):
    asked = []

    def note(connection, cursor, statement, parameters, context, many):
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for name in (None, "topic", "answer", "offer", "review"):
            asked.clear()
            address = "/stories" + (f"/{stories[name]}" if name else "")
            assert client.get(address).status_code == 200
            own = [a for a in asked if a[0].startswith("SELECT")]
            assert 1 <= len(own) <= 5
            if db.engine.dialect.name == "sqlite":
                _no_scan(own)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _no_scan(asked):
    for statement, parameters in list(asked):
        with db.engine.connect() as connection, connection.begin():
            plan = dialects.query_plan(connection, statement, parameters)
        assert not [step for step in plan if step.startswith("SCAN ") and "CONSTANT" not in step], (
            statement,
            plan,
        )
