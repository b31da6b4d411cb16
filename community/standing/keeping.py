"""Keeping what was worked out: one row a member that pages read, one row of the community."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, func, insert, literal, select

from community.graph.arrays import distinct
from community.kit import clock, dialects
from community.kit.arrays import Whole
from community.kit.db import Instant, connection, db
from community.ledger import columns
from community.ledger.segments import NOTHING
from community.standing import health, health_features, health_parts, learning, reading
from community.standing.awarding import FACTS
from community.standing.folds import Values
from community.standing.health import NEW, STATES, Coefficients, Health
from community.standing.health_features import Features
from community.standing.health_parts import Parts
from community.standing.metrics import METRICS
from community.standing.models import Community, Standing, StandingMark
from community.standing.past import Context, Mask, Numbers, Past
from community.standing.trust import BANDS, ENOUGH
from community.standing.whole import Found
from community.standing.windows import began

STANDINGS: Table = Standing.__table__  # type: ignore[assignment]
MARKS: Table = StandingMark.__table__  # type: ignore[assignment]
A_BATCH = 2000
PLAIN = json.JSONEncoder(separators=(",", ":"))
SHOWN = (
    "rating_received", "response_rate", "response_wait", "exchanges", "partners", "thanks_received",
    "people_helped", "answers_accepted", "referrals_qualified", "gatherings_hosted",
)  # fmt: skip
"""The numbers that stand on a member's page where they have them."""
ROW = (
    "member_id", "as_of", "health", "state", "trust", "band", "authority", "weight", "depth", "stage",
    "level", "told",
)  # fmt: skip


def keep_standings(
    past: Past, found: Found, tiers: Mapping[str, Whole], gone: Whole
) -> Iterator[int]:
    """Write the row of every member anew, batch by batch; yields how many each time.

    ``tiers`` are the present stage and level of each, ``gone`` the ids of those who are no more.
    """
    shown = {name: METRICS[name].of(past, found.as_of) for name in SHOWN}
    columns = _columns(past, found, tiers)
    is_here = ~np.isin(past.members, gone)
    for start in range(0, len(past), A_BATCH):
        part = start + np.flatnonzero(is_here[start : start + A_BATCH])
        plain = [column[part].tolist() for column in columns]
        evidence = _texts(4, found.trust.evidence[part], found.trust.signed[part])
        rest = _told_of(found.features, found.health, found.bars, shown, part)
        told = [f'{{"evidence":{one},{two}}}' for one, two in zip(evidence, rest, strict=True)]
        at = [clock.to_micros(found.as_of)] * len(told)
        rows = list(zip(plain[0], at, *plain[1:], told, strict=True))
        dialects.put_rows(connection(), STANDINGS, ("member_id",), ROW, rows)
        yield len(rows)


def keep_one(past: Past, as_of: datetime, community: Mapping[str, Any]) -> None:
    """Bring one member's row up to date from their own past; trust waits for the whole refresh.

    ``community`` is what that refresh found, so that both reckon with the same coefficients.
    """
    coefficients = learning.read(community["coefficients"])
    member = int(past.members[0])
    has_seeds = bool(community["has_seeds"])
    features = health_features.features_of(
        member, past.events, clock.to_micros(as_of), _who_counts(past) if has_seeds else None
    )
    row = db.session.get(Standing, member)
    if row is None:
        weight = 0.0 if has_seeds else 1.0
        row = Standing(member_id=member, authority=0.0, weight=weight, depth=0, stage=0, level=0)
        db.session.add(row)
    state = np.array([STATES.index(row.state or STATES[NEW])])
    found = health.assess(features, coefficients, state)
    middle = np.array(community["middle"])
    bars = health_parts.bars(features, middle, coefficients)
    shown = {name: METRICS[name].of(past, as_of) for name in SHOWN}
    row.as_of, row.state = as_of, STATES[int(found.state[0])]
    row.health = None if np.isnan(found.score[0]) else int(found.score[0])
    told = json.loads(f"{{{_told_of(features, found, bars, shown, np.array([0]))[0]}}}")
    row.told = {"evidence": (row.told or {}).get("evidence", [0.0, 0.0]), **told}
    db.session.flush()


def keep_community(
    past: Past, found: Found, event_id: int, voiding_id: int, coefficients: Coefficients
) -> None:
    """Write down what was found of the community as a whole, for those who go on from it.

    ``event_id`` and ``voiding_id`` are the last ones that it rests on.
    """
    row = db.session.get(Community, 1) or Community(id=1)
    row.as_of, row.event_id = found.as_of, event_id
    row.told = {
        **(row.told or {}),
        "mean_rating": found.context.mean_rating,
        "has_seeds": found.has_seeds,
        "middle": found.middle.tolist(),
        "middle_score": int(health_parts.middle_score(found.middle, coefficients)),
        "coefficients": asdict(coefficients),
        "members": len(past),
        "ties": found.ties,
        "voiding_id": voiding_id,
    }
    db.session.merge(row)
    db.session.flush()


def mark_month(as_of: datetime) -> int:
    """Keep what is said of everyone now as the mark of a month, once; how many."""
    columns = ("member_id", "health", "trust", "stage", "level", "told")
    at = began(as_of, "month")
    known = db.session.scalar(select(MARKS.c.member_id).where(MARKS.c.at == at).limit(1))
    if known is not None:
        return 0
    asked = select(
        STANDINGS.c.member_id, literal(at, Instant()), *(STANDINGS.c[name] for name in columns[1:])
    )
    into = insert(MARKS).from_select(["member_id", "at", *columns[1:]], asked)
    connection().execute(into)
    return connection().scalar(select(func.count()).where(MARKS.c.at == at)) or 0


def context_for(member_id: int, raters: Whole) -> Context:
    """What the last whole refresh found of the community, as far as it concerns one member."""
    whole = db.session.get(Community, 1)
    if whole is None:
        return Context()
    mine = db.session.execute(
        select(Standing.trust, Standing.depth).where(Standing.member_id == member_id)
    ).one_or_none()
    trust, depth = (
        (np.nan if mine is None or mine.trust is None else mine.trust),
        mine.depth if mine else 0,
    )
    measures = {"trust": np.array([trust]), "core": np.array([float(depth)])}
    if not whole.told.get("has_seeds"):
        return Context(whole.told.get("mean_rating"), None, 1.0, measures)
    ids, weights = _standing_of(raters, "weight")
    return Context(whole.told.get("mean_rating"), (ids, weights), 0.0, measures)


def alone(member_id: int, as_of: datetime) -> Past:
    """The past of one member, with what is known of the community for judging them."""
    past = reading.one(connection(), member_id, as_of, FACTS, columns=columns.here())
    raters = past.rows(["review.published"]).actor
    past.context = context_for(member_id, distinct(raters[raters != NOTHING]))
    return past


def _who_counts(past: Past) -> Whole:
    """Whose company makes the one member of a past connected: of those whom the last walk reached."""
    ids, authority = _standing_of(past.people, "authority")
    reached: Whole = ids[authority > 0]
    return reached


def _standing_of(ids: Whole, column: str) -> tuple[Whole, Numbers]:
    """A number that is kept of some members: sorted ids of those of whom there is one, and it."""
    asked = select(STANDINGS.c.member_id, STANDINGS.c[column].label("number")).where(
        dialects.among(connection(), STANDINGS.c.member_id, ids.tolist())
    )
    rows = connection().execute(asked).all()
    found = np.array([row.member_id for row in rows], np.int64)
    order = np.argsort(found)
    return found[order], np.array([row.number for row in rows], np.float64)[order]


def _columns(past: Past, found: Found, tiers: Mapping[str, Whole]) -> list[NDArray[Any]]:
    """What ``ROW`` names but for ``as_of`` and ``told``, of every member; None where there is nothing."""
    trust, score = found.trust, found.health.score
    weights = found.context.trust
    return [
        past.members,
        _where(~np.isnan(score), np.nan_to_num(score).astype(np.int64)),
        np.array(STATES, object)[found.health.state],
        _where(trust.evidence >= ENOUGH, np.round(trust.shown, 2)),
        _where(trust.evidence >= ENOUGH, np.array(BANDS, object)[trust.band]),
        trust.authority,
        np.ones(len(past)) if weights is None else weights[1],
        found.core.astype(np.int64),
        tiers["stage"],
        tiers["level"],
    ]


def _where(is_there: Mask, values: NDArray[Any]) -> NDArray[Any]:
    found = values.astype(object)
    found[~is_there] = None
    return found


def _told_of(
    features: Features, found: Health, bars: Parts, shown: Mapping[str, Values], part: Whole
) -> list[str]:
    """What a page shows of some members beside the columns, each as the inside of a JSON object.

    It is put together as text: of a million members, lists and dictionaries would take longer.
    """
    numbers = (features.recency, features.weeks, features.tenure, features.peers)
    lines = [f'"numbers":{each},"shown":{{' for each in _texts(0, *(n[part] for n in numbers))]
    comma = [""] * len(lines)
    for name, values in shown.items():
        counts = np.flatnonzero(values.den[part] > 0)
        texts = _texts(6, *(v[part][counts] for v in (values.value, values.num, values.den)))
        for place, text in zip(counts.tolist(), texts, strict=True):
            lines[place] += f'{comma[place]}"{name}":{text}'
            comma[place] = ","
    has_chance = np.flatnonzero(~np.isnan(found.p[part]))
    chances = _texts(6, *(v[part][has_chance] for v in (found.p, found.low, found.high)))
    heights = _split(bars.shown[part][has_chance].tolist())
    ends = ["}"] * len(lines)
    for place, chance, bar in zip(has_chance.tolist(), chances, heights, strict=True):
        ends[place] = f'}},"chance":{chance},"bars":{bar}'
    return [line + end for line, end in zip(lines, ends, strict=True)]


def _texts(digits: int, *columns: Numbers) -> list[str]:
    """The numbers of each row to some digits, as JSON; null for one that is none, or without end."""
    table = np.round(np.column_stack(columns), digits)
    rows: list[list[float | None]] = table.tolist()
    is_finite = np.isfinite(table)
    for place in np.flatnonzero(~is_finite.all(axis=1)).tolist():
        rows[place] = [n if np.isfinite(n) else None for n in table[place].tolist()]
    return _split(rows)


def _split(rows: list[Any]) -> list[str]:
    """Each of some lists of numbers as JSON, written all at once."""
    return [f"[{row}]" for row in PLAIN.encode(rows)[2:-2].split("],[")] if rows else []
