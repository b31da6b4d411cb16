"""Kinds of offers: planted once, told anew by managers and admins, retired without loss."""

import re

import pytest

from community.activity.exchanges.offers import kindbook, kinds, rules
from community.activity.exchanges.offers.models import OfferKind
from community.kit.db import db
from community.ledger.audit import AuditRow

BOAT = {
    "name": "boat",
    "label": "A day on the water",
    "unit": "day",
    "grain": "day",
    "icon": "compass",
    "fields-0-label": "Seats",
    "fields-0-input": "number",
    "fields-0-is_needed": "y",
    "fields-1-label": "Sort",
    "fields-1-input": "choice",
    "fields-1-choices": "Sail\nRow",
    "scores-0-label": "Safety",
}
ROWS = {f"fields-{n}-input": "line" for n in range(12)}


def of_name(name):
    db.session.rollback()
    return kindbook.of_name(name)


def test_kinds_are_planted_once_and_never_over_what_was_changed(kinds, village):
    assert kindbook.plant() == 0
    kindbook.of_name("stay").label = "Bed for the night"
    db.session.commit()
    assert kindbook.plant() == 0
    assert of_name("stay").label == "Bed for the night"
    assert kinds["stay"].grain == "day"
    assert [each["name"] for each in kinds["stay"].scores] == [
        "accuracy", "cleanliness", "communication", "arrival", "place", "value",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 404), ("leo", 403), ("mia", 200), ("ann", 200)]
)
def test_managers_and_admins_name_kinds(kinds, village, as_member, who, status):
    browser = as_member(getattr(village, who))
    for path in ("/house/kinds", "/house/kinds/new", "/house/kinds/stay"):
        assert browser.get(path).status_code == status
    for path in ("/house/kinds/new", "/house/kinds/stay", "/house/kinds/stay/do/retire"):
        if status != 200:
            assert browser.post(path, data=BOAT).status_code == status
    assert of_name("stay").retired_at is None


def test_the_rows_of_a_kind_stand_in_the_readers_language(kinds, village, as_member):
    browser = as_member(village.mia)
    page = browser.get("/house/kinds/stay", headers={"Accept-Language": "zh-CN"}).text
    assert "选项，一行一个" in page
    assert "Choices, one a line" not in page


def test_a_kind_is_added_and_offered(kinds, village, as_member):
    browser = as_member(village.mia)
    assert browser.post("/house/kinds/new", data={**ROWS, **BOAT}).status_code == 303
    boat = of_name("boat")
    assert (boat.grain, boat.unit, boat.icon) == ("day", "day", "compass")
    assert boat.fields == [
        {"name": "seats", "label": "Seats", "input": "number", "choices": [], "is_needed": True},
        {"name": "sort", "label": "Sort", "input": "choice", "choices": ["Sail", "Row"], "is_needed": False},
    ]  # fmt: skip
    assert boat.scores == [{"name": "safety", "label": "Safety"}]
    assert "A day on the water" in browser.get("/offers/new").text
    assert "Seats" in browser.get("/offers/new?kind=boat").text
    row = db.session.query(AuditRow).one()
    assert (row.act, row.actor) == ("kind.added", village.mia.id)
    assert (
        "added the kind of offers “A day on the water”"
        in as_member(village.ann).get("/house/audit").text
    )


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "stay", "There is a kind of that name."),
        ("name", "A b", "small letters"),
        ("label", "", "required"),
        ("unit", "x" * 41, "longer than 40"),
        ("grain", "year", "Not a valid choice"),
        ("icon", "nothing", "Not a valid choice"),
        ("fields-1-choices", "Sail", "at least two choices"),
        ("fields-0-label", "x" * 61, "at most 60"),
        ("scores-0-label", "x" * 61, "at most 60"),
    ],
)
def test_what_can_not_be_is_said_and_nothing_typed_is_lost(
    kinds, village, as_member, field, typed, said
):
    answer = as_member(village.mia).post("/house/kinds/new", data={**ROWS, **BOAT, field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Seats"' in answer.text or field == "fields-0-label"
    assert of_name("boat") is None


def form_of(browser, path, **changed):
    """What a browser would send of a page's form."""
    kind = of_name(path.rsplit("/", 1)[-1])
    data = {
        **ROWS,
        "seen": rules.mark_of(kindbook.told_of(kind)),
        "name": kind.name,
        "label": kind.label,
        "unit": kind.unit,
        "grain": kind.grain,
        "icon": kind.icon,
    }
    for n, each in enumerate(kind.fields):
        data |= {f"fields-{n}-name": each["name"], f"fields-{n}-label": each["label"], f"fields-{n}-input": each["input"],
                 f"fields-{n}-choices": "\n".join(each["choices"])} | ({f"fields-{n}-is_needed": "y"} if each["is_needed"] else {})  # fmt: skip
    for n, each in enumerate(kind.scores):
        data |= {f"scores-{n}-name": each["name"], f"scores-{n}-label": each["label"]}
    return {**data, **changed}


def test_saving_what_stands_changes_nothing(kinds, village, as_member):
    browser = as_member(village.mia)
    for name in kinds:
        before = of_name(name)
        told = (before.label, before.unit, before.fields, before.scores)
        path = f"/house/kinds/{name}"
        assert browser.post(path, data=form_of(browser, path)).status_code == 303
        after = of_name(name)
        assert (after.label, after.unit, after.fields, after.scores) == told


def test_the_grain_stays_once_there_are_offers(room, village, as_member):
    browser, path = as_member(village.mia), "/house/kinds/stay"
    answer = browser.post(path, data=form_of(browser, path, grain="hour"))
    assert answer.status_code == 422
    assert "make a new kind instead" in answer.text
    assert browser.post(path, data=form_of(browser, path, label="Bed")).status_code == 303
    assert of_name("stay").label == "Bed"
    path = "/house/kinds/lesson"
    assert browser.post(path, data=form_of(browser, path, grain="day")).status_code == 303
    assert of_name("lesson").grain == "day"


def test_the_form_speaks_the_readers_language(kinds, village, as_member):
    browser = as_member(village.mia)
    page = browser.get("/house/kinds/stay", headers={"Accept-Language": "zh"}).text
    assert "怎样填写" in page
    assert "Filled in as" not in page


def test_of_two_who_tell_a_kind_anew_the_second_is_told(kinds, village, as_member):
    mia, ann, path = as_member(village.mia), as_member(village.ann), "/house/kinds/lesson"
    theirs = form_of(ann, path, label="An hour of learning")
    mine = form_of(mia, path, label="A lesson", unit="morning", **{"scores-0-label": "Patience"})
    for _ in range(2):
        assert mia.post(path, data=mine).status_code == 303
    answer = ann.post(path, data=theirs)
    assert answer.status_code == 409
    for said in ("changed elsewhere since you opened it", "A lesson", "morning", "Patience"):
        assert said in answer.text
    assert 'value="An hour of learning"' in answer.text
    assert of_name("lesson").label == "A lesson"
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', answer.text)[1]
    assert ann.post(path, data=theirs | {"seen": seen}).status_code == 303
    assert of_name("lesson").label == "An hour of learning"
    assert db.session.query(AuditRow).filter_by(act="kind.changed").count() == 2


def test_a_kind_is_moved_retired_and_brought_back(room, village, as_member, client):
    browser = as_member(village.mia)
    assert browser.post("/house/kinds/thing/do/up").status_code == 303
    assert [kind.name for kind in kindbook.every()][:2] == ["thing", "stay"]
    assert browser.post("/house/kinds/stay/do/retire").status_code == 303
    assert browser.post("/house/kinds/stay/do/retire").status_code == 422
    assert "A place to stay" not in browser.get("/offers/new").text
    assert client.get(f"/offers/{room.id}").status_code == 200
    assert browser.post("/house/kinds/stay/do/back").status_code == 303
    assert "A place to stay" in browser.get("/offers/new").text


def test_only_words_that_come_with_kith_are_translated():
    assert kinds.words("night") is kinds.SHIPPED_WORDS["night"]
    assert kinds.words("Home") == "Home"
    assert kinds.words("Bed for the night") == "Bed for the night"


def test_every_kind_is_kept_as_it_is_told(kinds):
    assert db.session.query(OfferKind).count() == len(kinds)
