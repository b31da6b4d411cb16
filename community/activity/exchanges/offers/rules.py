"""What may be offered, when an offer can be published, paused or put away, and which days are closed."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from community.activity.exchanges.offers import appeals, kinds
from community.activity.members.rules import NOBODY
from community.kit.catalog import catalog
from community.kit.words import N_, Words

LONGEST_TITLE, LONGEST_TEXT, LONGEST_RULES = 120, 10_000, 2_000
SHORTEST_TITLE, SHORTEST_TEXT = 5, 20
LONGEST_PLACE, LONGEST_DETAIL, LONGEST_ALT = 120, 200, 160
LARGEST_AMOUNT = 10**11
"""In the smallest unit of a currency."""
MOST_PIECES, MOST_UNITS, LARGEST_NUMBER = 100, 365, 1_000_000
MOST_OFFERS, MOST_PHOTOS, MOST_CLOSURES, MOST_KEPT = 200, 8, 200, 1_000
FURTHEST = timedelta(days=730)
"""How far ahead days are closed."""
REPLIES: Mapping[int, Words] = {
    1: N_("within an hour"),
    4: N_("within four hours"),
    12: N_("within half a day"),
    24: N_("within a day"),
    48: N_("within two days"),
    72: N_("within three days"),
}
"""How soon an owner says that they usually answer, in hours."""
PRECISIONS = {
    "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "CNY": 2, "JPY": 0, "KRW": 0, "AUD": 2, "CAD": 2,
    "NZD": 2, "SGD": 2, "HKD": 2, "TWD": 2, "INR": 2, "BRL": 2, "MXN": 2, "ZAR": 2, "SEK": 2,
    "NOK": 2, "DKK": 2, "PLN": 2, "CZK": 2, "HUF": 2, "RON": 2, "TRY": 2, "UAH": 2, "ILS": 2,
    "THB": 2, "IDR": 2, "MYR": 2, "PHP": 2, "VND": 0, "KES": 2, "NGN": 2, "ARS": 2, "CLP": 0,
}  # fmt: skip
"""The currencies in which a price can stand, and how many decimals each has."""
STATES: Mapping[str, Words] = {
    "draft": N_("Draft"),
    "published": N_("Published"),
    "paused": N_("Paused"),
    "archived": N_("Put away"),
}
ADVICE: Mapping[str, Words] = {
    "closed": N_(
        "Those who look after this place closed it. Its page says why, and what you can do."
    ),
    "draft": N_("Finish it and publish it: until then only you see it."),
    "photo": N_("Add a photo: people look at those with one first."),
    "reply": N_("Say how soon you answer: people ask sooner when they know."),
    "paused": N_("Publish it again when you are ready for requests."),
    "archived": N_("Restore it should you want to offer it again."),
    "calendar": N_("Keep the calendar right: close the days on which it can't be had."),
    "wait": N_("Nothing to do: it is there to be found."),
}
"""What an owner may do next about an offer."""

_AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,3}))?")
Days = tuple[date, date]


def mark_of(told: Mapping[str, Any]) -> str:
    """A short mark that changes whenever anything that is told changes."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Terms:
    """All that an offer promises. An amount is in the smallest unit of its currency, for one unit."""

    title: str
    text: str = ""
    rules: str = ""
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
    place: str = ""
    time_zone: str = "UTC"
    is_free: bool = True
    amount: int | None = None
    currency: str | None = None
    quantity: int = 1
    shortest: int = 1
    longest: int | None = None
    reply_hours: int | None = None

    @property
    def mark(self) -> str:
        """A short mark that changes whenever anything that is promised changes."""
        return mark_of(asdict(self))

    def differs_in(self, other: "Terms") -> list[str]:
        """The names of the parts in which two promises differ."""
        return [f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name)]


def terms_told(told: Mapping[str, Any]) -> Terms:
    """The promise that a kept version tells; what it does not know is as if nothing was said."""
    known = {f.name for f in fields(Terms)}
    return Terms(**{"title": "", **{name: v for name, v in told.items() if name in known}})


class Offered(Protocol):
    """An offer as far as its rules ask."""

    @property
    def owner_id(self) -> int:
        """Whose it is."""
        ...

    @property
    def state(self) -> str:
        """Where it stands."""
        ...

    @property
    def published_at(self) -> datetime | None:
        """When it was published first."""
        ...

    @property
    def is_closed_by_staff(self) -> bool:
        """Whether staff closed it."""
        ...


class Kept(Protocol):
    """A kind as far as the rules of its offers ask."""

    @property
    def retired_at(self) -> datetime | None:
        """When it was retired."""
        ...

    @property
    def fields(self) -> Sequence[Mapping[str, Any]]:
        """What an offer of it tells."""
        ...


# ---- what may be told ----


def amount_of(typed: str, currency: str) -> int | None:
    """A typed amount in the smallest unit of its currency; None for what is no amount."""
    match = _AMOUNT.fullmatch(typed.strip().replace(" ", ""))
    decimals = PRECISIONS.get(currency)
    if match is None or decimals is None or len(match[2] or "") > decimals:
        return None
    return int(match[1]) * 10**decimals + int((match[2] or "").ljust(decimals, "0") or 0)


def typed_amount(amount: int | None, currency: str | None) -> str:
    """An amount as its owner would type it."""
    decimals = PRECISIONS.get(currency or "", 2)
    if amount is None:
        return ""
    if decimals == 0:
        return str(amount)
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}" if part else str(whole)


def why_not_amount(typed: str, currency: str) -> Words | None:
    """Why this can't be a price; None when it can."""
    if currency not in PRECISIONS:
        return N_("Choose one of the currencies.")
    amount = amount_of(typed, currency)
    if amount is None:
        return (
            N_("Type an amount such as 12 or 12.50.")
            if PRECISIONS[currency]
            else N_("Type a whole amount such as 1200.")
        )
    if amount == 0:
        return N_("For nothing? Then choose “For free”.")
    if amount > LARGEST_AMOUNT:
        return N_("That is more than a price can be here.")
    return None


def why_not_lengths(grain: str, shortest: int, longest: int | None) -> Words | None:
    """Why an exchange can't be between so long and so long; None when it can."""
    if longest is not None and longest < shortest:
        return N_("The longest can't be shorter than the shortest.")
    if grain == kinds.HOUR and max(shortest, longest or 0) > 24:
        return N_("By hours, one meeting has at most 24 of them.")
    return None


def why_not_offer(owned: int) -> Words | None:
    """Why a member can't begin another offer; None when they can."""
    if owned >= MOST_OFFERS:
        return N_(
            "You have %(most)d offers and wishes already. Change one of them.", most=MOST_OFFERS
        )
    return None


# ---- from state to state ----


def why_not_edit(offer: Offered, by: int) -> Words | None:
    """Why somebody can't change an offer; None when they can. Who does not own it is told 404 before.

    What staff closed can be changed: that is how it is put right.
    """
    if offer.owner_id != by:
        return N_("That is not yours to do.")
    if offer.state == "archived":
        return N_("It is put away. Restore it first.")
    return None


def why_not_publish(
    offer: Offered, terms: Terms, kind: Kept, by: int, *, sees_profile: int
) -> Words | None:
    """Why an offer can't be published, or published again after a pause; None when it can."""
    reason = why_not_edit(offer, by)
    if reason is not None:
        return reason
    if offer.is_closed_by_staff:
        return CLOSED
    if offer.state == "published":
        return N_("It is published already.")
    if kind.retired_at is not None:
        return N_("Nothing of this kind is published here any more.")
    if sees_profile == NOBODY:
        return N_(
            "Nobody sees your page. Show it to members at least, under Privacy, so that they know who offers."
        )
    return why_incomplete(terms, kind)


def why_incomplete(terms: Terms, kind: Kept) -> Words | None:
    """What is missing in an offer before others can see it; None when it is whole."""
    if len(terms.title) < SHORTEST_TITLE:
        return N_("Give it a title of at least %(least)d characters.", least=SHORTEST_TITLE)
    if len(terms.text.strip()) < SHORTEST_TEXT:
        return N_("Describe it in at least %(least)d characters.", least=SHORTEST_TEXT)
    for each in kind.fields:
        if each.get("is_needed") and terms.details.get(each["name"]) in (None, ""):
            return N_("Fill in “%(field)s” first.", field=kinds.words(each["label"]))
    return None


def why_not_pause(offer: Offered, by: int) -> Words | None:
    """Why an offer can't be paused; None when it can."""
    if offer.owner_id != by:
        return N_("That is not yours to do.")
    return None if offer.state == "published" else N_("Only what is published can be paused.")


def why_not_archive(offer: Offered, by: int) -> Words | None:
    """Why an offer can't be put away; None when it can. Exchanges about it go on."""
    if offer.owner_id != by:
        return N_("That is not yours to do.")
    return N_("It is put away already.") if offer.state == "archived" else None


def why_not_restore(offer: Offered, by: int) -> Words | None:
    """Why an offer can't be taken out again; None when it can."""
    if offer.owner_id != by:
        return N_("That is not yours to do.")
    return None if offer.state == "archived" else N_("It is not put away.")


def restored(offer: Offered) -> str:
    """Where an offer stands once it is taken out again."""
    return "draft" if offer.published_at is None else "paused"


def why_not_keep(offer: Offered, by: int, kept: int) -> Words | None:
    """Why a member can't keep an offer to come back to it; None when they can."""
    if offer.owner_id == by:
        return N_("It is your own: you find it under what you offer.")
    if offer.state != "published" or offer.is_closed_by_staff:
        return N_("Only what is published can be kept.")
    if kept >= MOST_KEPT:
        return N_("You keep %(most)d already. Let go of some first.", most=MOST_KEPT)
    return None


def is_seen(state: str, *, is_closed: bool, is_close: bool) -> bool:
    """Whether somebody sees an offer in a state; the owner and staff are close to it.

    What staff closed is shown to nobody else.
    """
    return is_close or (state in ("published", "paused") and not is_closed)


def next_step(state: str, *, is_closed: bool, grain: str, has_photo: bool, says_reply: bool) -> str:
    """The name of what an owner may do next about an offer, among ``ADVICE``."""
    if is_closed:
        return "closed"
    if state in ("draft", "paused", "archived"):
        return state
    if not has_photo:
        return "photo"
    if not says_reply:
        return "reply"
    return "calendar" if grain in (kinds.DAY, kinds.HOUR) else "wait"


# ---- closed by those who look after the place ----

CLOSED = N_("Those who look after this place closed it.")
UNPUBLISHED = N_("It was never published: nobody else sees it.")
VERDICTS_SAID = {
    "close": N_("it was closed"),
    "keep": N_("it stays closed"),
    "reopen": N_("it is open again"),
}
"""What staff can decide about an offer, as its owner reads it."""


@dataclass(frozen=True)
class Ground:
    """Why an offer is closed, stays so or is opened again: its words, and what is meant by it."""

    name: str
    label: Words
    says: Words
    verdicts: tuple[str, ...] = ("close", "keep")


GROUNDS = catalog(
    Ground("unlawful", N_("Against the law"), N_("The law forbids what it offers, asks for or shows.")),
    Ground("unsafe", N_("A danger to others"), N_("Whoever takes it up could come to harm.")),
    Ground("untrue", N_("Not as it says"), N_("It promises what there is not, or leaves out what matters.")),
    Ground("insult", N_("Insults or hate"), N_("It demeans a person or a group, or shuts people out for what they are.")),
    Ground("private", N_("Private things"), N_("It tells addresses, numbers, health or other things that are nobody's business.")),
    Ground("advertising", N_("Advertising"), N_("It promotes a business or leads away from here.")),
    Ground("else", N_("Something else"), N_("Say in your own words what it is.")),
    Ground("mended", N_("It was put right"), N_("What was wrong with it is gone."), ("reopen",)),
    Ground("stands", N_("Nothing against it"), N_("It keeps to the rules: to close it was a mistake."), ("reopen",)),
)  # fmt: skip
"""The reasons of which staff choose one."""


def why_not_judge(
    offer: Offered, by: int, *, decided_by: int | None, has_other: bool
) -> Words | None:
    """Why this person can't close an offer or open it again at all; None when they can.

    ``decided_by`` is who made the decision that its owner appealed, if they did; ``has_other``
    says whether somebody else could decide.
    """
    if offer.owner_id == by:
        return N_("Nobody decides about what they offer or ask for themselves.")
    return appeals.why_not_decide_again(by, decided_by, has_other=has_other)


def why_not_decide(offer: Offered, verdict: str, ground: str, words: str) -> Words | None:
    """Why an offer can't be decided about like this; None when it can."""
    if verdict not in VERDICTS_SAID:
        return N_("Choose what becomes of it.")
    if offer.published_at is None:
        return UNPUBLISHED
    if verdict == "close" and offer.is_closed_by_staff:
        return N_("It is closed already.")
    if verdict != "close" and not offer.is_closed_by_staff:
        return N_("It is not closed.")
    if ground not in GROUNDS or verdict not in GROUNDS[ground].verdicts:
        return N_("That is no ground for this.")
    if not words.strip():
        return N_("Say why, in words that its owner can read.")
    return appeals.why_not_words(words)


def why_not_ask_again(
    offer: Offered,
    by: int,
    decision: appeals.Decided,
    words: str,
    now: datetime,
    *,
    has_asked: bool,
    is_latest: bool,
) -> Words | None:
    """Why an owner can't ask to look at a decision again, in these words; None when they can."""
    if offer.owner_id != by:
        return N_("That is not yours to do.")
    if not offer.is_closed_by_staff:
        return N_("It is not closed.")
    reason = appeals.why_not_appeal(decision, now, has_appealed=has_asked, is_latest=is_latest)
    if reason is not None:
        return reason
    if not words.strip():
        return N_("Say what should be looked at again.")
    return appeals.why_not_words(words)


# ---- photos ----


def why_not_photo(shown: int) -> Words | None:
    """Why an offer can't have another photo; None when it can."""
    if shown >= MOST_PHOTOS:
        return N_("There are %(most)d photos already. Remove one first.", most=MOST_PHOTOS)
    return None


# ---- days ----


def why_not_days(grain: str) -> Words | None:
    """Why an offer of a kind has no days to close; None when it has."""
    if grain in (kinds.DAY, kinds.HOUR):
        return None
    return N_("It has no calendar: it is not had on certain days.")


def why_not_close(
    first: date, last: date, today: date, booked: Collection[date], closures: int
) -> Words | None:
    """Why days can't be closed; None when they can. ``booked`` are the days on which somebody comes."""
    if last < first:
        return N_("The last day can't be before the first.")
    if first < today:
        return N_("That day is past.")
    if last > today + FURTHEST:
        return N_("Days are closed at most two years ahead.")
    if any(first <= day <= last for day in booked):
        return N_("Somebody comes on one of these days. Settle that with them first.")
    if closures >= MOST_CLOSURES:
        return N_("There are too many closed stretches. Reopen some, or close longer ones.")
    return None


def why_not_reopen(first: date, last: date) -> Words | None:
    """Why days can't be reopened; None when they can."""
    return N_("The last day can't be before the first.") if last < first else None


def with_closed(closures: Iterable[Days], first: date, last: date) -> list[Days]:
    """The closures once these days are closed too: in order, none touching another."""
    merged: list[Days] = []
    for begin, end in sorted([*closures, (first, last)]):
        if merged and begin <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def with_open(closures: Iterable[Days], first: date, last: date) -> list[Days]:
    """The closures once these days are open again."""
    left: list[Days] = []
    for begin, end in sorted(closures):
        if end < first or begin > last:
            left.append((begin, end))
            continue
        if begin < first:
            left.append((begin, first - timedelta(days=1)))
        if end > last:
            left.append((last + timedelta(days=1), end))
    return left


def days_of(closures: Iterable[Days], first: date, last: date) -> set[date]:
    """The single days of closures between a first and a last one."""
    found: set[date] = set()
    for begin, end in closures:
        day = max(begin, first)
        while day <= min(end, last):
            found.add(day)
            day += timedelta(days=1)
    return found


def stretches(days: Sequence[tuple[date, str]]) -> list[tuple[date, date, str]]:
    """Days with their states, in order, as stretches of the same state."""
    found: list[tuple[date, date, str]] = []
    for day, state in days:
        if found and found[-1][2] == state and found[-1][1] + timedelta(days=1) == day:
            found[-1] = (found[-1][0], day, state)
        else:
            found.append((day, day, state))
    return found


# ---- kinds ----

MOST_FIELDS, MOST_ASPECTS, MOST_CHOICES = 12, 8, 12
LONGEST_KIND_LABEL, LONGEST_UNIT, LONGEST_FIELD_LABEL = 60, 40, 60
KIND_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


def why_not_kind_name(name: str, taken: Collection[str]) -> Words | None:
    """Why this can't be the name of a new kind; None when it can."""
    if not KIND_NAME.fullmatch(name):
        return N_("A name has small letters, digits and hyphens, and begins with a letter.")
    return N_("There is a kind of that name.") if name in taken else None


def why_not_grain(before: str, after: str, *, has_offers: bool) -> Words | None:
    """Why how a kind takes time can't change; None when it can."""
    if after not in kinds.GRAINS:
        return N_("Choose one of the four.")
    if before != after and has_offers:
        return N_(
            "There are offers of this kind, and requests hang on their days: make a new kind instead."
        )
    return None
