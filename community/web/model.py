"""The page about how health is foretold, how well that went, and how far reviewers agree with others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template

from community.activity.members.queries import present_viewer
from community.kit import clock
from community.kit.db import db
from community.kit.languages import gettext, number
from community.kit.pages import Pages
from community.standing import learning, queries
from community.standing.health import DEFAULT, Coefficients
from community.standing.health_fit import ENOUGH
from community.standing.health_parts import BARS
from community.standing.models import Community, Fit
from community.web import rights
from community.web.staff import faces, only_if

bp = Pages("model", __name__, url_prefix="/house/model")
NEUTRAL, REACH = 3.0, 2.0
"""Ratings lie between -1 and 1; as stars they are so many, give or take so many."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a back-test: what it is called, what it says, of the old and of the new."""

    label: str
    says: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Try:
    """One time that the coefficients were learned anew."""

    at: datetime
    version: str
    old: str
    outcomes: int
    is_adopted: bool
    why: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who rates others: how far that agrees with what others say of the same people."""

    person: Any
    agreement: str
    ratings: str
    stars: str


@bp.route("")
def show():
    """What health is made of, the last tries to foretell it better, and the reviewers."""
    role = present_viewer().role
    only_if(rights.why_not_see_model(role))
    adopted, newest = queries.fits()
    present = DEFAULT if adopted is None else learning.read(adopted.told["coefficients"])
    may_see_reviewers = rights.why_not_look_after(role) is None
    return render_template(
        "house/model.html",
        present=present,
        since=None if adopted is None else adopted.adopted_at,
        weights=_weights(present),
        test=_measures(adopted.told) if adopted else (),
        tries=[_try(fit) for fit in newest],
        may_see_reviewers=may_see_reviewers,
        **(_reviewers() if may_see_reviewers else {}),
    )


def _weights(present: Coefficients) -> list[dict[str, str]]:
    """What each number adds to the log-odds of a return, beside what came with Kith."""
    said = (
        gettext("the longer the silence, the less likely"),
        gettext("the more regular, the more likely"),
        gettext("the longer here, the more likely"),
        gettext("the more people met, the more likely"),
    )
    nothing = gettext("tells nothing here beside the others")
    return [
        {
            "what": gettext(bar.says.text),
            "says": way if mine else nothing,
            "mine": number(round(float(mine), 3)),
            "shipped": number(round(float(shipped), 3)),
        }
        for bar, way, mine, shipped in zip(BARS, said, present.slopes, DEFAULT.slopes, strict=True)
    ]


def _try(fit: Fit) -> Try:
    told = fit.told
    return Try(
        at=fit.made_at,
        version=told["coefficients"]["version"],
        old=told["old"],
        outcomes=told["outcomes"],
        is_adopted=fit.adopted_at is not None,
        why=_why(told),
        measures=tuple(_measures(told)),
    )


def _why(told: dict[str, Any]) -> str:
    """Why what was learned was adopted, or not."""
    if told["why_not"] is None:
        return gettext("It foretold the newest season better than the one before.")
    if told["outcomes"] < ENOUGH:
        return gettext("It rests on %(outcomes)s outcomes, and %(enough)s are needed.") % {
            "outcomes": number(told["outcomes"]),
            "enough": number(ENOUGH),
        }
    if not told["test"]["rows"]:
        return gettext("There is nothing newer to try it on.")
    return gettext("It foretold the newest season no better than the one before.")


def _measures(told: dict[str, Any]) -> list[Measure]:
    """The back-test of the new beside that of the old, on the same season, which neither had seen."""
    new, old = told["test"], told["test_of_old"]
    if not new["rows"]:
        return []
    return [
        Measure(
            gettext("Telling apart (AUC)"),
            gettext(
                "Of one who came back and one who didn't, how often the first had the higher score: 50 of 100 is guessing."
            ),
            _of_a_hundred(old["auc"]),
            _of_a_hundred(new["auc"]),
        ),
        Measure(
            gettext("Early warning"),
            gettext(
                "The same among regulars only, where nobody expects a leaving: %(leavers)s of %(regulars)s left."
            )
            % {"leavers": number(new["leavers"]), "regulars": number(new["regulars"])},
            _of_a_hundred(old["early_warning"]),
            _of_a_hundred(new["early_warning"]),
        ),
        Measure(
            gettext("Calibration error"),
            gettext("How many points a score is off the share who did come back, in the mean."),
            _points(old["ece"]),
            _points(new["ece"]),
        ),
        Measure(
            gettext("Foretold to come back"),
            gettext("Added up over all; %(returned)s of %(rows)s did.")
            % {"returned": number(new["returned"]), "rows": number(new["rows"])},
            number(round(old["foretold"])),
            number(round(new["foretold"])),
        ),
        Measure(
            gettext("Brier score"),
            gettext("The mean squared error, by which it is decided: the lower, the better."),
            number(round(old["brier"], 4)),
            number(round(new["brier"], 4)),
        ),
    ]


def _of_a_hundred(share: float | None) -> str:
    return "–" if share is None else number(round(100 * share, 1))


def _points(share: float | None) -> str:
    return "–" if share is None else number(round(100 * share, 1))


def _reviewers() -> dict[str, Any]:
    """Whose ratings agree least with those of others, as they were kept last."""
    row = db.session.get(Community, 1)
    told = row.told.get("reviewers") if row else None
    if told is None:
        return {"reviewers": None}
    people = faces({each["member"] for each in told["worst"]})
    return {
        "reviewers": [
            Reviewer(
                people[each["member"]],
                number(round(100 * each["fairness"])),
                number(each["ratings"]),
                number(round(NEUTRAL + REACH * each["mean"], 1)),
            )
            for each in told["worst"]
            if each["member"] in people
        ],
        "reviewers_in_all": told["reviewers"],
        "middle": None if told["middle"] is None else round(100 * told["middle"]),
        "reviewers_as_of": clock.from_micros(told["as_of"]),
    }
