"""Putting what the demo town says of its exchanges, and what it brought along, into their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from community.activity.exchanges.offers.kinds import THING
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewDecision,
    ReviewHelped,
    ReviewReport,
)
from community.demo.adding import add, added
from community.demo.arrivals import BOARD
from community.demo.chronicle import DAY, Chronicle, Happening
from community.demo.people import Person
from community.demo.trade import Deal, Said
from community.demo.words import circles
from community.imports import dealings
from community.imports.dealings import ExchangeTold, OfferTold, ReviewTold
from community.kit import clock, search, text
from community.ledger.models import Event

PLACE = "Alderhaven"
APPEAL_FOR = 183 * DAY


def keep_reviews(
    connection: Connection,
    deals: Sequence[Deal],
    kinds: dict[str, int],
    events: dict[datetime, int],
) -> None:
    """Write what both sides said, with all that came of it."""
    all = [(deal, said) for deal in deals for said in deal.said]
    rows = [_review(deal, said, kinds[deal.offered.kind], events) for deal, said in all]
    for (_, said), id in zip(all, added(connection, Review, rows), strict=True):
        said.id = id
    opened = [said for _, said in all if said.opened is not None]
    add(
        connection,
        ReviewHelped,
        (
            {"review_id": said.id, "member_id": who.id, "at": at}
            for said in opened
            for who, at in _helped(said).items()
        ),
    )
    for said in opened:
        _keep_decisions(connection, said)


def _helped(said: Said) -> dict[Person, datetime]:
    return {who: at for who, at in said.helped.items() if not who.is_erased}


def _review(deal: Deal, said: Said, kind: int, events: dict[datetime, int]) -> dict[str, Any]:
    is_gone, opened = said.author.is_erased, said.opened
    is_silent = said.is_closed or is_gone
    words = "" if is_silent else said.text
    at, response = said.response or (None, None)
    if said.about.is_erased:
        at, response = None, None
    return {
        "exchange_id": deal.id,
        "side": "provider" if said.author is deal.provider else "receiver",
        "author_id": said.author.id,
        "about_id": said.about.id,
        "offer_id": deal.offered.id,
        "kind_id": kind,
        "made_at": said.at,
        "changed_at": said.at,
        "version": 1,
        "published_at": opened.at if opened else None,
        "removed_at": said.removed,
        "stars": None if said.is_closed else said.stars,
        "scores": {} if said.is_closed else said.scores,
        "expected": None if said.is_closed else said.expected,
        "got": None if said.is_closed else said.got,
        "text": words,
        "html": text.markdown(words) if words else "",
        "text_key": search.fold(words),
        "private_note": "" if is_silent else said.note,
        "safety": None,
        "would_again": None if said.is_closed else said.would_again,
        "photos": [],
        "is_closed": said.is_closed,
        "is_verified": True,
        "is_incentivised": False,
        "is_late_cancel": deal.state == "cancelled",
        "is_worry": False,
        "helpful": len(_helped(said)) if opened else 0,
        "response": response,
        "response_html": text.markdown(response) if response else None,
        "responded_at": at,
        "subject_id": opened.about.id if opened and opened.about else None,
        "event_id": events[opened.at] if opened else None,
    }


def _keep_decisions(connection: Connection, said: Said) -> None:
    if said.report is not None:
        by, at, ground, words = said.report
        row = {"review_id": said.id, "by": by.id, "reason": ground, "words": words, "at": at}
        add(connection, ReviewReport, [{**row, "decided_at": said.removed}])
    first = None
    for by, at, ground, words in said.decisions:
        row = {
            "review_id": said.id, "verdict": "remove", "ground": ground, "words": words,
            "by": by.id, "at": at, "appeal_until": at + APPEAL_FOR, "appeal_of": first,
        }  # fmt: skip
        (id,) = added(connection, ReviewDecision, [row])
        first = first or id
    if said.appeal is not None:
        by, at, words = said.appeal
        row = {"decision_id": first, "review_id": said.id, "by": by.id, "words": words, "at": at}
        add(connection, ReviewAppeal, [{**row, "decided_at": said.decisions[-1][1]}])


def keep_board(connection: Connection, town: Chronicle) -> None:
    """What came from elsewhere has rows as other imports have them."""
    brought = [h for h in town.happenings if h.source == BOARD and h.about is not None]
    kinds = {_begins(idea["title"]): idea["kind"] for c in circles() for idea in c.offers}
    named = select(Event.external_id, Event.id).where(Event.source == BOARD)
    ids = {row[0]: row[1] for row in connection.execute(named)}
    offers = [_board_offer(h, kinds) for h in brought if h.kind == "offer.published"]
    dealings.add_offers(connection, offers)
    here = dealings.offers_here(connection, [offer.subject for offer in offers])
    dealt = {h.external_id: h for h in brought if h.kind == "exchange.completed"}
    exchanges = [
        ExchangeTold(ids[id], h.about.id, h.actor.id, h.other.id, clock.to_micros(h.at))
        for id, h in dealt.items()
        if h.about and h.actor and h.other
    ]
    dealings.add_exchanges(connection, exchanges, here)
    praised = [h for h in brought if h.kind == "review.published"]
    dealings.add_reviews(connection, [_board_review(h, ids) for h in praised], here)


def _board_offer(happening: Happening, kinds: dict[str, str]) -> OfferTold:
    thing = happening.about
    if thing is None:
        raise ValueError("an offer is about something")
    kind = kinds.get(_begins(thing.title or ""), THING)
    html = text.markdown(thing.text or "")
    at = clock.to_micros(thing.made_at)
    name = str(happening.external_id)
    return OfferTold(thing.id, thing.owner.id, name, kind, at, thing.title, html, place=PLACE)


def _board_review(happening: Happening, ids: dict[str | None, int]) -> ReviewTold:
    thing, number = happening.about, str(happening.external_id).partition(":")[2]
    if thing is None or happening.other is None:
        raise ValueError("a review is about something and somebody")
    return ReviewTold(
        thing.id,
        ids[happening.external_id],
        ids[f"deal:{number}"],
        thing.owner.id,
        happening.other.id,
        clock.to_micros(happening.at),
        text.markdown(thing.text or ""),
    )


def _begins(title: str) -> str:
    """By which a title is known, wherever in town it is."""
    return title[:12]
