"""A member's people: who is drawn, for whom, and over whom one knows somebody."""

import re

import pytest

from community.activity.members.models import EVERYONE, MEMBERS, NOBODY
from community.activity.settings import actions
from community.kit.db import db
from tests.conftest import make_member
from tests.plans import scans
from tests.web.judged import tie
from tests.web.test_recognition import browser_of, names_in, part

__all__ = ["browser_of"]


@pytest.fixture
def tied(app, judged):
    """Ada knows Ben and Cy, Ben knows Mia: so Mia knows Ada over Ben."""
    tie(
        app,
        {
            (judged.ada, judged.ben): 5.0,
            (judged.ada, judged.cy): 1.0,
            (judged.ben, judged.mia): 2.0,
        },
    )
    return judged


def way_in(page):
    """The handles on the way from the reader, or what is said instead."""
    told = part(page, 'id="way"')
    return re.findall(r'href="/members/([a-z0-9-]+)"', part(told, "<ol", "</ol>")) or re.findall(
        r"<p>([^<]+)</p>", told
    )


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("who", [None, "ben", "ada", "mia"])
def test_the_people_of_a_member_stand_in_a_picture_and_a_list(tied, browser_of, who, language):
    answer = browser_of(who).get("/members/ada/people", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert names_in(answer.text) == ["ben", "cy", "mia"]
    drawn = part(answer.text, '<figure class="people-picture">', "</figure>")
    assert drawn.count('<line class="tie"') == 3
    assert re.findall(r"<title>([^<]+)</title>", drawn) == [
        "Ada Lindqvist",
        "Ben Okafor",
        "李明",
        "Mia Costa",
    ]


def test_a_tie_has_a_word(tied, client):
    page = client.get("/members/ada/people").text
    facts = re.findall(r'class="person-fact">([^<]+)<', page)
    assert facts == ["very close", "in touch", "through others"]


def test_ones_own_people_are_called_so(tied, as_member):
    page = as_member(tied.ada).get("/members/ada/people").text
    assert "<h1>Your people</h1>" in page
    assert 'id="way"' not in page


@pytest.mark.parametrize(
    ("part_hidden", "sees", "answers"),
    [
        ("profile", MEMBERS, [404, 200, 200, 200]),
        ("profile", NOBODY, [404, 404, 404, 200]),
        ("timeline", MEMBERS, [404, 200, 200, 200]),
        ("timeline", NOBODY, [404, 404, 404, 200]),
        ("details", NOBODY, [200, 200, 200, 200]),
    ],
)
def test_people_are_as_open_as_the_timeline(tied, client, as_member, part_hidden, sees, answers):
    setattr(tied.ada, f"sees_{part_hidden}", sees)
    db.session.commit()
    browsers = [client, *(as_member(m) for m in (tied.ben, tied.mia, tied.ada))]
    found = [browser.get("/members/ada/people").status_code for browser in browsers]
    assert found == answers
    links = ['href="/members/ada/people"' in b.get("/members/ada").text for b in browsers]
    assert links == [answer == 200 for answer in answers]


@pytest.mark.parametrize("part_hidden", ["profile", "timeline"])
@pytest.mark.parametrize(
    ("sees", "who", "is_shown"),
    [
        (EVERYONE, None, True),
        (MEMBERS, None, False),
        (MEMBERS, "cy", True),
        (NOBODY, "cy", False),
        (NOBODY, "mia", False),
        (NOBODY, "ada", False),
        (NOBODY, "ben", True),
    ],
)
def test_nobody_is_drawn_who_may_not_be_seen(tied, browser_of, part_hidden, sees, who, is_shown):
    setattr(tied.ben, f"sees_{part_hidden}", sees)
    db.session.commit()
    main = browser_of(who).get("/members/ada/people").text.partition("<main")[2]
    assert ("Ben Okafor" in main) is is_shown
    assert ("/members/ben" in main) is is_shown


def test_an_erased_member_is_drawn_nowhere(tied, browser_of):
    actions.erase(tied.ben, tied.ann, "asked for it by letter", tied.mia)
    db.session.commit()
    page = browser_of("mia").get("/members/ada/people").text
    assert names_in(page) == ["cy"]
    assert "gone-" not in page
    assert "There is no way from you to them yet" in page


@pytest.mark.parametrize(
    ("who", "whose", "way"),
    [
        ("ben", "ada", ["You know each other."]),
        ("mia", "ada", ["mia", "ben", "ada"]),
        ("mia", "cy", ["mia", "ben", "ada", "cy"]),
        ("leo", "ada", None),
    ],
)
def test_how_one_knows_somebody(tied, browser_of, who, whose, way):
    page = browser_of(who).get(f"/members/{whose}/people").text
    found = way_in(page)
    if way is None:
        assert found == [
            "There is no way from you to them yet, through people who know and praise each other."
        ]
    else:
        assert found == way


@pytest.mark.parametrize("part_hidden", ["profile", "timeline"])
def test_the_way_leads_round_whoever_may_not_be_seen(app, judged, as_member, part_hidden):
    a, b = make_member("one"), make_member("two")
    db.session.commit()
    tie(
        app,
        {
            (judged.mia, judged.ben): 9.0,
            (judged.ben, judged.ada): 9.0,
            (judged.mia, a): 1.0,
            (a, b): 1.0,
            (b, judged.ada): 1.0,
        },
    )
    path = "/members/ada/people"
    assert way_in(as_member(judged.mia).get(path).text) == ["mia", "ben", "ada"]
    setattr(judged.ben, f"sees_{part_hidden}", NOBODY)
    db.session.commit()
    page = as_member(judged.mia).get(path).text
    assert way_in(page) == ["mia", "one", "two", "ada"]
    assert "Ben Okafor" not in page


def test_one_who_keeps_to_themselves_still_finds_their_way(tied, as_member):
    tied.mia.sees_profile = tied.mia.sees_timeline = NOBODY
    db.session.commit()
    page = as_member(tied.mia).get("/members/ada/people").text
    assert way_in(page) == ["mia", "ben", "ada"]


def test_a_name_is_shown_as_it_is(tied, client):
    tied.ben.name = "<b>Ben</b> \" & 'Co'"
    tied.ada.name = "<i>Ada</i>"
    db.session.commit()
    page = client.get("/members/ada/people").text
    assert "<b>Ben" not in page
    assert "<i>Ada" not in page
    assert "&lt;b&gt;Ben&lt;/b&gt;" in page


@pytest.mark.parametrize("who", [None, "ben", "leo"])
def test_before_any_ties_the_page_says_what_will_be_there(judged, browser_of, who):
    page = browser_of(who).get("/members/leo/people").text
    assert "Nobody yet" in page
    assert "<figure" not in page


@pytest.mark.parametrize("handle", ["nobody-here", "Ada%00", "9"])
def test_nobody_has_people_who_is_not_here(tied, client, handle):
    assert client.get(f"/members/{handle}/people").status_code == 404


@pytest.mark.parametrize("who", [None, "ada", "mia"])
def test_the_page_asks_little_and_reads_no_whole_table(tied, browser_of, statements, database, who):
    browser = browser_of(who)
    browser.get("/members")
    statements.clear()
    assert browser.get("/members/ada/people").status_code == 200
    assert len(statements) <= 5, [s for s, _ in statements]
    if database.name == "sqlite":
        assert scans(list(statements)) == []
