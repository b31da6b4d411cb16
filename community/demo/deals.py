"""What people in the demo town do for each other: offers, requests, exchanges, reviews."""

from datetime import datetime

from community.demo.chronicle import DAY, Chronicle, Thing
from community.demo.people import Person
from community.demo.words import Circle, circles, common

DEALS_A_MEMBER = 3.4
USES_OF_AN_OFFER = 2
"""How many people may have the same idea of what to offer."""


def deal(town: Chronicle) -> None:
    """Offers are published, then asked about for as long as their owners are there."""
    offers = _publish(town)
    if not offers:
        return
    times = sorted(
        town.between(town.start + DAY * 728 * town.rng.random() ** 0.75, town.until)
        for _ in range(int(len(town.people) * DEALS_A_MEMBER))
    )
    partners: dict[Person, list[Person]] = {}
    for at in times:
        _deal_once(town, offers, at, partners)
    _withdraw_reviews(town)


def _publish(town: Chronicle) -> list[tuple[Circle, Thing]]:
    """Who offers what: the generous first, and several things."""
    offers = []
    for circle in circles():
        people = [p for p in town.circle(circle.name) if p.acts_from < town.until]
        people.sort(key=lambda p: (-p.gives, p.handle))
        ideas = [idea for _ in range(USES_OF_AN_OFFER) for idea in circle.offers]
        for person, idea in zip(people[: max(2, len(people) // 4)], ideas, strict=False):
            ends = min(person.leaves or town.until, town.until)
            at = town.between(person.acts_from, person.acts_from + (ends - person.acts_from) * 0.4)
            offer = town.make("offer", person, at, idea["title"], idea["text"])
            offer.praise = tuple(idea["praise"])
            if town.tell("offer.published", at, person, about=offer):
                offers.append((circle, offer))
            else:
                town.drop(offer)
    return offers


def _deal_once(
    town: Chronicle,
    offers: list[tuple[Circle, Thing]],
    at: datetime,
    partners: dict[Person, list[Person]],
) -> None:
    there = [each for each in offers if each[1].made_at < at and each[1].owner.is_here(at)]
    if not there:
        return
    circle, offer = town.rng.choices(there, [each[1].owner.gives for each in there])[0]
    host = offer.owner
    known = [p for p in partners.get(host, []) if p.is_here(at)]
    near = [p for p in town.circle(circle.name) if p is not host]
    pool = known if known and town.chance(0.5) else near if town.chance(0.8) else town.people
    guest = town.pick([p for p in pool if p is not host], at)
    if guest is None:
        return
    for _ in range(town.rng.randrange(4)):
        town.tell("offer.viewed", at - DAY * town.rng.random(), None, host, offer)
    if town.chance(0.2):
        town.tell("subject.saved", at - DAY * town.rng.random() / 9, guest, host, offer)
    if not town.tell("enquiry.made", at, guest, host, offer):
        return
    answered = town.soon(at, 30 / host.gives)
    if town.chance(0.1) or not town.tell("enquiry.answered", answered, host, guest, offer):
        return
    if town.chance(0.75):
        _exchange(town, circle, offer, guest, answered, partners)


def _exchange(
    town: Chronicle,
    circle: Circle,
    offer: Thing,
    guest: Person,
    answered: datetime,
    partners: dict[Person, list[Person]],
) -> None:
    host, agreed = offer.owner, town.soon(answered, 8)
    exchange = town.make("exchange", guest, agreed, offer.title, None, offer)
    if not town.tell("exchange.started", agreed, guest, host, exchange):
        town.drop(exchange)
        return
    if town.chance(0.1):
        actor, other = (guest, host) if town.chance(0.7) else (host, guest)
        cancelled = town.soon(agreed, 40)
        if town.tell("exchange.cancelled", cancelled, actor, other, exchange) and town.chance(0.2):
            _excuse(town, actor, exchange, town.soon(cancelled, 30))
        return
    done = town.between(agreed + DAY / 2, agreed + 12 * DAY)
    if not (host.is_here(done) and town.tell("exchange.completed", done, guest, host, exchange)):
        return
    partners.setdefault(host, []).append(guest)
    partners.setdefault(guest, []).append(host)
    _review(town, circle, exchange, guest, host, done)
    if town.chance(0.3):
        town.tell("thanks.given", town.soon(done, 10), guest, host, exchange)
    if town.chance(0.1):
        town.tell(
            "rating.given",
            town.soon(done, 60),
            host,
            guest,
            value=town.rng.choice((10, 8, 6, 3, -2)),
        )


def _excuse(town: Chronicle, person: Person, exchange: Thing, at: datetime) -> None:
    """The trams stood still, or somebody fell ill: staff say that it does not count."""
    manager = town.pick([p for p in town.people if p.role == "manager" and p is not person], at)
    if manager is not None:
        town.tell("excuse.granted", at, manager, person, exchange)


def _review(
    town: Chronicle, circle: Circle, exchange: Thing, guest: Person, host: Person, done: datetime
) -> None:
    """Both may say how it was; the guest more often does."""
    if town.chance(0.72):
        is_poor = town.chance(0.04)
        said = (
            town.decks.deal("poor_reviews") if is_poor else _praise(town, circle, exchange, guest)
        )
        _publish_review(
            town, exchange, guest, host, town.soon(done, 35), said, 2 if is_poor else None
        )
    if town.chance(0.55):
        said = town.decks.deal("host_reviews")
        _publish_review(town, exchange, host, guest, town.soon(done, 35), said)


def _publish_review(
    town: Chronicle,
    exchange: Thing,
    author: Person,
    other: Person,
    at: datetime,
    said: str,
    stars: int | None = None,
) -> None:
    review = town.make("review", author, at, exchange.title, said, exchange)
    value = stars or town.rng.choice((5, 5, 5, 5, 5, 5, 4))
    if not town.tell("review.published", at, author, other, review, value):
        town.drop(review)


def _praise(town: Chronicle, circle: Circle, exchange: Thing, author: Person) -> str:
    offer = exchange.parent or exchange
    done = town.decks.praise(offer.title or "", offer.praise)
    if circle.language == "zh" and "zh" in author.languages:
        parts = (
            town.decks.deal("zh_review_openings"),
            done,
            town.decks.deal("zh_review_closings"),
        )
        return "".join(parts)
    if circle.language is not None and circle.language not in author.languages:
        done = ""
    opening = town.decks.deal("review_openings")
    own = common()["thanks"].get(author.languages[0])
    if own and town.chance(0.3):
        opening = own
    parts = [opening, done, town.decks.deal("review_closings")]
    return " ".join(part for part in parts[: town.rng.choice((2, 3, 3))] if part)


def _withdraw_reviews(town: Chronicle) -> None:
    """A few reviews break the rules of the house: somebody flags them, staff take them back."""
    managers = [p for p in town.people if p.role == "manager"]
    reviews = [
        h
        for h in town.happenings
        if h.kind == "review.published" and h.source is None and h.at < town.until - 20 * DAY
    ]
    for review, said in zip(
        town.rng.sample(reviews, min(len(reviews), 2)), common()["withdrawn_reviews"], strict=False
    ):
        if review.about is None or review.actor is None:
            continue
        review.about.text, review.value = said, 1
        flagged = town.soon(review.at, 20)
        if review.other and town.tell(
            "flag.raised", flagged, review.other, review.actor, review.about
        ):
            upheld = town.soon(flagged, 16)
            manager = town.pick(managers, upheld)
            if manager and town.tell("flag.upheld", upheld, manager, review.actor, review.about):
                review.undone = (
                    upheld,
                    "Breaks the rules of the house: it tells what was private, or was not there.",
                )
