"""Which jobs there are, when each is next, and who wants one now."""

from datetime import timedelta

from community.kit import runs
from community.kit.db import db
from tests.conftest import NOON

LATER = NOON + timedelta(hours=1)


def told():
    db.session.expire_all()
    return [(row.job, row.label, row.next_at) for row in runs.plans()]


def test_jobs_are_written_down_by_name(app):
    runs.plan({"tidy": ("Tidy up", LATER), "send": ("Send letters", None)})
    db.session.commit()
    assert told() == [("send", "Send letters", None), ("tidy", "Tidy up", LATER)]


def test_what_is_planned_anew_takes_the_place_of_what_was(app):
    runs.plan({"tidy": ("Tidy up", NOON), "gone": ("Is no more", NOON), "same": ("Same", NOON)})
    db.session.commit()
    runs.plan({"tidy": ("Tidy", LATER), "new": ("Is new", LATER), "same": ("Same", NOON)})
    db.session.commit()
    assert told() == [("new", "Is new", LATER), ("same", "Same", NOON), ("tidy", "Tidy", LATER)]


def test_planning_the_same_again_writes_nothing(app, statements):
    planned = {"tidy": ("Tidy up", NOON), "send": ("Send letters", None)}
    runs.plan(planned)
    db.session.commit()
    statements.clear()
    runs.plan(planned)
    assert [said for said, _ in statements if not said.startswith("SELECT")] in (
        [],
        ["BEGIN IMMEDIATE"],
    )


def test_a_wish_is_granted_once(app):
    runs.plan({"tidy": ("Tidy up", NOON), "send": ("Send letters", NOON)})
    assert runs.wish("tidy")
    assert runs.wish("tidy")
    db.session.commit()
    assert runs.wishes() == ["tidy"]
    db.session.commit()
    assert runs.wishes() == []


def test_several_wishes_are_granted_at_once(app):
    runs.plan({"tidy": ("Tidy up", NOON), "send": ("Send letters", NOON)})
    for job in ("tidy", "send"):
        assert runs.wish(job)
    assert sorted(runs.wishes()) == ["send", "tidy"]


def test_nobody_can_wish_for_what_is_no_job(app):
    assert not runs.wish("nonsense")
    assert runs.wishes() == []


def test_a_wish_outlives_a_new_plan_but_not_its_job(app):
    runs.plan({"tidy": ("Tidy up", NOON), "gone": ("Is no more", NOON)})
    runs.wish("tidy")
    runs.wish("gone")
    runs.plan({"tidy": ("Tidy up", LATER)})
    db.session.commit()
    assert runs.wishes() == ["tidy"]


def test_a_wish_that_was_not_kept_stays(app):
    """Whoever took it died before the job began."""
    runs.plan({"tidy": ("Tidy up", NOON)})
    runs.wish("tidy")
    db.session.commit()
    assert runs.wishes() == ["tidy"]
    db.session.rollback()
    assert runs.wishes() == ["tidy"]
