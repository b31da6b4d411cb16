"""A network is drawn where there is a script and WebGL, and is a list where there is not."""

import io

import pytest
from PIL import Image
from sqlalchemy import update

from community.kit.db import db
from community.standing.models import Standing
from tests.browser.test_pages import WIDTHS, _findings, _overflow

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"


@pytest.fixture(scope="module")
def network(town):
    """The address of a member's network, with three circles."""
    with town.app.app_context():
        db.session.execute(update(Standing).values(circle=Standing.member_id % 3))
        db.session.commit()
    return f"/members/{town.logins.member.handle}/people/explore"


@pytest.fixture
def drawn(open_page, network):
    """The page as soon as the picture stands."""
    page = open_page(network)
    page.wait_for_selector("[data-drawn]")
    page.wait_for_timeout(300)
    return page


def colours(page):
    """How many pixels of the picture have each colour."""
    picture = Image.open(io.BytesIO(page.locator("[data-picture]").screenshot())).convert("RGB")
    return {colour: many for many, colour in picture.getcolors(picture.width * picture.height)}


def the_colour(page, token):
    said = page.evaluate(
        """token => {
          const probe = document.body.appendChild(document.createElement("i"));
          probe.style.color = `var(--${token})`;
          return getComputedStyle(probe).color;
        }""",
        token,
    )
    return tuple(int(part) for part in said[4:-1].split(","))


def test_the_network_is_drawn_in_both_schemes(drawn):
    assert int(drawn.get_attribute("[data-explore]", "data-drawn")) > 10
    for scheme in ("light", "dark"):
        drawn.emulate_media(color_scheme=scheme)
        drawn.wait_for_timeout(300)
        found = colours(drawn)
        for circle in (1, 2, 3):
            assert found.get(the_colour(drawn, f"circle-{circle}"), 0) > 100, (scheme, circle)
    assert drawn.problems == []


def test_who_has_the_focus_in_the_list_is_lit_in_the_picture(drawn):
    before = colours(drawn)
    drawn.focus("[data-list] li:nth-child(3) a")
    drawn.wait_for_timeout(200)
    pine, hairline = the_colour(drawn, "pine"), the_colour(drawn, "hairline")
    after = colours(drawn)
    assert after.get(pine, 0) > before.get(pine, 0) + 50
    assert after.get(hairline, 0) > before.get(hairline, 0) + 100


def test_a_search_finds_people_and_enter_chooses_the_first(drawn):
    row = drawn.locator("[data-list] li").nth(4)
    name = row.locator("a").inner_text()
    drawn.fill("[data-seek]", name.upper())
    assert drawn.locator("[data-list] li:visible a").all_inner_texts() == [name]
    assert "1" in drawn.inner_text("[data-found]")
    drawn.press("[data-seek]", "Enter")
    assert name in drawn.inner_text("[data-card]")
    page = row.locator("a").get_attribute("href")
    assert drawn.get_attribute("[data-from]", "href") == f"{page}/people/explore"
    drawn.click("[data-from]")
    drawn.wait_for_selector("[data-drawn]")
    assert name in drawn.inner_text("h1")
    assert drawn.problems == []


def test_a_face_can_be_clicked_and_left_again(drawn):
    name = drawn.locator("[data-list] li a").first.inner_text()
    drawn.fill("[data-seek]", name)
    drawn.press("[data-seek]", "Enter")
    drawn.keyboard.press("Escape")
    assert not drawn.is_visible("[data-card]")
    # Whoever was chosen stands in the middle now.
    drawn.wait_for_timeout(200)
    drawn.click("[data-picture]")
    assert name in drawn.inner_text("[data-card]")
    assert drawn.problems == []


def test_a_circle_can_be_lit_alone(drawn):
    drawn.click("[data-circle='0']")
    assert drawn.get_attribute("[data-circle='0']", "aria-pressed") == "true"
    drawn.wait_for_timeout(200)
    found = colours(drawn)
    assert found.get(the_colour(drawn, "circle-1"), 0) > 100
    assert found.get(the_colour(drawn, "circle-2"), 0) == 0
    drawn.click("[data-circle='0']")
    assert drawn.get_attribute("[data-circle='0']", "aria-pressed") == "false"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_open_to_everyone_on_every_screen(open_page, network, language):
    page = open_page(network, language=language)
    page.wait_for_selector("[data-drawn]")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert _findings(page) == [], scheme
    assert {width: _overflow(page, width) for width in WIDTHS if _overflow(page, width) > 0} == {}
    assert page.problems == []


def test_without_a_script_the_list_is_there_and_says_so(open_page, network):
    page = open_page(network, scripts=False)
    assert page.locator("[data-list] li").count() > 10
    assert "needs a script" in page.inner_text("main")
    assert not page.is_visible("[data-stage]")


def test_without_webgl_the_list_is_there_and_says_so(open_page, network):
    page = open_page("/about-nothing")
    page.add_init_script(NO_WEBGL)
    page.goto(network)
    page.wait_for_selector("[data-failed]:visible")
    assert not page.is_visible("[data-stage]")
    assert page.locator("[data-list] li").count() > 10
