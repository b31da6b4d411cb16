"""Putting the demo town into the database, through the same doors as everything else."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from community.activity.accounts.models import Account
from community.activity.members.models import Identity, Member, MemberLink, MemberTag, MemberWord
from community.activity.members.rules import PARTS, found_under
from community.activity.settings.rules import interests
from community.demo import keeping_deals
from community.demo.adding import add, added
from community.demo.arrivals import BOARD
from community.demo.chronicle import Chronicle, Happening, Thing
from community.demo.people import Person
from community.kit import search, text, tongues
from community.ledger import record
from community.ledger.models import Event, Subject

DOMAIN = "alderhaven.example"
AT_ONCE = 2_000
MICROSECOND = timedelta(microseconds=1)


def keep(connection: Connection, town: Chronicle, passwords: dict[str, str]) -> None:
    """Write the whole town; ``passwords`` are the hashes of those who can sign in, by handle."""
    happenings = _in_order(town.happenings)
    _keep_people(connection, town, happenings)
    _keep_accounts(connection, town, passwords)
    _keep_things(connection, town.things)
    _keep_happenings(connection, happenings)
    _keep_figures(connection, town.figures)
    keeping_deals.keep(connection, town)


def _in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """By time, no two at the same moment, so that a moment names an event."""
    ordered = sorted(happenings, key=lambda happening: happening.at)
    last = None
    for happening in ordered:
        if last is not None and happening.at <= last:
            happening.at = last + MICROSECOND
        last = happening.at
    return ordered


def _keep_people(connection: Connection, town: Chronicle, happenings: Sequence[Happening]) -> None:
    active = {person: person.joined for person in town.people}
    for happening in happenings:
        if happening.actor is not None:
            active[happening.actor] = happening.at
    rows = [_member(person, active[person]) for person in town.people]
    for person, id in zip(town.people, added(connection, Member, rows), strict=True):
        person.id = id
    named = [person for person in town.people if not person.is_erased]
    add(connection, MemberWord, (_word(p, w) for p in named for w in _words(p)))
    add(connection, MemberTag, (tag for person in named for tag in _tags(person)))
    add(connection, MemberLink, (_link(p, p.told.link) for p in named if p.told.link))
    add(connection, Identity, (_identity(p) for p in town.people if p.is_imported))


def _member(person: Person, active: datetime) -> dict[str, Any]:
    told, is_gone = person.told, person.is_erased
    background = None if is_gone else told.background
    is_claimed = not is_gone and (not person.is_imported or person.claims is not None)
    return {
        "handle": person.handle,
        "name": "" if is_gone else person.name,
        "name_key": "" if is_gone else search.key(person.name),
        "role": person.role,
        "joined_at": person.joined,
        "active_at": active,
        "claimed_at": person.acts_from if is_claimed else None,
        "erased_at": person.leaves if is_gone else None,
        "headline": None if is_gone else told.headline,
        "background": background,
        "background_html": text.markdown(background) if background else None,
        "place": None if is_gone else told.place,
        "language": None if is_gone else person.reads,
        "letters": person.letters,
        **{f"sees_{part}": sight for part, sight in zip(PARTS, person.sees, strict=True)},
    }


def _words(person: Person) -> list[str]:
    return found_under(person.name, person.handle, person.told.place)


def _word(person: Person, word: str) -> dict[str, Any]:
    return {"member_id": person.id, "word": word}


def _tags(person: Person) -> list[dict[str, Any]]:
    spoken = person.languages if person.told.names_languages else ()
    tags = [("language", code, tongues.own_name(code)) for code in spoken]
    tags += [("interest", *each) for each in interests(",".join(person.told.interests))]
    return [
        {"member_id": person.id, "kind": kind, "value": value, "label": label}
        for kind, value, label in tags
    ]


def _link(person: Person, path: str) -> dict[str, Any]:
    url = f"https://{person.handle}.example/{path}"
    return {"member_id": person.id, "label": path.capitalize(), "url": url}


def _identity(person: Person) -> dict[str, Any]:
    return {
        "source": BOARD,
        "external_id": person.outside_id,
        "member_id": person.id,
        "email": None,
    }


def _keep_accounts(connection: Connection, town: Chronicle, passwords: dict[str, str]) -> None:
    """Everybody who claimed their page has an account; only those with a password can sign in."""
    marks = Random(town.rng.getrandbits(64))
    add(
        connection,
        Account,
        (
            {
                "member_id": person.id,
                "email": email_of(person.handle),
                "password": passwords.get(person.handle),
                "active": True,
                "fs_uniquifier": f"{marks.getrandbits(128):032x}",
                "confirmed_at": person.acts_from,
                "create_datetime": person.acts_from,
            }
            for person in town.people
            if not person.is_erased and (not person.is_imported or person.claims is not None)
        ),
    )


def email_of(handle: str) -> str:
    """The address of somebody in the demo town, where no letter ever arrives."""
    return f"{handle}@{DOMAIN}"


def _keep_things(connection: Connection, things: Sequence[Thing]) -> None:
    """Things before what hangs on them, for each needs the id of what it hangs on."""
    left = list(things)
    while left:
        now = [thing for thing in left if thing.parent is None or thing.parent.id]
        rows = [_subject(thing) for thing in now]
        for thing, id in zip(now, added(connection, Subject, rows), strict=True):
            thing.id = id
        left = [thing for thing in left if not thing.id]


def _subject(thing: Thing) -> dict[str, Any]:
    is_gone = thing.owner.is_erased or thing.is_hidden
    return {
        "type": thing.type,
        "owner": None if thing.is_hidden else thing.owner.id,
        "parent": thing.parent.id if thing.parent and not thing.is_hidden else None,
        "made_at": thing.made_at,
        "title": None if is_gone else thing.title,
        "html": text.markdown(thing.text) if thing.text and not is_gone else None,
        "renderer": text.RENDERER,
    }


def _keep_happenings(connection: Connection, happenings: Sequence[Happening]) -> None:
    rows = [_event(happening) for happening in happenings]
    for start in range(0, len(rows), AT_ONCE):
        record.record_many(connection, rows[start : start + AT_ONCE])
    undone = [(h.undone, h) for h in happenings if h.undone is not None]
    for (at, reason), happening in sorted(undone, key=lambda each: each[0]):
        asked = select(Event.id).where(Event.happened_at == happening.at)
        record.void_many(connection, connection.scalars(asked).all(), reason, at)


def _event(happening: Happening) -> dict[str, Any]:
    about = happening.about
    return {
        "happened_at": happening.at,
        "kind": happening.kind,
        "actor": happening.actor.id if happening.actor else None,
        "other": happening.other.id if happening.other else None,
        "subject_type": about.type if about else None,
        "subject_id": about.id if about else None,
        "circle": None,
        "value": happening.value,
        "source": happening.source,
        "external_id": happening.external_id,
    }


def _keep_figures(connection: Connection, figures: Sequence[dict[str, Any]]) -> None:
    rows = [
        {
            "about": "member" if isinstance(each["about"], Person) else each["about"].type,
            "about_id": each["about"].id,
            "name": each["name"],
            "value": each["value"],
            "declared_at": each["at"],
            "source": BOARD,
        }
        for each in figures
    ]
    record.declare_many(connection, rows)
