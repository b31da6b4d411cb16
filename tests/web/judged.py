"""What is said of the members of a village, put there by hand."""

import numpy as np

from community.graph import kept
from community.graph.ties import Ties
from community.kit import clock
from community.kit.db import db
from community.standing import rulebook
from community.standing.models import Award, Community, Standing
from tests.conftest import NOON

COEFFICIENTS = {"version": "shipped 1"}


def give(member, badge="connector", begun_at=NOON, **more):
    """An award of a badge by its rule that holds now; committed."""
    digest = more.pop("digest", None) or rulebook.find(badge).badge.digest
    award = Award(member_id=member.id, badge=badge, begun_at=begun_at, digest=digest, **more)
    db.session.add(award)
    db.session.commit()
    return award


def say(member, **more):
    """A standing with a health of 90 and a trust of 72; committed."""
    given = {
        "as_of": clock.now(),
        "health": 90,
        "state": "steady",
        "trust": 72.0,
        "band": "some",
        "authority": 0.5,
        "told": {
            "chance": [0.9, 0.81, 0.95],
            "bars": [3, 9, 1, -4],
            "numbers": [2, 9, 300, 4],
            "shown": {"exchanges": [12, 12, 12], "rating_received": [4.5, 9, 2]},
        },
    }
    standing = Standing(member_id=member.id, **{**given, **more})
    db.session.add(standing)
    if db.session.get(Community, 1) is None:
        told = {"coefficients": COEFFICIENTS, "middle_score": 81, "mean_rating": 0.6}
        db.session.add(Community(id=1, as_of=clock.now(), told=told))
    db.session.commit()
    return standing


def tie(app, pairs):
    """Keep these ties, told as {(one, other): weight}, each as strong the other way."""
    both = {(a.id, b.id): weight for (a, b), weight in pairs.items()}
    both |= {(b, a): weight for (a, b), weight in both.items()}
    ordered = sorted(both)
    members = np.array(sorted({id for pair in ordered for id in pair}), np.int64)
    source, target = (np.searchsorted(members, [pair[i] for pair in ordered]) for i in (0, 1))
    many = np.ones(len(ordered), np.int64)
    weight = np.array([both[pair] for pair in ordered], np.float64)
    ties = Ties(members, source, target, weight, many, many, clock.now())
    kept.keep(ties, app.config["DATA_DIR"] / kept.FOLDER)
