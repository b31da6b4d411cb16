"""What people in the demo town talk about: topics, answers, comments, thanks, guides."""

from datetime import datetime, timedelta
from typing import Any

from community.demo.chronicle import DAY, Chronicle, Thing
from community.demo.people import Person
from community.demo.words import Circle, Deck, circles

TOPICS_A_MEMBER = 0.75


def talk(town: Chronicle) -> None:
    """Each circle asks what it asks, each question once."""
    asked = _questions(town)
    most = int(len(town.people) * TOPICS_A_MEMBER)
    for circle, topic, about in asked[:most]:
        people = town.circle(circle.name)
        at = town.between(town.start + 30 * DAY + DAY * 695 * town.rng.random() ** 0.8, town.until)
        author = town.pick(people, at)
        if author is not None:
            _ask(town, circle, people, author, topic, about, at)
    _write_guides(town)


def _questions(town: Chronicle) -> list[tuple[Circle, dict[str, Any], str]]:
    every = [
        (circle, topic, about)
        for circle in circles()
        for topic in circle.topics
        for about in topic["x"]
    ]
    return town.rng.sample(every, len(every))


def _ask(
    town: Chronicle,
    circle: Circle,
    people: list[Person],
    author: Person,
    told: dict[str, Any],
    about: str,
    at: datetime,
) -> None:
    topic = town.make("topic", author, at, told["title"].replace("{x}", about), told["text"])
    if not town.tell("topic.opened", at, author, about=topic):
        town.drop(topic)
        return
    lines = Deck(town.rng, told["answers"], passes=1)
    answers = []
    for _ in range(town.rng.choice((1, 2, 2, 3, 3, 4))):
        when = town.soon(at, 30)
        helper = town.pick([p for p in people if p is not author], when, "gives")
        line = lines.deal() if helper else None
        if helper is None or line is None or any(a.owner is helper for a in answers):
            continue
        answer = town.make("answer", helper, when, topic.title, line, topic)
        if town.tell("answer.posted", when, helper, author, answer):
            answers.append(answer)
            _reply(town, circle, people, author, answer)
        else:
            town.drop(answer)
    if answers and town.chance(0.08):
        town.tell("bounty.offered", town.soon(at, 60), author, None, topic, 50)
    _accept(town, author, answers)
    _follow(town, people, author, topic)


def _reply(
    town: Chronicle, circle: Circle, people: list[Person], author: Person, answer: Thing
) -> None:
    """What comes under an answer: remarks, thanks, votes, reactions."""
    helper, at = answer.owner, answer.made_at
    place = "zh_comments" if circle.language == "zh" else "comments"
    last, speaker = at, author
    for _ in range(town.rng.choice((0, 0, 1, 1, 2, 3))):
        last = town.soon(last, 9)
        comment = town.make("comment", speaker, last, answer.title, town.decks.deal(place), answer)
        to = helper if speaker is not helper else author
        if not town.tell("comment.written", last, speaker, to, comment):
            town.drop(comment)
            break
        speaker = helper if speaker is not helper else town.pick(people, last) or author
    if town.chance(0.6):
        town.tell("thanks.given", town.soon(at, 15), author, helper, answer)
    for kind, most, hours, value in (
        ("thanks.given", 4, 70, None),
        ("reaction.given", 6, 50, None),
        ("vote.cast", 4, 90, 1),
    ):
        seen = {author, helper}
        for _ in range(town.rng.randrange(most)):
            when = town.soon(at, hours)
            reader = town.pick(people, when)
            if reader is not None and reader not in seen:
                seen.add(reader)
                town.tell(kind, when, reader, helper, answer, value)


def _accept(town: Chronicle, author: Person, answers: list[Thing]) -> None:
    """Often one answer helped; sometimes there were points for it."""
    if not answers or not town.chance(0.62):
        return
    best = town.rng.choice(answers)
    at = town.soon(max(a.made_at for a in answers), 40)
    if town.tell("answer.accepted", at, author, best.owner, best) and town.chance(0.1):
        town.tell("bounty.awarded", at + timedelta(seconds=2), author, best.owner, best, 50)


def _follow(town: Chronicle, people: list[Person], author: Person, topic: Thing) -> None:
    for _ in range(town.rng.randrange(4)):
        at = town.soon(topic.made_at, 100)
        reader = town.pick(people, at)
        if reader is not None and reader is not author:
            town.tell("subject.saved", at, reader, author, topic)


def _write_guides(town: Chronicle) -> None:
    """Whoever knows most writes it down once; it is kept and thanked for long."""
    for circle in circles():
        people = town.circle(circle.name)
        for told in circle.guides:
            at = town.between(town.start + 90 * DAY, town.until - 20 * DAY)
            author = town.pick(people, at, "gives")
            if author is None:
                continue
            guide = town.make("guide", author, at, told["title"], told["text"])
            town.tell("guide.published", at, author, about=guide)
            for _ in range(min(len(people), 14)):
                when = town.between(at, town.until)
                reader = town.pick(people, when)
                if reader is not None and reader is not author:
                    kind = town.rng.choice(("subject.saved", "thanks.given", "reaction.given"))
                    town.tell(kind, when, reader, author, guide)
