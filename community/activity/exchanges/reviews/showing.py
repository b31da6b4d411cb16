"""What stands of reviews on other pages: below an exchange, below an offer, beside a member."""

from typing import Any, Protocol

from markupsafe import Markup

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.reviews import actions, queries, rules
from community.activity.members.queries import Viewer
from community.kit import clock
from community.kit.fragments import fragment


class HasId(Protocol):
    """An offer or a member as a page shows it."""

    @property
    def id(self) -> int:
        """Its id."""
        ...


def below_exchange(exchange: Exchange, viewer: Viewer | None) -> Markup | str:
    """What a side can do about its review now; never whether the other has written."""
    if viewer is None or rules.side_of(exchange, viewer.id) is None:
        return ""
    if not rules.is_reviewable(exchange.state, is_late=exchange.is_late):
        return ""
    own, now = actions.own_review(exchange.id, viewer.id), clock.now()
    return fragment(
        "reviews/_below_exchange.html",
        id=exchange.id,
        until=exchange.review_until,
        is_open=exchange.opened_at is not None,
        can_write=rules.why_not_review(exchange, viewer.id, own, now) is None,
        can_edit=rules.why_not_edit(exchange, viewer.id, own, now) is None,
        is_closed=own is not None and own.is_closed,
        has_written=own is not None and not own.is_closed,
    )


def below_offer(offer: HasId, viewer: Viewer | None) -> Markup:
    """The newest reviews of an offer, what all of them come to, and the way to them."""
    newest = queries.newest_of_offer(offer.id, viewer)
    return fragment("reviews/_below_offer.html", id=offer.id, newest=newest)


def beside_member(member: Any, viewer: Viewer | None) -> Markup:
    """The way to what was said of a member and to what they said of others."""
    is_own = viewer is not None and viewer.id == member.id
    return fragment("reviews/_beside_member.html", handle=member.handle, is_own=is_own)
