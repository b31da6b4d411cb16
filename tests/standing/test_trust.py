"""Trust holds what it promises, on graphs that are drawn and under attack."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.trust import FOUNDER, OTC, circle, judged, labels, otc, readings
from community.standing.trust import (
    BANDS,
    FORTNIGHT,
    Ratings,
    latest,
    trusted,
    why,
    why_alone,
    why_changed,
    why_not_count,
)

MODEST = settings(max_examples=50, deadline=None)
DAY = 86_400.0
VALUES = st.sampled_from([-1.0, -0.4, 0.0, 0.1, 0.7, 1.0])
TIMES = st.sampled_from([0.0, 3 * DAY, FORTNIGHT, 15 * DAY, 90 * DAY])


def ratings_of(rows):
    columns = [[row[i] for row in rows] for i in range(4)]
    kinds = (np.int64, np.int64, np.float64, np.float64)
    return Ratings(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


def joined(first, second):
    pairs = ((getattr(first, f), getattr(second, f)) for f in first.__dataclass_fields__)
    return Ratings(*(np.concatenate(pair) for pair in pairs))


def rows_among(n, most=40):
    node = st.integers(0, n - 1)
    return st.lists(
        st.tuples(node, node, VALUES, TIMES).filter(lambda row: row[0] != row[1]), max_size=most
    )


@st.composite
def communities(draw, is_seeded=None):
    """The number of members, ratings among them, and seeds or None."""
    n = draw(st.integers(2, 10))
    seeds = st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True)
    seeds = seeds.map(lambda s: np.array(s, np.int64))
    return n, ratings_of(draw(rows_among(n))), draw(seeds if is_seeded else st.none() | seeds)


@MODEST
@given(communities())
def test_all_is_finite_and_in_its_range(community):
    n, _, _ = community
    trust = trusted(*community)
    assert trust.walk.p.min() >= 0
    assert trust.walk.p.sum() == pytest.approx(1)
    assert np.abs(trust.mean).max() < 1
    assert ((trust.shown > 0) & (trust.shown < 100)).all()
    assert np.isfinite(trust.ranking).all()
    assert (np.abs(trust.signed) <= trust.evidence + 1e-12).all()
    assert trust.band.shape == trust.is_new.shape == (n,)


@MODEST
@given(communities(), st.randoms(use_true_random=False))
def test_names_and_order_of_rows_do_not_matter(community, random):
    n, ratings, seeds = community
    rename, order = np.arange(n), np.arange(len(ratings))
    random.shuffle(rename)
    random.shuffle(order)
    other = ratings.take(order)
    other = replace(other, rater=rename[other.rater], ratee=rename[other.ratee])
    before, after = trusted(n, ratings, seeds), trusted(n, other, seeds if seeds is None else rename[seeds])  # fmt: skip
    for name in ("authority", "evidence", "signed", "mean", "ranking"):
        assert np.abs(getattr(after, name)[rename] - getattr(before, name)).max() < 1e-8


@MODEST
@given(communities())
def test_the_latest_of_a_pair_counts(community):
    n, ratings, _ = community
    told = {}
    rows = zip(*(getattr(ratings, f).tolist() for f in ("rater", "ratee", "rating", "time")), strict=True)  # fmt: skip
    for rater, ratee, rating, time in rows:
        had = told.get((rater, ratee))
        if had is None or (time, -rating) > (had[1], -had[0]):
            told[rater, ratee] = rating, time
    counted = ratings.take(latest(n, ratings))
    found = zip(counted.rater.tolist(), counted.ratee.tolist(), counted.rating.tolist(), counted.time.tolist(), strict=True)  # fmt: skip
    assert {(a, b): (w, t) for a, b, w, t in found} == told


@MODEST
@given(communities(), st.data())
def test_lowering_a_negative_rating_never_raises_a_mean(community, data):
    n, ratings, seeds = community
    ratings = ratings.take(latest(n, ratings))
    blamed = np.flatnonzero(ratings.rating < 0)
    assume(blamed.size)
    row = data.draw(st.sampled_from(blamed.tolist()))
    rating = ratings.rating.copy()
    rating[row] = data.draw(st.floats(-1, rating[row]))
    before, after = trusted(n, ratings, seeds), trusted(n, replace(ratings, rating=rating), seeds)
    assert (after.mean <= before.mean + 1e-12).all()
    others = np.arange(n) != ratings.ratee[row]
    assert (after.mean[others] == before.mean[others]).all()


@MODEST
@given(communities(is_seeded=True), st.data())
def test_a_rater_without_authority_changes_nobody(community, data):
    n, ratings, seeds = community
    before = trusted(n, ratings, seeds)
    nobodies = np.flatnonzero(before.authority == 0)
    assume(nobodies.size)
    rater = data.draw(st.sampled_from(nobodies.tolist()))
    said = data.draw(
        st.lists(st.tuples(st.just(rater), st.integers(0, n - 1), VALUES, TIMES), min_size=1)
    )
    after = trusted(n, joined(ratings, ratings_of([r for r in said if r[1] != rater])), seeds)
    for name in ("authority", "evidence", "signed"):
        assert np.abs(getattr(after, name) - getattr(before, name)).max() < 1e-8


@st.composite
def attacks(draw):
    """A seeded community and made-up accounts that rate whom they like; some genuine ones praise them."""
    n, genuine, seeds = draw(communities(is_seeded=True))
    fakes = draw(st.integers(1, 8))
    fake, anybody = st.integers(n, n + fakes - 1), st.integers(0, n + fakes - 1)
    own = st.tuples(fake, anybody, VALUES, TIMES).filter(lambda row: row[0] != row[1])
    bought = st.tuples(st.integers(0, n - 1), fake, VALUES, TIMES)
    return (
        n,
        fakes,
        genuine,
        ratings_of(draw(st.lists(own, max_size=40))),
        ratings_of(draw(st.lists(bought, max_size=6))),
        seeds,
    )


@MODEST
@given(attacks(), st.booleans())
def test_without_a_bought_link_made_up_accounts_change_nothing(attack, is_base_given):
    n, fakes, genuine, made_up, bought, seeds = attack
    base = n if is_base_given else None
    blame = bought.take(bought.rating <= 0)
    before = trusted(n, genuine, seeds, base=base)
    after = trusted(n + fakes, joined(joined(genuine, made_up), blame), seeds, base=base)
    assert (after.authority[n:] == 0).all()
    for name in ("authority", "evidence", "signed", "mean", "ranking"):
        assert np.abs(getattr(after, name)[:n] - getattr(before, name)).max() < 1e-8


@MODEST
@given(attacks())
def test_the_authority_of_made_up_accounts_is_bounded_by_the_links_they_bought(attack):
    n, fakes, genuine, made_up, bought, seeds = attack
    base = 3 * n
    trust = trusted(n + fakes, joined(joined(genuine, made_up), bought), seeds, base=base)
    p, counted = trust.walk.p, trust.counted
    praise = np.maximum(counted.rating, 0)
    outflow = np.bincount(counted.rater, praise, n + fakes)
    step = praise / np.where(outflow == 0, 1, outflow)[counted.rater]
    is_bought = (counted.rater < n) & (counted.ratee >= n)
    flow = (p[counted.rater] * step)[is_bought].sum()
    mass = p[n:].sum()
    assert mass <= 0.85 / 0.15 * flow + 1e-9
    assert trust.authority[n:].sum() <= base * mass + 1e-12


@MODEST
@given(communities(), st.integers(0, 5))
def test_the_parts_sum_to_the_value(community, most):
    trust = trusted(*community)
    for member in range(community[0]):
        parts = why(trust, member, most)
        assert sum(p.amount for p in parts) == pytest.approx(trust.signed[member], abs=1e-12)
        assert 50 + sum(p.points for p in parts) == pytest.approx(trust.shown[member], abs=1e-12)
        received = (trust.weight * trust.counted.rating)[trust.counted.ratee == member]
        assert sum(p.share for p in parts) == pytest.approx(1 if received.any() else 0)
        sizes = [abs(p.amount) for p in parts if p.rater is not None]
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) <= most
        for part in parts[: len(sizes)]:
            assert part.amount == pytest.approx(_amount(trust, part.rater, member))


@MODEST
@given(communities(), st.integers(0, 5))
def test_from_what_concerns_one_member_alone_the_parts_are_the_same(community, most):
    n, ratings, *_ = community
    trust = trusted(*community)
    for member in range(n):
        mine = ratings.take((ratings.rater == member) | (ratings.ratee == member))
        alone = why_alone(mine, member, trust.authority, most)
        for one, other in zip(alone, why(trust, member, most), strict=True):
            assert (one.rater, one.rating) == (other.rater, other.rating)
            assert one.points == pytest.approx(other.points, abs=1e-9)


def _amount(trust, rater, member):
    row = (trust.counted.rater == rater) & (trust.counted.ratee == member)
    return (trust.weight * trust.counted.rating)[row].item()


@MODEST
@given(communities(), st.data())
def test_taking_a_rating_away_changes_the_evidence_by_exactly_its_term(community, data):
    n, ratings, seeds = community
    before = trusted(n, ratings, seeds)
    assume(len(before.counted))
    row = data.draw(st.integers(0, len(before.counted) - 1))
    rater, ratee = before.counted.rater[row], before.counted.ratee[row]
    rating = before.counted.rating.copy()
    rating[row] = 0.0
    weightless = replace(before.counted, rating=rating)
    after = trusted(n, weightless, seeds)
    if before.counted.rating[row] < 0:
        gone = before.signed[ratee] - after.signed[ratee]
        assert gone == pytest.approx(_amount(before, rater, ratee), abs=1e-12)
        assert after.evidence[ratee] == pytest.approx(before.evidence[ratee])


@MODEST
@given(communities(), st.data())
def test_a_change_is_the_sum_of_what_each_rater_changed(community, data):
    n, ratings, seeds = community
    before = trusted(n, ratings, seeds)
    after = trusted(n, joined(ratings, ratings_of(data.draw(rows_among(n, 5)))), seeds)
    for member in range(n):
        told = why_changed(before, after, member)
        change = after.shown[member] - before.shown[member]
        assert sum(told.values()) == pytest.approx(change, abs=1e-10)
        assert why_changed(after, after, member) == {}


@pytest.mark.parametrize(
    ("back", "weighs"),
    [
        ((1, 0, 1.0, FORTNIGHT), 0.5),
        ((1, 0, 1.0, FORTNIGHT + 1), 1.0),
        ((1, 0, 0.0, 0.0), 1.0),
        ((1, 0, -1.0, 0.0), 1.0),
        ((1, 2, 1.0, 0.0), 1.0),
    ],
)
def test_praise_given_back_within_a_fortnight_counts_half(back, weighs):
    trust = trusted(3, ratings_of([(0, 1, 1.0, 0.0), back]), np.array([0]), base=10)
    assert trust.evidence[1] == pytest.approx(weighs * np.log1p(10 * trust.walk.p[0]))


def test_blame_is_not_halved_by_answering_it():
    rows = [(0, 1, -1.0, 0.0), (1, 0, -1.0, 0.0)]
    assert trusted(2, ratings_of(rows), np.array([0])).signed[1] == pytest.approx(-np.log1p(1.0))


def test_bands_begin_at_two_and_at_eight_and_one_is_enough():
    empty = trusted(6, ratings_of([]), None)
    trust = replace(empty, evidence=np.array([0.0, 0.99, 1.0, 2.0, 7.99, 8.0]))
    assert [BANDS[band] for band in trust.band] == ["little"] * 3 + ["some"] * 2 + ["much"]
    assert trust.is_new.tolist() == [True, True, False, False, False, False]


def test_the_numbers_of_a_small_community_are_those_on_paper():
    trust = trusted(3, ratings_of([(0, 1, 1.0, 0.0), (0, 2, -0.5, 0.0)]), np.array([0]), base=100)
    p0 = 1 / 1.85
    weight = np.log(1 + 100 * p0)
    assert trust.walk.p == pytest.approx([p0, 0.85 * p0, 0])
    assert trust.evidence == pytest.approx([0, weight, weight])
    assert trust.mean == pytest.approx([0, weight / (weight + 1), -0.5 * weight / (weight + 1)])
    assert trust.ranking[2] == pytest.approx(-0.5 * weight / (weight + 1) ** 0.75)
    assert trust.ranking[0] == pytest.approx(0.1 * weight)
    assert trust.is_new.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("rows", "row", "says"),
    [
        ([(0, 1, 1.0, 0.0), (1, 1, 1.0, 0.0)], 1, "of oneself"),
        ([(0, 1, 1.5, 0.0)], 0, "not within"),
        ([(0, 1, 1.0, 0.0), (0, 1, np.nan, 0.0)], 1, "not within"),
    ],
)
def test_what_can_not_count_is_refused_with_its_row(rows, row, says):
    ratings = ratings_of(rows)
    assert why_not_count(ratings)[0] == row
    with pytest.raises(ValueError, match=f"rating {row} is {says}"):
        trusted(2, ratings, None)


def test_without_ratings_nobody_is_known():
    trust = trusted(2, ratings_of([]), None)
    assert trust.shown.tolist() == [50, 50]
    assert trust.is_new.all()
    assert why(trust, 0) == []


def test_it_tells_the_fraudulent_of_bitcoin_otc_without_seeds_and_without_leaks():
    if not OTC.exists():
        pytest.skip(f"{OTC} is not there")
    names, ratings = otc()
    founders = circle(ratings, names.index(FOUNDER))
    benign, fraudulent = readings(*labels(ratings, founders))["left out"]
    assert (len(ratings), founders.size, benign.size, fraudulent.size) == (35_592, 36, 134, 178)
    kept = ratings.take(~np.isin(ratings.rater, founders))
    assert len(ratings) - len(kept) == 2_205
    n = len(names)
    mean = np.bincount(kept.ratee, kept.rating, n) / np.bincount(kept.ratee, minlength=n).clip(1)
    auc, precision = judged(trusted(n, kept, None).ranking, benign, fraudulent)
    assert auc >= 0.945
    assert precision >= 0.955
    assert auc > judged(mean, benign, fraudulent)[0]
