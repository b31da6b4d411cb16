"""Pages where managers excuse what nobody could help, see what that covers, and take it back."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from community.activity.exchanges.deals import excusing, rules
from community.activity.exchanges.deals.models import Excuse
from community.activity.members.queries import present_viewer
from community.activity.settings.queries import others_on
from community.kit.db import db
from community.kit.languages import ngettext, translate
from community.kit.pages import Form, Pages, found
from community.kit.refusal import refuse_if
from community.kit.text import line
from community.kit.words import N_
from community.ledger import audit
from community.web import rights
from community.web.staff import faces, only_if

bp = Pages("excuses", __name__, url_prefix="/house/excuses")
MOST = 50
"""How many excuses stand on the page."""


class ExcuseForm(Form):
    """Where, when, and what nobody could help."""

    region = StringField(N_("Words of the place"), validators=[Length(max=120)])
    first_day = DateField(N_("First day"), validators=[InputRequired()])
    last_day = DateField(N_("Last day"), validators=[InputRequired()])
    cause = SelectField(N_("Cause"))
    words = StringField(N_("What happened"), validators=[InputRequired(), Length(max=300)])

    @property
    def asked(self) -> tuple[str, date, date]:
        """Where and when."""
        return line(self.region.data or "", 120), self.first_day.data, self.last_day.data


class WithdrawForm(Form):
    """Why an excuse is taken back."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(min=5, max=200)])


@bp.before_request
def only_for_managers():
    """Managers and admins excuse; other staff are told that they can't."""
    viewer = present_viewer()
    if viewer is not None:
        only_if(rights.why_not_excuse(viewer.role))


@bp.route("", methods=["GET", "POST"])
def index():
    """What was excused, and a form to excuse more: looked at first, then done."""
    form = ExcuseForm()
    form.cause.choices = [(name, translate(label)) for name, label in excusing.CAUSES.items()]
    covered = None
    if form.sent_and_valid():
        me = found(present_viewer())
        cause, words = form.cause.data, line(form.words.data, 300)
        if request.form.get("do") == "excuse":
            made, many = excusing.excuse(me.id, *form.asked, cause, words, but_of=_left_out(me))
            audit.note(me.id, "excuse.made", None, words, excuse=made.id, covered=many)
            return _done(_covers(many))
        covered = excusing.covered_by(*form.asked, but_of=_left_out(me))
        why_not = excusing.why_not_excuse(*form.asked, cause, words, len(covered))
        if why_not is not None:
            form.words.errors = [translate(why_not)]
    known = excusing.known(MOST)
    return render_template(
        "house/excuses.html",
        form=form,
        covered=covered,
        states=rules.STATES,
        causes=excusing.CAUSES,
        known=known,
        people=faces({each.made_by for each in known}),
    ), form.status


@bp.route("/<int:id>/again", methods=["POST"])
def look_again(id):
    """Let an excuse cover what failed since."""
    made, me = _excuse(id), found(present_viewer())
    many = excusing.look_again(made, me.id, but_of=_left_out(me))
    if many:
        audit.note(me.id, "excuse.made", None, made.words, excuse=made.id, covered=many)
    return _done(_covers(many))


@bp.route("/<int:id>/withdraw", methods=["GET", "POST"])
def withdraw(id):
    """Take an excuse back."""
    made, form = _excuse(id), WithdrawForm()
    if form.sent_and_valid():
        me = found(present_viewer())
        excusing.withdraw(made, me.id, line(form.reason.data, 200))
        audit.note(me.id, "excuse.withdrawn", None, line(form.reason.data, 200), excuse=made.id)
        return _done(translate(N_("It is taken back, and counts as it did before.")))
    if request.method == "GET":
        refuse_if(excusing.why_not_touch(made))
    return render_template("house/excuse_no.html", form=form, excuse=made), form.status


def _left_out(me):
    """Whose exchanges are left to somebody else: the manager's own, where there is another one."""
    return me.id if others_on(("manager", "admin"), (me.id,)) else None


def _excuse(id):
    return found(db.session.get(Excuse, id, with_for_update=request.method == "POST"))


def _covers(many):
    return ngettext("%(num)d exchange is excused.", "%(num)d exchanges are excused.", many) % {
        "num": many
    }


def _done(words):
    flash(words, "done")
    return redirect(url_for(".index"), 303)
