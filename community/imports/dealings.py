"""Offers, exchanges and reviews of an import as rows of their own, beside its subjects and events."""

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.kindbook import id_of
from community.activity.exchanges.offers.models import Offer, OfferVersion, OfferWord
from community.activity.exchanges.reviews.models import Review
from community.activity.members.rules import found_under
from community.kit import dialects, search, text

OFFERS: Table = Offer.__table__  # type: ignore[assignment]
VERSIONS: Table = OfferVersion.__table__  # type: ignore[assignment]
WORDS: Table = OfferWord.__table__  # type: ignore[assignment]
EXCHANGES: Table = Exchange.__table__  # type: ignore[assignment]
REVIEWS: Table = Review.__table__  # type: ignore[assignment]
TABLES = (OFFERS, WORDS, EXCHANGES, REVIEWS)
AT_ONCE = 500
LONGEST_TITLE, LONGEST_PLACE = 200, 120
MOST_UNITS = 10_000
CENT = 10_000
"""Millionths in a hundredth: the smallest unit of the currencies that a price is told in."""
_TAG = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"<br>|</p><p>")
_OFFER = (
    "subject_id", "owner_id", "kind_id", "is_wish", "state", "title", "title_key", "text", "html",
    "renderer", "rules", "details", "place", "time_zone", "is_free", "amount", "currency",
    "quantity", "shortest", "version", "made_at", "changed_at", "published_at",
    "is_closed_by_staff", "score", "is_newcomer",
)  # fmt: skip
_VERSION = ("offer_id", "version", "made_at", "told")
_EXCHANGE = (
    "event_id", "offer_id", "offer_version", "provider_id", "receiver_id", "is_wish", "state",
    "moves", "units", "made_at", "changed_at", "ended_at", "opened_at", "is_late", "reminded",
)  # fmt: skip
_REVIEW = (
    "exchange_id", "side", "author_id", "about_id", "offer_id", "kind_id", "made_at", "changed_at",
    "version", "published_at", "scores", "text", "html", "text_key", "private_note", "photos",
    "is_closed", "is_verified", "is_incentivised", "is_late_cancel", "is_worry", "helpful", "subject_id",
    "event_id",
)  # fmt: skip


def _unsaid(table: Table, said: Sequence[str]) -> dict[str, Any]:
    """What the other columns of a table hold where nothing is said: bulk rows have to say it."""
    return {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in said and column.default is not None and column.default.is_scalar
    }


_OFFER_REST, _EXCHANGE_REST = _unsaid(OFFERS, _OFFER), _unsaid(EXCHANGES, _EXCHANGE)
_REVIEW_REST = _unsaid(REVIEWS, _REVIEW)


class OfferTold(NamedTuple):
    """An offer or a wish whose subject is here; ``price`` is in millionths. All moments are microseconds."""

    subject: int
    owner: int
    name: str
    kind: str
    made_at: int
    title: str | None
    html: str | None = None
    is_wish: bool = False
    place: str | None = None
    price: int | None = None
    currency: str | None = None
    is_silent: bool = False
    """Whether its owner has left, so that nothing of theirs is told."""


class ExchangeTold(NamedTuple):
    """An exchange about an offer, by the event that tells of it."""

    event: int
    offer: int
    receiver: int
    provider: int
    at: int
    units: int = 1


class ReviewTold(NamedTuple):
    """A review whose subject is here, of the exchange that an event tells of."""

    subject: int
    event: int
    exchange: int
    author: int
    about: int
    at: int
    html: str | None


class OfferHere(NamedTuple):
    """An offer that has a row: its id, kind and owner."""

    id: int
    kind: int
    owner: int
    is_wish: bool


def offers_here(connection: Connection, subjects: Iterable[int]) -> dict[int, OfferHere]:
    """The offers of some subjects, by subject."""
    asked, found = list(subjects), {}
    columns = (OFFERS.c.id, OFFERS.c.kind_id, OFFERS.c.owner_id, OFFERS.c.is_wish)
    for start in range(0, len(asked), AT_ONCE):
        some = OFFERS.c.subject_id.in_(asked[start : start + AT_ONCE])
        for row in connection.execute(select(OFFERS.c.subject_id, *columns).where(some)):
            found[row[0]] = OfferHere(*row[1:])
    return found


def add_offers(connection: Connection, told: Sequence[OfferTold]) -> None:
    """Make rows of offers that have none, found by the words of their titles and places."""
    if not told:
        return
    kinds = {name: id_of(connection, name) for name in sorted({t.kind for t in told})}
    rows = [_offer(each, kinds[each.kind]) for each in told]
    _insert(connection, OFFERS, _OFFER, _OFFER_REST, rows)
    here = offers_here(connection, [each.subject for each in told])
    words = [
        (word, here[each.subject].id)
        for each in told
        if not each.is_silent
        for word in found_under(each.title or "", "", each.place)
    ]
    dialects.insert_rows(connection, WORDS, ("word", "offer_id"), words)
    versions = [(here[each.subject].id, 1, each.made_at, _promised(each)) for each in told]
    dialects.insert_rows(connection, VERSIONS, _VERSION, versions)


def add_exchanges(
    connection: Connection, told: Sequence[ExchangeTold], offers: dict[int, OfferHere]
) -> None:
    """Make rows of completed exchanges that have none: those between an offer's owner and another."""
    rows = []
    for each in told:
        offer = offers.get(each.offer)
        if offer is None or each.provider == each.receiver:
            continue
        if offer.owner == (each.receiver if offer.is_wish else each.provider):
            rows.append(_exchange(each, offer))
    _insert(connection, EXCHANGES, _EXCHANGE, _EXCHANGE_REST, rows)


def add_reviews(
    connection: Connection,
    told: Sequence[ReviewTold],
    offers: dict[int, OfferHere],
    plain: dict[int, tuple[str, str]] | None = None,
) -> None:
    """Make rows of reviews that have none, each beside its exchange.

    ``plain`` may bring texts and their keys by subject, worked out beforehand.
    """
    exchanges = _exchanges_here(connection, [each.exchange for each in told])
    kinds = {offer.id: offer.kind for offer in offers.values()}
    rows = []
    for each in told:
        if (found := exchanges.get(each.exchange)) is None or found[1] not in kinds:
            continue
        known = (plain or {}).get(each.subject) if each.html else None
        words = known or plain_and_key(each.html)
        rows.append(_review(each, *found, kinds[found[1]], words))
    _insert(connection, REVIEWS, _REVIEW, _REVIEW_REST, rows)


def plain_and_key(rendered: str | None) -> tuple[str, str]:
    """The plain words of a text, line by line, and the same as they are sought."""
    if not rendered:
        return "", ""
    plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", rendered))).strip()
    return plain, search.fold(plain)


def _insert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rest: dict[str, Any],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    unsaid = tuple(rest.values())
    dialects.insert_rows(connection, table, (*columns, *rest), [(*row, *unsaid) for row in rows])


def _exchanges_here(connection: Connection, events: Sequence[int]) -> dict[int, tuple[int, int]]:
    found = {}
    columns = (EXCHANGES.c.event_id, EXCHANGES.c.id, EXCHANGES.c.offer_id)
    for start in range(0, len(events), AT_ONCE):
        some = EXCHANGES.c.event_id.in_(events[start : start + AT_ONCE])
        for event, id, offer in connection.execute(select(*columns).where(some)):
            found[event] = (id, offer)
    return found


def _promised(told: OfferTold) -> str:
    """What an offer promised when it came, as a review can be read beside it."""
    if told.is_silent:
        return "{}"
    names = ("title", "place", "is_free", "amount", "currency")
    row = dict(zip(_OFFER, _offer(told, 0), strict=True))
    return json.dumps({name: row[name] for name in names if row[name] is not None})


def _offer(told: OfferTold, kind: int) -> tuple[Any, ...]:
    title = "" if told.is_silent else (told.title or f"Offer {told.name}")[:LONGEST_TITLE]
    price = None if told.price is None else told.price // CENT
    rendered = "" if told.is_silent else told.html or ""
    return (
        told.subject, told.owner, kind, told.is_wish, "archived" if told.is_silent else "published",
        title, search.key(title, LONGEST_TITLE), plain_and_key(rendered)[0], rendered,
        text.RENDERER, "", "{}", None if told.is_silent else told.place, "UTC", price == 0, price,
        told.currency if price is not None else None, 1, 1, 1, told.made_at, told.made_at,
        told.made_at, False, 0, False,
    )  # fmt: skip


def _exchange(told: ExchangeTold, offer: OfferHere) -> tuple[Any, ...]:
    units = min(max(told.units, 1), MOST_UNITS)
    return (
        told.event, offer.id, 1, told.provider, told.receiver, offer.is_wish, "completed",
        0, units, told.at, told.at, told.at, told.at, False, 0,
    )  # fmt: skip


def _review(
    told: ReviewTold, exchange: int, offer: int, kind: int, words: tuple[str, str]
) -> tuple[Any, ...]:
    plain, key = words
    return (
        exchange, "receiver", told.author, told.about, offer, kind, told.at, told.at,
        1, told.at, "{}", plain, told.html or "", key, "", "[]",
        False, False, False, False, False, 0, told.subject, told.event,
    )  # fmt: skip
