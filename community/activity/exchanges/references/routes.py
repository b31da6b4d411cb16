"""Pages about what members say of others whom they know from outside of exchanges."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden

from community.activity.exchanges.references import actions, forms, queries, rules
from community.activity.exchanges.references.models import Reference
from community.activity.members import profile
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.kit import marks
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import gettext, translate
from community.kit.limits import caller, limiter
from community.kit.pages import Pages, found
from community.kit.words import N_

bp = Pages("references", __name__)


def whose():
    """Who is counted: the member, wherever they are."""
    viewer = present_viewer()
    return f"member:{viewer.id}" if viewer else caller()


@bp.route("/members/<handle>/references", public=True)
def index(handle):
    """What others who know a member say of them."""
    viewer = present_viewer()
    member = found(profile.of_handle(handle.lower(), viewer))
    before = marks.read(request.args.get("before", ""))
    rows = queries.page(member.id, viewer, before)
    shown, last = rows[: queries.A_PAGE], rows[queries.A_PAGE - 1 : queries.A_PAGE]
    older = marks.written((last[0].at, last[0].id)) if len(rows) > queries.A_PAGE else None
    may_keep = viewer is not None and rules.why_not_keep_house(viewer.role) is None
    return render_template(
        "references/index.html",
        member=member,
        is_own=viewer is not None and viewer.id == member.id,
        may_keep=may_keep,
        has_mine=any(each.is_mine for each in shown),
        shown=shown,
        is_continued=before is not None,
        older=url_for(".index", handle=member.handle, before=older) if older else None,
    )


@bp.route("/members/<handle>/references/write", methods=["GET", "POST"])
@limiter.limit("30 per hour", key_func=whose, methods=["POST"])
def write(handle):
    """Say how one knows a member, or say it in other words."""
    viewer, member = present_viewer(), _member(handle)
    kept = queries.of_author(viewer.id, member.id)
    form = forms.ReferenceForm(data={"how": kept.how, "text": kept.text} if kept else None)
    if form.sent_and_valid():
        if kept is not None:
            actions.change(kept, viewer.id, form.how.data, form.text.data)
        else:
            actions.refer(viewer.id, member, form.how.data, form.text.data)
        flash(gettext("It stands on their page now. They can hide it."), "done")
        return redirect(url_for(".index", handle=member.handle), 303)
    why_not = (
        rules.why_not_change(kept, viewer.id)
        if kept is not None
        else actions.why_not_refer(viewer.id, member)
    )
    return render_template(
        "references/write.html",
        member=member,
        form=form,
        kept=kept,
        why_not=translate(why_not),
    ), form.status


@bp.route("/members/<handle>/references/take-back", methods=["POST"])
def take_back(handle):
    """Take back what one said of a member."""
    viewer, member = present_viewer(), _member(handle)
    kept, form = found(queries.of_author(viewer.id, member.id)), forms.PlainForm()
    if form.sent_and_valid():
        actions.take_back(kept, viewer.id)
        flash(gettext("It is taken back."), "done")
        return redirect(url_for(".index", handle=member.handle), 303)
    return _refused(form, member)


@bp.route("/references/<int:id>/hide", methods=["POST"])
def hide(id):
    """Hide what was said of oneself."""
    return _turned(id, actions.hide, N_("It is hidden from your page."))


@bp.route("/references/<int:id>/show", methods=["POST"])
def show(id):
    """Show again what was said of oneself."""
    return _turned(id, actions.show, N_("It stands on your page again."))


@bp.route("/references/<int:id>/remove", methods=["GET", "POST"])
def remove(id):
    """Take a reference off as staff, with the reason."""
    return _judged(id, actions.remove, rules.why_not_remove)


@bp.route("/references/<int:id>/put-back", methods=["GET", "POST"])
def put_back(id):
    """Put a reference back as staff, with the reason."""
    return _judged(id, actions.put_back, rules.why_not_put_back)


def below_member(member, viewer):
    """What people who know a member say of them, on their page."""
    shown = queries.of_more(profile.more_of(member.id), viewer)
    is_own = viewer is not None and viewer.id == member.id
    may_write = viewer is not None and not is_own and member.claimed_at is not None
    if not shown and not may_write:
        return ""
    return fragment(
        "references/_below.html",
        handle=member.handle,
        name=member.name,
        shown=shown[: queries.NEWEST],
        has_more=len(shown) > queries.NEWEST,
        may_write=may_write,
        is_own=is_own,
    )


def _member(handle):
    seen = found(profile.of_handle(handle.lower(), present_viewer()))
    return db.session.get_one(Member, seen.id)


def _turned(id, do, done):
    viewer, form = present_viewer(), forms.PlainForm()
    kept = found(db.session.get(Reference, id))
    found(True if kept.about_id == viewer.id else None)
    if form.sent_and_valid():
        do(kept, viewer.id)
        flash(translate(done), "done")
        return redirect(url_for(".index", handle=viewer.handle), 303)
    return _refused(form, viewer)


def _judged(id, do, ask):
    viewer, form = present_viewer(), forms.ReasonForm()
    if rules.why_not_keep_house(viewer.role) is not None:
        raise Forbidden
    kept = found(db.session.get(Reference, id))
    author, member = (db.session.get_one(Member, i) for i in (kept.author_id, kept.about_id))
    if form.sent_and_valid():
        do(kept, db.session.get_one(Member, viewer.id), form.reason.data)
        flash(gettext("It is written down."), "done")
        return redirect(url_for(".index", handle=member.handle), 303)
    return render_template(
        "references/judge.html",
        author=author,
        member=member,
        kept=kept,
        is_removal=do is actions.remove,
        form=form,
        why_not=translate(ask(kept, viewer.id, viewer.role, "a reason")),
    ), form.status


def _refused(form, member):
    return render_template("references/refused.html", form=form, member=member), form.status
