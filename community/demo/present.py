"""How things stand on the demo town's last day: what waits for those whom one can sign in as."""

from datetime import datetime
from random import Random

from community.demo import said
from community.demo.chronicle import DAY, HOUR, Chronicle
from community.demo.deals import phrase
from community.demo.people import Person
from community.demo.trade import Deal, Line, Offered, ask, clock, is_free, move, when

COUNTED = 60
"""Days over which views are kept."""
MEMBER, MANAGER = "ines", "samuel"


def stand(town: Chronicle) -> None:
    """Something of every kind is open; some offers are paused, some days closed, all were looked at."""
    people = {person.handle: person for person in town.people}
    member, manager = people[MEMBER], people[MANAGER]
    for hours, owner in ((19.7, member), (6.3, member), (9.1, manager)):
        _waits(town, owner, hours)
    _is_countered(town, manager)
    _is_accepted(town, member)
    _is_under_way(town, member)
    _waits_for_a_review(town, member)
    _was_late(town, manager)
    _pause(town)
    _close_days(town)
    _count_views(town, Random(town.rng.getrandbits(64)))


def _begun(
    town: Chronicle, offered: Offered | None, asker: Person | None, at: datetime, *span: datetime
) -> Deal | None:
    """A request with its first words; for given days, or for some that are free."""
    if offered is None or asker is None or offered.made_at >= at:
        return None
    units = 1
    if span and offered.grain == "day":
        units = (span[1] - span[0]).days
    dates = (*span, units) if span else when(town, offered, at)
    begun = ask(town, offered, asker, at, *dates)
    if begun is None:
        return None
    while begun.first is not None and begun.last is not None and not is_free(begun):
        begun.first, begun.last = begun.first + DAY, begun.last + DAY
    begun.lines.append(Line(at, asker, phrase(town, begun, asker, "asks")))
    return begun


def _agreed(town: Chronicle, begun: Deal | None, hours: float) -> bool:
    """Whether both agreed, the one some hours after the request and the other an hour later."""
    if begun is None:
        return False
    at = begun.at + HOUR * hours
    if not move(town, begun, "accept", begun.owner, at):
        return False
    begun.lines.append(Line(at, begun.owner, phrase(town, begun, begun.owner, "accepts")))
    return move(town, begun, "confirm", begun.asker, at + HOUR)


def _neighbour(town: Chronicle, *but: Person) -> Person | None:
    lately = town.until - 12 * DAY
    there = [p for p in town.people if p.is_here(lately) and p.leaves is None and p not in but]
    plain = [p for p in there if p.role == "member" and not p.has_login]
    return town.rng.choice(plain) if plain else None


def _own(town: Chronicle, owner: Person) -> Offered | None:
    """An offer of somebody's for which nobody waits."""
    asked = {deal.offered for deal in town.deals if deal.state == "requested"}
    mine = [o for o in town.offers if o.owner is owner and o.thing is not None and not o.is_wish]
    free = [o for o in mine if o not in asked] or mine
    return town.rng.choice(free) if free else None


def _of_a_neighbour(
    town: Chronicle, *but: Person, grains: tuple[str, ...], free: range = range(0)
) -> Offered | None:
    """A neighbour's offer with dates of this sort, published long enough ago, free on some days."""
    early = town.until - 12 * DAY
    there = [
        o
        for o in town.offers
        if o.thing is not None
        and not o.is_wish
        and o.owner not in but
        and o.owner.role == "member"
        and o.owner.leaves is None
        and o.owner.is_here(early)
        and o.made_at < early
        and o.grain in grains
        and not any(o.held.get(day) for day in free)
    ]
    return town.rng.choice(there) if there else None


def _waits(town: Chronicle, owner: Person, hours: float) -> None:
    begun = _begun(town, _own(town, owner), _neighbour(town, owner), town.until - HOUR * hours)
    if begun is not None:
        begun.lines[-1].is_seen = False


def _is_countered(town: Chronicle, asker: Person) -> None:
    offered = _of_a_neighbour(town, asker, grains=("day", "hour"))
    begun = _begun(town, offered, asker, town.until - 29.6 * HOUR)
    if begun is None or begun.first is None or begun.last is None:
        return
    begun.first, begun.last = begun.first + 3 * DAY, begun.last + 3 * DAY
    words = phrase(town, begun, begun.owner, "counters")
    move(town, begun, "counter", begun.owner, town.until - 9.8 * HOUR, words=words)


def _is_accepted(town: Chronicle, asker: Person) -> None:
    begun = _begun(
        town, _of_a_neighbour(town, asker, grains=("day", "hour")), asker, town.until - 25.6 * HOUR
    )
    if begun is not None and move(town, begun, "accept", begun.owner, town.until - 6.7 * HOUR):
        words = phrase(town, begun, begun.owner, "accepts")
        begun.lines.append(Line(town.until - 6.7 * HOUR, begun.owner, words, is_seen=False))


def _is_under_way(town: Chronicle, asker: Person) -> None:
    """Days that have begun, or where nothing is free on them something without dates."""
    first, last = town.until - DAY, town.until + 3 * DAY
    days = range(first.toordinal(), last.toordinal())
    offered = _of_a_neighbour(town, asker, grains=("day",), free=days)
    span: tuple[datetime, ...] = (first, last) if offered else ()
    offered = offered or _of_a_neighbour(town, asker, grains=("open", "once"))
    begun = _begun(town, offered, asker, town.until - 8.3 * DAY, *span)
    if begun is not None and _agreed(town, begun, 5):
        clock(town, begun)


def _waits_for_a_review(town: Chronicle, asker: Person) -> None:
    """The other side has said how it was, and nobody may know what."""
    offered = _of_a_neighbour(town, asker, grains=("once", "open"))
    begun = _begun(town, offered, asker, town.until - 10.37 * DAY)
    if begun is None or not _agreed(town, begun, 4) or not clock(town, begun):
        return
    over = town.until - 4.6 * DAY
    if move(town, begun, "finish", begun.owner, over) and move(
        town, begun, "finish", asker, over + 5 * HOUR
    ):
        begun.said.append(said.told(town, begun, begun.owner, over + 20 * HOUR))


def _was_late(town: Chronicle, asker: Person) -> None:
    """A neighbour called it off on the very day, and the other may say how that was."""
    day = town.until - 6 * DAY
    span: tuple[datetime, ...] = (day + 15 * HOUR, day + 16 * HOUR)
    begun = _begun(
        town, _of_a_neighbour(town, asker, grains=("hour",)), asker, town.until - 10.21 * DAY, *span
    )
    if begun is not None and begun.first == span[0] and _agreed(town, begun, 6):
        words = town.decks.deal("cancels")
        move(town, begun, "cancel", begun.owner, day + 9 * HOUR, "fell_ill", words)


def _pause(town: Chronicle) -> None:
    """Whoever went away left an offer or two; a few others rest."""
    waited = {d.offered for d in town.deals if d.steps[-1].after in ("requested", "accepted")}
    for offered in town.offers:
        if offered.thing is None or offered.owner.has_login or offered in waited:
            continue
        has_left = offered.owner.leaves is not None and offered.owner.leaves < town.until
        if town.chance(0.6 if has_left else 0.05):
            offered.state = "archived" if has_left and town.chance(0.5) else "paused"


def _close_days(town: Chronicle) -> None:
    """Some will be away; what they promised lies on other days."""
    today = town.until.date()
    for offered in town.offers:
        if offered.grain not in ("day", "hour") or offered.thing is None or not town.chance(0.3):
            continue
        taken = {
            day
            for deal in town.deals
            if deal.offered is offered and deal.holds and deal.first and deal.last
            for day in range(deal.first.toordinal(), deal.last.toordinal() + 1)
        }
        first = today + DAY * town.rng.randrange(20, 70)
        last = first + DAY * town.rng.randrange(1, 15)
        if not taken & set(range(first.toordinal(), last.toordinal() + 1)):
            offered.closed.append((first, last))


def _count_views(town: Chronicle, rng: Random) -> None:
    """How often each was looked at on each of the last days."""
    for offered in town.offers:
        if offered.thing is None or offered.state == "archived":
            continue
        liking = 0.5 + rng.expovariate(0.7)
        for back in range(1, COUNTED + 1):
            day = (town.until - DAY * back).date()
            views = int(rng.expovariate(1 / liking))
            if views and day > offered.made_at.date():
                offered.views[day] = views
