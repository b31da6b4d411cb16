"""A page is one transaction, closed unless said public, and shows itself again when refused."""

import threading

import pytest
from flask import abort, request
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from wtforms import StringField
from wtforms.validators import DataRequired

from community.activity.members.models import Member
from community.kit.db import db
from community.kit.pages import Form, Pages
from community.kit.refusal import Busy, refuse_if
from community.kit.words import N_
from community.ledger.models import Event
from community.ledger.record import record
from community.web import create_app
from tests.conftest import NOON, Browser, make_member, settings_for

bp = Pages("workshop", __name__, url_prefix="/workshop")


class NameForm(Form):
    name = StringField(validators=[DataRequired()])


@bp.route("/named", methods=["GET", "POST"], public=True)
def named():
    form = NameForm()
    if form.sent_and_valid():
        make_member(form.answers["name"])
        refuse_if(N_("No %(name)s today.", name="Mallory") if form.name.data == "mallory" else None)
        return "kept"
    said = form.refusal or ("; ".join(form.errors.get("name", [])))
    return f"[{form.name.data or ''}] {said}", form.status


@bp.route("/closed")
def closed():
    return "members only"


@bp.route("/breaks/<how>", methods=["GET", "POST"], public=True)
def breaks(how):
    make_member("half")
    db.session.flush()
    if how == "500":
        raise ZeroDivisionError
    if how == "409":
        make_member("half")
    if how == "503":
        raise Busy
    if how == "locked":
        raise OperationalError("x", {}, Exception("database is locked"))
    if how == "full":
        raise OperationalError("x", {}, Exception("database or disk is full"))
    if how == "deep":
        raise RecursionError
    if how == "null":
        raise ValueError("embedded null byte")
    abort(int(how))


@bp.route("/writes", public=True)
def writes():
    make_member("sneaky")
    return "written"


@bp.route("/large", methods=["POST"], public=True, body_limit=1000)
def large():
    return str(len(request.form))


@pytest.fixture
def workshop(app, database):
    made = create_app(settings_for(database))
    made.register_blueprint(bp)
    made.test_client_class = Browser
    with made.app_context():
        yield made.test_client()
        db.session.remove()
        db.engine.dispose()


def members() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Member))


def test_a_page_keeps_what_it_wrote(workshop):
    assert workshop.post("/workshop/named", data={"name": "ada"}).text == "kept"
    assert members() == 1


def test_a_refused_page_keeps_nothing_and_shows_what_was_typed_with_the_reason(workshop):
    answer = workshop.post("/workshop/named", data={"name": "mallory"})
    assert (answer.status_code, answer.text) == (422, "[mallory] No Mallory today.")
    assert members() == 0


def test_a_form_with_an_error_answers_422(workshop):
    answer = workshop.post("/workshop/named", data={"name": ""})
    assert answer.status_code == 422
    assert workshop.get("/workshop/named").status_code == 200


def test_a_closed_page_sends_visitors_to_sign_in_and_back(workshop):
    answer = workshop.get("/workshop/closed")
    assert answer.status_code in (302, 303)
    assert answer.location.startswith("/sign-in?next=")
    assert "closed" in answer.location


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("500", 500),
        ("409", 409),
        ("503", 503),
        ("locked", 503),
        ("full", 507),
        ("deep", 400),
        ("null", 404),
        ("403", 403),
        ("404", 404),
        ("429", 429),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_whatever_breaks_is_explained_and_keeps_nothing(workshop, how, status, accept):
    workshop.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = workshop.post(f"/workshop/breaks/{how}", headers={"Accept": accept})
    assert answer.status_code == status
    if accept == "application/json":
        assert answer.json["status"] == status
        assert answer.json["reason"]
    else:
        assert "<h1" in answer.text
        assert "Traceback" not in answer.text
    assert members() == 0


def test_reading_a_page_can_write_nothing(workshop):
    workshop.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert workshop.get("/workshop/writes").status_code == 500
    assert members() == 0


def test_url_encoded_bodies_are_limited_too(workshop):
    assert workshop.post("/workshop/large", data={"x": "y" * 100}).status_code == 200
    assert workshop.post("/workshop/large", data={"x": "y" * 2000}).status_code == 413


def test_read_then_write_in_many_threads_never_finds_the_database_locked(workshop, database):
    """With a plain BEGIN most of these fail at once: SQLite can't make a reader a writer then."""
    app = workshop.application
    with app.app_context():
        make_member("counter", joined_at=NOON)
        db.session.commit()
    errors = []

    def add():
        with app.app_context():
            for _ in range(10):
                try:
                    seen = db.session.scalar(
                        select(Member).where(Member.handle == "counter").with_for_update()
                    )
                    seen.headline = str(int(seen.headline or 0) + 1)
                    record("thanks.given", None, seen)
                    db.session.commit()
                except OperationalError as error:
                    db.session.rollback()
                    errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with app.app_context():
        assert db.session.scalar(select(Member.headline)) == "80"
        assert db.session.scalar(select(func.count()).select_from(Event)) == 80


def test_sqlite_keeps_what_it_acknowledged_and_holds_keys(app, database):
    if database.name != "sqlite":
        pytest.skip("SQLite's own settings")
    said = {
        name: db.session.execute(text(f"PRAGMA {name}")).scalar()
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
