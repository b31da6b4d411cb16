"""Photos of what is offered: shown whole, described, ordered, removed; swept only when nothing shows them."""

import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer, OfferPhoto
from community.activity.exchanges.reviews.models import Review
from community.activity.settings import actions as settings
from community.kit import pictures
from community.kit.db import db
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def folder(app):
    found = Path(app.config["DATA_DIR"]) / "media"
    yield found
    for path in found.glob("*"):
        path.unlink()


def photo(size=(1500, 900), color="tomato"):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


def send(browser, offer, content=None, words="The window"):
    data = {"photo": (io.BytesIO(content or photo()), "room.jpg"), "words": words}
    return browser.post(f"/offers/{offer.id}/photos", data=data, content_type="multipart/form-data")


def shown(offer):
    db.session.rollback()
    return (
        db.session.query(OfferPhoto).filter_by(offer_id=offer.id).order_by(OfferPhoto.place).all()
    )


def test_a_photo_is_added_described_and_shown(room, village, as_member, client, folder):
    browser = as_member(village.ada)
    assert "No photo yet" in browser.get(f"/offers/{room.id}/photos").text
    assert send(browser, room).status_code == 303
    (row,) = shown(room)
    assert db.session.get(Offer, room.id).photo == row.photo
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        f"{row.photo}-{n}.webp" for n in (480, 1200)
    )
    for name, size in ((480, (480, 288)), (1200, (1200, 720))):
        answer = client.get(f"/media/{row.photo}-{name}.webp", buffered=True)
        assert Image.open(io.BytesIO(answer.data)).size == size
    page = client.get(f"/offers/{room.id}").text
    assert 'alt="The window"' in page
    data = {"photo_id": row.id, "do": "describe", "words": "The river at dusk"}
    assert browser.post(f"/offers/{room.id}/photos/do", data=data).status_code == 303
    assert shown(room)[0].words == "The river at dusk"


def test_photos_are_moved_and_removed(room, village, as_member, folder):
    browser, path = as_member(village.ada), f"/offers/{room.id}/photos/do"
    for color in ("red", "green", "blue"):
        send(browser, room, photo((200, 100), color))
    first, second, third = (p.id for p in shown(room))
    browser.post(path, data={"photo_id": third, "do": "move", "place": "0"})
    assert [p.id for p in shown(room)] == [third, first, second]
    assert db.session.get(Offer, room.id).photo == shown(room)[0].photo
    browser.post(path, data={"photo_id": third, "do": "remove"})
    assert [p.id for p in shown(room)] == [first, second]
    assert [p.place for p in shown(room)] == [0, 1]
    assert len(list(folder.iterdir())) == 4
    assert browser.post(path, data={"photo_id": third, "do": "remove"}).status_code == 422


def test_the_photo_of_another_offer_is_not_touched(offer, village, as_member):
    mine, theirs = offer(village.ada), offer(village.ben)
    send(as_member(village.ben), theirs)
    (row,) = shown(theirs)
    path = f"/offers/{mine.id}/photos/do"
    answer = as_member(village.ada).post(path, data={"photo_id": row.id, "do": "remove"})
    assert answer.status_code == 422
    assert len(shown(theirs)) == 1


def test_a_ninth_photo_is_refused(room, village, as_member, folder):
    browser = as_member(village.ada)
    for _ in range(8):
        assert send(browser, room, photo((100, 100))).status_code == 303
    answer = send(browser, room, photo((100, 100)))
    assert answer.status_code == 422
    assert "There are 8 photos already." in answer.text
    assert len(list(folder.iterdir())) == 16


@pytest.mark.parametrize(("content", "said"), [(b"no picture", "no picture that we can read"), (photo((30, 900)), "too small")])  # fmt: skip
def test_what_is_no_photo_is_told(room, village, as_member, folder, content, said):
    answer = send(as_member(village.ada), room, content, "My words")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="My words"' in answer.text
    assert not folder.exists() or list(folder.iterdir()) == []


def test_photos_of_offers_and_reviews_are_not_swept(room, village, as_member, folder):
    send(as_member(village.ada), room)
    deal = Exchange(offer_id=room.id, provider_id=village.ada.id, receiver_id=village.ben.id, state="completed", made_at=NOON, changed_at=NOON)  # fmt: skip
    db.session.add(deal)
    db.session.flush()
    key = pictures.keep(folder, pictures.scenes(photo()))
    lost = pictures.keep(folder, pictures.scenes(photo()))
    db.session.add(
        Review(exchange_id=deal.id, side="receiver", author_id=village.ben.id, about_id=village.ada.id, offer_id=room.id,
               kind_id=room.kind_id, made_at=NOON, changed_at=NOON, photos=[{"photo": key, "words": ""}])
    )  # fmt: skip
    db.session.commit()
    old = time.time() - 3 * 86400
    for path in folder.iterdir():
        os.utime(path, (old, old))
    assert settings.sweep_photos() == 2
    assert {pictures.key_of(p.name) for p in folder.iterdir()} == {key, shown(room)[0].photo}
    assert lost not in {pictures.key_of(p.name) for p in folder.iterdir()}


@pytest.mark.parametrize(("size", "large", "small"), [((3000, 1000), (1200, 400), (480, 160)), ((900, 1800), (400, 800), (160, 320)), ((100, 80), (100, 80), (100, 80))])  # fmt: skip
def test_a_scene_fits_and_is_never_made_larger(size, large, small):
    made = pictures.scenes(photo(size))
    sizes = {name: Image.open(io.BytesIO(file)).size for name, file in made.items()}
    assert sizes == {1200: large, 480: small}
