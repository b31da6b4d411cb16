"""What people in the demo town do for each other: offers and wishes, requests, exchanges."""

from datetime import datetime
from typing import Any

from community.demo import said
from community.demo.chronicle import DAY, HOUR, Chronicle
from community.demo.people import Person
from community.demo.trade import Deal, Line, Offered, ask, clock, due_at, is_free, move, when
from community.demo.words import Circle, circles

DEALS_A_MEMBER = 3.4
USES_OF_AN_OFFER = 2
"""How many people may have the same idea of what to offer."""
Partners = dict[Person, list[Person]]


def deal(town: Chronicle) -> None:
    """Offers are published, then asked about for as long as their owners are there."""
    _publish(town)
    offers = [each for each in town.offers if each.thing is not None]
    if not offers:
        return
    times = sorted(
        town.between(town.start + DAY * 728 * town.rng.random() ** 0.75, town.until)
        for _ in range(int(len(town.people) * DEALS_A_MEMBER))
    )
    partners: Partners = {}
    for at in times:
        _deal_once(town, offers, at, partners)
    said.withdraw(town)


def _publish(town: Chronicle) -> None:
    """Who offers what: those whom one can sign in as, the generous, and several things; who wishes what."""
    for circle in circles():
        people = [p for p in town.circle(circle.name) if p.acts_from < town.until]
        people.sort(key=lambda p: (not p.has_login, -p.gives, p.handle))
        ideas = [idea for _ in range(USES_OF_AN_OFFER) for idea in circle.offers]
        for person, idea in zip(people[: max(2, len(people) // 4)], ideas, strict=False):
            _offer(town, circle, person, idea)
        for person, idea in zip(reversed(people), circle.wishes, strict=False):
            _offer(town, circle, person, idea, is_wish=True)
        for person, idea in zip(people[2:3], ideas[len(circle.offers) - 1 :], strict=False):
            _draft(town, circle, person, idea)


def _offer(
    town: Chronicle, circle: Circle, person: Person, idea: dict[str, Any], *, is_wish: bool = False
) -> None:
    ends = min(person.leaves or town.until, town.until)
    at = town.between(person.acts_from, person.acts_from + (ends - person.acts_from) * 0.4)
    if not person.is_here(at) or at >= town.until:
        return
    what = "wish" if is_wish else "offer"
    thing = town.make(what, person, at, idea["title"], idea["text"])
    town.tell(f"{what}.published", at, person, about=thing)
    if not is_wish:
        thing.praise = tuple(idea["praise"])
    offered = Offered(person, circle, idea, at, thing, is_wish)
    offered.title, offered.text = thing.title or "", thing.text or ""
    town.offers.append(offered)


def _draft(town: Chronicle, circle: Circle, person: Person, idea: dict[str, Any]) -> None:
    """Somebody began to write something down and has not come round to it."""
    at = town.until - DAY * (1 + 20 * town.rng.random())
    if person.is_here(at) and "{" not in idea["title"] + idea["text"] and town.chance(0.5):
        told = Offered(person, circle, idea, at, None, state="draft")
        told.title, told.text = idea["title"], idea["text"].split(".")[0] + "."
        town.offers.append(told)


def _deal_once(town: Chronicle, offers: list[Offered], at: datetime, partners: Partners) -> None:
    there = [each for each in offers if each.made_at < at and each.owner.is_here(at)]
    if not there:
        return
    weights = [each.owner.gives / (4 if each.is_wish else 1) for each in there]
    offered = town.rng.choices(there, weights)[0]
    host, thing = offered.owner, offered.thing
    known = [p for p in partners.get(host, []) if p.is_here(at)]
    near = [p for p in town.circle(offered.circle.name) if p is not host]
    pool = known if known and town.chance(0.5) else near if town.chance(0.8) else town.people
    guest = town.pick([p for p in pool if p is not host], at)
    if guest is None:
        return
    if not offered.is_wish:
        for _ in range(town.rng.randrange(4)):
            town.tell("offer.viewed", at - DAY * town.rng.random(), None, host, thing)
    if town.chance(0.2):
        _keep(town, offered, guest, at - DAY * town.rng.random() / 9)
    begun = ask(town, offered, guest, at, *when(town, offered, at))
    if begun is None:
        return
    begun.lines.append(Line(at, guest, phrase(town, begun, guest, "asks")))
    if answer(town, begun):
        go_on(town, begun, partners)


def _keep(town: Chronicle, offered: Offered, guest: Person, at: datetime) -> None:
    if guest in offered.kept or at <= offered.made_at:
        return
    if town.tell("subject.saved", at, guest, offered.owner, offered.thing):
        offered.kept[guest] = at


def phrase(town: Chronicle, about: Deal, speaker: Person, of: str) -> str:
    """What somebody writes to the other side, in Chinese where both are at home in it."""
    both = (about.asker, about.owner)
    is_chinese = about.offered.circle.language == "zh" and all("zh" in p.languages for p in both)
    return town.decks.deal(f"zh_{of}" if is_chinese else of)


def answer(town: Chronicle, begun: Deal) -> bool:
    """What comes of a request; whether both agree."""
    host, guest, due = begun.owner, begun.asker, due_at(begun)
    answered = town.soon(begun.at, 30 / host.gives)
    chance = town.rng.random()
    if 0.17 <= chance < 0.2 and due is not None:
        move(town, begun, "withdraw", guest, min(town.soon(begun.at, 12), due - HOUR))
        return False
    if chance < 0.08 or due is None or answered >= due or not host.is_here(answered):
        clock(town, begun)
        return False
    if chance < 0.17 or not is_free(begun):
        reason = (
            "not_free"
            if not is_free(begun)
            else town.rng.choice(("not_free", "does_not_fit", "else"))
        )
        words = phrase(town, begun, host, "declines")
        move(town, begun, "decline", host, answered, reason, words)
        return False
    if chance < 0.28 and begun.first is not None and begun.last is not None:
        later = DAY * town.rng.randrange(2, 6)
        begun.first, begun.last = begun.first + later, begun.last + later
        words = phrase(town, begun, host, "counters")
        return move(town, begun, "counter", host, answered, words=words) and _bind(
            town, begun, "agree"
        )
    if not move(town, begun, "accept", host, answered):
        return False
    begun.lines.append(Line(answered, host, phrase(town, begun, host, "accepts")))
    return _bind(town, begun, "confirm")


def _bind(town: Chronicle, begun: Deal, name: str) -> bool:
    """Whether the one who asked says yes to what stands there."""
    at, due = town.soon(begun.steps[-1].at, 8), due_at(begun)
    if due is None or at >= due or town.chance(0.04):
        clock(town, begun)
        return False
    if town.chance(0.03):
        move(town, begun, "withdraw", begun.asker, at)
        return False
    if move(town, begun, name, begun.asker, at):
        _talk(town, begun, at)
        return True
    clock(town, begun)
    return False


def _talk(town: Chronicle, begun: Deal, at: datetime) -> None:
    """Sometimes the two write about the door and the hour."""
    if not town.chance(0.4):
        return
    for speaker in (begun.asker, begun.owner):
        at = town.soon(at, 2)
        if begun.first is not None and at >= begun.first:
            return
        if at < town.until and speaker.is_here(at):
            begun.lines.append(Line(at, speaker, phrase(town, begun, speaker, "details")))


def go_on(town: Chronicle, begun: Deal, partners: Partners) -> None:
    """How it goes once both have agreed."""
    agreed = begun.steps[-1].at
    if town.chance(0.09) and _cancel(town, begun, agreed):
        return
    if not clock(town, begun):
        return
    if town.chance(0.02) and _break_off(town, begun):
        said.say(town, begun)
        return
    over = begun.last or town.between(agreed + DAY / 2, agreed + 12 * DAY)
    done = town.soon(over, 12)
    sides = [begun.asker, begun.owner] if town.chance(0.6) else [begun.owner, begun.asker]
    if town.chance(0.035):
        name, reasons, of = town.rng.choice(TROUBLE)
        words = town.decks.deal(of)
        if move(town, begun, name, sides[0], done, town.rng.choice(reasons), words):
            said.say(town, begun)
            return
    if town.chance(0.015) or not any(move(town, begun, "finish", p, done) for p in sides):
        clock(town, begun)
        return
    second = begun.other(begun.steps[-1].by or sides[0])
    at, due = town.soon(done, 14), due_at(begun)
    if town.chance(0.2) or due is None or at >= due or not move(town, begun, "finish", second, at):
        clock(town, begun)
    if begun.state == "completed":
        _afterwards(town, begun, partners)


TROUBLE = (
    ("miss", ("they_did_not_come", "i_did_not_come"), "missed"),
    ("complain", ("not_as_told", "other_broke_word"), "wrongs"),
)


def _cancel(town: Chronicle, begun: Deal, agreed: datetime) -> bool:
    """Somebody calls it off before it begins; sometimes staff say that it does not count."""
    at = town.soon(agreed, 40)
    by = begun.asker if town.chance(0.7) else begun.owner
    if begun.late_at is not None and at >= begun.late_at:
        return False
    if begun.first is None and not clock(town, begun):
        return False
    reason = town.rng.choice(("plans_changed", "fell_ill", "outside_force"))
    if not move(town, begun, "cancel", by, at, reason, town.decks.deal("cancels")):
        return False
    managers = [p for p in town.people if p.role == "manager" and p not in (by, begun.other(by))]
    at = town.soon(at, 30)
    manager = town.pick(managers, at)
    if reason != "plans_changed" and manager is not None and town.chance(0.4):
        granted = town.tell("excuse.granted", at, manager, by, begun.thing)
        begun.excused = (manager, granted) if granted else None
    return True


def _break_off(town: Chronicle, begun: Deal) -> bool:
    """Somebody calls it off when it has begun already: that is late, and can be reviewed."""
    if begun.first is None:
        return False
    at = begun.first + HOUR * 0.5
    by = begun.asker if town.chance(0.5) else begun.owner
    words = town.decks.deal("cancels")
    return move(
        town, begun, "cancel", by, at, town.rng.choice(("fell_ill", "plans_changed")), words
    )


def _afterwards(town: Chronicle, begun: Deal, partners: Partners) -> None:
    guest, host, done = begun.asker, begun.owner, begun.steps[-1].at
    partners.setdefault(host, []).append(guest)
    partners.setdefault(guest, []).append(host)
    said.say(town, begun)
    said.recap(town, begun)
    to, by = begun.provider, begun.receiver
    if town.chance(0.3):
        at = town.soon(done, 10)
        if town.tell("thanks.given", at, by, to, begun.thing) and town.chance(0.5):
            begun.lines.append(Line(at, by, phrase(town, begun, by, "farewells")))
    if town.chance(0.1):
        given = town.rng.choice((10, 8, 6, 3, -2))
        town.tell("rating.given", town.soon(done, 60), to, by, value=given)
