"""Reading the past out of the column files and the database: of everyone, or of one member."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    case,
    func,
    or_,
    select,
    type_coerce,
)

from community.graph.arrays import distinct
from community.kit import arrays, clock, dialects
from community.kit.arrays import Whole
from community.ledger.columns import Columns, Damaged
from community.ledger.kinds import CODES, SUBJECT_CODES, SUBJECT_TYPES
from community.ledger.models import Subject
from community.ledger.record import EVENTS, FACTS_TABLE
from community.ledger.segments import NEVER, NO_CODE, NOTHING
from community.standing.acts import EXCUSES
from community.standing.past import DEEPEST, EVENT_COLUMNS, Context, FactRows, Items, Past
from community.standing.scanning import VOIDED_AT, Block, Ledger, read_events, together

SUBJECTS: Table = Subject.__table__  # type: ignore[assignment]
E, S, F = EVENTS.c, SUBJECTS.c, FACTS_TABLE.c
HAPPENED_AT = type_coerce(E.happened_at, BigInteger)
ABOUT_THINGS = ("answer.accepted", EXCUSES)
"""Kinds of events that say something of a thing, whoever they are between."""
PASSED_OVER = ("comment",)
"""Types of things that no metric asks about, though there may be more of them than of all others."""
TYPE_BITS = 8
"""Bits that the number of a type of things takes."""
MANY = 20_000
"""From how many events of one side on a member's are looked for in the column files."""
ITEM_COLUMNS = ("id", "type", "owner", "parent", "made_at")
NONE = np.empty(0, np.int64)
EMPTY: Block = dict.fromkeys(EVENT_COLUMNS, NONE)


def everyone(
    connection: Connection,
    columns: Columns,
    facts: Iterable[str],
    context: Context | None = None,
) -> Past:
    """The past of all members: events from the column files, things and figures from the database."""
    return Past(
        columns.load(EVENT_COLUMNS),
        _all_items(connection),
        _all_facts(connection, facts),
        context=context,
    )


def one(
    connection: Connection,
    member_id: int,
    as_of: datetime,
    facts: Iterable[str],
    context: Context | None = None,
    columns: Columns | None = None,
) -> Past:
    """The past of one member, from indexed questions alone, and as much of others as concerns it.

    With ``columns`` the events of somebody who has very many are looked for there.
    """
    events, ledger = _events_of(connection, member_id, columns)
    items = _items_of(connection, member_id, events["subject_id"])
    about = _events_about(connection, events, items, member_id, ledger)
    return Past(
        together([events, about]),
        items,
        _facts_of(connection, member_id, items, facts),
        members=np.array([member_id], np.int64),
        last_acts=_last_acts(connection, events, as_of),
        context=context,
    )


def _all_items(connection: Connection) -> Items:
    return _as_items([_read_items(connection)])


def _all_facts(connection: Connection, names: Iterable[str]) -> dict[str, FactRows]:
    wanted = sorted(set(names))
    return _as_facts([_read_facts(connection, wanted)], wanted) if wanted else {}


def _events_of(
    connection: Connection, member_id: int, columns: Columns | None
) -> tuple[Block, Ledger | None]:
    """What a member did and what others did to them; the ledger where they have very many of these."""
    met = (E.other == member_id) & E.actor.is_distinct_from(member_id)
    sides = (E.actor == member_id, met)
    blocks = [read_events(connection, side, most=MANY if columns else None) for side in sides]
    if columns is None or all(block["id"].size < MANY for block in blocks):
        return together(blocks), None
    ledger = _ledger(connection, columns)
    if ledger is None:
        return together([read_events(connection, side) for side in sides]), None
    return ledger.where(
        lambda part: (part["actor"] == member_id) | (part["other"] == member_id),
        or_(E.actor == member_id, E.other == member_id),
    ), ledger


def _ledger(connection: Connection, columns: Columns) -> Ledger | None:
    """All events through the column files; None where these are not as they should be yet."""
    try:
        return Ledger(connection, columns)
    except Damaged:
        return None


def _events_about(
    connection: Connection, events: Block, items: Items, member_id: int, ledger: Ledger | None
) -> Block:
    """What others did with the same things that a metric of the member rests on."""
    is_mine = items.owner == member_id
    ids = np.concatenate([events["subject_id"], items.id[is_mine]])
    types = np.concatenate([events["subject_type"], items.type[is_mine]])
    of_others = (
        E.kind.in_(ABOUT_THINGS),
        E.actor.is_distinct_from(member_id),
        E.other.is_distinct_from(member_id),
    )
    if ledger is not None:
        codes = [CODES[kind] for kind in ABOUT_THINGS]
        about = ledger.where(
            lambda part: (
                np.isin(part["kind"], codes)
                & (part["actor"] != member_id)
                & (part["other"] != member_id)
            ),
            *of_others,
        )
        is_near = np.isin(
            things(about["subject_type"], about["subject_id"]), things(types, ids)
        ) & (about["subject_id"] != NOTHING)
        return {name: values[is_near] for name, values in about.items()}
    blocks = [
        read_events(
            connection,
            E.subject_type == type,
            dialects.among(connection, E.subject_id, some),
            *of_others,
        )
        for type, some in _by_type(types, ids)
    ]
    return together([EMPTY, *blocks])


def things(types: Whole, ids: Whole) -> Whole:
    """A number for each thing by its type and id; ``NOTHING`` where there is none."""
    found: Whole = np.where(ids == NOTHING, NOTHING, np.maximum(ids, 0) << TYPE_BITS | types)
    return found


def _items_of(connection: Connection, member_id: int, subjects: Whole) -> Items:
    """A member's things, what their events are about, all that stands above, and what is beside their answers."""
    blocks = [_read_items(connection, S.owner == member_id)]
    mine = _as_items(blocks)
    wanted = np.setdiff1d(subjects[subjects != NOTHING], mine.id)
    for _step in range(DEEPEST + 1):
        if not wanted.size:
            break
        blocks.append(_read_items(connection, dialects.among(connection, S.id, wanted.tolist())))
        found = _as_items(blocks)
        wanted = np.setdiff1d(found.parent[found.parent != NOTHING], found.id)
    is_answer = (mine.type == SUBJECT_CODES["answer"]) & (mine.parent != NOTHING)
    if is_answer.any():
        beside = distinct(mine.parent[is_answer]).tolist()
        blocks.append(_read_items(connection, dialects.among(connection, S.parent, beside)))
    return _as_items(blocks)


def _facts_of(
    connection: Connection, member_id: int, items: Items, names: Iterable[str]
) -> dict[str, FactRows]:
    wanted = sorted(set(names))
    if not wanted:
        return {}
    blocks = [_read_facts(connection, wanted, F.about == "member", F.about_id == member_id)]
    blocks += [
        _read_facts(
            connection, wanted, F.about == type, dialects.among(connection, F.about_id, some)
        )
        for type, some in _by_type(items.type, items.id)
    ]
    return _as_facts(blocks, wanted)


def _last_acts(connection: Connection, events: Block, as_of: datetime) -> tuple[Whole, Whole]:
    """When each of those whom the member brought last did something: no metric asks it of others."""
    at = clock.to_micros(as_of)
    brought = events["other"][events["kind"] == CODES["referral.qualified"]]
    brought = distinct(brought[brought != NOTHING])
    if not brought.size:
        return NONE, NONE
    found = arrays.read(
        connection,
        select(
            E.actor.label("actor"),
            type_coerce(func.max(E.happened_at), BigInteger).label("last"),
        )
        .where(
            dialects.among(connection, E.actor, brought.tolist()),
            at >= HAPPENED_AT,
            func.coalesce(VOIDED_AT, NEVER) > at,
        )
        .group_by(E.actor),
    )
    order = np.argsort(found["actor"])
    return found["actor"][order], found["last"][order]


def _read_items(connection: Connection, *where: ColumnElement[bool]) -> Block:
    statement = select(
        S.id,
        case(SUBJECT_CODES, value=S.type, else_=NO_CODE).label("type"),
        func.coalesce(S.owner, NOTHING).label("owner"),
        func.coalesce(S.parent, NOTHING).label("parent"),
        type_coerce(S.made_at, BigInteger).label("made_at"),
    )
    return arrays.read(connection, statement.where(S.type.not_in(PASSED_OVER), *where))


def _as_items(blocks: Sequence[Block]) -> Items:
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in ITEM_COLUMNS}
    _, first = np.unique(whole["id"], return_index=True)
    return Items(*(whole[name][first] for name in ITEM_COLUMNS))


def _read_facts(connection: Connection, names: Sequence[str], *where: ColumnElement[bool]) -> Block:
    statement = select(
        F.id,
        case({name: n for n, name in enumerate(names)}, value=F.name).label("name"),
        case((F.about == "member", 1), else_=0).label("is_member"),
        F.about_id.label("about"),
        F.value,
        type_coerce(F.declared_at, BigInteger).label("at"),
    )
    return arrays.read(connection, statement.where(F.name.in_(names), *where))


def _as_facts(blocks: Sequence[Block], names: Sequence[str]) -> dict[str, FactRows]:
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    order = np.lexsort((whole["id"], whole["at"]))
    whole = {name: values[order] for name, values in whole.items()}
    return {
        name: FactRows(
            whole["is_member"][kept] == 1,
            whole["about"][kept],
            whole["value"][kept],
            whole["at"][kept],
        )
        for number, name in enumerate(names)
        if (kept := whole["name"] == number).any()
    }


def _by_type(types: Whole, ids: Whole) -> Iterator[tuple[str, list[int]]]:
    """The ids of each type of things."""
    for code in distinct(types[ids != NOTHING]).tolist():
        if code in SUBJECT_TYPES:
            yield SUBJECT_TYPES[code], distinct(ids[(types == code) & (ids != NOTHING)]).tolist()
