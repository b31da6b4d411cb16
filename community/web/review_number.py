"""The rating on show above the reviews of a member: in stars, with its band and its count."""

from markupsafe import Markup
from sqlalchemy import select

from community.kit.db import connection
from community.kit.fragments import fragment
from community.kit.languages import number
from community.standing.models import Standing


def above(member_id: int) -> Markup | str:
    """What stands above a member's reviews; nothing before there is a rating."""
    asked = select(Standing.__table__.c.stars).where(Standing.member_id == member_id)
    stars = connection().execute(asked).scalar_one_or_none()
    if not stars:
        return ""
    value, low, high = (number(round(part, 1)) for part in stars[:3])
    return fragment("reviews/_number.html", value=value, low=low, high=high, many=int(stars[3]))
