"""The staff's side of the house."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.accounts import actions as accounts
from community.activity.accounts.queries import member_by_handle, my_account
from community.activity.members.queries import present_viewer
from community.kit.languages import gettext
from community.kit.pages import Form, Pages, found
from community.kit.refusal import refuse_if
from community.kit.words import N_
from community.web import reading, rights

bp = Pages("house", __name__, url_prefix="/house")

ROLES = {
    "member": N_("Member"),
    "manager": N_("Manager: looks after members"),
    "leader": N_("Leader: watches the relationships"),
    "admin": N_("Admin: runs the site"),
}
ACTS = {
    "role.given": N_("%(actor)s gave %(about)s a role"),
    "member.invited": N_("%(actor)s invited %(about)s to move in"),
    "invitation.taken_back": N_("%(actor)s took an invitation back"),
    "member.erased": N_("%(actor)s erased %(about)s on request"),
    "member.left": N_("%(actor)s left"),
}
DOORS = (
    ("house.unclaimed", rights.why_not_invite, N_("Not moved in yet"), N_("Members who came from elsewhere, and how to invite them"), "user-plus"),
    ("accounts.invitations", rights.why_not_invite, N_("Invitations"), N_("Who was invited and has not answered"), "send"),
    ("house.roles", rights.why_not_give_roles, N_("Roles"), N_("Who looks after the place, and as what"), "key-round"),
    ("house.audit", rights.why_not_read_audit, N_("What staff did"), N_("Every act of the staff, with its reason"), "scroll-text"),
    ("house.imports", rights.why_not_watch_machine, N_("Imports"), N_("What was brought from elsewhere"), "download"),
    ("house.jobs", rights.why_not_watch_machine, N_("Jobs"), N_("What runs by itself, and how it went"), "clock"),
)  # fmt: skip


class RoleForm(Form):
    """Giving a member a role, with the reason."""

    handle = StringField(N_("Handle"), validators=[DataRequired(), Length(max=60)])
    role = SelectField(N_("Role"), choices=list(ROLES))
    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=300)])


@bp.before_request
def only_for_staff():
    """Whoever is not staff finds nothing here."""
    viewer = present_viewer()
    if viewer is not None and rights.why_not_enter(viewer.role):
        raise NotFound


@bp.route("")
def index():
    """What staff can do here, and how many people there are to look after."""
    viewer = present_viewer()
    doors = [
        {
            "label": gettext(label.text),
            "text": gettext(text.text),
            "url": url_for(endpoint),
            "icon": icon,
        }
        for endpoint, why_not, label, text, icon in DOORS
        if why_not(viewer.role) is None
    ]
    return render_template(
        "house/index.html",
        doors=doors,
        numbers=reading.numbers(),
        letters=None if _why_not_letters() else url_for(".letters"),
    )


@bp.route("/letters")
def letters():
    """What was written to members while the site sends no mail."""
    _only_if(_why_not_letters())
    page, older = reading.letters(_before())
    return render_template("house/letters.html", letters=page, older=_older(".letters", older))


@bp.route("/letters/<int:id>")
def letter(id):
    """One letter, with its links."""
    _only_if(_why_not_letters())
    return render_template("house/letter.html", letter=found(reading.letter(id)))


@bp.route("/roles", methods=["GET", "POST"])
def roles():
    """Who looks after the place; admins give and take roles, with a reason."""
    viewer = present_viewer()
    _only_if(rights.why_not_give_roles(viewer.role))
    form = RoleForm()
    form.role.choices = [(name, gettext(label.text)) for name, label in ROLES.items()]
    if form.sent_and_valid():
        member = member_by_handle(form.handle.data.strip().lower().removeprefix("@"))
        refuse_if(None if member else N_("Nobody has that handle."))
        refuse_if(rights.why_not_give_role_to(viewer.id, member.id))
        accounts.give_role(member, form.role.data, form.reason.data, my_account().member)
        flash(gettext("The role is given. They were signed out and come back with it."), "done")
        return redirect(url_for(".roles"), 303)
    if request.method == "GET":
        form.handle.data = request.args.get("handle", "")[:60]
    return render_template(
        "house/roles.html", form=form, staff=reading.staff(), roles=ROLES
    ), form.status


@bp.route("/audit")
def audit():
    """Every act of the staff, newest first, and whether the chain of its rows holds."""
    _only_if(rights.why_not_read_audit(present_viewer().role))
    rows, older = reading.audit_rows(_before())
    return render_template(
        "house/audit.html",
        rows=[(row, _act(row)) for row in rows],
        older=_older(".audit", older),
        first_bad=reading.first_bad_row(),
    )


@bp.route("/imports")
def imports():
    """What was brought from elsewhere, how far it came, and how to bring more."""
    _only_if(rights.why_not_watch_machine(present_viewer().role))
    rows, older = reading.imports(_before())
    return render_template("house/imports.html", rows=rows, older=_older(".imports", older))


@bp.route("/jobs")
def jobs():
    """What runs by itself, and how it went."""
    _only_if(rights.why_not_watch_machine(present_viewer().role))
    rows, older = reading.job_runs(_before())
    return render_template("house/jobs.html", rows=rows, older=_older(".jobs", older))


@bp.route("/unclaimed")
def unclaimed():
    """Members who came from elsewhere and have no account yet."""
    _only_if(rights.why_not_invite(present_viewer().role))
    q = request.args.get("q", "")[:100]
    page = reading.unclaimed(q, request.args.get("after", "")[:400], present_viewer())
    older = (
        url_for(".unclaimed", after=page.older, **({"q": q} if q else {})) if page.older else None
    )
    return render_template("house/unclaimed.html", people=page.people, q=q, older=older)


def _act(row):
    """What staff did as a sentence, with both sides as links."""
    if row.act not in ACTS:
        return row.act
    actor = _linked(row.actor_handle, row.actor_name) or gettext("The command line")
    about = _linked(row.about_handle, row.about_name) or gettext("someone")
    return Markup(gettext(ACTS[row.act].text)) % {"actor": actor, "about": about}  # noqa: S704 - the catalog's own text


def _linked(handle, name):
    if not handle:
        return None
    if not name:
        return gettext("a former member")
    return Markup('<a href="/members/{}">{}</a>').format(handle, name)


def _why_not_letters():
    config = current_app.config
    return rights.why_not_read_letters(
        present_viewer().role,
        is_development=config["IS_DEVELOPMENT"],
        are_sent=bool(config["SMTP_URL"]),
    )


def _only_if(why_not):
    if why_not is not None:
        raise Forbidden


def _before():
    """The id before which the page begins; 400 for what is none."""
    given = request.args.get("before")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        abort(400)
    return int(given)


def _older(endpoint, id):
    return url_for(endpoint, before=id) if id else None
