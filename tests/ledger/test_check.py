import shutil
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, text, update

from community.kit.db import connection, db
from community.ledger import audit, check, columns, segments
from community.ledger.models import Event, Fact, Subject, Voiding
from community.ledger.record import EVENTS, declare_many, record, void
from tests.conftest import NOON


@pytest.fixture
def town(village, app):
    """A ledger with something of everything in it, and its columns."""
    db.session.add(Subject(id=5, type="topic", owner=village.ada.id, made_at=NOON, title="Swim"))
    db.session.flush()
    db.session.add(Subject(id=6, type="answer", parent=5, made_at=NOON))
    for number in range(20):
        at = NOON + timedelta(days=number * 5)
        record("answer.posted", village.ada, village.ben, ("topic", 5), happened_at=at)
    for event in db.session.query(Event).filter(Event.id % 4 == 0).order_by(Event.id):
        void(event, "a mistake")
    fact = {"declared_at": NOON, "source": "there", "value": 1}
    declare_many(
        connection(),
        [
            fact | {"about": "member", "about_id": village.ada.id, "name": "reputation"},
            fact | {"about": "topic", "about_id": 5, "name": "badge:Good Question"},
        ],
    )
    audit.note(village.ann.id, "role.given", village.ben.id, "he asked")
    db.session.commit()
    audit.keep_head(app.config["DATA_DIR"])
    columns.here().extend()
    yield village
    (app.config["DATA_DIR"] / audit.HEAD).unlink()
    shutil.rmtree(columns.here().folder)


def unchecked(statement):
    """Do to the database what its constraints would refuse."""
    if db.engine.dialect.name == "sqlite":
        db.session.commit()
        driver = db.session.connection().connection.dbapi_connection
        driver.execute("COMMIT")
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("BEGIN IMMEDIATE")
        db.session.execute(statement)
        driver.execute("COMMIT")
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute("BEGIN IMMEDIATE")
    else:
        db.session.execute(text("SET session_replication_role = replica"))
        db.session.execute(statement)
        db.session.execute(text("SET session_replication_role = DEFAULT"))
    db.session.commit()


def some_file(column):
    store = columns.here()
    manifest = store.manifest()
    return store.folder / manifest.file(min(manifest.segments), column)


def flip(column):
    path = some_file(column)
    held = bytearray(path.read_bytes())
    held[3] ^= 1
    path.write_bytes(held)


def an_event(**more):
    return insert(EVENTS).values({"happened_at": NOON, "kind": "search.made", "actor": 1} | more)


def a_fact(**more):
    told = {"about": "member", "about_id": 1, "name": "views", "value": 1, "source": "x"}
    return insert(Fact).values(told | {"declared_at": NOON} | more)


def test_a_sound_ledger_has_no_problems(town):
    assert list(check.problems()) == []
    assert [name for name, _ in check.parts()] == [
        "audit",
        "ledger",
        "voidings",
        "subjects",
        "facts",
        "columns",
    ]


def test_a_new_ledger_has_no_problems(app):
    assert list(check.problems()) == []


def test_columns_without_any_voiding_are_compared_too(village):
    record("search.made", village.ada)
    db.session.commit()
    columns.here().rebuild()
    assert list(check.problems()) == []
    shutil.rmtree(columns.here().folder)


def test_columns_may_lag_behind(town):
    record("search.made", town.ada)
    void(db.session.get(Event, 1), "a mistake")
    db.session.commit()
    assert list(check.problems()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (an_event(kind="moon.landed"), "event 21 is of no known kind: moon.landed"),
        (
            an_event(subject_type="moon", subject_id=1),
            "event 21 is about something of no known type: moon",
        ),
        (an_event(actor=99), "event 21 names member 99, who is not there"),
        (an_event(other=99), "event 21 names member 99, who is not there"),
        (delete(Voiding).where(Voiding.id == 2), "event 8 is taken back, and nothing says by what"),
        (
            update(EVENTS).where(EVENTS.c.id == 8).values(voided_at=None),
            "voiding 2 takes event 8 back, which says otherwise",
        ),
        (
            update(EVENTS).where(EVENTS.c.id == 8).values(voided_at=NOON),
            "voiding 2 takes event 8 back, which says otherwise",
        ),
        (
            delete(EVENTS).where(EVENTS.c.id == 8),
            "voiding 2 takes event 8 back, which says otherwise",
        ),
        (
            insert(Subject).values(type="moon", made_at=NOON, renderer=1, id=9),
            "subject 9 is of no known type: moon",
        ),
        (
            update(Subject).where(Subject.id == 5).values(owner=99),
            "subject 5 belongs to member 99, who is not there",
        ),
        (
            update(Subject).where(Subject.id == 6).values(parent=98),
            "subject 6 is part of subject 98, which is not there",
        ),
        (a_fact(name="nonsense"), "fact 3 is of no known kind: nonsense"),
        (a_fact(about_id=99), "fact 3 is about member 99, which is not there"),
        (a_fact(about="answer", about_id=5), "fact 3 is about answer 5, which is not there"),
        (
            update(audit.AuditRow).values(reason="he did not"),
            "row 1 was changed, or one before it is missing",
        ),
        (delete(audit.AuditRow), "row 1 was there and is not any more"),
        (
            update(EVENTS).where(EVENTS.c.id == 3).values(value=77),
            "2026-06 differs from the database in value",
        ),
        (delete(EVENTS).where(EVENTS.c.id > 10), "2026-09 has 1 events, the database 0"),
        (
            update(EVENTS).where(EVENTS.c.id == 20).values(happened_at=NOON),
            "2026-06 has 6 events, the database 7",
        ),
    ],
)
def test_each_kind_of_wrong_is_said(town, change, says):
    unchecked(change)
    assert says in list(check.problems())


@pytest.mark.parametrize("column", list(columns.COLUMNS))
def test_a_bit_that_fell_over_is_found(town, column):
    flip(column)
    assert list(check.problems()) == [f"2026-06 differs from the database in {column}"]


def test_files_that_lack_are_told(town):
    some_file("actor").unlink()
    (problem,) = check.problems()
    assert problem.startswith("2026-06.actor is missing")
    (columns.here().folder / segments.MANIFEST).write_text("{}")
    (problem,) = check.problems()
    assert "manifest" in problem


def test_many_problems_are_not_all_told(town):
    for number in range(20):
        unchecked(an_event(kind=f"moon.{number}"))
    assert len(list(check.problems())) == check.SHOWN
