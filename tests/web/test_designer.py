"""The designer of badges: a form that says what it means, a trial on the past, then everyone's rule."""

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from community.kit import clock, runs
from community.kit.db import db
from community.ledger import columns
from community.ledger.audit import AuditRow
from community.ledger.record import record
from community.standing import drafts, rulebook
from community.standing.models import Award, BadgeRule
from community.web.designed import badge_of
from tests.conftest import NOON

PEOPLE = {"visitor": None, "member": "ada", "manager": "mia", "leader": "leo", "admin": "ann"}
MAY = {"manager", "admin"}
PAGES = [
    ("GET", "/house/badges"),
    ("GET", "/house/badges/new"),
    ("GET", "/house/badges/helper/edit"),
    ("GET", "/house/badges/helper/text"),
    ("GET", "/house/badges/star-host/draft"),
    ("POST", "/house/badges/star-host/publish"),
    ("POST", "/house/badges/star-host/discard"),
    ("GET", "/house/badges/helper/retire"),
]


@pytest.fixture
def badges(village):
    """The badges that come with Kith, and a draft of one."""
    rulebook.plant()
    told = dict(rulebook.history("star-host")[0].told)
    rulebook.save(told | {"grace": 2}, village.mia.id)
    runs.plan({drafts.JOB: ("Try", None)})
    db.session.commit()
    return village


@pytest.fixture
def mia(badges, as_member):
    return as_member(badges.mia)


class FormReader(HTMLParser):
    """Reads the fields of the designer's form as a browser would send them."""

    def __init__(self):
        super().__init__()
        self.found, self.is_inside, self.select = {}, False, ""

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self.is_inside = "designer" in (told.get("class") or "")
        is_sent = told.get("type") not in ("radio", "checkbox") or "checked" in told
        if self.is_inside and tag == "input" and is_sent:
            self.found[told["name"]] = told.get("value", "")
        if self.is_inside and tag == "select":
            self.select = told["name"]
        if self.is_inside and tag == "option" and "selected" in told:
            self.found[self.select] = told["value"]


def draft_of(name):
    db.session.expire_all()
    return rulebook.draft(name)


def sent(page, **changes):
    """What a browser sends of the form of a page, with some fields changed."""
    reader = FormReader()
    reader.feed(page)
    return reader.found | {"step": "save"} | changes


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_only_managers_and_admins_design(app, badges, as_member, who, method, path):
    member = PEOPLE[who] and getattr(badges, PEOPLE[who])
    browser = as_member(member) if member else app.test_client()
    answer = browser.open(path, method=method)
    if who == "visitor":
        assert answer.status_code in (302, 303)
        assert "/sign-in" in answer.location
    elif who in MAY:
        assert answer.status_code in (200, 303, 422)
    else:
        assert answer.status_code == 404


def test_what_a_form_shows_it_saves(mia):
    page = mia.get("/house/badges/helper/edit").text
    answer = mia.post("/house/badges/helper/edit", data=sent(page))
    assert answer.location.endswith("/house/badges/helper/draft")
    was, now = rulebook.find("helper").badge, rulebook.draft("helper")
    again = badge_of(now)
    assert (again.rule, again.hold, again.cadence, again.label) == (
        was.rule,
        was.hold,
        was.cadence,
        was.label,
    )


def test_a_changed_bar_waits_to_be_tried(mia):
    page = mia.get("/house/badges/helper/edit").text
    data = sent(page, **{"gain-0": "7", "keep-0": "6", "grace": "3"})
    assert mia.post("/house/badges/helper/edit", data=data).status_code == 303
    draft = draft_of("helper")
    assert draft.told["rule"]["all"][0]["at_least"] == 7
    assert (draft.told["grace"], draft.test, draft.published_at) == (3, None, None)
    assert runs.wishes() == [drafts.JOB]
    assert "It is being tried" in mia.get("/house/badges/helper/draft").text
    assert rulebook.find("helper").version == 1


def test_needs_are_added_and_removed_without_a_script(mia):
    page = mia.get("/house/badges/helper/edit").text
    more = mia.post("/house/badges/helper/edit", data=sent(page, step="add"))
    assert more.status_code == 200
    assert 'id="need-2"' in more.text
    fewer = mia.post("/house/badges/helper/edit", data=sent(more.text, step="remove-0"))
    assert 'id="need-2"' not in fewer.text
    assert "5 answers that helped" not in fewer.text
    assert draft_of("helper") is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"gain-0": "many"}, "Need 1: a number is expected"),
        ({"gain-0": "5", "keep-0": "9"}, "must not be harder"),
        ({"metric-0": "nothing"}, "there is no metric"),
        ({"op-0": "nearly"}, "nearly"),
        ({"within-0": "cohort"}, "rule.all.0.within: is for needs with top"),
        (
            {"op-0": "top", "gain-0": "5", "keep-0": "", "within-0": "nation"},
            "one of cohort, dealing",
        ),
        ({"window": "soon"}, "no length of time"),
        ({"label_en": " "}, "a text in English is expected"),
        ({"every": "never"}, "one of"),
        ({"grace": "many"}, "a whole number"),
        ({"rows": "0"}, "a rule, tiers with rules"),
        ({"rows": "x" * 50}, "a rule, tiers with rules"),
        ({"icon": "x" * 500}, ""),
        ({"notice": "P3D " * 20}, "a list of at most"),
    ],
)
def test_what_can_not_be_kept_is_said_and_nothing_typed_is_lost(mia, changes, says):
    page = mia.get("/house/badges/helper/edit").text
    answer = mia.post("/house/badges/helper/edit", data=sent(page, **changes))
    if says:
        assert answer.status_code == 422
        assert says in answer.text.replace("&#39;", "'")
        assert 'value="Has the answer that helps, again and again."' in answer.text
        assert draft_of("helper") is None


def test_a_need_is_compared_within_a_category(mia):
    page = mia.get("/house/badges/helper/edit").text
    changes = {"op-0": "top", "gain-0": "10", "keep-0": "15", "within-0": "cohort"}
    shown = mia.post("/house/badges/helper/edit", data=sent(page, step="show", **changes))
    says = "Among the first 10% of those who joined in the same year by: Answers that helped"
    assert says in shown.text
    answer = mia.post("/house/badges/helper/edit", data=sent(shown.text))
    assert answer.status_code == 303
    need = draft_of("helper").told["rule"]["all"][0]
    assert (need["top"], need["keep"], need["within"]) == (0.1, 0.15, "cohort")
    assert says in mia.get("/house/badges/helper/draft").text
    again = sent(mia.get("/house/badges/helper/edit").text)
    assert (again["within-0"], again["within-1"]) == ("cohort", "")


def test_a_rule_as_text(mia):
    assert mia.get("/house/badges/well-reviewed/edit").status_code == 302
    page = mia.get("/house/badges/well-reviewed/text").text
    assert "&#34;ladder&#34;" in page
    told = dict(rulebook.history("well-reviewed")[0].told)
    told["ladder"] = told["ladder"] | {"steps": [5, 50]}
    answer = mia.post("/house/badges/well-reviewed/text", data={"rule": json.dumps(told)})
    assert answer.status_code == 303
    assert draft_of("well-reviewed").told["ladder"]["steps"] == [5, 50]


@pytest.mark.parametrize(
    "wrong", ["", "{", "[]", '{"name": "helper"}', '{"name": "other"}', "1" * 9]
)
def test_text_that_is_no_rule_stays_to_be_mended(mia, wrong):
    answer = mia.post("/house/badges/well-reviewed/text", data={"rule": wrong})
    assert answer.status_code == 422
    assert "It was not saved" in answer.text
    assert draft_of("well-reviewed") is None


def test_a_new_badge_from_one_that_is_known(mia):
    assert "Begin with it" in mia.get("/house/badges").text
    data = {"label": "Night owl", "name": "night-owl", "like": "helper"}
    answer = mia.post("/house/badges/new", data=data)
    assert answer.location.endswith("/house/badges/night-owl/edit")
    draft = draft_of("night-owl")
    assert (draft.told["label"]["en"], draft.version) == ("Night owl", 1)
    assert rulebook.find("night-owl") is None
    assert "Night owl" not in mia.get("/badges").text


@pytest.mark.parametrize("name", ["helper", "Night Owl", "-x", "x" * 61, ""])
def test_a_name_that_is_taken_or_none(mia, name):
    data = {"label": "Night owl", "name": name, "like": ""}
    assert mia.post("/house/badges/new", data=data).status_code == 422


@pytest.fixture
def tried(badges, app):
    """The draft of the village, tried on what happened there."""
    record("member.joined", badges.ada, happened_at=NOON - timedelta(days=300))
    record("thanks.given", badges.ben, badges.ada, happened_at=NOON)
    db.session.commit()
    columns.here().extend()
    assert list(drafts.try_drafts()) == [1]
    db.session.commit()
    return badges


def test_a_draft_is_shown_beside_what_holds_and_on_the_past(tried, as_member):
    page = as_member(tried.mia).get("/house/badges/star-host/draft?member=ada").text
    assert "The draft asks" in page
    assert "Quarter from" in page
    assert "Would not hold it." in page
    assert "Ada Lindqvist" in page
    assert (
        "Nobody has that handle"
        in as_member(tried.mia).get("/house/badges/star-host/draft?member=nobody").text
    )


def test_a_draft_is_tried_once_and_again_when_it_changed(tried):
    assert list(drafts.try_drafts()) == []
    told = dict(rulebook.draft("star-host").told)
    rulebook.save(told, tried.mia.id)
    assert rulebook.draft("star-host").test is not None
    rulebook.save(told | {"grace": 5}, tried.mia.id)
    assert rulebook.draft("star-host").test is None
    assert list(drafts.try_drafts()) == [1]


def test_it_is_published_with_a_note_that_everyone_reads(tried, as_member):
    browser = as_member(tried.mia)
    today = f"{clock.now():%Y-%m-%d}"
    data = {"holds_from": today, "note": "Two misses are forgiven: winters are long."}
    answer = browser.post("/house/badges/star-host/publish", data=data)
    assert answer.location.endswith("/badges/star-host")
    version = rulebook.find("star-host")
    assert (version.version, version.badge.grace) == (2, 2)
    assert "winters are long" in browser.get("/badges/star-host").text
    row = db.session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert (row.act, row.actor) == ("badge.published", tried.mia.id)
    assert draft_of("star-host") is None


def test_a_rule_from_a_day_to_come_does_not_hold_yet(tried, as_member):
    later = clock.now() + timedelta(days=30)
    data = {"holds_from": f"{later:%Y-%m-%d}", "note": "Two misses are forgiven."}
    assert (
        as_member(tried.mia).post("/house/badges/star-host/publish", data=data).status_code == 303
    )
    assert rulebook.find("star-host").version == 1
    assert rulebook.ahead("star-host").version == 2
    assert rulebook.holding(later)[0].version == 2
    page = as_member(tried.ada).get("/badges/star-host").text
    assert "it asks something else" in page
    assert "Two misses are forgiven." in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"note": "short"}, "Say what changes and why"),
        ({"holds_from": "2020-01-01"}, "a day that is over"),
        ({"holds_from": "tomorrow"}, ""),
        ({"note": ""}, ""),
    ],
)
def test_what_keeps_a_draft_from_being_published(tried, as_member, data, says):
    whole = {"holds_from": f"{clock.now():%Y-%m-%d}", "note": "Two misses are forgiven."} | data
    answer = as_member(tried.mia).post("/house/badges/star-host/publish", data=whole)
    assert answer.status_code == 422
    assert says in answer.text.replace("&#39;", "'")
    assert rulebook.find("star-host").version == 1


def test_an_untried_draft_is_not_published(badges, mia):
    data = {"holds_from": f"{clock.now():%Y-%m-%d}", "note": "Two misses are forgiven."}
    answer = mia.post("/house/badges/star-host/publish", data=data)
    assert answer.status_code == 422
    assert "It has to be tested" in answer.text


def test_a_draft_is_thrown_away(mia):
    assert mia.post("/house/badges/star-host/discard").status_code == 303
    assert draft_of("star-host") is None
    assert mia.get("/house/badges/star-host/draft").status_code == 404


def test_a_badge_ends_with_its_awards(badges, mia):
    db.session.add(Award(member_id=badges.ada.id, badge="helper", begun_at=NOON))
    db.session.commit()
    assert mia.post("/house/badges/helper/retire", data={"note": "no"}).status_code == 422
    answer = mia.post("/house/badges/helper/retire", data={"note": "Nobody asks any more."})
    assert answer.status_code == 303
    assert rulebook.find("helper") is None
    assert db.session.scalars(select(Award)).one().ended_at is not None
    assert len(db.session.scalars(select(BadgeRule).where(BadgeRule.name == "helper")).all()) == 2
    assert mia.get("/badges/helper").status_code == 404


def test_unknown_badges_are_not_found(mia):
    for path in ("edit", "text", "draft", "retire"):
        assert mia.get(f"/house/badges/nothing/{path}").status_code == 404
