"""Things that are declared once and read everywhere."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Named(Protocol):
    """Anything with a name that it is found by."""

    @property
    def name(self) -> str:
        """What it is found by."""
        ...


N = TypeVar("N", bound=Named)


def catalog(*items: N) -> Mapping[str, N]:
    """A read-only mapping from name to item, in the order of declaration; a name stands once."""
    found: dict[str, N] = {}
    for item in items:
        if item.name in found:
            raise ValueError(f"{item.name!r} is declared twice")
        found[item.name] = item
    return MappingProxyType(found)
