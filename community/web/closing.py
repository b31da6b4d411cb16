"""Where managers close an offer or a wish with a reason, and open it again."""

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from wtforms import HiddenField, RadioField, SelectField, TextAreaField

from community.activity.exchanges.offers import appeals, decisions, forms, rules
from community.activity.exchanges.offers.models import Offer
from community.activity.exchanges.offers.rules import VERDICTS_SAID
from community.activity.members.queries import present_viewer
from community.activity.settings.queries import others_on
from community.kit import clock
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import translate
from community.kit.pages import Form, Pages, found
from community.kit.words import N_
from community.web import rights
from community.web.staff import faces, only_if

bp = Pages("closing", __name__, url_prefix="/house/offers")
MOST = 100
"""How many closed offers stand on the page."""
CHOICES = {
    "close": N_("Close it"),
    "keep": N_("Leave it closed"),
    "reopen": N_("Open it again"),
}
DONE = {
    "close": N_("It is closed. Its owner gets a letter with the reason and the way back."),
    "keep": N_("It stays closed. Its owner gets a letter with the reason."),
    "reopen": N_("It is open again. Its owner gets a letter."),
}


class DecideForm(Form):
    """What becomes of an offer, on which ground, with words to its owner."""

    # What was possible when the page was made may not be any more: the rules say so, in words.
    verdict = RadioField(N_("What becomes of it?"), validate_choice=False)
    ground = SelectField(N_("Ground"), validate_choice=False)
    words = TextAreaField(
        N_("Words to its owner"), filters=[forms.paragraphs], render_kw={"rows": 5}
    )
    seen = HiddenField()

    def offer(self, verdicts: tuple[str, ...]) -> None:
        """Let be chosen what is possible now."""
        self.verdict.choices = [(name, translate(CHOICES[name])) for name in verdicts]
        self.ground.choices = [
            (each.name, translate(each.label))
            for each in rules.GROUNDS.values()
            if any(verdict in each.verdicts for verdict in verdicts)
        ]


@bp.before_request
def only_for_closers():
    """Managers and admins close offers; other staff may not come in."""
    viewer = present_viewer()
    if viewer:
        only_if(rights.why_not_close_offers(viewer.role))


@bp.route("")
def index():
    """What is closed: first what its owner asks to look at again, the oldest first."""
    now, rows = clock.now(), decisions.closed(MOST)
    return render_template(
        "house/offers.html",
        asked=[row for row in rows if row[1].asked_at],
        closed=[row for row in rows if not row[1].asked_at],
        people=faces({offer.owner_id for offer, _ in rows}),
        grounds=rules.GROUNDS,
        overdue=now - appeals.DECIDE_WITHIN,
        days=appeals.DECIDE_WITHIN.days,
    )


@bp.route("/<int:id>", methods=["GET", "POST"])
def show(id):
    """One offer, what was decided about it, and what can be decided now."""
    me, offer = present_viewer(), found(db.session.get(Offer, id))
    before = decisions.history(id)
    last = before[0] if before else None
    appealed = last if last and last.asked_at else None
    decided_by = appealed.by if appealed else None
    has_other = others_on(("manager", "admin"), (me.id, offer.owner_id)) > 0
    verdicts = ("keep", "reopen") if appealed else ("reopen",)
    form = DecideForm(
        data={"ground": last.ground} if appealed and request.method == "GET" else None
    )
    if form.sent_and_valid():
        told = (form.verdict.data, form.ground.data, form.words.data)
        seen = int(form.seen.data) if (form.seen.data or "").isdecimal() else 0
        decisions.decide(id, me.id, *told, seen=seen, has_other=has_other)
        flash(translate(DONE[form.verdict.data]), "done")
        return redirect(url_for("offers.show", id=id), 303)
    verdicts = verdicts if offer.is_closed_by_staff else ("close",)
    form.offer(verdicts)
    if form.verdict.data not in verdicts:
        form.verdict.data = verdicts[0]
    # From here on they have seen what stands now: to send it again is to mean it.
    form.seen.data = str(last.n if last else 0)
    why_not = rules.why_not_judge(offer, me.id, decided_by=decided_by, has_other=has_other)
    if why_not is None and offer.published_at is None:
        why_not = rules.UNPUBLISHED
    return render_template(
        "house/offer.html",
        form=form,
        offer=offer,
        before=before,
        appealed=appealed,
        people=faces({offer.owner_id, *(each.by for each in before)}),
        grounds=rules.GROUNDS,
        verdicts=VERDICTS_SAID,
        why_not=translate(why_not),
    ), form.status


def beside(offer, viewer):
    """What stands beside an offer for those who may close it: the way there."""
    if viewer is None or offer.is_own or rights.why_not_close_offers(viewer.role):
        return Markup()
    if offer.published_at is None:
        return Markup()
    return fragment("offers/_to_close.html", id=offer.id, is_closed=offer.is_closed_by_staff)
