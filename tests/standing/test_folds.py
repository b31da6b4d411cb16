"""What each fold makes of a few acts, by tables of cases."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from community.standing.acts import Acts
from community.standing.folds import Count, DaysShare, Distinct, Ever, OnGraph, Share, Since
from community.standing.pace import PaceRatio
from community.standing.pairs import Mutual, StillActive
from community.standing.past import Context
from community.standing.threads import Followed, MedianWait, Within
from community.standing.valued import Extreme, LastValue, Mean, Sum, WeighedMean
from community.standing.windows import Length, Window
from tests.standing.pasts import ADA, BEN, CY, HERS, NOW, ROOM, act, past


def values(fold, *acts, window=None, **more):
    found = fold.over(past(*acts, **more), NOW, window or Window())
    return [None if np.isnan(v) else round(float(v), 6) for v in found.value]


MET = ("exchange.completed",)


def test_counting_follows_the_side_and_what_still_counts():
    acts = [
        act("exchange.completed", BEN, ADA, 3, about=ROOM),
        act("exchange.completed", CY, ADA, 2, about=ROOM),
        act("exchange.completed", ADA, BEN, 1, about=HERS),
        act("exchange.completed", CY, ADA, 2, about=ROOM, voided=1),
        act("exchange.completed", CY, ADA, -1, about=ROOM),
        act("exchange.completed", ADA, ADA, 1, about=ROOM),
    ]
    assert values(Count(Acts(MET)), *acts) == [1, 1, 1]
    assert values(Count(Acts(MET, of="other")), *acts) == [2, 1, 0]
    assert values(Count(Acts(MET, of="either")), *acts) == [3, 2, 1]
    assert values(Count(Acts(MET, of="either", is_own=True)), *acts) == [2, 1, 0]
    assert values(Count(Acts(MET, of="either", is_own=False)), *acts) == [1, 1, 1]
    assert values(Count(Acts(MET, apart=False)), *acts) == [2, 1, 1]


def test_what_was_taken_back_counts_as_of_the_time_before():
    acts = [act("review.published", BEN, ADA, 10, 5, voided=4)]
    fold = Count(Acts(("review.published",), of="other"))
    before = fold.over(past(*acts), NOW - timedelta(days=5))
    assert before.value.tolist() == [1, 0, 0]
    assert values(fold, *acts) == [0, 0, 0]
    back = Count(Acts(("review.published",), is_taken_back=True))
    assert values(back, *acts, window=Window(Length(days=5))) == [0, 1, 0]
    assert values(back, *acts, window=Window(Length(days=3))) == [0, 0, 0]


def test_an_exchange_is_hosted_by_whose_offer_it_is_about():
    items = [(20, "exchange", BEN, 10), (21, "review", BEN, 20), (22, "exchange", BEN, None)]
    acts = [
        act("exchange.completed", BEN, ADA, about=("exchange", 20)),
        act("review.published", BEN, ADA, value=5, about=("review", 21)),
        act("exchange.completed", BEN, ADA, about=("exchange", 22)),
    ]
    own = Acts(("exchange.completed", "review.published"), of="either", is_own=True)
    assert values(Count(own), *acts, items=items) == [2, 0, 0]


def test_a_pair_counts_once_a_week_that_begins_on_monday():
    monday = (NOW - datetime(2026, 5, 18, 12, tzinfo=UTC)).days
    acts = [act("rating.given", BEN, ADA, monday - n, 8) for n in (0, 6, 7)]
    acts += [act("rating.given", CY, ADA, monday, 8)]
    once = Acts(("rating.given",), of="other", once=timedelta(days=7))
    assert values(Count(once), *acts) == [3, 0, 0]


@pytest.mark.parametrize(
    ("fold", "found"),
    [
        (Sum(Acts(("rating.given",), of="other")), [4, -3, 0]),
        (Mean(Acts(("rating.given",), of="other")), [2, -3, None]),
        (Extreme(Acts(("rating.given",), of="other")), [-1, -3, None]),
        (Extreme(Acts(("rating.given",), of="other"), is_least=False), [5, -3, None]),
        (LastValue(Acts(("rating.given",), of="other")), [5, -3, None]),
        (Count(Acts(("rating.given",), of="other", least=1)), [1, 0, 0]),
        (Count(Acts(("rating.given",), of="other", most=-1)), [1, 1, 0]),
        (Distinct(Acts(("rating.given",), of="other")), [2, 1, 0]),
        (Distinct(Acts(("rating.given",), of="other"), "day"), [3, 1, 0]),
        (Mutual(Acts(("rating.given",))), [1, 1, 0]),
        (Since(Acts(("rating.given",))), [2, 4, 3]),
        (Since(Acts(("rating.given",)), is_first=True), [2, 9, 3]),
    ],
)
def test_what_is_made_of_values(fold, found):
    acts = [
        act("rating.given", BEN, ADA, 9, None),
        act("rating.given", BEN, ADA, 4, -1),
        act("rating.given", CY, ADA, 3, 5),
        act("rating.given", ADA, BEN, 2, -3),
    ]
    assert values(fold, *acts) == found


def test_no_things_to_divide_by_is_no_number():
    share = Share(Acts(("exchange.cancelled",)), Acts(MET, of="either"), is_apart=True)
    assert values(share) == [None, None, None]
    acts = [act("exchange.cancelled", ADA, BEN), *[act("exchange.completed", BEN, ADA)] * 3]
    assert values(share, *acts) == [0.25, 0, None]


def test_storms_leave_numerator_and_denominator():
    """A mass event takes what it touched out of both (golden test 9)."""
    items = [(n, "exchange", BEN, 10) for n in range(20, 24)]
    acts = [
        act("exchange.cancelled", ADA, BEN, 5, about=("exchange", 20)),
        *[act("exchange.completed", BEN, ADA, 5, about=("exchange", n)) for n in (21, 22, 23)],
    ]
    excused = [act("excuse.granted", CY, None, 2, about=("exchange", n)) for n in (20, 21)]
    share = Share(
        Acts(("exchange.cancelled",), is_excusable=True),
        Acts(MET, of="either", is_excusable=True),
        is_apart=True,
    )
    assert values(share, *acts, items=items)[0] == 0.25
    found = share.over(past(*acts, *excused, items=items), NOW)
    assert (found.num[0], found.den[0]) == (0, 2)
    early = share.over(past(*acts, *excused, items=items), NOW - timedelta(days=3))
    assert early.value[0] == 0.25


ANSWERS = Within(
    Acts(("enquiry.made",), of="other"), Acts(("enquiry.answered", "exchange.started"), of="either")
)


def hours(number):
    return number / 24


@pytest.mark.parametrize(
    ("acts", "share", "wait"),
    [
        ([], None, None),
        # Three messages in a row are one thread, and an answer in time counts (golden test 5).
        (
            [act("enquiry.made", BEN, ADA, hours(h), about=ROOM) for h in (90, 89, 80)]
            + [act("enquiry.answered", ADA, BEN, hours(70), about=ROOM)],
            1,
            20,
        ),
        (
            [act("enquiry.made", BEN, ADA, hours(90), about=ROOM),
             act("enquiry.answered", ADA, BEN, hours(60), about=ROOM)],
            0, 30,
        ),
        # An answer to somebody else, or before the question, is none.
        (
            [act("enquiry.made", BEN, ADA, hours(90), about=ROOM),
             act("enquiry.answered", ADA, BEN, hours(91), about=ROOM),
             act("enquiry.answered", ADA, CY, hours(80), about=ROOM)],
            0, float("inf"),
        ),
        # What is younger than a day and still open does not count yet; answered it does.
        ([act("enquiry.made", BEN, ADA, hours(20), about=ROOM)], None, float("inf")),
        (
            [act("enquiry.made", BEN, ADA, hours(20), about=ROOM),
             act("exchange.started", BEN, ADA, hours(18), about=ROOM)],
            1, 2,
        ),
    ],
)  # fmt: skip
def test_threads_are_answered_in_time(acts, share, wait):
    assert values(ANSWERS, *acts)[0] == share
    assert values(MedianWait(ANSWERS), *acts)[0] == wait


def test_the_median_lies_between_two():
    acts = []
    for other, waited in ((BEN, 2), (CY, 6)):
        acts.append(act("enquiry.made", other, ADA, hours(90), about=ROOM))
        acts.append(act("enquiry.answered", ADA, other, hours(90 - waited), about=ROOM))
    assert values(MedianWait(ANSWERS), *acts)[0] == 4


def test_ratings_are_weighed_by_trust_turn_and_swap():
    stars = Acts(("review.published",), of="other", has_value=True)
    one = [act("review.published", BEN, ADA, 5, 5)]
    fold = WeighedMean(stars, prior=5, fallback=4)
    assert values(fold, *one)[0] == pytest.approx((5 + 20) / 6, abs=1e-6)
    trust = Context(mean_rating=3, trust=(np.array([BEN]), np.array([0.5])), unknown=0)
    assert values(fold, *one, context=trust)[0] == pytest.approx((2.5 + 15) / 5.5, abs=1e-6)
    again = [*one, act("review.published", BEN, ADA, 4, 1)]
    assert values(fold, *again)[0] == pytest.approx((5 + 0.5 + 20) / 6.5, abs=1e-6)
    stranger = [*one, act("review.published", CY, ADA, 4, 1)]
    assert values(fold, *stranger, context=trust)[0] == values(fold, *one, context=trust)[0]


def test_windows_end_where_they_say():
    acts = [act("thanks.given", BEN, ADA, days) for days in (0, 10, 61, 62, 200)]
    fold = Count(Acts(("thanks.given",), of="other"))
    assert values(fold, *acts, window=Window(Length(days=10)))[0] == 1
    assert values(fold, *acts, window=Window(Length(days=11)))[0] == 2
    # The quarter began on 1 April, sixty-one days and a half before.
    assert values(fold, *acts, window=Window(of="quarter"))[0] == 3
    assert values(fold, *acts, window=Window(until="quarter"))[0] == 2
    assert values(fold, *acts, window=Window(Length(days=30), until="quarter"))[0] == 1


def test_days_active_are_shared_out_over_the_window():
    acts = [act("thanks.given", ADA, BEN, days) for days in (1, 1.1, 2, 30)]
    fold = DaysShare(Acts(("thanks.given",)))
    assert values(fold, *acts, window=Window(Length(days=10)))[0] == 0.2
    assert values(fold, *acts, window=Window(of="quarter"))[0] == round(3 / 62, 6)
    assert values(fold, *acts, window=Window())[0] is None
    daily = [act("thanks.given", ADA, BEN, days) for days in range(20)]
    assert values(fold, *daily, window=Window(Length(days=10)))[0] == 1


def test_people_who_were_brought_stay_or_not():
    acts = [
        act("referral.qualified", ADA, BEN, 200),
        act("referral.qualified", ADA, CY, 200),
        act("referral.qualified", ADA, 4, 20),
        act("thanks.given", BEN, ADA, 100),
        act("thanks.given", CY, ADA, 150),
    ]
    assert values(StillActive(Acts(("referral.qualified",)), 90), *acts) == [0.5, None, None]


def test_measures_of_the_graph_are_as_they_were_worked_out():
    context = Context(measures={"trust": np.array([0.1, np.nan, 3])})
    assert values(OnGraph("trust"), context=context) == [0.1, None, 3]
    assert values(OnGraph("unknown"), context=context) == [None, None, None]


def test_evidence_is_the_newest_first():
    acts = [act("thanks.given", BEN, ADA, days) for days in (5, 1, 9)]
    only = past(*acts)
    only.members = np.array([ADA])
    fold = Count(Acts(("thanks.given",), of="other"))
    assert fold.evidence(only, NOW).tolist() == [2, 1, 3]


def test_what_was_ever_done_counts_once():
    acts = [act("contact.confirmed", ADA, days=d) for d in (9, 5)] + [act("thanks.given", BEN, CY)]
    assert values(Ever(Acts(("contact.confirmed",))), *acts) == [1, 0, 0]
    assert Ever(Acts(("contact.confirmed",))).evidence(past(*acts), NOW).tolist() == [1]


def test_ties_go_both_ways_by_an_exchange_alone():
    acts = [
        act("thanks.given", ADA, BEN, 5),
        act("message.sent", BEN, ADA, 4),
        act("exchange.completed", CY, ADA, 3),
        act("thanks.given", BEN, CY, 2),
    ]
    one_way = Acts(("thanks.given", "message.sent"))
    assert values(Mutual(one_way), *acts) == [1, 1, 0]
    assert values(Mutual(one_way, MET), *acts) == [2, 1, 1]
    assert values(Mutual(one_way, MET), *acts, window=Window(Length(days=4))) == [1, 0, 1]


@pytest.mark.parametrize(
    ("days", "ratio"),
    [
        ([], None),
        ([50, 40, 30, 20, 10], None),  # Four gaps are no pace.
        ([60, 50, 40, 30, 20, 10], 1),
        ([60, 50, 40, 30, 20, 10, 10.1], 1),  # Twice on a day is one day.
        ([16, 15, 14, 13, 12, 11], 5.5),  # A day apart counts as two.
        ([600, 500, 400, 300, 200, 100], 100 / 60),  # A hundred days apart count as sixty.
        ([17, 16, 14, 13, 10, 7, 6], 3),  # The middle of an even number lies between two.
        ([*range(400, 100, -10), *range(100, 19, -4)], 5),  # Only the last twenty gaps count.
    ],
)
def test_silence_is_measured_by_the_own_pace(days, ratio):
    acts = [act("thanks.given", ADA, BEN, day) for day in days]
    found = values(PaceRatio(Acts(("thanks.given",))), *acts)[0]
    assert found == (None if ratio is None else pytest.approx(ratio, abs=1e-6))


def test_reviews_answer_exchanges_one_by_one():
    items = [(20, "exchange", BEN, 10), (21, "review", BEN, 20), (22, "exchange", BEN, 10)]
    share = Followed(Acts(MET, of="either"), Acts(("review.published",)), timedelta(days=14))
    acts = [
        act("exchange.completed", BEN, ADA, 30, about=("exchange", 20)),
        act("exchange.completed", BEN, ADA, 20, about=("exchange", 22)),
        act("exchange.completed", BEN, ADA, 5, about=("exchange", 22)),
        act("review.published", BEN, ADA, 29, 5, about=("review", 21)),
        act("review.published", ADA, BEN, 29, 5, about=("exchange", 20)),
        act("review.published", ADA, BEN, 19, 5, about=("exchange", 22)),
        act("review.published", ADA, CY, 19, 5, about=("exchange", 20)),
    ]
    found = share.over(past(*acts, items=items), NOW)
    assert found.num.tolist() == [2, 1, 0]
    assert found.den.tolist() == [2, 2, 0]
    assert share.evidence(past(*acts, items=items), NOW).tolist() == [2]


def test_one_review_is_not_that_of_two_exchanges_about_one_offer():
    share = Followed(Acts(MET, of="either"), Acts(("review.published",)), timedelta(days=14))
    acts = [act("exchange.completed", BEN, ADA, days, about=ROOM) for days in (30, 20)]
    acts += [act("review.published", BEN, ADA, days, 5, about=ROOM) for days in (29,)]
    assert values(share, *acts)[1] == 0.5
    many = [*acts, *[act("review.published", BEN, ADA, 3, 5, about=ROOM)] * 4]
    assert values(share, *many)[1] == 1
