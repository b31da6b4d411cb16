"""Pasts as they were known at a moment, and as they are known now that something was corrected."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from community.kit import clock
from community.ledger.kinds import CODES
from community.ledger.segments import NEVER
from community.standing.acts import EXCUSES
from community.standing.badges import Badge
from community.standing.past import FactRows, Items, Mask, Past

T = TypeVar("T", Items, FactRows)


def known(past: Past, as_of: datetime) -> Past:
    """The past up to a moment: nothing that came or was taken back later."""
    at = clock.to_micros(as_of)
    events = _where(past, past.events["happened_at"] <= at)
    events["voided_at"] = np.where(events["voided_at"] > at, NEVER, events["voided_at"])
    items, facts = past.items, past.facts
    return _with(
        past,
        events,
        _kept(items, items.made_at <= at),
        {name: _kept(rows, rows.at <= at) for name, rows in facts.items()},
    )


def corrected(past: Past, as_of: datetime, now: datetime) -> Past:
    """The past in which an assessment is made again after corrections that came since.

    What was taken back by now never happened, and what was excused by now already was.
    """
    at, then = clock.to_micros(now), clock.to_micros(as_of)
    events = _where(past, past.events["voided_at"] > at)
    happened = events["happened_at"]
    is_excuse = (events["kind"] == CODES[EXCUSES]) & (happened <= at)
    events["happened_at"] = np.where(is_excuse, np.minimum(happened, then), happened)
    return _with(past, events)


def to_repeat(badge: Badge, happened_at: datetime, corrected_at: datetime) -> list[datetime]:
    """The assessments to be made again when something that happened was corrected.

    The last one before the correction, if it could have counted what happened; earlier ones
    are over.
    """
    last = badge.cadence.last(corrected_at)
    return [last] if happened_at <= last else []


def _where(past: Past, kept: Mask) -> dict[str, Any]:
    return {name: column[kept] for name, column in past.events.items()}


def _kept(table: T, rows: Mask) -> T:
    columns = {field.name: getattr(table, field.name)[rows] for field in fields(table)}
    return replace(table, **columns)


def _with(
    past: Past,
    events: dict[str, Any],
    items: Items | None = None,
    facts: Mapping[str, FactRows] | None = None,
) -> Past:
    """The same members, of whom something else is known."""
    return Past(
        events,
        past.items if items is None else items,
        past.facts if facts is None else facts,
        members=past.members,
        last_acts=past._last_acts,
        context=past.context,
    )
