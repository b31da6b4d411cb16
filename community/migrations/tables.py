"""Every table of Kith: importing this makes the models known."""

from community.activity.accounts import models as accounts
from community.activity.members import models as members
from community.imports import models as imports
from community.kit import outbox, runs
from community.kit.db import Base
from community.ledger import audit
from community.ledger import models as ledger
from community.standing import models as standing

KNOWN = (accounts, audit, imports, ledger, members, outbox, runs, standing)
metadata = Base.metadata
