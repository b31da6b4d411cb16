"""The staff's side of the house."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from community.activity.accounts import actions as accounts
from community.activity.accounts.queries import member_by_handle, my_account
from community.activity.members.queries import present_viewer
from community.kit import runs
from community.kit.languages import gettext
from community.kit.pages import Form, Pages, found
from community.kit.refusal import refuse_if
from community.kit.text import line
from community.kit.words import N_
from community.web import reading, rights, telling
from community.web.staff import asked, only_if

bp = Pages("house", __name__, url_prefix="/house")
LATELY = 3
"""How many imports stand on the first page."""

ROLES = {
    "member": N_("Member"),
    "manager": N_("Manager: looks after members"),
    "leader": N_("Leader: watches the relationships"),
    "admin": N_("Admin: runs the site"),
}
DOORS = (
    ("cases.index", rights.why_not_look_after, N_("Cases"), N_("People somebody should look at"), "hand-heart"),
    ("pair_care.index", rights.why_not_see_pairs, N_("Relationships that suffer"), N_("Pairs who dealt often, and where it is no longer well"), "handshake"),
    ("excuses.index", rights.why_not_excuse, N_("What nobody could help"), N_("Excuse what failed in a storm, a strike, a lockdown"), "hand-helping"),
    ("reviewing.index", rights.why_not_decide_reviews, N_("Reported reviews"), N_("Reports, appeals and answers about safety that wait for one of you"), "flag"),
    ("closing.index", rights.why_not_close_offers, N_("Closed offers"), N_("What one of you closed and why, and whose owner asks for another look"), "lock"),
    ("network.show", rights.why_not_see_network, N_("What holds us together"), N_("Who bridges circles, whom we would miss, how deep ties go"), "network"),
    ("model.show", rights.why_not_see_model, N_("How health is foretold"), N_("How well it was foretold so far, and what was learned"), "activity"),
    ("house.unclaimed", rights.why_not_invite, N_("Not moved in yet"), N_("Members who came from elsewhere, and how to invite them"), "user-plus"),
    ("accounts.invitations", rights.why_not_invite, N_("Invitations"), N_("Who was invited and has not answered"), "send"),
    ("house.roles", rights.why_not_give_roles, N_("Roles"), N_("Who looks after the place, and as what"), "key-round"),
    ("designer.index", rights.why_not_design, N_("Badges"), N_("What this place recognises: change what a badge asks, and try it first"), "award"),
    ("giving.index", rights.why_not_award_by_hand, N_("Badges given by hand"), N_("Propose one with a reason, or agree to one"), "trophy"),
    ("kinds.index", rights.why_not_name_kinds, N_("Kinds of offers"), N_("What can be offered here, what each tells, what its reviews rate"), "tag"),
    ("ranking.index", rights.why_not_see_ranking, N_("How offers are ranked"), N_("What each factor weighs, and how many places newcomers get"), "list-filter"),
    ("house.audit", rights.why_not_read_audit, N_("What staff did"), N_("Every act of the staff, with its reason"), "scroll-text"),
    ("house.imports", rights.why_not_watch_machine, N_("Imports"), N_("What was brought from elsewhere"), "download"),
    ("house.jobs", rights.why_not_watch_machine, N_("Jobs"), N_("What runs by itself, and how it went"), "clock"),
)  # fmt: skip


class RoleForm(Form):
    """Giving a member a role, with the reason."""

    handle = StringField(N_("Handle"), validators=[DataRequired(), Length(max=60)])
    role = SelectField(N_("Role"), choices=list(ROLES))
    reason = StringField(N_("Reason"), validators=[DataRequired(), Length(max=300)])


@bp.before_app_request
def only_for_staff():
    """A member who is not staff finds nothing here, whoever keeps the page."""
    if f"{request.path}/".startswith(f"{bp.url_prefix}/"):
        viewer = present_viewer()
        if viewer and rights.why_not_enter(viewer.role):
            raise NotFound


@bp.route("")
def index():
    """What staff can do here, how many people there are to look after, and how the machine does."""
    viewer = present_viewer()
    is_watching = rights.why_not_watch_machine(viewer.role) is None
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
        since=telling.since,
        jobs=reading.last_runs() if is_watching else (),
        imports=reading.imports(None, LATELY)[0] if is_watching else (),
        letters=None if _why_not_letters() else url_for(".letters"),
    )


@bp.route("/letters")
def letters():
    """What was written to members while the site sends no mail."""
    only_if(_why_not_letters())
    page, older = reading.letters(_before())
    return render_template("house/letters.html", letters=page, older=_older(".letters", older))


@bp.route("/letters/<int:id>")
def letter(id):
    """One letter, with its links."""
    only_if(_why_not_letters())
    return render_template("house/letter.html", letter=found(reading.letter(id)))


@bp.route("/roles", methods=["GET", "POST"])
def roles():
    """Who looks after the place; admins give and take roles, with a reason."""
    viewer = present_viewer()
    only_if(rights.why_not_give_roles(viewer.role))
    form = RoleForm()
    form.role.choices = [(name, gettext(label.text)) for name, label in ROLES.items()]
    if form.sent_and_valid():
        member = member_by_handle(line(form.handle.data, 60).lower().removeprefix("@"))
        refuse_if(None if member else N_("Nobody has that handle."))
        refuse_if(rights.why_not_give_role_to(viewer.id, member.id))
        accounts.give_role(member, form.role.data, form.reason.data, my_account().member)
        flash(gettext("The role is given. They were signed out and come back with it."), "done")
        return redirect(url_for(".roles"), 303)
    if request.method == "GET":
        form.handle.data = asked("handle", 60)
    return render_template(
        "house/roles.html", form=form, staff=reading.staff(), roles=ROLES
    ), form.status


@bp.route("/audit")
def audit():
    """Every act of the staff, or those that one had to do with, and whether the chain of rows holds."""
    only_if(rights.why_not_read_audit(present_viewer().role))
    q = asked("who", 60).lower().removeprefix("@")
    who = reading.member(q) if q else None
    rows, older = reading.audit_rows(_before(), who.id if who else None)
    people = reading.people(telling.spoken_of(rows))
    return render_template(
        "house/audit.html",
        rows=[] if q and not who else [(row, telling.act(row, people)) for row in rows],
        q=q,
        who=who,
        older=_older(".audit", older, who=q or None),
        first_bad=reading.first_bad_row(),
    )


@bp.route("/imports")
def imports():
    """What was brought from elsewhere, how far it came, and how to bring more."""
    only_if(rights.why_not_watch_machine(present_viewer().role))
    rows, older = reading.imports(_before())
    return render_template(
        "house/imports.html",
        rows=[(row, telling.brought(row.counts), telling.left_out(row.counts)) for row in rows],
        older=_older(".imports", older),
    )


@bp.route("/jobs")
def jobs():
    """What runs by itself: how each job went last, and all its runs."""
    only_if(rights.why_not_watch_machine(present_viewer().role))
    job = asked("job", 60)
    rows, older = reading.job_runs(_before(), job)
    return render_template(
        "house/jobs.html",
        plans=runs.plans(),
        last=reading.last_runs(),
        job=job,
        rows=rows,
        older=_older(".jobs", older, job=job or None),
    )


@bp.route("/jobs/<job>/run", methods=["POST"])
def run_job(job):
    """Want a job to be run now; whoever keeps watch does so within seconds."""
    only_if(rights.why_not_watch_machine(present_viewer().role))
    found(runs.wish(job) or None)
    flash(gettext("It will run within a few seconds."), "done")
    return redirect(url_for(".jobs"), 303)


@bp.route("/unclaimed")
def unclaimed():
    """Members who came from elsewhere and have no account yet."""
    only_if(rights.why_not_invite(present_viewer().role))
    wish = {name: asked(name, 400) for name in ("q", "before", "after")}
    page = reading.unclaimed(**wish, viewer=present_viewer())
    q = wish["q"] or None
    return render_template(
        "house/unclaimed.html",
        people=page.people,
        q=q,
        newer=url_for(".unclaimed", before=page.newer, q=q) if page.newer else None,
        older=url_for(".unclaimed", after=page.older, q=q) if page.older else None,
    )


def _why_not_letters():
    config = current_app.config
    return rights.why_not_read_letters(
        present_viewer().role,
        is_development=config["IS_DEVELOPMENT"],
        are_sent=bool(config["SMTP_URL"]),
    )


def _before():
    """The id before which the page begins; 400 for what is none."""
    given = request.args.get("before")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        abort(400)
    return int(given)


def _older(endpoint, id, **more):
    return url_for(endpoint, before=id, **more) if id else None
