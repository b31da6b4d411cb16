"""What all pages of the staff share: who may enter a room, and whom they name."""

from collections.abc import Collection

from flask import request
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from community.activity.members.models import Member
from community.kit.db import db
from community.kit.faces import small_photo
from community.kit.text import line
from community.kit.words import Words
from community.web.recognised import PERSON, Face


def only_if(why_not: Words | None) -> None:
    """Refuse the page with 403 where a right says no."""
    if why_not is not None:
        raise Forbidden


def asked(name: str, most: int) -> str:
    """What the address asks for under this name, on one line."""
    return line(request.args.get(name, ""), most)


def faces(ids: Collection[int]) -> dict[int, Face]:
    """Those of these members who are still here, by their ids, as staff see them."""
    if not ids:
        return {}
    rows = db.session.execute(select(*PERSON).where(Member.id.in_(ids), Member.erased_at.is_(None)))
    return {row.member_id: Face(row.handle, row.name, small_photo(row.photo)) for row in rows}
