"""Pages about who relates to whom: a member's people as a picture, and how one knows them."""

from typing import Any

from flask import render_template
from sqlalchemy import select

from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.activity.members.rules import can_see
from community.graph import looking
from community.graph.picture import MOST, picture
from community.kit.db import connection
from community.kit.fragments import fragment
from community.kit.pages import Pages, found
from community.web.people import Face, M, hidden_from, people_of, ties_now

bp = Pages("relations", __name__)
MOST_TRIES = 20
"""How often another way is looked for where one leads over somebody who may not be seen."""


@bp.route("/members/<handle>/people", public=True)
def people(handle):
    """The people of a member, the closest nearest, and how the reader knows them."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    found(can_see(viewer, member, "timeline") or None)
    ties = ties_now()
    seen = people_of(ties, member.id, viewer, MOST)
    return render_template(
        "relations/people.html",
        member=member,
        is_own=viewer is not None and viewer.id == member.id,
        drawn=picture(seen.near, member.id, seen.circle_of) if seen.others else None,
        faces=seen.faces,
        rows=seen.others,
        way=way_to(ties, viewer, member.id) if ties is not None else None,
    )


def beside(member, viewer):
    """The way to a member's people, from beside them on their page."""
    if not can_see(viewer, member, "timeline"):
        return ""
    is_own = viewer is not None and viewer.id == member.id
    return fragment("relations/_beside.html", handle=member.handle, is_own=is_own)


def way_to(ties, viewer, member_id) -> list[Any] | None:
    """The shortest trusted way from the reader to a member, through people whom they may see."""
    if viewer is None or viewer.id == member_id:
        return None
    hidden: set[int] = set()
    for _ in range(MOST_TRIES):
        path = looking.path_between(ties, viewer.id, member_id, hidden)
        if path is None:
            return []
        asked = select(M.id, M.handle, M.name, M.photo)
        rows = connection().execute(asked.where(M.id.in_(path), ~hidden_from(viewer)))
        seen = {row.id: Face(*row, None) for row in rows}
        if len(seen) == len(path):
            return [seen[id] for id in path]
        # To ask who is hidden at all would read every member.
        hidden |= set(path) - set(seen)
    return None
