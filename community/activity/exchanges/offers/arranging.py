"""Which place each offer gets: the share of newcomers, and no page for one member alone.

Offers come in blocks of 200 places. In each block every offer gets exactly one place on one of
its pages, so none is lost and none stands twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

A_PAGE = 20
A_BLOCK = 200
"""So many places are filled together."""
MOST_OF_ONE = 2
"""Offers of the same member on a page."""
FEWEST = 10
"""Where fewer places of a page could be filled so, what is left of the block stands together."""


class Ranked(Protocol):
    """What is put in order: its id, and whose it is."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def owner_id(self) -> int:
        """Whose it is."""
        ...


R = TypeVar("R", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """Where something stands: whether in a place for newcomers, and whether it was moved down.

    It was moved where others of the same member stood before it on the page already.
    """

    what: R
    is_for_newcomers: bool = False
    is_moved: bool = False


def shares(many_others: int, many_newcomers: int, share: int) -> tuple[int, int]:
    """How many others and how many newcomers a block takes of those that are left.

    ``share`` is the places for newcomers of 100. Where there are too few of one sort, the
    other fills the block.
    """
    for_newcomers = A_BLOCK * share // 100
    newcomers = min(many_newcomers, for_newcomers)
    others = min(many_others, A_BLOCK - newcomers)
    return others, min(many_newcomers, A_BLOCK - others)


def taken(block: int, newcomers: int, share: int) -> tuple[int, int]:
    """How many others and how many newcomers were taken before the block in front of this one.

    ``newcomers`` were taken before this one, the ``block``-th from 0, which has one in front.
    """
    for_newcomers = A_BLOCK * share // 100
    others = A_BLOCK * block - newcomers
    if newcomers < for_newcomers * block:
        # They had run out: all that there are were taken, in their own places.
        before = min(for_newcomers * (block - 1), newcomers)
    else:
        most = (A_BLOCK - for_newcomers) * (block - 1)
        before = A_BLOCK * (block - 1) - min(most, others)
    return A_BLOCK * (block - 1) - before, before


def arrange(others: Sequence[R], newcomers: Sequence[R], share: int) -> list[list[Placed[R]]]:
    """The pages of one block; both sorts come with the best first.

    A page has at most two offers of a member as long as there are enough of others. Of its
    first k places, counted from the beginning of the block, k times the share are for newcomers.
    """
    return _Block(others, newcomers, share).pages()


class _Block(Generic[R]):
    """A block while it is filled: what is left of each sort, and how many places are given."""

    def __init__(self, others: Sequence[R], newcomers: Sequence[R], share: int) -> None:
        self.left = (list(others), list(newcomers))
        self.share = share
        self.places = self.for_newcomers = 0
        self.moved: set[int] = set()

    def pages(self) -> list[list[Placed[R]]]:
        """Fill page after page until nothing is left."""
        pages = []
        while any(self.left):
            before = (*map(list, self.left), self.places, self.for_newcomers, set(self.moved))
            page = self._page(MOST_OF_ONE)
            if len(page) < FEWEST and any(self.left):
                others, newcomers, self.places, self.for_newcomers, self.moved = before
                self.left = (others, newcomers)
                page = self._page(A_PAGE)
            pages.append(page)
        return pages

    def _page(self, most: int) -> list[Placed[R]]:
        page: list[Placed[R]] = []
        owners: Counter[int] = Counter()
        while len(page) < A_PAGE:
            is_theirs = self.for_newcomers < (self.places + 1) * self.share // 100
            what = self._next(is_theirs, owners, most)
            if what is None:
                break
            found, is_newcomer = what
            owners[found.owner_id] += 1
            self.places += 1
            self.for_newcomers += is_newcomer
            page.append(Placed(found, is_theirs and is_newcomer, found.id in self.moved))
        return page

    def _next(self, is_theirs: bool, owners: Counter[int], most: int) -> tuple[R, bool] | None:
        """The best that may stand here, of the sort whose place it is if there is one."""
        for sort in (is_theirs, not is_theirs):
            waiting = self.left[sort]
            for number, each in enumerate(waiting):
                if owners[each.owner_id] < most:
                    self.moved.update(passed.id for passed in waiting[:number])
                    return waiting.pop(number), sort
            self.moved.update(passed.id for passed in waiting)
        return None
