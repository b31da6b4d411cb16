"""Letters about references: that somebody wrote one, or that staff took one off."""

from sqlalchemy import select

from community.activity.accounts import letters
from community.activity.accounts.letters import Letter
from community.activity.accounts.models import Account
from community.activity.exchanges.references.models import Reference
from community.activity.members.models import NOBODY, WHAT_WAITS, Member
from community.kit.catalog import catalog
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.words import N_

LETTERS = catalog(
    Letter(
        "written",
        N_("%(name)s says how they know you"),
        (N_("It stands on your page, among what people say who know you."),),
        N_("Read it"),
        (N_("You can hide it there at any time."),),
    ),
    Letter(
        "removed",
        N_("What you said of %(name)s was taken off"),
        (
            N_("Those who look after the place took it off, for this reason:"),
            N_("%(reason)s"),
        ),
        N_("See it"),
        (N_("If you think this is wrong, write to them."),),
    ),
)


def tell(what: str, reference: Reference) -> None:
    """Write to the one whom it concerns, if they want such letters; of a pair once."""
    reader, other = reference.about_id, reference.author_id
    if what == "removed":
        reader, other = other, reader
    row = db.session.execute(
        select(Member.letters, Member.language, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == reader, Member.erased_at.is_(None))
    ).one_or_none()
    key = f"reference:{what}:{reference.author_id}:{reference.about_id}:{_version(what, reference)}"
    is_known = db.session.scalar(select(Mail.id).where(Mail.key == key)) is not None
    if row is None or row.letters < WHAT_WAITS or is_known:
        return
    about = db.session.get_one(Member, reference.about_id)
    url = letters.address_of("references.index", handle=about.handle)
    named = db.session.get_one(Member, other)
    name = N_("A member") if named.sees_profile >= NOBODY else named.name
    reason = reference.removed_for or ""
    letters.write(LETTERS[what], row.email, row.language, url, key, name=name, reason=reason)


def _version(what: str, reference: Reference) -> int:
    """Being taken off is told each time, being written once."""
    return reference.event_id or 0 if what == "removed" else 0
