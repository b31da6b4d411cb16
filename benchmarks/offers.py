"""What finding offers costs: processor time, questions, bytes.

Builds 25,000 offers of 5,000 owners on SQLite in a temporary folder, with words, closed days and
days that are held, ranks them with the job of the site, and asks for each page as a visitor and
as a member, through the whole application. No page may cost more than 50 ms or 5 questions.

    python benchmarks/offers.py [OFFERS OWNERS]
"""

import random
import re
import sys
import time
from datetime import date, timedelta
from html import unescape

from asking import HEAD, PASSWORD, a_site, line, measure, signed_in
from flask_security import hash_password

from community.activity.accounts.models import Account
from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers.models import Offer, OfferClosure, OfferKind, OfferWord
from community.activity.members.models import Member, MemberTag, MemberWord
from community.activity.members.rules import found_under, place_word
from community.kit import clock, dialects, search
from community.kit.db import db
from community.standing.models import Award, Standing
from jobs.run import run
from jobs.schedule import JOBS

ROUNDS = 40
MOST_MS, MOST_QUERIES = 50.0, 5
KINDS = (("stay", "day"), ("thing", "day"), ("lesson", "hour"), ("help", "once"), ("talk", "open"))
WHAT = (
    "Room",
    "Bread",
    "Bicycle",
    "Garden",
    "Tent",
    "Piano",
    "Portuguese",
    "Boat",
    "木工",
    "面包",
    "钢琴",
)
LIKE = ("quiet", "old", "bright", "for beginners", "by the river", "near the park", "安静", "明亮")
PLACES = ("Lisboa", "Porto", "Albany", "Kyoto", "上海", "北京", "Lagos", "Oslo")
DAY = date(2027, 3, 12)
DAYS = f"first={DAY}&last={DAY + timedelta(days=3)}"
PATHS = {
    "/offers": "/offers",
    "q=rare": "/offers?q=rare7",
    "q=bread river": "/offers?q=bread+river",
    "q=ro qui": "/offers?q=ro+qui",
    "q=面包 安静": "/offers?q=面包+安静",
    "q=面": "/offers?q=面",
    "place=上海": "/offers?place=上海",
    "with dates": f"/offers?{DAYS}",
    "words and dates": f"/offers?q=piano&place=oslo&{DAYS}",
    "price, dates, kind": f"/offers?kind=1&price=15&{DAYS}",
    "badge": "/offers?badge=good_host",
    "badge and words": "/offers?badge=good_host&q=boat",
    "rating 4, free": "/offers?rating=4&free=1",
    "nothing costs so little": "/offers?price=0&rating=5",
    "newest": "/offers?sort=new",
    "by price, of a kind": "/offers?sort=price&kind=2",
    "wishes": "/offers?what=wish",
    "ranking": "/offers/ranking",
    "an offer": "/offers/77",
    "its owner": "/members/member-77",
}


def build(offers: int, owners: int) -> None:
    """Fill the database fast."""
    now, rnd = clock.now(), random.Random(3)
    _members(owners, now, rnd)
    connection = db.session.connection()
    for n, (name, grain) in enumerate(KINDS, 1):
        db.session.add(OfferKind(id=n, name=name, label=name.title(), unit="day", grain=grain))
    db.session.flush()
    titles = [
        f"{rnd.choice(WHAT)} {rnd.choice(LIKE)} {rnd.choice(LIKE)} rare{n % 5_000}"
        for n in range(1, offers + 1)
    ]
    for start in range(0, offers, 5_000):
        ids = range(start + 1, min(start + 5_000, offers) + 1)
        dialects.insert_new(
            connection,
            Offer.__table__,
            [_offer(id, titles[id - 1], owners, now, rnd) for id in ids],
        )
        dialects.insert_new(
            connection,
            OfferWord.__table__,
            [
                {"word": word, "offer_id": id}
                for id in ids
                for word in {
                    *search.words(titles[id - 1]),
                    *(place_word(w) for w in search.words(PLACES[id % len(PLACES)])),
                }
            ],
        )
    _taken(offers, owners, now, rnd)
    dialects.tidy(connection)
    db.session.commit()


def _members(owners, now, rnd):
    connection = db.session.connection()
    ids = range(1, owners + 1)
    dialects.insert_new(
        connection,
        Member.__table__,
        [
            {"id": id, "handle": f"member-{id}", "name": f"Maria {id}", "name_key": f"maria {id}", "role": "member",
             "joined_at": now - timedelta(days=rnd.randrange(700)), "claimed_at": now, "active_at": now, "place": "Lisboa",
             "sees_profile": 0, "sees_place": 1, "sees_details": 0, "sees_links": 1, "sees_timeline": 0, "letters": 2}
            for id in ids
        ],
    )  # fmt: skip
    words = [
        {"word": w, "member_id": id}
        for id in ids
        for w in found_under(f"Maria {id}", f"member-{id}", PLACES[id % len(PLACES)])
    ]
    dialects.insert_new(connection, MemberWord.__table__, words)
    tags = [
        {"member_id": id, "kind": kind, "value": value, "label": value}
        for id in ids
        for kind, known in (("language", ("pt", "en", "zh", "fr")), ("interest", ("bees", "bread", "boats", "maps")))
        for value in rnd.sample(known, 2)
    ]  # fmt: skip
    dialects.insert_new(connection, MemberTag.__table__, tags)
    standings = [
        {"member_id": id, "as_of": now, "authority": 0.0, "weight": 1.0, "depth": 0, "stage": 0, "level": 0,
         "told": {"shown": {"response_rate": [0.8, 8, 10]}},
         "stars": [round(rnd.uniform(3, 5), 2), round(rnd.uniform(2, 3), 2), 5.0, rnd.randrange(1, 90)] if id % 3 else None}
        for id in ids
    ]  # fmt: skip
    dialects.insert_new(connection, Standing.__table__, standings)
    awards = [
        {
            "member_id": id,
            "badge": "good_host",
            "tier": 1,
            "begun_at": now,
            "failed": 0,
            "digest": "",
        }
        for id in ids
        if id % 5 == 0
    ]
    dialects.insert_new(connection, Award.__table__, awards)
    db.session.add(
        Account(member_id=7, email="seven@bench.example", password=hash_password(PASSWORD),
                fs_uniquifier="seven", confirmed_at=now, create_datetime=now)
    )  # fmt: skip


def _offer(id, title, owners, now, rnd):
    at = now - timedelta(minutes=rnd.randrange(400_000))
    is_free = id % 3 == 0
    return {
        "id": id, "owner_id": (id * 7919) % owners + 1, "kind_id": id % len(KINDS) + 1, "is_wish": id % 20 == 0,
        "state": "published", "title": title, "title_key": search.key(title, 200), "text": "Word " * 100,
        "html": "<p>" + "Word " * 100, "renderer": 1, "rules": "", "details": {}, "place": PLACES[id % len(PLACES)],
        "time_zone": "UTC", "is_free": is_free, "amount": None if is_free else rnd.randrange(100, 20_000),
        "currency": None if is_free else "EUR", "quantity": 1 + id % 3, "shortest": 1, "version": 1, "made_at": at,
        "changed_at": at, "published_at": at, "is_closed_by_staff": False, "score": 0, "is_newcomer": False,
    }  # fmt: skip


def _taken(offers, owners, now, rnd):
    """Closed days, and exchanges that hold days."""
    connection = db.session.connection()
    closures = []
    for id in range(1, offers + 1):
        for _ in range(2):
            first = DAY + timedelta(days=rnd.randrange(-60, 60))
            closures.append({"offer_id": id, "first_day": first, "last_day": first + timedelta(days=rnd.randrange(9))})  # fmt: skip
    dialects.insert_new(connection, OfferClosure.__table__, closures)
    exchanges, holds = [], []
    for id in range(1, offers + 1, 2):
        provider, receiver = (id * 7919) % owners + 1, id % owners + 1
        if provider == receiver:
            continue
        exchanges.append(
            {"id": id, "offer_id": id, "offer_version": 1, "provider_id": provider, "receiver_id": receiver,
             "is_wish": False, "state": rnd.choice(("completed", "completed", "completed", "cancelled")), "moves": 0,
             "units": 1, "made_at": now, "changed_at": now, "ended_at": now, "ended_by": provider, "is_late": False, "reminded": 0}
        )  # fmt: skip
        first = DAY.toordinal() + rnd.randrange(-20, 20)
        holds += [{"offer_id": id, "slot": slot, "place": 0, "exchange_id": id} for slot in range(first, first + 5)]  # fmt: skip
    dialects.insert_new(connection, Exchange.__table__, exchanges)
    dialects.insert_new(connection, Hold.__table__, holds)


def page(browser, number: int) -> str:
    """The address of a page far down the list, found by going there."""
    path = "/offers"
    for _ in range(number - 1):
        older = re.search(r'rel="next" href="([^"]+)"', browser.get(path).text)
        if older is None:
            break
        path = unescape(older[1])
    return path


def main() -> None:
    """Build, rank, measure, print; fail where a page is too dear."""
    offers, owners = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (25_000, 5_000)
    with a_site() as app:
        with app.app_context():
            build(offers, owners)
        print(f"{offers:,} offers of {owners:,} members, SQLite; medians of {ROUNDS}")
        for says in ("ranking all", "ranking again"):
            begun = time.process_time()
            ranked, error = run(app, JOBS["rank-offers"])
            assert error is None, error
            used = time.process_time() - begun
            print(f"{says}: {ranked:,} rows in {used:.1f} s of processor time")
        visitor, member = app.test_client(), signed_in(app, "seven@bench.example")
        paths = {**PATHS, "page 500": page(visitor, 500)}
        print(HEAD)
        dear = []
        for label, path in paths.items():
            for name, browser in (("visitor", visitor), ("member", member)):
                found = measure(app, browser, path, ROUNDS)
                print(line(label, name, found))
                if found["ms"] > MOST_MS or found["queries"] > MOST_QUERIES:
                    dear.append((label, name))
        print(f"too dear: {dear or 'none'}")
        sys.exit(bool(dear))


if __name__ == "__main__":
    main()
