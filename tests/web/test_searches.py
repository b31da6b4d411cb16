"""Many different searches in one town: what newcomers get of the places, parts that add up, nothing twice.

``KITH_SEARCHES`` says how many there are on each database.
"""

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from community.activity.exchanges.deals.models import Exchange, Hold
from community.activity.exchanges.offers.arranging import A_BLOCK, A_PAGE, MOST_OF_ONE
from community.activity.exchanges.offers.models import Offer, OfferClosure, OfferKind, OfferWord
from community.activity.exchanges.offers.ranking import WHOLE
from community.activity.members.models import Member, MemberTag, MemberWord
from community.activity.members.rules import EVERYONE, MEMBERS, NOBODY, found_under, place_word
from community.kit import clock, dialects, search
from community.kit.db import db
from community.ledger.models import Subject
from community.standing.models import Award, Standing
from community.web import found_offers, rank_offers

SEARCHES = int(os.environ.get("KITH_SEARCHES", "60"))
OWNERS, OFFERS, READERS = 300, 2_400, 12
FURTHEST = 12
"""Pages that are read of one search: over the first block, into the second."""
DAY = date(2026, 7, 10)
THINGS = ("room", "bread", "boat", "piano", "tent", "garden", "bike", "面包", "教你做饭", "lesson")
LIKE = ("quiet", "red", "old", "large", "blue", "river", "sunny", "warm")
PLACES = ("Lisboa", "Porto", "上海", "Oslo", "Graz", None)
KINDS = (("stay", "day"), ("thing", "day"), ("lesson", "hour"), ("gift", "once"))
STATES = ("published",) * 12 + ("paused", "draft", "archived")


@pytest.fixture
def town(app):
    """Three hundred members and what they offer, ranked."""
    dice, now = random.Random(7), clock.now()
    for n, (name, grain) in enumerate(KINDS, 1):
        db.session.add(OfferKind(id=n, name=name, label=name.title(), unit="day", grain=grain))
    db.session.flush()
    put(Member, [_member(id, now, dice) for id in range(1, OWNERS + 1)])
    put(MemberWord, [{"word": word, "member_id": id} for id in range(1, READERS + 1) for word in found_under(f"Maria {id}", f"m{id}", PLACES[id % 5])])  # fmt: skip
    put(MemberTag, [
        {"member_id": id, "kind": kind, "value": value, "label": value}
        for id in range(1, OWNERS + 1)
        for kind, known in (("language", ("pt", "en", "zh")), ("interest", ("bees", "boats", "maps")))
        for value in dice.sample(known, dice.randrange(3))
    ])  # fmt: skip
    put(Standing, [
        {"member_id": id, "as_of": now, "authority": 0.0, "weight": 1.0, "depth": 0, "stage": 0, "level": 0,
         "told": {"shown": {"response_rate": [0.8, dice.randrange(9), 10]}},
         "stars": [round(dice.uniform(2.5, 5), 2), round(dice.uniform(1, 2.5), 2), 5.0, dice.randrange(1, 90)]}
        for id in range(1, OWNERS + 1) if id % 3
    ])  # fmt: skip
    put(Award, [{"member_id": id, "badge": "good_host", "tier": 1, "begun_at": now, "failed": 0, "digest": ""} for id in range(1, OWNERS, 5)])  # fmt: skip
    titles = [f"{dice.choice(THINGS)} {dice.choice(LIKE)} {n % 40}" for n in range(OFFERS + 1)]
    offers = [_offer(id, titles[id], now, dice) for id in range(1, OFFERS + 1)]
    put(Subject, [{"id": o["id"], "type": "offer", "owner": o["owner_id"], "made_at": now, "renderer": 1} for o in offers])  # fmt: skip
    put(Offer, offers)
    put(OfferWord, [
        {"word": word, "offer_id": o["id"]}
        for o in offers
        for word in {*search.words(o["title"]), *(place_word(w) for w in search.words(o["place"] or ""))}
    ])  # fmt: skip
    put(OfferClosure, [
        {"offer_id": o["id"], "first_day": first, "last_day": first + timedelta(days=dice.randrange(9))}
        for o in offers[::2]
        for first in (DAY + timedelta(days=dice.randrange(-30, 30)),)
    ])  # fmt: skip
    exchanges = [_exchange(id, offers[id - 1], now, dice) for id in range(1, OFFERS, 2)]
    put(Exchange, [each for each in exchanges if each["provider_id"] != each["receiver_id"]])
    put(Hold, [
        {"offer_id": id, "slot": DAY.toordinal() + dice.randrange(-9, 9), "place": 0, "exchange_id": id}
        for id in range(1, OFFERS, 6) if exchanges[id // 2]["provider_id"] != exchanges[id // 2]["receiver_id"]
    ])  # fmt: skip
    dialects.tidy(db.session.connection())
    for _ in rank_offers.rank():
        db.session.commit()
    return offers


def put(model, rows):
    """Write many rows at once; fast enough that a test may."""
    db.session.execute(insert(model.__table__), rows)


def _member(id, now, dice):
    joined = now - timedelta(days=dice.choice((20, 60, 300, 600)))
    sees = dice.choice((EVERYONE,) * 8 + (MEMBERS, NOBODY)) if id > READERS else EVERYONE
    return {
        "id": id, "handle": f"m{id}", "name": f"Maria {id}", "name_key": f"maria {id}", "role": "member",
        "joined_at": joined, "claimed_at": joined, "active_at": now, "place": PLACES[id % 5],
        "erased_at": now if id > READERS and id % 23 == 0 else None, "letters": 2,
        "sees_profile": sees, "sees_place": 1, "sees_details": 0, "sees_links": 1, "sees_timeline": 0,
    }  # fmt: skip


def _offer(id, title, now, dice):
    at, is_free = now - timedelta(minutes=dice.randrange(400_000)), id % 3 == 0
    # A few members have many offers.
    owner = dice.randrange(1, 20) if dice.random() < 0.15 else dice.randrange(1, OWNERS + 1)
    return {
        "id": id, "subject_id": id, "owner_id": owner, "kind_id": dice.randrange(len(KINDS)) + 1, "is_wish": id % 8 == 0,
        "state": dice.choice(STATES), "title": title, "title_key": search.key(title, 200), "text": "", "html": "",
        "renderer": 1, "rules": "", "details": {}, "place": dice.choice(PLACES), "time_zone": "UTC", "is_free": is_free,
        "amount": None if is_free or id % 7 == 0 else dice.randrange(100, 20_000), "currency": None if is_free else "EUR",
        "quantity": 1, "shortest": dice.choice((1, 1, 3)), "version": 1, "made_at": at, "changed_at": at,
        "published_at": at, "is_closed_by_staff": id % 29 == 0, "score": 0, "is_newcomer": False,
    }  # fmt: skip


def _exchange(id, offer, now, dice):
    sides = [offer["owner_id"], dice.randrange(1, OWNERS + 1)]
    provider, receiver = sides[::-1] if offer["is_wish"] else sides
    return {
        "id": id, "offer_id": id, "offer_version": 1, "provider_id": provider, "receiver_id": receiver,
        "is_wish": offer["is_wish"], "state": dice.choice(("completed", "completed", "cancelled")), "moves": 0,
        "units": 1, "made_at": now, "changed_at": now, "ended_at": now, "ended_by": provider, "is_late": False, "reminded": 0,
    }  # fmt: skip


def looked_for(dice):
    """The address of a search: each narrows by some of what can be narrowed by."""
    first = DAY + timedelta(days=dice.randrange(-9, 9))
    whole = {
        "q": dice.choice((*THINGS, *LIKE, "re", "b", "面", f"{dice.choice(THINGS)} {dice.choice(LIKE)}")),
        "place": dice.choice(PLACES[:-1]),
        "kind": dice.randrange(len(KINDS) + 1),
        "first": first.isoformat(),
        "price": dice.choice((0, 20, 90, 500)),
        "free": "1",
        "badge": "good_host",
        "rating": dice.randrange(1, 5),
    }  # fmt: skip
    given = {name: whole[name] for name in whole if dice.random() < 0.16}
    if "first" in given:
        given["last"] = (first + timedelta(days=dice.randrange(5))).isoformat()
    if dice.random() < 0.15:
        given["what"] = "wish"
    return urlencode(given | {"sort": dice.choice(("best",) * 8 + ("new", "price"))})


def pages_of(wish, viewer, rule):
    """The pages of a search from the first on, and whether there are more."""
    pages = []
    while len(pages) < FURTHEST:
        page = found_offers.search(wish, viewer, rule).page
        pages.append(page.offers)
        if page.older is None:
            return pages, False
        wish = replace(wish, mark=page.older)
    return pages, True


def blocks_of(pages, has_more):
    """The pages of each block that was read to its end."""
    blocks = [[]]
    for page in pages:
        if sum(map(len, blocks[-1])) == A_BLOCK:
            blocks.append([])
        blocks[-1].append(page)
    is_whole = not has_more or sum(map(len, blocks[-1])) == A_BLOCK
    return blocks if is_whole else blocks[:-1]


def lagging(block, share):
    """The places of a block that went to the wrong sort, with newcomers over one place off their share.

    Where none are left of those who should stand there, or they have their two on this page
    already, somebody else does; the next page makes up for it.
    """
    places = [(page, placed.what) for page in block for placed in page]
    had = 0
    for k, (page, hit) in enumerate(places, 1):
        had += hit.is_newcomer
        if abs(had - k * share / 100) <= 1:
            continue
        start = next(n for n, (each, _) in enumerate(places) if each is page)
        shown = Counter(each.owner_id for _, each in places[start:k])
        wanted = had < k * share / 100
        if hit.is_newcomer == wanted:
            continue
        rest = [each for _, each in places[k:] if each.is_newcomer == wanted]
        if any(shown[each.owner_id] < MOST_OF_ONE for each in rest):
            yield k


@pytest.mark.timeout(7200)
def test_newcomers_get_their_share_in_every_search(app, town):
    dice, rows = random.Random(20), {o["id"]: o for o in town}
    with app.test_request_context():
        rule = found_offers.rule_now()
    readers = [None, *(db.session.get(Member, id) for id in range(1, READERS + 1))]
    hidden = {m.id: m.sees_profile for m in db.session.query(Member)}
    erased = {m.id for m in db.session.query(Member) if m.erased_at}
    searched, places, for_newcomers, empty, full = set(), 0, 0, 0, 0
    while len(searched) < SEARCHES:
        viewer = dice.choice(readers)
        asked = (looked_for(dice), viewer and viewer.id)
        if asked in searched:
            continue
        searched.add(asked)
        with app.test_request_context(f"/offers?{asked[0]}"):
            wish = found_offers.wished()
            pages, has_more = pages_of(wish, viewer, rule)
        hits = [placed.what for page in pages for placed in page]
        empty += not hits
        assert len({hit.id for hit in hits}) == len(hits), asked
        assert all(len(page) == A_PAGE for page in pages[:-1]) or wish.sort == "best", asked
        for hit in hits:
            row = rows[hit.id]
            assert (row["state"], row["is_wish"]) == ("published", wish.is_wish), asked
            assert not row["is_closed_by_staff"], asked
            assert hit.owner_id not in erased, asked
            assert hidden[hit.owner_id] <= (MEMBERS if viewer else EVERYONE), asked
            parts = {**hit.ranked["points"], "fit": hit.fit}
            assert sum(parts.values()) == hit.total, asked
            off = sum(100 * p / WHOLE for p in parts.values()) - 100 * hit.total / WHOLE
            assert abs(off) <= 1e-9, asked
        if wish.sort != "best":
            continue
        for block in blocks_of(pages, has_more):
            assert list(lagging(block, rule.newcomers)) == [], asked
        first = [placed.what for placed in pages[0]]
        newcomers = sum(hit.is_newcomer for hit in hits)
        fair = rule.newcomers * A_PAGE // 100
        if len(first) == A_PAGE and newcomers >= 2 * fair and len(hits) - newcomers >= 2 * A_PAGE:
            full += 1
            places += len(first)
            for_newcomers += sum(hit.is_newcomer for hit in first)
    assert len(searched) == SEARCHES
    assert empty < SEARCHES / 2
    assert full > SEARCHES / 5
    assert abs(for_newcomers - places * rule.newcomers / 100) <= 1
