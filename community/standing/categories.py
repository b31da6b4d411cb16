"""Categories of members, declared once: a need can ask to be among the first of one's own category.

A category gives each member a number, the same live as in bulk; ``NO_CATEGORY`` to whoever
belongs nowhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from community.kit import clock
from community.kit.arrays import Whole
from community.kit.catalog import catalog
from community.kit.words import N_, Words
from community.ledger.kinds import SUBJECT_CODES
from community.ledger.segments import NEVER, NO_CODE
from community.standing.past import NOBODY, Past

NO_CATEGORY = -1
FIRST_YEAR = 1970
WIDTH = max(SUBJECT_CODES.values()) + 1
"""How many numbers of subject types there are, with the one for none."""


@dataclass(frozen=True)
class Category:
    """A way to tell whom a member is compared with.

    ``label`` says the others of one's own category; ``of`` gives each member of a past the
    number of theirs as of a moment. They are few: some dozen numbers at most.
    """

    name: str
    label: Words
    of: Callable[[Past, datetime], Whole]


def cohort(past: Past, as_of: datetime) -> Whole:
    """The year of the UTC calendar in which the ledger first names each member."""
    first = np.full(len(past), NEVER)
    for at, actor, other, _ in _counted(past, as_of):
        for side in (actor, other):
            number = past.number(side)
            is_known = number != NOBODY
            np.minimum.at(first, number[is_known], at[is_known])
    year = first.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + FIRST_YEAR
    found: Whole = np.where(first == NEVER, NO_CATEGORY, year)
    return found


def dealing(past: Past, as_of: datetime) -> Whole:
    """The type of things that most of each member's acts were about; of equals the smaller number."""
    many = np.zeros(len(past) * WIDTH, np.int64)
    for _, actor, _, type in _counted(past, as_of):
        number = past.number(actor)
        is_about = (number != NOBODY) & (type != NO_CODE)
        many += np.bincount(number[is_about] * WIDTH + type[is_about], minlength=many.size)
    of_type = many.reshape(len(past), WIDTH)
    found: Whole = np.where(of_type.any(axis=1), of_type.argmax(axis=1), NO_CATEGORY)
    return found


def _counted(past: Past, as_of: datetime) -> Iterator[tuple[Whole, Whole, Whole, Whole]]:
    """When each event was that counts as of a moment, who acted, who else, on what type; block by block."""
    now = clock.to_micros(as_of)
    for block in past.blocks():
        at = block["happened_at"]
        counts = (at <= now) & (block["voided_at"] > now)
        actor, other, type = (block[name] for name in ("actor", "other", "subject_type"))
        yield at[counts], actor[counts], other[counts], type[counts].astype(np.int64)


CATEGORIES = catalog(
    Category("cohort", N_("those who joined in the same year"), cohort),
    Category("dealing", N_("those who deal mostly with the same kind of things"), dealing),
)
