"""The staff's side of the house: what each page shows, to whom, and at what cost."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.datastructures import Headers

from community.activity.accounts import actions
from community.activity.members.models import Member
from community.imports.models import ImportRun
from community.kit import clock, outbox, runs
from community.kit.cache import cache
from community.kit.db import db
from community.kit.refusal import Refused
from community.ledger import audit
from community.ledger.record import record
from community.web import reading, telling
from tests.conftest import make_member

ROOT = Path(__file__).resolve().parent.parent.parent

PEOPLE = {"visitor": None, "member": "ada", "manager": "mia", "leader": "leo", "admin": "ann"}
ALL, PEOPLE_KEEPERS, ADMIN = {"manager", "leader", "admin"}, {"manager", "admin"}, {"admin"}
PAGES = [
    ("GET", "/house", ALL),
    ("GET", "/house/letters", ADMIN),
    ("GET", "/house/letters/1", ADMIN),
    ("GET", "/house/roles", ADMIN),
    ("POST", "/house/roles", ADMIN),
    ("GET", "/house/audit", ALL),
    ("GET", "/house/imports", ADMIN),
    ("GET", "/house/jobs", ADMIN),
    ("GET", "/house/unclaimed", PEOPLE_KEEPERS),
    ("GET", "/house/invitations", PEOPLE_KEEPERS),
    ("GET", "/house/invite/zoe", PEOPLE_KEEPERS),
    ("POST", "/house/invite/zoe", PEOPLE_KEEPERS),
    ("POST", "/house/invitations/1/take-back", PEOPLE_KEEPERS),
]
MOST_QUERIES = 5


@pytest.fixture
def busy(village):
    """A village in which a little of everything went on."""
    make_member("zoe", "Zoe Quill")
    outbox.queue("nora@lighthouse.example", "Welcome", "Come in:\nhttp://a.example/x\n\nThe house")
    audit.note(
        village.ann.id, "role.given", village.ben.id, "helps", before="member", role="leader"
    )
    audit.note(village.mia.id, "member.invited", village.cy.id, "")
    run = runs.begin("tidy")
    runs.end(run.id, 7, None)
    an_import("ratings:town", ended_at=clock.now())
    db.session.commit()
    return village


def an_import(source, **more):
    run = ImportRun(
        **{
            "source": source,
            "fingerprint": source.ljust(64, "0")[:64],
            "path": "/data/town.csv",
            "started_at": clock.now(),
            "cursor": {"stage": -1, "row": 0, "path": "/data/rejects.csv"},
            "counts": {
                "rows": 1200,
                "known": 11,
                "rejected": 3,
                "members": 345,
                "left out: tag": 8,
            },
            **more,
        }
    )
    db.session.add(run)
    return run


@pytest.mark.parametrize("role", PEOPLE)
def test_each_page_and_method_is_for_its_roles(busy, as_member, client, role):
    browser = as_member(getattr(busy, PEOPLE[role])) if PEOPLE[role] else client
    got = {
        (method, path): browser.open(path, method=method).status_code for method, path, _ in PAGES
    }
    for method, path, roles in PAGES:
        status = got[method, path]
        if role in roles:
            assert status in (200, 422), (method, path, status)
        else:
            refused = {"visitor": 303, "member": 404}.get(role, 403)
            assert status == refused, (method, path, status)


@pytest.mark.parametrize(
    "path", ["/house/", "/house/attic", "/house/invitations", "/house/letters/9"]
)
def test_a_member_can_not_tell_a_room_from_a_wall(app, village, as_member, path):
    browser = as_member(village.ada)
    wall = browser.get("/house/nothing-of-the-kind")
    room = browser.get(path)
    assert (room.status_code, _words(room)) == (404, _words(wall))


def _words(answer):
    return answer.text.split("<main")[1].split("</main>")[0]


def test_other_pages_are_not_taken_for_the_house(app, village, client):
    make_member("house-of-cards", "House of Cards")
    db.session.commit()
    assert client.get("/members/house-of-cards").status_code == 200
    assert client.get("/housewarming").status_code == 404


@pytest.mark.parametrize("path", [p for m, p, _ in PAGES if m == "GET" and "invit" not in p])
@pytest.mark.parametrize("is_cold", [True, False])
def test_a_page_asks_little(busy, as_member, statements, path, is_cold):
    browser = as_member(busy.ann)
    browser.get(path)
    if is_cold:
        cache.clear()
    statements.clear()
    assert browser.get(path).status_code == 200
    asked = [s for s, _ in statements if s.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(asked) <= MOST_QUERIES + is_cold, asked


def test_the_first_page_counts_this_week_and_the_one_before(village, as_member):
    now = clock.now()
    for handle, days in (("new-1", 1), ("new-2", 6), ("older", 8), ("oldest", 15)):
        make_member(handle, joined_at=now - timedelta(days=days))
    for days in (0, 3, 9, 13, 20):
        record("suggestion.made", village.ada, happened_at=now - timedelta(days=days, minutes=1))
    db.session.commit()
    cache.clear()
    numbers = reading.numbers()
    assert (numbers["members"], numbers["unclaimed"]) == (10, 4)
    assert numbers["newcomers"] - numbers["newcomers_before"] == 1
    assert (numbers["events"], numbers["events_before"]) == (2, 2)
    page = as_member(village.mia).get("/house").text
    assert "2 in the seven days before" in page


@pytest.mark.parametrize(("now", "before", "way"), [(3, 1, "up"), (1, 3, "down"), (2, 2, "same")])
def test_a_number_says_how_it_moved(app, now, before, way):
    assert telling.since(now, before)["way"] == way


def test_only_who_watches_the_machine_sees_it_on_the_first_page(busy, as_member):
    seen = as_member(busy.ann).get("/house").text
    assert "tidy" in seen
    assert "ratings:town" in seen
    for other in (busy.mia, busy.leo):
        page = as_member(other).get("/house").text
        assert "tidy" not in page
        assert "ratings:town" not in page


def test_a_letter_is_read_with_its_links_and_nothing_in_it_is_believed(village, as_member):
    outbox.queue(
        "x@y.example", "<b>Hi</b>", 'Go: http://a.example/t?x=1&y=2\n<script>alert("1")</script>'
    )
    outbox.queue(None, "To nobody", "in vain")
    db.session.commit()
    browser = as_member(village.ann)
    listed = browser.get("/house/letters").text
    assert "&lt;b&gt;Hi&lt;/b&gt;" in listed
    assert "To nobody" not in listed
    page = browser.get("/house/letters/1").text
    assert 'href="http://a.example/t?x=1&amp;y=2"' in page
    assert "<script>alert" not in page
    assert browser.get("/house/letters/2").status_code == 404
    assert browser.get("/house/letters/99").status_code == 404


def test_letters_are_closed_as_soon_as_mail_is_sent(app, busy, as_member):
    app.config["SMTP_URL"] = "smtp://mail.example"
    try:
        browser = as_member(busy.ann)
        assert browser.get("/house/letters").status_code == 403
        assert browser.get("/house/letters/1").status_code == 403
        assert "/house/letters" not in browser.get("/house").text
    finally:
        app.config["SMTP_URL"] = ""


def test_long_lists_are_read_page_by_page(village, as_member):
    for number in range(65):
        outbox.queue("x@y.example", f"Letter {number:03}", "text")
        audit.note(village.ann.id, "member.invited", village.ben.id, f"reason {number:03}")
        run = runs.begin(f"job-{number % 2}")
        runs.end(run.id, 1, None)
        an_import(f"source:{number:03}")
    db.session.commit()
    browser = as_member(village.ann)
    for path, what in (
        ("/house/letters", "Letter {:03}"),
        ("/house/audit", "reason {:03}"),
        ("/house/audit?who=ben", "reason {:03}"),
        ("/house/imports", "source:{:03}"),
    ):
        seen = _walk(browser, path)
        assert len(seen) == 3, path
        assert [sum(what.format(n) in page for page in seen) for n in range(65)] == [1] * 65, path
    assert len(_walk(browser, "/house/jobs")) == 3
    assert len(_walk(browser, "/house/jobs?job=job-1")) == 2


def _walk(browser, path):
    pages = []
    while path:
        pages.append(browser.get(path).text)
        _, is_there, rest = pages[-1].partition('rel="next" href="')
        path = rest.partition('"')[0].replace("&amp;", "&") if is_there else None
    return pages


def test_staff_are_listed_with_what_they_did(busy, as_member):
    page = as_member(busy.ann).get("/house/roles").text
    assert page.index("Ann Park") < page.index("Leo Brandt") < page.index("Mia Costa")
    assert "/house/audit?who=mia" in page
    assert "Ben Okafor" not in page


def test_a_role_is_taken_again_and_their_session_ends(village, as_member):
    before = as_member(village.mia)
    answer = as_member(village.ann).post(
        "/house/roles", data={"handle": "@Mia", "role": "member", "reason": "Moves away"}
    )
    assert answer.status_code == 303
    assert db.session.scalar(select(Member.role).where(Member.handle == "mia")) == "member"
    assert before.get("/settings").status_code in (302, 303)
    assert as_member(village.mia).get("/house").status_code == 404


def test_what_was_typed_into_a_refused_form_is_still_there(village, as_member):
    answer = as_member(village.ann).post(
        "/house/roles", data={"handle": "ann", "role": "leader", "reason": "Enough of it"}
    )
    assert answer.status_code == 422
    assert "ask another admin" in answer.text
    assert "Enough of it" in answer.text


def test_acts_are_told_in_sentences(busy, as_member):
    admins = as_member(busy.ann)
    admins.post("/house/roles", data={"handle": "ben", "role": "manager", "reason": "Helps"})
    audit.note(None, "role.given", busy.ann.id, "made", before=None, role="admin")
    audit.note(busy.ann.id, "member.erased", 999_999, "asked", second=busy.mia.id)
    audit.note(busy.ann.id, "<i>new.act</i>", None, "<script>", odd=1)
    db.session.commit()
    page = admins.get("/house/audit").text
    link = '<a href="/members/{}">{}</a>'.format
    ann, ben, mia = link("ann", "Ann Park"), link("ben", "Ben Okafor"), link("mia", "Mia Costa")
    assert f"{ann} gave {ben} the role of manager, in place of member" in page
    assert f"The command line gave {ann} the role of admin" in page
    assert f"{ann} and {mia} erased a former member on request" in page
    assert "&lt;i&gt;new.act&lt;/i&gt;" in page
    assert "<script>" not in page.split("<main")[1]


def test_names_in_acts_are_only_names(village, as_member):
    village.ben.name = '<b>%(actor)s</b> "{}"'
    audit.note(village.ann.id, "member.invited", village.ben.id, "")
    db.session.commit()
    page = as_member(village.ann).get("/house/audit").text
    assert "&lt;b&gt;%(actor)s&lt;/b&gt;" in page


def test_acts_are_found_by_who_did_them_and_whom_they_were_about(busy, as_member):
    browser = as_member(busy.leo)
    for who, shown in (
        ("ann", {"helps"}),
        ("@Ben", {"helps"}),
        ("mia", {"to move in"}),
        ("cy", {"to move in"}),
        ("leo", {"Nothing about them"}),
        ("nobody-here", {"Nobody has that handle."}),
    ):
        page = browser.get("/house/audit", query_string={"who": who}).text
        every = {"helps", "to move in", "Nothing about them", "Nobody has that handle."}
        assert {words for words in every if words in page} == shown, who


@pytest.mark.parametrize("odd", ["x\x00y", "a" * 5000, "' or 1=1 --", "李", "../..", "\udcff"])
@pytest.mark.parametrize(
    "asked", ["audit?who", "jobs?job", "unclaimed?q", "unclaimed?before", "unclaimed?after"]
)
def test_odd_questions_break_nothing(busy, as_member, asked, odd):
    path, _, name = asked.partition("?")
    answer = as_member(busy.ann).get(
        f"/house/{path}", query_string={name: odd.encode("utf-8", "surrogateescape")}
    )
    assert answer.status_code == 200
    assert "helps" not in answer.text


@pytest.mark.parametrize("harm", ["forged", "cut"])
def test_a_chain_that_does_not_hold_is_said(app, busy, as_member, harm):
    folder = app.config["DATA_DIR"]
    assert audit.keep_head(folder)
    last = db.session.scalars(select(audit.AuditRow).order_by(audit.AuditRow.id.desc())).first()
    try:
        if harm == "forged":
            last.reason = "something else"
        else:
            db.session.delete(last)
        db.session.commit()
        cache.clear()
        assert "The chain is broken" in as_member(busy.ann).get("/house/audit").text
    finally:
        (folder / audit.HEAD).unlink()


def test_a_note_that_can_not_be_read_is_said(app, busy, as_member):
    path = app.config["DATA_DIR"] / audit.HEAD
    path.write_text("{")
    try:
        cache.clear()
        assert "checked to its end" in as_member(busy.ann).get("/house/audit").text
    finally:
        path.unlink()


def test_an_import_tells_how_far_it_came_and_what_it_left_out(busy, as_member):
    cursor = {"stage": 1, "row": 41_200, "path": "/data/x-rejects.csv"}
    an_import("stackexchange:travel", cursor=cursor, ended_at=None)
    an_import("airbnb", cursor={}, counts={})
    db.session.commit()
    page = as_member(busy.ann).get("/house/imports").text
    for words in (
        "Part 2, row 41,200",
        "1,200 rows read",
        "3 rows could not be read",
        "/data/x-rejects.csv",
        "Members",
        "345",
        "tag: 8",
        "complete",
        "under way, or stopped",
        "flask import stackexchange FOLDER",
    ):
        assert words in page


def test_jobs_tell_the_last_run_of_each_and_what_went_wrong(village, as_member):
    now = clock.now()
    for job, minutes, error in (
        ("tidy", 50, None),
        ("tidy", 10, "OSError: <disk> is full"),
        ("send-outbox", 30, None),
        ("clear-expired", 20, None),
    ):
        began = now - timedelta(minutes=minutes)
        ended = None if job == "clear-expired" else began + timedelta(seconds=1.5)
        db.session.add(runs.JobRun(job=job, started_at=began, ended_at=ended, rows=4, error=error))
    db.session.commit()
    last = reading.last_runs()
    assert [row.job for row in last] == ["clear-expired", "send-outbox", "tidy"]
    assert last[2].error == "OSError: <disk> is full"
    browser = as_member(village.ann)
    page = browser.get("/house/jobs").text
    for words in ("OSError: &lt;disk&gt; is full", "1.50 s", "at work", "went well", "failed"):
        assert words in page
    assert "no run of that" in browser.get("/house/jobs?job=nothing").text


def test_no_job_and_no_import_is_said_with_the_first_step(village, as_member):
    browser = as_member(village.ann)
    assert "python -m jobs" in browser.get("/house/jobs").text
    assert "flask import --help" in browser.get("/house/imports").text
    assert reading.last_runs() == []


def test_unclaimed_members_are_walked_forth_and_back(village, as_member):
    for number in range(30):
        make_member(f"from-afar-{number:02}", f"Afar {number:02}")
    db.session.commit()
    browser = as_member(village.mia)
    first = browser.get("/house/unclaimed?q=afar").text
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = browser.get(older).text
    assert ("Afar 00" in first, "Afar 29" in first) == (True, False)
    assert ("Afar 00" in second, "Afar 29" in second) == (False, True)
    newer = second.partition('rel="prev" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Afar 00" in browser.get(newer).text


def test_someone_who_was_invited_stays_unclaimed_until_they_come(village, as_member):
    make_member("zoe", "Zoe Quill")
    db.session.commit()
    browser = as_member(village.mia)
    answer = browser.post("/house/invite/zoe", data={"email": "zoe@lighthouse.example"})
    assert answer.status_code == 303
    assert "Zoe Quill" in browser.get("/house/unclaimed").text
    assert "to move in" in browser.get("/house/audit?who=zoe").text


def test_pages_speak_the_readers_language(busy, as_member):
    chinese = Headers({"Accept-Language": "zh-CN"})
    browser = as_member(busy.ann)
    for path, words in (
        ("/house", "之前七天"),
        ("/house/jobs", "每项任务最近一次运行"),
        ("/house/imports", "怎样导入更多"),
        ("/house/audit", "邀请"),
    ):
        assert words in browser.get(path, headers=chinese).text, path


def test_the_last_admin_keeps_the_keys(village):
    with pytest.raises(Refused):
        actions.give_role(village.ann, "member", "tired", village.mia)
    assert village.ann.role == "admin"


def test_every_act_of_the_staff_has_a_sentence():
    """Whatever is noted by its name, wherever that is done."""
    noted = set()
    for path in sorted((ROOT / "community").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                noted |= {a.value for a in node.args[1:2] if isinstance(a, ast.Constant)}
    assert len(noted) > 15
    assert noted - set(telling.ACTS) == set()
