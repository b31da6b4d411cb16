"""A believable town to look at and to try things in: the same every time for a given seed."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select

from community.activity.accounts.models import Account
from community.activity.exchanges.offers import kindbook
from community.activity.members.models import Member
from community.demo import arrivals, deals, keeping, knowing, meetings, present, talks
from community.demo.chronicle import Chronicle
from community.demo.people import FEWEST, MOST, SPAN, STAFF, settle
from community.demo.words import Decks
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import connection, db
from community.kit.refusal import refuse_if
from community.kit.words import N_, Words

PASSWORD = "bread tea and good neighbours"  # noqa: S105 - it opens only sites under development
MEMBERS = 300


@dataclass(frozen=True)
class Login:
    """Somebody in the demo town whom one can sign in as; the password is None where it isn't known."""

    role: str
    handle: str
    name: str
    email: str
    password: str | None


@dataclass(frozen=True)
class Logins:
    """One to sign in as for each role."""

    member: Login
    manager: Login
    leader: Login
    admin: Login

    def __iter__(self) -> Iterator[Login]:
        return iter((self.member, self.manager, self.leader, self.admin))


def build(seed: int = 1, members: int = MEMBERS, until: datetime | None = None) -> Logins:
    """Load the demo town as it is at a moment, today's midnight unless said, and keep it.

    Refuses when anybody is here already, or when the town would be too small or too large.
    """
    until = until or clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    refuse_if(why_not_build(members, until, has_members=_has_members()))
    password = PASSWORD if current_app.config["IS_DEVELOPMENT"] else secrets.token_urlsafe(12)
    hashes = {login.handle: hash_password(password) for login in logins(password)}
    town = town_of(seed, members, until)
    keeping.keep(connection(), town, hashes)
    knowing.keep(connection(), town)
    kindbook.plant()
    db.session.commit()
    cache.clear()
    return logins(password)


def why_not_build(members: int, until: datetime, *, has_members: bool) -> Words | None:
    """Why the demo town can't be loaded; None when it can."""
    if has_members:
        return N_("Somebody is here already. The demo town is loaded only where nobody is.")
    if not FEWEST <= members <= MOST:
        return N_("The demo town has %(fewest)d to %(most)d members.", fewest=FEWEST, most=MOST)
    if until.tzinfo is None or until.year < 1980 or until.year > 2200:
        return N_("Say a day between 1980 and 2200.")
    return None


def town_of(seed: int, members: int, until: datetime) -> Chronicle:
    """All that happened in a town; it hangs on nothing but what is given."""
    rng, until = Random(seed), until.astimezone(UTC)
    people = settle(rng, members, until)
    town = Chronicle(rng, people, until - SPAN, until, Decks(rng))
    arrivals.arrive(town)
    arrivals.remember_the_board(town)
    deals.deal(town)
    present.stand(town)
    talks.talk(town)
    meetings.meet(town)
    meetings.write(town)
    meetings.look_for(town)
    meetings.hear(town)
    meetings.take_back(town)
    knowing.know(town)
    return town


def logins(password: str | None = PASSWORD) -> Logins:
    """Whom one can sign in as: the same in every demo town."""
    found = {
        staff.role: Login(
            staff.role, staff.handle, staff.name, keeping.email_of(staff.handle), password
        )
        for staff in STAFF
        if staff.has_login
    }
    return Logins(**found)


def is_loaded() -> bool:
    """Whether this site was begun with the demo town."""
    email = logins().admin.email
    return db.session.scalar(select(Account.id).where(Account.email == email)) is not None


def _has_members() -> bool:
    return db.session.scalar(select(Member.id).limit(1)) is not None
