"""Pages about who relates to whom: a member's people as a picture, and how one knows them."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from sqlalchemy import select

from community.activity.members import profile
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.activity.members.rules import audience, can_see
from community.graph import kept, looking
from community.graph.picture import picture
from community.kit.db import connection
from community.kit.languages import gettext
from community.kit.pages import Pages, found
from community.kit.words import N_
from community.standing.models import Standing

bp = Pages("relations", __name__)
M, S = Member.__table__.c, Standing.__table__.c
CLOSE = (
    (6.0, N_("very close")),
    (3.0, N_("close")),
    (1.0, N_("in touch")),
    (0.0, N_("met")),
)
"""From which strength of a tie on it is called so."""


@dataclass(frozen=True, slots=True)
class Face:
    """Somebody in a picture, as far as the reader may know them."""

    id: int
    handle: str
    name: str
    photo: str | None
    circle: int | None

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return f"/media/{self.photo}-96.webp" if self.photo else None


@bp.route("/members/<handle>/people", public=True)
def people(handle):
    """The people of a member, the closest nearest, and how the reader knows them."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    found(can_see(viewer, member, "timeline") or None)
    ties = kept.kept(current_app.config["DATA_DIR"] / kept.FOLDER)
    near = looking.around(ties, member.id) if ties is not None else None
    faces = _faces(near, viewer) if near is not None else {}
    drawn = picture(near.subgraph([*faces]), member.id, _circles(faces)) if faces else None
    return render_template(
        "relations/people.html",
        member=member,
        is_own=viewer is not None and viewer.id == member.id,
        drawn=drawn,
        faces=faces,
        rows=_rows(near, member.id, faces) if faces else (),
        way=_way(ties, viewer, member.id) if ties is not None else None,
    )


def _faces(near, viewer):
    """Those in a picture whom the reader may see, by id."""
    asked = (
        select(M.id, M.handle, M.name, M.photo, S.circle)
        .outerjoin(Standing.__table__, S.member_id == M.id)
        .where(
            M.id.in_([int(id) for id in near]),
            M.erased_at.is_(None),
            (M.sees_timeline <= audience(viewer)) & (M.sees_profile <= audience(viewer))
            | (M.id == (viewer.id if viewer else 0)),
        )
    )
    return {row.id: Face(*row) for row in connection().execute(asked)}


def _circles(faces):
    return {id: face.circle for id, face in faces.items() if face.circle is not None}


def _rows(near, member_id, faces):
    """The same people as a list, the closest first, each with a word for the tie."""
    told = []
    for id in sorted(
        near, key=lambda id: (near.nodes[id]["step"], -near.nodes[id]["closeness"], id)
    ):
        if id == member_id or id not in faces:
            continue
        node = near.nodes[id]
        if node["step"] == 1:
            words = next(words for bar, words in CLOSE if node["closeness"] >= bar)
            told.append((faces[id], gettext(words.text)))
        else:
            told.append((faces[id], gettext("through others")))
    return told


def _way(ties, viewer, member_id) -> list[Any] | None:
    """The shortest trusted way from the reader to a member, through people whom they may see."""
    if viewer is None or viewer.id == member_id:
        return None
    hidden = connection().scalars(
        select(M.id).where(M.erased_at.is_(None), M.sees_timeline > audience(viewer))
    )
    path = looking.path_between(ties, viewer.id, member_id, set(hidden) - {viewer.id, member_id})
    if path is None:
        return []
    asked = select(M.id, M.handle, M.name, M.photo).where(M.id.in_(path))
    by_id = {row.id: Face(*row, None) for row in connection().execute(asked)}
    return [by_id[id] for id in path if id in by_id]
