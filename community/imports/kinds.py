"""The kinds of offers that an import speaks of, made where the community has none of that name."""

import json

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from community.activity.exchanges.offers.models import OfferKind
from community.kit import dialects

KINDS: Table = OfferKind.__table__  # type: ignore[assignment]
STAY, THING = "stay", "thing"
PLANTED = {
    STAY: ("Stay", "night", "day", "bed-double", 0),
    THING: ("Thing", "piece", "once", "package", 1),
    "lesson": ("Lesson", "hour", "hour", "graduation-cap", 2),
    "help": ("Help", "hour", "hour", "hand-helping", 3),
}
"""Label, unit, grain, icon and place of each kind, until the community tells its own."""


def kind_named(connection: Connection, name: str) -> int:
    """The id of the kind of this name."""
    asked = select(KINDS.c.id).where(KINDS.c.name == name)
    found = connection.scalar(asked)
    if found is None:
        label, unit, grain, icon, place = PLANTED[name]
        columns = ("name", "label", "unit", "grain", "icon", "fields", "scores", "place")
        row = (name, label, unit, grain, icon, json.dumps([]), json.dumps([]), place)
        dialects.insert_rows(connection, KINDS, columns, [row])
        found = connection.scalar(asked)
    return int(found or 0)
