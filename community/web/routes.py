"""Pages that belong to no domain: the front page, preferences, health."""

from flask import render_template

from community.kit.pages import Pages

bp = Pages("web", __name__)


@bp.route("/", public=True)
def home():
    """The front page."""
    return render_template("web/home.html")
