"""Rows of offers, exchanges and reviews for imports that were made before there were such rows.

It reads what the ledger has and is without a row, a little at a time, so it can be stopped at
any moment and run again: what has its row is passed over.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import g
from sqlalchemy import Select, and_, literal, select, tuple_
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import aliased

from community.activity.exchanges.offers.kinds import STAY, THING
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import Member
from community.imports import dealings
from community.imports.airbnb import CURRENCY
from community.imports.dealings import ExchangeTold, OfferTold, ReviewTold
from community.kit import clock, dialects
from community.ledger.models import Event, Fact, Subject

SHOULD_HOLD = 0.012
"""Seconds that a batch should hold the database, so that the site never waits long."""
FIRST, FEWEST, MOST = 40, 25, 1000
Mark = tuple[Any, int] | None
"""Behind which subject the next batch begins."""


def is_missing(connection: Connection) -> bool:
    """Whether there is an imported offer, or a review of one, without a row."""
    return any(connection.execute(asked(None, 1)).first() for asked in (_offers, _reviews))


def fill(engine: Engine) -> tuple[int, int]:
    """Give imported offers and reviews the rows that they lack; answers how many of each."""
    reader, writer = engine.connect(), engine.connect()
    dialects.write_much(writer)
    try:
        return (
            _carry(reader, writer, _offers, _add_offers),
            _carry(reader, writer, _reviews, _add_reviews),
        )
    finally:
        dialects.settle(writer)
        for connection in (reader, writer):
            connection.invalidate()
            connection.close()
        g.only_reading = False


def _carry(
    reader: Connection,
    writer: Connection,
    asked: Callable[[Mark, int], Select[Any]],
    add: Callable[[Connection, Sequence[Any]], None],
) -> int:
    done, mark, size = 0, None, float(FIRST)
    while True:
        with _reading(reader):
            rows = reader.execute(asked(mark, int(size))).all()
        if not rows:
            return done
        began = time.perf_counter()
        with _writing(writer):
            add(writer, rows)
        held = time.perf_counter() - began
        done, mark = done + len(rows), (rows[-1].made_at, rows[-1].id)
        size = min(max(size * min(max(SHOULD_HOLD / held, 0.4), 1.25), FEWEST), MOST)


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    g.only_reading = True
    with connection.begin():
        yield


@contextmanager
def _writing(connection: Connection) -> Iterator[None]:
    g.only_reading = False
    with connection.begin():
        yield


def _offers(mark: Mark, most: int) -> Select[Any]:
    """Imported offers and wishes without a row, with their latest price."""
    any_figure = aliased(Fact)
    is_price = and_(Fact.about == "offer", Fact.about_id == Subject.id, Fact.name == "price")
    price = (
        select(Fact.value)
        .where(is_price)
        .order_by(Fact.declared_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    of_it = any_figure.about == "offer", any_figure.about_id == Subject.id
    # Only listings of Airbnb come with figures of their own.
    is_listed = select(any_figure.id).where(*of_it).exists()
    return (
        _page(mark, most, ("offer", "wish"))
        .add_columns(
            Subject.title,
            Subject.html,
            Subject.owner,
            Subject.external_id,
            Member.erased_at,
            price.label("price"),
            is_listed.label("is_listed"),
        )
        .join(Member, Member.id == Subject.owner)
        .where(~select(Offer.id).where(Offer.subject_id == Subject.id).exists())
    )


def _reviews(mark: Mark, most: int) -> Select[Any]:
    """Imported reviews of offers that have a row, without one themselves."""
    said, dealt = aliased(Event), aliased(Event)
    return (
        _page(mark, most, ("review",))
        .add_columns(
            Subject.html,
            Subject.owner,
            Subject.parent,
            said.id.label("said"),
            said.other.label("about"),
            dealt.id.label("dealt"),
        )
        .join(Offer, Offer.subject_id == Subject.parent)
        .join(
            said,
            and_(
                said.subject_type == literal("review"),
                said.subject_id == Subject.id,
                said.kind == "review.published",
            ),
        )
        .join(
            dealt,
            and_(
                dealt.source == Subject.source,
                dealt.external_id == "review:" + Subject.external_id + ":exchange",
            ),
        )
        .where(
            said.voided_at.is_(None),
            said.other == Offer.owner_id,
            said.other != Subject.owner,
            ~select(Review.id).where(Review.subject_id == Subject.id).exists(),
        )
    )


def _page(mark: Mark, most: int, types: tuple[str, ...]) -> Select[Any]:
    asked = (
        select(Subject.id, Subject.type, Subject.made_at)
        .where(Subject.type.in_(types), Subject.source.is_not(None))
        .order_by(Subject.made_at, Subject.id)
        .limit(most)
    )
    if mark is None:
        return asked
    key = tuple_(Subject.made_at, Subject.id)
    return asked.where(key > tuple_(*mark, types=[Subject.made_at.type, Subject.id.type]))


def _add_offers(connection: Connection, rows: Sequence[Any]) -> None:
    told = [
        OfferTold(
            row.id,
            row.owner,
            row.external_id,
            STAY if row.is_listed else THING,
            clock.to_micros(row.made_at),
            row.title,
            row.html,
            row.type == "wish",
            price=row.price,
            currency=CURRENCY if row.is_listed else None,
            is_silent=row.erased_at is not None,
        )
        for row in rows
    ]
    dealings.add_offers(connection, told)


def _add_reviews(connection: Connection, rows: Sequence[Any]) -> None:
    offers = dealings.offers_here(connection, {row.parent for row in rows})
    at = {row.id: clock.to_micros(row.made_at) for row in rows}
    exchanges = [
        ExchangeTold(row.dealt, row.parent, row.owner, row.about, at[row.id]) for row in rows
    ]
    reviews = [
        ReviewTold(row.id, row.said, row.dealt, row.owner, row.about, at[row.id], row.html)
        for row in rows
    ]
    dealings.add_exchanges(connection, exchanges, offers)
    dealings.add_reviews(connection, reviews, offers)
