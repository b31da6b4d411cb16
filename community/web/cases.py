"""Pages about cases: people somebody should look at. A case is read, noted on, closed, opened again."""

from flask import flash, redirect, render_template, request, url_for
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from community.activity.members.queries import present_viewer
from community.kit import marks
from community.kit.languages import gettext, translate
from community.kit.pages import Form, Pages, found
from community.kit.words import N_
from community.standing import cases, queries
from community.web import case_words, rights
from community.web.staff import asked, faces, only_if

bp = Pages("cases", __name__, url_prefix="/house/cases")
A_PAGE = 20
LONGEST_NOTE = 4000


class NoteForm(Form):
    """What staff write to each other about a case."""

    note = TextAreaField(N_("Note"), validators=[Length(max=LONGEST_NOTE)])
    seen = HiddenField(validators=[Length(max=64)])


class CloseForm(Form):
    """Closing a case, with the reason."""

    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=300)])


@bp.route("")
def index():
    """Cases that are open, or those that are closed, the newest first."""
    only_if(rights.why_not_look_after(present_viewer().role))
    kind = asked("kind", 20)
    kind = kind if kind in cases.KINDS else None
    are_closed = asked("state", 10) == "closed"
    rows = queries.open_cases(
        kind, A_PAGE + 1, before=marks.read(asked("before", 60)), are_closed=are_closed
    )
    shown = rows[:A_PAGE]
    people = faces({id for case in shown for id in case.members})
    state = "closed" if are_closed else None
    older = None
    if len(rows) > A_PAGE:
        mark = marks.written((shown[-1].found_at, shown[-1].id))
        older = url_for(".index", kind=kind, state=state, before=mark)
    return render_template(
        "house/cases.html",
        rows=[case_words.told(case, people) for case in shown],
        kind=kind,
        kinds=_kinds(kind, state),
        state=state,
        older=older,
    )


@bp.route("/<int:id>")
def show(id):
    """One case: who is in it, why, and what was noted."""
    return _page(_found(id))


@bp.route("/<int:id>/note", methods=["POST"])
def write(id):
    """Write down what the next one should know."""
    case, form = _found(id), NoteForm()
    if form.sent_and_valid():
        cases.write(case.id, form.note.data, form.seen.data, present_viewer().id)
        flash(gettext("The note is kept."), "done")
        return redirect(url_for(".show", id=id), 303)
    return _page(case, note=form)


@bp.route("/<int:id>/close", methods=["POST"])
def close(id):
    """Close a case, with the reason."""
    case, form = _found(id), CloseForm()
    if form.sent_and_valid():
        cases.close(case.id, form.reason.data, present_viewer().id)
        flash(gettext("The case is closed. You can open it again."), "done")
        return redirect(url_for(".show", id=id), 303)
    return _page(case, closing=form)


@bp.route("/<int:id>/reopen", methods=["POST"])
def reopen(id):
    """Open a case again."""
    case, form = _found(id), Form()
    if form.sent_and_valid():
        cases.reopen(case.id, present_viewer().id)
        flash(gettext("The case is open again."), "done")
        return redirect(url_for(".show", id=id), 303)
    return _page(case, opening=form)


def _found(id):
    only_if(rights.why_not_look_after(present_viewer().role))
    return found(queries.case(id) if id < 2**63 else None)


def _page(case, note=None, closing=None, opening=None):
    sent = note or closing or opening
    if note is None or note.refusal:
        written = request.form.get("note") if note else case.note
        data = {"note": written, "seen": cases.mark_of(case.note)}
        kept = NoteForm(formdata=None, data=data)
    people = faces(case_words.named_in(case) | ({case.closed_by} if case.closed_by else set()))
    return render_template(
        "house/case.html",
        case=case_words.told(case, people),
        closer=people.get(case.closed_by),
        note=kept if note is None or note.refusal else note,
        note_now=case.note if note and note.refusal else None,
        closing=closing or CloseForm(formdata=None),
        sent={"note": note, "closing": closing, "opening": opening},
        why_not=translate(cases.why_not_touch(case.members, present_viewer().id)),
    ), sent.status if sent else 200


def _kinds(kind, state):
    counts = queries.open_cases_by_kind()
    options = [(None, gettext("All"), sum(counts.values()))]
    options += [(k, translate(case_words.KINDS[k]), counts.get(k, 0)) for k in cases.KINDS]
    return [
        {
            "label": label if state else f"{label} ({many})",
            "url": url_for(".index", kind=k, state=state),
            "is_current": k == kind,
        }
        for k, label, many in options
    ]
