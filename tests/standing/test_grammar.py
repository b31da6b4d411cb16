"""Rules are read from plain data as they are meant, or refused with the place of the mistake."""

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from community.ledger.kinds import KINDS
from community.standing.grammar import BRANCHES, DEEPEST, MOST_PARTS, NEED_KEYS, read_rule
from community.standing.metrics import METRICS
from community.standing.needs import (
    OPS,
    AllOf,
    AnyOf,
    Asking,
    AtLeast,
    BadRule,
    Need,
    Spread,
    judge,
    needs_of,
)
from community.standing.windows import UNITS, Length, Window
from tests.standing.pasts import ADA, BEN, CY, NOW, ROOM, act, past

YEAR = Window(Length(months=12))
TEN = {"metric": "exchanges", "at_least": 10}


def read(told, **more):
    return read_rule(told, METRICS, **more)


@pytest.mark.parametrize(
    ("told", "need"),
    [
        (TEN, Need("exchanges", "at_least", 10)),
        (TEN | {"keep": 8}, Need("exchanges", "at_least", 10, keep=8)),
        (TEN | {"window": "P12M"}, Need("exchanges", "at_least", 10, window=YEAR)),
        (TEN | {"window": "ever"}, Need("exchanges", "at_least", 10, window=Window())),
        (
            TEN | {"window": "P365D", "until": "quarter"},
            Need("exchanges", "at_least", 10, window=Window(Length(days=365), "quarter")),
        ),
        (TEN | {"until": "month"}, Need("exchanges", "at_least", 10, window=Window(None, "month"))),
        (TEN | {"of": "quarter"}, Need("exchanges", "at_least", 10, window=Window(of="quarter"))),
        (TEN | {"min_n": 5}, Need("exchanges", "at_least", 10, least_n=5)),
        (TEN | {"if_none": "pass"}, Need("exchanges", "at_least", 10, if_none=True)),
        (
            TEN | {"spread": {"people": 0.2, "days": 0.25}},
            Need("exchanges", "at_least", 10, spread=Spread(0.2, 0.25)),
        ),
        (
            {"metric": "answers_scored", "at_least": 1, "each": 25},
            Need("answers_scored", "at_least", 1, each=25),
        ),
        (
            {"metric": "cancellation_rate", "at_most": 0.01, "or_count_max": 1},
            Need("cancellation_rate", "at_most", 0.01, if_none=True, or_count_max=1),
        ),
        (
            {"metric": "response_wait", "less_than": 4, "if_none": "fail"},
            Need("response_wait", "less_than", 4),
        ),
        ({"metric": "flags_upheld", "exactly": 0}, Need("flags_upheld", "exactly", 0)),
        ({"metric": "trust", "top": 0.1, "keep": 0.2}, Need("trust", "top", 0.1, keep=0.2)),
        (
            {"metric": "trust", "top": 0.1, "within": "cohort"},
            Need("trust", "top", 0.1, within="cohort"),
        ),
        ({"metric": "rating_received", "more_than": 4.9}, Need("rating_received", "more_than", 4.9)),
    ],
)  # fmt: skip
def test_needs_are_read(told, need):
    assert read(told) == need


@pytest.mark.parametrize("op", OPS)
def test_what_is_missing_fails_what_is_to_be_large_and_meets_what_is_to_be_small(op):
    bar = 0.5 if op == "top" else 1
    assert read({"metric": "exchanges", op: bar}).if_none is (op in ("at_most", "less_than"))


def test_branches_are_read():
    need = read(TEN)
    assert read({"all": [TEN, {"any": [TEN]}]}) == AllOf((need, AnyOf((need,))))
    told = {"at_least_of": {"k": 13, "of": 16, "unit": "week", "need": TEN}}
    assert read(told) == AtLeast(13, 16, "week", need)


def test_the_window_of_a_badge_is_for_what_happens_not_for_how_things_are():
    """Whoever joined two years ago has been here ninety days, whatever year the badge looks at."""
    told = {"all": [TEN, {"metric": "account_age", "at_least": 90}, TEN | {"window": "P3M"}]}
    first, age, own = needs_of(read(told, window=YEAR))
    assert first.window == YEAR
    assert age.window is None
    assert own.window == Window(Length(months=3))


@pytest.mark.parametrize(
    ("told", "keep"),
    [
        (TEN, 9),
        (TEN | {"keep": 5}, 5),
        ({"metric": "rating_received", "more_than": 4.9}, 4.41),
        ({"metric": "rating_received", "at_least": 4.7}, 4.23),
        ({"metric": "reputation_declared", "at_least": -10}, -11),
        ({"metric": "flags_upheld", "at_most": 5}, None),
        ({"metric": "flags_upheld", "exactly": 0}, None),
        ({"metric": "exchanges", "top": 0.1}, None),
    ],
)
def test_a_low_water_mark_is_for_what_is_to_be_large(told, keep):
    assert read(told, keep_factor=0.9).keep == keep


HUGE = 10**400
SOME = past(
    *(
        act(kind, *pair, 40 * n, value, ROOM)
        for n, kind in enumerate(KINDS)
        for pair in ((ADA, BEN), (BEN, ADA), (CY, ADA))
        for value in (None, 4)
    )
)
"""A little of everything that can happen."""


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "rule: a need or a branch"),
        ([TEN], "rule: a need or a branch"),
        ({}, "rule.metric: there is no metric None"),
        ({"metric": "exchanges"}, "rule: one of at_least"),
        ({"metric": "nothing", "at_least": 1}, "rule.metric: there is no metric 'nothing'"),
        ({"metric": ["exchanges"], "at_least": 1}, "rule.metric"),
        (TEN | {"at_most": 5}, "rule: one of at_least"),
        (TEN | {"frobs": 5}, "rule: 'frobs' is not known"),
        (TEN | {7: 5}, "rule: 7 is not known"),
        ({"metric": "exchanges", "at_least": "ten"}, "rule.at_least: a number"),
        ({"metric": "exchanges", "at_least": True}, "rule.at_least: a number"),
        ({"metric": "exchanges", "at_least": float("nan")}, "rule.at_least: a number"),
        ({"metric": "exchanges", "at_least": float("inf")}, "rule.at_least: a number"),
        ({"metric": "exchanges", "at_least": HUGE}, "rule.at_least: a number"),
        (TEN | {"keep": 11}, "rule.keep: .* harder"),
        ({"metric": "flags_upheld", "at_most": 3, "keep": 2}, "rule.keep: .* harder"),
        ({"metric": "flags_upheld", "exactly": 0, "keep": 0}, "rule.keep: .* harder"),
        ({"metric": "trust", "top": 0.1, "keep": 0.05}, "rule.keep: .* harder"),
        ({"metric": "trust", "top": 0.1, "keep": 1.5}, "rule.top: a share"),
        ({"metric": "trust", "top": 10}, "rule.top: a share"),
        ({"metric": "trust", "top": 0}, "rule.top: a share"),
        (TEN | {"within": "cohort"}, "rule.within: is for needs with top"),
        ({"all": [TEN, TEN | {"within": "x"}]}, "rule.all.1.within: is for needs with top"),
        ({"metric": "trust", "top": 0.1, "within": "nation"}, "rule.within: one of cohort, dealing"),
        ({"metric": "trust", "top": 0.1, "within": ["cohort"]}, "rule.within: one of"),
        ({"metric": "trust", "top": 0.1, "within": None}, "rule.within: one of"),
        (
            {
                "at_least_of": {
                    "k": 1,
                    "of": 2,
                    "unit": "week",
                    "need": {"metric": "exchanges", "top": 0.1, "within": "cohort"},
                }
            },
            "rule.at_least_of.need.top",
        ),
        (TEN | {"window": "a year"}, "rule.window: 'a year' is no length"),
        (TEN | {"window": 365}, "rule.window"),
        (TEN | {"window": None}, "rule.window"),
        (TEN | {"window": "P101Y"}, "rule.window: a hundred years"),
        (TEN | {"window": "P99999D"}, "rule.window: a hundred years"),
        (TEN | {"until": "fortnight"}, "rule.until: one of day"),
        (TEN | {"of": ["year"]}, "rule.of: one of day"),
        (TEN | {"of": "year", "window": "P1Y"}, "rule: of names a whole unit"),
        (TEN | {"min_n": 2.5}, "rule.min_n: a whole number"),
        (TEN | {"min_n": -1}, "rule.min_n: a whole number"),
        (TEN | {"min_n": HUGE}, "rule.min_n: a whole number"),
        (TEN | {"if_none": True}, "rule.if_none: pass or fail"),
        (TEN | {"each": 3}, "rule.each: exchanges counts no things"),
        ({"metric": "guides_written", "at_least": 1, "each": 1}, "rule.each"),
        (TEN | {"or_count_max": 1}, "rule.or_count_max: is for shares"),
        ({"metric": "flags_upheld", "at_most": 0, "or_count_max": 1}, "rule.or_count_max"),
        ({"metric": "cancellation_rate", "at_most": 0, "or_count_max": -1}, "rule.or_count_max"),
        (TEN | {"spread": {}}, "rule.spread: people and days"),
        (TEN | {"spread": 0.2}, "rule.spread: people and days"),
        (TEN | {"spread": {"hours": 0.2}}, "rule.spread: 'hours' is not known"),
        (TEN | {"spread": {"people": 2}}, "rule.spread: shares between"),
        ({"metric": "partners", "at_least": 5, "spread": {"people": 0.2}}, "rule.spread: is for counts"),
        ({"metric": "exchanges", "at_most": 5, "spread": {"people": 0.2}}, "rule.spread: is for counts"),
        ({"all": []}, "rule.all: a list of 1 to"),
        ({"all": TEN}, "rule.all: a list of 1 to"),
        ({"any": [TEN] * (MOST_PARTS + 1)}, "rule.any: a list of 1 to"),
        ({"all": [TEN], "any": [TEN]}, "rule: a branch stands alone"),
        ({"all": [TEN], "metric": "exchanges"}, "rule: a branch stands alone"),
        ({"all": [TEN, {"any": [TEN, {"metric": "x", "at_least": 1}]}]}, "rule.all.1.any.1.metric"),
        ({"at_least_of": TEN}, "rule.at_least_of: k, of, unit and need"),
        ({"at_least_of": {"k": 3, "of": 2, "unit": "week", "need": TEN}}, "1 <= k <= of"),
        ({"at_least_of": {"k": 1, "of": 61, "unit": "week", "need": TEN}}, "1 <= k <= of"),
        ({"at_least_of": {"k": True, "of": 2, "unit": "week", "need": TEN}}, "1 <= k <= of"),
        ({"at_least_of": {"k": 1, "of": 2, "unit": "age", "need": TEN}}, "at_least_of.unit"),
        ({"at_least_of": {"k": 1, "of": 2, "unit": "week", "need": {"all": [TEN]}}}, "at_least_of.need"),
        ({"at_least_of": {"k": 1, "of": 2, "unit": "week", "need": {"metric": "trust", "top": 0.1}}},
         "at_least_of.need.top"),
    ],
)  # fmt: skip
def test_mistakes_are_said_with_their_place(told, says):
    with pytest.raises(BadRule, match=says):
        read(told)


def test_nobody_can_nest_without_end():
    told = TEN
    for _ in range(DEEPEST):
        told = {"all": [told]}
    read(told)
    with pytest.raises(BadRule, match="inside each other"):
        read({"any": [told]})
    for _ in range(5000):
        told = {"all": [told]}
    with pytest.raises(BadRule, match="inside each other"):
        read(told)


def test_the_path_begins_where_the_rule_stands():
    with pytest.raises(BadRule, match=r"^tiers\.2\.rule\.all\.0: a need"):
        read({"all": [5]}, path="tiers.2.rule")


WORDS = st.sampled_from(
    [*sorted(NEED_KEYS), *BRANCHES, *OPS, "k", "unit", "need", "people", "days", "pass", "fail",
     "week", "quarter", "ever", "P12M", "P90D", "exchanges", "answers_scored", "trust"]
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
    | st.sampled_from([HUGE, -HUGE, "\ud800", "\x00"])
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=20,
)
NEAR = st.fixed_dictionaries(
    {"metric": st.sampled_from(sorted(METRICS)), "at_least": LEAVES},
    optional=dict.fromkeys(sorted(NEED_KEYS - {"metric", "at_least"}), JSON),
)


@settings(max_examples=100, deadline=None)
@for_all(JSON | NEAR | st.fixed_dictionaries({"all": st.lists(NEAR | JSON, max_size=3)}))
def test_whatever_is_told_is_refused_or_can_be_judged(told):
    rule, why = None, ""
    try:
        rule = read(told)
    except BadRule as refusal:
        why = str(refusal)
    assert rule is not None or why.startswith("rule")
    if rule is not None:
        found = judge(rule, Asking(SOME, METRICS), NOW)
        assert not (found.gain & ~found.keep).any()


@settings(max_examples=100, deadline=None)
@for_all(
    st.fixed_dictionaries(
        {"metric": st.sampled_from(sorted(METRICS)), "at_least": st.integers(0, 9)},
        optional={
            "window": st.sampled_from(["ever", "P1D", "P3M", "P100Y"]),
            "until": st.sampled_from(UNITS),
            "min_n": st.integers(0, 3),
            "keep": st.just(0),
        },
    )
)
def test_any_metric_can_be_asked_over_any_window(told):
    assert len(judge(read(told), Asking(SOME, METRICS), NOW).gain) == len(SOME)
