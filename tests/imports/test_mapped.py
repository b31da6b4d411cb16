import pytest

from tests.imports.conftest import many, one, rows, totals, write_csv

MAPPING = """
source = "guestbook"
id = "no"
kind = "exchange.completed"

[time]
column = "date"
format = "%d.%m.%Y"
zone = "Europe/Lisbon"

[value]
column = "stars"
times = 100

[actor]
id = "guest"
name = "guest_name"
email = "guest_mail"

[other]
id = "host"

[subject]
type = "offer"
id = "flat"
title = "flat_name"
owner = "other"

[figures]
reputation = "points"
"""
COLUMNS = "no,date,stars,guest,guest_name,guest_mail,host,flat,flat_name,points"
GOOD = "1|01.07.2020|4.5|g1|Zoë|Zoe@Example.org|h1|f1|Attic|12.5"


@pytest.fixture
def book(tmp_path):
    """Give rows, get the arguments of an import of them."""

    def book(*given, mapping=MAPPING):
        (tmp_path / "map.toml").write_text(mapping)
        return write_csv(tmp_path / "book.csv", COLUMNS, *given), "--mapping", tmp_path / "map.toml"

    return book


def test_a_mapping_makes_events_of_any_columns(bring, book):
    bring("csv", *book(GOOD, "2|02.07.2020||g1|Zoë||h1|f1|Attic|"))
    told = rows(
        "SELECT a.name, o.name, e.kind, e.value, s.title, e.happened_at, e.source FROM event e"
        " JOIN member a ON a.id = e.actor JOIN member o ON o.id = e.other"
        " JOIN subject s ON s.id = e.subject_id ORDER BY e.id"
    )
    evening = 1593558000000000
    assert told[0] == ("Zoë", "Member h1", "exchange.completed", 450, "Attic", evening, "guestbook")
    assert told[1][3] is None
    assert many("subject") == 1
    assert one("SELECT email FROM identity WHERE external_id = 'g1'") == "zoe@example.org"
    assert rows("SELECT name, value FROM fact") == [("reputation", 12_500_000)]


def test_repeating_a_mapped_file_adds_nothing(bring, book):
    arguments = book(GOOD)
    bring("csv", *arguments)
    before = totals()
    bring("csv", *arguments)
    assert totals() == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1|2020-07-01||g1|||h1|f1||", "no date"),
        ("1|01.07.2999||g1|||h1|f1||", "future"),
        ("|01.07.2020||g1|||h1|f1||", "it has no no"),
        ("1|01.07.2020||||||f1||", "it has no guest"),
        ("1|01.07.2020|4.555|g1|||h1|f1||", "no whole number"),
        ("1|01.07.2020||g1||nobody|h1|f1||", "no e-mail address"),
    ],
)
def test_rows_that_do_not_fit_are_told(bring, book, tmp_path, row, reason):
    bring("csv", *book(row), "--rejects", tmp_path / "rejects.csv", exits=3)
    assert reason in (tmp_path / "rejects.csv").read_text()
    assert many("event") == 0


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (MAPPING.replace('"exchange.completed"', '"exchange.eaten"'), "no kind of event"),
        (MAPPING.replace("[value]", "[worth]"), "'worth' is not a key"),
        (MAPPING.replace('type = "offer"', 'type = "boat"'), "[subject] needs a type"),
        (MAPPING.replace("Europe/Lisbon", "Europe/Atlantis"), "no time zone"),
        (MAPPING.replace('source = "guestbook"', ""), "needs a source"),
        (MAPPING.replace('id = "no"', ""), "events need an id"),
        (MAPPING.replace('column = "date"', ""), "[time] needs a column"),
        (MAPPING.replace('reputation = "points"', 'fame = "points"'), "no figure 'fame'"),
        (MAPPING.replace('"stars"', '"moons"'), "the column moons is not there"),
        ("source = ", "it is not TOML"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(bring, book, mapping, said):
    assert said in bring("csv", *book(GOOD, mapping=mapping), exits=1)
    assert many("member") == 0


def test_kinds_can_hang_on_a_column(bring, book, tmp_path):
    mapping = MAPPING.replace(
        'kind = "exchange.completed"',
        'kinds = { column = "flat_name", is = { Attic = "exchange.completed" } }',
    )
    bring(
        "csv",
        *book(GOOD, GOOD.replace("1|", "2|", 1).replace("Attic", "Boat"), mapping=mapping),
        exits=3,
    )
    assert many("event") == 1
