"""Badges, numbers and standing: what each page shows, to whom, in both languages, and at what cost."""

import re
from datetime import timedelta

import pytest

from community.activity.members.models import MEMBERS, NOBODY
from community.activity.settings import actions
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.kit.words import Words
from community.ledger.kinds import KINDS
from community.ledger.models import Subject
from community.ledger.record import record
from community.standing import presets, rulebook
from community.standing.metrics import METRICS
from community.web import explained
from tests.conftest import NOON, make_account, make_member
from tests.plans import scans
from tests.web.judged import give, say

PEOPLE = {"visitor": None, "member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}
STAFF = {"manager", "leader", "admin"}
MOST_QUERIES = 5
PAGES = ["/badges", "/badges/power-member", "/numbers", "/numbers/exchanges", "/members/ada"]
SMALL = ("badge_rule", "standing_community", "assessment")
"""Tables that stay small however many members there are."""
ODD = '<b>Ada</b> & "Co" {{ 7*7 }}'


@pytest.fixture
def browser_of(judged, client, as_member):
    """The browser of the visitor, or of somebody in the village."""

    def open_as(who):
        return as_member(getattr(judged, who)) if who else client

    return open_as


def part(page, start, end="</section>"):
    """What of a page stands from one mark to the next."""
    return page.partition(start)[2].partition(end)[0]


def names_in(page):
    return re.findall(r'class="person-name" href="/members/([a-z0-9-]+)"', page)


@pytest.mark.parametrize("who", ["visitor", "member", "manager"])
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_these_pages_are_open_to_everyone_in_both_languages(
    judged, browser_of, who, path, language
):
    give(judged.ada)
    say(judged.ada)
    answer = browser_of(PEOPLE[who]).get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'lang="{language}' in answer.text.replace("zh-Hans-CN", "zh-CN")


@pytest.mark.parametrize("name", ["nothing", "stage", "level", "Star-Host", "%00", "../house"])
@pytest.mark.parametrize("kind", ["badges", "numbers"])
def test_what_has_no_such_name_is_not_there(judged, client, kind, name):
    assert client.get(f"/{kind}/{name}").status_code == 404


@pytest.mark.parametrize("name", presets.SHIPPED)
def test_every_badge_explains_itself_in_both_languages(judged, client, name):
    english = client.get(f"/badges/{name}").text
    chinese = client.get(f"/badges/{name}", headers={"Accept-Language": "zh-CN"}).text
    told = presets.told(name)
    assert f"<h1>{told['label']['en']}</h1>" in english
    assert f"<h1>{told['label']['zh']}</h1>" in chinese
    for page in (english, chinese):
        assert not re.search(r"%\(\w+\)", page)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_number_explains_itself_in_both_languages(judged, client, language):
    headers = {"Accept-Language": language}
    listed = client.get("/numbers", headers=headers).text
    for name in METRICS:
        assert f'href="/numbers/{name}"' in listed
        answer = client.get(f"/numbers/{name}", headers=headers)
        assert answer.status_code == 200
        assert not re.search(r"%\(\w+\)", answer.text), name


EVENTS_SAID = {
    "review.published": "A member reviewed another member",
    "answer.accepted": "A member had the answer that helped another member",
    "offer.viewed": "Someone looked at an offer of another member",
}


@pytest.mark.parametrize(("kind", "words"), EVENTS_SAID.items())
def test_an_event_is_told_of_nobody_in_particular(kind, words):
    said = explained.event_said(KINDS[kind])
    assert str(Words(said.text, {k: str(v) for k, v in said.values.items()})) == words


def test_a_rule_names_what_is_enough_above_what_it_is_enough_of(judged, client):
    page = client.get("/badges/star-host").text
    nested = part(page, '<p class="rule-head">One of these</p>', "</ul>")
    assert re.findall(r'href="/numbers/(\w+)"', nested) == ["exchanges_hosted", "days_hosted"]


@pytest.mark.parametrize(
    ("grace", "words"),
    [
        (1, "Whoever misses it keeps it for 1 more assessment."),
        (2, "Whoever misses it keeps it for 2 more assessments."),
    ],
)
def test_grace_is_said_of_one_and_of_many(judged, client, grace, words):
    rulebook.put({**presets.told("star-host"), "grace": grace}, None, "", is_published=True)
    db.session.commit()
    assert words in client.get("/badges/star-host").text


def test_a_draft_is_not_shown_and_a_retired_badge_is_gone(judged, client):
    drafted = {**presets.told("star-host"), "label": {"en": "Lodestar"}}
    rulebook.put(drafted, None, "not yet", is_published=False)
    rulebook.put(dict(presets.told("helper")), None, "enough", is_published=True, is_retired=True)
    db.session.commit()
    assert "Lodestar" not in client.get("/badges").text + client.get("/badges/star-host").text
    assert "not yet" not in client.get("/badges/star-host").text
    assert client.get("/badges/helper").status_code == 404
    assert 'href="/badges/helper"' not in client.get("/badges").text


def test_a_member_shows_no_badge_that_was_retired(judged, client):
    give(judged.ada, "helper")
    say(judged.ada)
    assert 'href="/badges/helper"' in client.get("/members/ada").text
    rulebook.put(dict(presets.told("helper")), None, "enough", is_published=True, is_retired=True)
    db.session.commit()
    assert 'href="/badges/helper"' not in client.get("/members/ada").text


@pytest.mark.parametrize("path", ["/members/ada", "/members/ada/standing"])
def test_a_tier_that_a_rule_no_longer_has_breaks_nothing(judged, as_member, path):
    give(judged.ada, "power-member", tier=4)
    say(judged.ada)
    told = presets.told("power-member")
    rulebook.put({**told, "tiers": told["tiers"][:2]}, None, "", is_published=True)
    db.session.commit()
    answer = as_member(judged.ada).get(path)
    assert answer.status_code == 200
    assert "Power member" in answer.text


WHO_IS_LISTED = [
    # the reader, whom they find among holders who are open, for members only, and closed
    (None, ["open"]),
    ("ben", ["members-only", "open"]),
    ("mia", ["members-only", "open"]),
    ("ada", ["ada", "members-only", "open"]),
]


@pytest.mark.parametrize(("who", "listed"), WHO_IS_LISTED)
def test_holders_are_those_whom_the_reader_may_see(judged, browser_of, who, listed):
    give(make_member("open"), begun_at=NOON)
    give(make_member("members-only", sees_profile=MEMBERS), begun_at=NOON + timedelta(days=1))
    judged.ada.sees_profile = NOBODY
    give(judged.ada, begun_at=NOON + timedelta(days=2))
    give(make_member("past"), begun_at=NOON, ended_at=NOON + timedelta(days=1))
    page = browser_of(who).get("/badges/connector").text
    assert names_in(page) == listed


def test_an_erased_member_holds_nothing(judged, client):
    give(judged.ada)
    say(judged.ada)
    assert names_in(client.get("/badges/connector").text) == ["ada"]
    actions.erase(judged.ada, judged.ann, "asked for it by letter", judged.mia)
    db.session.commit()
    cache.clear()
    page = client.get("/badges/connector").text
    assert names_in(page) == []
    assert "Nobody yet" in page
    assert "1 person holds it" not in client.get("/badges").text


def test_holders_come_page_by_page_without_a_gap(judged, client):
    # Many are given on the same day: their ids keep them apart.
    everyone = [make_member(f"m-{n:02}") for n in range(60)]
    for n, member in enumerate(everyone):
        give(member, begun_at=NOON + timedelta(days=n // 20))
    found, path, pages = [], "/badges/connector", 0
    while path:
        page = client.get(path).text
        found += names_in(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path, pages = (older[1].replace("&amp;", "&") if older else None), pages + 1
    assert found == [member.handle for member in reversed(everyone)]
    assert pages == 3


def test_what_is_given_by_hand_is_on_nobodys_way(judged, as_member):
    browser = as_member(judged.ada)
    by_hand, by_rule = (browser.get(f"/badges/{name}").text for name in ("pillar", "helper"))
    assert "How far am I?" in by_rule
    assert "How far am I?" not in by_hand
    assert "on the next day of assessment" in by_rule
    assert "on the next day of assessment" not in by_hand


@pytest.mark.parametrize("before", ["", "x", "1.2.3", "9" * 40 + ".1", "-1.1", "１.１"])
def test_a_broken_mark_begins_anew(judged, client, before):
    give(judged.ada)
    answer = client.get("/badges/connector", query_string={"before": before})
    assert names_in(answer.text) == ["ada"]


def test_the_list_counts_holders_in_words(judged, client):
    give(judged.ada)
    give(judged.ada, "helper")
    give(judged.ben, "helper")
    page = client.get("/badges").text
    assert "1 person holds it." in page
    assert "2 people hold it." in page
    assert "Nobody holds it yet." in page


def test_a_place_without_badges_says_so(village, client, as_member):
    say(village.ada)
    assert "There are no badges yet" in client.get("/badges").text
    assert "There are no badges yet" in as_member(village.ada).get("/members/ada/standing").text


def test_names_are_shown_as_they_are_and_never_run(judged, client, as_member):
    judged.ada.name = ODD
    told = {**presets.told("helper"), "label": {"en": ODD}, "says": {"en": ODD}}
    rulebook.put(told, None, ODD, is_published=True)
    db.session.commit()
    give(judged.ada, "helper")
    say(judged.ada)
    record("review.published", judged.ada, judged.ben, value=5, happened_at=NOON)
    say(judged.ben)
    for path in ("/badges", "/badges/helper", "/members/ada", "/members/ada/standing"):
        page = as_member(judged.ada).get(path).text
        assert "<b>Ada</b>" not in page, path
        assert "&lt;b&gt;Ada&lt;/b&gt; &amp;" in page, path
        assert "{{ 7*7 }}" in page, path
    assert "<b>Ada</b>" not in as_member(judged.ben).get("/members/ben/standing").text


# ---- standing ----


@pytest.mark.parametrize(("role", "who"), PEOPLE.items())
@pytest.mark.parametrize("whose", ["ada", "own"])
def test_nobody_reads_the_standing_of_others_but_staff(judged, browser_of, role, who, whose):
    for member in vars(judged).values():
        say(member)
    handle = "ada" if whose == "ada" or who is None else who
    answer = browser_of(who).get(f"/members/{handle}/standing")
    if who is None:
        assert answer.status_code in (302, 303)
        return
    is_open = whose == "own" or role in STAFF
    assert answer.status_code == (200 if is_open else 404)


@pytest.mark.parametrize("who", ["ada", "mia", "ben"])
def test_a_closed_profile_has_a_standing_for_its_member_alone(judged, browser_of, who):
    judged.ada.sees_profile = NOBODY
    say(judged.ada)
    status = browser_of(who).get("/members/ada/standing").status_code
    assert status == (200 if who == "ada" else 404)


def test_whoever_left_has_no_standing(judged, as_member):
    say(judged.ada)
    actions.erase(judged.ada, judged.ann, "asked for it by letter", judged.mia)
    db.session.commit()
    handle = judged.ada.handle
    for path in (f"/members/{handle}/standing", "/members/ada/standing"):
        assert as_member(judged.mia).get(path).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("who", ["ada", "mia"])
def test_standing_adds_up_before_the_readers_eyes(judged, browser_of, who, language):
    say(judged.ada)
    give(judged.ada)
    headers = {"Accept-Language": language}
    page = browser_of(who).get("/members/ada/standing", headers=headers).text
    total = part(page, 'class="parts-total">', "</li>")
    assert [int(n) for n in re.findall(r"\d+", total) if int(n) != 4] == [81, 9, 90]
    assert not re.search(r"%\(\w+\)", page)


def test_a_newcomer_is_told_that_nothing_is_said_yet(judged, as_member):
    assert "Nothing is said yet" in as_member(judged.ben).get("/members/ben/standing").text
    say(judged.cy, health=None, state="new", trust=None, band=None, told={})
    page = as_member(judged.cy).get("/members/cy/standing").text
    assert "there is no score yet" in page
    assert "neither trusted nor distrusted" in page


def test_who_spoke_against_a_member_is_named_to_staff_alone(judged, as_member):
    for member in vars(judged).values():
        say(member)
    record("review.published", judged.ben, judged.ada, value=5, happened_at=NOON)
    record("review.published", judged.cy, judged.ada, value=1, happened_at=NOON)
    record("review.published", judged.leo, judged.ada, value=3, happened_at=NOON)
    db.session.commit()
    own = part(as_member(judged.ada).get("/members/ada/standing").text, 'id="trust"')
    assert names_in(own) == ["ben"]
    assert "−10: a bad word" in own
    assert "0: neither good nor bad" in own
    assert "50 to begin with, +22 by these: 72" in own
    assert own.count("Somebody") == 2
    theirs = part(as_member(judged.mia).get("/members/ada/standing").text, 'id="trust"')
    assert names_in(theirs) == ["ben", "cy", "leo"]
    assert "Somebody" not in theirs


def test_a_good_word_is_named_whatever_it_weighs(judged, as_member):
    say(judged.ada)
    record("review.published", judged.ben, judged.ada, value=5, happened_at=NOON)
    db.session.commit()
    own = part(as_member(judged.ada).get("/members/ada/standing").text, 'id="trust"')
    assert names_in(own) == ["ben"]


def test_whoever_keeps_their_page_closed_is_named_to_nobody(judged, as_member):
    say(judged.ada)
    say(judged.ben)
    judged.ben.sees_profile = NOBODY
    record("review.published", judged.ben, judged.ada, value=5, happened_at=NOON)
    db.session.commit()
    for who in ("ada", "mia"):
        page = as_member(getattr(judged, who)).get("/members/ada/standing").text
        assert "Ben Okafor" not in page
        assert "/members/ben" not in page


@pytest.mark.parametrize(("others", "words"), [(1, "1 other<"), (2, "2 others<")])
def test_the_others_are_counted(judged, as_member, others, words):
    say(judged.ada)
    for n in range(5 + others):
        rater = make_member(f"rater-{n}")
        say(rater)
        record("review.published", rater, judged.ada, value=4, happened_at=NOON)
    db.session.commit()
    assert words in as_member(judged.ada).get("/members/ada/standing").text


def test_of_several_that_are_enough_the_others_are_not_missing(judged, as_member):
    say(judged.ada)
    offer = Subject(type="offer", owner=judged.ada.id, made_at=NOON, title="A room")
    db.session.add(offer)
    db.session.flush()
    for n in range(12):
        guest = make_member(f"guest-{n}")
        at = clock.now() - timedelta(days=n + 1)
        record("exchange.completed", judged.ada, guest, ("offer", offer.id), happened_at=at)
    db.session.commit()
    page = as_member(judged.ada).get("/members/ada/standing").text
    needs = part(page, 'id="badge-star-host"', "</article>")
    said = [
        " ".join(line.split()) for line in re.findall(r'"unseen">([^<]+)</span>([^<]+)', needs)[0]
    ]
    assert said == ["Met:", "One of these, met by: Exchanges hosted"]
    assert re.findall(r'"unseen">([^<]+)</span>', needs)[1:3] == ["Met:", "Not needed:"]


# ---- beside a member ----


@pytest.mark.parametrize(
    ("who", "sees"), [(None, False), ("ben", False), ("ada", True), ("mia", True), ("leo", True)]
)
def test_health_stands_beside_a_member_for_them_and_staff(judged, browser_of, who, sees):
    say(judged.ada)
    give(judged.ada)
    page = browser_of(who).get("/members/ada").text
    assert ("Health 90 of 100" in page) is sees
    assert ('href="/members/ada/standing"' in page) is sees
    assert 'href="/badges/connector"' in page
    assert 'href="/numbers/exchanges"' in page


@pytest.mark.parametrize("seen_as", ["visitor", "member"])
def test_a_member_who_looks_through_others_eyes_sees_no_health(judged, as_member, seen_as):
    say(judged.ada)
    page = as_member(judged.ada).get(f"/members/ada?as={seen_as}").text
    assert "Health 90" not in page


def test_a_number_stands_with_its_label_on_one_line(judged, client):
    say(judged.ada)
    deals = part(client.get("/members/ada").text, 'id="deals"')
    assert '<dl class="tight">' in deals
    assert "4.50 stars" in deals
    assert "(from 2)" in deals


def test_every_page_leads_to_the_badges(client, judged, as_member):
    assert 'href="/badges"' in client.get("/").text
    assert 'href="/badges"' in as_member(judged.ben).get("/").text


# ---- what it costs ----


@pytest.fixture
def busy(judged):
    """Everybody holds three badges and is judged."""
    for member in vars(judged).values():
        say(member)
        for badge in ("connector", "power-member", "pillar"):
            give(member, badge)
    record("thanks.given", judged.ben, judged.ada, happened_at=NOON)
    db.session.commit()
    return judged


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", [None, "ben", "ada", "mia"])
def test_a_page_asks_at_most_five_questions(busy, browser_of, statements, path, who):
    browser = browser_of(who)
    browser.get("/members")
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    # Whoever may vouch is also told who did: one question more.
    is_vouching = who == "mia" and path == "/members/ada"
    assert len(statements) <= MOST_QUERIES + is_vouching, [s for s, _ in statements]


@pytest.mark.parametrize("path", [*PAGES, "/badges/connector?before=1780315200000000.9"])
@pytest.mark.parametrize("who", [None, "ada", "mia"])
def test_no_question_reads_a_whole_table(busy, browser_of, statements, database, path, who):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    browser = browser_of(who)
    statements.clear()
    cache.clear()
    assert browser.get(path).status_code == 200
    assert scans(list(statements), SMALL) == []


def test_a_standing_reads_no_whole_table(busy, as_member, statements, database):
    if database.name != "sqlite":
        pytest.skip("the plans are SQLite's")
    browser = as_member(busy.ada)
    statements.clear()
    assert browser.get("/members/ada/standing").status_code == 200
    assert scans(list(statements), SMALL) == []


def test_one_with_an_account_reads_their_own_closed_page(judged, as_member):
    hidden = make_member("hidden", sees_profile=NOBODY, joined_at=NOON)
    make_account(hidden)
    give(hidden)
    assert names_in(as_member(hidden).get("/badges/connector").text) == ["hidden"]
