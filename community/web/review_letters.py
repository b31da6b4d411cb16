"""Letters about reviews: that time is left, that they are open, that one was answered or decided about."""

from typing import Any

from babel.dates import format_date
from flask import current_app
from sqlalchemy import select

from community.activity.accounts import letters
from community.activity.accounts.letters import Letter
from community.activity.accounts.models import Account
from community.activity.members.models import ALL_LETTERS, ONLY_SAFETY, WHAT_WAITS, Member
from community.kit.catalog import catalog
from community.kit.db import db
from community.kit.languages import LANGUAGES, zone
from community.kit.outbox import Mail
from community.kit.words import N_

LETTERS = catalog(
    Letter(
        "review_due",
        N_("How was it with %(name)s?"),
        (
            N_("You dealt with %(name)s: %(title)s. You can say how it was until %(day)s."),
            N_("What you say is sealed until both of you are done, or until that day."),
        ),
        N_("Say how it was"),
        (N_("If you want to say nothing, you can close it there without a comment."),),
    ),
    Letter(
        "review_open",
        N_("You can read what %(name)s says of you"),
        (N_("The reviews of your exchange are open: %(title)s."),),
        N_("Read them"),
        (N_("You can answer in public, once, within 30 days."),),
    ),
    Letter(
        "review_alone",
        N_("Your review of %(name)s is open"),
        (
            N_("The time for reviews of your exchange is over: %(title)s."),
            N_("Everyone can read what you said. The other side said nothing."),
        ),
        N_("Read it"),
        (N_("You chose to get all letters; in your settings you can choose fewer."),),
    ),
    Letter(
        "review_answered",
        N_("%(name)s answered your review"),
        (N_("The answer stands below your review, for everyone to read."),),
        N_("Read it"),
        (N_("You chose to get all letters; in your settings you can choose fewer."),),
    ),
    Letter(
        "review_decided",
        N_("About a review: %(verdict)s"),
        (
            N_("%(which)s: %(verdict)s."),
            N_("The ground: %(ground)s"),
            N_("In the words of whoever decided: %(words)s"),
            N_("%(how)s"),
        ),
        N_("Read what was decided"),
    ),
    Letter(
        "review_report_decided",
        N_("You reported a review: %(verdict)s"),
        (
            N_("The review of %(name)s that you reported: %(verdict)s."),
            N_("The ground: %(ground)s"),
            N_("In the words of whoever decided: %(words)s"),
        ),
        N_("How reviews come about"),
    ),
)
ASKED = {
    "review_due": WHAT_WAITS,
    "review_open": WHAT_WAITS,
    "review_alone": ALL_LETTERS,
    "review_answered": ALL_LETTERS,
    "review_decided": ONLY_SAFETY,
    "review_report_decided": WHAT_WAITS,
}
"""Which letters a member must want to get each; decisions about them are told to everyone."""
VERDICTS = {
    "keep": N_("it stays as it is"),
    "remove": N_("it was removed"),
    "reinstate": N_("it stands again"),
}
YOURS, OF_YOU = N_("The review that you wrote of %(name)s"), N_("The review of you by %(name)s")
FINAL = N_("This was looked at a second time, and is final.")
APPEAL = N_("If you think that this is wrong, you can appeal until %(day)s: the page tells how.")


def tell(what: str, member_id: int, key: str | None, **told: Any) -> None:
    """Write to a member about reviews, if they want such letters; once for each key."""
    row = db.session.execute(
        select(Member.language, Member.letters, Member.time_zone, Account.email)
        .join(Account, Account.member_id == Member.id)
        .where(Member.id == member_id, Member.erased_at.is_(None))
    ).one_or_none()
    if row is None or row.letters < ASKED[what]:
        return
    if key is not None and db.session.scalar(select(Mail.id).where(Mail.key == key)) is not None:
        return
    spoken = row.language if row.language in LANGUAGES else current_app.config["DEFAULT_LANGUAGE"]
    values = {"name": _name(told["other"]), "title": told.get("title", "")}
    if "until" in told:
        # The day as it is where they are.
        until = told["until"].astimezone(zone(row.time_zone or current_app.config["TIME_ZONE"]))
        values["day"] = format_date(until.date(), "long", locale=str(spoken))
    if "verdict" in told:
        values |= {"verdict": VERDICTS[told["verdict"]], "ground": told["ground"]}
        values |= {"words": told["words"]}
    if what == "review_decided":
        which = YOURS if told["is_author"] else OF_YOU
        values["which"] = N_(which.text, name=values["name"])
        values["how"] = FINAL if told["is_final"] else N_(APPEAL.text, day=values["day"])
    letters.write(LETTERS[what], row.email, row.language, _url(what, told), key, **values)


def _url(what: str, told: dict[str, Any]) -> str:
    if what == "review_report_decided":
        return letters.address_of("reviews.how")
    if "exchange" in told:
        return letters.address_of("reviews.write", id=told["exchange"])
    return letters.address_of("reviews.show", id=told["review"])


def _name(member_id: int) -> Any:
    asked = select(Member.name).where(Member.id == member_id, Member.erased_at.is_(None))
    return db.session.scalar(asked) or N_("a former member")
