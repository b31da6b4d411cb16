"""Pages where staff say that they know a member, and take it back; and what stands of it beside the member."""

from flask import flash, redirect, render_template, url_for
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.accounts.queries import member_by_handle, my_account
from community.activity.members import rules
from community.activity.members import vouching as words
from community.activity.members.queries import present_viewer
from community.kit.fragments import fragment
from community.kit.languages import gettext, translate
from community.kit.pages import Form, Pages, found
from community.kit.words import N_
from community.web import rights
from community.web.staff import only_if

bp = Pages("vouching", __name__, url_prefix="/house/vouch")


class VouchForm(Form):
    """Saying that one knows somebody, and how."""

    how = StringField(N_("How you know them"), validators=[DataRequired(), Length(max=300)])


class TakeBackForm(Form):
    """Taking back that somebody vouches, with the reason."""

    by = HiddenField(validators=[Length(max=60)])
    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=200)])


@bp.route("/<handle>", methods=["GET", "POST"])
def show(handle):
    """Who vouches for a member; say that one knows them oneself."""
    member, form = _found(handle), VouchForm()
    if form.sent_and_valid():
        words.vouch(member, form.how.data, my_account().member)
        flash(gettext("You vouch for them now. It counts from the next night on."), "done")
        return redirect(url_for(".show", handle=member.handle), 303)
    return _page(member, vouching=form), form.status


@bp.route("/<handle>/take-back", methods=["POST"])
def take_back(handle):
    """Take back one's own word for a member; an admin takes back anyone's."""
    member, form = _found(handle), TakeBackForm()
    if form.sent_and_valid():
        given = [w for w in words.words_for(member.id) if str(w.by) == form.by.data]
        words.take_back(
            member, found(given[0] if given else None), form.reason.data, my_account().member
        )
        flash(gettext("It is taken back. It no longer counts from the next night on."), "done")
        return redirect(url_for(".show", handle=member.handle), 303)
    return _page(member, taking_back=form), form.status


def beside(member, viewer):
    """What stands beside a member for those who may vouch: who does, and the way to do so."""
    if viewer is None or viewer.id == member.id or rights.why_not_vouch(viewer.role):
        return ""
    given = words.words_for(member.id)
    has_vouched = any(word.by == viewer.id for word in given)
    why_not = rules.why_not_vouch_for(member, viewer.id, has_vouched=has_vouched)
    return fragment(
        "house/_vouched.html",
        handle=member.handle,
        words=given,
        has_vouched=has_vouched,
        why_not=None if has_vouched else translate(why_not),
    )


def _found(handle):
    only_if(rights.why_not_vouch(present_viewer().role))
    return found(member_by_handle(handle.lower()))


def _page(member, vouching=None, taking_back=None):
    viewer = present_viewer()
    given = words.words_for(member.id)
    has_vouched = any(word.by == viewer.id for word in given)
    why_not = rules.why_not_vouch_for(member, viewer.id, has_vouched=has_vouched)
    return render_template(
        "house/vouch.html",
        member=member,
        words=[
            (word, rules.why_not_take_back_word(word.by, viewer.id, viewer.role) is None)
            for word in given
        ],
        why_not=translate(why_not),
        vouching=vouching or VouchForm(formdata=None),
        taking_back=taking_back or TakeBackForm(formdata=None),
        sent=taking_back,
    )
