from decimal import Decimal

import pytest

from community.imports.ratings import rating_of, seconds_or_moment
from community.imports.reading import Rejected
from tests.imports.conftest import many, one, rows, totals


@pytest.mark.parametrize(
    ("given", "scale", "value"),
    [
        ("10", 10, 10),
        ("-10", 10, -10),
        ("4.0", 10, 4),
        ("1", 1, 10),
        ("0.75", 1, 8),
        ("-0.04", 1, 0),
        ("-1.0", 1, -10),
        ("5", 5, 10),
        ("2.5", 5, 5),
    ],
)
def test_ratings_are_brought_to_one_scale(given, scale, value):
    assert rating_of(given, Decimal(scale)) == value


@pytest.mark.parametrize(
    ("given", "scale", "reason"),
    [
        ("11", 10, "between"),
        ("0.5", 10, "--scale 1"),
        ("2", 1, "between"),
        ("good", 10, "no number"),
        ("NaN", 10, "between"),
        ("", 10, "no number"),
    ],
)
def test_what_is_no_rating_is_refused(given, scale, reason):
    with pytest.raises(Rejected, match=reason):
        rating_of(given, Decimal(scale))


@pytest.mark.parametrize(
    ("given", "micros"),
    [
        ("1289241911.72836", 1289241911728360),
        ("1289241911", 1289241911000000),
        ("2010-11-08T18:45:11+00:00", 1289241911000000),
        ("2010-11-08T19:45:11+01:00", 1289241911000000),
        ("soon", None),
        ("99999999999999999999", None),
    ],
)
def test_times_are_seconds_or_moments(given, micros):
    assert seconds_or_moment(given) == micros


@pytest.mark.parametrize("header", ["", "rater,ratee,rating,time\n", "source,target,rating,time\n"])
def test_a_file_with_and_without_a_first_line(bring, tmp_path, header):
    file = tmp_path / "trust.csv"
    file.write_text(f"{header}6,2,4,1289241911.72836\n6,5,-2,1289241941\n2,6,10,2011-01-01\n")
    bring("ratings", file)
    told = rows(
        "SELECT a.name, o.name, value, source FROM event e JOIN member a ON a.id = e.actor"
        " JOIN member o ON o.id = e.other ORDER BY e.id"
    )
    assert told == [
        ("Member 6", "Member 2", 4, "ratings:trust"),
        ("Member 6", "Member 5", -2, "ratings:trust"),
        ("Member 2", "Member 6", 10, "ratings:trust"),
    ]
    assert one("SELECT handle FROM member ORDER BY id LIMIT 1") == "member-6"


def test_rows_that_cannot_be_are_left_out_and_told(bring, tmp_path):
    file = tmp_path / "trust.csv"
    file.write_text("1,2,3,100\n1,1,3,100\n1,2,30,100\n1,2,3\n1,2,3,99999999999\n1,2,3,100\n")
    rejects = tmp_path / "rejects.csv"
    said = bring("ratings", file, "--rejects", rejects, exits=3)
    assert "5 rows were left out" in said
    assert many("event") == 1
    lines = rejects.read_text().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["2", "3", "4", "5", "6"]
    for line, reason in zip(
        lines[1:], ["same", "between", "fields", "future", "came before"], strict=True
    ):
        assert reason in line


@pytest.mark.slow
def test_bitcoin_otc_comes_whole(bring, real):
    path = real("bitcoin-otc/soc-sign-bitcoinotc.csv.gz")
    bring("ratings", path, "--quiet")
    assert many("member") == 5_881
    assert many("event", "kind = 'rating.given'") == 35_592
    assert one("SELECT round(avg(CASE WHEN value > 0 THEN 100.0 ELSE 0 END)) FROM event") == 90
    before = totals()
    bring("ratings", path, "--quiet")
    assert totals() == before
