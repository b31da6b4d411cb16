"""Stages and levels: what raises a member to each, what is never lost, what fades after a while."""

from datetime import timedelta

import numpy as np
import pytest

from community.kit import clock
from community.standing.badges import Holding, assess
from community.standing.metrics import METRICS
from community.standing.needs import Asking
from community.standing.stages import (
    PHASE_LABELS,
    PHASES,
    is_core,
    label_of,
    levels,
    phase_of,
    stages,
)
from tests.standing.pasts import ADA, BEN, NOW, act, alone, past

STAGE = {tier.name: n for n, tier in enumerate(stages().tiers, 1)}
LEVEL = {tier.name: n for n, tier in enumerate(levels().tiers, 1)}


def reached(badge, *acts, as_of=NOW, before=None):
    """The tier that Ada holds after an assessment."""
    ask = Asking(alone(past(*acts)), METRICS)
    return int(assess(badge, ask, as_of, before).after.tier[0])


def held(tier, days=60):
    return Holding(
        *(np.array([n]) for n in (tier, clock.to_micros(NOW - timedelta(days=days)), 0, 0))
    )


ACCOUNT = act("contact.confirmed", ADA, days=400)
EXCHANGE = act("exchange.completed", ADA, BEN, 300)
AGAIN = act("exchange.completed", ADA, BEN, 200)
MONTHLY = [act("thanks.given", ADA, BEN, days) for days in (170, 140, 110, 80, 50, 20)]
LONG = [EXCHANGE, AGAIN, act("exchange.completed", ADA, BEN, 100), *MONTHLY]
GLAD = act("survey.answered", ADA, days=30, value=9)
SPEAKS = [act("mention.found", ADA, days=days) for days in (20, 50)]
BRINGS = [act("referral.qualified", ADA, who, 50) for who in (20, 21)]


@pytest.mark.parametrize(
    ("acts", "stage"),
    [
        ([], "suspect"),
        ([ACCOUNT], "prospect"),
        ([act("enquiry.made", ADA, BEN, 29)], "prospect"),
        ([act("enquiry.made", ADA, BEN, 31)], "suspect"),
        ([EXCHANGE], "first"),
        ([EXCHANGE, EXCHANGE], "first"),  # Twice on a day is to have come once.
        ([EXCHANGE, AGAIN], "repeat"),
        (LONG, "long-term"),
        (LONG[1:], "repeat"),  # Two exchanges.
        ([*LONG[:3], *MONTHLY[4:]], "repeat"),  # Active in three of six months.
        ([*LONG[:3], *MONTHLY[3:]], "long-term"),
        ([*LONG[:3], *[act("thanks.given", ADA, BEN, d) for d in (170, 140, 110, 90)]], "repeat"),
        ([EXCHANGE, AGAIN, GLAD, *SPEAKS], "advocate"),
        ([EXCHANGE, GLAD, *SPEAKS], "first"),
        ([EXCHANGE, AGAIN, GLAD, SPEAKS[0]], "repeat"),
        ([EXCHANGE, AGAIN, *SPEAKS, act("survey.answered", ADA, value=8)], "repeat"),
        ([EXCHANGE, AGAIN, *SPEAKS, act("survey.answered", ADA, days=370, value=10)], "repeat"),
        ([EXCHANGE, AGAIN, *SPEAKS, GLAD, act("survey.answered", ADA, days=9, value=3)], "repeat"),
        ([EXCHANGE, AGAIN, *BRINGS], "strategic"),
        ([EXCHANGE, AGAIN, BRINGS[0]], "repeat"),
        (BRINGS, "suspect"),
    ],
)
def test_what_raises_a_member_to_a_stage(acts, stage):
    assert reached(stages(), *acts) == STAGE[stage]


def test_the_first_stages_are_never_lost():
    for stage in ("first", "repeat"):
        assert reached(stages(), before=held(STAGE[stage])) == STAGE[stage]
    assert reached(stages(), before=held(STAGE["long-term"])) == STAGE["repeat"]
    assert reached(stages(), before=held(STAGE["prospect"])) == STAGE["suspect"]


def test_a_later_stage_fades_when_its_reasons_do_but_not_within_two_weeks():
    slow = [*LONG[:3], *[act("thanks.given", ADA, BEN, d) for d in (170, 140, 110, 80, 49)]]
    # 49 days of silence after gaps of about thirty: too long to gain it, not to keep it.
    assert reached(stages(), *slow) == STAGE["repeat"]
    assert reached(stages(), *slow, before=held(STAGE["long-term"])) == STAGE["long-term"]
    later = NOW + timedelta(days=30)
    kept = held(STAGE["long-term"], 60)
    assert reached(stages(), *slow, as_of=later, before=kept) == STAGE["repeat"]
    fresh = held(STAGE["long-term"], -20)
    assert reached(stages(), *slow, as_of=later, before=fresh) == STAGE["long-term"]


def test_a_partner_is_one_by_hand():
    assert reached(stages(), *LONG, *BRINGS, GLAD, *SPEAKS) == STAGE["strategic"]
    assert reached(stages(), before=held(STAGE["partner"])) == STAGE["partner"]


def test_stages_belong_to_phases():
    assert [phase_of(stage) for stage in range(9)] == [
        None, "acquire", "acquire", "convert", "convert", "keep", "keep", "extend", "extend",
    ]  # fmt: skip
    assert set(PHASE_LABELS) == set(PHASES)
    assert [stage for stage in range(9) if is_core(stage)] == [5, 6, 7, 8]


def test_stages_and_levels_have_names_in_both_languages():
    assert (stages().name, levels().name) == ("stage", "level")
    assert label_of(stages(), STAGE["repeat"]) == "Came back"
    assert label_of(stages(), STAGE["repeat"], "zh") == "再次往来"
    assert label_of(stages(), STAGE["repeat"], "fr") == "Came back"
    assert (label_of(stages(), 0), label_of(levels(), 0, "zh")) == ("Not known yet", "新来")
    for badge in (stages(), levels()):
        for language in ("en", "zh"):
            names = [label_of(badge, tier, language) for tier in range(badge.top + 1)]
            assert len(set(names)) == len(names)


def regular(days=50, helped=5, flags=0, ties=5, age=400):
    """Somebody who has been about for so many of the last days."""
    people = range(100, 100 + ties)
    return [
        act("member.joined", ADA, days=age),
        act("contact.confirmed", ADA, days=age),
        *[act("topic.opened", ADA, days=n + 0.5) for n in range(days)],
        *[act("thanks.given", 200 + n, ADA, 3) for n in range(helped)],
        *[one for who in people for one in (
            act("message.sent", ADA, who, 3), act("thanks.given", who, ADA, 3, about=None))][: 2 * ties],
        act("thanks.given", ADA, 300, 3),
        *[act("flag.upheld", 400 + n, ADA, 3) for n in range(flags)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("acts", "level"),
    [
        ([], 0),
        ([act("member.joined", ADA, days=5), ACCOUNT], 0),
        ([act("member.joined", ADA, days=5), ACCOUNT, *MONTHLY[:2]], LEVEL["acquainted"]),
        ([act("member.joined", ADA, days=5), *MONTHLY[:2]], 0),
        (regular(), LEVEL["regular"]),
        (regular(days=49), LEVEL["at-home"]),
        (regular(days=14, ties=3), LEVEL["acquainted"]),
        (regular(days=15, ties=3), LEVEL["at-home"]),
        (regular(days=15, ties=2), LEVEL["acquainted"]),
        (regular(flags=2), LEVEL["regular"]),
        (regular(flags=3), LEVEL["at-home"]),
        (regular(ties=4), LEVEL["at-home"]),
        (regular(age=14), LEVEL["acquainted"]),
    ],
)
def test_what_raises_a_member_to_a_level(acts, level):
    assert reached(levels(), *acts) == level


def test_a_regular_has_two_weeks_and_two_more_before_the_level_is_lost():
    acts, day, now, found = regular(), NOW, None, []
    quiet = [*acts, *[act("flag.upheld", 500 + n, ADA, -1) for n in range(3)]]
    ask = Asking(alone(past(*quiet)), METRICS)
    for _ in range(40):
        now = assess(levels(), ask, day, now).after
        found.append(int(now.tier[0]))
        day += timedelta(days=1)
    # Gained on the first day, held for fourteen, then fourteen assessments may fail.
    assert found == [3] * 28 + [2] * 12


def test_a_quieter_community_asks_for_fewer_days():
    assert reached(levels(0.5), *regular(days=25)) == LEVEL["regular"]
    assert reached(levels(0.5), *regular(days=24)) == LEVEL["at-home"]
    assert reached(levels(0.71), *regular(days=36)) == LEVEL["regular"]
    assert levels(0.5).digest != levels().digest
    for pace in (0.4, 1.1):
        with pytest.raises(ValueError, match="pace"):
            levels(pace)


def test_a_leader_is_one_by_hand():
    assert reached(levels(), before=held(LEVEL["leader"])) == LEVEL["leader"]
