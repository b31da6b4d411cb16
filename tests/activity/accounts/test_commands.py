"""Members and roles from the command line."""

import pytest
from sqlalchemy import select

from community.activity.accounts.models import Account
from community.activity.members.models import Member
from community.ledger.audit import AuditRow, first_bad
from tests.activity.accounts.conftest import is_in, look
from tests.conftest import PASSWORD


@pytest.fixture
def run(app):
    return app.test_cli_runner().invoke


def create(run, *more, password="seven quiet herons wade", email="dora@village.example"):
    return run(
        args=["user", "create", "--email", email, "--name", "Dora Maar", "--password-stdin", *more],
        input=f"{password}\n",
    )


def role_of(handle):
    return look(select(Member.role).where(Member.handle == handle))[0]


def test_a_member_made_here_signs_in_at_once(app, village, run, client):
    answer = create(run, "--role", "manager", email="Dora@Village.example")
    assert (answer.exit_code, answer.output) == (
        0, "dora-maar can sign in with dora@village.example as manager.\n",
    )  # fmt: skip
    client.post(
        "/sign-in", data={"email": "dora@village.example", "password": "seven quiet herons wade"}
    )
    assert is_in(client)
    assert role_of("dora-maar") == "manager"


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"email": "nothing"}, "@"),
        ({"email": "ada@village.example"}, "already"),
        ({"password": "short"}, "at least 8"),
        ({"password": ""}, "at least 8"),
        ({"password": "password123"}, "easy to guess"),
    ],
)
def test_what_can_not_be_made_is_said(app, village, run, how, says):
    before = len(look(select(Account)))
    answer = create(run, **how)
    assert answer.exit_code == 1
    assert says in answer.output
    assert len(look(select(Account))) == before
    assert look(select(Member).where(Member.name == "Dora Maar")) == []


def test_a_role_is_given_with_a_reason_and_ends_the_sessions(app, village, run, as_member):
    ben = as_member(village.ben)
    answer = run(args=["user", "role", "ben", "manager", "--reason", "Knows everybody"])
    assert (answer.exit_code, answer.output) == (0, "ben is manager now.\n")
    assert role_of("ben") == "manager"
    assert not is_in(ben)
    rows = look(select(AuditRow).order_by(AuditRow.id))
    assert [(row.act, row.reason, row.about) for row in rows] == [
        ("role.given", "Knows everybody", village.ben.id)
    ]
    assert first_bad(rows) is None


@pytest.mark.parametrize(
    ("handle", "role", "reason", "says"),
    [
        ("ann", "member", "She left", "last admin"),
        ("ben", "member", "Why not", "that role already"),
        ("ben", "manager", "  ", "Say why"),
        ("nobody", "manager", "x", "no member nobody"),
    ],
)
def test_what_role_can_not_be_given(app, village, run, handle, role, reason, says):
    answer = run(args=["user", "role", handle, role, "--reason", reason])
    assert answer.exit_code == 1
    assert says in answer.output
    assert look(select(AuditRow)) == []
    assert role_of("ann") == "admin"


def test_an_admin_can_go_when_there_is_another(app, village, run):
    run(args=["user", "role", "ben", "admin", "--reason", "Takes over"])
    assert run(args=["user", "role", "ann", "member", "--reason", "Retires"]).exit_code == 0
    assert run(args=["user", "role", "ben", "member", "--reason", "x"]).exit_code == 1


def test_the_list_shows_who_can_sign_in_and_no_secret(app, village, run):
    answer = run(args=["user", "list"])
    assert len(answer.output.splitlines()) == 6
    assert "ann\tadmin\tann@village.example\tpassword only" in answer.output
    assert "argon2" not in answer.output
    assert PASSWORD not in answer.output
    assert len(run(args=["user", "list", "--role", "manager"]).output.splitlines()) == 1
