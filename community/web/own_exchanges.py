"""What Kith knows of how a member dealt with others."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select

from community.activity.exchanges.deals import rules
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Message, Recap
from community.activity.exchanges.deals.saying import amount_said
from community.activity.settings.own_data import Column, Group, Row
from community.kit.words import N_, Words

LABELS: dict[str, Words] = {"ask": N_("Ask")} | {move.name: move.label for move in rules.MOVES}


def _exchange(row: Exchange, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.changed_at,
            "exchange": row.id,
            "provider": names.get(row.provider_id),
            "receiver": names.get(row.receiver_id),
            "state": rules.STATES[row.state].label,
            "first_day": row.first_day and row.first_day.isoformat(),
            "last_day": row.last_day and row.last_day.isoformat(),
            "units": row.units,
            "amount": amount_said(row.amount, row.currency),
            "asked": row.made_at,
            "ended": row.ended_at,
            "reason": _reason(row.reason),
            "late": row.is_late,
        }
    ]


def _move(row: ExchangeMove, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.at,
            "exchange": row.exchange_id,
            "number": row.n,
            "what": LABELS.get(row.move, row.move),
            "after": rules.STATES[row.after].label,
            "reason": _reason(row.reason),
            "words": row.words,
        }
    ]


def _message(row: Message, names: Mapping[int, str]) -> list[Row]:
    return [{"when": row.at, "exchange": row.exchange_id, "words": row.text, "read": row.seen_at}]


def _recap(row: Recap, names: Mapping[int, str]) -> list[Row]:
    return [
        {
            "when": row.made_at,
            "exchange": row.exchange_id,
            "words": row.text,
            "is_public": row.is_public,
            "changed": row.changed_at,
        }
    ]


def _reason(name: str | None) -> Words | None:
    return rules.REASONS[name].label if name in rules.REASONS else None


def _sides(row: Exchange) -> Iterable[int | None]:
    return (row.provider_id, row.receiver_id)


def _mine(id: int) -> Any:
    return or_(Exchange.provider_id == id, Exchange.receiver_id == id)


WHEN, EXCHANGE = Column("when", N_("When")), Column("exchange", N_("Exchange"))
WORDS = Column("words", N_("Words"))
REASON = Column("reason", N_("Reason"))
GROUPS = (
    Group(
        "exchanges",
        N_("Exchanges"),
        N_("What you asked for and what was asked of you, and how it ended."),
        "handshake",
        (
            WHEN,
            EXCHANGE,
            Column("provider", N_("Who gave")),
            Column("receiver", N_("Who got")),
            Column("state", N_("Where it stands")),
            Column("first_day", N_("First day")),
            Column("last_day", N_("Last day")),
            Column("units", N_("How much"), is_on_page=False),
            Column("amount", N_("Amount")),
            Column("asked", N_("Asked"), is_on_page=False),
            Column("ended", N_("Ended"), is_on_page=False),
            REASON,
            Column("late", N_("Cancelled late"), is_on_page=False),
        ),
        lambda id: select(Exchange).where(_mine(id)),
        (Exchange.changed_at, Exchange.id),
        _exchange,
        _sides,
    ),
    Group(
        "exchange_moves",
        N_("Steps of exchanges"),
        N_("Each step that you made in an exchange, with your reasons and words."),
        "history",
        (
            WHEN,
            EXCHANGE,
            Column("number", N_("Step"), is_on_page=False),
            Column("what", N_("What")),
            Column("after", N_("Where it stands")),
            REASON,
            WORDS,
        ),
        lambda id: select(ExchangeMove).where(ExchangeMove.by == id),
        (ExchangeMove.at, ExchangeMove.id),
        _move,
    ),
    Group(
        "exchange_messages",
        N_("Messages in exchanges"),
        N_("What you wrote to the other side, and when they read it."),
        "messages-square",
        (WHEN, EXCHANGE, WORDS, Column("read", N_("Read"))),
        lambda id: select(Message).where(Message.author_id == id),
        (Message.at, Message.id),
        _message,
    ),
    Group(
        "recaps",
        N_("What exchanges were for you"),
        N_("What you kept of completed exchanges, and whether others see it."),
        "quote",
        (
            WHEN,
            EXCHANGE,
            WORDS,
            Column("is_public", N_("Shown on your page")),
            Column("changed", N_("Changed"), is_on_page=False),
        ),
        lambda id: select(Recap).where(Recap.member_id == id),
        (Recap.made_at, Recap.exchange_id),
        _recap,
    ),
)
