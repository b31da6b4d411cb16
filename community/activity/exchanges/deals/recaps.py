"""What a completed exchange did for each side: a draft from the facts, kept in their own words."""

from datetime import datetime
from typing import Any

from community.activity.exchanges.deals import queries, rules, saying
from community.activity.exchanges.deals.models import Recap
from community.activity.exchanges.deals.queries import Deal
from community.kit import clock
from community.kit.db import db
from community.kit.languages import gettext
from community.kit.refusal import refuse_if
from community.kit.text import clean
from community.kit.words import N_, Words

GAVE, GOT = (
    N_("“%(title)s”: I gave %(units)s to %(name)s."),
    N_("“%(title)s”: I had %(units)s from %(name)s."),
)
FIRST, AGAIN = (
    N_("It was the first time that we dealt with each other."),
    N_("It was time number %(count)d that we dealt with each other."),
)
WORTH = N_("It was worth %(amount)s.")
THANKS = N_("Thank you, %(name)s.")


def why_not_recap(deal: Deal, member_id: int, text: str) -> Words | None:
    """Why somebody can't keep this of an exchange; None when they can."""
    if member_id not in (deal.provider_id, deal.receiver_id):
        return N_("This exchange is between others.")
    if deal.state != "completed":
        return N_("There is something to look back on once it is completed.")
    if not text.strip():
        return N_("Write something first.")
    if len(text) > rules.LONGEST_RECAP:
        return N_("At most %(most)d characters.", most=rules.LONGEST_RECAP)
    return None


def draft(deal: Deal, member_id: int) -> str:
    """What the facts say of an exchange, in the words of one side."""
    until: datetime = deal.ended_at or clock.now()
    count = queries.between(deal.provider_id, deal.receiver_id, until)
    name = saying.name_of(deal.other(member_id))
    told: dict[str, Any] = {
        "title": deal.title,
        "units": saying.units_said(deal.units, deal.unit),
        "name": name,
        "count": count,
        "amount": saying.amount_said(deal.amount, deal.currency),
    }
    parts = [GAVE if member_id == deal.provider_id else GOT, FIRST if count <= 1 else AGAIN]
    if deal.amount:
        parts.append(WORTH)
    said = [gettext(words.text) % told for words in (*parts, THANKS)]
    when = saying.when_said(deal)
    return "\n".join([*([when] if when else []), " ".join(said)])


def keep(deal: Deal, member_id: int, text: str, *, is_public: bool) -> Recap:
    """Keep what an exchange was for one side, in place of what they kept before."""
    refuse_if(why_not_recap(deal, member_id, text))
    now = clock.now()
    recap = db.session.get(Recap, (deal.id, member_id), with_for_update=True)
    if recap is None:
        recap = Recap(exchange_id=deal.id, member_id=member_id, made_at=now)
        db.session.add(recap)
    recap.text, recap.is_public, recap.changed_at = clean(text).strip(), is_public, now
    db.session.flush()
    return recap
