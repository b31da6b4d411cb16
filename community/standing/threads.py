"""Folds over threads: what began, how soon the member answered, what they saw to its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.ledger.kinds import SUBJECT_CODES
from community.standing.acts import Acts, Chosen, by_member, choose, joint
from community.standing.folds import Values, newest, turns
from community.standing.past import Mask, Numbers, Past
from community.standing.windows import EVER, Window

REVIEW = SUBJECT_CODES["review"]


@dataclass(frozen=True)
class Within:
    """What share of the threads that others began was answered within some hours.

    A thread is one pair and one subject; its first act counts, and the member's first answer
    after it. A thread that is younger than the hours and still open does not count yet.
    """

    first: Acts
    answer: Acts
    hours: float = 24.0

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        first, wait = self.waits(past, as_of, window)
        is_due = first.at <= clock.to_micros(as_of) - self._micros
        is_answered = wait <= self._micros
        counts = is_due | is_answered
        num = by_member(past, first.member[is_answered])
        return Values.divided(num, by_member(past, first.member[counts]))

    def waits(self, past: Past, as_of: datetime, window: Window = EVER) -> tuple[Chosen, Numbers]:
        """The first act of each thread, and the microseconds to its answer: infinite without one."""
        asked = choose(past, self.first, as_of, window)
        first = asked.where(turns(_threads(asked)) == 1)
        answers = choose(past, self.answer, as_of, EVER)
        return first, _wait(first, answers)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: the threads that were not answered in time."""
        first, wait = self.waits(past, as_of, window)
        return newest(first.where(wait > self._micros))

    @property
    def _micros(self) -> float:
        return self.hours * 3_600_000_000


@dataclass(frozen=True)
class MedianWait:
    """The median of the hours until threads were answered; those still open wait without end."""

    threads: Within

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        first, wait = self.threads.waits(past, as_of, window)
        order = np.lexsort((wait, first.member))
        member, wait = first.member[order], wait[order] / 3_600_000_000
        many = by_member(past, member)
        ends = np.cumsum(many).astype(np.int64)
        value = np.full(len(past), np.nan)
        some = many > 0
        starts = (ends - many).astype(np.int64)[some]
        size = many[some].astype(np.int64)
        low, high = wait[starts + (size - 1) // 2], wait[starts + size // 2]
        value[some] = np.where(np.isinf(high), np.inf, (low + high) / 2)
        return Values(value, value, many)

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``."""
        return newest(self.threads.waits(past, as_of, window)[0])


@dataclass(frozen=True)
class Followed:
    """What share of some acts the member followed by another about the same thing with the same person.

    Acts that are younger than ``until`` do not count yet. A review is about what it reviews;
    where the same two had several about one thing, each needs one of its own.
    """

    first: Acts
    then: Acts
    until: timedelta

    def over(self, past: Past, as_of: datetime, window: Window = EVER) -> Values:
        """See ``Fold``."""
        first, is_followed = self._followed(past, as_of, window)
        num = by_member(past, first.member[is_followed])
        return Values.divided(num, by_member(past, first.member))

    def evidence(self, past: Past, as_of: datetime, window: Window = EVER) -> Whole:
        """See ``Fold``: what was not followed."""
        first, is_followed = self._followed(past, as_of, window)
        return newest(first.where(~is_followed))

    def _followed(self, past: Past, as_of: datetime, window: Window) -> tuple[Chosen, Mask]:
        first = choose(past, self.first, as_of, window)
        first = first.where(first.at <= clock.to_micros(as_of - self.until))
        then = choose(past, self.then, as_of, window)
        first, then = (replace(part, subject=_reviewed(past, part)) for part in (first, then))
        thread = _threads(first, then)
        begun, answered = thread[: len(first)], thread[len(first) :]
        answers = np.bincount(answered, minlength=int(thread.max(initial=-1)) + 1)
        return first, turns(begun) <= answers[begun]


def _reviewed(past: Past, chosen: Chosen) -> Whole:
    """What each act is about; of a review, what was reviewed."""
    items = past.items
    at = items.places(chosen.subject)
    is_review = np.zeros(len(chosen), bool)
    is_review[at >= 0] = items.type[at[at >= 0]] == REVIEW
    return (
        np.where(is_review, items.parent[at], chosen.subject) if items.id.size else chosen.subject
    )


def _threads(*parts: Chosen) -> Whole:
    """A number for each pair and subject of some acts, one part after the other."""
    pair = np.concatenate([part.pairs() for part in parts])
    subject = np.concatenate([part.subject for part in parts])
    both = joint(pair, np.maximum(subject, 0))
    order = np.argsort(both)
    ordered = both[order]
    begins = np.ones(order.size, bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    found = np.empty(order.size, np.int64)
    found[order] = np.cumsum(begins) - 1
    return found


def _wait(first: Chosen, answers: Chosen) -> Numbers:
    """From each first act to the first answer of its thread after it, in microseconds."""
    wait = np.full(len(first), np.inf)
    thread = _threads(first, answers)
    asked = thread[: len(first)]
    # All acts in one line, by thread and time, an answer behind what came at the same moment.
    at = np.r_[first.at, answers.at]
    is_answer = np.r_[np.zeros(len(first), bool), np.ones(len(answers), bool)]
    order = np.lexsort((is_answer, at, thread))
    behind = np.where(is_answer[order], np.arange(order.size), order.size)
    behind = np.minimum.accumulate(behind[::-1])[::-1]
    place = np.empty(order.size, np.int64)
    place[order] = behind
    next_answer = place[: len(first)]
    has = next_answer < order.size
    found = order[next_answer[has]]
    same = thread[found] == asked[has]
    waits = np.full(int(has.sum()), np.inf)
    waits[same] = at[found[same]] - first.at[has][same]
    wait[has] = waits
    return wait
