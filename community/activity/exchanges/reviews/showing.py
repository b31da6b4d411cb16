"""What stands of reviews on other pages, below an exchange, an offer or a member; and a rating in words."""

from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.reviews import actions, latest, queries, rules
from community.activity.exchanges.reviews.rating import OnShow, on_show
from community.activity.members import profile
from community.activity.members.queries import Viewer
from community.kit import additions, clock
from community.kit.fragments import fragment
from community.kit.languages import gettext, ngettext, number

NUMBER = "the number beside reviews"
"""Where rooms further up say the rating on show of a member: called with their id, as ``Rating``."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating in words, as it stands everywhere: never without its band, its count, and why."""

    value: str
    low: str
    high: str
    many: int
    why: str


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
    shown = said(on_show(newest.by_stars, newest.usual), is_of_offer=True)
    return fragment("reviews/_below_offer.html", id=offer.id, newest=newest, shown=shown)


def below_member(member: Any, viewer: Viewer | None) -> Markup:
    """The rating of a member, and the newest reviews that they got and gave."""
    return fragment(
        "reviews/_below_member.html",
        handle=member.handle,
        name=member.name,
        is_own=viewer is not None and viewer.id == member.id,
        shown=of_member(member.id),
        latest=latest.of_more(profile.more_of(member.id), viewer),
    )


def of_member(member_id: int) -> Rating | None:
    """The rating on show of a member; None before there is one."""
    found = (fill(member_id) for fill in additions.at(NUMBER))
    return next((rating for rating in found if rating is not None), None)


def said(shown: OnShow | None, *, is_of_offer: bool = False) -> Rating | None:
    """A rating that was worked out from how stars are spread, in words, with how that was done."""
    if shown is None:
        return None
    usual = shown.usual
    parts = ngettext(
        "The mean of %(num)d review is %(mean)s stars. It is drawn towards what is usual here, %(usual)s stars, as if %(weight)s more reviews had said that: so a few change little.",
        "The mean of %(num)d reviews is %(mean)s stars. It is drawn towards what is usual here, %(usual)s stars, as if %(weight)s more reviews had said that: so a few change little.",
        shown.rated,
    ) % {
        "num": shown.rated,
        "mean": number(round(shown.mean, 2)),
        "usual": number(round(usual.mean, 2)),
        "weight": number(round(usual.weight, 1)),
    }  # fmt: skip
    whose = gettext("Only what was said of its owner counts.") if is_of_offer else ""
    band = gettext("In nine of ten cases the truth lies in this band.")
    value, low, high = (number(round(part, 1)) for part in (shown.value, shown.low, shown.high))
    return Rating(value, low, high, shown.rated, " ".join(filter(None, (parts, whose, band))))
