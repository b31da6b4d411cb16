"""Exchanges in words: when, for what amount, where they stand, what happens next."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_skeleton, format_time

from community.activity.exchanges.deals import rules
from community.activity.exchanges.deals.queries import Deal, OfferSeen, Said
from community.activity.exchanges.offers import wording
from community.kit.languages import (
    calendar_days,
    gettext,
    language,
    locale,
    number,
    reader_zone,
    translate,
)
from community.kit.words import N_, Words

WAITS_FOR_ME: dict[str, Words] = {
    "requested": N_("%(name)s waits for your answer."),
    "countered": N_("%(name)s proposes something else. Do you agree?"),
    "accepted": N_("%(name)s has accepted. Confirm it, and it is agreed."),
    "under_way": N_("Is it done? Say how it ended."),
    "half_done": N_("%(name)s says that it is done. Do you say so too?"),
}
STANDS: dict[str, Words] = {
    "requested": N_("%(name)s has not answered yet."),
    "countered": N_("Your proposal waits for %(name)s."),
    "accepted": N_("You have accepted. Now %(name)s has to confirm."),
    "confirmed": N_("It is agreed."),
    "under_way": N_("It is under way."),
    "half_done": N_("You said that it is done. Now it is for %(name)s to say."),
    "completed": N_("It is done."),
    "declined": N_("It was declined."),
    "withdrawn": N_("It was withdrawn."),
    "expired": N_("There was no answer in time, so it ran out."),
    "cancelled": N_("It was cancelled."),
    "not_met": N_("You did not meet."),
    "went_wrong": N_("Something went wrong."),
    "lapsed": N_("Nobody said how it ended, so it was closed."),
}  # fmt: skip
BY_ITSELF: dict[str, Words] = {
    "requested": N_("Without an answer it runs out on %(when)s."),
    "countered": N_("Without an answer it runs out on %(when)s."),
    "accepted": N_("Unconfirmed it runs out on %(when)s, and others can ask for that time."),
    "confirmed": N_("It begins on %(when)s."),
    "half_done": N_("If nothing else is said, it counts as done on %(when)s."),
}
OVER, CLOSED = (
    N_("It is over on %(when)s. Then both of you are asked how it was."),
    N_("If nobody says how it ended, it is closed on %(when)s."),
)
DID: dict[str, Words] = {
    "ask": N_("%(name)s asked"),
    "accept": N_("%(name)s accepted"),
    "decline": N_("%(name)s declined"),
    "counter": N_("%(name)s proposed something else"),
    "agree": N_("%(name)s agreed"),
    "ask_again": N_("%(name)s asked for something else"),
    "withdraw": N_("%(name)s withdrew"),
    "confirm": N_("%(name)s confirmed"),
    "expire": N_("It ran out"),
    "begin": N_("It began"),
    "finish": N_("%(name)s said that it is done"),
    "fall_silent": N_("Nothing else was said, so it counts as done"),
    "lapse": N_("Nobody said how it ended, so it was closed"),
    "cancel": N_("%(name)s cancelled"),
    "miss": N_("%(name)s said that you did not meet"),
    "complain": N_("%(name)s said that something went wrong"),
}
"""What a move is called once it was made; ``None`` makes the moves of the clock."""
YOU_DID: dict[str, Words] = {
    "ask": N_("You asked"),
    "accept": N_("You accepted"),
    "decline": N_("You declined"),
    "counter": N_("You proposed something else"),
    "agree": N_("You agreed"),
    "ask_again": N_("You asked for something else"),
    "withdraw": N_("You withdrew"),
    "confirm": N_("You confirmed"),
    "finish": N_("You said that it is done"),
    "cancel": N_("You cancelled"),
    "miss": N_("You said that you did not meet"),
    "complain": N_("You said that something went wrong"),
}
"""The same where the reader made the move."""
WAY = (
    (N_("Asked"), ("requested", "countered")),
    (N_("Accepted"), ("accepted",)),
    (N_("Agreed"), ("confirmed",)),
    (N_("Under way"), ("under_way", "half_done")),
    (N_("Completed"), ("completed",)),
)
"""The steps of an exchange that goes well, each with the states in which it stands there."""
GONE = N_("a former member")


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way, as the page draws it."""

    label: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that was said or done, ready to be shown; ``what`` is empty for a message."""

    at: datetime
    side: Any
    is_mine: bool
    what: str
    text: str
    facts: tuple[str, ...]
    is_unseen: bool
    is_read: bool


def name_of(side: Any) -> str:
    """What a side is called; a word for one who has left."""
    return gettext(GONE.text) if side.is_gone else str(side.name)


def day_said(day: date) -> str:
    """A day with its day of the week."""
    return str(format_skeleton("yMMMEd", day, locale=locale(language())))


def days_said(first: date, last: date) -> str:
    """From one day to another, with their days of the week."""
    return calendar_days(first, last, "yMMMEd")


def moment_said(at: datetime) -> str:
    """A day and a time in the reader's time zone."""
    zone = reader_zone()
    day = format_skeleton("MMMEd", at, tzinfo=zone, locale=locale(language()))
    return f"{day} {format_time(at, 'HH:mm', tzinfo=zone, locale=locale(language()))}"


def amount_said(amount: int | None, currency: str | None) -> str:
    """An amount as the reader writes it; empty where none stands."""
    if amount is None:
        return ""
    return wording.money(amount, currency) if currency else number(amount)


def price_said(offer: OfferSeen) -> str:
    """What one unit of an offer costs."""
    told = (offer.is_free, offer.amount, offer.currency, offer.unit, offer.grain)
    return wording.price(*told)


def units_said(units: int, unit: str) -> str:
    """How much of it, in the words of its kind."""
    return wording.counted(units, unit)


def when_said(deal: Deal) -> str:
    """From when to when, in the time zone of the offer; empty without dates."""
    if deal.first_day is None or deal.last_day is None:
        return ""
    if deal.grain == "day":
        return days_said(deal.first_day, deal.last_day)
    if deal.starts_at is None or deal.ends_at is None:
        return day_said(deal.first_day)
    begins, ends = (_clock(at, deal) for at in (deal.starts_at, deal.ends_at))
    return f"{day_said(deal.first_day)} {begins}–{ends}"


def elsewhere_said(deal: Deal) -> str:
    """When it begins in the reader's time zone, where that is another time of day; else empty."""
    if deal.grain != "hour" or deal.starts_at is None:
        return ""
    if deal.starts_at.astimezone(reader_zone()).utcoffset() == (
        deal.starts_at.astimezone(deal.zone).utcoffset()
    ):
        return ""
    return gettext("%(when)s in your time") % {"when": moment_said(deal.starts_at)}


def terms_said(told: dict[str, Any], deal: Deal) -> tuple[str, ...]:
    """Terms that were once proposed, each part in words."""
    parts = []
    if told.get("first_day"):
        first, last = (date.fromisoformat(told[name]) for name in ("first_day", "last_day"))
        parts.append(days_said(first, last))
        if deal.grain == "hour" and told.get("starts_at"):
            at = datetime.fromisoformat(told["starts_at"])
            parts[-1] = f"{day_said(first)} {_clock(at, deal)}"
    parts.append(units_said(told.get("units", 1), deal.unit))
    parts.append(amount_said(told.get("amount"), told.get("currency")))
    return tuple(part for part in parts if part)


def stands_said(deal: Deal, member_id: int, now: datetime) -> str:
    """Where an exchange stands, as one side reads it."""
    mine = member_id in rules.whose_turn(deal, now)
    words = WAITS_FOR_ME.get(deal.state) if mine else None
    return _named(words or STANDS[deal.state], name_of(deal.other(member_id)))


def next_said(deal: Deal, now: datetime) -> str:
    """What happens by itself, and when; empty where nothing does."""
    if deal.due_at is None:
        return ""
    words = BY_ITSELF.get(deal.state)
    if deal.state == "under_way":
        words = OVER if deal.due_at <= rules.over_at(deal, now) else CLOSED
    return gettext(words.text) % {"when": moment_said(deal.due_at)} if words else ""


def steps(deal: Deal) -> tuple[Step, ...]:
    """The way of an exchange: what is behind, where it stands, what is ahead."""
    now = next((i for i, (_, states) in enumerate(WAY) if deal.state in states), None)
    if now is None:
        behind = _got_to(deal)
        done = [Step(translate(label), "done") for label, _ in WAY[:behind]]
        return (*done, Step(translate(rules.STATES[deal.state].label), "now"))
    is_done = deal.state == "completed"
    return tuple(
        Step(translate(label), "done" if i < now or is_done else "now" if i == now else "later")
        for i, (label, _) in enumerate(WAY)
    )


def spoken(said: tuple[Said, ...], deal: Deal, reader_id: int | None) -> tuple[Spoken, ...]:
    """All that was said and done, in words."""
    sides = {deal.asker.id: deal.asker, deal.owner.id: deal.owner}
    return tuple(
        Spoken(
            each.at,
            sides.get(each.by or 0),
            each.by == reader_id,
            _did(each, sides, reader_id),
            each.text or "",
            _facts(each, deal),
            each.is_unseen,
            each.is_read,
        )
        for each in said
    )


def _did(said: Said, sides: dict[int, Any], reader_id: int | None) -> str:
    if said.move is None:
        return ""
    if said.by is not None and said.by == reader_id:
        return gettext(YOU_DID[said.move].text)
    side = sides.get(said.by or 0)
    return _named(DID[said.move], name_of(side) if side else "")


def _facts(said: Said, deal: Deal) -> tuple[str, ...]:
    parts = terms_said(dict(said.terms), deal) if said.terms else ()
    if said.reason in rules.REASONS:
        parts = (*parts, translate(rules.REASONS[said.reason].label))
    return parts


def _named(words: Words, name: str) -> str:
    text = gettext(words.text)
    return text % {"name": name} if "%(" in text else text


def _got_to(deal: Deal) -> int:
    """How many steps an exchange had gone before it ended otherwise."""
    if deal.confirmed_at is not None:
        begun = deal.starts_at is None or (
            deal.ended_at is not None and deal.ended_at >= deal.starts_at
        )
        return 4 if begun else 3
    return 1


def _clock(at: datetime, deal: Deal) -> str:
    return str(format_time(at, "HH:mm", tzinfo=deal.zone, locale=locale(language())))
