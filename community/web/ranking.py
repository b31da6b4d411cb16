"""The staff's page about how offers are ranked: what weighs how much, since when and why."""

import hashlib
import json
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from community.activity.accounts.queries import my_account
from community.activity.exchanges.offers import arranging, ranking
from community.activity.exchanges.offers.models import Offer, RankingRule
from community.activity.exchanges.offers.ranking import FACTORS, Rule
from community.activity.members.queries import present_viewer
from community.kit import clock
from community.kit.db import connection, db
from community.kit.languages import gettext
from community.kit.pages import Form, Pages
from community.kit.refusal import refuse_if
from community.kit.text import line
from community.kit.words import N_, Words
from community.ledger import audit
from community.web import rights
from community.web.ranking_told import points
from community.web.staff import faces, only_if

bp = Pages("ranking", __name__, url_prefix="/house/ranking")

SHOWN = 20
"""So many places are shown before and after."""
MOST = 20_000
"""A preview looks at so many offers, those with the most points now."""
LONGEST_NOTE = 300


class WeightsForm(Form):
    """What each factor weighs, the places for newcomers, and why it is changed."""

    rating = IntegerField(FACTORS["rating"].label, validators=[InputRequired()])
    response = IntegerField(FACTORS["response"].label, validators=[InputRequired()])
    reliability = IntegerField(FACTORS["reliability"].label, validators=[InputRequired()])
    fit = IntegerField(FACTORS["fit"].label, validators=[InputRequired()])
    freshness = IntegerField(FACTORS["freshness"].label, validators=[InputRequired()])
    newcomers = IntegerField(
        N_("Places of 100 for newcomers"),
        description=N_("At most %(most)d.", most=ranking.MOST_NEWCOMERS),
        validators=[InputRequired()],
    )
    note = StringField(
        N_("Why"),
        description=N_("Written down with your name, and never edited."),
        validators=[InputRequired(), Length(max=LONGEST_NOTE)],
    )
    seen = HiddenField(validators=[Length(max=64)])

    @property
    def rule(self) -> Rule:
        """The rule that was asked for."""
        return Rule({name: self[name].data for name in FACTORS}, self.newcomers.data)


@dataclass(frozen=True, slots=True)
class _Row:
    """An offer as far as a preview ranks it."""

    id: int
    owner_id: int
    title: str
    is_newcomer: bool
    score: int
    then: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A place of the preview: who stands there now, who would, and from which place they came."""

    place: int
    before: str
    after: str
    points: str
    came_from: int | None


@bp.route("", methods=["GET", "POST"])
def index():
    """What weighs how much; an admin changes it, and sees first what it would change."""
    viewer = present_viewer()
    only_if(rights.why_not_see_ranking(viewer.role))
    may_change = rights.why_not_change_ranking(viewer.role) is None
    form, preview, seen = WeightsForm(), None, ""
    newest = db.session.scalar(select(RankingRule).order_by(RankingRule.id.desc()).limit(1))
    rule = ranking.read(newest.weights if newest else None)
    if request.method == "POST":
        only_if(rights.why_not_change_ranking(viewer.role))
    if form.sent_and_valid():
        refuse_if(ranking.why_not_rule(form.rule))
        refuse_if(N_("That is how it is already.") if form.rule == rule else None)
        seen = digest(form.rule, newest.id if newest else 0)
        if "keep" in request.form:
            refuse_if(why_not_keep(form.seen.data, seen))
            keep(form.rule, form.note.data, my_account().member.id, rule)
            flash(gettext("It is kept. Within ten minutes all offers are ranked so."), "done")
            return redirect(url_for(".index"), 303)
        preview = preview_of(form.rule, rule)
        form.seen.process_data(seen)
    elif request.method == "GET":
        for name, value in rule.told().items():
            form[name].data = value
    history = db.session.scalars(
        select(RankingRule).order_by(RankingRule.id.desc()).limit(50)
    ).all()
    return render_template(
        "house/ranking.html",
        form=form,
        rule=rule,
        factors=FACTORS,
        may_change=may_change,
        preview=preview,
        waits=newest is not None and newest.applied_at is None,
        history=[(each, ranking.read(each.weights)) for each in history],
        people=faces({each.made_by for each in history if each.made_by}),
        most=MOST,
    ), form.status


def digest(rule: Rule, newest: int) -> str:
    """What a preview was of: the rule that was tried, and the one that held then."""
    told = json.dumps([rule.told(), newest], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def why_not_keep(seen: str | None, now: str) -> Words | None:
    """Why a rule can't be kept: nobody saw yet what it changes; None when it can."""
    return None if seen == now else N_("Look first at what this would change.")


def keep(rule: Rule, note: str, by: int, before: Rule) -> None:
    """Let offers be ranked by a rule from the next run of the job on."""
    reason = line(note, LONGEST_NOTE)
    refuse_if(None if reason else N_("Say why."))
    db.session.add(RankingRule(made_at=clock.now(), made_by=by, weights=rule.told(), note=reason))
    audit.note(by, "ranking.changed", None, reason, before=before.told(), after=rule.told())


def preview_of(rule: Rule, before: Rule) -> list[Moved]:
    """Who stands in the first places now, and who would; for somebody whom nothing is known of."""
    asked = (
        select(Offer.id, Offer.owner_id, Offer.title, Offer.is_newcomer, Offer.score, Offer.ranked)
        .where(Offer.state == "published", Offer.is_wish.is_(False))
        .order_by(Offer.score.desc(), Offer.id.desc())
        .limit(MOST)
    )
    rows = [
        _Row(*row[:5], sum(ranking.points(row.ranked["values"], rule).values()))
        for row in connection().execute(asked)
        if row.ranked
    ]
    now = _first(rows, before.newcomers, "score")
    then = _first(rows, rule.newcomers, "then")
    places = {each.id: place for place, each in enumerate(now, 1)}
    return [
        Moved(place, a.title, b.title, points(b.then), places.get(b.id))
        for place, (a, b) in enumerate(zip(now, then, strict=True), 1)
    ][:SHOWN]


def _first(rows: list[_Row], share: int, by: str) -> list[_Row]:
    """The offers of the first block, in their places."""
    ordered = sorted(rows, key=lambda row: (-getattr(row, by), -row.id))
    others = [row for row in ordered if not row.is_newcomer]
    newcomers = [row for row in ordered if row.is_newcomer]
    many = arranging.shares(len(others), len(newcomers), share)
    pages = arranging.arrange(others[: many[0]], newcomers[: many[1]], share)
    return [placed.what for page in pages for placed in page]
