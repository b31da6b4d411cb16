"""Checking a password takes long, and nobody has to wait for it; what changes meanwhile counts."""

import pytest
from sqlalchemy import select, update

from community.activity.accounts import actions
from community.activity.accounts.models import Account, SignIn
from community.kit import dialects, outbox
from community.kit.db import db
from community.kit.outbox import Mail
from tests.conftest import PASSWORD


def sign_in(app, email="ada@village.example"):
    db.session.rollback()
    return app.test_client().post("/sign-in", data={"email": email, "password": PASSWORD})


@pytest.fixture
def meanwhile(app, monkeypatch):
    """Do something in a transaction of its own while a password is being checked."""
    check = actions.is_password_of

    def when(do):
        def checked(account, password):
            with app.app_context():
                do()
                db.session.commit()
            return check(account, password)

        monkeypatch.setattr(dialects, "PATIENCE", 1)
        monkeypatch.setattr(actions, "is_password_of", checked)

    yield when
    # Connections that were opened meanwhile are impatient.
    db.session.remove()
    db.engine.dispose()


@pytest.mark.parametrize("email", ["ada@village.example", "nobody@village.example"])
def test_others_write_while_a_password_is_checked(app, village, meanwhile, email):
    meanwhile(lambda: outbox.queue(None, "Hello", "Hello"))
    assert sign_in(app, email).status_code == (303 if email.startswith("ada") else 422)
    assert len(db.session.scalars(select(Mail)).all()) == 1


@pytest.mark.parametrize("change", [{"password": "another"}, {"email": "moved@village.example"}])
def test_who_was_changed_while_they_came_in_does_not_come_in(app, village, meanwhile, change):
    mine = update(Account).where(Account.email == "ada@village.example").values(**change)
    meanwhile(lambda: db.session.execute(mine))
    assert sign_in(app).status_code == 422
    assert db.session.scalars(select(SignIn)).all() == []
