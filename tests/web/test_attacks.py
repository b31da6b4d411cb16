"""The whole map of addresses as an attacker sees it: every page by every role, odd ids, others' things."""

import re

import pytest
from sqlalchemy import func, select

from community import demo
from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.references.models import Reference
from community.activity.exchanges.reviews.models import Review
from community.activity.members.models import Member
from community.kit.db import db
from community.ledger.models import Event
from tests.test_whole import browser_of

METHODS = ("GET", "HEAD", "POST")
ODD_IDS = ("0", "-1", "9223372036854775808", "１", "%FF")
ODD_NAMES = ("%00", "%ED%A0%80", "..%2F..%2Fsecrets.json", "%0D%0AX-A:1", "ada" * 1_000)
HOUSE = {
    "house.index": {"manager", "leader", "admin"},
    "house.audit": {"manager", "leader", "admin"},
    "network": {"manager", "leader", "admin"},
    "model": {"manager", "leader", "admin"},
    "house.imports": {"admin"},
    "house.jobs": {"admin"},
    "house.run_job": {"admin"},
    "house.letters": {"admin"},
    "house.letter": {"admin"},
    "house.roles": {"admin"},
    "house.unclaimed": {"manager", "admin"},
    "accounts": {"manager", "admin"},
    "cases": {"manager", "admin"},
    "closing": {"manager", "admin"},
    "pair_care": {"manager", "admin"},
    "designer": {"manager", "admin"},
    "excuses": {"manager", "admin"},
    "giving": {"manager", "admin"},
    "kinds": {"manager", "admin"},
    "ranking": {"manager", "admin"},
    "reviewing": {"manager", "admin"},
    "vouching": {"manager", "admin"},
}
"""Who may enter which room of the staff: by its page, or by all pages of a blueprint."""
CLOSED_TO_OTHERS = {
    "deals": (Exchange, ("show", "look", "say", "move", "counter", "ask_again", "recap")),
    "reviews": (Exchange, ("write", "close", "photos", "remove_photo")),
    "offers": (Offer, ("edit", "turn", "photos", "arrange", "calendar")),
    "references": (Reference, ("hide", "show")),
}
"""Pages about a thing that answer whoever has no part in it as if it did not exist."""


def pages(app):
    """Every page of the site with the methods it takes."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        taken = [m for m in METHODS if m in (rule.methods or ())]
        yield rule, taken, getattr(view, "is_public", rule.endpoint == "static")


def filled(rule, number="1", name="nobody"):
    path = re.sub(r"<int:[^>]+>", number, rule.rule)
    return re.sub(r"<[^>]+>", name, path)


def asked(browser, method, path):
    with browser.open(path, method=method) as answer:
        assert "Traceback" not in answer.text
        return answer.status_code, answer.location or ""


def test_a_visitor_is_asked_to_sign_in_wherever_it_is_not_public(app, village, client):
    closed = 0
    for rule, methods, is_public in pages(app):
        for method in methods if not is_public else ():
            status, location = asked(client, method, filled(rule))
            assert status in (302, 303), (method, rule.rule)
            assert location.startswith("/sign-in"), (method, rule.rule)
            closed += 1
    assert closed > 150


@pytest.mark.parametrize("who", ["ada", "mia", "leo", "ann"])
def test_every_room_of_the_staff_is_closed_to_all_but_its_roles(village, app, as_member, who):
    member = getattr(village, who)
    role, browser = member.role, as_member(member)
    closed = {"member": 404}.get(role, 403)
    for rule, methods, _ in pages(app):
        if not rule.rule.startswith("/house"):
            continue
        blueprint = rule.endpoint.partition(".")[0]
        roles = HOUSE.get(rule.endpoint) or HOUSE[blueprint]
        for method in methods:
            if role in roles and method == "POST":
                continue
            status, _ = asked(browser, method, filled(rule))
            if role in roles:
                assert status in (200, 404, 422), (method, rule.rule)
            else:
                assert status in (closed, 404), (method, rule.rule)


@pytest.mark.parametrize("who", [None, "ann"])
def test_odd_ids_and_names_are_answered_and_break_nothing(app, village, client, as_member, who):
    browser = as_member(getattr(village, who)) if who else client
    for rule, methods, _ in pages(app):
        if not rule.arguments or rule.endpoint == "static":
            continue
        numbers = ODD_IDS if "<int:" in rule.rule else ("1",)
        names = ODD_NAMES if re.search(r"<(?!int:)", rule.rule) else ("nobody",)
        for at in range(max(len(numbers), len(names))):
            path = filled(rule, numbers[at % len(numbers)], names[at % len(names)])
            for method in set(methods) - {"HEAD"}:
                status, _ = asked(browser, method, path)
                assert status < 500, (method, path)


@pytest.mark.parametrize("role", ["member", "manager", "leader", "admin"])
def test_what_others_have_is_not_there_whatever_is_sent(app, role):
    """With ids of exchanges, offers and references in which the reader has no part."""
    town = demo.build(seed=11, members=30)
    me = db.session.scalars(
        select(Member.id).where(Member.handle == getattr(town, role).email.partition("@")[0])
    ).one()
    parts = {
        Exchange: (Exchange.provider_id, Exchange.receiver_id),
        Offer: (Offer.owner_id,),
        Reference: (Reference.about_id,),
    }
    browser, before = browser_of(app, town, role), _counted()
    met = 0
    for blueprint, (model, names) in CLOSED_TO_OTHERS.items():
        others = select(model.id).where(*(part != me for part in parts[model])).order_by(model.id)
        ids = db.session.scalars(others.limit(3)).all()
        if model is Exchange:
            # Of those in which something went wrong there is a page for managers, tested elsewhere.
            others = others.where(Exchange.state != "went_wrong")
            ids = db.session.scalars(others.limit(3)).all()
        for rule, methods, _ in pages(app):
            its, _, name = rule.endpoint.partition(".")
            if its != blueprint or name not in names:
                continue
            for id in ids:
                for method in methods:
                    path = filled(rule, str(id), "accept")
                    assert asked(browser, method, path)[0] == 404, (method, path)
                    met += 1
    assert met > 40
    assert _counted() == before


def _counted():
    db.session.rollback()
    asked = (Event, Exchange, Offer, Review, Reference)
    return [db.session.scalar(select(func.count()).select_from(model)) for model in asked]
