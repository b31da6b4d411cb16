"""Who may say how they know another, hide it, take it off."""

from types import SimpleNamespace

import pytest

from community.activity.exchanges.references import rules
from tests.conftest import NOON


def somebody(id=2, erased_at=None, claimed_at=NOON):
    return SimpleNamespace(id=id, erased_at=erased_at, claimed_at=claimed_at)


def kept(hidden_at=None, removed_at=None):
    return SimpleNamespace(author_id=1, about_id=2, hidden_at=hidden_at, removed_at=removed_at)


@pytest.mark.parametrize(
    ("about", "has_written", "today", "reason"),
    [
        (somebody(), False, 0, None),
        (somebody(), False, rules.MOST_A_DAY - 1, None),
        (somebody(), False, rules.MOST_A_DAY, "tomorrow"),
        (somebody(), True, 0, "already"),
        (somebody(id=1), False, 0, "themselves"),
        (somebody(claimed_at=None), False, 0, "not moved in"),
        (somebody(erased_at=NOON), False, 0, "has left"),
    ],
)
def test_who_may_be_written_about(about, has_written, today, reason):
    said = rules.why_not_refer(about, 1, has_written=has_written, written_today=today)
    assert (said is None) == (reason is None)
    assert reason is None or reason in str(said)


@pytest.mark.parametrize(
    ("length", "may"),
    [(0, False), (rules.SHORTEST - 1, False), (rules.SHORTEST, True), (rules.LONGEST, True), (rules.LONGEST + 1, False)],
)  # fmt: skip
def test_words_have_a_length(length, may):
    assert (rules.why_not_words("x" * length) is None) is may


def test_every_way_can_be_chosen_and_no_other():
    assert all(rules.why_not_way(name) is None for name in rules.WAYS)
    assert rules.why_not_way("enemy") is not None


@pytest.mark.parametrize(
    ("rule", "by", "state", "may"),
    [
        (rules.why_not_change, 1, kept(), True),
        (rules.why_not_change, 1, kept(hidden_at=NOON), True),
        (rules.why_not_change, 1, kept(removed_at=NOON), False),
        (rules.why_not_change, 2, kept(), False),
        (rules.why_not_hide, 2, kept(), True),
        (rules.why_not_hide, 2, kept(hidden_at=NOON), False),
        (rules.why_not_hide, 2, kept(removed_at=NOON), False),
        (rules.why_not_hide, 1, kept(), False),
        (rules.why_not_show, 2, kept(hidden_at=NOON), True),
        (rules.why_not_show, 2, kept(), False),
        (rules.why_not_show, 1, kept(hidden_at=NOON), False),
    ],
)
def test_each_side_does_what_is_theirs(rule, by, state, may):
    assert (rule(state, by) is None) is may


@pytest.mark.parametrize(
    ("by", "role", "reason", "may"),
    [
        (9, "manager", "an insult", True),
        (9, "admin", "an insult", True),
        (9, "leader", "an insult", False),
        (9, "member", "an insult", False),
        (1, "manager", "an insult", False),
        (2, "admin", "an insult", False),
        (9, "manager", "  x ", False),
    ],
)
def test_staff_take_off_with_a_reason_and_never_their_own(by, role, reason, may):
    assert (rules.why_not_remove(kept(), by, role, reason) is None) is may
    assert (rules.why_not_put_back(kept(removed_at=NOON), by, role, reason) is None) is may
    assert rules.why_not_remove(kept(removed_at=NOON), by, role, reason) is not None
    assert rules.why_not_put_back(kept(), by, role, reason) is not None
