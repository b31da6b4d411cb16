"""Home, the directory and a member's page: what each reader finds there."""

from datetime import timedelta

import pytest

from community.activity.members import directory
from community.activity.members.models import (
    EVERYONE,
    MEMBERS,
    NOBODY,
    FormerHandle,
    MemberLink,
    MemberTag,
    MemberWord,
)
from community.activity.members.rules import found_under
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.ledger.models import Subject
from community.ledger.record import record, void
from tests.conftest import NOON, make_member


def page(browser, path, **headers):
    answer = browser.get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.text


def handles(text):
    return [part.split('"')[0] for part in text.split('class="whole" href="/members/')[1:]]


def test_an_empty_house_says_what_will_be_here(client):
    assert "A home for a community" in page(client, "/")
    assert "Nobody is here yet" in page(client, "/members")


def test_the_directory_shows_the_recently_active_first(village, client):
    assert handles(page(client, "/members"))[:2] == ["ann", "leo"]
    assert handles(page(client, "/members?sort=name"))[:2] == ["ada", "ann"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ada", ["ada"]),
        ("ADA LIND", ["ada"]),
        ("lindq", ["ada"]),
        ("李明", ["cy"]),
        ("李", ["cy"]),
        ("明", ["cy"]),
        ("cy", ["cy"]),
        ("costa mia", ["mia"]),
        ("costa ada", []),
        ("zzz", []),
        ("💥", []),
        ("%", []),
        ("a' OR 1=1 --", []),
    ],
)
def test_names_are_found_in_any_script(village, client, q, found):
    assert sorted(handles(page(client, f"/members?q={q}"))) == found


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 10_000,
        "q=" + "李" * 3_000,
        "after=rubbish",
        "after=W10",
        "after=bnVsbA",
        "after=" + "A" * 5_000,
        "before=WzEsIDFd&after=WzEsIDFd",
        "sort=password",
        "who=nobody",
        "language=xx-not-one",
        "interest=%F0%9F%92%A5",
        "q=%ff%fe",
        "after=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OSwgMV0",
        "sort=name&after=WyJcdTAwMDAiLCAxXQ",
    ],
)
def test_odd_questions_break_nothing(village, client, query):
    assert client.get(f"/members?{query}").status_code in (200, 400)


def test_pages_go_on_and_come_back(app, client):
    for number in range(60):
        make_member(
            f"m{number:02}", f"Member {number:02}", joined_at=NOON + timedelta(minutes=number // 3)
        )
    db.session.commit()
    seen, address = [], "/members?sort=new"
    trail = []
    while address:
        text = page(client, address)
        seen += handles(text)
        trail.append(address)
        address = _link(text, 'rel="next"')
    assert len(seen) == len(set(seen)) == 60
    back = _link(text, 'rel="prev"')
    assert handles(page(client, back)) == handles(page(client, trail[1]))


def _link(text, rel):
    if rel not in text:
        return None
    after = text.split(rel, 1)[1]
    return after.split('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")


def test_languages_and_interests_are_found_where_they_may_be_seen(village, client, as_member):
    for member, sight in ((village.ada, EVERYONE), (village.ben, MEMBERS), (village.cy, NOBODY)):
        member.sees_details = sight
        db.session.add(
            MemberTag(member_id=member.id, kind="interest", value="boats", label="Boats")
        )
    db.session.commit()
    address = "/members?interest=Boats&sort=name"
    assert handles(page(client, address)) == ["ada"]
    assert handles(page(as_member(village.mia), address)) == ["ada", "ben"]
    assert handles(page(as_member(village.cy), address)) == ["ada", "ben", "cy"]


@pytest.fixture
def placed(village):
    """Ada shows her town to everyone, Ben his to members, Cy hers to nobody."""
    for member, sight, place in (
        (village.ada, EVERYONE, "Porto, near the river"),
        (village.ben, MEMBERS, "Old Porto"),
        (village.cy, NOBODY, "波尔图 Porto"),
    ):
        member.place, member.sees_place = place, sight
        words = set(found_under(member.name, member.handle, place))
        words -= set(found_under(member.name, member.handle))
        db.session.add_all(MemberWord(word=word, member_id=member.id) for word in words)
    db.session.commit()
    return village


@pytest.mark.parametrize(
    ("who", "asked", "found"),
    [
        (None, "place=porto", ["ada"]),
        (None, "place=PORT", ["ada"]),
        (None, "place=river+porto", ["ada"]),
        (None, "place=old", []),
        (None, "q=porto", []),
        (None, "q=@porto", []),
        (None, "place=ada", []),
        (None, "place=💥", []),
        (None, "q=💥&place=porto", []),
        ("mia", "place=porto", ["ada", "ben"]),
        ("mia", "place=porto&q=ben", ["ben"]),
        ("mia", "place=波尔", []),
        ("cy", "place=porto", ["ada", "ben", "cy"]),
        ("cy", "place=波尔", ["cy"]),
    ],
)
def test_places_are_found_where_they_may_be_seen(placed, client, as_member, who, asked, found):
    browser = as_member(getattr(placed, who)) if who else client
    assert sorted(handles(page(browser, f"/members?{asked}"))) == found


def test_visitors_are_told_why_they_find_few_places(placed, client, as_member):
    assert "Sign in to look there" in page(client, "/members?place=nowhere")
    assert "Sign in to look there" not in page(as_member(placed.mia), "/members?place=nowhere")


QUESTIONS = [
    "q=ad", "q=li", "q=ad+li", "q=brandt", "interest=boats", "interest=boats&q=ad",
    "who=home", "who=unclaimed", "who=staff&q=an", "q=ad&who=unclaimed&sort=name",
    "place=porto&interest=boats", "q=li&sort=new",
]  # fmt: skip


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("few", [0, 1, 3])
def test_few_and_many_are_found_alike(placed, client, monkeypatch, asked, few):
    for number in range(7):
        member = make_member(f"adam-{number}", f"Adam Lindner {number}", place="Porto")
        db.session.add(
            MemberTag(member_id=member.id, kind="interest", value="boats", label="Boats")
        )
    db.session.commit()
    looked_up = handles(page(client, f"/members?{asked}"))
    monkeypatch.setattr(directory, "FEW", few)
    monkeypatch.setattr(directory, "RARE", few)
    assert handles(page(client, f"/members?{asked}")) == looked_up


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("q=maar", "1 person fits."),
        ("q=ad", "2 people fit."),
        ("who=home", "More than 2 people fit."),
    ],
)
def test_how_many_fit_is_counted_up_to_a_bound(village, client, monkeypatch, asked, says):
    make_member("maarten", "Maarten")
    make_member("adil", "Adil")
    db.session.commit()
    monkeypatch.setattr(directory, "FEW", 2)
    monkeypatch.setattr(directory, "MOST_COUNTED", 2)
    assert says in page(client, f"/members?{asked}")


def test_staff_and_unclaimed_are_found(village, client):
    make_member("hilary", "Hilary")
    db.session.commit()
    assert handles(page(client, "/members?who=unclaimed")) == ["hilary"]
    assert sorted(handles(page(client, "/members?who=staff"))) == ["ann", "leo", "mia"]


@pytest.mark.parametrize(
    ("sight", "visitor", "member", "own"),
    [(EVERYONE, 200, 200, 200), (MEMBERS, 404, 200, 200), (NOBODY, 404, 404, 200)],
)
def test_who_finds_a_page(village, client, as_member, sight, visitor, member, own):
    village.ada.sees_profile = sight
    db.session.commit()
    assert client.get("/members/ada").status_code == visitor
    assert as_member(village.ben).get("/members/ada").status_code == member
    assert as_member(village.ada).get("/members/ada").status_code == own
    assert ("ada" in handles(page(client, "/members?q=ada"))) == (visitor == 200)
    assert ("ada" in handles(page(as_member(village.ben), "/members"))) == (member == 200)


PARTS = {
    "sees_place": "Lisboa",
    "sees_details": "Grew up beside a shipyard",
    "sees_links": "https://boats.example",
    "sees_timeline": "What happened",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("sight", "visitor", "member"),
    [(EVERYONE, True, True), (MEMBERS, False, True), (NOBODY, False, False)],
)
def test_who_sees_which_part(village, client, as_member, part, sight, visitor, member):
    ada = village.ada
    ada.place, ada.background_html = "Lisboa", "<p>Grew up beside a shipyard</p>"
    db.session.add(MemberLink(member_id=ada.id, label="Boats", url="https://boats.example"))
    for each in PARTS:
        setattr(ada, each, EVERYONE)
    setattr(ada, part, sight)
    db.session.commit()
    words = PARTS[part]
    assert (words in page(client, "/members/ada")) == visitor
    assert (words in page(as_member(village.ben), "/members/ada")) == member
    own = as_member(ada)
    assert words in page(own, "/members/ada")
    assert (words in page(own, "/members/ada?as=visitor")) == visitor
    assert (words in page(own, "/members/ada?as=member")) == member


def test_what_happened_stands_on_both_pages_as_a_sentence(village, client):
    room = Subject(type="offer", owner=village.ada.id, made_at=NOON, title="A <quiet> room")
    db.session.add(room)
    db.session.flush()
    record("exchange.completed", village.ben, village.ada, ("offer", room.id), happened_at=NOON)
    db.session.commit()
    text = page(client, "/members/ada")
    assert '<a href="/members/ben">Ben Okafor</a> was with Ada Lindqvist' in text
    assert "A &lt;quiet&gt; room" in text
    assert "Ben Okafor was with" in page(client, "/members/ben")
    assert "和" in page(client, "/members/ada", **{"Accept-Language": "zh-CN"})


def test_the_same_thing_on_one_day_is_told_once_with_its_number(village, client):
    for minute in range(18):
        record("thanks.given", None, village.ada, happened_at=NOON + timedelta(minutes=minute))
    db.session.commit()
    text = page(client, "/members/ada")
    assert text.count("Someone thanked") == 1
    assert "18 times" in text


def test_what_was_taken_back_is_not_told(village, client):
    void(record("thanks.given", village.ben, village.ada), "a mistake")
    db.session.commit()
    assert "thanked" not in page(client, "/members/ada")


def test_staff_only_things_and_others_secrets_are_not_told(village, client, as_member):
    record("flag.raised", village.ben, village.ada)
    record("message.sent", village.ben, village.ada)
    record("message.sent", village.cy, village.ada)
    db.session.commit()
    assert "flagged" not in page(as_member(village.ada), "/members/ada")
    assert "flagged" in page(as_member(village.mia), "/members/ada")
    assert "wrote to" not in page(client, "/members/ada")
    assert page(as_member(village.ada), "/members/ada").count("wrote to") == 2
    assert page(as_member(village.ben), "/members/ada").count("wrote to") == 1


def test_hidden_and_erased_people_are_not_named(village, client):
    record("thanks.given", village.ben, village.ada)
    record("thanks.given", village.cy, village.ada)
    village.ben.sees_profile = MEMBERS
    village.cy.erased_at, village.cy.name = NOON, ""
    db.session.commit()
    text = page(client, "/members/ada")
    assert "Ben Okafor" not in text
    assert "李明" not in text
    assert "A former member thanked" in text
    assert "A member thanked" in text
    assert client.get("/members/cy").status_code == 404


def test_a_former_handle_leads_on(village, client):
    db.session.add(FormerHandle(handle="ada-l", member_id=village.ada.id, left_at=NOON))
    db.session.commit()
    answer = client.get("/members/ada-l")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/members/ada")


def test_a_timeline_goes_on(village, client):
    for hour in range(35):
        record("thanks.given", village.ben, village.ada, happened_at=NOON + timedelta(days=hour))
    db.session.commit()
    first = page(client, "/members/ada")
    second = page(client, _link(first, 'rel="next"'))
    assert first.count("thanked") + second.count("thanked") == 35


@pytest.mark.parametrize("before", ["x", "1", "1.x", ".", "9" * 40 + ".1", "%00.1"])
def test_odd_marks_show_the_newest(village, client, before):
    assert client.get(f"/members/ada?before={before}").status_code == 200


def test_ones_own_page_names_the_next_step(village, as_member):
    assert "Add a photo" in page(as_member(village.ada), "/members/ada")
    assert "Add a photo" not in page(as_member(village.ben), "/members/ada")
    assert as_member(village.ada).get("/me").headers["Location"] == "/members/ada"


def test_the_front_page_tells_what_people_did_for_each_other(village, client, as_member):
    record("thanks.given", village.ben, village.ada, happened_at=clock.now())
    record("rating.given", village.cy, village.ada, value=5, happened_at=clock.now())
    db.session.commit()
    text = page(client, "/")
    assert "This week" in text
    assert "thanked" in text
    assert "6 members" in text
    mine = page(as_member(village.ada), "/")
    assert "Good to see you, Ada Lindqvist" in mine
    assert "Ben Okafor" in mine


def test_whoever_keeps_their_timeline_to_themselves_is_not_on_the_front_page(village, client):
    village.ben.sees_timeline = NOBODY
    record("thanks.given", village.ben, village.ada)
    db.session.commit()
    cache.clear()
    assert "thanked" not in page(client, "/")


@pytest.mark.parametrize(("language", "word"), [("zh_Hans_CN", "成员"), ("en", "Members")])
def test_a_chosen_language_stays(village, client, as_member, language, word):
    for browser in (client, as_member(village.ada)):
        assert browser.post("/preferences/language", data={"language": language}).status_code == 303
        assert word in page(browser, "/members")


@pytest.mark.parametrize("chosen", ["", "tlh", "../x"])
def test_an_unknown_language_is_refused(client, chosen):
    assert client.post("/preferences/language", data={"language": chosen}).status_code == 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_scheme_stays(village, client, as_member, scheme):
    for browser in (client, as_member(village.ada)):
        assert browser.post("/preferences/colours", data={"scheme": scheme}).status_code == 303
        assert f'data-scheme="{scheme}"' in page(browser, "/members")


def test_health_robots_and_whom_to_tell(client):
    assert client.get("/health").json == {"status": "ok"}
    assert "Disallow: /settings" in page(client, "/robots.txt")
    assert "Contact: mailto:" in page(client, "/.well-known/security.txt")
