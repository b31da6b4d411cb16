"""Putting the demo town's offers and exchanges into the tables of their own."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from community.activity.exchanges.deals.models import (
    Exchange,
    ExchangeMove,
    Excuse,
    Excused,
    Hold,
    Message,
    Recap,
)
from community.activity.exchanges.offers.kindbook import id_of
from community.activity.exchanges.offers.models import (
    Offer,
    OfferClosure,
    OfferKept,
    OfferVersion,
    OfferViews,
    OfferWord,
)
from community.activity.members.rules import found_under
from community.demo.adding import add, added
from community.demo.chronicle import Chronicle
from community.demo.keeping_reviews import PLACE, keep_board, keep_reviews
from community.demo.trade import Deal, Offered, due_at
from community.kit import search, text
from community.ledger.models import Event

CURRENCY = "EUR"
MICROSECOND = timedelta(microseconds=1)
UNITS = {"stay": "night", "thing": "piece", "lesson": "hour", "help": "hour", "open": "time"}


def keep(connection: Connection, town: Chronicle) -> None:
    """Write all of it, once people, subjects and events have their ids."""
    events = _ids_of_events(connection)
    kinds = {name: id_of(connection, name) for name in UNITS}
    _keep_offers(connection, town.offers, kinds)
    _keep_deals(connection, town.deals, events)
    keep_reviews(connection, town.deals, kinds, events)
    keep_board(connection, town)


def _ids_of_events(connection: Connection) -> dict[datetime, int]:
    """The id of each event, by its moment: no two have the same."""
    asked = select(Event.happened_at, Event.id)
    return {row[0]: row[1] for row in connection.execute(asked)}


# ---- offers ----


def _keep_offers(connection: Connection, offers: Sequence[Offered], kinds: dict[str, int]) -> None:
    rows = [_offer(each, kinds[each.kind]) for each in offers]
    for offered, id in zip(offers, added(connection, Offer, rows), strict=True):
        offered.id = id
    here = [each for each in offers if not each.owner.is_erased]
    shown = [each for each in offers if each.thing is not None]
    add(
        connection,
        OfferVersion,
        (_version(each, row) for each, row in zip(offers, rows, strict=True) if each.thing),
    )
    add(
        connection,
        OfferWord,
        (
            {"word": word, "offer_id": each.id}
            for each in shown
            if each in here
            for word in found_under(each.title, "", _place(each))
        ),
    )
    add(
        connection,
        OfferClosure,
        (
            {"offer_id": each.id, "first_day": first, "last_day": last}
            for each in here
            for first, last in each.closed
        ),
    )
    add(
        connection,
        OfferKept,
        (
            {"member_id": who.id, "offer_id": each.id, "at": at}
            for each in shown
            for who, at in each.kept.items()
            if not who.is_erased
        ),
    )
    add(
        connection,
        OfferViews,
        (
            {"offer_id": each.id, "day": day, "views": views}
            for each in shown
            for day, views in each.views.items()
        ),
    )


def _place(offered: Offered) -> str:
    place = offered.owner.told.place or ""
    return place if place.endswith(PLACE) else PLACE


def _offer(offered: Offered, kind: int) -> dict[str, Any]:
    idea, is_gone = offered.idea, offered.owner.is_erased
    amount = idea.get("amount")
    title, words = ("", "") if is_gone else (offered.title, offered.text)
    return {
        "subject_id": offered.thing.id if offered.thing else None,
        "owner_id": offered.owner.id,
        "kind_id": kind,
        "is_wish": offered.is_wish,
        "state": "archived" if is_gone else offered.state,
        "title": title,
        "title_key": search.key(title, 200),
        "text": words,
        "html": text.markdown(words) if words else "",
        "renderer": text.RENDERER,
        "rules": "" if is_gone else idea.get("rules", ""),
        "details": {} if is_gone else idea.get("details", {}),
        "place": None if is_gone else _place(offered),
        "time_zone": "UTC",
        "is_free": amount is None,
        "amount": amount,
        "currency": CURRENCY if amount is not None else None,
        "quantity": offered.quantity,
        "shortest": 1,
        "longest": 14 if offered.grain == "day" else None,
        "reply_hours": None if offered.is_wish else idea.get("reply"),
        "version": 1,
        "made_at": offered.made_at,
        "changed_at": offered.made_at,
        "published_at": offered.made_at if offered.thing else None,
    }


PROMISED = (
    "title", "text", "rules", "details", "place", "time_zone", "is_free", "amount", "currency",
    "quantity", "shortest", "longest", "reply_hours",
)  # fmt: skip


def _version(offered: Offered, row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in PROMISED} | {"unit": UNITS[offered.kind]}
    told["place"] = told["place"] or ""
    return {
        "offer_id": offered.id,
        "version": 1,
        "made_at": offered.made_at,
        "told": {} if offered.owner.is_erased else told,
    }


# ---- exchanges ----


def _keep_deals(connection: Connection, deals: Sequence[Deal], events: dict[datetime, int]) -> None:
    for deal, id in zip(
        deals, added(connection, Exchange, [_exchange(d) for d in deals]), strict=True
    ):
        deal.id = id
    add(connection, ExchangeMove, (row for deal in deals for row in _moves(deal)))
    add(
        connection,
        Hold,
        (
            {"offer_id": deal.offered.id, "slot": slot, "place": place, "exchange_id": deal.id}
            for deal in deals
            for slot, place in deal.holds
        ),
    )
    add(connection, Message, (row for deal in deals for row in _messages(deal)))
    add(
        connection,
        Recap,
        (
            {
                "exchange_id": deal.id,
                "member_id": side.id,
                "text": words,
                "is_public": is_public,
                "made_at": at,
                "changed_at": at,
            }
            for deal in deals
            for side, at, words, is_public in deal.recaps
            if not side.is_erased
        ),
    )
    excused = [deal for deal in deals if deal.excused is not None]
    ids = added(connection, Excuse, [_excuse(deal) for deal in excused])
    add(
        connection,
        Excused,
        (
            {"excuse_id": id, "exchange_id": deal.id, "event_id": events[deal.excused[1].at]}
            for deal, id in zip(excused, ids, strict=True)
            if deal.excused is not None
        ),
    )


def _exchange(deal: Deal) -> dict[str, Any]:
    offered, last = deal.offered, deal.steps[-1]
    amount = offered.idea.get("amount")
    by_owner = next((s.at for s in deal.steps if s.by is deal.owner), None)
    has_ended = deal.ended_at is not None
    return {
        "subject_id": deal.thing.id,
        "offer_id": offered.id,
        "offer_version": 1,
        "provider_id": deal.provider.id,
        "receiver_id": deal.receiver.id,
        "is_wish": offered.is_wish,
        "state": deal.state,
        "moves": len(deal.steps),
        "first_day": deal.first.date() if deal.first else None,
        "last_day": (deal.last - MICROSECOND).date() if deal.last else None,
        "starts_at": deal.first,
        "ends_at": deal.last,
        "late_at": deal.late_at,
        "units": deal.units,
        "amount": amount * deal.units if amount is not None else None,
        "currency": CURRENCY if amount is not None else None,
        "made_at": deal.at,
        "changed_at": last.at,
        "answered_at": by_owner,
        "confirmed_at": deal.confirmed_at,
        "done_by": next((s.by.id for s in deal.steps if s.after == "half_done" and s.by), None),
        "ended_at": deal.ended_at,
        "ended_by": last.by.id if has_ended and last.by else None,
        "reason": last.reason if has_ended else None,
        "is_late": deal.is_late,
        "due_at": due_at(deal),
        "review_until": deal.review_until,
        "opened_at": deal.opened_at,
    }


def _moves(deal: Deal) -> Iterator[dict[str, Any]]:
    for n, step in enumerate(deal.steps, 1):
        is_gone = step.by is not None and step.by.is_erased
        yield {
            "exchange_id": deal.id,
            "n": n,
            "at": step.at,
            "by": step.by.id if step.by else None,
            "move": step.move,
            "before": step.before,
            "after": step.after,
            "reason": step.reason,
            "words": None if is_gone else step.words,
            "told": _terms(deal) if step.move in ("ask", "counter") else None,
        }


def _terms(deal: Deal) -> dict[str, Any]:
    row = _exchange(deal)
    moments = ("first_day", "last_day", "starts_at", "ends_at")
    said = {name: row[name] and row[name].isoformat() for name in moments}
    return {"units": deal.units, **said, "amount": row["amount"], "currency": row["currency"]}


def _messages(deal: Deal) -> Iterator[dict[str, Any]]:
    ordered = sorted(deal.lines, key=lambda line: line.at)
    for line in ordered:
        answers = [x.at for x in ordered if x.author is not line.author and x.at > line.at]
        answers += [s.at for s in deal.steps if s.by not in (None, line.author) and s.at > line.at]
        yield {
            "exchange_id": deal.id,
            "author_id": line.author.id,
            "at": line.at,
            "text": "" if line.author.is_erased else line.text,
            # Of an exchange that is over everything was read, also what nobody answered.
            "seen_at": min(answers, default=line.at if deal.ended_at else None)
            if line.is_seen
            else None,
            "key": None,
        }


def _excuse(deal: Deal) -> dict[str, Any]:
    manager, granted = deal.excused or (deal.owner, None)
    day = deal.steps[-1].at.date()
    return {
        "made_at": granted.at if granted else deal.at,
        "made_by": manager.id,
        "region": PLACE,
        "first_day": day,
        "last_day": day,
        "cause": "illness" if deal.steps[-1].reason == "fell_ill" else "weather",
        "words": "",
    }
