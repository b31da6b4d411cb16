"""Lists of offers and wishes: a member's, those that somebody keeps, one's own with how they do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from community.activity.exchanges.offers import rules, wording
from community.activity.exchanges.offers.models import Offer, OfferKept, OfferKind, OfferViews
from community.activity.members.models import NOBODY, Member
from community.activity.members.queries import Viewer
from community.activity.members.rules import audience
from community.kit import clock
from community.kit.db import connection

A_PAGE = 24


@dataclass(frozen=True, slots=True)
class Card:
    """An offer in a list."""

    id: int
    title: str
    kind_label: str
    unit: str
    grain: str
    icon: str
    is_wish: bool
    state: str
    place: str | None
    is_free: bool
    amount: int | None
    currency: str | None
    photo: str | None
    published_at: datetime | None
    owner_name: str
    owner_handle: str

    @property
    def price(self) -> str:
        """What one unit costs, in the reader's words."""
        return wording.price(self.is_free, self.amount, self.currency, self.unit, self.grain)

    @property
    def photo_url(self) -> str | None:
        """Where its cover is; None without one."""
        return f"/media/{self.photo}-480.webp" if self.photo else None


@dataclass(frozen=True, slots=True)
class Own:
    """One of a member's own offers, with how it does and what they may do next."""

    card: Card
    views: int
    views_lately: int
    kept: int
    next_step: str


CARD = (
    Offer.id,
    Offer.title,
    OfferKind.label,
    OfferKind.unit,
    OfferKind.grain,
    OfferKind.icon,
    Offer.is_wish,
    Offer.state,
    Offer.place,
    Offer.is_free,
    Offer.amount,
    Offer.currency,
    Offer.photo,
    Offer.published_at,
    Member.name,
    Member.handle,
)
"""What a card tells, in the order of its fields; of offers joined with their kind and owner."""


def _cards() -> Select[Any]:
    return (
        select(*CARD)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
    )


def of_member(member_id: int, viewer: Viewer | None) -> tuple[Card, ...]:
    """What a member offers and asks for, as far as somebody may see it, the newest first."""
    asked = _cards().where(
        Offer.owner_id == member_id,
        Offer.state == "published",
        Offer.is_closed_by_staff.is_(False),
        Member.sees_profile <= (NOBODY if viewer and viewer.id == member_id else audience(viewer)),
    )
    rows = connection().execute(asked.order_by(Offer.is_wish, Offer.id.desc()).limit(A_PAGE))
    return tuple(Card(*row) for row in rows)


OFFERED, WISHED, AWAY = "offer:published", "wish:published", "offer:away"


def beside_member(member: Any) -> Select[Any]:
    """What a member ever published, for the one question that their page asks."""
    part = case(
        (or_(Offer.state != "published", Offer.is_closed_by_staff.is_(True)), AWAY),
        (Offer.is_wish.is_(True), WISHED),
        else_=OFFERED,
    )
    return select(
        part,
        -Offer.id,
        Offer.title,
        func.coalesce(Offer.place, ""),
        Offer.subject_id,
        Offer.published_at,
    ).where(Offer.owner_id == member, Offer.published_at.is_not(None))


def kept_by(
    viewer: Viewer, before: tuple[datetime, int] | None = None
) -> list[tuple[datetime, Card]]:
    """What a member keeps and can still see, the last kept first, from a mark on; one more than a page."""
    asked = (
        select(OfferKept.at, *CARD)
        .select_from(OfferKept)
        .join(Offer, Offer.id == OfferKept.offer_id)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .join(Member, Member.id == Offer.owner_id)
        .where(
            OfferKept.member_id == viewer.id,
            Offer.state.in_(("published", "paused")),
            Offer.is_closed_by_staff.is_(False),
            Member.sees_profile <= audience(viewer),
        )
        .order_by(OfferKept.at.desc(), OfferKept.offer_id.desc())
    )
    if before is not None:
        at, offer_id = before
        asked = asked.where(
            (OfferKept.at < at) | and_(OfferKept.at == at, OfferKept.offer_id < offer_id)
        )
    rows = connection().execute(asked.limit(A_PAGE + 1)).all()
    return [(row[0], Card(*row[1:])) for row in rows]


def own(viewer: Viewer) -> list[Own]:
    """All that a member offers and asks for, the last changed first, with how each does."""
    since = clock.now().date() - timedelta(days=30)
    mine = select(Offer.id).where(Offer.owner_id == viewer.id)
    viewed = connection().execute(
        select(
            OfferViews.offer_id,
            func.sum(OfferViews.views),
            func.sum(OfferViews.views).filter(OfferViews.day >= since),
        )
        .where(OfferViews.offer_id.in_(mine))
        .group_by(OfferViews.offer_id)
    )
    views = {row[0]: (int(row[1]), int(row[2] or 0)) for row in viewed}
    kept_rows = connection().execute(
        select(OfferKept.offer_id, func.count())
        .where(OfferKept.offer_id.in_(mine))
        .group_by(OfferKept.offer_id)
    )
    kept = {row[0]: int(row[1]) for row in kept_rows}
    asked = (
        _cards()
        .add_columns(Offer.reply_hours, Offer.is_closed_by_staff)
        .where(Offer.owner_id == viewer.id)
    )
    rows = connection().execute(asked.order_by(Offer.changed_at.desc(), Offer.id.desc()))
    return [
        Own(
            Card(*row[: len(CARD)]),
            *views.get(row.id, (0, 0)),
            kept.get(row.id, 0),
            rules.next_step(
                row.state,
                is_closed=row.is_closed_by_staff,
                grain=row.grain,
                has_photo=row.photo is not None,
                says_reply=row.reply_hours is not None,
            ),
        )
        for row in rows
    ]
