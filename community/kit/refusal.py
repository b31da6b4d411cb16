"""Saying no, with the reason."""

from community.kit.words import Words


class Refused(Exception):
    """The rules say no, and why; the page answers 422 with the reason."""

    def __init__(self, reason: Words | str) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Busy(Exception):
    """The database could not be had in time; the page answers 503 and asks to try again."""


def refuse_if(reason: Words | str | None) -> None:
    """Refuse with the reason a rule gave; do nothing when it gave none."""
    if reason is not None:
        raise Refused(reason)
