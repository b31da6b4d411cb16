"""Who may say how an exchange was, until when it stays sealed, and what may come of it afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from community.activity.exchanges.deals.rules import STATES, is_reviewable
from community.activity.exchanges.offers import appeals
from community.activity.exchanges.offers.appeals import Decided
from community.kit.catalog import catalog
from community.kit.words import N_, Words

REMINDERS = (13, 7, 3)
"""With how many days left somebody is reminded who has said nothing yet."""
A_DAY = timedelta(days=1)
RESPOND_WITHIN = timedelta(days=30)
RESPONSE_EDITABLE = timedelta(hours=48)
APPEAL_WITHIN, DECIDE_WITHIN = appeals.APPEAL_WITHIN, appeals.DECIDE_WITHIN
"""How long a decision can be appealed, and in what time staff mean to decide."""
REMOVED_KEPT_FOR = timedelta(days=396)
"""Thirteen months, after which the text of a removed review is deleted."""
LONGEST_TEXT, LONGEST_NOTE, LONGEST_RESPONSE = 5_000, 2_000, 2_000
LONGEST_PHOTO_WORDS = 160
MOST_PHOTOS = 4
SIDES = ("provider", "receiver")
VERDICTS = ("keep", "remove", "reinstate")
STARS = {
    5: N_("Could not have been better"),
    4: N_("Good"),
    3: N_("As such things go"),
    2: N_("Rather bad"),
    1: N_("Bad"),
}
"""What each number of stars means, so that it means the same to all."""
EXPECTED = {
    5: N_("A great deal"),
    4: N_("Much"),
    3: N_("What is usual"),
    2: N_("Little"),
    1: N_("Next to nothing"),
}
"""How much somebody expected, and how much they got: on one scale, so that both can be compared."""


@dataclass(frozen=True)
class Safety:
    """A question that only those who look after the place read the answer to."""

    name: str
    label: Words


SAFETY = catalog(
    Safety("felt_unsafe", N_("Did anything make you feel unsafe?")),
    Safety("was_pressed", N_("Were you pressed to do, pay or say something you did not want to?")),
    Safety("wants_call", N_("Should somebody who looks after the place write to you?")),
)
"""To each of them “yes” asks somebody of the staff to look."""


@dataclass(frozen=True)
class Ground:
    """What can be wrong with a review: its words, and what is meant by it."""

    name: str
    label: Words
    says: Words
    verdicts: tuple[str, ...] = ("remove",)


GROUNDS = catalog(
    Ground("insult", N_("Insults or hate"), N_("It demeans a person or a group instead of telling what happened.")),
    Ground("private", N_("Private things"), N_("It tells addresses, numbers, health or other things that are nobody's business.")),
    Ground("not_about", N_("Not about this exchange"), N_("It speaks of something else: another exchange, a third person, the site.")),
    Ground("untrue", N_("Untrue, as can be shown"), N_("It claims a fact that is shown to be wrong. Opinions are not untrue.")),
    Ground("pressure", N_("Written under pressure or as a threat"), N_("Somebody demanded it, threatened with it, or gave something for its stars.")),
    Ground("advertising", N_("Advertising"), N_("It promotes a business or leads away from here.")),
    Ground("unlawful", N_("Against the law"), N_("The law forbids what it says or shows.")),
    Ground("else", N_("Something else"), N_("Say in your own words what it is.")),
    Ground("stands", N_("Nothing against it"), N_("It tells what somebody experienced, and keeps to the rules."), ("keep", "reinstate")),
    Ground("shown_since", N_("New facts"), N_("What has come to light since asks for another decision."), ("remove", "reinstate")),
)  # fmt: skip
REPORTED = tuple(name for name, each in GROUNDS.items() if each.verdicts == ("remove",))
"""The grounds for which a review can be reported."""


class Dealt(Protocol):
    """An exchange as far as its reviews ask."""

    @property
    def state(self) -> str:
        """Where it stands."""
        ...

    @property
    def is_late(self) -> bool:
        """Whether it was cancelled after it had begun."""
        ...

    @property
    def provider_id(self) -> int:
        """Who provided."""
        ...

    @property
    def receiver_id(self) -> int:
        """Who received."""
        ...

    @property
    def review_until(self) -> datetime | None:
        """When its reviews open at the latest."""
        ...

    @property
    def opened_at(self) -> datetime | None:
        """When they opened."""
        ...


class Own(Protocol):
    """One's own review of an exchange."""

    @property
    def is_closed(self) -> bool:
        """Whether it says nothing, on purpose."""
        ...


class Pictured(Protocol):
    """A review that may have photos."""

    @property
    def photos(self) -> Sequence[Any]:
        """Its photos."""
        ...


class Shown(Protocol):
    """A review as far as is asked by what may come of it."""

    @property
    def author_id(self) -> int:
        """Who wrote it."""
        ...

    @property
    def about_id(self) -> int:
        """Whom it is about."""
        ...

    @property
    def published_at(self) -> datetime | None:
        """When it was opened."""
        ...

    @property
    def removed_at(self) -> datetime | None:
        """When it was removed."""
        ...


class Answered(Shown, Protocol):
    """A review that may have been answered."""

    @property
    def responded_at(self) -> datetime | None:
        """When it was answered."""
        ...


@dataclass(frozen=True)
class Told:
    """All that one side says of an exchange."""

    stars: int | None = None
    scores: Mapping[str, int] = field(default_factory=dict)
    expected: int | None = None
    got: int | None = None
    text: str = ""
    private_note: str = ""
    safety: Mapping[str, Any] = field(default_factory=dict)
    would_again: bool | None = None
    is_incentivised: bool = False

    @property
    def is_worry(self) -> bool:
        """Whether somebody of the staff should look."""
        return any(self.safety.get(name) for name in SAFETY)


def side_of(exchange: Dealt, member_id: int) -> str | None:
    """The side of an exchange that a member is on; None for whoever is on none."""
    return {exchange.provider_id: "provider", exchange.receiver_id: "receiver"}.get(member_id)


def other_side(exchange: Dealt, member_id: int) -> int:
    """The one with whom a side dealt."""
    is_provider = exchange.provider_id == member_id
    return exchange.receiver_id if is_provider else exchange.provider_id


def why_not_review(exchange: Dealt, author_id: int, own: Own | None, now: datetime) -> Words | None:
    """Why somebody can't say how an exchange was; None when they can."""
    why_not = _why_not_now(exchange, author_id, now)
    if why_not is None and own is not None:
        return CLOSED if own.is_closed else N_("You have said already how it was.")
    return why_not


def why_not_edit(exchange: Dealt, author_id: int, own: Own | None, now: datetime) -> Words | None:
    """Why somebody can't change what they said; None when they can."""
    if own is None:
        return N_("You have said nothing yet.")
    return CLOSED if own.is_closed else _why_not_now(exchange, author_id, now)


def why_not_close(exchange: Dealt, author_id: int, own: Own | None, now: datetime) -> Words | None:
    """Why somebody can't close without a comment; None when they can."""
    return why_not_review(exchange, author_id, own, now)


def why_not_photo(own: Pictured) -> Words | None:
    """Why there is no place for another photo; None where there is."""
    is_full = len(own.photos) >= MOST_PHOTOS
    return N_("At most %(most)d photos.", most=MOST_PHOTOS) if is_full else None


def why_not_told(told: Told, aspects: Collection[str]) -> Words | None:
    """Why this can't be a review; None when it can."""
    if told.stars is None and not told.text.strip():
        return N_("Give stars, or say in words how it was.")
    marks = (told.stars, told.expected, told.got, *told.scores.values())
    if any(mark is not None and mark not in STARS for mark in marks):
        return N_("Choose between 1 and 5.")
    if not set(told.scores) <= set(aspects):
        return N_("That is not asked of exchanges of this kind.")
    if len(told.text) > LONGEST_TEXT:
        return N_("Use at most %(most)d characters.", most=LONGEST_TEXT)
    if len(told.private_note) > LONGEST_NOTE:
        return N_("Use at most %(most)d characters.", most=LONGEST_NOTE)
    return None


def is_open_due(exchange: Dealt, sides_in: int, now: datetime) -> bool:
    """Whether what was said is to be opened: both sides are done, or the time is over."""
    return (
        exchange.opened_at is None
        and exchange.review_until is not None
        and is_reviewable(exchange.state, is_late=exchange.is_late)
        and (sides_in >= len(SIDES) or now >= exchange.review_until)
    )


def reminders_due(review_until: datetime, ended_at: datetime | None, now: datetime) -> int:
    """How many of the reminders have come due; those from before the end of the exchange are none."""
    moments = [review_until - days * A_DAY for days in REMINDERS]
    return sum(at <= now and (ended_at is None or at > ended_at) for at in moments)


def days_left(review_until: datetime, now: datetime) -> int:
    """How many days are left, a part of one counted as one."""
    return -((now - review_until) // A_DAY)


def why_not_respond(review: Answered, by: int, now: datetime) -> Words | None:
    """Why somebody can't answer a review, or change the answer; None when they can."""
    if not is_shown(review) or review.published_at is None:
        return NOT_OPEN
    if by != review.about_id:
        return N_("Only whom a review is about can answer it.")
    if review.responded_at is None:
        is_over = now >= review.published_at + RESPOND_WITHIN
        return N_("A review can be answered for 30 days. They are over.") if is_over else None
    is_over = now >= review.responded_at + RESPONSE_EDITABLE
    return N_("An answer can be changed for 48 hours. They are over.") if is_over else None


def why_not_response(words: str) -> Words | None:
    """Why this can't be an answer; None when it can."""
    if not words.strip():
        return N_("Say something.")
    too_long = len(words) > LONGEST_RESPONSE
    return N_("Use at most %(most)d characters.", most=LONGEST_RESPONSE) if too_long else None


def why_not_find_helpful(review: Shown, by: int) -> Words | None:
    """Why somebody can't say that a review helped them; None when they can."""
    if not is_shown(review):
        return NOT_OPEN
    return N_("You wrote it yourself.") if by == review.author_id else None


def why_not_report(review: Shown, by: int) -> Words | None:
    """Why somebody can't report a review; None when they can."""
    if not is_shown(review):
        return NOT_OPEN
    return N_("You wrote it yourself.") if by == review.author_id else None


def why_not_reason(reason: str, words: str, *, has_reported: bool) -> Words | None:
    """Why a review can't be reported like this; None when it can."""
    if reason not in REPORTED:
        return N_("Choose one of the reasons.")
    if has_reported:
        return N_("You have reported it for this reason already. It is being looked at.")
    if reason == "else" and not words.strip():
        return N_("Say in your own words what it is.")
    return appeals.why_not_words(words)


def why_not_judge(
    review: Shown,
    by: int,
    *,
    decided_by: int | None,
    has_other: bool,
    reporters: Collection[int] = (),
) -> Words | None:
    """Why this person can't decide about a review at all; None when they can.

    ``decided_by`` is who made the decision that an appeal is about, if there is an appeal;
    ``has_other`` says whether somebody else could decide about it; ``reporters`` are those whose
    reports wait for the decision.
    """
    if review.published_at is None:
        return NOT_OPEN
    if by in (review.author_id, review.about_id):
        return N_("Nobody decides about a review that they wrote or that is about them.")
    if has_other and by in reporters:
        return N_("You reported it yourself: somebody else decides.")
    return appeals.why_not_decide_again(by, decided_by, has_other=has_other)


def why_not_decide(
    review: Shown, verdict: str, ground: str, words: str, *, has_text: bool = True
) -> Words | None:
    """Why a review can't be decided about like this; None when it can."""
    if verdict not in VERDICTS:
        return N_("Choose what becomes of it.")
    if verdict == "remove" and review.removed_at is not None:
        return N_("It is removed already.")
    if verdict == "reinstate" and review.removed_at is None:
        return N_("It is not removed.")
    if verdict == "reinstate" and not has_text:
        return N_("Its text was deleted 13 months after it was removed.")
    if ground not in GROUNDS or (verdict not in GROUNDS[ground].verdicts and verdict != "keep"):
        return N_("That is no ground for this.")
    if not words.strip():
        return N_("Say why, in words that both sides can read.")
    return appeals.why_not_words(words)


def why_not_appeal(
    review: Shown, decision: Decided, by: int, now: datetime, *, has_appealed: bool, is_latest: bool
) -> Words | None:
    """Why somebody can't appeal a decision; None when they can."""
    if by not in (review.author_id, review.about_id):
        return N_("Only the two sides can appeal.")
    return appeals.why_not_appeal(decision, now, has_appealed=has_appealed, is_latest=is_latest)


def is_shown(review: Shown) -> bool:
    """Whether everyone may read a review."""
    return review.published_at is not None and review.removed_at is None


NOT_OPEN = N_("This review is not open.")
CLOSED = N_("You closed it without a comment.")


def _why_not_now(exchange: Dealt, author_id: int, now: datetime) -> Words | None:
    if side_of(exchange, author_id) is None:
        return N_("This exchange is between others.")
    if not is_reviewable(exchange.state, is_late=exchange.is_late):
        if exchange.state == "cancelled":
            return N_("It was cancelled before it began: there is nothing to say how it was.")
        if STATES[exchange.state].is_end:
            return N_("It did not come about: there is nothing to say how it was.")
        return N_("It is not over yet.")
    if exchange.opened_at is not None:
        return N_("The reviews are open. Nothing can be added or changed any more.")
    if exchange.review_until is None or now >= exchange.review_until:
        return N_("The time for reviews is over.")
    return None
