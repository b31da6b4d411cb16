"""What may be read about members, and by whom."""

from dataclasses import dataclass

from flask import g
from flask_login import current_user


@dataclass(frozen=True, slots=True)
class Viewer:
    """The member who is reading this page."""

    id: int
    handle: str
    name: str
    role: str
    photo: str | None
    language: str | None
    time_zone: str | None
    scheme: str | None

    @property
    def photo_url(self) -> str | None:
        """Where their photo is, or None when they have none."""
        return f"/media/{self.photo}-96.webp" if self.photo else None

    @property
    def is_staff(self) -> bool:
        """Whether they look after the community in some role."""
        return self.role != "member"


def present_viewer() -> Viewer | None:
    """Who is reading this page; None for a visitor."""
    if "viewer" not in g:
        member = current_user.member if current_user.is_authenticated else None
        g.viewer = member and Viewer(
            member.id,
            member.handle,
            member.name,
            member.role,
            member.photo,
            member.language,
            member.time_zone,
            member.scheme,
        )
    viewer: Viewer | None = g.viewer
    return viewer
