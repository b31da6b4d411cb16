"""What may be read about members, and by whom."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app, g
from flask_login import current_user
from sqlalchemy import select

from community.activity.members.models import Identity
from community.kit.db import db
from community.kit.faces import Pictured


@dataclass(frozen=True, slots=True)
class Viewer(Pictured):
    """The member who is reading this page."""

    id: int
    handle: str
    name: str
    role: str
    photo: str | None
    language: str | None
    time_zone: str | None
    scheme: str | None

    @classmethod
    def of(cls, row: Any) -> "Viewer":
        """The reader whom a member, or a row with a member's columns, tells of."""
        return cls(
            row.id,
            row.handle,
            row.name,
            row.role,
            row.photo,
            row.language,
            row.time_zone,
            row.scheme,
        )

    @property
    def is_staff(self) -> bool:
        """Whether they look after the community in some role."""
        return self.role != "member"


def present_viewer() -> Viewer | None:
    """Who is reading this page; None for a visitor."""
    if "viewer" not in g:
        g.viewer = getattr(current_user, "viewer", None)
    viewer: Viewer | None = g.viewer
    return viewer


def forgetting(source: str, external_id: str) -> str:
    """What is kept of an outside id once its member was erased: a keyed hash that names nobody.

    The key hangs on the password salt, which unlike ``SECRET_KEY`` is never changed.
    """
    key = str(current_app.config["SECURITY_PASSWORD_SALT"]).encode() + b" forgotten"
    told = f"{source}\0{external_id}".encode()
    return f"forgotten:{hmac.new(key, told, hashlib.sha256).hexdigest()}"


def forgotten(source: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Those of a source's ids whose members were erased, with the id of the member who is no more.

    An import asks this for every batch: it writes neither name nor text of these people, and
    attributes what happened to the member that is left.
    """
    hashes = {forgetting(source, external_id): external_id for external_id in external_ids}
    asked, found = list(hashes), {}
    for start in range(0, len(asked), 500):
        rows = db.session.execute(
            select(Identity.external_id, Identity.member_id).where(
                Identity.source == source,
                Identity.external_id.in_(asked[start : start + 500]),
            )
        )
        found |= {hashes[row.external_id]: row.member_id for row in rows}
    return found
