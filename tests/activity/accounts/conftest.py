"""What tests of the door have in hand: a look at the database, the letters, a count of work."""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community.activity.accounts import security
from community.activity.accounts.models import Account
from community.kit.db import db
from community.kit.outbox import Mail


def look(statement):
    """What stands in the database, without keeping others from writing."""
    db.session.rollback()
    with Session(db.engine, expire_on_commit=False) as apart:
        return apart.scalars(statement).all()


def account_of(member):
    return look(select(Account).where(Account.member_id == member.id))[0]


def letters(address=None):
    """The letters in the outbox, those to nobody included unless an address is asked for."""
    every = look(select(Mail).order_by(Mail.id))
    return [mail for mail in every if address is None or mail.address == address]


def link_in(mail):
    """The path of the one link that a letter asks to open."""
    found = re.search(r"^(http\S+)$", mail.text, re.MULTILINE)
    assert found, mail.text
    assert found[1].startswith("http://127.0.0.1:8000/"), found[1]
    return found[1].removeprefix("http://127.0.0.1:8000")


def is_in(browser) -> bool:
    return browser.get("/settings/places", buffered=True).status_code == 200


@pytest.fixture
def work(app, monkeypatch):
    """Count what a request costs: hashes, statements by kind, rows that were put in."""

    @contextmanager
    def counted():
        done = SimpleNamespace(hashes=0, statements=[])

        def hashing(self, *args, **kwargs):
            done.hashes += 1
            return self._context.hash(*args, **kwargs)

        def verifying(self, *args, **kwargs):
            done.hashes += 1
            return self._context.verify(*args, **kwargs)

        def note(conn, cursor, statement, parameters, context, executemany):
            rows = len(parameters) if executemany else 1
            done.statements.append((" ".join(statement.split()[:3]), rows))

        with monkeypatch.context() as patched:
            patched.setattr(security.FewAtOnce, "hash", hashing)
            patched.setattr(security.FewAtOnce, "verify", verifying)
            event.listen(db.engine, "before_cursor_execute", note)
            try:
                yield done
            finally:
                event.remove(db.engine, "before_cursor_execute", note)

    return counted
