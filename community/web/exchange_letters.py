"""Letters about exchanges: a request, an answer, an agreement, an end, and that it is time to say how it was."""

from sqlalchemy import select

from community.activity.accounts import letters
from community.activity.accounts.models import Account
from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.members.models import WHAT_WAITS, Member
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.text import line
from community.kit.words import N_, Words

GONE = N_("a former member")
LETTERS: dict[str, tuple[str, Words | str]] = {
    "asked": ("exchange_asked", ""),
    "accepted": ("exchange_answered", N_("It is accepted. Confirm it, and it is agreed.")),
    "countered": ("exchange_answered", N_("Something else is proposed to you.")),
    "declined": ("exchange_answered", N_("It is declined this time.")),
    "confirmed": ("exchange_confirmed", ""),
    "wrote": ("exchange_message", ""),
    "withdrawn": ("exchange_ended", N_("it was withdrawn")),
    "cancelled": ("exchange_ended", N_("it was cancelled")),
    "expired": ("exchange_ended", N_("it ran out without an answer")),
    "left": ("exchange_ended", N_("it has ended, because they left this place")),
    "not_met": ("exchange_ended", N_("they say that you did not meet")),
    "went_wrong": ("exchange_ended", N_("they say that something went wrong")),
    "offer_closed": (
        "exchange_ended",
        N_("those who look after this place closed it, so nothing can be agreed on now"),
    ),
    "offer_reopened": ("exchange_ended", N_("it is open again, and your request still stands")),
    "over": ("exchange_over", ""),
    "half_done": ("exchange_half_done", ""),
}
"""Which letter tells of a step, and what it says of it."""


def tell(step: str, exchange: Exchange, to: int, key: str) -> None:
    """Write to a side of an exchange what happened in it, once, if they want letters of what waits."""
    name, what = LETTERS[step]
    reader = db.session.execute(
        select(Member.language, Member.letters, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == to, Member.erased_at.is_(None))
    ).one_or_none()
    if reader is None or reader.letters < WHAT_WAITS:
        return
    if db.session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return
    other = exchange.provider_id if to == exchange.receiver_id else exchange.receiver_id
    title = db.session.scalar(select(Offer.title).where(Offer.id == exchange.offer_id))
    here = select(Member.name).where(Member.id == other, Member.erased_at.is_(None))
    theirs = db.session.scalar(here) if step != "left" else None
    url = letters.address_of("deals.show", id=exchange.id)
    told = {"name": theirs or GONE, "offer": line(title or "", 80), "what": what}
    letters.write(name, reader.email, reader.language, url, key, **told)
