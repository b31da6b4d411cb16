"""Where people in the demo town meet, what they write to each other, what they tell the house."""

from datetime import datetime, timedelta
from typing import Any

from community.demo.chronicle import DAY, HOUR, Chronicle, Happening
from community.demo.people import Person
from community.demo.words import Circle, Deck, circles, common

MESSAGES_A_MEMBER = 5.0
SEARCHES_A_MEMBER = 2.0
TO_COME = timedelta(days=21)
"""How far ahead a gathering is announced."""


def meet(town: Chronicle) -> None:
    """Each circle meets every few weeks, at what the season allows."""
    for circle in circles():
        people = town.circle(circle.name)
        every = 18 + 600 / (len(people) + 6)
        day = town.start + (20 + 20 * town.rng.random()) * DAY
        while day < town.until + TO_COME:
            _gather(town, people, circle, day)
            day += DAY * every * (0.7 + 0.6 * town.rng.random())


def _gather(town: Chronicle, people: list[Person], circle: Circle, day: datetime) -> None:
    fitting = [g for g in circle.gatherings if day.month in g.get("months", range(1, 13))]
    seasonal = [g for g in fitting if "months" in g]
    idea: dict[str, Any] | None = None
    if seasonal and town.chance(0.6):
        idea = town.rng.choice(seasonal)
    elif fitting:
        idea = town.rng.choice(fitting)
    announced = min(day, town.until) - DAY * (3 + 9 * town.rng.random())
    host = town.pick(people, announced, "gives") if idea else None
    if idea is None or host is None:
        return
    day += DAY * ((5 - day.weekday()) % 7 if town.chance(0.6) else 0)
    starts = day.replace(hour=town.rng.choice((10, 15, 18, 19)), minute=0, second=0, microsecond=0)
    gathering = town.make("gathering", host, announced, idea["title"], idea["text"])
    told = len(town.happenings)
    promised = []
    wanted = [p for p in people if p is not host] + [p for p in town.people if p not in people][::9]
    for _ in range(min(len(wanted), town.rng.randrange(3, 12))):
        at = town.between(announced, min(starts, town.until))
        guest = town.pick(wanted, at)
        if guest is None or guest in promised or guest is host:
            continue
        if town.tell("gathering.promised", at, guest, host, gathering):
            promised.append(guest)
    hosted = town.tell("gathering.hosted", starts, host, None, gathering)
    if hosted is None:
        if len(town.happenings) == told:
            town.drop(gathering)
        return
    _attend(town, host, promised, gathering, starts)


def _attend(
    town: Chronicle, host: Person, promised: list[Person], gathering, starts: datetime
) -> None:
    for guest in promised:
        if town.chance(0.8):
            at = starts + timedelta(minutes=town.rng.randrange(1, 50))
            town.tell("gathering.attended", at, guest, host, gathering)
            if town.chance(0.2):
                town.tell("thanks.given", town.soon(starts + 3 * HOUR, 14), guest, host, gathering)


def write(town: Chronicle) -> None:
    """People who have dealt with each other write; mostly somebody answers."""
    met = [
        (h.actor, h.other)
        for h in town.happenings
        if h.kind in ("exchange.completed", "answer.accepted", "gathering.attended")
        and h.actor is not None
        and h.other is not None
        and h.source is None
    ]
    if not met:
        return
    for _ in range(int(len(town.people) * MESSAGES_A_MEMBER / 2)):
        sides = town.rng.choice(met)
        one, two = sides if town.chance(0.5) else sides[::-1]
        at = town.between(max(one.acts_from, two.acts_from), town.until)
        while town.tell("message.sent", at, one, two) and town.chance(0.55):
            at, one, two = town.soon(at, 5), two, one


def look_for(town: Chronicle) -> None:
    """People search for who and what they need."""
    for _ in range(int(len(town.people) * SEARCHES_A_MEMBER)):
        at = town.between(town.start, town.until)
        person = town.pick(town.people, at)
        if person is not None:
            town.tell("search.made", at, person)


def hear(town: Chronicle) -> None:
    """Surveys each quarter, suggestions, complaints, mentions elsewhere, flags, gifts."""
    for quarter in range(1, 8):
        asked = town.start + 91 * quarter * DAY
        for person in [p for p in town.people if p.is_here(asked)]:
            if town.chance(0.28):
                value = town.rng.choices(range(11), (1, 0, 1, 1, 1, 3, 4, 8, 14, 16, 14))[0]
                town.tell(
                    "survey.answered", town.between(asked, asked + 10 * DAY), person, value=value
                )
    for suggestion in common()["suggestions"]:
        at = town.between(town.start + 60 * DAY, town.until)
        person = town.pick(town.people, at, "gives")
        if person is None:
            continue
        page = town.make("page", person, at, suggestion)
        town.tell("suggestion.made", at, person, None, page)
    for kind, share in (("complaint.made", 0.02), ("mention.found", 0.05)):
        for _ in range(max(1, int(len(town.people) * share))):
            at = town.between(town.start + 30 * DAY, town.until)
            if person := town.pick(town.people, at):
                town.tell(kind, at, person)
    _flag(town)
    _reward(town)


def _flag(town: Chronicle) -> None:
    """Some flags turn out to be about nothing."""
    spoken = [h for h in town.happenings if h.kind in ("comment.written", "answer.posted")]
    for happening in town.rng.sample(spoken, min(len(spoken), max(1, len(town.people) // 40))):
        at = town.soon(happening.at, 20)
        reader = town.pick(town.people, at)
        if reader is not None and reader is not happening.actor:
            town.tell("flag.raised", at, reader, happening.actor, happening.about)


def _reward(town: Chronicle) -> None:
    """Managers send something small to those who do most, at midsummer and in December."""
    managers = [p for p in town.people if p.role == "manager"]
    done: Deck[Happening] = Deck(
        town.rng, [h for h in town.happenings if h.kind in ("gathering.hosted", "answer.accepted")]
    )
    for month in range(24):
        at = town.start + (30 * month + 12) * DAY + 10 * HOUR
        if at.month not in (6, 12):
            continue
        for _ in range(max(1, len(town.people) // 30)):
            deed = done.deal()
            manager = town.pick(managers, at)
            person = (deed.other or deed.actor) if deed else None
            if manager is None or person is None or not person.is_here(at) or person is manager:
                continue
            if town.tell(
                "gift.sent", at + HOUR * town.rng.random(), manager, person
            ) and town.chance(0.7):
                town.tell("gift.redeemed", town.soon(at + 2 * DAY, 90), person)


def take_back(town: Chronicle) -> None:
    """A few things are undone by those whose they are, with the reason."""
    for told in common()["voids"]:
        possible = [
            h
            for h in town.happenings
            if h.kind == told["kind"]
            and h.undone is None
            and h.source is None
            and h.at < town.until - 3 * DAY
        ]
        for happening in town.rng.sample(possible, min(len(possible), 2)):
            happening.undone = (town.soon(happening.at, 10), told["reason"])
