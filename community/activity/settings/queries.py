"""What a member tells of themselves, their account, and which handles and photos are taken."""

from collections.abc import Iterable

from sqlalchemy import func, or_, select

from community.activity.accounts.models import Account
from community.activity.members.models import FormerHandle, Member, MemberTag
from community.activity.settings.rules import Told
from community.kit import additions, tongues
from community.kit.db import db
from community.kit.languages import language


def own(member_id: int) -> Member:
    """The member who chooses; they are signed in, so there is one."""
    member = db.session.get(Member, member_id)
    if member is None:
        raise LookupError(f"no member {member_id}")
    return member


def account_of(member_id: int) -> Account | None:
    """What a member signs in with; None for one who only came by an import."""
    return db.session.scalar(select(Account).where(Account.member_id == member_id))


def told_by(member: Member) -> Told:
    """All that a member tells of themselves at this moment."""
    return Told(
        name=member.name,
        handle=member.handle,
        headline=member.headline or "",
        background=member.background or "",
        languages=_tags(member, "language"),
        interests=_tags(member, "interest"),
        place=member.place or "",
        links=tuple((each.label, each.url) for each in member.links),
    )


def _tags(member: Member, kind: str) -> tuple[tuple[str, str], ...]:
    return tuple((tag.value, tag.label) for tag in member.tags if tag.kind == kind)


def languages_of(told: Told) -> str:
    """The languages somebody told, as they would type them in the reader's language."""
    return ", ".join(tongues.name(code, language()) for code, _ in told.languages)


def is_handle_taken(handle: str, member_id: int) -> bool:
    """Whether a handle is, or was, somebody else's."""
    now_theirs = select(Member.id).where(Member.handle == handle, Member.id != member_id)
    once_theirs = select(FormerHandle.member_id).where(
        FormerHandle.handle == handle, FormerHandle.member_id != member_id
    )
    return bool(db.session.scalar(select(or_(now_theirs.exists(), once_theirs.exists()))))


def who_had(handle: str) -> str | None:
    """The present handle of the member who once had this one."""
    return db.session.scalar(
        select(Member.handle)
        .join(FormerHandle, FormerHandle.member_id == Member.id)
        .where(FormerHandle.handle == handle)
    )


PHOTOS = "photos in use"
"""Where rooms further up add the keys of photos that they show: called with nothing."""


def photos_in_use() -> set[str]:
    """The keys of all photos that are shown: those of members, and those of rooms further up."""
    found = set(db.session.scalars(select(Member.photo).where(Member.photo.is_not(None))))
    return found.union(*(keys() for keys in additions.at(PHOTOS)))


def others_on(roles: Iterable[str], beside: Iterable[int]) -> int:
    """How many members have one of these roles, beside the ones named."""
    return db.session.scalars(
        select(func.count())
        .select_from(Member)
        .where(
            Member.role.in_(list(roles)),
            Member.erased_at.is_(None),
            Member.id.not_in(list(beside)),
        )
    ).one()


def interests_of(told: Told) -> str:
    """The interests somebody told, as they would type them."""
    return ", ".join(label for _, label in told.interests)


def tags_for(member_id: int, told: Told) -> list[MemberTag]:
    """The tags that carry the languages and interests somebody tells."""
    both = (("language", told.languages), ("interest", told.interests))
    return [
        MemberTag(member_id=member_id, kind=kind, value=value, label=label)
        for kind, tags in both
        for value, label in tags
    ]
