"""Ranking offers: the job that works out what of an offer's score does not depend on the reader."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.exchanges.offers import ranking
from community.activity.exchanges.offers.models import Offer, RankingRule
from community.activity.exchanges.offers.ranking import Around, Facts, Rule
from community.activity.members.models import Member
from community.kit import clock
from community.kit.db import connection, db
from community.standing.models import Standing

A_BATCH = 1_000
DIGITS = 2
WINDOW = timedelta(days=365)
"""How far back exchanges count."""
TABLE = Offer.__table__


def rule_now() -> Rule:
    """The rule by which offers are ranked now."""
    asked = select(RankingRule.weights).where(RankingRule.applied_at.is_not(None))
    return ranking.read(db.session.scalar(asked.order_by(RankingRule.id.desc()).limit(1)))


def rank(as_of: datetime | None = None) -> Iterator[int]:
    """Work out the score of every published offer anew; yields how many changed, batch by batch."""
    now = as_of or clock.now()
    newest = db.session.scalar(select(RankingRule).order_by(RankingRule.id.desc()).limit(1))
    newest_id = newest.id if newest else None
    rule = ranking.read(newest.weights if newest else None)
    dealt, cancelled = _exchanges(now)
    completed = _completed()
    community = ranking.around(
        row.stars for row in connection().execute(select(Standing.stars)) if row.stars
    )
    last = 0
    while rows := _batch(last):
        last = rows[-1].id
        changed = []
        for row in rows:
            facts = _facts(row, dealt, cancelled, now)
            put = _ranked(row, facts, community, rule, completed.get(row.owner_id, 0), now)
            if put is not None:
                changed.append(put)
        if changed:
            connection().execute(_PUT, changed)
        yield len(changed)
    if newest_id is not None:
        unapplied = (RankingRule.id <= newest_id, RankingRule.applied_at.is_(None))
        db.session.execute(update(RankingRule).where(*unapplied).values(applied_at=now))
    yield 0


_PUT = (
    update(Offer)
    .where(TABLE.c.id == bindparam("of"))
    .values(
        score=bindparam("score"),
        ranked=bindparam("ranked", type_=TABLE.c.ranked.type),
        is_newcomer=bindparam("is_newcomer"),
        rated=bindparam("rated"),
    )
)


def _batch(last: int) -> Sequence[Any]:
    asked = (
        select(
            Offer.id,
            Offer.owner_id,
            Offer.published_at,
            Offer.changed_at,
            Offer.score,
            Offer.ranked,
            Offer.is_newcomer,
            Offer.rated,
            Member.joined_at,
            Standing.stars,
            Standing.told,
        )
        .join(Member, Member.id == Offer.owner_id)
        .outerjoin(Standing, Standing.member_id == Offer.owner_id)
        .where(Offer.id > last, Offer.state == "published")
        .order_by(Offer.id)
        .limit(A_BATCH)
    )
    return connection().execute(asked).all()


def _facts(
    row: Any, dealt: Mapping[int, int], cancelled: Mapping[int, int], now: datetime
) -> Facts:
    _, answered, enquiries = (row.told or {}).get("shown", {}).get("response_rate") or (0, 0, 0)
    published = row.published_at or row.changed_at
    return Facts(
        row.stars or None,
        answered or 0,
        enquiries or 0,
        cancelled.get(row.owner_id, 0),
        dealt.get(row.owner_id, 0),
        ranking.age(published, row.changed_at, now),
        max((now - published).days, 0),
    )


def _ranked(
    row: Any, facts: Facts, community: Around, rule: Rule, completed: int, now: datetime
) -> dict[str, Any] | None:
    """What is written of an offer; None where nothing changed."""
    values = ranking.values(facts, community)
    parts = ranking.points(values, rule)
    told = {
        "values": values,
        "points": parts,
        "facts": {
            "stars": list(facts.stars) if facts.stars else None,
            "response": [facts.answered, facts.enquiries],
            "reliability": [facts.cancelled, facts.dealt],
            "days": [facts.days, facts.published],
            "around": [round(community.mean, DIGITS), round(community.reach, DIGITS)],
        },
    }
    put = {
        "score": sum(parts.values()),
        "ranked": told,
        "is_newcomer": ranking.is_newcomer(completed, row.joined_at, row.published_at, now),
        "rated": round(facts.stars[0] * 100) if facts.stars else None,
    }
    is_same = all(getattr(row, name) == value for name, value in put.items())
    return None if is_same else {"of": row.id, **put}


def _exchanges(now: datetime) -> tuple[dict[int, int], dict[int, int]]:
    """How many exchanges of a year each member completed or cancelled, and how many of them they cancelled."""
    lately = Exchange.ended_at > now - WINDOW
    dealt: dict[int, int] = {}
    for side in (Exchange.provider_id, Exchange.receiver_id):
        asked = select(side, func.count()).where(Exchange.state == "completed", lately)
        for member, many in db.session.execute(asked.group_by(side)):
            dealt[member] = dealt.get(member, 0) + many
    is_excused = (
        select(Excused.exchange_id)
        .join(Excuse, Excuse.id == Excused.excuse_id)
        .where(Excused.exchange_id == Exchange.id, Excuse.withdrawn_at.is_(None))
        .exists()
    )
    asked = (
        select(Exchange.ended_by, func.count())
        .where(Exchange.state == "cancelled", lately, Exchange.ended_by.is_not(None), ~is_excused)
        .group_by(Exchange.ended_by)
    )
    cancelled = {row[0]: row[1] for row in db.session.execute(asked)}
    for member, many in cancelled.items():
        dealt[member] = dealt.get(member, 0) + many
    return dealt, cancelled


def _completed() -> dict[int, int]:
    """How many exchanges each member ever completed."""
    found: dict[int, int] = {}
    for side in (Exchange.provider_id, Exchange.receiver_id):
        asked = select(side, func.count()).where(Exchange.state == "completed").group_by(side)
        for member, many in db.session.execute(asked):
            found[member] = found.get(member, 0) + many
    return found
