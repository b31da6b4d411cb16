"""Badges as the managers of the demo town fitted them to a small place, and one that they gave by hand."""

from sqlalchemy import select

from community.activity.members.models import Member
from community.kit.db import db
from community.standing import by_hand, rulebook

FITTED = {
    "helper": {
        "all": [
            {"metric": "answers_accepted", "at_least": 2},
            {"metric": "thanks_received", "at_least": 4},
        ]
    },
    "local-guide": {
        "all": [
            {"metric": "guides_written", "at_least": 1},
            {"metric": "guide_readers", "at_least": 3, "keep": 2},
        ]
    },
}
NOTE = "Fitted to a small town: we have fewer questions and guides than a city."
REASON = "Kept the tool library open all through the winter, on her own, every Saturday."


def fit(manager: str, second: str, pillar: str) -> None:
    """Publish the rules that fit a small town, and give the badge for what no rule can see.

    The people are told by their handles. Nothing is done where one of them is not there.
    """
    asked = select(Member).where(Member.handle.in_([manager, second, pillar]))
    people = {member.handle: member for member in db.session.scalars(asked)}
    if len(people) < 3:
        return
    for name, rule in FITTED.items():
        told = dict(rulebook.history(name)[0].told)
        rulebook.put(told | {"rule": rule}, people[manager].id, NOTE, is_published=True)
    badge = rulebook.find("pillar")
    if badge is not None:
        case = by_hand.propose(badge.badge, people[pillar], people[manager], REASON)
        by_hand.agree(case, people[second])
