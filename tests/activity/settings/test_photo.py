"""A photo is shown, replaced and removed; nothing of it is left and nothing else is served."""

import io
from pathlib import Path

import pytest
from PIL import Image

from community.activity.members.models import Member
from community.activity.settings import actions
from community.kit import pictures
from community.kit.db import db

PAGE = "/settings/photo"


@pytest.fixture(autouse=True)
def folder(app):
    found = Path(app.config["DATA_DIR"]) / "media"
    yield found
    for path in found.glob("*"):
        path.unlink()


def photo(color="tomato", kind="JPEG", size=(200, 150), **how):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind, **how)
    return out.getvalue()


def send(browser, content, name="me.jpg", kind="image/jpeg"):
    head = f'--x\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n'
    body = f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n--x--\r\n"
    return browser.post(PAGE, data=body, content_type="multipart/form-data; boundary=x")


def key_of(member_id):
    db.session.rollback()
    return db.session.get(Member, member_id).photo


def names(folder):
    return sorted(path.name for path in folder.glob("*"))


def test_a_photo_is_shown(app, village, as_member, client, folder):
    id, browser = village.ada.id, as_member(village.ada)
    assert send(browser, photo()).status_code == 303
    key = key_of(id)
    assert names(folder) == sorted([f"{key}-320.webp", f"{key}-96.webp"])
    assert f"/media/{key}-320.webp" in browser.get(PAGE).text
    for side in (96, 320):
        answer = client.get(f"/media/{key}-{side}.webp", buffered=True)
        assert answer.status_code == 200
        assert answer.mimetype == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert Image.open(io.BytesIO(answer.data)).size == (side, side)


def test_what_may_be_kept_for_ever_carries_no_session(app, village, as_member):
    id, browser = village.ada.id, as_member(village.ada)
    send(browser, photo())
    answer = browser.get(f"/media/{key_of(id)}-96.webp", buffered=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_a_photo_that_is_known_is_not_sent_again(app, village, as_member, client):
    id = village.ada.id
    send(as_member(village.ada), photo())
    path = f"/media/{key_of(id)}-96.webp"
    tag = client.get(path, buffered=True).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_new_photo_takes_the_place_of_the_old_one(app, village, as_member, client, folder):
    id, browser = village.ada.id, as_member(village.ada)
    send(browser, photo("red"))
    old = key_of(id)
    send(browser, photo("blue"))
    new = key_of(id)
    assert old != new
    assert names(folder) == sorted([f"{new}-320.webp", f"{new}-96.webp"])
    assert client.get(f"/media/{old}-96.webp").status_code == 404


def test_a_photo_is_removed_and_again(app, village, as_member, folder):
    id, browser = village.ada.id, as_member(village.ada)
    send(browser, photo())
    for _ in range(2):
        assert browser.post(f"{PAGE}/remove").status_code == 303
        assert key_of(id) is None
        assert names(folder) == []


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "me.jpg", "That file is empty"),
        (b"hello", "me.jpg", "no picture that we can read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "me.svg", "no picture that we can read"),
        (photo()[:300], "me.jpg", "broken or cut short"),
        (photo(size=(20, 20)), "me.jpg", "too small"),
    ],
)
def test_what_is_no_photo_is_told_and_the_old_one_stays(
    app, village, as_member, folder, content, name, says
):
    id, browser = village.ada.id, as_member(village.ada)
    send(browser, photo())
    before = key_of(id), names(folder)
    answer = send(browser, content, name)
    assert answer.status_code == 422
    assert says in answer.text
    assert (key_of(id), names(folder)) == before


def test_the_name_and_the_kind_it_claims_mean_nothing(app, village, as_member, folder):
    id, browser = village.ada.id, as_member(village.ada)
    for name in ("../../../etc/passwd", "x.php", "a.svg", "\u202egpj.exe", "x" * 300):
        assert send(browser, photo(kind="PNG"), name, "text/html").status_code == 303
        key = key_of(id)
        assert names(folder) == sorted([f"{key}-320.webp", f"{key}-96.webp"])


def test_nothing_chosen_is_told(app, village, as_member):
    browser = as_member(village.ada)
    for data in ({}, {"photo": "text"}, {"photo": (io.BytesIO(b""), "")}):
        answer = browser.post(PAGE, data=data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert "Choose a file first" in answer.text


def test_a_body_that_is_too_large_is_refused(app, village, as_member, folder):
    browser = as_member(village.ada)
    assert send(browser, b"\xff\xd8" + b"x" * 8_200_000).status_code == 413
    assert send(browser, b"\xff\xd8" + b"x" * 8_050_000).status_code == 422
    assert names(folder) == []


def test_a_photo_is_not_kept_when_the_transaction_is_not(app, village, folder):
    id = village.ada.id
    actions.show_photo(id, pictures.squares(photo("red")))
    db.session.commit()
    key = key_of(id)
    actions.show_photo(id, pictures.squares(photo("blue")))
    db.session.rollback()
    assert key_of(id) == key
    assert {f"{key}-96.webp", f"{key}-320.webp"} <= set(names(folder))
    assert len(names(folder)) == 4
    assert actions.sweep_photos() == 0


def test_left_overs_are_swept(app, village, folder, monkeypatch):
    actions.show_photo(village.ada.id, pictures.squares(photo("red")))
    db.session.commit()
    key = key_of(village.ada.id)
    actions.show_photo(village.ada.id, pictures.squares(photo("blue")))
    db.session.rollback()
    monkeypatch.setattr(pictures, "YOUNGEST_ORPHAN", -pictures.YOUNGEST_ORPHAN)
    assert actions.sweep_photos() == 2
    assert names(folder) == sorted([f"{key}-96.webp", f"{key}-320.webp"])


def test_a_full_disk_is_told(app, village, as_member, folder, monkeypatch):
    id, browser = village.ada.id, as_member(village.ada)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures.os, "fsync", full)
    assert send(browser, photo()).status_code == 507
    assert key_of(id) is None
    assert names(folder) == []


@pytest.mark.parametrize(
    "name",
    [
        "x", "../kith.db", "..%2fkith.db", "%2e%2e/kith.db", "a" * 32, f"{'a' * 32}-96.webp",
        f"{'a' * 32}-96.webp%00.png", f"{'a' * 32}-95.webp", ".hidden", "%00", "secrets.json",
    ],
)  # fmt: skip
def test_only_photos_are_served(app, client, folder, name):
    (folder.parent / "secrets.json").write_text("{}")
    assert client.get(f"/media/{name}").status_code == 404
    assert client.post(f"/media/{'a' * 32}-96.webp").status_code == 405
    (folder.parent / "secrets.json").unlink()
