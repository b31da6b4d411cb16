"""Where managers decide about reviews that were reported, and about appeals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy import func, select
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired

from community.activity.exchanges.deals.models import Exchange
from community.activity.exchanges.deals.rules import STATES
from community.activity.exchanges.offers.models import Offer, OfferKind
from community.activity.exchanges.reviews import decisions, rules
from community.activity.exchanges.reviews.forms import FEW_WORDS, clean
from community.activity.exchanges.reviews.models import (
    Review,
    ReviewAppeal,
    ReviewDecision,
    ReviewReport,
)
from community.activity.members.queries import present_viewer
from community.activity.settings.queries import others_on
from community.kit import clock
from community.kit.db import db
from community.kit.languages import gettext, translate
from community.kit.pages import Form, Pages, found
from community.kit.words import N_
from community.web import rights
from community.web.staff import faces, only_if

bp = Pages("reviewing", __name__, url_prefix="/house/reviews")
MOST = 50
"""How many of each stand on the page; what is decided makes room."""
LATELY = 20

VERDICTS = {
    "keep": N_("Leave it as it is"),
    "remove": N_("Remove it"),
    "reinstate": N_("Let it stand again"),
}


class DecideForm(Form):
    """What becomes of a review, on which ground, with words to both sides."""

    verdict = RadioField(N_("What becomes of it?"), default="keep")
    ground = SelectField(N_("Ground"))
    words = TextAreaField(
        N_("Words to both sides"), filters=[clean], validators=[DataRequired()], render_kw=FEW_WORDS
    )

    def offer(self, review: Review) -> None:
        """Let be chosen what is possible with this review."""
        other = "reinstate" if review.removed_at else "remove"
        self.verdict.choices = [(v, translate(VERDICTS[v])) for v in ("keep", other)]
        self.ground.choices = [(g.name, translate(g.label)) for g in rules.GROUNDS.values()]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that waits for a decision: since when, why, and whether that is too long ago."""

    review_id: int
    since: datetime
    is_overdue: bool
    why: str
    is_mine: bool


@bp.before_request
def only_for_deciders():
    """Managers and admins decide; other staff may not come in."""
    viewer = present_viewer()
    if viewer:
        only_if(rights.why_not_decide_reviews(viewer.role))


@bp.route("")
def index():
    """What waits, the oldest first; and lately what was said about safety, of others than the reader."""
    me = present_viewer()
    reports, appeals = _reports(me.id), _appeals(me.id)
    worries = db.session.execute(
        select(Review.id, Review.published_at, Review.author_id)
        .where(Review.is_worry, Review.published_at <= clock.now(), Review.about_id != me.id)
        .order_by(Review.published_at.desc(), Review.id.desc())
        .limit(LATELY)
    ).all()
    return render_template(
        "house/reviews.html",
        reports=reports,
        appeals=appeals,
        worries=worries,
        people=faces({row.author_id for row in worries}),
        days=rules.DECIDE_WITHIN.days,
    )


@bp.route("/<int:id>", methods=["GET", "POST"])
def show(id):
    """One review with everything that is needed to decide about it."""
    me = present_viewer()
    review = found(db.session.get(Review, id))
    # What is sealed is not there, for staff as for everybody else.
    found(review.published_at)
    appealed = decisions.appealed_decision(id)
    why_not = rules.why_not_judge(
        review,
        me.id,
        decided_by=appealed.by if appealed else None,
        has_other=_has_other(review, me.id),
        reporters=decisions.reporters(id),
    )
    form = DecideForm()
    form.offer(review)
    if form.sent_and_valid():
        decisions.decide(
            id,
            me.id,
            form.verdict.data,
            form.ground.data,
            form.words.data,
            has_other=_has_other(review, me.id),
        )
        flash(gettext("It is decided. Both sides get a letter with the reasons."), "done")
        return redirect(url_for(".show", id=id), 303)
    return render_template(
        "house/review.html", form=form, why_not=translate(why_not), **_told(review, me.id)
    ), form.status


def _has_other(review: Review, by: int) -> bool:
    return others_on(("manager", "admin"), (by, review.author_id, review.about_id)) > 0


def _reports(me: int) -> list[Waiting]:
    asked = (
        select(
            ReviewReport.review_id,
            func.min(ReviewReport.at).label("since"),
            func.count().label("many"),
            func.min(ReviewReport.reason).label("reason"),
            Review.author_id,
            Review.about_id,
        )
        .join(Review, Review.id == ReviewReport.review_id)
        .where(ReviewReport.decided_at.is_(None))
        .group_by(ReviewReport.review_id, Review.author_id, Review.about_id)
        .order_by(func.min(ReviewReport.at), ReviewReport.review_id)
        .limit(MOST)
    )
    return [
        _waiting(row, translate(rules.GROUNDS[row.reason].label), me)
        for row in db.session.execute(asked)
    ]


def _appeals(me: int) -> list[Waiting]:
    asked = (
        select(
            ReviewAppeal.review_id,
            ReviewAppeal.at.label("since"),
            Review.author_id,
            Review.about_id,
        )
        .join(Review, Review.id == ReviewAppeal.review_id)
        .where(ReviewAppeal.decided_at.is_(None))
        .order_by(ReviewAppeal.at, ReviewAppeal.id)
        .limit(MOST)
    )
    return [_waiting(row, "", me) for row in db.session.execute(asked)]


def _waiting(row: Any, why: str, me: int) -> Waiting:
    is_overdue = row.since + rules.DECIDE_WITHIN <= clock.now()
    is_mine = me in (row.author_id, row.about_id)
    return Waiting(row.review_id, row.since, is_overdue, why, is_mine)


def _told(review: Review, reader: int) -> dict[str, Any]:
    """Everything about a review: the exchange, both sides, what was reported and decided before.

    Staff who are a side of it read what any side reads: not who reported or decided, nor what
    was said about safety, which may be about them.
    """
    is_side = reader in (review.author_id, review.about_id)
    exchange, title, kind = db.session.execute(
        select(Exchange, Offer.title, OfferKind.label)
        .join(Offer, Offer.id == Exchange.offer_id)
        .join(OfferKind, OfferKind.id == Offer.kind_id)
        .where(Exchange.id == review.exchange_id)
    ).one()
    both = db.session.scalars(
        select(Review)
        .where(Review.exchange_id == review.exchange_id, Review.published_at.is_not(None))
        .order_by(Review.id)
    ).all()
    kept = (ReviewReport, ReviewDecision, ReviewAppeal)
    reports, decided, appeals = ((), (), ()) if is_side else (_of(m, review.id) for m in kept)
    ids = {review.author_id, review.about_id, *(r.by for r in [*reports, *decided, *appeals])}
    return {
        "review": review,
        "exchange": exchange,
        "state": STATES[exchange.state].label,
        "title": title,
        "kind": kind,
        "both": both,
        "reports": reports,
        "decided": decided,
        "appeals": appeals,
        "people": faces(ids),
        "grounds": rules.GROUNDS,
        "verdicts": VERDICTS,
        "safety": {} if is_side else rules.SAFETY,
    }


def _of(model: Any, review_id: int) -> Sequence[Any]:
    return db.session.scalars(
        select(model).where(model.review_id == review_id).order_by(model.id)
    ).all()
