"""The manager's designer of badges: a rule as a form, tried on the past before it is published."""

import json
from datetime import UTC, datetime, time
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.accounts.queries import member_by_handle
from community.activity.members.queries import present_viewer
from community.kit import clock, runs
from community.kit.languages import gettext
from community.kit.pages import Form, Pages, found
from community.kit.refusal import Refused, refuse_if
from community.kit.text import line
from community.kit.words import N_
from community.standing import drafts, presets, rulebook
from community.standing.badge_grammar import read_badge
from community.standing.metrics import METRICS
from community.standing.needs import BadRule
from community.web import designed, explained, recognised, rights, rule_rows
from community.web.rule_rows import NotANumber, Row

bp = Pages("designer", __name__, url_prefix="/house/badges")
LONGEST_RULE = 20_000
PARTS = ("name", "label_en", "label_zh", "says_en", "says_zh", "shape", "icon", "category",
         "every", "day", "window", "grace", "hold", "expires", "losable", "notice")  # fmt: skip


class PublishForm(Form):
    """From when a draft is to hold, and why."""

    holds_from = DateField(N_("Holds from"), validators=[DataRequired()])
    note = StringField(N_("What changes, and why"), validators=[DataRequired(), Length(max=300)])


class NoteForm(Form):
    """Why something is done."""

    note = StringField(N_("Reason"), validators=[DataRequired(), Length(min=10, max=300)])


@bp.before_request
def only_for_designers():
    """Managers and admins design; other staff find nothing here."""
    viewer = present_viewer()
    if viewer and rights.why_not_design(viewer.role):
        raise NotFound


@bp.route("")
def index():
    """Every badge that holds, every draft, and what comes with Kith and is not in use."""
    holding = rulebook.holding()
    known = {version.badge.name for version in holding}
    shipped = [presets.preset(name) for name in presets.names() if name not in known]
    return render_template(
        "house/badges.html",
        holding=[(version, recognised.Medal.of(version.badge)) for version in holding],
        drafts=[(rule, recognised.Medal.of(designed.badge_of(rule))) for rule in rulebook.drafts()],
        shipped=[recognised.Medal.of(badge) for badge in shipped],
    )


@bp.route("/new", methods=["GET", "POST"])
def new():
    """A badge that begins as a copy of one that is known, or with one need."""
    form = designed.NewForm()
    names = presets.names()
    form.like.choices = [("", gettext("An empty rule")), *((name, name) for name in names)]
    if form.sent_and_valid():
        name = line(form.name.data, 60).lower()
        refuse_if(designed.why_not_name(name))
        like = dict(presets.told(form.like.data)) if form.like.data else designed.empty()
        told = {**like, "name": name, "label": {**like["label"], "en": line(form.label.data, 60)}}
        _save(told)
        return redirect(url_for(".edit", name=name), 303)
    if request.method == "GET" and request.args.get("like") in names:
        form.like.data = request.args["like"]
    return render_template("house/badge_new.html", form=form), form.status


@bp.route("/<name>/edit", methods=["GET", "POST"])
def edit(name):
    """The form of a badge: what it is, and a row for each need."""
    told = _told(name)
    rows = rule_rows.rows_of(told)
    if rows is None:
        return redirect(url_for(".text", name=name))
    problem = g.get("refusal")
    if request.method == "POST":
        parts, rows = _sent(told)
        step = request.form.get("step", "save")
        if step == "add" and len(rows) < rule_rows.MOST_ROWS:
            rows.append(Row(tier=request.form.get("add_to", "")))
        elif step.startswith("remove-"):
            rows = [row for n, row in enumerate(rows) if step != f"remove-{n}"]
        elif problem is None and step == "save":
            _save(_read(parts, rows))
            return redirect(url_for(".draft", name=name), 303)
        told = parts
    return render_template(
        "house/badge_edit.html",
        told=told,
        rows=rows,
        said=_said(told, rows),
        problem=problem,
        choices=designed.choices(told),
    ), 422 if problem else 200


@bp.route("/<name>/text", methods=["GET", "POST"])
def text(name):
    """A badge as text, for rules that no form can hold."""
    told = _told(name)
    given = request.form.get("rule", "")[:LONGEST_RULE]
    problem = g.get("refusal")
    if request.method == "POST" and problem is None:
        try:
            changed = json.loads(given)
        except ValueError as why:
            raise Refused(N_("This can't be read: %(why)s", why=str(why))) from None
        refuse_if(
            None
            if isinstance(changed, dict) and changed.get("name") == name
            else N_("The name of a badge stays as it is.")
        )
        _save(changed)
        return redirect(url_for(".draft", name=name), 303)
    shown = given or json.dumps(told, ensure_ascii=False, indent=2)
    is_form = rule_rows.rows_of(told) is not None
    return render_template(
        "house/badge_text.html", name=name, rule=shown, problem=problem, is_form=is_form
    ), 422 if problem else 200


@bp.route("/<name>/draft")
def draft(name):
    """A draft beside what holds now: in words, on the past, for one member, and how to publish it."""
    return _draft(name, PublishForm(), NoteForm())


@bp.route("/<name>/publish", methods=["POST"])
def publish(name):
    """Let a draft hold from a day on."""
    form = PublishForm()
    if form.sent_and_valid():
        rule = found(rulebook.draft(name))
        at = datetime.combine(form.holds_from.data, time(), UTC)
        refuse_if(drafts.why_not_publish(rule, form.note.data, at))
        drafts.publish(rule, present_viewer().id, form.note.data, at)
        flash(gettext("The badge is published. Everyone can read what it asks, and why."), "done")
        return redirect(url_for("recognition.badge", name=name), 303)
    return _draft(name, form, NoteForm())


@bp.route("/<name>/discard", methods=["POST"])
def discard(name):
    """Throw a draft away."""
    drafts.drop(found(rulebook.draft(name)))
    flash(gettext("The draft is gone."), "done")
    return redirect(url_for(".index"), 303)


@bp.route("/<name>/retire", methods=["GET", "POST"])
def retire(name):
    """End a badge, with the reason."""
    version = found(rulebook.find(name))
    form = NoteForm()
    if form.sent_and_valid():
        drafts.retire(name, present_viewer().id, form.note.data)
        flash(gettext("The badge has ended. Whoever held it keeps that in their history."), "done")
        return redirect(url_for(".index"), 303)
    return render_template(
        "house/badge_retire.html", badge=recognised.Medal.of(version.badge), form=form
    ), form.status


def _draft(name, form, why):
    rule = found(rulebook.draft(name))
    badge = designed.badge_of(rule)
    now = rulebook.find(name)
    if form.holds_from.data is None:
        form.holds_from.data = clock.now().date()
    asked = line(request.args.get("member", ""), 60).lower().removeprefix("@")
    member = member_by_handle(asked) if asked else None
    return render_template(
        "house/badge_draft.html",
        rule=rule,
        badge=explained.Explained.of(badge),
        now=explained.Explained.of(now.badge) if now else None,
        test=designed.Tested.of(rule.test) if rule.test else None,
        asked=asked,
        member=member,
        what_if=designed.what_if(badge, member, present_viewer()) if member else None,
        form=form,
        is_form=rule_rows.rows_of(rule.told) is not None,
    ), form.status


def _told(name):
    """What a draft says or, without one, what holds now."""
    rule = rulebook.draft(name)
    if rule is not None:
        return dict(rule.told)
    found(rulebook.find(name))
    return dict(rulebook.history(name)[0].told)


def _sent(told: dict[str, Any]) -> tuple[dict[str, Any], list[Row]]:
    """The badge without its rule and the rows, as the form was sent."""
    form = request.form
    many = form.get("rows", "0")
    count = min(int(many), rule_rows.MOST_ROWS) if many.isdigit() and len(many) < 4 else 0
    return designed.parts_of(form, told), [Row.sent(form, n) for n in range(count)]


def _read(told: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    """The badge with its rule. Refuses what is no number."""
    try:
        return rule_rows.told_of(rows, told)
    except NotANumber as why:
        raise Refused(
            N_("Need %(row)s: a number is expected (%(field)s).", row=why.row + 1, field=why.field)
        ) from None


def _save(told):
    """Keep a draft and let it be tried on the past."""
    try:
        rulebook.save(told, present_viewer().id)
    except BadRule as why:
        raise Refused(N_("This rule can't be kept: %(why)s", why=str(why))) from None
    runs.wish(drafts.JOB)


def _said(told, rows):
    """What the rows ask, in words; None where they can't be read yet."""
    try:
        return explained.Explained.of(read_badge(rule_rows.told_of(rows, told), METRICS))
    except (NotANumber, BadRule):
        return None
