"""What the two sides of an exchange say of each other, when it opens, and what comes of it."""

from datetime import datetime

from community.activity.exchanges.offers.kinds import aspects
from community.demo.chronicle import DAY, Chronicle
from community.demo.people import Person
from community.demo.trade import Deal, Said
from community.demo.words import common

OVERRULED = "Breaks the rules of the house: it tells what was private, or was not there."


def say(town: Chronicle, deal: Deal) -> None:
    """Both may say how it was, the one who received more often; then it opens, or stays sealed."""
    until = deal.review_until
    if until is None or deal.ended_at is None:
        return
    for author, share in ((deal.receiver, 0.72), (deal.provider, 0.55)):
        at = town.soon(deal.ended_at, 35)
        if at >= min(until, town.until) or not author.is_here(at):
            continue
        if town.chance(share):
            deal.said.append(told(town, deal, author, at))
        elif town.chance(0.05):
            deal.said.append(Said(author, deal.other(author), at, is_closed=True))
    open_all(town, deal)


def open_all(town: Chronicle, deal: Deal) -> None:
    """Open what was said once both are done or the time is over, if that was before the last day."""
    until = deal.review_until
    if until is None:
        return
    opens = max(s.at for s in deal.said) if len(deal.said) == 2 else until
    if opens >= town.until:
        return
    deal.opened_at = opens
    for said in deal.said:
        author = said.author
        if author.is_erased and author.leaves is not None and author.leaves <= opens:
            # Whoever leaves for good before it opens has said nothing.
            said.is_closed = True
        if not said.is_closed:
            _open(town, deal, said, opens)


def _open(town: Chronicle, deal: Deal, said: Said, at: datetime) -> None:
    thing = town.make("review", said.author, at, deal.thing.title, said.text, deal.thing)
    said.opened = town.note("review.published", at, said.author, said.about, thing, said.stars)
    answered = town.soon(at, 40)
    is_poor = (said.stars or 5) < 4
    if (
        town.chance(0.5 if is_poor else 0.12)
        and answered < town.until
        and said.about.is_here(answered)
    ):
        of = (
            "sorry_responses"
            if is_poor
            else "zh_responses"
            if _is_chinese(said.text)
            else "responses"
        )
        said.response = (answered, town.decks.deal(of))
    for _ in range(town.rng.choice((0, 0, 0, 1, 1, 2, 3))):
        reads = town.soon(at, 200)
        reader = town.pick(town.people, reads) if reads < town.until else None
        if reader is not None and reader not in (said.author, said.about):
            said.helped.setdefault(reader, reads)


def told(town: Chronicle, deal: Deal, author: Person, at: datetime) -> Said:
    """What one side has to say at that moment."""
    said = Said(author, deal.other(author), at)
    if deal.state != "completed":
        said.stars, said.text = town.rng.choice((1, 2, 2)), town.decks.deal("poor_reviews")
        said.would_again = False
        return said
    is_poor = author is deal.receiver and town.chance(0.04)
    if is_poor:
        said.stars, said.text = 2, town.decks.deal("poor_reviews")
    elif author is deal.receiver and not deal.offered.is_wish:
        said.stars, said.text = town.rng.choice((5, 5, 5, 5, 5, 5, 4)), _praise(town, deal, author)
    else:
        said.stars, said.text = (
            town.rng.choice((5, 5, 5, 5, 5, 5, 4)),
            town.decks.deal("host_reviews"),
        )
    said.would_again = not is_poor
    if town.chance(0.6):
        near = (said.stars, said.stars, said.stars, max(1, said.stars - 1))
        said.scores = {name: town.rng.choice(near) for name in aspects(deal.offered.kind)}
        said.expected = town.rng.choice((3, 3, 4, 4, 5))
        said.got = max(1, min(5, said.stars - town.rng.choice((0, 0, 1))))
    if town.chance(0.06):
        said.note = town.decks.deal("private_notes")
    return said


def _praise(town: Chronicle, deal: Deal, author: Person) -> str:
    offer, circle = deal.offered, deal.offered.circle
    done = town.decks.praise(offer.title, offer.thing.praise if offer.thing else ())
    if circle.language == "zh" and "zh" in author.languages:
        parts = [town.decks.deal("zh_review_openings"), done, town.decks.deal("zh_review_closings")]
        return "".join(parts[: town.rng.choice((2, 3))])
    if circle.language == "zh":
        done = ""
    opening = town.decks.deal("review_openings")
    own = common()["thanks"].get(author.languages[0])
    if own and town.chance(0.3):
        opening = own
    parts = [opening, done, town.decks.deal("review_closings")]
    return " ".join(part for part in parts[: town.rng.choice((2, 3, 3))] if part)


def _is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def recap(town: Chronicle, deal: Deal) -> None:
    """Some write down what it did for them."""
    for side in (deal.receiver, deal.provider):
        at = town.soon(deal.steps[-1].at, 30)
        if town.chance(0.18) and at < town.until and side.is_here(at):
            is_chinese = deal.offered.circle.language == "zh" and "zh" in side.languages
            text = town.decks.deal("zh_recaps" if is_chinese else "recaps")
            deal.recaps.append((side, at, text, town.chance(0.6)))


def withdraw(town: Chronicle) -> None:
    """A few reviews break the rules of the house: somebody reports them, staff take them back."""
    told, managers = common()["review_decision"], [p for p in town.people if p.role == "manager"]
    early = town.until - 20 * DAY
    opened = [
        said
        for deal in town.deals
        for said in deal.said
        if said.opened is not None
        and said.opened.at < early
        and said.response is None
        and said.stars is not None
        and not (said.author.is_erased or said.about.is_erased)
        and {said.author.role, said.about.role} == {"member"}
    ]
    cases = (
        ("private", told["report"], told["upheld"]),
        ("not_about", told["report_other"], told["upheld_other"]),
    )
    chosen = town.rng.sample(opened, min(len(opened), len(cases)))
    for said, text, case in zip(chosen, common()["withdrawn_reviews"], cases, strict=False):
        _remove(town, said, text, case, managers)
    if chosen and chosen[0].removed is not None:
        _appeal(town, chosen[0], managers)


def _remove(
    town: Chronicle, said: Said, text: str, case: tuple[str, str, str], managers: list[Person]
) -> None:
    event = said.opened
    if event is None or event.about is None:
        return
    ground, report, upheld = case
    flagged = town.soon(event.at, 20)
    decided = town.soon(flagged, 16)
    manager = town.pick(managers, decided)
    if manager is None or not town.tell(
        "flag.raised", flagged, said.about, said.author, event.about
    ):
        return
    town.note("flag.upheld", decided, manager, said.author, event.about)
    said.text, said.stars, event.value = text, 1, 1
    said.scores, said.expected, said.got, said.would_again = {}, None, None, False
    said.helped = {who: at for who, at in said.helped.items() if at < decided}
    event.about.text, event.about.is_hidden = text, True
    event.undone = (decided, OVERRULED)
    said.removed, said.report = decided, (said.about, flagged, ground, report)
    said.decisions.append((manager, decided, ground, upheld))


def _appeal(town: Chronicle, said: Said, managers: list[Person]) -> None:
    """The writer asks that another one looks at it: it stays as it was decided."""
    told, (first, decided, ground, _) = common()["review_decision"], said.decisions[0]
    at = town.soon(decided, 30)
    again = town.soon(at, 20)
    other = town.pick([m for m in managers if m is not first], again)
    if other is not None and said.author.is_here(at) and again < town.until:
        said.appeal = (said.author, at, told["appeal"])
        said.decisions.append((other, again, ground, told["looked_again"]))
