"""When imported members came and were last active, from what the ledger says of them."""

from collections.abc import Callable

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.engine import Connection

from community.activity.members.models import Member
from community.imports.entries import Spaces
from community.imports.people import IDENTITIES
from community.kit import clock
from community.kit.db import Instant
from community.ledger.models import Event, Subject

AT_ONCE = 120
"""Members a transaction: few enough that nobody waits."""
EXCHANGE = "exchange.completed"


def settling(
    source: str, spaces: Spaces, started: int
) -> Callable[[Connection, int], int | None]:
    """The work that gives a source's members their dates, some of them at a time.

    It asks the ledger for the first and the last thing that each did, so the answer is the
    same in whichever order files and snapshots came. Texts of those who left since the
    import began are dropped on the way.
    """

    def work(connection: Connection, after: int) -> int | None:
        rows = connection.execute(
            select(IDENTITIES.c.id, IDENTITIES.c.member_id)
            .where(IDENTITIES.c.source == source, IDENTITIES.c.id > after)
            .order_by(IDENTITIES.c.id)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return None
        members = [row.member_id for row in rows]
        _silence(connection, members, started)
        _date(connection, members, spaces)
        return int(rows[-1].id)

    return work


def _date(connection: Connection, members: list[int], spaces: Spaces) -> None:
    spans = _spans(connection, Event.actor, members, None)
    if spaces.has_exchanges:
        for id, (first, last) in _spans(connection, Event.other, members, EXCHANGE).items():
            known = spans.get(id, (first, last))
            spans[id] = min(known[0], first), max(known[1], last)
    stand = connection.execute(
        select(Member.id, Member.joined_at, Member.active_at, Member.claimed_at).where(
            Member.id.in_(list(spans)), Member.erased_at.is_(None)
        )
    )
    for id, joined_at, active_at, claimed_at in stand:
        first, last = spans[id]
        keeps_joining = spaces.knows_joining or claimed_at is not None
        first = joined_at if keeps_joining else min(first, joined_at)
        if first < joined_at or last > active_at:
            connection.execute(
                update(Member)
                .where(Member.id == id)
                .values(
                    joined_at=first,
                    active_at=case(
                        (Member.active_at < last, literal(last, Instant())),
                        else_=Member.active_at,
                    ),
                )
            )


def _spans(connection, side, members, kind):
    asked = select(side, func.min(Event.happened_at), func.max(Event.happened_at)).where(
        side.in_(members)
    )
    if kind is not None:
        asked = asked.where(Event.kind == kind)
    return {row[0]: (row[1], row[2]) for row in connection.execute(asked.group_by(side))}


def _silence(connection: Connection, members: list[int], started: int) -> None:
    gone = list(
        connection.scalars(
            select(Member.id).where(
                Member.id.in_(members), Member.erased_at >= clock.from_micros(started)
            )
        )
    )
    if gone:
        connection.execute(
            update(Subject).where(Subject.owner.in_(gone)).values(title=None, html=None)
        )
