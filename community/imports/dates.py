"""When imported members came and were last active, from what the ledger says of them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.engine import Connection

from community.imports.entries import Spaces
from community.imports.people import IDENTITIES, MEMBERS
from community.kit import clock
from community.kit.db import Instant
from community.ledger.models import Event, Subject

AT_ONCE = 200
"""Members a transaction: few enough that nobody waits."""
EXCHANGE = "exchange.completed"
Span = tuple[datetime, datetime]

_DATE = (
    update(MEMBERS)
    .where(MEMBERS.c.id == bindparam("of"), MEMBERS.c.erased_at.is_(None))
    .values(
        joined_at=case(
            (MEMBERS.c.joined_at > bindparam("first", type_=Instant), bindparam("first")),
            else_=MEMBERS.c.joined_at,
        ),
        active_at=case(
            (MEMBERS.c.active_at < bindparam("last", type_=Instant), bindparam("last")),
            else_=MEMBERS.c.active_at,
        ),
    )
)


@dataclass
class Changes:
    """What some members' rows should say: first and last moments, and whose texts go."""

    spans: list[dict[str, Any]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


class Dates:
    """The work that gives a source's members their dates, some of them at a time.

    It asks the ledger for the first and the last thing that each did, so the answer is the
    same in whichever order files and snapshots came. Texts of those who left since the
    import began are dropped on the way.
    """

    def __init__(self, source: str, spaces: Spaces, started: int) -> None:
        self._source, self._spaces = source, spaces
        self._started = clock.from_micros(started)

    def look(self, connection: Connection, after: int) -> tuple[int, Changes] | None:
        """What is to change for the next members behind an identity, or None when all are done."""
        rows = connection.execute(
            select(IDENTITIES.c.id, IDENTITIES.c.member_id)
            .where(IDENTITIES.c.source == self._source, IDENTITIES.c.id > after)
            .order_by(IDENTITIES.c.id)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return None
        return rows[-1].id, self._changes(connection, [row.member_id for row in rows])

    def write(self, connection: Connection, changes: Changes) -> None:
        """Change it."""
        if changes.spans:
            connection.execute(_DATE, changes.spans)
        if changes.gone:
            theirs = update(Subject).where(Subject.owner.in_(changes.gone))
            connection.execute(theirs.values(title=None, html=None))

    def _changes(self, connection: Connection, members: list[int]) -> Changes:
        changes = Changes()
        spans = self._spans_of(connection, members)
        stand = select(MEMBERS).where(MEMBERS.c.id.in_(members))
        for member in connection.execute(stand):
            if member.erased_at is not None:
                if member.erased_at >= self._started:
                    changes.gone.append(member.id)
                continue
            first, last = spans.get(member.id, (member.joined_at, member.active_at))
            if self._spaces.knows_joining or member.claimed_at is not None:
                first = member.joined_at
            if first < member.joined_at or last > member.active_at:
                changes.spans.append({"of": member.id, "first": first, "last": last})
        return changes

    def _spans_of(self, connection: Connection, members: list[int]) -> dict[int, Span]:
        spans = _spans(connection, Event.actor, members, None)
        if self._spaces.has_exchanges:
            met = _spans(connection, Event.other, members, EXCHANGE)
            for id, (first, last) in met.items():
                known = spans.get(id, (first, last))
                spans[id] = min(known[0], first), max(known[1], last)
        return spans


def _spans(
    connection: Connection, side: Any, members: list[int], kind: str | None
) -> dict[int, Span]:
    asked = select(side, func.min(Event.happened_at), func.max(Event.happened_at)).where(
        side.in_(members)
    )
    if kind is not None:
        asked = asked.where(Event.kind == kind)
    return {row[0]: (row[1], row[2]) for row in connection.execute(asked.group_by(side))}
