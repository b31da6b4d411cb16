"""Whoever leaves leaves nothing that names them, and nothing brings them back."""

import io
import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from community.activity.accounts.models import Account, Invitation, Passkey, SignIn, SignUp
from community.activity.members.models import (
    FormerHandle,
    Identity,
    Member,
    MemberLink,
    MemberTag,
)
from community.activity.members.queries import forgetting, forgotten
from community.activity.settings import actions, erasures, queries
from community.activity.settings.erasures import Erasure
from community.kit import outbox, pictures
from community.kit.db import db
from community.kit.outbox import Mail
from community.kit.refusal import Refused
from community.ledger import audit
from community.ledger.audit import AuditRow
from community.ledger.models import Event, Subject
from community.ledger.record import record
from community.migrations.tables import metadata
from tests.conftest import NOON, make_account, make_member

WORDS = (
    "Zorah", "Quillfeather", "zorah", "quillfeather", "zorahq", "zorah-before", "Lumenport", "BASKETRY", "basketry",
    "zedlink", "ZPHONE", "zq-ext-77881", "other-address", "mountain soup", "my secret tea", "moonlit",
)  # fmt: skip
SCRUBBED = {
    "account", "award", "decision", "former_handle", "identity", "invitation", "mail", "member",
    "member_link", "member_tag", "member_word", "passkey", "sign_in", "sign_up", "standing",
    "standing_mark", "subject", "offer", "offer_closure", "offer_kept", "offer_photo", "offer_version",
    "offer_decision", "offer_word", "exchange_move", "message", "recap", "review", "review_helped", "review_report",
    "review_appeal", "reference",
}  # fmt: skip
"""Tables in which an erasure removes what names the member."""
NAMELESS = {
    "assessment", "audit_row", "badge_rule", "event", "fact", "fit", "import_run", "job_plan",
    "job_run", "lease", "standing_case", "standing_community", "voiding",
    "offer_kind", "offer_views", "views_taken", "ranking_rule", "exchange", "hold", "excuse", "excused", "review_decision",
}  # fmt: skip
"""Tables that hold ids and figures only, or no members."""


@pytest.fixture(autouse=True)
def log(app):
    path = erasures.log_of(app.config["DATA_DIR"])
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)
    for each in (Path(app.config["DATA_DIR"]) / "media").glob("*"):
        each.unlink()


@pytest.fixture
def zorah(app, village):
    """Somebody of whom there is something everywhere."""
    member = make_member(
        "zorahq", "Zorah Quillfeather", headline="moonlit", background="mountain soup",
        background_html="<p>mountain soup</p>", place="Lumenport", language="en", time_zone="Asia/Tokyo",
        scheme="dark",
    )  # fmt: skip
    account = make_account(member)
    account.tf_totp_secret = "zorah-totp"
    db.session.flush()
    topic = Subject(
        type="topic",
        owner=member.id,
        made_at=NOON,
        title="mountain soup",
        html="my secret tea",
        source="x",
        external_id="5",
    )
    db.session.add(topic)
    db.session.flush()
    answer = Subject(
        type="answer", owner=village.ben.id, parent=topic.id, made_at=NOON, html="Salt it."
    )
    db.session.add_all(
        [
            answer,
            MemberTag(member_id=member.id, kind="interest", value="basketry", label="BASKETRY"),
            MemberLink(member_id=member.id, label="zedlink", url="https://zedlink.example"),
            FormerHandle(handle="zorah-before", member_id=member.id, left_at=NOON),
            Identity(source="place", external_id="zq-ext-77881", member_id=member.id, email="other-address@x.example"),
            SignIn(account_id=account.id, token_hash="zorah-token", signed_in_at=NOON, seen_at=NOON, device="x"),
            Passkey(user_id=account.id, credential_id=b"zorah", public_key=b"zorah", backup_state=False, device_type="x",
                    create_datetime=NOON, lastuse_datetime=NOON, name="ZPHONE", usage="first"),
            Invitation(member_id=member.id, token_hash="zorah1", email="other-address@x.example", invited_by=village.mia.id, invited_at=NOON, expires_at=NOON),
            Invitation(member_id=village.cy.id, token_hash="cy1", email="cy@x.example", invited_by=member.id, invited_at=NOON, expires_at=NOON),
            SignUp(email="zorahq@village.example", name="Zorah", password="x", language="en", token_hash="zorah2", asked_at=NOON, expires_at=NOON),
        ]
    )  # fmt: skip
    record("topic.opened", member, None, ("topic", topic.id))
    record("answer.posted", village.ben, member, ("topic", topic.id))
    outbox.queue("ZorahQ@village.example", "Dear Zorah", "my secret tea")
    outbox.queue("other-address@x.example", "Move in", "moonlit")
    told = outbox.queue(
        "ben@village.example", "Zorah Quillfeather wrote", "see /members/zorahq", key="digest:1"
    )
    told.sent_at = NOON
    outbox.queue("ben@village.example", "Your week", "Nothing happened.")
    audit.note(village.mia.id, "member.praised", member.id, "for the soup")
    out = io.BytesIO()
    Image.new("RGB", (99, 99), "teal").save(out, "PNG")
    actions.show_photo(member.id, pictures.squares(out.getvalue()))
    db.session.commit()
    return member


def dump():
    """Everything in the database and in the folder of data, as text."""
    db.session.rollback()
    with db.engine.connect() as connection:
        told = [
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(table.select())
        ]
    return "\n".join(told)


def left_in(folder):
    return {
        (word, path.name)
        for path in Path(folder).rglob("*")
        if path.is_file()
        for word in WORDS
        if word.encode() in path.read_bytes()
    }


def test_the_words_are_there_before(app, zorah, database):
    told = dump()
    assert not [word for word in WORDS if word not in told]
    if database.name == "sqlite":
        assert left_in(app.config["DATA_DIR"])


def test_nothing_is_left_that_names_them(app, zorah, database, as_member):
    id, photo = zorah.id, zorah.photo
    browser = as_member(zorah)
    assert browser.get("/settings/leave").status_code == 200
    answer = browser.post("/settings/leave", data={"handle": "@ZorahQ ", "why": "privacy"})
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    told = dump()
    assert not [word for word in (*WORDS, photo, "Asia/Tokyo") if word in told]
    db.session.remove()
    db.engine.dispose()
    assert left_in(app.config["DATA_DIR"]) == set()
    assert list((Path(app.config["DATA_DIR"]) / "media").iterdir()) == []
    member = db.session.get(Member, id)
    assert (member.name, member.name_key, member.role) == ("", "", "member")
    assert member.handle.startswith("gone-")
    assert member.erased_at is not None
    assert browser.get("/settings").status_code == 303
    assert browser.get("/gone").status_code == 200


def test_the_others_keep_what_is_theirs(app, zorah, village):
    id = zorah.id
    before = db.session.execute(
        select(Event.kind, Event.actor, Event.other, Event.happened_at)
    ).all()
    subjects = db.session.scalar(select(func.count()).select_from(Subject))
    actions.leave(id)
    db.session.commit()
    assert (
        db.session.execute(select(Event.kind, Event.actor, Event.other, Event.happened_at)).all()
        == before
    )
    assert db.session.scalar(select(func.count()).select_from(Subject)) == subjects
    assert db.session.scalars(
        select(Subject.html).where(Subject.owner == village.ben.id)
    ).all() == ["Salt it."]
    letters = db.session.execute(
        select(Mail.address, Mail.subject, Mail.key).order_by(Mail.id)
    ).all()
    assert letters == [
        ("ben@village.example", "", "digest:1"),
        ("ben@village.example", "Your week", None),
    ]
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.member_id, invitation.invited_by) == (village.cy.id, None)
    assert db.session.scalar(select(func.count()).select_from(Account)) == 6


def test_the_log_of_staff_keeps_its_chain_and_only_ids(app, zorah):
    actions.leave(zorah.id, "privacy")
    db.session.commit()
    rows = db.session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    assert audit.first_bad(rows) is None
    assert (rows[-1].act, rows[-1].about, rows[-1].reason) == ("member.left", zorah.id, "privacy")


def test_every_table_is_known_to_the_erasure():
    unknown = set(metadata.tables) - SCRUBBED - NAMELESS
    assert not unknown, f"say in settings.actions._erase what becomes of {unknown}, then here"


@pytest.mark.parametrize("handle", ["", "zorah", "Zorah Quillfeather", "zorahq2", "ben"])
def test_nobody_leaves_by_a_slip(app, zorah, as_member, handle):
    id = zorah.id
    answer = as_member(zorah).post("/settings/leave", data={"handle": handle, "why": ""})
    assert answer.status_code == 422
    assert db.session.get(Member, id).erased_at is None


def test_the_last_admin_stays(app, village, as_member):
    browser, id = as_member(village.ann), village.ann.id
    assert "You are the last admin" in browser.get("/settings/leave").text.replace("&#39;", "'")
    answer = browser.post("/settings/leave", data={"handle": "ann", "why": ""})
    assert answer.status_code == 422
    assert db.session.get(Member, id).erased_at is None


def at_once(app, *acts):
    said = [None] * len(acts)
    ready = threading.Barrier(len(acts))

    def run(number, act):
        with app.app_context():
            ready.wait()
            try:
                act()
                db.session.commit()
                said[number] = "done"
            except Exception as error:
                db.session.rollback()
                said[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_of_the_last_two_admins_one_stays(app, village):
    admins = [village.ann, *(make_member(f"root{n}x", role="admin") for n in range(2))]
    db.session.commit()
    ids = [admin.id for admin in admins]
    db.session.rollback()
    said = at_once(app, *(lambda id=id: actions.leave(id) for id in ids))
    assert said.count("done") <= 2
    assert queries.others_on(["admin"], []) >= 1
    assert queries.others_on(["admin"], []) == 3 - said.count("done")


def test_leaving_twice_at_once_happens_once(app, zorah):
    id = zorah.id
    db.session.rollback()
    said = at_once(app, *(lambda: actions.leave(id) for _ in range(3)))
    assert said.count("done") == 1
    assert db.session.scalar(select(func.count()).where(AuditRow.act == "member.left")) == 1


def test_whoever_tells_while_they_leave_leaves_nothing_behind(app, zorah):
    id, told = zorah.id, queries.told_by(zorah)
    db.session.rollback()
    at_once(app, lambda: actions.leave(id), lambda: actions.tell(id, told, told.version))
    assert not [word for word in WORDS if word in dump()]


def test_who_is_gone_can_do_nothing(app, zorah):
    id, told = zorah.id, queries.told_by(zorah)
    actions.leave(id)
    db.session.commit()
    for act in (
        lambda: actions.leave(id),
        lambda: actions.tell(id, told, told.version),
        lambda: actions.hide_photo(id),
        lambda: actions.choose_letters(id, 0),
    ):
        with pytest.raises(Refused, match="left already"):
            act()
        db.session.rollback()


def test_nothing_goes_when_it_is_not_kept(app, zorah, log):
    photo = zorah.photo
    actions.leave(zorah.id)
    db.session.rollback()
    assert not log.exists()
    assert (actions.media() / f"{photo}-96.webp").exists()
    assert zorah.name == "Zorah Quillfeather"


# ---- erased by staff ----


def test_staff_erase_with_a_reason_and_a_second(app, zorah, village):
    id = zorah.id
    actions.erase(zorah, village.ann, "asked by letter", village.mia)
    db.session.commit()
    assert not [word for word in WORDS if word in dump()]
    row = db.session.scalars(select(AuditRow).where(AuditRow.act == "member.erased")).one()
    assert (row.actor, row.about, row.reason) == (village.ann.id, id, "asked by letter")
    assert json.loads(row.details) == {"second": village.mia.id}


@pytest.mark.parametrize(
    ("by", "reason", "second", "says"),
    [
        ("mia", "asked by letter", "ann", "Only admins"),
        ("ann", "", "mia", "Say why"),
        ("ann", "Zorah asked", "mia", "without"),
        ("ann", "asked by letter", None, "second member of staff"),
        ("ann", "asked by letter", "ben", "on the staff"),
    ],
)
def test_staff_can_t_erase_without(app, zorah, village, by, reason, second, says):
    with pytest.raises(Refused, match=says):
        actions.erase(zorah, getattr(village, by), reason, getattr(village, second or "", None))
    db.session.rollback()
    assert zorah.erased_at is None


def test_where_there_is_no_second_one_is_enough(app):
    admin, member = make_member("only", role="admin"), make_member("wants-out")
    db.session.commit()
    actions.erase(member, admin, "asked by letter")
    assert member.erased_at is not None


# ---- never brought back ----


def test_an_import_knows_who_was_forgotten(app, zorah):
    assert forgotten("place", ["zq-ext-77881"]) == {}
    actions.leave(zorah.id)
    db.session.commit()
    many = [f"{n}" for n in range(1_200)]
    assert forgotten("place", [*many, "zq-ext-77881"]) == {"zq-ext-77881": zorah.id}
    assert forgotten("another place", ["zq-ext-77881"]) == {}
    assert forgotten("place", []) == {}
    kept = db.session.scalars(select(Identity)).one()
    assert kept.external_id == forgetting("place", "zq-ext-77881")
    assert kept.email is None


def test_what_is_kept_of_an_id_hangs_on_a_secret(app, monkeypatch):
    before = forgetting("place", "1")
    monkeypatch.setitem(app.config, "SECRET_KEY", "another one, since keys are changed")
    assert forgetting("place", "1") == before
    monkeypatch.setitem(app.config, "SECURITY_PASSWORD_SALT", "another")
    assert forgetting("place", "1") != before
    assert forgetting("place", "11") != forgetting("place1", "1")


def test_a_restored_backup_loses_them_again(app, zorah, village, log):
    id, joined = zorah.id, zorah.joined_at
    gone_at = NOON + timedelta(days=400)
    erasures.add_missing(log, [Erasure(id, joined, gone_at), Erasure(10**9, joined, gone_at)])
    assert actions.replay_erasures(log) == 1
    db.session.commit()
    assert not [word for word in WORDS if word in dump()]
    member = db.session.get(Member, id)
    assert member.erased_at == gone_at
    assert actions.replay_erasures(log) == 0
    assert actions.log_erasures() == 0
    assert len(list(erasures.read(log))) == 2


def test_a_later_owner_of_the_same_number_is_not_touched(app, zorah, log):
    erasures.add_missing(log, [Erasure(zorah.id, zorah.joined_at - timedelta(days=1), NOON)])
    assert actions.replay_erasures(log) == 0
    assert zorah.erased_at is None
    assert actions.replay_erasures(log.with_name("nowhere.jsonl")) == 0


def test_the_log_has_a_line_an_erasure_and_nothing_else(app, zorah, log):
    actions.leave(zorah.id)
    db.session.commit()
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert [set(line) for line in told] == [{"member", "joined", "erased"}]
    assert told[0]["member"] == zorah.id
    assert log.stat().st_mode & 0o077 == 0


def test_a_log_that_misses_somebody_is_made_whole(app, zorah, log):
    actions.leave(zorah.id)
    db.session.commit()
    log.unlink()
    assert actions.log_erasures() == 1
    assert actions.log_erasures() == 0
    assert [each.member_id for each in erasures.read(log)] == [zorah.id]


def test_a_log_that_was_cut_short_is_read_and_goes_on(log):
    first, second = Erasure(1, NOON, NOON), Erasure(2, NOON, NOON)
    erasures.add_missing(log, [first, second])
    log.write_bytes(log.read_bytes()[:-20])
    assert list(erasures.read(log)) == [first]
    assert erasures.add_missing(log, [second]) == 1
    assert list(erasures.read(log)) == [first, second]
    log.write_text('null\n[]\n{"member": "x"}\n\x00\n{"member": 1, "joined": 1e400, "erased": 0}\n')
    assert list(erasures.read(log)) == []
    log.write_bytes(b"\xff\xfe\x00\n" * 3)
    assert list(erasures.read(log)) == []
