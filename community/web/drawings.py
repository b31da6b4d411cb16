"""Kith's small drawings: monograms, and the geometry of lines, bars, rings and medals.

Pure functions from plain values to numbers and SVG path strings; templates put them into
attributes, so no drawing ever needs an inline style.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from markupsafe import Markup


class Monogram(NamedTuple):
    """A drawn face for whoever has no photo: initials on two colours of their own."""

    initials: str
    ground: str
    glow: str
    ink: str
    x: int
    y: int
    font_size: int


class Sparkline(NamedTuple):
    """A small line: its path, the area beneath it, and where its last point lies."""

    line: str
    area: str
    x: float
    y: float


class Bar(NamedTuple):
    """One bar of a small bar chart."""

    x: float
    y: float
    width: float
    height: float


class Digit(NamedTuple):
    """One digit of a medal's year, turned to follow the ring."""

    text: str
    angle: float


# Book cloths: a ground and a second colour for it, chosen so that cream reads well on both.
CLOTHS = (
    ("#7C3F2E", "#9A5A2C"),
    ("#2F5D50", "#5F6B2F"),
    ("#3E4F73", "#5B6C8F"),
    ("#6B3F5B", "#8C4A54"),
    ("#6E5320", "#8A5A2A"),
    ("#28586B", "#3F7370"),
    ("#5B4A3F", "#7D5A45"),
    ("#4D5A2C", "#3B6B58"),
    ("#7A3A45", "#94543A"),
    ("#4A4670", "#75507A"),
    ("#3D5345", "#6B6A3A"),
    ("#84481B", "#8C3F3A"),
    ("#2C4A5E", "#4A4F7D"),
    ("#5C3B4A", "#5B4A6E"),
)
CREAM = "#FFF6E8"
# Where the second tone rises behind the initials, in a square of 40.
GLOWS = ((4, 44), (36, 44), (20, 52), (40, 8), (0, 10), (20, -10))

FACE = Markup(
    '<svg class="face face-{size}" viewBox="0 0 40 40" width="{size}" height="{size}"'
    ' aria-hidden="true"><rect width="40" height="40" fill="{m.ground}"/>'
    '<circle cx="{m.x}" cy="{m.y}" r="23" fill="{m.glow}"/>'
    '<text x="20" y="20" dy=".35em" text-anchor="middle" font-size="{m.font_size}"'
    ' fill="{m.ink}">{m.initials}</text></svg>'
)

MEDAL_SHAPES = ("circle", "scallop", "hexagon", "shield", "flower", "octagon", "star", "square")


ICON = Markup('<svg class="icon {size}" {words}><use href="{url}#{name}"></use></svg>')
NO_WORDS, WORDS = Markup('aria-hidden="true"'), Markup('role="img" aria-label="{}"')


@lru_cache(maxsize=1024)
def icon(url: str, name: str, label: str | None = None, size: str = "") -> Markup:
    """Return an icon of the sprite at this address; one with a label speaks for itself."""
    words = WORDS.format(label) if label else NO_WORDS
    return ICON.format(url=url, name=name, size=size, words=words)


@lru_cache(maxsize=8192)
def face(handle: str, name: str, size: int) -> Markup:
    """Return a member's monogram as SVG; a page shows many, so each is drawn once and kept."""
    return FACE.format(m=monogram(handle, name), size=size)


def monogram(handle: str, name: str = "") -> Monogram:
    """Return the monogram of a member, the same wherever the handle is the same."""
    seed = _seed(handle)
    ground, glow = CLOTHS[seed % len(CLOTHS)]
    x, y = GLOWS[seed // len(CLOTHS) % len(GLOWS)]
    letters = initials(name) or initials(handle) or "·"
    wide = len(letters) > 1
    return Monogram(letters, ground, glow, CREAM, x, y, 15 if wide else 18)


def initials(name: str) -> str:
    """Return the one or two letters a name is known by, in whichever script it is written."""
    words = [_letters(word) for word in unicodedata.normalize("NFC", name).split()]
    words = [word for word in words if word]
    if not words:
        return ""
    if _is_east_asian(words[0][0]):
        return "".join(words)[-2:]
    first, last = words[0][0], words[-1][0]
    if len(words) == 1 or not _has_case(first) or not _has_case(last):
        return first.upper()[:1]
    return (first.upper()[:1]) + (last.upper()[:1])


def sparkline(
    values: Sequence[float | None], width: float = 96, height: float = 24, pad: float = 2
) -> Sparkline:
    """Return the path of a small line; a missing value leaves a gap."""
    points = _points(values, width, height, pad)
    if not any(points):
        return Sparkline("", "", 0, 0)
    runs = _runs(points)
    line = "".join(_polyline(run) for run in runs)
    area = "".join(
        f"{_polyline(run)}V{_short(height)}H{_short(run[0][0])}Z" for run in runs if len(run) > 1
    )
    return Sparkline(line, area, *runs[-1][-1])


def bars(
    values: Sequence[float], width: float = 96, height: float = 32, gap: float = 3
) -> list[Bar]:
    """Return one bar a value, from zero, the largest value as high as the drawing."""
    if not values:
        return []
    top = max([*values, 0]) or 1
    each = (width - gap * (len(values) - 1)) / len(values)
    tall = [max(value, 0) / top * height for value in values]
    return [
        Bar(_round(i * (each + gap)), _round(height - h), _round(each), _round(h))
        for i, h in enumerate(tall)
    ]


def share(value: float | None, out_of: float) -> float:
    """Return a part of a whole as per cent between 0 and 100, with one decimal."""
    if value is None or out_of <= 0 or not math.isfinite(value):
        return 0.0
    return _round(min(max(value / out_of, 0), 1) * 100)


def ring(value: float | None, out_of: float) -> str:
    """Return the dashes of a progress ring whose path length is 100."""
    done = share(value, out_of)
    return f"{_short(done)} {_short(100 - done)}"


@lru_cache(maxsize=256)
def medal_shape(shape: str) -> str:
    """Return a medal's outline in a square of 100; an unknown name gets a shape of its own."""
    if shape not in MEDAL_SHAPES:
        shape = MEDAL_SHAPES[_seed(shape) % len(MEDAL_SHAPES)]
    return _outlines()[shape]


def medal_year(year: int | str | None, step: float = 13) -> list[Digit]:
    """Return the digits of a year with the angles that set them along the foot of the ring."""
    text = str(year or "")
    middle = (len(text) - 1) / 2
    return [Digit(digit, _round((middle - i) * step)) for i, digit in enumerate(text)]


@lru_cache(maxsize=1)
def _outlines() -> dict[str, str]:
    return {
        "circle": "M50 3A47 47 0 0 1 50 97A47 47 0 0 1 50 3Z",
        "scallop": _lobes(14, 44.5, 10.4),
        "hexagon": _polygon(6, 47, 0),
        "shield": "M50 3L89 13Q94 15 94 20V46C94 72 76 89 50 97C24 89 6 72 6 46V20Q6 15 11 13Z",
        "flower": _lobes(8, 41, 17),
        "octagon": _polygon(8, 48, 22.5),
        "star": _star(16, 48, 44),
        "square": "M16 7H84Q93 7 93 16V84Q93 93 84 93H16Q7 93 7 84V16Q7 7 16 7Z",
    }


def _seed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")


def _letters(word: str) -> str:
    return "".join(char for char in word if char.isalnum())


def _has_case(char: str) -> bool:
    return char.upper() != char.lower() or char.isdigit()


def _is_east_asian(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and char.isalpha()


def _points(
    values: Sequence[float | None], width: float, height: float, pad: float
) -> list[tuple[float, float] | None]:
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0, 0)
    step = (width - 2 * pad) / max(len(values) - 1, 1)
    span, room = high - low, height - 2 * pad
    return [
        None
        if value is None
        else (
            _round(pad + i * step),
            _round(height - pad - ((value - low) / span if span else 0.5) * room),
        )
        for i, value in enumerate(values)
    ]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    steps = (f"{'L' if i else 'M'}{_short(x)} {_short(y)}" for i, (x, y) in enumerate(points))
    # A lone point is drawn as a dot by its round line end.
    return "".join(steps) + ("h0" if len(points) == 1 else "")


def _on_circle(radius: float, degrees: float) -> str:
    angle = math.radians(degrees - 90)
    return f"{_short(50 + radius * math.cos(angle))} {_short(50 + radius * math.sin(angle))}"


def _lobes(count: int, radius: float, lobe: float) -> str:
    step = 360 / count
    arcs = (
        f"A{_short(lobe)} {_short(lobe)} 0 0 1 {_on_circle(radius, (i + 0.5) * step)}"
        for i in range(count)
    )
    return f"M{_on_circle(radius, -0.5 * step)}{''.join(arcs)}Z"


def _polygon(corners: int, radius: float, turn: float) -> str:
    points = (_on_circle(radius, turn + i * 360 / corners) for i in range(corners))
    return f"M{'L'.join(points)}Z"


def _star(points: int, outer: float, inner: float) -> str:
    step = 180 / points
    corners = (_on_circle(inner if i % 2 else outer, i * step) for i in range(points * 2))
    return f"M{'L'.join(corners)}Z"


def _round(number: float) -> float:
    return round(number, 1) + 0.0


def _short(number: float) -> str:
    return f"{_round(number):g}"
