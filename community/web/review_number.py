"""The rating on show of a member, for what stands of their reviews on every page."""

from community.activity.exchanges.reviews.showing import Rating
from community.web import recognised


def of_member(member_id: int) -> Rating | None:
    """The rating of a member in words; None before there is one."""
    seen = recognised.seen(member_id)
    return recognised.stars_of(seen) if seen is not None else None
