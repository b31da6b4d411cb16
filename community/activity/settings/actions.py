"""What a member does in their settings: tell, show, choose, leave; and what staff erase on request."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from community.activity.accounts.models import (
    Account,
    Invitation,
    Passkey,
    SignIn,
    SignUp,
)
from community.activity.members.models import (
    FormerHandle,
    Identity,
    Member,
    MemberLink,
    MemberTag,
    MemberWord,
)
from community.activity.members.queries import forgetting
from community.activity.members.rules import (
    HANDLE_IS_TAKEN,
    NOBODY,
    PARTS,
    completeness,
    found_under,
    why_not_handle,
)
from community.activity.settings import erasures, queries, rules
from community.activity.settings.rules import Told
from community.kit import additions, clock, dialects, pictures, search, text
from community.kit.after import after_commit
from community.kit.cache import cache
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused, refuse_if
from community.kit.words import N_
from community.ledger import audit
from community.ledger.models import Event, Subject
from community.ledger.record import record


class Changed(Exception):
    """What was to be overwritten is no longer what its writer saw; carries what stands now."""

    def __init__(self, now: Told) -> None:
        super().__init__("changed meanwhile")
        self.now = now


# ---- telling ----


def tell(member_id: int, told: Told, seen: str) -> Member:
    """Keep what a member tells of themselves, if it replaces what they saw. Raises Changed.

    The member's row is locked first, so that of two who save at the same time the second is told.
    """
    member = _locked(member_id)
    now = queries.told_by(member)
    if now.version != seen:
        raise Changed(now)
    if told.handle != member.handle:
        _rename(member, told.handle)
    member.name, member.name_key = told.name, search.key(told.name)
    member.headline = told.headline or None
    if told.background != (member.background or ""):
        member.background = told.background or None
        member.background_html = text.markdown(told.background) if told.background else None
    member.place = told.place or None
    _replace_tags(member, told)
    if told.links != now.links:
        member.links = [MemberLink(label=label, url=url) for label, url in told.links]
    _find_under(member)
    db.session.flush()
    _note_progress(member)
    after_commit(cache.clear)
    return member


def _note_progress(member: Member) -> None:
    """Write down how much of their page a member has told, where that is not what it was."""
    percent = completeness(member).percent
    mine = (Event.actor == member.id, Event.kind == "profile.told", Event.voided_at.is_(None))
    last = select(Event.value).where(*mine).order_by(Event.happened_at.desc(), Event.id.desc())
    if db.session.scalar(last.limit(1)) != percent:
        record("profile.told", member, value=percent)


def _rename(member: Member, handle: str) -> None:
    taken = queries.is_handle_taken(handle, member.id)
    refuse_if(why_not_handle(handle, is_taken=taken))
    mine = FormerHandle.member_id == member.id
    kept = select(FormerHandle.handle).where(mine).order_by(FormerHandle.left_at.desc())
    too_many = db.session.scalars(kept.offset(rules.MOST_FORMER_HANDLES - 1)).all()
    db.session.execute(delete(FormerHandle).where(FormerHandle.handle.in_([handle, *too_many])))
    db.session.add(FormerHandle(handle=member.handle, member_id=member.id, left_at=clock.now()))
    member.handle = handle
    try:
        db.session.flush()
    except IntegrityError as error:
        # Somebody took it since it was looked up.
        raise Refused(HANDLE_IS_TAKEN) from error


def _replace_tags(member: Member, told: Told) -> None:
    for kind, wanted in (("language", told.languages), ("interest", told.interests)):
        had = tuple((tag.value, tag.label) for tag in member.tags if tag.kind == kind)
        if had == wanted:
            continue
        # The old ones go before the new ones come, for the same tag may be among both.
        member.tags = [tag for tag in member.tags if tag.kind != kind]
        db.session.flush()
        member.tags += [MemberTag(kind=kind, value=v, label=label) for v, label in wanted]


def _find_under(member: Member) -> None:
    """Keep the words by which a member is found in step with name, handle and place."""
    wanted = set(found_under(member.name, member.handle, member.place))
    mine = MemberWord.member_id == member.id
    had = set(db.session.scalars(select(MemberWord.word).where(mine)))
    if had - wanted:
        db.session.execute(delete(MemberWord).where(mine, MemberWord.word.in_(had - wanted)))
    db.session.add_all(MemberWord(word=w, member_id=member.id) for w in sorted(wanted - had))


def show_photo(member_id: int, photo: dict[int, bytes]) -> Member:
    """Give a member the photo whose squares these are, in place of the one they had."""
    member = _locked(member_id)
    folder = media()
    key = pictures.keep(folder, photo)
    _drop_photo(member)
    member.photo = key
    db.session.flush()
    _note_progress(member)
    after_commit(cache.clear)
    return member


def hide_photo(member_id: int) -> None:
    """Take a member's photo away; it is no mistake when there is none."""
    member = _locked(member_id)
    _drop_photo(member)
    member.photo = None
    after_commit(cache.clear)


def _drop_photo(member: Member) -> None:
    if member.photo:
        folder, key = media(), member.photo
        after_commit(lambda: pictures.remove(folder, key))


def media() -> Path:
    """The folder of photos."""
    return Path(current_app.config["DATA_DIR"]) / "media"


def sweep_photos() -> int:
    """Remove files that belong to no photo on show, left where a machine died midway; how many."""
    left = pictures.orphans(media(), queries.photos_in_use())
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


# ---- choosing ----


def choose_sight(member_id: int, **sees: int) -> None:
    """Say who sees the parts of one's page."""
    member = _locked(member_id)
    for part in PARTS:
        setattr(member, f"sees_{part}", sees[part])
    after_commit(cache.clear)


def choose_reading(member_id: int, language: str, time_zone: str, scheme: str) -> None:
    """Choose the language, the time zone and the colours of the site."""
    member = _locked(member_id)
    member.language = language or None
    member.time_zone = time_zone or None
    member.scheme = scheme or None


def choose_letters(member_id: int, letters: int) -> None:
    """Choose which letters to get; wanting fewer is written down, for those who write them."""
    member = _locked(member_id)
    if letters < member.letters:
        record("letters.declined", member, value=letters)
    member.letters = letters


# ---- leaving ----


def leave(member_id: int, why: str = "") -> Member:
    """Let a member go for good, leaving nothing that names them; why is one of ``rules.WHYS`` or empty."""
    admins = _locked_admins()
    member = _locked(member_id)
    refuse_if(rules.why_not_leave(member, other_admins=len(admins - {member.id})))
    audit.note(member.id, "member.left", member.id, why)
    return _erase(member)


def erase(member: Member, by: Member, reason: str, second: Member | None = None) -> Member:
    """Erase a member who asked for it: an admin, with a reason and, where there is one, a second."""
    admins = _locked_admins()
    member = _locked(member.id)
    staff = queries.others_on(("manager", "leader", "admin"), (member.id, by.id))
    refuse_if(
        rules.why_not_erase(
            member,
            by,
            reason,
            second,
            other_admins=len(admins - {member.id}),
            other_staff=staff,
        )
    )
    audit.note(by.id, "member.erased", member.id, reason.strip(), second=second and second.id)
    return _erase(member)


def replay_erasures(path: Path) -> int:
    """Erase again those who were erased after the backup that was just restored; how many.

    Whoever the log names by id and day of joining and who is still here with a name goes as they
    went then. Those who joined after the backup are not there, and nobody else is touched.
    """
    again = 0
    for told in erasures.read(path):
        member = db.session.get(Member, told.member_id, with_for_update=True)
        if member is None or member.joined_at != told.joined_at or member.erased_at is not None:
            continue
        _erase(member)
        member.erased_at = told.erased_at
        again += 1
    db.session.flush()
    return again


def log_erasures() -> int:
    """Write to the log of erasures whoever is missing from it; how many.

    Done after each erasure; a job does it again, should the machine have died in between.
    """
    erased = db.session.execute(
        select(Member.id, Member.joined_at, Member.erased_at).where(Member.erased_at.is_not(None))
    )
    path = erasures.log_of(current_app.config["DATA_DIR"])
    return erasures.add_missing(path, [erasures.Erasure(*row) for row in erased])


FORGETTING = "forgetting"
"""Where rooms further up add how they forget a member."""


def _erase(member: Member) -> Member:
    """Take away all that names a member: what happened stays, with a member who is no more."""
    now = clock.now()
    before = queries.told_by(member)
    emails = _emails(member.id)
    _drop_photo(member)
    _drop_account(member.id)
    _drop_letters(emails, before)
    _forget_identities(member.id)
    db.session.execute(
        update(Subject).where(Subject.owner == member.id).values(title=None, html=None)
    )
    for model in (MemberTag, MemberLink, MemberWord, FormerHandle):
        db.session.execute(delete(model).where(model.member_id == member.id))
    for forget in additions.at(FORGETTING):
        forget(member.id)
    member.handle = f"gone-{secrets.token_hex(4)}"
    member.name, member.name_key, member.role, member.erased_at = "", "", "member", now
    for column in ("photo", "headline", "background", "background_html", "place"):
        setattr(member, column, None)
    for column in ("language", "time_zone", "scheme", "claimed_at"):
        setattr(member, column, None)
    for part in PARTS:
        setattr(member, f"sees_{part}", NOBODY)
    db.session.flush()
    db.session.expire(member, ["tags", "links"])
    _afterwards(erasures.Erasure(member.id, member.joined_at, now))
    return member


def _afterwards(erasure: erasures.Erasure) -> None:
    path, engine = erasures.log_of(current_app.config["DATA_DIR"]), db.engine
    after_commit(lambda: erasures.add_missing(path, [erasure]))
    after_commit(cache.clear)
    after_commit(lambda: dialects.wipe(engine))


def _emails(member_id: int) -> set[str]:
    asked = (
        select(Account.email).where(Account.member_id == member_id),
        select(Identity.email).where(Identity.member_id == member_id),
        select(Invitation.email).where(Invitation.member_id == member_id),
    )
    found = {email for each in asked for email in db.session.scalars(each) if email}
    return found | {email.lower() for email in found}


def _drop_account(member_id: int) -> None:
    mine = select(Account.id).where(Account.member_id == member_id).scalar_subquery()
    for statement in (
        delete(Passkey).where(Passkey.user_id == mine),
        delete(SignIn).where(SignIn.account_id == mine),
        delete(Invitation).where(Invitation.member_id == member_id),
        update(Invitation).where(Invitation.invited_by == member_id).values(invited_by=None),
        delete(Account).where(Account.member_id == member_id),
    ):
        db.session.execute(statement)


def _drop_letters(emails: Iterable[str], told: Told) -> None:
    """Letters to them go; letters already sent to others that name them keep only that they were."""
    addresses = sorted(emails)
    db.session.execute(delete(Mail).where(func.lower(Mail.address).in_(addresses)))
    db.session.execute(delete(SignUp).where(func.lower(SignUp.email).in_(addresses)))
    # A short name such as Al is a part of many words; one of two Chinese letters is not.
    name = [told.name] if len(told.name) > (3 if told.name.isascii() else 1) else []
    naming = [*name, *addresses, f"/members/{told.handle}"]
    says = (Mail.subject, Mail.text, Mail.html)
    db.session.execute(
        update(Mail)
        .where(
            Mail.sent_at.is_not(None),
            or_(*(column.contains(word, autoescape=True) for column in says for word in naming)),
        )
        .values(subject="", text="", html=None)
    )


def _forget_identities(member_id: int) -> None:
    for identity in db.session.scalars(select(Identity).where(Identity.member_id == member_id)):
        if not identity.external_id.startswith("forgotten:"):
            identity.external_id = forgetting(identity.source, identity.external_id)
        identity.email = None


def _locked(member_id: int) -> Member:
    """The member as they stand now, whom nobody else changes before this transaction ends."""
    member = db.session.get(Member, member_id, with_for_update=True, populate_existing=True)
    if member is None or member.erased_at is not None:
        raise Refused(N_("This member has left already."))
    db.session.expire(member, ["tags", "links"])
    return member


def _locked_admins() -> set[int]:
    """The admins there are; locked, so that the last two can't leave at the same time."""
    return set(
        db.session.scalars(
            select(Member.id)
            .where(Member.role == "admin", Member.erased_at.is_(None))
            .order_by(Member.id)
            .with_for_update()
        )
    )
