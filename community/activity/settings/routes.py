"""The pages of a member's settings, and the photos that members show."""

from datetime import datetime

from flask import (
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from werkzeug.exceptions import NotFound

from community.activity.accounts.security import fresh, whose
from community.activity.members import rules as members
from community.activity.members.queries import present_viewer
from community.activity.settings import actions, copies, forms, known, own_data, queries, rules
from community.activity.settings.actions import Changed
from community.kit import db, pictures, text
from community.kit.languages import gettext, moment, number, translate
from community.kit.limits import limiter
from community.kit.pages import Pages, found
from community.kit.refusal import refuse_if
from community.kit.words import N_

bp = Pages("settings", __name__)

PLACES = (
    ("settings.profile", N_("Profile"), N_("Name, handle, about you, languages, links"), "user-round"),
    ("settings.photo", N_("Photo"), N_("The face that people see"), "camera"),
    ("settings.privacy", N_("Privacy"), N_("Who sees which part of your page"), "eye"),
    ("settings.reading", N_("Language and colours"), N_("Language, time zone, light or dark"), "languages"),
    ("settings.letters", N_("Letters"), N_("Which letters come to you"), "mail"),
)  # fmt: skip
DOORS = (
    ("accounts.password", N_("Password"), N_("Choose a new one"), "key-round"),
    ("accounts.email", N_("E-mail address"), N_("Where letters go, and what you sign in with"), "mail"),
    ("security.two_factor_setup", N_("Second step"), N_("A code from your phone at sign-in"), "smartphone"),
    ("security.wan_register", N_("Passkeys"), N_("Sign in with your face, finger or key"), "fingerprint"),
    ("accounts.places", N_("Where I'm signed in"), N_("Your browsers, and how to sign them out"), "monitor"),
)  # fmt: skip
OWN = (
    ("settings.data", N_("Everything Kith knows of me"), N_("Read it, or take a copy along"), "archive"),
    ("settings.leave", N_("Leave"), N_("Go, and leave nothing that names you"), "door-open"),
)  # fmt: skip


@bp.route("/settings")
def index():
    """What a member may tell and choose."""
    member = queries.own(_me().id)
    groups = [
        (N_("Who you are here"), PLACES),
        (N_("How you come in"), DOORS),
        (N_("What is yours"), OWN),
    ]
    return render_template(
        "settings/index.html",
        member=member,
        far=members.completeness(member),
        groups=[(translate(title), _rows(places)) for title, places in groups],
    )


@bp.route("/settings/profile", methods=["GET", "POST"])
def profile():
    """Tell who you are. What is too long or unknown is said; nothing that was typed is lost."""
    now = queries.told_by(queries.own(_me().id))
    form = forms.ProfileForm() if request.method == "POST" else forms.ProfileForm.of(now)
    form.member_id, form.name_before, form.handle_before = _me().id, now.name, now.handle
    if request.form.get("do") == "preview":
        # It is not checked yet, and no more than can be kept is worth the work.
        shown = text.markdown(form.background.data, rules.LONGEST_BACKGROUND)
        return _profile_page(form, background_html=shown)
    if form.sent_and_valid():
        try:
            actions.tell(_me().id, form.told(), form.seen.data or "")
        except Changed as changed:
            # From here on they have seen what stands now: to save again is to mean it.
            form.seen.data = changed.now.version
            differ = form.told().differs_in(changed.now)
            return _profile_page(form, standing=changed.now, differ=differ), 409
        return _done(N_("Your profile is saved."), ".profile")
    return _profile_page(form), form.status


@bp.route("/settings/photo", methods=["GET", "POST"], body_limit=pictures.LARGEST_FILE + 100_000)
@limiter.limit("20 per hour", key_func=whose, methods=["POST"])
def photo():
    """Show a photo."""
    form = forms.PhotoForm()
    if form.sent_and_valid():
        # Whoever waits to write must not wait while a large picture is read.
        db.db.session.rollback()
        squares = _squares(form)
        if squares:
            actions.show_photo(_me().id, squares)
            return _done(N_("Your photo is shown from now on."), ".photo")
    return render_template(
        "settings/photo.html", form=form, member=queries.own(_me().id)
    ), form.status


@bp.route("/settings/photo/remove", methods=["POST"])
def remove_photo():
    """Show no photo any more."""
    actions.hide_photo(_me().id)
    return _done(N_("Your photo is gone."), ".photo")


@bp.route("/settings/privacy", methods=["GET", "POST"])
def privacy():
    """Choose who sees what."""
    member = queries.own(_me().id)
    form = forms.SightForm(data={part: getattr(member, f"sees_{part}") for part in members.PARTS})
    if form.sent_and_valid():
        actions.choose_sight(member.id, **form.answers)
        return _done(N_("Your page is shown as you chose."), ".privacy")
    return render_template("settings/privacy.html", form=form, member=member), form.status


@bp.route("/settings/language", methods=["GET", "POST"])
def reading():
    """Choose language, time zone and colours."""
    me = _me()
    form = forms.ReadingForm(
        data={
            "language": me.language or "",
            "time_zone": me.time_zone or "",
            "scheme": me.scheme or "",
        }
    )
    if form.sent_and_valid():
        actions.choose_reading(me.id, **form.answers)
        g.pop("texts", None)
        g.language = form.language.data or g.language
        return _done(N_("The site looks as you chose."), ".reading")
    return render_template("settings/reading.html", form=form), form.status


@bp.route("/settings/letters", methods=["GET", "POST"])
def letters():
    """Choose which letters come."""
    member = queries.own(_me().id)
    form = forms.LettersForm(data={"letters": member.letters})
    if form.sent_and_valid():
        actions.choose_letters(member.id, **form.answers)
        return _done(N_("Letters come as you chose."), ".letters")
    account = queries.account_of(member.id)
    return render_template("settings/letters.html", form=form, account=account), form.status


@bp.route("/settings/data")
def data():
    """Everything Kith knows of a member, by kind."""
    me = _me()
    counted = [(group, own_data.count(group, me.id)) for group in known.groups().values()]
    return render_template("settings/data.html", groups=counted)


@bp.route("/settings/data/<name>")
@fresh
def data_group(name):
    """One kind of what is known, newest first."""
    group = found(known.groups().get(name))
    after = request.args.get("after")
    page = own_data.read(group, _me().id, after)
    columns = [
        column
        for column in group.columns
        if column.is_on_page and any(row[column.name] not in (None, "") for row in page.rows)
    ]
    return render_template(
        "settings/data_group.html",
        group=group,
        columns=[{"key": each.name, "label": translate(each.label)} for each in columns],
        rows=[_told(group, columns, row) for row in page.rows],
        newest=url_for(".data_group", name=name) if after else None,
        older=url_for(".data_group", name=name, after=page.next) if page.next else None,
    )


@bp.route("/settings/data/copy", methods=["GET", "POST"])
@limiter.limit("5 per hour", key_func=whose, methods=["POST"])
@fresh
def take_along():
    """Take a copy of everything along, in a form that people and programs read."""
    form = forms.TakeAlongForm()
    if form.sent_and_valid():
        me = _me()
        # A long read must not keep anybody from writing.
        db.db.session.rollback()
        db.only_reading()
        answer = send_file(
            copies.zipped(me.id),
            mimetype="application/zip",
            as_attachment=True,
            download_name=f"kith-{me.handle}.zip",
            etag=False,
        )
        # What is sent as a file would otherwise be kept for a year, by anybody on the way.
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    return render_template("settings/take_along.html", form=form), form.status


@bp.route("/settings/leave", methods=["GET", "POST"])
@limiter.limit("10 per hour", key_func=whose, methods=["POST"])
@fresh
def leave():
    """Leave for good."""
    me = _me()
    form = forms.LeaveForm()
    form.expected = me.handle
    others = queries.others_on(("admin",), (me.id,))
    reason = rules.why_not_leave(queries.own(me.id), other_admins=others)
    if form.sent_and_valid():
        refuse_if(reason)
        actions.leave(me.id, form.why.data)
        session.clear()
        g.viewer = None
        answer = redirect(url_for(".gone"), 303)
        answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return answer
    return render_template("settings/leave.html", form=form, reason=reason), form.status


@bp.route("/gone", public=True)
def gone():
    """A word to whoever has left."""
    return render_template("settings/gone.html")


@bp.route("/media/<name>", public=True)
def media(name):
    """A photo. Its name is drawn at random and never used again, so it may be kept for ever."""
    if pictures.key_of(name) is None:
        raise NotFound
    try:
        answer = send_file(actions.media() / name, mimetype="image/webp", conditional=True)
    except FileNotFoundError:
        raise NotFound from None
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _me():
    return found(present_viewer())


def _rows(places):
    return [
        {
            "label": translate(label),
            "text": translate(says),
            "url": url_for(endpoint),
            "icon": icon,
        }
        for endpoint, label, says, icon in places
        if endpoint in current_app.view_functions
    ]


def _profile_page(form, **more):
    return render_template(
        "settings/profile.html",
        form=form,
        **more,
    )


def _told(group, columns, row):
    if group.is_pairs:
        return {"label": translate(row["what"]), "value": _shown(row["value"])}
    return {each.name: _shown(row[each.name]) for each in columns}


def _shown(value):
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return moment(value)
    return number(value) if isinstance(value, int | float) else translate(value)


def _squares(form):
    sent = request.files.get("photo")
    if not sent or not sent.filename:
        form.photo.errors = [gettext("Choose a file first.")]
        return None
    try:
        return pictures.squares(sent.read(pictures.LARGEST_FILE + 1))
    except pictures.Unusable as unusable:
        form.photo.errors = [translate(unusable.reason)]
        return None


def _done(words, endpoint):
    flash(translate(words), "done")
    return redirect(url_for(endpoint), 303)
