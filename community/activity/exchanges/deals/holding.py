"""What is held of an offer for an exchange: nobody else can have the same place at the same time."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from community.activity.exchanges.deals import terms as what
from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers.models import Offer
from community.kit.db import db
from community.kit.refusal import Refused
from community.kit.words import Words


def taken(offer_id: int, slots: Sequence[int]) -> dict[int, set[int]]:
    """Which places are taken in these slots of an offer; slots that are free are left out."""
    if not slots:
        return {}
    rows = db.session.execute(
        select(Hold.slot, Hold.place).where(
            Hold.offer_id == offer_id, Hold.slot.between(slots[0], slots[-1])
        )
    )
    found: dict[int, set[int]] = {}
    for slot, place in rows:
        found.setdefault(slot, set()).add(place)
    return found


def hold(exchange: Exchange, grain: str, terms: what.Terms) -> None:
    """Take the lowest free place in each slot that an exchange needs; refuse where one has none.

    Whoever takes a place of the same offer waits for the row of the offer, and then sees what
    is left; the key of ``hold`` stands behind that.
    """
    slots = what.slots(grain, terms)
    if not slots:
        return
    offer = db.session.get(
        Offer, exchange.offer_id, with_for_update={"key_share": True}, populate_existing=True
    )
    quantity = offer.quantity if offer else 0
    found = what.places(slots, taken(exchange.offer_id, slots), quantity)
    if found is None:
        raise Refused(_quicker(grain))
    try:
        with db.session.begin_nested():
            db.session.add_all(
                Hold(offer_id=exchange.offer_id, slot=slot, place=place, exchange_id=exchange.id)
                for slot, place in found
            )
    except IntegrityError as error:
        raise Refused(_quicker(grain)) from error


def release(exchange_ids: Collection[int]) -> None:
    """Let others have what is held for these exchanges."""
    db.session.execute(delete(Hold).where(Hold.exchange_id.in_(exchange_ids)))


def _quicker(grain: str) -> Words:
    return what.GONE if grain == "once" else what.QUICKER
