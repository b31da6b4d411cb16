"""Communities of three shapes, made up at any size, and how near they come to real ones.

    python benchmarks/shapes.py [--members 20000] [--events 200000]

``events("market" | "trust" | "forum", members, events, seed)`` answers the ten columns of the
ledger, in order of time: a star-like marketplace (2 % hosts, next to no cycles), a net of
mutual ratings (80 % returned), a forum (a few givers do most). Run as a script it prints
the figures of their graphs beside those of the real networks whose shape they have: of who
reviewed, rated or commented on whom. Triangles are not planted: real ones have more.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.graph.arrays import Edges, components, degrees, distinct, reciprocity
from community.graph.shares import gini
from community.kit import clock
from community.ledger.columns import COLUMNS, NEVER, NO_CODE, NOTHING
from community.ledger.kinds import CODES, SUBJECT_CODES

Array = NDArray[Any]
DAY = 86_400_000_000
START = clock.to_micros(clock.EPOCH) + 19_358 * DAY
"""The first of January 2023."""
SPAN = 36 * 30 * DAY
HOSTS = 0.02


class Pairs(NamedTuple):
    """Who deals with whom: each ordered pair once."""

    giver: Array
    taker: Array


class Step(NamedTuple):
    """One kind of event that a pair can have: how often, who acts, its subject and its values."""

    kind: str
    share: float
    is_turned: bool = False
    subject: str | None = None
    values: tuple[int, ...] = ()
    chances: tuple[float, ...] = ()
    is_hidden: bool = False
    """Nobody is named as the one who acts."""


class Shape(NamedTuple):
    """A shape of community: its pairs, the one event that each pair has, and what else it has."""

    pairs: Callable[[int, int, np.random.Generator], Pairs]
    once: Step
    more: tuple[Step, ...]
    real: str
    figures: tuple[str, ...]
    """Of that real network, as ``FIGURES`` names them."""


def events(shape: str, members: int, events: int, seed: int = 0) -> dict[str, Array]:
    """The columns of a community's ledger: ids 1, 2, … in order of time, members 1 to ``members``.

    They lie within 36 months from 2023 on, ever closer together. One in a thousand was taken
    back some days later. The same arguments give the same columns.
    """
    rng = np.random.default_rng([seed, members, events, list(SHAPES).index(shape)])
    told = SHAPES[shape]
    # How many pairs come both ways is chance, and there may be one too many.
    pairs = Pairs(*(side[:events] for side in told.pairs(members, events, rng)))
    steps = (told.once, *told.more)
    pair, step = _dealt(pairs.giver.size, events, [s.share for s in told.more], rng)
    found: dict[str, Array] = {
        "id": np.arange(1, events + 1),
        "happened_at": _moments(events, rng),
        "kind": _table([CODES[s.kind] for s in steps], np.int16)[step],
        **_sides(pairs, steps, pair, step),
        "subject_type": _table([SUBJECT_CODES.get(s.subject, NO_CODE) for s in steps], np.int16)[
            step
        ],
        "subject_id": np.where(
            _table([bool(s.subject) for s in steps], bool)[step], pair + 1, NOTHING
        ),
        "circle": np.full(events, NOTHING),
        "value": _values(steps, step, rng),
    }
    found["voided_at"] = np.where(
        rng.random(events, np.float32) < 0.001, found["happened_at"] + 5 * DAY, NEVER
    )
    return {name: found[name] for name in COLUMNS}


def _market(members: int, events: int, rng: np.random.Generator) -> Pairs:
    """Each guest deals with a host, one in eleven with another one too; hosts differ much in draw."""
    hosts = max(1, int(members * HOSTS))
    guests = np.arange(hosts, members)
    again = rng.choice(guests, int(guests.size * 0.09))
    giver = np.concatenate([rng.permutation(guests), again])[:events]
    draw = rng.lognormal(0, 1.3, hosts)
    return _distinct(giver, drawn(draw, giver.size, rng), members, rng)


def _trust(members: int, events: int, rng: np.random.Generator) -> Pairs:
    """Pairs of people by how outgoing both are; two pairs in three go both ways."""
    pairs = int(min(members * 6.5, events) / 1.653)
    outgoing = tailed(members, 1.2, rng)
    one, two = (drawn(outgoing, pairs, rng) for _ in range(2))
    _fill(one, members, rng)
    is_mutual = rng.random(pairs) < 0.653
    giver = np.concatenate([one, two[is_mutual]])
    return _distinct(giver, np.concatenate([two, one[is_mutual]]), members, rng)


def _forum(members: int, events: int, rng: np.random.Generator) -> Pairs:
    """A few give, more are given to; one link in eleven answers one that went the other way."""
    many = int(min(members * 6.3, events))
    first = int(many * 0.91)
    giver = drawn(tailed(members, 0.73, rng), first, rng)
    taker = drawn(tailed(members, 1.15, rng), first, rng)
    _fill(giver, int(members * 0.3), rng)
    _fill(taker, int(members * 0.9), rng)
    back = rng.choice(first, many - first, replace=False)
    giver, taker = np.concatenate([giver, taker[back]]), np.concatenate([taker, giver[back]])
    return _distinct(giver, taker, members, rng)


def _fill(chosen: Array, many: int, rng: np.random.Generator) -> None:
    """Let so many members be there at least once."""
    chosen[:many] = rng.permutation(many)[: chosen.size]


def tailed(many: int, exponent: float, rng: np.random.Generator) -> Array:
    """Weights whose tail falls with a power; none expects more than a tenth of everybody."""
    drawn = rng.pareto(exponent, many) + 0.1
    capped: Array = np.minimum(drawn, drawn.sum() / 50)
    return capped


def drawn(weights: Array, many: int, rng: np.random.Generator) -> Array:
    """So many indexes, each as likely as its weight."""
    upto = np.cumsum(weights)
    # Sorted, they are looked up many times faster; then they are mixed.
    found = np.searchsorted(upto, np.sort(rng.random(many)) * upto[-1], side="right")
    return rng.permutation(found)


def _distinct(giver: Array, taker: Array, members: int, rng: np.random.Generator) -> Pairs:
    """Each pair once and nobody with themselves, under member ids in no order."""
    key = np.sort((giver * members + taker)[giver != taker])
    key = key[np.diff(key, prepend=-1) != 0]
    names = rng.permutation(members) + 1
    return Pairs(names[key // members], names[key % members])


def _dealt(
    pairs: int, events: int, shares: list[float], rng: np.random.Generator
) -> tuple[Array, Array]:
    """The pair and the step of each event: every pair once with step 0, the rest by chance."""
    rest = events - pairs
    pair = np.concatenate([np.arange(pairs), rng.integers(0, pairs, rest)])
    step = np.zeros(events, np.int8)
    step[pairs:] = 1 + drawn(np.array(shares), rest, rng).astype(np.int8)
    order = rng.permutation(events)
    return pair[order], step[order]


def _moments(events: int, rng: np.random.Generator) -> Array:
    """Sorted moments, six times as close at the end as at the beginning."""
    passed = np.sort(rng.random(events))
    # The share s of the span by which a share p of the events has happened: p = (2 s + 5 s^2) / 7.
    passed = (np.sqrt(4 + 140 * passed) - 2) / 10
    return START + (passed * SPAN).astype(np.int64)


def _sides(pairs: Pairs, steps: tuple[Step, ...], pair: Array, step: Array) -> dict[str, Array]:
    is_turned = _table([s.is_turned for s in steps], bool)[step]
    giver, taker = pairs.giver[pair], pairs.taker[pair]
    actor, other = np.where(is_turned, taker, giver), np.where(is_turned, giver, taker)
    actor[_table([s.is_hidden for s in steps], bool)[step]] = NOTHING
    return {"actor": actor, "other": other}


def _values(steps: tuple[Step, ...], step: Array, rng: np.random.Generator) -> Array:
    found = np.full(step.size, NOTHING)
    for place, told in enumerate(steps):
        if told.values:
            rows = np.flatnonzero(step == place)
            chosen = np.searchsorted(np.cumsum(told.chances), rng.random(rows.size), side="right")
            found[rows] = np.array(told.values)[np.minimum(chosen, len(told.values) - 1)]
    return found


def _table(values: list[Any], kind: type) -> Array:
    return np.array(values, kind)


STARS = (5, 4, 3, 2, 1)
FIGURES = (
    "ties each",
    "mutual",
    "Gini in",
    "Gini out",
    "Hill in",
    "most in",
    "most out",
    "median",
    "giant",
)
SHAPES = {
    "market": Shape(
        _market,
        Step(
            "review.published",
            1,
            subject="review",
            values=STARS,
            chances=(0.8, 0.14, 0.03, 0.02, 0.01),
        ),
        (
            Step("offer.viewed", 0.28, subject="offer", is_hidden=True),
            Step("subject.saved", 0.06, subject="offer"),
            Step("enquiry.made", 0.13, subject="offer"),
            Step("enquiry.answered", 0.12, is_turned=True, subject="offer"),
            Step("message.sent", 0.17),
            Step("exchange.started", 0.12, subject="exchange"),
            Step("exchange.completed", 0.11, subject="exchange"),
            Step("exchange.cancelled", 0.01, subject="exchange"),
        ),
        "Airbnb Albany, guest to host",
        ("1.08", "0.00", "1.00", "0.09", "", "9.6 %", "0.1 %", "0 / 1", "99.4 %"),
    ),
    "trust": Shape(
        _trust,
        Step("rating.given", 1, values=(1, 2, 5, 10, -10), chances=(0.6, 0.2, 0.08, 0.02, 0.1)),
        (
            Step("exchange.started", 0.3, subject="exchange"),
            Step("exchange.completed", 0.3, subject="exchange"),
            Step("message.sent", 0.4),
        ),
        "Bitcoin OTC, ratings",
        ("6.05", "0.79", "0.69", "0.76", "2.30", "9.1 %", "13.0 %", "2 / 2", "99.9 %"),
    ),
    "forum": Shape(
        _forum,
        Step("comment.written", 1, subject="comment"),
        (
            Step("answer.posted", 0.3, subject="answer"),
            Step("answer.accepted", 0.1, is_turned=True, subject="answer"),
            Step("thanks.given", 0.2, is_turned=True, subject="answer"),
            Step("vote.cast", 0.3, subject="answer", values=(1, -1), chances=(0.9, 0.1)),
            Step("reaction.given", 0.1, subject="comment"),
        ),
        "travel SE, answer or comment",
        ("4.84", "0.21", "0.70", "0.90", "2.26", "5.0 %", "11.0 %", "2 / 1", "99.8 %"),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--events", type=int, help="ten for each member unless told")
    options = parser.parse_args()
    many = options.events or 10 * options.members
    print(f"{options.members:,} members, {many:,} events of each shape\n")
    print(f"{'':32}" + "".join(f"{name:>10}" for name in FIGURES) + f"{'made in':>10}")
    for name in SHAPES:
        _beside_real(name, options.members, many)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:,.0f} MB; times are of the processor")


def _beside_real(name: str, members: int, many: int) -> None:
    began = time.process_time()
    told = events(name, members, many)
    used = time.process_time() - began
    _row(name, _figures(told, members, CODES[SHAPES[name].once.kind]), f"{used:.1f} s")
    _row("  " + SHAPES[name].real, SHAPES[name].figures)


def _row(label: str, figures: Iterable[str], used: str = "") -> None:
    print(
        f"{label:32}" + "".join(f"{figure:>10}" for figure in figures) + f"{used:>10}", flush=True
    )


def _figures(told: dict[str, Array], members: int, kind: int) -> list[str]:
    rows = told["kind"] == kind
    pairs = distinct(told["actor"][rows] * members + told["other"][rows] - 1 - members)
    edges = Edges(members, pairs // members, pairs % members, np.ones(pairs.size))
    out, into = degrees(edges)
    giant = np.bincount(components(edges)).max() / members
    return [
        f"{pairs.size / members:.2f}",
        f"{reciprocity(edges).overall:.2f}",
        f"{gini(into):.2f}",
        f"{gini(out):.2f}",
        _hill(into),
        f"{into.max() / members:.1%}".replace("%", " %"),
        f"{out.max() / members:.1%}".replace("%", " %"),
        f"{np.median(into):.0f} / {np.median(out):.0f}",
        f"{giant:.1%}".replace("%", " %"),
    ]


def _hill(degree: Array) -> str:
    """The exponent of the tail by its largest 5 % (Hill 1975); nothing where those reach down to 0."""
    tail = np.sort(degree)[::-1][: degree.size // 20 + 1]
    return f"{1 + 1 / np.log(tail[:-1] / tail[-1]).mean():.2f}" if tail[-1] else ""


if __name__ == "__main__":
    main()
