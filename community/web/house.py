"""The staff's side of the house."""

from flask import render_template

from community.kit.pages import Pages

bp = Pages("house", __name__, url_prefix="/house")


@bp.route("")
def index():
    """What staff can do here."""
    return render_template("house/index.html")
