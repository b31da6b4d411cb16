"""Pages that belong to no domain: the front page, preferences, health."""

from datetime import timedelta

from flask import Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from community.activity.members import profile, telling
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.activity.members.rules import sights
from community.kit import additions, clock, languages
from community.kit.cache import cache
from community.kit.db import db
from community.kit.fragments import fragment
from community.kit.languages import LANGUAGES
from community.kit.pages import Pages

bp = Pages("web", __name__)

SCHEMES = ("light", "dark")
SCHEME_COOKIE = "kith_scheme"
A_YEAR = 365 * 86_400
WAITING = "waiting for a member"
"""Where rooms further down add what waits for the reader of the front page: called with them."""
MOST_DEEDS, MOST_PEOPLE, MOST_LATELY = 4, 8, 8


@bp.route("/", public=True)
def home():
    """The front page: the place for visitors; what waits, my people and the place for members."""
    viewer = present_viewer()
    if viewer is None:
        deeds = telling.one_a_pair(telling.lately(None), MOST_DEEDS)
        door = fragment(
            "web/_door.html",
            tagline=current_app.config["SITE_TAGLINE"],
            told=deeds,
            is_this_week=bool(deeds) and clock.now() - deeds[-1].when < timedelta(days=7),
            count=_members(),
        )
        return render_template("web/home.html", main=door)
    mine, _ = telling.of_member(viewer.id, viewer, sights(viewer, viewer))
    return render_template(
        "web/home.html",
        main=fragment(
            "web/_inside.html",
            name=viewer.name,
            people=profile.people_of(mine, viewer.id, MOST_PEOPLE),
            waits=Markup().join(fill(viewer) for fill in additions.at(WAITING)),
            waiting=profile.own_steps(viewer.id).next,
        ),
        beside=fragment(
            "web/_lately.html", told=telling.lately(viewer, MOST_LATELY), member_id=viewer.id
        ),
    )


@bp.route("/preferences", public=True)
def preferences():
    """In which language and colours this browser reads."""
    return render_template("web/preferences.html")


@bp.route("/preferences/language", methods=["POST"], public=True)
def choose_language():
    """Read in another language from now on."""
    chosen = request.form.get("language")
    if chosen not in LANGUAGES:
        abort(400)
    return _chosen("language", chosen, languages.COOKIE)


@bp.route("/preferences/colours", methods=["POST"], public=True)
def choose_scheme():
    """Read in light or dark colours from now on."""
    chosen = request.form.get("scheme", "")
    if chosen and chosen not in SCHEMES:
        abort(400)
    return _chosen("scheme", chosen, SCHEME_COOKIE)


@bp.route("/style", public=True)
def style():
    """The living guide to the look: open where the site is being made, and to who runs it."""
    viewer = present_viewer()
    if not current_app.config["IS_DEVELOPMENT"] and (viewer is None or viewer.role != "admin"):
        abort(404)
    return render_template("web/style.html")


@bp.route("/health", public=True)
def health():
    """Whether the site and its database answer, for whoever watches over them."""
    db.session.execute(select(1))
    response = jsonify(status="ok")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/robots.txt", public=True)
def robots():
    """What search engines may read."""
    lines = ["User-agent: *", "Disallow: /settings", "Disallow: /house", "Disallow: /media"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.route("/.well-known/security.txt", public=True)
def security_txt():
    """Whom to tell of a weakness (RFC 9116)."""
    until = (clock.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: mailto:{current_app.config['MAIL_FROM']}", f"Expires: {until}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@cache.cached(timeout=60, key_prefix="members")
def _members():
    """How many members there are, as of the last minute."""
    return db.session.scalar(select(func.count()).where(Member.erased_at.is_(None)))


def _chosen(name, value, cookie):
    viewer = present_viewer()
    if viewer is not None:
        setattr(db.session.get(Member, viewer.id), name, value or None)
    response = redirect(url_for(".preferences"), 303)
    response.set_cookie(
        cookie,
        value,
        max_age=A_YEAR,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response
