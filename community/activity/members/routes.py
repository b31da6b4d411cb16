"""Pages about members."""

from flask import render_template

from community.kit.pages import Pages

bp = Pages("members", __name__)


@bp.route("/members", public=True)
def directory():
    """Everyone who is here."""
    return render_template("members/directory.html")


@bp.route("/members/<handle>", public=True)
def show(handle):
    """One member."""
    return render_template("members/show.html")


@bp.route("/me")
def me():
    """The way to one's own page."""
    return render_template("members/show.html")


@bp.route("/settings")
def settings():
    """What a member may choose."""
    return render_template("members/settings.html")
