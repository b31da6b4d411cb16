"""What the pages of exchanges cost: processor time, questions, bytes.

Builds 5,000 members who dealt with each other on SQLite in a temporary folder; one of them took
part in 2,000 exchanges and 50,000 events. Asks for their pages as that member and as the other
side, through the whole application. No page may cost more than 50 ms, or more questions than
stand beside it.

    python benchmarks/exchanges.py [EVENTS]
"""

import random
import sys
from datetime import timedelta

from asking import HEAD, PASSWORD, a_site, line, measure, signed_in
from flask_security import hash_password

from community.activity.accounts.models import Account
from community.activity.exchanges.deals.models import Exchange, ExchangeMove, Message, Recap
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import Member
from community.kit import clock, dialects
from community.kit.db import db
from community.ledger.models import Subject
from community.ledger.record import record_many

ROUNDS, MEMBERS, DEALS, SAID = 60, 5_000, 2_000, 60
ME, OTHER = 7, 8
MOST_MS = 50.0
STATES = ("completed",) * 8 + ("under_way", "requested")
KINDS = ("exchange.completed", "thanks.given", "enquiry.made")
COMPLETED, OPENED = 1, 2
PAGES = {
    "/exchanges": 5,
    "/exchanges?tab=open": 5,
    "/exchanges?tab=past": 5,
    f"/exchanges/{COMPLETED}": 5,
    f"/exchanges/{OPENED}": 5,
    f"/exchanges/{COMPLETED}/review": 5,
    f"/exchanges/{OPENED}/review": 5,
    "/offers/7": 5,
    "/offers/7/ask": 5,
    "/reviews": 5,
    "/members/member-7/reviews": 5,
    "/members/member-7/recaps": 5,
    "/members/member-{other}/together": 7,
}
"""The pages, and how many questions each may ask."""


def build(events: int) -> None:
    """Fill the database fast."""
    now, rnd = clock.now(), random.Random(9)
    connection = db.session.connection()
    people = [
        {"id": n, "handle": f"member-{n}", "name": f"Maria {n}", "name_key": f"maria {n}", "role": "member",
         "joined_at": now - timedelta(days=900), "claimed_at": now, "active_at": now, "place": "Lisboa", "sees_profile": 0,
         "sees_place": 1, "sees_details": 0, "sees_links": 1, "sees_timeline": 0, "letters": 2}
        for n in range(1, MEMBERS + 1)
    ]  # fmt: skip
    dialects.insert_new(connection, Member.__table__, people)
    db.session.add(OfferKind(id=1, name="stay", label="A stay", unit="night", grain="day"))
    db.session.flush()
    subjects = [
        {"id": n, "type": "offer", "owner": n, "made_at": now, "title": f"Room {n}", "html": "", "renderer": 1}
        for n in range(1, MEMBERS + 1)
    ]  # fmt: skip
    dialects.insert_new(connection, Subject.__table__, subjects)
    offers = [
        {"id": n, "subject_id": n, "owner_id": n, "kind_id": 1, "state": "published", "title": f"Room {n}",
         "title_key": f"room {n}", "made_at": now, "changed_at": now, "published_at": now}
        for n in range(1, MEMBERS + 1)
    ]  # fmt: skip
    dialects.insert_new(connection, Offer.__table__, offers)
    for n in range(1, DEALS + 1):
        _deal(n, now, rnd)
    _said(now)
    for start in range(0, events, 10_000):
        rows = []
        for n in range(start, min(start + 10_000, events)):
            one, other = (ME, _with(rnd, n)) if n % 2 else (_with(rnd, n), ME)
            rows.append(
                {"happened_at": now - timedelta(minutes=(events - n)), "kind": rnd.choice(KINDS), "actor": one, "other": other,
                 "subject_type": "offer", "subject_id": ME, "circle": None, "value": None, "source": None, "external_id": None}
            )  # fmt: skip
        record_many(connection, rows)
    for id in (ME, OTHER):
        db.session.add(
            Account(member_id=id, email=f"{id}@bench.example", password=hash_password(PASSWORD),
                    fs_uniquifier=str(id), confirmed_at=now, create_datetime=now)
        )  # fmt: skip
    dialects.tidy(connection)
    db.session.commit()


def _with(rnd, n):
    """With whom: one in a thousand with the one other, the rest with anybody."""
    return OTHER if n % 1_000 < 2 else rnd.randrange(OTHER + 1, MEMBERS + 1)


def _deal(n, now, rnd):
    at = now - timedelta(days=3, hours=n)
    other = OTHER if n <= OPENED else rnd.randrange(OTHER + 1, MEMBERS + 1)
    state = "completed" if n <= OPENED else rnd.choice(STATES)
    is_open = n != COMPLETED
    db.session.add(
        Exchange(
            id=n, offer_id=ME, provider_id=ME, receiver_id=other, state=state, made_at=at, changed_at=at,
            ended_at=at if state == "completed" else None, review_until=now + timedelta(days=9),
            opened_at=at if state == "completed" and is_open else None, moves=6,
        )
    )  # fmt: skip
    db.session.flush()
    if state != "completed":
        return
    for side, author, about in (("provider", ME, other), ("receiver", other, ME)):
        db.session.add(
            Review(exchange_id=n, side=side, author_id=author, about_id=about, offer_id=ME, kind_id=1, made_at=at, changed_at=at,
                   published_at=at if is_open else None, stars=rnd.choice([3, 4, 5, 5]), text="A good stay.", html="<p>A good stay.</p>",
                   text_key="a good stay.")
        )  # fmt: skip
    for who in (ME, other):
        db.session.add(
            Recap(exchange_id=n, member_id=who, text="Good.", is_public=True, made_at=at, changed_at=at)
        )  # fmt: skip


def _said(now):
    """A long conversation in the two exchanges that are looked at."""
    for id in (COMPLETED, OPENED):
        for n in range(1, 7):
            at = now - timedelta(days=9, hours=-n)
            db.session.add(
                ExchangeMove(exchange_id=id, n=n, at=at, by=OTHER, move="ask_again" if n > 1 else "ask",
                             before=None, after="requested", words="As we said.", told={"units": 2})
            )  # fmt: skip
        for n in range(SAID):
            at = now - timedelta(days=5, minutes=-n)
            db.session.add(
                Message(exchange_id=id, author_id=(ME, OTHER)[n % 2], at=at, text=f"Line {n}, and a word.", seen_at=at)
            )  # fmt: skip


def main() -> None:
    """Build, measure, print; fail where a page is too dear."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with a_site() as app:
        with app.app_context():
            build(events)
            db.session.remove()
        print(f"{MEMBERS:,} members, {DEALS:,} exchanges and {events:,} events of one of them, SQLite; medians of {ROUNDS}")  # fmt: skip
        readers = [
            (signed_in(app, f"{me}@bench.example"), other, name)
            for me, other, name in ((ME, OTHER, "busy"), (OTHER, ME, "other"))
        ]
        print(HEAD)
        dear = []
        for path, most in PAGES.items():
            for browser, other, name in readers:
                found = measure(app, browser, path.format(other=other), ROUNDS)
                print(line(path, name, found))
                if found["ms"] > MOST_MS or found["queries"] > most:
                    dear.append((path, name))
        print(f"too dear: {dear or 'none'}")
        sys.exit(bool(dear))


if __name__ == "__main__":
    main()
