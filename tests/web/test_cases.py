"""Cases: who may read them, what they say, and what staff do with them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.ledger.audit import AuditRow, first_bad
from community.standing import cases
from community.standing.models import Case
from tests.conftest import NOON, make_member

PEOPLE = {"visitor": None, "member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}
RING = {"density": 1.164, "pairs": 4, "first": 1789139695.9, "last": 1794825050.0, "inside": 0.2286}
FALL = {
    "before": 71,
    "after": 35,
    "was": "steady",
    "is": "drifting",
    "has_drifted": True,
    "trust": 81.2,
    "numbers_before": [2, 20, 300, 7],
    "numbers": [30, 18, 328, None],
}
PAGES = [
    ("GET", "/house/cases"),
    ("GET", "/house/cases?kind=ring&state=closed"),
    ("GET", "/house/cases/{id}"),
    ("POST", "/house/cases/{id}/note"),
    ("POST", "/house/cases/{id}/close"),
    ("POST", "/house/cases/{id}/reopen"),
]


def a_case(members, kind="fall", at=NOON, **more):
    told = {"fall": FALL, "ring": RING}[kind] | more.pop("told", {})
    key = f"{kind}:{members[0].id}:{at.timestamp()}"
    ids = [member.id for member in members]
    case = Case(kind=kind, key=key, found_at=at, members=ids, told=told, **more)
    db.session.add(case)
    db.session.commit()
    return case.id


def the_case(id):
    return db.session.get(Case, id, populate_existing=True)


def acts():
    return [
        (row.actor, row.act, row.about, row.reason)
        for row in db.session.scalars(select(AuditRow).order_by(AuditRow.id))
    ]


@pytest.mark.parametrize("role", PEOPLE)
def test_cases_are_for_those_who_look_after_people(village, as_member, client, role):
    id = a_case([village.ada])
    browser = as_member(getattr(village, PEOPLE[role])) if PEOPLE[role] else client
    for method, path in PAGES:
        status = browser.open(path.format(id=id), method=method).status_code
        if role in ("manager", "admin"):
            assert status in (200, 422), (method, path, status)
        else:
            assert status == {"visitor": 303, "member": 404}.get(role, 403), (method, path, status)
    assert the_case(id).closed_at is None
    assert acts() == []


def test_a_fall_says_why_in_plain_numbers(village, as_member):
    id = a_case([village.ada])
    browser = as_member(village.mia)
    for page in (browser.get("/house/cases").text, browser.get(f"/house/cases/{id}").text):
        for words in (
            "Health of Ada Lindqvist fell from 71 to 35",
            "Health was 71 of 100 on 4 May 2026 and 35 on 1 June 2026.",
            "They were steady and are drifting.",
            "trust 81 of 100",
            "Nobody is punished by a case",
        ):
            assert words in page
    page = browser.get(f"/house/cases/{id}").text
    assert 'href="/members/ada"' in page
    assert 'href="/members/ada/standing"' in page
    row = page.partition("Days since the last act")[2].partition("</tr>")[0]
    assert (">2<" in row, ">30<" in row) == (True, True)


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ({}, "Health of Ada Lindqvist fell from 71 to 35"),
        ({"before": None}, "Ada Lindqvist is drifting away"),
        ({"before": 34, "after": 34}, "Ada Lindqvist is drifting away"),
    ],
)
def test_a_title_says_what_happened(village, as_member, told, title):
    a_case([village.ada], told=told)
    assert title in as_member(village.mia).get("/house/cases").text


def test_a_ring_says_why_and_not_more(village, as_member):
    id = a_case([village.ada, village.ben, village.cy], "ring")
    page = as_member(village.mia).get(f"/house/cases/{id}").text
    for words in (
        "3 people praise each other quickly",
        "4 pairs gave praise and got it back within a fortnight.",
        "23% of all ratings that they gave stay among them.",
        "Density 1.16",
        "before you think ill of it",
    ):
        assert words in page
    for handle in ("ada", "ben", "cy"):
        assert f'href="/members/{handle}"' in page


def test_a_ring_says_who_joined_and_who_left(village, as_member):
    at = clock.to_micros(NOON)
    steps = [
        {"at": at, "joined": [village.cy.id, village.ann.id], "left": []},
        {"at": at, "joined": [], "left": [village.ann.id]},
    ]
    id = a_case([village.ada, village.ben, village.cy], "ring", told={"history": steps})
    page = as_member(village.mia).get(f"/house/cases/{id}").text
    assert f"new in it are {village.cy.name} and {village.ann.name}" in page
    assert f"no longer in it are {village.ann.name}" in page
    assert f'href="/members/{village.ann.handle}"' not in page


def test_the_list_is_narrowed_by_kind_and_by_what_is_closed(village, as_member):
    a_case([village.ada])
    a_case([village.ada, village.ben, village.cy], "ring")
    a_case([village.cy], closed_at=NOON, told={"before": 55})
    browser = as_member(village.mia)
    fall, ring, closed = "from 71 to", "3 people praise each other", "from 55 to"
    for asked, shown in (
        ("", {fall, ring}),
        ("?kind=fall", {fall}),
        ("?kind=ring", {ring}),
        ("?kind=attic", {fall, ring}),
        ("?state=closed", {closed}),
        ("?state=closed&kind=ring", set()),
        ("?before=%00", {fall, ring}),
    ):
        page = browser.get(f"/house/cases{asked}").text
        assert {words for words in (fall, ring, closed) if words in page} == shown, asked
    page = browser.get("/house/cases").text
    assert "All (2)" in page
    assert "Rings (1)" in page
    assert "closed by itself" in browser.get("/house/cases?state=closed").text


def test_cases_are_read_page_by_page(village, as_member):
    for n in range(45):
        a_case(
            [village.ada],
            at=NOON + timedelta(hours=n // 2, microseconds=n),
            told={"before": 100 + n},
        )
    browser, path, seen = as_member(village.mia), "/house/cases?kind=fall", []
    while path:
        seen.append(browser.get(path).text)
        _, is_there, rest = seen[-1].partition('rel="next" href="')
        path = rest.partition('"')[0].replace("&amp;", "&") if is_there else None
    assert [sum(f"from {100 + n} to" in page for page in seen) for n in range(45)] == [1] * 45
    assert len(seen) == 3


@pytest.mark.parametrize("is_cold", [True, False])
@pytest.mark.parametrize("path", ["/house/cases", "/house/cases/1"])
def test_a_page_asks_little(village, as_member, statements, path, is_cold):
    for n in range(5):
        a_case([village.ada, village.ben, village.cy], "ring", at=NOON + timedelta(days=n))
    browser = as_member(village.mia)
    browser.get(path)
    if is_cold:
        cache.clear()
    statements.clear()
    assert browser.get(path).status_code == 200
    assert len([s for s, _ in statements if s.lstrip().upper().startswith("SELECT")]) <= 5


def test_a_note_is_kept_and_shown(village, as_member):
    id = a_case([village.ada])
    browser, seen = as_member(village.mia), cases.mark_of(None)
    answer = browser.post(
        f"/house/cases/{id}/note", data={"note": " Wrote to her <b>today</b> ", "seen": seen}
    )
    assert answer.status_code == 303
    assert the_case(id).note == "Wrote to her <b>today</b>"
    assert "&lt;b&gt;today" in browser.get(f"/house/cases/{id}").text
    assert "has a note" in browser.get("/house/cases").text


def test_a_note_that_another_changed_is_not_lost(village, as_member):
    id = a_case([village.ada], note="Called her")
    browser = as_member(village.mia)
    answer = browser.post(
        f"/house/cases/{id}/note", data={"note": "Wrote to her", "seen": cases.mark_of(None)}
    )
    assert answer.status_code == 422
    assert "<blockquote>Called her</blockquote>" in answer.text
    assert "Wrote to her" in answer.text
    assert cases.mark_of("Called her") in answer.text
    assert the_case(id).note == "Called her"


def test_a_note_can_not_be_without_end(village, as_member):
    id = a_case([village.ada])
    answer = as_member(village.mia).post(
        f"/house/cases/{id}/note", data={"note": "x" * 4001, "seen": cases.mark_of(None)}
    )
    assert answer.status_code == 422
    assert the_case(id).note is None


def test_closing_needs_a_reason_and_is_undone(village, as_member):
    id = a_case([village.ada])
    browser, path = as_member(village.mia), f"/house/cases/{id}"
    assert browser.post(f"{path}/close", data={"reason": "  "}).status_code == 422
    assert acts() == []
    assert browser.post(f"{path}/close", data={"reason": "On a boat"}).status_code == 303
    assert the_case(id).closed_by == village.mia.id
    page = browser.get(path).text
    assert "On a boat" in page.partition("<blockquote>")[2].partition("</blockquote>")[0]
    assert "Mia Costa" in page
    assert browser.post(f"{path}/close", data={"reason": "Again"}).status_code == 422
    assert browser.post(f"{path}/reopen").status_code == 303
    case = the_case(id)
    assert (case.closed_at, case.closed_by, case.told) == (None, None, FALL)
    assert browser.post(f"{path}/reopen").status_code == 422
    assert acts() == [
        (village.mia.id, "case.closed", village.ada.id, "On a boat"),
        (village.mia.id, "case.reopened", village.ada.id, ""),
    ]
    assert first_bad(db.session.scalars(select(AuditRow).order_by(AuditRow.id))) is None


def test_what_was_done_is_told_in_the_audit(village, as_member):
    fall, ring = a_case([village.ada]), a_case([village.ada, village.ben, village.cy], "ring")
    browser = as_member(village.mia)
    for id in (fall, ring):
        browser.post(f"/house/cases/{id}/close", data={"reason": "Seen"})
        browser.post(f"/house/cases/{id}/reopen")
    page = browser.get("/house/audit").text
    for words in (
        "closed a case about",
        "opened a case about",
        "closed a case about several members",
        "opened a case about several members again",
    ):
        assert words in page


def test_one_that_closed_by_itself_is_not_opened_by_hand(village, as_member):
    id = a_case([village.ada], closed_at=NOON)
    answer = as_member(village.mia).post(f"/house/cases/{id}/reopen")
    assert answer.status_code == 422
    assert "since they are back" in answer.text


def test_nobody_looks_at_their_own_case(village, as_member):
    id = a_case([village.mia, village.ada, village.ben], "ring", note="Ask Ben first")
    browser = as_member(village.mia)
    page = browser.get(f"/house/cases/{id}").text
    assert "somebody else looks at it" in page
    assert "Ask Ben first" not in page
    for act, data in (
        ("note", {"note": "Fine", "seen": cases.mark_of("Ask Ben first")}),
        ("close", {"reason": "Fine"}),
    ):
        assert browser.post(f"/house/cases/{id}/{act}", data=data).status_code == 422
    assert (the_case(id).note, the_case(id).closed_at) == ("Ask Ben first", None)


def test_who_has_left_is_not_named(village, as_member):
    zoe = make_member("zoe", "Zoe Quill")
    id = a_case([zoe, village.ada, village.ben], "ring")
    zoe.erased_at = NOON
    db.session.commit()
    page = as_member(village.mia).get(f"/house/cases/{id}").text
    assert "Zoe" not in page
    assert "1 of them is a member no more" in page


@pytest.mark.parametrize("id", ["0", "999", "9" * 30, "x"])
def test_a_case_that_is_none_is_not_found(village, as_member, id):
    assert as_member(village.mia).get(f"/house/cases/{id}").status_code == 404
