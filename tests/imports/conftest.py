"""Small deliveries to import, and the real ones where they are."""

import csv
import gzip
import os
from pathlib import Path

import pytest
from sqlalchemy import text

from community.kit.db import db

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("KITH_DATA", ROOT.parent / "shared" / "data"))
TABLES = (
    "member", "identity", "member_word", "subject", "event", "fact",
    "offer_kind", "offer", "offer_version", "offer_word", "exchange", "review",
)  # fmt: skip


def write_csv(path: Path, columns: str, *rows) -> Path:
    """A CSV file, packed when its name says so; rows are texts split at ``|``."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(columns.split(","))
        lines.writerows(row.split("|") if isinstance(row, str) else row for row in rows)
    return path


def rows(statement: str, **values) -> list[tuple]:
    """What the database answers, without leaving a transaction open."""
    with db.engine.connect() as connection, connection.begin():
        return [tuple(row) for row in connection.execute(text(statement), values)]


def one(statement: str, **values):
    """The single value that the database answers."""
    return rows(statement, **values)[0][0]


def many(table: str, where: str = "1=1") -> int:
    return one(f"SELECT count(*) FROM {table} WHERE {where}")


def totals() -> dict[str, int]:
    return {table: many(table) for table in TABLES}


@pytest.fixture
def real(database):
    """Give a path, get a real delivery; the test is skipped, saying so, where it is missing."""

    def real(path: str) -> str:
        found = DATA / path
        if not found.exists():
            pytest.skip(f"no real data at {found}; KITH_DATA names the folder")
        if database.name != "sqlite":
            pytest.skip("real deliveries are imported once, on SQLite; the small ones on both")
        return str(found)

    return real


@pytest.fixture
def bring(app):
    """Run `flask import …` and answer what it said; ``exits`` is the exit code it must have."""

    def bring(*arguments, exits=0):
        db.session.rollback()
        db.session.remove()
        result = app.test_cli_runner().invoke(args=["import", *map(str, arguments)])
        assert result.exit_code == exits, (result.output, result.exception)
        return result.output

    return bring


LISTINGS = "id,name,scrape_id,last_scraped,host_id,host_name,host_since,first_review,host_response_rate,host_is_superhost,price,review_scores_rating,number_of_reviews"
REVIEWS = "listing_id,id,date,reviewer_id,reviewer_name,comments"
BIG = "1282783365611274832"


@pytest.fixture
def town(tmp_path):
    """A snapshot of a very small city: two hosts, one of whom is a guest too, three reviews."""
    folder = tmp_path / "2024-11-05"
    folder.mkdir()
    write_csv(
        folder / "listings.csv.gz",
        LISTINGS,
        f'{BIG}|Home in Albany · ★4.40 · 2 beds|20241105062440|2024-11-05|7|Ada|2013-01-07|2014-07-01|97%|t|"$1,209.00"|4.87|2'.replace(
            '"', ""
        ),
        "12|Attic|20241105062440|2024-11-09|8|李明|2015-02-01||N/A||||0",
        "13|Boat|20241105062440|2024-11-05|7|Ada|2013-01-07|2016-01-01|97%|t|$60.00|5.0|1",
    )
    write_csv(
        folder / "reviews.csv.gz",
        REVIEWS,
        f"{BIG}|9007199254740993|2014-07-01|101|Kristen|Lovely!<br/>We\rcame back. <script>alert(1)</script>",
        f"{BIG}|502|2014-06-01|8|李明|很好 🏡",
        "13|503|2016-01-01|101|Kristen|Again",
    )
    return folder
