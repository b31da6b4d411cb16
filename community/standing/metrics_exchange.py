"""Numbers of a member's exchanges: how many, with whom, how they were rated, how enquiries were answered."""

from dataclasses import replace
from datetime import timedelta

from community.kit.words import N_
from community.standing.acts import Acts
from community.standing.folds import Count, Distinct, Share, Since
from community.standing.metric import Metric
from community.standing.things import FactOfActs, FactOfThings, LatestFact
from community.standing.threads import Followed, MedianWait, Within
from community.standing.valued import Extreme, Mean, Sum, WeighedMean
from community.standing.windows import Length, Window

A_YEAR = Window(Length(months=12))
A_MONTH = Window(Length(days=30))
DONE = ("exchange.completed",)
REVIEW = ("review.published",)
INTENTS = (
    "enquiry.made", "exchange.started", "gathering.promised", "search.made", "message.sent",
)  # fmt: skip
"""Acts by which somebody shows that they mean to deal with others."""
_EXCHANGES = Acts(DONE, of="either")
_HOSTED = Acts(DONE, of="either", is_own=True)
_RATED = Acts(REVIEW, of="other", has_value=True)
_ENQUIRIES = Within(
    Acts(("enquiry.made",), of="other"),
    Acts(("enquiry.answered", "exchange.started"), of="either"),
)
_BEST_REVIEW, _BEST_REVIEWS = N_("%(n)s five-star review"), N_("%(n)s five-star reviews")

EXCHANGE = (
    Metric(
        "exchanges_hosted",
        N_("Exchanges hosted"),
        N_("Completed exchanges about something that the member offered."),
        Count(_HOSTED),
        A_YEAR,
        one=N_("%(n)s exchange hosted"),
        many=N_("%(n)s exchanges hosted"),
    ),
    Metric(
        "exchanges",
        N_("Exchanges"),
        N_("Completed exchanges, on either side."),
        Count(_EXCHANGES),
        A_YEAR,
        one=N_("%(n)s exchange"),
        many=N_("%(n)s exchanges"),
    ),
    Metric(
        "exchange_days",
        N_("Days of exchanges"),
        N_("On how many different days the member completed an exchange."),
        Distinct(_EXCHANGES, "day"),
        A_YEAR,
        one=N_("%(n)s day with an exchange"),
        many=N_("%(n)s days with an exchange"),
    ),
    Metric(
        "days_hosted",
        N_("Days hosted"),
        N_("Days that completed exchanges about the member's offers lasted, added up."),
        Sum(_HOSTED),
        A_YEAR,
        one=N_("%(n)s day hosted"),
        many=N_("%(n)s days hosted"),
    ),
    Metric(
        "partners",
        N_("Different people"),
        N_("How many different people the member completed exchanges with."),
        Distinct(_EXCHANGES),
        A_YEAR,
        one=N_("%(n)s person to exchange with"),
        many=N_("%(n)s different people to exchange with"),
    ),
    Metric(
        "exchange_age",
        N_("Since the first exchange"),
        N_("Days since the first completed exchange."),
        Since(_EXCHANGES, is_first=True),
        shown_as="days",
        one=N_("%(n)s exchange"),
        many=N_("%(n)s exchanges"),
    ),
    Metric(
        "intents",
        N_("Signs of intent"),
        N_(
            "How often the member asked about an offer, agreed on an exchange, promised to come,"
            " searched, or wrote to somebody."
        ),
        Count(Acts(INTENTS)),
        A_MONTH,
        one=N_("%(n)s sign of intent"),
        many=N_("%(n)s signs of intent"),
    ),
    Metric(
        "rating_received",
        N_("Rating received"),
        N_("The plain mean of the stars in reviews of the member that stand."),
        Mean(_RATED),
        A_YEAR,
        "stars",
        is_cut=True,
        one=_BEST_REVIEW,
        many=_BEST_REVIEWS,
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
        is_cut=True,
        one=_BEST_REVIEW,
        many=_BEST_REVIEWS,
    ),
    Metric(
        "rating_least",
        N_("Lowest rating received"),
        N_("The fewest stars in a review of the member that stands."),
        Extreme(_RATED),
        A_YEAR,
        "stars",
        is_cut=True,
        one=_BEST_REVIEW,
        many=_BEST_REVIEWS,
    ),
    Metric(
        "positive_share",
        N_("Share of good reviews"),
        N_("Reviews of the member with four or five stars, out of all with stars."),
        Share(replace(_RATED, least=4), _RATED),
        A_YEAR,
        "percent",
        one=N_("%(n)s good review"),
        many=N_("%(n)s good reviews"),
    ),
    Metric(
        "good_reviews",
        N_("Good reviews"),
        N_("Reviews of the member with four or five stars, one a week from the same person."),
        Count(replace(_RATED, least=4, once=timedelta(days=7))),
        one=N_("%(n)s good review"),
        many=N_("%(n)s good reviews"),
    ),
    Metric(
        "gap_received",
        N_("Beyond what was expected"),
        N_(
            "The mean of what those who reviewed the member got, less what they had expected,"
            " both from one to five. Below zero it was less."
        ),
        FactOfActs("expectation_gap", Acts(REVIEW, of="other")),
        A_YEAR,
        "score",
        one=N_("%(n)s review that says what was expected"),
        many=N_("%(n)s reviews that say what was expected"),
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
        Count(Acts(REVIEW, of="other")),
        A_YEAR,
        one=N_("%(n)s review received"),
        many=N_("%(n)s reviews received"),
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
        one=N_("%(n)s enquiry answered within a day"),
        many=N_("%(n)s enquiries answered within a day"),
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
            Acts(("exchange.cancelled",), is_own=True, is_excusable=True),
            replace(_HOSTED, is_excusable=True),
            is_apart=True,
        ),
        A_YEAR,
        "percent",
        one=N_("%(n)s completed exchange as host"),
        many=N_("%(n)s completed exchanges as host"),
    ),
    Metric(
        "reviews_written",
        N_("Reviews written"),
        N_("Reviews that the member wrote of others and that stand."),
        Count(Acts(REVIEW)),
        A_YEAR,
        one=N_("%(n)s review written"),
        many=N_("%(n)s reviews written"),
    ),
    Metric(
        "review_share",
        N_("Reviews its exchanges"),
        N_("Exchanges that the member reviewed, out of those more than fourteen days ago."),
        Followed(_EXCHANGES, Acts(REVIEW), timedelta(days=14)),
        A_YEAR,
        "percent",
        one=N_("%(n)s exchange reviewed"),
        many=N_("%(n)s exchanges reviewed"),
    ),
    Metric(
        "reviews_withdrawn",
        N_("Reviews taken back"),
        N_("Reviews by the member that were taken back, whatever the reason."),
        Count(Acts(REVIEW, is_taken_back=True)),
        A_YEAR,
        one=N_("%(n)s review taken back"),
        many=N_("%(n)s reviews taken back"),
    ),
)
