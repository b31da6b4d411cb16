"""Two members go from an offer to two reviews that opened together, in their own browsers."""

import re

import pytest

from community.activity.exchanges.deals import clockwork
from community.kit.db import db

WAYS = pytest.mark.parametrize(
    ("width", "language", "scripts"),
    [
        (390, "en", True),
        (390, "zh", True),
        (390, "en", False),
        (390, "zh", False),
        (1280, "en", True),
        (1280, "zh", True),
        (1280, "en", False),
        (1280, "zh", False),
    ],
)
HERS = "The seedlings all came up 每一棵都活了"
HIS = "A patient pupil 很有耐心"
AGO = re.compile(r"just now|刚刚|\d+ ?(seconds?|minutes?|秒钟?|分钟)( ago|前)")
WHERE_SHE_SPEAKS = ("/exchanges/{id}", "/members/{handle}", "/members/{handle}/reviews", "/reviews")


@WAYS
def test_from_an_offer_to_two_open_reviews(open_page, town, width, language, scripts):
    marks = f" {language} {width} {scripts}"
    his = open_page(
        "/offers/new?kind=open",
        login=town.logins.member, width=width, language=language, scripts=scripts,
    )  # fmt: skip
    hers = open_page(
        "/offers", login=town.logins.leader, width=width, language=language, scripts=scripts
    )
    offer = _offer(his, f"Sowing together{marks}")

    hers.goto("/offers?sort=new")
    hers.click(f"main a[href='{offer}']")
    hers.click(f"main a[href='{offer}/ask'], aside a[href='{offer}/ask']")
    hers.fill("main textarea[name=words]", "May I come and learn?")
    hers.click("main form button.primary")
    hers.wait_for_url("**/exchanges/*")
    exchange = hers.url.removeprefix(town.url)

    his.goto("/exchanges")
    his.click(f"main a[href='{exchange}']")
    assert "May I come and learn?" in his.text_content("main")
    his.fill("main textarea[name=text]", "Gladly, bring gloves.")
    his.click("#write form button[type=submit]")
    his.wait_for_load_state()
    _do(his, exchange, "accept")
    hers.goto(exchange)
    assert "Gladly, bring gloves." in hers.text_content("main")
    _do(hers, exchange, "confirm")
    _let_time_pass(town)
    _do(hers, exchange, "finish")
    _do(his, exchange, "finish")

    handle = town.logins.leader.handle
    before = [
        _words(his, place.format(id=exchange.rsplit("/")[-1], handle=handle))
        for place in WHERE_SHE_SPEAKS
    ]
    _review(hers, exchange, HERS + marks)
    after = [
        _words(his, place.format(id=exchange.rsplit("/")[-1], handle=handle))
        for place in WHERE_SHE_SPEAKS
    ]
    assert after == before
    assert not any(HERS + marks in page for page in after)
    _review(his, exchange, HIS + marks)

    for page in (his, hers):
        page.goto(exchange)
        page.click(f"main a[href='{exchange}/review']")
        told = page.text_content("main")
        assert HERS + marks in told
        assert HIS + marks in told
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    visitor = open_page(f"{offer}", width=width, language=language, scripts=scripts)
    assert HERS + marks in visitor.text_content("main")
    assert his.problems + hers.problems + visitor.problems == []


def _offer(page, title):
    page.fill("main input[name=title]", title)
    page.fill("main textarea[name=text]", "One bed, two pairs of hands, and an hour now and then.")
    page.fill("main input[name=detail_with]", "Sowing")
    page.click("main button.primary[name=do][value=save]")
    page.wait_for_url("**/photos")
    address = page.url.removesuffix("/photos").partition("/offers/")[2]
    page.goto(f"/offers/{address}")
    page.click("main form[action$='/do/publish'] button")
    page.wait_for_selector("main form[action$='/do/pause']")
    return f"/offers/{address}"


def _do(page, exchange, move):
    page.goto(exchange)
    page.click(f"main form[action='{exchange}/{move}'] button")
    page.wait_for_load_state()


def _review(page, exchange, words):
    page.goto(exchange)
    page.click(f"main a[href='{exchange}/review']")
    page.check("main input[name=stars][value='5']")
    page.fill("main textarea[name=text]", words)
    page.click("main form button.primary")
    page.wait_for_load_state()


def _words(page, address):
    """What a page says, but for how long ago something was."""
    page.goto(address)
    return AGO.sub("", page.text_content("main"))


def _let_time_pass(town):
    """Let the job run that moves what is due."""
    with town.app.app_context():
        for _ in clockwork.move_due():
            db.session.commit()
