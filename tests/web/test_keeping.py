"""Setting up, backing up, restoring and checking: what is safe stays safe."""

import json
import os
import random
import stat
import threading
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

import config as settings
from community.activity.accounts.models import Account, SignIn
from community.activity.members.models import Member
from community.activity.settings import actions, erasures
from community.kit import clock, outbox
from community.kit.db import db
from community.kit.outbox import Mail
from community.ledger import audit
from community.ledger.audit import AuditRow
from community.ledger.models import Event
from community.ledger.record import record
from community.web import backups, keeping
from tests.conftest import NOON, make_member

PHOTO = f"{'a' * 32}-96.webp"


@pytest.fixture
def data(app):
    folder = Path(app.config["DATA_DIR"])
    kept = folder / "media" / PHOTO
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(b"a face")
    yield folder
    for path in (kept, folder / backups.UNDER_WAY, erasures.log_of(folder)):
        path.unlink(missing_ok=True)
    (folder / settings.SECRETS_FILE).unlink(missing_ok=True)


@pytest.fixture
def told(app):
    """Run a command of the house; answer its exit code and what it said."""

    def run(*arguments):
        db.session.commit()
        db.session.rollback()
        with app.app_context():
            done = app.test_cli_runner().invoke(args=[str(a) for a in arguments])
        db.session.rollback()
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return run


@pytest.fixture
def backup(village, data, told, tmp_path):
    """A backup of the village, with a photo, a letter, an event and a place to be signed in."""
    record("search.made", village.ada)
    outbox.queue("ada@village.example", "Welcome", "Come in.")
    account = db.session.scalar(select(Account.id).where(Account.member_id == village.ada.id))
    place = {"signed_in_at": NOON, "seen_at": NOON, "device": "x"}
    db.session.add(SignIn(account_id=account, token_hash="0" * 64, **place))
    path = tmp_path / "kith.zip"
    assert told("backup", path)[0] == 0
    return path


# ---- there and back ----


def test_a_restored_site_is_as_it_was_but_for_who_was_erased_since(backup, village, data, told):
    ben, ada = village.ben.id, village.ada.id
    make_member("eve")
    record("search.made", None)
    db.session.execute(update(Member).where(Member.id == ada).values(headline="changed"))
    actions.leave(ben)
    db.session.commit()
    (data / "media" / PHOTO).unlink()

    code, said = told("restore", backup, "--replace")

    assert code == 0
    assert "Erased again: 1" in said
    people = {m.id: m for m in db.session.scalars(select(Member))}
    assert len(people) == 6
    assert people[ada].headline is None
    assert people[ben].name == ""
    assert people[ben].erased_at is not None
    assert len(db.session.scalars(select(Event).where(Event.kind == "search.made")).all()) == 1
    assert (data / "media" / PHOTO).read_bytes() == b"a face"
    assert db.session.scalars(select(SignIn)).all() == []
    assert told("check") == (0, "All is well.\n")


def test_letters_that_waited_are_not_sent_a_second_time(backup, told):
    db.session.execute(delete(Mail))
    told("restore", backup, "--replace")
    [mail] = db.session.scalars(select(Mail))
    assert mail.given_up_at is not None
    assert mail.error == keeping.RESTORED


def test_a_site_where_somebody_is_is_not_replaced_unasked(backup, village, told):
    make_member("eve")
    code, said = told("restore", backup)
    assert code == 1
    assert "--replace" in said
    assert db.session.scalar(select(Member.id).where(Member.handle == "eve"))


def test_an_empty_site_needs_no_asking(backup, village, told):
    for table in ("event", "sign_in", "account", "member_word", "member"):
        db.session.execute(text(f"DELETE FROM {table}"))
    assert told("restore", backup)[0] == 0
    assert len(db.session.scalars(select(Member)).all()) == 6


def test_a_restore_that_was_cut_off_keeps_the_site_closed_until_it_is_done(
    app, backup, data, told, monkeypatch
):
    def dies(*told):
        raise KeyboardInterrupt

    db.session.rollback()
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_settle_restored", dies)
        with pytest.raises(KeyboardInterrupt):
            keeping.restore.callback.__wrapped__(backup, replace=True)
    assert "cut off" in keeping.why_not_serve(app)
    assert told("restore", backup)[0] == 0
    assert keeping.why_not_serve(app) is None


def test_what_goes_wrong_midway_leaves_what_was_there(app, backup, village, told):
    make_member("eve")
    db.session.commit()
    damaged = backup.parent / "hollow.zip"
    rebuilt(
        backup, damaged, lambda name, content: b"no database" if "database" in name else content
    )
    code, _ = told("restore", damaged, "--replace")
    assert code == 1
    assert keeping.why_not_serve(app) is None
    assert db.session.scalar(select(Member.id).where(Member.handle == "eve"))


def rebuilt(source, target, change):
    """A well sealed backup with other content, as by somebody who means harm."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        for name in manifest["files"]:
            content = change(name, old.read(name))
            manifest["files"][name] = backups.hashlib.sha256(content).hexdigest()
            new.writestr(name, content)
        new.writestr("manifest.json", json.dumps(manifest))
        new.comment = backups.SEAL + b"0" * backups.DIGITS
    with target.open("r+b") as file:
        backups._seal(file)


# ---- damage ----


def test_twenty_flipped_bits_are_refused_twenty_times(backup):
    whole = backup.read_bytes()
    chance = random.Random(7)
    for _ in range(20):
        broken = bytearray(whole)
        broken[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        backup.write_bytes(broken)
        with pytest.raises(backups.Unusable):
            backups.opened(backup)
    backup.write_bytes(whole)
    assert backups.opened(backup).revision


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: b"",
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole + b"x",
        lambda whole: b"x" + whole,
        lambda whole: b"x" * 5000,
        lambda whole: whole[-200:],
    ],
)
def test_what_is_no_whole_backup_is_refused(backup, told, change):
    backup.write_bytes(change(backup.read_bytes()))
    code, said = told("restore", backup, "--replace")
    assert code == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"revision": "9999"}, "newer"),
        ({"database": "database.other"}, "kind"),
    ],
)
def test_a_backup_of_another_house_is_refused(backup, told, monkeypatch, change, says):
    manifest = backups.opened(backup)
    monkeypatch.setattr(backups, "opened", lambda path: type(manifest)(**vars(manifest) | change))
    code, said = told("restore", backup, "--replace")
    assert code == 1
    assert says in said


@pytest.mark.parametrize(
    "name",
    ["media/../secrets.json", "media//x", "media/a/b.webp", "/media/x", "media/..", "media/"],
)
def test_no_name_in_a_backup_leads_outside(tmp_path, name):
    with pytest.raises(backups.Unusable):
        backups._inside(tmp_path, name)


# ---- the file ----


def test_a_backup_is_for_its_owner_only_and_holds_no_secrets(backup, data, told, tmp_path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert settings.SECRETS_FILE not in backups.opened(backup).files
    (data / settings.SECRETS_FILE).write_text("{}")
    told("backup", tmp_path / "move.zip", "--with-secrets")
    assert settings.SECRETS_FILE in backups.opened(tmp_path / "move.zip").files
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_backup_in_a_folder_gets_a_name_of_its_own(village, data, told, tmp_path):
    assert told("backup", tmp_path)[0] == 0
    [path] = tmp_path.glob("kith-*.zip")
    assert backups.opened(path).files[f"media/{PHOTO}"]


@pytest.mark.parametrize(("more", "code"), [((), 1), (("--replace",), 0)])
def test_a_file_that_is_there_is_written_over_only_when_asked(backup, told, more, code):
    assert told("backup", backup, *more)[0] == code


def test_a_folder_that_is_not_there_is_said_to_be(village, told, tmp_path):
    code, said = told("backup", tmp_path / "nowhere" / "kith.zip")
    assert code == 1
    assert "no folder" in said


# ---- secrets ----


def test_secrets_are_made_once_for_their_owner_only(tmp_path):
    environ = {"DATA_DIR": str(tmp_path / "data")}
    keeping.make_secrets(environ)
    path = tmp_path / "data" / settings.SECRETS_FILE
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert all(len(value) >= settings.SHORTEST_SECRET for value in json.loads(first).values())
    keeping.make_secrets(environ)
    assert path.read_text() == first
    assert [p.name for p in path.parent.iterdir()] == [settings.SECRETS_FILE]


def test_many_who_make_secrets_at_once_agree(tmp_path):
    environ, seen = {"DATA_DIR": str(tmp_path)}, []
    gate = threading.Barrier(8)

    def work():
        gate.wait()
        keeping.make_secrets(environ)
        seen.append((tmp_path / settings.SECRETS_FILE).read_text())

    crew = [threading.Thread(target=work) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert len(set(seen)) == 1


def test_secrets_of_the_environment_need_no_file(tmp_path):
    keeping.make_secrets({"DATA_DIR": str(tmp_path)} | dict.fromkeys(settings.SECRETS, "x"))
    assert not (tmp_path / settings.SECRETS_FILE).exists()


@pytest.mark.parametrize(
    ("arguments", "has_file", "passing"),
    [
        (["/bin/flask", "setup"], True, 0),
        (["/bin/flask", "--app", "wsgi", "setup", "--demo"], True, 0),
        (["/bin/flask", "restore", "x.zip"], False, 3),
        (["/bin/flask", "serve"], False, 0),
        (["/lib/flask/__main__.py", "setup"], True, 0),
        (["/bin/gunicorn", "wsgi:app", "setup"], False, 0),
        (["/bin/flask", "run"], False, 0),
    ],
)
def test_only_who_begins_a_site_starts_without_secrets(
    tmp_path, monkeypatch, arguments, has_file, passing
):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for name in settings.SECRETS:
        monkeypatch.delenv(name, raising=False)
    assert len(keeping.first_secrets(arguments)) == passing
    assert (tmp_path / settings.SECRETS_FILE).exists() is has_file


# ---- setting up ----


def test_setting_up_again_changes_nothing(village, told):
    assert told("setup") == (0, "")
    assert len(db.session.scalars(select(Member)).all()) == 6


@pytest.mark.parametrize("is_empty", [True, False])
def test_the_demo_is_loaded_where_nobody_is(app, request, told, monkeypatch, is_empty):
    built = []
    monkeypatch.setattr(keeping.demo_town.demo, "build", lambda *told: built.append(told) or ())
    if not is_empty:
        request.getfixturevalue("village")
    assert told("setup", "--demo")[0] == 0
    assert bool(built) is is_empty


@pytest.mark.parametrize(
    ("step", "says"), [("0003", "flask setup"), (None, "flask setup"), ("9999", None)]
)
def test_a_server_says_what_the_database_needs(app, monkeypatch, step, says):
    assert keeping.why_not_serve(app) is None
    monkeypatch.setattr(keeping, "_step", lambda: step)
    reason = keeping.why_not_serve(app)
    assert reason is None if says is None else says in reason


def test_a_database_of_a_newer_kith_is_left_alone(app, told, monkeypatch):
    monkeypatch.setattr(keeping, "_step", lambda: "9999")
    code, said = told("setup")
    assert code == 1
    assert "newer" in said


# ---- checking ----


def an_audited_act(village):
    audit.note(village.ann.id, "member.looked_at", village.ada.id, "asked")
    audit.note(village.ann.id, "member.looked_at", village.ben.id, "asked")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (None, None),
        ("UPDATE audit_row SET reason = 'none' WHERE id = 1", "audit: row 1"),
        ("DELETE FROM audit_row WHERE id = 1", "audit: row 2"),
        ("UPDATE member SET claimed_at = NULL WHERE handle = 'ada'", "members: member"),
        ("UPDATE member SET erased_at = 1 WHERE handle = 'ada'", "is erased and has an account"),
        ("DELETE FROM account WHERE email LIKE 'ada@%'", "claimed and has no account"),
        ("UPDATE mail SET sent_at = 1", "outbox: letter"),
    ],
)
def test_what_can_not_be_is_found(village, told, harm, says):
    an_audited_act(village)
    db.session.flush()
    first = db.session.scalar(select(AuditRow.id).order_by(AuditRow.id).limit(1))
    outbox.queue("ada@village.example", "Welcome", "Come in.")
    db.session.flush()
    if harm:
        harm = harm.replace("id = 1", f"id = {first}")
        db.session.execute(text(harm))
        says = says.replace("row 1", f"row {first}").replace("row 2", f"row {first + 1}")
    code, said = told("check")
    assert code == (1 if harm else 0)
    assert (says or "All is well") in said


def test_letters_and_times_pass_a_check(village, told):
    mail = outbox.queue("ada@village.example", "Welcome", "Come in.")
    mail.sent_at = clock.now() + timedelta(seconds=1)
    assert told("check")[0] == 0
    assert os.environ.get("SMTP_URL") is None
