"""Who may say how it was, and what may come of it: tables of cases."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges.deals.rules import STATES
from community.activity.exchanges.reviews import rules
from community.activity.exchanges.reviews.rules import Told

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ADA, BEN, CY, MIA, ANN = 1, 2, 3, 4, 5


def exchange(state="completed", **more):
    told = {"is_late": False, "review_until": NOW + timedelta(days=14), "opened_at": None}
    return SimpleNamespace(state=state, provider_id=ADA, receiver_id=BEN, **(told | more))


def own(*, is_closed=False):
    return SimpleNamespace(is_closed=is_closed)


def review(**more):
    told = {
        "author_id": BEN,
        "about_id": ADA,
        "published_at": NOW,
        "removed_at": None,
        "responded_at": None,
    }
    return SimpleNamespace(**(told | more))


@pytest.mark.parametrize(
    ("deal", "who", "mine", "says"),
    [
        (exchange(), ADA, None, None),
        (exchange(), BEN, None, None),
        (exchange("not_met"), BEN, None, None),
        (exchange("went_wrong"), BEN, None, None),
        (exchange(), CY, None, "This exchange is between others."),
        (exchange("under_way"), BEN, None, "It is not over yet."),
        (exchange("declined"), BEN, None, "It did not come about: there is nothing to say how it was."),
        (exchange("cancelled"), BEN, None, "It was cancelled before it began: there is nothing to say how it was."),
        (exchange("cancelled"), ADA, None, "It was cancelled before it began: there is nothing to say how it was."),
        (exchange("cancelled", is_late=True), BEN, None, None),
        (exchange("cancelled", is_late=True), ADA, None, None),
        (exchange(), BEN, own(), "You have said already how it was."),
        (exchange(), BEN, own(is_closed=True), "You closed it without a comment."),
        (exchange(opened_at=NOW), BEN, None, "The reviews are open. Nothing can be added or changed any more."),
        (exchange(review_until=NOW), BEN, None, "The time for reviews is over."),
        (exchange(review_until=None), BEN, None, "The time for reviews is over."),
        (exchange(review_until=NOW + timedelta(microseconds=1)), BEN, None, None),
    ],
)  # fmt: skip
def test_who_can_say_how_it_was(deal, who, mine, says):
    for rule in (rules.why_not_review, rules.why_not_close):
        reason = rule(deal, who, mine, NOW)
        assert (reason and str(reason)) == says


@pytest.mark.parametrize(
    ("deal", "mine", "says"),
    [
        (exchange(), own(), None),
        (exchange(), None, "You have said nothing yet."),
        (exchange(), own(is_closed=True), "You closed it without a comment."),
        (exchange(opened_at=NOW), own(), "The reviews are open. Nothing can be added or changed any more."),
        (exchange(review_until=NOW), own(), "The time for reviews is over."),
    ],
)  # fmt: skip
def test_what_was_said_can_be_changed_until_it_opens(deal, mine, says):
    reason = rules.why_not_edit(deal, BEN, mine, NOW)
    assert (reason and str(reason)) == says


@pytest.mark.parametrize(
    ("deal", "sides", "at", "is_due"),
    [
        (exchange(), 0, NOW, False),
        (exchange(), 1, NOW, False),
        (exchange(), 2, NOW, True),
        (exchange(), 0, NOW + timedelta(days=14), True),
        (exchange(), 1, NOW + timedelta(days=17), True),
        (exchange(), 1, NOW + timedelta(days=14, microseconds=-1), False),
        (exchange(opened_at=NOW), 2, NOW, False),
        (exchange("cancelled"), 2, NOW, False),
        (exchange("cancelled", is_late=True), 2, NOW, True),
        (exchange(review_until=None), 2, NOW, False),
    ],
)
def test_when_both_are_opened(deal, sides, at, is_due):
    assert rules.is_open_due(deal, sides, at) is is_due


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (Told(stars=4), None),
        (Told(text="Fine."), None),
        (Told(private_note="psst"), "Give stars, or say in words how it was."),
        (Told(text="  "), "Give stars, or say in words how it was."),
        (Told(stars=6), "Choose between 1 and 5."),
        (Told(stars=0), "Choose between 1 and 5."),
        (Told(stars=3, got=9), "Choose between 1 and 5."),
        (Told(stars=3, scores={"clean": 5}), None),
        (Told(stars=3, scores={"clean": 7}), "Choose between 1 and 5."),
        (Told(stars=3, scores={"taste": 5}), "That is not asked of exchanges of this kind."),
        (Told(text="x" * 5_001), "Use at most 5000 characters."),
        (Told(stars=1, private_note="x" * 2_001), "Use at most 2000 characters."),
    ],
)
def test_what_a_review_can_be(told, says):
    reason = rules.why_not_told(told, ("clean",))
    assert (reason and str(reason)) == says


@pytest.mark.parametrize(
    ("what", "who", "at", "says"),
    [
        (review(), ADA, NOW, None),
        (review(), BEN, NOW, "Only whom a review is about can answer it."),
        (review(), CY, NOW, "Only whom a review is about can answer it."),
        (review(published_at=None), ADA, NOW, "This review is not open."),
        (review(removed_at=NOW), ADA, NOW, "This review is not open."),
        (review(), ADA, NOW + timedelta(days=30, seconds=-1), None),
        (review(), ADA, NOW + timedelta(days=30), "A review can be answered for 30 days. They are over."),
        (review(responded_at=NOW), ADA, NOW + timedelta(hours=47), None),
        (review(responded_at=NOW), ADA, NOW + timedelta(hours=48), "An answer can be changed for 48 hours. They are over."),
        (review(responded_at=NOW + timedelta(days=29)), ADA, NOW + timedelta(days=30, hours=12), None),
    ],
)  # fmt: skip
def test_who_can_answer(what, who, at, says):
    reason = rules.why_not_respond(what, who, at)
    assert (reason and str(reason)) == says


@pytest.mark.parametrize(("who", "can"), [(ADA, True), (BEN, False), (CY, True), (MIA, True)])
def test_everyone_but_the_author_can_report_and_be_helped(who, can):
    assert (rules.why_not_report(review(), who) is None) is can
    assert (rules.why_not_find_helpful(review(), who) is None) is can
    sealed = review(published_at=None)
    assert str(rules.why_not_report(sealed, who)) == "This review is not open."


@pytest.mark.parametrize(
    ("reason", "words", "has_reported", "says"),
    [
        ("insult", "", False, None),
        ("else", "It is odd.", False, None),
        ("else", " ", False, "Say in your own words what it is."),
        ("stands", "x", False, "Choose one of the reasons."),
        (
            "insult",
            "",
            True,
            "You have reported it for this reason already. It is being looked at.",
        ),
        ("insult", "x" * 2_001, False, "Use at most 2000 characters."),
    ],
)
def test_how_it_can_be_reported(reason, words, has_reported, says):
    reason = rules.why_not_reason(reason, words, has_reported=has_reported)
    assert (reason and str(reason)) == says


@pytest.mark.parametrize(
    ("who", "decided_by", "has_other", "can"),
    [
        (MIA, None, True, True),
        (ADA, None, True, False),
        (BEN, None, False, False),
        (MIA, MIA, True, False),
        (MIA, MIA, False, True),
        (ANN, MIA, True, True),
    ],
)
def test_nobody_decides_about_their_own_and_twice_only_when_alone(who, decided_by, has_other, can):
    reason = rules.why_not_judge(review(), who, decided_by=decided_by, has_other=has_other)
    assert (reason is None) is can


@pytest.mark.parametrize(
    ("by", "has_other", "can"), [(9, True, False), (9, False, True), (8, True, True)]
)
def test_who_reported_a_review_leaves_it_to_others_where_there_are_any(by, has_other, can):
    told = {"decided_by": None, "has_other": has_other, "reporters": {9, 7}}
    assert (rules.why_not_judge(review(), by, **told) is None) is can


@pytest.mark.parametrize(
    ("what", "verdict", "ground", "words", "can"),
    [
        (review(), "remove", "insult", "It calls him names.", True),
        (review(), "keep", "stands", "An opinion.", True),
        (review(), "keep", "insult", "It is no insult.", True),
        (review(), "remove", "stands", "x", False),
        (review(), "remove", "insult", " ", False),
        (review(), "remove", "nonsense", "x", False),
        (review(), "reinstate", "stands", "x", False),
        (review(removed_at=NOW), "reinstate", "stands", "x", True),
        (review(removed_at=NOW), "reinstate", "shown_since", "x", True),
        (review(removed_at=NOW), "remove", "insult", "x", False),
        (review(), "burn", "insult", "x", False),
    ],
)
def test_what_can_be_decided(what, verdict, ground, words, can):
    assert (rules.why_not_decide(what, verdict, ground, words) is None) is can


def test_what_was_deleted_can_not_stand_again():
    gone = review(removed_at=NOW)
    assert rules.why_not_decide(gone, "reinstate", "stands", "x", has_text=False) is not None


@pytest.mark.parametrize(
    ("who", "at", "more", "says"),
    [
        (ADA, NOW, {}, None),
        (BEN, NOW, {}, None),
        (CY, NOW, {}, "Only the two sides can appeal."),
        (BEN, NOW + timedelta(days=183), {}, "A decision can be appealed for six months. They are over."),
        (BEN, NOW, {"has_appealed": True}, "You have appealed this decision already."),
        (BEN, NOW, {"is_latest": False}, "This was looked at again already."),
    ],
)  # fmt: skip
def test_who_can_appeal(who, at, more, says):
    decision = SimpleNamespace(by=MIA, appeal_until=NOW + timedelta(days=183), appeal_of=None)
    known = {"has_appealed": False, "is_latest": True} | more
    reason = rules.why_not_appeal(review(), decision, who, at, **known)
    assert (reason and str(reason)) == says


@pytest.mark.parametrize(
    ("left", "due"),
    [(14, 0), (13, 1), (12.9, 1), (7, 2), (3.1, 2), (3, 3), (0.1, 3)],
)
def test_reminders_come_with_thirteen_seven_and_three_days_left(left, due):
    until = NOW + timedelta(days=left)
    assert rules.reminders_due(until, None, NOW) == due


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"])  # fmt: skip
@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25), (2026, 3, 8), (2026, 11, 1)])
def test_a_window_is_as_long_where_clocks_are_put_forward_as_elsewhere(zone, day):
    ended = datetime(*day, 0, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    until = ended + timedelta(days=14)
    deal = exchange(review_until=until)
    last = (until - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    assert rules.why_not_review(deal, BEN, None, last) is None
    assert rules.why_not_review(deal, BEN, None, until.astimezone(ZoneInfo(zone))) is not None
    assert rules.is_open_due(deal, 0, until)
    assert not rules.is_open_due(deal, 0, last)
    assert rules.days_left(until, ended + timedelta(days=1)) == 13
    assert rules.reminders_due(until, ended, ended + timedelta(days=1)) == 1


@given(
    st.sampled_from(sorted(STATES)),
    st.booleans(),
    st.sampled_from([ADA, BEN, CY]),
    st.integers(-20, 20),
    st.booleans(),
)
def test_nobody_writes_when_it_is_open_over_or_not_theirs(state, is_late, who, days, is_open):
    deal = exchange(
        state,
        is_late=is_late,
        review_until=NOW + timedelta(days=days),
        opened_at=NOW if is_open else None,
    )
    if rules.why_not_review(deal, who, None, NOW) is None:
        assert who in (ADA, BEN)
        assert days > 0
        assert not is_open
        assert STATES[state].is_reviewed or (state == "cancelled" and is_late)
    if rules.is_open_due(deal, 1, NOW):
        assert rules.why_not_review(deal, who, None, NOW) is not None
