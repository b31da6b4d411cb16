"""Looking through the column files for some events, with what the database has beyond them.

Of somebody with very many events that is quicker than to read them from the database, however
well these are indexed: a column of ten million is looked through in a few milliseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, Table, func, select, type_coerce

from community.kit import arrays
from community.kit.arrays import Whole
from community.ledger.columns import Columns, numbers
from community.ledger.models import Voiding
from community.ledger.record import EVENTS
from community.ledger.segments import NEVER, VOIDED
from community.standing.past import EVENT_COLUMNS

VOIDINGS: Table = Voiding.__table__  # type: ignore[assignment]
E, V = EVENTS.c, VOIDINGS.c
VOIDED_AT = type_coerce(E.voided_at, BigInteger)
Block = dict[str, Whole]
Part = Mapping[str, NDArray[Any]]
"""The columns of one month, or of anything else that has events in rows."""


class Ledger:
    """All events: those in the column files as they stand now, and those that came after.

    Raises Damaged where the files can't be trusted: a job builds them anew.
    """

    def __init__(self, connection: Connection, columns: Columns) -> None:
        self._connection = connection
        self._manifest, self._months = columns.look()

    def where(self, chosen: Callable[[Part], NDArray[Any]], *same: ColumnElement[bool]) -> Block:
        """The events that a mask over the columns keeps; ``same`` asks the database for the same."""
        found = [
            {name: part[name][rows].astype(np.int64) for name in EVENT_COLUMNS}
            for part in self._months.values()
            for rows in [np.flatnonzero(chosen(part))]
        ]
        later = read_events(self._connection, *same, E.id > self._manifest.last_event)
        events = together([*found, later])
        voided = self._voided(same)
        order = np.argsort(events["id"])
        place = order[np.searchsorted(events["id"], voided["event_id"], sorter=order)]
        events[VOIDED][place] = voided[VOIDED]
        return events

    def _voided(self, same: Sequence[ColumnElement[bool]]) -> Block:
        """What was taken back of them since the files were written."""
        at = type_coerce(V.voided_at, BigInteger).label(VOIDED)
        asked = select(V.event_id, at).join(EVENTS, E.id == V.event_id)
        later = asked.where(V.id > self._manifest.last_voiding, *same)
        return arrays.read(self._connection, later)


def read_events(
    connection: Connection, *where: ColumnElement[bool], most: int | None = None
) -> Block:
    """Events from the database, as the column files would hold them; at most so many."""
    told = numbers()
    columns = [told[name].label(name) for name in EVENT_COLUMNS if name != VOIDED]
    columns.append(func.coalesce(VOIDED_AT, NEVER).label(VOIDED))
    return arrays.read(connection, select(*columns).where(*where).limit(most))


def together(blocks: Sequence[Block]) -> Block:
    """Some blocks of events as one."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in EVENT_COLUMNS}
