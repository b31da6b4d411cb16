"""Rules, windows, numbers and what is missing read as a person would say them."""

from datetime import UTC, datetime

import pytest

from community.kit import languages
from community.kit.words import Words
from community.standing import presets, stages
from community.standing.badge_grammar import read_badge
from community.standing.badges import assess
from community.standing.decisions import Finding, decide
from community.standing.grammar import read_rule
from community.standing.metrics import METRICS
from community.standing.missing import Missing
from community.standing.needs import Asking, needs_of
from community.standing.saying import (
    day_said,
    decision_said,
    length_said,
    missing_said,
    need_said,
    number_said,
    rule_said,
    window_said,
)
from community.standing.windows import Length, Window
from tests.standing.pasts import ADA, BEN, CY, NOW, ROOM, act, alone, past


def said(told, **more):
    return str(need_said(read_rule(told, METRICS, **more), METRICS))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (
            {"metric": "exchanges_hosted", "at_least": 10, "keep": 8},
            "At least 10 exchanges hosted in the last 12 months; 8 are enough to keep it",
        ),
        (
            {"metric": "exchanges_hosted", "at_least": 2, "keep": 1, "window": "P1M"},
            "At least 2 exchanges hosted in the last month; 1 is enough to keep it",
        ),
        ({"metric": "guides_written", "at_least": 1}, "At least 1 guide written"),
        ({"metric": "guides_written", "more_than": 1000}, "More than 1,000 guides written"),
        ({"metric": "flags_upheld", "at_most": 1}, "At most 1 flag upheld in the last 12 months"),
        (
            {"metric": "flags_upheld", "at_most": 3, "keep": 4},
            "At most 3 flags upheld in the last 12 months; up to 4 to keep it",
        ),
        ({"metric": "flags_upheld", "at_most": 0, "of": "year"}, "Zero flags upheld this year"),
        ({"metric": "flags_upheld", "exactly": 0, "window": "ever"}, "Zero flags upheld"),
        ({"metric": "flags_upheld", "less_than": 2}, "Fewer than 2 flags upheld in the last 12 months"),
        ({"metric": "comments_written", "exactly": 2}, "Exactly 2 replies"),
        ({"metric": "has_account", "at_least": 0}, "Nothing is asked"),
        (
            {"metric": "rating_weighed", "at_least": 4.8, "keep": 4.7},
            "Rating, weighed: at least 4.80 stars in the last 12 months; 4.70 stars are enough to keep it",
        ),
        (
            {"metric": "response_rate", "at_least": 0.9, "keep": 0.85, "min_n": 5, "if_none": "pass"},
            ("Answers within a day: at least 90% in the last 12 months; 85% is enough to keep it;"
            " not asked before there are 5 to go by"),
        ),
        (
            {"metric": "response_rate", "at_least": 0.975, "min_n": 5},
            "Answers within a day: at least 97.5% in the last 12 months; judged once there are 5 to go by",
        ),
        (
            {"metric": "cancellation_rate", "at_most": 0.01, "or_count_max": 1},
            "Cancelled as host: at most 1% in the last 12 months; or 1 case, whatever its share",
        ),
        (
            {"metric": "cancellation_rate", "less_than": 0.005, "or_count_max": 3},
            ("Cancelled as host: less than 0.5% in the last 12 months;"
            " or up to 3 cases, whatever their share"),
        ),
        (
            {"metric": "thanks_received", "at_least": 20, "window": "P100D", "spread": {"people": 0.2, "days": 0.25}},
            ("At least 20 thank-yous received in the last 100 days; from at least 4 different people;"
            " on at least 5 different days"),
        ),
        (
            {"metric": "thanks_received", "at_least": 2, "window": "ever", "spread": {"people": 0.5}},
            "At least 2 thank-yous received",
        ),
        ({"metric": "account_age", "at_least": 90}, "Time here: at least 90 days"),
        ({"metric": "account_age", "at_least": 1}, "Time here: at least 1 day"),
        (
            {"metric": "guide_age", "at_most": 365, "if_none": "fail"},
            "Since the last guide: at most 365 days; having none is not enough",
        ),
        (
            {"metric": "rating_received", "at_least": 4, "if_none": "pass", "window": "P1D"},
            "Rating received: at least 4.00 stars in the last day; having none yet is enough",
        ),
        ({"metric": "response_wait", "at_most": 1, "window": "ever"}, "Time to answer: at most 1 hour"),
        ({"metric": "response_wait", "more_than": 1.5, "window": "ever"}, "Time to answer: more than 1.5 hours"),
        ({"metric": "profile_told", "exactly": 100}, "Profile told: exactly 100"),
        ({"metric": "trust", "at_least": 12.5}, "Trust: at least 12.50"),
        (
            {"metric": "thanks_received", "top": 0.1, "keep": 0.15},
            "Among the first 10% by: Thanks received in the last 12 months; the first 15% keep it",
        ),
        (
            {"metric": "thanks_received", "top": 0.1, "keep": 0.15, "within": "cohort"},
            ("Among the first 10% of those who joined in the same year by: Thanks received"
            " in the last 12 months; the first 15% keep it"),
        ),
        (
            {"metric": "trust", "top": 0.025, "within": "dealing"},
            "Among the first 2.5% of those who deal mostly with the same kind of things by: Trust",
        ),
        (
            {"metric": "answers_scored", "at_least": 1, "each": 25},
            "At least 1 answer with a score of 25 or more",
        ),
        ({"metric": "answers_scored", "at_least": 2}, "At least 2 answers with a score of 1 or more"),
        (
            {"metric": "topics_viewed", "at_least": 1, "each": 10000},
            "At least 1 question seen 10,000 times or more",
        ),
    ],
)  # fmt: skip
def test_needs_are_said(told, text):
    assert said(told) == text


def test_a_bar_is_said_as_the_number_that_is_to_be_reached():
    """Nine tenths of five answers are still five, and then there is no gentler bar to speak of."""
    assert (
        said({"metric": "guides_written", "at_least": 5}, keep_factor=0.9)
        == "At least 5 guides written"
    )
    assert said({"metric": "guides_written", "at_least": 4.2}) == "At least 5 guides written"
    assert (
        said({"metric": "flags_upheld", "at_most": 2.5, "window": "ever"})
        == "At most 2 flags upheld"
    )


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window(), "None"),
        (Window(Length(months=12)), "in the last 12 months"),
        (Window(Length(months=1)), "in the last month"),
        (Window(Length(months=48)), "in the last 4 years"),
        (Window(Length(days=1)), "in the last day"),
        (Window(Length(days=100)), "in the last 100 days"),
        (Window(Length(2, 5)), "in the last 2 months and 5 days"),
        (Window(Length(days=365), "quarter"), "in the 365 days before this quarter"),
        (Window(None, "month"), "before this month"),
        (Window(of="week"), "this week"),
        (Window(of="day"), "today"),
    ],
)
def test_windows_are_said(window, text):
    assert str(window_said(window)) == text


def test_lengths_are_said():
    told = {
        "P1D": "1 day",
        "P2W": "14 days",
        "P1M": "1 month",
        "P1Y": "12 months",
        "P3Y": "3 years",
    }
    assert {text: str(length_said(Length.read(text))) for text in told} == told


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("exchanges", 1234, "1,234"),
        ("rating_received", 4.8, "4.80 stars"),
        ("response_rate", 0.9796, "97.96%"),
        ("response_rate", 1, "100%"),
        ("account_age", 1, "1 day"),
        ("account_age", 89, "89 days"),
        ("response_wait", 23.5, "23.5 hours"),
        ("response_wait", float("inf"), "without end"),
        ("trust", 7, "7.00"),
        ("rating_received", None, "none yet"),
        ("rating_received", float("nan"), "none yet"),
    ],
)
def test_numbers_are_said_as_they_are_judged(name, number, text):
    assert str(number_said(METRICS[name], number)) == text


def lacking(metric, many=None, on=None, category=None):
    numbers = (None, None, None, 1.0, "gain", False, None, (None, NOW), (), ())
    finding = Finding("", metric, NOW, "at_least", *numbers, Missing(many, on), category=category)
    return [str(words) for words in missing_said(finding, METRICS)]


def test_what_is_missing_is_said():
    assert lacking("rating_received", 2) == ["2 more five-star reviews"]
    assert lacking("rating_received", 1) == ["1 more five-star review"]
    assert lacking("exchanges_hosted", 1200) == ["1,200 more exchanges hosted"]
    assert lacking("forum_points", 10) == ["10 more"]
    on = datetime(2027, 3, 3, 5, tzinfo=UTC)
    assert lacking("cancellation_rate", 3, on) == [
        "3 more completed exchanges as host",
        "Met on 3 March 2027 if nothing else happens",
    ]
    assert lacking("trust") == []
    assert lacking("thanks_received", 3, category=2024) == ["3 more thank-yous received"]
    assert lacking("trust", category=-1) == ["Nothing tells yet with whom to compare"]


def test_days_are_said():
    days = [str(day_said(datetime(2026, month, 9, tzinfo=UTC))) for month in range(1, 13)]
    assert days[0] == "9 January 2026"
    assert len(set(days)) == 12


RULE = {"all": [
    {"any": [
        {"metric": "exchanges_hosted", "at_least": 3},
        {"all": [{"metric": "partners", "at_least": 1}, {"metric": "days_hosted", "at_least": 5}]},
    ]},
    {"metric": "rating_received", "at_least": 4.8},
    {"at_least_of": {"k": 1, "of": 3, "unit": "week",
                     "need": {"metric": "thanks_given", "at_least": 1, "window": "P7D"}}},
]}  # fmt: skip


def test_a_rule_is_said_line_by_line():
    lines = [(depth, str(words)) for depth, words in rule_said(read_rule(RULE, METRICS), METRICS)]
    assert lines == [
        (0, "One of these"),
        (1, "At least 3 exchanges hosted in the last 12 months"),
        (1, "All of these"),
        (2, "At least 1 person to exchange with in the last 12 months"),
        (2, "At least 5 days hosted in the last 12 months"),
        (0, "Rating received: at least 4.80 stars in the last 12 months"),
        (0, "In at least 1 of the last 3 weeks"),
        (1, "At least 1 thank-you given in the last 7 days"),
    ]


def test_a_decision_is_said_line_by_line():
    badge = read_badge({"name": "some", "label": "Some", "says": "So.", "rule": RULE}, METRICS)
    stay = act("exchange.completed", BEN, ADA, 9, 6, about=ROOM)
    whole = alone(
        past(stay, act("thanks.given", ADA, CY, 10), act("review.published", BEN, ADA, 8, 4))
    )
    decision = decide(badge, assess(badge, Asking(whole, METRICS), NOW), whole, METRICS)
    lines = decision_said(badge, decision, METRICS)
    assert [(line.is_met, str(line.has) if line.has else None) for line in lines] == [
        (True, None), (False, "1"), (True, None), (True, "1"), (True, "6"),
        (False, "4.00 stars"), (True, "1 / 3"), (True, None),
    ]  # fmt: skip
    assert str(lines[0].asks) == "One of these, met by: Different people, Days hosted"
    assert lines[1].finding.path == "0.0"
    by_hand = presets.preset("pillar")
    given = decide(by_hand, assess(by_hand, Asking(whole, METRICS), NOW), whole, METRICS)
    assert decision_said(by_hand, given, METRICS) == []


def test_findings_of_a_tier_are_found_under_its_name():
    badge = presets.preset("power-member")
    whole = alone(past(*[act("exchange.completed", who, ADA, 9) for who in range(10, 20)]))
    decision = decide(badge, assess(badge, Asking(whole, METRICS), NOW), whole, METRICS)
    lines = decision_said(badge, decision, METRICS)
    assert [line.is_met for line in lines] == [False, False, True, True]
    assert all(line.finding is not None for line in lines)


@pytest.mark.parametrize("name", [*presets.names(), "stage", "level"])
def test_every_rule_that_comes_with_us_can_be_said(name):
    ladders = {"stage": stages.stages(), "level": stages.levels()}
    badge = ladders.get(name) or presets.preset(name)
    for tier in range(1, badge.top + 1):
        rule = badge.rule_of(tier)
        if rule is not None:
            texts = [str(words) for _, words in rule_said(rule, METRICS)]
            assert len(texts) >= len(list(needs_of(rule)))
            assert not any("%(" in text or "None" in text for text in texts)


def test_it_is_translated_when_it_is_shown(app):
    words = need_said(
        read_rule({"metric": "exchanges", "at_least": 10, "keep": 8}, METRICS), METRICS
    )
    assert isinstance(words, Words)
    with app.test_request_context("/"):
        assert languages.translate(words) == str(words)
