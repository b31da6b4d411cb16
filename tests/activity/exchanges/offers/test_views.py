"""Looks are counted without following anybody, and however the job dies, each once."""

import itertools

import pytest

from community.activity.exchanges.offers import views
from community.activity.exchanges.offers.models import OfferViews, ViewsTaken
from community.kit import clock
from community.kit.db import db
from community.ledger.models import Event

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0"}


def run(batches=None):
    """Run the job, or die after so many of its batches; each batch is kept."""
    db.session.rollback()
    job = views.take_over()
    for _ in job if batches is None else itertools.islice(job, batches):
        db.session.commit()
    if batches is None:
        db.session.commit()
    db.session.rollback()


def counted():
    db.session.rollback()
    return sum(row.views for row in db.session.query(OfferViews))


def test_looks_are_counted_and_nobody_is_written_down(room, client, looks, village, as_member):
    browser = as_member(village.ben)
    before = db.session.query(Event).count()
    for each in (client, client, browser):
        assert each.get(f"/offers/{room.id}", headers=FIREFOX).status_code == 200
    assert counted() == 0
    assert "".join(path.read_text() for path in looks.iterdir()).split() == [str(room.id)] * 3
    run()
    run()
    (row,) = db.session.query(OfferViews).all()
    assert (row.offer_id, row.day, row.views) == (room.id, clock.now().date(), 3)
    assert list(looks.iterdir()) == []
    assert db.session.query(Event).count() == before
    run()
    assert db.session.query(ViewsTaken).count() == 0
    assert "Looked at 3 times" in as_member(village.ada).get("/offers/mine").text


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {"User-Agent": "curl/8.5"},
        {"User-Agent": ""},
        {**FIREFOX, "Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_programs_are_not_counted(room, client, looks, headers):
    client.get(f"/offers/{room.id}", headers=headers)
    assert not looks.exists() or list(looks.iterdir()) == []


def test_ones_own_looks_drafts_and_heads_are_not_counted(
    room, offer, village, as_member, client, looks
):
    draft = offer(village.ada, is_published=False)
    as_member(village.ada).get(f"/offers/{room.id}", headers=FIREFOX)
    as_member(village.mia).get(f"/offers/{draft.id}", headers=FIREFOX)
    client.head(f"/offers/{room.id}", headers=FIREFOX)
    assert not looks.exists() or list(looks.iterdir()) == []


@pytest.mark.parametrize("batches", range(1, 5))
def test_a_job_that_dies_anywhere_counts_each_look_once(room, client, looks, batches):
    for _ in range(2):
        client.get(f"/offers/{room.id}", headers=FIREFOX)
    run()
    client.get(f"/offers/{room.id}", headers=FIREFOX)
    run(batches)
    for _ in range(3):
        run()
    assert counted() == 3
    assert list(looks.iterdir()) == []


def test_the_same_process_goes_on_while_files_are_set_aside(room, client, looks):
    for n in range(1, 5):
        client.get(f"/offers/{room.id}", headers=FIREFOX)
        run()
        assert counted() == n - 1
    run()
    assert counted() == 4


def test_what_is_no_look_is_passed_over(room, looks, client):
    looks.mkdir(exist_ok=True)
    id = str(room.id).encode()
    good = looks / "2026-06-01.1-00000000.00000000.aside"
    good.write_bytes(id + b"\n\xff\n99999999\n\n-1\n" + id + b"\n" + id)
    odd = looks / "notes.aside"
    odd.write_text("x")
    run()
    assert counted() == 2
    assert odd.exists()


def test_a_page_answers_when_looks_can_not_be_noted(room, client, looks, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "no room")

    monkeypatch.setattr("pathlib.Path.mkdir", full)
    assert client.get(f"/offers/{room.id}", headers=FIREFOX).status_code == 200


def test_no_flood_fills_the_disk(room, client, looks, monkeypatch):
    monkeypatch.setattr(views, "LARGEST_FILE", 6)
    for _ in range(9):
        client.get(f"/offers/{room.id}", headers=FIREFOX)
    (path,) = looks.iterdir()
    assert path.stat().st_size < 12
