"""Sentences that pure code says and pages translate."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Words:
    """A sentence to be translated when it is shown: its English text and the values in it."""

    text: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


def N_(text: str, **values: Any) -> Words:  # noqa: N802
    """Mark a sentence for translation without translating it yet."""
    return Words(text, values)
