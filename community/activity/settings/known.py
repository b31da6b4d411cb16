"""What is known of every member: profile, account, events, texts, letters, sign-ins."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, or_, select

from community.activity.accounts.models import Account, Invitation, Passkey, SignIn
from community.activity.members import rules as members
from community.activity.members.models import FormerHandle, Identity, Member
from community.activity.settings import rules
from community.activity.settings.own_data import PAIRS, Column, Group, Row, Value
from community.activity.settings.queries import told_by
from community.kit import additions
from community.kit.catalog import catalog
from community.kit.outbox import Mail
from community.kit.text import plain
from community.kit.words import N_, Words
from community.ledger.audit import AuditRow
from community.ledger.facts import FACTS, MILLION
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.models import Event, Fact, Subject

OWN_DATA = "own data"
"""Where rooms further up add what they know of a member."""


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


def groups() -> dict[str, Group]:
    """Every kind of thing that Kith knows of a member, those of rooms further up among them."""
    return {**GROUPS, **{group.name: group for group in additions.at(OWN_DATA)}}
