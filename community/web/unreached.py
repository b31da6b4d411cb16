"""What stands beside an offer whose owner an import brought, and who has not moved in."""

from markupsafe import Markup
from sqlalchemy import select

from community.activity.exchanges.offers.reach import why_not_reached
from community.activity.members.models import Member
from community.kit.db import db
from community.kit.fragments import fragment


def beside(offer, viewer):
    """That nobody can ask for it yet, and why."""
    claimed = select(Member.claimed_at).where(Member.id == offer.owner_id)
    reason = why_not_reached(db.session.scalar(claimed))
    return Markup() if reason is None else fragment("web/_unreached.html", reason=reason)
