import pytest

from community.imports import values
from community.imports.reading import Rejected

NOON = values.day_of("20240601") + 12 * 3_600_000_000


@pytest.mark.parametrize(
    ("given", "id"),
    [("12", "12"), ("12.0", "12"), (" 12.00 ", "12"), ("-1", "-1"), ("1282783365611274832",) * 2],
)
def test_ids_are_kept_as_they_are_but_for_a_spreadsheets_point(given, id):
    assert values.number_id(given, "Id") == id


@pytest.mark.parametrize("given", ["", "  ", "1.2e+18", "12.5", "abc", "１２", "1" * 81, "1\n2"])
def test_what_is_no_id_is_refused(given):
    with pytest.raises(Rejected):
        values.number_id(given, "Id")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("2024-06-02", "future"),
        ("2024-06-01T12:00:01", "future"),
        ("1969-12-31", "before 1970"),
        ("0000-00-00", "no date"),
        ("yesterday", "no date"),
        ("", "no CreationDate"),
    ],
)
def test_moments_that_cannot_be_are_refused(given, reason):
    with pytest.raises(Rejected, match=reason):
        values.moment(given, "CreationDate", NOON)


@pytest.mark.parametrize(
    "given", ["2024-06-01", "2024-06-01T00:00:00", "2024-06-01T02:00:00+02:00"]
)
def test_moments_are_utc_microseconds(given):
    assert values.moment(given, "date", NOON) == values.day_of("20240601")


def test_line_breaks_of_other_sites_become_ours():
    assert values.broken_lines("a<br/>b\r\rc <i>") == "<p>a<br>b</p><p>c &lt;i&gt;</p>"
