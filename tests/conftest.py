"""One small named village, on both databases.

Ada hosts, Ben was her guest, Cy watches; Mia manages, Leo leads, Ann runs the site.
"""

import os
import shutil
import tempfile
import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from flask import has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event, text

from community.activity.accounts.models import Account
from community.activity.members.models import Member, MemberWord
from community.activity.settings import erasures
from community.kit import search
from community.kit.cache import cache
from community.kit.db import db
from community.kit.limits import limiter
from community.migrations.tables import metadata
from community.web import create_app

IN_CI = os.environ.get("CI") == "true"
POSTGRES = "postgresql://postgres@127.0.0.1:5432"
PASSWORD = "a quiet evening by the river"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PEOPLE = {
    "ada": ("Ada Lindqvist", "member"),
    "ben": ("Ben Okafor", "member"),
    "cy": ("李明", "member"),
    "mia": ("Mia Costa", "manager"),
    "leo": ("Leo Brandt", "leader"),
    "ann": ("Ann Park", "admin"),
}


def pytest_report_header() -> str:
    return f"databases: sqlite, postgresql ({_why_no_postgres() or 'reachable'})"


def _why_no_postgres() -> str | None:
    try:
        psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return "no PostgreSQL at 127.0.0.1:5432"
    return None


@contextmanager
def new_database(kind: str):
    """An empty database of the test's own making, dropped afterwards."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        if kind == "sqlite":
            yield SimpleNamespace(url=f"sqlite:///{folder / 'kith.db'}", folder=folder, name=kind)
            return
        why = _why_no_postgres()
        if why and IN_CI:
            pytest.fail(why)
        if why:
            pytest.skip(why)
        name = f"kith_test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
            # The disk is not what is tested here, and thousands of commits would wait for it.
            server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        url = f"postgresql+psycopg://postgres@127.0.0.1:5432/{name}"
        yield SimpleNamespace(url=url, folder=folder, name=kind)
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def databases():
    """The databases of this session, each made when it is first asked for, kept to its end."""
    with ExitStack() as stack:
        made = {}

        def database_of(kind):
            if kind not in made:
                made[kind] = stack.enter_context(new_database(kind))
            return made[kind]

        yield database_of


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, databases):
    """The database of a test: one after the other, whatever order the tests run in."""
    return databases(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request):
    """A database of one test's own, without tables."""
    with new_database(request.param) as database:
        yield database


class Browser(FlaskClient):
    """A browser whose requests have contexts of their own, as on a real server."""

    def open(self, *args, **kwargs):
        # What the test itself has read is let go, or its transaction would keep the request waiting.
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)


def settings_for(database) -> dict:
    return {
        "TESTING": True,
        "KITH_ENV": "development",
        "IS_DEVELOPMENT": True,
        "DATABASE_URL": database.url,
        "DATA_DIR": database.folder,
        "SECRET_KEY": "tests-only-" + "k3y" * 12,
        "SECURITY_PASSWORD_SALT": "tests-only-" + "s4lt" * 9,
        "TOTP_SECRET": "tests-only-" + "t0tp" * 9,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__time_cost": 1,
            "argon2__memory_cost": 64,
            "argon2__parallelism": 1,
        },
        "WTF_CSRF_ENABLED": False,
    }


@pytest.fixture(scope="session")
def apps():
    """The applications of this session, each built and migrated when it is first asked for."""
    made = {}

    def app_on(database):
        if database.name not in made:
            app = made[database.name] = create_app(settings_for(database))
            app.test_client_class = Browser
            with app.app_context():
                upgrade()
        return made[database.name]

    yield app_on
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def built(apps, database):
    """The application on its migrated database."""
    return apps(database)


@pytest.fixture
def app(built, database):
    """The application with an empty database, inside an application context."""
    limiter.enabled = False
    with built.app_context():
        cache.clear()
        yield built
        db.session.rollback()
        db.session.remove()
        _empty(database.name)
        data = Path(built.config["DATA_DIR"])
        for folder in ("columns", "ties"):
            shutil.rmtree(data / folder, ignore_errors=True)
        erasures.log_of(data).unlink(missing_ok=True)


def _empty(dialect: str) -> None:
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    emptied = [f"DELETE FROM {table}" for table in tables]
    with db.engine.begin() as connection:
        if dialect == "postgresql":
            # One question for all: many small ones, or TRUNCATE, would cost more than most tests.
            connection.exec_driver_sql(
                ";".join(
                    [
                        "SET LOCAL session_replication_role = replica",
                        *emptied,
                        "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence",
                    ]
                )
            )
            return
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for statement in emptied:
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM sqlite_sequence"))
        # What a test learned of its few rows must not plan the questions of the next one.
        connection.execute(text("DROP TABLE IF EXISTS sqlite_stat1"))
        connection.execute(text("DROP TABLE IF EXISTS sqlite_stat4"))


def make_member(handle: str, name: str | None = None, role: str = "member", **more) -> Member:
    """A member, found under their name; not committed."""
    name = name or handle.title()
    joined = more.pop("joined_at", NOON)
    member = Member(
        handle=handle,
        name=name,
        name_key=search.fold(name),
        role=role,
        joined_at=joined,
        active_at=more.pop("active_at", joined),
        **more,
    )
    db.session.add(member)
    db.session.flush()
    db.session.add_all(
        MemberWord(word=w, member_id=member.id) for w in search.words(f"{name} {handle}")
    )
    return member


def make_account(member: Member, email: str | None = None, password: str = PASSWORD) -> Account:
    """An account that is confirmed; not committed."""
    from flask_security import hash_password

    account = Account(
        member_id=member.id,
        email=email or f"{member.handle}@village.example",
        password=hash_password(password),
        fs_uniquifier=uuid.uuid4().hex,
        confirmed_at=member.joined_at,
        create_datetime=member.joined_at,
    )
    member.claimed_at = member.joined_at
    db.session.add(account)
    return account


@pytest.fixture
def village(app):
    """The six of the village, with accounts, committed."""
    people = {}
    for number, (handle, (name, role)) in enumerate(PEOPLE.items()):
        people[handle] = make_member(handle, name, role, joined_at=NOON + timedelta(days=number))
        make_account(people[handle])
    db.session.commit()
    return SimpleNamespace(**people)


@pytest.fixture
def client(app):
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture
def as_member(app):
    """Give a member, get a browser in which they are signed in."""

    def sign_in(member: Member):
        browser = app.test_client()
        answer = browser.post(
            "/sign-in", data={"email": f"{member.handle}@village.example", "password": PASSWORD}
        )
        assert answer.status_code in (302, 303), answer.text
        return browser

    return sign_in


@pytest.fixture
def statements(app):
    """What was asked of the database since: a list of (statement, parameters)."""
    asked = []

    def note(connection, cursor, statement, parameters, context, executemany):
        asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)
