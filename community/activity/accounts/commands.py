"""Accounts from the command line: who can sign in, and as what."""

import sys

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import AppGroup
from sqlalchemy import select

from community.activity.accounts import actions, queries
from community.activity.accounts.models import Account
from community.activity.members import rules
from community.activity.members.models import ROLES, Member
from community.kit import text
from community.kit.db import db
from community.kit.refusal import Refused, refuse_if
from community.kit.words import N_
from community.ledger import audit
from community.ledger.record import record

user = AppGroup("user", help="Who can sign in, and as what.")


@user.command("create")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--name", required=True, help="What people call them.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(email: str, name: str, role: str, *, password_stdin: bool) -> None:
    r"""Make a member who can sign in at once, their address taken as confirmed.

    \b
    Example:
      echo "a quiet evening by the river" |
        flask user create --email ann@town.example --name "Ann Park" --role admin --password-stdin
    """
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    try:
        handle = _create(email, text.line(name, 120), role, password)
    except Refused as refused:
        db.session.rollback()
        raise click.ClickException(str(refused.reason)) from None
    click.echo(f"{handle} can sign in with {email.lower()} as {role}.")


@user.command("role")
@click.argument("handle")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--reason", required=True, help="Why; it is kept for good.")
def give_role(handle: str, role: str, reason: str) -> None:
    r"""Give a member another role. They are signed out everywhere.

    \b
    Example:
      flask user role ben manager --reason "Looks after newcomers from June"
    """
    member = queries.member_by_handle(handle)
    if member is None:
        raise click.ClickException(f"There is no member {handle}.")
    try:
        actions.give_role(member, role, reason)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        raise click.ClickException(str(refused.reason)) from None
    click.echo(f"{handle} is {role} now.")


@user.command("list")
@click.option("--role", type=click.Choice(ROLES), help="Only those of this role.")
def show(role: str | None) -> None:
    r"""List who can sign in: handle, role, address, second factor.

    \b
    Example:
      flask user list --role admin
    """
    accounts = select(Account).join(Account.member).order_by(Member.role, Member.handle)
    if role:
        accounts = accounts.where(Member.role == role)
    for account in db.session.scalars(accounts):
        has_more = account.tf_primary_method or account.webauthn
        click.echo(
            "\t".join(
                (
                    account.member.handle,
                    account.member.role,
                    account.email,
                    "second factor" if has_more else "password only",
                    "" if account.active else "closed",
                )
            ).rstrip()
        )


def _create(email: str, name: str, role: str, password: str) -> str:
    try:
        email = validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Refused(str(error)) from None
    # Those who run a site may be called what the site is called.
    refuse_if(rules.why_not_name(name))
    refuse_if(actions.why_not_password(password, name, email))
    if queries.by_email(email) is not None:
        raise Refused(N_("There is an account with this address already."))
    member = actions.new_member(name, role=role)
    actions.new_account(member, email, actions.hashed_password(password))
    record("member.joined", member)
    if role != "member":
        audit.note(
            None, "role.given", member.id, "made on the command line", before=None, role=role
        )
    handle = member.handle
    db.session.commit()
    return handle
