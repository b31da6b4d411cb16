"""What somebody in the demo town tells of themselves, composed of many sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from community.demo.words import Circle, Deck, Decks, circles, common


@dataclass(frozen=True)
class Told:
    """What a member tells: line, Markdown, place, interests, links as pairs of label and path."""

    headline: str | None = None
    background: str | None = None
    place: str | None = None
    interests: tuple[str, ...] = ()
    link: str | None = None
    names_languages: bool = True


class Teller:
    """Composes what people tell, with as few repetitions as the sentences allow."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._decks = Decks(rng)
        self._used: set[str] = set()
        self._job = self._habit = self._quarter = ""
        self._years = 0
        self._headlines = {c.name: Deck(rng, c.headlines, passes=1) for c in circles()}
        self._selves = {c.name: Deck(rng, c.selves, passes=2) for c in circles()}

    def tell(self, mine: Sequence[Circle], languages: Sequence[str], *, is_brief: bool) -> Told:
        """What one person tells; those who stay short tell little."""
        will = 0.35 if is_brief else 0.9
        is_chinese = languages[0] == "zh" and any(c.language == "zh" for c in mine)
        self._draw(is_chinese=is_chinese)
        return Told(
            headline=self._headline(mine, is_chinese) if self._is(will) else None,
            background=self._background(mine, is_chinese) if self._is(will - 0.15) else None,
            place=self._place() if self._is(will) else None,
            interests=self._interests(mine) if self._is(will) else (),
            link=self._decks.deal("talk", "sites") if self._is(will / 3) else None,
            names_languages=self._is(will + 0.05),
        )

    def _draw(self, *, is_chinese: bool) -> None:
        """Draw what stays the same in all that one person tells."""
        prefix = "zh_" if is_chinese else ""
        self._job = self._decks.deal("talk", f"{prefix}jobs")
        self._habit = self._decks.deal("talk", f"{prefix}habits")
        self._quarter = self._rng.choice(common()["quarters"])
        self._years = self._rng.randrange(2, 31)

    def _is(self, chance: float) -> bool:
        return self._rng.random() < chance

    def _headline(self, mine: Sequence[Circle], is_chinese: bool) -> str:
        shown = [c for c in mine if is_chinese == (c.language == "zh")] or list(mine)
        written = self._headlines[shown[0].name].deal() if self._is(0.5) else None
        if written:
            return written
        while (made := self._of_work(is_chinese)) in self._used:
            self._draw(is_chinese=is_chinese)
        self._used.add(made)
        return made

    def _of_work(self, is_chinese: bool) -> str:
        if is_chinese:
            return f"{self._job}，喜欢{self._habit}"
        return f"{self._job[0].upper()}{self._job[1:]}, {self._habit}"

    def _background(self, mine: Sequence[Circle], is_chinese: bool) -> str:
        if is_chinese:
            return self._in_chinese(mine)
        about = [s for c in mine if c.language is None and (s := self._selves[c.name].deal())]
        parts = [self._arrival(), *about[: self._rng.choice((1, 2, 3))]]
        if not about:
            parts.append(self._decks.deal("notes"))
        if len(parts) < 3 and self._is(0.5) and self._of_work(is_chinese) not in self._used:
            parts.append(f"An hour to myself? You will find me *{self._habit}*.")
        if self._is(0.35):
            lent = sorted(
                {self._decks.deal("talk", "lends") for _ in range(self._rng.choice((2, 3)))}
            )
            parts.append("**You can borrow:**\n\n" + "\n".join(f"- {each}" for each in lent))
        if self._is(0.5):
            parts.append(self._decks.deal("wishes"))
        return self._joined(parts)

    def _in_chinese(self, mine: Sequence[Circle]) -> str:
        parts = [self._decks.deal("talk", "zh_arrivals").format(years=min(self._years, 20))]
        parts += [s for c in mine if c.language == "zh" and (s := self._selves[c.name].deal())]
        if len(parts) < 2:
            parts.append(f"我是{self._job}，空下来喜欢**{self._habit}**。")
        parts.append(self._decks.deal("zh_wishes"))
        return self._joined(parts)

    def _joined(self, parts: Sequence[str]) -> str:
        """Sentences as short paragraphs, or as one."""
        is_one = len(parts) < 4 and self._is(0.35) and not any("\n" in part for part in parts)
        between = "" if parts[0][-1] == "。" else " "
        return (between if is_one else "\n\n").join(parts)

    def _arrival(self) -> str:
        return self._decks.deal("arrivals").format(quarter=self._quarter, years=self._years)

    def _place(self) -> str:
        if self._is(0.12):
            return str(self._rng.choice(common()["elsewhere"]))
        quarter = self._quarter.removeprefix("the ")
        return f"{quarter}, Alderhaven" if self._is(0.7) else "Alderhaven"

    def _interests(self, mine: Sequence[Circle]) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                label
                for circle in mine
                for label in (
                    circle.label,
                    *self._rng.sample(circle.also, self._rng.choice((0, 1, 2))),
                )
            )
        )
