"""Small pasts made by hand: Ada with a room, Ben with one too, Cy; and numbers given as they are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from community.kit.words import N_
from community.ledger.kinds import CODES, SUBJECT_CODES
from community.ledger.segments import NEVER, NOTHING
from community.standing.folds import Values
from community.standing.metric import Metric
from community.standing.past import Context, Items, Past

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADA, BEN, CY = 1, 2, 3
ROOM, HERS = ("offer", 10), ("offer", 11)


def micros(moment):
    return round(moment.timestamp() * 1_000_000)


def act(kind, actor, other=None, days=1.0, value=None, about=None, voided=None):
    """One act, so many days ago."""
    type, subject = about or (None, None)
    return {
        "happened_at": micros(NOW - timedelta(days=days)),
        "kind": CODES[kind],
        "actor": NOTHING if actor is None else actor,
        "other": NOTHING if other is None else other,
        "subject_type": SUBJECT_CODES.get(type, 0),
        "subject_id": NOTHING if subject is None else subject,
        "value": NOTHING if value is None else value,
        "voided_at": NEVER if voided is None else micros(NOW - timedelta(days=voided)),
    }


def past(*acts, context=None, items=()):
    events = {name: np.array([a[name] for a in acts], np.int64) for name in act("member.joined", 1)}
    events["id"] = np.arange(1, len(acts) + 1)
    told = [(10, "offer", ADA, None), (11, "offer", BEN, None), *items]
    rows = np.array(
        [(i, SUBJECT_CODES[t], o, NOTHING if p is None else p, 0) for i, t, o, p in sorted(told)]
    )
    return Past(
        events, Items(*rows.T), members=np.array([ADA, BEN, CY]), context=context or Context()
    )


def alone(whole, member=ADA):
    """The same past, of one member."""
    return Past(
        whole.events, whole.items, whole.facts, members=np.array([member]), context=whole.context
    )


@dataclass(frozen=True)
class Given:
    """Numbers as they are given, one for each member; each rests on so many things."""

    numbers: tuple = ()
    samples: tuple | None = None

    def over(self, past, as_of, window=None):
        value = np.array(self.numbers, float)
        den = np.nan_to_num(np.abs(value)) if self.samples is None else self.samples
        return Values(value, value, np.array(den, float))

    def evidence(self, past, as_of, window=None):
        return np.empty(0, np.int64)


def given(name, *numbers, samples=None, shown_as="count"):
    """A metric with the numbers of members as they are given."""
    return Metric(name, N_("A number"), N_("As given."), Given(numbers, samples), shown_as=shown_as)


def people(many):
    """A past in which nothing happened to so many members."""
    return Past(past().events, members=np.arange(1, many + 1))
