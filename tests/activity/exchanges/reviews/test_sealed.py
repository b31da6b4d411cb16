"""Nothing of a sealed review leaks to the other side: every answer, file, letter and log is searched."""

import io
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from community.activity.exchanges.reviews import queries
from community.activity.exchanges.reviews.models import Review
from community.kit import outbox
from community.kit.cache import cache
from community.kit.db import db
from community.standing import rulebook
from jobs.schedule import JOBS
from tests.activity.exchanges.reviews.conftest import say

WORDS = ("quokkasong", "vermilionkettle", "narwhalstairs")
"""Words of the text, of the private note and of what is said about safety; they stand nowhere else."""
LINK = re.compile(r'<(?:a|link|img|form)\b[^>]*?\s(?:href|src|action)="([^"]+)"')
EXPORTS = ("members", "events", "ties", "standings", "awards")
PATHS = ("/reviews", "/reviews/how", "/reviews/1", "/reviews?q=quokkasong", "/members?q=quokkasong", "/house/reviews", "/house/reviews/1", "/settings/data", "/members/ada/reviews", "/members/ben/reviews?tab=given", "/offers/1/reviews", "/exchanges/1/review", "/exchanges/1/review/close", "/exchanges/1/review/photos", "/stories?type=review", "/members/ada/standing", "/members/ben/standing", "/house", "/house/letters", "/house/audit")  # fmt: skip


def plain(text):
    """A page without what differs each time: nonces, tokens, addresses of assets."""
    text = re.sub(r'nonce="[^"]*"', "", text)
    text = re.sub(r"(csrf[-_]token[^>]*?(?:value|content)=)\"[^\"]*\"", r"\1", text, flags=re.IGNORECASE)  # fmt: skip
    return re.sub(r"X-CSRFToken[^}]*", "", text)


def crawl(browser):
    """Every answer that can be reached by links, and those that nobody links to."""
    seen, found = {"/", *PATHS}, {}
    waiting, shapes = deque(["/", *PATHS]), {}
    while waiting and len(found) < 70:
        address = waiting.popleft()
        with browser.get(address) as answer:
            found[address] = (answer.status_code, plain(answer.text) if answer.mimetype == "text/html" else "")  # fmt: skip
            if answer.mimetype != "text/html":
                continue
            links = LINK.findall(answer.text)
        for link in links:
            target = urlsplit(urljoin(address, unescape(link)))
            path = target.path + (f"?{target.query}" if target.query else "")
            shape = re.sub(r"\d+|(?<=/members/)[^/?]+|=[^&]+", "*", path)
            if target.scheme or target.netloc or path in seen or path.startswith(("/static", "/sign-out")):  # fmt: skip
                continue
            shapes[shape] = shapes.get(shape, 0) + 1
            if shapes[shape] <= 4:
                seen.add(path)
                waiting.append(path)
    return found


def own_data(browser):
    answer = browser.post("/settings/data/copy", buffered=True)
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def exports(app, folder):
    found = {}
    for what in EXPORTS:
        path = folder / f"{what}.csv"
        # The command has a context of its own.
        db.session.rollback()
        result = app.test_cli_runner().invoke(
            args=["export", what, "--format", "csv", "--replace", "-o", str(path)]
        )
        assert result.exit_code == 0, result.output
        found[what] = path.read_text()
    return found


def letters():
    rows = db.session.scalars(select(outbox.Mail).order_by(outbox.Mail.id)).all()
    return [(mail.subject, mail.text, mail.html) for mail in rows]


def nightly():
    """What jobs work out of what happened; how long each took is written nowhere."""
    db.session.rollback()
    for name in ("open-reviews", "extend-columns", "refresh-standing", "reckon-stars"):
        done = JOBS[name].run()
        for _ in done if isinstance(done, Iterator) else ():
            db.session.commit()
        db.session.commit()


@pytest.fixture
def house(app, stay):
    """The village with badges and standing, in which nobody has written anything yet."""
    rulebook.plant()
    db.session.commit()
    nightly()
    return stay


def seen_by_all(app, browsers, folder):
    cache.clear()
    return (
        {who: crawl(browser) for who, browser in browsers.items()},
        {who: own_data(b) for who, b in browsers.items() if who not in ("ben", "visitor")},
        exports(app, folder),
        letters(),
    )


def test_nobody_else_sees_a_trace(app, house, village, as_member, client, tmp_path, capfd):
    browsers = {who: as_member(getattr(village, who)) for who in ("ada", "ann", "ben")}
    author = browsers.pop("ben")
    browsers["visitor"] = client
    nightly()
    before = seen_by_all(app, browsers, tmp_path)
    capfd.readouterr()
    page = f"/exchanges/{house.id}/review"
    said = {"seen": "0", "stars": "1", "text": f"A {WORDS[0]} at night.", "private_note": f"Mind the {WORDS[1]}.", "safety_felt_unsafe": "yes", "safety_words": f"The {WORDS[2]}.", "expected": "5", "got": "1", "would_again": "no"}  # fmt: skip
    assert author.post(page, data=said).status_code == 303
    said_by_the_log = "".join(capfd.readouterr())
    nightly()
    after = seen_by_all(app, browsers, tmp_path)
    for who, pages in after[0].items():
        assert len(pages) > 25, who
        for address, (status, text) in pages.items():
            assert status < 500, address
            assert (status, text) == before[0][who][address], (who, address)
    for who, files in after[1].items():
        for name, text in files.items():
            # When the copy was made stands in it; a frozen clock makes it the same.
            assert text == before[1][who][name], (who, name)
    assert after[2:] == before[2:]
    for pages in after[0].values():
        # What was searched for stands in the answer; that the answer is the same was seen above.
        for address in [a for a in pages if "q=" in a]:
            del pages[address]
    everything = repr(after) + said_by_the_log + "".join(capfd.readouterr())
    for word in WORDS:
        assert word not in everything
    # Its author reads it, and has it in their own copy: so the test would have seen it.
    mine = author.get(page).text + "".join(own_data(author).values())
    for word in WORDS:
        assert word in mine


def test_the_other_side_s_pages_cost_the_same(app, stay, village, as_member, statements):
    ada = as_member(village.ada)
    paths = [f"/exchanges/{stay.id}/review", f"/exchanges/{stay.id}/review/close", "/reviews", "/members/ben/reviews?tab=given"]  # fmt: skip

    def asked():
        found = []
        for path in paths:
            cache.clear()
            ada.get(path)
            statements.clear()
            ada.get(path)
            found.append([statement for statement, _ in statements])
        return found

    before = asked()
    say(stay.id, stay.ben, WORDS[0])
    assert asked() == before


def test_what_is_sealed_is_in_no_list_count_and_number(app, stay, village):
    say(stay.id, stay.ben, WORDS[0], 1)
    assert queries.tally("all").count == 0
    for scope, of in (("about", stay.ada), ("author", stay.ben), ("offer", stay.offer), ("all", 0)):
        assert queries.tally(scope, of).count == 0
        assert queries.find(queries.Wish(scope, of), None).reviews == ()
    assert queries.one(db.session.scalars(select(Review.id)).one(), None) is None
    stay.clock.shift(timedelta(days=60))
    assert queries.tally("all").count == 0
