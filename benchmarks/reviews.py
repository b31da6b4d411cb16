"""What pages of reviews cost where there are many: processor time and questions, with a search and without.

Builds a community of 2,000 members and 25,000 open reviews on SQLite in a temporary folder and
asks for each page as a visitor, through the whole application.

    python benchmarks/reviews.py [REVIEWS]
"""

import random
import sys
from datetime import timedelta

from asking import HEAD, a_site, line, measure

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import Member
from community.kit import clock, dialects, search, text
from community.kit.db import db

MEMBERS, OFFERS, ROUNDS = 2_000, 500, 15
SAID = "the room was quiet and clean our host met us at the station with bread 安静 的 房间 et le pain était bon garden stairs view morning coffee late key bed dog"
WORDS = tuple(SAID.split())
RARE = "narwhal"
PAGES = (
    "/reviews",
    "/reviews?q=quiet",
    f"/reviews?q={RARE}",
    "/reviews?q=nothing+like+it",
    "/reviews?q=安静",
    "/reviews?q=quiet&stars=1&role=receiver&sort=low",
    "/reviews?sort=helpful",
    "/reviews?sort=high",
    "/members/m-1/reviews",
    "/members/m-1/reviews?q=quiet",
    "/offers/1/reviews",
)
MOST, MOST_QUERIES = 0.050, 5
"""Seconds of processor time that a page may take."""


def build(many: int) -> None:
    """Fill the database fast."""
    now, rnd = clock.now(), random.Random(5)
    people = [
        {"id": n, "handle": f"m-{n}", "name": f"Member {n}", "name_key": f"member {n}", "joined_at": now, "active_at": now}
        for n in range(1, MEMBERS + 1)
    ]  # fmt: skip
    db.session.execute(Member.__table__.insert(), people)
    kinds = [{"id": n, "name": f"kind{n}", "label": f"Kind {n}", "unit": "day", "grain": "day", "scores": [{"name": "clean", "label": "Clean"}]} for n in (1, 2, 3)]  # fmt: skip
    db.session.execute(OfferKind.__table__.insert(), kinds)
    offers = [
        {"id": n, "owner_id": n, "kind_id": n % 3 + 1, "state": "published", "title": f"Offer {n}", "made_at": now, "changed_at": now, "published_at": now}
        for n in range(1, OFFERS + 1)
    ]  # fmt: skip
    db.session.execute(Offer.__table__.insert(), offers)
    deals, reviews = [], []
    for n in range(1, many + 1):
        # Some offers are had often, most seldom.
        offer = min(int(rnd.paretovariate(0.7)), OFFERS)
        guest = rnd.randrange(OFFERS + 1, MEMBERS + 1)
        at = now - timedelta(minutes=n * 7)
        words = " ".join(rnd.choices(WORDS, k=rnd.randrange(5, 90)))
        words += f" {RARE}" if n % 5_000 == 4_999 else ""
        said = f"{words.capitalize()}."
        deals.append({"id": n, "offer_id": offer, "provider_id": offer, "receiver_id": guest, "state": "completed", "made_at": at, "changed_at": at, "opened_at": at})  # fmt: skip
        reviews.append({"id": n, "exchange_id": n, "side": "receiver", "author_id": guest, "about_id": offer, "offer_id": offer, "kind_id": offer % 3 + 1, "made_at": at, "changed_at": at, "published_at": at, "stars": rnd.choice([1, 3, 4, 4, 5, 5, 5, 5]), "scores": {"clean": 5}, "text": said, "html": text.markdown(said), "text_key": search.fold(said), "photos": [], "helpful": rnd.randrange(9)})  # fmt: skip
    db.session.execute(Exchange.__table__.insert(), deals)
    db.session.execute(Review.__table__.insert(), reviews)
    db.session.commit()
    dialects.tidy(db.session.connection())
    db.session.commit()


def main() -> None:
    """Build, ask, print; fail where a page is too dear."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 25_000
    with a_site() as app:
        with app.app_context():
            build(many)
            db.session.remove()
        print(f"{many:,} reviews, SQLite; medians of {ROUNDS}")
        print(HEAD)
        dear = []
        for path in PAGES:
            found = measure(app, app.test_client(), path, ROUNDS)
            print(line(path, "visitor", found))
            if found["ms"] > 1000 * MOST or found["queries"] > MOST_QUERIES:
                dear.append(path)
    if dear:
        sys.exit(f"too dear: {', '.join(dear)}")


if __name__ == "__main__":
    main()
