"""The four numbers that a member's health rests on: how recent, regular, rooted and connected they are.

Everything is counted in whole days and weeks of UTC, weeks beginning on Monday. So a hundred
acts in a day count like one, a second act on a day with the same peer changes nothing, and
silence alone never makes anyone more regular.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from community.graph.arrays import distinct
from community.ledger.kinds import CODES
from community.ledger.segments import NOTHING
from community.standing.past import NOBODY, places

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Mask = NDArray[np.bool_]

SEASON = 90
"""Days within which a peer counts, and for which a return is foretold."""
WEEKS = 52
"""How many weeks count, the present one among them."""
A_DAY = 86_400_000_000
"""Microseconds."""
MONDAY = 3
"""Days from the Monday before to the beginning of 1970, a Thursday."""
DEALINGS = ("exchange.started", "exchange.completed")
"""What two do together: an act of both, and each is the other's peer."""
TOWARDS = (*DEALINGS, "answer.posted", "comment.written", "review.published", "rating.given",
           "referral.qualified")  # fmt: skip
"""What makes the other side a peer: one answered, commented, dealt with, reviewed or brought them."""
ACTS = (*TOWARDS, "topic.opened", "offer.published", "wish.published", "guide.published",
        "enquiry.made", "enquiry.answered", "message.sent", "invitation.sent", "suggestion.made",
        "gathering.promised", "gathering.attended", "gathering.hosted")  # fmt: skip
"""What counts as doing something. Votes, reactions, logins and views never do."""
JOINED = "member.joined"


@dataclass(frozen=True)
class Acts:
    """Acts by row, in any order: members as numbers from 0, times as days since 1970, decimal.

    ``other`` is the number of whoever the act makes a peer, or ``NOBODY``.
    """

    member: Wholes
    day: Floats
    other: Wholes

    def __len__(self) -> int:
        return int(self.member.size)

    def take(self, rows: Wholes | Mask) -> "Acts":
        """These rows of them, in this order."""
        return Acts(self.member[rows], self.day[rows], self.other[rows])

    def with_peers(self, counted: Mask) -> "Acts":
        """The same acts where only some count as peers, such as those of authority above zero."""
        is_counted = (self.other != NOBODY) & counted[np.maximum(self.other, 0)]
        return Acts(self.member, self.day, np.where(is_counted, self.other, NOBODY))


@dataclass(frozen=True)
class Features:
    """The four numbers of each member: days, weeks, days and heads, all whole.

    ``recency`` are the days since the last act, ``weeks`` how many of the last 52 had an act,
    ``tenure`` the days since the member joined or first did something, ``peers`` how many
    others of the last 90 days. Who never did anything has been silent since joining; who is
    not known to have joined either has NaN for both.
    """

    recency: Floats
    weeks: Floats
    tenure: Floats
    peers: Floats

    def __len__(self) -> int:
        return int(self.recency.size)

    def take(self, rows: Wholes | Mask) -> "Features":
        """Those of these members, in this order."""
        return Features(self.recency[rows], self.weeks[rows], self.tenure[rows], self.peers[rows])

    def logs(self) -> Floats:
        """ln(1 + x), a row a member and a column a number, in the order above."""
        return np.log1p(np.column_stack((self.recency, self.weeks, self.tenure, self.peers)))


def features(
    parts: Iterable[Acts], as_of: float, many: int, joined: Floats | None = None
) -> Features:
    """The numbers of the members 0 to ``many - 1`` as of a moment, in days since 1970.

    The acts may come in parts, such as months, so that never all are at hand at once; what
    is later than ``as_of`` is passed over. ``joined`` are the days on which members joined,
    NaN where that is not known.
    """
    today, last, first = int(as_of // 1), np.full(many, -np.inf), np.full(many, np.inf)
    if joined is not None:
        first = np.where(joined <= as_of, np.floor(joined), np.inf)
    is_active = np.zeros((many, WEEKS), bool)
    pairs = [np.empty(0, np.int64)]
    for acts in parts:
        known = acts.take(acts.day <= as_of)
        day = np.floor(known.day)
        np.maximum.at(last, known.member, day)
        np.minimum.at(first, known.member, day)
        weeks_ago = (today + MONDAY) // 7 - (day.astype(np.int64) + MONDAY) // 7
        is_counted = weeks_ago < WEEKS
        is_active[known.member[is_counted], weeks_ago[is_counted]] = True
        pairs.append(_pairs(known.take(day >= today - SEASON)))
    last = np.where(np.isneginf(last), first, last)
    return Features(
        _since(last, today),
        is_active.sum(axis=1, dtype=np.float64),
        _since(first, today),
        np.bincount(distinct(np.concatenate(pairs)) >> 32, minlength=many).astype(np.float64),
    )


def from_ledger(
    parts: Collection[Mapping[str, NDArray[Any]]],
    as_of: int,
    members: Wholes,
    counted: Wholes | None = None,
) -> Features:
    """The numbers of members from the ledger's columns, as of a moment in microseconds.

    ``members`` are the ids of everybody and ``counted`` of those who count as a peer, both in
    order. The parts need ``actor``, ``other``, ``happened_at``, ``kind`` and ``voided_at``.
    """
    valid = (_valid(part, as_of) for part in parts)
    acts = (acts_of(part, members, counted) for part in valid)
    days = joined(parts, as_of, members)
    return features(acts, as_of / A_DAY, members.size, days)


def features_of(
    member: int, events: Mapping[str, NDArray[Any]], as_of: int, counted: Wholes | None = None
) -> Features:
    """The numbers of one member from the few events that name them, as ``from_ledger`` gives them."""
    named = np.unique(np.concatenate((events["actor"], events["other"], [member])))
    everyone = named[named != NOTHING].astype(np.int64)
    found = from_ledger([events], as_of, everyone, counted)
    return found.take(places(everyone, np.array([member])))


def acts_of(
    events: Mapping[str, NDArray[Any]], members: Wholes, counted: Wholes | None = None
) -> Acts:
    """What the members did, of events of the ledger as arrays; what one does with oneself is no act.

    Of a dealing there are two rows, one for each side. ``members`` and ``counted`` are ids in
    order; who is not a member is passed over.
    """
    does = _is_of(ACTS, events) & (events["actor"] != events["other"])
    kept = {name: events[name][does] for name in ("actor", "other", "happened_at", "kind")}
    actor, other = places(members, kept["actor"]), places(members, kept["other"])
    towards, both = np.where(_is_of(TOWARDS, kept), other, NOBODY), _is_of(DEALINGS, kept)
    day = kept["happened_at"] / A_DAY
    acts = Acts(
        np.concatenate((actor, other[both])),
        np.concatenate((day, day[both])),
        np.concatenate((towards, actor[both])),
    )
    acts = acts.take(acts.member != NOBODY)
    return acts if counted is None else acts.with_peers(places(counted, members) != NOBODY)


def joined(parts: Iterable[Mapping[str, NDArray[Any]]], as_of: int, members: Wholes) -> Floats:
    """The day on which each member joined, NaN where no event says so."""
    day = np.full(members.size, np.inf)
    for part in parts:
        counts = _is_of((JOINED,), part) & (part["voided_at"] > as_of)
        number = places(members, part["actor"][counts])
        is_known = number != NOBODY
        np.minimum.at(day, number[is_known], part["happened_at"][counts][is_known] / A_DAY)
    return np.where(np.isfinite(day), day, np.nan)


def _pairs(acts: Acts) -> Wholes:
    """Member and peer of each row as one number, each once."""
    has_peer = (acts.other != NOBODY) & (acts.other != acts.member)
    return distinct(acts.member[has_peer] << 32 | acts.other[has_peer])


def _since(day: Floats, today: int) -> Floats:
    return np.where(np.isfinite(day), today - day, np.nan)


def _valid(events: Mapping[str, NDArray[Any]], as_of: int) -> dict[str, NDArray[Any]]:
    counts = (events["happened_at"] <= as_of) & (events["voided_at"] > as_of)
    return {name: events[name][counts] for name in ("actor", "other", "happened_at", "kind")}


def _is_of(kinds: Iterable[str], events: Mapping[str, NDArray[Any]]) -> Mask:
    table = np.zeros(max(CODES.values()) + 1, bool)
    table[[CODES[kind] for kind in kinds]] = True
    found: Mask = table[events["kind"]]
    return found
