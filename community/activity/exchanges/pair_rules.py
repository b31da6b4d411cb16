"""How healthy it is between two members: a number from 0 to 100, in parts that add up to it.

It is worked out from what was between the two in the last two years, as of any moment, and is
kept nowhere. Of what they said in private it is given only what its reader may count: a side
sees it by their own answers alone, those who look after the place by those of both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import fsum
from statistics import median

from community.kit.catalog import catalog
from community.kit.words import N_, Words

ENOUGH = 2
"""How many exchanges must have ended before anything is said."""
WINDOW, AGO = 730, 90
"""Days that are looked back on, and how long ago it is that now is compared with."""
HALF_LIFE = 180
"""Days after which an exchange, and what was said of it, counts half."""
SOONEST, USUAL, LATEST = 30, 90, 365
"""Days of a rhythm: nobody is silent within a month, everybody after a year; and what is taken for unknown."""
UNKNOWN = 0.5
"""What counts where nothing is known, and the weight with which it counts where something is."""
LOW, FALL = 50, 15
"""Below which number two suffer, and by the loss of how many points in ``AGO`` days."""
A_DAY = timedelta(days=1)

GOING_ON = ("confirmed", "under_way", "half_done")
MET = ("completed", "lapsed", "went_wrong")
ILL = {"cancelled": 1, "not_met": 1, "went_wrong": 2}
"""What an end weighs that is not what the two had agreed on; a completed one weighs 1."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a side said in private: whether they would again, and what they got less what they expected."""

    again: bool | None = None
    gap: int | None = None


NOTHING = Said()


@dataclass(frozen=True, slots=True)
class Dealing:
    """An exchange that a first and a second member had agreed on.

    ``ended_at`` is None while it goes on; ``is_by_first`` says that the first one provides.
    """

    made_at: datetime
    ended_at: datetime | None
    state: str
    is_by_first: bool
    is_excused: bool = False
    first: Said = NOTHING
    second: Said = NOTHING


@dataclass(frozen=True, slots=True)
class Pair:
    """What is between two: their dealings, and when one wrote a reference of the other.

    With the names of both, both sides' answers count; without, only the first one's do.
    """

    dealings: Sequence[Dealing]
    references: Sequence[datetime] = ()
    names: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that the number is made of, and how many points it has at most."""

    name: str
    label: Words
    most: int


FACTORS = catalog(
    Factor("again", N_("Would deal again"), 35),
    Factor("rhythm", N_("Contact, by their own rhythm"), 25),
    Factor("course", N_("How exchanges went"), 20),
    Factor("gap", N_("What was expected, and got"), 10),
    Factor("ways", N_("Both ways"), 5),
    Factor("references", N_("Known from outside"), 5),
)


@dataclass(frozen=True, slots=True)
class Health:
    """How healthy it is between two: the points of each factor, which add up to the number.

    ``before`` is the number ninety days earlier, None where there was too little to say.
    ``is_refused`` says that by the newest answer of a side they would not deal again.
    """

    points: tuple[int, ...]
    before: int | None = None
    is_refused: bool = False

    @property
    def number(self) -> int:
        """From 0 to 100."""
        return sum(self.points)

    @property
    def lost(self) -> int:
        """How many points were lost in ninety days; 0 where none were."""
        return 0 if self.before is None else max(0, self.before - self.number)

    @property
    def is_suffering(self) -> bool:
        """Whether somebody should look at the two."""
        return self.is_refused or self.number < LOW or self.lost >= FALL


@dataclass(frozen=True, slots=True)
class Part:
    """A factor as it is told: what it is called, its points of how many, and why so many."""

    label: Words
    points: int
    most: int
    why: Words


Marks = list[tuple[float, float]]
"""How many days ago an exchange ended and what a side said of it, from 0 to 1; the newest first."""


@dataclass(frozen=True, slots=True)
class _Past:
    """What was between two as of a moment: days since each end, and what the sides said."""

    ended: list[tuple[float, Dealing]]
    is_going_on: bool
    references: int
    again: list[Marks]
    gap: list[Marks]


def health(pair: Pair, now: datetime) -> Health | None:
    """How healthy it is between two; None where there is too little to say."""
    past, before = _past(pair, now), _past(pair, now - AGO * A_DAY)
    if past is None:
        return None
    is_refused = any(marks[0][1] == 0 for marks in past.again if marks)
    return Health(_points(past), sum(_points(before)) if before else None, is_refused)


def parts(pair: Pair, now: datetime) -> tuple[Part, ...]:
    """What the number is made of, in words; nothing where there is too little to say."""
    past = _past(pair, now)
    if past is None:
        return ()
    whys = (
        _why_again(past, pair.names),
        _why_rhythm(past),
        _why_course(past),
        _why_gap(past, pair.names),
        _why_ways(past),
        N_("Of the two, %(many)d said how they know the other from outside.", many=past.references),
    )
    return tuple(
        Part(factor.label, points, factor.most, why)
        for factor, points, why in zip(FACTORS.values(), _points(past), whys, strict=True)
    )


def _past(pair: Pair, now: datetime) -> _Past | None:
    """What counts as of a moment; None where it is too little."""
    ended, is_going_on = [], False
    for each in pair.dealings:
        days = -1.0 if each.ended_at is None else (now - each.ended_at) / A_DAY
        if 0 <= days < WINDOW:
            ended.append((days, each))
        elif days < 0 and each.made_at <= now:
            is_going_on = True
    if len(ended) < ENOUGH:
        return None
    sides = [[(days, each.first) for days, each in ended]]
    if pair.names is not None:
        sides.append([(days, each.second) for days, each in ended])
    return _Past(
        ended,
        is_going_on,
        sum(at <= now for at in pair.references),
        [_marks(side, _would) for side in sides],
        [_marks(side, _kept) for side in sides],
    )


def _marks(side: list[tuple[float, Said]], read: Callable[[Said], float | None]) -> Marks:
    said = [(days, value) for days, each in side if (value := read(each)) is not None]
    return sorted(said, key=lambda mark: (mark[0], -mark[1]))


def _would(said: Said) -> float | None:
    return None if said.again is None else float(said.again)


def _kept(said: Said) -> float | None:
    """Of what was expected: all, half where a mark is missing, nothing where two are."""
    return None if said.gap is None else min(1.0, max(0.0, 1 + said.gap / 2))


def _points(past: _Past) -> tuple[int, ...]:
    values = (
        _of_sides(past.again),
        _rhythm(past),
        _course(past),
        _of_sides(past.gap),
        _ways(past),
        min(1.0, 0.5 + past.references / 4),
    )
    most = [factor.most for factor in FACTORS.values()]
    return tuple(int(value * out_of + 0.5) for value, out_of in zip(values, most, strict=True))


def _of_sides(sides: list[Marks]) -> float:
    """What all said whose answers count, from 0 to 1: of two sides the lower counts double."""
    lower, *higher = sorted(map(_of_side, sides))
    return (2 * lower + higher[0]) / 3 if higher else lower


def _of_side(marks: Marks) -> float:
    """What a side said, from 0 to 1: each answer counts half of the next newer one, and fades.

    So each counts at least as much as all older ones together. That is why one more yes never
    lowers it and one more no never raises it, wherever in the row they come.
    """
    weights = [_fading(days) / 2**n for n, (days, _) in enumerate(marks)]
    said = fsum(weight * value for weight, (_, value) in zip(weights, marks, strict=True))
    return (said + UNKNOWN * UNKNOWN) / (fsum(weights) + UNKNOWN)


def _rhythm(past: _Past) -> float:
    silence, usual = _silence(past)
    if past.is_going_on:
        return 1.0
    return 0.0 if silence is None else usual / max(silence, usual)


def _silence(past: _Past) -> tuple[float | None, float]:
    """Days since the two met last, None where they did not; and the usual days from one to the next."""
    met = sorted(days for days, each in past.ended if each.state in MET)
    gaps = [earlier - later for later, earlier in pairwise(met)]
    usual = min(max(median(gaps), SOONEST), LATEST) if gaps else USUAL
    return (met[0] if met else None), usual


def _course(past: _Past) -> float:
    counted = [(_fading(days), each.state) for days, each in past.ended if not each.is_excused]
    well = fsum(fading for fading, state in counted if state == "completed")
    ill = fsum(fading * ILL.get(state, 0) for fading, state in counted)
    return (well + UNKNOWN * UNKNOWN) / (well + ill + UNKNOWN)


def _ways(past: _Past) -> float:
    fewer, more = _each_way(past)
    return 0.5 + (fewer / more / 2 if more else 0)


def _each_way(past: _Past) -> list[int]:
    done = [each.is_by_first for _, each in past.ended if each.state == "completed"]
    return sorted((done.count(True), done.count(False)))


def _fading(days: float) -> float:
    return float(0.5 ** (days / HALF_LIFE))


def _why_again(past: _Past, names: tuple[str, str] | None) -> Words:
    (yes, no), *theirs = _full_and_less(past.again)
    if names is not None:
        return N_(
            "%(one)s would: %(yes)d, would not: %(no)d. %(other)s would: %(their_yes)d, would"
            " not: %(their_no)d. The newest answer counts most, the less willing side double.",
            one=names[0],
            other=names[1],
            yes=yes,
            no=no,
            their_yes=theirs[0][0],
            their_no=theirs[0][1],
        )
    if not yes + no:
        return N_("You have not said yet, which counts half. Only your own answers count here.")
    return N_(
        "You said yes: %(yes)d, no: %(no)d. Only your own answers count here, the newest most.",
        yes=yes,
        no=no,
    )


def _why_rhythm(past: _Past) -> Words:
    silence, usual = _silence(past)
    if past.is_going_on:
        return N_("An exchange is going on.")
    if silence is None:
        return N_("No exchange took place within two years.")
    told = {"silence": int(silence), "usual": int(usual)}
    if silence <= usual:
        return N_("Days since the last exchange: %(silence)d. Usual are up to %(usual)d.", **told)
    return N_("Days since the last exchange: %(silence)d, where %(usual)d are usual.", **told)


def _why_course(past: _Past) -> Words:
    states = [each.state for _, each in past.ended if not each.is_excused]
    return N_(
        "Completed: %(well)d. Cancelled, missed or gone wrong: %(ill)d. Newer ones count more.",
        well=states.count("completed"),
        ill=sum(state in ILL for state in states),
    )


def _why_gap(past: _Past, names: tuple[str, str] | None) -> Words:
    (met, less), *theirs = _full_and_less(past.gap)
    if names is not None:
        return N_(
            "%(one)s got what they expected: %(met)d, less: %(less)d. %(other)s got what they"
            " expected: %(their_met)d, less: %(their_less)d.",
            one=names[0],
            other=names[1],
            met=met,
            less=less,
            their_met=theirs[0][0],
            their_less=theirs[0][1],
        )
    if not met + less:
        return N_("You have not said yet what you expected and got, which counts half.")
    return N_("You got what you expected: %(met)d, less: %(less)d.", met=met, less=less)


def _why_ways(past: _Past) -> Words:
    fewer, more = _each_way(past)
    return N_("Completed one way: %(more)d, the other way: %(fewer)d.", more=more, fewer=fewer)


def _full_and_less(sides: list[Marks]) -> list[tuple[int, int]]:
    full = [sum(value == 1 for _, value in marks) for marks in sides]
    return [(many, len(marks) - many) for many, marks in zip(full, sides, strict=True)]
