"""What people come to do, from the first page to the last, as they would."""

import re

import pytest

PASSWORD = "seven lanterns on the pier"


def _letter_link(open_page, town, address):
    """The link in the newest letter to an address, as an admin of a new site reads it."""
    page = open_page("/house/letters", login=town.logins.admin)
    page.locator("li", has_text=address).first.locator("a").click()
    return page.locator(".letter a").first.get_attribute("href")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_someone_joins_tells_who_they_are_and_leaves(open_page, town, language, width, scripts):
    address = f"nora-{language}-{width}-{'s' if scripts else 'n'}@lighthouse.example"
    page = open_page("/", width=width, language=language, scripts=scripts)
    page.click(".hero a[href='/join']")
    page.fill("main input[name=name]", "Nora 李")
    page.fill("main input[name=email]", address)
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/letter-sent**")

    page.goto(_letter_link(open_page, town, address))
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/members/[a-z0-9-]+$"))
    assert "Nora 李" in page.text_content("h1")

    page.goto("/settings/profile")
    page.fill("main input[name=headline]", "Keeps the light, and lends the ladder")
    page.fill("main input[name=place]", "By the harbour")
    page.click("main button.primary[name=do][value=save]")
    page.goto("/me")
    assert "Keeps the light" in page.text_content("main")
    assert "By the harbour" in page.text_content("main")

    page.goto("/members?q=李")
    assert "Nora 李" in page.text_content("#found")

    page.goto("/settings")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url(lambda url: url.rstrip("/").endswith(town.url.rsplit("/", 1)[-1]))
    page.goto("/settings")
    assert "/sign-in" in page.url
    assert page.problems == []


def test_the_directory_answers_while_one_types(open_page):
    page = open_page("/members")
    page.locator(".finder input[name=q]").press_sequentially("zzzz", delay=20)
    page.wait_for_selector("#found .empty")
    assert "q=zzzz" in page.url
    assert page.problems == []


def test_the_keyboard_is_enough(open_page, town):
    page = open_page("/members")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.wait_for_selector("dialog#help[open]")
    page.keyboard.press("Escape")
    assert page.locator("dialog#help[open]").count() == 0


def test_the_first_view_is_light(chromium, town):
    context = chromium.new_context(base_url=town.url)
    session = None
    for path in ("/", "/members", f"/members/{town.logins.member.handle}"):
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        received, asked = [], []
        session.on(
            "Network.loadingFinished", lambda e, r=received: r.append(e["encodedDataLength"])
        )
        session.on("Network.requestWillBeSent", lambda e, a=asked: a.append(e["request"]["url"]))
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert len(asked) <= 8, asked
        assert sum(received) <= 80_000, (path, sum(received), asked)
    context.close()


def test_colours_and_language_are_chosen_without_an_account(open_page):
    page = open_page("/preferences", scripts=False)
    page.click("button[name=scheme][value=dark]")
    assert page.get_attribute("html", "data-scheme") == "dark"
    page.click("button[name=language][value=zh_Hans_CN]")
    assert page.get_attribute("html", "lang") == "zh-Hans-CN"
    page.goto("/")
    assert page.get_attribute("html", "data-scheme") == "dark"
