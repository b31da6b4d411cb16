"""How one's own offers do: figures, the way to badges, and where similar members stand."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from babel.numbers import get_currency_precision
from flask import make_response, render_template, request, url_for
from sqlalchemy import select

from community.activity.exchanges import figures as counted
from community.activity.exchanges.deals.saying import amount_said
from community.activity.exchanges.figures import PERIODS, WEEKS, Figures, Rows
from community.activity.members import profile
from community.activity.members.queries import present_viewer
from community.kit import clock
from community.kit.db import connection
from community.kit.fragments import fragment
from community.kit.languages import gettext, number, percent, translate
from community.kit.pages import Pages
from community.kit.text import cell
from community.kit.words import N_, Words
from community.standing import keeping, queries, rulebook
from community.standing.metrics import METRICS
from community.standing.models import Standing
from community.standing.queries import Seen
from community.standing.saying import number_said
from community.web.ways import Way, way_to

bp = Pages("offer_figures", __name__)

FEWEST = 5
"""With fewer others nobody is compared, so that nobody is recognised."""
COMPARED = ("exchanges", "response_rate", "response_wait", "rating_received")
MOST_WAYS = 3
MOST_KINDS = 3
NAMES = {
    7: N_("7 days"),
    30: N_("30 days"),
    90: N_("90 days"),
    365: N_("A year"),
}
COLUMNS = (
    "offer", "title", "kind", "state", "days", "views", "requests", "answered_within_a_day", "answerable",
    "median_wait_hours", "completed", "cancelled_by_me", "cancelled_by_them", "earned", "rating", "rated",
    "got_less_expected", "compared", "kept",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of one's own beside the middle of others: the median and the middle half, in words."""

    label: Words
    mine: str
    middle: str
    low: str
    high: str
    others: int


@bp.route("/offers/dashboard")
def show():
    """How one's offers do."""
    viewer, now, days = present_viewer(), clock.now(), _days()
    rows = _read(viewer.id, now)
    since = now - timedelta(days=days)
    total = counted.figures(rows, viewer.id, since, now)
    seen = queries.of_member(viewer.id) if rows.offers else None
    views, requests = counted.weekly(rows, now)
    kind, compared = _compared(rows, viewer.id, seen)
    return render_template(
        "offers/dashboard.html",
        has_offers=bool(rows.offers),
        days=days,
        periods=[
            {"label": translate(NAMES[d]), "url": url_for(".show", days=d), "is_current": d == days}
            for d in PERIODS
        ],
        total=total,
        said=_said(total),
        views=views,
        requests=requests,
        weeks=WEEKS,
        offers=[
            (offer, counted.figures(rows, viewer.id, since, now, offer.id)) for offer in rows.offers
        ],
        tell=_said,
        kind=kind,
        compared=compared,
        ways=_near(viewer, seen, now),
        as_file=url_for(".as_file"),
    )


@bp.route("/offers/dashboard.csv")
def as_file():
    """The same figures of every period as a table to take along."""
    viewer, now = present_viewer(), clock.now()
    rows, out = _read(viewer.id, now), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in _lines(rows, viewer.id, now):
        writer.writerow([cell(value) for value in line])
    answer = make_response("\ufeff" + out.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=my-offers.csv"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def beside(member, viewer):
    """The way to these figures, from beside one's own page where one offers something."""
    if viewer is None or viewer.id != member.id:
        return ""
    more = profile.more_of(member.id)
    has_offers = any(type == "offer" for type, _ in more.things) or any(
        each.part.startswith(("offer:", "wish:")) for each in more.added
    )
    return fragment("offers/_to_dashboard.html") if has_offers else ""


def _days() -> int:
    asked = request.args.get("days", "")
    return int(asked) if asked in {str(days) for days in PERIODS} else 30


def _read(member_id: int, now: datetime) -> Rows:
    return counted.read(member_id, now - timedelta(days=max(PERIODS)))


def _said(figures: Figures) -> dict[str, Any]:
    """The figures as they are read."""
    share, gap = figures.share_answered, figures.gap
    wait = gettext("none yet")
    if figures.wait is not None:
        wait = (
            gettext("most still wait")
            if math.isinf(figures.wait)
            else translate(N_("%(n)s hours", n=number(round(figures.wait, 1))))
        )
    return {
        "answered": gettext("none yet") if share is None else percent(share),
        "wait": wait,
        "earned": ", ".join(
            amount_said(much, currency) for currency, much in figures.earned.items()
        ),
        "rating": gettext("none yet")
        if figures.rating is None
        else number(round(figures.rating, 1)),
        "gap": "" if gap is None else translate(_gap(round(gap, 1))),
    }


def _gap(gap: float) -> Words:
    if gap > 0:
        return N_("%(n)s above what was expected", n=number(gap))
    if gap < 0:
        return N_("%(n)s below what was expected", n=number(-gap))
    return N_("as expected")


def _compared(rows: Rows, me: int, seen: Seen | None) -> tuple[str, list[Compared]]:
    """One's own numbers of a year beside those of others, and the kind of thing that they share.

    That is the kind of most of one's offers that enough others offer too.
    """
    kinds = Counter((o.kind_id, o.kind) for o in rows.offers if o.state == "published")
    for (kind_id, kind), _ in kinds.most_common(MOST_KINDS) if seen is not None else ():
        others = counted.others_of_kind(kind_id, me)
        if len(others) >= FEWEST and seen is not None:
            asked = select(Standing.told).where(Standing.member_id.in_(others))
            told = [row.told.get("shown", {}) for row in connection().execute(asked)]
            found = (_beside(name, seen, told) for name in COMPARED)
            return kind, [each for each in found if each is not None]
    return "", []


def _beside(name: str, seen: Seen, told: Sequence[Any]) -> Compared | None:
    values = [shown[name][0] for shown in told if shown.get(name) and shown[name][0] is not None]
    mine = seen.number(name)
    if len(values) < FEWEST or mine is None or mine[0] is None:
        return None
    metric = METRICS[name]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    said = [translate(number_said(metric, value)) for value in (mine[0], middle, low, high)]
    return Compared(metric.label, *said, others=len(values))


def _near(viewer: Any, seen: Seen | None, now: datetime) -> list[Way]:
    """The badges that one is near to, if they were assessed now."""
    if seen is None:
        return []
    past = keeping.alone(viewer.id, now)
    ways = [way_to(version.badge, past, now, viewer, seen) for version in rulebook.holding()]
    near = [way for way in ways if way.is_near]
    return sorted(near, key=lambda way: -way.percent)[:MOST_WAYS]


def _lines(rows: Rows, me: int, now: datetime) -> Iterator[list[Any]]:
    for offer in rows.offers:
        for days in PERIODS:
            of = counted.figures(rows, me, now - timedelta(days=days), now, offer.id)
            wait = None if of.wait is None or math.isinf(of.wait) else round(of.wait, 2)
            yield [
                offer.id,
                offer.title,
                offer.kind,
                offer.state,
                days,
                of.views,
                of.requests,
                of.answered,
                of.answerable,
                wait,
                of.completed,
                of.cancelled_by_me,
                of.cancelled_by_them,
                "; ".join(f"{_plain(much, cur)} {cur}".strip() for cur, much in of.earned.items()),
                None if of.rating is None else round(of.rating, 2),
                of.rated,
                None if of.gap is None else round(of.gap, 2),
                of.compared,
                of.kept,
            ]


def _plain(amount: int, currency: str) -> str:
    digits = get_currency_precision(currency) if currency else 0
    return f"{amount / 10**digits:.{digits}f}"
