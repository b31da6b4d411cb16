"""Drawings: small, steady, readable, and never outside their frame."""

import re
from pathlib import Path

import pytest

from community.web import drawings

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lindqvist", "AL"),
        ("Ben", "B"),
        ("  noor van dijk ", "ND"),
        ("Łukasz Šimon", "ŁŠ"),
        ("Αλέξης Παππάς", "ΑΠ"),
        ("王小明", "小明"),
        ("王芳", "王芳"),
        ("欧阳 修", "阳修"),
        ("김민수", "민수"),
        ("さくら", "くら"),
        ("ليلى حداد", "ل"),
        ("3rd Floor", "3F"),
        ("🎉 Party", "P"),
        ("ß", "S"),
        ("", ""),
        ("🎉", ""),
        ("\u200b", ""),
    ],
)
def test_initials_in_any_script(name, letters):
    assert drawings.initials(name) == letters


def test_a_monogram_keeps_its_colours_when_the_name_changes():
    before, after = drawings.monogram("ada", "Ada"), drawings.monogram("ada", "Ada Lovelace")
    assert (before.ground, before.glow) == (after.ground, after.glow)
    assert before.initials != after.initials


def test_a_monogram_without_a_name_falls_back_to_the_handle():
    assert drawings.monogram("ben").initials == "B"
    assert drawings.monogram("", "").initials == "·"


def test_a_face_escapes_what_people_call_themselves():
    drawn = drawings.face("ada", "<Ada> &lt", 40)
    assert drawn.startswith('<svg class="face face-40"')
    assert ">A&lt;" not in drawn
    assert "<Ada>" not in drawn


def test_initials_read_well_on_both_colours_of_every_cloth():
    for ground, glow in drawings.CLOTHS:
        assert contrast(drawings.CREAM, ground) >= 4.5
        assert contrast(drawings.CREAM, glow) >= 4.5


def test_many_handles_share_the_cloths_evenly():
    grounds = [drawings.monogram(f"member-{i}").ground for i in range(1400)]
    assert all(60 < grounds.count(ground) < 140 for ground, _ in drawings.CLOTHS)


def test_a_sparkline_runs_from_left_to_right_inside_its_frame():
    line = drawings.sparkline([3, 1, 2], width=100, height=20)
    assert line.line == "M2 2L50 18L98 10"
    assert line.area == "M2 2L50 18L98 10V20H2Z"
    assert (line.x, line.y) == (98, 10)


def test_a_sparkline_leaves_a_gap_for_what_is_unknown():
    assert drawings.sparkline([1, 2, None, 2, 1], 100, 20).line.count("M") == 2
    assert drawings.sparkline([None, 2], 100, 20).line == "M98 10h0"


@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_a_sparkline_of_nothing_is_empty(values):
    assert drawings.sparkline(values) == drawings.Sparkline("", "", 0, 0)


def test_a_steady_sparkline_lies_in_the_middle():
    assert drawings.sparkline([5, 5], 100, 20).line == "M2 10L98 10"


def test_bars_stand_on_the_ground_and_begin_at_zero():
    first, second = drawings.bars([5, 10], width=100, height=40, gap=10)
    assert first == drawings.Bar(0, 20, 45, 20)
    assert second == drawings.Bar(55, 0, 45, 40)
    assert drawings.bars([]) == []
    assert [bar.height for bar in drawings.bars([0, 0, -1])] == [0, 0, 0]


@pytest.mark.parametrize(
    ("value", "out_of", "per_cent"),
    [(1, 4, 25), (0, 4, 0), (5, 4, 100), (-1, 4, 0), (1, 0, 0), (None, 4, 0), (1, 3, 33.3)],
)
def test_a_share_stays_between_nothing_and_all(value, out_of, per_cent):
    assert drawings.share(value, out_of) == per_cent


def test_a_ring_shows_the_done_part_first():
    assert drawings.ring(3, 4) == "75 25"
    assert drawings.ring(float("nan"), 4) == "0 100"


@pytest.mark.parametrize("shape", drawings.MEDAL_SHAPES)
def test_every_medal_shape_is_closed_and_stays_in_its_square(shape):
    path = drawings.medal_shape(shape)
    assert path.startswith("M")
    assert path.endswith("Z")
    assert all(0 <= float(number) <= 100 for number in re.findall(r"-?[\d.]+", path))


def test_medal_shapes_differ_and_unknown_programmes_get_a_steady_one():
    assert len({drawings.medal_shape(shape) for shape in drawings.MEDAL_SHAPES}) == 8
    assert drawings.medal_shape("gardeners") == drawings.medal_shape("gardeners")


def test_a_year_is_set_along_the_foot_of_the_ring():
    digits = drawings.medal_year(2026, step=10)
    assert [digit.text for digit in digits] == ["2", "0", "2", "6"]
    assert [digit.angle for digit in digits] == [15, 5, -5, -15]
    assert drawings.medal_year(None) == []


def test_every_icon_a_template_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
    named = re.compile(r"""\b(?:icon|icon_name)\s*[(=]\s*["']([a-z0-9-]+)["']""")
    used = {
        name
        for page in (ROOT / "templates").rglob("*.html")
        for name in named.findall(page.read_text("utf-8"))
    }
    assert used <= sprite


def test_the_style_sheet_names_the_vendored_fonts():
    sheet = (ROOT / "static/kith.css").read_text("utf-8")
    for font in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (ROOT / "static" / font).exists()


def test_no_template_carries_an_inline_style_or_handler():
    inline = re.compile(r"""\s(?:style|on[a-z]+)=["']|<style\b|<script(?![^>]*\bsrc=)""")
    for page in (ROOT / "templates").rglob("*.html"):
        assert not inline.search(page.read_text("utf-8")), page


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
