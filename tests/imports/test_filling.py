"""Offers, exchanges and reviews of imports, as rows of their own."""

import pytest
from sqlalchemy import text

from community.activity.members.models import Identity, Member
from community.activity.members.queries import forgetting
from community.kit import clock
from community.kit.db import db
from tests.imports.conftest import BIG, REVIEWS, many, one, rows, totals, write_csv
from tests.imports.test_airbnb import micros

WITHOUT_NUMBERS = {
    "offer": "subject_id, owner_id, is_wish, state, title, title_key, amount, currency, is_free,"
    " made_at, published_at",
    "exchange": "event_id, provider_id, receiver_id, state, moves, ended_at, opened_at, units",
    "review": "subject_id, event_id, author_id, about_id, side, published_at, stars, text, html,"
    " text_key, is_verified",
}


def told() -> dict[str, list[tuple]]:
    """All that the rows say, but for their own numbers."""
    return {
        table: sorted(map(repr, rows(f"SELECT {columns} FROM {table}")))
        for table, columns in WITHOUT_NUMBERS.items()
    }


def forget_rows():
    """The database as it was before there were such rows."""
    with db.engine.begin() as connection:
        for table in ("review", "exchange", "offer_word", "offer_version", "offer", "offer_kind"):
            connection.execute(text(f"DELETE FROM {table}"))


def test_a_listing_is_an_offer_that_waits_for_its_owner(bring, town):
    bring("airbnb", town)
    asked = (
        "SELECT o.title, k.name, o.state, o.amount, o.currency, o.is_free, o.published_at, m.name"
        " FROM offer o JOIN offer_kind k ON k.id = o.kind_id JOIN member m ON m.id = o.owner_id"
        " JOIN subject s ON s.id = o.subject_id WHERE s.external_id = :id"
    )
    assert rows(asked, id=BIG) == [
        ("Home in Albany · 2 beds", "stay", "published", 120_900, "USD", False, micros(2014, 7, 1), "Ada")
    ]  # fmt: skip
    assert rows(asked, id="12")[0][3:6] == (None, None, False)
    assert many("offer") == 3
    told = one("SELECT told FROM offer_version WHERE offer_id = (SELECT min(id) FROM offer)")
    assert "Home in Albany" in str(told)


def test_its_prices_are_in_the_currency_that_is_said(bring, town):
    bring("airbnb", town, "--currency", "cad")
    assert rows("SELECT DISTINCT currency FROM offer WHERE amount IS NOT NULL") == [("CAD",)]
    assert "three letters" in bring("airbnb", town, "--currency", "dollars", exits=1)


def test_an_offer_is_found_by_title_and_place(bring, town):
    lines = "id,name,scrape_id,last_scraped,host_id,host_name,host_since,neighbourhood_cleansed"
    write_csv(
        town / "listings.csv.gz", lines,
        "12|Attic|20241105062440|2024-11-09|8|李明|2015-02-01|THIRD WARD",
    )  # fmt: skip
    write_csv(town / "reviews.csv.gz", REVIEWS)
    bring("airbnb", town)
    assert one("SELECT place FROM offer") == "Third Ward"
    found = {word for (word,) in rows("SELECT word FROM offer_word")}
    assert found == {"attic", "@third", "@ward"}


def test_a_review_is_one_of_a_completed_exchange_that_nobody_here_saw(bring, town):
    bring("airbnb", town)
    asked = (
        "SELECT e.state, p.name, g.name, e.moves, e.subject_id, e.ended_at, r.side, r.stars,"
        " r.is_verified, r.published_at, r.text, r.text_key, v.kind, d.kind"
        " FROM review r JOIN exchange e ON e.id = r.exchange_id"
        " JOIN member p ON p.id = e.provider_id JOIN member g ON g.id = e.receiver_id"
        " JOIN event v ON v.id = r.event_id JOIN event d ON d.id = e.event_id"
        " JOIN subject s ON s.id = r.subject_id WHERE s.external_id = '503'"
    )
    at = micros(2016, 1, 1)
    assert rows(asked) == [
        ("completed", "Ada", "Kristen", 0, None, at, "receiver", None, False, at, "Again", "again",
         "review.published", "exchange.completed")
    ]  # fmt: skip
    assert (
        one(
            "SELECT r.text FROM review r JOIN subject s ON s.id = r.subject_id"
            " WHERE s.external_id = '9007199254740993'"
        )
        == "Lovely!\nWe\ncame back. <script>alert(1)</script>"
    )


def test_who_reviews_their_own_offer_has_dealt_with_nobody(bring, town):
    write_csv(town / "reviews.csv.gz", REVIEWS, "12|503|2016-01-01|8|李明|How I love my attic")
    bring("airbnb", town)
    assert (many("exchange"), many("review")) == (0, 0)
    assert many("event", "kind = 'exchange.completed'") == 1


def test_nothing_of_a_member_who_left_stands_in_the_rows(bring, town):
    bring("airbnb", town)
    identity = db.session.query(Identity).filter_by(external_id="101").one()
    identity.external_id = forgetting("airbnb", "101")
    member = db.session.get(Member, identity.member_id)
    member.name, member.erased_at = "", clock.now()
    db.session.commit()
    write_csv(town / "reviews.csv.gz", REVIEWS, "13|777|2016-02-01|101|Kristen|I am Kristen")
    bring("airbnb", town)
    assert many("review", "text LIKE '%Kristen%' OR html LIKE '%Kristen%'") == 0
    assert rows(
        "SELECT text, html, text_key FROM review WHERE subject_id ="
        " (SELECT id FROM subject WHERE external_id = '777')"
    ) == [("", "", "")]


def test_filling_gives_what_the_import_would_have_given_and_once(bring, town):
    bring("airbnb", town)
    whole = told()
    forget_rows()
    assert "3 offers and 3 reviews" in bring("fill")
    assert told() == whole
    before = totals()
    assert "0 offers and 0 reviews" in bring("fill")
    assert totals() == before
    bring("airbnb", town)
    assert totals() == before


def test_setting_up_fills_what_is_missing(bring, town, app):
    bring("airbnb", town)
    whole = told()
    forget_rows()
    said = app.test_cli_runner().invoke(args=["setup"])
    assert "3 offers and 3 reviews" in said.output
    assert told() == whole
    assert "reviews" not in app.test_cli_runner().invoke(args=["setup"]).output


def test_filling_goes_on_where_it_was_stopped(bring, town, monkeypatch):
    from community.imports import filling

    bring("airbnb", town)
    whole = told()
    forget_rows()
    monkeypatch.setattr(filling, "FIRST", 1)
    monkeypatch.setattr(filling, "FEWEST", 1)
    monkeypatch.setattr(filling, "MOST", 1)
    add, seen = filling.dealings.add_reviews, []

    def stopped(connection, told, *more):
        seen.append(told)
        add(connection, told, *more)
        if len(seen) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(filling.dealings, "add_reviews", stopped)
    with pytest.raises(KeyboardInterrupt):
        filling.fill(db.engine)
    assert (many("offer"), many("review")) == (3, 1)
    filling.fill(db.engine)
    assert told() == whole


def test_a_mapping_that_tells_of_offers_and_exchanges_fills_them_too(bring, tmp_path):
    mapping = tmp_path / "lent.toml"
    mapping.write_text(
        'source = "lent"\nid = "no"\n[kinds]\ncolumn = "what"\n'
        'is = {offered = "offer.published", lent = "exchange.completed"}\n'
        '[time]\ncolumn = "day"\n[actor]\nid = "who"\n[other]\nid = "to"\n'
        '[subject]\ntype = "offer"\nid = "thing"\ntitle = "title"\n'
    )
    file = write_csv(
        tmp_path / "lent.csv", "no,what,day,who,to,thing,title",
        "1|offered|2020-01-01|ada||7|Ladder", "2|lent|2020-02-01|ben|ada|7|Ladder",
    )  # fmt: skip
    bring("csv", file, "--mapping", mapping)
    assert rows("SELECT title, name FROM offer JOIN offer_kind k ON k.id = kind_id") == [
        ("Ladder", "thing")
    ]
    assert rows(
        "SELECT state, p.name, g.name FROM exchange JOIN member p ON p.id = provider_id"
        " JOIN member g ON g.id = receiver_id"
    ) == [("completed", "Member ada", "Member ben")]
    before = totals()
    bring("csv", file, "--mapping", mapping)
    assert totals() == before
