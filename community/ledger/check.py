"""What can't be in the ledger, each found thing as a sentence for whoever runs the site."""

import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from flask import current_app
from sqlalchemy import Select, Table, and_, exists, or_, select

from community.kit import arrays
from community.kit.arrays import Whole
from community.kit.db import Base, connection, db, reading
from community.ledger import audit, columns
from community.ledger.columns import BLOCK, NEVER, VOIDINGS, Columns, Damaged
from community.ledger.facts import BADGE, FACTS
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.queries import SUBJECTS
from community.ledger.record import EVENTS, FACTS_TABLE
from community.ledger.segments import VOIDED

SHOWN = 5
"""Of each kind of problem so many are told."""


def problems() -> Iterator[str]:
    """Every kind of thing that is wrong with the ledger, the first few of each kind."""
    for _, found in parts():
        yield from found


def parts() -> Iterator[tuple[str, Iterator[str]]]:
    """What is looked at, by name, with what is wrong there."""
    yield "audit", _audit()
    yield "ledger", islice(_events(), SHOWN)
    yield "voidings", islice(_voidings(), SHOWN)
    yield "subjects", islice(_subjects(), SHOWN)
    yield "facts", islice(_facts(), SHOWN)
    yield "columns", islice(differences(columns.here()), SHOWN)


def _audit() -> Iterator[str]:
    in_order = select(audit.AuditRow).order_by(audit.AuditRow.id)
    with closing(db.session.scalars(in_order.execution_options(yield_per=1000))) as rows:
        bad = audit.first_bad(rows)
    if bad is not None:
        yield f"row {bad.id} was changed, or one before it is missing"
    head = audit.kept_head(Path(current_app.config["DATA_DIR"]))
    if (why := audit.why_not_after(head)) is not None:
        yield why


def _events() -> Iterator[str]:
    event = EVENTS.c
    unknown = select(event.id, event.kind).where(event.kind.not_in(list(KINDS)))
    for id, kind in _some(unknown):
        yield f"event {id} is of no known kind: {kind}"
    strange = event.subject_type.is_not(None) & event.subject_type.not_in(list(SUBJECT_CODES))
    for id, type in _some(select(event.id, event.subject_type).where(strange)):
        yield f"event {id} is about something of no known type: {type}"
    member = _members()
    for side in (event.actor, event.other):
        lost = side.is_not(None) & ~exists().where(member.c.id == side)
        for id, who in _some(select(event.id, side).where(lost)):
            yield f"event {id} names member {who}, who is not there"


def _voidings() -> Iterator[str]:
    event, voiding = EVENTS.c, VOIDINGS.c
    alone = exists().where(voiding.event_id == event.id)
    for (id,) in _some(select(event.id).where(event.voided_at.is_not(None), ~alone)):
        yield f"event {id} is taken back, and nothing says by what"
    differs = or_(event.id.is_(None), event.voided_at.is_distinct_from(voiding.voided_at))
    joined = VOIDINGS.outerjoin(EVENTS, event.id == voiding.event_id)
    for id, of in _some(select(voiding.id, voiding.event_id).select_from(joined).where(differs)):
        yield f"voiding {id} takes event {of} back, which says otherwise"


def _subjects() -> Iterator[str]:
    subject, parent = SUBJECTS.c, SUBJECTS.alias("parent").c
    for id, type in _some(
        select(subject.id, subject.type).where(subject.type.not_in(list(SUBJECT_CODES)))
    ):
        yield f"subject {id} is of no known type: {type}"
    lost = subject.owner.is_not(None) & ~exists().where(_members().c.id == subject.owner)
    for id, owner in _some(select(subject.id, subject.owner).where(lost)):
        yield f"subject {id} belongs to member {owner}, who is not there"
    lost = subject.parent.is_not(None) & ~exists().where(parent.id == subject.parent)
    for id, of in _some(select(subject.id, subject.parent).where(lost)):
        yield f"subject {id} is part of subject {of}, which is not there"


def _facts() -> Iterator[str]:
    fact, subject = FACTS_TABLE.c, SUBJECTS.c
    unknown = fact.name.not_in(list(FACTS)) & ~fact.name.startswith(BADGE, autoescape=True)
    for id, name in _some(select(fact.id, fact.name).where(unknown)):
        yield f"fact {id} is of no known kind: {name}"
    is_member = (fact.about == "member") & exists().where(_members().c.id == fact.about_id)
    is_subject = exists().where(and_(subject.id == fact.about_id, subject.type == fact.about))
    for id, about, of in _some(
        select(fact.id, fact.about, fact.about_id).where(~is_member, ~is_subject)
    ):
        yield f"fact {id} is about {about} {of}, which is not there"


def _members() -> Table:
    # The subjects name this table too; the room that owns it lies above the ledger.
    return Base.metadata.tables["member"]


def _some(statement: Select[Any]) -> list[Any]:
    return list(connection().execute(statement.limit(SHOWN)))


def differences(store: Columns) -> Iterator[str]:
    """Where the column files say something else than the database, month by month."""
    try:
        manifest, parts = store.look()
    except Damaged as why:
        if store.is_built:
            yield f"{why}; they are built anew when they are next brought up to date"
        return
    sums: dict[tuple[str, str], int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for month, block in _from_database(manifest.last_event, manifest.last_voiding):
        counts[month] += block["id"].size
        for name, kind in columns.COLUMNS.items():
            sums[month, name] = zlib.crc32(block[name].astype(kind).data, sums[month, name])
    for month in sorted(counts.keys() | parts.keys()):
        held = parts[month]["id"].size if month in parts else 0
        if held != counts[month]:
            yield f"{month} has {held} events, the database {counts[month]}"
        for name, values in parts.get(month, {}).items():
            if held == counts[month] and zlib.crc32(values.data) != sums[month, name]:
                yield f"{month} differs from the database in {name}"


def _from_database(last_event: int, last_voiding: int) -> Iterator[tuple[str, dict[str, Whole]]]:
    """Every event up to one, by blocks and months, taken back by the voidings up to one."""
    ids, moments = _taken_back(last_voiding)
    after = 0
    while after < last_event:
        with reading() as beside:
            block = arrays.read(beside, columns.tail(after, last_event, BLOCK))
        if not block["id"].size:
            return
        after = int(block["id"][-1])
        if ids.size:
            places = np.searchsorted(ids, block["id"]).clip(max=ids.size - 1)
            block[VOIDED] = np.where(ids[places] == block["id"], moments[places], NEVER)
        for month, rows in columns.by_month(block["happened_at"]):
            yield month, {name: values[rows] for name, values in block.items()}


def _taken_back(last_voiding: int) -> tuple[Whole, Whole]:
    found = []
    after = 0
    while True:
        with reading() as beside:
            block = arrays.read(beside, columns.voidings(after, last_voiding, BLOCK))
        if not block["id"].size:
            break
        after = int(block["id"][-1])
        found.append((block["event_id"], block[VOIDED]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ids, moments = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(ids)
    return ids[order], moments[order]
