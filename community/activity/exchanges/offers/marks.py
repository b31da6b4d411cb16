"""Places in lists of offers, as addresses carry them."""

from dataclasses import astuple, dataclass

LONGEST = 17
"""Digits of a number in an address."""
Key = tuple[int, int]
"""What a list is ordered by, and the id."""


@dataclass(frozen=True, slots=True)
class Block:
    """A page of a block of ranked offers.

    ``number`` counts blocks from 0, ``newcomers`` those that were taken before it; ``other`` and
    ``newcomer`` are the last ones before it, by score and id. A ``page`` of None is the last one
    of the block in front.
    """

    number: int = 0
    newcomers: int = 0
    other: Key | None = None
    newcomer: Key | None = None
    page: int | None = 0

    def written(self) -> str:
        """As text for an address."""
        keys = [*(self.other or (None, None)), *(self.newcomer or (None, None))]
        return _written(self.number, self.newcomers, *keys, self.page)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list in the order of one column: what stands there, and which way to read on."""

    key: int | None
    id: int
    is_back: bool = False

    def written(self) -> str:
        """As text for an address."""
        key, id, is_back = astuple(self)
        return _written(key, id, int(is_back))


def block(text: str) -> Block | None:
    """The place in a ranking that a text names; None when it names none that can be."""
    told = _read(text, 7)
    if told is None:
        return None
    number, newcomers, *keys, page = told
    if number is None or newcomers is None or (page is None and number == 0):
        return None
    return Block(number, newcomers, _key(*keys[:2]), _key(*keys[2:]), page)


def place(text: str) -> Place | None:
    """The place in a list that a text names; None when it names none that can be."""
    told = _read(text, 3)
    if told is None or told[1] is None or told[2] is None:
        return None
    return Place(told[0], told[1], bool(told[2]))


def _key(score: int | None, id: int | None) -> Key | None:
    return None if score is None or id is None else (score, id)


def _written(*numbers: int | None) -> str:
    return ".".join("" if number is None else str(number) for number in numbers)


def _read(text: str, many: int) -> list[int | None] | None:
    parts = text.split(".")
    if len(parts) != many or any(len(part) > LONGEST for part in parts):
        return None
    if any(part and not (part.isascii() and part.isdigit()) for part in parts):
        return None
    return [int(part) if part else None for part in parts]
