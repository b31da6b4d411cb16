"""A rule is replayed as everything was known then: who held it, who lost it, how newcomers did."""

from datetime import UTC, datetime

from community.standing.back_test import back_test
from community.standing.badge_grammar import read_badge
from community.standing.badges import Holding
from community.standing.metrics import METRICS
from community.standing.past import Context
from tests.standing.pasts import ADA, BEN, CY, NOW, act, past

GIVER = {
    "name": "giver",
    "label": "Giver",
    "says": "Gives",
    "cadence": {"every": "month"},
    "rule": {"metric": "thanks_received", "at_least": 2, "window": "P90D"},
}


def thanks(giver, getter, days, voided=None):
    return act("thanks.given", giver, getter, days, voided=voided)


def replayed(whole, told=GIVER, held=None):
    return back_test(
        read_badge(told, METRICS),
        whole,
        NOW,
        lambda day: Context(),
        held or Holding.nobody(len(whole)),
    )


def quarters(found):
    return {f"{q.begins:%Y-%m}": (q.holders, q.gained, q.lost, q.churn) for q in found.quarters}


def test_each_quarter_tells_who_held_gained_and_lost():
    found = replayed(past(thanks(BEN, ADA, 330), thanks(CY, ADA, 320)))
    told = quarters(found)
    assert found.assessments == 24
    assert found.since == datetime(2024, 6, 1, 12, tzinfo=UTC)
    assert told["2025-04"] == (0, 0, 0, None)
    assert told["2025-07"] == (1, 1, 0, None)
    assert told["2025-10"] == (0, 0, 1, 1.0)
    assert (found.gain, found.lose, found.hold_now) == ((), (), 0)


def test_what_was_taken_back_later_counted_then():
    found = replayed(past(thanks(BEN, ADA, 330, voided=10), thanks(CY, ADA, 320)))
    assert quarters(found)["2025-07"] == (1, 1, 0, None)


def test_who_would_change_tomorrow():
    held = Holding.nobody(3)
    held.tier[1] = 1
    found = replayed(past(thanks(BEN, ADA, 9), thanks(CY, ADA, 8)), held=held)
    assert (found.gain, found.lose) == ((ADA,), (BEN,))
    assert (found.many_gain, found.many_lose, found.hold_now) == (1, 1, 1)


def test_grace_forgives_nobody_tomorrow():
    held = Holding.nobody(3)
    held.tier[0] = 1
    assert replayed(past(thanks(BEN, CY, 9)), GIVER | {"grace": 3}, held).lose == (ADA,)


def test_newcomers_who_had_it_within_half_a_year():
    joined = [act("member.joined", ADA, None, 400), act("member.joined", BEN, None, 395)]
    later = [act("member.joined", CY, None, 20)]
    early = [thanks(BEN, ADA, 390), thanks(CY, ADA, 389)]
    late = [thanks(ADA, BEN, 100), thanks(CY, BEN, 99)]
    found = replayed(past(*joined, *later, *early, *late))
    of = {f"{q.begins:%Y-%m}": (q.newcomers, q.soon) for q in found.quarters}
    assert of["2025-04"] == (2, 1)
    assert of["2026-04"] == (1, None)


def test_it_is_plain_data(app):
    told = replayed(past(thanks(BEN, ADA, 3))).plain()
    assert set(told["quarters"][0]) == {
        "begins", "holders", "gained", "lost", "churn", "newcomers", "soon",
    }  # fmt: skip
    assert isinstance(told["since"], int)


def test_a_badge_of_every_day_is_replayed_once_a_month():
    found = replayed(past(thanks(BEN, ADA, 3)), GIVER | {"cadence": {"every": "day"}})
    assert found.assessments == 24
