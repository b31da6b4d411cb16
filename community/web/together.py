"""The page of two: the reader and another member, what is between them and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from flask import redirect, render_template, request, url_for

from community.activity.exchanges import pair_health, pair_rules, pairs
from community.activity.exchanges.pair_rules import Pair
from community.activity.exchanges.pairs import Between
from community.activity.exchanges.references import queries as references
from community.activity.exchanges.references import rules
from community.activity.members import profile, telling
from community.activity.members.profile import Profile
from community.activity.members.queries import Viewer, present_viewer
from community.activity.members.rules import can_see
from community.graph.picture import share
from community.graph.ties import Ties
from community.kit import clock, marks
from community.kit.fragments import fragment
from community.kit.languages import day
from community.kit.pages import Pages, found
from community.kit.words import N_, Words
from community.web.people import CLOSE, ties_now
from community.web.relations import way_to

bp = Pages("together", __name__)

LONG_AGO = timedelta(days=60)
"""After how long without an exchange it is said when the last one was."""


@dataclass(frozen=True, slots=True)
class Tie:
    """How strong the tie of two is: from 0 to 1, and in words."""

    share: float
    words: Words


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing that would make sense, and where it is done."""

    words: Words
    label: Words
    url: str


@bp.route("/members/<handle>/together")
def show(handle):
    """The reader and another member: what is between them."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    if member.id == viewer.id:
        return redirect(url_for("relations.people", handle=viewer.handle), 303)
    ties, now = ties_now(), clock.now()
    before = marks.read(request.args.get("before", ""))
    deals = pairs.between(viewer.id, member.id)
    past = pairs.happened(viewer.id, member.id, before)
    said = references.between(viewer.id, member.id)
    offers = pairs.offers_of(member.id)
    dealt = pair_health.dealings_of(viewer.id, member.id, now)
    between = Pair(dealt, [row.at for row in said])
    older = marks.written(past.older) if past.older else None
    return render_template(
        "relations/together.html",
        member=member,
        tie=tie_of(ties, viewer.id, member.id),
        way=_way(ties, viewer, member) if not past.ids else None,
        past=past,
        told=telling.of_events(past.ids, viewer),
        is_continued=before is not None,
        older=url_for(".show", handle=member.handle, before=older) if older else None,
        health=pair_rules.health(between, now),
        parts=pair_rules.parts(between, now),
        enough=pair_rules.ENOUGH,
        deals=deals,
        completed=sum(each.state == "completed" for each in deals),
        opened=open_of(deals, viewer.id, now),
        reviewed=[each for each in deals if each.has_mine or each.their_id],
        references=[(row, rules.WAYS.get(row.how, rules.WAYS["else"])) for row in said],
        step=next_step(member, viewer.id, deals, offers, said, now),
    )


def beside(member, viewer):
    """The way from a member's page to what the reader has with them."""
    if viewer is None or viewer.id in (0, member.id):
        return ""
    return fragment("relations/_together.html", handle=member.handle, name=member.name)


def below_exchange(exchange, viewer):
    """The way from an exchange to all that is between its two."""
    other = exchange.other(viewer.id) if viewer is not None else None
    if other is None or other.is_gone:
        return ""
    return fragment("relations/_together.html", handle=other.handle, name=other.name)


def tie_of(ties: Ties | None, one: int, other: int) -> Tie | None:
    """How close two are as of the last night; None where they have no good tie."""
    if ties is None:
        return None
    a, b = ties.places(np.array([one, other])).tolist()
    if min(a, b) < 0:
        return None
    key, wanted = ties.key, np.array([a, b]) * ties.members.size + np.array([b, a])
    at = np.searchsorted(key, wanted)
    weights = ties.weight[at[key.take(at, mode="clip") == wanted]]
    strength = float(weights.sum())
    if not weights.size or strength <= 0 or bool((weights < 0).any()):
        return None
    return Tie(share(strength), next(words for bar, words in CLOSE if strength >= bar))


def open_of(deals: Sequence[Between], me: int, now: datetime) -> list[tuple[Words, str]]:
    """What is open between two, each in a sentence with where it is settled."""
    found = []
    for each in deals:
        waits, url = each.waits_for_me(me), f"/exchanges/{each.id}"
        if each.unread:
            found.append(
                (N_("%(title)s: you did not read yet what they wrote", title=each.title), url)
            )
        if waits is not None:
            found.append((N_("%(title)s: %(waits)s", title=each.title, waits=waits), url))
        elif each.is_open:
            found.append((N_("%(title)s: %(state)s", title=each.title, state=each.label), url))
        if each.is_review_due(now):
            until = day(each.review_until) if each.review_until else ""
            words = N_(
                "%(title)s: you can say until %(day)s how it was", title=each.title, day=until
            )
            found.append((words, f"{url}/review"))
    return found


def next_step(
    member: Any,
    me: int,
    deals: Sequence[Between],
    offers: Sequence[Any],
    said: Sequence[Any],
    now: datetime,
) -> Step | None:
    """The next thing that would make sense; None where it is up to them."""
    for each in deals:
        url = f"/exchanges/{each.id}"
        if each.waits_for_me(me) is not None:
            words = N_("%(name)s waits for you: %(title)s.", name=member.name, title=each.title)
            return Step(words, N_("Go there"), url)
        if each.unread:
            words = N_("%(name)s wrote to you about %(title)s.", name=member.name, title=each.title)
            return Step(words, N_("Read it"), url)
    due = next((each for each in deals if each.is_review_due(now)), None)
    if due is not None:
        words = N_("Say how it was: %(title)s.", title=due.title)
        return Step(words, N_("Say how it was"), f"/exchanges/{due.id}/review")
    if any(each.is_open for each in deals):
        return None
    return _again(member, deals, offers, now) or _say_how(member, me, said)


def _way(ties: Ties | None, viewer: Viewer, member: Profile) -> list[Any] | None:
    """Over whom the reader knows a member who lets others see whom they deal with."""
    if ties is None or not can_see(viewer, member, "timeline"):
        return None
    return way_to(ties, viewer, member.id)


def _again(
    member: Any, deals: Sequence[Between], offers: Sequence[Any], now: datetime
) -> Step | None:
    last = max((each.at for each in deals if each.state == "completed"), default=None)
    if not offers or (last is not None and now - last < LONG_AGO):
        return None
    first = offers[0]
    told = {"name": member.name, "title": first.title}
    words = N_("You never dealt with each other. %(name)s offers: %(title)s.", **told)
    if last is not None:
        words = N_(
            "You have not dealt since %(day)s. %(name)s offers: %(title)s.", day=day(last), **told
        )
    return Step(words, N_("Look at it"), f"/offers/{first.id}")


def _say_how(member: Any, me: int, said: Sequence[Any]) -> Step | None:
    if member.claimed_at is None or any(row.author_id == me for row in said):
        return None
    words = N_(
        "Do you know %(name)s from outside this place? Others would like to know how.",
        name=member.name,
    )
    return Step(words, N_("Say how you know them"), f"/members/{member.handle}/references/write")
