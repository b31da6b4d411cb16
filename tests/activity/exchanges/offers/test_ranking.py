"""What an offer scores: values within their bounds, parts that add up, little evidence that says little."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.activity.exchanges.offers import advice, ranking
from community.activity.exchanges.offers.ranking import Around, Facts, Rule, Shared
from tests.conftest import NOON

PLACE = Around(4.5, 1.5)


@st.composite
def rules(draw):
    """Weights that add up to 100, and a share of newcomers."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=4, max_size=4)))
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    newcomers = draw(st.integers(0, ranking.MOST_NEWCOMERS))
    return Rule(dict(zip(ranking.FACTORS, weights, strict=True)), newcomers)


@st.composite
def known(draw):
    """Facts of an offer, whatever they may be."""
    low, shown = sorted(draw(st.lists(st.floats(1, 5), min_size=2, max_size=2)))
    enquiries, dealt = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    return Facts(
        draw(st.sampled_from([None, [shown, low, 5.0, 7]])),
        draw(st.integers(0, enquiries)),
        enquiries,
        draw(st.integers(0, dealt)),
        dealt,
        draw(st.integers(0, 5000)),
        draw(st.integers(0, 5000)),
    )


shares = st.builds(
    Shared,
    st.none() | st.integers(0, 5),
    st.none() | st.integers(0, 9),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)


@given(rules(), known(), shares)
def test_parts_add_up_to_the_score_and_stay_within_their_weights(rule, facts, shared):
    assert ranking.why_not_rule(rule) is None
    parts = ranking.points(ranking.values(facts, PLACE), rule)
    parts |= {"fit": ranking.fit_points(shared, rule)}
    assert set(parts) == set(ranking.FACTORS)
    total = sum(parts.values())
    for name, part in parts.items():
        assert 0 <= part <= rule.weights[name] * ranking.WHOLE / 100
    assert abs(total / ranking.WHOLE - sum(p / ranking.WHOLE for p in parts.values())) < 1e-9
    shown = ranking.tenths(parts)
    assert sum(shown.values()) == round(total / 1000)
    assert all(abs(shown[name] - part / 1000) < 1 for name, part in parts.items())


@given(rules(), known(), shares)
def test_advice_is_worth_something_and_the_most_useful_comes_first(rule, facts, tells):
    found = advice.advice(facts, PLACE, rule, tells)
    assert len(found) <= 3
    points = [each.points for each in found]
    assert points == sorted(points, reverse=True)
    assert all(point > 0 for point in points)


@pytest.mark.parametrize(
    ("answered", "enquiries", "least", "most"),
    [(0, 0, 0.5, 0.5), (2, 2, 0.5, 0.5), (3, 3, 0.7, 0.9), (100, 100, 0.98, 1), (0, 3, 0.1, 0.3), (0, 100, 0, 0.02)],
)  # fmt: skip
def test_answers_are_drawn_towards_one_half(answered, enquiries, least, most):
    assert least <= ranking.response(answered, enquiries) / ranking.WHOLE <= most


def test_one_cancelled_exchange_is_no_ruin():
    assert ranking.reliability(0, 0) == 900_000
    assert ranking.reliability(1, 1) > 800_000
    assert ranking.reliability(10, 10) < 500_000
    assert ranking.reliability(0, 200) > 990_000


def test_a_rating_counts_what_it_is_at_least():
    sure, unsure = [4.8, 4.7, 4.9, 80], [5.0, 3.9, 5.0, 1]
    assert ranking.rating(sure, PLACE) > ranking.rating(unsure, PLACE)
    assert ranking.rating(None, PLACE) == ranking.rating([4.5, 3.0, 5.0, 0], PLACE)
    assert ranking.around([]) == Around()
    assert ranking.around([[4.0, 3.0, 5.0, 1], [5.0, 4.5, 5.0, 9]]) == Around(4.5, 1.0)


@pytest.mark.parametrize(
    ("published", "changed", "expected"),
    [(0, 0, 0), (100, 100, 100), (100, 0, 50), (100, 70, 70), (400, 1, 200), (0, 9, 0)],
)
def test_a_change_makes_an_offer_at_most_half_as_old(published, changed, expected):
    ago = (NOON - timedelta(days=published), NOON - timedelta(days=changed))
    assert ranking.age(*ago, NOON) == expected


def test_freshness_halves_in_ninety_days_and_has_an_end():
    told = [ranking.freshness(days) for days in (0, 90, 180, 270, 9000, -5)]
    assert told == [1_000_000, 500_000, 250_000, 125_000, 125_000, 1_000_000]


def test_fit_is_one_half_where_nothing_is_known_and_grows_with_what_is_shared():
    assert ranking.fit(ranking.UNKNOWN) == ranking.HALF
    assert ranking.fit(Shared(0, 0, False, False)) == 0
    assert ranking.fit(Shared(2, 40, True, True)) == ranking.WHOLE
    assert ranking.fit(Shared(interests=2)) > ranking.fit(Shared(interests=1)) >= ranking.HALF


def test_the_bias_of_a_reader_changes_no_order():
    means = [1.2, 3.0, 4.9]
    for bias in (-2.0, 0.0, 0.7):
        told = [ranking.foretold(bias, mean) for mean in means]
        assert told == sorted(told)
        assert all(1 <= each <= 5 for each in told)


@pytest.mark.parametrize(
    ("completed", "joined", "published", "expected"),
    [(0, 10, 10, True), (2, 500, 89, True), (2, 89, 500, True), (3, 1, 1, False), (0, 90, 90, False), (0, 500, None, False)],
)  # fmt: skip
def test_who_counts_as_a_newcomer(completed, joined, published, expected):
    at = None if published is None else NOON - timedelta(days=published)
    found = ranking.is_newcomer(completed, NOON - timedelta(days=joined), at, NOON)
    assert found == expected


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"rating": 36}, "add up to 101"),
        ({"rating": -1, "fit": 56}, "not below 0"),
    ],
)
def test_weights_add_up_to_a_hundred(change, why):
    said = ranking.why_not_rule(Rule({**ranking.DEFAULT.weights, **change}))
    assert (said is None) if why is None else (why in str(said))


@pytest.mark.parametrize(
    ("newcomers", "is_fine"), [(0, True), (50, True), (51, False), (-1, False)]
)
def test_at_most_half_of_the_places_are_for_newcomers(newcomers, is_fine):
    assert (ranking.why_not_rule(Rule(ranking.DEFAULT.weights, newcomers)) is None) == is_fine


def test_a_rule_is_read_as_it_was_kept():
    rule = Rule({**ranking.DEFAULT.weights, "fit": 10, "rating": 45}, 7)
    assert ranking.read(rule.told()) == rule
    assert ranking.read(None) == ranking.read({}) == ranking.DEFAULT
    assert sum(factor.weight for factor in ranking.FACTORS.values()) == 100


def test_the_middle_is_the_median_of_each_part():
    told = [{"rating": 1, "response": 9}, {"rating": 3}, {"rating": 100}]
    assert advice.middle(told)["rating"] == 3
    assert advice.middle(told)["response"] == 0
    assert advice.middle([]) == {}
    assert "fit" not in advice.middle(told)


def test_advice_names_what_is_missing():
    rule = ranking.DEFAULT
    new = advice.advice(Facts(), PLACE, rule, ranking.UNKNOWN, most=9)
    assert {"rating", "response", "languages", "interests", "place"} <= {a.name for a in new}
    changed = Facts(days=200, published=400)
    assert "freshness" not in {
        a.name for a in advice.advice(changed, PLACE, rule, ranking.UNKNOWN, 9)
    }
    never = Facts(days=200, published=200)
    assert "freshness" in {a.name for a in advice.advice(never, PLACE, rule, ranking.UNKNOWN, 9)}
    old = Facts([5.0, 5.0, 5.0, 90], 900, 900, 0, 900, 0)
    tells_all = Shared(0, 0, False)
    best = advice.advice(old, PLACE, rule, tells_all)
    assert all(each.points < 1000 for each in best)
