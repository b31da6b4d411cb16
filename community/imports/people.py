"""Members who come by an import: made once for each outside id, without an account."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Connection

from community.activity.members.models import NOBODY, FormerHandle, Identity, Member, MemberWord
from community.activity.members.queries import forgetting
from community.activity.members.rules import found_under
from community.imports.entries import Person
from community.kit import dialects, search, text

MEMBERS: Table = Member.__table__
IDENTITIES: Table = Identity.__table__
WORDS: Table = MemberWord.__table__
AT_ONCE = 500
_SLUG = re.compile(r"[^a-z0-9]+")
_DEFAULTS = {
    column.name: column.default.arg
    for column in MEMBERS.columns
    if column.default is not None and column.default.is_scalar
}
_COLUMNS = ("handle", "name", "name_key", "joined_at", "active_at", *_DEFAULTS)


class Surprised(Exception):
    """Somebody wrote the same between our look and our write: look again."""


class Known(NamedTuple):
    """A member who is here: their id, that of the identity they came with, whether they left."""

    id: int
    identity: int
    is_erased: bool = False


def here(connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Known]:
    """Those of a source's ids who are members; of an erased one nothing is left but the id."""
    asked = list(ids)
    found = _by_identity(connection, source, asked)
    if _has_forgotten(connection, source):
        hashes = {forgetting(source, id): id for id in asked if id not in found}
        for hash, known in _by_identity(connection, source, list(hashes)).items():
            found[hashes[hash]] = known._replace(is_erased=True)
    return found


def merged(people: Iterable[Person]) -> dict[str, Person]:
    """One of each person: named as they first come, with the first address that is told of them."""
    found: dict[str, Person] = {}
    for person in people:
        known = found.setdefault(person.id, person)
        if known.email is None and person.email is not None:
            found[person.id] = known._replace(email=person.email)
    return found


def give_addresses(connection: Connection, told: Sequence[tuple[str, int]]) -> None:
    """Note the addresses of identities that had none, so that their members can be claimed."""
    forgotten = IDENTITIES.c.external_id.startswith("forgotten:", autoescape=True)
    for email, identity in told:
        connection.execute(
            update(IDENTITIES)
            .where(IDENTITIES.c.id == identity, IDENTITIES.c.email.is_(None), ~forgotten)
            .values(email=email)
        )


def named(connection: Connection, source: str, people: Iterable[Person]) -> dict[str, str]:
    """A free handle for each of these people, by outside id; the same in every order of arrival."""
    wanted = {person.id: handle_of(person) for person in people}
    taken = _taken(connection, list(wanted.values()))
    given: dict[str, str] = {}
    for id, handle in wanted.items():
        unique = hashlib.sha256(f"{source} {id}".encode()).hexdigest()[:10]
        given[id] = f"{handle[:48]}-{unique}" if handle in taken else handle
        taken.add(given[id])
    return given


def handle_of(person: Person) -> str:
    """The handle that someone would like: their name and the id that they came with."""
    name, id = text.handle(person.name)[:37].strip("-"), _SLUG.sub("-", person.id.lower())
    id = id.strip("-")[:20] or "x"
    return name if name.endswith(f"-{id}") else f"{name}-{id}"


def add(
    connection: Connection, source: str, people: Sequence[Person], handles: dict[str, str]
) -> dict[str, Known]:
    """Make members of people who are not here yet, with their identities and words."""
    rows = [_row(person, handles[person.id]) for person in people]
    dialects.insert_rows(connection, MEMBERS, _COLUMNS, rows, may_exist=False)
    ids = _ids(connection, list(handles.values()))
    dialects.insert_rows(
        connection,
        IDENTITIES,
        ("source", "external_id", "member_id", "email"),
        [(source, p.id, ids[handles[p.id]], p.email) for p in people],
        may_exist=False,
    )
    dialects.insert_rows(
        connection,
        WORDS,
        ("word", "member_id"),
        [(word, ids[handles[p.id]]) for p in people for word in found_under(p.name, handles[p.id])],
    )
    return _by_identity(connection, source, [person.id for person in people])


def _row(person: Person, handle: str) -> tuple[Any, ...]:
    set_by_hand = {"sees_profile": NOBODY} if person.is_hidden else {}
    return (
        handle,
        person.name,
        search.key(person.name),
        person.joined,
        person.joined,
        *(_DEFAULTS | set_by_hand).values(),
    )


def _by_identity(connection: Connection, source: str, ids: Sequence[str]) -> dict[str, Known]:
    found = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = connection.execute(
            select(
                IDENTITIES.c.external_id,
                IDENTITIES.c.member_id,
                IDENTITIES.c.id,
                MEMBERS.c.erased_at.is_not(None),
            )
            .join_from(IDENTITIES, MEMBERS)
            .where(
                IDENTITIES.c.source == source,
                IDENTITIES.c.external_id.in_(ids[start : start + AT_ONCE]),
            )
        )
        found.update({row[0]: Known(row[1], row[2], bool(row[3])) for row in rows})
    return found


def _has_forgotten(connection: Connection, source: str) -> bool:
    first = (
        select(IDENTITIES.c.id)
        .where(
            IDENTITIES.c.source == source,
            IDENTITIES.c.external_id.between("forgotten:", "forgotten:g"),
        )
        .limit(1)
    )
    return connection.execute(first).first() is not None


def _taken(connection: Connection, handles: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(handles), AT_ONCE):
        some = handles[start : start + AT_ONCE]
        for column in (MEMBERS.c.handle, FormerHandle.handle):
            found.update(connection.scalars(select(column).where(column.in_(some))))
    return found


def _ids(connection: Connection, handles: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(handles), AT_ONCE):
        some = MEMBERS.c.handle.in_(handles[start : start + AT_ONCE])
        rows = connection.execute(select(MEMBERS.c.handle, MEMBERS.c.id).where(some))
        found.update({row.handle: row.id for row in rows})
    return found
