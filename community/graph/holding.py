"""What holds a community together, in a few numbers: who bridges it, who would be missed, how deep and mutual its ties are."""

from dataclasses import dataclass

import numpy as np

from community.graph.arrays import Whole, cores, neighbours, reciprocity, undirected
from community.graph.looking import Bridge, Loss, bridges, without
from community.graph.shares import absence_factor, gini, top_share
from community.graph.ties import Ties

AT_ONCE = 200_000
"""Ties that a page can look at while somebody waits: a second and a half; more are the weekly job's."""
FEW, MOST_LOOKED_AT = 10, 30
"""How many are told of, and of how many it is tried what their leaving would cost."""
BRIDGES = 10
CORE = 3
"""From which depth on a member belongs to the core: among others who know three of each other."""


@dataclass(frozen=True)
class Missed:
    """Someone whom the community would miss, and what goes with them."""

    member: int
    loss: Loss


@dataclass(frozen=True)
class Holding:
    """What holds a community together.

    ``depths`` are how many members stand at each core number from 0; ``one_sided`` have ties
    and none that is returned. ``mutual`` is the share of good ties that are; ``half`` the
    fewest members on whom half of all interactions hang, ``top`` the share of the ten with the most.
    """

    members: int
    ties: int
    mutual: float
    one_sided: int
    depths: tuple[int, ...]
    half: int
    top: float
    uneven: float
    bridges: tuple[Bridge, ...]
    missed: tuple[Missed, ...]
    together: Loss

    @property
    def core(self) -> int:
        """How many belong to the core."""
        return sum(self.depths[CORE:])


def holding(ties: Ties, circle: Whole) -> Holding:
    """What holds those together who have a tie; ``circle`` as in ``looking.bridges``.

    Who would be missed is tried by taking them away one by one, of those with the most interactions.
    """
    good = ties.edges.where(ties.weight > 0)
    depth = cores(neighbours(undirected(good)))
    back = reciprocity(good)
    many = _interactions(ties)
    order = np.lexsort((np.arange(many.size), -many))[:MOST_LOOKED_AT]
    tried = [Missed(id, without(ties, [id])) for id in ties.members[order].tolist()]
    tried.sort(key=lambda m: (-m.loss.interactions, -m.loss.isolates, m.member))
    return Holding(
        members=ties.members.size,
        ties=int(good.source.size),
        mutual=back.overall,
        one_sided=int((back.each == 0).sum()),
        depths=tuple(np.bincount(depth).tolist()),
        half=absence_factor(many),
        top=top_share(many, FEW),
        uneven=gini(many),
        bridges=tuple(bridges(ties, circle, BRIDGES)),
        missed=tuple(tried[:FEW]),
        together=without(ties, [m.member for m in tried[:FEW]]),
    )


def _interactions(ties: Ties) -> Whole:
    """How many interactions each member had on either side."""
    given = np.bincount(ties.source, ties.count, ties.members.size)
    received = np.bincount(ties.target, ties.count, ties.members.size)
    return (given + received).astype(np.int64)
