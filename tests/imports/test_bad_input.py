"""Whatever is wrong with a delivery: a sentence that says what to do, no exit code 0, no half row."""

import gzip
import random
import resource

import pytest

from community.imports import reading
from tests.imports.conftest import LISTINGS, REVIEWS, TABLES, many, totals, write_csv

NOTHING = dict.fromkeys(TABLES, 0)


def cut_short(folder):
    whole = (folder / "reviews.csv.gz").read_bytes()
    (folder / "reviews.csv.gz").write_bytes(whole[: len(whole) // 2])


def spoilt_inside(folder):
    whole = bytearray((folder / "reviews.csv.gz").read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    (folder / "reviews.csv.gz").write_bytes(whole)


def wrong_columns(folder):
    write_csv(folder / "reviews.csv.gz", "listing_id,id,when", "1|2|3")


def junk(folder):
    (folder / "reviews.csv.gz").write_bytes(random.Random(3).randbytes(40_000))


def junk_packed(folder):
    (folder / "reviews.csv.gz").write_bytes(gzip.compress(random.Random(3).randbytes(40_000)))


def enormous_line(folder):
    with gzip.open(folder / "reviews.csv.gz", "wb") as file:
        file.write(f"{REVIEWS}\n".encode())
        for _ in range(64):
            file.write(b"x" * 1_000_000)


def not_utf8(folder):
    text = f"{REVIEWS}\n13,1,2016-01-01,9,Zoë,tr\xe8s bien\n".encode("latin-1")
    (folder / "reviews.csv.gz").write_bytes(gzip.compress(text))


def empty(folder):
    (folder / "reviews.csv.gz").write_bytes(b"")


def no_reviews(folder):
    (folder / "reviews.csv.gz").unlink()


def a_folder_in_its_place(folder):
    no_reviews(folder)
    (folder / "reviews.csv.gz").mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut_short, "ends too early; copy or download it again"),
        (spoilt_inside, "copy or download it again"),
        (wrong_columns, "date, reviewer_id, reviewer_name, comments are not there"),
        (junk, "not UTF-8"),
        (junk_packed, "not UTF-8"),
        (enormous_line, "a line is longer than"),
        (not_utf8, "not UTF-8"),
        (empty, "is not the header of a CSV file"),
        (no_reviews, "has no reviews.csv.gz or reviews.csv; give the folder"),
        (a_folder_in_its_place, "has no reviews.csv.gz or reviews.csv; give the folder"),
    ],
)
def test_a_broken_delivery_is_refused_before_anything_is_written(bring, town, spoil, said):
    spoil(town)
    output = bring("airbnb", town, exits=1)
    assert said in output
    assert "Nothing was written." in output
    assert "Traceback" not in output
    assert totals() == NOTHING
    assert many("import_run") == 0


@pytest.mark.parametrize("command", ["airbnb", "stackexchange", "ratings"])
def test_a_path_that_is_not_there(bring, tmp_path, command):
    assert "is not there" in bring(command, tmp_path / "nowhere", exits=1)


def test_a_file_where_a_folder_is_wanted(bring, town):
    assert "give the folder" in bring("airbnb", town / "listings.csv.gz", exits=1)


def test_an_enormous_line_is_refused_in_little_memory(tmp_path):
    file = tmp_path / "bomb.csv.gz"
    with gzip.open(file, "wb") as packed:
        packed.write(b"a,b\n")
        for _ in range(300):
            packed.write(bytes(1_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(reading.BadDelivery, match="longer than"):
        reading.Source(file, ("a",)).check()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_duplicates_and_futures_are_left_out_and_the_rest_is_kept(bring, town, tmp_path):
    write_csv(
        town / "reviews.csv.gz",
        REVIEWS,
        "13|1|2016-01-01|101|Kristen|first",
        "13|1|2016-01-02|102|Nia|again",
        "13|2|2999-01-01|103|Zoë|later",
        "77|3|2016-01-01|104|Pia|elsewhere",
        "13|4|2016-01-01|105",
        "13|5|2016-01-05|106|Ole|last",
    )
    rejects = tmp_path / "rejects.csv"
    output = bring("airbnb", town, "--rejects", rejects, exits=3)
    assert "4 rows were left out" in output
    assert many("subject", "type = 'review'") == 2
    assert many("member", "name IN ('Nia', 'Zoë', 'Pia')") == 0
    told = rejects.read_text()
    assert "reviews.csv.gz,3,its id came before in this delivery," in told
    assert "reviews.csv.gz,4,its date lies in the future: 2999-01-01," in told
    assert "reviews.csv.gz,5,its offer 77 is not here," in told
    assert "reviews.csv.gz,6,it has 4 fields where the first line has 6," in told


def test_a_duplicate_in_another_batch_is_found_too(bring, town, tmp_path):
    wanted = [f"13|{i}|2016-01-01|{1000 + i}|Guest|text" for i in range(300)]
    write_csv(town / "reviews.csv", REVIEWS, *wanted, wanted[0])
    (town / "reviews.csv.gz").unlink()
    output = bring("airbnb", town, exits=3)
    assert "1 rows were left out" in output
    assert many("subject", "type = 'review'") == 300


def test_repeating_tells_the_same_rows_again_and_adds_nothing(bring, town, tmp_path):
    write_csv(
        town / "reviews.csv.gz", REVIEWS, "13|1|2016-01-01|101|K|a", "13|1|2016-01-01|101|K|a"
    )
    bring("airbnb", town, "--rejects", tmp_path / "first.csv", exits=3)
    before = totals()
    bring("airbnb", town, "--rejects", tmp_path / "second.csv", exits=3)
    assert totals() == before
    assert (tmp_path / "first.csv").read_text() == (tmp_path / "second.csv").read_text()


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("<users><row Id='1'", "is not XML"),
        ("<users><row Id='1' CreationDate='2011-01-01' DisplayName='A'/></posts>", "is not XML"),
        ("<users><row Id='1'/></users>", "its first row has no CreationDate, DisplayName"),
        ("<html><body>Not found</body></html>", "it is another file"),
        (
            "<!DOCTYPE u [<!ENTITY a 'b'>]><users><row Id='1' DisplayName='&a;'/></users>",
            "refused unread",
        ),
    ],
)
def test_xml_that_is_no_dump_is_refused(bring, tmp_path, xml, said):
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "Users.xml").write_text(xml)
    (folder / "Posts.xml").write_text("<posts></posts>")
    output = bring("stackexchange", folder, exits=1)
    assert said in output
    assert totals() == NOTHING


def test_a_file_that_breaks_midway_keeps_what_came_before_and_goes_on_when_mended(
    bring, tmp_path, monkeypatch
):
    folder = tmp_path / "books"
    folder.mkdir()
    users = [f"<row Id='{i}' CreationDate='2011-01-01' DisplayName='U{i}' />" for i in range(3000)]
    (folder / "Posts.xml").write_text("<posts></posts>")
    broken = "<users>" + "\n".join(users) + "<row Id=oops /></users>"
    (folder / "Users.xml").write_text(broken)
    assert "line 3000 is not XML" in bring("stackexchange", folder, exits=1)
    kept = many("member")
    (folder / "Users.xml").write_text(broken.replace("<row Id=oops />", ""))
    bring("stackexchange", folder)
    assert many("member") == 3000 >= kept


def test_ids_that_a_spreadsheet_spoilt_are_refused(bring, town, tmp_path):
    write_csv(
        town / "listings.csv.gz",
        LISTINGS,
        "1.28278E+18|A|20241105062440|2024-11-05|7|Ada|2013-01-07|||||5.0|1",
    )
    write_csv(town / "reviews.csv.gz", REVIEWS)
    assert "1 rows were left out" in bring("airbnb", town, exits=3)
    assert many("member") == 0


def test_an_enormous_element_is_refused_even_with_brackets_in_it(tmp_path):
    file = tmp_path / "Users.xml"
    file.write_text('<users><row Id="' + "x>" * 8_000_000)
    with pytest.raises(reading.BadDelivery, match="longer than"):
        list(reading.Source(file, ()).rows())


def test_a_file_that_is_no_rejects_is_not_overwritten(bring, town, tmp_path):
    precious = tmp_path / "diary.csv"
    precious.write_text("dear diary\n")
    output = bring("airbnb", town, "--rejects", precious, exits=1)
    assert "name another with --rejects" in output
    assert precious.read_text() == "dear diary\n"


def test_rejects_that_cannot_be_written_stop_the_import_with_a_sentence(bring, town, tmp_path):
    write_csv(town / "reviews.csv.gz", REVIEWS, "77|3|2016-01-01|104|Pia|elsewhere")
    (tmp_path / "taken").write_text("")
    output = bring("airbnb", town, "--rejects", tmp_path / "taken" / "rejects.csv", exits=1)
    assert "can't be written" in output
    assert "goes on from there" in output
