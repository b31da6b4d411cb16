"""Places in a list that is ordered by time: where a page of it begins, as an address carries it."""

from datetime import datetime

from community.kit import clock

Mark = tuple[datetime, int]
"""When something happened, and its id."""


def written(mark: Mark) -> str:
    """A place in a list as text for an address."""
    return f"{clock.to_micros(mark[0])}.{mark[1]}"


def read(text: str) -> Mark | None:
    """The place that a text names; None when it names none that can be."""
    micros, _, id = text.partition(".")
    if not (micros.isascii() and micros.isdigit() and id.isascii() and id.isdigit()):
        return None
    if len(micros) > 17 or len(id) > 18:
        return None
    return clock.from_micros(int(micros)), int(id)
