"""Badges are read from plain data as they are meant, or refused with the place of the mistake."""

import json
import tomllib
from types import MappingProxyType

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community.standing.badge_grammar import (
    KEYS,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_LINES,
    MOST_TIERS,
    digest,
    read_badge,
)
from community.standing.metrics import METRICS
from community.standing.needs import AllOf, BadRule, Need
from community.standing.windows import Cadence, Length, Window
from tests.standing.test_grammar import HUGE, JSON, LEAVES, NEAR

TEN = {"metric": "exchanges", "at_least": 10}
LEAST = {"name": "some", "label": "Some", "says": "Does some.", "rule": TEN}
MANUAL = {"name": "some", "label": "Some", "says": "Does some.", "manual": True}
TIER = {"name": "low", "label": "Low", "rule": TEN}
LADDER = {"metric": "exchanges", "steps": [1, 2]}
BARE = {name: LEAST[name] for name in ("name", "label", "says")}


def read(told):
    return read_badge(told, METRICS)


def test_a_file_may_ask_for_the_first_of_a_category():
    text = """
    name = "some"
    label = { en = "Some", zh = "一些" }
    says = { en = "Does some." }
    [rule]
    all = [
      { metric = "trust", top = 0.1, keep = 0.15, within = "dealing" },
      { metric = "trust", top = 0.2 },
    ]
    """
    told = tomllib.loads(text)
    badge = read(told)
    parts = (
        Need("trust", "top", 0.1, keep=0.15, within="dealing"),
        Need("trust", "top", 0.2),
    )
    assert badge.rule == AllOf(parts)
    assert read(json.loads(json.dumps(told))) == badge
    told["rule"]["all"][0]["within"] = "cohort"
    assert digest(told) != badge.digest


def test_little_is_needed():
    badge = read(LEAST)
    assert badge.label == {"en": "Some"}
    assert badge.rule == Need("exchanges", "at_least", 10)
    assert badge.cadence == Cadence("month", 1)
    assert (badge.grace, badge.hold, badge.expires, badge.lag) == (0, None, None, None)
    assert (badge.is_losable, badge.is_manual, badge.notice, badge.perks) == (True, False, (), ())
    assert (badge.top, badge.category, badge.shape, badge.icon) == (
        1, "community", "circle", "award",
    )  # fmt: skip


def test_everything_can_be_said():
    badge = read(
        LEAST
        | {
            "label": {"en": "Some", "zh": "一些"},
            "cadence": {"every": "week", "day": 7},
            "grace": 2,
            "hold": "P14D",
            "expires": "P6M",
            "losable": False,
            "notice": ["P14D", "P3D"],
            "lag": "P7D",
            "category": "hosting",
            "shape": "star",
            "icon": "house",
            "perks": ["A thing", {"en": "Another", "zh": "另一个"}],
            "window": "P12M",
            "keep_factor": 0.9,
        }
    )
    assert badge.label["zh"] == "一些"
    assert badge.cadence == Cadence("week", 7)
    assert badge.rule == Need("exchanges", "at_least", 10, keep=9, window=Window(Length(months=12)))
    assert (badge.grace, badge.hold, badge.expires) == (2, Length(days=14), Length(months=6))
    assert (badge.is_losable, badge.lag) == (False, Length(days=7))
    assert badge.notice == (Length(days=14), Length(days=3))
    assert (badge.category, badge.shape, badge.icon) == ("hosting", "star", "house")
    assert badge.perks == ({"en": "A thing"}, {"en": "Another", "zh": "另一个"})


def test_tiers_come_with_the_rule_of_the_badge():
    high = {
        "name": "high",
        "label": "High",
        "milestone": True,
        "rule": {"metric": "partners", "at_least": 5},
    }
    badge = read(LEAST | {"tiers": [{"name": "low", "label": "Low"}, high]})
    assert badge.top == 2
    assert badge.rule_of(1) == badge.rule
    assert badge.rule_of(2) == AllOf((badge.rule, Need("partners", "at_least", 5)))
    assert [tier.is_milestone for tier in badge.tiers] == [False, True]
    assert (badge.path_of(1), badge.path_of(2)) == ("low", "high")
    assert [need.metric for need in badge.needs()] == ["exchanges", "partners"]


def test_a_ladder_makes_tiers():
    badge = read(
        BARE | {"ladder": {"metric": "good_reviews", "steps": [10, 1000], "window": "P1Y"}}
    )
    assert [(tier.name, tier.label["en"]) for tier in badge.tiers] == [
        ("step-10", "10"), ("step-1000", "1,000"),
    ]  # fmt: skip
    assert badge.rule_of(2) == Need(
        "good_reviews", "at_least", 1000, window=Window(Length(months=12))
    )


def test_what_is_given_by_hand_has_no_rule():
    assert read(MANUAL).rule_of(1) is None
    by_hand = {"name": "top", "label": "Top"}
    assert read(MANUAL | {"tiers": [by_hand]}).rule_of(1) is None
    assert read(BARE | {"tiers": [TIER, by_hand]}).rule_of(2) is None


def test_a_version_is_named_by_what_it_says():
    assert read(LEAST).digest == digest(dict(reversed(LEAST.items())))
    assert digest(LEAST) == digest(MappingProxyType(LEAST))
    assert digest(LEAST) == digest(json.loads(json.dumps(LEAST)))
    others = [LEAST | {"grace": 1}, LEAST | {"rule": TEN | {"keep": 9}}, LEAST | {"label": "Other"}]
    assert len({digest(told) for told in [LEAST, *others]}) == 4


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "a badge is expected"),
        ([LEAST], "a badge is expected"),
        (LEAST | {"colour": "red"}, "badge: 'colour' is not known"),
        (LEAST | {"name": "Some"}, "name: small letters"),
        (LEAST | {"name": "some-"}, "name: small letters"),
        (LEAST | {"name": ""}, "name: small letters"),
        (LEAST | {"name": 5}, "name: a text"),
        (LEAST | {"name": "a" * (LONGEST_NAME + 1)}, "name: a text"),
        (BARE, "rule: a rule, tiers with rules, or a ladder"),
        (MANUAL | {"rule": TEN}, "rule: .* or else manual"),
        (LEAST | {"manual": "no"}, "manual: true or false"),
        (BARE | {"tiers": [{"name": "low", "label": "Low"}]}, "rule: a rule, tiers with rules"),
        (LEAST | {"rule": {"metric": "x", "at_least": 1}}, "rule.metric"),
        (LEAST | {"label": ""}, "label.en: a text in English"),
        (LEAST | {"label": "  "}, "label.en: a text in English"),
        (LEAST | {"label": {"zh": "一些"}}, "label.en: a text in English"),
        (LEAST | {"label": {"en": "Some", "fr": "Un"}}, "label: a text in English"),
        (LEAST | {"label": {"en": 5}}, "label.en: a text of at most"),
        (LEAST | {"label": None}, "label: a text in English"),
        (LEAST | {"says": "a" * (LONGEST_TEXT + 1)}, "says.en: a text of at most"),
        (LEAST | {"says": "a\x00"}, "says.en: holds characters"),
        (LEAST | {"says": "\ud800"}, "says.en: holds characters"),
        (LEAST | {"icon": "\ud800"}, "icon: holds characters"),
        (LEAST | {"cadence": "monthly"}, "cadence: every and day"),
        (LEAST | {"cadence": {"each": "month"}}, "cadence: 'each' is not known"),
        (LEAST | {"cadence": {"every": "age"}}, "cadence.every: one of day"),
        (LEAST | {"cadence": {"every": ["day"]}}, "cadence.every: one of day"),
        (LEAST | {"cadence": {"every": "week", "day": 8}}, "cadence.day: a whole number from 1 to 7"),
        (LEAST | {"cadence": {"day": 0}}, "cadence.day: a whole number from 1 to 31"),
        (LEAST | {"grace": -1}, "grace: a whole number"),
        (LEAST | {"grace": True}, "grace: a whole number"),
        (LEAST | {"grace": 1.5}, "grace: a whole number"),
        (LEAST | {"hold": "two weeks"}, "hold: 'two weeks' is no length"),
        (LEAST | {"hold": 14}, "hold"),
        (LEAST | {"expires": "P999Y"}, "expires: a hundred years"),
        (LEAST | {"losable": 0}, "losable: true or false"),
        (LEAST | {"notice": "P3D"}, "notice: a list of at most"),
        (LEAST | {"notice": None}, "notice: a list of at most"),
        (LEAST | {"notice": ["P3D", "soon"]}, "notice.1: 'soon' is no length"),
        (LEAST | {"notice": ["P3D"] * (MOST_LINES + 1)}, "notice: a list of at most"),
        (LEAST | {"perks": "all"}, "perks: a list of at most"),
        (LEAST | {"perks": ["one", 2]}, r"perks\.1: a text in English"),
        (LEAST | {"shape": "blob"}, "shape: one of circle"),
        (LEAST | {"shape": ["star"]}, "shape: one of circle"),
        (LEAST | {"category": 5}, "category: a text"),
        (LEAST | {"window": "ever"}, "window: 'ever' is no length"),
        (LEAST | {"keep_factor": 0}, "keep_factor: a number above 0"),
        (LEAST | {"keep_factor": 1.1}, "keep_factor: a number above 0"),
        (LEAST | {"keep_factor": True}, "keep_factor: a number above 0"),
        (LEAST | {"keep_factor": float("nan")}, "keep_factor: a number above 0"),
        (LEAST | {"keep_factor": "most"}, "keep_factor: a number above 0"),
        (LEAST | {"tiers": TIER}, "tiers: a list of at most"),
        (LEAST | {"tiers": [TIER] * (MOST_TIERS + 1)}, "tiers: a list of at most"),
        (LEAST | {"tiers": [5]}, r"tiers\.0: a tier is expected"),
        (LEAST | {"tiers": [TIER | {"level": 1}]}, r"tiers\.0: 'level' is not known"),
        (LEAST | {"tiers": [{"label": "Low"}]}, r"tiers\.0\.name: small letters"),
        (LEAST | {"tiers": [TIER, TIER]}, "tiers: each is to have a name"),
        (LEAST | {"tiers": [TIER | {"label": 5}]}, r"tiers\.0\.label: a text in English"),
        (LEAST | {"tiers": [TIER | {"milestone": 1}]}, r"tiers\.0\.milestone: true or false"),
        (LEAST | {"tiers": [TIER, TIER | {"name": "b", "rule": {"all": [{}]}}]}, r"tiers\.1\.rule\.all\.0"),
        (BARE | {"ladder": LADDER, "tiers": [TIER]}, "ladder: a badge has tiers or a ladder"),
        (BARE | {"ladder": [1, 2]}, "ladder: metric and steps"),
        (BARE | {"ladder": {"metric": "exchanges"}}, "ladder: metric and steps"),
        (BARE | {"ladder": {"steps": [1, 2]}}, "ladder.metric: there is no metric None"),
        (BARE | {"ladder": LADDER | {"each": 1}}, "ladder: 'each' is not known"),
        (BARE | {"ladder": LADDER | {"steps": []}}, "ladder.steps: a list of 1 to"),
        (BARE | {"ladder": LADDER | {"steps": [2, 1]}}, "ladder.steps: each number"),
        (BARE | {"ladder": LADDER | {"steps": [1, 1]}}, "ladder.steps: each number"),
        (BARE | {"ladder": LADDER | {"steps": [1, "2"]}}, "ladder.steps: whole numbers"),
        (BARE | {"ladder": LADDER | {"steps": [True, 2]}}, "ladder.steps: whole numbers"),
        (BARE | {"ladder": LADDER | {"steps": [[1], {}]}}, "ladder.steps: whole numbers"),
        (BARE | {"ladder": LADDER | {"steps": [0.5, 1]}}, "ladder.steps: whole numbers"),
        (BARE | {"ladder": LADDER | {"steps": [0]}}, "ladder.steps: whole numbers"),
        (BARE | {"ladder": LADDER | {"steps": [HUGE]}}, "ladder.steps: whole numbers"),
    ],
)  # fmt: skip
def test_mistakes_are_said_with_their_place(told, says):
    with pytest.raises(BadRule, match=says):
        read(told)


TOLD = st.fixed_dictionaries(
    {"name": st.just("some") | LEAVES, "label": st.just("Some") | JSON, "says": st.just("So.")},
    optional=dict.fromkeys(sorted(KEYS - {"name", "label", "says", "rule", "tiers"}), JSON)
    | {
        "rule": NEAR | JSON,
        "tiers": JSON
        | st.lists(st.fixed_dictionaries({"name": LEAVES, "label": LEAVES, "rule": NEAR})),
    },
)


@settings(max_examples=100, deadline=None)
@for_all(JSON | TOLD)
def test_whatever_is_told_is_read_or_refused(told):
    try:
        badge = read(told)
    except BadRule:
        return  # Nothing else may be raised.
    assert badge.digest == digest(told)
