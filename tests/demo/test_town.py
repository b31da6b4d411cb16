"""What happens in the demo town, before it is kept."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from community.demo import town_of
from community.demo.chronicle import BY_HOUR
from community.demo.people import STAFF
from community.demo.words import circles, common
from community.ledger.facts import FACTS
from tests.demo.conftest import UNTIL

ROOT = Path(__file__).resolve().parents[2]
PRINT = "from tests.demo.test_town import digest; print(digest())"


def digest() -> str:
    """Of all that a small town tells and does."""
    town = town_of(3, 30, UNTIL)
    told = [
        (
            h.kind,
            h.at,
            h.actor and h.actor.handle,
            h.other and h.other.handle,
            h.about and h.about.title,
        )
        for h in town.happenings
    ]
    people = [(p.handle, p.told, [c.name for c in p.circles], p.sees) for p in town.people]
    return hashlib.sha256(repr((told, people)).encode()).hexdigest()


@pytest.fixture(scope="module")
def town():
    """The whole town of three hundred, in memory."""
    return town_of(1, 300, UNTIL)


def test_it_is_the_same_in_every_process():
    said = subprocess.run(
        [sys.executable, "-c", PRINT],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.strip() == digest()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 1, tzinfo=UTC), datetime(2024, 12, 24, tzinfo=UTC)]
)
def test_any_seed_and_day_give_a_town(seed, day):
    town = town_of(seed, 20, day)
    assert len(town.people) == 20
    assert max(happening.at for happening in town.happenings) < day
    assert {staff.handle for staff in STAFF} <= {person.handle for person in town.people}


def test_it_has_the_size_that_a_town_has(town):
    assert 10_000 <= len(town.happenings) <= 20_000
    assert len({person.name for person in town.people}) == 300


def test_a_few_do_much_and_many_do_little(town):
    deeds = Counter(h.actor for h in town.happenings if h.actor)
    busiest = sum(count for _, count in deeds.most_common(30))
    assert 0.3 < busiest / sum(deeds.values()) < 0.8


def test_partners_meet_again(town):
    pairs = Counter(
        frozenset((h.actor.handle, h.other.handle))
        for h in town.happenings
        if h.kind == "exchange.completed"
    )
    assert sum(count > 1 for count in pairs.values()) >= 20


def test_more_people_come_as_time_goes_by_and_some_drift_away(town):
    middle = town.until - (town.until - town.start) / 2
    assert 100 < sum(person.joined > middle for person in town.people) < 250
    gone = [p for p in town.people if p.leaves and p.leaves < town.until]
    assert 30 < len(gone) < 120


def test_nights_are_quiet_and_circles_are_made_of_their_people(town):
    hours = Counter(h.at.hour for h in town.happenings)
    assert hours[3] * 8 < hours[19]
    topics = [h for h in town.happenings if h.kind == "topic.opened"]
    assert topics
    chinese = {t["title"].split("{x}")[0] for c in circles() if c.language for t in c.topics}
    for topic in topics:
        if any(topic.about.title.startswith(words) for words in chinese if words):
            assert "zh" in topic.actor.languages


def test_seasons_are_kept(town):
    apples = [
        h.at.month
        for h in town.happenings
        if h.kind == "gathering.hosted" and "Apple" in h.about.title
    ]
    assert apples
    assert set(apples) <= {9, 10, 11}


def test_something_is_still_to_come(town):
    hosted = {h.about for h in town.happenings if h.kind == "gathering.hosted"}
    promised = {h.about for h in town.happenings if h.kind == "gathering.promised"}
    assert promised - hosted


def test_figures_are_known_ones(town):
    assert town.figures
    assert {figure["name"] for figure in town.figures} <= set(FACTS)
    assert all(figure["at"] < town.until - timedelta(days=1) for figure in town.figures)


def test_no_question_is_asked_twice_and_no_slot_is_left_open(town):
    titles = [t.title for t in town.things if t.type == "topic"]
    assert len(titles) == len(set(titles))
    said = [t.text or "" for t in town.things] + [t.title or "" for t in town.things]
    said += [p.told.background or "" for p in town.people]
    assert [text for text in said if "{" in text] == []


def test_a_headline_belongs_to_one_person(town):
    headlines = [p.told.headline for p in town.people if p.told.headline]
    assert len(headlines) == len(set(headlines)) > 150


def test_every_list_of_sentences_is_told(town):
    assert len(BY_HOUR) == 24
    assert all(circle.offers and circle.topics and circle.guides for circle in circles())
    assert {void["kind"] for void in common()["voids"]} == {
        h.kind for h in town.happenings if h.undone and h.kind != "review.published"
    }
