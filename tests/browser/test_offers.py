"""A member offers something, shows it, closes days; another finds it and keeps it."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from community.kit import clock


def _photo():
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "seagreen").save(out, "JPEG")
    return {"name": "room.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(
    ("width", "language"), [(360, "en"), (390, "zh"), (1280, "en"), (1280, "zh")]
)
def test_something_is_offered_shown_and_kept(open_page, town, language, width, scripts):
    title = f"A loft {language} {width} {'s' if scripts else 'n'} 阁楼"
    page = open_page(
        "/offers", login=town.logins.member, width=width, language=language, scripts=scripts
    )
    page.click("main a[href='/offers/new']")
    page.click("main a[href='/offers/new?kind=stay']")
    page.fill("main input[name=title]", title)
    page.fill("main textarea[name=text]", "Under the roof, with **two** windows.")
    page.click("main button[name=do][value=preview]")
    page.wait_for_selector("#preview strong")
    assert page.input_value("main input[name=title]") == title
    page.select_option("main select[name=detail_space]", index=1)
    page.fill("main input[name=detail_sleeps]", "2")
    page.fill("main input[name=place]", "By the harbour")
    page.check("main input[name=price][value=priced]")
    page.fill("main input[name=amount]", "30")
    page.click("main button.primary[name=do][value=save]")
    page.wait_for_url("**/photos")
    page.set_input_files("main input[name=photo]", _photo())
    page.locator("main form[enctype] input[name=words]").fill("The roof")
    page.click("main form[enctype] button[type=submit]")
    page.wait_for_selector("main .photo-row img")
    address = page.url.removesuffix("/photos").removeprefix(town.url)
    page.goto(f"{address}/calendar")
    page.fill("main input[name=first]", _day(5))
    page.click("main .form button[type=submit]")
    page.wait_for_selector("main .people li")
    page.goto(address)
    page.click("main form[action$='/do/publish'] button")
    page.wait_for_selector("main form[action$='/do/pause']")
    assert page.locator("table .day.is-closed").count() == 1

    other = open_page(
        address, login=town.logins.leader, width=width, language=language, scripts=scripts
    )
    assert title in other.text_content("h1")
    assert "€30" in other.text_content("main")
    assert other.locator("img[alt='The roof']").count() == 1
    assert other.evaluate("document.documentElement.scrollWidth") <= width if scripts else True
    other.click("main form[action$='/keep'] button")
    other.wait_for_selector("main form[action$='/keep'] input[value=let-go]", state="attached")
    other.goto("/offers/kept")
    assert title in other.text_content("main")
    assert page.problems + other.problems == []


def _day(days):
    return (clock.now() + timedelta(days=days)).date().isoformat()
