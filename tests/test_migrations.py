"""The numbered steps: they agree with the models, and go up, down and up again with data in them."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, func, select

from community.activity.members.models import MemberWord
from community.activity.members.rules import found_under
from community.kit.db import db
from community.ledger.models import Event
from community.ledger.record import record, void
from community.migrations.tables import metadata
from community.web import create_app
from tests.conftest import make_account, make_member, settings_for

VERSIONS = Path(__file__).resolve().parent.parent / "community" / "migrations" / "versions"


def _differences(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, metadata)


def _schema(connection):
    found = MetaData()
    found.reflect(connection)
    return sorted(
        (table.name, column.name, str(column.type), column.nullable)
        for table in found.tables.values()
        for column in table.columns
    )


def test_models_and_migrations_agree(app):
    with db.engine.connect() as connection:
        assert _differences(connection) == []


def test_up_down_up_with_data(fresh_database):
    app = create_app(settings_for(fresh_database))
    with app.app_context():
        upgrade()
        ada = make_member("ada")
        make_account(ada)
        void(record("member.joined", ada), "a test")
        db.session.commit()
        with db.engine.connect() as connection:
            before = _schema(connection)
        for _step in _steps():
            downgrade(revision="-1")
        upgrade()
        with db.engine.connect() as connection:
            assert _schema(connection) == before
            assert _differences(connection) == []
            assert connection.scalar(select(func.count()).select_from(Event)) == 0
        db.session.remove()
        db.engine.dispose()


def test_members_who_had_a_place_are_found_by_it(fresh_database):
    app = create_app(settings_for(fresh_database))
    with app.app_context():
        upgrade()
        make_member("ada", "Ada", place="Old Porto")
        make_member("ben", "Ben")
        db.session.commit()
        names = _words()
        for _turn in range(2):
            downgrade(revision="0007")
            assert _words() == names
            upgrade()
            assert _words() == names | set(found_under("Ada", "ada", "Old Porto"))
        db.session.remove()
        db.engine.dispose()


def _words():
    with db.engine.connect() as connection:
        return set(connection.scalars(select(MemberWord.word)))


def _steps():
    return sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")


def test_steps_are_numbered_and_named_by_sentences():
    for number, path in enumerate(_steps(), 1):
        assert re.fullmatch(rf"{number:04}(_[a-z]+){{2,}}\.py", path.name), path.name
        assert re.match(r'"""[A-Z][^"]+\."""', path.read_text()), path.name
