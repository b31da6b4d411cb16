"""The kinds of offers that an import speaks of, made where the community has none of that name."""

import json

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection

from community.activity.exchanges.offers.models import OfferKind
from community.kit import dialects

KINDS: Table = OfferKind.__table__  # type: ignore[assignment]
STAY, THING = "stay", "thing"
_ACCURACY, _TALK, _VALUE = (
    ("accuracy", "As it was told"), ("communication", "Communication"), ("value", "Worth its price"),
)  # fmt: skip
PLANTED: dict[str, tuple[str, str, str, str, tuple[tuple[str, str], ...]]] = {
    STAY: (
        "A place to stay", "night", "day", "house",
        (_ACCURACY, ("cleanliness", "Cleanliness"), _TALK, ("arrival", "Arrival"),
         ("place", "Where it is"), _VALUE),
    ),
    THING: (
        "A thing", "piece", "once", "gift",
        (_ACCURACY, ("condition", "Condition"), _TALK, ("handover", "Handing over"), _VALUE),
    ),
    "lesson": (
        "A lesson", "hour", "hour", "book-open",
        (("knowledge", "Knows the subject"), ("clarity", "Explains clearly"),
         ("patience", "Patience"), _TALK, _VALUE),
    ),
    "help": (
        "An hour of help", "hour", "hour", "hand-helping",
        (("punctuality", "Punctuality"), ("care", "Care"), ("skill", "Skill"), _TALK, _VALUE),
    ),
    "open": (
        "Help without dates", "time", "open", "hand-heart",
        (("help", "It helped"), ("reliability", "Reliability"), _TALK),
    ),
}  # fmt: skip
"""Label, unit, grain, icon and rated aspects of each kind, until the community tells its own."""


def aspects(name: str) -> list[str]:
    """What is rated about exchanges of a kind."""
    return [aspect for aspect, _ in PLANTED[name][-1]]


def kind_named(connection: Connection, name: str) -> int:
    """The id of the kind of this name."""
    asked = select(KINDS.c.id).where(KINDS.c.name == name)
    found = connection.scalar(asked)
    if found is None:
        label, unit, grain, icon, scores = PLANTED[name]
        rated = json.dumps([{"name": aspect, "label": says} for aspect, says in scores])
        place = list(PLANTED).index(name)
        columns = ("name", "label", "unit", "grain", "icon", "fields", "scores", "place")
        row = (name, label, unit, grain, icon, json.dumps([]), rated, place)
        dialects.insert_rows(connection, KINDS, columns, [row])
        found = connection.scalar(asked)
    return int(found or 0)
