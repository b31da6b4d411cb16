"""The pages about what holds the community together and how health is foretold."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from community.graph import holding as graph_holding
from community.graph import kept
from community.graph.ties import Ties
from community.kit import clock
from community.kit.cache import cache
from community.kit.db import db
from community.ledger import columns
from community.ledger.record import record
from community.standing import learning, watching
from community.standing.models import Community, Fit, Standing
from community.web import network
from tests.conftest import NOON, make_member

PEOPLE = {"visitor": None, "member": "ben", "manager": "mia", "leader": "leo", "admin": "ann"}
TEST = {
    "rows": 200, "returned": 120, "foretold": 118.4, "auc": 0.8912, "brier": 0.1412, "ece": 0.0213,
    "regulars": 40, "leavers": 3, "early_warning": None,
}  # fmt: skip


@pytest.fixture
def data(app):
    """The folder of data, tidied afterwards."""
    folder = columns.here().folder.parent
    yield folder
    for name in ("columns", kept.FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)


@pytest.fixture
def tied(village, data):
    """Everyone of the village has dealt with Ada, and some with each other; three circles of two."""
    people = [village.ada, village.ben, village.cy, village.mia, village.leo, village.ann]
    ids = np.array(sorted(p.id for p in people))
    net = [(0, 1, 5), (1, 0, 5), (0, 2, 2), (0, 3, 1), (3, 0, 1), (0, 4, 1), (0, 5, 1), (2, 3, 1)]
    source, target, count = (np.array(column) for column in zip(*sorted(net), strict=True))
    ties = Ties(ids, source, target, np.ones(len(net)), count, count, NOON)
    kept.keep(ties, data / kept.FOLDER)
    for place, member in enumerate(people):
        db.session.add(Standing(member_id=member.id, as_of=NOON, circle=place // 2, told={}))
    db.session.add(
        Community(
            id=1,
            as_of=NOON,
            event_id=0,
            told={
                "circles": [30, 12, 3],
                "modularity": 0.4373,
                "circles_as_of": clock.to_micros(NOON),
            },
        )
    )
    db.session.commit()
    return village


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("path", ["/house/network", "/house/model"])
def test_the_pages_are_for_staff(tied, as_member, client, path, role):
    browser = as_member(getattr(tied, PEOPLE[role])) if PEOPLE[role] else client
    expected = {"visitor": 303, "member": 404}.get(role, 200)
    assert browser.get(path).status_code == expected


def test_each_number_is_said_with_what_it_means(tied, as_member):
    page = as_member(tied.leo).get("/house/network").text
    for words in (
        "50%",
        "of good ties go both ways",
        "Where this falls, some give and get nothing back.",
        "circles of three or more",
        "0.44",
        "From about 0.3 on circles are plain.",
        "Ada Lindqvist",
        "Members at each depth, from 0 on the left",
    ):
        assert words in page
    missed = page.partition("Whom we would miss, worked out")[2].partition("</table>")[0]
    first = missed.partition("<tbody>")[2].partition("</tr>")[0]
    assert "Ada Lindqvist" in first
    assert "94%" in first
    assert ">3<" in first
    bridging = page.partition('id="bridges"')[2].partition("</ul>")[0]
    assert "Ada Lindqvist" in bridging
    assert "people in 3 circles" in bridging


def test_who_has_left_is_not_looked_at(tied, as_member):
    tied.ben.erased_at = NOON
    db.session.commit()
    assert "Ben Okafor" not in as_member(tied.leo).get("/house/network").text


def test_before_any_tie_it_says_so(village, data, as_member):
    page = as_member(village.leo).get("/house/network").text
    assert "Nothing is known of ties yet" in page


def test_it_is_worked_out_once_an_hour(tied, as_member, monkeypatch):
    looked = []
    real = network.holding
    monkeypatch.setattr(network, "holding", lambda *a: looked.append(1) or real(*a))
    browser = as_member(tied.leo)
    pages = {browser.get("/house/network").status_code for _ in range(3)}
    assert (pages, len(looked)) == ({200}, 1)
    cache.clear()
    browser.get("/house/network")
    assert len(looked) == 2


def test_what_is_large_is_left_to_the_weekly_job(tied, as_member, monkeypatch):
    for place in (network, watching):
        monkeypatch.setattr(place, "AT_ONCE", 3)
    monkeypatch.setattr(network, "holding", lambda *_: pytest.fail("worked out in a request"))
    browser = as_member(tied.leo)
    assert "Nothing is known of ties yet" in browser.get("/house/network").text
    watching.find_circles()
    db.session.commit()
    assert "Whom we would miss" in browser.get("/house/network").text


@pytest.mark.parametrize(
    ("depths", "rows"),
    [
        ([4], [("0", 4)]),
        ([4, 1, 2, 3], [("0", 4), ("1", 1), ("2", 2), ("3–4", 3)]),
        ([1] * 12, [("0", 1), ("1", 1), ("2", 1), ("3–4", 2), ("5–8", 4), ("9–16", 3)]),
    ],
)
def test_depths_are_told_in_steps_that_double(app, depths, rows):
    with app.test_request_context():
        assert [row[:2] for row in network._depths(depths)] == rows


@pytest.mark.parametrize("path", ["/house/network", "/house/model"])
def test_a_page_asks_little(tied, as_member, statements, path):
    browser = as_member(tied.ann)
    cache.clear()
    statements.clear()
    assert browser.get(path).status_code == 200
    assert len([s for s, _ in statements if s.lstrip().upper().startswith("SELECT")]) <= 5


def a_fit(version, *, adopted=False, why_not=None, outcomes=569, test=TEST, days=0):
    told = {
        "coefficients": {**_coefficients(), "version": version},
        "outcomes": outcomes,
        "test": test,
        "test_of_old": {**TEST, "auc": 0.8701},
        "old": "shipped 1",
        "why_not": why_not,
    }
    at = NOON + timedelta(days=days)
    db.session.add(Fit(made_at=at, adopted_at=at if adopted else None, told=told))


def _coefficients():
    from dataclasses import asdict

    return asdict(learning.DEFAULT)


def test_before_anything_is_learned_the_shipped_ones_hold(village, as_member):
    page = as_member(village.leo).get("/house/model").text
    assert "As it came with Kith (version shipped 1)" in page
    assert "Nothing was learned yet" in page


def test_old_and_new_stand_beside_each_other(village, as_member):
    a_fit("spring", adopted=True)
    a_fit("summer", why_not="They foretell the newest season no better", days=30)
    db.session.commit()
    page = as_member(village.leo).get("/house/model").text
    for words in (
        "in use since 1 June 2026 (version spring)",
        "foretold the newest season no better",
        "87",
        "89.1",
        "2.1",
        "120 of 200 did",
        "3 of 40 left",
        "569 outcomes",
    ):
        assert words in page
    assert page.index("not adopted") < page.index("1 June 2026</h3>")


@pytest.mark.parametrize(
    ("fit", "says"),
    [
        ({"adopted": True}, "foretold the newest season better"),
        ({"why_not": "x", "outcomes": 150}, "rests on 150 outcomes, and 200 are needed"),
        ({"why_not": "x", "test": {**TEST, "rows": 0}}, "nothing newer to try it on"),
        ({"why_not": "x"}, "foretold the newest season no better"),
    ],
)
def test_why_it_was_adopted_or_not(village, as_member, fit, says):
    a_fit("summer", **fit)
    db.session.commit()
    assert says in as_member(village.leo).get("/house/model").text


@pytest.fixture
def reviewed(village, data):
    """Ada and Ben praise whom all praise; Cy blames them, and gave the most ratings."""
    db.session.add(Community(id=1, as_of=NOON, event_id=0, told={"ties": 3}))
    rated = [make_member(f"host-{n}") for n in range(4)]
    for host in rated:
        for rater, stars in ((village.ada, 5), (village.ben, 4), (village.cy, 1)):
            record("review.published", rater, host, value=stars, happened_at=NOON)
    record("review.published", village.leo, rated[0], value=1, happened_at=NOON)
    record("thanks.given", village.leo, rated[1], happened_at=NOON)
    record("thanks.given", village.leo, rated[2], happened_at=NOON)
    db.session.commit()
    watching.look_for_rings()
    db.session.commit()
    return village


def test_who_agrees_least_stands_first(reviewed, as_member):
    told = db.session.get(Community, 1).told
    assert told["ties"] == 3
    kept_of_them = told["reviewers"]
    assert (kept_of_them["reviewers"], kept_of_them["ratings"]) == (3, 13)
    worst = kept_of_them["worst"]
    assert worst[0]["member"] == reviewed.cy.id
    assert (worst[0]["ratings"], worst[0]["mean"]) == (4, -1.0)
    assert [w["fairness"] for w in worst] == sorted(w["fairness"] for w in worst)
    page = as_member(reviewed.mia).get("/house/model").text
    table = page.partition("Reviewers, those who agree least first")[2]
    assert table.index("李明") < table.index("Ben Okafor")
    assert "Leo Brandt" not in table
    assert "This is no judgement of a person" in page
    assert "3 people gave three ratings or more" in page


def test_reviewers_are_for_managers_and_admins(reviewed, as_member):
    for who, sees in (("mia", True), ("ann", True), ("leo", False)):
        page = as_member(getattr(reviewed, who)).get("/house/model").text
        assert ("李明" in page) == sees, who


def test_a_reviewer_who_left_is_not_told_of(reviewed, as_member):
    reviewed.cy.erased_at = NOON
    db.session.commit()
    assert "李明" not in as_member(reviewed.mia).get("/house/model").text
    watching.look_for_rings()
    worst = db.session.get(Community, 1).told["reviewers"]["worst"]
    assert reviewed.cy.id not in [w["member"] for w in worst]


def test_too_few_reviews_are_said(village, as_member):
    assert "Too few ratings yet" in as_member(village.mia).get("/house/model").text


def test_the_first_page_leads_there(village, as_member):
    for who, paths in (
        ("mia", {"/house/cases", "/house/network", "/house/model"}),
        ("leo", {"/house/network", "/house/model"}),
    ):
        page = as_member(getattr(village, who)).get("/house").text
        every = {"/house/cases", "/house/network", "/house/model"}
        assert {path for path in every if f'href="{path}"' in page} == paths


def test_what_holds_together_is_what_networkx_finds():
    import networkx as nx

    rng = np.random.default_rng(7)
    n, links = 40, sorted({(int(a), int(b)) for a, b in rng.integers(0, 40, (160, 2)) if a != b})
    source, target = (np.array(side) for side in zip(*links, strict=True))
    count = rng.integers(1, 9, len(links))
    ids = np.arange(100, 100 + n)
    ties = Ties(ids, source, target, np.ones(len(links)), count, count, NOON)
    seen = graph_holding.holding(ties, np.arange(n) % 4)
    graph = nx.DiGraph(links)
    core = nx.core_number(graph.to_undirected())
    assert seen.mutual == pytest.approx(nx.overall_reciprocity(graph))
    depths = np.bincount([core.get(v, 0) for v in range(n)]).tolist()
    assert list(seen.depths) == depths
    assert seen.core == sum(value >= 3 for value in core.values())
    first = seen.missed[0]
    v = first.member - 100
    touched = (source == v) | (target == v)
    assert first.loss.interactions == pytest.approx(count[touched].sum() / count.sum())
    assert all(first.loss.interactions >= m.loss.interactions for m in seen.missed)
    assert seen.together.interactions >= first.loss.interactions


def test_members_without_a_circle_are_no_circle():
    from community.graph.looking import bridges

    star = [(0, v) for v in range(1, 7)]
    source, target = (np.array(side) for side in zip(*star, strict=True))
    ones = np.ones(len(star), np.int64)
    ties = Ties(np.arange(7), source, target, np.ones(len(star)), ones, ones, NOON)
    assert bridges(ties, np.array([0, 0, 1, -1, -1, -1, -1])) == []
    (found,) = bridges(ties, np.array([0, 0, 1, 2, -1, -1, -1]))
    assert (found.member, found.circles) == (0, 3)
    assert SimpleNamespace(**found.__dict__).betweenness > 0
