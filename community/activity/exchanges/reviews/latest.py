"""The newest reviews of and by a member, asked with all that stands on their page."""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select, union_all
from sqlalchemy import case as when

from community.activity.exchanges.offers.kinds import words
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review
from community.activity.members import profile
from community.activity.members.models import NOBODY, Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import audience
from community.kit import clock
from community.kit.db import BigId
from community.kit.faces import Pictured
from community.kit.text import plain
from community.kit.words import Words

NEWEST = 3
EXCERPT = 180
"""Characters of what was said that stand on the page of a member."""
PART = "review:"
R, M = Review.__table__.c, Member.__table__.c
OFFERS, KINDS = Offer.__table__.c, OfferKind.__table__.c
WAYS = {"got": (R.about_id, R.author_id), "given": (R.author_id, R.about_id)}
"""Of what a member got and of what they gave: the column that is theirs, and that of the other."""


@dataclass(frozen=True, slots=True)
class Brief(Pictured):
    """A review in short; ``handle``, ``name`` and ``photo`` are of the other, where they may be known.

    ``offer`` is the title of what it was about, where that may be known. ``is_provider`` says in which role the member of the page was.
    """

    id: int
    at: datetime
    html: str
    stars: int | None
    handle: str
    name: str
    photo: str | None
    offer: str
    kind: Words | str
    is_provider: bool
    is_elsewhere: bool
    is_late_cancel: bool
    is_incentivised: bool

    @property
    def excerpt(self) -> str:
        """How it begins, on one line."""
        told = plain(self.html, EXCERPT + 1)
        if len(told) <= EXCERPT:
            return told
        whole_words = told[:EXCERPT].rpartition(" ")[0]
        # What has no spaces, as Chinese has none, is cut where it is.
        return f"{whole_words if len(whole_words) > EXCERPT // 2 else told[:EXCERPT]}…"


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest reviews that a member got and gave."""

    got: tuple[Brief, ...]
    given: tuple[Brief, ...]


def asked(member: Any) -> Select[Any]:
    """The newest open reviews of and by a member, for the one question that their page asks."""
    return select(union_all(*(_newest(member, way) for way in WAYS)).subquery("newest_reviews"))


def of_more(more: profile.More, viewer: Viewer | None) -> Latest:
    """The newest reviews among what was asked with a member's page."""
    return Latest(*(_of_way(more, way, viewer)[:NEWEST] for way in WAYS))


def _of_way(more: profile.More, way: str, viewer: Viewer | None) -> tuple[Brief, ...]:
    told = [_of_added(each, viewer) for each in more.added if each.part.startswith(PART + way)]
    return tuple(sorted(told, key=lambda each: (each.at, each.id), reverse=True))


def _newest(member: Any, way: str) -> Select[Any]:
    """The part names the way and the role of the member; the title tells the rest, a line each."""
    mine, theirs = WAYS[way]
    role = R.side if way == "given" else when((R.side == "receiver", "provider"), else_="receiver")
    told = (
        M.name,
        M.handle,
        func.coalesce(M.photo, ""),
        cast(when((M.erased_at.is_not(None), NOBODY), else_=M.sees_profile), String),
        func.coalesce(cast(R.stars, String), ""),
        # What it was about is seen with its owner: the member of the page, or the other.
        when((OFFERS.is_closed_by_staff, ""), else_=func.coalesce(OFFERS.title, "")),
        _sign(OFFERS.owner_id == member),
        KINDS.label,
        _sign(R.is_verified),
        _sign(R.is_late_cancel),
        _sign(R.is_incentivised),
    )
    newest = (
        select(
            (literal(f"{PART}{way}:", String) + role).label("part"),
            (-R.id).label("place"),
            reduce(lambda one, other: one + "\n" + other, told).label("a"),
            R.html.label("b"),
            (func.coalesce(R.subject_id, 0) if way == "given" else literal(0, BigId)).label(
                "number"
            ),
            R.published_at.label("at"),
        )
        .select_from(Review.__table__)
        .join(Member.__table__, M.id == theirs)
        .join(Offer.__table__, OFFERS.id == R.offer_id)
        .join(OfferKind.__table__, KINDS.id == R.kind_id)
        .where(mine == member, *_is_open())
        .order_by(R.published_at.desc(), R.id.desc())
        # As many as would stand among their things: what is told here stands there no more.
        .limit(profile.THINGS_A_TYPE)
    )
    return select(newest.subquery(f"reviews_{way}"))


def _is_open() -> tuple[ColumnElement[bool], ...]:
    # A range, for SQLite does not ask an index what is not null.
    return R.published_at > clock.EPOCH, R.removed_at.is_(None)


def _sign(is_so: ColumnElement[bool]) -> ColumnElement[str]:
    return when((is_so, literal("1", String)), else_=literal("", String))


def _of_added(added: profile.Added, viewer: Viewer | None) -> Brief:
    name, handle, photo, sees, stars, title, is_of_page, kind, *signs = added.title.split("\n")
    is_mine = viewer is not None and viewer.handle == handle
    is_seen = is_mine or int(sees) <= audience(viewer)
    is_verified, is_late_cancel, is_incentivised = (bool(sign) for sign in signs)
    return Brief(
        added.id,
        added.at or clock.EPOCH,
        added.text,
        int(stars) if stars else None,
        handle if is_seen else "",
        name if is_seen else "",
        (photo or None) if is_seen else None,
        title if is_of_page or is_seen else "",
        words(kind),
        added.part.endswith("provider"),
        not is_verified,
        is_late_cancel,
        is_incentivised,
    )
