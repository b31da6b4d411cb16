"""What people in the demo town say: read from the files in ``town``, dealt out so that little repeats."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

TOWN = Path(__file__).parent / "town"
COMMON = "common"
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Circle:
    """What some in town care about, and all that they say of it."""

    name: str
    label: str
    also: tuple[str, ...]
    headlines: tuple[str, ...]
    selves: tuple[str, ...]
    offers: tuple[dict[str, Any], ...]
    topics: tuple[dict[str, Any], ...]
    gatherings: tuple[dict[str, Any], ...]
    guides: tuple[dict[str, Any], ...]
    wishes: tuple[dict[str, Any], ...] = ()
    language: str | None = None
    """The language that one has to speak to belong; None where any will do."""


@dataclass
class Deck(Generic[T]):
    """Cards that are dealt in a random order; none comes again before all have come."""

    rng: Random
    cards: Sequence[T]
    passes: int | None = None
    """How often all may come; None means for ever."""
    left: list[T] = field(default_factory=list)

    def deal(self) -> T | None:
        """The next card; None when there is none any more."""
        if not self.left:
            if not self.cards or self.passes == 0:
                return None
            if self.passes is not None:
                self.passes -= 1
            self.left = self.rng.sample(list(self.cards), len(self.cards))
        return self.left.pop()


class Decks:
    """One deck for each list of sentences, made when it is first asked for."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._decks: dict[tuple[str, ...], Deck[str]] = {}

    def deal(self, *place: str) -> str:
        """The next sentence of a list of what everybody may say."""
        deck = self._decks.get(place)
        if deck is None:
            cards: Any = common()
            for step in place:
                cards = cards[step]
            deck = self._decks[place] = Deck(self._rng, cards)
        return deck.deal() or ""

    def praise(self, offer: str, lines: Sequence[str]) -> str:
        """The next sentence of praise for what was offered."""
        deck = self._decks.setdefault(("praise", offer), Deck(self._rng, lines))
        return deck.deal() or ""


@cache
def circles() -> tuple[Circle, ...]:
    """The circles of the town, always in the same order."""
    paths = sorted(path for path in TOWN.glob("*.toml") if path.stem != COMMON)
    return tuple(_circle(path) for path in paths)


@cache
def common() -> dict[str, Any]:
    """What everybody may say."""
    return _read(TOWN / f"{COMMON}.toml")


def _circle(path: Path) -> Circle:
    told = _read(path)
    lists = {name: tuple(told[name]) for name in told if isinstance(told[name], list)}
    return Circle(name=path.stem, **{**told, **lists})


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
