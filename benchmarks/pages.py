"""What the pages cost that people see first: processor time, questions, bytes.

Builds a community of 50,000 members and 500,000 events on SQLite in a temporary folder, works
out what it says of each of them with the jobs of the site (standing, badges, ratings, circles),
and asks for each page as a visitor and as a member, through the whole application.

    python benchmarks/pages.py [MEMBERS EVENTS]
"""

import random
import sys
import time
from datetime import timedelta
from statistics import median

from asking import HEAD, PASSWORD, a_site, line, measure, signed_in
from flask import Flask
from flask_security import hash_password
from werkzeug.test import EnvironBuilder, run_wsgi_app

from community.activity.accounts.models import Account
from community.activity.members.models import Member, MemberTag, MemberWord
from community.activity.members.rules import found_under
from community.kit import clock, dialects, search
from community.kit.db import db
from community.ledger.models import Subject
from community.ledger.record import record_many
from community.standing import rulebook
from community.standing.models import Award, Standing
from jobs.run import run
from jobs.schedule import JOBS

PAGES = ("/", "/members", "/members/member-7", "/members?q=ma", "/members?q=李明", "/stories")
ROUNDS = 300
KINDS = (
    "thanks.given",
    "exchange.completed",
    "answer.posted",
    "comment.written",
    "review.published",
)
NAMES = ("Maria", "Mateo", "李明", "Ada", "Noor", "Chinedu", "Zoë", "김준서", "Leila", "Jonas")


def build(members: int, events: int) -> None:
    """Fill the database fast."""
    now, rnd = clock.now(), random.Random(3)
    connection = db.session.connection()
    for start in range(0, members, 5000):
        ids = range(start + 1, min(start + 5000, members) + 1)
        names = {id: f"{NAMES[id % len(NAMES)]} {id}" for id in ids}
        dialects.insert_new(
            connection,
            Member.__table__,
            [
                {"id": id, "handle": f"member-{id}", "name": names[id], "name_key": search.fold(names[id]),
                 "role": "member", "joined_at": now - timedelta(minutes=members - id), "claimed_at": now,
                 "active_at": now - timedelta(minutes=rnd.randrange(100_000)), "headline": "Keeps bees on a roof",
                 "place": "Lisbon", "sees_profile": 0, "sees_place": 1, "sees_details": 0, "sees_links": 1,
                 "sees_timeline": 0, "letters": 2}
                for id in ids
            ],
        )  # fmt: skip
        dialects.insert_new(
            connection,
            MemberWord.__table__,
            [
                {"word": w, "member_id": id}
                for id in ids
                for w in found_under(names[id], f"member-{id}", "Lisbon")
            ],
        )
        dialects.insert_new(
            connection,
            MemberTag.__table__,
            [{"member_id": id, "kind": "interest", "value": "bees", "label": "Bees"} for id in ids],
        )
    dialects.insert_new(
        connection,
        Subject.__table__,
        [{"id": n, "type": ("offer", "topic")[n % 2], "owner": rnd.randint(1, members), "made_at": now,
          "title": f"Which train is number {n}?", "html": "<p>…</p>", "renderer": 1} for n in range(1, 20_001)],
    )  # fmt: skip
    for start in range(0, events, 10_000):
        rows = []
        for n in range(start, min(start + 10_000, events)):
            subject, kind = rnd.randint(1, 20_000), rnd.choice(KINDS)
            rows.append(
                {"happened_at": now - timedelta(seconds=(events - n) * 60), "kind": kind,
                 "actor": min(int(rnd.paretovariate(0.7)), members), "other": rnd.randint(1, members),
                 "subject_type": ("offer", "topic")[subject % 2], "subject_id": subject, "circle": None,
                 "value": rnd.randint(3, 5) if kind == "review.published" else None, "source": None, "external_id": None}
            )  # fmt: skip
        record_many(connection, rows)
    db.session.add(
        Account(member_id=7, email="seven@bench.example", password=hash_password(PASSWORD),
                fs_uniquifier="seven", confirmed_at=now, create_datetime=now)
    )  # fmt: skip
    dialects.tidy(connection)
    db.session.commit()


def judge(app) -> str:
    """Work out the standing of all; what came of it for the member whose page is asked for."""
    with app.app_context():
        rulebook.plant()
        db.session.commit()
    for name in ("refresh-standing", "reckon-stars", "find-circles"):
        _, error = run(app, JOBS[name])
        assert error is None, f"{name}: {error}"
    with app.app_context():
        row = db.session.get(Standing, 7)
        badges = db.session.query(Award).filter_by(member_id=7, ended_at=None).count()
        return f"{badges} badges, health {row.health}, trust {row.trust}, stars {row.stars}"


def yardstick() -> float:
    """Processor milliseconds that this machine needs for a bare Flask page, to compare machines by."""
    app = Flask("yardstick")
    app.add_url_rule("/", view_func=lambda: "hello")
    environment, costs = EnvironBuilder(path="/").get_environ(), []
    for _ in range(10 * ROUNDS):
        begun = time.process_time()
        run_wsgi_app(app, dict(environment), buffered=True)
        costs.append((time.process_time() - begun) * 1000)
    return median(costs)


def main() -> None:
    """Build, measure, print."""
    members, events = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (50_000, 500_000)
    with a_site() as app:
        with app.app_context():
            build(members, events)
        judged = judge(app)
        visitor, member = app.test_client(), signed_in(app, "seven@bench.example")
        print(f"{members:,} members, {events:,} events, SQLite; medians of {ROUNDS}")
        print(f"of the member whose page is asked for is said: {judged}")
        print(f"a bare Flask page on this machine: {yardstick():.3f} ms")
        print(HEAD)
        for path in PAGES:
            for name, browser in (("visitor", visitor), ("member", member)):
                print(line(path, name, measure(app, browser, path, ROUNDS)))


if __name__ == "__main__":
    main()
