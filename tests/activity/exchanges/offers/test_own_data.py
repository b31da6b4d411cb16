"""What a member offers and keeps is theirs to read and to take along, and goes when they go."""

import io
import json
import zipfile
from dataclasses import replace

from community.activity.exchanges.offers import actions
from community.activity.exchanges.offers.models import Offer, OfferVersion
from community.activity.settings import actions as settings
from community.kit.db import db
from community.web import own_offers
from tests.activity.exchanges.offers.conftest import LADDER, ROOM, in_days


def test_every_group_is_read_and_taken_along_by_its_owner_alone(room, offer, village, as_member):
    ada, id = village.ada.id, room.id
    actions.change(id, ada, replace(ROOM, title="=A room by the sea"), ROOM.mark)
    actions.close_days(id, ada, in_days(2), in_days(3))
    theirs = offer(village.ben, replace(LADDER, title="whispered ladder"), "thing")
    hidden = offer(village.cy, replace(LADDER, title="hidden pram"), "thing")
    for each in (theirs, hidden):
        actions.keep(each.id, ada)
    actions.archive(hidden.id, village.cy.id)
    db.session.commit()
    browser = as_member(village.ada)
    for group in own_offers.GROUPS:
        assert browser.get(f"/settings/data/{group.name}").status_code == 200
    files = zipfile.ZipFile(io.BytesIO(browser.post("/settings/data/copy", buffered=True).data))
    rows = {group.name: json.loads(files.read(f"{group.name}.json")) for group in own_offers.GROUPS}
    (mine,) = rows["offers"]
    assert mine["title"] == "=A room by the sea"
    assert (mine["amount"], mine["currency"], mine["place"]) == ("45", "EUR", "Porto")
    assert str(in_days(2)) in mine["closed"]
    assert "'=A room by the sea" in files.read("offers.csv").decode()
    assert [row["version"] for row in rows["offer_versions"]] == [2, 1]
    assert {row["title"] for row in rows["kept"]} == {"whispered ladder", None}
    assert "hidden pram" not in "".join(files.read(n).decode() for n in files.namelist())
    assert "whisper" not in json.dumps(rows["offers"] + rows["offer_versions"])


def test_when_a_member_goes_their_words_go(room, village, client):
    id, ada = room.id, village.ada.id
    settings.leave(ada)
    db.session.commit()
    gone = db.session.get(Offer, id)
    assert (gone.title, gone.text, gone.state, gone.details) == ("", "", "archived", {})
    assert [v.told for v in db.session.query(OfferVersion)] == [{}]
    assert client.get(f"/offers/{id}").status_code == 404
    assert "A room by the river" not in client.get("/offers").text
