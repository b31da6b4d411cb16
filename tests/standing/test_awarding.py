"""Assessments are kept as awards and decisions: once a day, whatever happens between, and why is told."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from community.activity.members.models import Member
from community.kit.db import db
from community.standing import awarding, awards
from community.standing.models import Assessment, Award
from community.standing.past import Context
from community.standing.windows import A_MOMENT
from tests.standing.conftest import a_badge, month

LATELY = {"metric": "thanks_received", "at_least": 1, "window": "P25D"}
STEPS = [
    {"name": "low", "label": "Low", "rule": LATELY},
    {"name": "mid", "label": "Mid", "rule": LATELY | {"at_least": 2}},
    {"name": "high", "label": "High", "rule": LATELY | {"at_least": 3}},
]


def live_through(house, badge, months, name="ada"):
    """A member is thanked so often before the first of each month, and assessed on it."""
    house.member(name)
    for number, many in enumerate(months, 1):
        house.thanks(name, month(number) - timedelta(days=9), int(many))
        house.assess(badge, month(number))


def told(house, name="ada"):
    """Awards as tier, month of the beginning, month of the end or None, and failed assessments."""
    return [
        (
            award.tier,
            award.begun_at.month - 1,
            award.ended_at and award.ended_at.month - 1,
            award.failed,
        )
        for award in house.awards(name)
    ]


@pytest.mark.parametrize(
    ("months", "more", "awards"),
    [
        ("0", {}, []),
        ("1", {}, [(1, 1, None, 0)]),
        ("11", {}, [(1, 1, None, 0)]),
        ("10", {}, [(1, 1, 2, 0)]),
        ("101", {}, [(1, 1, 2, 0), (1, 3, None, 0)]),
        ("10", {"grace": 1}, [(1, 1, None, 1)]),
        ("101", {"grace": 1}, [(1, 1, None, 0)]),
        ("100", {"grace": 1}, [(1, 1, 3, 1)]),
        ("10010", {"grace": 1}, [(1, 1, 3, 1), (1, 4, None, 1)]),
        ("1000", {"grace": 2}, [(1, 1, 4, 2)]),
        ("10", {"losable": False}, [(1, 1, None, 0)]),
        ("11", {"expires": "P1M"}, [(1, 1, 2, 0), (1, 2, None, 0)]),
        ("10", {"expires": "P1M"}, [(1, 1, 2, 0)]),
        ("100", {"hold": "P2M"}, [(1, 1, 3, 0)]),
        ("13", {"tiers": STEPS}, [(1, 1, 2, 0), (3, 2, None, 0)]),
        ("31", {"tiers": STEPS}, [(3, 1, 2, 0), (1, 2, None, 0)]),
        ("31", {"tiers": STEPS, "grace": 1}, [(3, 1, None, 1)]),
        ("311", {"tiers": STEPS, "grace": 1}, [(3, 1, 3, 1), (2, 3, None, 0)]),
        ("30", {"tiers": STEPS}, [(3, 1, 2, 0)]),
    ],
)
def test_awards_begin_go_on_and_end(house, months, more, awards):
    badge = a_badge(None if "tiers" in more else LATELY, **more)
    live_through(house, badge, months)
    assert told(house) == awards
    open_ones = [award for award in house.awards("ada") if award.ended_at is None]
    assert [award.failed_at for award in open_ones if award.failed] == [
        month(len(months)) for award in open_ones if award.failed
    ]


PAST = {"up": "23", "down": "32", "kept": "22", "lost": "10", "failing": "31", "new": "03", "never": "00"}  # fmt: skip


def a_town(house, badge, last):
    """Members of whom the second assessment says something different of each."""
    house.happens("thanks.given", "never", "nobody", month(0))
    for name, months in PAST.items():
        for number, many in enumerate(months, 1):
            house.thanks(name, month(number) - timedelta(days=9), int(many))
    house.assess(badge, month(1))
    if last:
        house.assess(badge, month(2))


@pytest.mark.parametrize("more", [{}, {"grace": 1}, {"expires": "P1M"}])
def test_assessed_again_on_the_same_day_nothing_changes(house, more):
    badge = a_badge(**more, tiers=STEPS)
    a_town(house, badge, last=True)
    before = house.rows()
    kept = [(d.id, d.told) for name in PAST for d in house.decisions(name)]
    assert house.assess(badge, month(2)) == 0
    assert house.rows() == before
    assert [(d.id, d.told) for name in PAST for d in house.decisions(name)] == kept


@pytest.mark.parametrize("more", [{}, {"grace": 1}, {"expires": "P1M"}])
@pytest.mark.parametrize("batches", [1, 3])
def test_an_assessment_that_died_between_two_batches_is_made_whole(
    house, more, batches, monkeypatch
):
    badge = a_badge(**more, tiers=STEPS)
    monkeypatch.setattr(awarding, "A_BATCH", 1)
    a_town(house, badge, last=False)
    house.today = month(2) + timedelta(hours=2)
    run = awarding.assess_all(badge, house.past(), month(2), lambda day: Context())
    for _ in range(batches):
        next(run)
        db.session.commit()
    next(run)
    run.close()
    db.session.rollback()
    assert db.session.get(Assessment, "some").as_of == month(1)
    half = house.rows()
    house.assess(badge, month(2))
    whole = house.rows()
    assert {row[0] for row in half} <= {row[0] for row in whole}
    assert whole != half
    told = {name: awards_of(house, name) for name in PAST}
    assert house.assess(badge, month(2)) == 0
    expected = {
        "up": [(2, 1, 2), (3, 2, None)],
        "down": [(3, 1, 2), (2, 2, None)],
        "kept": [(2, 1, None)],
        "lost": [(1, 1, 2)],
        "failing": [(3, 1, 2), (1, 2, None)],
        "new": [(3, 2, None)],
        "never": [],
    }
    if "grace" in more:
        expected |= {name: [(PAST_TIER[name], 1, None)] for name in ("down", "lost", "failing")}
    if "expires" in more:
        expected["kept"] = [(2, 1, 2), (2, 2, None)]
    assert told == expected


PAST_TIER = {"down": 3, "lost": 1, "failing": 3}


def awards_of(house, name):
    return [row[:3] for row in told(house, name)] if name in house.ids else []


def test_decisions_are_kept_when_awards_begin_end_or_are_held_by_grace(house):
    badge = a_badge(LATELY, grace=1)
    live_through(house, badge, "1110011100")
    kept = {d.as_of.month - 1: (d.verdict, d.told["is_in_grace"]) for d in house.decisions("ada")}
    assert kept == {
        1: ("gain", False),
        4: ("keep", True),
        5: ("lose", False),
        6: ("gain", False),
        9: ("keep", True),
        10: ("lose", False),
    }


def test_a_decision_names_its_events(house):
    badge = a_badge(LATELY | {"at_least": 2})
    given = house.thanks("ada", month(1) - timedelta(days=3), 2)
    house.thanks("ben", month(1) - timedelta(days=3), 1)
    house.assess(badge, month(1))
    (decision,) = house.decisions("ada")
    assert sorted(decision.told["findings"][0]["evidence"]) == given
    assert (decision.verdict, decision.tier, decision.passes) == ("gain", 1, "1")
    assert decision.digest == badge.digest
    assert house.decisions("ben") == []


@pytest.mark.parametrize(
    ("seed", "more"), [(1, {"grace": 2}), (2, {"grace": 1}), (3, {}), (4, {"grace": 1})]
)
def test_a_decision_can_be_worked_out_again_for_any_day(house, seed, more):
    """Also of days after which more assessments failed, or the badge was lost and gained again."""
    rng = random.Random(seed)
    badge = a_badge(tiers=STEPS, **more)
    live_through(house, badge, [rng.choice([0, 0, 1, 2, 3]) for _ in range(11)])
    kept = house.decisions("ada")
    assert len(kept) > 3
    for decision in kept:
        alone = house.alone("ada", decision.as_of)
        again = awarding.decided(badge, alone, decision.as_of)
        assert again.plain() == decision.told


@pytest.mark.parametrize(
    ("fewest", "one_in", "kept"), [(1, 200, 0), (2, 200, 1), (1, 1, 1), (0, 2, 0)]
)
def test_a_whole_community_that_comes_in_at_once_is_not_explained(
    house, monkeypatch, fewest, one_in, kept
):
    """Two of two or three members: more than so many, and more than one in so many, are not."""
    monkeypatch.setattr(awarding, "EXPLAINED", fewest)
    monkeypatch.setattr(awarding, "EXPLAINED_OF", one_in)
    badge = a_badge(LATELY)
    for name in ("ada", "ben"):
        house.thanks(name, month(1) - timedelta(days=3))
    house.assess(badge, month(1))
    assert len(house.awards()) == 2
    assert len(house.decisions("ada")) == kept


def test_old_assessments_name_no_events(house):
    badge = a_badge(LATELY)
    house.thanks("ada", month(1) - timedelta(days=3))
    house.today = month(5)
    list(awarding.assess_all(badge, house.past(), month(1), lambda day: Context()))
    (decision,) = house.decisions("ada")
    assert decision.told["findings"][0]["evidence"] == []
    assert decision.told["findings"][0]["value"] == 1


def test_one_member_alone_is_judged_by_the_bar_of_the_whole_community(house):
    badge = a_badge({"metric": "thanks_received", "top": 0.34})
    for name, many in (("ada", 3), ("ben", 2), ("cy", 1)):
        house.thanks(name, month(1) - timedelta(days=3), many)
    house.assess(badge, month(1))
    assert [award.member_id for award in house.awards()] == [house.ids["ada"]]
    assert list(awarding.bars_of(badge).values()) == [3]
    verdicts = {
        name: awarding.decided(badge, house.alone(name, month(1)), month(1)).verdict
        for name in ("ada", "ben", "cy")
    }
    assert verdicts == {"ada": "gain", "ben": "none", "cy": "none"}
    lower = dict.fromkeys(awarding.bars_of(badge), 2.0)
    alone = house.alone("ben", month(1))
    assert awarding.decided(badge, alone, month(1), bars=lower).verdict == "gain"
    assert awarding.bars_of(a_badge(LATELY)) == {}


def test_one_member_alone_is_judged_by_the_bar_of_their_year(house):
    rule = {"metric": "thanks_received", "top": 0.5, "within": "cohort"}
    badge = a_badge(rule)
    years = {"ada": (-900, 3), "ben": (-900, 2), "cy": (-30, 1), "zoe": (-30, 0)}
    for name, (joined, many) in years.items():
        house.happens("member.joined", name, at=month(1) + timedelta(days=joined))
        house.thanks(name, month(1) - timedelta(days=3), many)
    house.assess(badge, month(1))
    assert {award.member_id for award in house.awards()} == {house.ids["ada"], house.ids["cy"]}
    bars = awarding.bars_of(badge)
    assert {name.rpartition(":")[2]: bar for name, bar in bars.items()} == {"2023": 3, "2026": 1}
    for name in years:
        decision = awarding.decided(badge, house.alone(name, month(1)), month(1))
        assert decision.is_held == (name in ("ada", "cy")), name
        in_bulk = house.decisions(name)
        assert len(in_bulk) == decision.is_held
        if in_bulk:
            finding = in_bulk[0].told["findings"][0]
            assert (finding["bar"], finding["category"]) == (
                decision.findings[0].bar,
                decision.findings[0].category,
            )
    # Kept as they were, bars of the whole community are none of any year's.
    assert awarding.decided(badge, house.alone("ada", month(1)), month(1), bars={}).after == 0


def test_a_badge_for_which_nobody_competes_is_assessed(house):
    house.happens("member.joined", "ada")
    for rule in ({"top": 0.5}, {"top": 0.5, "within": "cohort"}):
        badge = a_badge({"metric": "thanks_received"} | rule)
        house.assess(badge, month(1))
        assert (house.awards(), awarding.bars_of(badge)) == ([], {})


@pytest.mark.parametrize("in_all", [False, True])
def test_what_was_given_by_hand_since_stands(house, in_all):
    """An assessment of a day before neither gives the badge once more nor takes the other one away."""
    badge = a_badge(LATELY)
    house.thanks("ada", month(1) - timedelta(days=3))
    mia = house.member("mia")
    db.session.add(
        Award(
            member_id=house.ids["ada"],
            badge="some",
            begun_at=month(1) + timedelta(hours=1),
            given_by=mia,
        )
    )
    db.session.commit()
    before = house.rows()
    if in_all:
        house.assess(badge, month(1))
    else:
        alone = house.alone("ada", month(1))
        assert list(awarding.assess_again(badge, alone, month(1), {})) == []
    assert house.rows() == before


def test_what_was_taken_back_by_hand_since_stays_so(house):
    badge = a_badge(LATELY)
    house.thanks("ada", month(1) - timedelta(days=3))
    house.assess(badge, month(1))
    (award,) = house.awards("ada")
    award.ended_at = month(1) + timedelta(days=2)
    db.session.commit()
    before = house.rows()
    house.assess(badge, month(1))
    assert house.rows() == before
    house.thanks("ada", month(2) - timedelta(days=3))
    house.assess(badge, month(2))
    assert told(house) == [(1, 1, 1, 0), (1, 2, None, 0)]


def test_of_who_is_no_more_nothing_is_kept(house):
    badge = a_badge(LATELY)
    for name in ("ada", "ben"):
        house.thanks(name, month(1) - timedelta(days=3))
    db.session.get(Member, house.ids["ada"]).erased_at = month(1)
    db.session.commit()
    house.assess(badge, month(1))
    assert [award.member_id for award in house.awards()] == [house.ids["ben"]]
    assert house.decisions("ada") == []


def test_nobody_holds_a_badge_twice_at_a_time(house):
    db.session.add_all(
        Award(member_id=house.member("ada"), badge="some", begun_at=month(n)) for n in (1, 2)
    )
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_holders_are_those_of_the_moment_before(house):
    badge = a_badge(tiers=STEPS)
    live_through(house, badge, "130")
    past = house.past()
    place = past.number(np.array([house.ids["ada"]]))[0]

    def tier_at(as_of):
        return int(awards.held_by(past, "some", as_of).tier[place])

    assert [tier_at(month(n)) for n in range(5)] == [0, 0, 1, 3, 0]
    assert [tier_at(month(n) + A_MOMENT) for n in range(5)] == [0, 1, 3, 0, 0]
    alone = house.alone("ada", month(3))
    assert awards.held_by(alone, "some", month(3)).tier.tolist() == [3]


@pytest.mark.parametrize(
    ("cadence", "last", "since", "days"),
    [
        ("month", None, None, ["06-01"]),
        ("month", "05-01", None, ["06-01"]),
        ("month", "06-01", None, []),
        ("month", "03-01", None, ["04-01", "05-01", "06-01"]),
        ("month", None, "04-15", ["05-01", "06-01"]),
        ("month", "06-01", "01-01", []),
        ("quarter", None, "05-01", ["04-01"]),
        ("day", None, "04-15", ["05-01", "06-01", "06-02"]),
        ("day", "05-31", None, ["06-01", "06-02"]),
    ],
)
def test_what_is_due(house, cadence, last, since, days):
    def day(text):
        return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)

    badge = a_badge(LATELY, cadence={"every": cadence})
    if last is not None:
        db.session.add(Assessment(badge="some", as_of=day(last), digest=badge.digest))
        db.session.flush()
    found = awarding.due(badge, day("06-02") + timedelta(hours=2), since and day(since))
    assert found == [day(text) for text in days]


def test_what_is_given_by_hand_is_never_due(house):
    assert awarding.due(a_badge(manual=True), month(5)) == []


def test_one_decision_is_kept_an_assessment(house):
    badge = a_badge(LATELY)
    house.thanks("ada", month(1) - timedelta(days=3))
    decision = awarding.decided(badge, house.alone("ada", month(1)), month(1))
    awards.keep_decisions([decision])
    first = house.decisions("ada")[0].id
    awards.keep_decisions([decision])
    assert [kept.id for kept in house.decisions("ada")] == [first]
