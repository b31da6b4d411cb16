"""Who in the demo town says how they know another from outside of exchanges, and in which words."""

from random import Random

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from community.activity.exchanges.references.actions import KIND
from community.activity.exchanges.references.models import Reference
from community.demo.chronicle import DAY, Chronicle
from community.demo.people import Person
from community.kit.text import markdown
from community.ledger.models import Event

SHARE = 0.15
"""How many of those who are here write about somebody."""
WORDS = {
    "en": (
        ("neighbour", "We have shared a wall for nine years. The music stops at ten, and the soup comes over at noon."),
        ("friend", "One of the few people I would hand my keys without a second thought. I did, for a whole summer."),
        ("work", "We kept the same shop running for two winters. Always on time, and calm when the till broke."),
        ("club", "We sing in the same choir. Whoever is new gets a seat beside them, and is not new for long."),
        ("learning", "We learned to mend bicycles on the same evening course. The patience is real."),
        ("family", "My cousin, so I may be partial: but ask anyone in our street who helps when a pipe bursts."),
        ("here", "We met at a bread evening here and have walked every Sunday since."),
    ),
    "zh": (
        ("neighbour", "我们做了九年邻居。出门的时候，我总是把钥匙放在隔壁，从来没有担心过。"),
        ("friend", "多年的老朋友，说到做到，约好的时间从来没有迟到过，还常常带点心来。"),
        ("here", "我们在这里的茶会上认识，后来每个周日都一起散步，聊得很开心。"),
    ),
}  # fmt: skip


def know(town: Chronicle) -> None:
    """Some write about somebody of their circle, one about each at most."""
    rng = Random(f"who knows whom among {len(town.people)}")
    people = {person.handle: person for person in town.people}
    pairs = [(people["samuel"], people["ines"])]
    for author in town.people:
        others = [
            p for p in town.people if p is not author and set(p.circles) & set(author.circles)
        ]
        if others and rng.random() < SHARE:
            pairs.append((author, rng.choice(others)))
    for author, about in dict.fromkeys(pairs):
        since = max(author.acts_from, about.acts_from)
        at = since + (town.until - since) * rng.random()
        if _has_moved_in(about) and _has_moved_in(author) and since < town.until - DAY:
            town.tell(KIND, at, author, about)


def keep(connection: Connection, town: Chronicle) -> None:
    """Write what was said, each with its event."""
    written = [each for each in town.happenings if each.kind == KIND]
    asked = select(Event.id, Event.actor, Event.other).where(Event.kind == KIND)
    events = {(row.actor, row.other): row.id for row in connection.execute(asked)}
    rows = []
    for number, each in enumerate(written):
        if each.actor is None or each.other is None:
            continue
        words = WORDS["zh" if each.actor.languages[0] == "zh" else "en"]
        how, text = words[number % len(words)]
        rows.append(
            {
                "author_id": each.actor.id,
                "about_id": each.other.id,
                "how": how,
                "text": text,
                "html": markdown(text),
                "at": each.at,
                "changed_at": each.at,
                "event_id": events[each.actor.id, each.other.id],
            }
        )
    if rows:
        connection.execute(insert(Reference), rows)


def _has_moved_in(person: Person) -> bool:
    return not person.is_erased and (not person.is_imported or person.claims is not None)
