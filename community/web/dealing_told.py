"""How a member deals, in a few lines: both roles, what was completed, how fast they answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from community.activity.exchanges.deals import roles
from community.activity.exchanges.deals.roles import Dealt
from community.activity.members.profile import More
from community.kit.languages import gettext, ngettext, number, percent, translate
from community.kit.words import N_, Words
from community.standing.queries import Seen

FEWEST = 3
"""Of fewer enquiries, or agreed exchanges, nothing is said of how fast or how reliably."""
BANDS: tuple[tuple[float, Words], ...] = (
    (1, N_("usually within an hour")),
    (6, N_("usually within a few hours")),
    (24, N_("usually within a day")),
)
"""Up to which median of hours until the first answer it is said so."""
SLOWER = N_("usually after more than a day")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of how somebody deals; ``of`` says out of how many."""

    label: str
    shown: str
    of: str = ""
    is_role: bool = False


def dealing(more: More | None, seen: Seen | None) -> tuple[Line, ...]:
    """How a member deals, in lines; nothing where they never did.

    ``more`` is what was asked with their page; elsewhere it is not known.
    """
    told = _roles(roles.of_more(more)) if more is not None else ()
    return (*told, *_answers(seen))


def response_said(hours: float | None, enquiries: float) -> Words | None:
    """How fast somebody answers, in a band; None where there are too few enquiries to say.

    ``hours`` is None where more than half of them still wait.
    """
    if enquiries < FEWEST:
        return None
    if hours is None:
        return SLOWER
    return next((words for most, words in BANDS if hours <= most), SLOWER)


def _roles(dealt: Dealt) -> Iterator[Line]:
    for label, back, role in (
        (N_("As provider"), N_("People who came back"), dealt.provider),
        (N_("As receiver"), N_("People they went back to"), dealt.receiver),
    ):
        if role.completed:
            done = ngettext("%(n)s exchange", "%(n)s exchanges", role.completed)
            yield Line(translate(label), done % {"n": number(role.completed)}, is_role=True)
        if role.again:
            yield Line(translate(back), number(role.again))
    agreed = dealt.provider.agreed + dealt.receiver.agreed
    if agreed >= FEWEST:
        kept = dealt.provider.completed + dealt.receiver.completed
        of = gettext("(%(num)s of %(den)s)") % {"num": number(kept), "den": number(agreed)}
        yield Line(gettext("Kept to what was agreed"), percent(kept / agreed), of)
    late = dealt.provider.late + dealt.receiver.late
    if late:
        yield Line(gettext("Cancelled late"), number(late))


def _answers(seen: Seen | None) -> Iterator[Line]:
    found = seen.number("response_wait") if seen else None
    if found is None:
        return
    hours, _, enquiries = found
    said = response_said(hours, enquiries or 0)
    if said is None:
        yield Line(gettext("Answers"), gettext("too few enquiries yet to say"))
    else:
        yield Line(gettext("Answers"), translate(said))
