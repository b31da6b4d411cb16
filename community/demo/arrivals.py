"""How people come to the demo town: from the old notice board, invited, welcomed."""

from datetime import timedelta

from community.activity.members.rules import progress
from community.demo.chronicle import DAY, Chronicle, Happening
from community.demo.people import Person
from community.demo.words import Deck, circles

BOARD = "notice-board"
"""Where the imported ones come from: the list that the town kept before it had a house."""


def arrive(town: Chronicle) -> None:
    """Everybody's first days."""
    for person in town.people:
        if person.is_imported:
            _move_in(town, person)
        else:
            _join(town, person)
        if not person.is_imported or person.claims is not None:
            _tell_of_oneself(town, person)
            _welcome(town, person)
    _vouch(town)
    for person in town.people:
        if (
            person.letters != Person.letters
            and (at := town.between(person.acts_from, town.until))
            and not town.tell("letters.declined", at, person, value=person.letters)
        ):
            person.letters = Person.letters


def _join(town: Chronicle, person: Person) -> None:
    host = None
    if town.chance(0.45):
        asked = person.joined - DAY * (1 + town.rng.random() * 9)
        near = [p for p in town.people if set(p.circles) & set(person.circles) and p is not person]
        host = town.pick(near, asked)
        if host is not None:
            town.tell("invitation.sent", asked, host, person)
    town.tell("member.joined", person.joined, person)
    town.tell(
        "contact.confirmed", person.joined + timedelta(minutes=town.rng.randrange(2, 90)), person
    )
    if host is not None and town.chance(0.75):
        at = town.soon(person.joined + 4 * DAY, 150)
        if person.is_here(at):
            town.tell("referral.qualified", at, host, person)
    if town.chance(0.25) and (at := town.between(person.joined, town.until)):
        town.tell("invitation.sent", at, person)


def _move_in(town: Chronicle, person: Person) -> None:
    _bring(town, "member.joined", person.joined, person, f"person:{person.outside_id}")
    if person.claims is not None:
        town.tell("member.claimed", person.claims, person)
        town.tell("contact.confirmed", person.claims + timedelta(minutes=1), person)


def _vouch(town: Chronicle) -> None:
    """Who runs the site vouches for the staff, and the staff for some whom they know well."""
    staff = [p for p in town.people if p.role != "member"]
    (admin, *_), known = [p for p in staff if p.role == "admin"], town.people[: len(staff) * 4 : 3]
    for person in dict.fromkeys([*staff, *known]):
        if person is not admin:
            voucher = admin if person in staff else town.rng.choice(staff)
            at = max(person.acts_from, voucher.acts_from) + DAY * (1 + town.rng.random() * 40)
            if person is not voucher:
                town.tell("member.verified", at, voucher, person)


def _tell_of_oneself(town: Chronicle, person: Person) -> None:
    told = person.told
    steps = {
        "headline": told.headline,
        "background": told.background,
        "place": told.place,
        "languages": person.languages,
        "interests": told.interests,
        "links": told.link,
    }
    percent = progress({name for name, value in steps.items() if value}).percent
    town.tell("profile.told", person.acts_from + DAY * town.rng.random() * 5, person, value=percent)


def _bring(town: Chronicle, kind, at, actor, id, other=None, about=None) -> Happening:
    """An event that was on the notice board already, with its id there."""
    happening = Happening(kind, at, actor, other, about, None, BOARD, id)
    town.happenings.append(happening)
    return happening


def _welcome(town: Chronicle, person: Person) -> None:
    """The generous write to newcomers; some answer."""
    near = [p for p in town.people if set(p.circles) & set(person.circles) and p is not person]
    for _ in range(town.rng.choice((0, 1, 1, 2, 3))):
        at = town.soon(person.acts_from, 20)
        host = town.pick(near, at, "gives")
        if host is None or not town.tell("message.sent", at, host, person):
            continue
        if town.chance(0.7):
            town.tell("message.sent", town.soon(at, 12), person, host)


def remember_the_board(town: Chronicle) -> None:
    """What the notice board knew: offers, deals and praise, with figures of its own."""
    people = [person for person in town.people if person.is_imported]
    decks = {circle.name: Deck(town.rng, circle.offers) for circle in circles()}
    number = 0
    for host in people:
        since = host.joined
        guests = [p for p in people if p is not host]
        offered = decks[host.circles[0].name].deal() if town.chance(0.6) else None
        if offered is None:
            continue
        offer = town.make("offer", host, since, offered["title"], offered["text"])
        _bring(town, "offer.published", since + DAY, host, f"offer:{host.outside_id}", about=offer)
        told = 0
        for guest in town.rng.sample(guests, min(len(guests), town.rng.choice((1, 2, 2, 3)))):
            number, told = number + 1, told + 1
            at = town.between(
                max(since, guest.joined) + 2 * DAY, max(since, guest.joined) + 40 * DAY
            )
            if at + 2 * DAY >= town.until:
                continue
            _bring(town, "exchange.completed", at, guest, f"deal:{number}", host, offer)
            said = f"{town.decks.deal('review_openings')} {town.decks.praise(offered['title'], offered['praise'])}"
            review = town.make("review", guest, at + DAY, offer.title, said, offer)
            _bring(town, "review.published", at + DAY, guest, f"praise:{number}", host, review)
        _declare(town, host, offer, told)


def _declare(town: Chronicle, host: Person, offer, told: int) -> None:
    at = town.start + 100 * DAY
    for about, name, value in (
        (host, "rating", 3_900_000 + 10_000 * town.rng.randrange(110)),
        (host, "reviews", 1_000_000 * told),
        (host, "response_rate", 10_000 * town.rng.randrange(62, 101)),
        (offer, "views", 1_000_000 * town.rng.randrange(12, 240)),
    ):
        town.figures.append({"about": about, "name": name, "value": value, "at": at})
