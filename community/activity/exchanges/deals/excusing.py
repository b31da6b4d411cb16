"""Excusing what nobody could help: a storm, a strike, a lockdown, in a region, on some days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select

from community.activity.exchanges.deals.models import Exchange, Excuse, Excused
from community.activity.exchanges.offers.models import Offer
from community.kit import clock, search
from community.kit.db import db
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words
from community.ledger.models import Event
from community.ledger.record import record, void

CAUSES: dict[str, Words] = {
    "weather": N_("Storm, flood or snow"),
    "disaster": N_("Earthquake, fire or another disaster"),
    "strike": N_("Strike, or no way to travel"),
    "illness": N_("Illness that goes round, or a lockdown"),
    "unrest": N_("War or unrest"),
    "outage": N_("No power or no network"),
    "ours": N_("A mistake of this place"),
}
FAILED = ("cancelled", "not_met")
MOST_COVERED = 1_000
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Covered:
    """An exchange that an excuse covers."""

    id: int
    title: str
    place: str
    state: str
    first_day: date | None
    last_day: date | None
    ended_at: datetime | None


def why_not_excuse(
    region: str, first: date, last: date, cause: str, words: str, covered: int
) -> Words | None:
    """Why this can't be excused; None when it can."""
    if cause not in CAUSES:
        return N_("Choose one of the causes.")
    if last < first:
        return N_("The last day comes before the first.")
    if last - first > LONGEST:
        return N_("An excuse covers at most a year.")
    if len(words.strip()) < 5:
        return N_("Say in a few words what happened: members read it.")
    if region and not search.words(region):
        return N_("Name the region by words that stand in places.")
    if covered == 0:
        return N_("It covers nothing that is not excused already.")
    if covered > MOST_COVERED:
        return N_("That covers more than %(most)d exchanges: narrow it.", most=MOST_COVERED)
    return None


def covered_by(region: str, first: date, last: date, *, but_of: int | None = None) -> list[Covered]:
    """What failed in a region on some days and is not excused yet, the newest first.

    An exchange without dates counts on the day (UTC) on which it ended. Those of ``but_of`` are
    left out: nobody excuses themselves where somebody else can.
    """
    asked_words = set(search.words(region))
    begins = datetime.combine(first, time(), UTC)
    ends = datetime.combine(last, time(), UTC) + timedelta(days=1)
    is_excused = exists().where(
        Excused.exchange_id == Exchange.id,
        Excused.excuse_id == Excuse.id,
        Excuse.withdrawn_at.is_(None),
    )
    rows = db.session.execute(
        select(
            Exchange.id,
            Offer.title,
            Offer.place,
            Exchange.state,
            Exchange.first_day,
            Exchange.last_day,
            Exchange.ended_at,
        )
        .join(Offer, Offer.id == Exchange.offer_id)
        .where(
            Exchange.state.in_(FAILED),
            or_(
                and_(Exchange.first_day <= last, Exchange.last_day >= first),
                and_(
                    Exchange.first_day.is_(None),
                    Exchange.ended_at >= begins,
                    Exchange.ended_at < ends,
                ),
            ),
            ~is_excused,
            Exchange.provider_id != (but_of or 0),
            Exchange.receiver_id != (but_of or 0),
        )
        .order_by(Exchange.id.desc())
    )
    return [
        Covered(row.id, row.title, row.place or "", *row[3:])
        for row in rows
        if asked_words <= set(search.words(row.place or ""))
    ]


def excuse(
    by: int,
    region: str,
    first: date,
    last: date,
    cause: str,
    words: str,
    *,
    but_of: int | None = None,
) -> tuple[Excuse, int]:
    """Excuse what failed in a region on some days; how much that is."""
    covered = _held(region, first, last, but_of)
    refuse_if(why_not_excuse(region, first, last, cause, words, len(covered)))
    made = Excuse(
        made_at=clock.now(),
        made_by=by,
        region=region,
        first_day=first,
        last_day=last,
        cause=cause,
        words=words.strip(),
    )
    db.session.add(made)
    db.session.flush()
    _cover(made, by, [each.id for each in covered])
    return made, len(covered)


def look_again(made: Excuse, by: int, *, but_of: int | None = None) -> int:
    """Let an excuse cover what failed since it was made; how much that is."""
    refuse_if(why_not_touch(made))
    covered = _held(made.region, made.first_day, made.last_day, but_of)
    _cover(made, by, [each.id for each in covered])
    return len(covered)


def withdraw(made: Excuse, by: int, reason: str) -> None:
    """Take an excuse back, with all that it excused."""
    refuse_if(why_not_touch(made))
    made.withdrawn_at, made.withdrawn_by = clock.now(), by
    events = db.session.scalars(
        select(Event)
        .join(Excused, Excused.event_id == Event.id)
        .where(Excused.excuse_id == made.id, Event.voided_at.is_(None))
    ).all()
    for event in events:
        void(event, reason[:200], by)


def why_not_touch(made: Excuse) -> Words | None:
    """Why an excuse can't be changed any more; None when it can."""
    return None if made.withdrawn_at is None else N_("It was taken back already.")


def known(most: int) -> Sequence[Any]:
    """The newest excuses."""
    return db.session.scalars(select(Excuse).order_by(Excuse.id.desc()).limit(most)).all()


def _held(region: str, first: date, last: date, but_of: int | None) -> list[Covered]:
    """What an excuse covers, which nobody else excuses before this transaction ends."""
    ids = [each.id for each in covered_by(region, first, last, but_of=but_of)]
    these = select(Exchange.id).where(Exchange.id.in_(ids[: MOST_COVERED + 1]))
    db.session.execute(these.order_by(Exchange.id).with_for_update()).all()
    return covered_by(region, first, last, but_of=but_of)


def _cover(made: Excuse, by: int, exchange_ids: Iterable[int]) -> None:
    asked = select(Exchange).where(Exchange.id.in_(list(exchange_ids))).order_by(Exchange.id)
    for exchange in db.session.scalars(asked):
        if exchange.subject_id is None:
            continue
        # Where they did not meet, nobody is named: it is excused for both.
        about = exchange.ended_by if exchange.state == "cancelled" else None
        event = record("excuse.granted", by, about, ("exchange", exchange.subject_id))
        db.session.add(Excused(excuse_id=made.id, exchange_id=exchange.id, event_id=event.id))
    db.session.flush()
