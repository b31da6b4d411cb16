"""What people do at the door: join, come in, go, change what they come in with, move in."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime

import structlog
from flask import current_app, session
from flask_security import hash_password, verify_password
from sqlalchemy import delete, insert, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.dml import UpdateBase

from community.activity.accounts import letters, queries, rules
from community.activity.accounts.models import Account, Invitation, SignIn, SignUp
from community.activity.members.models import Member, MemberWord
from community.activity.members.rules import found_under
from community.kit import clock, languages, search, text
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.kit.words import N_, Words
from community.ledger import audit
from community.ledger.record import record, void

log = structlog.get_logger()

NO_LONGER = N_("This link is over. Ask for a new one.")
NOT_THE_PASSWORD = N_("That is not the password you chose when you asked to join.")


def ask_to_join(name: str, email: str, password: str) -> None:
    """Ask to come in: a letter goes to the address, and nothing is seen of it before it is confirmed.

    Known and unknown addresses cost the same work and differ only in what their letter says.
    """
    refuse_if(rules.why_not_name(name))
    refuse_if(why_not_password(password, name, email))
    now, token, kept = clock.now(), new_token(), hashed_password(password)
    db.session.execute(delete(SignUp).where(SignUp.expires_at <= now))
    known = queries.by_email(email)
    db.session.add(
        SignUp(
            email=email,
            name=name,
            password=kept,
            language=languages.language(),
            token_hash=queries.hashed(token),
            asked_at=now,
            expires_at=now + rules.SIGN_UP_LASTS,
        )
    )
    if known is None:
        url = letters.address_of("accounts.confirm", token=token)
        letters.write("confirm", email, languages.language(), url)
    else:
        url = letters.address_of("security.login")
        letters.write("already", known.email, known.member.language, url)


def ask_to_confirm_again(email: str) -> None:
    """Send the letter of a sign-up once more, with a new link; for others do the same work in vain."""
    token = new_token()
    known = queries.by_email(email)
    waiting = queries.sign_up_of(email)
    is_waiting = waiting is not None and known is None
    _change(
        update(SignUp)
        .where(SignUp.id == (waiting.id if waiting else 0))
        .values(token_hash=queries.hashed(token))
    )
    url = letters.address_of("accounts.confirm", token=token)
    letters.write("confirm", email if is_waiting else None, languages.language(), url)


def confirm(sign_up: SignUp, password: str) -> Account:
    """Come in: whoever has both the letter and the password becomes a member."""
    if not verify_password(normal(password), sign_up.password):
        raise Refused(NOT_THE_PASSWORD)
    if queries.by_email(sign_up.email) is not None:
        raise Refused(N_("There is a member with this address already. You can simply sign in."))
    if not _change(delete(SignUp).where(SignUp.id == sign_up.id)):
        raise Refused(NO_LONGER)
    member = new_member(sign_up.name, language=sign_up.language)
    account = new_account(member, sign_up.email, sign_up.password)
    db.session.execute(delete(SignUp).where(SignUp.email == sign_up.email))
    record("member.joined", member)
    record("contact.confirmed", member)
    return account


def new_member(name: str, *, role: str = "member", language: str | None = None) -> Member:
    """A member of this name, found under it, with a handle of their own."""
    now = clock.now()
    member = Member(
        handle=_new_handle(name),
        name=name,
        name_key=search.key(name),
        role=role,
        joined_at=now,
        active_at=now,
        claimed_at=now,
        language=language,
    )
    db.session.add(member)
    db.session.flush()
    words = found_under(name, member.handle)
    db.session.execute(
        insert(MemberWord), [{"word": word, "member_id": member.id} for word in words]
    )
    return member


def new_account(member: Member, email: str, password_hash: str | None) -> Account:
    """What a member signs in with from now on, its address confirmed."""
    now = clock.now()
    account = Account(
        member=member,
        member_id=member.id,
        email=email,
        password=password_hash,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        fs_webauthn_user_handle=uuid.uuid4().hex,
        confirmed_at=now,
        create_datetime=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def is_password_of(account: Account | None, password: str) -> bool:
    """Whether this is the account's password; for nobody the same work is done in vain."""
    kept = normal(password)
    if account is None or not account.password:
        hash_password(kept)
        return False
    return bool(account.verify_and_update_password(kept)) and account.is_active


def begin_place(account: Account, user_agent: str) -> None:
    """Begin a new session for whoever signed in: nothing of the old one is left but who they are."""
    now, token = clock.now(), new_token()
    kept = {k: session[k] for k in ("_user_id", "_fresh", "fs_paa") if k in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    session["place"] = token
    db.session.execute(
        delete(SignIn).where(
            SignIn.account_id == account.id, SignIn.signed_in_at <= now - rules.LONGEST
        )
    )
    db.session.add(
        SignIn(
            account_id=account.id,
            token_hash=queries.hashed(token),
            signed_in_at=now,
            seen_at=now,
            device=rules.device(user_agent),
        )
    )
    log.info("signed in", account=account.id)


def end_place(account_id: int, place_id: int) -> bool:
    """Sign out in one place; whether there was one of this account."""
    return bool(
        _change(delete(SignIn).where(SignIn.id == place_id, SignIn.account_id == account_id))
    )


def end_here() -> None:
    """Sign out where this request comes from."""
    token = session.get("place")
    if token:
        _change(delete(SignIn).where(SignIn.token_hash == queries.hashed(token)))


def end_places(account: Account, *, but_here: bool = False) -> int:
    """Sign out everywhere, or everywhere else; links and half-done sign-ins end too."""
    here = session.get("place") if but_here else None
    account.fs_uniquifier = uuid.uuid4().hex
    if here:
        session["_user_id"] = account.fs_uniquifier
    return _change(
        delete(SignIn).where(
            SignIn.account_id == account.id,
            SignIn.token_hash != (queries.hashed(here) if here else ""),
        )
    )


def ask_to_recover(email: str) -> None:
    """Ask for a letter with which to choose a new password; nobody gets one without an account."""
    account = queries.by_email(email)
    account = account if account is not None and account.active else None
    token = letters.sign("recover", account)
    letters.write(
        "recover",
        account.email if account else None,
        account.member.language if account else languages.language(),
        letters.address_of("accounts.recover_with", token=token),
    )


def account_to_recover(token: str) -> Account | None:
    """The account that a recovery link is for, if it still holds."""
    told = letters.read("recover", token)
    account = queries.by_id(told[0]) if told else None
    if told is None or account is None or told[1] != letters.fingerprint(account):
        return None
    return account


def recover(account: Account, password: str) -> None:
    """Choose a new password by letter: once, and everybody who was signed in is signed out."""
    refuse_if(why_not_password(password, account.member.name, account.email))
    # Two that hold the same link race for the sign that both saw; one gets it.
    won = _change(
        update(Account)
        .where(Account.id == account.id, Account.fs_uniquifier == account.fs_uniquifier)
        .values(fs_uniquifier=uuid.uuid4().hex, password=hashed_password(password))
    )
    if not won:
        raise Refused(NO_LONGER)
    db.session.refresh(account)
    end_places(account)
    _tell(account, "password", letters.address_of("accounts.recover"))
    log.info("password recovered", account=account.id)


def change_password(account: Account, old: str, new: str) -> None:
    """Change the password, and sign out everywhere else."""
    if account.password and not is_password_of(account, old):
        raise Refused(N_("That is not your present password."))
    refuse_if(why_not_password(new, account.member.name, account.email))
    account.password = hashed_password(new)
    end_places(account, but_here=True)
    _tell(account, "password", letters.address_of("accounts.recover"))
    log.info("password changed", account=account.id)


def ask_for_address(account: Account, email: str) -> None:
    """Ask to be reached elsewhere: a letter goes to both addresses.

    Where the new one is an account's already, its letter is written in vain.
    """
    is_free = queries.by_email(email) is None
    token = letters.sign("new address", account, email)
    letters.write(
        "new_address",
        email if is_free else None,
        account.member.language,
        letters.address_of("accounts.email_with", token=token),
    )
    _tell(account, "address_asked", letters.address_of("accounts.recover"), elsewhere=email)


def address_asked(account: Account, token: str) -> str | None:
    """The new address that a link of this account confirms, if it still holds."""
    told = letters.read("new address", token)
    if told is None or told[0] != account.id or told[1] != letters.fingerprint(account):
        return None
    return str(told[2])


def change_address(account: Account, email: str) -> None:
    """Be reached, and sign in, with another address; both are told, and other places signed out."""
    if queries.by_email(email) is not None:
        raise Refused(N_("There is another account with this address."))
    left = account.email
    account.email = email
    account.confirmed_at = clock.now()
    end_places(account, but_here=True)
    letters.write("address_left", left, account.member.language, elsewhere=email)
    _tell(account, "address_taken", letters.address_of("web.home"))
    record("contact.confirmed", account.member)
    log.info("address changed", account=account.id)


def tell_of_change(account: Account, what: Words) -> None:
    """Tell a member by letter that a way into their account was added or taken away."""
    _tell(account, "way_in", letters.address_of("accounts.recover"), what=what)
    log.info("way in changed", account=account.id, what=str(what))


def invite(member: Member, email: str, inviter: Member) -> Invitation:
    """Invite a member who came by an import to move in. An earlier invitation is taken back."""
    refuse_if(rules.why_not_invite(member, inviter.role))
    if queries.by_email(email) is not None:
        raise Refused(
            N_("There is an account with this address. Its owner can take this member over.")
        )
    now, token = clock.now(), new_token()
    _change(
        update(Invitation)
        .where(
            Invitation.member_id == member.id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    invitation = Invitation(
        member_id=member.id,
        token_hash=queries.hashed(token),
        email=email,
        invited_by=inviter.id,
        invited_at=now,
        expires_at=now + rules.INVITATION_LASTS,
    )
    db.session.add(invitation)
    letters.write(
        "invitation",
        email,
        member.language or languages.language(),
        letters.address_of("accounts.move_in", token=token),
        name=member.name,
        inviter=inviter.name,
    )
    audit.note(inviter.id, "member.invited", member.id, "")
    return invitation


def take_back(invitation_id: int, by: Member) -> None:
    """Take an invitation back."""
    taken = _change(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
    )
    if not taken:
        raise Refused(N_("That invitation was used or taken back already."))
    audit.note(by.id, "invitation.taken_back", None, "", invitation=invitation_id)


def move_in(invitation: Invitation, member: Member, password: str) -> Account:
    """Move into a member by invitation: whoever has the letter chooses the password."""
    now = clock.now()
    refuse_if(rules.why_not_use(invitation, now))
    refuse_if(rules.why_not_claim(member))
    refuse_if(why_not_password(password, member.name, invitation.email))
    if queries.by_email(invitation.email) is not None:
        raise Refused(
            N_("There is an account with this address already. Sign in, and open this link again.")
        )
    _use(invitation, now)
    _claim(member, now)
    account = new_account(member, invitation.email, hashed_password(password))
    record("member.claimed", member)
    record("contact.confirmed", member)
    return account


def become_by_invitation(account: Account, invitation: Invitation, member: Member) -> None:
    """Take a member over with an account that has the address the invitation went to."""
    now = clock.now()
    refuse_if(rules.why_not_use(invitation, now))
    _use(invitation, now)
    become(account, member, {invitation.email})


def become(account: Account, member: Member, emails: Iterable[str] | None = None) -> None:
    """Take over the member one was before: the fresh one, who did nothing yet, gives way."""
    now, fresh = clock.now(), account.member
    known = queries.emails_of(member.id) if emails is None else emails
    refuse_if(
        rules.why_not_merge(fresh, member, account.email, known, queries.history_of(fresh.id))
    )
    _claim(member, now)
    for event in queries.beginnings_of(fresh.id):
        void(event, "became a member from before")
    member.language = member.language or fresh.language
    member.time_zone = member.time_zone or fresh.time_zone
    account.member = member
    db.session.flush()
    db.session.execute(delete(MemberWord).where(MemberWord.member_id == fresh.id))
    db.session.delete(fresh)
    record("member.claimed", member)
    log.info("member taken over", account=account.id)


def give_role(member: Member, role: str, reason: str, by: Member | None = None) -> None:
    """Give a member a role; they are signed out everywhere, so that nobody keeps an old one."""
    refuse_if(rules.why_not_role(member, role, reason, queries.admins_beside(member.id)))
    before, member.role = member.role, role
    account = db.session.query(Account).filter_by(member_id=member.id).one_or_none()
    if account is not None:
        end_places(account)
    audit.note(by.id if by else None, "role.given", member.id, reason, before=before, role=role)


def why_not_password(password: str, name: str, email: str) -> Words | None:
    """Why this can't be the password of this person here."""
    site = str(current_app.config["SITE_NAME"])
    return rules.why_not_password(normal(password), (name, email, email.partition("@")[0], site))


def normal(password: str) -> str:
    """A password in one spelling, however a keyboard composes its characters."""
    normalised: str = current_app.extensions["security"].password_util.normalize(password)
    return normalised


def hashed_password(password: str) -> str:
    """What is kept of a password."""
    return str(hash_password(normal(password)))


def new_token() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """More than 112 bits in 24 characters that can be read aloud and typed."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(24))


def _new_handle(name: str) -> str:
    base = text.handle(name)
    if not rules.can_have_handle(base):
        base = "member"
    base = base[:34].rstrip("-")
    wanted = [base, *(f"{base}-{n}" for n in range(2, 10))]
    wanted += [f"{base}-{secrets.randbelow(90_000) + 10_000}" for _ in range(5)]
    handle = queries.free_handle([w for w in wanted if rules.can_have_handle(w)])
    return handle or f"{base}-{secrets.token_hex(2)}"


def _tell(account: Account, letter: str, url: str, **told: str | Words) -> None:
    letters.write(letter, account.email, account.member.language, url, **told)


def _use(invitation: Invitation, now: datetime) -> None:
    used = _change(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(used_at=now)
    )
    if not used:
        raise Refused(NO_LONGER)


def _claim(member: Member, now: datetime) -> None:
    claimed = _change(
        update(Member)
        .where(Member.id == member.id, Member.claimed_at.is_(None), Member.erased_at.is_(None))
        .values(claimed_at=now)
    )
    if not claimed:
        raise Refused(N_("This member has moved in already."))


def _change(statement: UpdateBase) -> int:
    result = db.session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
