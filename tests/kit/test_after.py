"""What waits for a commit happens once, and only if it comes."""

from sqlalchemy import text

from community.kit.after import after_commit
from community.kit.db import db


def test_it_is_done_once_when_kept(app):
    done = []
    db.session.execute(text("SELECT 1"))
    after_commit(lambda: done.append(1))
    assert done == []
    db.session.commit()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert done == [1]


def test_it_is_not_done_when_given_up(app):
    done = []
    db.session.execute(text("SELECT 1"))
    after_commit(lambda: done.append(1))
    db.session.rollback()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert done == []


def test_a_savepoint_is_not_the_end(app):
    done = []
    with db.session.begin_nested():
        after_commit(lambda: done.append(1))
    assert done == []
    db.session.commit()
    assert done == [1]


def test_one_that_fails_keeps_no_other_from_being_done(app):
    done = []
    db.session.execute(text("SELECT 1"))
    after_commit(lambda: 1 / 0)
    after_commit(lambda: done.append(2))
    db.session.commit()
    assert done == [2]
