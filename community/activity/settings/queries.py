"""What a member tells of themselves, and everything that Kith knows of them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from community.activity.accounts.models import Account, Invitation, Passkey, SignIn
from community.activity.members import rules as members
from community.activity.members.models import (
    FormerHandle,
    Identity,
    Member,
    MemberTag,
)
from community.activity.settings import rules
from community.activity.settings.rules import Told
from community.kit import additions, clock, tongues
from community.kit.catalog import catalog
from community.kit.db import Instant, db
from community.kit.languages import language
from community.kit.outbox import Mail
from community.kit.text import plain
from community.kit.words import N_, Words
from community.ledger.audit import AuditRow
from community.ledger.facts import FACTS, MILLION
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.models import Event, Fact, Subject

A_PAGE = 25
A_BATCH = 1_000
_NUMBER = re.compile(r"-?[0-9]{1,17}")

Value = Words | str | int | float | bool | datetime | None
Row = dict[str, Value]


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
"""Where rooms further up add the keys of the photos that they show."""


def photos_in_use() -> set[str]:
    """The keys of all photos that members have, and of those that other rooms show."""
    faces = set(db.session.scalars(select(Member.photo).where(Member.photo.is_not(None))))
    return faces.union(*(shown() for shown in additions.at(PHOTOS)))


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


# ---- everything Kith knows of me ----


@dataclass(frozen=True)
class Column:
    """A column of a group: its key in the files, its label on the page, if it stands there."""

    name: str
    label: Words
    is_on_page: bool = True


PAIRS = (Column("what", N_("What")), Column("value", N_("Value")))


def groups() -> dict[str, "Group"]:
    """Every kind of thing that Kith knows of a member, those of rooms further up among them."""
    return {**GROUPS, **{group.name: group for group in additions.at(OWN_DATA)}}


OWN_DATA = "own data"
"""Where rooms further up add what they know of a member."""


def nobody(row: Any) -> Iterable[int | None]:
    """Nobody else appears in a row."""
    return ()


@dataclass(frozen=True)
class Group:
    """One kind of thing that Kith knows of a member.

    ``ask`` selects the rows of a member, ``order`` the columns that they are sorted by, newest
    first, and ``shape`` makes what the member reads of a row; it is given the names of the
    others who appear in the batch, as far as everyone may see them.
    """

    name: str
    label: Words
    says: Words
    icon: str
    columns: tuple[Column, ...]
    ask: Callable[[int], Select[Any]]
    order: tuple[InstrumentedAttribute[Any], ...]
    shape: Callable[[Any, Mapping[int, str]], list[Row]]
    others: Callable[[Any], Iterable[int | None]] = nobody

    @property
    def is_pairs(self) -> bool:
        """Whether it tells of one thing, as pairs of what and value."""
        return self.columns is PAIRS


@dataclass(frozen=True)
class Page:
    """A page of a group's rows, and the cursor at which the next one begins."""

    rows: list[Row]
    next: str | None


def read(group: Group, member_id: int, cursor: str | None = None, limit: int = A_PAGE) -> Page:
    """A page of what is known, newest first, from the cursor on. A broken cursor begins anew."""
    statement = group.ask(member_id).order_by(*(column.desc() for column in group.order))
    after = _after(group, cursor)
    if after is not None:
        statement = statement.where(after)
    found = db.session.execute(statement.limit(limit + 1)).all()
    shown = found[:limit]
    names = public_names({id for row in shown for id in group.others(row[0]) if id is not None})
    names |= _own_name(member_id) if group.others is not nobody else {}
    rows = [told for row in shown for told in group.shape(row[0], names)]
    return Page(rows, _cursor(group, shown[-1][0]) if len(found) > limit else None)


def read_all(group: Group, member_id: int) -> Iterator[Row]:
    """All that is known, newest first, a batch at a time."""
    cursor: str | None = None
    while True:
        page = read(group, member_id, cursor, A_BATCH)
        yield from page.rows
        db.session.expunge_all()
        cursor = page.next
        if cursor is None:
            return


def count(group: Group, member_id: int) -> int:
    """How many rows of a group there are."""
    asked = group.ask(member_id).with_only_columns(*group.order[-1:]).subquery()
    return db.session.scalars(select(func.count()).select_from(asked)).one()


def public_names(ids: Iterable[int]) -> dict[int, str]:
    """Name and handle of those members whom everyone may see."""
    asked = list(ids)
    if not asked:
        return {}
    rows = db.session.execute(
        select(Member.id, Member.name, Member.handle).where(
            Member.id.in_(asked),
            Member.erased_at.is_(None),
            Member.sees_profile == members.EVERYONE,
        )
    )
    return {row.id: f"{row.name} (@{row.handle})" for row in rows}


def _own_name(member_id: int) -> dict[int, str]:
    rows = db.session.execute(select(Member.id, Member.name).where(Member.id == member_id))
    return {row.id: row.name for row in rows}


def _cursor(group: Group, row: Any) -> str:
    values = [getattr(row, column.key) for column in group.order]
    return "_".join(str(clock.to_micros(v) if isinstance(v, datetime) else v) for v in values)


def _after(group: Group, cursor: str | None) -> ColumnElement[bool] | None:
    parts = (cursor or "").split("_")
    if len(parts) != len(group.order) or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    bounds = [
        literal(clock.from_micros(int(part)) if _is_time(column) else int(part), column.type)
        for part, column in zip(parts, group.order, strict=True)
    ]
    return tuple_(*group.order) < tuple_(*bounds)


def _is_time(column: InstrumentedAttribute[Any]) -> bool:
    return isinstance(column.type, Instant)


def _pairs(*pairs: tuple[Words, Value]) -> list[Row]:
    return [{"what": what, "value": value} for what, value in pairs if value not in (None, "")]


_AUDIENCES = {
    members.EVERYONE: N_("everyone"),
    members.MEMBERS: N_("members"),
    members.NOBODY: N_("only me"),
}


def _profile(member: Member, names: Mapping[int, str]) -> list[Row]:
    told = told_by(member)
    return _pairs(
        (N_("Name"), member.name),
        (N_("Handle"), member.handle),
        (N_("Headline"), member.headline),
        (N_("About me"), member.background),
        (N_("Languages"), ", ".join(label for _, label in told.languages)),
        (N_("Interests"), ", ".join(label for _, label in told.interests)),
        (N_("Place"), member.place),
        *((N_("Link"), f"{label}: {url}") for label, url in told.links),
        (N_("Photo"), member.photo and f"/media/{member.photo}-320.webp"),
        (N_("Role"), member.role),
        (N_("Joined"), member.joined_at),
        (N_("Moved in"), member.claimed_at),
        (N_("Last active"), member.active_at),
        (N_("Language"), member.language),
        (N_("Time zone"), member.time_zone),
        (N_("Colours"), member.scheme),
        (N_("Who sees my page"), _AUDIENCES[member.sees_profile]),
        (N_("Who sees my place"), _AUDIENCES[member.sees_place]),
        (N_("Who sees about me, languages and interests"), _AUDIENCES[member.sees_details]),
        (N_("Who sees my links"), _AUDIENCES[member.sees_links]),
        (N_("Who sees my timeline"), _AUDIENCES[member.sees_timeline]),
    )


def _account(account: Account, names: Mapping[int, str]) -> list[Row]:
    return _pairs(
        (N_("E-mail address"), account.email),
        (N_("Address confirmed"), account.confirmed_at),
        (N_("Account made"), account.create_datetime),
        (N_("May sign in"), bool(account.active)),
        (N_("Has a password (kept as a hash)"), account.password is not None),
        (N_("Asks for a second factor"), account.tf_primary_method is not None),
    )


def _event(event: Event, names: Mapping[int, str]) -> Row:
    return {
        "when": event.happened_at,
        "what": _sentence(event, names),
        "kind": event.kind,
        "about_what": f"{event.subject_type} {event.subject_id}" if event.subject_type else None,
        "value": event.value,
        "source": event.source,
        "taken_back": event.voided_at,
    }


def _sentence(event: Event, names: Mapping[int, str]) -> Words | str:
    kind = KINDS.get(event.kind)
    if kind is None:
        return event.kind
    sides = {"actor": _other(event.actor, names), "other": _other(event.other, names)}
    return Words(kind.says.text, {side: said or N_("someone") for side, said in sides.items()})


def _deed(event: Event, names: Mapping[int, str]) -> list[Row]:
    return [_event(event, names) | {"with": _other(event.other, names)}]


def _received(event: Event, names: Mapping[int, str]) -> list[Row]:
    return [_event(event, names) | {"with": _other(event.actor, names)}]


def _other(id: int | None, names: Mapping[int, str]) -> Value:
    return None if id is None else names.get(id, N_("a member"))


def _fact(fact: Fact, names: Mapping[int, str]) -> list[Row]:
    known = FACTS.get(fact.name)
    whole, rest = divmod(abs(fact.value), MILLION)
    figure = f"{'-' if fact.value < 0 else ''}{whole}" + (f".{rest:06}".rstrip("0") if rest else "")
    return [
        {
            "when": fact.declared_at,
            "what": known.label if known else fact.name,
            "value": figure,
            "of": f"{fact.about} {fact.about_id}",
            "source": fact.source,
        }
    ]


def _asked_facts(member_id: int) -> Select[Any]:
    owned = select(Subject.id).where(Subject.owner == member_id)
    things = [type for type in SUBJECT_CODES if type != "member"]
    return select(Fact).where(
        or_(
            (Fact.about == "member") & (Fact.about_id == member_id),
            Fact.about.in_(things) & Fact.about_id.in_(owned),
        )
    )


def _events_to(member_id: int) -> Select[Any]:
    hidden = [kind.name for kind in KINDS.values() if not rules.is_told(kind.sight, is_actor=False)]
    return select(Event).where(
        Event.other == member_id,
        or_(Event.actor.is_(None), Event.actor != member_id),
        Event.kind.not_in(hidden),
    )


def _of_account(model: Any, column: Any) -> Callable[[int], Select[Any]]:
    def ask(member_id: int) -> Select[Any]:
        mine = select(Account.id).where(Account.member_id == member_id).scalar_subquery()
        return select(model).where(column == mine)

    return ask


def _letters(member_id: int) -> Select[Any]:
    mine = select(Account.email).where(Account.member_id == member_id).scalar_subquery()
    return select(Mail).where(Mail.address == mine)


_EVENT_COLUMNS = (
    Column("when", N_("When")),
    Column("what", N_("What")),
    Column("kind", N_("Kind"), is_on_page=False),
    Column("with", N_("With whom"), is_on_page=False),
    Column("about_what", N_("About"), is_on_page=False),
    Column("value", N_("Value")),
    Column("source", N_("From")),
    Column("taken_back", N_("Taken back")),
)

GROUPS = catalog(
    Group(
        "profile",
        N_("Profile"),
        N_("What you tell of yourself, and who may see it."),
        "user-round",
        PAIRS,
        lambda id: select(Member).where(Member.id == id),
        (Member.id,),
        _profile,
    ),
    Group(
        "account",
        N_("Account"),
        N_("What you sign in with. Passwords and keys are kept in a form that nobody can read."),
        "key-round",
        PAIRS,
        lambda id: select(Account).where(Account.member_id == id),
        (Account.id,),
        _account,
    ),
    Group(
        "former_handles",
        N_("Former handles"),
        N_("Handles you had before. They still lead to your page."),
        "history",
        (Column("handle", N_("Handle")), Column("until", N_("Until"))),
        lambda id: select(FormerHandle).where(FormerHandle.member_id == id),
        (FormerHandle.left_at,),
        lambda row, names: [{"handle": row.handle, "until": row.left_at}],
    ),
    Group(
        "identities",
        N_("Where you came from"),
        N_("Who you are at outside sources whose records were imported."),
        "globe",
        (
            Column("source", N_("Source")),
            Column("external_id", N_("Your id there")),
            Column("email", N_("Address there")),
        ),
        lambda id: select(Identity).where(Identity.member_id == id),
        (Identity.id,),
        lambda row, names: [
            {"source": row.source, "external_id": row.external_id, "email": row.email}
        ],
    ),
    Group(
        "deeds",
        N_("What you did"),
        N_("Every event in the ledger that you were the actor of."),
        "activity",
        _EVENT_COLUMNS,
        lambda id: select(Event).where(Event.actor == id),
        (Event.happened_at, Event.id),
        _deed,
        lambda row: (row.other,),
    ),
    Group(
        "received",
        N_("What others did with you"),
        N_("Events in the ledger that others were the actor of and you the other side."),
        "handshake",
        _EVENT_COLUMNS,
        _events_to,
        (Event.happened_at, Event.id),
        _received,
        lambda row: (row.actor,),
    ),
    Group(
        "texts",
        N_("What you wrote and offer"),
        N_("Offers, questions, answers and reviews that are yours."),
        "file-text",
        (
            Column("when", N_("When")),
            Column("what", N_("What")),
            Column("number", N_("Number")),
            Column("title", N_("Title")),
            Column("text", N_("Text")),
            Column("html", N_("Text as kept"), is_on_page=False),
            Column("source", N_("From")),
        ),
        lambda id: select(Subject).where(Subject.owner == id),
        (Subject.id,),
        lambda row, names: [
            {
                "when": row.made_at,
                "what": row.type,
                "number": row.id,
                "title": row.title,
                "text": plain(row.html or "", 140),
                "html": row.html,
                "source": row.source,
            }
        ],
    ),
    Group(
        "facts",
        N_("Declared figures"),
        N_("Figures that outside sources declared of you and of what is yours."),
        "chart-column",
        (
            Column("when", N_("When")),
            Column("what", N_("What")),
            Column("value", N_("Value")),
            Column("of", N_("About")),
            Column("source", N_("From")),
        ),
        _asked_facts,
        (Fact.id,),
        _fact,
    ),
    Group(
        "letters",
        N_("Letters to you"),
        N_("Which letters were written to your address. Their texts are in your own mail."),
        "mail",
        (
            Column("when", N_("When")),
            Column("subject", N_("Subject")),
            Column("sent", N_("Sent")),
        ),
        _letters,
        (Mail.id,),
        lambda row, names: [{"when": row.queued_at, "subject": row.subject, "sent": row.sent_at}],
    ),
    Group(
        "sign_ins",
        N_("Where you are signed in"),
        N_("Browsers in which you are signed in."),
        "monitor",
        (
            Column("when", N_("Signed in")),
            Column("seen", N_("Last seen")),
            Column("device", N_("Browser")),
        ),
        _of_account(SignIn, SignIn.account_id),
        (SignIn.id,),
        lambda row, names: [
            {"when": row.signed_in_at, "seen": row.seen_at, "device": row.device.replace("/", ", ")}
        ],
    ),
    Group(
        "passkeys",
        N_("Passkeys"),
        N_("The passkeys you registered, without their keys."),
        "fingerprint",
        (
            Column("name", N_("Name")),
            Column("when", N_("Registered")),
            Column("seen", N_("Last used")),
        ),
        _of_account(Passkey, Passkey.user_id),
        (Passkey.id,),
        lambda row, names: [
            {"name": row.name, "when": row.create_datetime, "seen": row.lastuse_datetime}
        ],
    ),
    Group(
        "invitations",
        N_("Invitations"),
        N_("Invitations to move in: to you, and from you to others."),
        "send",
        (
            Column("when", N_("When")),
            Column("what", N_("What")),
            Column("with", N_("With whom")),
            Column("used", N_("Used")),
        ),
        lambda id: select(Invitation).where(
            or_(Invitation.member_id == id, Invitation.invited_by == id)
        ),
        (Invitation.id,),
        lambda row, names: [
            {
                "when": row.invited_at,
                "what": N_("invitation"),
                "with": f"{_other(row.invited_by, names) or ''} → {_other(row.member_id, names)}",
                "used": row.used_at,
            }
        ],
        lambda row: (row.member_id, row.invited_by),
    ),
    Group(
        "staff_acts",
        N_("What staff did about you"),
        N_("Acts of the staff that concern you, and your own if you are on the staff."),
        "shield",
        (
            Column("when", N_("When")),
            Column("what", N_("What")),
            Column("by", N_("By")),
        ),
        lambda id: select(AuditRow).where(or_(AuditRow.about == id, AuditRow.actor == id)),
        (AuditRow.id,),
        lambda row, names: [{"when": row.at, "what": row.act, "by": N_("staff")}],
    ),
)


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
