"""A member's network to explore: a page with everyone as a list, and the picture's data as JSON."""

from flask import jsonify, render_template

from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.activity.members.rules import can_see
from community.graph.layout import layout, lines
from community.kit.limits import SEARCHES, limiter
from community.kit.pages import Pages, found
from community.web.drawings import initials
from community.web.people import people_of, ties_now

bp = Pages("exploring", __name__)
MOST = 400
"""People around a member, at most."""


@bp.route("/members/<handle>/people/explore", public=True)
@limiter.limit(SEARCHES)
def explore(handle):
    """Everyone up to two steps from a member, as a list and, where there is a script, a picture."""
    viewer, member, seen = _asked(handle)
    return render_template(
        "relations/explore.html",
        member=member,
        is_own=viewer is not None and viewer.id == member.id,
        rows=seen.others,
        circles=seen.circles,
    )


@bp.route("/members/<handle>/people.json", public=True)
@limiter.limit(SEARCHES)
def people_as_data(handle):
    """The same people as data, with where each stands in the picture.

    ``circle`` is a place in ``circles``; a tie is the places of two in ``people``, the member
    first, and its strength from 0 to 1.
    """
    _, member, seen = _asked(handle)
    drawn = lines(seen.near, member.id)
    spots = layout(seen.near, member.id, seen.circle_of, drawn)
    place = {row.face.id: at for at, row in enumerate(seen.rows)}
    return jsonify(
        circles=[{"words": circle.words, "count": circle.count} for circle in seen.circles],
        people=[_person(row, spots[row.face.id]) for row in seen.rows],
        ties=[(place[a], place[b], strength) for a, b, strength in drawn],
    )


def _asked(handle):
    """Who reads, whose people they ask for, and those of them whom they may see."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    found(can_see(viewer, member, "timeline") or None)
    return viewer, member, people_of(ties_now(), member.id, viewer, MOST)


def _person(row, spot):
    face = row.face
    return {
        "handle": face.handle,
        "name": face.name,
        "initials": initials(face.name) or initials(face.handle),
        "photo": face.photo_url,
        "page": f"/members/{face.handle}",
        "step": row.step,
        "closeness": row.closeness,
        "words": row.words,
        "circle": row.circle,
        "x": spot[0],
        "y": spot[1],
    }
