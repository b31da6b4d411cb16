"""Reading reviews: pages of those that are open, how they are spread, one of them, one's own.

What is sealed or removed is in no list and no count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    null,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import aliased

from community.activity.exchanges.offers.kinds import words
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review, ReviewHelped
from community.activity.exchanges.reviews.rating import UNKNOWN, Usual, usual_of
from community.activity.members.models import Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import can_see
from community.kit import additions, clock, search
from community.kit.db import BigId, Instant, connection
from community.kit.faces import Pictured

A_PAGE = 20
NEWEST = 3
SORTS = ("new", "helpful", "high", "low")
USUAL = "what is usual of reviews"
"""Where a room further up says what is usual here: called with nothing, it answers a question for one
value, which ``rating.usual_of`` reads."""
REVIEWS, OFFERS, KINDS = Review.__table__.c, Offer.__table__.c, OfferKind.__table__.c
AUTHOR, ABOUT = aliased(Member, name="author"), aliased(Member, name="about")
NEVER = 2**62
ALL_STARS = range(5, 0, -1)
_MARK = re.compile(r"\d{1,18}(\.\d{1,18}){1,2}")

Scope = Literal["all", "about", "author", "offer"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which reviews the reader looks for, in which order, and where in the list they are."""

    scope: Scope = "all"
    of: int = 0
    stars: int = 0
    role: str = ""
    kind: int = 0
    q: str = ""
    sort: str = "new"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Person(Pictured):
    """One side of a review, as far as the reader may know them: without a handle, “a member”."""

    id: int
    handle: str
    name: str
    photo: str | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in a review, and what it shows in words."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An open review, ready to be shown."""

    id: int
    side: str
    stars: int | None
    scores: tuple[tuple[str, int], ...]
    html: str
    photos: tuple[Photo, ...]
    published_at: datetime
    author: Person
    about: Person
    offer_id: int
    offer: str | None
    kind: str
    is_verified: bool
    is_incentivised: bool
    is_late_cancel: bool
    helpful: int
    has_helped: bool
    is_own: bool
    is_about_me: bool
    response_html: str | None
    responded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of reviews, and the mark from which the next one begins."""

    reviews: tuple[Shown, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How the reviews of a place are spread: by stars, by the role of their authors, by kind.

    ``sides`` are the stars by the role of their authors.
    """

    count: int
    by_stars: tuple[tuple[int, int], ...]
    roles: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[int, str, int], ...]
    sides: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    usual: Usual = UNKNOWN

    @property
    def rated(self) -> int:
        """How many have stars."""
        return sum(count for _, count in self.by_stars)

    def said_by(self, side: str) -> tuple[tuple[int, int], ...]:
        """How many of a role gave how many stars."""
        return dict(self.sides).get(side, ())


def find(wish: Wish, viewer: Viewer | None, limit: int = A_PAGE) -> Page:
    """A page of the open reviews that are looked for."""
    asked = _shown(viewer.id if viewer else 0).where(*_is_wanted(wish))
    columns, falls = _order(wish.sort)
    mark = _read(wish.after, len(columns))
    if mark is not None:
        key = tuple_(*columns)
        bounds = tuple_(*(_bound(c, v) for c, v in zip(columns, mark, strict=True)))
        asked = asked.where(key < bounds if falls else key > bounds)
    asked = asked.order_by(*(c.desc() if falls else c.asc() for c in columns))
    rows = connection().execute(asked.limit(limit + 1)).all()
    shown = tuple(_of_row(row, viewer) for row in rows[:limit])
    return Page(shown, _written(rows[limit - 1], columns) if len(rows) > limit else None)


def one(review_id: int, viewer: Viewer | None) -> Shown | None:
    """One open review; None where there is none."""
    asked = _shown(viewer.id if viewer else 0).where(REVIEWS.id == review_id, *_is_open())
    row = connection().execute(asked).one_or_none()
    return _of_row(row, viewer) if row else None


def of_exchange(exchange_id: int, viewer: Viewer) -> tuple[Shown, ...]:
    """Both reviews of an exchange, once they are open."""
    asked = (
        _shown(viewer.id)
        .where(REVIEWS.exchange_id == exchange_id, *_is_open())
        .order_by(REVIEWS.id)
    )
    return tuple(_of_row(row, viewer) for row in connection().execute(asked))


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest reviews of an offer, how many there are, and the stars that its owner got for it."""

    reviews: tuple[Shown, ...] = ()
    count: int = 0
    by_stars: tuple[tuple[int, int], ...] = ()
    usual: Usual = UNKNOWN


def newest_of_offer(offer_id: int, viewer: Viewer | None, limit: int = NEWEST) -> Newest:
    """The newest open reviews of an offer with what all of them come to, in one question."""
    asked = {
        "viewer": viewer.id if viewer else 0,
        "offer": offer_id,
        "now": clock.now(),
        "many": limit,
    }
    rows = connection().execute(_newest_of_offer(), asked).all()
    if not rows:
        return Newest()
    by_stars = tuple((n, getattr(rows[0], f"stars_{n}")) for n in ALL_STARS)
    shown = tuple(_of_row(row, viewer) for row in rows)
    return Newest(shown, rows[0].many, by_stars, usual_of(rows[0].usual))


def tally(scope: Scope, of: int = 0) -> Tally:
    """How the open reviews of a place are spread, in one question."""
    rows = connection().execute(_tally(scope), _asked(scope, of)).all()
    stars, roles, kinds = dict.fromkeys(ALL_STARS, 0), {}, {}
    sides: dict[str, dict[int, int]] = {}
    for row in rows:
        if row.stars is not None:
            stars[row.stars] += row.many
            of_side = sides.setdefault(row.side, {})
            of_side[row.stars] = of_side.get(row.stars, 0) + row.many
        roles[row.side] = roles.get(row.side, 0) + row.many
        label, before = kinds.get(row.kind_id, (words(row.label), 0))
        kinds[row.kind_id] = (label, before + row.many)
    return Tally(
        sum(row.many for row in rows),
        tuple(stars.items()),
        tuple(sorted(roles.items())),
        tuple((id, label, many) for id, (label, many) in sorted(kinds.items())),
        tuple((side, tuple(sorted(told.items()))) for side, told in sorted(sides.items())),
        usual_of(rows[0].usual if rows else None),
    )


def offer_of(offer_id: int, viewer: Viewer | None) -> tuple[str, Person, bool] | None:
    """Title, owner and whether it is a wish, of an offer that was published and the reader may see."""
    row = (
        connection()
        .execute(
            select(
                OFFERS.title,
                OFFERS.is_wish,
                OFFERS.is_closed_by_staff,
                Member.id,
                Member.handle,
                Member.name,
                Member.photo,
                Member.sees_profile,
                Member.erased_at,
            )
            .join_from(Offer.__table__, Member, Member.id == OFFERS.owner_id)
            .where(OFFERS.id == offer_id, OFFERS.published_at.is_not(None))
        )
        .one_or_none()
    )
    if row is None or row.is_closed_by_staff or not can_see(viewer, row):
        return None
    return row.title, Person(row.id, row.handle, row.name, row.photo), row.is_wish


def _usual() -> Any:
    """What is usual here, as a column beside what is asked."""
    asked = [ask().scalar_subquery() for ask in additions.at(USUAL)]
    return (asked[0] if asked else null()).label("usual")


def _is_open(now: Any = None) -> tuple[ColumnElement[bool], ...]:
    # A range, for SQLite does not ask an index what is not null; and no index of removals, for
    # nearly all are not removed.
    is_there = func.coalesce(type_coerce(REVIEWS.removed_at, BigId), 0) == 0
    return REVIEWS.published_at <= (clock.now() if now is None else now), is_there


@lru_cache
def _newest_of_offer() -> Select[Any]:
    offer, now = bindparam("offer", type_=BigId), bindparam("now", type_=Instant())
    of_it = (REVIEWS.offer_id == offer, *_is_open(now))
    owner = select(OFFERS.owner_id).where(OFFERS.id == offer).scalar_subquery()
    of_owner = REVIEWS.about_id == owner
    counts = [
        func.count().filter(of_owner, REVIEWS.stars == n).label(f"stars_{n}") for n in ALL_STARS
    ]
    whole = select(func.count().label("many"), *counts).where(*of_it).subquery("whole")
    asked = _reading().add_columns(whole, _usual()).join(whole, true()).where(*of_it)
    newest = (REVIEWS.published_at.desc(), REVIEWS.id.desc())
    return asked.order_by(*newest).limit(bindparam("many", type_=BigId))


def _is_wanted(wish: Wish) -> list[ColumnElement[bool]]:
    found = [*_is_open()]
    if wish.scope != "all":
        found.append({"about": REVIEWS.about_id, "author": REVIEWS.author_id, "offer": REVIEWS.offer_id}[wish.scope] == wish.of)  # fmt: skip
    if wish.stars:
        found.append(REVIEWS.stars == wish.stars)
    elif wish.sort in ("high", "low"):
        found.append(REVIEWS.stars >= 1)
    if wish.sort == "helpful":
        found.append(REVIEWS.helpful >= 0)
    if wish.role:
        found.append(REVIEWS.side == wish.role)
    if wish.kind:
        found.append(REVIEWS.kind_id == wish.kind)
    words = search.fold(wish.q).split()
    found += [REVIEWS.text_key.contains(word, autoescape=True) for word in words[:8]]
    return found


def _order(sort: str) -> tuple[tuple[Any, ...], bool]:
    """By what a list is sorted, and whether the largest comes first."""
    if sort == "helpful":
        return (REVIEWS.helpful, REVIEWS.published_at, REVIEWS.id), True
    if sort in ("high", "low"):
        return (REVIEWS.stars, REVIEWS.published_at, REVIEWS.id), sort == "high"
    return (REVIEWS.published_at, REVIEWS.id), True


def _bound(column: Any, value: int) -> Any:
    told = clock.from_micros(value) if column is REVIEWS.published_at else value
    return bindparam(None, told, type_=column.type)


def _read(mark: str, many: int) -> tuple[int, ...] | None:
    """The place in a list that a mark says; None when it says none that can be."""
    if not _MARK.fullmatch(mark):
        return None
    parts = tuple(int(part) for part in mark.split("."))
    # No moment that can be is further from 1970 than this.
    return parts if len(parts) == many and parts[-2] < 10**17 else None


def _written(row: Any, columns: Sequence[Any]) -> str:
    values = [getattr(row, column.key) for column in columns]
    return ".".join(str(clock.to_micros(v) if isinstance(v, datetime) else v) for v in values)


def _shown(viewer_id: int) -> Select[Any]:
    return _reading().params(viewer=viewer_id)


@lru_cache
def _reading() -> Select[Any]:
    has_helped = (
        select(ReviewHelped.member_id)
        .where(ReviewHelped.review_id == REVIEWS.id, ReviewHelped.member_id == bindparam("viewer"))
        .correlate(Review.__table__)
        .exists()
    )
    sides = [
        getattr(who, name).label(f"{side}_{name}")
        for who, side in ((AUTHOR, "author"), (ABOUT, "about"))
        for name in ("id", "handle", "name", "photo", "sees_profile", "erased_at")
    ]
    return (
        select(
            REVIEWS.id,
            REVIEWS.side,
            REVIEWS.stars,
            REVIEWS.scores,
            REVIEWS.html,
            REVIEWS.photos,
            REVIEWS.published_at,
            REVIEWS.offer_id,
            REVIEWS.is_verified,
            REVIEWS.is_incentivised,
            REVIEWS.is_late_cancel,
            REVIEWS.helpful,
            REVIEWS.response_html,
            REVIEWS.responded_at,
            OFFERS.title,
            OFFERS.is_closed_by_staff,
            OFFERS.owner_id,
            KINDS.label,
            KINDS.scores.label("aspects"),
            has_helped.label("has_helped"),
            *sides,
        )
        .select_from(Review.__table__)
        .join(AUTHOR, AUTHOR.id == REVIEWS.author_id)
        .join(ABOUT, ABOUT.id == REVIEWS.about_id)
        .join(Offer.__table__, OFFERS.id == REVIEWS.offer_id)
        .join(OfferKind.__table__, KINDS.id == REVIEWS.kind_id)
    )


def _asked(scope: Scope, of: int) -> dict[str, int]:
    now = {"now": clock.to_micros(clock.now())}
    return now if scope == "all" else {**now, "of": of}


@lru_cache
def _tally(scope: Scope) -> Select[Any]:
    now, published = bindparam("now", type_=BigId), type_coerce(REVIEWS.published_at, BigId)
    asked = select(REVIEWS.stars, REVIEWS.side, REVIEWS.kind_id, func.count().label("many"))
    asked = asked.group_by(REVIEWS.stars, REVIEWS.side, REVIEWS.kind_id)
    asked = asked.where(REVIEWS.removed_at.is_(None))
    if scope == "all":
        # Said so that no index of times answers it: one index holds all that is counted, in order.
        asked = asked.where(func.coalesce(published, NEVER) <= now)
    else:
        columns = {
            "about": REVIEWS.about_id,
            "author": REVIEWS.author_id,
            "offer": REVIEWS.offer_id,
        }
        asked = asked.where(published <= now, columns[scope] == bindparam("of"))
    many = asked.subquery("many")
    return select(
        many.c.stars, many.c.side, many.c.kind_id, many.c.many, KINDS.label, _usual()
    ).join(OfferKind.__table__, KINDS.id == many.c.kind_id)


def _of_row(row: Any, viewer: Viewer | None) -> Shown:
    labels = {a["name"]: words(a.get("label", a["name"])) for a in row.aspects or ()}
    author, about = _side(row, "author", viewer), _side(row, "about", viewer)
    is_offer_seen = not row.is_closed_by_staff and row.owner_id in (author.id, about.id)
    return Shown(
        id=row.id,
        side=row.side,
        stars=row.stars,
        scores=tuple((labels.get(n, n), v) for n, v in (row.scores or {}).items()),
        html=row.html,
        photos=tuple(Photo(p["photo"], p.get("words", "")) for p in row.photos or ()),
        published_at=row.published_at,
        author=author,
        about=about,
        offer_id=row.offer_id,
        offer=(row.title or None) if is_offer_seen else None,
        kind=words(row.label),
        is_verified=bool(row.is_verified),
        is_incentivised=bool(row.is_incentivised),
        is_late_cancel=bool(row.is_late_cancel),
        helpful=row.helpful,
        has_helped=bool(row.has_helped),
        is_own=viewer is not None and viewer.id == row.author_id,
        is_about_me=viewer is not None and viewer.id == row.about_id,
        response_html=row.response_html,
        responded_at=row.responded_at,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    id: int
    sees_profile: int
    erased_at: datetime | None


def _side(row: Any, side: str, viewer: Viewer | None) -> Person:
    told = {n: getattr(row, f"{side}_{n}") for n in ("id", "sees_profile", "erased_at")}
    if not can_see(viewer, _Seen(**told)):
        return Person(0, "", "", None)
    return Person(
        told["id"],
        getattr(row, f"{side}_handle"),
        getattr(row, f"{side}_name"),
        getattr(row, f"{side}_photo"),
    )
