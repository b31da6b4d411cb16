"""The rows of the designer's form and the rules of badges say the same."""

import pytest

from community.standing import presets
from community.standing.badge_grammar import read_badge
from community.standing.metrics import METRICS
from community.web.rule_rows import MOST_ROWS, NotANumber, Row, rows_of, told_of

AS_TEXT = {"like-superhost", "well-reviewed"}
"""A need on several days at once, and a ladder: no row holds them."""


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_comes_back_as_it_was(name):
    told = dict(presets.told(name))
    rows = rows_of(told)
    assert (rows is None) == (name in AS_TEXT)
    if rows is not None:
        again, was = read_badge(told_of(rows, told), METRICS), read_badge(told, METRICS)
        assert (again.rule, again.tiers) == (was.rule, was.tiers)
        assert len(rows) <= MOST_ROWS


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([], None),
        ([Row(gain="3")], {"metric": "exchanges", "at_least": 3}),
        (
            [Row(gain="3", keep="2"), Row(metric="rating_received", gain="4,5")],
            {
                "all": [
                    {"metric": "exchanges", "at_least": 3, "keep": 2},
                    {"metric": "rating_received", "at_least": 4.5},
                ]
            },
        ),
        (
            [Row(group="a", gain="3"), Row(group="a", metric="partners", gain="2")],
            {
                "any": [
                    {"metric": "exchanges", "at_least": 3},
                    {"metric": "partners", "at_least": 2},
                ]
            },
        ),
        (
            [Row(metric="response_rate", gain="90", min_n="5", if_none="pass", window="of-year")],
            {"metric": "response_rate", "at_least": 0.9, "of": "year", "min_n": 5, "if_none": "pass"},
        ),
        (
            [Row(op="top", gain="10", window="P12M")],
            {"metric": "exchanges", "top": 0.1, "window": "P12M"},
        ),
        (
            [Row(op="top", gain="2.5", keep="5", within="cohort")],
            {"metric": "exchanges", "top": 0.025, "keep": 0.05, "within": "cohort"},
        ),
        (
            [Row(gain="20", people="20", days="25")],
            {"metric": "exchanges", "at_least": 20, "spread": {"people": 0.2, "days": 0.25}},
        ),
        (
            [Row(gain="1", k="8", of="13")],
            {
                "at_least_of": {
                    "k": 8,
                    "of": 13,
                    "unit": "week",
                    "need": {"metric": "exchanges", "at_least": 1},
                }
            },
        ),
    ],
)  # fmt: skip
def test_rows_tell_a_rule(rows, rule):
    told = told_of(rows, {"name": "x"})
    assert told.get("rule") == rule
    assert told_of(rows_of(told), told) == told


def test_a_tier_takes_its_rows_and_loses_them():
    told = {
        "name": "x",
        "tiers": [{"name": "low", "label": "Low"}, {"name": "high", "label": "High"}],
    }
    tiers = told_of([Row(tier="high", gain="9")], told)["tiers"]
    assert "rule" not in tiers[0]
    assert tiers[1]["rule"] == {"metric": "exchanges", "at_least": 9}


@pytest.mark.parametrize("wrong", ["", "x", "1e999", "nan", "--1", "٣x", "1 2"])
def test_what_is_no_number_is_said_with_its_place(wrong):
    with pytest.raises(NotANumber) as told:
        told_of([Row(gain="1"), Row(gain=wrong)], {})
    assert (told.value.row, told.value.field) == (1, "gain")


@pytest.mark.parametrize(("k", "of"), [("1", ""), ("", "4"), ("1.5", "4")])
def test_so_many_of_so_many_are_whole(k, of):
    with pytest.raises(NotANumber):
        told_of([Row(gain="1", k=k, of=of)], {})


def test_large_numbers_stay_what_they_are():
    told = {"name": "x", "rule": {"metric": "points", "at_least": 12_345_678}}
    rows = rows_of(told)
    assert rows[0].gain == "12345678"
    assert told_of(rows, told) == told
