"""Writing the ledger: events are added and taken back here, and nowhere else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Table, insert, update
from sqlalchemy.engine import Connection

from community.kit import clock, dialects
from community.kit.db import connection, db
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.models import Event, Fact, Voiding

EVENTS: Table = Event.__table__  # type: ignore[assignment]
FACTS_TABLE: Table = Fact.__table__  # type: ignore[assignment]
EVENT_ROW = (
    "happened_at",
    "kind",
    "actor",
    "other",
    "subject_type",
    "subject_id",
    "value",
    "source",
    "external_id",
)
FACT_ROW = ("about", "about_id", "name", "value", "declared_at", "source")


class HasId(Protocol):
    """Anything that has an id: a member, a topic, an offer."""

    @property
    def id(self) -> int:
        """Its id."""
        ...


def record(
    kind: str,
    actor: HasId | int | None,
    other: HasId | int | None = None,
    subject: tuple[str, int] | None = None,
    *,
    value: int | None = None,
    circle: int | None = None,
    happened_at: datetime | None = None,
    source: str | None = None,
    external_id: str | None = None,
) -> Event:
    """Write down one thing that happened, in the present transaction; nothing is committed.

    ``subject`` is a pair of type and id. ``happened_at`` is now unless said. Raises
    ValueError for an unknown kind or subject type: that is a mistake in the program.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}")
    if subject is not None and subject[0] not in SUBJECT_CODES:
        raise ValueError(f"no subject type {subject[0]!r}")
    dialects.about_to_append(connection())
    event = Event(
        kind=kind,
        actor=_id(actor),
        other=_id(other),
        subject_type=subject[0] if subject else None,
        subject_id=subject[1] if subject else None,
        circle=circle,
        value=value,
        happened_at=happened_at or clock.now(),
        source=source,
        external_id=external_id,
    )
    db.session.add(event)
    db.session.flush()
    return event


def record_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Write many events at once; those whose ``(source, external_id)`` is known are passed over.

    Each row has every column of ``Event`` but ``id`` and the voiding. Answers how many are new.
    """
    dialects.about_to_append(connection)
    return dialects.insert_new(connection, EVENTS, rows)


def declare_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Write many declared figures at once; one already declared for that date is passed over."""
    return dialects.insert_new(connection, FACTS_TABLE, rows)


def record_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write many events whose values stand as the database keeps them, in the order of ``EVENT_ROW``.

    The bulk form of ``record_many``: times are microseconds, and who writes them answers for
    kinds and subject types. Answers how many are new.
    """
    dialects.about_to_append(connection)
    return dialects.insert_rows(connection, EVENTS, EVENT_ROW, rows)


def declare_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write many declared figures as tuples in the order of ``FACT_ROW``; answers how many are new."""
    return dialects.insert_rows(connection, FACTS_TABLE, FACT_ROW, rows)


def why_not_void(event: Mapping[str, Any] | Event, reason: str) -> Words | None:
    """Why this event can't be taken back; None when it can."""
    voided = event.voided_at if isinstance(event, Event) else event["voided_at"]
    if voided is not None:
        return N_("This was already taken back.")
    if not reason.strip():
        return N_("Say why it is taken back.")
    return None


def void(event: Event, reason: str, by: HasId | int | None = None) -> Voiding:
    """Take an event back: it counts until now and no longer. Once, with the reason."""
    refuse_if(why_not_void(event, reason))
    now = clock.now()
    dialects.about_to_append(connection(), "voiding")
    voiding = Voiding(event_id=event.id, voided_at=now, reason=reason, by=_id(by))
    db.session.add(voiding)
    event.voided_at = now
    event.void_reason = reason
    db.session.flush()
    return voiding


def void_many(connection: Connection, ids: Sequence[int], reason: str, at: datetime) -> int:
    """Take many events back at once, such as those of a retracted import; answers how many.

    Those already taken back are passed over.
    """
    voided = 0
    dialects.about_to_append(connection, "voiding")
    for id in ids:
        fresh = connection.execute(
            update(EVENTS)
            .where(EVENTS.c.id == id, EVENTS.c.voided_at.is_(None))
            .values(voided_at=at, void_reason=reason)
        ).rowcount
        if fresh:
            connection.execute(insert(Voiding).values(event_id=id, voided_at=at, reason=reason))
            voided += 1
    return voided


def _id(thing: HasId | int | None) -> int | None:
    return thing if thing is None or isinstance(thing, int) else thing.id
