"""Points for what others made of a member's questions and answers, as forums count them."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.kit.arrays import Whole
from community.ledger.kinds import SUBJECT_CODES
from community.standing.acts import Acts, Chosen, Side, by_member, choose
from community.standing.folds import A_DAY, MILLION, Values, newest
from community.standing.past import Mask, Numbers, Past
from community.standing.windows import EVER, Window

ANSWER = SUBJECT_CODES["answer"]


@dataclass(frozen=True)
class Points:
    """Points as Stack Exchange gave them in 2017.

    Each thank-you for an answer is worth ``answer`` and for a question ``topic``, at most
    ``cap`` a day; a vote against ``against``; an accepted answer ``accepted`` for who gave it
    and ``accepting`` for who took it, unless they are one; a bounty moves from one to the other.
    What everyone keeps together (``shared``) is worth nothing. Nobody has fewer than ``start``.
    """

    answer: int = 10
    topic: int = 5
    against: int = -2
    accepted: int = 15
    accepting: int = 2
    cap: int = 200
    start: int = 1
    shared: str = "is_shared"

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``: the sample is the number of events that gave or took points."""
        parts = self.parts(past, as_of, window)
        points = np.sum([points for points, _ in parts.values()], axis=0)
        value = np.maximum(self.start + points, self.start)
        return Values(value, value, np.sum([many for _, many in parts.values()], axis=0))

    def parts(
        self, past: Past, as_of: datetime, window: Window = EVER
    ) -> dict[str, tuple[Numbers, Numbers]]:
        """The points of each member by what they were for, and from how many events."""

        def chosen(kind: str, of: Side, *, has_value: bool = False) -> Chosen:
            acts = Acts((kind,), of=of, has_value=has_value)
            found = choose(past, acts, as_of, window)
            return found.where(~self._is_shared(past, found.subject, as_of))

        thanks, votes = chosen("thanks.given", "other"), chosen("vote.cast", "other")
        against = votes.where(votes.value < 0)
        taken, took = chosen("answer.accepted", "other"), chosen("answer.accepted", "actor")
        won = chosen("bounty.awarded", "other", has_value=True)
        gave = chosen("bounty.offered", "actor", has_value=True)
        return {
            "thanks": (self._capped(past, thanks), by_member(past, thanks.member)),
            "against": _times(past, against, self.against),
            "accepted": _times(past, taken, self.accepted),
            "accepting": _times(past, took, self.accepting),
            "bounties won": _added(past, won, 1),
            "bounties given": _added(past, gave, -1),
        }

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        kinds = ("thanks.given", "answer.accepted", "bounty.awarded")
        return newest(choose(past, Acts(kinds, of="other"), as_of, window))

    def _capped(self, past: Past, thanks: Chosen) -> Numbers:
        items = past.items
        at = items.places(thanks.subject)
        is_answer = np.zeros(len(thanks), bool)
        is_answer[at >= 0] = items.type[at[at >= 0]] == ANSWER
        points = np.where(is_answer, self.answer, self.topic)
        order = np.lexsort((thanks.at // A_DAY, thanks.member))
        member, day = thanks.member[order], (thanks.at // A_DAY)[order]
        begins = np.ones(order.size, bool)
        begins[1:] = (member[1:] != member[:-1]) | (day[1:] != day[:-1])
        starts = np.flatnonzero(begins)
        if not starts.size:
            return np.zeros(len(past))
        days = np.minimum(np.add.reduceat(points[order], starts), self.cap)
        return by_member(past, member[starts], days)

    def _is_shared(self, past: Past, subjects: Whole, as_of: datetime) -> Mask:
        ids, figures = past.fact(self.shared).latest(as_of, of_members=False)
        return np.isin(subjects, ids[figures >= MILLION])


def _times(past: Past, chosen: Chosen, points: int) -> tuple[Numbers, Numbers]:
    many = by_member(past, chosen.member)
    return many * points, many


def _added(past: Past, chosen: Chosen, sign: int) -> tuple[Numbers, Numbers]:
    return by_member(past, chosen.member, sign * chosen.value), by_member(past, chosen.member)
