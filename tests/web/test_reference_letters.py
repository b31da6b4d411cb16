"""Letters about references: to whom it concerns, who wants them, once of a pair."""

import pytest
from sqlalchemy import select

from community.activity.exchanges.references import actions
from community.activity.members.models import NOBODY
from community.kit.db import db
from community.kit.outbox import Mail

WORDS = "We shared a kitchen for three years."


def mails():
    return db.session.scalars(select(Mail).order_by(Mail.id)).all()


@pytest.mark.parametrize(("letters", "many"), [(0, 0), (1, 1), (2, 1)])
def test_who_is_written_about_is_told_if_they_want(app, village, letters, many):
    village.ada.letters = letters
    actions.refer(village.ben.id, village.ada, "friend", WORDS)
    assert [mail.address for mail in mails()] == ["ada@village.example"] * many
    for mail in mails():
        assert mail.subject == "Ben Okafor says how they know you"
        assert "/members/ada/references" in mail.text
        assert "kitchen" not in mail.text


def test_of_a_pair_it_is_told_once(app, village):
    for _ in range(2):
        reference = actions.refer(village.ben.id, village.ada, "friend", WORDS)
        actions.take_back(reference, village.ben.id)
        db.session.flush()
    assert len(mails()) == 1


def test_who_is_hidden_is_not_named(app, village):
    village.ben.sees_profile = NOBODY
    actions.refer(village.ben.id, village.ada, "friend", WORDS)
    (mail,) = mails()
    assert "Ben" not in mail.subject + mail.text


def test_its_author_is_told_why_it_was_taken_off(app, village):
    reference = actions.refer(village.ben.id, village.ada, "friend", WORDS)
    for _ in range(2):
        actions.remove(reference, village.mia, "An insult in disguise")
        actions.put_back(reference, village.mia, "It was a joke")
    _, first, second = mails()
    assert first.address == second.address == "ben@village.example"
    assert "An insult in disguise" in first.text
    assert first.subject == "What you said of Ada Lindqvist was taken off"
