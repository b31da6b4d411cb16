"""What was taken back or excused after an assessment makes it again, for whom it names and nobody else."""

import random
from datetime import timedelta

import numpy as np
import pytest

from community.kit.db import db
from community.ledger.models import Subject
from community.standing import awarding, awards, correcting, drafts
from community.standing.acts import EXCUSES
from community.standing.awarding import assess_all
from community.standing.models import Assessment
from community.standing.past import Context
from community.standing.replays import corrected
from tests.standing.conftest import FIRST, month

THANKED = {"metric": "thanks_received", "at_least": 2, "keep": 1, "window": "P25D"}
CALM = {
    "all": [
        {"metric": "exchanges_hosted", "at_least": 1},
        {"metric": "cancellation_rate", "at_most": 0.1},
    ]
}
SOON = timedelta(days=4)


def correct(house, now=None):
    """Take in what was corrected; for how many members the outcome is another one."""
    house.today = now or house.today
    known = Context()
    touched = sum(
        correcting.correct_all(house.past(), lambda badge: lambda day: known, house.today)
    )
    db.session.commit()
    return touched


def spans(house, name):
    """From which month to which, in days since the first where it is no month."""
    return [
        (award.begun_at.month - 1, award.ended_at and award.ended_at.month - 1)
        for award in house.awards(name)
    ]


@pytest.fixture
def thanked(house):
    """Ada and Ben were thanked twice in January and hold a badge since February."""
    badge = house.publish({"rule": THANKED})
    given = {name: house.thanks(name, month(1) - timedelta(days=5), 2) for name in ("ada", "ben")}
    house.assess(badge, month(1))
    house.today = month(1) + SOON
    return given


def test_an_award_that_rested_on_what_was_taken_back_ends_when_it_began(house, thanked):
    ours, theirs = house.awards("ada")[0].id, house.rows()[1]
    house.voids(thanked["ada"][0])
    assert correct(house) == 1
    (award,) = house.awards("ada")
    assert (award.id, award.begun_at, award.ended_at) == (ours, month(1), month(1))
    (decision,) = house.decisions("ada")
    assert (decision.verdict, decision.passes) == ("none", "0")
    assert decision.told["findings"][0]["evidence"] == thanked["ada"][1:]
    assert theirs in house.rows()
    assert spans(house, "ben") == [(1, None)]
    again = house.rows()
    assert correct(house) == 0
    assert house.rows() == again
    # The next assessment knows nothing of it any more.
    house.thanks("ada", month(2) - timedelta(days=3), 2)
    house.assess(awarding_badge(), month(2))
    assert spans(house, "ada") == [(1, 1), (2, None)]


def awarding_badge():
    return correcting.rulebook.find("some").badge


@pytest.fixture
def told(app, monkeypatch):
    """What members were told of corrections: verdict, tier, and in which month the assessment was."""
    heard = []

    def tell(badge, member_id, verdict, tier, day):
        heard.append((badge.name, member_id, verdict, tier, day.month - 1))

    monkeypatch.setitem(app.extensions["kith.additions"], awarding.CORRECTED, (tell,))
    return heard


def test_who_loses_a_badge_by_a_correction_is_told_once_and_nobody_else(house, thanked, told):
    house.voids(thanked["ada"][0])
    correct(house)
    assert told == [("some", house.ids["ada"], "lose", 1, 1)]
    correct(house)
    assert len(told) == 1


def test_who_gets_one_back_by_a_correction_is_told(house, told):
    offer = an_offer(house, "ada")
    badge = house.publish({"rule": CALM})
    house.happens("exchange.completed", "ben", "ada", month(0) + SOON, subject=offer)
    wrong = house.happens("exchange.cancelled", "ada", "cy", month(0) + SOON, subject=offer)
    house.assess(badge, month(1))
    assert house.awards("ada") == []
    house.today = month(1) + SOON
    house.voids(wrong)
    correct(house)
    assert told == [("some", house.ids["ada"], "gain", 1, 1)]


def test_what_changes_no_badge_is_told_to_nobody(house, told):
    badge = house.publish({"rule": THANKED})
    given = house.thanks("ada", month(1) - timedelta(days=5), 3)
    house.assess(badge, month(1))
    house.today = month(1) + SOON
    house.voids(given[0])
    correct(house)
    assert told == []


def test_of_a_badge_that_was_assessed_for_the_first_time_nobody_is_told(house, told):
    """As nobody was told that they had it: a community that comes with a past gets no flood of letters."""
    house.publish({"rule": THANKED})
    given = house.thanks("ada", month(1) - timedelta(days=5), 2)
    house.today = month(1) + timedelta(hours=1)
    house.voids(given[0])
    house.refresh()
    assert [award.ended_at for award in house.awards("ada")] == [month(1)]
    assert told == []


def test_where_the_past_is_worked_out_anew_nobody_is_told(house, thanked, told):
    house.voids(thanked["ada"][0])
    now = house.today
    house.today += timedelta(days=9)
    known = Context()
    sum(correcting.correct_all(house.past(), lambda badge: lambda day: known, now))
    assert spans(house, "ada") == [(1, 1)]
    assert told == []


def test_one_that_was_ended_wrongly_goes_on(house):
    """Ada lost it for a cancellation that was none."""
    offer = an_offer(house, "ada")
    badge = house.publish({"rule": CALM})
    house.happens("exchange.completed", "ben", "ada", month(0) + SOON, subject=offer)
    house.assess(badge, month(1))
    wrong = house.happens("exchange.cancelled", "ada", "cy", month(1) + SOON, subject=offer)
    house.assess(badge, month(2))
    assert spans(house, "ada") == [(1, 2)]
    only = house.awards("ada")[0].id
    house.today = month(2) + SOON
    house.voids(wrong)
    assert correct(house) == 1
    assert spans(house, "ada") == [(1, None)]
    assert house.awards("ada")[0].id == only
    assert [d.verdict for d in house.decisions("ada")] == ["gain", "keep"]
    again = house.rows()
    assert correct(house) == 0
    assert house.rows() == again


def test_whoever_was_taken_for_an_older_member_is_held_to_the_bar_of_their_own_year(house):
    rule = {"metric": "thanks_received", "top": 0.1, "within": "cohort"}
    badge = house.publish({"rule": rule})
    for name in ("ada", "ben"):
        wrong = house.happens("member.joined", name, at=month(-30))
    for name, many in (("ada", 3), ("ben", 2), ("cy", 2)):
        house.thanks(name, month(1) - timedelta(days=5), many)
    house.assess(badge, month(1))
    assert [len(house.awards(name)) for name in ("ada", "ben", "cy")] == [1, 0, 1]
    house.today = month(1) + SOON
    house.voids(wrong)
    assert correct(house) == 1
    assert spans(house, "ben") == [(1, None)]
    finding = house.decisions("ben")[-1].told["findings"][0]
    assert (finding["category"], finding["bar"]) == (2026, 2)


def an_offer(house, name, type="offer", parent=None):
    thing = Subject(type=type, owner=house.member(name), parent=parent, made_at=FIRST)
    db.session.add(thing)
    db.session.flush()
    return thing.type, thing.id


@pytest.mark.parametrize("is_named", [True, False])
def test_an_excuse_granted_afterwards_counts(house, is_named):
    offer = an_offer(house, "ada")
    broken = an_offer(house, "ada", "exchange", offer[1])
    badge = house.publish({"rule": CALM})
    house.happens("exchange.completed", "ben", "ada", month(0) + SOON, subject=offer)
    house.assess(badge, month(1))
    house.happens("exchange.cancelled", "ada", "cy", month(1) + SOON, subject=broken)
    house.assess(badge, month(2))
    assert spans(house, "ada") == [(1, 2)]
    house.today = month(2) + SOON
    granted = house.happens("excuse.granted", "mia", "ada" if is_named else None, subject=broken)
    assert correct(house) == 1
    assert spans(house, "ada") == [(1, None)]
    again = house.rows()
    assert correct(house) == 0
    assert house.rows() == again
    # Granted by mistake: it is as if nothing had been excused.
    house.today += SOON
    house.voids(granted)
    assert correct(house) == 1
    assert spans(house, "ada") == [(1, 2)]


def test_one_taken_back_that_was_excused_after_all_is_the_same_award(house):
    """Its credential may have been shown: it holds again, under the number it had."""
    offer = an_offer(house, "ada")
    badge = house.publish({"rule": CALM})
    house.happens("exchange.completed", "ben", "ada", month(0) + SOON, subject=offer)
    done = house.happens("exchange.completed", "cy", "ada", month(0) + SOON, subject=offer)
    broken = an_offer(house, "ada", "exchange", offer[1])
    house.happens("exchange.cancelled", "ada", "cy", month(0) + SOON, subject=broken)
    kept = house.happens("excuse.granted", "mia", "ada", month(0) + 2 * SOON, subject=broken)
    house.assess(badge, month(1))
    only = house.awards("ada")[0].id
    house.today = month(1) + SOON
    house.voids(kept, done)
    assert correct(house) == 1
    assert spans(house, "ada") == [(1, 1)]
    house.today += SOON
    house.happens("excuse.granted", "mia", "ada", subject=broken)
    assert correct(house) == 1
    assert [(a.id, a.ended_at) for a in house.awards("ada")] == [(only, None)]


@pytest.mark.parametrize(
    ("happened", "voided"),
    [
        (month(0) + timedelta(days=1), month(0) + timedelta(days=2)),
        (month(1) + timedelta(days=1), month(1) + timedelta(days=2)),
    ],
    ids=["before", "after"],
)
def test_what_the_assessment_could_not_count_changes_nothing(house, thanked, happened, voided):
    one = house.happens("thanks.given", "giver0", "ada", happened)
    house.today = voided
    house.voids(one)
    before = house.rows()
    assert correct(house, month(1) + 2 * SOON) == 0
    assert house.rows() == before


def test_assessments_before_the_last_are_over(house, thanked):
    house.thanks("ada", month(2) - timedelta(days=3), 2)
    house.assess(awarding_badge(), month(2))
    house.today = month(2) + SOON
    house.voids(*thanked["ada"])
    assert correct(house) == 0
    assert spans(house, "ada") == [(1, None)]


def test_what_is_taken_back_between_the_day_and_its_assessment_counts(house):
    """It counted at the dawn of that day, so the award is given and taken back in one night."""
    house.publish({"rule": THANKED})
    house.happens("thanks.given", "giver0", "ada", month(0))
    house.refresh(month(1) + timedelta(hours=2))
    given = house.thanks("ada", month(2) - timedelta(days=5), 2)
    house.today = month(2) + timedelta(hours=1)
    house.voids(given[0])
    house.refresh(month(2) + timedelta(hours=2))
    assert spans(house, "ada") == [(2, 2)]
    assert db.session.get(Assessment, "some").as_of == month(2)
    before = house.rows()
    house.refresh(month(2) + timedelta(hours=26))
    assert house.rows() == before


def test_what_was_taken_back_before_an_assessment_is_not_begun_with(house, thanked):
    """She would keep it by one thanks, but never gained it by two."""
    house.thanks("ada", month(2) - timedelta(days=3), 1)
    house.thanks("ben", month(2) - timedelta(days=3), 1)
    house.today = month(2) - timedelta(hours=1)
    house.voids(thanked["ada"][0])
    house.refresh(month(2) + timedelta(hours=2))
    assert spans(house, "ada") == [(1, 1)]
    assert spans(house, "ben") == [(1, None)]


def test_a_badge_that_ended_is_not_given_again(house):
    badge = house.publish({"rule": CALM})
    offer = an_offer(house, "ada")
    house.happens("exchange.completed", "ben", "ada", month(0) + SOON, subject=offer)
    wrong = house.happens("exchange.cancelled", "ada", "cy", month(0) + SOON, subject=offer)
    house.assess(badge, month(1))
    assert house.awards() == []
    house.today = month(1) + SOON
    drafts.retire("some", house.member("mia"), "Nobody wants it any more")
    house.voids(wrong)
    assert correct(house) == 0
    assert house.awards() == []


def test_a_correction_is_taken_in_once(house, thanked, monkeypatch):
    made = []
    again = awarding.assess_again
    monkeypatch.setattr(
        awarding,
        "assess_again",
        lambda badge, past, *told, **more: (
            made.extend(past.members) or again(badge, past, *told, **more)
        ),
    )
    house.voids(thanked["ada"][0])
    correct(house)
    asked = len(made)
    assert asked == 2  # Ada, and who thanked her.
    correct(house)
    assert len(made) == asked


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("more", [{}, {"grace": 1}])
def test_it_is_as_if_what_was_taken_back_had_never_been(house, seed, more):
    """Of those whom a correction names; all others stay as they are."""
    rng = random.Random(seed)
    badge = house.publish({"rule": THANKED, **more})
    names = [f"m{n}" for n in range(8)]
    given = []
    for number in (1, 2):
        for name in names:
            given += house.thanks(name, month(number) - timedelta(days=5), rng.randrange(4))
        if number == 1:
            house.assess(badge, month(1))
    # What the second assessment would have said had it known.
    before = house.rows(with_ids=False)
    gone = rng.sample(given, 6)
    house.assess(badge, month(2))
    house.today = month(2) + SOON
    house.voids(*gone)
    wanted = held_after(house, badge, corrected(house.past(), month(2), house.today))
    first = held_after(house, badge, house.past())
    assert wanted != first or seed
    correct(house)
    held = {
        (award.member_id, award.begun_at, award.failed)
        for award in house.awards()
        if award.ended_at is None
    }
    assert held == wanted
    # Nothing of the first assessment is undone.
    assert {row[:3] for row in before} <= {row[:3] for row in house.rows(with_ids=False)}
    again = house.rows()
    assert correct(house) == 0
    assert house.rows() == again


def held_after(house, badge, past):
    """Who holds a badge after the second assessment, in a past: worked out, not kept."""
    held = awards.held_by(past, "some", month(2))
    assessed = awarding.assess(badge, awarding.Asking(past, awarding.METRICS), month(2), held)
    places = np.flatnonzero(assessed.after.tier)
    return {
        (
            int(past.members[place]),
            awarding.clock.from_micros(int(assessed.after.since[place])),
            int(assessed.after.failed[place]),
        )
        for place in places
    }


def test_the_next_assessment_still_comes(house, thanked):
    house.voids(thanked["ada"][0])
    correct(house)
    list(assess_all(awarding_badge(), house.past(), month(2), lambda day: Context()))
    assert spans(house, "ben") == [(1, 2)]


@pytest.mark.parametrize(
    ("kind", "days", "is_concerned"),
    [
        (EXCUSES, 1, True),
        (EXCUSES, 0, True),
        (EXCUSES, 10, False),
        (EXCUSES, 11, False),
        (EXCUSES, -1, False),
        ("thanks.given", 1, False),
    ],
)
def test_what_was_excused_since_concerns_whose_it_was(house, kind, days, is_concerned):
    now = house.today = month(2)
    row = Assessment(badge="some", as_of=now - timedelta(days=10), digest="x", voiding=0)
    house.happens(kind, "mia", "ada", now - timedelta(days=days))
    badge = house.publish({"rule": THANKED})
    concerned = correcting._concerned(badge, row, house.past(), now, 2**40)
    assert concerned == ([house.ids["ada"]] if is_concerned else [])
