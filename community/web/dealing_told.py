"""How a member deals, in a few lines: both roles, what was completed, what was kept."""

from collections.abc import Iterator
from dataclasses import dataclass

from community.activity.exchanges.deals import roles
from community.activity.exchanges.deals.roles import Dealt
from community.activity.members.profile import More
from community.kit.languages import gettext, ngettext, number, percent, translate
from community.kit.words import N_

FEWEST = 3
"""Of fewer agreed exchanges nothing is said of how reliably."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of how somebody deals; ``of`` says out of how many."""

    label: str
    shown: str
    of: str = ""
    is_role: bool = False


def dealing(more: More | None) -> tuple[Line, ...]:
    """How a member deals, in lines; nothing where they never did.

    ``more`` is what was asked with their page; elsewhere it is not known.
    """
    return tuple(_roles(roles.of_more(more))) if more is not None else ()


def _roles(dealt: Dealt) -> Iterator[Line]:
    for label, back, role in (
        (N_("As provider"), N_("People who came back"), dealt.provider),
        (N_("As receiver"), N_("People they went back to"), dealt.receiver),
    ):
        if role.completed:
            done = ngettext("%(done)s exchange", "%(done)s exchanges", role.completed)
            yield Line(translate(label), done % {"done": number(role.completed)}, is_role=True)
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
