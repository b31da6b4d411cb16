"""Which version of a badge holds, and held: drafts don't, the newest published does, one that ended is over."""

from datetime import timedelta

import pytest

from community.kit.db import db
from community.standing import presets, rulebook
from community.standing.needs import BadRule
from tests.standing.conftest import SAID, month

THANKED = {"metric": "thanks_received", "at_least": 1}


def put(house, at=None, *, name="some", bar=1, is_published=True, **more):
    house.today = at or house.today
    told = {"name": name, "rule": THANKED | {"at_least": bar}} | SAID
    return rulebook.put(told, None, "A test", is_published=is_published, **more)


def bars(as_of=None):
    """What holds, by name: its version and its bar."""
    return {
        v.badge.name: (v.version, v.badge.needs()[0].gain)
        for v in rulebook.holding(as_of)
        if not v.badge.is_manual
    }


def test_the_newest_published_version_holds_and_the_one_before_held(house):
    put(house, month(1), bar=1)
    put(house, month(2), bar=2)
    assert bars() == {"some": (2, 2)}
    assert [bars(month(n)) for n in range(3)] == [{}, {"some": (1, 1)}, {"some": (2, 2)}]
    assert rulebook.find("some").version == 2
    assert [rule.version for rule in rulebook.history("some")] == [2, 1]


def test_drafts_do_not_hold(house):
    put(house, month(1), bar=1)
    draft = put(house, month(2), bar=5, is_published=False)
    assert (draft.version, draft.published_at) == (2, None)
    assert bars() == {"some": (1, 1)}
    assert rulebook.draft("some").id == draft.id
    assert [rule.id for rule in rulebook.drafts()] == [draft.id]
    put(house, name="other", is_published=False)
    assert rulebook.find("other") is None


def test_one_that_holds_later_does_not_hold_yet(house):
    put(house, month(1))
    put(house, month(2), bar=3).published_at = month(4)
    db.session.flush()
    assert bars() == {"some": (1, 1)}
    assert rulebook.ahead("some").version == 2
    house.today = month(4)
    assert bars() == {"some": (2, 3)}
    assert rulebook.ahead("some") is None


def test_a_badge_that_ended_holds_no_more_until_it_comes_again(house):
    put(house, month(1))
    put(house, month(2), is_retired=True)
    assert bars() == {}
    assert rulebook.find("some") is None
    assert bars(month(2) - timedelta(days=1)) == {"some": (1, 1)}
    put(house, month(3), bar=4)
    assert bars() == {"some": (3, 4)}


def test_every_version_is_found_by_its_digest(house):
    first, second = put(house, bar=1), put(house, bar=2)
    assert rulebook.of_digest("some", first.digest).needs()[0].gain == 1
    assert rulebook.of_digest("some", second.digest).needs()[0].gain == 2
    assert rulebook.of_digest("some", "0" * 16) is None
    assert rulebook.of_digest("other", first.digest) is None
    assert rulebook.of_digest("some", first.digest).digest == first.digest


def test_saving_a_draft_takes_the_place_of_the_one_before(house):
    put(house)
    mia = house.member("mia")
    told = {"name": "some", "rule": THANKED | {"at_least": 6}} | SAID
    draft = rulebook.save(told, mia)
    draft.test = {"held": 3}
    again = rulebook.save(dict(told), mia)
    assert (again.id, again.test) == (draft.id, {"held": 3})
    other = rulebook.save(told | {"grace": 2}, mia)
    assert (other.id, other.version, other.test) == (draft.id, 2, None)
    assert bars() == {"some": (1, 1)}


def test_what_is_no_badge_is_not_kept(house):
    with pytest.raises(BadRule, match="rule"):
        rulebook.put({"name": "some"} | SAID, None, "", is_published=True)
    assert rulebook.history("some") == []


def test_the_presets_are_planted_once_and_stand_in_their_order(house):
    put(house, name=presets.SHIPPED[2], bar=9)
    assert rulebook.plant() == len(presets.SHIPPED) - 1
    assert rulebook.plant() == 0
    assert [version.badge.name for version in rulebook.holding()] == list(presets.SHIPPED)
    # One of that name that was there stays.
    assert bars()[presets.SHIPPED[2]] == (1, 9)


def test_badges_of_ones_own_come_after_those_by_name(house):
    for name in ("zest", "amity"):
        put(house, name=name)
    rulebook.plant()
    assert [v.badge.name for v in rulebook.holding()] == [*presets.SHIPPED, "amity", "zest"]
