"""Every table of Kith: importing this makes the models known."""

from community.activity.accounts import models as accounts
from community.activity.exchanges.deals import models as deals
from community.activity.exchanges.offers import models as offers
from community.activity.exchanges.references import models as references
from community.activity.exchanges.reviews import models as reviews
from community.activity.members import models as members
from community.imports import models as imports
from community.kit import outbox, runs
from community.kit.db import Base
from community.ledger import audit
from community.ledger import models as ledger
from community.standing import models as standing

KNOWN = (
    accounts,
    audit,
    deals,
    imports,
    ledger,
    members,
    offers,
    outbox,
    references,
    reviews,
    runs,
    standing,
)
metadata = Base.metadata
