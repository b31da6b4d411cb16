"""Pages about members."""

from dataclasses import fields, replace
from typing import NamedTuple
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from markupsafe import Markup

from community.activity.members import directory as finding
from community.activity.members import profile, telling
from community.activity.members.queries import present_viewer
from community.activity.members.rules import can_see, sights
from community.kit import additions, languages, marks, tongues
from community.kit.fragments import fragment
from community.kit.limits import SEARCHES, limiter
from community.kit.pages import Pages, found
from community.kit.text import line
from community.kit.words import N_

bp = Pages("members", __name__)

SEARCHED = {"q", "language", "interest", "place"}
"""Questions that cost a search; they are counted."""
SORTS = {"active": N_("Recently active"), "new": N_("Newest"), "name": N_("By name")}
WHO = {
    "": N_("Everyone"),
    "home": N_("With an account"),
    "unclaimed": N_("Not moved in yet"),
    "staff": N_("Looking after the place"),
}
ROLES = {
    "manager": N_("Looks after members"),
    "leader": N_("Leads the community"),
    "admin": N_("Runs the site"),
}
OWN = {
    "offer": N_("What they offer"),
    "guide": N_("Guides they wrote"),
    "topic": N_("What they asked"),
    "answer": N_("What they answered"),
    "review": N_("What they said of others"),
}


class Choice(NamedTuple):
    """One way to narrow or order the list: its words, its address, and whether it is chosen."""

    label: str
    url: str
    is_current: bool


@bp.route("/members", public=True)
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.keys() & SEARCHED)
def directory():
    """Everyone who is here."""
    viewer, wish = present_viewer(), _wish()
    page = finding.find(wish, viewer)
    main = fragment(
        "members/_directory.html",
        wish=wish,
        people=page.people,
        newer=_again(wish, before=page.newer) if page.newer else None,
        older=_again(wish, after=page.older) if page.older else None,
        count=page.count,
        most=finding.MOST_COUNTED,
        sorts=_choices(wish, "sort", SORTS),
        who=_choices(wish, "who", WHO),
        language_name=tongues.name(wish.language, languages.language()) if wish.language else "",
        role_words=role_words,
        is_visitor=viewer is None,
    )
    return render_template("members/directory.html", main=main)


@bp.route("/members/<handle>", public=True)
def show(handle):
    """One member."""
    viewer = present_viewer()
    member = profile.of_handle(handle.lower(), viewer)
    if member is None:
        now = found(profile.handle_now(handle.lower()))
        return redirect(url_for(".show", handle=now), 301)
    is_own = viewer is not None and viewer.id == member.id
    seen_as = request.args.get("as") if is_own else None
    if seen_as in profile.AUDIENCES:
        member = profile.narrowed(member, profile.AUDIENCES[seen_as])
        viewer, is_own = (
            (None if seen_as == "visitor" else replace(viewer, id=0, role="member")),
            False,
        )
    may_see = frozenset(
        part for part in ("place", "details", "links", "timeline") if can_see(viewer, member, part)
    )
    more = profile.more_of(member.id)
    told, mark = (), None
    if "timeline" in may_see:
        sees = sights(viewer, member, is_staff=viewer is not None and viewer.is_staff)
        told, mark = telling.of_member(
            member.id, viewer, sees, marks.read(request.args.get("before", ""))
        )
    return render_template(
        "members/show.html",
        name=member.name,
        main=fragment(
            "members/_main.html",
            member=member,
            role=role_words(member.role),
            is_own=is_own,
            seen_as=seen_as,
            sees=may_see,
            more=more,
            things=_things(more) if "timeline" in may_see else (),
            told=told,
            is_continued="before" in request.args,
            older=f"/members/{member.handle}?before={marks.written(mark)}" if mark else None,
            completeness=profile.how_complete(member, more) if is_own else None,
            below=_below(member, viewer),
        ),
        beside=_beside(member, viewer, more),
    )


@bp.route("/me")
def me():
    """The way to one's own page."""
    return redirect(url_for(".show", handle=present_viewer().handle), 303)


def role_words(role):
    """What someone of this role does here; None for a member."""
    return ROLES.get(role)


SIDE = "beside a member"
"""Where rooms further up add to what stands beside a member: called with member and reader."""
BELOW = "below a member"
"""Where they add to what stands before the timeline of a member: called with member and reader."""


def _below(member, viewer):
    return Markup("").join([fill(member, viewer) for fill in additions.at(BELOW)])


def _beside(member, viewer, more):
    added = [fill(member, viewer) for fill in additions.at(SIDE)]
    figures = fragment("members/_side.html", figures=more.figures, sources=more.sources)
    return Markup("").join([*added, figures])


def _things(more):
    return tuple((type, OWN[type], things) for type, things in more.things)


def _wish():
    given = {f.name: line(request.args.get(f.name, "")[:400], 400) for f in fields(finding.Wish)}
    given["q"] = given["q"][:100]
    spoken = given["language"]
    given["language"] = (
        (tongues.find(spoken, languages.language()) or spoken.lower()[:60]) if spoken else ""
    )
    given["interest"] = given["interest"].casefold()[:60]
    given["place"] = given["place"][:120]
    if given["sort"] not in SORTS:
        given["sort"] = "active"
    return finding.Wish(**given)


def _again(wish, **changed):
    """The address of the same search with something changed; what is empty is left out."""
    kept = {
        f.name: getattr(wish, f.name) for f in fields(wish) if f.name not in ("before", "after")
    }
    kept |= changed
    asked = urlencode([(k, v) for k, v in kept.items() if v and (k, v) != ("sort", "active")])
    return f"/members?{asked}" if asked else "/members"


def _choices(wish, name, labels):
    return tuple(
        Choice(
            languages.translate(label), _again(wish, **{name: value}), getattr(wish, name) == value
        )
        for value, label in labels.items()
    )
