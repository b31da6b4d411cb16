"""Categories: in which year the ledger first names somebody, and what most of their acts are about."""

from datetime import timedelta
from pathlib import Path

import pytest

from community.standing import past as pasts
from community.standing.categories import CATEGORIES, NO_CATEGORY, cohort, dealing
from tests.standing.pasts import ADA, BEN, CY, HERS, NOW, ROOM, act, alone, past

ROOT = Path(__file__).resolve().parents[2]
NEW_YEAR = 151.5
"""Days from the first moment of 2026 until now."""
A_MOMENT = 1 / 86_400_000_000
TOPIC = ("topic", 12)


@pytest.fixture(params=[1, 500_000])
def blocks(request, monkeypatch):
    """Events come a block at a time: one, or all at once."""
    monkeypatch.setattr(pasts, "BLOCK", request.param)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize(
    ("acts", "years"),
    [
        ([], [NO_CATEGORY] * 3),
        ([act("member.joined", ADA, days=NEW_YEAR)], [2026, NO_CATEGORY, NO_CATEGORY]),
        (
            [act("member.joined", ADA, days=NEW_YEAR + A_MOMENT)],
            [2025, NO_CATEGORY, NO_CATEGORY],
        ),
        # Being named by another counts, and the first time does.
        (
            [act("thanks.given", BEN, ADA, 5), act("thanks.given", CY, ADA, 900)],
            [2023, 2026, 2023],
        ),
        # What was taken back did not happen; what is to come does not count yet.
        (
            [act("thanks.given", BEN, ADA, 900, voided=3), act("thanks.given", ADA, None, 2)],
            [2026, NO_CATEGORY, NO_CATEGORY],
        ),
        (
            [act("thanks.given", BEN, ADA, 900, voided=-3), act("thanks.given", CY, None, -2)],
            [2023, 2023, NO_CATEGORY],
        ),
        ([act("member.joined", 99, None, 900)], [NO_CATEGORY] * 3),
    ],
)
def test_the_year_in_which_somebody_is_first_named(acts, years):
    assert cohort(past(*acts), NOW).tolist() == years


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize(
    ("acts", "types"),
    [
        ([], [NO_CATEGORY] * 3),
        ([act("member.joined", ADA)], [NO_CATEGORY] * 3),
        ([act("offer.published", ADA, about=ROOM)], [2, NO_CATEGORY, NO_CATEGORY]),
        # Only of who acted; most of them count; of equals the smaller number.
        (
            [
                act("topic.opened", ADA, BEN, about=TOPIC),
                act("offer.published", ADA, about=ROOM),
                act("topic.opened", CY, None, 4, about=TOPIC),
                act("topic.opened", CY, None, 3, about=TOPIC),
                act("offer.published", CY, None, 2, about=HERS),
            ],
            [2, NO_CATEGORY, 5],
        ),
        # What is about nothing is no type of things, however much of it there is.
        (
            [*(act("thanks.given", ADA, BEN) for _ in range(3)), act("topic.opened", ADA, about=TOPIC)],
            [5, NO_CATEGORY, NO_CATEGORY],
        ),
        (
            [
                act("topic.opened", ADA, None, 9, about=TOPIC, voided=2),
                act("topic.opened", ADA, None, -2, about=TOPIC),
                act("offer.published", BEN, None, 9, about=ROOM, voided=-2),
            ],
            [NO_CATEGORY, 2, NO_CATEGORY],
        ),
    ],
)  # fmt: skip
def test_what_most_acts_of_a_member_are_about(acts, types):
    assert dealing(past(*acts), NOW).tolist() == types


@pytest.mark.parametrize("name", CATEGORIES)
def test_one_member_is_of_the_same_category_alone_and_among_all_then_and_now(name):
    acts = [
        act("offer.published", ADA, None, 800, about=ROOM),
        act("topic.opened", BEN, ADA, 400, about=TOPIC, voided=100),
        act("thanks.given", CY, BEN, 20, about=HERS),
        act("topic.opened", ADA, CY, 10, about=TOPIC),
        act("topic.opened", ADA, CY, 9, about=TOPIC),
    ]
    whole, of = past(*acts), CATEGORIES[name].of
    for as_of in (NOW - timedelta(days=300), NOW - timedelta(days=15), NOW):
        alike = [of(alone(whole, member), as_of)[0] for member in (ADA, BEN, CY)]
        assert of(whole, as_of).tolist() == alike


def test_every_category_is_in_the_docs():
    told = (ROOT / "docs/badges.md").read_text()
    assert all(f"| `{name}` |" in told for name in CATEGORIES)
