"""Numbers of a member among others: since when, how often, with whom in touch, whom they brought, how trusted."""

from community.kit.words import N_
from community.ledger.kinds import KINDS
from community.standing.acts import Acts
from community.standing.folds import Count, DaysShare, Distinct, Ever, OnGraph, Since
from community.standing.metric import Metric
from community.standing.pace import PaceRatio
from community.standing.pairs import Mutual, StillActive
from community.standing.valued import LastValue
from community.standing.windows import Length, Window

A_YEAR = Window(Length(months=12))
HALF_A_YEAR = Window(Length(days=180))
TOUCHES = (
    "exchange.completed", "enquiry.made", "enquiry.answered", "message.sent", "answer.posted",
    "comment.written", "thanks.given", "review.published", "answer.accepted",
)  # fmt: skip
"""Acts by which two members are in touch with each other."""
DELIBERATE = (
    *TOUCHES, "topic.opened", "guide.published", "gathering.promised", "gathering.attended",
    "gathering.hosted", "offer.published", "wish.published", "rating.given", "reaction.given",
    "invitation.sent",
)  # fmt: skip
"""What counts as having been there on a day: acts that others notice, never a visit."""
CONFIRMED = ("contact.confirmed", "member.claimed")
ADVOCACY = ("mention.found", "referral.qualified")
"""Acts for the community that nobody was asked for: speaking of it elsewhere, bringing people."""
_TIES = [kind for kind in KINDS.values() if kind.tie and not kind.signed]
BOTH_WAYS = tuple(kind.name for kind in _TIES if kind.direction == "both")
ONE_WAY = tuple(kind.name for kind in _TIES if kind.direction == "forward")

PEOPLE = (
    Metric(
        "has_account",
        N_("Account confirmed"),
        N_("Whether the member has an account with an address that they confirmed: 1 or 0."),
        Ever(Acts(CONFIRMED)),
        one=N_("%(n)s confirmed account"),
        many=N_("%(n)s confirmed accounts"),
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
        one=N_("%(n)s active day"),
        many=N_("%(n)s active days"),
    ),
    Metric(
        "days_active_share",
        N_("Share of days active"),
        N_("Days active, out of all days of the window."),
        DaysShare(Acts(DELIBERATE)),
        Window(Length(days=100)),
        "percent",
        one=N_("%(n)s active day"),
        many=N_("%(n)s active days"),
    ),
    Metric(
        "last_active",
        N_("Since the last act"),
        N_("Days since the member last did something that others notice."),
        Since(Acts(DELIBERATE)),
        shown_as="days",
    ),
    Metric(
        "cadence_ratio",
        N_("Silence against habit"),
        N_(
            "Days since the last active day, over the median of the last twenty gaps between active"
            " days, taken as two days at least and sixty at most. There is none before five gaps."
        ),
        PaceRatio(Acts(DELIBERATE)),
        shown_as="score",
    ),
    Metric(
        "contacts_both_ways",
        N_("People in touch both ways"),
        N_("People whom the member was in touch with and who were in touch with them."),
        Mutual(Acts(TOUCHES)),
        A_YEAR,
        one=N_("%(n)s person in touch both ways"),
        many=N_("%(n)s people in touch both ways"),
    ),
    Metric(
        "ties_both_ways",
        N_("Ties both ways"),
        N_(
            "People to whom the member has a tie and who have one to the member. An exchange, or a"
            " gathering where both were, ties both ways by itself."
        ),
        Mutual(Acts(ONE_WAY), BOTH_WAYS),
        A_YEAR,
        one=N_("%(n)s tie both ways"),
        many=N_("%(n)s ties both ways"),
    ),
    Metric(
        "people_helped",
        N_("People helped"),
        N_("Different people who thanked the member or took their answer as the one that helped."),
        Distinct(Acts(("answer.accepted", "thanks.given"), of="other")),
        A_YEAR,
        one=N_("%(n)s person helped"),
        many=N_("%(n)s people helped"),
    ),
    Metric(
        "flags_upheld",
        N_("Flags upheld"),
        N_("Flags on something by the member that staff upheld."),
        Count(Acts(("flag.upheld",), of="other")),
        A_YEAR,
        one=N_("%(n)s flag upheld"),
        many=N_("%(n)s flags upheld"),
    ),
    Metric(
        "referrals_qualified",
        N_("People brought"),
        N_("People whom the member brought and who took part."),
        Count(Acts(("referral.qualified",))),
        A_YEAR,
        one=N_("%(n)s person brought who took part"),
        many=N_("%(n)s people brought who took part"),
    ),
    Metric(
        "referrals_staying",
        N_("People brought who stayed"),
        N_("Of those whom the member brought, the share that did something again after 90 days."),
        StillActive(Acts(("referral.qualified",)), 90),
        A_YEAR,
        "percent",
        one=N_("%(n)s person brought who stays"),
        many=N_("%(n)s people brought who stay"),
    ),
    Metric(
        "advocacy",
        N_("Acts for the community"),
        N_(
            "How often the member was found to speak of the community elsewhere, or brought"
            " somebody who took part."
        ),
        Count(Acts(ADVOCACY)),
        HALF_A_YEAR,
        one=N_("%(n)s act for the community"),
        many=N_("%(n)s acts for the community"),
    ),
    Metric(
        "would_recommend",
        N_("Would recommend us"),
        N_(
            "How likely the member is to recommend the community, from 0 to 10, as they last"
            " answered a survey."
        ),
        LastValue(Acts(("survey.answered",))),
        A_YEAR,
        "points",
    ),
    Metric(
        "gatherings_hosted",
        N_("Gatherings hosted"),
        N_("Gatherings that the member hosted."),
        Count(Acts(("gathering.hosted",))),
        A_YEAR,
        one=N_("%(n)s gathering hosted"),
        many=N_("%(n)s gatherings hosted"),
    ),
    Metric(
        "gatherings_attended",
        N_("Gatherings attended"),
        N_("Gatherings of others at which the member was."),
        Count(Acts(("gathering.attended",))),
        A_YEAR,
        one=N_("%(n)s gathering attended"),
        many=N_("%(n)s gatherings attended"),
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
        shown_as="points",
    ),
)
