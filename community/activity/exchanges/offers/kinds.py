"""The kinds of offers that come with Kith: their words, what an offer of each tells, what reviews rate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from community.kit.catalog import catalog
from community.kit.words import N_, Words

STAY, THING = "stay", "thing"
"""What imports bring."""
DAY, HOUR, ONCE, OPEN = "day", "hour", "once", "open"
GRAINS: Mapping[str, Words] = {
    DAY: N_("By days: it is had from one day to another"),
    HOUR: N_("By hours: it is had at an hour of a day"),
    ONCE: N_("Once: it is given away or lent, and then it is gone"),
    OPEN: N_("Without dates: both see when it suits"),
}
"""How an exchange of a kind takes time."""
INPUTS: Mapping[str, Words] = {
    "line": N_("One line"),
    "number": N_("A whole number"),
    "choice": N_("One of a few"),
    "yes": N_("Yes or no"),
}
"""How a field of a kind is filled in."""


@dataclass(frozen=True)
class Field:
    """Something that an offer of a kind tells beside its text."""

    name: str
    label: Words
    input: str = "line"
    choices: tuple[Words, ...] = ()
    is_needed: bool = False

    def told(self) -> dict[str, Any]:
        """The field as it is kept."""
        return {
            "name": self.name,
            "label": self.label.text,
            "input": self.input,
            "choices": [each.text for each in self.choices],
            "is_needed": self.is_needed,
        }


@dataclass(frozen=True)
class Aspect:
    """Something that a review of an exchange of a kind rates."""

    name: str
    label: Words

    def told(self) -> dict[str, Any]:
        """The aspect as it is kept."""
        return {"name": self.name, "label": self.label.text}


@dataclass(frozen=True)
class Kind:
    """A kind as it comes with Kith; a community changes it to its own words."""

    name: str
    label: Words
    unit: Words
    grain: str
    icon: str
    fields: tuple[Field, ...] = field(default=())
    scores: tuple[Aspect, ...] = field(default=())


_COMMUNICATION = Aspect("communication", N_("Communication"))
_VALUE = Aspect("value", N_("Worth its price"))
_ACCURACY = Aspect("accuracy", N_("As it was told"))

SHIPPED = catalog(
    Kind(
        STAY,
        N_("A place to stay"),
        N_("night"),
        DAY,
        "house",
        (
            Field(
                "space",
                N_("What guests have"),
                "choice",
                (N_("The whole place"), N_("A room of their own"), N_("A bed in a shared room")),
                is_needed=True,
            ),
            Field("sleeps", N_("How many can sleep there"), "number", is_needed=True),
            Field("beds", N_("Beds")),
            Field("pets", N_("Pets may come"), "yes"),
            Field("steps", N_("Can be reached without steps"), "yes"),
        ),
        (
            _ACCURACY,
            Aspect("cleanliness", N_("Cleanliness")),
            _COMMUNICATION,
            Aspect("arrival", N_("Arrival")),
            Aspect("place", N_("Where it is")),
            _VALUE,
        ),
    ),
    Kind(
        THING,
        N_("A thing"),
        N_("piece"),
        ONCE,
        "gift",
        (
            Field(
                "way",
                N_("How it changes hands"),
                "choice",
                (N_("It is given away or sold"), N_("It is lent and comes back")),
                is_needed=True,
            ),
            Field(
                "condition",
                N_("Condition"),
                "choice",
                (N_("As new"), N_("Used, in good order"), N_("Worn, it works"), N_("For spare parts")),
            ),
            Field("size", N_("Size or measures")),
        ),
        (_ACCURACY, Aspect("condition", N_("Condition")), _COMMUNICATION, Aspect("handover", N_("Handing over")), _VALUE),
    ),
    Kind(
        "lesson",
        N_("A lesson"),
        N_("hour"),
        HOUR,
        "book-open",
        (
            Field("subject", N_("Subject"), is_needed=True),
            Field("level", N_("For whom"), "choice", (N_("Beginners"), N_("Those who know a little"), N_("Those who know a lot"), N_("Everyone"))),
            Field("tongue", N_("Language of the lesson")),
            Field("where", N_("Where we meet"), "choice", (N_("At my place"), N_("At yours"), N_("Somewhere in between"), N_("Online"))),
        ),
        (
            Aspect("knowledge", N_("Knows the subject")),
            Aspect("clarity", N_("Explains clearly")),
            Aspect("patience", N_("Patience")),
            _COMMUNICATION,
            _VALUE,
        ),
    ),
    Kind(
        "help",
        N_("An hour of help"),
        N_("hour"),
        HOUR,
        "hand-helping",
        (
            Field("with", N_("With what"), is_needed=True),
            Field("where", N_("Where we meet"), "choice", (N_("At my place"), N_("At yours"), N_("Somewhere in between"), N_("Online"))),
            Field("tools", N_("Tools and materials")),
        ),
        (
            Aspect("punctuality", N_("Punctuality")),
            Aspect("care", N_("Care")),
            Aspect("skill", N_("Skill")),
            _COMMUNICATION,
            _VALUE,
        ),
    ),
    Kind(
        "open",
        N_("Help without dates"),
        N_("time"),
        OPEN,
        "hand-heart",
        (Field("with", N_("With what"), is_needed=True), Field("how", N_("How to reach me for it"))),
        (Aspect("help", N_("It helped")), Aspect("reliability", N_("Reliability")), _COMMUNICATION),
    ),
)  # fmt: skip


def words(label: str) -> Words | str:
    """A label as it is shown: those that come with Kith are translated, others stand as they are."""
    return SHIPPED_WORDS.get(label, label)


def _shipped_words() -> dict[str, Words]:
    found: dict[str, Words] = {}
    for kind in SHIPPED.values():
        labels = [kind.label, kind.unit, *(each.label for each in kind.scores)]
        for each in kind.fields:
            labels += [each.label, *each.choices]
        found |= {label.text: label for label in labels}
    return found


SHIPPED_WORDS = _shipped_words()


def aspects(name: str) -> list[str]:
    """What is rated about exchanges of a kind that comes with Kith."""
    return [aspect.name for aspect in SHIPPED[name].scores]
