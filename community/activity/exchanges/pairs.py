"""What two members have with each other: exchanges both ways, what is open in them, what they said.

Of what the other side said of an exchange only what is open: nothing else is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_, union_all
from sqlalchemy.orm import aliased

from community.activity.exchanges.deals.models import Exchange, Message
from community.activity.exchanges.deals.rules import STATES
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.reviews.models import Review
from community.kit.db import connection
from community.kit.marks import Mark
from community.kit.words import N_, Words
from community.ledger.queries import E as EVENT
from community.ledger.queries import kinds_of

MOST = 40
"""Exchanges that are told of, the newest of them."""
MOST_OFFERS = 3
A_PAGE = 20
WAITS = {
    "requested": ("owner", N_("waits for an answer")),
    "countered": ("asker", N_("waits for a yes to the other proposal")),
    "accepted": ("asker", N_("waits to be confirmed")),
}
"""In which states somebody waits: for whom, and in which words."""
E, OFFERS = Exchange.__table__.c, Offer.__table__.c


@dataclass(frozen=True, slots=True)
class Between:
    """An exchange between the reader and another member, with what each said that the reader may read.

    ``mine`` and ``would_again`` are the reader's own review; ``theirs`` is open.
    """

    id: int
    title: str
    is_provider: bool
    is_asker: bool
    state: str
    at: datetime
    done_by: int | None
    is_late: bool
    opened_at: datetime | None
    review_until: datetime | None
    unread: int
    has_mine: bool
    my_stars: int | None
    my_html: str
    is_closed: bool
    would_again: bool | None
    review_id: int | None
    their_id: int | None
    their_stars: int | None
    their_html: str | None

    @property
    def label(self) -> Words:
        """Where it stands, in a word."""
        return STATES[self.state].label

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return not STATES[self.state].is_end

    def waits_for_me(self, me: int) -> Words | None:
        """What of it waits for the reader, if anything does."""
        if self.state == "half_done" and self.done_by != me:
            return N_("waits for you to say whether it is done")
        whom, words = WAITS.get(self.state, ("", None))
        return words if whom == ("asker" if self.is_asker else "owner") else None

    def is_review_due(self, now: datetime) -> bool:
        """Whether the reader can still say how it was."""
        return (
            (STATES[self.state].is_reviewed or (self.state == "cancelled" and self.is_late))
            and self.opened_at is None
            and self.review_until is not None
            and now < self.review_until
            and not self.has_mine
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """The events between two: the ids of a page, the mark of those behind it, and the first of all."""

    ids: tuple[int, ...]
    older: Mark | None
    first: datetime | None
    last: datetime | None


def between(me: int, other: int) -> list[Between]:
    """The exchanges of the reader with another, newest first."""
    either = union_all(_side(me, other, is_provider=True), _side(me, other, is_provider=False))
    rows = either.subquery("either")
    asked = select(rows).order_by(rows.c.at.desc(), rows.c.id.desc()).limit(MOST)
    return [_told(row) for row in connection().execute(asked)]


def happened(me: int, other: int, before: Mark | None) -> Happened:
    """What happened between two and still counts, newest first; beyond the last of it no ends are told.

    What each of them did to the other is read once, whatever the page: there is no index of pairs,
    so the acts of one of the two are gone through.
    """
    counts = (EVENT.voided_at.is_(None), EVENT.kind.in_(kinds_of({"everyone", "sides"})))
    both = union_all(
        *(
            select(EVENT.id, EVENT.happened_at).where(
                EVENT.actor == actor, EVENT.other == of, *counts
            )
            for actor, of in ((me, other), (other, me))
        )
    ).subquery("both")
    at = both.c.happened_at
    whole = select(
        both, func.min(at).over().label("first"), func.max(at).over().label("last")
    ).subquery("whole")
    page = select(whole).order_by(whole.c.happened_at.desc(), whole.c.id.desc()).limit(A_PAGE + 1)
    if before is not None:
        page = page.where(tuple_(whole.c.happened_at, whole.c.id) < before)
    rows = connection().execute(page).all()
    mark = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    return Happened(
        tuple(row.id for row in rows[:A_PAGE]),
        (mark.happened_at, mark.id) if mark else None,
        rows[0].first if rows else None,
        rows[0].last if rows else None,
    )


def offers_of(member_id: int) -> Sequence[Any]:
    """The newest that a member offers: id and title."""
    asked = (
        select(OFFERS.id, OFFERS.title)
        .where(
            OFFERS.owner_id == member_id,
            OFFERS.state == "published",
            OFFERS.is_wish.is_(False),
            OFFERS.is_closed_by_staff.is_(False),
        )
        .order_by(OFFERS.id.desc())
        .limit(MOST_OFFERS)
    )
    return connection().execute(asked).all()


def _side(me: int, other: int, *, is_provider: bool) -> Select[Any]:
    """The exchanges in which the reader is on one side."""
    mine, theirs = aliased(Review.__table__, "mine"), aliased(Review.__table__, "theirs")
    sides = ("provider", "receiver") if is_provider else ("receiver", "provider")
    pair = (me, other) if is_provider else (other, me)
    unread = (
        select(func.count())
        .where(Message.exchange_id == E.id, Message.author_id == other, Message.seen_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            E.id, OFFERS.title, (E.provider_id == me).label("is_provider"), E.is_wish, E.state,
            E.changed_at.label("at"), E.done_by, E.is_late, E.opened_at, E.review_until,
            unread.label("unread"), mine.c.id.label("mine"), mine.c.stars.label("my_stars"),
            mine.c.html.label("my_html"), mine.c.is_closed, mine.c.would_again,
            mine.c.published_at, mine.c.removed_at, theirs.c.id.label("their_id"),
            theirs.c.stars.label("their_stars"), theirs.c.html.label("their_html"),
        )
        .join(Offer.__table__, OFFERS.id == E.offer_id)
        .outerjoin(mine, (mine.c.exchange_id == E.id) & (mine.c.side == sides[0]))
        .outerjoin(
            theirs,
            (theirs.c.exchange_id == E.id)
            & (theirs.c.side == sides[1])
            & theirs.c.published_at.is_not(None)
            & theirs.c.removed_at.is_(None),
        )
        .where(E.provider_id == pair[0], E.receiver_id == pair[1])
    )  # fmt: skip


def _told(row: Any) -> Between:
    is_open = row.published_at is not None and row.removed_at is None
    return Between(
        id=row.id,
        title=row.title,
        is_provider=bool(row.is_provider),
        is_asker=bool(row.is_provider) is bool(row.is_wish),
        state=row.state,
        at=row.at,
        done_by=row.done_by,
        is_late=bool(row.is_late),
        opened_at=row.opened_at,
        review_until=row.review_until,
        unread=row.unread,
        has_mine=row.mine is not None,
        my_stars=row.my_stars,
        my_html=row.my_html or "",
        is_closed=bool(row.is_closed),
        would_again=row.would_again,
        review_id=row.mine if is_open else None,
        their_id=row.their_id,
        their_stars=row.their_stars,
        their_html=row.their_html,
    )
