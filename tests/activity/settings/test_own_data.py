"""Everything Kith knows of somebody: theirs to read and to take along, and nobody else's."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
import time_machine

from community.activity.accounts.models import Invitation, Passkey, SignIn
from community.activity.members.models import FormerHandle, Identity, Member, MemberLink, MemberTag
from community.activity.settings import copies, known, own_data, queries
from community.activity.settings.known import GROUPS
from community.kit import outbox
from community.kit.db import db, is_only_reading
from community.kit.dialects import query_plan
from community.ledger import audit
from community.ledger.kinds import KINDS
from community.ledger.models import Fact, Subject
from community.ledger.record import EVENTS, record
from community.standing.awards import keep_decisions
from community.standing.decisions import Decision
from community.standing.models import Award, Standing, StandingMark
from community.web import own_exchanges, own_offers, own_references, own_reviews, own_standing
from tests.conftest import NOON

ALL = {
    **GROUPS,
    **{
        group.name: group
        for room in (own_standing, own_offers, own_exchanges, own_reviews, own_references)
        for group in room.GROUPS
    },
}

SECRETS = ("c2VjcmV0-key", "token-hash-of-ada", "a note among staff", "NoteForStaff", "whisper")


@pytest.fixture
def life(app, village):
    """Ada with something of each kind, and others with something to hide."""
    ada, ben, cy = village.ada, village.ben, village.cy
    account = queries.account_of(ada.id)
    account.tf_totp_secret = "c2VjcmV0-key"
    ada.background = '=HYPERLINK("https://evil.example")'
    cy.sees_profile = 1
    ben.place, ben.background = "whisper", "whisper"
    offer = Subject(
        type="offer", owner=ada.id, made_at=NOON, title="=A room", html="<p>Two beds</p>"
    )
    theirs = Subject(type="offer", owner=ben.id, made_at=NOON, title="whisper", html="whisper")
    db.session.add_all([offer, theirs])
    db.session.flush()
    record("member.joined", ada, happened_at=NOON)
    record(
        "exchange.completed", ben, ada, ("offer", offer.id), happened_at=NOON + timedelta(days=1)
    )
    record("message.sent", cy, ada, happened_at=NOON + timedelta(days=2))
    record("flag.raised", ben, ada, happened_at=NOON + timedelta(days=3))
    record("vote.cast", ada, ben, value=-1, happened_at=NOON + timedelta(days=4))
    record("message.sent", ben, cy, happened_at=NOON + timedelta(days=5))
    db.session.add_all(
        [
            MemberTag(member_id=ada.id, kind="language", value="de", label="Deutsch"),
            MemberLink(member_id=ada.id, label="mine", url="https://ada.example"),
            FormerHandle(handle="ada-once", member_id=ada.id, left_at=NOON),
            Standing(member_id=ada.id, as_of=NOON, health=71, state="steady", told={"shown": {}}),
            StandingMark(member_id=ada.id, at=NOON, health=70, told={}),
            Award(member_id=ada.id, badge="star-host", begun_at=NOON, digest="d1"),
            Award(member_id=ben.id, badge="star-host", begun_at=NOON, reason="whisper"),
            Identity(source="place", external_id="9007199254740993", member_id=ada.id, email="a@x.example"),
            Fact(about="member", about_id=ada.id, name="rating", value=4_870_000, declared_at=NOON, source="place"),
            Fact(about="offer", about_id=offer.id, name="price", value=-80_500_000, declared_at=NOON, source="place"),
            Fact(about="offer", about_id=theirs.id, name="price", value=1, declared_at=NOON, source="whisper"),
            SignIn(account_id=account.id, token_hash="token-hash-of-ada", signed_in_at=NOON, seen_at=NOON, device="Firefox/Linux"),
            Passkey(
                user_id=account.id, credential_id=b"c2VjcmV0-key", public_key=b"c2VjcmV0-key", backup_state=False,
                device_type="x", create_datetime=NOON, lastuse_datetime=NOON, name="My phone", usage="first",
            ),
            Invitation(
                member_id=cy.id, token_hash="c2VjcmV0-key", email="whisper@x.example", invited_by=ada.id,
                invited_at=NOON, expires_at=NOON,
            ),
        ]
    )  # fmt: skip
    keep_decisions(
        [Decision("star-host", "d1", ada.id, NOON, "gain", 0, 1, 1, False, NOON, findings=())]
    )
    outbox.queue("ada@village.example", "To Ada", "whisper: a link")
    outbox.queue("ben@village.example", "whisper", "To Ben")
    audit.note(village.mia.id, "member.praised", ada.id, "a note among staff", note="NoteForStaff")
    audit.note(village.mia.id, "member.praised", ben.id, "whisper")
    db.session.commit()
    return village


def copied(browser):
    answer = browser.post("/settings/data/copy", buffered=True)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "filename=kith-ada.zip" in answer.headers["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(answer.data))


def all_of(archive):
    return {name: archive.read(name).decode() for name in archive.namelist()}


def rows(files, name):
    return json.loads(files[f"{name}.json"])


def test_the_copy_holds_every_group_twice(app, life, as_member):
    files = all_of(copied(as_member(life.ada)))
    assert set(files) == {
        "README.txt",
        *(f"{n}.{kind}" for n in ALL for kind in ("json", "csv")),
    }
    for name in ALL:
        table = list(csv.DictReader(io.StringIO(files[f"{name}.csv"].removeprefix("\ufeff"))))
        assert len(table) == len(rows(files, name))
        assert f"{name}: " in files["README.txt"]
    for name in ("profile", "account", "former_handles", "identities", "deeds", "received", "texts",
                 "facts", "letters", "sign_ins", "passkeys", "invitations", "staff_acts", "standing",
                 "standing_before", "awards", "decisions"):  # fmt: skip
        assert rows(files, name), name


def test_the_copy_tells_what_is_known(app, life, as_member):
    files = all_of(copied(as_member(life.ada)))
    profile = {row["what"]: row["value"] for row in rows(files, "profile")}
    assert profile["Name"] == "Ada Lindqvist"
    assert profile["Languages"] == "Deutsch"
    assert profile["Link"] == "mine: https://ada.example"
    assert rows(files, "identities")[0]["external_id"] == "9007199254740993"
    assert [row["kind"] for row in rows(files, "deeds")] == ["vote.cast", "member.joined"]
    assert [row["kind"] for row in rows(files, "received")] == [
        "message.sent",
        "exchange.completed",
    ]
    assert (
        rows(files, "received")[1]["what"]
        == "Ben Okafor (@ben) and Ada Lindqvist completed an exchange"
    )
    assert {row["value"] for row in rows(files, "facts")} == {"4.87", "-80.5"}
    assert [row["title"] for row in rows(files, "texts")] == ["=A room"]
    assert [row["subject"] for row in rows(files, "letters")] == ["To Ada"]
    assert {row["what"]: row["value"] for row in rows(files, "standing")}["State"] == "steady"
    assert [row["rule"] for row in rows(files, "awards")] == ["d1"]
    (decision,) = rows(files, "decisions")
    assert (decision["verdict"], json.loads(decision["details"])["before"]) == ("gained", 0)
    assert rows(files, "staff_acts") == [
        {"when": rows(files, "staff_acts")[0]["when"], "what": "member.praised", "by": "staff"}
    ]


def test_the_copy_holds_no_secret_and_nothing_of_others(app, life, as_member):
    everything = "".join(all_of(copied(as_member(life.ada))).values())
    for secret in (*SECRETS, "李明", "@cy", "Mia", "argon2", "whisper@x.example", "ben@village"):
        assert secret not in everything, secret
    assert "a member" in everything


def test_no_cell_of_the_copy_is_a_formula(app, life, as_member):
    for name, text in all_of(copied(as_member(life.ada))).items():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
                assert not [cell for cell in row if cell[:1] in "=+@\t" and cell], row


def test_every_page_of_own_data_answers(app, life, as_member):
    browser = as_member(life.ada)
    overview = browser.get("/settings/data").text
    for name in ALL:
        path = f"/settings/data/{name}"
        assert f'href="{path}"' in overview
        answer = browser.get(path)
        assert answer.status_code == 200
        for secret in SECRETS:
            assert secret not in answer.text
    assert browser.get("/settings/data/nothing").status_code == 404


def test_empty_groups_say_what_will_be_there(app, village, as_member):
    browser = as_member(village.ben)
    for name in ALL:
        assert browser.get(f"/settings/data/{name}").status_code == 200
    assert "There is nothing of this kind" in browser.get("/settings/data/texts").text


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "1_2_3", "_", "-_-", "9" * 30, "1_" + "9" * 30, "1_x\x00"]
)
def test_a_broken_cursor_begins_anew(app, life, as_member, cursor):
    answer = as_member(life.ada).get("/settings/data/deeds", query_string={"after": cursor})
    assert answer.status_code == 200
    assert "joined" in answer.text


def many_events(village, number):
    rows = [
        {
            "happened_at": NOON + timedelta(seconds=n // 3), "kind": "thanks.given", "actor": village.ada.id,
            "other": village.ben.id, "subject_type": None, "subject_id": None, "circle": None, "value": n,
            "source": "test", "external_id": str(n),
        }
        for n in range(number)
    ]  # fmt: skip
    db.session.execute(EVENTS.insert(), rows)
    db.session.commit()


def test_paging_shows_each_event_once(app, village, as_member):
    many_events(village, 90)
    id, group = village.ada.id, ALL["deeds"]
    db.session.rollback()
    seen, cursor = [], None
    while True:
        page = own_data.read(group, id, cursor, limit=7)
        seen += [row["value"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert seen == list(reversed(range(90)))
    assert own_data.count(group, id) == 90
    page = as_member(village.ada).get("/settings/data/deeds").text
    assert "after=" in page


def test_moments_before_1970_can_be_paged_past(app, village):
    for n in range(5):
        record("member.joined", village.ada, happened_at=NOON.replace(year=1950 + n))
    db.session.commit()
    page = own_data.read(ALL["deeds"], village.ada.id, limit=2)
    rest = own_data.read(ALL["deeds"], village.ada.id, page.next, limit=5)
    assert len(rest.rows) == 3


def test_a_long_life_needs_little_memory(app, village):
    many_events(village, 6_000)
    id = village.ada.id
    db.session.rollback()
    with copies.zipped(id) as file:
        assert len(json.loads(zipfile.ZipFile(file).read("deeds.json"))) == 6_000
    tracemalloc.start()
    copies.zipped(id).close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_staff_only_events_are_known_by_their_sight(app):
    hidden = {kind.name for kind in KINDS.values() if kind.sight == "staff"}
    asked = str(known._events_to(1).compile(compile_kwargs={"literal_binds": True}))
    assert hidden
    for name in hidden:
        assert name in asked


def test_who_came_in_a_while_ago_shows_again_that_it_is_them(app, village, as_member):
    with time_machine.travel(NOON, tick=True) as clock:
        browser = as_member(village.ada)
        assert browser.get("/settings/data/account").status_code == 200
        clock.shift(timedelta(hours=1))
        for path in ("/settings/data/account", "/settings/data/copy", "/settings/leave"):
            answer = browser.get(path)
            assert answer.status_code == 303
            assert "/sign-in/again?next=/settings/" in answer.location
        assert browser.post("/settings/data/copy").status_code == 303
        assert browser.post("/settings/leave", data={"handle": "ada"}).status_code == 303
        assert db.session.get(Member, village.ada.id).erased_at is None


def test_one_s_own_data_is_nobody_else_s(app, life, as_member, client):
    assert client.get("/settings/data").status_code == 303
    assert client.post("/settings/data/copy").status_code == 303
    answer = as_member(life.ben).post("/settings/data/copy", buffered=True)
    ben = "".join(all_of(zipfile.ZipFile(io.BytesIO(answer.data))).values())
    assert "ben@village.example" in ben
    for hers in ("ada@village.example", "9007199254740993", "My phone", "Two beds", "To Ada"):
        assert hers not in ben


def test_a_copy_keeps_nobody_from_writing(app, life, as_member, monkeypatch):
    was, real = [], copies.zipped
    monkeypatch.setattr(copies, "zipped", lambda id: was.append(is_only_reading()) or real(id))
    copied(as_member(life.ada))
    assert was == [True]


LARGE = (
    "decision",
    "award",
    "standing",
    "standing_mark",
    "event",
    "subject",
    "fact",
    "member",
    "identity",
    "account",
    "sign_in",
    "passkey",
)


@pytest.mark.parametrize("name", ALL)
def test_no_group_reads_a_large_table_whole(app, life, database, name):
    if database.name != "sqlite":
        pytest.skip("plans are asked of SQLite")
    group = ALL[name]
    asked = group.ask(life.ada.id).order_by(*(c.desc() for c in group.order)).limit(25)
    statement = str(asked.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = query_plan(db.session.connection(), statement, ())
    assert not [step for step in plan if step.startswith("SCAN") and step.split()[1] in LARGE], plan
