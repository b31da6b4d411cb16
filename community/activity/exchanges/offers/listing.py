"""Pages of offers: by rank in blocks, by newness or price along an index, both ways."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, true, tuple_, union_all

from community.activity.exchanges.offers import arranging, marks
from community.activity.exchanges.offers.arranging import A_BLOCK, A_PAGE, Placed
from community.activity.exchanges.offers.hits import Hit, hit_of
from community.activity.exchanges.offers.marks import Block, Place
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.offers.ranking import Rule
from community.activity.members.models import Member
from community.kit import clock
from community.kit.db import db

Shown = Sequence[ColumnElement[bool]]
"""What must hold of every offer in a list."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of offers, and the marks from which the pages beside it begin."""

    offers: tuple[Placed[Hit], ...]
    newer: str | None
    older: str | None


def ranked(mark: str, shown: Shown, rule: Rule, told: Sequence[Any]) -> Listed:
    """One page by rank: its block is read, put in order for the reader, and given its places."""
    start = marks.block(mark) or Block()
    is_back = start.page is None
    if is_back:
        others, newcomers, start = _block_before(shown, start, rule, told)
        has_more = True
    else:
        others, newcomers = _streams(shown, start, told, rule)
        many = arranging.shares(len(others), len(newcomers), rule.newcomers)
        has_more = len(others) > many[0] or len(newcomers) > many[1]
        others, newcomers = others[: many[0]], newcomers[: many[1]]
    pages = arranging.arrange(_for_reader(others), _for_reader(newcomers), rule.newcomers)
    here = min(len(pages) - 1 if start.page is None else start.page, max(len(pages) - 1, 0))
    newer = older = None
    if here > 0:
        newer = replace(start, page=here - 1)
    elif start.number > 0:
        newer = replace(start, page=None)
    if here + 1 < len(pages):
        older = replace(start, page=here + 1)
    elif has_more:
        older = Block(
            start.number + 1,
            start.newcomers + len(newcomers),
            _key(others[-1]) if others else start.other,
            _key(newcomers[-1]) if newcomers else start.newcomer,
        )
    return Listed(
        tuple(pages[here]) if pages else (),
        newer.written() if newer else None,
        older.written() if older else None,
    )


def _streams(
    shown: Shown, start: Block, told: Sequence[Any], rule: Rule
) -> tuple[list[Hit], list[Hit]]:
    """What comes after the beginning of a block, of both sorts, with one more than it can hold."""
    many = A_BLOCK + 1
    statements = [
        _stream(shown, told, sort, many, key > _ORDER if key else None)
        for sort, key in ((False, start.other), (True, start.newcomer))
    ]
    return _both(statements, rule)


def _block_before(
    shown: Shown, start: Block, rule: Rule, told: Sequence[Any]
) -> tuple[list[Hit], list[Hit], Block]:
    """The block in front of one: what is in it, of both sorts, and where it begins."""
    before = arranging.taken(start.number, start.newcomers, rule.newcomers)
    taken = (A_BLOCK * start.number - start.newcomers, start.newcomers)
    sizes = [max(now - then, 0) for now, then in zip(taken, before, strict=True)]
    keys = (start.other, start.newcomer)
    # One more of each, the last one before the block, says where it begins.
    statements = [
        _stream(shown, told, sort, size + 1, key <= _ORDER if key else Offer.id == 0, is_back=True)
        for sort, size, key in zip((False, True), sizes, keys, strict=True)
    ]
    rows = _both(statements, rule)
    begins = [
        _key(found[-size - 1]) if len(found) > size else None
        for found, size in zip(rows, sizes, strict=True)
    ]
    others, newcomers = (
        found[len(found) - size :] if size else []
        for found, size in zip(
            rows, (min(len(r), s) for r, s in zip(rows, sizes, strict=True)), strict=True
        )
    )
    return others, newcomers, Block(start.number - 1, before[1], *begins, page=None)


_ORDER = tuple_(Offer.score, Offer.id)


def _stream(
    shown: Shown,
    told: Sequence[Any],
    is_newcomer: bool,
    many: int,
    since: ColumnElement[bool] | None,
    *,
    is_back: bool = False,
) -> Select[Any]:
    order = [c.asc() if is_back else c.desc() for c in (Offer.score, Offer.id)]
    return (
        select(*told)
        .join(Member, Member.id == Offer.owner_id)
        .where(*shown, Offer.is_newcomer == _bool(is_newcomer))
        .where(*(() if since is None else (since,)))
        .order_by(*order)
        .limit(many)
    )


def _both(statements: Sequence[Select[Any]], rule: Rule) -> tuple[list[Hit], list[Hit]]:
    """What both streams give, each with the best first."""
    hits = [hit_of(row, rule) for row in _asked(statements)]
    hits.sort(key=_key, reverse=True)
    return [h for h in hits if not h.is_newcomer], [h for h in hits if h.is_newcomer]


def _for_reader(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.total, -hit.id))


def _key(hit: Hit) -> tuple[int, int]:
    return hit.score, hit.id


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a list: what is in it, and its order."""

    where: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]


def listed(sort: str, mark: str, shown: Shown, rule: Rule, told: Sequence[Any]) -> Listed:
    """One page by newness (``new``), or by price: what is free or by agreement comes first."""
    place = marks.place(mark)
    parts = _by_price(place) if sort == "price" else _by_newness(place)
    statements = [
        select(*told)
        .join(Member, Member.id == Offer.owner_id)
        .where(*shown, *part.where)
        .order_by(*part.order)
        .limit(A_PAGE + 1)
        for part in parts
    ]
    hits = [hit_of(row, rule) for row in _asked(statements)]
    hits.sort(key=_dear if sort == "price" else _young)
    is_back, has_more = place is not None and place.is_back, len(hits) > A_PAGE
    page = hits[-A_PAGE:] if is_back else hits[:A_PAGE]
    has_newer = has_more if is_back else place is not None
    has_older = has_more or is_back
    return Listed(
        tuple(Placed(hit) for hit in page),
        _place(page[0], sort, is_back=True).written() if page and has_newer else None,
        _place(page[-1], sort).written() if page and has_older else None,
    )


def _by_newness(place: Place | None) -> list[_Part]:
    columns = (Offer.published_at, Offer.id)
    if place is None or place.key is None:
        return [_Part((), tuple(c.desc() for c in columns))]
    key = (clock.from_micros(place.key), place.id)
    if place.is_back:
        return [_Part((tuple_(*columns) > key,), tuple(c.asc() for c in columns))]
    return [_Part((tuple_(*columns) < key,), tuple(c.desc() for c in columns))]


def _by_price(place: Place | None) -> list[_Part]:
    is_back = place is not None and place.is_back
    has_none, has_one = Offer.amount.is_(None), Offer.amount >= 0
    order = [c.desc() if is_back else c.asc() for c in (Offer.amount, Offer.id)]
    none, one = [has_none], [has_one]
    if place is not None and place.key is None:
        none.append(Offer.id < place.id if is_back else Offer.id > place.id)
    elif place is not None:
        columns, key = tuple_(Offer.amount, Offer.id), (place.key, place.id)
        one.append(columns < key if is_back else columns > key)
    parts = [_Part(tuple(none), (order[1],)), _Part(tuple(one), tuple(order))]
    if place is None:
        return parts
    # What lies on the other side of the place in the list is not asked for.
    if is_back:
        return parts[:1] if place.key is None else parts
    return parts if place.key is None else parts[1:]


def _young(hit: Hit) -> Any:
    return -clock.to_micros(hit.published_at), -hit.id


def _dear(hit: Hit) -> Any:
    return hit.amount is not None, hit.amount or 0, hit.id


def _place(hit: Hit, sort: str, *, is_back: bool = False) -> Place:
    key = hit.amount if sort == "price" else clock.to_micros(hit.published_at)
    return Place(key, hit.id, is_back)


def _asked(statements: Sequence[Select[Any]]) -> Sequence[Any]:
    """The rows of all statements, asked at once."""
    asked = union_all(*(select(statement.subquery()) for statement in statements))
    return db.session.execute(asked).all()


def _bool(value: bool) -> ColumnElement[bool]:
    return true() if value else false()
