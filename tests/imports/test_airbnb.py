from datetime import UTC, datetime

import pytest

from community.activity.members.models import Identity, Member
from community.activity.members.queries import forgetting
from community.imports.airbnb import figure
from community.imports.reading import Rejected
from community.kit import clock
from community.kit.db import db
from tests.imports.conftest import BIG, LISTINGS, REVIEWS, many, one, rows, totals, write_csv


def micros(*day):
    return int(datetime(*day, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("given", "millionths"),
    [
        ("97%", 970_000),
        ("100%", 1_000_000),
        ("0%", 0),
        ("4.87", 4_870_000),
        ("$1,234.50", 1_234_500_000),
        ("t", 1_000_000),
        ("f", 0),
        ("N/A", None),
        ("", None),
        ("12.0", 12_000_000),
    ],
)
def test_figures_are_read_exactly(given, millionths):
    assert figure(given, "column") == millionths


@pytest.mark.parametrize("given", ["lots", "1e5", "--3", "12%%"])
def test_what_is_no_figure_is_refused(given):
    with pytest.raises(Rejected):
        figure(given, "column")


def test_a_snapshot_becomes_members_offers_reviews_and_figures(bring, town):
    said = bring("airbnb", town)
    assert "3 new members" in said
    assert many("member") == 3
    assert many("member", "claimed_at IS NULL AND role = 'member'") == 3
    assert many("subject", "type = 'offer'") == 3
    assert many("subject", "type = 'review'") == 3
    assert dict(rows("SELECT kind, count(*) FROM event GROUP BY kind")) == {
        "member.joined": 2,
        "offer.published": 3,
        "exchange.completed": 3,
        "review.published": 3,
    }


def test_ids_beyond_two_to_the_fifty_third_stay_whole(bring, town):
    bring("airbnb", town)
    assert one("SELECT external_id FROM subject WHERE type = 'offer' ORDER BY id LIMIT 1") == BIG
    assert many("event", "external_id = 'review:9007199254740993:exchange'") == 1


def test_who_is_host_and_guest_is_one_member_with_dates_of_both(bring, town):
    bring("airbnb", town)
    joined, active = rows(
        "SELECT joined_at, active_at FROM member JOIN identity ON member_id = member.id"
        " WHERE external_id = '8'"
    )[0]
    assert joined == micros(2014, 6, 1)
    assert active == micros(2024, 11, 5)
    assert one("SELECT handle FROM member WHERE name = '李明'") == "member-8"


def test_an_exchange_and_its_review_name_guest_host_and_offer(bring, town):
    bring("airbnb", town)
    kinds = rows(
        "SELECT e.kind, g.name, h.name, e.subject_type, s.external_id FROM event e"
        " JOIN member g ON g.id = e.actor JOIN member h ON h.id = e.other"
        " JOIN subject s ON s.id = e.subject_id"
        " WHERE e.external_id IN ('review:503', 'review:503:exchange') ORDER BY e.id"
    )
    assert kinds == [
        ("exchange.completed", "Kristen", "Ada", "offer", "13"),
        ("review.published", "Kristen", "Ada", "review", "503"),
    ]


def test_texts_are_safe_and_titles_carry_no_figure_that_ages(bring, town):
    bring("airbnb", town)
    html = one("SELECT html FROM subject WHERE external_id = '9007199254740993'")
    assert html == "<p>Lovely!<br>We<br>came back. &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert (
        one("SELECT title FROM subject WHERE external_id = :id", id=BIG)
        == "Home in Albany · 2 beds"
    )


def test_figures_have_the_day_of_the_snapshot_and_blanks_give_none(bring, town):
    bring("airbnb", town)
    assert rows("SELECT DISTINCT declared_at FROM fact") == [(micros(2024, 11, 5),)]
    host = rows(
        "SELECT name, value FROM fact JOIN identity ON member_id = about_id"
        " WHERE about = 'member' AND external_id = '7' ORDER BY name"
    )
    assert host == [("is_recognised_host", 1_000_000), ("response_rate", 970_000)]
    assert many("fact", "about = 'member'") == 2
    offer = rows(
        "SELECT name, value FROM fact JOIN subject ON subject.id = about_id"
        " WHERE about = 'offer' AND external_id = :id ORDER BY name",
        id=BIG,
    )
    assert offer == [("price", 1_209_000_000), ("rating", 4_870_000), ("reviews", 2_000_000)]


def test_members_are_found_by_their_names(bring, town):
    bring("airbnb", town)
    assert many("member_word", "word = '李明'") == 1
    assert many("member_word", "word = 'kristen'") == 1


def test_repeating_adds_nothing(bring, town):
    bring("airbnb", town)
    before = totals()
    said = bring("airbnb", town)
    assert totals() == before
    assert "nothing new" in said


def test_a_later_snapshot_adds_and_keeps_what_vanished(bring, town, tmp_path):
    bring("airbnb", town)
    later = tmp_path / "later"
    later.mkdir()
    write_csv(
        later / "listings.csv", LISTINGS,
        "12|Attic|20250301000000|2025-03-01|8|李明|2015-02-01||50%|f||4.0|1",
    )  # fmt: skip
    write_csv(later / "reviews.csv", REVIEWS, "12|600|2025-02-01|900|Nia|Fine")
    bring("airbnb", later)
    assert many("subject", "type = 'offer'") == 3
    assert many("subject", "type = 'review'") == 4
    assert many("event", "kind = 'offer.published'") == 3
    assert many("fact", f"declared_at = {micros(2025, 3, 1)}") == 4
    assert many("event", "voided_at IS NOT NULL") == 0
    # The offers that vanished are still what reviews can be about.
    write_csv(later / "reviews.csv", REVIEWS, "13|601|2025-02-02|900|Nia|Older")
    bring("airbnb", later)
    assert many("subject", "type = 'review'") == 5


def test_dates_do_not_hang_on_the_order_of_snapshots(bring, town, tmp_path):
    early = tmp_path / "early"
    early.mkdir()
    write_csv(
        early / "listings.csv", LISTINGS,
        "13|Boat|20140101000000|2014-01-01|7|Ada|2013-01-07|2013-02-01||||5.0|1",
    )  # fmt: skip
    write_csv(early / "reviews.csv", REVIEWS, "13|50|2013-02-01|101|Kristen|First")
    bring("airbnb", town)
    bring("airbnb", early)
    assert one("SELECT joined_at FROM member WHERE name = 'Kristen'") == micros(2013, 2, 1)
    assert one("SELECT active_at FROM member WHERE name = 'Kristen'") == micros(2016, 1, 1)


def test_who_was_erased_is_not_brought_back(bring, town, app):
    bring("airbnb", town)
    identity = db.session.query(Identity).filter_by(external_id="101").one()
    identity.external_id = forgetting("airbnb", "101")
    gone = identity.member_id
    member = db.session.get(Member, gone)
    member.name, member.erased_at = "", clock.now()
    db.session.commit()
    write_csv(
        town / "reviews.csv.gz",
        REVIEWS,
        "13|503|2016-01-01|101|Kristen|Again",
        "13|777|2016-02-01|101|Kristen|My name is Kristen",
    )
    bring("airbnb", town)
    assert many("member") == 3
    assert many("member", "name = 'Kristen'") == 0
    owner, html = rows("SELECT owner, html FROM subject WHERE external_id = '777'")[0]
    assert (owner, html) == (gone, None)


@pytest.mark.slow
def test_albany_comes_whole_and_once(bring, real):
    early, late = real("airbnb-albany/2024-01-06"), real("airbnb-albany/2024-11-05")
    bring("airbnb", late, "--quiet")
    assert many("subject", "type = 'offer'") == 421
    assert one("SELECT count(DISTINCT owner) FROM subject WHERE type = 'offer'") == 189
    assert one("SELECT count(DISTINCT actor) FROM event WHERE kind = 'review.published'") == 21_382
    assert many("subject", "type = 'review'") == 25_313
    assert many("event", "kind = 'exchange.completed'") == 25_313
    assert many("member") == 21_382 + 189 - 10
    assert (many("offer"), many("exchange"), many("review")) == (421, 25_313, 25_313)
    assert many("review", "is_verified OR stars IS NOT NULL") == 0
    assert many("subject", "external_id = '1282783365611274832'") == 1
    assert rows("SELECT DISTINCT declared_at FROM fact") == [(micros(2024, 11, 5),)]
    before = totals()
    bring("airbnb", late, "--quiet")
    assert totals() == before
    bring("airbnb", early, "--quiet")
    assert many("subject", "type = 'offer'") > 421
    assert many("subject", "type = 'review'") > 25_313
    for type in ("offer", "review"):
        assert many(type) == many("subject", f"type = '{type}'")
    assert rows("SELECT DISTINCT declared_at FROM fact ORDER BY 1") == [
        (micros(2024, 1, 6),),
        (micros(2024, 11, 5),),
    ]
