"""`flask export standings|awards|decisions|ties`: what is said of members, and who relates to whom."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import click
import numpy as np
from sqlalchemy import Connection, Table, select

from community.graph import ties as graph_ties
from community.imports.export import (
    BATCH,
    NOBODY,
    Export,
    Row,
    deliver,
    options,
    people_of,
    write_table,
)
from community.kit import clock
from community.kit.arrays import Whole
from community.kit.db import reading
from community.ledger import columns
from community.standing import awarding, awards, presets, rulebook, whole
from community.standing import reading as past_of
from community.standing.badges import Assessed, Badge, assess
from community.standing.decisions import decide
from community.standing.metrics import METRICS
from community.standing.models import Award
from community.standing.needs import Asking
from community.standing.past import Past

AWARDS: Table = Award.__table__  # type: ignore[assignment]


class Day(click.ParamType):
    """A day, meaning its end, or a moment."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The moment that a text names, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.combine(date.fromisoformat(value), time.max, UTC)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-03-31", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


as_of_day = click.option(
    "--as-of", type=Day(), default=clock.now, help="A day, meaning its end.  [default: now]"
)


@click.command(
    "decisions",
    epilog="Example: flask export decisions --badge star-host --as-of 2026-03-31 -o decisions.csv",
)
@click.option("--badge", "name", required=True, help="A badge that holds here, or a preset.")
@as_of_day
@options
def export_decisions(name: str, as_of: datetime, quiet: bool, **where: Any) -> None:
    """What an assessment of a badge on a day says of everyone; nothing is kept.

    Whose verdict is gain or keep holds it from then on. ``needs`` tells each need with its
    number, its bar and whether it was met.
    """
    badge = _badge(name)
    past = _past()
    past.context = whole.context_of(past, as_of)
    held = awards.held_by(past, badge.name, as_of)
    assessed = assess(badge, Asking(past, METRICS), as_of, held)
    deliver(DECISION_COLUMNS, _decisions(badge, past, assessed), **where)


@click.command("standings", epilog="Example: flask export standings --as-of 2026-03-31 -o s.csv")
@as_of_day
@options
def export_standings(as_of: datetime, quiet: bool, **where: Any) -> None:
    """Every metric of everyone on a day, with health and trust; worked out anew from the ledger."""
    past = _past()
    found = whole.find(past, as_of)
    past.context = found.context
    told: dict[str, Any] = {name: metric.of(past, as_of).value for name, metric in METRICS.items()}
    told |= {"health": found.health.score, "chance": found.health.p, "trust": found.trust.shown}
    deliver(("member", "external_id", "as_of", *told), _standings(past, as_of, told), **where)


@click.command("ties", epilog="Example: flask export ties --as-of 2026-03-31 -o ties.csv")
@as_of_day
@options
def export_ties(as_of: datetime, quiet: bool, **where: Any) -> None:
    """Who relates to whom on a day: weight, number of events and the last of them, by direction."""
    deliver(TIE_COLUMNS, _ties(graph_ties.of_events(_past().events, as_of)), **where)


@click.command("awards", epilog="Example: flask export awards -o awards.csv")
@options
def export_awards(**where: Any) -> None:
    """Every badge that somebody holds or held: from when to when, in which tier, by which rule."""
    write_table(GIVEN, **where)


DECISION_COLUMNS = (
    "member", "external_id", "verdict", "badge", "rule", "as_of", "tier", "was", "grace", "needs",
)  # fmt: skip
TIE_COLUMNS = (
    "member", "external_id", "other", "other_external_id", "weight", "events", "last_at",
)  # fmt: skip


def _badge(name: str) -> Badge:
    version = rulebook.find(name)
    if version is not None:
        return version.badge
    if name not in presets.names():
        raise click.ClickException(f"There is no badge {name!r}. See: flask badge list")
    return presets.preset(name)


def _past() -> Past:
    store = columns.here()
    store.extend()
    with reading() as connection:
        return past_of.everyone(connection, store, awarding.FACTS)


def _decisions(badge: Badge, past: Past, assessed: Assessed) -> Iterator[list[Row]]:
    for places, people in _people(past):
        rows = []
        for place in places:
            decision = decide(badge, assessed, past, METRICS, place, with_evidence=False)
            needs = [
                {
                    "path": f.path,
                    "metric": f.metric,
                    "value": f.value,
                    "bar": f.bar,
                    "met": f.is_met,
                }
                for f in decision.findings
            ]
            rows.append(
                {
                    **people[int(past.members[place])],
                    "verdict": decision.verdict,
                    "badge": badge.name,
                    "rule": badge.digest,
                    "as_of": assessed.as_of,
                    "tier": decision.after,
                    "was": decision.before,
                    "grace": decision.is_in_grace,
                    "needs": json.dumps(needs, separators=(",", ":")),
                }
            )
        yield rows


def _standings(past: Past, as_of: datetime, told: Mapping[str, Any]) -> Iterator[list[Row]]:
    for places, people in _people(past):
        yield [
            {
                **people[int(past.members[place])],
                "as_of": as_of,
                **{name: _number(values[place]) for name, values in told.items()},
            }
            for place in places
        ]


def _ties(ties: graph_ties.Ties) -> Iterator[list[Row]]:
    for start in range(0, len(ties), BATCH):
        part = slice(start, start + BATCH)
        source, target = ties.members[ties.source[part]], ties.members[ties.target[part]]
        told = zip(
            source.tolist(),
            target.tolist(),
            ties.weight[part].tolist(),
            ties.count[part].tolist(),
            ties.last[part].tolist(),
            strict=True,
        )
        with reading() as connection:
            people = people_of(connection, {*source.tolist(), *target.tolist()})
        yield [
            {
                "member": people.get(one, NOBODY)[0],
                "external_id": people.get(one, NOBODY)[1],
                "other": people.get(other, NOBODY)[0],
                "other_external_id": people.get(other, NOBODY)[1],
                "weight": round(weight, 6),
                "events": many,
                "last_at": clock.from_micros(last),
            }
            for one, other, weight, many, last in told
        ]


def _people(past: Past) -> Iterator[tuple[range, dict[int, Row]]]:
    """The members of a past some at a time: their places, and how each is called."""
    for start in range(0, len(past), BATCH):
        places = range(start, min(start + BATCH, len(past)))
        ids: Whole = past.members[start : places.stop]
        with reading() as connection:
            told = people_of(connection, set(ids.tolist()))
        yield (
            places,
            {
                id: dict(zip(("member", "external_id"), told.get(id, NOBODY), strict=True))
                for id in ids.tolist()
            },
        )


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _awards(connection: Connection, rows: Sequence[Any]) -> Iterator[Row]:
    people = people_of(connection, {row.member_id for row in rows})
    for row in rows:
        member = people.get(row.member_id, NOBODY)
        yield {**row._mapping, "member": member[0], "external_id": member[1]}


GIVEN = Export(
    AWARDS,
    ("id", "member", "external_id", "badge", "tier", "begun_at", "ended_at", "digest", "reason"),
    select(AWARDS),
    _awards,
)

COMMANDS = (export_decisions, export_standings, export_ties, export_awards)
"""To be hung below `flask export`."""
