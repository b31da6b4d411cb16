"""Who lives in the demo town: when they came, what they care about, what they tell of themselves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from community.activity.members.models import ALL_LETTERS, EVERYONE, MEMBERS, NOBODY, WHAT_WAITS
from community.activity.members.rules import why_not_handle
from community.demo.names import CULTURES, Culture, full_name
from community.demo.telling import Teller, Told
from community.demo.words import Circle, circles, common
from community.kit import text

SPAN = timedelta(days=730)
"""How long the demo town has been there."""
FEWEST, MOST = 12, 1_000
GROWTH = 1.3
"""Above one, more people join the later it is."""


@dataclass(frozen=True)
class Staff:
    """Someone who is in every demo town, whatever the seed."""

    role: str
    handle: str
    name: str
    languages: tuple[str, ...]
    circles: tuple[str, ...]
    day: int
    gives: float
    meets: float
    has_login: bool = True


STAFF = (
    Staff("admin", "tomasz", "Tomasz Zieliński", ("pl", "en", "de"), ("repair", "walks"), 0, 2.0, 1.5),
    Staff("manager", "samuel", "Samuel Osei", ("en", "fr", "ak"), ("garden", "families", "bread"), 1, 4.0, 2.5),
    Staff("leader", "xiao-lin", "林晓", ("zh", "en"), ("tea", "zhongwen", "books"), 2, 2.0, 2.0),
    Staff("member", "ines", "Inês Carvalho", ("pt", "es", "en"), ("bread", "music", "stays"), 5, 5.0, 3.5),
    Staff("manager", "defne", "Defne Aydın", ("tr", "en", "de"), ("tongues", "making"), 40, 3.0, 2.5, has_login=False),
)  # fmt: skip


@dataclass(eq=False)
class Person:
    """Somebody in town.

    ``acts_from`` is when they can first do something here themselves; ``leaves`` when they
    stopped coming; ``gives`` and ``meets`` say how much they do for others and go out.
    """

    name: str
    handle: str
    joined: datetime
    acts_from: datetime
    circles: list[Circle]
    languages: tuple[str, ...]
    role: str = "member"
    gives: float = 1.0
    meets: float = 1.0
    leaves: datetime | None = None
    is_erased: bool = False
    claims: datetime | None = None
    outside_id: str | None = None
    has_login: bool = False
    told: Told = field(default_factory=Told)
    sees: tuple[int, int, int, int, int] = (EVERYONE, MEMBERS, EVERYONE, MEMBERS, EVERYONE)
    letters: int = ALL_LETTERS
    id: int = 0

    @property
    def reads(self) -> str | None:
        """The language in which they chose to read; None where their browser may say."""
        return "zh_Hans_CN" if self.languages[0] == "zh" and self.role == "member" else None

    @property
    def is_imported(self) -> bool:
        """Whether they came from elsewhere, and not by signing up."""
        return self.outside_id is not None

    def is_here(self, at: datetime) -> bool:
        """Whether they act here at that time."""
        return self.acts_from <= at and (self.leaves is None or at < self.leaves)


def settle(rng: Random, members: int, until: datetime) -> list[Person]:
    """The people of a town of this many members, in the order in which they joined."""
    start = until - SPAN
    taken = {staff.handle for staff in STAFF}
    people = [_staff(rng, staff, start) for staff in STAFF]
    named = {person.name for person in people}
    while len(people) < members:
        culture = rng.choices(CULTURES, [c.weight for c in CULTURES])[0]
        name, latin = full_name(culture, rng.choice(culture.given), rng.choice(culture.family))
        handle = text.handle(latin)
        if name in named or handle in taken or why_not_handle(handle):
            continue
        named.add(name)
        taken.add(handle)
        people.append(_neighbour(rng, name, handle, culture, start, until))
    _import_some(rng, people, start)
    _let_some_go(rng, people, until)
    teller = Teller(rng)
    for person in people:
        if person.role == "member" and not person.has_login:
            person.told = teller.tell(person.circles, person.languages, is_brief=_is_brief(person))
    return sorted(people, key=lambda person: (person.joined, person.handle))


def _staff(rng: Random, staff: Staff, start: datetime) -> Person:
    joined = start + timedelta(days=staff.day, hours=9, minutes=rng.randrange(60))
    mine = [circle for circle in circles() if circle.name in staff.circles]
    return Person(
        staff.name,
        staff.handle,
        joined,
        joined,
        mine,
        staff.languages,
        role=staff.role,
        gives=staff.gives,
        meets=staff.meets,
        has_login=staff.has_login,
        told=Told(**{**common()["staff"][staff.handle], "interests": tuple(_labels(mine))}),
    )


def _labels(mine: list[Circle]) -> list[str]:
    return [label for circle in mine for label in (circle.label, circle.also[0])]


def _neighbour(
    rng: Random, name: str, handle: str, culture: Culture, start: datetime, until: datetime
) -> Person:
    share = rng.random() ** (1 / GROWTH)
    joined = (
        start
        + timedelta(days=6, seconds=rng.randrange(86_400))
        + (SPAN - timedelta(days=8)) * share
    )
    joined = min(joined, until - timedelta(hours=1 + rng.randrange(40)))
    languages = (
        culture.languages[0],
        *(code for code in culture.languages[1:] if rng.random() < 0.75),
    )
    open_to = [c for c in circles() if c.language is None or c.language in languages]
    mine = rng.sample(open_to, rng.choices((1, 2, 3, 4), (3, 4, 2, 1))[0])
    own = [c for c in open_to if c.language is not None and c not in mine]
    if own and rng.random() < 0.75:
        mine[0] = own[0]
    return Person(
        name,
        handle,
        joined,
        joined,
        mine,
        languages,
        gives=min(12.0, rng.paretovariate(1.25)),
        meets=min(8.0, rng.paretovariate(1.6)),
        sees=_sees(rng),
        letters=WHAT_WAITS if rng.random() < 0.1 else ALL_LETTERS,
    )


def _sees(rng: Random) -> tuple[int, int, int, int, int]:
    """Who sees page, place, details, links and timeline: most leave it as it is."""
    likely = (
        ((EVERYONE, MEMBERS, NOBODY), (90, 8, 2)),
        ((MEMBERS, EVERYONE, NOBODY), (72, 22, 6)),
        ((EVERYONE, MEMBERS, NOBODY), (82, 15, 3)),
        ((MEMBERS, EVERYONE, NOBODY), (70, 25, 5)),
        ((EVERYONE, MEMBERS, NOBODY), (84, 13, 3)),
    )
    a, b, c, d, e = (rng.choices(choices, weights)[0] for choices, weights in likely)
    return a, b, c, d, e


def _import_some(rng: Random, people: list[Person], start: datetime) -> None:
    """Some were on the notice board that the town had before; a part of them moved in."""
    plain = [p for p in people if p.role == "member" and not p.has_login]
    unclaimed, claimed = max(2, len(people) // 50), max(2, len(people) // 30)
    for number, person in enumerate(rng.sample(plain, min(len(plain), unclaimed + claimed))):
        person.outside_id = str(1001 + 7 * number)
        person.handle = f"{person.handle[:30]}-{person.outside_id}"
        person.joined = start + timedelta(days=3 + rng.random() * 40)
        person.sees = Person.sees
        if number < unclaimed:
            person.acts_from = person.leaves = person.joined + timedelta(days=90)
        else:
            person.claims = person.acts_from = start + timedelta(days=120 + rng.random() * 300)


def _let_some_go(rng: Random, people: list[Person], until: datetime) -> None:
    """Some drift away, most of them early; of very few nothing is left but that they were here."""
    plain = [p for p in people if not p.has_login and p.role == "member" and not p.is_imported]
    for person in rng.sample(plain, int(len(plain) * 0.28)):
        leaves = person.joined + timedelta(days=3 + rng.expovariate(1 / 70))
        if leaves >= until:
            continue
        person.leaves = leaves
        person.gives, person.meets = person.gives / 2, person.meets / 2
    early = [p for p in plain if p.leaves and p.leaves < until - timedelta(days=30)]
    for person in early[: len(people) // 100]:
        person.is_erased = True


def _is_brief(person: Person) -> bool:
    return not person.has_login and (person.leaves is not None or person.is_imported)
