"""How cases are told: what happened, in plain numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from babel.lists import format_list

from community.kit import clock
from community.kit.languages import (
    day,
    gettext,
    language,
    locale,
    ngettext,
    number,
    percent,
    translate,
)
from community.kit.words import N_
from community.standing.health import FALL_DAYS
from community.standing.health_parts import BARS
from community.standing.models import Case
from community.web.recognised import Face
from community.web.standing_told import STATES

KINDS = {"ring": N_("Rings"), "fall": N_("Falls in health")}
ABOUT = {
    "ring": N_(
        "Friends who deal with each other look just the same. Read what they wrote of each other, and talk to them, before you think ill of it."
    ),
    "fall": N_(
        "There may be a plain reason: a holiday, a move, a disappointment. A few friendly lines say more than any number. It closes by itself when they are back."
    ),
}


STEPS = {
    "joined": N_("%(day)s: new in it are %(names)s"),
    "left": N_("%(day)s: no longer in it are %(names)s"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A case as pages show it; ``gone`` are how many in it are members no more."""

    id: int
    kind: str
    title: str
    about: str
    people: tuple[Face, ...]
    gone: int
    why: tuple[str, ...]
    history: tuple[str, ...]
    numbers: tuple[dict[str, str], ...]
    note: str | None
    reason: str | None
    found_at: datetime
    closed_at: datetime | None
    is_by_itself: bool


def named_in(case: Case) -> set[int]:
    """Who is in a case, or was before."""
    steps = case.told.get("history", ())
    return {*case.members, *(id for step in steps for id in (*step["joined"], *step["left"]))}


def told(case: Case, people: dict[int, Face]) -> Told:
    """A case in words, with those of its members who are known."""
    shown = tuple(people[id] for id in case.members if id in people)
    is_ring = case.kind == "ring"
    return Told(
        id=case.id,
        kind=case.kind,
        title=_ring_title(case) if is_ring else _fall_title(case, shown),
        about=translate(ABOUT[case.kind]),
        people=shown,
        gone=len(case.members) - len(shown),
        why=tuple(_ring_why(case.told) if is_ring else _fall_why(case)),
        history=tuple(_history(case.told, people)),
        numbers=() if is_ring else tuple(_numbers(case.told)),
        note=case.note,
        reason=case.told.get("reason"),
        found_at=case.found_at,
        closed_at=case.closed_at,
        is_by_itself=case.closed_at is not None and case.closed_by is None,
    )


def _ring_title(case: Case) -> str:
    many = len(case.members)
    text = ngettext(
        "%(num)d person in a ring of praise", "%(num)d people praise each other quickly", many
    )
    return text % {"num": many}


def _fall_title(case: Case, shown: tuple[Face, ...]) -> str:
    name = shown[0].name if shown else gettext("a former member")
    before, after = case.told["before"], case.told["after"]
    if before is None or after is None or before <= after:
        return gettext("%(name)s is drifting away") % {"name": name}
    text = gettext("Health of %(name)s fell from %(before)s to %(after)s")
    return text % {"name": name, "before": number(before), "after": number(after)}


def _ring_why(told: dict[str, Any]) -> list[str]:
    pairs = told["pairs"]
    said = [
        ngettext(
            "%(num)d pair gave praise and got it back within a fortnight.",
            "%(num)d pairs gave praise and got it back within a fortnight.",
            pairs,
        )
        % {"num": pairs}
    ]
    if told["first"] is not None:
        first, last = (datetime.fromtimestamp(told[name], UTC) for name in ("first", "last"))
        said.append(
            gettext("First on %(first)s, last on %(last)s.")
            % {"first": day(first), "last": day(last)}
        )
    said.append(
        gettext("%(share)s of all ratings that they gave stay among them.")
        % {"share": percent(told["inside"])}
    )
    said.append(
        gettext(
            "Density %(density)s: what their pairs weigh for each of them. A pair weighs more the less others vouch for both, at most 10."
        )
        % {"density": number(round(told["density"], 2))}
    )
    return said


def _history(told: dict[str, Any], people: dict[int, Face]) -> Iterator[str]:
    """Who joined a ring and who left it since it was found, in the order in which that was seen."""
    for step in told.get("history", ()):
        at = day(clock.from_micros(step["at"]))
        for part, words in STEPS.items():
            names = [people[id].name for id in step[part] if id in people]
            if names:
                listed = format_list(names, locale=locale(language()))
                yield translate(words) % {"day": at, "names": listed}


def _fall_why(case: Case) -> list[str]:
    told, said = case.told, []
    now, then = case.found_at, case.found_at - timedelta(days=FALL_DAYS)
    if told["before"] is not None and told["after"] is not None:
        said.append(
            gettext("Health was %(before)s of 100 on %(then)s and %(after)s on %(now)s.")
            % {
                "before": number(told["before"]),
                "after": number(told["after"]),
                "then": day(then),
                "now": day(now),
            }
        )
    if told["was"] and told["was"] != told["is"]:
        said.append(
            gettext("They were %(was)s and are %(now)s.")
            % {"was": translate(STATES[told["was"]]), "now": translate(STATES[told["is"]])}
        )
    if told["has_drifted"] and told["trust"] is not None:
        said.append(
            gettext("Much is thought of them: trust %(trust)s of 100.")
            % {"trust": number(round(told["trust"]))}
        )
    return said


def _numbers(told: dict[str, Any]) -> list[dict[str, str]]:
    """The four numbers behind health, then and now."""
    return [
        {
            "what": translate(bar.says),
            "before": "–" if before is None else number(before),
            "after": "–" if after is None else number(after),
        }
        for bar, before, after in zip(BARS, told["numbers_before"], told["numbers"], strict=True)
    ]
