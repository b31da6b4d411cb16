"""What goes with staying is told of members who are alike, with honest intervals, or not at all."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks import behaviours as bench
from community.standing.behaviours import (
    PLACEBOS,
    Windows,
    compare,
    discoveries,
    finding,
    stratum,
)


def cells(*tables):
    """Members of strata with (did and stayed, did and left, did not and stayed, did not and left)."""
    did, stayed, strata = [], [], []
    for place, (a, b, c, d) in enumerate(tables):
        did += [True] * (a + b) + [False] * (c + d)
        stayed += [True] * a + [False] * b + [True] * c + [False] * d
        strata += [place] * (a + b + c + d)
    return np.array(did, bool), np.array(strata, np.int64), np.array(stayed, bool)


def test_two_strata_by_hand():
    found = finding("b", *cells((40, 60, 20, 80), (30, 20, 60, 90)))
    r, s = 40 * 80 / 200 + 30 * 90 / 200, 60 * 20 / 200 + 20 * 60 / 200
    assert found.log_or == pytest.approx(math.log(r / s))
    assert found.crude == pytest.approx(math.log(70 * 170 / (80 * 80)))
    # The variance of Robins, Breslow and Greenland, written out.
    p, q = (120 / 200, 120 / 200), (80 / 200, 80 / 200)
    for_it, against = (16, 13.5), (6, 6)
    variance = (
        sum(x * y for x, y in zip(p, for_it, strict=True)) / (2 * r * r)
        + sum(
            x * y + z * w for x, y, z, w in zip(p, against, q, for_it, strict=True)
        ) / (2 * r * s)
        + sum(x * y for x, y in zip(q, against, strict=True)) / (2 * s * s)
    )  # fmt: skip
    assert (found.hi - found.lo) / 2 == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-6)
    assert found.difference == pytest.approx(
        ((40 * 100 - 20 * 100) / 200 + (30 * 150 - 60 * 50) / 200) / (50 + 37.5)
    )
    assert (found.with_it, found.without) == (150, 250)


def test_one_large_stratum_has_the_textbook_intervals():
    a, b, c, d = 300, 700, 200, 800
    found = finding("b", *cells((a, b, c, d)))
    assert (found.hi - found.lo) / 2 == pytest.approx(
        1.96 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-3
    )
    assert found.difference == pytest.approx(0.1)
    error = math.sqrt(0.3 * 0.7 / 1000 + 0.2 * 0.8 / 1000)
    assert (found.most - found.least) / 2 == pytest.approx(1.96 * error, rel=1e-2)
    assert found.p == pytest.approx(
        2 * stats.norm.sf(found.log_or / ((found.hi - found.lo) / 2 / 1.959964))
    )


def test_a_stratum_of_only_one_kind_says_nothing():
    plain = finding("b", *cells((40, 60, 20, 80)))
    more = finding("b", *cells((40, 60, 20, 80), (500, 20, 0, 0), (0, 0, 3, 900)))
    assert (more.log_or, more.lo, more.difference, more.with_it) == (
        plain.log_or, plain.lo, plain.difference, plain.with_it,
    )  # fmt: skip
    assert more.crude != plain.crude


@pytest.mark.parametrize(
    ("table", "is_told"),
    [
        ((10, 20, 10, 20), True), ((10, 19, 10, 20), False), ((9, 21, 10, 20), False),
        ((10, 20, 9, 21), False), ((10, 20, 10, 19), False), ((40, 0, 40, 0), False), ((0, 0, 0, 0), False),
    ],
)  # fmt: skip
def test_too_few_members_or_outcomes_tell_nothing(table, is_told):
    found = finding("b", *cells(table))
    assert math.isnan(found.log_or) != is_told
    assert ("Too few" in str(found.says())) != is_told


def test_strata_hold_cohort_volume_and_role_equal():
    cohort = np.array([1, 1, 1, 1, 1, 1, 1, 1, 2, 1])
    acts = np.array([0, 1, 2, 3, 4, 5, 8, 9, 9, 9.0])
    role = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    found = stratum(cohort, acts)
    assert found[3] == found[4]
    assert found[5] == found[6]
    assert found[7] == found[9] != found[8]
    assert np.unique(found).size == 7
    assert stratum(cohort, acts, role)[7] != stratum(cohort, acts, role)[9]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=12), st.floats(0.01, 0.2))
def test_discoveries_are_those_of_the_step_up_procedure(p, level):
    found = discoveries(np.array(p, float), level)
    known = [value for value in p if not math.isnan(value)]
    adjusted = stats.false_discovery_control(known) if known else []
    expected = iter([value <= level + 1e-12 for value in adjusted])
    near = any(abs(value - level) < 1e-9 for value in adjusted)
    assert near or found.tolist() == [False if math.isnan(value) else next(expected) for value in p]


def test_what_only_follows_activity_is_not_found_and_what_matters_is():
    useful, useless, covered = [], [], []
    for seed in range(6):
        names, strata, behaviours, has_stayed = bench.made_up(seed)
        comparison = compare(names, strata, behaviours, has_stayed)
        assert comparison.why_withheld is None
        for one, effect in zip(comparison.findings, bench.EFFECTS, strict=True):
            (useful if effect else useless).append(one)
            covered.append(one.lo <= effect <= one.hi)
    assert np.mean([one.is_significant for one in useful]) >= 0.8
    found = sum(one.is_significant for one in useful + useless)
    assert sum(one.is_significant for one in useless) <= 0.1 * found
    assert np.mean(covered) >= 0.88
    assert np.mean([math.exp(one.crude) for one in useless]) > 1.3


def test_order_and_the_names_of_behaviours_do_not_matter():
    names, strata, behaviours, has_stayed = bench.made_up(3)
    order = np.random.default_rng(1).permutation(len(names))
    shuffled = compare(
        [names[place] for place in order],
        strata[order],
        {name: did[order] for name, did in reversed(behaviours.items())},
        has_stayed[order],
    )
    plain = compare(names, strata, behaviours, has_stayed)
    assert shuffled.findings == plain.findings[::-1]
    assert shuffled.placebos == plain.placebos


@pytest.mark.parametrize(
    ("kind", "name"), [(str, "an odd number"), (lambda n: f"m{n}-x", "an odd number")]
)
def test_a_table_that_a_placebo_speaks_against_is_withheld(kind, name):
    members = [kind(number) for number in range(4000)]
    rng = np.random.default_rng(2)
    odd = np.arange(4000) % 2 == 1
    has_stayed = rng.random(4000) < np.where(odd, 0.3, 0.2)
    table = compare(members, np.zeros(4000, np.int64), {"b": rng.random(4000) < 0.5}, has_stayed)
    assert table.findings == ()
    assert table.why_withheld.startswith(name)
    assert [one.is_significant for one in table.placebos] == [False, True]


def test_placebos_are_coins_of_the_name_alone():
    for drawn in PLACEBOS.values():
        found = drawn([f"Ada {'x' * n}" for n in range(1, 2001)])
        assert 900 < found.sum() < 1100
        assert drawn(["李", "b"]).tolist() == drawn(["b", "李"]).tolist()[::-1]
    odd = PLACEBOS["an odd number"]
    assert odd(["7", "12", "u13", "2024-x-10", "9007199254740993"]).tolist() == [
        True, False, True, False, True,
    ]  # fmt: skip


def test_a_finding_claims_no_cause():
    up, down = finding("b", *cells((40, 60, 20, 80))), finding("b", *cells((20, 80, 40, 60)))
    assert str(up.says()).startswith("Members who did this came back 20.0 points more often than")
    assert "20.0 points less often" in str(down.says())


def test_behaviours_are_over_before_staying_begins():
    windows = Windows()
    age = np.array([-0.1, 0, 29.9, 30, 89.9, 90, 269.9, 270])
    assert windows.is_exposed(age).tolist() == [False, True, True] + [False] * 5
    assert windows.is_outcome(age).tolist() == [False] * 5 + [True, True, False]
    assert windows.is_over(np.array([730.0, 730.5]), 1000).tolist() == [True, False]
    for wrong in ((30, 29, 270), (30, 90, 90), (0, 90, 270)):
        with pytest.raises(ValueError, match="over before"):
            Windows(*wrong)
