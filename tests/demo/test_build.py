"""The demo town in the database: the same every time, and nothing in it that can't be."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from community import demo
from community.activity.accounts.models import Account
from community.activity.members.models import Identity, Member, MemberTag, MemberWord
from community.activity.members.rules import why_not_handle
from community.demo.people import FEWEST, MOST
from community.kit.db import connection, db
from community.kit.refusal import Refused
from community.ledger.kinds import KINDS, SUBJECT_CODES
from community.ledger.models import Event, Fact, Subject, Voiding
from community.migrations.tables import metadata
from community.web.keeping import _checks
from tests.conftest import _empty, make_member
from tests.demo.conftest import UNTIL


def _digest() -> str:
    """Of every row of every table, but for passwords, whose hashes are salted."""
    whole = hashlib.sha256()
    for table in metadata.sorted_tables:
        columns = ", ".join(c.name for c in table.columns if c.name != "password")
        key = ", ".join(c.name for c in table.primary_key.columns)
        rows = connection().exec_driver_sql(f"SELECT {columns} FROM {table.name} ORDER BY {key}")
        whole.update(repr((table.name, [tuple(row) for row in rows])).encode())
    db.session.rollback()
    return whole.hexdigest()


def _built(database, **asked) -> str:
    db.session.remove()
    _empty(database.name)
    demo.build(**{"members": 30, "until": UNTIL, **asked})
    return _digest()


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(app, database):
    first = _built(database, seed=7)
    assert _built(database, seed=7) == first
    assert _built(database, seed=8) != first
    assert _built(database, seed=7, until=UNTIL + timedelta(days=1)) != first


@time_machine.travel(datetime(2026, 5, 5, 17, 30, tzinfo=UTC), tick=False)
def test_without_a_day_it_ends_at_todays_midnight_and_this_week_is_alive(app):
    demo.build(members=30)
    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    last = db.session.scalar(select(func.max(Event.happened_at)))
    assert midnight - timedelta(days=2) < last < midnight
    public = [kind.name for kind in KINDS.values() if kind.sight == "everyone"]
    between_two = db.session.scalar(
        select(func.count()).where(
            Event.happened_at > midnight - timedelta(days=7),
            Event.kind.in_(public),
            Event.actor.is_not(None),
            Event.other.is_not(None),
        )
    )
    assert between_two >= 3


@pytest.mark.parametrize("members", [FEWEST, 30])
def test_it_has_as_many_members_as_asked(app, members):
    demo.build(members=members, until=UNTIL)
    assert db.session.scalar(select(func.count()).select_from(Member)) == members
    assert db.session.scalar(select(func.count()).select_from(Event)) > 40 * members


def test_there_is_one_login_a_role_that_opens(town, app):
    assert [login.role for login in town] == ["member", "manager", "leader", "admin"]
    assert town == demo.logins()
    for login in town:
        member = db.session.scalar(select(Member).where(Member.handle == login.handle))
        assert (member.role, member.name) == (login.role, login.name)
        assert member.headline
        assert member.background_html
    answer = app.test_client().post(
        "/sign-in", data={"email": town.leader.email, "password": town.leader.password}
    )
    assert answer.status_code in (302, 303)


def test_only_the_four_have_a_password_and_every_address_is_an_example(town):
    accounts = db.session.scalars(select(Account)).all()
    assert sum(account.password is not None for account in accounts) == 4
    assert all(a.email.endswith(".example") and a.confirmed_at for a in accounts)
    roles = dict(db.session.execute(select(Member.role, func.count()).group_by(Member.role)).all())
    assert (roles["manager"], roles["leader"], roles["admin"]) == (2, 1, 1)


def test_nothing_happens_before_its_actor_came_or_after_the_end(town):
    early = (
        select(Event.kind, Member.handle)
        .join(Member, Member.id == Event.actor)
        .where((Event.happened_at < Member.joined_at) | (Event.happened_at >= UNTIL))
    )
    assert db.session.execute(early).all() == []
    unmet = (
        select(Event.kind, Member.handle)
        .join(Member, Member.id == Event.other)
        .where(Event.happened_at < Member.joined_at, Event.kind != "invitation.sent")
    )
    assert db.session.execute(unmet).all() == []
    last = select(func.max(Event.happened_at)).where(Event.actor == Member.id).scalar_subquery()
    wrong = select(Member.handle).where(Member.active_at != func.coalesce(last, Member.joined_at))
    assert db.session.scalars(wrong).all() == []


def test_whoever_is_unclaimed_did_nothing_here_themselves(town):
    of_theirs = (
        select(Event.kind)
        .join(Member, Member.id == Event.actor)
        .where(Member.claimed_at.is_(None), Member.erased_at.is_(None), Event.source.is_(None))
    )
    assert db.session.scalars(of_theirs).all() == []
    unclaimed = select(func.count()).select_from(Member).where(Member.claimed_at.is_(None))
    assert db.session.scalar(unclaimed) >= 2
    assert db.session.scalar(select(func.count()).select_from(Identity)) >= 4
    assert db.session.scalar(select(func.count()).select_from(Fact)) >= 4


def test_every_kind_happens(town):
    seen = set(db.session.scalars(select(Event.kind).distinct()))
    assert seen == set(KINDS)
    assert set(db.session.scalars(select(Event.subject_type).distinct())) - {None} <= set(
        SUBJECT_CODES
    )


def test_what_an_event_is_about_is_there_and_of_that_type(town):
    lost = (
        select(Event.kind, Event.subject_type)
        .outerjoin(Subject, (Subject.id == Event.subject_id) & (Subject.type == Event.subject_type))
        .where(Event.subject_id.is_not(None), Subject.id.is_(None))
    )
    assert db.session.execute(lost).all() == []
    later = (
        select(Event.kind)
        .join(Subject, Subject.id == Event.subject_id)
        .where(Event.happened_at < Subject.made_at, Event.kind != "offer.viewed")
    )
    assert db.session.scalars(later).all() == []
    untold = select(Subject.type).where(
        Subject.html.is_(None),
        Subject.type.not_in(["exchange", "page"]),
        # What staff removed is told nowhere.
        Subject.owner.is_not(None),
    )
    assert db.session.scalars(untold).all() == []
    raw = select(Subject.html).where(Subject.html.contains("{") | Subject.title.contains("{"))
    assert db.session.scalars(raw).all() == []


def test_some_events_were_taken_back_with_a_reason(town):
    voided = db.session.execute(
        select(Event.happened_at, Event.voided_at, Event.void_reason, Voiding.voided_at).join(
            Voiding, Voiding.event_id == Event.id
        )
    ).all()
    assert len(voided) >= 4
    assert all(row[0] < row[1] == row[3] < UNTIL and row[2] for row in voided)


def test_members_are_found_in_their_own_script(town):
    assert (
        db.session.scalar(select(Member.handle).join(MemberWord).where(MemberWord.word == "林晓"))
        == town.leader.handle
    )
    names = "".join(db.session.scalars(select(Member.name)))
    for first, last in (("一", "鿿"), ("ا", "ي"), ("А", "я"), ("ऀ", "ॿ")):
        assert any(first <= letter <= last for letter in names), (first, last)
    kinds = {tuple(row) for row in db.session.execute(select(MemberTag.kind, MemberTag.value))}
    assert {("language", "zh"), ("interest", "gardening")} <= kinds
    handles = db.session.scalars(select(Member.handle).where(Member.erased_at.is_(None)))
    assert [h for h in handles if why_not_handle(h)] == []


def test_the_house_finds_nothing_wrong(town):
    assert [problem for _, problems in _checks() for problem in problems] == []


def test_it_is_refused_where_anybody_is(app):
    make_member("ada")
    db.session.commit()
    with pytest.raises(Refused, match="Somebody is here already"):
        demo.build(members=30, until=UNTIL)
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1
    assert not demo.is_loaded()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"members": FEWEST - 1}, "to 1000 members"),
        ({"members": MOST + 1}, "to 1000 members"),
        ({"until": datetime(1970, 1, 1, tzinfo=UTC)}, "Say a day"),
        ({"until": datetime(2026, 1, 1)}, "Say a day"),  # noqa: DTZ001 - that is the case
    ],
)
def test_a_town_that_can_not_be_is_refused(app, asked, says):
    with pytest.raises(Refused, match=says):
        demo.build(**{"members": 30, "until": UNTIL, **asked})
    assert db.session.scalar(select(func.count()).select_from(Member)) == 0
