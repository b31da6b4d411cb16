"""What offers are told of the exchanges about them, which they do not know: places held, who deals."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from community.activity.exchanges.deals.models import Exchange, Hold
from community.kit.db import connection


def places_held(offer_id: Any, first: Any, last: Any) -> Select[Any]:
    """How many places of an offer are held in each slot from the first to the last."""
    return (
        select(Hold.slot.label("slot"), func.count().label("places"))
        .where(Hold.offer_id == offer_id, Hold.slot >= first, Hold.slot <= last)
        .group_by(Hold.slot)
    )


def is_side(offer_id: int, member_id: int) -> bool:
    """Whether a member deals, or dealt, about an offer."""
    asked = select(Exchange.id).where(
        Exchange.offer_id == offer_id,
        or_(Exchange.provider_id == member_id, Exchange.receiver_id == member_id),
    )
    return connection().execute(asked.limit(1)).first() is not None
