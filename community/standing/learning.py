"""Learning the return probability anew each month, and going on with it only where it foretells better."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select

from community.kit import clock
from community.kit.db import db
from community.kit.db import reading as beside
from community.ledger import columns
from community.standing import health_features, health_fit, reading
from community.standing.health import DEFAULT, Coefficients
from community.standing.models import Fit


def present() -> Coefficients:
    """The coefficients that hold: the ones adopted last, else those that come with Kith."""
    fit = db.session.scalars(
        select(Fit).where(Fit.adopted_at.is_not(None)).order_by(Fit.id.desc()).limit(1)
    ).first()
    return DEFAULT if fit is None else read(fit.told["coefficients"])


def learn(as_of: datetime | None = None) -> int:
    """Fit anew, test on the newest season, and adopt what foretells it better; how many outcomes."""
    now = as_of or clock.now()
    store = columns.here()
    store.extend()
    with beside() as reader:
        past = reading.everyone(reader, store, ())
    counts = columns.as_of(past.events, now)
    events = {name: column[counts] for name, column in past.events.items()}
    acts = health_features.acts_of(events, past.members)
    if not len(acts):
        return 0
    today = clock.to_micros(now) / health_features.A_DAY
    at = health_fit.cutoffs(float(acts.day.min()), today)
    joined = health_features.joined([events], clock.to_micros(now), past.members)
    rows = health_fit.labelled(acts, at, len(past), joined)
    old, new = present(), health_fit.refit(rows)
    newest = rows.take(rows.cutoff == rows.cutoff.max()) if len(rows) else rows
    why_not = health_fit.why_not_adopt(new, old, newest)
    test_of_old = health_fit.back_test(newest, old)
    told = {
        "coefficients": asdict(new.coefficients),
        "outcomes": new.outcomes,
        "test": _plain(asdict(new.test)),
        "test_of_old": _plain(asdict(test_of_old)),
        "old": old.version,
        "why_not": why_not,
    }
    db.session.add(Fit(made_at=now, adopted_at=None if why_not else now, told=told))
    db.session.flush()
    return new.outcomes


def read(told: Mapping[str, Any]) -> Coefficients:
    """Coefficients of the plain data that they were kept as."""
    covariance = tuple(tuple(row) for row in told["covariance"])
    return Coefficients(**{**told, "covariance": covariance})


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Numbers that JSON can hold: none where there is none."""
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value
        for name, value in told.items()
    }
