"""Letters about badges go to those who want them, once, in their language, with what they can do."""

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from community.kit import additions
from community.kit.db import db
from community.kit.outbox import Mail
from community.standing import presets
from community.standing.awarding import CORRECTED
from community.standing.noticing import ENDING, notice_due
from community.standing.stages import levels, stages
from community.standing.windows import Length
from community.web import badge_letters

STAR = presets.preset("star-host")
DAY = datetime(2026, 12, 1, tzinfo=UTC)


def mails():
    return db.session.scalars(select(Mail).order_by(Mail.id)).all()


@pytest.mark.parametrize(
    ("verdict", "letters", "says"),
    [
        ("gain", 2, "You hold a badge: Star host"),
        ("gain", 1, None),
        ("lose", 2, "Star host has ended for you"),
        ("lose", 1, "Star host has ended for you"),
        ("lose", 0, None),
    ],
)
def test_what_was_decided_is_told_to_who_wants_it(app, village, verdict, letters, says):
    village.ada.letters = letters
    badge_letters.tell_decided(STAR, village.ada.id, verdict, 1)
    assert [mail.subject for mail in mails()] == ([says] if says else [])
    for mail in mails():
        assert mail.address == "ada@village.example"
        assert "/members/ada/standing#badge-star-host" in mail.text


@pytest.mark.parametrize(
    ("verdict", "letters", "subject", "why"),
    [
        ("lose", 1, "Star host no longer counts for you: something was corrected", "a review was removed"),
        ("gain", 1, "You hold Star host after all: something was corrected", "now you reach it"),
        ("lose", 0, None, None),
    ],
)  # fmt: skip
def test_a_correction_is_told_with_why_and_how_it_goes_on(
    app, village, verdict, letters, subject, why
):
    village.ada.letters = letters
    with time_machine.travel(DAY, tick=False):
        badge_letters.tell_corrected(STAR, village.ada.id, verdict, 1, datetime(2026, 10, 1, tzinfo=UTC))  # fmt: skip
        again = STAR.cadence.next(DAY)
    assert [mail.subject for mail in mails()] == ([subject] if subject else [])
    for mail in mails():
        text = " ".join(mail.text.split())
        assert mail.address == "ada@village.example"
        assert why in text
        assert "On October 1, 2026 you" in text
        assert f"It is looked at again on {again:%B} {again.day}, {again.year}" in text
        assert "/members/ada/standing#badge-star-host" in text


def test_corrections_of_steps_are_no_letters_and_a_tier_is_named(app, village):
    badge_letters.tell_corrected(stages(), village.ada.id, "lose", 1, DAY)
    assert mails() == []
    badge_letters.tell_corrected(presets.preset("power-member"), village.ada.id, "lose", 2, DAY)
    (mail,) = mails()
    assert mail.subject.startswith("Power member · Silver no longer counts")


def test_an_end_to_come_is_told_once_for_each_notice(app, village):
    village.ada.language = "zh_Hans_CN"
    for length in ("P14D", "P14D", "P3D"):
        badge_letters.tell_ending(STAR, village.ada.id, DAY, Length.read(length))
        db.session.flush()
    first, second = mails()
    assert "2026年12月1日" in first.subject
    assert "星级主人" in first.subject
    assert first.key != second.key


@pytest.mark.parametrize(
    ("badge", "verdict"),
    [(stages(), "gain"), (levels(), "lose"), (presets.preset("rising-member"), "lose")],
)
def test_steps_and_what_ends_by_itself_are_not_written_about(app, village, badge, verdict):
    badge_letters.tell_decided(badge, village.ada.id, verdict, 1)
    assert mails() == []


def test_tiers_are_named(app, village):
    badge_letters.tell_decided(presets.preset("power-member"), village.ada.id, "gain", 2)
    assert [mail.subject for mail in mails()] == ["You hold a badge: Power member · Silver"]


def test_whoever_has_no_account_or_left_is_not_written_to(app, village):
    village.ada.erased_at = DAY
    badge_letters.tell_decided(STAR, village.ada.id, "lose", 0)
    badge_letters.tell_decided(STAR, 999, "lose", 0)
    assert mails() == []


def test_the_site_tells_through_letters(app):
    assert additions.at(ENDING) == (badge_letters.tell_ending,)
    assert additions.at(CORRECTED) == (badge_letters.tell_corrected,)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 10, tzinfo=UTC), None),
        (datetime(2026, 11, 17, tzinfo=UTC), "P14D"),
        (datetime(2026, 11, 27, 23, tzinfo=UTC), "P14D"),
        (datetime(2026, 11, 28, tzinfo=UTC), "P3D"),
        (datetime(2026, 12, 1, tzinfo=UTC), None),
    ],
)
def test_notice_is_due_some_days_before_the_assessment(now, due):
    found = notice_due(STAR, now)
    assert (str(found) if found else None) == due
