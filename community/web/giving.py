"""Giving badges by hand: one of the staff proposes with a reason, a second person agrees."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.accounts.queries import member_by_handle, my_account
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.activity.settings.queries import others_on
from community.kit.db import db
from community.kit.languages import gettext
from community.kit.pages import Form, Pages, found
from community.kit.refusal import refuse_if
from community.kit.text import line
from community.kit.words import N_
from community.standing import by_hand, rulebook
from community.standing.models import Award, Case
from community.web import recognised, rights

bp = Pages("giving", __name__, url_prefix="/house/awards")


class ProposeForm(Form):
    """Which badge, for whom, and why."""

    badge = SelectField(N_("Badge"))
    handle = StringField(N_("Handle"), validators=[DataRequired(), Length(max=60)])
    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=by_hand.LONGEST)])


class ReasonForm(Form):
    """Why something is declined or taken back."""

    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=by_hand.LONGEST)])


@bp.before_request
def only_for_givers():
    """Managers and admins give badges; other staff find nothing here."""
    viewer = present_viewer()
    if viewer and rights.why_not_award_by_hand(viewer.role):
        raise NotFound


@bp.route("", methods=["GET", "POST"])
def index():
    """What was proposed, what was given, and a form to propose a badge."""
    me = my_account().member
    manual = {v.badge.name: v.badge for v in rulebook.holding() if v.badge.is_manual}
    form = ProposeForm()
    form.badge.choices = [(name, recognised.said(badge.label)) for name, badge in manual.items()]
    if form.sent_and_valid():
        member = member_by_handle(line(form.handle.data, 60).lower().removeprefix("@"))
        refuse_if(None if member else N_("Nobody has that handle."))
        badge = manual[form.badge.data]
        is_here = member.claimed_at is not None and member.erased_at is None
        holds_it = by_hand.holds(badge.name, member.id)
        reason = form.reason.data
        refuse_if(
            by_hand.why_not_propose(badge, member, me, reason, is_here=is_here, holds_it=holds_it)
        )
        if _has_second(me, member):
            by_hand.propose(badge, member, me, reason)
            flash(gettext("It is proposed. A second person has to agree."), "done")
        else:
            by_hand.give_alone(badge, member, me, reason)
            flash(gettext("The badge is given."), "done")
        return redirect(url_for(".index"), 303)
    if request.method == "GET":
        form.handle.data = line(request.args.get("handle", ""), 60)
    proposals, given = by_hand.proposals(), by_hand.given()
    people = _people(
        {case.members[0] for case in proposals}
        | {case.told["by"] for case in proposals}
        | {id for award in given for id in (award.member_id, award.given_by, award.second) if id}
    )
    return render_template(
        "house/awards.html",
        form=form,
        manual=manual,
        me_id=me.id,
        proposals=[(case, _label(manual, case.told["badge"])) for case in proposals],
        given=[(award, _label(manual, award.badge)) for award in given],
        people=people,
    ), form.status


@bp.route("/<int:id>/agree", methods=["POST"])
def agree(id):
    """Be the second person: the badge is given."""
    case, me = _proposal(id), my_account().member
    refuse_if(by_hand.why_not_agree(case, me))
    member = found(db.session.get(Member, case.members[0]))
    is_gone = member.erased_at is not None
    refuse_if(N_("They have not moved in, or have left.") if is_gone else None)
    is_held = by_hand.holds(case.told["badge"], member.id)
    refuse_if(N_("They hold it already.") if is_held else None)
    by_hand.agree(case, me)
    flash(gettext("The badge is given."), "done")
    return redirect(url_for(".index"), 303)


@bp.route("/<int:id>/decline", methods=["GET", "POST"])
def decline(id):
    """Say no to a proposal, with the reason."""
    case = _proposal(id)
    form = ReasonForm()
    if form.sent_and_valid():
        refuse_if(by_hand.why_not_decline(case) or by_hand.why_not_reason(form.reason.data))
        by_hand.decline(case, my_account().member, form.reason.data.strip())
        flash(gettext("The proposal is declined."), "done")
        return redirect(url_for(".index"), 303)
    return render_template("house/award_no.html", form=form, is_award=False), form.status


@bp.route("/<int:id>/take", methods=["GET", "POST"])
def take(id):
    """Take back a badge that was given by hand, with the reason."""
    award = found(db.session.get(Award, id))
    found(award.given_by)
    found(None if award.ended_at else award)
    form = ReasonForm()
    if form.sent_and_valid():
        refuse_if(by_hand.why_not_reason(form.reason.data))
        by_hand.take_back(award, my_account().member, form.reason.data)
        flash(gettext("The badge is taken back."), "done")
        return redirect(url_for(".index"), 303)
    return render_template("house/award_no.html", form=form, is_award=True), form.status


def _proposal(id):
    # Of two who decide at once, the second finds it decided.
    case = db.session.get(Case, id, with_for_update=request.method == "POST")
    return found(case if case is not None and case.kind == by_hand.PROPOSAL else None)


def _has_second(me, member):
    return others_on(("manager", "admin"), (me.id, member.id)) > 0


def _label(manual, name):
    return recognised.said(manual[name].label) if name in manual else name


def _people(ids):
    rows = db.session.execute(select(*recognised.PERSON).where(Member.id.in_(ids)))
    return {row.member_id: recognised.Face.of(row) for row in rows}
