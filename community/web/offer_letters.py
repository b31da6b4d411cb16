"""The letter that tells an owner what staff decided about an offer: why, and what they can do."""

from babel.dates import format_date
from flask import current_app
from sqlalchemy import select

from community.activity.accounts import letters
from community.activity.accounts.letters import Letter
from community.activity.accounts.models import Account
from community.activity.exchanges.offers import rules
from community.activity.exchanges.offers.models import Offer, OfferDecision
from community.activity.members.models import Member
from community.kit.db import db
from community.kit.languages import LANGUAGES, zone
from community.kit.outbox import Mail
from community.kit.text import line
from community.kit.words import N_

LETTER = Letter(
    "offer_decided",
    N_("About “%(offer)s”: %(verdict)s"),
    (
        N_("What you published here, “%(offer)s”: %(verdict)s."),
        N_("The ground: %(ground)s"),
        N_("In the words of whoever decided: %(words)s"),
        N_("%(how)s"),
    ),
    N_("Read what was decided"),
)
APPEAL = N_(
    "You can put it right at any time, and ask once, until %(day)s, that somebody looks again."
    " What you have agreed on with others goes on."
)
FINAL = N_("This was looked at a second time, and is final.")
OPEN = N_("Others see it again as it was before.")


def tell(offer: Offer, decision: OfferDecision) -> None:
    """Write to the owner of an offer what was decided, whatever letters they want; once."""
    row = db.session.execute(
        select(Member.language, Member.time_zone, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == offer.owner_id, Member.erased_at.is_(None))
    ).one_or_none()
    key = f"offer_decision:{decision.id}"
    if row is None or db.session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return
    spoken = row.language if row.language in LANGUAGES else current_app.config["DEFAULT_LANGUAGE"]
    # The day as it is where they are.
    here = zone(row.time_zone or current_app.config["TIME_ZONE"])
    until = decision.appeal_until.astimezone(here).date()
    day = format_date(until, "long", locale=str(spoken))
    how = OPEN if decision.verdict == "reopen" else N_(APPEAL.text, day=day)
    letters.write(
        LETTER,
        row.email,
        row.language,
        letters.address_of("offers.decided", id=offer.id),
        key,
        offer=line(offer.title, 80),
        verdict=rules.VERDICTS_SAID[decision.verdict],
        ground=rules.GROUNDS[decision.ground].label,
        words=decision.words,
        how=FINAL if decision.appeal_of is not None and decision.verdict == "keep" else how,
    )
