"""What the two sides of an exchange do: ask, move it on, write to each other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from community.activity.exchanges.deals import holding, queries, rules
from community.activity.exchanges.deals import terms as what
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Message
from community.activity.exchanges.deals.terms import Terms
from community.activity.exchanges.offers.models import Offer, OfferDecision, OfferKind
from community.activity.members.models import Member
from community.kit import additions, clock
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.kit.text import clean
from community.kit.words import N_
from community.ledger.models import Subject
from community.ledger.record import record

TOLD = "told of an exchange"
"""Where rooms further up add how a side learns of a step: called with what, exchange, whom, key."""
QUIET = timedelta(hours=6)
"""How long nothing unread may have come before another message is told by letter."""
CHANGED = N_("This has changed since you saw it. Look again, and then decide.")
BINDING = ("accept", "agree", "confirm", "counter", "ask_again", "cancel")
"""Moves that mean what was seen: they are refused when something else stands there by now."""


def ask(
    offer_id: int, asker_id: int, terms: Terms, words: str = "", key: str | None = None
) -> Exchange:
    """Ask for an offer, or offer what a wish asks for. The same key again answers with the first."""
    now = clock.now()
    # Of many at once each sees those before it, so that together they keep to how many may wait.
    db.session.get(Member, asker_id, with_for_update={"key_share": True})
    key = f"{asker_id}:{key}"[:80] if key else None
    known = _known(key)
    if known is not None:
        return known
    offer = queries.offered(offer_id)
    if offer is None:
        raise Refused(N_("It is not offered any more."))
    slots = what.slots(offer.grain, terms)
    full = what.full(holding.taken(offer.id, slots), offer.quantity)
    waiting, with_owner = queries.waiting_of(asker_id, offer.owner_id)
    refuse_if(
        rules.why_not_ask(
            offer,
            asker_id,
            terms,
            now,
            queries.closed(offer.id, terms),
            full,
            waiting=waiting,
            waiting_with_owner=with_owner,
        )
    )
    provider, receiver = (asker_id, offer.owner_id) if offer.is_wish else (offer.owner_id, asker_id)
    exchange = Exchange(
        key=key,
        offer_id=offer.id,
        offer_version=offer.version,
        provider_id=provider,
        receiver_id=receiver,
        is_wish=offer.is_wish,
        state=rules.FIRST,
        moves=0,
        made_at=now,
        changed_at=now,
    )
    _agree_on(exchange, terms)
    try:
        with db.session.begin_nested():
            db.session.add(exchange)
    except IntegrityError:
        known = _known(key)
        if known is None:
            raise
        return known
    subject = Subject(
        type="exchange", owner=asker_id, parent=offer.subject_id, made_at=now, title=offer.title
    )
    db.session.add(subject)
    db.session.flush()
    exchange.subject_id = subject.id
    _note(exchange, now, asker_id, "ask", None, None, None, terms.told)
    exchange.due_at = rules.due(exchange, now)
    if words.strip():
        db.session.add(
            Message(
                exchange_id=exchange.id,
                author_id=asker_id,
                at=now,
                text=clean(words).strip()[: rules.LONGEST_MESSAGE],
            )
        )
    _record(exchange, "enquiry.made", asker_id, offer.owner_id, now)
    db.session.flush()
    _tell("asked", exchange, offer.owner_id)
    return exchange


def move(
    exchange_id: int,
    name: str,
    by: int,
    *,
    seen: int | None = None,
    reason: str | None = None,
    words: str = "",
    terms: Terms | None = None,
) -> Exchange:
    """Let a side make a move. The same move again, from the same page, changes nothing.

    ``seen`` is how many moves there were when they saw it. What the clock has not done yet is
    done first, so that nobody answers what has run out.
    """
    now = clock.now()
    exchange = locked(exchange_id)
    if _is_repeated(exchange, name, by, seen, terms):
        return exchange
    if seen is not None and seen != exchange.moves and name in BINDING:
        raise Refused(CHANGED)
    catch_up(exchange, now)
    refuse_if(rules.why_not_move(exchange, name, by, now))
    if name in rules.AGREEING:
        is_closed = _is_closed(exchange.offer_id)
        refuse_if(rules.why_not_agree(name, is_offer_closed=is_closed))
    line = rules.move_from(exchange.state, name)
    if line is None:
        raise Refused(CHANGED)
    refuse_if(rules.why_not_reason(reason or "", line, is_owner=by == exchange.owner_id))
    if len(words) > rules.LONGEST_WORDS:
        raise Refused(N_("At most %(most)d characters.", most=rules.LONGEST_WORDS))
    if line.has_terms:
        _propose(exchange, by, terms, now)
    _make(exchange, line, by, now, reason if line.has_reason else None, words, terms)
    return exchange


def say(exchange_id: int, author_id: int, text: str, key: str | None = None) -> Message:
    """Write to the other side. The same key again answers with the first."""
    now, text = clock.now(), clean(text).strip()
    exchange = locked(exchange_id)
    key = f"{author_id}:{key}"[:80] if key else None
    known = key and db.session.scalar(
        select(Message).where(Message.exchange_id == exchange.id, Message.key == key)
    )
    if known:
        return known
    refuse_if(rules.why_not_say(exchange, author_id, text, now))
    is_quiet = not db.session.scalar(
        select(
            select(Message.id)
            .where(
                Message.exchange_id == exchange.id,
                Message.author_id == author_id,
                Message.seen_at.is_(None),
                Message.at > now - QUIET,
            )
            .exists()
        )
    )
    message = Message(exchange_id=exchange.id, author_id=author_id, at=now, text=text, key=key)
    db.session.add(message)
    _answered(exchange, author_id, now)
    db.session.flush()
    if is_quiet:
        _tell("wrote", exchange, _other(exchange, author_id), f"message:{message.id}")
    return message


def mark_seen(exchange_id: int, reader_id: int) -> None:
    """Note that a side has read what the other wrote."""
    db.session.execute(
        update(Message)
        .where(
            Message.exchange_id == exchange_id,
            Message.author_id != reader_id,
            Message.seen_at.is_(None),
        )
        .values(seen_at=clock.now())
    )


def let_go(member_id: int) -> None:
    """Take a member who leaves the place out of all that is still open, so that nobody waits for them."""
    now = clock.now()
    for id in queries.open_of(member_id):
        exchange = locked(id)
        catch_up(exchange, now)
        line = rules.way_out(exchange, member_id, now)
        if line is not None:
            reason = "else" if line.has_reason else None
            _make(exchange, line, member_id, now, reason, is_told=False)
            _tell("left", exchange, _other(exchange, member_id))


def tell_decided(offer: Offer, decision: OfferDecision) -> None:
    """Tell those who wait for an agreement that staff closed the offer, or opened it again.

    What they asked for stays until somebody ends it or it runs out: an offer may be put right.
    """
    if decision.verdict == "keep":
        return
    waiting = select(Exchange).where(Exchange.offer_id == offer.id, Exchange.state.in_(rules.OPEN))
    for exchange in db.session.scalars(waiting.order_by(Exchange.id)):
        step = "offer_closed" if offer.is_closed_by_staff else "offer_reopened"
        _tell(step, exchange, exchange.asker_id, f"decision:{decision.id}")


def catch_up(exchange: Exchange, now: datetime) -> int:
    """Do what the clock was to do with a locked exchange until now; how much that was.

    Each move is dated at the moment at which it was due, and the next is due from there.
    """
    done = 0
    while exchange.due_at is not None and exchange.due_at <= now:
        at = exchange.due_at
        name = rules.clock_move(exchange, at)
        line = rules.move_from(exchange.state, name) if name else None
        if line is not None:
            _make(exchange, line, None, at)
        else:
            exchange.due_at = rules.due(exchange, at)
            for side in (exchange.asker_id, exchange.owner_id):
                _tell("over", exchange, side)
        done += 1
    return done


def locked(exchange_id: int) -> Exchange:
    """An exchange as it stands now, which nobody else changes before this transaction ends."""
    exchange = db.session.get(Exchange, exchange_id, with_for_update=True, populate_existing=True)
    if exchange is None:
        raise LookupError(f"no exchange {exchange_id}")
    return exchange


def terms_of(exchange: Exchange) -> Terms:
    """What an exchange is about at present."""
    return Terms(
        exchange.units,
        exchange.first_day,
        exchange.last_day,
        exchange.starts_at,
        exchange.ends_at,
        exchange.late_at,
        exchange.amount,
        exchange.currency,
    )


def _propose(exchange: Exchange, by: int, terms: Terms | None, now: datetime) -> None:
    """Put other terms in place of those that stand there, if they can be had."""
    offer = queries.offered(exchange.offer_id)
    if terms is None or offer is None:
        raise Refused(N_("Say what you propose."))
    full = what.full(holding.taken(offer.id, what.slots(offer.grain, terms)), offer.quantity)
    # Whose offer it is may leave their own rules aside; nobody can promise what is taken.
    refuse_if(
        what.why_not_when(offer, terms, now) or what.why_not_free(offer, terms, full)
        if by == exchange.owner_id
        else what.why_not_terms(offer, terms, now, queries.closed(offer.id, terms), full)
    )
    _agree_on(exchange, terms)


def _make(
    exchange: Exchange,
    line: rules.Move,
    by: int | None,
    at: datetime,
    reason: str | None = None,
    words: str = "",
    terms: Terms | None = None,
    *,
    is_told: bool = True,
) -> None:
    """Make a move that the rules allow: the rows, what is held, what is due, events, letters."""
    before, after = rules.STATES[exchange.state], rules.STATES[line.after]
    is_late = line.name == "cancel" and rules.is_late(exchange, at)
    exchange.state = after.name
    kept = clean(words).strip() or None
    told = terms.told if terms is not None and line.has_terms else None
    _note(exchange, at, by, line.name, before.name, reason, kept, told)
    if line.after == "confirmed":
        exchange.confirmed_at = at
    if line.after == "half_done":
        exchange.done_by = by
    if after.is_end:
        _end(exchange, by, at, reason, is_late=is_late)
    if after.holds and not before.holds:
        holding.hold(exchange, _grain(exchange), terms_of(exchange))
    if before.holds and not after.holds:
        holding.release([exchange.id])
    exchange.due_at = rules.due(exchange, at)
    _record_move(exchange, line, before, by, at)
    db.session.flush()
    if is_told:
        _tell_move(exchange, line, by)


def _end(
    exchange: Exchange, by: int | None, at: datetime, reason: str | None, *, is_late: bool
) -> None:
    exchange.ended_at, exchange.ended_by, exchange.reason = at, by, reason
    exchange.is_late = is_late
    if rules.is_reviewable(exchange.state, is_late=is_late):
        # From when they can know of it, so that a machine that was off takes no days from them.
        exchange.review_until = max(at, clock.now()) + timedelta(
            days=current_app.config["REVIEW_DAYS"]
        )


def _record_move(
    exchange: Exchange, line: rules.Move, before: rules.State, by: int | None, at: datetime
) -> None:
    if by is not None:
        _answered(exchange, by, at)
    asker, owner = exchange.asker_id, exchange.owner_id
    if line.after == "confirmed":
        _record(exchange, "exchange.started", asker, owner, at)
    if line.after == "completed":
        sides = (exchange.receiver_id, exchange.provider_id)
        _record(exchange, "exchange.completed", *sides, at, value=exchange.units)
    if line.name == "cancel" and before.name in rules.BOUND and by is not None:
        _record(exchange, "exchange.cancelled", by, _other(exchange, by), at)


def _answered(exchange: Exchange, by: int, at: datetime) -> None:
    """Note the first that the owner did or said after they were asked."""
    if by == exchange.owner_id and exchange.answered_at is None:
        exchange.answered_at = at
        _record(exchange, "enquiry.answered", by, exchange.asker_id, at)


def _record(
    exchange: Exchange, kind: str, actor: int, other: int, at: datetime, value: int | None = None
) -> None:
    if exchange.subject_id is not None:
        about = ("exchange", exchange.subject_id)
        record(kind, actor, other, about, value=value, happened_at=at)


LETTERS: Mapping[str, str] = {
    "accept": "accepted",
    "decline": "declined",
    "counter": "countered",
    "ask_again": "asked",
    "agree": "confirmed",
    "confirm": "confirmed",
    "withdraw": "withdrawn",
    "cancel": "cancelled",
    "miss": "not_met",
    "complain": "went_wrong",
}
"""What the other side is told of a move."""


def _tell_move(exchange: Exchange, line: rules.Move, by: int | None) -> None:
    if by is not None and line.name in LETTERS:
        _tell(LETTERS[line.name], exchange, _other(exchange, by))
    if by is not None and line.after == "half_done":
        _tell("half_done", exchange, _other(exchange, by))
    if line.name == "expire":
        for side in (exchange.asker_id, exchange.owner_id):
            _tell("expired", exchange, side)


def _tell(step: str, exchange: Exchange, to: int, key: str | None = None) -> None:
    for tell in additions.at(TOLD):
        tell(step, exchange, to, f"exchange:{exchange.id}:{key or exchange.moves}:{step}:{to}")


def _note(
    exchange: Exchange,
    at: datetime,
    by: int | None,
    name: str,
    before: str | None,
    reason: str | None,
    words: str | None,
    told: dict[str, Any] | None,
) -> None:
    exchange.moves += 1
    exchange.changed_at = at
    db.session.add(
        ExchangeMove(
            exchange_id=exchange.id,
            n=exchange.moves,
            at=at,
            by=by,
            move=name,
            before=before,
            after=exchange.state,
            reason=reason,
            words=words,
            told=told,
        )
    )


def _is_repeated(
    exchange: Exchange, name: str, by: int, seen: int | None, terms: Terms | None
) -> bool:
    """Whether this very move was made already, from the page that it comes from again."""
    n = exchange.moves if seen is None else seen + 1
    row = db.session.scalar(
        select(ExchangeMove).where(ExchangeMove.exchange_id == exchange.id, ExchangeMove.n == n)
    )
    if row is None or row.by != by or row.move != name:
        return False
    return row.told is None or terms is None or row.told == terms.told


def _agree_on(exchange: Exchange, terms: Terms) -> None:
    exchange.units, exchange.amount, exchange.currency = terms.units, terms.amount, terms.currency
    exchange.first_day, exchange.last_day = terms.first_day, terms.last_day
    exchange.starts_at, exchange.ends_at = terms.starts_at, terms.ends_at
    exchange.late_at = terms.late_at


def _is_closed(offer_id: int) -> bool:
    """Whether staff closed an offer; they can't do so before this transaction ends."""
    lock = {"key_share": True}
    offer = db.session.get(Offer, offer_id, with_for_update=lock, populate_existing=True)
    return offer is not None and offer.is_closed_by_staff


def _grain(exchange: Exchange) -> str:
    asked = select(OfferKind.grain).join(Offer, Offer.kind_id == OfferKind.id)
    return db.session.scalars(asked.where(Offer.id == exchange.offer_id)).one()


def _other(exchange: Exchange, member_id: int) -> int:
    return exchange.owner_id if member_id == exchange.asker_id else exchange.asker_id


def _known(key: str | None) -> Exchange | None:
    return db.session.scalar(select(Exchange).where(Exchange.key == key)) if key else None
