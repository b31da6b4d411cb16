"""What stands beside an offer whose owner an import brought, and who has not moved in."""

from markupsafe import Markup

from community.activity.exchanges.offers.reach import why_not_reached
from community.kit.fragments import fragment


def beside(offer, viewer):
    """That nobody can ask for it yet, and why."""
    reason = why_not_reached(offer.owner_claimed_at)
    return Markup() if reason is None else fragment("web/_unreached.html", reason=reason)
