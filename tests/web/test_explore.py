"""Exploring a member's network: who stands in it for whom, how it is told, and how much of it."""

import itertools
import re
import shutil
from datetime import timedelta

import numpy as np
import pytest

from community.activity.members.rules import EVERYONE, MEMBERS, NOBODY
from community.graph import kept
from community.graph.ties import HALF_LIFE, Ties
from community.kit.db import db
from community.kit.limits import limiter
from community.standing.models import Standing
from community.web import exploring
from tests.conftest import NOON, make_member

PEOPLE = "/members/ada/people"
EXPLORE, DATA = f"{PEOPLE}/explore", f"{PEOPLE}.json"


@pytest.fixture
def tie(app):
    """Keep these ties as those of the site: (one, other, strength) in the order of their ids."""
    folder = app.config["DATA_DIR"] / kept.FOLDER

    def keep(*told):
        db.session.commit()
        members = np.unique([member.id for one, other, _ in told for member in (one, other)])
        pairs = sorted((one.id, other.id, strength) for one, other, strength in told)
        source, target = (
            np.searchsorted(members, [pair[side] for pair in pairs]) for side in (0, 1)
        )
        many = len(pairs)
        weight = np.array([float(strength) for _, _, strength in pairs])
        whole = np.ones(many, np.int64)
        # Otherwise told apart by their moment, which is the same here.
        kept._opened.cache_clear()
        kept.keep(Ties(members, source, target, weight, whole, whole, NOON, HALF_LIFE), folder)

    yield keep
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def network(village, tie):
    """Ada knows Ben well and Cy a little; Ben knows Mia, Cy knows Leo."""
    v = village
    tie(
        (v.ada, v.ben, 7),
        (v.ada, v.cy, 1),
        (v.ben, v.mia, 2),
        (v.cy, v.leo, 0.5),
        (v.leo, v.ann, 3),
    )
    return village


def data(browser, address=DATA):
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def handles(browser):
    """Who stands in the data and, as must be the same, in the list of the page."""
    found = [person["handle"] for person in data(browser)["people"]]
    listed = re.findall(r'data-person="([^"]+)"', browser.get(EXPLORE).text)
    assert listed == found[1:]
    return found


def test_those_up_to_two_steps_away_come_the_closest_first(client, network):
    assert handles(client) == ["ada", "ben", "cy", "mia", "leo"]


def test_what_is_told_of_everyone(client, network):
    told = data(client)
    assert set(told) == {"circles", "people", "ties"}
    ada, ben = told["people"][:2]
    spot = {axis: ben.pop(axis) for axis in "xy"}
    assert all(-100 <= value <= 100 for value in spot.values())
    assert ben == {
        "handle": "ben",
        "name": "Ben Okafor",
        "initials": "BO",
        "photo": None,
        "page": "/members/ben",
        "step": 1,
        "closeness": 0.7778,
        "words": "very close",
        "circle": None,
    }
    assert (ada["step"], ada["words"], ada["x"], ada["y"]) == (0, "", 0, 0)
    assert [person["words"] for person in told["people"][2:]] == [
        "in touch",
        *["through others"] * 2,
    ]
    assert sorted(told["ties"]) == [
        [0, 1, 0.7778],
        [0, 2, 0.3333],
        [1, 3, 0.5],
        [2, 4, 0.2],
    ]


def test_the_same_people_always_stand_in_the_same_places(client, network):
    assert data(client) == data(client)


def test_circles_of_three_are_told_by_who_is_closest(client, network):
    for handle, circle in (("ada", 5), ("ben", 5), ("mia", 5), ("cy", 9), ("leo", 9)):
        member = getattr(network, handle)
        db.session.add(Standing(member_id=member.id, as_of=NOON, circle=circle))
    db.session.commit()
    told = data(client)
    assert told["circles"] == [{"words": "Ada Lindqvist, Ben Okafor and 1 other", "count": 3}]
    assert [person["circle"] for person in told["people"]] == [0, 0, None, 0, None]


@pytest.mark.parametrize("part", ["sees_profile", "sees_timeline"])
@pytest.mark.parametrize(
    ("audience", "for_visitor", "for_member"),
    [(EVERYONE, True, True), (MEMBERS, False, True), (NOBODY, False, False)],
)
def test_who_may_not_be_seen_is_not_there(
    client, as_member, network, part, audience, for_visitor, for_member
):
    setattr(network.mia, part, audience)
    db.session.commit()
    assert ("mia" in handles(client)) == for_visitor
    assert ("mia" in handles(as_member(network.ann))) == for_member


def test_a_member_sees_themselves_however_hidden(as_member, network):
    network.mia.sees_profile = NOBODY
    db.session.commit()
    assert "mia" in handles(as_member(network.mia))


@pytest.mark.parametrize("page", [PEOPLE, EXPLORE])
def test_who_is_only_reached_over_somebody_hidden_is_left_out_with_them(client, network, page):
    network.ben.sees_timeline = NOBODY
    db.session.commit()
    assert handles(client) == ["ada", "cy", "leo"]
    answer = client.get(page).text
    assert "Ben Okafor" not in answer
    assert "Mia Costa" not in answer


def test_the_erased_are_not_there(client, as_member, network):
    network.mia.erased_at = NOON
    db.session.commit()
    assert "mia" not in handles(client)
    assert "mia" not in handles(as_member(network.ann))


@pytest.mark.parametrize("address", [PEOPLE, EXPLORE, DATA])
@pytest.mark.parametrize(
    ("change", "for_visitor", "for_member", "for_ada"),
    [
        ({}, 200, 200, 200),
        ({"sees_timeline": MEMBERS}, 404, 200, 200),
        ({"sees_timeline": NOBODY}, 404, 404, 200),
        ({"sees_profile": NOBODY}, 404, 404, 200),
        ({"erased_at": NOON}, 404, 404, None),
    ],
)
def test_whose_timeline_may_not_be_seen_has_no_network_either(
    client, as_member, network, address, change, for_visitor, for_member, for_ada
):
    ada = as_member(network.ada)
    for name, value in change.items():
        setattr(network.ada, name, value)
    db.session.commit()
    assert client.get(address).status_code == for_visitor
    assert as_member(network.ben).get(address).status_code == for_member
    if for_ada:
        assert ada.get(address).status_code == for_ada


@pytest.mark.parametrize("change", [{"erased_at": NOON}, {"sees_profile": NOBODY}])
def test_the_way_to_a_member_leads_over_nobody_hidden(as_member, network, change):
    mia = as_member(network.mia)
    assert "Ben Okafor" in mia.get(PEOPLE).text
    for name, value in change.items():
        setattr(network.ben, name, value)
    db.session.commit()
    answer = mia.get(PEOPLE).text
    assert "There is no way from you to them yet" in answer
    assert "Ben Okafor" not in answer


def test_nobody_is_no_one_s_network(client, village):
    assert [person["handle"] for person in data(client)["people"]] == ["ada"]
    answer = client.get(EXPLORE)
    assert "Nobody yet" in answer.text
    assert "sigma" not in answer.text
    assert "Explore the network" not in client.get(PEOPLE).text
    assert client.get("/members/nobody-here/people.json").status_code == 404


def test_a_large_network_is_cut_to_the_closest(client, village, tie, monkeypatch):
    monkeypatch.setattr(exploring, "MOST", 12)
    others = [make_member(f"guest-{n}", joined_at=NOON - timedelta(days=n)) for n in range(40)]
    among = [(a, b, 0.1) for a, b in itertools.pairwise(others)]
    tie(*among, *((village.ada, other, 1 + n) for n, other in enumerate(others)))
    told = data(client)
    assert [person["handle"] for person in told["people"]] == [
        "ada",
        *(f"guest-{n}" for n in range(39, 27, -1)),
    ]
    assert len(told["ties"]) <= 12 + 12 * 3


def test_at_most_four_hundred_are_looked_for():
    assert exploring.MOST == 400


def test_too_many_questions_are_put_off(client, network):
    limiter.enabled = True
    limiter.reset()
    try:
        answers = [client.get(DATA).status_code for _ in range(61)]
    finally:
        limiter.reset()
        limiter.enabled = False
    assert answers == [200] * 60 + [429]


def test_the_page_needs_no_script(client, network):
    answer = client.get(EXPLORE)
    assert "<noscript>" in answer.text
    assert f'href="{PEOPLE}"' in answer.text
    assert f'data-explore="{DATA}"' in answer.text
    for name in ("graphology.min.js", "sigma.min.js", "explore.js"):
        assert re.search(rf'<script src="/static/[^"]*{name}\?[^>]*nonce=', answer.text)
    assert f'href="{EXPLORE}"' in client.get(PEOPLE).text
    assert "sigma" not in client.get(PEOPLE).text


def test_what_members_read_no_cache_keeps(client, as_member, network):
    assert "no-store" in as_member(network.ben).get(DATA).headers["Cache-Control"]
    first = client.get(DATA)
    again = client.get(DATA, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_network_costs_few_questions(client, network, statements):
    client.get(DATA)
    statements.clear()
    client.get(DATA)
    assert len([told for told in statements if "SELECT" in told[0]]) <= 3
