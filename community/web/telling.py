"""How the staff's pages say what happened: acts of the staff, counts of imports."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from community.activity.exchanges.offers import kinds
from community.kit.languages import gettext, number, translate
from community.kit.words import N_, Words

ROLES = {
    "member": N_("member"),
    "manager": N_("manager"),
    "leader": N_("leader"),
    "admin": N_("admin"),
}
ACTS = {
    "role.given": N_("%(actor)s gave %(about)s the role of %(role)s, in place of %(before)s"),
    "role.begun": N_("%(actor)s gave %(about)s the role of %(role)s"),
    "member.invited": N_("%(actor)s invited %(about)s to move in"),
    "invitation.taken_back": N_("%(actor)s took an invitation back"),
    "member.erased": N_("%(actor)s erased %(about)s on request"),
    "member.erased_by_two": N_("%(actor)s and %(second)s erased %(about)s on request"),
    "member.left": N_("%(actor)s left"),
    "member.vouched_for": N_("%(actor)s vouched for %(about)s"),
    "vouching.taken_back": N_("%(actor)s took back that somebody vouches for %(about)s"),
    "case.closed": N_("%(actor)s closed a case about %(about)s"),
    "case.closed_of_many": N_("%(actor)s closed a case about several members"),
    "case.reopened": N_("%(actor)s opened a case about %(about)s again"),
    "badge.proposed": N_("%(actor)s proposed to give %(about)s the badge %(badge)s"),
    "badge.given": N_("%(actor)s gave %(about)s the badge %(badge)s, and %(second)s agreed"),
    "badge.declined": N_("%(actor)s declined to give %(about)s the badge %(badge)s"),
    "badge.taken": N_("%(actor)s took the badge %(badge)s back from %(about)s"),
    "badge.published": N_("%(actor)s published a version of the badge %(badge)s"),
    "badge.retired": N_("%(actor)s retired the badge %(badge)s"),
    "ranking.changed": N_("%(actor)s changed how offers are ranked"),
    "reference.removed": N_("%(actor)s took off what %(about)s said of somebody"),
    "reference.put_back": N_("%(actor)s put back what %(about)s said of somebody"),
    "offer.closed": N_("%(actor)s closed an offer or a wish of %(about)s"),
    "offer.kept_closed": N_("%(actor)s left an offer or a wish of %(about)s closed"),
    "offer.reopened": N_("%(actor)s opened an offer or a wish of %(about)s again"),
    "review.kept": N_("%(actor)s left a review about %(about)s as it is"),
    "review.removed": N_("%(actor)s removed a review about %(about)s"),
    "review.reinstated": N_("%(actor)s let a review about %(about)s stand again"),
    "kind.added": N_("%(actor)s added the kind of offers “%(kind)s”"),
    "kind.changed": N_("%(actor)s changed the kind of offers “%(kind)s”"),
    "kind.retired": N_("%(actor)s retired the kind of offers “%(kind)s”"),
    "kind.brought_back": N_("%(actor)s brought the kind of offers “%(kind)s” back"),
    "excuse.made": N_("%(actor)s excused what nobody could help"),
    "excuse.withdrawn": N_("%(actor)s took an excuse back"),
    "exchange.read": N_("%(actor)s read an exchange that %(about)s complained of"),
    "case.reopened_of_many": N_("%(actor)s opened a case about several members again"),
}
COUNTS = {
    "members": N_("Members"),
    "events": N_("Things that happened"),
    "figures": N_("Figures"),
    "offers": N_("Offers"),
    "exchanges": N_("Exchanges"),
    "reviews": N_("Reviews"),
    "topics": N_("Questions"),
    "answers": N_("Answers"),
    "comments": N_("Comments"),
    "gatherings": N_("Gatherings"),
    "guides": N_("Guides"),
    "pages": N_("Pages"),
}
READ = ("rows", "known", "rejected")
"""Counts that say how the rows were read, and not what they brought."""
LEFT_OUT = "left out: "

People = Mapping[int, tuple[str, str]]
"""Handle and name by id of whoever is spoken of."""


def spoken_of(rows: Iterable[Any]) -> set[int]:
    """The ids of everyone in these acts."""
    return {id for row in rows for id in (row.actor, row.about, _second(row)) if id is not None}


def act(row: Any, people: People) -> Markup:
    """What staff did as a sentence, with everyone in it as a link."""
    details = _details(row)
    name = _name(row.act, details)
    if name not in ACTS:
        return escape(f"{row.act} {row.details}")
    told = {
        "actor": _linked(row.actor, people) or gettext("The command line"),
        "about": _linked(row.about, people) or gettext("someone"),
        "second": _linked(_second(row), people) or gettext("someone"),
        "role": _role(details.get("role")),
        "before": _role(details.get("before")),
        "badge": _badge(str(details.get("badge", ""))),
        "kind": escape(translate(kinds.words(str(details.get("kind", ""))))),
    }
    return Markup(gettext(ACTS[name].text)) % told  # noqa: S704 - the catalog's own text


def since(now: int, before: int) -> dict[str, str]:
    """How a number of this week moved against the week before."""
    way = "up" if now > before else "down" if now < before else "same"
    said = N_("%(before)s in the seven days before", before=number(before))
    return {"way": way, "text": translate(said)}


def brought(counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What an import brought, each with what it is called."""
    return [
        (translate(COUNTS.get(name, name)), many)
        for name, many in counts.items()
        if isinstance(many, int) and name not in READ and not name.startswith(LEFT_OUT)
    ]


def left_out(counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What an import left out as of no use here, in the words of its source."""
    return [
        (name.removeprefix(LEFT_OUT), many)
        for name, many in counts.items()
        if isinstance(many, int) and name.startswith(LEFT_OUT)
    ]


def _details(row: Any) -> dict[str, Any]:
    try:
        details = json.loads(row.details)
    except ValueError:
        return {}
    return details if isinstance(details, dict) else {}


def _name(act: str, details: Mapping[str, Any]) -> str:
    if act == "role.given" and not details.get("before"):
        return "role.begun"
    if act == "member.erased" and details.get("second"):
        return "member.erased_by_two"
    if act.startswith("case.") and details.get("kind") == "ring":
        return f"{act}_of_many"
    return act


def _badge(name: str) -> Markup:
    return Markup('<a href="/badges/{}">{}</a>').format(name, name.replace("-", " "))


def _second(row: Any) -> int | None:
    second = _details(row).get("second")
    return second if isinstance(second, int) else None


def _role(name: Any) -> str:
    words: Words | str = ROLES.get(str(name), str(name))
    return translate(words)


def _linked(id: int | None, people: People) -> Markup | str | None:
    if id is None:
        return None
    handle, name = people.get(id, ("", ""))
    if not name:
        return gettext("a former member")
    return Markup('<a href="{}">{}</a>').format(url_for("members.show", handle=handle), name)
