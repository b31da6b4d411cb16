"""Every number that Kith works out of a member, declared once: what it means and how it is made.

The same declaration is read by badges, stages and levels, by the member's page, by the public
page of the metric, and by the export.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

from community.kit.catalog import catalog
from community.kit.words import N_, Words
from community.standing.acts import Acts
from community.standing.folds import (
    Count,
    DaysShare,
    Distinct,
    Extreme,
    Fold,
    LastValue,
    Mean,
    Mutual,
    OnGraph,
    Share,
    Since,
    StillActive,
    Sum,
    Values,
    WeighedMean,
)
from community.standing.past import Numbers, Past
from community.standing.points import Points
from community.standing.things import FactOfThings, LatestFact, Things
from community.standing.threads import MedianWait, Within
from community.standing.windows import EVER, Length, Window

Shown = Literal["count", "stars", "percent", "days", "hours", "points", "score"]
DIGITS: dict[Shown, int] = {
    "count": 0, "stars": 2, "percent": 4, "days": 0, "hours": 1, "points": 0, "score": 2,
}  # fmt: skip
"""Decimals to which a number is worked out, shown and judged: one and the same number."""
WHOLE_DAYS = "days"
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Metric:
    """A number of members: its name, what people call it, what it means, how it is made.

    ``window`` is what it looks at unless a rule says otherwise. A metric of things may be
    asked with a bar for ``each`` thing, which then has to reach it to be counted.
    """

    name: str
    label: Words
    says: Words
    fold: Fold
    window: Window = EVER
    shown_as: Shown = "count"

    def of(
        self, past: Past, as_of: datetime, window: Window | None = None, each: float | None = None
    ) -> Values:
        """The number of each member as of a moment, to the digits in which it is shown."""
        found = self.asked(each).over(past, as_of, window or self.window)
        return replace(found, value=self.rounded(found.value))

    def asked(self, each: float | None = None) -> Fold:
        """The fold, with the bar for each thing where one is asked."""
        if each is None:
            return self.fold
        if not self.takes_each:
            raise ValueError(f"{self.name} counts no things with a figure")
        fold: Any = self.fold
        asked: Fold = replace(fold, least=each)
        return asked

    @property
    def takes_each(self) -> bool:
        """Whether it counts things that have a figure which a rule can ask of each."""
        return isinstance(self.fold, Things) and self.fold.fact is not None

    def rounded(self, value: Numbers) -> Numbers:
        """Numbers to the digits in which they are shown: days are whole ones, the rest rounds half up."""
        if self.shown_as == WHOLE_DAYS:
            return np.floor(value + TOLERANCE)
        scale = 10 ** DIGITS[self.shown_as]
        found: Numbers = np.floor(value * scale + 0.5 + TOLERANCE) / scale
        return found


A_YEAR = Window(Length(months=12))
TOUCHES = (
    "exchange.completed", "enquiry.made", "enquiry.answered", "message.sent", "answer.posted",
    "comment.written", "thanks.given", "review.published", "answer.accepted",
)  # fmt: skip
"""Acts by which two members are in touch with each other."""
DELIBERATE = (
    *TOUCHES, "topic.opened", "guide.published", "gathering.promised", "gathering.attended",
    "gathering.hosted", "offer.published", "rating.given", "reaction.given", "invitation.sent",
)  # fmt: skip
"""What counts as having been there on a day: acts that others notice, never a visit."""

_DONE = ("exchange.completed",)
_REVIEW = ("review.published",)
_HOSTED = Acts(_DONE, of="either", is_own=True, is_excusable=True)
_RATED = Acts(_REVIEW, of="other", has_value=True)
_ENQUIRIES = Within(
    Acts(("enquiry.made",), of="other"),
    Acts(("enquiry.answered", "exchange.started"), of="either"),
)

METRICS = catalog(
    Metric(
        "exchanges_hosted",
        N_("Exchanges hosted"),
        N_("Completed exchanges about something that the member offered."),
        Count(replace(_HOSTED, is_excusable=False)),
        A_YEAR,
    ),
    Metric(
        "exchanges",
        N_("Exchanges"),
        N_("Completed exchanges, on either side."),
        Count(Acts(_DONE, of="either")),
        A_YEAR,
    ),
    Metric(
        "days_hosted",
        N_("Days hosted"),
        N_("Days that completed exchanges about the member's offers lasted, added up."),
        Sum(replace(_HOSTED, is_excusable=False)),
        A_YEAR,
    ),
    Metric(
        "partners",
        N_("Different people"),
        N_("How many different people the member completed exchanges with."),
        Distinct(Acts(_DONE, of="either")),
        A_YEAR,
    ),
    Metric(
        "exchange_age",
        N_("Since the first exchange"),
        N_("Days since the first completed exchange."),
        Since(Acts(_DONE, of="either"), is_first=True),
        shown_as="days",
    ),
    Metric(
        "rating_received",
        N_("Rating received"),
        N_("The plain mean of the stars in reviews of the member that stand."),
        Mean(_RATED),
        A_YEAR,
        "stars",
    ),
    Metric(
        "rating_weighed",
        N_("Rating, weighed"),
        N_(
            "The mean of the stars received, drawn towards the community's mean like five more"
            " reviews, each weighed by how much its author is trusted and by how often the same"
            " two rated each other."
        ),
        WeighedMean(_RATED),
        A_YEAR,
        "stars",
    ),
    Metric(
        "rating_least",
        N_("Lowest rating received"),
        N_("The fewest stars in a review of the member that stands."),
        Extreme(_RATED),
        A_YEAR,
        "stars",
    ),
    Metric(
        "positive_share",
        N_("Share of good reviews"),
        N_("Reviews of the member with four or five stars, out of all with stars."),
        Share(replace(_RATED, least=4), _RATED),
        A_YEAR,
        "percent",
    ),
    Metric(
        "good_reviews",
        N_("Good reviews"),
        N_("Reviews of the member with four or five stars, one a week from the same person."),
        Count(replace(_RATED, least=4, once=timedelta(days=7))),
    ),
    Metric(
        "rating_declared",
        N_("Rating elsewhere"),
        N_(
            "The ratings that the source of an import declared for the member's offers, each"
            " weighed by its number of reviews."
        ),
        FactOfThings("rating", "offer", "reviews"),
        shown_as="stars",
    ),
    Metric(
        "reviews_received",
        N_("Reviews received"),
        N_("Reviews of the member that stand, with or without stars."),
        Count(Acts(_REVIEW, of="other")),
        A_YEAR,
    ),
    Metric(
        "response_rate",
        N_("Answers within a day"),
        N_(
            "Enquiries whose first answer came within 24 hours, out of all enquiries to the"
            " member. Several enquiries of the same person about the same thing are one."
        ),
        _ENQUIRIES,
        A_YEAR,
        "percent",
    ),
    Metric(
        "response_wait",
        N_("Time to answer"),
        N_("The median of the hours until the first answer to an enquiry."),
        MedianWait(_ENQUIRIES),
        A_YEAR,
        "hours",
    ),
    Metric(
        "response_rate_declared",
        N_("Answers elsewhere"),
        N_("The share of enquiries answered, as the source of an import declared it."),
        LatestFact("response_rate"),
        shown_as="percent",
    ),
    Metric(
        "cancellation_rate",
        N_("Cancelled as host"),
        N_(
            "Exchanges that the member cancelled as host, out of those and the completed ones."
            " Excused ones are left out of both."
        ),
        Share(
            Acts(("exchange.cancelled",), is_own=True, is_excusable=True), _HOSTED, is_apart=True
        ),
        A_YEAR,
        "percent",
    ),
    Metric(
        "reviews_written",
        N_("Reviews written"),
        N_("Reviews that the member wrote of others and that stand."),
        Count(Acts(_REVIEW)),
        A_YEAR,
    ),
    Metric(
        "review_share",
        N_("Reviews its exchanges"),
        N_("Reviews written, out of the exchanges that ended more than fourteen days ago."),
        Share(Acts(_REVIEW), Acts(_DONE, of="either"), until=timedelta(days=14)),
        A_YEAR,
        "percent",
    ),
    Metric(
        "reviews_withdrawn",
        N_("Reviews taken back"),
        N_("Reviews by the member that were taken back, whatever the reason."),
        Count(Acts(_REVIEW, is_taken_back=True)),
        A_YEAR,
    ),
    Metric(
        "account_age",
        N_("Time here"),
        N_("Days since the member joined."),
        Since(Acts(("member.joined",)), is_first=True),
        shown_as="days",
    ),
    Metric(
        "profile_told",
        N_("Profile told"),
        N_("How much of their page the member has filled in, in percent, when last saved."),
        LastValue(Acts(("profile.told",))),
        shown_as="points",
    ),
    Metric(
        "days_active",
        N_("Days active"),
        N_("Days on which the member did something that others notice. Visits do not count."),
        Distinct(Acts(DELIBERATE), "day"),
        A_YEAR,
    ),
    Metric(
        "days_active_share",
        N_("Share of days active"),
        N_("Days active, out of all days of the window."),
        DaysShare(Acts(DELIBERATE)),
        Window(Length(days=100)),
        "percent",
    ),
    Metric(
        "last_active",
        N_("Since the last act"),
        N_("Days since the member last did something that others notice."),
        Since(Acts(DELIBERATE)),
        shown_as="days",
    ),
    Metric(
        "contacts_both_ways",
        N_("People in touch both ways"),
        N_("People whom the member was in touch with and who were in touch with them."),
        Mutual(Acts(TOUCHES)),
        A_YEAR,
    ),
    Metric(
        "people_helped",
        N_("People helped"),
        N_("Different people who thanked the member or took their answer as the one that helped."),
        Distinct(Acts(("answer.accepted", "thanks.given"), of="other")),
        A_YEAR,
    ),
    Metric(
        "thanks_received",
        N_("Thanks received"),
        N_("How often others thanked the member."),
        Count(Acts(("thanks.given",), of="other")),
        A_YEAR,
    ),
    Metric(
        "thanks_given",
        N_("Thanks given"),
        N_("How often the member thanked others."),
        Count(Acts(("thanks.given",))),
        A_YEAR,
    ),
    Metric(
        "topics_opened",
        N_("Questions asked"),
        N_("Questions that the member asked."),
        Count(Acts(("topic.opened",))),
        A_YEAR,
    ),
    Metric(
        "answers_given",
        N_("Answers given"),
        N_("Answers that the member gave to others' questions."),
        Count(Acts(("answer.posted",))),
        A_YEAR,
    ),
    Metric(
        "answers_accepted",
        N_("Answers that helped"),
        N_("Answers by the member that the one who asked took as the answer."),
        Count(Acts(("answer.accepted",), of="other")),
        A_YEAR,
    ),
    Metric(
        "answers_taken",
        N_("Answers taken"),
        N_("How often the member took an answer as the one that helped."),
        Count(Acts(("answer.accepted",), apart=False)),
    ),
    Metric(
        "comments_written",
        N_("Replies written"),
        N_("Replies that the member wrote, to themselves too."),
        Count(Acts(("comment.written",), apart=False)),
    ),
    Metric(
        "flags_upheld",
        N_("Flags upheld"),
        N_("Flags on something by the member that staff upheld."),
        Count(Acts(("flag.upheld",), of="other")),
        A_YEAR,
    ),
    Metric(
        "referrals_qualified",
        N_("People brought"),
        N_("People whom the member brought and who took part."),
        Count(Acts(("referral.qualified",))),
        A_YEAR,
    ),
    Metric(
        "referrals_staying",
        N_("People brought who stayed"),
        N_("Of those whom the member brought, the share that did something again after 90 days."),
        StillActive(Acts(("referral.qualified",)), 90),
        A_YEAR,
        "percent",
    ),
    Metric(
        "guides_written",
        N_("Guides written"),
        N_("Guides that the member wrote for others."),
        Count(Acts(("guide.published",))),
    ),
    Metric(
        "guide_readers",
        N_("People who kept a guide"),
        N_("Different people who kept a guide by the member."),
        Distinct(Acts(("subject.saved",), of="other", about=("guide",))),
    ),
    Metric(
        "guide_age",
        N_("Since the last guide"),
        N_("Days since the member last wrote a guide."),
        Since(Acts(("guide.published",))),
        shown_as="days",
    ),
    Metric(
        "gatherings_hosted",
        N_("Gatherings hosted"),
        N_("Gatherings that the member hosted."),
        Count(Acts(("gathering.hosted",))),
        A_YEAR,
    ),
    Metric(
        "gatherings_attended",
        N_("Gatherings attended"),
        N_("Gatherings of others at which the member was."),
        Count(Acts(("gathering.attended",))),
        A_YEAR,
    ),
    Metric(
        "topics_scored",
        N_("Questions with a score"),
        N_("Questions by the member whose score, as declared, reaches a bar."),
        Things("topic", "score", 1),
    ),
    Metric(
        "topics_viewed",
        N_("Questions with views"),
        N_("Questions by the member whose views, as declared, reach a bar."),
        Things("topic", "views", 1),
    ),
    Metric(
        "answers_scored",
        N_("Answers with a score"),
        N_("Answers by the member whose score, as declared, reaches a bar."),
        Things("answer", "score", 1),
    ),
    Metric(
        "answers_accepted_scored",
        N_("Accepted answers with a score"),
        N_("Answers that the one who asked took as the answer, and whose score reaches a bar."),
        Things("answer", "score", 1, is_accepted=True),
    ),
    Metric(
        "answers_first_accepted_scored",
        N_("First answers with a score"),
        N_("Answers that came before all others, were accepted, and whose score reaches a bar."),
        Things("answer", "score", 1, is_accepted=True, is_first=True),
    ),
    Metric(
        "answers_to_self_scored",
        N_("Answers to own questions"),
        N_("Answers by the member to their own questions, whose score reaches a bar."),
        Things("answer", "score", 1, is_own=True),
    ),
    Metric(
        "answers_late_scored",
        N_("Answers to old questions"),
        N_("Answers given sixty days or more after the question, whose score reaches a bar."),
        Things("answer", "score", 1, days_after=60),
    ),
    Metric(
        "up_votes_declared",
        N_("Up-votes given elsewhere"),
        N_("Up-votes that the member gave, as the source of an import declared."),
        LatestFact("up_votes"),
    ),
    Metric(
        "down_votes_declared",
        N_("Down-votes given elsewhere"),
        N_("Down-votes that the member gave, as the source of an import declared."),
        LatestFact("down_votes"),
    ),
    Metric(
        "reputation_declared",
        N_("Reputation elsewhere"),
        N_("The reputation that the source of an import declared."),
        LatestFact("reputation"),
        shown_as="points",
    ),
    Metric(
        "forum_points",
        N_("Forum points"),
        N_(
            "Points for what others made of the member's questions and answers, at most 200 a day"
            " from thanks, beginning with 1."
        ),
        Points(),
        shown_as="points",
    ),
    Metric(
        "trust",
        N_("Trust"),
        N_("How much those vouch for the member who are trusted themselves, from 0 to 100."),
        OnGraph("trust"),
        shown_as="score",
    ),
    Metric(
        "depth",
        N_("Depth in the network"),
        N_("The largest number k so that the member is in touch with k others who also are."),
        OnGraph("core"),
    ),
)


def facts_of(metrics: Mapping[str, Metric]) -> frozenset[str]:
    """The names of all declared figures that some metrics read."""
    folds = [metric.fold for metric in metrics.values()]
    named = (getattr(fold, slot, None) for fold in folds for slot in FACT_SLOTS)
    return frozenset(name for name in named if isinstance(name, str))


FACT_SLOTS = ("fact", "declared", "weighed_by", "shared")
"""Where a fold names the figures that it reads."""
