"""Folds over what members made and over what outside sources declared."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.kit.arrays import Whole
from community.standing.acts import Acts, Chosen, by_member, choose
from community.standing.folds import A_DAY, MILLION, SHOWN_EVIDENCE, Values, newest
from community.standing.past import NOBODY, Mask, Past, places, type_codes
from community.standing.windows import EVER, Window

MADE = {
    "topic": "topic.opened",
    "answer": "answer.posted",
    "offer": "offer.published",
    "wish": "wish.published",
}
"""By which kind of event things of a type come, where there is one."""


@dataclass(frozen=True)
class LatestFact:
    """The latest figure that was declared of the member."""

    declared: str

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        ids, millionths = past.fact(self.declared).latest(as_of, of_members=True)
        at = past.number(ids)
        value = np.full(len(past), np.nan)
        value[at[at != NOBODY]] = millionths[at != NOBODY] / MILLION
        return Values(value, value, (~np.isnan(value)).astype(float))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: no event, the figure was declared."""
        return np.empty(0, np.int64)


@dataclass(frozen=True)
class FactOfThings:
    """The mean of a figure over the member's things, each weighed by another figure of it."""

    declared: str
    type: str
    weighed_by: str

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        ids, figures = past.fact(self.declared).latest(as_of, of_members=False)
        known, weights = past.fact(self.weighed_by).latest(as_of, of_members=False)
        mine = Things(self.type).of(past, as_of)
        at, weigh = places(ids, mine.id), places(known, mine.id)
        has = (at >= 0) & (weigh >= 0)
        weight = weights[weigh[has]] / MILLION
        num = by_member(past, mine.member[has], figures[at[has]] / MILLION * weight)
        return Values.divided(num, by_member(past, mine.member[has], weight))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: no event, the figures were declared."""
        return np.empty(0, np.int64)


@dataclass(frozen=True)
class FactOfActs:
    """The mean of a figure that was declared of what acts are about."""

    declared: str
    acts: Acts

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        chosen, figures = self._told(past, as_of, window)
        num = by_member(past, chosen.member, figures / MILLION)
        return Values.divided(num, by_member(past, chosen.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: the acts about which there is a figure."""
        return newest(self._told(past, as_of, window)[0])

    def _told(self, past: Past, as_of: datetime, window: Window) -> tuple[Chosen, Whole]:
        ids, figures = past.fact(self.declared).latest(as_of, of_members=False)
        chosen = choose(past, self.acts, as_of, window)
        at = places(ids, chosen.subject)
        return chosen.where(at >= 0), figures[at[at >= 0]]


@dataclass(frozen=True)
class Mine:
    """Things of members: their ids, the numbers of their owners, their places among all things."""

    id: Whole
    member: Whole
    place: Whole

    def where(self, kept: Mask) -> "Mine":
        """Those that a mask keeps."""
        return Mine(self.id[kept], self.member[kept], self.place[kept])


@dataclass(frozen=True)
class Things:
    """How many things of a type a member made that meet every condition.

    ``fact`` must be at least ``least``; ``is_accepted`` asks that the one who asked took it as
    the answer; ``days_after`` that it came so many days after what it belongs to; ``is_own``
    that it belongs to a thing of the same member; ``is_first`` that nothing of its type came
    before it there.
    """

    type: str
    fact: str | None = None
    least: float | None = None
    is_accepted: bool = False
    days_after: int | None = None
    is_own: bool = False
    is_first: bool = False

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        return Values.counted(by_member(past, self.of(past, as_of, window).member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: the events by which the things came."""
        mine = self.of(past, as_of, window)
        if self.type not in MADE:
            return np.empty(0, np.int64)
        rows = past.rows([MADE[self.type]]).as_of(as_of)
        return rows.id[np.isin(rows.subject, mine.id)][::-1][:SHOWN_EVIDENCE]

    def of(self, past: Past, as_of: datetime, window: Window = EVER) -> Mine:
        """The things themselves."""
        items = past.items
        first, end = window.span(as_of)
        kept = np.flatnonzero(
            (items.type == type_codes([self.type])[0])
            & (items.made_at >= first)
            & (items.made_at < end)
        )
        owner = past.number(items.owner[kept])
        mine = Mine(items.id[kept], owner, kept).where(owner != NOBODY)
        for condition in (
            self._has_fact,
            self._is_accepted,
            self._is_late,
            self._is_own,
            self._is_first,
        ):
            mine = condition(past, as_of, mine)
        return mine

    def _has_fact(self, past: Past, as_of: datetime, mine: Mine) -> Mine:
        if self.fact is None or self.least is None:
            return mine
        ids, figures = past.fact(self.fact).latest(as_of, of_members=False)
        at = places(ids, mine.id)
        return (
            mine.where((at >= 0) & (figures[at] >= self.least * MILLION))
            if ids.size
            else mine.where(at >= 0)
        )

    def _is_accepted(self, past: Past, as_of: datetime, mine: Mine) -> Mine:
        if not self.is_accepted:
            return mine
        return mine.where(np.isin(mine.id, past.rows(["answer.accepted"]).as_of(as_of).subject))

    def _is_late(self, past: Past, as_of: datetime, mine: Mine) -> Mine:
        if self.days_after is None:
            return mine
        above = past.items.places(past.items.parent[mine.place])
        waited = past.items.made_at[mine.place] - past.items.made_at[above]
        return mine.where((above >= 0) & (waited >= self.days_after * A_DAY))

    def _is_own(self, past: Past, as_of: datetime, mine: Mine) -> Mine:
        if not self.is_own:
            return mine
        above = past.items.owners(past.items.parent[mine.place])
        return mine.where(above == past.items.owner[mine.place])

    def _is_first(self, past: Past, as_of: datetime, mine: Mine) -> Mine:
        if not self.is_first:
            return mine
        items = past.items
        of_type = np.flatnonzero(items.type == type_codes([self.type])[0])
        order = of_type[
            np.lexsort((items.id[of_type], items.made_at[of_type], items.parent[of_type]))
        ]
        parents = items.parent[order]
        begins = np.r_[True, parents[1:] != parents[:-1]] if order.size else np.empty(0, bool)
        return mine.where(np.isin(mine.place, order[begins]))
