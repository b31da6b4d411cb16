"""Reading what an import brought, until a domain of its own shows it better."""

from flask import render_template

from community.kit.pages import Pages

bp = Pages("archive", __name__, url_prefix="/stories")


@bp.route("", public=True)
def index():
    """What people offered and wrote, newest first."""
    return render_template("archive/index.html")
