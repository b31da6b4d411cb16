"""How an exchange may go: one table of moves, and what is asked of each."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from community.activity.exchanges.deals.terms import Days, Offered, Terms, why_not_terms
from community.kit.catalog import catalog
from community.kit.words import N_, Words

Actor = Literal["asker", "owner", "either", "other", "clock"]
"""Who may make a move; ``other`` is the side that did not say that it is done."""


@dataclass(frozen=True)
class State:
    """Where an exchange can stand: what it is called, and whether it ends there."""

    name: str
    label: Words
    is_end: bool = False
    holds: bool = False
    is_reviewed: bool = False


STATES = catalog(
    State("requested", N_("Asked")),
    State("countered", N_("Another proposal")),
    State("accepted", N_("Accepted"), holds=True),
    State("confirmed", N_("Agreed"), holds=True),
    State("under_way", N_("Under way"), holds=True),
    State("half_done", N_("Done, says one side"), holds=True),
    State("completed", N_("Completed"), is_end=True, holds=True, is_reviewed=True),
    State("declined", N_("Declined"), is_end=True),
    State("withdrawn", N_("Withdrawn"), is_end=True),
    State("expired", N_("Ran out"), is_end=True),
    State("cancelled", N_("Cancelled"), is_end=True),
    State("not_met", N_("Did not meet"), is_end=True, holds=True, is_reviewed=True),
    State("went_wrong", N_("Something went wrong"), is_end=True, holds=True, is_reviewed=True),
    State("lapsed", N_("Nobody said how it ended"), is_end=True, holds=True),
)
"""``holds`` is where its time is taken; ``is_reviewed`` where both may say how it was.

One that was cancelled is reviewed as well where that was late.
"""


@dataclass(frozen=True)
class Move:
    """One line of the table: from where to where, who makes it, what they say with it."""

    name: str
    before: tuple[str, ...]
    after: str
    by: Actor
    label: Words
    has_reason: bool = False
    has_terms: bool = False


MOVES: tuple[Move, ...] = (
    Move("accept", ("requested",), "accepted", "owner", N_("Accept")),
    # Of their own proposal too: else somebody could agree to what can't be kept any more.
    Move(
        "decline", ("requested", "countered"), "declined", "owner", N_("Decline"), has_reason=True,
    ),
    Move(
        "counter", ("requested",), "countered", "owner", N_("Propose something else"),
        has_terms=True,
    ),
    Move("agree", ("countered",), "confirmed", "asker", N_("Agree")),
    Move("ask_again", ("countered",), "requested", "asker", N_("Ask for something else"), has_terms=True),
    Move("withdraw", ("requested", "countered", "accepted"), "withdrawn", "asker", N_("Withdraw")),
    Move("confirm", ("accepted",), "confirmed", "asker", N_("Confirm")),
    Move("expire", ("requested", "countered", "accepted"), "expired", "clock", N_("Let it run out")),
    Move("begin", ("confirmed",), "under_way", "clock", N_("Begin")),
    Move("finish", ("under_way",), "half_done", "either", N_("It is done")),
    Move("finish", ("half_done",), "completed", "other", N_("It is done")),
    Move("fall_silent", ("half_done",), "completed", "clock", N_("Take silence as yes")),
    Move("lapse", ("under_way",), "lapsed", "clock", N_("Give up waiting")),
    Move("cancel", ("accepted",), "cancelled", "owner", N_("Cancel"), has_reason=True),
    Move("cancel", ("confirmed", "under_way"), "cancelled", "either", N_("Cancel"), has_reason=True),
    Move("miss", ("under_way", "half_done"), "not_met", "either", N_("We did not meet"), has_reason=True),
    Move(
        "complain", ("under_way", "half_done"), "went_wrong", "either", N_("Something went wrong"),
        has_reason=True,
    ),
)  # fmt: skip
"""Every way that an exchange can go. What is not here can't happen.

The first request is no move: it is how an exchange begins, in ``FIRST``.
"""
FIRST = "requested"


@dataclass(frozen=True)
class Reason:
    """Why somebody ends an exchange: its words, and for which moves it can be given."""

    name: str
    label: Words
    moves: tuple[str, ...]
    is_owners: bool = False
    """Whether only the one whose offer or wish it is can give it."""


REASONS = catalog(
    Reason("not_free", N_("It is not free then"), ("decline",)),
    Reason("does_not_fit", N_("It does not fit what I offer"), ("decline",)),
    Reason("against_rules", N_("It is against the rules of my offer"), ("decline", "cancel"), is_owners=True),
    Reason("too_little_known", N_("I know too little of you yet"), ("decline",)),
    Reason("plans_changed", N_("Plans changed"), ("cancel",)),
    Reason("fell_ill", N_("Somebody fell ill"), ("cancel",)),
    Reason("outside_force", N_("Something nobody could help: weather, strike, lockdown"), ("cancel", "miss")),
    Reason("other_broke_word", N_("The other side did not keep to what we agreed"), ("cancel", "complain")),
    Reason("they_did_not_come", N_("They did not come"), ("miss",)),
    Reason("i_did_not_come", N_("I did not come"), ("miss",)),
    Reason("not_as_told", N_("It was not what was told"), ("complain",)),
    Reason("harm_done", N_("Something or somebody was harmed"), ("complain",)),
    Reason("felt_unsafe", N_("I did not feel safe"), ("cancel", "complain")),
    Reason("else", N_("Something else"), ("decline", "cancel", "miss", "complain")),
)  # fmt: skip

ANSWER_WITHIN = timedelta(days=3)
"""How long a request or a proposal waits before it runs out, if its start is not before."""
CONFIRM_WITHIN = timedelta(days=2)
SILENT_FOR = timedelta(days=3)
"""How long the other side may be silent after one says that it is done, before that counts as yes."""
LAPSES_AFTER = timedelta(days=14)
"""How long after its end an exchange waits for anybody to say how it was."""
OPEN_FOR = timedelta(days=60)
"""How long one without dates is under way before it is taken to have ended."""
REVIEW_FOR = timedelta(days=14)
"""How long the two sides have for their reviews, unless the community says otherwise."""
BOUND = ("confirmed", "under_way")
"""Where to cancel is to break one's word; from the first day on it is late."""
LAST_DAY = timedelta(days=1)
"""How long before its end the two may say that it is done: what was lent comes back by day."""
TALKED_FOR = timedelta(days=90)
"""How long after its end the two can still write to each other in it."""
LONGEST_WORDS = 2_000
LONGEST_MESSAGE = 4_000
LONGEST_RECAP = 1_000
MOST_OPEN, MOST_OPEN_A_PAIR = 20, 5
"""How many requests of one member may wait at the same time, and how many of them with one owner."""
OPEN = ("requested", "countered", "accepted")
"""Where nothing is agreed yet."""


class Deal(Protocol):
    """An exchange as far as its rules ask."""

    @property
    def state(self) -> str:
        """Where it stands."""
        ...

    @property
    def asker_id(self) -> int:
        """Who asked."""
        ...

    @property
    def owner_id(self) -> int:
        """Whose offer it is about."""
        ...

    @property
    def done_by(self) -> int | None:
        """Who said that it is done."""
        ...

    @property
    def starts_at(self) -> datetime | None:
        """When it begins; None without dates."""
        ...

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; None without dates."""
        ...

    @property
    def late_at(self) -> datetime | None:
        """When its first day begins; None without dates."""
        ...

    @property
    def confirmed_at(self) -> datetime | None:
        """When both had agreed."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ...


AGREEING = ("accept", "counter", "agree", "ask_again", "confirm")
"""Moves that bring an agreement nearer."""


def move_from(state: str, name: str) -> Move | None:
    """The line of the table for a move out of a state; None where there is none."""
    return next((m for m in MOVES if m.name == name and state in m.before), None)


def move_named(name: str) -> Move:
    """The first line of the table for a move: what it is called and what is said with it."""
    return next(m for m in MOVES if m.name == name)


def moves_of(deal: Deal, member_id: int, now: datetime) -> Iterator[Move]:
    """What a member can do with an exchange now."""
    for move in MOVES:
        if deal.state in move.before and why_not_move(deal, move.name, member_id, now) is None:
            yield move


def why_not_move(deal: Deal, name: str, by: int | None, now: datetime) -> Words | None:
    """Why somebody (None: the clock) can't make a move; None when they can.

    Who is no side of the exchange is refused too; pages answer 404 before they ask.
    """
    move = move_from(deal.state, name)
    if move is None:
        if STATES[deal.state].is_end:
            return N_("This exchange has ended.")
        return N_(
            "That is not possible now: it stands at “%(state)s”.", state=STATES[deal.state].label
        )
    return _why_not_by(deal, move, by) or _why_not_yet(deal, move, now)


def why_not_agree(name: str, *, is_offer_closed: bool) -> Words | None:
    """Why no agreement can be brought forward by a move; None when it can. What is agreed goes on."""
    if is_offer_closed and name in AGREEING:
        return N_("Those who look after this place closed the offer: nothing new is agreed on.")
    return None


def reasons_for(move: Move, *, is_owner: bool) -> tuple[Reason, ...]:
    """The reasons that one side can give for a move."""
    return tuple(
        reason
        for reason in REASONS.values()
        if move.name in reason.moves and (is_owner or not reason.is_owners)
    )


def why_not_reason(name: str, move: Move, *, is_owner: bool) -> Words | None:
    """Why this can't be the reason of a move by this side; None when it can."""
    if not move.has_reason or name in {each.name for each in reasons_for(move, is_owner=is_owner)}:
        return None
    return N_("Choose one of the reasons.")


def why_not_ask(
    offer: Offered,
    asker_id: int,
    terms: Terms,
    now: datetime,
    closed: Collection[Days],
    full: Collection[int],
    *,
    waiting: int,
    waiting_with_owner: int,
) -> Words | None:
    """Why somebody can't ask for this; None when they can.

    ``closed`` are the days on which the owner gives nothing, ``full`` the slots in which no
    place is left, ``waiting`` how many requests of theirs are still open.
    """
    return why_not_ask_at_all(
        offer, asker_id, waiting=waiting, waiting_with_owner=waiting_with_owner
    ) or why_not_terms(offer, terms, now, closed, full)


def why_not_ask_at_all(
    offer: Offered, asker_id: int, *, waiting: int, waiting_with_owner: int
) -> Words | None:
    """Why somebody can't ask for an offer, whatever the terms; None when they can."""
    if offer.owner_id == asker_id:
        return N_("This is your own.")
    if offer.state == "paused":
        return N_("It is paused at the moment: nobody can ask for it.")
    if offer.state != "published" or offer.is_closed_by_staff:
        return N_("It is not offered any more.")
    if not offer.is_owner_here:
        return N_("Whose it is has not moved in yet: nobody would answer.")
    if waiting_with_owner >= MOST_OPEN_A_PAIR:
        return N_(
            "%(count)d of your requests wait with them already. Let them answer first.",
            count=waiting_with_owner,
        )
    if waiting >= MOST_OPEN:
        return N_("%(count)d of your requests are open. Settle some of them first.", count=waiting)
    return None


def why_not_say(deal: Deal, by: int, text: str, now: datetime) -> Words | None:
    """Why somebody can't write this to the other side; None when they can."""
    if by not in (deal.asker_id, deal.owner_id):
        return N_("This exchange is between others.")
    if not text.strip():
        return N_("Write something first.")
    if len(text) > LONGEST_MESSAGE:
        return N_("A message has at most %(most)d characters.", most=LONGEST_MESSAGE)
    if deal.ended_at is not None and now > deal.ended_at + TALKED_FOR:
        return N_("This exchange ended long ago, and with it the conversation.")
    return None


def is_late(deal: Deal, now: datetime) -> bool:
    """Whether to cancel now is late: its first day has begun."""
    return deal.state in BOUND and deal.late_at is not None and now >= deal.late_at


def whose_turn(deal: Deal, now: datetime) -> tuple[int, ...]:
    """Who is waited for: nobody where only time has to pass."""
    sides = (deal.asker_id, deal.owner_id)
    if deal.state == "requested":
        return (deal.owner_id,)
    if deal.state in ("countered", "accepted"):
        return (deal.asker_id,)
    if deal.state == "under_way" and (deal.ends_at is None or now >= deal.ends_at):
        return sides
    return tuple(s for s in sides if s != deal.done_by) if deal.state == "half_done" else ()


def is_reviewable(state: str, *, is_late: bool) -> bool:
    """Whether both sides may say how it was."""
    return STATES[state].is_reviewed or (state == "cancelled" and is_late)


def way_out(deal: Deal, member_id: int, now: datetime) -> Move | None:
    """By which move somebody who leaves the place leaves an exchange; None where it is over anyway."""
    for name in ("withdraw", "decline", "cancel"):
        if why_not_move(deal, name, member_id, now) is None:
            return move_from(deal.state, name)
    return None


def due(deal: Deal, now: datetime) -> datetime | None:
    """When the clock looks next at an exchange that has just come to where it stands; None: never.

    One that is under way is looked at twice: when it is over, to ask both how it was, and when
    nobody has said so for long.
    """
    starts = deal.starts_at
    if deal.state in OPEN:
        until = now + (CONFIRM_WITHIN if deal.state == "accepted" else ANSWER_WITHIN)
        return until if starts is None else min(until, max(starts, now))
    if deal.state == "confirmed":
        return now if starts is None else max(starts, now)
    if deal.state == "under_way":
        over = over_at(deal, now)
        return over if now < over else over + LAPSES_AFTER
    if deal.state == "half_done":
        return max(now, deal.ends_at or now) + SILENT_FOR
    return None


def over_at(deal: Deal, now: datetime) -> datetime:
    """When an exchange is over; one without dates is taken to be after a while."""
    return deal.ends_at or (deal.confirmed_at or now) + OPEN_FOR


def clock_move(deal: Deal, at: datetime) -> str | None:
    """What the clock does with an exchange that is due at a moment; None: it only asks how it was."""
    if deal.state == "under_way" and at < over_at(deal, at) + LAPSES_AFTER:
        return None
    return next((m.name for m in MOVES if m.by == "clock" and deal.state in m.before), None)


def _why_not_by(deal: Deal, move: Move, by: int | None) -> Words | None:
    if (by is None) != (move.by == "clock"):
        return N_("Nobody does that by hand.") if by is not None else N_("Only a side does that.")
    if by is None:
        return None
    if by not in (deal.asker_id, deal.owner_id):
        return N_("This exchange is between others.")
    if move.by == "asker" and by != deal.asker_id:
        return N_("Only who asked can do that.")
    if move.by == "owner" and by != deal.owner_id:
        return N_("Only whose offer it is can do that.")
    if move.by == "other" and by == deal.done_by:
        return N_("You said so already. Now it is for the other side to say.")
    return None


def _why_not_yet(deal: Deal, move: Move, now: datetime) -> Words | None:
    if deal.starts_at is None or deal.ends_at is None:
        return None
    if move.name == "finish" and now < deal.ends_at - LAST_DAY:
        return N_("It is not over yet.")
    if move.name == "cancel" and now >= deal.ends_at:
        return N_("It is over already. Say how it ended instead.")
    if move.name in ("accept", "agree", "confirm") and now >= deal.starts_at:
        return N_("Its time has come already. Ask again for another one.")
    return None
