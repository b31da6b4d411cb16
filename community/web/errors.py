"""Errors that say what happened, that nothing was lost, and what to do."""

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from community.kit import dialects
from community.kit.db import db
from community.kit.languages import translate
from community.kit.refusal import Busy, Refused
from community.kit.words import N_, Words

log = structlog.get_logger()

TITLES: dict[int, Words] = {
    400: N_("That could not be read"),
    401: N_("Sign in first"),
    403: N_("This is not open to you"),
    404: N_("There is nothing here"),
    405: N_("That can't be done here"),
    409: N_("Someone was faster"),
    413: N_("That is too large"),
    422: N_("Not yet"),
    429: N_("Too fast"),
    500: N_("Something broke on our side"),
    503: N_("One moment, please"),
    507: N_("The house is full"),
}
WORDS: dict[int, Words] = {
    400: N_(
        "The request was incomplete or broken. Nothing was changed. Go back, load the page again and try once more."
    ),
    401: N_("This page is for members. Sign in and you come straight back here."),
    403: N_("Your role does not include this page. If you think it should, ask an admin."),
    404: N_("The page was moved or removed, or it is not yours to see. Nothing was lost."),
    405: N_("The address exists, but it does not take this kind of request."),
    409: N_(
        "This was done already, perhaps by you a moment ago. Nothing was done twice. Load the page again to see how things stand."
    ),
    413: N_(
        "What you sent is larger than this page takes. Nothing was changed. Try a smaller file or a shorter text."
    ),
    422: N_("What you asked for can't be done now."),
    429: N_(
        "You did this many times in a short while. Nothing was lost. Wait a minute and try again."
    ),
    500: N_(
        "It was written down for the people who run this site. What you sent was not kept; try again in a minute."
    ),
    503: N_("The site is busy. Nothing was changed. Try again in a few seconds."),
    507: N_(
        "There is no room to write at the moment. You can go on reading. What you sent was not kept; try again later."
    ),
}


def install(app: Flask) -> None:
    """Hang the answers to errors on the application."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Busy, lambda error: answer(503))
    app.register_error_handler(NoConnectionInTime, lambda error: answer(503))
    app.register_error_handler(IntegrityError, _conflict)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(RecursionError, lambda error: answer(400))
    app.register_error_handler(UnicodeError, lambda error: answer(400))
    app.register_error_handler(ValueError, _value)
    app.register_error_handler(Exception, _broken)


def answer(status: int, reason: Words | str | None = None) -> Response:
    """The page, or the JSON where JSON was asked for, that tells of an error."""
    db.session.rollback()
    g.setdefault("viewer", None)  # so that the page asks nothing of a database that may be gone
    known = status if status in TITLES else (400 if status < 500 else 500)
    title, words = translate(TITLES[known]), translate(reason or WORDS[known])
    if wants_json():
        response: Response = jsonify(error=title, reason=words, status=status)
    else:
        response = Response(
            render_template("errors/error.html", status=status, title=title, words=words),
            mimetype="text/html",
        )
    response.status_code = status
    if status in (429, 503, 507):
        response.headers["Retry-After"] = {429: "60", 503: "2", 507: "60"}[status]
    return response


def wants_json() -> bool:
    """Whether the one who asks would rather have JSON than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.is_json


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    response = answer(error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _csrf(error: CSRFError) -> Response:
    return answer(
        400,
        N_(
            "The form was open for too long, or came from another page. Load it again and send it once more."
        ),
    )


def _refused(refused: Refused) -> Response:
    return answer(422, refused.reason)


def _conflict(error: IntegrityError) -> Response:
    log.info("conflict", error=str(error.orig))
    return answer(409)


def _database(error: DBAPIError) -> Response:
    if dialects.is_full(error):
        log.error("disk full", error=str(error.orig))
        return answer(507)
    if dialects.is_busy(error):
        log.warning("database busy", error=str(error.orig))
        return answer(503)
    if dialects.is_no_text(error):
        return answer(404)
    return _broken(error)


def _value(error: ValueError) -> Response:
    if "null" in str(error) and ("embedded" in str(error) or "NUL" in str(error)):
        return answer(404)
    return _broken(error)


def _broken(error: Exception) -> Response:
    log.error("broken", exc_info=error, path=request.path, method=request.method)
    return answer(500)
