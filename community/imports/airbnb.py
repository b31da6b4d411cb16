"""Airbnb, as Inside Airbnb publishes a city: hosts and guests, listings, reviews."""

import re
from pathlib import Path

from community.activity.exchanges.offers.kinds import STAY
from community.imports import values
from community.imports.dealings import LONGEST_PLACE
from community.imports.entries import (
    MEMBER,
    Entry,
    Figure,
    Happening,
    Person,
    Ref,
    Spaces,
    Stage,
    Thing,
)
from community.imports.reading import BadDelivery, Rejected, Row, Source, Values, found
from community.kit import text
from community.ledger.facts import MILLION, millionths

SOURCE = "airbnb"
"""One for every city and snapshot: Airbnb's ids are the same everywhere."""
ENDINGS = (".csv.gz", ".csv")
LISTINGS = ("id", "name", "scrape_id", "last_scraped", "host_id", "host_name", "host_since")
CURRENCY = "USD"
"""Of the prices, unless said: the files show a dollar sign whatever the city's currency is."""
REVIEWS = ("listing_id", "id", "date", "reviewer_id", "reviewer_name", "comments")
SPACES = Spaces({}, remembered=("offer",), has_exchanges=True)

HOST_FIGURES = {
    "response_rate": "host_response_rate",
    "acceptance_rate": "host_acceptance_rate",
    "is_recognised_host": "host_is_superhost",
    "is_identity_verified": "host_identity_verified",
    "offers_there": "host_total_listings_count",
}
OFFER_FIGURES = {
    "rating": "review_scores_rating",
    "rating_accuracy": "review_scores_accuracy",
    "rating_cleanliness": "review_scores_cleanliness",
    "rating_checkin": "review_scores_checkin",
    "rating_communication": "review_scores_communication",
    "rating_location": "review_scores_location",
    "rating_value": "review_scores_value",
    "reviews": "number_of_reviews",
    "price": "price",
    "minimum_nights": "minimum_nights",
    "accommodates": "accommodates",
    "is_instant": "instant_bookable",
}
_STARS_IN_NAME = re.compile(r" · ★[^·]*(?= ·|$)")
_UNKNOWN = ("", "N/A", "nan", "NaN", "None")
_TRUTH = {"t": MILLION, "f": 0, "true": MILLION, "false": 0}


def sources(folder: Path) -> list[Source]:
    """The two files of a snapshot."""
    return [_source(folder, "listings", LISTINGS), _source(folder, "reviews", REVIEWS)]


def stages(sources: list[Source], until: int, currency: str = CURRENCY) -> list[Stage]:
    """The walks through a snapshot: listings with their hosts, then reviews with their guests."""
    listings, reviews = sources
    reader = _Snapshot(declared_at(listings, until), until, currency)
    return [Stage("offers", listings, reader.listing), Stage("reviews", reviews, reader.review)]


def declared_at(listings: Source, until: int) -> int:
    """The day of the snapshot: its ``scrape_id`` begins with it; without one, the last scraping."""
    days = (
        values.day_of(row.values.get("scrape_id", ""))
        or values.day_of(row.values.get("last_scraped", "").replace("-", ""))
        for row in listings.rows()
        if row.problem is None
    )
    latest = max((day for day in days if day is not None and 0 <= day <= until), default=None)
    if latest is None:
        raise BadDelivery(
            f"{listings.name}: no row says when it was scraped (scrape_id, last_scraped),"
            " so its figures have no date; take the detailed listings file of the city"
        )
    return latest


def _source(folder: Path, name: str, columns: tuple[str, ...]) -> Source:
    path = found(folder, name, ENDINGS)
    if path is None:
        raise BadDelivery(
            f"{folder} has no {name}.csv.gz or {name}.csv; give the folder that holds"
            " listings and reviews of one snapshot"
        )
    return Source(path, columns)


class _Snapshot:
    """How the rows of one snapshot are read."""

    def __init__(self, declared_at: int, until: int, currency: str) -> None:
        self._declared_at, self._until, self._currency = declared_at, until, currency

    def listing(self, row: Row) -> Entry:
        told = row.values
        id, host = values.number_id(told["id"], "id"), values.number_id(told["host_id"], "host_id")
        joined = values.moment(told["host_since"], "host_since", self._until) if told[
            "host_since"
        ] else None  # fmt: skip
        first = told.get("first_review", "")
        seen = values.moment(first, "first_review", self._until) if first else self._declared_at
        about, owner = ("offer", id), (MEMBER, host)
        title = text.line(_STARS_IN_NAME.sub("", told["name"]), 500) or None
        published = Happening(f"listing:{id}:published", "offer.published", seen, host, about=about)
        entered = () if joined is None else (
            Happening(f"member:{host}:joined", "member.joined", joined, host),
        )  # fmt: skip
        return Entry(
            key=about,
            people=(Person(host, _name(told["host_name"], host), min(joined or seen, seen)),),
            things=(
                Thing(
                    "offer",
                    id,
                    host,
                    None,
                    seen,
                    title,
                    kind=STAY,
                    place=_place(told),
                    currency=self._currency,
                ),
            ),
            happenings=(*entered, published),
            figures=(
                *self._figures(owner, HOST_FIGURES, told),
                *self._figures(about, OFFER_FIGURES, told),
            ),
        )

    def review(self, row: Row) -> Entry:
        told = row.values
        id = values.number_id(told["id"], "id")
        guest = values.number_id(told["reviewer_id"], "reviewer_id")
        offer = ("offer", values.number_id(told["listing_id"], "listing_id"))
        at = values.moment(told["date"], "date", self._until)
        about = ("review", id)
        return Entry(
            key=about,
            people=(Person(guest, _name(told["reviewer_name"], guest), at),),
            things=(
                Thing("review", id, guest, offer, at, None, values.broken_lines(told["comments"])),
            ),
            happenings=(
                Happening(f"review:{id}:exchange", "exchange.completed", at, guest, offer, offer),
                Happening(f"review:{id}", "review.published", at, guest, offer, about),
            ),
            needs=offer,
        )

    def _figures(self, about: Ref, wanted: dict[str, str], told: Values) -> list[Figure]:
        return [
            Figure(about, name, value, self._declared_at)
            for name, column in wanted.items()
            if (value := figure(told.get(column, ""), column)) is not None
        ]


def figure(given: str, column: str) -> int | None:
    """A figure of Inside Airbnb in millionths: ``4.87``, ``97%`` as a share, ``$1,234.00``, ``t``."""
    given = given.strip()
    if given in _UNKNOWN:
        return None
    if given in _TRUTH:
        return _TRUTH[given]
    try:
        if given.endswith("%"):
            return millionths(given[:-1]) // 100
        return millionths(given.lstrip("$€£").replace(",", ""))
    except ValueError:
        raise Rejected(f"its {column} is no figure: {given[:40]!r}") from None


def _place(told: Values) -> str | None:
    """The quarter in which a listing lies, as the file tells it."""
    given = told.get("neighbourhood_cleansed", "") or told.get("neighbourhood", "")
    place = text.line(given, LONGEST_PLACE)
    return (place.title() if place.isupper() else place) or None


def _name(given: str, id: str) -> str:
    return text.line(given, 120) or f"Member {id}"
